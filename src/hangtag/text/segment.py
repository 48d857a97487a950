"""Chinese words, by rjieba: their borders veto a match that cuts a word in two, their parts of speech find keywords."""

from __future__ import annotations

from functools import cache
from typing import Any

__all__ = ["has_han", "tagged_words", "word_spans"]


@cache
def _segmenter() -> Any:
    import rjieba

    return rjieba


def has_han(text: str) -> bool:
    """Whether any character is a CJK ideograph of the basic blocks."""
    return any("\u3400" <= char <= "\u9fff" for char in text)


def word_spans(text: str) -> list[tuple[int, int]]:
    """The words of `text` as (start, end) in code points, in order and without gaps."""
    spans = []
    start = 0
    for word in _segmenter().cut(text):
        end = start + len(word)
        spans.append((start, end))
        start = end
    return spans


def tagged_words(text: str, *, guess: bool = True) -> list[tuple[int, int, str, str]]:
    """The words of `text` as (start, end, word, part of speech), with the ICTCLAS tags: n noun, v verb, a adjective, x other.

    Without `guess` the words are those of the dictionary alone, and all else falls into single characters.
    """
    words = []
    start = 0
    for word, part_of_speech in _segmenter().tag(text, guess):
        end = start + len(word)
        words.append((start, end, word, part_of_speech))
        start = end
    return words
