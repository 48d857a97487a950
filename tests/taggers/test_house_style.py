"""What labellers write otherwise than the text, learned from a few examples."""

from __future__ import annotations

import msgspec
import pytest

from hangtag.taggers.house_style import HouseStyle

SHELVES = [
    (
        f"{name} shelf, {inches}in wide, part {code}-{number}, {size}GB",
        {"Width": [f"{inches * 2.54:.1f}"], "Part": [f"{code}{number}"], "Room": [f"{size} Gigabytes"]},
    )
    for name, inches, code, number, size in [
        ("Oak", 12, "AB", 100, 36),
        ("Ash", 30, "XY", 2041, 72),
        ("Elm", 47.5, "QT", 77, 146),
        ("Fir", 60, "ZZ", 5121, 300),
        ("Yew", 18, "KL", 900, 450),
    ]
]
PLAIN = [
    (f"Tidemark lure {size}mm {grams}g", {"Length": [f"{size}mm"], "Weight": [f"{grams}g"]})
    for size, grams in [(55, 9), (40, 3.5), (80, 12)]
]


@pytest.fixture
def style() -> HouseStyle:
    return HouseStyle.learn(SHELVES * 2)


@pytest.mark.parametrize(
    ("attribute", "quote", "written"),
    [
        ("Width", "24in", "61.0"),
        ("Width", "24 in", "61.0"),
        ("Width", "47 1/4in", "120.0"),
        ("Width", "29-7/8 in", "75.9"),
        ("Part", "157305-B21", "157305B21"),
        ("Room", "1,000GB", "1000 Gigabytes"),
        ("Room", "2.5GB", "2.5 Gigabytes"),
        ("Color", "Sky Blue", "Sky Blue"),
    ],
)
def test_a_quote_is_written_as_labellers_do(style: HouseStyle, attribute: str, quote: str, written: str) -> None:
    assert style.write(attribute, quote) == written


def test_a_normalised_value_is_found_in_the_text(style: HouseStyle) -> None:
    text = "Pine shelf, 24 in wide, part 605-22-B, 73 GB"
    assert [text[start:end] for start, end in style.places(text, "Width", "61.0")] == ["24 in"]
    assert [text[start:end] for start, end in style.places(text, "Part", "60522B")] == ["605-22-B"]
    assert [text[start:end] for start, end in style.places(text, "Room", "73 Gigabytes")] == ["73 GB"]
    assert style.places(text, "Width", "99.0") == []


def test_values_the_text_says_stay_as_they_are() -> None:
    style = HouseStyle.learn(PLAIN)
    assert style.keeps("Length") and style.write("Length", "40 mm") == "40 mm"


def test_a_longer_word_is_written_as_the_value_in_it() -> None:
    style = HouseStyle.learn(
        [(f"{name} Mens boots", {"Gender": ["Men"]}) for name in ("Oak", "Elm", "Fir")] + [("Ash men boots", {"Gender": ["men"]})]
    )
    assert style.write("Gender", "Mens") == "Men" and style.write("Gender", "MENS") == "Men"
    assert style.write("Gender", "men") == "men" and style.write("Gender", "Women") == "Women"
    split = HouseStyle.learn([("Mens boots", {"Gender": [value]}) for value in ("Men", "Men", "Mens", "Mens", "Mens")])
    assert split.write("Gender", "Mens") == "Mens"


def test_three_products_with_one_number_make_no_rule() -> None:
    style = HouseStyle.learn([("Torch with 2 cells", {"Light": ["350.0"]})] * 5)
    assert style.write("Light", "2") == "2"


def test_it_is_kept_as_plain_data(style: HouseStyle) -> None:
    kept = HouseStyle.from_dict(msgspec.json.decode(msgspec.json.encode(style.to_dict())))
    assert kept.to_dict() == style.to_dict() and kept.write("Width", "24in") == "61.0"


@pytest.mark.parametrize("text", ["", "1/0 in", "½ ' \" 3 1/2", "９ｃｍ 12" + "0" * 400 + "GB", "İ" * 50 + " 24in"])
def test_ugly_numbers_break_nothing(style: HouseStyle, text: str) -> None:
    for attribute in ("Width", "Part", "Room"):
        style.write(attribute, text)
        for start, end in style.places(text, attribute, "61.0"):
            assert text[start:end]
