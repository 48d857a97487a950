"""Products worth a label."""

from __future__ import annotations

import numpy as np

from hangtag.learn.choose import choose


def around(centre: int, count: int, seed: int) -> np.ndarray:
    """Vectors near to one axis."""
    chance = np.random.default_rng(seed)
    vectors = np.zeros((count, 8), dtype=np.float32)
    vectors[:, centre] = 1.0
    vectors += chance.normal(0, 0.02, vectors.shape).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_no_group_is_left_out_while_another_gives_two() -> None:
    vectors = np.concatenate([around(0, 90, 0), around(1, 5, 1), around(2, 5, 2)])
    groups = [0] * 90 + [1] * 5 + [2] * 5
    assert sorted(groups[number] for number in choose(vectors, [1.0] * 100, 3)) == [0, 1, 2]


def test_what_is_doubted_comes_first() -> None:
    vectors = around(0, 50, 3)
    doubt = [0.01] * 50
    for number in (7, 21, 33):
        doubt[number] = 1.0
    assert set(choose(vectors, doubt, 3)) == {7, 21, 33}


def test_where_few_are_doubted_others_follow() -> None:
    vectors = np.concatenate([around(axis, 25, axis) for axis in range(8)])
    doubt = [0.0] * 200
    for number in (3, 60, 61, 120, 199):
        doubt[number] = 0.5
    chosen = choose(vectors, doubt, 100)
    assert len(set(chosen)) == 100 and set(chosen[:5]) == {3, 60, 61, 120, 199}


def test_no_two_alike_and_none_twice() -> None:
    vectors = np.concatenate([around(0, 1, 0)] * 10 + [around(1, 1, 1)] * 10)
    assert len(choose(vectors, [1.0] * 20, 20)) == 2
    assert choose(vectors[:0], [], 5) == []
    many = choose(np.concatenate([around(axis, 10, axis) for axis in range(8)]), [1.0] * 80, 500)
    assert len(many) == len(set(many)) <= 80
