"""Counts and intervals against published and hand-made figures."""

from __future__ import annotations

import numpy as np
import pytest

from hangtag.evaluate import Counts, clopper_pearson, f1_interval


def test_counts():
    counts = Counts(correct=6, wrong=2, missed=4, invented=1)
    assert (counts.predicted, counts.gold) == (9, 12)
    assert (counts.precision, counts.recall, counts.f1) == (6 / 9, 6 / 12, 12 / 21)
    assert counts + Counts(1, 1, 1, 1) == Counts(7, 3, 5, 2)
    assert (Counts().precision, Counts().recall, Counts().f1) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("right", "judged", "low", "high"),
    [
        (0, 10, 0.0, 0.3084971),  # 1 - 0.025 ** (1 / 10)
        (10, 10, 0.6915029, 1.0),
        (5, 10, 0.1870860, 0.8129140),
        (0, 0, 0.0, 1.0),
    ],
)
def test_clopper_pearson(right, judged, low, high):
    assert clopper_pearson(right, judged) == pytest.approx((low, high), abs=1e-6)


def test_clopper_pearson_as_published():
    # Newcombe 1998, Statistics in Medicine 17, table I, method 5.
    assert clopper_pearson(81, 263) == pytest.approx((0.2527, 0.3676), abs=5e-5)
    assert clopper_pearson(15, 148) == pytest.approx((0.0578, 0.1617), abs=5e-5)


def test_clopper_pearson_of_many():
    low, high = clopper_pearson(9_500, 10_000)
    assert 0.9455 < low < 0.9457 and 0.9541 < high < 0.9543


def test_clopper_pearson_refuses_nonsense():
    with pytest.raises(ValueError, match="between 0 and judged"):
        clopper_pearson(3, 2)
    with pytest.raises(ValueError, match="level"):
        clopper_pearson(1, 2, level=1.0)


def test_interval_is_seeded_and_ignores_order():
    counts = np.array([[1, 2, 1], [0, 1, 1], [2, 2, 3], [1, 1, 1]] * 25)
    assert f1_interval(counts, seed=3) == f1_interval(counts[::-1], seed=3)
    assert f1_interval(counts, seed=3) != f1_interval(counts, seed=4)


def test_interval_narrows_with_products():
    few = np.array([[1, 1, 1], [0, 1, 1]] * 10)
    many = np.array([[1, 1, 1], [0, 1, 1]] * 1000)
    low, high = f1_interval(few)
    # A share of one half over 20 products: standard error 0.11, so about 0.28 to 0.72.
    assert (low, high) == pytest.approx((0.28, 0.72), abs=0.06)
    narrow_low, narrow_high = f1_interval(many)
    assert low < narrow_low < 0.5 < narrow_high < high


def test_interval_where_nothing_varies_or_counts():
    assert f1_interval(np.array([[1, 1, 1]] * 5)) == (1.0, 1.0)
    assert f1_interval(np.zeros((5, 3), dtype=np.int64)) == (0.0, 0.0)
    assert f1_interval(np.zeros((0, 3), dtype=np.int64)) == (0.0, 0.0)
