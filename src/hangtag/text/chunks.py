"""A long text in pieces that a model can read at once, cut where people pause: at sentences, else commas, else blanks, else anywhere."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["Chunk", "chunks"]

_OVERLAP_SHARE = 4
_LONGEST_CLUSTER = 8
_CLOSERS = r"\"'”’」』）)】\]"
# A full stop ends a sentence before a blank, and between a word and a capital ("soft.Good").
_SENTENCE_END = re.compile(
    rf"[。！？!?；;…]+[{_CLOSERS}]*|[\n\r\u2028\u2029]+|(?<!\.)\.++[{_CLOSERS}]*+(?=\s|$)|(?<=[a-z][a-z])\.(?=[A-Z][a-z])|．(?!\d)"
)
# A list goes on at its next number: "1. Soft 2. Warm", "1、柔软 2、保暖".
_CLAUSE_END = re.compile(r"[，：]+|(?<!\d)、|,(?!\d)|:(?=\s)|\s(?=\d{1,2}[.)、])")
_ABBREVIATION = re.compile(
    r"(?<![a-z])(?:nos?|e\.? ?g|i\.? ?e|u\.[sk]|[ap]\.m|approx|vs|dr|mrs?|ms|st|inc|ltd|co|corp|fig|max|min|incl|excl|dia|dim|wt|sq|art|"
    r"ref|vol|est|dept)$",
    re.IGNORECASE,
)
_BEFORE_LIST_NUMBER = "(（:：，、"
_LONGEST_ABBREVIATION, _LONGEST_LIST_NUMBER = 6, 2
_NOT_BLANK = re.compile(r"\S")


class Chunk(NamedTuple):
    """A stretch of a text: `text` is what stands from `start` on, in code points of the whole."""

    start: int
    text: str


def chunks(text: str, *, most_chars: int, overlap_sentences: int = 1) -> list[Chunk]:
    """Stretches of at most `most_chars` code points, in order, that together hold every character of `text` that is not blank.

    None begins or ends with a blank, and a blank text gives none. Each after the first repeats up to `overlap_sentences` sentences of the
    one before it, as far as they fit into a quarter of `most_chars` and leave room for what comes next. Takes time linear in the text.
    Raises `ValueError` where `most_chars` is below 1 or `overlap_sentences` below 0.
    """
    if most_chars < 1 or overlap_sentences < 0:
        raise ValueError(f"most_chars = {most_chars} must be at least 1, overlap_sentences = {overlap_sentences} at least 0")
    pieces = list(_pieces(text, most_chars))
    found = []
    first, fresh = 0, 0
    while fresh < len(pieces):
        start = pieces[first][0]
        last = fresh
        while last + 1 < len(pieces) and pieces[last + 1][1] - start <= most_chars:
            last += 1
        found.append(Chunk(start, text[start : pieces[last][1]]))
        fresh = last + 1
        first = _first_again(pieces, fresh, most_chars, overlap_sentences)
    return found


def _first_again(pieces: list[tuple[int, int]], fresh: int, most_chars: int, overlap: int) -> int:
    """The piece that the chunk of `pieces[fresh]` begins with: that one, or one before it that the last chunk ends with."""
    first = fresh
    while first > 0 and fresh - first < overlap and fresh < len(pieces):
        start = pieces[first - 1][0]
        if pieces[fresh - 1][1] - start > most_chars // _OVERLAP_SHARE or pieces[fresh][1] - start > most_chars:
            break
        first -= 1
    return first


def _pieces(text: str, most_chars: int) -> Iterator[tuple[int, int]]:
    """What is not cut further: sentences, or the parts of those that are too long, as (start, end) without the blanks around them.

    A text that fits as a whole is one piece.
    """
    whole = _trim(text, 0, len(text))
    if whole[1] - whole[0] <= most_chars:
        if whole[0] < whole[1]:
            yield whole
        return
    for start, end in _split(text, *whole, _SENTENCE_END):
        if end - start <= most_chars:
            yield start, end
            continue
        for begin, stop in _split(text, start, end, _CLAUSE_END):
            if stop - begin <= most_chars:
                yield begin, stop
            else:
                yield from _cut(text, begin, stop, most_chars)


def _split(text: str, start: int, end: int, border: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """The parts of [start, end) that end with `border`."""
    begin = start
    for match in border.finditer(text, start, end):
        if text[match.start()] == "." and _is_abbreviated(text, begin, match.start()):
            continue
        part = _trim(text, begin, match.end())
        if part[0] < part[1]:
            yield part
        begin = match.end()
    part = _trim(text, begin, end)
    if part[0] < part[1]:
        yield part


def _is_abbreviated(text: str, begin: int, at: int) -> bool:
    """Whether the full stop at `at` belongs to an abbreviation or to a number in a list; nothing before `begin` counts."""
    before = at
    while before > begin and text[before - 1].isdecimal():
        before -= 1
    if before < at:
        ahead = text[before - 1 : before] if before > begin else " "
        return at - before <= _LONGEST_LIST_NUMBER and (ahead.isspace() or ahead in _BEFORE_LIST_NUMBER)
    return _ABBREVIATION.search(text[max(begin, at - _LONGEST_ABBREVIATION - 1) : at]) is not None


def _cut(text: str, start: int, end: int, most_chars: int) -> Iterator[tuple[int, int]]:
    """[start, end) in parts of at most `most_chars`, cut at the last blank that fits, else between characters."""
    while end - start > most_chars:
        limit = start + most_chars
        stop = limit
        if not text[limit].isspace() and not text[limit - 1].isspace():
            words = text[start:limit].rsplit(None, 1)
            stop = start + len(words[0]) if len(words) > 1 else _cluster_border(text, start, limit)
        yield _trim(text, start, stop)
        following = _NOT_BLANK.search(text, stop, end)
        start = following.start() if following else end
    if start < end:
        yield start, end


def _cluster_border(text: str, start: int, limit: int) -> int:
    """The last place up to `limit` that does not part a character from what combines with it; `limit` where there is none nearby."""
    for at in range(limit, max(start, limit - _LONGEST_CLUSTER), -1):
        if not unicodedata.category(text[at]).startswith("M") and "\u200d" not in text[at - 1 : at + 1]:
            return at
    return limit


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    """[start, end) without the blanks around it; `start == end` where nothing else is in it."""
    if start < end and not text[start].isspace() and not text[end - 1].isspace():
        return start, end
    part = text[start:end].rstrip()
    end = start + len(part)
    return end - len(part.lstrip()), end
