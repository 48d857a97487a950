"""The doors of the package, as a first-time user tries them."""

from pathlib import Path

import pytest

import hangtag
from hangtag.errors import HangtagError
from hangtag.model import Product

TITLES = ["Red cotton dress", "女士纯棉连衣裙 红色"]
TAGGERS = ("lexicon", "category")


def said(tags: list[hangtag.Tag]) -> set[tuple[str, str]]:
    return {(tag.attribute, tag.value) for tag in tags}


def test_products_dicts_and_files_give_the_same_tags(tmp_path: Path) -> None:
    products = [Product(id=str(number), fields={"title": title}) for number, title in enumerate(TITLES)]
    path = tmp_path / "in.csv"
    path.write_text("商品名\n" + "\n".join(TITLES) + "\n", encoding="utf-8")
    from_products = hangtag.tag(products, taggers=TAGGERS)
    assert [said(tags) for tags in from_products] == [said(tags) for tags in hangtag.tag([{"title": t} for t in TITLES], taggers=TAGGERS)]
    assert from_products == hangtag.tag(path, taggers=TAGGERS)
    assert ("color", "red") in said(from_products[0]) and ("color", "red") in said(from_products[1])


def test_one_product_alone_is_a_list_of_one() -> None:
    assert len(hangtag.tag({"name": "Red cotton dress"}, taggers=TAGGERS)) == 1
    assert len(hangtag.tag(Product(id="1", fields={"title": "Red cotton dress"}), taggers=TAGGERS)) == 1


def test_a_dict_without_text_gets_no_tags_and_keeps_its_place() -> None:
    first, second = hangtag.tag([{"price": 3}, {"title": "Red cotton dress"}], taggers=TAGGERS)
    assert first == [] and second


def test_what_is_no_product_is_refused_with_the_cure() -> None:
    with pytest.raises(HangtagError, match="item 1 is a tuple: give products, or dicts"):
        hangtag.tag([("title", "Red dress")], taggers=TAGGERS)  # type: ignore[list-item]
