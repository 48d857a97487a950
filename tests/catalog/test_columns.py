"""Which column is what, in the exports shops really make."""

from __future__ import annotations

import pytest

from hangtag.catalog import map_columns
from hangtag.catalog.columns import ROLES, role_of_name
from hangtag.errors import CatalogError

EXPORTS = {
    "Shopify": (
        "Handle,Title,Body (HTML),Vendor,Product Category,Type,Option1 Name,Option1 Value,Variant SKU,Variant Price,Image Src,SEO Title",
        {"id": "Variant SKU", "title": "Title", "description": "Body (HTML)", "brand": "Vendor", "category": "Product Category",
         "price": "Variant Price", "image": "Image Src"},
    ),
    "WooCommerce": (
        "ID,Type,SKU,Name,Short description,Description,Regular price,Categories,Images,Attribute 1 name,Attribute 1 value(s)",
        {"id": "ID", "title": "Name", "description": "Description", "price": "Regular price", "category": "Categories", "image": "Images",
         "text": "Short description"},
    ),
    "Amazon": (
        "asin,item_name,brand_name,product_description,bullet_point1,bullet_point2,main_image_url,standard_price,color_name,size_name",
        {"id": "asin", "title": "item_name", "brand": "brand_name", "description": "product_description", "text": "bullet_point1",
         "image": "main_image_url", "price": "standard_price"},
    ),
    "Google": (
        "id,title,description,link,image_link,additional_image_link,price,brand,gtin,mpn,google_product_category,product_type,color",
        {"id": "id", "title": "title", "description": "description", "image": "image_link", "brand": "brand",
         "category": "google_product_category"},
    ),
    "Taobao": (
        "宝贝名称,宝贝类目,店铺类目,宝贝价格,宝贝数量,宝贝描述,宝贝属性,商家编码,新图片,数字ID",
        {"id": "数字ID", "title": "宝贝名称", "category": "宝贝类目", "price": "宝贝价格", "description": "宝贝描述",
         "attributes": "宝贝属性", "image": "新图片"},
    ),
    "JD": (
        "商品编号,商品名称,一级类目,二级类目,三级类目,品牌,京东价,商品介绍,规格参数,主图",
        {"id": "商品编号", "title": "商品名称", "category": "一级类目", "brand": "品牌", "price": "京东价", "description": "商品介绍",
         "attributes": "规格参数", "image": "主图"},
    ),
    "own": ("编号,标题,副标题,详情,分类", {"id": "编号", "title": "标题", "text": "副标题", "description": "详情", "category": "分类"}),
}  # fmt: skip


@pytest.mark.parametrize("shop", EXPORTS)
def test_exports_of_real_shops(shop: str) -> None:
    header, expected = EXPORTS[shop]
    columns = map_columns(header.split(","))
    assert {role: columns.first(role) for role in expected} == expected


def test_everything_else_is_an_attribute() -> None:
    columns = map_columns(["title", "颜色", "gtin", "Heel height", "brand_story_name"])
    assert columns.of("attribute") == ("颜色", "gtin", "Heel height", "brand_story_name")


def test_names_of_other_things_are_no_titles() -> None:
    for name in ("SEO Title", "店铺名称", "品牌名称", "color_name", "seller name", "类目名称", "meta description", "page title"):
        assert role_of_name(name) != "title", name
        assert role_of_name(name) != "description", name


def test_runners_up_stay_text() -> None:
    columns = map_columns(["title", "name", "description", "short_description"])
    assert columns.of("title") == ("title",)
    assert columns.of("text") == ("name", "short_description")


def test_levels_of_the_category_are_put_in_order() -> None:
    assert map_columns(["三级类目", "标题", "一级类目", "二级类目"]).of("category") == ("一级类目", "二级类目", "三级类目")
    assert map_columns(["name", "sub_category", "main_category"]).of("category") == ("main_category", "sub_category")
    assert map_columns(["title", "category", "category_2"]).of("category") == ("category",)


def test_pairs_of_name_and_value() -> None:
    columns = map_columns(["Title", "Option1 Name", "Option1 Value", "Attribute 2 name", "Attribute 2 value(s)", "属性1名称", "属性1值"])
    assert columns.pairs == (("Option1 Name", "Option1 Value"), ("Attribute 2 name", "Attribute 2 value(s)"), ("属性1名称", "属性1值"))


def test_labels_are_no_text() -> None:
    assert map_columns(["title", "gold", "spans"]).of("ignore") == ("gold", "spans")
    assert map_columns(["title", "gold.color", "gold karat"]).of("ignore") == ("gold.color",)


def test_a_given_map_wins() -> None:
    given = {"title": "c2", "id": "c1", "category": "dept,group", "attributes.color": "c3", "ignore": "notes"}
    columns = map_columns(["c1", "c2", "c3", "title", "dept", "group", "notes"], given=given)
    assert (columns.first("title"), columns.first("id"), columns.of("category")) == ("c2", "c1", ("dept", "group"))
    assert columns.roles["title"] == "text"
    assert columns.names == {"c3": "color"}
    assert ("c2", "title", "given by you") in columns.rows()
    assert "given by you" in str(columns)


def test_a_map_that_names_nothing_is_refused() -> None:
    with pytest.raises(CatalogError, match=r"no column 'titel' \(did you mean 'titles'\?\); its columns are titles, x"):
        map_columns(["titles", "x"], given={"title": "titel"})
    with pytest.raises(CatalogError, match=r"'titel' is no field \(did you mean 'title'\?\)"):
        map_columns(["a"], given={"titel": "a"})


def test_every_role_of_the_name_table_is_known() -> None:
    names = ["id", "title", "描述", "类目", "品牌", "价格", "语言", "图片", "audio", "评价", "参数", "卖点", "gold"]
    assert [role_of_name(name) for name in names] == list(ROLES)
