"""The `measure` tagger: numbers with units, normalised, on the attribute that unit, neighbouring words and kind of product point to."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from hangtag.model import Product, Tag
from hangtag.taggers.forms import FormIndex, Match, Sense, Strength
from hangtag.taggers.kinds import Kinds, likely_kinds
from hangtag.taggers.quantities import Quantity, format_number
from hangtag.taggers.reading import FieldReading, Reader
from hangtag.vocabulary import Attribute, Unit, Vocabulary

__all__ = ["MeasureTagger"]

_BEFORE, _AFTER, _LONGEST_CUE = 18, 14, 40
_CUE, _OWN_UNIT, _DEFAULT, _CARRIED, _AS_WRITTEN = 3.0, 2.4, 1.6, 0.8, 0.5
# "7D" and "2A" are parts of names more often than quantities: one letter needs a cue, or a kind of product that has the attribute.
_ONE_LETTER = 1.0
_ENOUGH = 1.5
_CONFIDENCE_CUE, _CONFIDENCE_DEFAULT, _CONFIDENCE_LOOSE = 0.95, 0.9, 0.7
_SMALLEST, _LARGEST = 1e-3, 1e6  # beyond these a value keeps the unit it was read in: "2.4 GHz", not 2400000000 Hz
_NAMES = frozenset(("network_standard", "processor_family"))
_COUNT, _BYTES, _LEAST_BARE_GB = "count", "data", 16
_AGAIN, _ROUNDING = re.compile(r"\s?[(/|=]\s?"), 0.02
_SUM = re.compile(r"\+\d|\dg\+|/\d|\dg/")
MEMORY, STORAGE = "memory_capacity", "storage_capacity"
DIMENSIONS, SIZE = "dimensions", "size"
_LOOSE_COUNTS = frozenset("个只条根张块把本副对组排份提节包袋盒瓶罐杯箱枚颗")
_BREAK = re.compile(r"[,;，；。|()\[\]【】\n\d]")
_GARMENT_SIZE = re.compile(r"(?<![a-z\d/.-])(1[3-9]\d/[1-9]\d{1,2}[abcy]?)(?![\d/])")


class _Rival(NamedTuple):
    """An attribute a quantity may belong to: what its unit and the kind of product say for it, how its unit converts, and whether
    products of the kind, where that is sure, do not have it."""

    attribute: Attribute
    unit: Unit
    score: float
    factor: float
    offset: float
    low: float
    high: float
    foreign: bool


class MeasureTagger:
    """Tags quantities. Values are written in the attribute's unit where that reads well: "battery_capacity = 5000 mAh"."""

    name = "measure@1"

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._placed = {attribute for category in reader.vocabulary.categories.values() for attribute in category.attributes}
        self._by_unit = _attributes_by_unit(reader.vocabulary)
        self._cues = FormIndex(_cues(attribute for rivals in self._by_unit.values() for attribute in rivals))
        self._rivals: dict[Kinds, dict[tuple[str, bool], list[_Rival]]] = {}

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_rivals": {}}

    @property
    def spoken(self) -> list[str]:
        """The attributes that have units."""
        return list(dict.fromkeys(one.id for rivals in self._by_unit.values() for one in rivals))

    def tag(self, products: Sequence[Product], /) -> list[list[Tag]]:
        """One list of tags per product, in order."""
        return [self._tag_one(product) for product in products]

    def _tag_one(self, product: Product) -> list[Tag]:
        reading = self.reader.read(product)
        tags: dict[tuple[str, str], Tag] = {}
        for part in reading.fields:
            if not part.quantities and "/" not in part.folded.text:
                continue
            kinds = likely_kinds(reading, self.reader.vocabulary)
            cues = self._cues.find(part.folded.text) if part.quantities else []
            ends = [end for _, end, _ in cues]
            for number, quantity in enumerate(part.quantities):
                nearby = cues[bisect_left(ends, quantity.start - _BEFORE) : bisect_right(ends, quantity.end + _AFTER + _LONGEST_CUE)]
                chosen = self._choose(part, quantity, nearby, kinds)
                if chosen is None or _is_said_again(part, quantity, chosen[0], part.quantities[number + 1 : number + 2]):
                    continue
                tag = self._tag(part, quantity, *chosen)
                tags.setdefault((tag.attribute, tag.value), tag)
            for match in _GARMENT_SIZE.finditer(part.folded.text) if "/" in part.folded.text else ():
                evidence = part.span(match.start(1), match.end(1))
                tag = Tag(attribute=SIZE, value=evidence.quote, confidence=_CONFIDENCE_CUE, source=self.name, evidence=(evidence,))
                tags.setdefault((SIZE, evidence.quote), tag)
        return list(tags.values())

    def _choose(self, part: FieldReading, quantity: Quantity, cues: Sequence[Match], kinds: Kinds) -> tuple[_Rival, float] | None:
        if _is_in_name(part, quantity):
            return None
        near = _near(part.folded.text, quantity, cues) if cues else {}
        if "g" in quantity.form and kinds.carry(MEMORY, self.reader.vocabulary):
            near = {**near, **_in_pair(part, quantity)}
        best, best_score = None, 0.0
        rivals = self._rivals.setdefault(kinds, {})
        for unit in quantity.units:
            bonus = _AS_WRITTEN if len(quantity.units) > 1 and _is_as_written(part, quantity, unit) else 0.0
            if len(quantity.form) == 1 and quantity.form.isascii():
                bonus -= _ONE_LETTER
            key = (unit.id, bool(quantity.sides))
            known = rivals.get(key)
            if known is None:
                known = rivals[key] = self._find_rivals(unit, key[1], kinds)
            for rival in known:
                if rival.attribute.id not in near and (rival.foreign or not _can_be_size(part.folded.text, quantity, unit)):
                    continue
                score = rival.score + (near.get(rival.attribute.id, 0.0) if near else 0.0) + bonus
                if score > best_score and _in_range(quantity, rival):
                    best, best_score = rival, score
        if best is None or best_score < _ENOUGH:
            return None
        confidence = _CONFIDENCE_CUE if best.attribute.id in near else _CONFIDENCE_DEFAULT
        if quantity.form[-1] in _LOOSE_COUNTS:
            confidence = _CONFIDENCE_LOOSE
        return best, confidence

    def _tag(self, part: FieldReading, quantity: Quantity, rival: _Rival, confidence: float) -> Tag:
        evidence = part.span(quantity.start, quantity.end)
        return Tag(
            attribute=rival.attribute.id, value=_write(quantity, rival), confidence=confidence, source=self.name, evidence=(evidence,)
        )

    def _find_rivals(self, unit: Unit, sides: bool, kinds: Kinds) -> list[_Rival]:
        attributes = [attribute for attribute in self._by_unit.get(unit.id, ()) if (attribute.id == DIMENSIONS) == sides]
        rivals = []
        for attribute in attributes:
            base = self.reader.vocabulary.units[attribute.unit or unit.id]
            score = _kind_score(attribute, kinds, self.reader.vocabulary) + (_OWN_UNIT if len(attributes) == 1 else 0.0)
            foreign = (
                kinds.sure
                and unit.quantity != _COUNT
                and attribute.id in self._placed
                and not kinds.carry(attribute.id, self.reader.vocabulary)
            )
            low, high = attribute.range or (float("-inf") if base.offset or unit.offset else 1e-12, float("inf"))
            rivals.append(
                _Rival(attribute, unit, score, unit.factor / base.factor, (unit.offset - base.offset) / base.factor, low, high, foreign)
            )
        return rivals


def _attributes_by_unit(vocabulary: Vocabulary) -> dict[str, list[Attribute]]:
    found: dict[str, list[Attribute]] = {}
    for attribute in vocabulary.attributes.values():
        base = vocabulary.units.get(attribute.unit or "")
        if attribute.kind == "measure" and base is not None:
            same = (unit.id for unit in vocabulary.units.values() if unit.quantity == base.quantity)
            for unit in attribute.units or same:
                found.setdefault(unit, []).append(attribute)
    return found


def _kind_score(attribute: Attribute, kinds: Kinds, vocabulary: Vocabulary) -> float:
    if not kinds.categories:
        return 0.0
    carried = kinds.carry(attribute.id, vocabulary)
    # A deeper default is a closer one: a category's own goes before its department's.
    depths = [place.count("/") + 1 for place in attribute.default_for if vocabulary.is_within(kinds.categories[0], place)]
    return (_CARRIED if carried else -_CARRIED) + (_DEFAULT + 0.3 * max(depths) if depths else 0.0)


def _cues(attributes: Iterable[Attribute]) -> Iterator[tuple[str, Sense]]:
    for attribute in {attribute.id: attribute for attribute in attributes}.values():
        for form in (*attribute.cues, *attribute.names.values()):
            yield form, Sense(attribute.id, "", Strength.HINT)


def _near(text: str, quantity: Quantity, cues: Sequence[Match]) -> Mapping[str, float]:
    """How strongly the words around a quantity name each attribute: those right beside it most, none beyond a comma or another number."""
    found: dict[str, float] = {}
    for start, end, senses in cues:
        if quantity.start - _BEFORE <= start and end <= quantity.start:
            between, score = text[end : quantity.start], _CUE - 0.04 * (quantity.start - end)
        elif quantity.end <= start and start - quantity.end <= _AFTER:
            between, score = text[quantity.end : start], _CUE - 0.3 - 0.04 * (start - quantity.end)
        else:
            continue
        if not _BREAK.search(between):
            for sense in senses:
                found[sense.attribute] = max(score, found.get(sense.attribute, 0.0))
    return found


def _is_as_written(part: FieldReading, quantity: Quantity, unit: Unit) -> bool:
    """Whether the text spells the unit just as the vocabulary does, case included: 128G is gigabytes, 128g grams."""
    return part.quote(quantity.start, quantity.end).endswith(unit.forms)


def _is_said_again(part: FieldReading, quantity: Quantity, rival: _Rival, following: Sequence[Quantity]) -> bool:
    """Whether the same measure follows at once in the attribute's own unit: "39.6 cm (15.6")" is 15.6 inches, not 15.59."""
    if not following or rival.unit.id == rival.attribute.unit or quantity.high is not None or quantity.sides:
        return False
    other = following[0]
    own = any(unit.id == rival.attribute.unit for unit in other.units)
    between = part.folded.text[quantity.end : other.start]
    value = quantity.low * rival.factor + rival.offset
    return own and _AGAIN.fullmatch(between) is not None and abs(other.low - value) <= _ROUNDING * abs(value)


def _is_in_name(part: FieldReading, quantity: Quantity) -> bool:
    """Whether the quantity is part of a name: the 778G of a processor, the 5G of a network."""
    return any(
        mention.start < quantity.end and quantity.start <= mention.end and mention.sense.attribute in _NAMES for mention in part.mentions
    )


def _in_pair(part: FieldReading, quantity: Quantity) -> Mapping[str, float]:
    """What a size is in "8G+256G": the smaller is memory, the larger storage."""
    text = part.folded.text
    for other in part.quantities:
        if other is quantity or not any(unit.quantity == _BYTES for unit in other.units):
            continue
        between = text[other.end : quantity.start] if other.end <= quantity.start else text[quantity.end : other.start]
        if between in ("+", "/", " + ", " / ") and other.low != quantity.low:
            return {MEMORY if quantity.low < other.low else STORAGE: _CUE}
    return {}


def _can_be_size(text: str, quantity: Quantity, unit: Unit) -> bool:
    """Whether a bare letter may stand for bytes where no word says so: "5G" alone is a network, "16T" a model; "8G+128G" are sizes."""
    if unit.quantity != _BYTES or len(quantity.form) > 1:
        return True
    return quantity.form == "g" and (
        quantity.low >= _LEAST_BARE_GB or _SUM.search(text, max(0, quantity.start - 1), quantity.end + 1) is not None
    )


def _as_read(quantity: Quantity) -> list[float]:
    return list(quantity.sides or ((quantity.low,) if quantity.high is None else (quantity.low, quantity.high)))


def _values(quantity: Quantity, rival: _Rival) -> list[float]:
    return [number * rival.factor + rival.offset for number in _as_read(quantity)]


def _in_range(quantity: Quantity, rival: _Rival) -> bool:
    if quantity.high is None and not quantity.sides:
        return rival.low <= quantity.low * rival.factor + rival.offset <= rival.high
    return all(rival.low <= value <= rival.high for value in _values(quantity, rival))


def _write(quantity: Quantity, rival: _Rival) -> str:
    values, unit = _values(quantity, rival), rival.attribute.unit
    if not all(_SMALLEST <= abs(value) < _LARGEST for value in values if value) and rival.offset == 0.0:
        values, unit = _as_read(quantity), rival.unit.id
    joined = (" x " if quantity.sides else "-").join(map(format_number, values))
    return joined if unit == "pcs" else f"{joined} {unit}"
