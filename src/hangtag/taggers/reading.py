"""Reading a product once for all lexical taggers: folded texts, the forms that stand in them, and what kind of product it seems to be.

A `Reader` keeps the readings of the last products, so that several taggers of one pipeline fold and search each text once.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from hangtag.model import CATEGORY, Product, TextSpan
from hangtag.taggers.forms import FormIndex, Match, Sense, Strength
from hangtag.taggers.quantities import Quantity, QuantityReader
from hangtag.text.fold import Folded, fold
from hangtag.text.segment import word_spans
from hangtag.vocabulary import Vocabulary

__all__ = ["FieldReading", "Mention", "Reader", "Reading"]

_MEMO = 4096
_ONES = b"\x01" * 64
_NEGATED_BEFORE = re.compile(
    r"(?:不含|不带|不是|不加|不添加|不使用|不会|不支持|无添加|没有|并非|拒绝|告别|远离|零添加|0添加|[无不非未免]|"
    r"\b(?:without|no|not|non|never|free (?:of|from)|excluding|isn't|doesn't|lacks?)(?: (?:any|a|an|the))?[ -]?)\s*$"
)
_NEGATED_AFTER = re.compile(r"[ -]free\b|[ -]less\b")
_COMPATIBLE_BEFORE = re.compile(
    r"(?:适用于?|兼容|适配|专用于|可?用于|\b(?:for|f/?|fits?|compatible(?: with)?|works with|designed for|replacement for|suitable for))"
    r"(?: (?:the|use with|all|new|your|use in))?[\s:：]*$"
)
_COMPATIBLE_AFTER = re.compile(r"\s*(?:专用|适用|通用(?!款)|机型|系列适用|compatible\b)")
_ADAPTABLE = ("brand", "compatible_device", "vehicle_brand", "category", "model")
_LISTED = re.compile(r"[\s/,、和及与或&+|a-z0-9.-]{0,24}")
_CONTEXT = 24
_WEAK, _EXCEPT = Strength.WEAK, Strength.EXCEPT
# Most texts deny nothing and adapt to nothing: one look at the whole spares a look around every form. In English a few substrings, one of
# which is in every text the pattern is found in, spare even that.
_DENIES = re.compile(r"[不无没非未免]|拒绝|告别|远离|添加|\b(?:without|no|not|non|never|free|excluding|lacks?|less)\b|n't\b")
_DENIES_IN_ENGLISH = ("no", "free", "without", "never", "excluding", "lack", "less", "n't")
_ADAPTS = re.compile(r"[用适兼]|机型|\b(?:for|f|fits?|compatible|works)\b")
_ADAPTS_IN_ENGLISH = ("for", "fit", "compatible", "works", " f ", "f/")


class Mention(NamedTuple):
    """A form in a field, at folded offsets, with the one sense it has there; `compatible` when it says what the product is made for."""

    start: int
    end: int
    sense: Sense
    compatible: bool


_new_mention = tuple.__new__  # a fourth of the time that calling a named tuple takes


@dataclass(slots=True)
class FieldReading:
    """A field of a product, folded, with its mentions in reading order and the numbers with units in it."""

    name: str
    original: str
    folded: Folded
    mentions: list[Mention]
    quantities: list[Quantity]
    _borders: tuple[frozenset[int], frozenset[tuple[int, int]]] | None = None

    def span(self, start: int, end: int) -> TextSpan:
        """Evidence in the visible text for folded offsets."""
        if self.folded.starts is not None:
            start, end = self.folded.span(start, end)
        return TextSpan(self.name, start, end, self.original[start:end])

    def quote(self, start: int, end: int) -> str:
        """The visible text for folded offsets."""
        first, last = self.folded.span(start, end)
        return self.original[first:last]

    def borders(self) -> tuple[frozenset[int], frozenset[tuple[int, int]]]:
        """The borders between the segmenter's words, and its words as spans."""
        if self._borders is None:
            spans = word_spans(self.folded.text)
            self._borders = frozenset(start for start, _ in spans) | {len(self.folded.text)}, frozenset(spans)
        return self._borders


@dataclass(slots=True)
class Reading:
    """What the lexical taggers see of one product. `memo` holds what a tagger has worked out for the others."""

    product: Product
    fields: list[FieldReading]
    memo: dict[str, object] = field(default_factory=dict)

    def mentions(self) -> Iterator[tuple[FieldReading, Mention]]:
        """All mentions of all fields."""
        for part in self.fields:
            for mention in part.mentions:
                yield part, mention


class Reader:
    """Reads products with a vocabulary; `read` is cheap for a product it has just read."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.index = FormIndex.of(vocabulary)
        self._quantity_reader = QuantityReader(vocabulary)
        self._hidden = {attribute.id: attribute.hides for attribute in vocabulary.attributes.values() if attribute.hides}
        self._memo: OrderedDict[int, Reading] = OrderedDict()

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_memo": OrderedDict()}

    def read(self, product: Product) -> Reading:
        """The reading of a product."""
        known = self._memo.get(id(product))
        if known is not None and known.product is product:
            return known
        reading = Reading(product, [self.read_text(name, text) for name, text in product.fields.items()])
        self._memo[id(product)] = reading
        if len(self._memo) > _MEMO:
            self._memo.popitem(last=False)
        return reading

    def find_quantities(self, folded: str) -> list[Quantity]:
        """Numbers with units in a folded text that is no field, such as a merchant's attribute."""
        return self._quantity_reader.find(folded)

    def read_text(self, name: str, text: str) -> FieldReading:
        """A text with its mentions: the longest form of each attribute, where it is a word of its own and is not denied."""
        folded = fold(text)
        part = FieldReading(name, text, folded, [], self._quantity_reader.find(folded.text))
        matches = self.index.find(folded.text)
        if matches:
            part.mentions = self._mentions(part, matches)
        return part

    def _mentions(self, part: FieldReading, matches: list[Match]) -> list[Mention]:
        text = part.folded.text
        denies, adapts = _says(_DENIES, _DENIES_IN_ENGLISH, text), _says(_ADAPTS, _ADAPTS_IN_ENGLISH, text)
        unsettled = adapts
        mentions = []
        for start, end, sense in self._choose(part, matches):
            if denies and _is_denied(text, start, end, sense):
                continue
            compatible = adapts and sense.attribute in _ADAPTABLE and _is_compatible(text, start, end)
            mentions.append(_new_mention(Mention, (start, end, sense, compatible)))
            unsettled = unsettled or end - start == 1
        return list(_settle(text, mentions)) if unsettled else mentions

    def _choose(self, part: FieldReading, matches: list[Match]) -> list[tuple[int, int, Sense]]:
        """The forms to go by, in reading order, longer ones first where several begin."""
        ascii_text = part.folded.text.isascii()
        chosen: list[tuple[int, int, Sense]] = []
        matches.sort()
        first, count = 0, len(matches)
        while first < count:
            start, end, senses = matches[first]
            after = first + 1
            while after < count and matches[after][0] < end:
                end = max(end, matches[after][1])
                after += 1
            if after > first + 1:
                chosen += self._longest(part, matches[first:after], end)
            else:
                # Nothing overlaps this form, so that nothing can speak against it but Chinese word borders.
                for sense in senses:
                    if sense.strength is not _EXCEPT and (ascii_text or _stands_alone(part, start, end, sense)):
                        chosen.append((start, end, sense))
            first = after
        return chosen

    def _longest(self, part: FieldReading, matches: Sequence[Match], stop: int) -> list[tuple[int, int, Sense]]:
        """Per attribute the longest of overlapping forms; weak and one-character forms only outside every longer form.

        `matches` are a run of forms that hang together, up to `stop`. What is taken is marked character by character, so that the work
        grows with the text and not with the square of its forms.
        """
        offset = matches[0][0]
        length = stop - offset
        taken: dict[str, bytearray] = {}
        denied: dict[tuple[str, str], bytearray] = {}
        every = bytearray(length)
        chosen = []
        for start, end, senses in sorted(matches, key=_length_first):
            first, last = start - offset, end - offset
            mark = _ONES[: end - start] if end - start <= len(_ONES) else b"\x01" * (end - start)
            marked: list[str] = []
            said = False
            for sense in senses:
                attribute = sense.attribute
                if sense.strength is _EXCEPT:
                    denied.setdefault((attribute, sense.value), bytearray(length))[first:last] = mark
                    said = True
                    continue
                mine = taken.get(attribute)
                if mine is not None and attribute not in marked and 1 in mine[first:last]:
                    continue
                if denied and (refused := denied.get((attribute, sense.value))) is not None and 0 not in refused[first:last]:
                    continue
                if (sense.strength is _WEAK or end - start == 1) and 0 not in every[first:last]:
                    continue
                if not _stands_alone(part, start, end, sense):
                    continue
                for other in (attribute, *self._hidden.get(attribute, ())):
                    if other not in taken:
                        taken[other] = bytearray(length)
                    taken[other][first:last] = mark
                    marked.append(other)
                said = True
                chosen.append((start, end, sense))
            if said:
                every[first:last] = mark
        chosen.sort(key=_position)
        return chosen


def _says(pattern: re.Pattern[str], needed: tuple[str, ...], text: str) -> bool:
    """Whether the pattern is in a text; in an English one it can only be where one of the `needed` words is."""
    if text.isascii():
        for word in needed:
            if word in text:
                break
        else:
            return False
    return pattern.search(text) is not None


def _settle(text: str, mentions: list[Mention]) -> Iterator[Mention]:
    """What neighbours decide: one device of a list a product is made for makes all of them so; one weak character alone means nothing."""
    list_end = -1
    edges: tuple[set[int], set[int]] | None = None
    for mention in mentions:
        if mention.end - mention.start == 1 and mention.sense.strength is Strength.WEAK:
            edges = edges or ({other.start for other in mentions}, {other.end for other in mentions})
            if not _is_set_off(text, mention, *edges):
                continue
        adaptable = mention.sense.attribute in _ADAPTABLE
        if adaptable and not mention.compatible and mention.start >= list_end >= 0 and _LISTED.fullmatch(text, list_end, mention.start):
            mention = mention._replace(compatible=True)
        if adaptable and mention.compatible:
            list_end = max(list_end, mention.end)
        yield mention


def _is_set_off(text: str, mention: Mention, starts: set[int], ends: set[int]) -> bool:
    """Whether a Chinese character stands by itself: between spaces, signs, or other things that were read."""
    left = mention.start == 0 or mention.start in ends or not _is_han(text[mention.start - 1])
    right = mention.end == len(text) or mention.end in starts or not _is_han(text[mention.end])
    return left and right


def _is_han(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff"


def _position(found: tuple[int, int, Sense]) -> tuple[int, int]:
    return found[0], -found[1]


def _length_first(match: Match) -> tuple[int, int]:
    return match[0] - match[1], match[0]


def _stands_alone(part: FieldReading, start: int, end: int, sense: Sense) -> bool:
    """Whether Chinese word borders allow the match. Only a cut on both sides condemns a long form: segmenters err on shop language."""
    text = part.folded.text
    if not (_is_han(text[start]) or _is_han(text[end - 1])):
        return True
    borders, words = part.borders()
    if end - start == 1:
        return (start, end) in words
    if sense.strength is Strength.WEAK:
        return start in borders and end in borders
    return start in borders or end in borders


def _is_denied(text: str, start: int, end: int, sense: Sense) -> bool:
    if _NEGATED_BEFORE.search(text[max(0, start - _CONTEXT) : start]):
        return True
    # "alcohol free" denies alcohol; "smart TV free 5 year guarantee" is a TV.
    return sense.attribute != CATEGORY and _NEGATED_AFTER.match(text, end) is not None


def _is_compatible(text: str, start: int, end: int) -> bool:
    """Whether the product is made for what is named here: "for iPhone 14", "适用于华为"."""
    before = text[max(0, start - _CONTEXT) : start]
    return bool(_COMPATIBLE_BEFORE.search(before) or _COMPATIBLE_AFTER.match(text, end))
