"""All forms of a vocabulary in one Aho-Corasick automaton over folded text, with word borders for English.

A form stands for one or more `Sense`s: the value, category or measure cue it names and how far it may be trusted.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from hangtag.config import cache_folder, keep_in_cache
from hangtag.model import CATEGORY
from hangtag.text import fold as fold_module
from hangtag.text.fold import fold_text
from hangtag.vocabulary import Vocabulary

__all__ = ["FormIndex", "Match", "Sense", "Strength", "vocabulary_forms"]

_LONGEST_WITHOUT_SEPARATOR = 3
_PLURAL = re.compile(r"[a-z]{3,}$")
_WORDS = re.compile(r"[ /.-]")
_SEPARATORS = re.compile(r"[ -]+")
_SIBILANT = ("s", "x", "z", "ch", "sh")


class Strength(IntEnum):
    """How far a form can be trusted to mean what it stands for."""

    FULL = 0
    WEAK = 1
    HINT = 2
    EXCEPT = 3


@dataclass(frozen=True, slots=True, eq=False)
class Sense:
    """One reading of a form: `attribute` is `CATEGORY` for categories. Compared by identity: one object per reading in an index."""

    attribute: str
    value: str
    strength: Strength


Match: TypeAlias = tuple[int, int, tuple[Sense, ...]]
"""A form found in folded text at [start, end), and what it may stand for."""


class FormIndex:
    """Finds every one of many forms in folded text. `forms` are as people type them: they are folded, inflected and spelt out here."""

    def __init__(self, forms: Iterable[tuple[str, Sense]]) -> None:
        found: dict[str, tuple[Sense, ...]] = {}
        for form, sense in forms:
            folded = fold_text(form).strip()
            for variant in _variants(folded) if folded else ():
                known = found.get(variant)
                if known is None:
                    found[variant] = (sense,)
                elif sense.strength is Strength.EXCEPT:  # "glasses" is no plural of glass where it is an exception
                    others = (other for other in known if (other.attribute, other.value) != (sense.attribute, sense.value))
                    found[variant] = (*others, sense)
                elif not any(other.attribute == sense.attribute and other.value == sense.value for other in known):
                    found[variant] = (*known, sense)
        self._fill(list(found), list(found.values()), bytes(_edge(form, place) for place in (0, -1) for form in found))

    def _fill(self, patterns: list[str], senses: list[tuple[Sense, ...]], edges: bytes) -> None:
        self._patterns, self._senses, self._edges = patterns, senses, edges
        self._before = [_EDGES[edge] for edge in edges[: len(patterns)]]
        self._after = [_EDGES[edge] for edge in edges[len(patterns) :]]
        self._automaton: Any = None

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> FormIndex:
        """The index of all forms of a vocabulary; kept in the cache for one that was loaded from files."""
        if not vocabulary.digest:
            return cls(vocabulary_forms(vocabulary))
        path = cache_folder() / f"forms-{vocabulary.digest}-{_code_digest()}.msgpack"
        index = cls.__new__(cls)
        with contextlib.suppress(OSError, msgspec.DecodeError):
            index._fill(*_unpack(path.read_bytes()))
            return index
        index = cls(vocabulary_forms(vocabulary))
        keep_in_cache(path, index._pack())
        return index

    def _pack(self) -> bytes:
        places = {sense: place for place, sense in enumerate(dict.fromkeys(sense for senses in self._senses for sense in senses))}
        kept = [(sense.attribute, sense.value, int(sense.strength)) for sense in places]
        return msgspec.msgpack.encode((self._patterns, kept, [[places[sense] for sense in senses] for senses in self._senses], self._edges))

    def __getstate__(self) -> dict[str, Any]:
        # The automaton does not pickle; each process builds its own from the patterns.
        return {**self.__dict__, "_automaton": None}

    def __len__(self) -> int:
        return len(self._patterns)

    def find(self, folded: str) -> list[Match]:
        """All forms that stand as words of their own in `folded`, overlapping ones too, in the order of their ends."""
        if self._automaton is None:
            from ahocorasick_rs import AhoCorasick, Implementation

            self._automaton = AhoCorasick(self._patterns, implementation=Implementation.ContiguousNFA)
        senses, before, after = self._senses, self._before, self._after
        # The line end stands after the last character and, as number -1, before the first; it glues to nothing.
        text = folded + "\n"
        return [
            (start, end, senses[index])
            for index, start, end in self._automaton.find_matches_as_indexes(folded, overlapping=True)
            if text[start - 1] not in before[index] and text[end] not in after[index]
        ]


@cache
def _code_digest() -> str:
    """Changes with the code that makes forms of a vocabulary."""
    digest = hashlib.sha256()
    for module in (__file__, fold_module.__file__):
        digest.update(Path(module).read_bytes())
    return digest.hexdigest()[:12]


def _unpack(packed: bytes) -> tuple[list[str], list[tuple[Sense, ...]], bytes]:
    patterns, kept, groups, edges = msgspec.msgpack.decode(
        packed, type=tuple[list[str], list[tuple[str, str, int]], list[tuple[int, ...]], bytes]
    )
    senses = [Sense(attribute, value, Strength(strength)) for attribute, value, strength in kept]
    alone = [(sense,) for sense in senses]
    return patterns, [alone[group[0]] if len(group) == 1 else tuple(senses[place] for place in group) for group in groups], edges


def _edge(form: str, place: int) -> int:
    """The set in `_EDGES` of characters that beside an edge (first or last) make a form part of a longer word: "red" in "ordered",
    "type c" in "type c7".

    A long word and a number may touch: "iphone7" is still an iphone. Chinese forms have no such edges.
    """
    char = form[place]
    if not _is_latin(char):
        return 0
    if len(form) <= _LONGEST_WITHOUT_SEPARATOR or len(_WORDS.split(form)[place]) <= _LONGEST_WITHOUT_SEPARATOR:
        return 1
    return 2 if char.isdigit() else 3


def _is_latin(char: str) -> bool:
    return char < "\u2e80" and char.isalnum()


_LATIN = frozenset(char for char in map(chr, range(0x2E80)) if char.isalnum())
_DIGITS = frozenset(char for char in _LATIN if char.isdigit())
_EDGES: tuple[frozenset[str], ...] = (frozenset(), _LATIN, _DIGITS, _LATIN - _DIGITS)


def vocabulary_forms(vocabulary: Vocabulary) -> Iterator[tuple[str, Sense]]:
    """All forms of values and categories, each with what it stands for."""
    for attribute in vocabulary.attributes.values():
        for value in attribute.values:
            plain = _without(value.forms, value.weak)
            yield from _with_sense(plain, attribute.id, value.id, Strength.FULL)
            yield from _with_sense(value.weak, attribute.id, value.id, Strength.WEAK)
            yield from _with_sense(value.exceptions, attribute.id, value.id, Strength.EXCEPT)
    for category in vocabulary.categories.values():
        # A department's name ("Home", "家居") is a word of every second title; it only counts in the merchant's own path.
        if category.parent:
            plain = _without(category.forms, category.weak)
            yield from _with_sense(plain, CATEGORY, category.id, Strength.FULL)
        yield from _with_sense(category.weak, CATEGORY, category.id, Strength.WEAK)
        yield from _with_sense(category.hints, CATEGORY, category.id, Strength.HINT)
        yield from _with_sense(category.exceptions, CATEGORY, category.id, Strength.EXCEPT)


def _without(forms: Iterable[str], weak: Iterable[str]) -> list[str]:
    """Forms that are not also listed as weak, however they are spelt there."""
    folded = {fold_text(form) for form in weak}
    return [form for form in forms if fold_text(form) not in folded] if folded else list(forms)


def _with_sense(forms: Iterable[str], attribute: str, value: str, strength: Strength) -> Iterator[tuple[str, Sense]]:
    sense = Sense(attribute, value, strength)
    return ((form, sense) for form in forms)


def _variants(form: str) -> Iterable[str]:
    """A folded form with its inflections and spellings: singular and plural; hyphen, space or nothing between words."""
    separated = " " in form or "-" in form
    if not form.isascii():
        return {form, form.replace(" ", "").replace("-", "")} if separated else (form,)
    forms = {form, _plural(form)} if _PLURAL.search(form) else {form}
    for known in list(forms) if separated else ():
        parts = [part for part in _SEPARATORS.split(known) if part]
        if 1 < len(parts) <= 4:
            forms |= {" ".join(parts), "-".join(parts)}
            if len(parts) == 2 and min(map(len, parts)) >= _LONGEST_WITHOUT_SEPARATOR:
                forms.add("".join(parts))
    return forms


def _plural(form: str) -> str:
    if form.endswith(_SIBILANT):
        return form + "es" if not form.endswith("s") or form.endswith("ss") else form
    if form.endswith("y") and form[-2] not in "aeiou":
        return form[:-1] + "ies"
    return form + "s"
