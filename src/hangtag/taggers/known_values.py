"""Values labellers gave before, found again in other products' texts, with how often such a place was that attribute's answer."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from hangtag.taggers.forms import FormIndex, Sense, Strength
from hangtag.text.fold import fold, fold_text

__all__ = ["Hit", "KnownValues"]

_LONGEST = 80


class Hit(NamedTuple):
    """A known value at [start, end) of a text; `share` of such places, in products where the attribute was judged, were its answer."""

    start: int
    end: int
    attribute: str
    share: float


class KnownValues:
    """Counts by attribute and folded value: `answers` where it was given, `places` where it stood in a judged product's text."""

    def __init__(self, answers: Mapping[str, Mapping[str, int]], places: Mapping[str, Mapping[str, int]]) -> None:
        self.answers = {attribute: dict(values) for attribute, values in answers.items()}
        self.places = {attribute: dict(values) for attribute, values in places.items()}
        forms = ((value, Sense(attribute, value, Strength.FULL)) for attribute, values in self.answers.items() for value in values)
        self._index = FormIndex(forms)

    @classmethod
    def learn(cls, products: Iterable[tuple[str, Mapping[str, Iterable[str]]]]) -> KnownValues:
        """From (text, gold) pairs."""
        pairs = [(text, {attribute: _folded(values) for attribute, values in gold.items()}) for text, gold in products]
        answers: dict[str, Counter[str]] = defaultdict(Counter)
        for _, gold in pairs:
            for attribute, values in gold.items():
                answers[attribute].update(values)
        known = cls(answers, {})
        places: dict[str, Counter[str]] = defaultdict(Counter)
        for text, gold in pairs:
            for attribute, value in {(attribute, value) for _, _, attribute, value in known._find(text)}:
                if attribute in gold:
                    places[attribute][value] += 1
        known.places = {attribute: dict(values) for attribute, values in places.items()}
        return known

    def find(self, text: str, *, own: Mapping[str, Iterable[str]] | None = None) -> list[Hit]:
        """Known values in a text. `own` is the gold of this very product, whose counts are taken out: no product may tell itself."""
        mine = {attribute: _folded(values) for attribute, values in (own or {}).items()}
        hits = []
        for start, end, attribute, value in self._find(text):
            judged = attribute in mine
            answers = self.answers[attribute][value] - (judged and value in mine[attribute])
            places = max(self.places.get(attribute, {}).get(value, 0) - judged, answers)
            if answers > 0:
                hits.append(Hit(start, end, attribute, answers / (places + 1)))
        return hits

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {"answers": self.answers, "places": self.places}

    def _find(self, text: str) -> Iterator[tuple[int, int, str, str]]:
        folded = fold(text)
        for start, end, senses in self._index.find(folded.text):
            first, last = folded.span(start, end)
            for sense in senses:
                yield first, last, sense.attribute, sense.value


def _folded(values: Iterable[str]) -> frozenset[str]:
    return frozenset(folded for value in values if len(value) <= _LONGEST and (folded := fold_text(value).strip()))
