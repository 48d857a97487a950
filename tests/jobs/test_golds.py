"""Labelled products reach every job, whatever file they come in; labels in which nothing varies are not learned from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hangtag.catalog import clean_rows, open_catalogue
from hangtag.errors import GoldError, InputError
from hangtag.jobs import Setup, evaluate_gold
from hangtag.jobs.evaluate import compare_taggers
from hangtag.jobs.golds import read_examples
from hangtag.jobs.train import fit, read_labelled, train_model
from hangtag.learn.settings import TrainSettings

ROWS: list[dict[str, Any]] = [
    {"id": "1", "title": "Red cotton dress", "材质": "棉", "gold": {"color": ["red"], "material": ["cotton"]}},
    {"id": "2", "title": "女士亚麻衬衫 蓝色", "材质": "", "gold": {"color": ["blue", "navy"], "material": []}},
    {"id": "3", "title": "Teal, long scarf", "材质": "", "gold": {"color": ["teal"]}},
]
TABLE = """id,title,材质,gold.color,gold.material
1,Red cotton dress,棉,red,cotton
2,女士亚麻衬衫 蓝色,,blue|navy,
3,"Teal, long scarf",,teal,?
"""


@pytest.fixture
def both(tmp_path: Path) -> tuple[Path, Path]:
    """The same labels as lines and as a table."""
    lines, table = write(tmp_path / "gold.jsonl", ROWS), tmp_path / "gold.csv"
    table.write_text(TABLE, encoding="utf-8")
    return lines, table


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_a_table_is_learned_from_shown_and_scored_as_lines_are(both: tuple[Path, Path]) -> None:
    lines, table = both
    assert read_labelled(table) == read_labelled(lines)
    assert read_examples([table]) == read_examples([lines])
    setup = Setup(taggers=("lexicon",))
    assert evaluate_gold(table, setup=setup).to_dict() == evaluate_gold(lines, setup=setup).to_dict()
    figures = [compare_taggers(path, {"lexicon": setup}, trained_on=path)[0] for path in both]
    assert figures[0]["f1"] == figures[1]["f1"] and figures[0]["by_frequency"] == figures[1]["by_frequency"]


def test_labels_in_a_table_that_is_tagged_are_no_text_of_the_product(both: tuple[Path, Path]) -> None:
    first, *_ = clean_rows(open_catalogue(both[1]))
    assert not hasattr(first, "reason") and set(first.product.attributes) == {"材质"}


@pytest.mark.parametrize("kind", ["encoder", "seq2seq", "causal", "bilstm-crf", "bow-lr", "tfidf-rf", "knn"])
@pytest.mark.parametrize("least", [None, 0.5])
def test_nothing_that_varies_is_refused_for_every_kind(kind: str, least: float | None, tmp_path: Path) -> None:
    gold = {"color": ["red"], "size": ["M", "L"], "lining": []}
    rows = [{"title": f"red dress {number}", "gold": gold} for number in range(24)]
    path = write(tmp_path / "gold.jsonl", [*rows, {"title": "hat", "gold": {"color": ["red"]}}])
    with pytest.raises(GoldError) as caught:
        train_model(path, tmp_path / "model", kind=kind, least_confidence=least)
    count = 25 if least else 23
    assert str(caught.value) == (
        f"{path}: nothing varies in what is judged (color 'red'; size 'L', 'M'; labelled products: {count}), so there is nothing to tell "
        "apart: add products with other values of 'color', and such as were judged to have none"
    )
    assert not (tmp_path / "model").exists()


def test_only_some_of_many_attributes_are_named(tmp_path: Path) -> None:
    path = write(tmp_path / "gold.jsonl", [{"title": "dress", "gold": {name: ["x"] for name in "abcde"}}])
    with pytest.raises(GoldError, match=r"\(a 'x'; b 'x'; c 'x'; and 2 more; labelled products: 1\)"):
        fit(read_labelled(path), 0.5, tmp_path / "model")


@pytest.mark.parametrize("other", [{"color": ["blue"]}, {"color": []}, {"color": ["red", "blue"]}])
def test_another_answer_is_enough(other: dict[str, list[str]], tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    rows = [{"title": f"red dress {number}", "gold": {"color": ["red"]}} for number in range(4)]
    path = write(tmp_path / "gold.jsonl", [*rows, {"title": "hat", "gold": other}])
    train_model(path, tmp_path / "model", kind="tfidf-lr")
    assert (tmp_path / "model").is_dir()


def test_what_also_says_of_the_same_attribute_counts(tmp_path: Path) -> None:
    same = write(tmp_path / "gold.jsonl", [{"title": "red dress", "gold": {"color": ["red"]}}] * 2)
    elsewhere = write(tmp_path / "elsewhere.jsonl", [{"title": "blue hat", "gold": {"Farbe": ["blau"]}}])
    other = write(tmp_path / "other.jsonl", [{"title": "blue hat", "gold": {"color": ["blue"]}}])
    with pytest.raises(GoldError, match="nothing varies"):
        train_model(same, tmp_path / "model", also=[elsewhere], kind="tfidf-lr")
    with pytest.raises(InputError, match="--kind magic"):  # beyond the labels
        train_model(same, tmp_path / "model", also=[other], kind="magic")


def test_no_value_at_all_names_the_file_and_an_option_does_not(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="training needs the extra 'train'")
    empty = write(tmp_path / "gold.jsonl", [{"title": "red dress", "gold": {"color": []}}])
    with pytest.raises(GoldError, match=r"gold.jsonl: no labelled product has any value"):
        train_model(empty, tmp_path / "model", settings=TrainSettings(epochs=1))
    varied = write(tmp_path / "varied.jsonl", [{"title": t, "gold": {"color": [c]}} for t in "ab" for c in ("red", "blue")])
    with pytest.raises(GoldError, match=r"^--match best"):
        train_model(varied, tmp_path / "model", kind="tfidf-lr", match="best")
