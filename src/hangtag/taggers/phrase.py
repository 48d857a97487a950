"""The `phrase` tagger: free phrases such as 夏日通勤显瘦 or "waterproof hiking boots", from a product's own words, without a model.

Proposed are: what the typed tags say side by side, in the order the language gives adjectives, before the product's head noun; the
neighbours of that noun as they stand; and what titles say that no vocabulary lists: moods (小众设计感), effects (不掉色), gifts and uses
(送女友礼物, "ideal for travel"), compounds ("easy-to-clean"). Chinese is composed here, English by `phrase_english`; `phrases` decides
which are worth saying and which are unsafe.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise

from hangtag.model import CATEGORY, PHRASE, Product, Tag, TextSpan
from hangtag.taggers.forms import Strength
from hangtag.taggers.keyword import stop_words
from hangtag.taggers.kinds import KindGuess, guess_kinds, likely_kinds
from hangtag.taggers.lexicon import LexiconTagger
from hangtag.taggers.phrase_english import english_drafts
from hangtag.taggers.phrase_parts import GROUPS, SLOTS, Part, free_parts, longest, occasions, runs
from hangtag.taggers.phrases import Draft, choose_phrases
from hangtag.taggers.reading import FieldReading, Reader, Reading
from hangtag.text.claims import Rules, starter_rules
from hangtag.text.fold import fold_text
from hangtag.text.segment import has_han

__all__ = ["PhraseTagger"]

_MOST_PARTS, _MOST_HAN = 3, 12
_LONGEST_NOUN = 7
_AS_IT_STANDS, _COMPOSED, _FREE, _OCCASION, _RUN = 0.74, 0.66, 0.62, 0.68, 0.56
_LEAST_WITHOUT_NOUN = 6
_HEAPED = re.compile(r"[\d/,，、;|()]|新款|^男女|[装鞋表包裤裙衣]$")
_TAIL = re.compile(r"(?<=..)(?:[男女]士?|落地|电动|家用)$")


class PhraseTagger:
    """Tags up to `most` phrases per product, in its own language. `rules` say what is not published unseen."""

    name = "phrase@1"
    spoken = (PHRASE,)

    def __init__(self, reader: Reader, rules: Rules | None = None, *, most: int = 3) -> None:
        self.reader, self.most = reader, most
        self.rules = rules if rules is not None else starter_rules()
        self._lexicon = LexiconTagger(reader)

    def tag(self, products: Sequence[Product], /) -> list[list[Tag]]:
        """One list of tags per product, in order."""
        typed = self._lexicon.tag(products)
        return [self._tag_one(product, tags) for product, tags in zip(products, typed, strict=True)]

    def _tag_one(self, product: Product, typed: Sequence[Tag]) -> list[Tag]:
        if not product.main_text:
            return []
        reading = self.reader.read(product)
        return choose_phrases(self._drafts(reading, typed), self.reader, self.rules, most=self.most, source=self.name)

    def _drafts(self, reading: Reading, typed: Sequence[Tag]) -> Iterator[Draft]:
        main = reading.fields[0]
        han = has_han(main.folded.text[:200])
        nouns = self._nouns(reading)
        if not han:
            yield from english_drafts(reading, typed, nouns)
            return
        free = list(free_parts(reading, han=True))
        parts = _without_overlaps([*_typed_parts(typed), *free])
        noun = longest(nouns)
        if noun is not None:
            parts = [part for part in parts if not _repeats(part, noun)]
            yield from _as_it_stands(parts, noun, main.original)
        left = sorted(parts, key=lambda part: (part.span.field != main.name, part.span.start))
        for _ in range(2):
            chosen = _choose(left, noun)
            if len(chosen) < 2 or (noun is None and not _stand_alone(chosen)):
                break
            yield _draft([*chosen, *([noun] if noun is not None else [])], _COMPOSED, main.original)
            left = [part for part in left if part not in chosen]
        for part in free:
            yield _draft([part], _FREE, main.original)
            if noun is not None and not _repeats(part, noun):
                yield _draft([part, noun], _FREE, main.original)
        for part in occasions(reading, han=True):
            yield _draft([part], _OCCASION, main.original)
        for part in runs(reading):
            yield _draft([part], _RUN, main.original)

    def _nouns(self, reading: Reading) -> list[Part]:
        """What the product is called in its main text, where the words say it surely: every place that does."""
        if not likely_kinds(reading, self.reader.vocabulary).sure:
            return []
        name = reading.fields[0].name
        guess, *others = guess_kinds(reading, self.reader.vocabulary)
        if any(_is_merchants(other) and _department(other) != _department(guess) for other in others):
            return []
        spans = [_bare(span) for span in guess.evidence if span.field == name and self._is_noun(span, guess.category)]
        spans = [span for span in spans if _ends_well(reading.fields[0], span)]
        spans = [span for span in spans if len(span.quote) >= 2 and (len(span.quote) <= _LONGEST_NOUN or not has_han(span.quote))]
        return [Part(CATEGORY, guess.category, span) for span in spans]

    def _is_noun(self, span: TextSpan, category: str) -> bool:
        """Whether words name a kind of product, and not a line of products ("Galaxy Watch") that tells of it."""
        folded = fold_text(span.quote)
        found = [senses for start, end, senses in self.reader.index.find(folded) if end - start == len(folded)]
        named = any(sense.value == category and sense.strength in (Strength.FULL, Strength.WEAK) for senses in found for sense in senses)
        return named and not any(char.isdigit() or char in "()/" for char in _bare(span).quote) and span.quote.isprintable()


def _is_merchants(guess: KindGuess) -> bool:
    """Whether the merchant's category says so, and more than a department, which shops part otherwise: trainers are shoes or sports."""
    return "/" in guess.category and any(span.field == CATEGORY for span in guess.evidence)


def _department(guess: KindGuess) -> str:
    return guess.category.partition("/")[0]


def _ends_well(part: FieldReading, span: TextSpan) -> bool:
    """Whether a Chinese noun ends where a word does: not the 大喷 of 大喷雾."""
    return part.folded.starts is not None or not has_han(span.quote) or span.end in part.borders()[0]


def _bare(span: TextSpan) -> TextSpan:
    """A noun without what shops hang on to it: 手表女, "toner cartridge Original", "labels A4"."""
    quote = span.quote
    while tail := _TAIL.search(quote):
        quote = quote[: tail.start()]
    while " " in quote and ((last := quote.split()[-1].lower()) in stop_words() or any(map(str.isdigit, last))):
        quote = quote[: quote.rindex(" ")].rstrip()
    return TextSpan(span.field, span.start, span.start + len(quote), quote)


def _stand_alone(parts: Sequence[Part]) -> bool:
    """Whether parts make a phrase without a noun, as 夏日通勤显瘦 does: when, where or how it looks, and what it does for one."""
    groups = {number for number, group in enumerate(GROUPS) for part in parts if part.attribute in group}
    long_enough = sum(len(part.span.quote) for part in parts) >= _LEAST_WITHOUT_NOUN
    anywhere = any(part.attribute == "room" or part.value == "home" for part in parts)  # 家用 draws nobody without a noun
    return long_enough and groups <= {0, 1, 2} and 2 in groups and not anywhere


def _typed_parts(tags: Iterable[Tag]) -> Iterator[Part]:
    """What typed tags have to say in a phrase: the words of each as they first stand."""
    for tag in tags:
        if tag.attribute not in SLOTS:
            continue
        spans = [item for item in tag.evidence if isinstance(item, TextSpan) and _is_sayable(item.quote)]
        if spans:
            yield Part(tag.attribute, tag.value, spans[0])


def _is_sayable(quote: str) -> bool:
    """Whether words can stand in a phrase: not "夏", "3-6岁", 女装, nor a foreign word."""
    return quote.isprintable() and has_han(quote) and not _HEAPED.search(quote) and 2 <= len(quote) <= 5


def _without_overlaps(parts: Sequence[Part]) -> list[Part]:
    """Of parts that share characters the longest, of equals the first: each word is said once."""
    kept: list[Part] = []
    taken: dict[str, set[int]] = {}
    for part in sorted(parts, key=lambda part: part.span.start - part.span.end):
        places = taken.setdefault(part.span.field, set())
        stretch = range(part.span.start, part.span.end)
        if places.isdisjoint(stretch) and not any(_repeats(part, other) for other in kept):
            places.update(stretch)
            kept.append(part)
    return kept


def _repeats(part: Part, other: Part) -> bool:
    """Whether one says words of the other again: 休闲 and 休闲裤."""
    own, said = part.span.quote.lower(), other.span.quote.lower()
    overlap = part.span.field == other.span.field and part.span.start < other.span.end and other.span.start < part.span.end
    if overlap or own in said or said in own:
        return True
    return not set(own.split()).isdisjoint(said.split())


def _as_it_stands(parts: Sequence[Part], noun: Part, text: str) -> Iterator[Draft]:
    """The noun with the parts right before it, in the text's own order."""
    ends = {part.span.end: part for part in parts if part.span.field == noun.span.field}
    run = [noun]
    while len(run) <= _MOST_PARTS and (part := ends.get(run[0].span.start)) is not None:
        run.insert(0, part)
    if len(run) > 2:
        yield _draft(run, _AS_IT_STANDS, text)


def _choose(parts: Sequence[Part], noun: Part | None) -> list[Part]:
    """One part of each group as far as there is room, in the language's order; `parts` in that of the text."""
    room = _MOST_HAN - (len(noun.span.quote) if noun is not None else 0)
    chosen: list[Part] = []
    for group in GROUPS:
        part = next((part for part in parts if part.attribute in group and len(part.span.quote) <= room), None)
        if part is not None and len(chosen) < _MOST_PARTS:
            chosen.append(part)
            room -= len(part.span.quote)
    return sorted(chosen, key=lambda part: SLOTS[part.attribute][0])


def _draft(parts: Sequence[Part], confidence: float, text: str) -> Draft:
    words = [part.span.quote for part in parts]
    glued = [" " if a[-1].isascii() and b[0].isascii() else "" for a, b in pairwise(words)]
    said = "".join(word + joint for word, joint in zip(words, [*glued, ""], strict=True))
    spans = tuple(span for span, _ in groupby(part.span for part in parts))
    place = min((span.start for span in spans), default=0) / max(1, len(text))
    return Draft(said, spans, confidence, min(1.0, place))
