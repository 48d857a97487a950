"""The central model: what flows through every room of Hangtag. Read this first.

`Product` goes in, `Tag` comes out; every `Tag` says where it was read (`Evidence`). Offsets count Unicode code points and
`product.text(span.field)[span.start:span.end] == span.quote` holds for every `TextSpan`, always.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, TypeAlias, runtime_checkable

__all__ = [
    "AudioSpan",
    "Evidence",
    "Example",
    "Feedback",
    "ImageRegion",
    "Inference",
    "Product",
    "Status",
    "Tag",
    "Tagger",
    "TextSpan",
    "Unanswered",
    "Verdict",
]

Status: TypeAlias = Literal["proposed", "auto", "review", "accepted", "rejected"]
Verdict: TypeAlias = Literal["accept", "reject"]

ATTRIBUTE_FIELD = "attributes."
REVIEW_FIELD = "reviews."
CATEGORY = "category"
"""The attribute whose values are categories."""

UNGROUNDED = "ungrounded"
"""The method of an `Inference` that takes the place of a quote the text does not have."""

CONCLUDED = "concluded"
"""The method of an `Inference` that names a quote the text has and that does not say the value."""

PHRASE = "phrase"
"""The attribute of free phrases, whose values no vocabulary lists."""

UNSAFE = "unsafe"
"""The method of an `Inference` that names the rule by which a tag must not be published unseen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One product of a catalogue, cleaned, as people see it.

    `fields` holds the free text ("title", "description", …), `category` the merchant's own path ("A > B > C"), `attributes` the
    merchant's structured attributes as given, `language` a BCP 47 code ("zh", "en", "und" where it could not be told).
    """

    id: str
    fields: Mapping[str, str]
    category: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    reviews: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    audio: tuple[str, ...] = ()
    language: str = "und"

    @property
    def main_text(self) -> str:
        """The first text that says anything: the title, where there is one. "" for a product without text."""
        return next((text for text in self.fields.values() if text.strip()), "")

    def text(self, name: str) -> str:
        """The text a `TextSpan` with that `field` points into; raises `KeyError` where the product has no such text.

        `name` is a key of `fields`, `"category"`, `"attributes.NAME"` or `"reviews.N"`.
        """
        if name in self.fields:
            return self.fields[name]
        if name == "category" and self.category is not None:
            return self.category
        if name.startswith(ATTRIBUTE_FIELD):
            return self.attributes[name[len(ATTRIBUTE_FIELD) :]]
        if name.startswith(REVIEW_FIELD):
            number = name[len(REVIEW_FIELD) :]
            if number.isascii() and number.isdigit() and int(number) < len(self.reviews):
                return self.reviews[int(number)]
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class TextSpan:
    """Evidence in text: `product.text(field)[start:end] == quote`, in Unicode code points."""

    field: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class ImageRegion:
    """Evidence in an image: `image` is its index in `Product.images`, `box` is (left, top, right, bottom) in shares of its size."""

    image: int
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class AudioSpan:
    """Evidence in sound: `audio` is its index in `Product.audio`, times in seconds."""

    audio: int
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Inference:
    """Evidence that is no place in the product: concluded by `method` ("nearest", "implied", …) for a `reason` people can read."""

    method: str
    reason: str


Evidence: TypeAlias = TextSpan | ImageRegion | AudioSpan | Inference


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """One typed tag. `value` is a canonical value id, or the surface where the vocabulary has none; `confidence` is in [0, 1]."""

    attribute: str
    value: str
    confidence: float
    source: str
    evidence: tuple[Evidence, ...] = ()
    status: Status = "proposed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A labelled product. `gold` names the judged attributes; `()` means judged and absent; attributes not named are not judged."""

    product: Product
    gold: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """A reviewer's verdict on one tag. Append-only: a tag is never edited."""

    product_id: str
    tag: Tag
    verdict: Verdict
    reviewer: str
    at: datetime


class Unanswered(list[Tag]):
    """What a tagger gives in place of a product's tags where it could not read the product, and for what `reason`: such as an endpoint
    that does not answer. It may hold what was found all the same."""

    def __init__(self, tags: Iterable[Tag] = (), *, reason: str) -> None:
        super().__init__(tags)
        self.reason = reason


@runtime_checkable
class Tagger(Protocol):
    """Anything that reads products and proposes tags."""

    @property
    def name(self) -> str:
        """Short stable name, written into `Tag.source`, such as "lexicon@1"."""
        ...

    def tag(self, products: Sequence[Product], /) -> list[list[Tag]]:
        """One list per product, in order, `Unanswered` for one it could not read. Pure: reads no store, prints nothing, changes no
        product."""
        ...
