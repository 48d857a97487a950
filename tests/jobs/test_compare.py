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


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--tagger", "lexicon", "--thresholds", "sure.json"], "take two taggers"),
        (["--tagger", "lexicon", "--tagger", "keyword", "--ask", "0.1"], "--ask goes with --thresholds"),
        (["--tagger", "lexicon", "--tagger", "keyword", "--curve", "c.svg", "--ask", "0.1"], "with --thresholds"),
        (["--tagger", "lexicon", "--tagger", "keyword", "--thresholds", "sure.json", "--ask", "3"], "between 0 and 1"),
        (["--tagger", "lexicon", "--tagger", "keyword", "--thresholds", "sure.json", "--each"], "do nothing"),
        (["--tagger", "lexicon", "--tagger", "keyword", "--thresholds", "none/sure.json"], "there is no folder none"),
    ],
)
def test_options_of_a_cascade_that_do_not_fit_are_refused(
    options: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("gold.jsonl").write_text(json.dumps({"id": "1", "title": "red dress", "gold": {"color": ["red"]}}), encoding="utf-8")
    found = CliRunner().invoke(app, ["compare", "gold.jsonl", *options])
    assert found.exit_code != 0 and message in " ".join(str(found.exception).split())
    assert [path.name for path in tmp_path.iterdir()] == ["gold.jsonl"]


def test_thresholds_by_attribute_are_written_and_shown(tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    rows = [{"id": str(n), "title": f"Red cotton dress {n}", "gold": {"color": ["red"]}} for n in range(6)]
    gold.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    command = ["compare", str(gold), "--tagger", "lexicon", "--tagger", "keyword", "--thresholds", str(tmp_path / "sure.json")]
    shown = CliRunner().invoke(app, command)
    assert shown.exit_code == 0, shown.exception
    assert "by attribute" in shown.stdout
    assert json.loads((tmp_path / "sure.json").read_text()) == {"color": 0.0}  # the lexicon is right already
    told = json.loads(CliRunner().invoke(app, [*command, "--json"]).stdout)
    assert told["thresholds"] == {"color": 0.0} and told["by_attribute"]["f1"] == 1.0 and len(told["curve"]) > 1
