"""Numbers with units, normalised, on the right attribute."""

import pytest

from hangtag.model import Product
from hangtag.taggers.measure import MeasureTagger
from hangtag.taggers.reading import Reader
from hangtag.testing import check_tagger
from hangtag.vocabulary import Vocabulary


def said(vocabulary: Vocabulary, title: str) -> dict[str, tuple[str, str]]:
    tags = MeasureTagger(Reader(vocabulary)).tag([Product(id="1", fields={"title": title})])[0]
    return {tag.attribute: (tag.value, tag.evidence[0].quote) for tag in tags}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("title", "attribute", "value", "quote"),
    [
        ("移动电源5000mAh", "battery_capacity", "5000 mAh", "5000mAh"),
        ("power bank 10,000 mAh", "battery_capacity", "10000 mAh", "10,000 mAh"),
        ("power bank 5Ah", "battery_capacity", "5000 mAh", "5Ah"),
        ("不锈钢水壶1.5L", "volume", "1500 ml", "1.5L"),
        ("drink ５００毫升", "volume", "500 ml", "５００毫升"),
        ("fishing lure 12cm/22g", "length", "12 cm", "12cm"),
        ("fishing lure 12cm/22g", "weight", "22 g", "22g"),
        ("phone 6.1 inch screen", "screen_size", "6.1 inch", "6.1 inch"),
        ('phone 6.1" screen', "screen_size", "6.1 inch", '6.1"'),
        ("box 40x60 cm", "dimensions", "40 x 60 cm", "40x60 cm"),
        ("box 10 x 20 x 300mm", "dimensions", "1 x 2 x 30 cm", "10 x 20 x 300mm"),
        ("lure 10-15cm", "length", "10-15 cm", "10-15cm"),
        ("pack of 3 juice", "quantity", "3", "pack of 3"),
        ("果汁 3 件装", "quantity", "3", "3 件装"),
        ("三件套", "quantity", "3", "三件套"),
        ("phone 2.4GHz", "frequency", "2.4 GHz", "2.4GHz"),
        ("男士衬衫170/92A", "size", "170/92A", "170/92A"),
    ],
)
def test_reads_numbers_with_units(small_vocabulary: Vocabulary, title: str, attribute: str, value: str, quote: str) -> None:
    assert said(small_vocabulary, title)[attribute] == (value, quote)


@pytest.mark.parametrize("title", ["phone dv7", "part 12cmx", "model A5000mAhX", "2024新款", "5 megaphones", "version 1.2.3g"])
def test_what_only_looks_like_a_quantity_is_none(small_vocabulary: Vocabulary, title: str) -> None:
    assert said(small_vocabulary, title) == {}


def test_a_word_beside_the_number_decides_between_attributes(small_vocabulary: Vocabulary) -> None:
    assert "screen_size" in said(small_vocabulary, "phone with 15 cm screen")
    assert "length" in said(small_vocabulary, "fishing lure length 15 cm")


def test_without_any_sign_an_ambiguous_unit_is_left_alone(small_vocabulary: Vocabulary) -> None:
    assert said(small_vocabulary, "thing 15 cm") == {}


def test_keeps_the_contract(small_vocabulary: Vocabulary) -> None:
    check_tagger(MeasureTagger(Reader(small_vocabulary)))
