"""The `nearest` tagger: values of inferable attributes (style, scene, season …) by meaning, where no word names one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from hangtag.encode import Encoder
from hangtag.encode.base import Vectors
from hangtag.encode.cache import encode_groups
from hangtag.model import Inference, Product, Tag
from hangtag.taggers.forms import Strength
from hangtag.taggers.kinds import likely_kinds
from hangtag.taggers.reading import Reader
from hangtag.vocabulary import Value

__all__ = ["NearestTagger"]

_NEAR, _LEAD = 0.45, 0.05
_FORMS_PER_VALUE = 5


class NearestTagger:
    """Compares a product's title with the values of every attribute marked `infer` that its kind of product has and its text leaves open.

    A value is said where it is near and clearly nearer than the next; the evidence is an `Inference`.
    """

    name = "nearest@1"

    def __init__(self, reader: Reader, encoder: Encoder, *, near: float = _NEAR, lead: float = _LEAD) -> None:
        self.reader = reader
        self.encoder = encoder
        self.near = near
        self.lead = lead

    def tag(self, products: Sequence[Product], /) -> list[list[Tag]]:
        """One list of tags per product, in order; batches are encoded together."""
        wanted = [self._open_attributes(product) for product in products]
        asked = [number for number, attributes in enumerate(wanted) if attributes]
        tags: list[list[Tag]] = [[] for _ in products]
        if asked:
            vectors = self.encoder.encode([_title(products[number]) for number in asked])
            for number, vector in zip(asked, vectors, strict=True):
                tags[number] = [tag for attribute in wanted[number] for tag in self._nearest(attribute, vector)]
        return tags

    def _open_attributes(self, product: Product) -> list[str]:
        if not _title(product):
            return []
        reading = self.reader.read(product)
        kinds = likely_kinds(reading, self.reader.vocabulary)
        said = {mention.sense.attribute for _, mention in reading.mentions() if mention.sense.strength is Strength.FULL}
        said |= {self.reader.vocabulary.find_attribute(name) or "" for name in product.attributes}
        return [attribute for attribute in self._value_vectors if attribute not in said and kinds.carry(attribute, self.reader.vocabulary)]

    def _nearest(self, attribute: str, vector: Vectors) -> list[Tag]:
        ids, matrix = self._value_vectors[attribute]
        similarity = matrix @ vector
        order = np.argsort(-similarity)
        top, second = float(similarity[order[0]]), float(similarity[order[1]]) if len(order) > 1 else 0.0
        if top < self.near or top - second < self.lead:
            return []
        confidence = round(float(np.clip(0.5 + (top - self.near) + (top - second - self.lead), 0.0, 0.79)), 4)
        evidence = Inference("nearest", f"the title is near to it in meaning, similarity {top:.2f}, next value {second:.2f}")
        return [Tag(attribute=attribute, value=ids[order[0]], confidence=confidence, source=self.name, evidence=(evidence,))]

    @cached_property
    def _value_vectors(self) -> dict[str, tuple[list[str], Vectors]]:
        """Per inferable attribute its value ids and their vectors, (n_values, dim)."""
        found = {}
        for attribute in self.reader.vocabulary.attributes.values():
            values = [value for value in attribute.values if not value.only]
            if attribute.infer and len(values) > 1:
                found[attribute.id] = ([value.id for value in values], encode_groups(self.encoder, [_forms(value) for value in values]))
        return found


def _forms(value: Value) -> list[str]:
    return list(dict.fromkeys((*value.names.values(), *value.aliases[:_FORMS_PER_VALUE])))


def _title(product: Product) -> str:
    return next((text for text in product.fields.values() if text.strip()), "")
