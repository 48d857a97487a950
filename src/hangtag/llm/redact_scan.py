"""How redaction looks for things in a levelled text: forms that count wherever they stand, and values that count behind a word."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, get_args

Kind = Literal["email", "iban", "id", "card", "phone", "account", "address", "name"]
Span = tuple[int, int]
Scan = Callable[[str], Iterable[Span]]
"""Gives the spans of one sort of find in a levelled text, in order and without overlaps."""
Accept = Callable[[re.Match[str]], bool]


MASKS: dict[Kind, str] = {kind: chr(0xE000 + number) for number, kind in enumerate(get_args(Kind))}
MASK = "\ue000-\ue007"
HAN = "[\u4e00-\u9fff]"
FRESH = r"(?<![0-9A-Za-z](?s:.))"  # behind a first character: none of its kind before it


def form(pattern: str, accept: Accept | None = None, *, prefix: str = "", reach: int = 12, alone: bool = False) -> Scan:
    """Finds a form wherever it stands, with a prefix of up to `reach` characters where it has one, and no letter or digit right before it.

    With `alone`, it is no part of a longer row of numbers either, as lists of models are. What must not stand before is looked at last:
    a search for a set of characters is much faster than one that begins by looking behind.
    """
    compiled, before = re.compile(pattern, re.ASCII), re.compile(rf"(?:{prefix})\Z", re.ASCII)

    def scan(text: str) -> Iterator[Span]:
        for match in compiled.finditer(text):
            start, end = match.span()
            if prefix and (found := before.search(text, max(0, start - reach), start)):
                start = found.start()
            joined = start > 0 and text[start].isalnum() and (text[start - 1].isdigit() or is_latin(text, start - 1))
            if not joined and not (alone and is_listed(text, start, end)) and (accept is None or accept(match)):
                yield start, end

    return scan


def behind(words: str, pattern: str, accept: Accept | None = None, *, before: str = "") -> Scan:
    """Finds the group `value` of a pattern that begins right behind one of the words, which are whole words where they are Latin.

    `before` matches what must stand before the word.
    """
    names, compiled, ahead = words.split("|"), re.compile(pattern, re.ASCII), re.compile(rf"{before}\Z")

    def spans(text: str) -> Iterator[Span]:
        low = text.lower()
        for name in names:
            place = low.find(name)
            while place >= 0:
                after = place + len(name)
                if match := None if in_word(low, place) or in_word(low, after) else compiled.match(text, after):
                    fits = not before or ahead.search(text, max(0, place - 8), place)
                    if fits and (accept is None or accept(match)):
                        yield match.span("value")
                place = low.find(name, after)

    return lambda text: apart(spans(text))


def apart(spans: Iterable[Span]) -> Iterator[Span]:
    """Spans in order, without those that overlap an earlier or longer one."""
    done = 0
    for start, end in sorted(set(spans), key=lambda span: (span[0], -span[1])):
        if start >= done:
            yield start, end
            done = end


def is_latin(text: str, place: int) -> bool:
    return 0 <= place < len(text) and ("a" <= text[place] <= "z" or "A" <= text[place] <= "Z")


def in_word(text: str, place: int) -> bool:
    return is_latin(text, place - 1) and is_latin(text, place)


def is_listed(text: str, start: int, end: int) -> bool:
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    gaps = " ./-" if " " in text[start:end] else "./-"
    return (before[:1].isdigit() and before[1] in gaps) or (after[1:].isdigit() and after[0] in gaps)
