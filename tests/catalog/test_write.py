"""Rejects keep the whole row; tables hold no formulas."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hangtag.catalog import Reject
from hangtag.catalog.write import CSV_COLUMNS, csv_lines, neutral_cell, reject_line


def rejected(raw: Any) -> dict[str, Any]:
    line = reject_line(Reject(row=3, reason="no title", cure="add one", raw=raw, line=4))
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    record: dict[str, Any] = json.loads(line)
    return record


def test_a_reject_keeps_everything() -> None:
    assert rejected("1,Lamp\n2") == {"row": 3, "line": 4, "reason": "no title", "cure": "add one", "raw": "1,Lamp\n2"}
    assert rejected({"id": 1, "标题": None})["raw"] == {"id": 1, "标题": None}


@pytest.mark.parametrize(
    "value",
    ["half \ud83d", 10**30, Decimal("1.50"), datetime(2024, 1, 2, tzinfo=UTC), {1: {2, 3}}, b"bytes", float("nan"), 1j, {"\ud800": 1}],
)
def test_whatever_a_row_holds_can_be_written(value: Any) -> None:
    assert "x" in rejected({"x": value})["raw"]


def test_csv_neutralises_formulas() -> None:
    tag = {
        "attribute": "color", "value": "=cmd|' /C calc'!A0", "label": {"en": "+1", "zh": "红"}, "confidence": 0.93,
        "status": "auto", "source": "x",
        "evidence": [{"inference": "nearest", "reason": "r"}, {"field": "title", "start": 0, "end": 2, "quote": "@SUM(1)"}],
    }  # fmt: skip
    records = [{"id": "-1", "tags": [tag, {**tag, "status": "review"}]}, {"id": "none", "tags": []}]
    rows = list(csv.reader(io.StringIO("".join(csv_lines(records, statuses=["auto"])), newline="")))
    assert rows == [list(CSV_COLUMNS), ["'-1", "color", "'=cmd|' /C calc'!A0", "'+1", "红", "0.93", "auto", "x", "title", "'@SUM(1)"]]


def test_no_tags_still_give_a_header() -> None:
    assert list(csv_lines([])) == [",".join(CSV_COLUMNS) + "\r\n"]


@given(st.text(max_size=10))
def test_no_cell_begins_like_a_formula(text: str) -> None:
    cell = neutral_cell(text)
    assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cell.removeprefix("'") == text.replace("\x00", "").removeprefix("'")
