"""Do confidences tell the truth, and what do they buy? Calibration error and the curve of risk over coverage."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["calibration_error", "risk_coverage"]


def calibration_error(confidences: Sequence[float], right: Sequence[bool], *, bins: int = 15) -> float:
    """Expected calibration error: mean gap between confidence and precision over `bins` of equal width, weighted by tags (Guo et al.
    2017). 0 where there are no tags."""
    sure, hits = np.asarray(confidences, dtype=float), np.asarray(right, dtype=float)
    places = np.minimum((sure * bins).astype(int), bins - 1)
    counts = np.bincount(places, minlength=bins)
    gaps = np.abs(np.bincount(places, sure, bins) - np.bincount(places, hits, bins))
    return float(gaps.sum() / counts.sum()) if len(sure) else 0.0


def risk_coverage(confidences: Sequence[float], right: Sequence[bool], *, points: int = 20) -> list[tuple[float, float]]:
    """(coverage, risk) pairs: of the surest share of the tags, which share is wrong (El-Yaniv and Wiener 2010). Ties are never parted."""
    sure = np.asarray(confidences, dtype=float)
    order = np.argsort(-sure, kind="stable")
    wrong = np.cumsum(~np.asarray(right, dtype=bool)[order])
    wanted = np.unique(np.ceil(np.linspace(0, 1, points + 1)[1:] * len(sure)).astype(int))
    counts = sorted({int(np.searchsorted(-sure[order], -sure[order][count - 1], side="right")) for count in wanted if count})
    return [(count / len(sure), float(wrong[count - 1]) / count) for count in counts]
