"""What a network's scores are read as, whatever they are."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hangtag.taggers.answers import read_answers

OFFSETS = [(0, 0), (0, 4), (5, 9), (9, 10), (11, 15), (0, 0)]  # the first and last token stand for no text


@given(st.integers(0, 2**32 - 1), st.floats(0.1, 20.0))
def test_an_answer_is_a_stretch_of_text_or_a_known_value(seed: int, spread: float) -> None:
    chance = np.random.default_rng(seed)
    start, end = (chance.normal(0, spread, (3, len(OFFSETS))).astype(np.float32) for _ in range(2))
    none, values = chance.normal(0, spread, 3).astype(np.float32), chance.normal(0, spread, 4).astype(np.float32)
    owners = np.array([0, 0, 2, 2])
    for answer in read_answers(start, end, none, values, offsets=OFFSETS, value_attribute=owners):
        assert 0 < answer.confidence <= 1
        if answer.value < 0:
            assert 0 <= answer.start < answer.end <= 15
        else:
            assert owners[answer.value] == answer.attribute and (answer.start, answer.end) == (-1, -1)


def test_the_mark_at_the_texts_end_is_no_answer() -> None:
    start = np.array([[0, 0, 5, 0, 0, 9]], dtype=np.float32)
    end = np.array([[0, 0, 0, 3, 0, 9]], dtype=np.float32)
    answers = read_answers(start, end, np.zeros(1, np.float32), np.zeros(0, np.float32), offsets=OFFSETS, value_attribute=np.zeros(0, int))
    assert [(answer.start, answer.end) for answer in answers] == [(5, 10)]
