"""Which of many proposed phrases are worth saying: ranked, no two alike, none that repeats a typed tag, none published that is unsafe.

Whoever proposes phrases, by rules or by asking a language model, hands them in here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from hangtag.model import PHRASE, UNSAFE, Evidence, Inference, Tag
from hangtag.taggers.forms import Strength
from hangtag.taggers.keyword import stop_words
from hangtag.taggers.reading import Reader
from hangtag.text.claims import Rules
from hangtag.text.fold import fold_text
from hangtag.text.segment import has_han, word_spans

__all__ = ["Draft", "choose_phrases", "phrase_key"]

_SHORTEST_HAN, _LONGEST_HAN, _LONGEST_LATIN, _LONGEST_WORDS = 4, 14, 60, 6
_ALIKE = 0.5
_LETTERS = re.compile(r"[^\W_]+")
_WEIGHTS = {"named": 0.25, "news": 0.8, "length": 0.3, "early": 0.2, "sure": 1.0}


class Draft(NamedTuple):
    """A proposed phrase with what it rests on; `place` is where in the text it begins, 0 for the first and 1 for the last character."""

    text: str
    evidence: tuple[Evidence, ...]
    confidence: float
    place: float = 0.5


@dataclass(frozen=True, slots=True)
class _Judged:
    draft: Draft
    key: str
    units: frozenset[str]
    score: float


def choose_phrases(drafts: Iterable[Draft], reader: Reader, rules: Rules, *, most: int, source: str) -> list[Tag]:
    """At most `most` phrase tags, the one that says most first.

    A phrase is dropped that is too short or long, or says no more than one value of the vocabulary, in whichever of its forms; and one
    that shares half of its words (characters, in Chinese) with a better one. A phrase in which a rule fires is given with the rule as
    `Inference` and status "review": the policy never publishes it unseen.
    """
    judged = [one for draft in drafts if (one := _judge(draft, reader)) is not None]
    judged.sort(key=lambda one: (-one.score, one.key))
    chosen: list[_Judged] = []
    for one in judged:
        if len(chosen) == most:
            break
        if not any(one.key == other.key or _share(one.units, other.units) >= _ALIKE for other in chosen):
            chosen.append(one)
    return [_tag(one.draft, rules, source) for one in chosen]


def phrase_key(text: str) -> str:
    """What two phrases have in common that only differ in case, script, blanks and signs."""
    return "".join(_LETTERS.findall(fold_text(text)))


def _tag(draft: Draft, rules: Rules, source: str) -> Tag:
    fired = dict.fromkeys(claim.rule for claim in rules.find(draft.text))
    unsafe = tuple(Inference(UNSAFE, f"{rule.id}: {rule.reason}" + (f" ({rule.source})" if rule.source else "")) for rule in fired)
    return Tag(
        attribute=PHRASE,
        value=draft.text,
        confidence=draft.confidence,
        source=source,
        evidence=(*draft.evidence, *unsafe),
        status="review" if unsafe else "proposed",
    )


def _judge(draft: Draft, reader: Reader) -> _Judged | None:
    """How much a phrase says; None where it says nothing of its own."""
    folded = fold_text(draft.text).strip()
    key = phrase_key(folded)
    han = has_han(folded)
    words = [folded[start:end] for start, end in _words(folded, han)]
    fits = _SHORTEST_HAN <= len(key) <= _LONGEST_HAN if han else len(folded) <= _LONGEST_LATIN and 2 <= len(words) <= _LONGEST_WORDS
    if not fits:
        return None
    named, news = _said(folded, words, reader)
    if len(named) < 2 and news == 0.0:
        return None
    ideal = 8 if han else 4
    length = 1.0 - min(1.0, abs((len(key) if han else len(words)) - ideal) / ideal)
    signs = {"named": min(4, len(named)), "news": news, "length": length, "early": 1.0 - draft.place, "sure": draft.confidence}
    units = frozenset(a + b for a, b in pairwise(key)) if han else frozenset(words)
    return _Judged(draft, key, units, sum(_WEIGHTS[name] * value for name, value in signs.items()))


def _words(folded: str, han: bool) -> Iterator[tuple[int, int]]:
    if not han:
        yield from (match.span() for match in _LETTERS.finditer(folded))
        return
    yield from ((start, end) for start, end in word_spans(folded) if _LETTERS.search(folded[start:end]))


def _said(folded: str, words: Sequence[str], reader: Reader) -> tuple[frozenset[tuple[str, str]], float]:
    """What the vocabulary finds in a phrase: different things it names; and the share of its letters that are neither named nor shop talk.

    A form that means several values names one thing.
    """
    covered = bytearray(len(folded))
    named: set[tuple[str, str]] = set()
    for start, end, senses in sorted(reader.index.find(folded), key=lambda match: (match[0] - match[1], match[0])):
        known = [sense for sense in senses if sense.strength is not Strength.EXCEPT]
        if known and 0 in covered[start:end]:
            named.add(min((sense.attribute, sense.value) for sense in known))
            covered[start:end] = b"\x01" * (end - start)
    common = stop_words()
    place = 0
    for word in words:
        place = folded.index(word, place)
        if word in common:
            covered[place : place + len(word)] = b"\x01" * len(word)
        place += len(word)
    letters = [number for number, char in enumerate(folded) if char.isalnum()]
    return frozenset(named), sum(not covered[number] for number in letters) / max(1, len(letters))


def _share(units: frozenset[str], others: frozenset[str]) -> float:
    return len(units & others) / max(1, min(len(units), len(others)))
