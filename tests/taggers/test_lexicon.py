"""The lexicon tagger: borders, denial, compatibility and the kind of product decide what a form means."""

import pytest

from hangtag.model import Product
from hangtag.taggers.lexicon import LexiconTagger
from hangtag.taggers.reading import Reader
from hangtag.testing import check_tagger
from hangtag.vocabulary import Vocabulary


def said(vocabulary: Vocabulary, title: str, **fields: str) -> set[tuple[str, str]]:
    product = Product(id="1", fields={"title": title, **fields})
    return {(tag.attribute, tag.value) for tag in LexiconTagger(Reader(vocabulary)).tag([product])[0]}


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("女士连衣裙 红色 纯棉 长袖", {("color", "red"), ("material", "cotton"), ("sleeve_length", "long"), ("audience", "women")}),
        ("純棉襯衫 藏青色", {("material", "cotton"), ("color", "navy")}),
        ("Navy-Blue Cotton shirts, long sleeves", {("color", "navy"), ("material", "cotton"), ("sleeve_length", "long")}),
        ("ＲＥＤ dress", {("color", "red")}),
    ],
)
def test_reads_both_languages_in_all_spellings(small_vocabulary: Vocabulary, title: str, expected: set[tuple[str, str]]) -> None:
    assert said(small_vocabulary, title) == expected


@pytest.mark.parametrize(
    "title",
    ["新疆红枣 500g 连衣裙", "网红连衣裙", "蓝牙连衣裙", "ordered dress", "dress Fredrik", "redwood dress", "shirt with red wine print"],
)
def test_a_colour_inside_another_word_is_none(small_vocabulary: Vocabulary, title: str) -> None:
    assert not {pair for pair in said(small_vocabulary, title) if pair[0] == "color"}


@pytest.mark.parametrize(
    ("title", "denied"),
    [
        ("dress without zipper", ("closure", "zip")),
        ("连衣裙 无拉链", ("closure", "zip")),
        ("饮料 不含酒精", ("free_from", "alcohol")),
        ("juice, alcohol-free", ("free_from", "alcohol")),
        ("non-alcohol drink", ("free_from", "alcohol")),
    ],
)
def test_what_is_denied_is_not_said(small_vocabulary: Vocabulary, title: str, denied: tuple[str, str]) -> None:
    assert denied not in said(small_vocabulary, title)


def test_absence_that_is_a_value_of_its_own_is_kept(small_vocabulary: Vocabulary) -> None:
    assert ("free_from", "sugar_free") in said(small_vocabulary, "无糖饮料")
    assert ("sleeve_length", "sleeveless") in said(small_vocabulary, "无袖连衣裙")


def test_what_a_product_is_made_for_is_compatibility_not_brand(small_vocabulary: Vocabulary) -> None:
    pairs = said(small_vocabulary, "Phone case for iPhone 14, black, fits Apple")
    assert ("compatible_device", "iphone_14") in pairs
    assert ("brand", "apple") not in pairs
    assert ("brand", "apple") in said(small_vocabulary, "Apple mobile phone black")


@pytest.mark.parametrize(
    ("title", "attribute", "expected"),
    [
        ("rose dress", "color", {("color", "rose")}),  # dresses have colours: the ambiguous form counts
        ("rose juice drink", "color", set()),  # drinks here have none
        ("something rose", "color", set()),  # nobody knows what this is
        ("apple juice drink", "brand", set()),  # the brand exists in electronics only
    ],
)
def test_the_kind_of_product_decides_between_meanings(
    small_vocabulary: Vocabulary, title: str, attribute: str, expected: set[tuple[str, str]]
) -> None:
    assert {pair for pair in said(small_vocabulary, title) if pair[0] == attribute} == expected


def test_the_longest_form_wins(small_vocabulary: Vocabulary) -> None:
    product = Product(id="1", fields={"title": "navy blue shirt"})
    (tag,) = [tag for tag in LexiconTagger(Reader(small_vocabulary)).tag([product])[0] if tag.attribute == "color"]
    assert (tag.value, tag.evidence[0].quote) == ("navy", "navy blue")  # type: ignore[union-attr]


def test_a_word_cut_on_both_sides_is_no_word(small_vocabulary: Vocabulary) -> None:
    # 长袖 stands across the words 加长 and 袖子 only by accident of neighbours.
    assert ("sleeve_length", "long") not in said(small_vocabulary, "连衣裙加长袖子")


def test_every_place_is_evidence(small_vocabulary: Vocabulary) -> None:
    product = Product(id="1", fields={"title": "red dress", "description": "A red, red dress."})
    (tag,) = [tag for tag in LexiconTagger(Reader(small_vocabulary)).tag([product])[0] if tag.attribute == "color"]
    assert [(item.field, item.start) for item in tag.evidence] == [("title", 0), ("description", 2), ("description", 7)]  # type: ignore[union-attr]


def test_keeps_the_contract(small_vocabulary: Vocabulary) -> None:
    check_tagger(LexiconTagger(Reader(small_vocabulary)))
