"""The `measure` tagger: numbers with units, normalised, on the attribute that unit, neighbouring words and kind of product point to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from hangtag.model import Product, Tag
from hangtag.taggers.forms import FormIndex, Match, Sense, Strength
from hangtag.taggers.kinds import KindGuess, guess_kinds
from hangtag.taggers.lexicon import carried_attributes
from hangtag.taggers.quantities import Quantity, format_number
from hangtag.taggers.reading import FieldReading, Reader
from hangtag.vocabulary import Attribute

__all__ = ["MeasureTagger"]

_BEFORE, _AFTER = 18, 14
_CUE, _OWN_UNIT, _DEFAULT, _CARRIED = 3.0, 2.4, 1.6, 0.8
_ENOUGH = 1.5
_CONFIDENCE_CUE, _CONFIDENCE_DEFAULT, _CONFIDENCE_LOOSE = 0.95, 0.9, 0.7
DIMENSIONS = "dimensions"
_LOOSE_COUNT = re.compile(r"[个只条根张块把本副对组排份提节包袋盒瓶罐杯箱枚颗]$")
_BREAK = re.compile(r"[,;，；。|()\[\]【】\n\d]")
_GARMENT_SIZE = re.compile(r"(?<![\d/])(1[3-9]\d/\d{2,3}[abcy]?)(?![\d/])")


class MeasureTagger:
    """Tags quantities. Values are written in the attribute's unit: "battery_capacity = 5000 mAh"."""

    name = "measure@1"

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        vocabulary = reader.vocabulary
        self._by_unit: dict[str, list[Attribute]] = {}
        for attribute in vocabulary.attributes.values():
            base = vocabulary.units.get(attribute.unit or "")
            if attribute.kind != "measure" or base is None:
                continue
            names = attribute.units or tuple(unit.id for unit in vocabulary.units.values() if unit.quantity == base.quantity)
            for unit in names:
                self._by_unit.setdefault(unit, []).append(attribute)

        self._cues = FormIndex(_cues(attribute for rivals in self._by_unit.values() for attribute in rivals))

    def tag(self, products: Sequence[Product], /) -> list[list[Tag]]:
        """One list of tags per product, in order."""
        return [self._tag_one(product) for product in products]

    def _tag_one(self, product: Product) -> list[Tag]:
        reading = self.reader.read(product)
        guesses = guess_kinds(reading, self.reader.vocabulary)
        carried = carried_attributes(guesses, self.reader.vocabulary)
        tags: dict[tuple[str, str], Tag] = {}
        for part in reading.fields:
            cues = self._cues.find(part.folded.text) if part.quantities else []
            for quantity in part.quantities:
                tag = self._choose(part, quantity, _near(part.folded.text, quantity, cues), guesses, carried)
                if tag is not None:
                    tags.setdefault((tag.attribute, tag.value), tag)
            for match in _GARMENT_SIZE.finditer(part.folded.text):
                evidence = part.span(match.start(1), match.end(1))
                tags.setdefault(
                    ("size", evidence.quote),
                    Tag(attribute="size", value=evidence.quote, confidence=0.95, source=self.name, evidence=(evidence,)),
                )
        return list(tags.values())

    def _choose(
        self,
        part: FieldReading,
        quantity: Quantity,
        cues: Mapping[str, float],
        guesses: list[KindGuess],
        carried: frozenset[str] | None,
    ) -> Tag | None:
        rivals = [
            attribute
            for attribute in self._by_unit.get(quantity.unit.id, ())
            if (attribute.id == DIMENSIONS) == bool(quantity.sides) and self._in_range(quantity, attribute)
        ]
        alone = _OWN_UNIT if len(rivals) == 1 else 0.0
        scores = [cues.get(attribute.id, 0.0) + alone + self._kind_score(attribute, guesses, carried) for attribute in rivals]
        if not scores or max(scores) < _ENOUGH:
            return None
        best = rivals[scores.index(max(scores))]
        confidence = _CONFIDENCE_CUE if best.id in cues else _CONFIDENCE_DEFAULT
        if _LOOSE_COUNT.search(quantity.form):
            confidence = _CONFIDENCE_LOOSE
        evidence = part.span(quantity.start, quantity.end)
        value = self._write(quantity, best)
        return Tag(attribute=best.id, value=value, confidence=confidence, source=self.name, evidence=(evidence,))

    def _kind_score(self, attribute: Attribute, guesses: list[KindGuess], carried: frozenset[str] | None) -> float:
        score = 0.0
        if carried is not None:
            score += _CARRIED if attribute.id in carried else -_CARRIED
        if guesses:
            kind = guesses[0].category
            # A deeper default is a closer one: a category's own goes before its department's.
            depths = [place.count("/") + 1 for place in attribute.default_for if kind == place or kind.startswith(place + "/")]
            score += _DEFAULT + 0.3 * max(depths) if depths else 0.0
        return score

    def _in_range(self, quantity: Quantity, attribute: Attribute) -> bool:
        values = [self._convert(value, quantity, attribute) for value in quantity.sides or (quantity.low, quantity.high) if value is not None]
        if attribute.range is None:
            return all(value > 0 or attribute.id == "temperature" for value in values)
        return all(attribute.range[0] <= value <= attribute.range[1] for value in values)

    def _convert(self, value: float, quantity: Quantity, attribute: Attribute) -> float:
        base = self.reader.vocabulary.units[attribute.unit or quantity.unit.id]
        return (value * quantity.unit.factor + quantity.unit.offset - base.offset) / base.factor

    def _write(self, quantity: Quantity, attribute: Attribute) -> str:
        numbers = quantity.sides or ((quantity.low,) if quantity.high is None else (quantity.low, quantity.high))
        written = [format_number(self._convert(value, quantity, attribute)) for value in numbers]
        joined = (" x " if quantity.sides else "-").join(written)
        return f"{joined} {attribute.unit}" if attribute.unit != "pcs" else joined


def _cues(attributes: Iterable[Attribute]) -> Iterator[tuple[str, Sense]]:
    for attribute in {attribute.id: attribute for attribute in attributes}.values():
        for form in (*attribute.cues, *attribute.names.values()):
            yield form, Sense(attribute.id, "", Strength.HINT)


def _near(text: str, quantity: Quantity, cues: Sequence[Match]) -> dict[str, float]:
    """How strongly the words around a quantity name each attribute: those right beside it most, none beyond a comma or another number."""
    found: dict[str, float] = {}
    for cue in cues:
        if quantity.start - _BEFORE <= cue.start and cue.end <= quantity.start:
            between, score = text[cue.end : quantity.start], _CUE - 0.04 * (quantity.start - cue.end)
        elif quantity.end <= cue.start and cue.start - quantity.end <= _AFTER:
            between, score = text[quantity.end : cue.start], _CUE - 0.3 - 0.04 * (cue.start - quantity.end)
        else:
            continue
        if not _BREAK.search(between):
            for sense in cue.senses:
                found[sense.attribute] = max(score, found.get(sense.attribute, 0.0))
    return found
