"""A small run to look at: made-up products in Chinese and English, tagged by looking words up, so that every quote is where it says."""

from __future__ import annotations

import random
from typing import Any

import pytest

from hangtag.report import ReportProduct, ReportReject, RunFacts

NAMES = {
    "category": ("Category", "类目"), "color": ("Colour", "颜色"), "material": ("Material", "材质"), "audience": ("Audience", "适用人群"),
    "season": ("Season", "季节"), "style": ("Style", "风格"), "scene": ("Occasion", "场景"), "function": ("Function", "功能"),
    "capacity": ("Capacity", "容量"), "brand": ("Brand", "品牌"), "pattern": ("Pattern", "图案"), "neckline": ("Neckline", "领型"),
    "size": ("Size", "尺寸"), "battery_capacity": ("Battery capacity", "电池容量"), "flavour": ("Flavour", "口味"), "keyword": ("Keyword", "关键词"),
}  # fmt: skip

# category id, English name, Chinese name, then texts: title and description, with {} for what varies
KINDS = [
    ("apparel/t-shirts", "T-shirts", "T恤", "{brand}夏季纯棉短袖T恤{audience}圆领{color}宽松百搭上衣",
     "选用新疆长绒棉，亲肤透气，{color}经典百搭。圆领设计，通勤、居家皆宜；机洗不易变形。适合夏季日常穿着。"),
    ("apparel/t-shirts", "T-shirts", "T恤", "{brand} {audience} Crew Neck T-Shirt, {color}, 100% Organic Cotton",
     "A relaxed {color} tee in breathable organic cotton. Crew neck, short sleeves, made for summer days and casual weekends."),
    ("apparel/down-jackets", "Down jackets", "羽绒服", "{brand}冬季加厚羽绒服{audience}连帽{color}防风保暖外套",
     "90%白鸭绒填充，蓬松轻盈。面料防风防泼水，连帽可拆卸，{color}耐脏好打理。户外、通勤两相宜，冬季保暖之选。"),
    ("shoes/running", "Running shoes", "跑鞋", "{brand} {audience} Lightweight Running Shoes with Breathable Mesh Upper, {color}",
     "Breathable mesh upper and a cushioned sole for road running. Lightweight at 240 g, non-slip in the rain. Comes in {color}."),
    ("kitchen/tumblers", "Tumblers", "保温杯", "{brand}316不锈钢保温杯500ml大容量{color}便携水杯🥤车载",
     "内胆为316不锈钢，保温12小时。500ml大容量，🎁附赠杯刷。{color}磨砂外壳，办公室、车载、户外都顺手。"),
    ("kitchen/tumblers", "Tumblers", "保温杯", "{brand} 24 oz Stainless Steel Insulated Tumbler with Straw, {color} ☕",
     "Double-wall stainless steel keeps drinks cold for 24 hours. 24 oz, leakproof lid, fits car cup holders. BPA free."),
    ("electronics/power-banks", "Power banks", "充电宝", "{brand}充电宝20000毫安时超薄便携快充{color}移动电源",
     "20000毫安时大电量，22.5W快充，{color}机身仅重320克。便携可上飞机，支持手机、平板。"),
    ("food/tea", "Tea", "茶叶", "{brand}明前龙井绿茶250克礼盒装 春茶清香",
     "明前采摘，清香回甘。250克铁罐礼盒，送长辈、节日送礼得体。春季新茶，低温冷藏更佳。"),
    ("home/bedding", "Bedding", "床品", "{brand} Linen Duvet Cover Set, Queen, {color}, Breathable Bedding for Summer",
     "Stone-washed French linen, soft from the first night. Breathable for summer, warm in winter. Queen size, {color}."),
    ("baby/strollers", "Strollers", "婴儿车", "{brand}婴儿推车轻便折叠可坐可躺{color}高景观宝宝车",
     "一键折叠，轻便至6.8公斤，可登机。高景观座舱，可坐可躺，0-3岁宝宝适用。{color}遮阳篷防晒。"),
]  # fmt: skip

# attribute -> words to look up: (word, value id, English, Chinese, confidence about)
WORDS: dict[str, list[tuple[str, str, str, str, float]]] = {
    "color": [("藏青色", "navy", "Navy", "藏青色", 0.98), ("米白色", "off_white", "Off-white", "米白色", 0.97), ("黑色", "black", "Black", "黑色", 0.98),
              ("雾霾蓝", "haze_blue", "Haze blue", "雾霾蓝", 0.9), ("Navy", "navy", "Navy", "藏青色", 0.97), ("Sage Green", "sage", "Sage green", "鼠尾草绿", 0.95),
              ("Black", "black", "Black", "黑色", 0.98), ("Off-White", "off_white", "Off-white", "米白色", 0.94)],
    "material": [("纯棉", "cotton", "Cotton", "棉", 0.98), ("长绒棉", "long_staple_cotton", "Long-staple cotton", "长绒棉", 0.93),
                 ("白鸭绒", "duck_down", "Duck down", "鸭绒", 0.96), ("316不锈钢", "stainless_steel", "Stainless steel", "不锈钢", 0.97),
                 ("Organic Cotton", "organic_cotton", "Organic cotton", "有机棉", 0.96), ("organic cotton", "organic_cotton", "Organic cotton", "有机棉", 0.96),
                 ("Mesh", "mesh", "Mesh", "网布", 0.9), ("Stainless Steel", "stainless_steel", "Stainless steel", "不锈钢", 0.97), ("Linen", "linen", "Linen", "亚麻", 0.97)],
    "audience": [("男士", "men", "Men", "男士", 0.97), ("女士", "women", "Women", "女士", 0.97), ("Men's", "men", "Men", "男士", 0.98),
                 ("Women's", "women", "Women", "女士", 0.98), ("婴儿", "baby", "Baby", "婴儿", 0.93), ("长辈", "seniors", "Older people", "长辈", 0.55)],
    "season": [("夏季", "summer", "Summer", "夏季", 0.94), ("冬季", "winter", "Winter", "冬季", 0.95), ("春季", "spring", "Spring", "春季", 0.88),
               ("summer", "summer", "Summer", "夏季", 0.86), ("Summer", "summer", "Summer", "夏季", 0.93)],
    "style": [("百搭", "versatile", "Versatile", "百搭", 0.62), ("宽松", "loose", "Loose", "宽松", 0.83), ("casual", "casual", "Casual", "休闲", 0.78)],
    "scene": [("通勤", "commuting", "Commuting", "通勤", 0.84), ("户外", "outdoor", "Outdoor", "户外", 0.87), ("车载", "car", "Car", "车载", 0.8),
              ("办公室", "office", "Office", "办公室", 0.88), ("送礼", "gift", "Gift", "送礼", 0.91), ("road running", "road_running", "Road running", "路跑", 0.82)],
    "function": [("透气", "breathable", "Breathable", "透气", 0.92), ("防风", "windproof", "Windproof", "防风", 0.94), ("保暖", "warm", "Warm", "保暖", 0.92),
                 ("Breathable", "breathable", "Breathable", "透气", 0.93), ("Lightweight", "lightweight", "Lightweight", "轻便", 0.92),
                 ("Insulated", "insulated", "Insulated", "保温", 0.93), ("leakproof", "leakproof", "Leakproof", "防漏", 0.9), ("快充", "fast_charging", "Fast charging", "快充", 0.95),
                 ("便携", "portable", "Portable", "便携", 0.9), ("折叠", "foldable", "Foldable", "可折叠", 0.94), ("防晒", "sun_protection", "Sun protection", "防晒", 0.7)],
    "capacity": [("500ml", "500 ml", "500 ml", "500 毫升", 0.99), ("24 oz", "710 ml", "24 oz", "710 毫升", 0.98)],
    "battery_capacity": [("20000毫安时", "20000 mAh", "20000 mAh", "20000 毫安时", 0.99)],
    "neckline": [("圆领", "crew", "Crew neck", "圆领", 0.96), ("Crew Neck", "crew", "Crew neck", "圆领", 0.97), ("连帽", "hooded", "Hooded", "连帽", 0.93)],
    "flavour": [("清香", "delicate", "Delicate", "清香", 0.58)],
    "size": [("Queen", "queen", "Queen", "大号双人", 0.95)],
    "keyword": [("短袖T恤", "短袖T恤", "", "短袖T恤", 0.74), ("移动电源", "移动电源", "", "移动电源", 0.71), ("明前龙井绿茶", "明前龙井绿茶", "", "明前龙井绿茶", 0.69),
                ("Breathable Mesh Upper", "breathable mesh upper", "breathable mesh upper", "", 0.66), ("Stainless Steel Insulated Tumbler", "insulated tumbler", "insulated tumbler", "", 0.72)],
}  # fmt: skip
HEADS = ["短袖T恤", "T-Shirt", "羽绒服", "Running Shoes", "保温杯", "Tumbler", "充电宝", "绿茶", "Duvet Cover", "婴儿推车"]


def tag(attribute: str, value: str, confidence: float, evidence: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    status = "auto" if confidence >= 0.8 else "review"
    return {"attribute": attribute, "value": value, "confidence": confidence, "status": status, "source": "lexicon@1", "evidence": evidence, **more}


def spans(texts: dict[str, str], word: str) -> list[dict[str, Any]]:
    found = []
    for field, text in texts.items():
        start = text.find(word)
        if start >= 0:
            found.append({"field": field, "start": start, "end": start + len(word), "quote": word})
    return found


def sample_product(number: int) -> ReportProduct:
    chance = random.Random(number)
    category, english, chinese, title, description = KINDS[number % len(KINDS)]
    zh = "的" in description or "，" in description
    hole = {
        "brand": chance.choice(["山野集", "素然", "暮光"] if zh else ["Northfold", "Ember & Oak", "Lumen"]),
        "audience": chance.choice(["男士", "女士"] if zh else ["Men's", "Women's"]),
        "color": chance.choice(["藏青色", "米白色", "黑色", "雾霾蓝"] if zh else ["Navy", "Sage Green", "Black", "Off-White"]),
    }
    texts = {"title": title.format(**hole), "description": description.format(**hole)}
    if number % 7 == 0:
        texts["attributes.产地" if zh else "attributes.Origin"] = "浙江杭州" if zh else "Portugal"
    if number % 9 == 4:
        texts["reviews.0"] = "颜色很正，冬天放一上午还是热的，就是盖子有点紧。" if zh else "Kept my coffee hot through a whole shift. Lid is stiff."
    tags = [tag("category", category, round(chance.uniform(0.82, 0.99), 3), spans(texts, HEADS[number % len(KINDS)]), label={"en": english, "zh": chinese}, source="category@1")]
    tags.append(tag("brand", hole["brand"], 0.91, spans(texts, hole["brand"]), label={}))
    for attribute, words in WORDS.items():
        for word, value, en, cn, about in words:
            found = spans(texts, word)
            if found and not any(t["attribute"] == attribute and t["value"] == value for t in tags):
                confidence = round(min(0.995, max(0.05, about + chance.gauss(0, 0.05))), 3)
                tags.append(tag(attribute, value, confidence, found, label={k: v for k, v in (("en", en), ("zh", cn)) if v}))
    if number % 3 == 0:
        reason = "描述与「极简」风格的商品最为接近" if zh else "closest in meaning to products called minimalist"
        tags.append(tag("style", "minimalist", round(chance.uniform(0.4, 0.79), 3), [{"inference": "nearest", "reason": reason}],
                        label={"en": "Minimalist", "zh": "极简"}, source="nearest@1"))  # fmt: skip
    merchant = f"{'全部商品' if zh else 'All'} > {chinese if zh else english}"
    return ReportProduct(
        id=f"SKU-{10480 + number}", texts=texts, language="zh" if zh else "en", category=merchant,
        tags=[] if number % 31 == 30 else tags, duplicate_of=f"SKU-{10480 + number - 20}" if number in (24, 45, 53) else None,
    )  # fmt: skip


@pytest.fixture(scope="session")
def products() -> list[ReportProduct]:
    return [sample_product(number) for number in range(64)]


@pytest.fixture(scope="session")
def facts() -> RunFacts:
    return RunFacts(
        catalogue="spring-catalogue.csv", created_at="2025-03-14 10:26", version="0.1.0", seconds=0.84,
        taggers=["lexicon@1", "measure@1", "category@1", "nearest@1", "keyword@1"],
        attributes={key: {"en": en, "zh": zh} for key, (en, zh) in NAMES.items()},
        columns={"id": "货号", "title": "商品名称", "description": "商品详情", "category": "类目"}, details={"vocabulary": "starter"},
    )  # fmt: skip


@pytest.fixture(scope="session")
def rejects() -> list[ReportReject]:
    empty = [ReportReject(row=n, reason="the row has no text", cure="give the product a title or a description", raw={"货号": f"A-{n}", "商品名称": ""}) for n in (17, 42, 58)]
    return [*empty, ReportReject(row=61, reason="more cells than the header names", cure="quote cells that contain a comma", raw="A-61,T恤,白,黑,,,")]
