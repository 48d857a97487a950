"""Several taggers on the same labels."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import hangtag.cli.compare  # noqa: F401  the command joins the app
from hangtag.cli.app import app
from hangtag.jobs import Setup
from hangtag.jobs.evaluate import compare_taggers, evaluate_gold


def test_each_row_is_what_evaluating_gives(tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    rows = [
        {"id": "1", "title": "Red cotton dress 90 cm", "gold": {"color": ["red"], "material": ["cotton"]}},
        {"id": "2", "title": "女士亚麻衬衫 蓝色", "gold": {"color": ["blue"], "material": ["linen"]}},
    ]
    gold.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    setups = {"lexicon": Setup(taggers=("lexicon",)), "measure": Setup(taggers=("measure",))}
    lexicon, measure = compare_taggers(gold, setups)
    alone = evaluate_gold(gold, setup=setups["lexicon"]).to_dict()["micro"]
    assert {name: lexicon[name] for name in alone} == alone and lexicon["f1"] == 1.0
    assert (lexicon["tagger"], measure["tagger"], measure["f1"], measure["missed"]) == ("lexicon", "measure", 0.0, 4)
    assert lexicon["products_per_s"] > 0


def test_recall_tells_values_seen_often_rarely_and_never(tmp_path: Path) -> None:
    def write(name: str, rows: list[tuple[str, str]]) -> Path:
        path = tmp_path / name
        lines = [{"id": str(number), "title": title, "gold": {"color": [color]}} for number, (title, color) in enumerate(rows)]
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return path

    train = write("train.jsonl", [("red dress", "red")] * 5 + [("Blue hat", "Blue")])
    test = write("test.jsonl", [("Red coat", "Red"), ("blue coat", "blue"), ("blau coat", "blue"), ("green coat", "green")])
    for match in ("set", "any"):
        (row,) = compare_taggers(test, {"lexicon": Setup(taggers=("lexicon",))}, match=match, trained_on=train)
        found = {group: (one["values"], one["found"]) for group, one in row["by_frequency"].items()}
        assert found == {"often": (1, 1), "rare": (2, 1), "unseen": (1, 1)}


def test_the_command_shows_and_draws(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    gold = tmp_path / "gold.jsonl"
    gold.write_text('{"id": "1", "title": "Red cotton dress", "gold": {"color": ["red"], "material": ["cotton"]}}\n')
    command = ["compare", str(gold), "--tagger", "lexicon", "--tagger", "measure", "--trained-on", str(gold), "--each"]
    result = CliRunner().invoke(app, [*command, "--plot", str(tmp_path / "chart.svg")])
    assert result.exit_code == 0, result.output
    assert "F1 by attribute" in result.output and "rare (2)" in result.output
    assert (tmp_path / "chart.svg").read_text().lstrip().startswith("<?xml")
