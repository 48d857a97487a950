"""Quotes are found where they stand, and nowhere where the text says something else."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hangtag.text.align import Alignment, align, align_all
from hangtag.text.fold import fold_text

WORDS = st.sampled_from(["red", "Cotton", "5", "100%", "15", "cm", "V-neck", "café", "no", "free", "i7", "2.5mm"]) | st.sampled_from(
    ["纯棉", "連衣裙", "红色", "m²", "ＸＬ", "不"]
)
PARTINGS = st.sampled_from([" ", "  ", ", ", "，", " / ", "\n", "。", " - "])
TRICKY = st.text(
    alphabet=st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from("aab  1155.,-/%ＡＢ１５ﬁ㎡½Ⅷ繁體红红二十e\u0301\u0308\u200d\u200b \t\n👗🇨🇳İß\u1112\u1161\u11ab가™"),
    ),
    max_size=40,
)


def letters(text: str) -> str:
    """What is left of a text without blanks and punctuation."""
    return "".join(filter(str.isalnum, fold_text(re.sub("[™®©]", " ", text))))


def read(quote: str, text: str) -> str | None:
    place = align(quote, text)
    return None if place is None else text[place.start : place.end]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(WORDS, PARTINGS), min_size=1, max_size=12), st.data())
def test_any_run_of_whole_words_stands_exactly_where_it_reads_the_same(pairs: list[tuple[str, str]], data: st.DataObject) -> None:
    text = "".join(word + parting for word, parting in pairs)
    borders = [0]
    for word, parting in pairs:
        borders += [borders[-1] + len(word), borders[-1] + len(word) + len(parting)]
    first = data.draw(st.integers(0, len(pairs) - 1))
    last = data.draw(st.integers(first, len(pairs) - 1))
    quote = text[borders[2 * first] : borders[2 * last + 1]]
    place = align(quote, text)
    assert place is not None
    assert place.how == "exact" and place.similarity == 1.0
    assert text[place.start : place.end] == quote
    assert any(other.how == "exact" and text[other.start : other.end] == quote for other in align_all(quote, text))


@settings(max_examples=300, deadline=None)
@given(TRICKY, st.data(), st.sampled_from([str.upper, str.lower, str.title, lambda quote: quote.replace(" ", "-"), " ({})".format]))
def test_a_folded_place_folds_to_the_quote(text: str, data: st.DataObject, change: Callable[[str], str]) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    quote = change(text[start:end])
    for place in [align(quote, text), *align_all(quote, text)]:
        if place is not None and place.how == "folded":
            assert letters(text[place.start : place.end]) == letters(quote)


@settings(max_examples=500, deadline=None)
@given(TRICKY | st.lists(WORDS, max_size=8).map(" ".join), TRICKY | st.lists(WORDS, max_size=12).map(" ".join), st.floats(0, 1))
def test_every_place_lies_in_the_text_without_blanks_around_it(quote: str, text: str, least: float) -> None:
    place = align(quote, text, least_similarity=least)
    places = align_all(quote, text)
    for found in [*places, *([place] if place else [])]:
        assert 0 <= found.start < found.end <= len(text)
        stretch = text[found.start : found.end]
        assert stretch == stretch.strip()
        assert (found.how == "exact") <= (stretch == quote.strip())
        assert 0 <= found.similarity <= 1
        if found.how == "fuzzy":
            assert found.similarity >= least
            assert re.findall(r"\d", fold_text(stretch)) == re.findall(r"\d", fold_text(quote))
            assert set("不无非") & set(fold_text(stretch)) == set("不无非") & set(fold_text(quote))
    for before, after in pairwise(places):
        assert before.end <= after.start
    if places:
        assert place in places


@pytest.mark.parametrize(
    ("quote", "text", "start", "how"),
    [
        ("red", "bored in a red coat", 11, "exact"),
        (" red\n", "red", 0, "exact"),
        ("5 cm", "15 cm or 5 cm", 9, "exact"),
        ("Print", "Printed with a print", 15, "folded"),
        ("连衣裙", "夏季连衣裙女", 2, "exact"),
        ("连衣裙", "夏季連衣裙女", 2, "folded"),
        ("XL", "尺码ＸＬ", 2, "folded"),
        ("navy-blue", "a Navy Blue coat", 2, "folded"),
        ("navy blue", "a navy-blue coat", 2, "folded"),
        ("100 %", "Cotton 100%", 7, "folded"),
        ("（纯棉）", "面料:纯棉", 3, "folded"),
        ("1000 g", "net 1,000g", 4, "folded"),
        ("10-20cm", "长10 — 20 cm", 1, "folded"),
        ("LYCRA dress", "a Lycra® dress", 2, "folded"),
        ("sugar free", "Sugar-Free gum", 0, "folded"),
        ("waterprof hiking jacket", "a waterproof hiking jacket", 2, "fuzzy"),
        ("soft cotton tshirt with a pocket", "Soft cotton T-shirt with pocket.", 0, "fuzzy"),
        ("a waterprof water bottle or wind proof coat", "a waterproof water bottle or windproof coat", 0, "fuzzy"),
        ("纯棉短袖的连衣裙夏季", "白色纯棉短袖连衣裙夏季", 2, "fuzzy"),
        ("100% cotton", "made of cotton 100%.", 8, "fuzzy"),
    ],
)
def test_where_a_quote_stands(quote: str, text: str, start: int, how: str) -> None:
    place = align(quote, text)
    assert place is not None
    assert (place.start, place.how) == (start, how)


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("Print", "Printed dress"),
        ("Dot", "Dots"),
        ("24mm", "AF24mm F1.8"),
        ("12罐", "青岛啤酒500ml12罐"),
        ("330", "330ml"),
        ("Briefs", "Trunks BriefsElastic"),
    ],
)
def test_inside_a_word_only_where_a_part_of_it_ends(quote: str, text: str) -> None:
    assert read(quote, text) == quote


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("", "text"),
        ("red", ""),
        ("red", "bored"),
        ("RED", "bored"),
        ("men", "women"),
        ("5 cm", "15 cm"),
        ("5cm", "1.5 cm"),
        ("5 cm", "1 .5 cm"),
        ("1", "1,000"),
        ("1", "1.5"),
        ("2", "R2"),
        ("phone", "iPhone"),
        ("cafe", "cafe\u0301"),
        ("2", "½"),
        ("m", "20㎡"),
        ("三件套", "十三件套"),
        ("no table", "a notable thing"),
        ("1020 cm", "10-20 cm"),
        ("abc", "abd"),
        ("红的", "红地"),
    ],
)
def test_what_does_not_stand_there(quote: str, text: str) -> None:
    assert align(quote, text) is None
    assert align_all(quote, text) == []


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("stainless steel bottle 500 ml", "stainless steel bottle 550 ml"),
        ("stainless steel bottle 500 ml", "stainless steel bottle 5000 ml"),
        ("stainless steel water bottle", "stainless steel 2 water bottle"),
        ("全棉加厚磨毛四件套", "全棉加厚磨毛三件套"),
        ("a jacket that is waterproof", "a jacket that is not waterproof"),
        ("a jacket that is not waterproof", "a jacket that is waterproof"),
        ("made with nickel and a clasp", "made without nickel and a clasp"),
        ("waterprof hiking jacket", "not waterproof hiking jacket"),
        ("含有荧光增白剂成分", "不含有荧光增白剂成份"),
        ("面料不含任何荧光剂成分", "面料含任何荧光剂成分"),
        ("黑色纯棉短袖连衣裙", "白色纯棉短袖连衣裙"),
        ("加绒加厚保暖休闲男裤", "加绒加厚保暖休闲女裤"),
        ("cotton long sleeve dress for women", "cotton short sleeve dress for women"),
        ("sport shoes for men in winter", "sport shoes for women in winter"),
        ("comfortable walking shoes", "uncomfortable walking shoe"),
        ("cotton t-shirt in size m", "cotton t-shirt in size l"),
        ("30 x 20 cm", "20 x 30 cm"),
        ("a wooden shelf that is 12 in wide", "a wooden shelf that is 12 cm wide"),
        ("微波炉烤箱一体机12升全自动", "微波炉烤箱一体机12瓶全自动"),
        ("简约轻奢艾草大理石衣帽架落地式", "简约轻奢网红大理石衣帽架落地式"),
        ("Women Goggles Snowboard Goggles Windproof", "Women Winter Snowboard Goggles Windproof"),
        ("Pieces Suit Big Girl Swimming Suits", "Pieces Print Big Girl Swimming Suits"),
    ],
)
def test_alike_is_not_enough(quote: str, text: str) -> None:
    assert align(quote, text) is None


def test_a_quote_over_400_characters_is_looked_for_as_it_stands() -> None:
    text = " ".join(f"word{number}" for number in range(100))
    assert align(text.upper(), f"before {text} after") == Alignment(7, 7 + len(text), "folded", 1.0)
    assert align(text.replace("word50", "wrd50"), text) is None


def test_a_fuzzy_place_deep_in_a_long_text() -> None:
    text = "The parcel came fast and well packed. " * 3000 + "It has a detachable hood lined with fleece." + " Would buy again." * 3000
    place = align("a detachible hood, lined with flece", text)
    assert place is not None
    assert text[place.start : place.end] == "a detachable hood lined with fleece"


def test_all_places() -> None:
    text = "Red coat, red hat, ＲＥＤ shoes, bored"
    assert [(place.start, place.how) for place in align_all("red", text)] == [(0, "folded"), (10, "exact"), (19, "folded")]
    assert align_all("aa", "aaaa") == []
    assert [place.start for place in align_all("红红", "红红红红红")] == [0, 2]
    assert [place.start for place in align_all("Print", "Printed, Prints")] == [0, 9]


@pytest.mark.parametrize(
    ("quote", "unit"),
    [
        ("a" * 200, "a"),
        ("a" * 399 + "b", "a"),
        ("a" * 5000, "a"),
        ("红" * 200, "红"),
        ("红" * 399 + "黑", "红"),
        ("红" * 5000 + "黑", "红"),
        ("a " * 199 + "b", "a "),
        ("红的" * 150, "红 "),
        ("a1" * 150, "a1"),
        ("1 " * 190 + "2", "1 "),
        ("abcdefghij" * 30 + "k", "abcdefghij"),
        ("waterprof hiking jackt", "waterproof. jacket hiking "),
        ("质量好非常满意很喜欢", "质量很好，非常满意，很喜欢！"),
        ("-" * 300, "- "),
    ],
)
def test_a_hostile_text_of_300_kb_takes_less_than_half_a_second(quote: str, unit: str) -> None:
    align("連衣裙 warm up", "连衣裙 WARM UP the tables of all that is called")
    times = []
    for number in range(2):
        # Another text each time: the last ones read are kept.
        text = unit * (300_000 // len(unit)) + " " * number + "."
        start = time.process_time()
        align(quote, text)
        times.append(time.process_time() - start)
    assert min(times) < 0.5


@pytest.mark.shared_data
@pytest.mark.parametrize("name", ["ave_en/ae110k.train.jsonl", "openbg_zh/items.jsonl"])
def test_gold_values_stand_where_they_read_the_same(name: str, shared_data: Callable[[str], Path]) -> None:
    asked, exact = 0, 0
    for line in shared_data(name).read_bytes().splitlines():
        record = msgspec.json.decode(line)
        title = record["title"]
        for value in {value for values in record["gold"].values() for value in values if value.strip() and value in title}:
            place = align(value, title)
            asked += 1
            exact += place is not None and title[place.start : place.end] == value.strip()
            assert place is None or fold_text(title[place.start : place.end]) == fold_text(value.strip())
    assert asked > 2000
    assert exact / asked > 0.98
