"""Words of their own: where a string stands in a text without a Latin word or number going on beyond it."""

from __future__ import annotations

import re

__all__ = ["is_whole_word", "word_places"]

_WORD = re.compile(r"[^\W_]", re.UNICODE)


def is_whole_word(text: str, start: int, end: int) -> bool:
    """Whether no Latin word or number goes on beyond the borders of [start, end)."""

    def glued(left: str, right: str) -> bool:
        return left.isascii() and right.isascii() and bool(_WORD.match(left)) and bool(_WORD.match(right))

    return not (start and glued(text[start - 1], text[start])) and not (end < len(text) and glued(text[end - 1], text[end]))


def word_places(text: str, sought: str) -> list[tuple[int, int]]:
    """All places of a string that are words of their own; where there are none, all its places."""
    found = [match.span() for match in re.finditer(re.escape(sought), text)] if sought else []
    return [(start, end) for start, end in found if is_whole_word(text, start, end)] or found
