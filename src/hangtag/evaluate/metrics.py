"""Counts, precision, recall, F1, and how sure they are."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Counts", "binomial_tail", "clopper_pearson", "f1_interval"]


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of predictions and gold values.

    `correct`: said and right. `wrong`: something else was said than gold says. `missed`: gold has a value, nothing was said.
    `invented`: something was said where gold has no (further) value. Precision, recall and F1 are 0 where nothing could be counted.
    """

    correct: int = 0
    wrong: int = 0
    missed: int = 0
    invented: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.correct + other.correct, self.wrong + other.wrong, self.missed + other.missed, self.invented + other.invented)

    @property
    def predicted(self) -> int:
        return self.correct + self.wrong + self.invented

    @property
    def gold(self) -> int:
        return self.correct + self.wrong + self.missed

    @property
    def precision(self) -> float:
        return self.correct / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        return self.correct / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        return 2 * self.correct / (self.predicted + self.gold) if self.predicted + self.gold else 0.0

    def to_dict(self) -> dict[str, float]:
        return {
            "precision": self.precision,
            "recall": self.recall,
            "f1": self.f1,
            "correct": self.correct,
            "wrong": self.wrong,
            "missed": self.missed,
            "invented": self.invented,
        }


def f1_interval(counts: npt.NDArray[np.int64], *, seed: int = 0, resamples: int = 1000, level: float = 0.95) -> tuple[float, float]:
    """Percentile bootstrap interval of micro-F1 over products (Efron & Tibshirani 1993, ch. 13).

    `counts` is `(n_products, 3)`: correct, predicted, gold. Products with equal counts are drawn together (a multinomial over the
    distinct rows), which is the same bootstrap, faster, and does not depend on the order of the products.
    """
    if not len(counts):
        return 0.0, 0.0
    rows, repeats = np.unique(counts, axis=0, return_counts=True)
    draws = np.random.default_rng(seed).multinomial(len(counts), repeats / len(counts), size=resamples)
    sums = draws @ rows
    both = sums[:, 1] + sums[:, 2]
    f1 = np.divide(2.0 * sums[:, 0], both, out=np.zeros(resamples), where=both > 0)
    low, high = np.quantile(f1, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def clopper_pearson(right: int, judged: int, *, level: float = 0.95) -> tuple[float, float]:
    """Exact interval of a share, `right` of `judged` (Clopper & Pearson 1934): covers the true share at least `level` of the time.

    The bounds are found by bisection on the exact binomial tails. (0, 1) where nothing was judged. Raises `ValueError` for counts or
    a level that make no sense.
    """
    if not 0 <= right <= judged:
        raise ValueError(f"right must lie between 0 and judged, got {right} of {judged}")
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level}")
    tail = (1 - level) / 2
    low, high = 0.0, 1.0
    if right > 0:
        low = _bisect(lambda share: binomial_tail(right, judged, share) < tail)
    if right < judged:
        # P(X <= right | p) = P(failures >= judged - right | 1 - p)
        high = 1 - _bisect(lambda share: binomial_tail(judged - right, judged, share) < tail)
    return low, high


def binomial_tail(least: int, trials: int, share: float) -> float:
    """P(X >= least) for X binomial(trials, share), 0 < share < 1; exact."""
    counts = range(least, trials + 1)
    whole = math.lgamma(trials + 1)
    logs = (
        whole - math.lgamma(k + 1) - math.lgamma(trials - k + 1) + k * math.log(share) + (trials - k) * math.log1p(-share) for k in counts
    )
    return math.fsum(map(math.exp, logs))


def _bisect(below: Callable[[float], bool]) -> float:
    """The point in (0, 1) where `below` turns from true to false."""
    low, high = 0.0, 1.0
    for _ in range(53):
        middle = (low + high) / 2
        if below(middle):
            low = middle
        else:
            high = middle
    return (low + high) / 2
