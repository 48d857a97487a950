"""Which answers of a cheap tagger are worth asking a stronger one again: for each attribute a threshold, chosen on labels.

Micro-F1 is 2C / (P + G): right values, values said, values of the labels. An answer asked again is worth 2ΔC - F1·ΔP (Dinkelbach 1967), so
that answers can be weighed one by one. Of each attribute the least sure are asked first; the stretches worth asking are those of the upper
hull of their summed worth, and of all attributes' stretches those worth most an answer are taken until the share is spent (Dantzig 1957).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from hangtag.evaluate.metrics import Counts

__all__ = ["ALWAYS", "Answer", "worthwhile"]

ALWAYS, _NEVER = 1.01, 0.0
_ROUNDS = 10


class Answer(NamedTuple):
    """What a tagger said of an attribute of a product, its confidence, and what asking again adds: right values, values said."""

    product: int
    attribute: str
    confidence: float
    correct: int
    said: int


class _Stretch(NamedTuple):
    """Answers of an attribute that go on together: what each is worth, how many they are, the threshold that takes them."""

    worth: float
    answers: int
    attribute: str
    threshold: float


def worthwhile(answers: Sequence[Answer], share: float, before: Counts) -> dict[str, float]:
    """For each attribute the confidence below which it is asked again: of all answers at most `share`, and none that costs F1 on these
    labels. `before` counts what the cheap tagger says. 0 is never, `ALWAYS` always."""
    by_attribute: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        by_attribute[answer.attribute].append(answer)
    never = dict.fromkeys(by_attribute, _NEVER)
    found, reached = never, before.f1
    for _ in range(_ROUNDS):  # what an answer is worth hangs on the F1 that is reached
        stretches = [one for own in by_attribute.values() for one in _stretches(own, reached)]
        tried = never | _affordable(stretches, int(share * len(answers)))
        if (f1 := _f1(answers, tried, before)) <= reached:
            break
        found, reached = tried, f1
    return found


def _f1(answers: Iterable[Answer], thresholds: dict[str, float], before: Counts) -> float:
    """Micro-F1 with what is below the thresholds asked again."""
    asked = [one for one in answers if one.confidence < thresholds[one.attribute]]
    correct, said = (sum(changes) for changes in zip(*((one.correct, one.said) for one in asked), strict=True)) if asked else (0, 0)
    everything = before.predicted + said + before.gold
    return 2 * (before.correct + correct) / everything if everything else 0.0


def _stretches(answers: Iterable[Answer], f1: float) -> Iterator[_Stretch]:
    """Those of one attribute that are worth something, the least sure first: each is worth less an answer than the one before."""
    levels = [(sure, list(same)) for sure, same in groupby(sorted(answers, key=lambda one: one.confidence), key=lambda one: one.confidence)]
    hull = [(0, 0.0, _NEVER)]
    count, worth = 0, 0.0
    for (sure, same), (above, _) in zip(levels, [*levels[1:], (None, [])], strict=True):
        count += len(same)
        worth += sum(2 * one.correct - f1 * one.said for one in same)
        point = (count, worth, ALWAYS if above is None else round((sure + above) / 2, 5))
        while len(hull) > 1 and _slope(hull[-2], point) >= _slope(hull[-2], hull[-1]):
            hull.pop()
        hull.append(point)
    attribute = levels[0][1][0].attribute
    for begin, end in pairwise(hull):
        if (each := _slope(begin, end)) > 0:
            yield _Stretch(each, end[0] - begin[0], attribute, end[2])


def _slope(begin: tuple[int, float, float], end: tuple[int, float, float]) -> float:
    return (end[1] - begin[1]) / (end[0] - begin[0])


def _affordable(stretches: Iterable[_Stretch], most: int) -> dict[str, float]:
    """The thresholds that take the stretches worth most an answer, `most` answers altogether."""
    found: dict[str, float] = {}
    ended: set[str] = set()
    for one in sorted(stretches, key=lambda one: -one.worth):
        if one.attribute in ended or one.answers > most:
            ended.add(one.attribute)  # what is surer does not go on before what is less so
            continue
        most -= one.answers
        found[one.attribute] = one.threshold
    return found
