"""A quote grounds a value only where it says it."""

from __future__ import annotations

import time

import pytest

from hangtag.model import Inference, Product, TextSpan
from hangtag.taggers.asking import Wanted
from hangtag.taggers.grounding import Claim, Ground, read_claims
from hangtag.taggers.reading import Reader
from hangtag.taggers.shown import show
from hangtag.text.align import says
from hangtag.vocabulary import starter_vocabulary

TITLE = "Navy blue cotton dress women size M"


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(starter_vocabulary())


def claim(reader: Reader, text: str, attribute: str, value: str, quote: str) -> Claim:
    product = Product(id="1", fields={"title": text}, language="en")
    closed = attribute in reader.vocabulary.attributes
    wanted = [Wanted(attribute, attribute, {}, (), closed=closed)]
    said = {"tags": [{"attribute": attribute, "value": value, "quote": quote}]}
    (found,) = read_claims(said, "", (), wanted=wanted, shown=show(product, most_chars=1500)[0], reader=reader)
    return found


@pytest.mark.parametrize(
    ("text", "attribute", "value", "quote", "span"),
    [
        (TITLE, "color", "Navy", "navy blue", "Navy blue"),
        (TITLE, "color", "藏青色", "navy blue", "Navy blue"),
        (TITLE, "color", "blue", "Navy blue", "Navy blue"),
        (TITLE, "material", "cotton", "dress", "cotton"),
        ("红色连衣裙", "color", "red", "红色", "红色"),
        ("红色连衣裙", "颜色", "红", "红色", "红色"),
        ("红色连衣裙", "颜色", "红色款", "红", "红"),
        ("Percolator, 240 cups", "Cups", "240 Cups", "240 cups", "240 cups"),
        ("240-Cup percolator", "Cups", "240 Cups", "240-Cup", "240-Cup"),
        ("Women's boots", "Gender", "Women", "Women's", "Women's"),
        ("Bottle 1500ml", "Volume", "1.5 L", "1500ml", "1500ml"),
        ("Boots for hiking, waterproof", "Use", "waterproof hiking", "hiking, waterproof", "hiking, waterproof"),
    ],
)
def test_a_quote_that_says_the_value_or_another_place_is_its_span(
    reader: Reader, text: str, attribute: str, value: str, quote: str, span: str
) -> None:
    found = claim(reader, text, attribute, value, quote)
    assert found.ground == Ground.TEXT and found.share == 1.0
    assert [one.quote for one in found.evidence if isinstance(one, TextSpan)] == [span]


@pytest.mark.parametrize(
    ("text", "attribute", "value", "quote"),
    [
        (TITLE, "material", "silk", "dress"),
        (TITLE, "color", "red", "size M"),
        (TITLE, "Fabric", "silk", "cotton"),
        ("粉红色连衣裙", "color", "red", "粉红色"),
        ("红色圆领连衣裙", "颜色", "黑色", "红色"),
        ("红色圆领连衣裙", "领型", "立领", "圆领"),
        ("Bottle 1500ml", "Volume", "2 L", "1500ml"),
        ("Knife, wood handle", "Inside", "wool", "wood handle"),
    ],
)
def test_a_value_its_quote_does_not_say_is_a_conclusion(reader: Reader, text: str, attribute: str, value: str, quote: str) -> None:
    found = claim(reader, text, attribute, value, quote)
    assert found.ground == Ground.QUOTE and found.share <= 0.5
    (evidence,) = [one for one in found.evidence if isinstance(one, Inference) and one.method != "suggested"]
    assert evidence.method == "concluded" and f"'{quote}'" in evidence.reason


def test_what_stands_nowhere_is_no_conclusion(reader: Reader) -> None:
    assert claim(reader, TITLE, "style", "elegant", "an elegant look").ground == Ground.NONE


def test_characters_that_meet_by_chance_say_nothing() -> None:
    assert says("丝滑真皮", "真丝 滑")
    assert not says("这款连衣裙采用真皮腰带，搭配丝滑面料，适合春夏季节日常穿着，舒适透气", "真丝")


def test_time_grows_with_the_text(reader: Reader) -> None:
    begun = time.process_time()
    for text in ("word " * 40_000, "红色" * 40_000):
        assert not says(text, "silk velvet satin linen")
    assert time.process_time() - begun < 2
