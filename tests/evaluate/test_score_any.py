"""The `any` protocol (ExtractGPT's), with figures worked out by hand."""

from __future__ import annotations

import pytest

from hangtag.evaluate import Counts, score
from hangtag.model import TextSpan

from .fakes import FakeNames, gold, gold_of, tag


def counts(judged, *tags, names=None):
    return score([gold_of(judged)], [tags], match="any", names=names).micro


@pytest.mark.parametrize(
    ("values", "said", "expected"),
    [
        ([], None, Counts()),
        ([], "Acme", Counts(invented=1)),
        (["Acme"], None, Counts(missed=1)),
        (["Acme", "ACME Inc"], "ACME Inc", Counts(correct=1)),
        ([" Acme "], "Acme", Counts(correct=1)),
        (["Acme"], " Acme", Counts(correct=1)),
        (["Acme"], "acme", Counts(wrong=1)),
        (["5000mAh"], "5000 mAh", Counts(wrong=1)),
    ],
)
def test_the_five_cases(values, said, expected):
    assert counts({"Brand": values}, *([tag("Brand", said)] if said else [])) == expected


def test_the_most_confident_tag_answers():
    assert counts({"Brand": ["b"]}, tag("Brand", "a", confidence=0.5), tag("Brand", "b", confidence=0.6)) == Counts(correct=1)
    assert counts({"Brand": ["a"]}, tag("Brand", "a", confidence=0.5), tag("Brand", "b", confidence=0.6)) == Counts(wrong=1)


def test_among_equals_what_the_title_says_first_answers():
    later = tag("Brand", "b", evidence=(TextSpan("title", 30, 31, "b"),))
    elsewhere = tag("Brand", "c", evidence=(TextSpan("description", 0, 1, "c"),))
    first = tag("Brand", "d", evidence=(TextSpan("title", 3, 4, "d"),))
    assert counts({"Brand": ["d"]}, later, elsewhere, first) == Counts(correct=1)


def test_both_spellings_count_what_was_read_and_what_it_was_made_into():
    assert counts({"颜色": ["藏青色"]}, tag("color", "navy", "藏青色"), names=FakeNames()) == Counts(correct=1)
    assert counts({"颜色": ["navy"]}, tag("color", "navy", "藏青色"), names=FakeNames()) == Counts(correct=1)
    assert counts({"颜色": ["Navy"]}, tag("color", "navy", "藏青色"), names=FakeNames()) == Counts(wrong=1)
    assert counts({"颜色": ["navy"]}, tag("color", "navy"), names=FakeNames()) == Counts(correct=1)


def test_names_of_one_attribute_are_told_apart_where_the_tagger_does():
    judged = {"Size": ["M"], "Shoe Size": ["42"]}
    own = [tag("Size", "M", confidence=0.5), tag("Shoe Size", "42")]
    assert counts(judged, *own, names=FakeNames()) == Counts(correct=2)
    assert counts(judged, own[0], names=FakeNames()) == Counts(correct=1, missed=1)


def test_part_of_a_gold_is_scored_as_within_the_whole():
    golds = [gold_of({"Size": ["M"]}, "1"), gold_of({"Shoe Size": ["42"]}, "2")]
    said = [[tag("Shoe Size", "M")], [tag("Shoe Size", "42")]]
    whole = score(golds, said, match="any", names=FakeNames()).micro
    names = {"Size", "Shoe Size"}
    parts = [score(golds[n : n + 1], said[n : n + 1], match="any", names=FakeNames(), gold_names=names).micro for n in range(2)]
    assert sum(parts, Counts()) == whole == Counts(correct=1, missed=1)


def test_the_vocabularys_own_name_answers_for_gold_names_in_any_language():
    golds = [gold_of({"color": ["red"]}, "1"), gold_of({"颜色": ["红色"]}, "2")]
    report = score(golds, [[tag("color", "red")], [tag("color", "red", "红色")]], match="any", names=FakeNames())
    assert report.micro == Counts(correct=2)


def test_micro_over_products():
    golds = [
        gold("1", brand=["A"], size=["M"]),
        gold("2", brand=["B"], size=[]),
        gold("3", brand=["C"], size=["L"]),
    ]
    predictions = [
        [tag("brand", "A"), tag("size", "S")],
        [tag("brand", "B"), tag("size", "S")],
        [tag("size", "L")],
    ]
    report = score(golds, predictions, match="any")
    # correct: A, B, L; wrong: S for M; invented: S for none; missed: C
    assert report.micro == Counts(correct=3, wrong=1, missed=1, invented=1)
    assert (report.micro.precision, report.micro.recall, report.micro.f1) == (3 / 5, 3 / 5, 3 / 5)
