"""Learning how often tags of a confidence are right: one curve an attribute, one for all attributes with few labels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from hangtag.extras import require
from hangtag.learn.guarantee import Judged
from hangtag.taggers.confidence import EVERY, Curve, log_odds

__all__ = ["METHODS", "fit_curves"]

METHODS = ("temperature", "isotonic")
_LEAST = {"temperature": 30, "isotonic": 100}
_FAR = 500.0


def fit_curves(judged: Iterable[Judged], method: str = "temperature") -> dict[str, Curve]:
    """A curve for each attribute with enough judged tags (30 for temperature, 100 for isotonic), and one for all together."""
    groups: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for attribute, sure, right in judged:
        groups[attribute].append((sure, right))
    every = [pair for pairs in groups.values() for pair in pairs]
    if not every:
        return {}
    fit = _isotonic if method == "isotonic" else _temperature
    enough = {attribute: pairs for attribute, pairs in groups.items() if len(pairs) >= _LEAST[method]}
    return {name: fit(pairs) for name, pairs in sorted({**enough, EVERY: every}.items())}


def _temperature(pairs: Sequence[tuple[float, bool]]) -> Curve:
    """Logistic regression of right on the log-odds of confidence, a weak prior holding the slope near 1 and the shift near 0, so that
    labels that are all right do not make it certain."""
    inputs = np.array([log_odds(confidence) for confidence, _ in pairs])
    signs = np.array([1.0 if hit else -1.0 for _, hit in pairs])

    def loss(weights: Any) -> tuple[float, Any]:
        margins = signs * (weights[0] * inputs + weights[1])
        doubts = -signs / (1 + np.exp(np.clip(margins, -_FAR, _FAR)))
        away = weights - np.array([1.0, 0.0])
        value = float(np.logaddexp(0.0, -margins).sum() + away @ away / 2)
        return value, np.array([(doubts * inputs).sum(), doubts.sum()]) + away

    found = require("scipy.optimize", extra="train").minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B")
    return Curve(slope=max(0.0, float(found.x[0])), shift=float(found.x[1]))


def _isotonic(pairs: Sequence[tuple[float, bool]]) -> Curve:
    isotonic = require("sklearn.isotonic", extra="train")
    fitted = isotonic.IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(
        [confidence for confidence, _ in pairs], [float(hit) for _, hit in pairs]
    )
    return Curve(points=tuple(zip(fitted.X_thresholds_.tolist(), fitted.y_thresholds_.tolist(), strict=True)))
