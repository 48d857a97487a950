"""The `lexicon` tagger: values named in the text, in either language, checked against word borders, denial and the kind of product."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hangtag.model import CATEGORY, Product, Tag, TextSpan
from hangtag.taggers.forms import Sense, Strength
from hangtag.taggers.kinds import Kinds, likely_kinds
from hangtag.taggers.reading import FieldReading, Mention, Reader
from hangtag.vocabulary import Vocabulary

__all__ = ["LexiconTagger"]

_MAX_EVIDENCE = 8
_CONFIDENCE = {Strength.FULL: 0.95, Strength.WEAK: 0.85}
_OTHER_FIELD = 0.95
_UNKNOWN_KIND = 0.85
_HEAP, _HEAP_GAP = 3, 3
BRAND, COMPATIBILITY = "brand", "compatible_device"


@dataclass(slots=True)
class _Found:
    confidence: float
    spans: list[TextSpan]


class LexiconTagger:
    """Tags every value whose form stands in a product's text.

    `reader` may be shared with other lexical taggers of the same pipeline.
    """

    name = "lexicon@1"

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._confidences: dict[Kinds, dict[Sense, float]] = {}

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_confidences": {}}

    @property
    def spoken(self) -> list[str]:
        """The attributes whose values have names."""
        vocabulary = self.reader.vocabulary
        return [name for name in vocabulary.attributes if vocabulary.values_of(name)]

    def tag(self, products: Sequence[Product], /) -> list[list[Tag]]:
        """One list of tags per product, in order."""
        return [self._tag_one(product) for product in products]

    def _tag_one(self, product: Product) -> list[Tag]:
        reading = self.reader.read(product)
        kinds = likely_kinds(reading, self.reader.vocabulary)
        confidences = self._confidences.setdefault(kinds, {})
        found: dict[tuple[str, str], _Found] = {}
        for number, part in enumerate(reading.fields):
            sayable = [mention for mention in _without_heaped_brands(part.mentions) if self._says(part, mention, kinds, confidences)]
            for start, end, sense, _ in _one_attribute_a_span(sayable, kinds, self.reader.vocabulary):
                confidence = confidences[sense] * _OTHER_FIELD if number else confidences[sense]
                key = (sense.attribute, sense.value)
                entry = found.get(key)
                if entry is None:
                    found[key] = _Found(confidence, [part.span(start, end)])
                    continue
                if confidence > entry.confidence:
                    entry.confidence = confidence
                if len(entry.spans) < _MAX_EVIDENCE:
                    entry.spans.append(part.span(start, end))
        return [
            Tag(attribute=attribute, value=value, confidence=round(entry.confidence, 4), source=self.name, evidence=tuple(entry.spans))
            for (attribute, value), entry in found.items()
        ]

    def _says(self, part: FieldReading, mention: Mention, kinds: Kinds, confidences: dict[Sense, float]) -> bool:
        """Whether a mention says something of a product of these kinds; how surely is in `confidences` then."""
        _, _, sense, compatible = mention
        known = confidences.get(sense)
        if known is None:
            known = confidences[sense] = self._confidence(sense, kinds)
        if known <= 0.0 or (compatible and sense.attribute != COMPATIBILITY):
            return False
        return sense.attribute != BRAND or not _is_common_word(part, mention)

    def _confidence(self, sense: Sense, kinds: Kinds) -> float:
        vocabulary = self.reader.vocabulary
        if sense.attribute == CATEGORY or sense.strength not in _CONFIDENCE:
            return 0.0
        only = vocabulary.values_of(sense.attribute)[sense.value].only
        carried = kinds.carry(sense.attribute, vocabulary)
        if not kinds.sure and not carried:
            # Nobody knows what this is: what can mean only one thing still counts.
            return 0.0 if sense.strength is Strength.WEAK or only else _CONFIDENCE[Strength.FULL] * _UNKNOWN_KIND
        if not carried or (only and not any(vocabulary.is_within(kind, place) for kind in kinds.categories for place in only)):
            return 0.0
        return _CONFIDENCE[sense.strength]


def _without_heaped_brands(mentions: list[Mention]) -> list[Mention]:
    """Three brands or more in a row are those it goes with, or bait: "双肩小米华为苹果戴尔联想背包" is by none of them."""
    brands = [mention for mention in mentions if mention.sense.attribute == BRAND]
    if len(brands) < _HEAP:
        return mentions
    heaped: set[int] = set()
    run = brands[:1]
    for mention in [*brands[1:], None]:
        if mention is not None and mention.start - run[-1].end <= _HEAP_GAP:
            run.append(mention)
            continue
        if len({other.sense.value for other in run}) >= _HEAP:
            heaped.update(other.start for other in run)
        run = [mention] if mention is not None else []
    return [mention for mention in mentions if mention.sense.attribute != BRAND or mention.start not in heaped]


def _is_common_word(part: FieldReading, mention: Mention) -> bool:
    """Whether a brand's name stands in small letters in a text that uses capitals: "head protection", not "HEAD racket"."""
    quote = part.quote(mention.start, mention.end)
    return quote.islower() and quote.isascii() and any(map(str.isupper, part.original))


def _one_attribute_a_span(mentions: list[Mention], kinds: Kinds, vocabulary: Vocabulary) -> list[Mention]:
    """Where a form means something under several attributes: the one the category lists first, its own before those it inherits."""
    if len(mentions) < 2:
        return mentions
    spans: dict[tuple[int, int], list[Mention]] = {}
    for mention in mentions:
        spans.setdefault((mention.start, mention.end), []).append(mention)
    if len(spans) == len(mentions):
        return mentions
    ranks = vocabulary.attribute_ranks(kinds.categories[0]) if kinds.categories else {}
    kept = []
    for rivals in spans.values():
        best = min(rivals, key=lambda mention: (ranks.get(mention.sense.attribute, len(ranks)), mention.sense.strength))
        kept += [mention for mention in rivals if mention.sense.attribute == best.sense.attribute]
    return kept
