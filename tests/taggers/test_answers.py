"""What a network's scores are read as, whatever they are."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hangtag.taggers.answers import read_answers

TEXT = "teal cape, TEAL"
OFFSETS = [(0, 0), (0, 4), (5, 9), (9, 10), (11, 15), (0, 0)]  # the first and last token stand for no text
NOTHING = np.zeros(0, np.float32)
NOBODY = np.zeros(0, int)


def logits(*shares: float) -> np.ndarray:
    return np.log(np.array([shares], dtype=np.float32) + 1e-9)


@given(st.integers(0, 2**32 - 1), st.floats(0.1, 20.0))
def test_an_answer_is_a_stretch_of_text_or_a_known_value(seed: int, spread: float) -> None:
    chance = np.random.default_rng(seed)
    start, end = (chance.normal(0, spread, (3, len(OFFSETS))).astype(np.float32) for _ in range(2))
    none, values = chance.normal(0, spread, 3).astype(np.float32), chance.normal(0, spread, 4).astype(np.float32)
    owners = np.array([0, 0, 2, 2])
    several = np.array([True, False, True])
    found = read_answers(start, end, none, values, text=TEXT, offsets=OFFSETS, value_attribute=owners, several=several)
    for answer in found:
        assert 0 < answer.confidence <= 1
        assert answer.places or answer.value >= 0
        assert all(0 <= begin < stop <= len(TEXT) for begin, stop in answer.places)
        assert answer.value < 0 or owners[answer.value] == answer.attribute


def test_the_mark_at_the_texts_end_is_no_answer() -> None:
    start, end = np.array([[0, 0, 5, 0, 0, 9]], dtype=np.float32), np.array([[0, 0, 0, 3, 0, 9]], dtype=np.float32)
    answers = read_answers(start, end, np.zeros(1, np.float32), NOTHING, text=TEXT, offsets=OFFSETS, value_attribute=NOBODY)
    assert [answer.places for answer in answers] == [((5, 10),)]


def test_places_that_say_the_same_are_one_answer() -> None:
    start, end = logits(0, 0.3, 0.2, 0, 0.25, 0), logits(0, 0.7, 0.5, 0, 0.4, 0)
    values = np.log(np.array([0.1], dtype=np.float32))
    answers = read_answers(
        start, end, logits(0.1)[0], values, text=TEXT, offsets=OFFSETS, value_attribute=np.zeros(1, int), value_texts=["Teal"]
    )
    best = max(answers, key=lambda answer: answer.confidence)
    assert best.places == ((0, 4), (11, 15)) and best.value == 0
    assert abs(best.confidence - 0.65 / 0.95) < 1e-3


def test_values_of_a_set_do_not_rival_each_other() -> None:
    start, end = logits(0, 0.46, 0.46, 0, 0, 0), logits(0, 0.4, 0.4, 0, 0, 0)
    scores = (start, end, logits(0.08)[0], NOTHING)
    one = list(read_answers(*scores, text=TEXT, offsets=OFFSETS, value_attribute=NOBODY))
    many = list(read_answers(*scores, text=TEXT, offsets=OFFSETS, value_attribute=NOBODY, several=np.array([True])))
    assert [answer.places for answer in one] == [answer.places for answer in many] == [((0, 4),), ((5, 9),)]
    assert max(answer.confidence for answer in one) < 0.5 < 0.8 < min(answer.confidence for answer in many)
