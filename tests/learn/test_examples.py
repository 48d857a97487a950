"""Labels with places: what becomes of them where cleaning changes the text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hangtag.jobs.train import read_labelled
from hangtag.learn.examples import Target, targets_of
from hangtag.taggers.house_style import HouseStyle
from hangtag.taggers.layout import lay_out


def labelled(folder: Path, title: str, *quotes: str, column: str = "title") -> tuple[str, list[tuple[str, str]]]:
    """The title as it is learned from, and what the places of the labels say in it."""
    spans = [
        {"attribute": "Item", "field": column, "start": title.index(quote), "end": title.index(quote) + len(quote)} for quote in quotes
    ]
    row: dict[str, Any] = {"id": "1", column: title, "gold": {"Item": list(quotes)}, "spans": spans}
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


@pytest.mark.parametrize("column", ["title", "name", "Product Name", "商品名称"])
def test_places_are_kept_whatever_the_column_is_called(tmp_path: Path, column: str) -> None:
    text, said = labelled(tmp_path, "包邮 泰迪狗坐便器", "坐便器", column=column)
    assert said == [("title", "坐便器")] and text == "泰迪狗坐便器"


def test_what_stands_only_in_what_is_not_read_is_not_learned(tmp_path: Path) -> None:
    long = " ".join(f"Seam {number} is double." for number in range(50)) + " "
    rows = [
        {
            "id": "1",
            "title": "Coat",
            "description": long + "Comes in Navy Blue.",
            "gold": {"Color": ["navy blue"], "Size": ["XL"], "Fit": []},
        },
        {"id": "2", "title": "Coat", "description": long, "gold": {"Color": ["navy blue"]}},
        {"id": "3", "title": "Navy blue coat", "description": long + "Navy blue.", "gold": {"Color": ["navy blue"]}},
    ]
    rows.append({**rows[0], "id": "4", "gold": {"Color": ["dark"]}, "spans": [
        {"attribute": "Color", "field": "description", "start": len(long), "end": len(long) + 5}
    ]})  # fmt: skip
    (tmp_path / "gold.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    found = [
        dict(targets_of(example.gold, spans, lay_out(example.product), HouseStyle()))
        for example, spans in read_labelled(tmp_path / "gold.jsonl")
    ]
    assert found[0] == {"Size": Target(values=("XL",)), "Fit": Target()}
    assert found[1] == {"Color": Target(values=("navy blue",))}
    assert found[2]["Color"].places and not found[2]["Color"].values
    assert found[3] == {}


def test_long_texts_are_not_aligned_for_ever(tmp_path: Path) -> None:
    text, said = labelled(tmp_path, "坐便器" + " 包邮 宠物厕所" * 40_000, "坐便器")
    assert "包邮" not in text and said == []
