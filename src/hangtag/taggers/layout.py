"""How a learned tagger sees a product: its texts in one line, read once, with the way back from every place to its field."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hangtag.model import Product, TextSpan

__all__ = ["MOST_CHARS", "MOST_TOKENS", "Layout", "lay_out", "read_tokens"]

_BETWEEN = " | "
MOST_CHARS = 600
MOST_TOKENS = 512


@dataclass(frozen=True, slots=True)
class Layout:
    """`text` is what the encoder reads; `fields` are the names of the fields in it and `starts` where each begins. `unread` are the
    texts that were cut, whole."""

    text: str
    fields: tuple[str, ...]
    starts: tuple[int, ...]
    lengths: tuple[int, ...]
    unread: str = ""

    def span(self, start: int, end: int) -> TextSpan | None:
        """The evidence for a stretch of `text`, without the blanks around it; None where it is empty or leaves its field."""
        while start < end and self.text[start].isspace():
            start += 1
        while end > start and self.text[end - 1].isspace():
            end -= 1
        number = bisect_right(self.starts, start) - 1
        if start == end or number < 0 or end > self.starts[number] + self.lengths[number]:
            return None
        offset = self.starts[number]
        return TextSpan(self.fields[number], start - offset, end - offset, self.text[start:end])

    def place(self, field: str, start: int, end: int) -> tuple[int, int] | None:
        """Where a stretch of a field stands in `text`; None where it was cut off."""
        for name, begin, length in zip(self.fields, self.starts, self.lengths, strict=True):
            if name == field and end <= length:
                return begin + start, begin + end
        return None


def lay_out(product: Product, *, most_chars: int = MOST_CHARS) -> Layout:
    """Category, title and the other texts of a product, in this order, each cut to `most_chars`."""
    texts: Mapping[str, str] = {**({"category": product.category} if product.category else {}), **product.fields}
    text = ""
    fields, starts, lengths = [], [], []
    for name, content in texts.items():
        cut = content[:most_chars]
        if text:
            text += _BETWEEN
        fields.append(name)
        starts.append(len(text))
        lengths.append(len(cut))
        text += cut
    unread = _BETWEEN.join(content for content in texts.values() if len(content) > most_chars)
    return Layout(text, tuple(fields), tuple(starts), tuple(lengths), unread)


def read_tokens(tokenizer: Any, text: str) -> tuple[list[int], list[tuple[int, int]]]:
    """Ids of a text's tokens and where each stands, the first `MOST_TOKENS`.

    A token that takes the blank before a word with it begins at the word: that is where values begin.
    """
    encoded = tokenizer.encode(text)
    offsets = []
    for start, end in encoded.offsets[:MOST_TOKENS]:
        while start < end and text[start].isspace():
            start += 1
        offsets.append((start, end))
    return encoded.ids[:MOST_TOKENS], offsets
