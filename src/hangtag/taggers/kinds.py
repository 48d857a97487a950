"""What kind of product it is, by words alone: head nouns, product lines and the merchant's own category path.

The last noun of the first noun phrase is the head in English ("watch strap for Apple Watch" is a strap); Chinese titles heap up
synonyms, and the category most of them name wins, later and longer ones counting more. What the product is made for, comes with
or is given away with says little about what it is.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import NamedTuple, TypeAlias
from weakref import WeakKeyDictionary

from hangtag.model import ATTRIBUTE_FIELD, CATEGORY, Product, TextSpan
from hangtag.taggers.forms import Strength
from hangtag.taggers.reading import FieldReading, Mention, Reading
from hangtag.vocabulary import Vocabulary
from hangtag.vocabulary.compiled import fold_name

__all__ = ["UNKNOWN", "KindGuess", "Kinds", "guess_kinds", "likely_kinds"]

_FULL, _WEAK, _HINT = Strength.FULL, Strength.WEAK, Strength.HINT
_WEIGHTS = {_FULL: 1.0, _WEAK: 0.45, _HINT: 0.55}
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


_MOST_PATHS = 1 << 14
_PATHS: WeakKeyDictionary[Vocabulary, dict[str, str | None]] = WeakKeyDictionary()
# Merchant's own words as they are, or a field with folded offsets.
_Source: TypeAlias = tuple[FieldReading | TextSpan, int, int]


class KindGuess(NamedTuple):
    """A category the product may belong to: `score` is a share of all that was said, `strength` the weight of what was said.

    `named` where a head noun, a product line or the merchant named it; not where only an ambiguous word did.
    """

    category: str
    score: float
    strength: float
    named: bool
    sources: tuple[_Source, ...]

    @property
    def evidence(self) -> tuple[TextSpan, ...]:
        """What named it, as spans; made when asked for, since most guesses are only passed over."""
        return tuple(part if isinstance(part, TextSpan) else part.span(start, end) for part, start, end in self.sources)


def guess_kinds(reading: Reading, vocabulary: Vocabulary) -> list[KindGuess]:
    """Categories by decreasing score; empty where no word names any."""
    known = reading.memo.get("kinds")
    if isinstance(known, list):
        return known
    weights: dict[str, float] = defaultdict(float)
    sources: dict[str, list[_Source]] = defaultdict(list)
    _read_path(reading.product, vocabulary, weights, sources)
    named = set(weights)
    for number, part in enumerate(reading.fields):
        nouns = _nouns(part)
        if not nouns or (number and sum(weights.values()) >= 0.9):
            continue
        for mention, weight in _weigh(part, nouns):
            category = mention.sense.value
            weights[category] += weight if number == 0 else weight * _OTHER_FIELD
            if len(sources[category]) < _MAX_EVIDENCE:
                sources[category].append((part, mention.start, mention.end))
            if mention.sense.strength is not _WEAK:
                named.add(category)
    if weights:
        _doubt(weights, named, reading, vocabulary)
    scores = _share_out(weights, vocabulary)
    total = sum(weights.values())
    guesses = [
        KindGuess(category, min(1.0, scores[category] / total), weights[category], category in named, tuple(sources[category]))
        for category in sorted(scores, key=lambda category: (-scores[category], category))
    ]
    reading.memo["kinds"] = guesses
    return guesses


def _doubt(weights: dict[str, float], named: set[str], reading: Reading, vocabulary: Vocabulary) -> None:
    """Take weight from categories whose products have hardly any of the attributes the text speaks of.

    "水钻点缀鞋面，甜美可爱的蝴蝶结": the drill bit 水钻 names does not have bows.
    """
    said: dict[tuple[str, int, int], set[str]] = {}
    for part in reading.fields:
        for start, end, sense, _ in part.mentions:
            if sense.strength is _FULL and sense.attribute not in _EVERYWHERE:
                said.setdefault((part.name, start, end), set()).add(sense.attribute)
    # A form that means several things supports a category that has any of them; a thing said twice is said once.
    things = {frozenset(attributes) for attributes in said.values()}
    if len(things) < _ENOUGH_SAID:
        return
    for category in weights:
        carried = vocabulary.attributes_of(category)
        if sum(not carried.isdisjoint(attributes) for attributes in things) < _LEAST_SUPPORT * len(things):
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
    known = reading.memo.get("likely")
    if not isinstance(known, Kinds):
        known = reading.memo["likely"] = _likeliest(guess_kinds(reading, vocabulary))
    return known


def _likeliest(guesses: list[KindGuess]) -> Kinds:
    if not guesses or guesses[0].strength < _FAINT:
        return UNKNOWN
    rivals = (guess.category for guess in guesses[1:3] if guess.score > _CLOSE * guesses[0].score)
    return Kinds((guesses[0].category, *rivals), guesses[0].named)


def _nouns(part: FieldReading) -> list[Mention]:
    """The category nouns of a field. One that is a brand's name too ("Candy washing machine") counts only where it stands alone."""
    nouns = [mention for mention in part.mentions if mention.sense.attribute == CATEGORY]
    if not nouns:
        return nouns
    brands = {(mention.start, mention.end) for mention in part.mentions if mention.sense.attribute == "brand"}
    if not brands:
        return nouns
    others = [mention for mention in nouns if (mention.start, mention.end) not in brands]
    return others if any(mention.sense.strength is Strength.FULL for mention in others) else nouns


def _share_out(weights: dict[str, float], vocabulary: Vocabulary) -> dict[str, float]:
    """Scores from weights: a category also gains from those above, below and beside it that were named too."""
    scores = dict(weights)
    if len(scores) == 1:
        return scores
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


def _read_path(product: Product, vocabulary: Vocabulary, weights: dict[str, float], sources: dict[str, list[_Source]]) -> None:
    if product.category:
        found = _find_path(vocabulary, product.category)
        if found:
            weights[found] += _PATH_WEIGHT if "/" in found else 0.3
            sources[found].append((TextSpan("category", 0, len(product.category), product.category), 0, 0))
    for name, value in product.attributes.items():
        if len(name) <= _LONGEST_TYPE_NAME and name.lower() in _TYPE_NAMES and len(value) < 60:
            found = vocabulary.find_category(value)
            if found:
                weak = {fold_name(form) for form in vocabulary.categories[found].weak}
                weights[found] += _WEIGHTS[_WEAK] if fold_name(value) in weak else 1.0
                sources[found].append((TextSpan(ATTRIBUTE_FIELD + name, 0, len(value), value), 0, 0))


def _find_path(vocabulary: Vocabulary, path: str) -> str | None:
    """A catalogue has few paths and many products."""
    known = _PATHS.setdefault(vocabulary, {})
    if path not in known:
        if len(known) > _MOST_PATHS:
            known.clear()
        known[path] = vocabulary.find_path(path)
    return known[path]


def _weigh(part: FieldReading, nouns: list[Mention]) -> list[tuple[Mention, float]]:
    """Each category noun of a field with its weight."""
    text = part.folded.text
    han = sum(mention.end - mention.start for mention in nouns if text[mention.start] >= "\u2e80")
    # A product line ("EF-M", "STM") makes a Chinese title no English one.
    latin = sum(
        mention.end - mention.start for mention in nouns if text[mention.start] < "\u2e80" and (not han or mention.sense.strength is _FULL)
    )
    asides = [mention.compatible or _is_aside(text, mention) for mention in nouns]
    head = _english_head(text, [mention for mention, aside in zip(nouns, asides, strict=True) if not aside]) if latin > han else None
    weighed = []
    for mention, aside in zip(nouns, asides, strict=True):
        weight = _WEIGHTS[mention.sense.strength]
        if aside:
            weight *= _ASIDE
        elif head is not None:
            weight *= 2.0 if mention is head else 0.5
        elif text[mention.start] >= "\u2e80":
            weight *= 0.75 + 0.15 * min(mention.end - mention.start, 5) + 0.25 * mention.end / len(text)
        weighed.append((mention, weight))
    return weighed


def _english_head(text: str, nouns: list[Mention]) -> Mention | None:
    """The last noun of the first compound: nouns that follow one another with nothing but spaces between.

    An ambiguous one is no head where a plain one goes before: a "KVM switch rack mounting" is no rack.
    """
    head = None
    for mention in nouns:  # in reading order, the longest first where several begin
        if mention.sense.strength is _HINT or (mention.sense.strength is _WEAK and head is not None and head.sense.strength is _FULL):
            continue
        if head is None or (mention.start >= head.end and _ADJACENT.match(text[head.end : mention.start])):
            head = mention
        elif mention.start >= head.end:
            break
    return head


def _is_count(text: str, before: str, mention: Mention) -> bool:
    """ "750 sheets", "25 license(s)": how much, not what."""
    if not before.endswith(" "):
        return False
    plural = text[mention.end - 1] == "s" or text.startswith("(s)", mention.end)
    return plural and _COUNT_BEFORE.search(before) is not None


def _is_aside(text: str, mention: Mention) -> bool:
    before = text[max(0, mention.start - 48) : mention.start]
    if ("with" in before or "w/" in before or "includ" in before) and _WITH_BEFORE.search(before):
        return True
    return (not before.isascii() and _GIFT_BEFORE.search(before) is not None) or _is_count(text, before, mention)
