"""Rows of the same content are worked on once, and no one can tell from the output."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hangtag.catalog import clean_record, map_columns
from hangtag.jobs import Setup, repeats, tag_catalogue, work
from hangtag.jobs.repeats import Made, Repeats
from hangtag.pipeline import Pipeline

SETUP = Setup(taggers=("lexicon", "measure"))
ROWS: list[dict[str, Any]] = [
    {"id": f"{copy}-{number}", "title": title, "price": price}
    for copy in range(4)
    for number, (title, price) in enumerate(
        [("<b>Red</b> cotton dress 90 cm", 3), ("女士纯棉连衣裙 红色", 4), ("女士纯棉连衣裙 红色", 5), ("", 1)]
    )
]


def run(path: Path, name: str) -> tuple[str, str]:
    output = path / name
    tag_catalogue(path / "in.jsonl", output, setup=SETUP, shard_rows=3, workers=1)
    return output.read_text("utf-8"), output.with_name(name + ".rejects.jsonl").read_text("utf-8")


def test_the_output_is_the_same_with_and_without_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    work._repeats.cache_clear()
    tagged: list[int] = []
    tag = Pipeline.tag
    monkeypatch.setattr(Pipeline, "tag", lambda self, products: tagged.append(len(products)) or tag(self, products))
    with_memory = run(tmp_path, "with.jsonl")
    assert with_memory[0].count("\n") == 12 and with_memory[1].count("\n") == 4
    n_once = sum(tagged)
    monkeypatch.setattr(Repeats, "key", lambda self, record: None)
    assert run(tmp_path, "without.jsonl") == with_memory
    assert (n_once, sum(tagged) - n_once) == (1 + 3, 1 + 12)  # the pipeline warms up on one


@pytest.mark.parametrize(
    "other",
    [{"title": "red dres"}, {"price": 3.0}, {"price": "3"}, {"price": True}, {"name": None}],
    ids=["text", "float", "string", "bool", "column"],
)
def test_only_the_id_may_differ(other: dict[str, Any]) -> None:
    memory = Repeats("id")
    record = {"id": "a", "title": "red dress", "price": 3}
    known = memory.key(record)
    assert memory.key({**record, "id": "b"}) == (known[0], "b")  # type: ignore[index]
    assert memory.key({**record, **other})[0] != known[0]  # type: ignore[index]


@pytest.mark.parametrize(
    "record", [None, {"title": "no id"}, {"id": "nan", "title": "x"}, {"id": "1", "title": "\ud800"}, {"id": "1", "n": 1 << 70}]
)
def test_what_cannot_be_told_apart_is_not_remembered(record: dict[str, Any] | None) -> None:
    assert Repeats("id").key(record) is None


def test_the_id_is_the_one_cleaning_gives() -> None:
    for value in ("  a\u200b1 ", 17.0, 5, "＃7"):
        record = {"id": value, "title": "red dress"}
        _, identifier = Repeats("id").key(record)  # type: ignore[misc]
        assert identifier == clean_record(record, map_columns(["id", "title"])).product.id  # type: ignore[union-attr]


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "_MOST_BYTES", 100)
    memory = Repeats("id")
    for number in range(30):
        memory.put(bytes([number]), Made(b"x" * 40, b"", {}))
        assert memory.get(bytes([number])) is not None
        assert sum(len(made.tail) for made in memory._made.values()) <= 100
