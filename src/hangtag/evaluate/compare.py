"""When does a tag say what gold says? Values compare after folding and through the vocabulary's names and aliases."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol

from hangtag.model import CATEGORY, Inference, Tag, TextSpan
from hangtag.text.fold import fold_text

__all__ = ["Comparer", "Meaning", "Names", "count_matches", "quotes", "squash"]


_SPACE = re.compile(r"\s+")
# One number with decimals and perhaps a unit; "1.10.0" and "10.0-15.0mm" are left alone.
_DECIMAL = re.compile(r"([+-]?\d+)\.(\d*?)0*([^\d.]*)")


class Names(Protocol):
    """The look-ups of a vocabulary that comparing needs; `hangtag.vocabulary.Vocabulary` offers them."""

    def find_attribute(self, name: str, /) -> str | None:
        """The id of the attribute that goes by `name`, or None."""
        ...

    def find_values(self, attribute_id: str, text: str, /) -> tuple[str, ...]:
        """Ids of the attribute's values whose id, name or alias is the whole of `text`."""
        ...

    def find_category(self, name: str, /) -> str | None:
        """The id of the category that goes by `name`, or None."""
        ...


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a gold value or a tag says: canonical `ids` (empty where the vocabulary has none) and folded `surfaces`."""

    ids: frozenset[str]
    surfaces: frozenset[str]

    def join(self, other: Meaning) -> Meaning:
        return Meaning(self.ids | other.ids, self.surfaces | other.surfaces)


class Comparer:
    """Brings attributes, gold values and tags into the form in which they compare; remembers what it has looked up."""

    def __init__(self, names: Names | None) -> None:
        self._names = names
        self._attributes: dict[str, tuple[str, bool]] = {}
        self._gold: dict[tuple[str, str], Meaning] = {}

    def attribute(self, name: str) -> str:
        """The key of an attribute: the vocabulary's id, or the folded name where it has none."""
        return self._attribute(name)[0]

    def in_vocabulary(self, name: str) -> bool:
        return self._attribute(name)[1]

    def gold_values(self, attribute: str, texts: Iterable[str]) -> list[Meaning]:
        """The distinct values of a gold list: texts of one canonical value, or of one folded form, are one value."""
        distinct: dict[frozenset[str], Meaning] = {}
        for text in texts:
            meaning = self._gold_value(attribute, text)
            key = meaning.ids or meaning.surfaces
            distinct[key] = distinct[key].join(meaning) if key in distinct else meaning
        return list(distinct.values())

    def tagged_values(self, attribute: str, tags: Iterable[Tag]) -> list[Meaning]:
        """The distinct values a product's tags of one attribute say; a tag's quotes count as its value too."""
        distinct: dict[frozenset[str], Meaning] = {}
        for tag in tags:
            value = self._tagged_value(attribute, tag.value)
            key = value.ids or value.surfaces
            for quote in quotes(tag):
                # What was read for a category is a noun; where the vocabulary knows the category, the noun must not stand for another.
                if attribute != CATEGORY:
                    value = value.join(self._tagged_value(attribute, quote))
                else:
                    value = Meaning(value.ids, value.surfaces | {squash(quote)})
            distinct[key] = distinct[key].join(value) if key in distinct else value
        return list(distinct.values())

    def says(self, attribute: str, tagged: Meaning, gold: Meaning) -> bool:
        """Whether a tag's meaning is the gold value's; a category below the gold one is right too."""
        if attribute == CATEGORY and tagged.ids and gold.ids:
            return not tagged.ids.isdisjoint(gold.ids)
        return not (tagged.ids.isdisjoint(gold.ids) and tagged.surfaces.isdisjoint(gold.surfaces))

    def _attribute(self, name: str) -> tuple[str, bool]:
        if name not in self._attributes:
            found = self._names.find_attribute(name) if self._names else None
            folded = fold_text(name).strip()
            if found is None and folded == CATEGORY and self._names:
                found = CATEGORY
            self._attributes[name] = (found or folded, found is not None)
        return self._attributes[name]

    def _gold_value(self, attribute: str, text: str) -> Meaning:
        key = (attribute, text)
        if key not in self._gold:
            self._gold[key] = Meaning(frozenset(self._gold_ids(attribute, text)), frozenset({squash(text)}))
        return self._gold[key]

    def _gold_ids(self, attribute: str, text: str) -> Sequence[str]:
        if self._names is None:
            return ()
        if attribute == CATEGORY:
            # Of a path "A > B > C" only the last part is what gold claims.
            found = self._names.find_category(text) or self._names.find_category(text.rpartition(">")[2].strip())
            return (found,) if found else ()
        return self._names.find_values(attribute, text)

    def _tagged_value(self, attribute: str, text: str) -> Meaning:
        meaning = self._gold_value(attribute, text)
        if attribute == CATEGORY:
            # With the categories above it among its ids, a narrower category says the wider gold one too.
            above = (prefix for found in meaning.ids for prefix in accumulate(found.split("/"), "{}/{}".format))
            return Meaning(frozenset(above), meaning.surfaces)
        return Meaning(frozenset({text}), meaning.surfaces) if text in meaning.ids else meaning


def quotes(tag: Tag) -> list[str]:
    """The texts a tag was read from, in the order of its evidence; those it was only concluded from say something else."""
    if any(isinstance(evidence, Inference) for evidence in tag.evidence):
        return []
    return [evidence.quote for evidence in tag.evidence if isinstance(evidence, TextSpan)]


def count_matches(says: Sequence[Sequence[bool]], n_gold: int) -> tuple[int, int]:
    """Pair tags with gold values one to one, as many as can be; returns (pairs, gold values that no tag says).

    `says[t][g]` tells whether tag t says gold value g. A gold value beyond the pairs that some tag does say is the same value in
    other words, by that tag's own quotes: it is neither a further hit nor a miss. Maximum bipartite matching by augmenting paths
    (Kuhn 1955), so neither number depends on any order.
    """
    holder: list[int | None] = [None] * n_gold

    def seat(tag: int, seen: set[int]) -> bool:
        for gold in range(n_gold):
            if says[tag][gold] and gold not in seen:
                seen.add(gold)
                current = holder[gold]
                if current is None or seat(current, seen):
                    holder[gold] = tag
                    return True
        return False

    pairs = sum(seat(tag, set()) for tag in range(len(says)))
    unsaid = sum(not any(row[gold] for row in says) for gold in range(n_gold))
    return pairs, unsaid


def squash(text: str) -> str:
    """The folded form in which texts compare: no white space, and "17.0" is "17"."""
    folded = _SPACE.sub("", fold_text(text))
    number = _DECIMAL.fullmatch(folded)
    if number is None:
        return folded
    whole, decimals, unit = number.groups()
    return f"{whole}.{decimals}{unit}" if decimals else f"{whole}{unit}"
