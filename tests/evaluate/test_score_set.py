"""The `set` protocol, with figures worked out by hand."""

from __future__ import annotations

import pytest

from hangtag.errors import GoldError
from hangtag.evaluate import Counts, score
from hangtag.model import Example, Inference, Product

from .fakes import FakeNames, gold, gold_of, tag

NAMES = FakeNames()


def counts(judged, *tags, names=NAMES):
    return score([gold_of(judged)], [tags], names=names).micro


@pytest.mark.parametrize(
    ("judged", "tags", "expected"),
    [
        ({"color": ["red"]}, [tag("color", "red")], Counts(correct=1)),
        ({"颜色": ["红色"]}, [tag("color", "red")], Counts(correct=1)),
        ({"Colour": ["Navy Blue"]}, [tag("color", "navy")], Counts(correct=1)),
        ({"color": ["ＲＥＤ "]}, [tag("color", "red")], Counts(correct=1)),
        ({"color": ["red"]}, [tag("color", "navy")], Counts(wrong=1)),
        ({"color": ["red"]}, [], Counts(missed=1)),
        ({"color": []}, [tag("color", "red")], Counts(invented=1)),
        ({"color": []}, [], Counts()),
        ({"color": ["red"]}, [tag("color", "red"), tag("color", "navy")], Counts(correct=1, invented=1)),
        ({"color": ["red", "navy"]}, [tag("color", "red")], Counts(correct=1, missed=1)),
        ({"color": ["red", "green"]}, [tag("color", "red"), tag("color", "navy")], Counts(correct=1, wrong=1)),
        ({"color": ["red"]}, [tag("neckline", "v_neck")], Counts(missed=1)),
    ],
)
def test_each_outcome(judged, tags, expected):
    assert counts(judged, *tags) == expected


def test_attributes_that_gold_does_not_name_are_not_judged():
    report = score([gold(color=["red"])], [[tag("color", "red"), tag("size", "XL")]], names=NAMES)
    assert [row["attribute"] for row in report.rows()] == ["color"]
    assert report.micro == Counts(correct=1)


def test_a_quote_counts_as_the_value():
    assert counts({"color": ["墨绿"]}, tag("color", "dark_green", "墨绿")) == Counts(correct=1)
    assert counts({"color": ["墨绿"]}, tag("color", "dark_green", evidence=(Inference("nearest", "墨绿"),))) == Counts(wrong=1)


def test_surfaces_of_one_canonical_value_are_one_value():
    assert counts({"领型": ["V领", "小V领"]}, tag("neckline", "v_neck")) == Counts(correct=1)
    assert counts({"领型": ["V领", "小V领"]}) == Counts(missed=1)
    twice = [tag("neckline", "v_neck", "V领"), tag("neckline", "v_neck", "小V领")]
    assert counts({"领型": ["V领"]}, *twice) == Counts(correct=1)


def test_surfaces_unknown_to_the_vocabulary_are_one_value_where_one_tag_quotes_them_all():
    judged = {"product": ["睡衣", "睡袍"]}
    assert counts(judged, tag("product", "睡衣", "睡衣", "睡袍")) == Counts(correct=1)
    assert counts(judged, tag("product", "睡衣", "睡衣")) == Counts(correct=1, missed=1)
    assert counts(judged, tag("product", "睡衣", "睡衣"), tag("product", "睡袍", "睡袍")) == Counts(correct=2)


def test_one_gold_value_makes_one_tag_right():
    both = [tag("color", "墨绿", "墨绿"), tag("color", "dark_green", "墨绿")]
    assert counts({"color": ["墨绿"]}, *both) == Counts(correct=1, invented=1)


def test_tags_are_paired_so_that_most_are_right():
    # The first tag could take either gold value; only if it leaves "b" to the second are both right.
    assert counts({"x": ["b", "a"]}, tag("x", "a", "a", "b"), tag("x", "b")) == Counts(correct=2)


@pytest.mark.parametrize(
    ("wanted", "value", "right"),
    [
        ("5000mAh", "5000 mAh", True),
        ("17", "17.0", True),
        ("17.50 cm", "17.5cm", True),
        ("17.5", "17", False),
        ("170", "17", False),
        ("1.10.0", "1.10", False),
    ],
)
def test_numbers_and_units(wanted, value, right):
    assert counts({"电池容量": [wanted]}, tag("battery_capacity", value)).correct == right


def test_a_measure_as_quoted():
    assert counts({"Memory": ["8GB"]}, tag("Memory", "8192 MB", "8 GB")) == Counts(correct=1)


@pytest.mark.parametrize(
    ("wanted", "value", "right"),
    [
        ("Dresses", "apparel/dresses", True),
        ("Dresses", "apparel/dresses/evening", True),
        ("Evening Dresses", "apparel/dresses", False),
        ("Dresses", "apparel/skirts", False),
        ("Clothing > Dresses", "apparel/dresses", True),
        ("Clothing > Dresses", "apparel/skirts", False),
    ],
)
def test_categories(wanted, value, right):
    assert counts({"category": [wanted]}, tag("category", value)).correct == right


def test_a_noun_read_for_a_category_does_not_stand_for_another():
    assert counts({"category": ["Dresses"]}, tag("category", "apparel/skirts", "dresses")) == Counts(wrong=1)
    assert counts({"category": ["Tutus"]}, tag("category", "apparel/skirts", "tutus")) == Counts(correct=1)


def test_two_gold_names_of_one_attribute_are_judged_together():
    report = score([gold_of({"颜色": ["红色"], "颜色分类": ["藏青色"]})], [[tag("color", "red"), tag("color", "navy")]], names=NAMES)
    assert report.micro == Counts(correct=2)
    assert report.rows()[0]["names"] == ["颜色", "颜色分类"]


def test_report_over_products():
    golds = [
        gold("1", color=["red"], neckline=["V领"], Fabric=["silk"]),
        gold("2", color=["navy"], neckline=[]),
        gold("3", color=["red"], Fabric=["wool", "silk"]),
    ]
    predictions = {
        "1": [tag("color", "red"), tag("neckline", "v_neck")],
        "2": [tag("color", "red"), tag("neckline", "v_neck")],
    }
    report = score(golds, predictions, names=NAMES)
    rows = {row["attribute"]: row for row in report.rows()}
    assert rows["color"]["precision"] == 1 / 2 and rows["color"]["recall"] == 1 / 3 and rows["color"]["f1"] == pytest.approx(0.4)
    assert (rows["color"]["correct"], rows["color"]["wrong"], rows["color"]["missed"]) == (1, 1, 1)
    assert rows["color"]["coverage"] == pytest.approx(2 / 3)
    assert rows["neckline"]["precision"] == 1 / 2 and rows["neckline"]["recall"] == 1
    # correct 2; predicted 4; gold 3 colours + 1 neckline + 3 fabrics = 7
    assert (report.micro.precision, report.micro.recall) == (1 / 2, 2 / 7)
    assert report.micro.f1 == pytest.approx(4 / 11)
    assert (report.known.precision, report.known.recall) == (1 / 2, 1 / 2)
    assert report.unknown == {"Fabric": 3}
    assert report.attribute_coverage == pytest.approx(2 / 3)
    assert report.macro["f1"] == pytest.approx((0.4 + 2 / 3 + 0) / 3)
    assert (report.products, report.products_without_tags) == (3, 1)
    assert report.interval[0] <= report.micro.f1 <= report.interval[1]


def test_an_attribute_the_tagger_uses_is_known_without_a_vocabulary():
    report = score([gold_of({"Brand Name": ["Acme"], "Era": ["1990s"]})], [[tag("Brand Name", "acme")]])
    assert report.micro == Counts(correct=1, missed=1)
    assert report.known == Counts(correct=1)
    assert report.unknown == {"Era": 1}


def test_statuses():
    tags = [tag("color", "red", status="auto"), tag("color", "navy", status="review"), tag("color", "green", status="rejected")]
    golds = [gold(color=["red", "green"])]
    assert score(golds, [tags], names=NAMES).micro == Counts(correct=1, wrong=1)
    assert score(golds, [tags], names=NAMES, statuses={"auto"}).micro == Counts(correct=1, missed=1)
    assert score(golds, [tags], names=NAMES, statuses={"review"}).micro == Counts(wrong=1, missed=1)


def test_examples_are_gold_too():
    example = Example(product=Product(id="p", fields={"title": "red"}), gold={"color": ("red",)})
    assert score([example], {"p": [tag("color", "red")]}).micro == Counts(correct=1)


def test_what_cannot_be_scored():
    with pytest.raises(GoldError, match="no gold records"):
        score([], [])
    with pytest.raises(GoldError, match="gold has 1 products"):
        score([gold(color=["red"])], [[], []])
    with pytest.raises(GoldError, match="no id of the gold"):
        score([gold("a", color=["red"])], {"b": [tag("color", "red")]})
    with pytest.raises(ValueError, match="'set' or 'any'"):
        score([gold(color=["red"])], [[]], match="all")  # type: ignore[arg-type]


def test_to_dict_is_complete_and_plain():
    report = score([gold(color=["red"], Fabric=["silk"])], [[tag("color", "red")]], names=NAMES, statuses={"proposed"})
    assert report.to_dict() == {
        "match": "set",
        "statuses": ["proposed"],
        "products": 1,
        "products_without_tags": 0,
        "micro": {
            "precision": 1.0, "recall": 0.5, "f1": 2 / 3, "correct": 1, "wrong": 0, "missed": 1, "invented": 0,
            "f1_low": 2 / 3, "f1_high": 2 / 3,
        },
        "macro": {"precision": 0.5, "recall": 0.5, "f1": 0.5},
        "known": {"precision": 1.0, "recall": 1.0, "f1": 1.0, "correct": 1, "wrong": 0, "missed": 0, "invented": 0},
        "attribute_coverage": 0.5,
        "unknown": {"Fabric": 1},
        "attributes": [
            {
                "attribute": "Fabric", "names": ["Fabric"], "known": False, "judged": 1, "coverage": 0.0,
                "precision": 0.0, "recall": 0.0, "f1": 0.0, "correct": 0, "wrong": 0, "missed": 1, "invented": 0,
            },
            {
                "attribute": "color", "names": ["color"], "known": True, "judged": 1, "coverage": 1.0,
                "precision": 1.0, "recall": 1.0, "f1": 1.0, "correct": 1, "wrong": 0, "missed": 0, "invented": 0,
            },
        ],
    }  # fmt: skip
