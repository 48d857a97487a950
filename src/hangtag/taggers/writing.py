"""Tags as a line of text that a language model reads and writes: "Lure | spinner 20g -> Brand, Weight ->" gives "Weight: 20g".

What is written must be one of the attributes asked for, in their order, with a value that the product's text has, between words, or that
is known from labels. `Grammar` says of any beginning of a line whether it can still become one; spelling is looked at without blanks,
case and full-width forms, because tokenizers change these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from hangtag.text.fold import fold, fold_text

__all__ = ["BETWEEN", "Bones", "Grammar", "Pair", "ask", "can_be_written", "shorten_text", "write"]

BETWEEN = "|"
_MOST_READ = 320
_ARROW, _AND, _IS = " -> ", ", ", ": "
_KINDS = re.compile(r"(?P<han>[\u3400-\u9fff])|(?P<digit>\d)|(?P<letter>[^\W\d_])")


class Pair(NamedTuple):
    """One `attribute: value` of a written line; `number` counts the line's parts."""

    number: int
    attribute: str
    value: str


def ask(text: str, attributes: Sequence[str]) -> str:
    """What the model reads: a product's text and the attributes it is asked for."""
    return f"{text}{_ARROW}{_AND.join(attributes)}{_ARROW.rstrip()}"


def shorten_text(tokenizer: Any, text: str) -> str:
    """As much of a text as a model reads beside its question: `_MOST_READ` tokens."""
    offsets = tokenizer.encode(text, add_special_tokens=False).offsets
    return text if len(offsets) <= _MOST_READ else text[: offsets[_MOST_READ][0]]


def write(pairs: Sequence[tuple[str, str]]) -> str:
    """(attribute, value) pairs as the model learns to write them. Each fulfils `can_be_written`."""
    return f" {BETWEEN} ".join(f"{attribute}{_IS}{value}" for attribute, value in pairs)


def can_be_written(value: str) -> bool:
    """Whether a value keeps its borders in a line."""
    return bool(value.strip()) and BETWEEN not in value


class Bones:
    """A text folded and without blanks, each character with its place in the text."""

    def __init__(self, text: str) -> None:
        folded = fold(text)
        kept = [number for number, char in enumerate(folded.text) if not char.isspace()]
        self.text = text
        self.bones = "".join(folded.text[number] for number in kept)
        self._places = [folded.span(number, number + 1) for number in kept]

    def find(self, value: str) -> Iterator[tuple[int, int]]:
        """Where [start, end) the text says a value, between words."""
        sought = _bones(value)
        for begin in self._finds(sought):
            start, end = self._places[begin][0], self._places[begin + len(sought) - 1][1]
            if _is_border(self.text, start) and _is_border(self.text, end):
                yield start, end

    def begins(self, bones: str) -> bool:
        """Whether something in the text begins so, at the beginning of a word."""
        return any(_is_border(self.text, self._places[begin][0]) for begin in self._finds(bones))

    def _finds(self, sought: str) -> Iterator[int]:
        begin = self.bones.find(sought) if sought else -1
        while begin >= 0:
            yield begin
            begin = self.bones.find(sought, begin + 1)


class Grammar:
    """What may be written of one text: `attributes` in their order, several values of one being parts of their own; `known` are values
    that the text need not have."""

    def __init__(self, text: Bones, attributes: Sequence[str], known: Mapping[str, Sequence[str]]) -> None:
        self._text, self._attributes = text, attributes
        self._heads = [_bones(attribute + _IS) for attribute in attributes]
        self._known = [{_bones(value): value for value in known.get(attribute, ())} for attribute in attributes]

    def pairs(self, line: str) -> list[Pair]:
        """The whole parts of a line, those before the first that is none. A known value is spelled as known."""
        found: list[Pair] = []
        first, seen = 0, set[tuple[int, str]]()
        for number, part in enumerate(line.split(BETWEEN)):
            read = self._read(part, first)
            if read is None or (read[0], _bones(read[1])) in seen:
                break
            first, value = read
            seen.add((first, _bones(value)))
            found.append(Pair(number, self._attributes[first], value))
        return found

    def is_whole(self, line: str) -> bool:
        """Whether a line may end here."""
        return not line.strip() or len(self.pairs(line)) == line.count(BETWEEN) + 1

    def is_viable(self, line: str) -> bool:
        """Whether a line can be gone on with to one that may end. The last characters may be half a token's, shown as U+FFFD."""
        *parts, last = line.rstrip("\ufffd").split(BETWEEN)
        before = self.pairs(BETWEEN.join(parts)) if parts else []
        if len(before) < len(parts):
            return False
        first = self._attributes.index(before[-1].attribute) if before else 0
        bones = _bones(last)
        if any(head.startswith(bones) for head in self._heads[first:]):
            return True
        return any(
            self._value_begins(number, bones[len(head) :])
            for number, head in enumerate(self._heads)
            if number >= first and bones.startswith(head)
        )

    def _value_begins(self, number: int, bones: str) -> bool:
        return any(known.startswith(bones) for known in self._known[number]) or self._text.begins(bones)

    def _read(self, part: str, first: int) -> tuple[int, str] | None:
        """A part's attribute, from number `first` on, and its value."""
        bones = _bones(part)
        heads = [number for number in range(first, len(self._heads)) if bones.startswith(self._heads[number])]
        for number in sorted(heads, key=lambda number: -len(self._heads[number])):
            value = bones[len(self._heads[number]) :]
            if value in self._known[number]:
                return number, self._known[number][value]
            place = next(self._text.find(value), None)
            if place is not None:
                return number, self._text.text[slice(*place)]
        return None


def _bones(text: str) -> str:
    return "".join(fold_text(text).split())


def _is_border(text: str, place: int) -> bool:
    """Whether a value may begin or end before this place: not within a number or a word of letters."""
    if not 0 < place < len(text):
        return True
    before, after = _KINDS.match(text[place - 1]), _KINDS.match(text[place])
    return before is None or after is None or before.lastgroup == "han" or before.lastgroup != after.lastgroup
