"""Labels with places: what becomes of them where cleaning changes the text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hangtag.jobs.train import read_labelled


def labelled(folder: Path, title: str, *quotes: str) -> tuple[str, list[tuple[str, str]]]:
    """The title as it is learned from, and what the places of the labels say in it."""
    spans = [
        {"attribute": "Item", "field": "title", "start": title.index(quote), "end": title.index(quote) + len(quote)} for quote in quotes
    ]
    row: dict[str, Any] = {"id": "1", "title": title, "gold": {"Item": list(quotes)}, "spans": spans}
    (folder / "gold.jsonl").write_text(json.dumps(row, ensure_ascii=False), encoding="utf-8")
    example, places = read_labelled(folder / "gold.jsonl")[0]
    text = example.product.fields["title"]
    return text, [(field, text[start:end]) for field, start, end in places.get("Item", ())]


@pytest.mark.parametrize(
    ("title", "cleaned"),
    [
        ("包邮包邮 泰迪狗坐便器 宠物厕所 包邮", "泰迪狗坐便器 宠物厕所"),
        ("正版包邮泰迪狗坐便器 宠物厕所", "正版 泰迪狗坐便器 宠物厕所"),
        ("<b>泰迪狗</b>坐便器&nbsp;宠物厕所", "泰迪狗坐便器 宠物厕所"),
        ("泰迪狗坐便器 宠物厕所", "泰迪狗坐便器 宠物厕所"),
    ],
)
def test_places_move_with_the_text(tmp_path: Path, title: str, cleaned: str) -> None:
    text, said = labelled(tmp_path, title, "坐便器", "厕所")
    assert text == cleaned
    assert said == [("title", "坐便器"), ("title", "厕所")]


def test_a_place_that_cleaning_took_something_out_of_is_none(tmp_path: Path) -> None:
    text, said = labelled(tmp_path, "泰迪狗包邮坐便器 宠物厕所", "泰迪狗包邮坐便器", "厕所")
    assert "包邮" not in text and said == [("title", "厕所")]


def test_long_texts_are_not_aligned_for_ever(tmp_path: Path) -> None:
    text, said = labelled(tmp_path, "坐便器" + " 包邮 宠物厕所" * 40_000, "坐便器")
    assert "包邮" not in text and said == []
