"""What the starter vocabulary and the default taggers say of titles as sellers type them."""

from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

import hangtag
from hangtag.catalog import Cleaned, clean_rows, open_catalogue
from hangtag.jobs import Setup, evaluate_gold
from hangtag.pipeline import Pipeline
from hangtag.testing import check_spans

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return Setup().build()


def said(pipeline: Pipeline, title: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for tag in pipeline.tag([hangtag.Product(id="1", fields={"title": title})])[0]:
        found.setdefault(tag.attribute, set()).add(tag.value)
    return found


@pytest.mark.parametrize(
    ("title", "attribute", "values"),
    [
        ("新疆特产大红枣500g袋装 免洗即食", "color", set()),
        ("黑莓手机壳 硅胶防摔", "color", set()),
        ("Apple Watch strap, silicone band", "category", {"electronics/watch-straps"}),
        ("Organic apple juice 1 L", "brand", set()),
        ("Case for iPhone 14, clear", "brand", set()),
        ("Women's hoodie without zipper", "closure", set()),
        ("红酒杯 水晶玻璃", "color", set()),
        ("夏季藏青色亚麻衬衫男 长袖 修身", "color", {"navy"}),
        ("夏季藏青色亚麻衬衫男 长袖 修身", "material", {"linen"}),
        ("夏季藏青色亚麻衬衫男 长袖 修身", "sleeve_length", {"long"}),
        ("純棉圓領T恤 紅色 短袖", "neckline", {"round_neck"}),
        ("Men's navy blue linen shirt, slim fit, long sleeve", "color", {"navy"}),
        ("Candy 8kg 1400 spin washing machine white", "category", {"appliances/washing-machines"}),
        ("女士V领碎花连衣裙 高腰 雪纺", "neckline", {"v_neck"}),
        ("OPPO K9s 5G全网通智能手机", "storage_capacity", set()),
        ("OPPO K9s 智能手机 8G+256G", "storage_capacity", {"256 GB"}),
        ("骁龙778G 智能手机", "storage_capacity", set()),
        ('Lenovo laptop 39.6 cm (15.6") Black', "screen_size", {"15.6 inch"}),
        ("暖暖杯55度恒温杯垫", "alcohol_content", set()),
        ("双肩小米华为苹果戴尔联想电脑背包", "brand", set()),
        ("Precision screwdriver set for laptops and glasses", "material", set()),
        ("LED floor lamp, warm white, dimmable", "color", set()),
        ("LED floor lamp, warm white, dimmable", "function", {"dimmable"}),
        ("Straw sun hat, springs back into shape", "season", set()),
        ("Vertiv MPU1016DAC KVM switch rack mounting", "category", {"electronics/kvm-switches"}),
        ("佳能相机f3.5-5.6 RF85mm镜头", "model", set()),
        ("红蜻蜓男皮鞋A905715", "model", {"A905715"}),
        ("Philips in-ear headphones SHE2642/27", "model", {"SHE2642/27"}),
        ("适用iphone13pro max手机壳 透明", "compatible_device", {"iphone_13_pro_max"}),
        ("Phone case f/ iPhone 14, clear", "compatible_device", {"iphone_14"}),
        ("小米路由器 双频5G 千兆", "network_standard", {"dual_band", "gigabit_ethernet"}),
    ],
)
def test_words_mean_what_they_mean_here(pipeline: Pipeline, title: str, attribute: str, values: set[str]) -> None:
    assert said(pipeline, title).get(attribute, set()) == values


def test_absence_is_not_presence(pipeline: Pipeline) -> None:
    values = {value for found in said(pipeline, "爽肤水 不含酒精 补水保湿").values() for value in found}
    assert not {value for value in values if value.startswith("alcohol")} - {"alcohol_free"}
    assert any("sugar" in value for value in said(pipeline, "无糖饼干 粗粮代餐").get("food_feature", set()))


@pytest.mark.parametrize(
    ("title", "attribute", "value"),
    [
        ("移动电源5000mAh 大容量", "battery_capacity", "5000 mAh"),
        ("不锈钢水壶 1.5L", "capacity", "1.5 l"),
        ("Fishing lure minnow 12cm/22g", "length", "12 cm"),
        ("Fishing lure minnow 12cm/22g", "weight", "22 g"),
        ("纯棉枕套 40x60 cm", "dimensions", "40 x 60 cm"),
        ("Wireless mouse 2.4GHz USB", "frequency", "2.4 GHz"),
        ("男士衬衫 170/92A 免烫", "size", "170/92A"),
        ("婴儿湿巾 3 件装", "quantity", "3"),
        ("Running shoes EU 42 black", "shoe_size", "42 EU"),
        ("洗发水500毫升 去屑", "volume", "500 ml"),
    ],
)
def test_numbers_with_units(pipeline: Pipeline, title: str, attribute: str, value: str) -> None:
    assert value in said(pipeline, title).get(attribute, set())


def test_chinese_fashion_sentences_without_training() -> None:
    report = evaluate_gold(ROOT / "benchmarks/gold/apparel_zh.jsonl").to_dict()
    assert report["micro"]["f1"] >= 0.78
    assert report["unknown"] == {}


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("openbg_zh/items.jsonl", 600),
        ("icecat_en/products.jsonl.gz", 600),
        ("ave_en/ae110k.train.jsonl", 600),
        ("ner_zh/multidigraph.dev.jsonl", 501),
    ],
)
def test_every_span_of_real_catalogues_is_exact(shared_data: Callable[[str], Path], pipeline: Pipeline, name: str, most: int) -> None:
    found = islice(clean_rows(open_catalogue(shared_data(name))), most)
    products = [result.product for result in found if isinstance(result, Cleaned)]
    checked = 0
    for product, tags in pipeline.pipe(products):
        assert not check_spans(product, tags)
        checked += sum(len(tag.evidence) for tag in tags)
    assert checked > 600


@pytest.mark.shared_data
def test_categories_of_titles_without_training(shared_data: Callable[[str], Path]) -> None:
    import gzip
    import json

    pipeline = Setup(taggers=("category",)).build()
    with gzip.open(shared_data("category_en/pricerunner.train.jsonl.gz"), "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file][::20]
    products = [hangtag.Product(id=row["id"], fields={"title": row["title"]}) for row in rows]
    right = 0
    for row, tags in zip(rows, pipeline.tag(products), strict=True):
        gold = pipeline.vocabulary.find_category(row["gold"]["category"][0])
        right += any(tag.attribute == "category" and gold and pipeline.vocabulary.is_within(tag.value, gold) for tag in tags)
    assert right / len(rows) >= 0.88
