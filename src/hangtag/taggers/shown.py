"""What of a product a remote model is shown: its texts without personal data and without words that speak to the model, in parts where
they are long; and the way back from every place to the product."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from hangtag.llm.injection import find_instructions
from hangtag.llm.redact import Redacted, redact
from hangtag.model import ATTRIBUTE_FIELD, REVIEW_FIELD, Product, TextSpan
from hangtag.text.align import align, align_all
from hangtag.text.chunks import chunks

__all__ = ["Shown", "hide", "show"]

_LONGEST_NAME = 80
_GOODS = ("name",)  # as a column's name it speaks of the goods, whatever it does within a text


class Shown(NamedTuple):
    """A field's `text` as it is shown: a part, from `start` on, of what is left of its `original` once what is personal is `redacted`."""

    field: str
    text: str
    start: int
    redacted: Redacted
    original: str

    def find(self, quote: str) -> list[tuple[TextSpan, float]]:
        """Where a quote stands in the field, and how like it is: all places that say it to the letter, else the likest, if any."""
        literal = align_all(quote, self.text)
        nearest = align(quote, self.text) if not literal else None
        found = literal if nearest is None else [nearest]
        return [(span, one.similarity) for one in found if (span := self.place(one.start, one.end)) is not None]

    def place(self, first: int, last: int) -> TextSpan | None:
        """The place of `text[first:last]` in the product; None where something of it is not shown."""
        start, end = self.redacted.place(self.start + first, self.start + last)
        quote = self.text[first:last]
        return TextSpan(self.field, start, end, quote) if self.original[start:end] == quote else None


def show(product: Product, *, most_chars: int, hide_personal: bool = True) -> list[list[Shown]]:
    """The parts in which a product is shown, of `most_chars` at most, no field twice in one; a short first text is in each. One part,
    mostly."""
    texts = [_cut(field, text, hide_personal) for field, text in _texts(product)]
    texts = [one for one in texts if one.text.strip()]
    if not texts:
        return []
    first, *rest = texts
    parts = [[piece] for piece in _split(first, most_chars)]
    # A first text that leaves room for others is told with each of their parts: it says what they speak of.
    head = parts[0] if len(parts) == 1 and len(first.text) <= most_chars // 2 else []
    room = most_chars - sum(len(one.text) for one in head)
    left = most_chars - len(parts[-1][0].text)
    for one in (piece for text in rest for piece in _split(text, room)):
        if len(one.text) > left or any(other.field == one.field for other in parts[-1]):
            parts.append(list(head))
            left = room
        parts[-1].append(one)
        left -= len(one.text)
    return parts


def hide(text: str, *, attribute: str = "", hide_personal: bool = True, most_chars: int = _LONGEST_NAME) -> str:
    """A name, or a value of an `attribute`, as it is shown: nothing personal, nothing that speaks to the model, not long."""
    return _cut(f"{ATTRIBUTE_FIELD}{attribute}", text[:most_chars], hide_personal).text.strip()


def _texts(product: Product) -> Iterator[tuple[str, str]]:
    yield from product.fields.items()
    yield from ((f"{ATTRIBUTE_FIELD}{name}", text) for name, text in product.attributes.items())
    yield from ((f"{REVIEW_FIELD}{number}", text) for number, text in enumerate(product.reviews))


def _cut(field: str, text: str, hide_personal: bool) -> Shown:
    """A text with placeholders for personal data and blanks for what speaks to the model."""
    plain, done = "", 0
    for start, end in find_instructions(text):
        plain += text[done:start] + " " * (end - start)
        done = end
    plain += text[done:]
    name = field.removeprefix(ATTRIBUTE_FIELD)[:_LONGEST_NAME] if field.startswith(ATTRIBUTE_FIELD) else ""
    name = "" if name.strip().casefold() in _GOODS else name
    redacted = redact(plain, name=name) if hide_personal else Redacted(plain, ())
    return Shown(field, redacted.text, 0, redacted, text)


def _split(shown: Shown, most_chars: int) -> list[Shown]:
    """A long text in parts."""
    if len(shown.text) <= most_chars:
        return [shown]
    return [shown._replace(text=chunk.text, start=chunk.start) for chunk in chunks(shown.text, most_chars=most_chars)]
