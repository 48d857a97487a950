"""From records to products."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hangtag.catalog import Cleaned, Reject, clean_record, clean_rows, map_columns, open_catalogue
from hangtag.model import Product


def clean(record: dict[str, Any], **given: str) -> Cleaned:
    result = clean_record(record, map_columns(record, given=given or None))
    assert isinstance(result, Cleaned)
    return result


def test_a_plain_record_keeps_its_strings() -> None:
    record = {
        "id": "7",
        "title": "纯棉连衣裙 女夏",
        "description": "Soft.\nLight.",
        "color": "藏青色",
        "category": "女装 > 连衣裙",
        "reviews": ["好看"],
    }
    result = clean(record)
    product = result.product
    assert result.changed == ()
    assert product.fields["title"] is record["title"]
    assert product.fields["description"] is record["description"]
    assert product.attributes["color"] is record["color"]
    assert product.reviews[0] is record["reviews"][0]
    assert product == Product(
        id="7",
        fields={"title": "纯棉连衣裙 女夏", "description": "Soft.\nLight."},
        category="女装 > 连衣裙",
        attributes={"color": "藏青色"},
        reviews=("好看",),
        language="zh",
    )


def test_markup_and_script_in_every_field() -> None:
    dirty = "<b>Lamp</b><script>alert(1)</script> red &amp; blue"
    record = {"id": 1, "title": dirty, "description": dirty, "category": dirty, "brand": dirty, "size": dirty, "reviews": [dirty]}
    result = clean(record)
    product = result.product
    texts = [product.fields["title"], product.fields["description"], product.category, *product.attributes.values(), *product.reviews]
    assert texts == ["Lamp red & blue"] * 6
    assert set(result.changed) == {"title", "description", "category", "attributes.brand", "attributes.size", "reviews.0"}
    for name in result.changed:
        assert product.text(name) == "Lamp red & blue"


def test_values_become_text() -> None:
    attributes = {
        "pages": 17.0, "width": 2.5, "touch": True, "fsb": False, "count": 3, "ports": ["USB", "HDMI"], "none": None, "nan": math.nan,
        "deep": {"a": {"b": "c"}}, "dash": "-", "pattern": "None", "na": "N/A", "list": [{"name": "材质", "value": "棉"}],
    }  # fmt: skip
    result = clean({"title": "x lamp", "attributes": attributes})
    assert result.product.attributes == {
        "pages": "17", "width": "2.5", "touch": "true", "fsb": "false", "count": "3", "ports": "USB, HDMI", "deep.a.b": "c",
        "pattern": "None", "list.材质": "棉",
    }  # fmt: skip
    assert set(result.changed) == {"attributes.pages", "attributes.ports", "attributes.deep.a.b", "attributes.list.材质"}


@pytest.mark.parametrize(
    "cell",
    [
        '{"颜色": "红色", "尺码": "XL"}',
        "{'颜色': '红色', '尺码': 'XL'}",
        "颜色:红色;尺码:XL",
        "颜色：红色；尺码：XL",
        "颜色=红色|尺码=XL",
        '[{"name": "颜色", "value": "红色"}, {"name": "尺码", "value": "XL"}]',
        [["颜色", "红色"], ["尺码", "XL"]],
        ["颜色: 红色", "尺码: XL"],
    ],
)
def test_attributes_in_one_column(cell: Any) -> None:
    assert clean({"title": "连衣裙", "属性": cell}).product.attributes == {"颜色": "红色", "尺码": "XL"}


def test_an_attributes_column_that_holds_prose_is_one_attribute() -> None:
    assert clean({"title": "Lamp", "specs": "see the box"}).product.attributes == {"specs": "see the box"}


def test_two_values_of_one_attribute_are_both_kept() -> None:
    assert clean({"title": "x", "属性": "颜色:红色;颜色:蓝色"}).product.attributes == {"颜色": "红色, 蓝色"}
    result = clean({"title": "x", "brand": "A", "attributes": {"brand": "B", "x": "y"}})
    assert result.product.attributes == {"brand": "A, B", "x": "y"}


def test_brand_has_one_name() -> None:
    assert clean({"title": "x", "品牌": "华为"}).product.attributes == {"品牌": "华为"}
    assert clean({"title": "x", "Vendor": "Acme"}).product.attributes == {"brand": "Acme"}


def test_pairs_of_columns() -> None:
    record = {"Title": "Tee", "Option1 Name": "Color", "Option1 Value": "Navy", "Option2 Name": "", "Option2 Value": ""}
    assert clean(record).product.attributes == {"Color": "Navy"}


def test_category_paths() -> None:
    assert clean({"title": "x", "category": "A>B>>C"}).product.category == "A > B > C"
    assert clean({"title": "x", "category": '["A >> B"]'}).product.category == "A > B"
    assert clean({"title": "x", "category": ["A", "B"]}).product.category == "A > B"
    assert clean({"title": "x", "二级类目": "衬衫", "一级类目": "男装"}).product.category == "男装 > 衬衫"
    assert clean({"title": "x", "category": "假睫毛/用具"}).product.category == "假睫毛/用具"
    assert clean({"title": "x", "category": None}).product.category is None


def test_images_reviews_and_language() -> None:
    record = {
        "title": "Lampe", "language": "de_DE", "images": "https://a/1.jpg,https://a/2.jpg https://a/3,4.jpg",
        "reviews": [{"text": "gut"}, "hell", None, {"rating": 5}],
    }  # fmt: skip
    product = clean(record).product
    assert product.language == "de"
    assert product.images == ("https://a/1.jpg", "https://a/2.jpg", "https://a/3,4.jpg")
    assert product.reviews == ("gut", "hell", '{"rating": 5}')


def test_labels_are_left_out() -> None:
    assert clean({"title": "Lamp", "gold": {"color": ["red"]}, "spans": []}).product.attributes == {}


def test_columns_the_first_rows_did_not_show() -> None:
    columns = map_columns(["id", "title"])
    result = clean_record({"id": 1, "title": "Lamp", "description": "Bright", "name": "Lamp A", "材质": "木", "gold": {}}, columns)
    assert isinstance(result, Cleaned)
    assert result.product.fields == {"title": "Lamp", "description": "Bright", "name": "Lamp A"}
    assert result.product.attributes == {"材质": "木"}


def test_rows_without_title() -> None:
    only_description = clean({"title": None, "description": "A lamp."})
    assert only_description.product.fields == {"description": "A lamp."}
    assert "no title" in only_description.notes
    nothing = clean_record({"title": " ", "description": "<p></p>", "color": "red"}, map_columns(["title", "description", "color"]))
    assert isinstance(nothing, Reject)
    assert "no title and no description" in nothing.reason
    assert "--map title=COLUMN" in nothing.cure


def test_ids_are_made_up_kept_and_unique(tmp_path: Path) -> None:
    path = tmp_path / "i.jsonl"
    lines = [
        {"id": "a", "title": "1"},
        {"title": "2"},
        {"id": "a", "title": "3"},
        {"id": 7.0, "title": "4"},
        {"id": "007", "title": "5"},
        {"id": 7, "title": "6"},
    ]
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    items = list(clean_rows(open_catalogue(path)))
    assert [item.product.id if isinstance(item, Cleaned) else item.reason for item in items] == [
        "a",
        "row-2",
        "duplicate id 'a', first seen in row 1",
        "7",
        "007",
        "duplicate id '7', first seen in row 4",
    ]
    rejected = items[2]
    assert isinstance(rejected, Reject)
    assert (rejected.row, rejected.raw) == (3, lines[2])


def test_many_ids_stay_apart(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text("id,title\n" + "".join(f"sku-{n},Lamp {n}\n" for n in range(20_000)) + "sku-17,again\n", encoding="utf-8")
    items = list(clean_rows(open_catalogue(path)))
    assert [item.row for item in items if isinstance(item, Reject)] == [20_001]


def test_a_renamed_field_and_an_extra_text() -> None:
    product = clean({"c": "Lamp", "title": "internal", "color code": "#fff"}, title="c", **{"attributes.color": "color code"}).product
    assert product.fields == {"title": "Lamp", "title (2)": "internal"}
    assert product.attributes == {"color": "#fff"}


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=8,
)
KEYS = st.one_of(
    st.sampled_from(
        ["id", "title", "描述", "category", "brand", "price", "language", "images", "reviews", "attributes", "bullet1", "Option1 Name"]
    ),
    st.text(max_size=6),
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=8))
def test_any_record_is_a_product_or_a_reject(record: dict[str, Any]) -> None:
    result = clean_record(record, map_columns(record))
    if isinstance(result, Reject):
        assert result.raw == record or result.raw != result.raw or "nan" in repr(record)
        return
    product = result.product
    assert product.id and any(product.fields.values())
    for name in result.changed:
        assert product.text(name)
    texts = [*product.fields.values(), *product.attributes.values(), *product.attributes, *product.reviews, product.category or ""]
    for text in texts:
        assert text == text.strip()
        text.encode("utf-8")
        assert "\x00" not in text
