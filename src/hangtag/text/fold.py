"""Folding: one form for all the ways a word is typed, with an exact map back to the text as people see it.

Fold = Unicode NFKC, lower case, traditional → simplified Chinese, full width → half width, any run of white space → one space.
Matching runs on `Folded.text`; `Folded.span` brings a match back to offsets of the original. Almost every product text folds
character by character; only where characters compose or expand (é as e + ´, ㎡, ﬁ) is a map of offsets kept.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

__all__ = ["Folded", "fold", "fold_text"]

_SPACES = re.compile(r"\s{2,}")
_ONE_SPACE = re.compile(r"[^\S ]")


class Folded(NamedTuple):
    """A folded text and its way back.

    `starts[i]` and `ends[i]` bound the original characters that folded character `i` came from, in code points; both are None where
    the two texts align one to one.
    """

    text: str
    starts: Sequence[int] | None = None
    ends: Sequence[int] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original that `text[start:end]` came from; `end > start`."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


@cache
def _simplifier() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")


def _is_han(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff" or "\uf900" <= char <= "\ufaff" or "\U00020000" <= char <= "\U0003ffff"


def _fold_cluster(cluster: str) -> str:
    """Fold a base character with what combines with it, until folding again changes nothing."""
    folded = cluster
    for _ in range(4):
        step = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", folded).lower())
        step = "".join(_simplifier().convert(char) if _is_han(char) else char for char in step)
        step = _ONE_SPACE.sub(" ", step)
        if step == folded:
            break
        folded = step
    return folded


class _CharTable(dict[str, str]):
    """Folds of single characters, filled as they are met."""

    def __missing__(self, char: str) -> str:
        folded = _fold_cluster(char)
        self[char] = folded
        return folded


_CHARS = _CharTable()


class _JoinTable(dict[str, bool]):
    """Whether a character may join with the one before it under NFKC."""

    def __missing__(self, char: str) -> bool:
        first = unicodedata.normalize("NFKC", char)[0]
        joins = unicodedata.category(first).startswith("M") or _is_jamo_tail(char)
        self[char] = joins
        return joins


def _is_jamo_tail(char: str) -> bool:
    return "\u1160" <= char <= "\u11ff" or "\ud7b0" <= char <= "\ud7ff" or "\uffa0" <= char <= "\uffdc"


_JOINS = _JoinTable()


class _AloneTable(dict[str, str]):
    """Folds of the characters that fold to one character and join with none before them; `KeyError` for all others."""

    def __missing__(self, char: str) -> str:
        folded = _CHARS[char]
        if len(folded) != 1 or _JOINS[char]:
            raise KeyError(char)
        self[char] = folded
        return folded


_ALONE = _AloneTable()


def fold(text: str) -> Folded:
    """Fold `text`, keeping the way back to its offsets."""
    if text.isascii():
        folded = text.lower()
        # Of the white space in ASCII only the blank is printable.
        if folded.isprintable() and "  " not in folded:
            return Folded(folded)
    try:
        folded = "".join(map(_ALONE.__getitem__, text))
    except KeyError:
        return _fold_slowly(text)
    # All white space but the blank has become one by now.
    return Folded(folded) if "  " not in folded else _collapse(folded, range(len(folded)), range(1, len(folded) + 1))


def fold_text(text: str) -> str:
    """The folded text alone."""
    return fold(text).text


def _fold_slowly(text: str) -> Folded:
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    begin, length = 0, len(text)
    while begin < length:
        end = begin + 1
        while end < length and _JOINS[text[end]]:
            end += 1
        folded = _CHARS[text[begin]] if end == begin + 1 else _fold_cluster(text[begin:end])
        out.append(folded)
        starts.extend([begin] * len(folded))
        ends.extend([end] * len(folded))
        begin = end
    return _collapse("".join(out), starts, ends)


def _collapse(folded: str, starts: Sequence[int], ends: Sequence[int]) -> Folded:
    """Make every run of white space one space that stands for the whole run."""
    out: list[str] = []
    new_starts: list[int] = []
    new_ends: list[int] = []
    done = 0
    for run in _SPACES.finditer(folded):
        first, last = run.span()
        out += folded[done:first], " "
        new_starts += starts[done : first + 1]
        new_ends += ends[done:first]
        new_ends.append(ends[last - 1])
        done = last
    if not done:
        return Folded(folded, tuple(starts), tuple(ends))
    return Folded("".join(out) + folded[done:], (*new_starts, *starts[done:]), (*new_ends, *ends[done:]))
