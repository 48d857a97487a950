"""The `given` tagger: the merchant's own structured attributes, read through the vocabulary."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hangtag.model import ATTRIBUTE_FIELD, Product, Tag, TextSpan
from hangtag.taggers.quantities import format_number
from hangtag.taggers.reading import Reader
from hangtag.text.fold import fold_text
from hangtag.vocabulary import Attribute

__all__ = ["GivenTagger"]

_CONFIDENCE = 0.97
_SEPARATORS = re.compile(r"\s*[,，、;；/|]\s*|\s+(?:and|&)\s+")
_LISTED = re.compile(r"\s*(?:[,，、;；\n]|\\n)\s*(?:[-•·*]\s+)?|^\s*[-•·*]\s+")
_BARE_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_NOTHING = {
    "",
    "-",
    "n/a",
    "na",
    "none",
    "null",
    "无",
    "其他",
    "其它",
    "other",
    "others",
    "其他/other",
    "not available",
    "unknown",
    "不详",
    "未知",
}
_YES = {"yes", "true", "y", "1", "是", "有", "支持"}
_NO = {"no", "false", "n", "0", "否", "没有", "不支持"}
_LONGEST_VALUE = 120


class GivenTagger:
    """Reads `Product.attributes`: names and values the vocabulary knows become tags, with the merchant's own text as evidence.

    Known values are canonical; an open attribute (brand, model) keeps what was given; a measure needs its unit in the value, or takes a
    bare number in the attribute's own unit. Names and values the vocabulary does not know are left to the product as they are.
    """

    name = "given@1"
    spoken = ()  # where the merchant has no such column, that says nothing of the product

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._names: dict[str, str | None] = {}
        self._values: dict[tuple[str, str], tuple[tuple[str, int, int], ...]] = {}

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_names": {}, "_values": {}}

    def tag(self, products: Sequence[Product], /) -> list[list[Tag]]:
        """One list of tags per product, in order."""
        return [self._tag_one(product) for product in products]

    def _tag_one(self, product: Product) -> list[Tag]:
        tags = []
        for name, text in product.attributes.items():
            attribute = self._attribute(name)
            if attribute is None or len(text) > _LONGEST_VALUE:
                continue
            for value, start, end in self._read(attribute, text):
                evidence = TextSpan(ATTRIBUTE_FIELD + name, start, end, text[start:end])
                tags.append(Tag(attribute=attribute, value=value, confidence=_CONFIDENCE, source=self.name, evidence=(evidence,)))
        return tags

    def _attribute(self, name: str) -> str | None:
        if name not in self._names:
            found = self.reader.vocabulary.find_attribute(name)
            self._names[name] = None if found == "category" else found
        return self._names[name]

    def _read(self, attribute_id: str, text: str) -> tuple[tuple[str, int, int], ...]:
        """Values with their offsets in `text`; catalogues repeat few texts often, so they are kept."""
        key = (attribute_id, text)
        known = self._values.get(key)
        if known is None:
            if len(self._values) > 50_000:
                self._values.clear()
            attribute = self.reader.vocabulary.attributes[attribute_id]
            known = self._values[key] = tuple(self._read_new(attribute, text)) if fold_text(text).strip() not in _NOTHING else ()
        return known

    def _read_new(self, attribute: Attribute, text: str) -> list[tuple[str, int, int]]:
        if attribute.kind == "measure":
            return self._measure(attribute, text)
        if attribute.kind == "flag":
            folded = fold_text(text).strip()
            value = "yes" if folded in _YES else "no" if folded in _NO else None
            return [(value, 0, len(text))] if value and value in self.reader.vocabulary.values_of(attribute.id) else []
        whole = self.reader.vocabulary.find_values(attribute.id, text)
        if whole:
            return [(whole[0], 0, len(text))]
        found: list[tuple[str, int, int]] = []
        for start, end in _parts(text):
            values = self.reader.vocabulary.find_values(attribute.id, text[start:end])
            found.extend((value, start, end) for value in values[:1])
        if found or attribute.kind != "text":
            return found
        spans = _parts(text, _LISTED) if attribute.many else [(0, len(text))]
        trimmed = [(start + len(text[start:end]) - len(text[start:end].lstrip()), text[start:end].strip()) for start, end in spans]
        # "BJC-4000, 2000, 5000" goes on in short; what "2000" alone means is not said.
        return [(part, start, start + len(part)) for start, part in trimmed if part and (len(trimmed) == 1 or not part.isdecimal())]

    def _measure(self, attribute: Attribute, text: str) -> list[tuple[str, int, int]]:
        base = self.reader.vocabulary.units[attribute.unit or ""]
        if _BARE_NUMBER.fullmatch(text.strip()):
            # A bare number's unit is the catalogue's secret, unless the attribute counts or can only be in one unit.
            return [(_written(float(text), attribute), 0, len(text))] if base.quantity == "count" else []
        for quantity in self.reader.find_quantities(fold_text(text)):
            unit = next((unit for unit in quantity.units if unit.quantity == base.quantity), None)
            if unit is not None and quantity.high is None and not quantity.sides and len(fold_text(text)) == len(text):
                value = (quantity.low * unit.factor + unit.offset - base.offset) / base.factor
                return [(_written(value, attribute), quantity.start, quantity.end)]
        return []


def _written(value: float, attribute: Attribute) -> str:
    number = format_number(value)
    return number if attribute.unit == "pcs" else f"{number} {attribute.unit}"


def _parts(text: str, separators: re.Pattern[str] = _SEPARATORS) -> list[tuple[int, int]]:
    spans, begin = [], 0
    for match in separators.finditer(text):
        spans.append((begin, match.start()))
        begin = match.end()
    spans.append((begin, len(text)))
    return [(start, end) for start, end in spans if end > start]
