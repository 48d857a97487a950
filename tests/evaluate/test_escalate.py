"""Which answers are worth asking again: thresholds by attribute, chosen on labels."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hangtag.evaluate.escalate import ALWAYS, Answer, worthwhile
from hangtag.evaluate.metrics import Counts

BEFORE = Counts(correct=50, wrong=20, missed=30, invented=10)
answers = st.lists(
    st.builds(
        Answer,
        product=st.integers(0, 9),
        attribute=st.sampled_from("abc"),
        confidence=st.sampled_from([0.5, 0.6, 0.7, 0.8]),
        correct=st.integers(-1, 1),
        said=st.integers(-1, 1),
    ),
    min_size=1,
    max_size=12,
)


def reached(items: list[Answer], thresholds: dict[str, float]) -> tuple[float, int]:
    """Micro-F1 and how many answers are asked again."""
    asked = [one for one in items if one.confidence < thresholds[one.attribute]]
    correct = BEFORE.correct + sum(one.correct for one in asked)
    said = BEFORE.predicted + sum(one.said for one in asked)
    return 2 * correct / (said + BEFORE.gold), len(asked)


def test_the_attributes_where_asking_pays_are_asked_and_no_other() -> None:
    wavering = [Answer(n, "Colour", 0.5, 1, 0) for n in range(4)]
    better_alone = [Answer(n, "Brand", 0.5, -1, 0) for n in range(4)]
    unsure_only = [Answer(n, "Style", 0.6, 1, 0) for n in range(2)] + [Answer(n, "Style", 0.9, -1, 0) for n in range(2)]
    found = worthwhile([*wavering, *better_alone, *unsure_only], 1.0, BEFORE)
    assert found == {"Colour": ALWAYS, "Brand": 0.0, "Style": 0.9}


def test_a_small_share_goes_where_an_answer_is_worth_most() -> None:
    often = [Answer(n, "Colour", 0.5, 1, 0) for n in range(5)]
    rarely = [Answer(n, "Style", 0.5, int(n == 0), 0) for n in range(5)]
    assert worthwhile([*often, *rarely], 0.5, BEFORE) == {"Colour": ALWAYS, "Style": 0.0}
    assert worthwhile([*often, *rarely], 0.4, BEFORE) == {"Colour": 0.0, "Style": 0.0}  # answers as sure as each other go together
    ranked = [one._replace(confidence=0.5 + 0.01 * n) for n, one in enumerate(often)]
    assert worthwhile([*ranked, *rarely], 0.3, BEFORE) == {"Colour": 0.53, "Style": 0.0}  # the least sure of them first
    assert worthwhile([*often, *rarely], 1.0, BEFORE) == {"Colour": ALWAYS, "Style": ALWAYS}


def test_few_answers_of_an_attribute_say_less_than_all_that_are_as_sure() -> None:
    common = [Answer(n, "Colour", 0.5, 1, 0) for n in range(50)] + [Answer(n, "Colour", 0.9, 0, 0) for n in range(50)]
    rare = [Answer(0, "Style", 0.5, -1, 0), Answer(1, "Style", 0.9, 1, 0)]
    assert worthwhile([*common, *rare], 1.0, BEFORE)["Style"] == 0.0
    assert worthwhile([*common, *rare], 1.0, BEFORE, prior=30)["Style"] == ALWAYS
    assert worthwhile([*common, *rare], 0.5, BEFORE, prior=30) == {"Colour": 0.9, "Style": 0.9}


def test_words_nobody_needs_cost_f1_too() -> None:
    assert worthwhile([Answer(0, "Colour", 0.5, 0, 1)], 1.0, BEFORE) == {"Colour": 0.0}
    assert worthwhile([Answer(0, "Colour", 0.5, 0, -1)], 1.0, BEFORE) == {"Colour": ALWAYS}


@given(items=answers)
def test_with_all_the_budget_no_other_thresholds_are_better(items: list[Answer]) -> None:
    found = worthwhile(items, 1.0, BEFORE)
    names = sorted(found)
    every = product([0.0, 0.55, 0.65, 0.75, ALWAYS], repeat=len(names))
    best = max(reached(items, dict(zip(names, levels, strict=True)))[0] for levels in every)
    assert reached(items, found)[0] == pytest.approx(best)


@given(items=answers, share=st.floats(0.0, 1.0))
def test_no_attribute_alone_would_be_better(items: list[Answer], share: float) -> None:
    best = BEFORE.f1
    for name, level in product("abc", [0.55, 0.65, 0.75, ALWAYS]):
        alone = dict.fromkeys("abc", 0.0) | {name: level}
        f1, asked = reached(items, alone)
        if asked <= int(share * len(items)):
            best = max(best, f1)
    f1, _ = reached(items, worthwhile(items, share, BEFORE))
    assert 2 * f1 >= best + BEFORE.f1 - 1e-9  # half of what is best at least (Dantzig's greedy choice, or its best single part)


@given(items=answers, share=st.floats(0.0, 1.0))
def test_no_more_is_asked_than_was_allowed_and_nothing_is_lost(items: list[Answer], share: float) -> None:
    f1, asked = reached(items, worthwhile(items, share, BEFORE))
    assert asked <= share * len(items)
    assert f1 >= BEFORE.f1 - 1e-9
