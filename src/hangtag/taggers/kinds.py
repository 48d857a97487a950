"""What kind of product it is, by words alone: head nouns, product lines and the merchant's own category path.

The last noun of the first noun phrase is the head in English ("watch strap for Apple Watch" is a strap); Chinese titles heap up
synonyms, and the category most of them name wins, later and longer ones counting more. What the product is made for, comes with
or is given away with says little about what it is.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple

from hangtag.model import ATTRIBUTE_FIELD, Product, TextSpan
from hangtag.taggers.forms import CATEGORY, Strength
from hangtag.taggers.reading import FieldReading, Mention, Reading
from hangtag.vocabulary import Vocabulary

__all__ = ["UNKNOWN", "KindGuess", "Kinds", "guess_kinds", "likely_kinds"]

_WEIGHTS = {Strength.FULL: 1.0, Strength.WEAK: 0.45, Strength.HINT: 0.55}
_ASIDE = 0.15
_FAINT, _CLOSE = 0.1, 0.6
_EVERYWHERE = frozenset((CATEGORY, "brand", "model", "compatible_device"))
_ENOUGH_SAID, _LEAST_SUPPORT, _DOUBTED = 2, 0.34, 0.45
_PATH_WEIGHT = 2.5
_OTHER_FIELD = 0.25
_MAX_EVIDENCE = 8
_NEAR_KIN, _FAR_KIN = 0.42, 0.12
_GIFT_BEFORE = re.compile(r"(?:[送赠]|附赠|赠送|搭配|可配|配)[^\s,，。+]{0,2}$")
_COUNT_BEFORE = re.compile(r"(?<![\w.])\d[\d,]* $")
_WITH_BEFORE = re.compile(r"\b(?:with|w/|includes?|including|without)\b[^,;|(\-]{0,40}$")
_TYPE_NAMES = frozenset(("product type", "type", "item type", "产品类型", "类型", "品类", "类目", "商品类型", "category", "分类", "种类"))
_LONGEST_TYPE_NAME = max(map(len, _TYPE_NAMES))
_ADJACENT = re.compile(r"[\s\-/&]*$")


@dataclass(frozen=True, slots=True)
class KindGuess:
    """A category the product may belong to: `score` is a share of all that was said, `strength` the weight of what was said.

    `named` where a head noun, a product line or the merchant named it; not where only an ambiguous word did.
    """

    category: str
    score: float
    strength: float
    named: bool
    evidence: tuple[TextSpan, ...]


def guess_kinds(reading: Reading, vocabulary: Vocabulary) -> list[KindGuess]:
    """Categories by decreasing score; empty where no word names any."""
    known = reading.memo.get("kinds")
    if isinstance(known, list):
        return known
    weights: dict[str, float] = defaultdict(float)
    evidence: dict[str, list[TextSpan]] = defaultdict(list)
    _read_path(reading.product, vocabulary, weights, evidence)
    named = set(weights)
    for number, part in enumerate(reading.fields):
        nouns = _nouns(part)
        if number and (sum(weights.values()) >= 0.9 or not nouns):
            continue
        for mention, weight in _weigh(part, nouns):
            weights[mention.sense.value] += weight if number == 0 else weight * _OTHER_FIELD
            if len(evidence[mention.sense.value]) < _MAX_EVIDENCE:
                evidence[mention.sense.value].append(part.span(mention.start, mention.end))
            if mention.sense.strength is not Strength.WEAK:
                named.add(mention.sense.value)
    _doubt(weights, named, reading, vocabulary)
    scores = _share_out(weights, vocabulary)
    total = sum(weights.values())
    guesses = [
        KindGuess(category, min(1.0, scores[category] / total), weights[category], category in named, tuple(evidence[category]))
        for category in sorted(scores, key=lambda category: (-scores[category], category))
    ]
    reading.memo["kinds"] = guesses
    return guesses


def _doubt(weights: dict[str, float], named: set[str], reading: Reading, vocabulary: Vocabulary) -> None:
    """Take weight from categories whose products have hardly any of the attributes the text speaks of.

    "水钻点缀鞋面，甜美可爱的蝴蝶结": the drill bit 水钻 names does not have bows.
    """
    said = {mention.sense.attribute for _, mention in reading.mentions() if mention.sense.strength is Strength.FULL}
    said -= _EVERYWHERE
    if len(said) < _ENOUGH_SAID:
        return
    for category in weights:
        carried = vocabulary.attributes_of(category)
        if len(said & carried) < _LEAST_SUPPORT * len(said):
            weights[category] *= _DOUBTED
            named.discard(category)


class Kinds(NamedTuple):
    """The category a product likely belongs to and close rivals, at most three; `sure` where a word that can mean nothing else names it."""

    categories: tuple[str, ...]
    sure: bool

    def carry(self, attribute: str, vocabulary: Vocabulary) -> bool:
        """Whether products of any of these categories have the attribute."""
        return any(attribute in vocabulary.attributes_of(category) for category in self.categories)


UNKNOWN = Kinds((), False)


def likely_kinds(reading: Reading, vocabulary: Vocabulary) -> Kinds:
    """What the lexical taggers take a product for."""
    guesses = guess_kinds(reading, vocabulary)
    if not guesses or guesses[0].strength < _FAINT:
        return UNKNOWN
    rivals = (guess.category for guess in guesses[1:3] if guess.score > _CLOSE * guesses[0].score)
    return Kinds((guesses[0].category, *rivals), guesses[0].named)


def _nouns(part: FieldReading) -> list[Mention]:
    """The category nouns of a field. One that is a brand's name too ("Candy washing machine") counts only where it stands alone."""
    nouns = [mention for mention in part.mentions if mention.sense.attribute == CATEGORY]
    brands = {(mention.start, mention.end) for mention in part.mentions if mention.sense.attribute == "brand"}
    others = [mention for mention in nouns if (mention.start, mention.end) not in brands]
    return others if any(mention.sense.strength is Strength.FULL for mention in others) else nouns


def _share_out(weights: dict[str, float], vocabulary: Vocabulary) -> dict[str, float]:
    """Scores from weights: a category also gains from those above, below and beside it that were named too."""
    scores = dict(weights)
    for category in weights:
        department = category.split("/")[0]
        parent = category.rpartition("/")[0]
        for other, weight in weights.items():
            if other == category:
                continue
            if vocabulary.is_within(category, other):
                scores[category] += weight
            elif "/" in parent and vocabulary.is_within(other, parent):
                scores[category] += _NEAR_KIN * weight
            elif other.split("/")[0] == department:
                scores[category] += _FAR_KIN * weight
    return scores


def _read_path(product: Product, vocabulary: Vocabulary, weights: dict[str, float], evidence: dict[str, list[TextSpan]]) -> None:
    if product.category:
        found = vocabulary.find_path(product.category)
        if found:
            weights[found] += _PATH_WEIGHT if "/" in found else 0.3
            evidence[found].append(TextSpan("category", 0, len(product.category), product.category))
    for name, value in product.attributes.items():
        if len(name) <= _LONGEST_TYPE_NAME and name.lower() in _TYPE_NAMES and len(value) < 60:
            found = vocabulary.find_category(value)
            if found:
                weights[found] += 1.0
                evidence[found].append(TextSpan(ATTRIBUTE_FIELD + name, 0, len(value), value))


def _weigh(part: FieldReading, nouns: list[Mention]) -> list[tuple[Mention, float]]:
    """Each category noun of a field with its weight."""
    text = part.folded.text
    latin = sum(mention.end - mention.start for mention in nouns if text[mention.start] < "\u2e80")
    han = sum(mention.end - mention.start for mention in nouns) - latin
    head = _english_head(text, nouns) if latin > han else None
    weighed = []
    for mention in nouns:
        weight = _WEIGHTS[mention.sense.strength]
        if mention.compatible or _is_aside(text, mention):
            weight *= _ASIDE
        elif head is not None:
            weight *= 2.0 if mention is head else 0.5
        elif text[mention.start] >= "\u2e80":
            weight *= 0.75 + 0.15 * min(mention.end - mention.start, 5) + 0.25 * mention.end / len(text)
        weighed.append((mention, weight))
    return weighed


def _english_head(text: str, nouns: list[Mention]) -> Mention | None:
    """The last noun of the first compound: nouns that follow one another with nothing but spaces between."""
    free = [mention for mention in nouns if mention.sense.strength is not Strength.HINT and not mention.compatible]
    free = [mention for mention in free if not _is_aside(text, mention)]
    head = None
    for mention in sorted(free, key=lambda mention: (mention.start, -mention.end)):
        if head is None or (mention.start >= head.end and _ADJACENT.match(text[head.end : mention.start])):
            head = mention
        elif mention.start >= head.end:
            break
    return head


def _is_count(text: str, before: str, mention: Mention) -> bool:
    """"750 sheets", "25 license(s)": how much, not what."""
    plural = text[mention.end - 1] == "s" or text.startswith("(s)", mention.end)
    return plural and _COUNT_BEFORE.search(before) is not None


def _is_aside(text: str, mention: Mention) -> bool:
    before = text[max(0, mention.start - 48) : mention.start]
    return bool(_WITH_BEFORE.search(before) or _GIFT_BEFORE.search(before) or _is_count(text, before, mention))
