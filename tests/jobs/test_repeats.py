"""Rows of the same content are worked on once, and no one can tell from the output."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hangtag.catalog import RawRow, clean_record, map_columns
from hangtag.jobs import RunSummary, Setup, tag_catalogue
from hangtag.jobs import tag as tag_job
from hangtag.jobs.repeats import Repeat, find_repeats
from hangtag.pipeline import Pipeline

SETUP = Setup(taggers=("lexicon", "measure"))
TEXTS = [
    ("<b>Red</b> cotton dress 90 cm, long sleeves, round neck", 3),
    ("女士纯棉连衣裙 红色", 4),
    ("女士纯棉连衣裙 红色", 5),
    ("<i></i>", 1),
]
ROWS: list[dict[str, Any]] = [
    {"id": f"{copy}-{number}", "title": title, "price": price} for copy in range(4) for number, (title, price) in enumerate(TEXTS)
]
ROWS += [ROWS[5], {"id": "odd"}, {"title": "Red cotton dress"}, {"title": "Red cotton dress"}]


def run(path: Path, name: str, rows: list[dict[str, Any]], **options: Any) -> tuple[RunSummary, str, str]:
    (path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    output = path / name
    summary = tag_catalogue(path / "in.jsonl", output, setup=SETUP, shard_rows=3, **options)
    return summary, output.read_text("utf-8"), output.with_name(name + ".rejects.jsonl").read_text("utf-8")


def test_the_output_is_the_same_as_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tagged: list[int] = []
    tag = Pipeline.tag
    monkeypatch.setattr(Pipeline, "tag", lambda self, products: tagged.append(len(products)) or tag(self, products))
    summary, tags, rejects = run(tmp_path, "once.jsonl", ROWS, workers=1)
    n_once = sum(tagged)
    monkeypatch.setattr(tag_job, "find_repeats", lambda rows, id_column: rows)
    plain_summary, plain_tags, plain_rejects = run(tmp_path, "each.jsonl", ROWS, workers=1)
    assert (n_once, sum(tagged) - n_once) == (1 + 3 + 2, 1 + 13 + 2)  # the pipeline warms up on one
    assert tags == plain_tags and sorted(rejects.splitlines()) == sorted(plain_rejects.splitlines())
    for one in (summary, plain_summary):
        assert (one.rows, one.products, one.rejects, one.duplicates) == (20, 14, 6, 10)
        assert sum(one.tags.values()) == sum(len(json.loads(line)["tags"]) for line in tags.splitlines())


def test_several_workers_give_the_same(tmp_path: Path) -> None:
    rows = [{**row, "id": f"{number}-{row.get('id')}"} for number in range(5) for row in ROWS]
    assert run(tmp_path, "one.jsonl", rows, workers=1)[1:] == run(tmp_path, "two.jsonl", rows, workers=2)[1:]


def found(*records: dict[str, Any] | None) -> list[RawRow | Repeat]:
    return list(find_repeats([RawRow(number, None, "", record) for number, record in enumerate(records, 1)], "id"))


def test_a_repeat_names_the_first_row_of_its_content() -> None:
    record = {"id": "a", "title": "red dress", "price": 3}
    assert found(record, {**record, "id": "b"}, {**record, "id": "a"})[1:] == [Repeat(2, "b", 1), Repeat(3, "a", 1)]


@pytest.mark.parametrize(
    "other",
    [{"title": "red dres"}, {"price": 3.0}, {"price": "3"}, {"price": True}, {"name": None}],
    ids=["text", "float", "string", "bool", "column"],
)
def test_nothing_but_the_id_may_differ(other: dict[str, Any]) -> None:
    record = {"id": "a", "title": "red dress", "price": 3}
    assert not any(isinstance(row, Repeat) for row in found(record, {**record, **other}))


@pytest.mark.parametrize(
    "record", [None, {"title": "x"}, {"id": "nan", "title": "x"}, {"id": "1", "title": "\ud800"}, {"id": "1", "n": 1 << 70}]
)
def test_what_cannot_be_told_apart_is_worked_on_by_itself(record: dict[str, Any] | None) -> None:
    assert not any(isinstance(row, Repeat) for row in found(record, record))


def test_the_id_is_the_one_cleaning_gives() -> None:
    for value in ("  a\u200b1 ", 17.0, 5, "＃7"):
        record = {"id": value, "title": "red dress"}
        repeat = found({"id": "x", "title": "red dress"}, record)[1]
        cleaned = clean_record(record, map_columns(["id", "title"]))
        assert isinstance(repeat, Repeat) and repeat.identifier == cleaned.product.id  # type: ignore[union-attr]
