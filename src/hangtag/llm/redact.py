"""Redaction: phone numbers, mail addresses, papers, cards, postal addresses, names and accounts leave a text before it is sent away.

Patterns propose, checksums and neighbours decide: a number counts by its form alone only where product texts hold no such forms, else
behind a word such as 电话 or "card no.". Scanners run one after the other on a levelled copy of the text (full width → half width,
traditional → simplified, nothing invisible) in which every find is masked, so finds never overlap. Every repeat is bounded: time is linear.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hangtag.llm.redact_numbers import ACCOUNTS, CARDS, MAILS, PAPERS, PHONES, ibans
from hangtag.llm.redact_people import ADDRESSES, NAMES
from hangtag.llm.redact_scan import MASKS, Kind, Scan, Span
from hangtag.text.fold import fold_text

__all__ = ["Found", "Kind", "Redacted", "redact"]


class Found(NamedTuple):
    """A piece of personal data: `original[start:end]`."""

    kind: Kind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text with placeholders such as [PHONE] for what was `found` in the original, in its order."""

    text: str
    found: tuple[Found, ...]

    def place(self, start: int, end: int) -> Span:
        """Where `text[start:end]` stands in the original; a stretch that touches a placeholder covers all of what it replaced."""
        first, last, shift = start, end, 0
        for hit in self.found:
            opens = hit.start - shift
            closes = opens + len(_placeholder(hit.kind))
            if opens >= end:
                break
            shift = hit.end - closes
            if closes <= start:
                first = start + shift
            elif opens < start:
                first = hit.start
            last = end + shift if closes <= end else hit.end
        return first, last


def redact(text: str, *, name: str = "") -> Redacted:
    """Replace what is personal in a text by placeholders. `name` is that of the column it stands in: "联系人" says as much of what follows
    as it does within a text."""
    cue = f"{name}: " if name else ""
    level, places = _level(cue + text)
    found: list[Found] = []
    for kind, scan in _SCANNERS:
        spans = list(scan(level))
        if spans:
            own = [(max(0, places[start] - len(cue)), places[end] - len(cue)) for start, end in spans]
            found += [Found(kind, start, end) for start, end in own if start < end]
            level = _masked(level, spans, MASKS[kind])
    found.sort(key=lambda hit: hit.start)
    out, done = [], 0
    for hit in found:
        out += [text[done : hit.start], _placeholder(hit.kind)]
        done = hit.end
    return Redacted("".join([*out, text[done:]]), tuple(found))


def _placeholder(kind: Kind) -> str:
    return f"[{kind.upper()}]"


def _masked(text: str, spans: Iterable[Span], mask: str) -> str:
    out, done = [], 0
    for start, end in spans:
        out += [text[done:start], mask * (end - start)]
        done = end
    return "".join([*out, text[done:]])


# The levelled copy

_INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\ufe0e\ufe0f\u20e3"
_LIKE = {**dict.fromkeys("‐‑‒–—―−﹣", "-"), **dict.fromkeys("•‧∙⋅・", "·"), **dict.fromkeys(MASKS.values(), " "), "İ": "I"}

_DASH = re.compile("(?<=[0-9]{3})一(?=[0-9]{3})")  # 135一1234一5678


class _LevelTable(dict[int, str | None]):
    """What each character is levelled to, filled as they are met: one character, or None for the invisible ones."""

    def __missing__(self, code: int) -> str | None:
        char = chr(code)
        self[code] = None if char in _INVISIBLE else _LIKE.get(char) or self._plain(char)
        return self[code]

    def _plain(self, char: str) -> str:
        if char.isdigit():
            return str(unicodedata.digit(char))
        plain = unicodedata.normalize("NFKC", char)
        plain = fold_text(char) if plain == char >= "\u3400" else plain
        return plain if len(plain) == 1 else char


_LEVEL = _LevelTable()


def _level(text: str) -> tuple[str, Sequence[int]]:
    """The levelled text, and for each place in it, its end included, the place in the original."""
    if text.isascii():
        return text, range(len(text) + 1)
    level = _DASH.sub("-", text.translate(_LEVEL))
    if len(level) == len(text):
        return level, range(len(text) + 1)
    return level, [place for place, char in enumerate(text) if _LEVEL[ord(char)] is not None] + [len(text)]

_SCANNERS: tuple[tuple[Kind, Scan], ...] = (
    *(("email", scan) for scan in MAILS),
    ("iban", ibans),
    *(("id", scan) for scan in PAPERS),
    *(("card", scan) for scan in CARDS),
    *(("phone", scan) for scan in PHONES),
    *(("account", scan) for scan in ACCOUNTS),
    *(("address", scan) for scan in ADDRESSES),
    *(("name", scan) for scan in NAMES),
)
