"""The `keyword` tagger: unsupervised keyphrases of what the typed tags leave unsaid, in either language.

Candidates are runs of content words that no vocabulary form, quantity or code covers: noun sequences by the segmenter's parts of speech in
Chinese, runs between stop words and punctuation in English (RAKE, Rose et al. 2010). They are ranked by place, length and whether the
description speaks of them too, and chosen so that no two share a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hangtag.model import Product, Tag
from hangtag.taggers.reading import FieldReading, Reader
from hangtag.text.segment import has_han, tagged_words

__all__ = ["KeywordTagger", "stop_words"]

_STOP_WORDS = Path(__file__).parent / "stop_words.txt"
_LATIN_RUN = re.compile(r"[a-z][a-z'’]*(?:[ -][a-z][a-z'’]*)*")
_MAX_WORDS, _MAX_HAN = 3, 8
_LOOKED_AT = 2000
_NOUN = ("n", "nz", "vn")
KEYWORD = "keyword"


@dataclass(frozen=True, slots=True)
class _Candidate:
    start: int
    end: int
    text: str
    words: frozenset[str]
    score: float


class KeywordTagger:
    """Tags up to `most` free keywords per product, from its first text field."""

    name = "keyword@1"
    spoken = (KEYWORD,)

    def __init__(self, reader: Reader, *, most: int = 3) -> None:
        self.reader = reader
        self.most = most

    def tag(self, products: Sequence[Product], /) -> list[list[Tag]]:
        """One list of tags per product, in order."""
        return [self._tag_one(product) for product in products]

    def _tag_one(self, product: Product) -> list[Tag]:
        reading = self.reader.read(product)
        if not reading.fields:
            return []
        part = reading.fields[0]
        rest = " ".join(other.folded.text[:_LOOKED_AT] for other in reading.fields[1:])
        chosen: list[_Candidate] = []
        for candidate in sorted(self._candidates(part, rest), key=lambda candidate: (-candidate.score, candidate.start)):
            if len(chosen) == self.most:
                break
            if not any(candidate.words & other.words for other in chosen):
                chosen.append(candidate)
        tags = []
        for candidate in sorted(chosen, key=lambda candidate: candidate.start):
            evidence = part.span(candidate.start, candidate.end)
            confidence = round(min(0.75, 0.5 + 0.1 * candidate.score), 4)
            tags.append(Tag(attribute=KEYWORD, value=evidence.quote, confidence=confidence, source=self.name, evidence=(evidence,)))
        return tags

    def _is_form(self, phrase: str) -> bool:
        """Whether the vocabulary knows the phrase: where no mention covers it, it was passed over for a reason."""
        return any(end - start == len(phrase) for start, end, _ in self.reader.index.find(phrase))

    def _candidates(self, part: FieldReading, rest: str) -> Iterator[_Candidate]:
        text = part.folded.text[:_LOOKED_AT]
        covered = bytearray(len(text))
        spans = [(mention.start, mention.end) for mention in part.mentions]
        spans += [(quantity.start, quantity.end) for quantity in part.quantities]
        for start, end in spans:
            end = min(end, len(text))
            covered[start:end] = b"\x01" * (end - start)
        found = _han_candidates(text, covered) if has_han(text) else _latin_candidates(text, covered)
        length = max(1, len(text))
        for start, end, words in found:
            phrase = text[start:end]
            again = phrase in rest or text.count(phrase) > 1
            # English words in a row are a phrase where they come again; said once, they are as often neighbours by accident.
            if (again or has_han(phrase)) and not self._is_form(phrase):
                yield _Candidate(start, end, phrase, frozenset(words), 1.0 - start / length + 0.4 * (len(words) > 1) + 0.8 * again)


def _latin_candidates(text: str, covered: bytearray) -> Iterator[tuple[int, int, list[str]]]:
    stop = stop_words()
    for run in _LATIN_RUN.finditer(text):
        if (run.start() and text[run.start() - 1].isdigit()) or (run.end() < len(text) and text[run.end()].isdigit()):
            continue
        phrase: list[tuple[int, int]] = []
        for word in re.finditer(r"[a-z'’]+", run[0]):
            start, end = run.start() + word.start(), run.start() + word.end()
            if word[0] in stop or len(word[0]) < 3 or any(covered[start:end]):
                yield from _phrase(text, phrase)
                phrase = []
            else:
                phrase.append((start, end))
        yield from _phrase(text, phrase)


def _phrase(text: str, words: list[tuple[int, int]]) -> Iterator[tuple[int, int, list[str]]]:
    # A single unknown word is a name more often than a keyword; two or three in a row name something.
    if 2 <= len(words) <= _MAX_WORDS:
        yield words[0][0], words[-1][1], [text[start:end] for start, end in words]


def _han_candidates(text: str, covered: bytearray) -> Iterator[tuple[int, int, list[str]]]:
    """Nouns of three characters or more that the segmenter knows as one word, and runs of nouns that the text sets off by itself.

    Runs of shorter nouns inside an unbroken title are rarely phrases: Chinese titles heap up words without order.
    """
    run: list[tuple[int, int, str]] = []
    for start, end, word, part_of_speech in [*tagged_words(text, guess=False), (len(text), len(text), "", "x")]:
        noun = part_of_speech in _NOUN and word not in stop_words() and not any(covered[start:end]) and has_han(word)
        if noun:
            run.append((start, end, word))
            continue
        yield from _noun_run(text, run)
        run = []


def _noun_run(text: str, run: list[tuple[int, int, str]]) -> Iterator[tuple[int, int, list[str]]]:
    if not run:
        return
    start, end = run[0][0], run[-1][1]
    set_off = (start == 0 or not text[start - 1].isalnum()) and (end == len(text) or not text[end].isalnum())
    if set_off and 3 <= end - start <= _MAX_HAN:
        yield start, end, [word for _, _, word in run]
        return
    yield from ((start, end, [word]) for start, end, word in run if end - start >= 3)


@cache
def stop_words() -> frozenset[str]:
    """Words that begin or join no keyword: function words and shop talk of both languages, folded."""
    lines = _STOP_WORDS.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
