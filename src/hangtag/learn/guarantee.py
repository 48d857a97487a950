"""How sure a tagger must be for its tags to be published at a precision promised beforehand.

Learn then Test (Angelopoulos, Bates, Candès, Jordan and Lei 2021): every threshold is a hypothesis that precision is below the target,
rejected by the exact binomial test (Clopper and Pearson 1934). Thresholds are tested from strict to loose and testing stops at the first
that is not rejected, so that no correction for their number is due (fixed-sequence testing); several such sequences, begun at different
shares, divide the error between them, since the strictest thresholds have too few tags to prove anything.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from hangtag.evaluate.metrics import binomial_tail
from hangtag.taggers.confidence import NEVER

__all__ = ["Judged", "Promise", "promise", "promises"]

_STEPS, _SEQUENCES = 24, 4
Judged = tuple[str, float, bool]
"""A tag on labelled products: its attribute, its confidence, whether it was right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """Tags at `threshold` or above are right with the promised precision. `share` of the `judged` tags are; `threshold` above 1: none."""

    threshold: float
    share: float
    precision: float
    judged: int


def promise(confidences: Sequence[float], right: Sequence[bool], *, precision: float = 0.95, confidence: float = 0.9) -> Promise:
    """The lowest threshold whose tags have at least `precision`, with probability `confidence` over the draw of the labelled products.

    Raises `ValueError` for shares outside (0, 1) and for lists of different length.
    """
    if not 0 < precision < 1 or not 0 < confidence < 1:
        raise ValueError(f"precision and confidence must lie between 0 and 1, got {precision} and {confidence}")
    if len(confidences) != len(right):
        raise ValueError(f"{len(confidences)} confidences for {len(right)} verdicts")
    order = np.argsort(-np.asarray(confidences, dtype=float), kind="stable")
    sure, hits = np.asarray(confidences, dtype=float)[order], np.cumsum(np.asarray(right, dtype=bool)[order])
    counts = _counts(sure, precision, (1 - confidence) / _SEQUENCES)
    best = 0
    for sequence in range(_SEQUENCES):
        for count in counts[sequence * len(counts) // _SEQUENCES :]:
            if binomial_tail(int(hits[count - 1]), count, precision) > (1 - confidence) / _SEQUENCES:
                break
            best = max(best, count)
    if not best:
        return Promise(threshold=NEVER, share=0.0, precision=0.0, judged=len(sure))
    return Promise(threshold=float(sure[best - 1]), share=best / len(sure), precision=float(hits[best - 1] / best), judged=len(sure))


def promises(judged: Iterable[Judged], *, precision: float = 0.95, confidence: float = 0.9) -> tuple[Promise, dict[str, Promise]]:
    """The promise over all tags, and one for each attribute by itself."""
    groups: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for attribute, sure, right in judged:
        groups[attribute].append((sure, right))
    every = [pair for pairs in groups.values() for pair in pairs]

    def of(pairs: Sequence[tuple[float, bool]]) -> Promise:
        return promise([sure for sure, _ in pairs], [right for _, right in pairs], precision=precision, confidence=confidence)

    return of(every), {attribute: of(pairs) for attribute, pairs in sorted(groups.items())}


def _counts(sure: np.ndarray[tuple[int], np.dtype[np.float64]], precision: float, error: float) -> list[int]:
    """How many of the surest tags each threshold takes, from strict to loose; none so few that nothing could be proved, no tie parted.

    They depend on the confidences alone, never on what was right: else the test would not hold.
    """
    least = math.ceil(math.log(error) / math.log(precision))
    if len(sure) < least:
        return []
    wanted = np.unique(np.geomspace(least, len(sure), _STEPS).round().astype(int))
    return sorted({int(np.searchsorted(-sure, -sure[count - 1], side="right")) for count in wanted})
