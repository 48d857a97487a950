"""A small run to look at: made-up products in Chinese and English, tagged by looking words up, so that every quote is where it says."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from hangtag.report import ReportProduct, ReportReject, RunFacts

RUN = json.loads(Path(__file__).with_name("sample_run.json").read_text(encoding="utf-8"))
COLORS = {"zh": ["藏青色", "米白色", "黑色", "雾霾蓝"], "en": ["Navy", "Sage Green", "Black", "Off-White"]}
BRANDS = {"zh": ["山野集", "素然", "暮光"], "en": ["Northfold", "Ember & Oak", "Lumen"]}
AUDIENCES = {"zh": ["男士", "女士"], "en": ["Men's", "Women's"]}
REVIEWS = {"zh": "颜色很正，冬天放一上午还是热的，就是盖子有点紧。", "en": "Kept my coffee hot through a whole shift. Lid is stiff."}
NEAREST = {"zh": "描述与「极简」风格的商品最为接近", "en": "closest in meaning to products called minimalist"}
MINIMALIST = {"en": "Minimalist", "zh": "极简"}


def make_tag(attribute: str, value: str, confidence: float, evidence: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    confidence = round(min(0.995, max(0.05, confidence)), 3)
    status = "auto" if confidence >= 0.8 else "review"
    tag = {"attribute": attribute, "value": value, "confidence": confidence, "status": status}
    return {**tag, "source": "lexicon@1", "evidence": evidence, **more}


def spans(texts: dict[str, str], word: str) -> list[dict[str, Any]]:
    starts = {field: text.find(word) for field, text in texts.items()}
    return [{"field": field, "start": at, "end": at + len(word), "quote": word} for field, at in starts.items() if at >= 0]


def make_texts(number: int, language: str, holes: dict[str, str]) -> dict[str, str]:
    kind = RUN["kinds"][number % len(RUN["kinds"])]
    texts = {"title": kind["title"].format(**holes), "description": kind["description"].format(**holes)}
    if number % 7 == 0:
        texts["attributes.产地" if language == "zh" else "attributes.Origin"] = "浙江杭州" if language == "zh" else "Portugal"
    if number % 9 == 4:
        texts["reviews.0"] = REVIEWS[language]
    return texts


def make_product(number: int) -> ReportProduct:
    chance = random.Random(number)
    kind = RUN["kinds"][number % len(RUN["kinds"])]
    language = "zh" if "，" in kind["description"] else "en"
    holes = {name: chance.choice(words[language]) for name, words in (("brand", BRANDS), ("audience", AUDIENCES), ("color", COLORS))}
    texts = make_texts(number, language, holes)
    label = {"en": kind["en"], "zh": kind["zh"]}
    tags = [
        make_tag("category", kind["category"], chance.uniform(0.82, 0.99), spans(texts, kind["head"]), label=label, source="category@1")
    ]
    tags.append(make_tag("brand", holes["brand"], 0.91, spans(texts, holes["brand"]), label={}))
    for entry in RUN["words"]:
        found = spans(texts, entry["word"])
        known = {(tag["attribute"], tag["value"]) for tag in tags}
        if found and (entry["attribute"], entry["value"]) not in known:
            confidence = entry["confidence"] + chance.gauss(0, 0.05)
            tags.append(make_tag(entry["attribute"], entry["value"], confidence, found, label=entry["label"]))
    if number % 3 == 0:
        evidence = [{"inference": "nearest", "reason": NEAREST[language]}]
        tags.append(make_tag("style", "minimalist", chance.uniform(0.4, 0.79), evidence, label=MINIMALIST, source="nearest@1"))
    return ReportProduct(
        id=f"SKU-{10480 + number}",
        texts=texts,
        language=language,
        category=f"{'全部商品' if language == 'zh' else 'All'} > {kind[language]}",
        tags=[] if number % 31 == 30 else tags,
        duplicate_of=f"SKU-{10460 + number}" if number in (24, 45, 53) else None,
    )


def make_facts() -> RunFacts:
    return RunFacts(
        catalogue="spring-catalogue.csv",
        created_at="2025-03-14 10:26",
        version="0.1.0",
        seconds=0.84,
        taggers=["lexicon@1", "measure@1", "category@1", "nearest@1", "keyword@1"],
        attributes=RUN["names"],
        columns={"id": "货号", "title": "商品名称", "description": "商品详情", "category": "类目"},
        details={"vocabulary": "starter"},
    )


def make_rejects() -> list[ReportReject]:
    cure = "give the product a title or a description"
    empty = [ReportReject(row=n, reason="the row has no text", cure=cure, raw={"货号": f"A-{n}", "商品名称": ""}) for n in (17, 42, 58)]
    wide = ReportReject(row=61, reason="more cells than the header names", cure="quote cells that contain a comma", raw="A-61,T恤,白,黑,,,")
    return [*empty, wide]


@pytest.fixture(scope="session")
def products() -> list[ReportProduct]:
    return [make_product(number) for number in range(64)]


@pytest.fixture(scope="session")
def facts() -> RunFacts:
    return make_facts()


@pytest.fixture(scope="session")
def rejects() -> list[ReportReject]:
    return make_rejects()
