"""Chinese word borders, by rjieba. Only used to veto a match that cuts a word in two, never to find one."""

from __future__ import annotations

from functools import cache
from typing import Any

__all__ = ["has_han", "word_spans"]


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
