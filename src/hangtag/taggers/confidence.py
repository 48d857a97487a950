"""Confidences made true: a curve for each attribute, learned from labelled products, that says how often tags so sure are right."""

from __future__ import annotations

import math
from collections.abc import Mapping

import msgspec
import numpy as np

__all__ = ["EVERY", "Curve", "Curves"]

EVERY = "*"
"""The curve of attributes with too few labels for one of their own."""


class Curve(msgspec.Struct, frozen=True):
    """Temperature scaling (`slope` and `shift` of the log-odds; Platt 1999, Guo et al. 2017) or, with `points`, isotonic regression
    (Zadrozny and Elkan 2002): (confidence, precision) pairs, straight lines between."""

    slope: float = 1.0
    shift: float = 0.0
    points: tuple[tuple[float, float], ...] = ()

    def read(self, confidence: float) -> float:
        """The share of tags so sure that are right."""
        if self.points:
            return float(np.interp(confidence, [x for x, _ in self.points], [y for _, y in self.points]))
        bounded = min(max(confidence, 1e-6), 1 - 1e-6)
        return 1 / (1 + math.exp(-(self.slope * math.log(bounded / (1 - bounded)) + self.shift)))


class Curves:
    """Curves by attribute; without any, confidences stay as they are."""

    def __init__(self, curves: Mapping[str, Curve] | None = None) -> None:
        self._curves = dict(curves or {})
        self._every = self._curves.get(EVERY)

    def read(self, attribute: str, confidence: float) -> float:
        """The confidence of an attribute's tag, made true."""
        curve = self._curves.get(attribute, self._every)
        return confidence if curve is None else curve.read(confidence)
