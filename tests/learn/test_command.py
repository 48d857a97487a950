"""`hangtag train` hands on what it is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import hangtag.cli.train  # noqa: F401  (each command is loaded by itself)
from hangtag.cli.app import app
from hangtag.errors import InputError

Products = Callable[[int, int], list[dict[str, Any]]]
Writer = Callable[[Path, list[dict[str, Any]]], Path]
pytestmark = pytest.mark.xdist_group("learn")


def train(gold: Path, *options: str) -> dict[str, Any]:
    result = CliRunner().invoke(app, ["train", str(gold), "-o", str(gold.parent / "model"), "--json", *options])
    assert result.exit_code == 0, result.output
    card: dict[str, Any] = json.loads(result.stdout)
    return card


def test_a_baseline_is_trained_where_one_is_asked_for(tmp_path: Path, products: Products, write_gold: Writer) -> None:
    pytest.importorskip("skops")
    card = train(write_gold(tmp_path / "gold.jsonl", products(60, 1)), "--kind", "tfidf-lr")
    assert card["kind"] == "tfidf-lr" and card["dev"]["f1"] > 0.5
    assert (tmp_path / "model" / "estimators.skops").is_file()


def test_settings_and_curves_reach_the_training(tiny_backbone: str, tmp_path: Path, products: Products, write_gold: Writer) -> None:
    pytest.importorskip("tensorboard")
    gold, dev = write_gold(tmp_path / "gold.jsonl", products(20, 1)), write_gold(tmp_path / "dev.jsonl", products(11, 2))
    options = ["--backbone", tiny_backbone, "--epochs", "1", "--layers", "1", "--warmup", "0.5", "--foreign", "0", "--seed", "7"]
    card = train(gold, "--dev", str(dev), "--track", f"tensorboard:{tmp_path / 'curves'}", *options)
    assert card["products"] == 20 and card["dev"]["products"] == 11
    given = {"backbone": tiny_backbone, "epochs": 1, "layers": 1, "warmup": 0.5, "foreign": 0, "seed": 7}
    assert {name: card["settings"][name] for name in given} == given
    assert list((tmp_path / "curves").glob("events.*"))


def test_values_of_another_source_are_known(tiny_backbone: str, tmp_path: Path, products: Products, write_gold: Writer) -> None:
    gold = write_gold(tmp_path / "gold.jsonl", products(20, 1))
    other = {"id": "1", "title": "Bottle green poncho", "gold": {"Color": ["Bottle green"], "Fringe": ["yes"]}}
    also = write_gold(tmp_path / "also.jsonl", [other])
    card = train(gold, "--also", str(also), "--backbone", tiny_backbone, "--epochs", "1")
    known = json.loads((tmp_path / "model" / "model.json").read_text(encoding="utf-8"))
    assert card["also"] == [str(also)] and card["products"] == 18
    assert known["known"]["answers"]["Color"]["bottle green"] == 1 and "Fringe" not in known["attributes"]


def test_a_level_is_not_given_where_one_is_found(tmp_path: Path, products: Products, write_gold: Writer) -> None:
    gold = write_gold(tmp_path / "gold.jsonl", products(20, 1))
    command = ["train", str(gold), "-o", str(tmp_path / "model"), "--unlabelled", str(gold), "--least-confidence", "0.5"]
    result = CliRunner().invoke(app, command)
    assert isinstance(result.exception, InputError) and "--unlabelled" in str(result.exception)
    assert not (tmp_path / "model").exists()
