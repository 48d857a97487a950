"""Which answers of a cheap tagger are worth asking a stronger one again: for each attribute a threshold, chosen on labels.

Micro-F1 is 2C / (P + G): right values, values said, values of the labels. An answer asked again is worth 2ΔC - F1·ΔP (Dinkelbach 1967), so
that answers can be weighed one by one. Of each attribute the least sure are asked first; the stretches worth asking are those of the upper
hull of their summed worth, and of all attributes' stretches those worth most an answer are taken until the share is spent (Dantzig 1957);
of one that does not fit as much is taken as pays. What few answers of an attribute say is shrunk towards what all as sure say (empirical
Bayes; Robbins 1956).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from operator import itemgetter
from typing import NamedTuple, TypeAlias

import numpy as np

from hangtag.evaluate.metrics import Counts

__all__ = ["ALWAYS", "Answer", "worthwhile"]

ALWAYS, _NEVER = 1.01, 0.0
_ROUNDS, _BINS = 10, 10


class Answer(NamedTuple):
    """What a tagger said of an attribute of a product, its confidence, and what asking again adds: right values, values said."""

    product: int
    attribute: str
    confidence: float
    correct: int
    said: int


_Weighed: TypeAlias = tuple[float, float]
"""An answer's confidence and what it is worth, asked again."""


class _Step(NamedTuple):
    """The answers of an attribute up to some confidence: how many, what they are worth together, the threshold that takes them."""

    answers: int
    worth: float
    threshold: float


class _Stretch(NamedTuple):
    """Answers of an attribute that go on together: what each is worth, and the steps within, from where they begin."""

    worth: float
    attribute: str
    steps: list[_Step]


def worthwhile(answers: Sequence[Answer], share: float, before: Counts, *, prior: float = 0.0) -> dict[str, float]:
    """For each attribute the confidence below which it is asked again: of these answers at most `share`, and none that costs F1 on these
    labels. `before` counts what the cheap tagger says. 0 is never, `ALWAYS` always. With each attribute's answers so many count as
    `prior` says that are worth what those of all attributes are that are about as sure."""
    never = dict.fromkeys((answer.attribute for answer in answers), _NEVER)
    found, reached = never, before.f1
    for _ in range(_ROUNDS):  # what an answer is worth hangs on the F1 that is reached
        weighed: dict[str, list[_Weighed]] = defaultdict(list)
        for answer, worth in zip(answers, _worths(answers, reached, prior), strict=True):
            weighed[answer.attribute].append((answer.confidence, worth))
        tried = never | _affordable({name: list(_steps(own)) for name, own in weighed.items()}, int(share * len(answers)))
        if (f1 := _f1(answers, tried, before)) <= reached:
            break
        found, reached = tried, f1
    return found


def _f1(answers: Iterable[Answer], thresholds: dict[str, float], before: Counts) -> float:
    """Micro-F1 with what is below the thresholds asked again."""
    asked = [one for one in answers if one.confidence < thresholds[one.attribute]]
    everything = before.predicted + before.gold + sum(one.said for one in asked)
    return 2 * (before.correct + sum(one.correct for one in asked)) / everything if everything else 0.0


def _stretches(attribute: str, steps: Sequence[_Step]) -> Iterator[_Stretch]:
    """Those of one attribute that are worth something, the least sure first: each is worth less an answer than the one before."""
    hull = [0]
    for place in range(1, len(steps)):
        while len(hull) > 1 and _slope(steps[hull[-2]], steps[place]) > _slope(steps[hull[-2]], steps[hull[-1]]):
            hull.pop()
        hull.append(place)
    for begin, end in pairwise(hull):
        if (each := _slope(steps[begin], steps[end])) > 0:
            first = steps[begin]
            within = [_Step(one.answers - first.answers, one.worth - first.worth, one.threshold) for one in steps[begin + 1 : end + 1]]
            yield _Stretch(each, attribute, within)


def _worths(answers: Sequence[Answer], f1: float, prior: float) -> list[float]:
    """What each answer is worth, asked again."""
    own = np.array([2 * one.correct - f1 * one.said for one in answers])
    if not prior or not answers:
        return list(own)
    sure = np.array([one.confidence for one in answers])
    borders = np.unique(np.quantile(sure, np.linspace(0, 1, _BINS + 1)))[1:-1]
    bins = np.searchsorted(borders, sure, side="right")
    of_all = np.bincount(bins, weights=own) / np.maximum(1, np.bincount(bins))
    counts = Counter(one.attribute for one in answers)
    count = np.array([counts[one.attribute] for one in answers])
    return list((count * own + prior * of_all[bins]) / (count + prior))


def _steps(answers: Iterable[_Weighed]) -> Iterator[_Step]:
    """From no answer of an attribute to all, by rising confidence; those as sure as each other go together."""
    levels = [(sure, [worth for _, worth in same]) for sure, same in groupby(sorted(answers), key=itemgetter(0))]
    count, worth = 0, 0.0
    yield _Step(count, worth, _NEVER)
    for (_, worths), (above, _) in zip(levels, [*levels[1:], (ALWAYS, [])], strict=True):
        count += len(worths)
        worth += sum(worths)
        yield _Step(count, worth, above)


def _slope(begin: _Step, end: _Step) -> float:
    return (end.worth - begin.worth) / (end.answers - begin.answers)


def _affordable(steps: Mapping[str, Sequence[_Step]], most: int) -> dict[str, float]:
    """The thresholds of the stretches worth most an answer, `most` answers altogether; of one attribute alone where that is worth more
    (then at least half of what could be had is)."""
    found: dict[str, float] = {}
    ended: set[str] = set()
    left, worth = most, 0.0
    stretches = [stretch for name, own in steps.items() for stretch in _stretches(name, own)]
    for stretch in sorted(stretches, key=lambda one: -one.worth):
        if stretch.attribute in ended:  # what is surer does not go on before what is less so
            continue
        taken = stretch.steps[-1]
        if taken.answers > left:
            ended.add(stretch.attribute)
            taken = _best(stretch.steps, left)
        if taken.worth > 0:
            left, worth = left - taken.answers, worth + taken.worth
            found[stretch.attribute] = taken.threshold
    single = {name: _best(own, most) for name, own in steps.items()}
    alone = max(single, key=lambda name: single[name].worth, default=None)
    return found if alone is None or single[alone].worth <= worth else {alone: single[alone].threshold}


def _best(steps: Iterable[_Step], most: int) -> _Step:
    """The step worth most among those of at most so many answers; nothing where none is worth anything."""
    return max((step for step in steps if step.answers <= most), key=lambda step: step.worth, default=_Step(0, 0.0, _NEVER))
