"""The sums of a conditional random field against all labellings, one by one."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest

from hangtag.taggers.crf import _stretches, best_labels, marginals


@pytest.mark.parametrize("seed", range(5))
def test_the_field_sums_over_all_labellings(seed: int) -> None:
    chance = np.random.default_rng(seed)
    n_tokens, n_labels = 4, 3
    emissions, transitions = chance.normal(size=(n_tokens, n_labels)), chance.normal(size=(n_labels, n_labels))
    begin, end = chance.normal(size=n_labels), chance.normal(size=n_labels)
    scores = {}
    for labels in product(range(n_labels), repeat=n_tokens):
        along = sum(emissions[place, label] for place, label in enumerate(labels))
        between = sum(transitions[one, other] for one, other in pairwise(labels))
        scores[labels] = begin[labels[0]] + along + between + end[labels[-1]]
    field = (emissions, begin, end, transitions)
    assert tuple(best_labels(*field)) == max(scores, key=scores.__getitem__)
    total = sum(np.exp(score) for score in scores.values())
    expected = np.zeros((n_tokens, n_labels))
    for labels, score in scores.items():
        for place, label in enumerate(labels):
            expected[place, label] += np.exp(score) / total
    assert np.allclose(marginals(*field), expected)


def test_stretches_begin_with_a_beginning() -> None:
    assert list(_stretches([0, 1, 2, 2, 0, 3, 1, 4, 2])) == [(0, 1, 3), (1, 5, 5), (0, 6, 6)]
    assert list(_stretches([2, 4, 0])) == []
