"""Which products are worth a label: those a model wavers on, and no two alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["choose"]

_ALIKE, _FARTHEST = 1e-5, 2.0


def choose(vectors: NDArray[np.float32], doubt: Sequence[float], count: int) -> list[int]:
    """Numbers of `count` products, the most worth first; fewer where the rest is like one of these. Where too few are in doubt, others
    follow.

    Greedy farthest-first traversal (k-centre; Gonzalez 1985, as in core-set selection, Sener and Savarese 2018), distances weighed by
    `doubt` (n_products,) in [0, 1]. `vectors` (n_products, dim) have length 1. Takes time in the order of n_products × count × dim.
    """
    chosen: list[int] = []
    nearest = np.full(len(vectors), _FARTHEST, dtype=np.float32)
    for weights in (np.asarray(doubt, dtype=np.float32), np.ones(len(vectors), dtype=np.float32)):
        while len(chosen) < min(count, len(vectors)):
            worth = weights * nearest
            best = int(worth.argmax())
            if worth[best] <= _ALIKE:
                break
            chosen.append(best)
            nearest = np.clip(1 - vectors @ vectors[best], 0.0, nearest)
    return chosen
