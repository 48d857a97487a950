"""The `lexicon` tagger: values named in the text, in either language, checked against word borders, denial and the kind of product."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hangtag.model import Product, Tag, TextSpan
from hangtag.taggers.forms import CATEGORY, Sense, Strength
from hangtag.taggers.kinds import KindGuess, guess_kinds
from hangtag.taggers.reading import Mention, Reader
from hangtag.vocabulary import Vocabulary

__all__ = ["LexiconTagger", "carried_attributes"]

_MAX_EVIDENCE = 8
_CLEAR_LEAD = 0.6
_CONFIDENCE = {Strength.FULL: 0.95, Strength.WEAK: 0.85}
_OTHER_FIELD = 0.95
_UNKNOWN_KIND = 0.85
COMPATIBILITY = "compatible_device"


@dataclass(slots=True)
class _Found:
    confidence: float
    spans: list[TextSpan] = field(default_factory=list)


class LexiconTagger:
    """Tags every value whose form stands in a product's text.

    `reader` may be shared with other lexical taggers of the same pipeline.
    """

    name = "lexicon@1"

    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    def tag(self, products: Sequence[Product], /) -> list[list[Tag]]:
        """One list of tags per product, in order."""
        return [self._tag_one(product) for product in products]

    def _tag_one(self, product: Product) -> list[Tag]:
        reading = self.reader.read(product)
        vocabulary = self.reader.vocabulary
        guesses = guess_kinds(reading, vocabulary)
        carried = carried_attributes(guesses, vocabulary)
        found: dict[tuple[str, str], _Found] = {}
        for number, part in enumerate(reading.fields):
            sayable = [mention for mention in part.mentions if self._is_sayable(mention, guesses, carried)]
            for mention in _one_sense_a_span(sayable, guesses, vocabulary):
                sense = mention.sense
                confidence = self._confidence(sense, guesses, carried) * (_OTHER_FIELD if number else 1.0)
                entry = found.setdefault((sense.attribute, sense.value), _Found(confidence))
                entry.confidence = max(entry.confidence, confidence)
                if len(entry.spans) < _MAX_EVIDENCE:
                    entry.spans.append(part.span(mention.start, mention.end))
        return [
            Tag(attribute=attribute, value=value, confidence=round(entry.confidence, 4), source=self.name, evidence=tuple(entry.spans))
            for (attribute, value), entry in found.items()
        ]

    def _is_sayable(self, mention: Mention, guesses: list[KindGuess], carried: frozenset[str] | None) -> bool:
        sense = mention.sense
        if sense.attribute == CATEGORY or (mention.compatible and sense.attribute != COMPATIBILITY):
            return False
        return self._confidence(sense, guesses, carried) > 0.0

    def _confidence(self, sense: Sense, guesses: list[KindGuess], carried: frozenset[str] | None) -> float:
        """0.0 where the kind of product rules the sense out."""
        vocabulary = self.reader.vocabulary
        only = vocabulary.values_of(sense.attribute)[sense.value].only
        if carried is None:
            if sense.strength is Strength.WEAK or only:
                return 0.0
            return _CONFIDENCE[Strength.FULL] * _UNKNOWN_KIND
        if sense.attribute not in carried:
            return 0.0
        if only and not any(vocabulary.is_within(guess.category, place) for guess in guesses[:2] for place in only):
            return 0.0
        return _CONFIDENCE[sense.strength]


def _one_sense_a_span(mentions: list[Mention], guesses: list[KindGuess], vocabulary: Vocabulary) -> list[Mention]:
    """Where a form means something under several attributes: the one the category lists first, its own before those it inherits."""
    spans: dict[tuple[int, int], list[Mention]] = {}
    for mention in mentions:
        spans.setdefault((mention.start, mention.end), []).append(mention)
    kept = []
    for rivals in spans.values():
        if len(rivals) > 1:
            ranks = vocabulary.attribute_ranks(guesses[0].category) if guesses else {}
            best = min(rivals, key=lambda mention: (ranks.get(mention.sense.attribute, len(ranks)), mention.sense.strength))
            rivals = [mention for mention in rivals if mention.sense.attribute == best.sense.attribute]
        kept += rivals
    return kept


def carried_attributes(guesses: list[KindGuess], vocabulary: Vocabulary) -> frozenset[str] | None:
    """Attributes a product of the likeliest categories can have; None where its kind is unknown."""
    if not guesses or guesses[0].strength < 0.1:
        return None
    carried = vocabulary.attributes_of(guesses[0].category)
    for rival in guesses[1:3]:
        if rival.score > _CLEAR_LEAD * guesses[0].score:
            carried |= vocabulary.attributes_of(rival.category)
    return carried
