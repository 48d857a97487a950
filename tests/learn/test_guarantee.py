"""The promise holds as often as it says, and says nothing where it cannot be kept."""

from __future__ import annotations

import numpy as np
import pytest

from hangtag.evaluate.metrics import clopper_pearson
from hangtag.learn.guarantee import promise, promises
from hangtag.taggers.confidence import NEVER

CHANCE = np.random.default_rng(3)


def draw(count: int, chance: np.random.Generator) -> tuple[list[float], list[bool]]:
    """Tags whose chance to be right grows with their confidence; over all about 86 % are."""
    sure = chance.uniform(0.5, 1.0, count)
    return sure.tolist(), (chance.uniform(size=count) < 0.65 + 0.55 * (sure - 0.5) ** 0.7).tolist()


def test_the_promise_is_broken_no_more_often_than_it_says() -> None:
    sure, right = draw(400_000, CHANCE)
    order = np.argsort(-np.array(sure))
    curve = np.cumsum(np.array(right)[order]) / np.arange(1, len(order) + 1)
    thresholds = np.array(sure)[order]
    broken, published = 0, 0
    for seed in range(200):
        found = promise(*draw(1500, np.random.default_rng(seed)), precision=0.9, confidence=0.9)
        if found.threshold <= 1:
            published += 1
            broken += curve[np.searchsorted(-thresholds, -found.threshold, side="right") - 1] < 0.9
    assert published > 150
    assert broken <= 0.1 * 200


def test_a_threshold_passes_the_exact_test() -> None:
    sure, right = draw(1500, np.random.default_rng(1))
    found = promise(sure, right, precision=0.9, confidence=0.9)
    taken = [hit for confidence, hit in zip(sure, right, strict=True) if confidence >= found.threshold]
    assert found.precision == pytest.approx(np.mean(taken)) and found.share == pytest.approx(len(taken) / 1500)
    low, _ = clopper_pearson(sum(taken), len(taken), level=1 - 2 * 0.1 / 4)
    assert low >= 0.9


def test_what_cannot_be_promised_is_never_published() -> None:
    assert promise([0.9] * 20, [True] * 20).threshold == NEVER  # twenty right ones prove no 95 %
    assert promise([0.9] * 500, [True, False] * 250).threshold == NEVER
    assert promise([], []).threshold == NEVER
    assert promise([0.9] * 500, [True] * 500).share == 1.0


def test_ties_are_not_parted() -> None:
    found = promise([0.9] * 300 + [0.6] * 300, [True] * 300 + [False] * 300)
    assert found.threshold == 0.9 and found.share == 0.5


def test_attributes_are_promised_apart() -> None:
    judged = [("good", 0.9, True)] * 200 + [("bad", 0.9, False)] * 200
    overall, own = promises(judged)
    assert overall.threshold == NEVER and own["bad"].threshold == NEVER and own["good"].threshold == 0.9


@pytest.mark.parametrize("options", [{"precision": 1.0}, {"precision": 0.0}, {"confidence": 1.0}])
def test_senseless_shares_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        promise([0.9], [True], **options)
