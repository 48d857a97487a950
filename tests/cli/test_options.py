"""Options that would do nothing are refused."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hangtag.cli.app import COMMANDS, app


@pytest.mark.parametrize(
    ("command", "options"),
    [
        (["tag", "FILE", "--tagger", "lexicon", "-o", "out.jsonl"], ["--batch"]),
        (["tag", "FILE", "--tagger", "lexicon", "-o", "out.jsonl"], ["--budget", "5"]),
        (["tag", "FILE", "--tagger", "lexicon"], ["--examples", "nosuch.jsonl"]),
        (["plan", "FILE", "--tagger", "lexicon"], ["--batch"]),
        (["plan", "FILE", "--tagger", "lexicon"], ["--examples", "nosuch.jsonl"]),
        (["evaluate", "FILE", "--tagger", "lexicon"], ["--examples", "nosuch.jsonl"]),
        (["compare", "FILE", "--tagger", "lexicon", "--tagger", "measure"], ["--examples", "nosuch.jsonl"]),
        (["calibrate", "models/a", "FILE"], ["--examples", "nosuch.jsonl"]),
        (["distil", "FILE", "--teacher", "lexicon", "-o", "student"], ["--examples", "nosuch.jsonl"]),
    ],
)
def test_what_only_language_models_heed_is_refused_without_one(
    command: list[str], options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in COMMANDS:
        importlib.import_module(f"hangtag.cli.{name}")
    Path("gold.jsonl").write_text(json.dumps({"id": "1", "title": "red dress", "gold": {"color": ["red"]}}), encoding="utf-8")
    found = CliRunner().invoke(app, [*("gold.jsonl" if part == "FILE" else part for part in command), *options])
    assert found.exit_code != 0 and f"{options[0]}: this is for language models" in str(found.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["gold.jsonl"]
