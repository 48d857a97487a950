"""Confidences made true: a curve for each attribute, learned from labelled products, that says how often tags so sure are right."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import numpy as np

__all__ = ["EVERY", "NEVER", "Curve", "Curves", "log_odds", "promised_thresholds", "scaled", "share_of"]

_LEAST_DOUBT = 5e-5
NEVER = 2.0
"""A threshold that no confidence reaches."""

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
        return 1 / (1 + math.exp(-(self.slope * log_odds(confidence) + self.shift)))


def log_odds(confidence: float) -> float:
    """Logit, of confidences of four digits: 0 and 1 are taken for the nearest that are not."""
    bounded = min(max(confidence, _LEAST_DOUBT), 1 - _LEAST_DOUBT)
    return math.log(bounded / (1 - bounded))


class Curves:
    """Curves by attribute; without any, confidences stay as they are."""

    def __init__(self, curves: Mapping[str, Curve] | None = None) -> None:
        self._curves = dict(curves or {})
        self._every = self._curves.get(EVERY)

    def read(self, attribute: str, confidence: float) -> float:
        """The confidence of an attribute's tag, made true."""
        curve = self._curves.get(attribute, self._every)
        return confidence if curve is None else curve.read(confidence)


def scaled(share: float, least: float) -> float:
    """A share of probability as confidence: the least at which the model speaks is 0.5, the policy's least for a reviewer to look."""
    return 0.5 + 0.5 * (share - least) / max(1e-9, 1 - least)


def share_of(confidence: float) -> float:
    """The share of probability behind the confidence of a model that says all it would say."""
    return 2 * confidence - 1


def promised_thresholds(guarantee: Mapping[str, Any] | None, attributes: Iterable[str]) -> dict[str, float]:
    """By attribute the confidence from which a model's tags keep the promise in its folder; above 1: never. Empty without a promise.

    Nothing is promised of attributes of which no tag was judged.
    """
    if guarantee is None:
        return {}
    judged = guarantee["by_attribute"]
    promised = judged if guarantee["each"] else dict.fromkeys(judged, guarantee["overall"])
    return {name: promised[name]["threshold"] if name in promised else NEVER for name in attributes}
