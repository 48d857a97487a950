"""What a network's scores are read as, whatever they are."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hangtag.taggers.answers import read_answers

TEXT = "teal cape, TEAL"
OFFSETS = [(0, 0), (0, 4), (5, 9), (9, 10), (11, 15), (0, 0)]  # the first and last token stand for no text
WITH_GAPS = [(0, 4), (5, 5), (5, 9), (9, 9), (9, 10), (11, 15)]
NOTHING = np.zeros(0, np.float32)
NOBODY: list[list[tuple[int, str]]] = [[]]


def spans(**shares: float) -> np.ndarray:
    """Logits of one attribute from shares by first and last token, such as t1_2=0.4."""
    square = np.full((1, len(OFFSETS), len(OFFSETS)), 1e-9, dtype=np.float32)
    for name, share in shares.items():
        first, last = name[1:].split("_")
        square[0, int(first), int(last) - int(first)] = share
    return np.log(square)


def logs(*shares: float) -> np.ndarray:
    return np.log(np.array(shares, dtype=np.float32))


@given(st.integers(0, 2**32 - 1), st.floats(0.1, 20.0))
def test_an_answer_is_a_stretch_of_text_or_a_known_value(seed: int, spread: float) -> None:
    chance = np.random.default_rng(seed)
    scores = chance.normal(0, spread, (3, len(OFFSETS), len(OFFSETS))).astype(np.float32)
    none, values = chance.normal(0, spread, 3).astype(np.float32), chance.normal(0, spread, 4).astype(np.float32)
    known = [[(0, "teal"), (1, "navy")], [], [(2, "wool"), (3, "silk")]]
    several = np.array([True, False, True])
    for answer in read_answers(scores, none, values, text=TEXT, offsets=OFFSETS, known=known, several=several):
        assert 0 < answer.confidence <= 1
        assert answer.places or answer.value >= 0
        assert all(0 <= begin < stop <= len(TEXT) for begin, stop in answer.places)
        assert answer.value < 0 or answer.value in dict(known[answer.attribute])


@given(st.integers(0, 2**32 - 1), st.floats(0.1, 20.0), st.floats(0.0, 1.0))
def test_what_is_asked_for_surely_is_what_is_sure_of_all(seed: int, spread: float, least: float) -> None:
    chance = np.random.default_rng(seed)
    scores = chance.normal(0, spread, (3, len(OFFSETS), len(OFFSETS))).astype(np.float32)
    none, values = chance.normal(spread, spread, 3).astype(np.float32), chance.normal(0, spread, 4).astype(np.float32)
    known = [[(0, "teal"), (1, "navy")], [], [(2, "wool"), (3, "silk")]]
    options = {"text": TEXT, "offsets": OFFSETS, "known": known, "several": np.array([True, False, True])}
    every = list(read_answers(scores, none, values, **options))
    assert [one for one in every if one.confidence >= least] == list(read_answers(scores, none, values, **options, least=least))


def answers_of_one(
    places: dict[tuple[int, int], float], values: list[tuple[float, int, str]], none: float, offsets: Sequence[tuple[int, int]], alone: bool
) -> list[tuple[tuple[tuple[int, int], ...], int, float]]:
    """One attribute's answers from its logits, one by one: their places, value and confidence."""
    total = sum(map(math.exp, places.values())) + sum(math.exp(logit) for logit, _, _ in values) + math.exp(none)
    shares = {ends: math.exp(logit) / total for ends, logit in places.items()}
    known = [(math.exp(logit) / total, number, said) for logit, number, said in values]
    absent = math.exp(none) / total
    floor = max(1e-5, 0.05 * (absent if alone else max([*shares.values(), *(share for share, _, _ in known)], default=0.0)))
    sums = {said.casefold(): (share, (), number) for share, number, said in known if share >= floor}
    taken: set[int] = set()
    for (first, last), share in sorted(shares.items(), key=lambda place: -place[1]):
        if share >= floor and not taken & set(range(first, last + 1)):
            taken |= set(range(first, last + 1))
            begin, stop = offsets[first][0], offsets[last][1]
            earlier, found, number = sums.get(TEXT[begin:stop].strip().casefold(), (0.0, (), -1))
            sums[TEXT[begin:stop].strip().casefold()] = (earlier + share, (*found, (begin, stop)), number)
    best = max((share for share, _, _ in sums.values()), default=0.0)
    likely = [one for one in sums.values() if alone or one[0] >= 0.35 * best]
    return [(found, number, share / (share + absent) if alone else share) for share, found, number in likely]


@given(
    st.integers(0, 2**32 - 1),
    st.floats(0.1, 20.0),
    st.floats(0.0, 0.99),
    st.sampled_from([OFFSETS, WITH_GAPS]),
    st.sampled_from([1, 3, 24]),
)
def test_all_attributes_at_once_are_read_like_one_after_the_other(
    seed: int, spread: float, least: float, offsets: Sequence[tuple[int, int]], longest: int
) -> None:
    chance = np.random.default_rng(seed)
    scores = chance.normal(0, spread, (3, len(offsets), longest)).astype(np.float32)
    none, values = chance.normal(spread, spread, 3).astype(np.float32), chance.normal(0, spread, 5).astype(np.float32)
    known = [[(0, "Teal"), (4, "navy")], [], [(2, "cape"), (3, "silk"), (1, "teal cape")]]
    several = np.array([True, False, False])
    inside = [number for number, (begin, stop) in enumerate(offsets) if stop > begin]
    expected = []
    for attribute, mine in enumerate(known):
        ends = [(first, last) for first in inside for last in inside if 0 <= last - first < longest]
        places = {(first, last): float(scores[attribute, first, last - first]) for first, last in ends}
        said = [(float(values[number]), number, value) for number, value in mine]
        found = answers_of_one(places, said, float(none[attribute]), offsets, bool(several[attribute]))
        expected += [(attribute, *one) for one in found if one[-1] >= least]
    answers = list(read_answers(scores, none, values, text=TEXT, offsets=offsets, known=known, several=several, least=least))
    assert [answer[:3] for answer in answers] == [one[:3] for one in expected]
    assert [answer.confidence for answer in answers] == pytest.approx([one[-1] for one in expected], abs=1e-5)


def test_the_mark_at_the_texts_end_is_no_answer() -> None:
    scores = (spans(t2_5=0.5, t5_5=0.4, t2_3=0.05), logs(0.01), NOTHING)
    answers = list(read_answers(*scores, text=TEXT, offsets=OFFSETS, known=NOBODY))
    assert [answer.places for answer in answers] == [((5, 10),)]


def test_places_that_say_the_same_are_one_answer() -> None:
    scores = (spans(t1_1=0.3, t2_2=0.25, t4_4=0.25, t1_4=0.05), logs(0.05), logs(0.1))
    answers = read_answers(*scores, text=TEXT, offsets=OFFSETS, known=[[(0, "Teal")]])
    best = max(answers, key=lambda answer: answer.confidence)
    assert best.places == ((0, 4), (11, 15)) and best.value == 0
    assert abs(best.confidence - 0.65) < 1e-3


def test_values_of_a_set_do_not_rival_each_other() -> None:
    scores = (spans(t1_1=0.46, t2_2=0.46), logs(0.08), NOTHING)
    one = list(read_answers(*scores, text=TEXT, offsets=OFFSETS, known=NOBODY))
    many = list(read_answers(*scores, text=TEXT, offsets=OFFSETS, known=NOBODY, several=np.array([True])))
    assert [answer.places for answer in one] == [answer.places for answer in many] == [((0, 4),), ((5, 9),)]
    assert max(answer.confidence for answer in one) < 0.5 < 0.8 < min(answer.confidence for answer in many)


def test_what_is_less_sure_than_asked_is_left_out() -> None:
    scores = (spans(t1_1=0.5, t2_2=0.3), logs(0.2), NOTHING)
    said = {least: len(list(read_answers(*scores, text=TEXT, offsets=OFFSETS, known=NOBODY, least=least))) for least in (0.0, 0.4, 0.6)}
    assert said == {0.0: 2, 0.4: 1, 0.6: 0}
