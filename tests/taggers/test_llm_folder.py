"""Where a language model's answers and bills are kept: what is wrong there is said, with the cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from hangtag.config import LlmSettings
from hangtag.errors import InputError, RunError
from hangtag.jobs import Setup, tag_catalogue

HERE = "http://127.0.0.1:9/v1"


def test_a_place_for_answers_that_cannot_be_used_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Setup(taggers=("llm:m",), llm=LlmSettings(base_url=HERE))
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setattr("hangtag.taggers.llm_folder.cache_folder", lambda: tmp_path / "file" / "cache")
    with pytest.raises(RunError, match=r"llm-answers\.sqlite.*HANGTAG_CACHE"):
        asked.build()
    monkeypatch.setattr("hangtag.taggers.llm_folder.cache_folder", lambda: tmp_path)
    (tmp_path / "llm-answers.sqlite").write_bytes(b"no database " * 1000)
    with pytest.raises(RunError, match=r"llm-answers\.sqlite.*not a database.*moved away"):
        asked.build()


def test_a_line_of_the_bill_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hangtag.taggers.llm_folder.cache_folder", lambda: tmp_path)
    spent = tmp_path / "spent.jsonl"
    spent.write_text('[1, 2, true, "m"]\n{"what": 5}\n', encoding="utf-8")
    with pytest.raises(RunError, match=r"spent\.jsonl.*mend the line"):
        Setup(taggers=("llm:m",), llm=LlmSettings(base_url=HERE)).spending(spent).build()


def test_examples_that_are_not_there_are_named(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.csv"
    path.write_text("id,title\n1,A red dress\n", encoding="utf-8")
    asked = Setup(taggers=("llm:m",), llm=LlmSettings(base_url=HERE, examples=(str(tmp_path / "nosuch.jsonl"),)))
    with pytest.raises(InputError, match=r"nosuch\.jsonl cannot be read"):
        tag_catalogue(path, tmp_path / "tags.jsonl", setup=asked)
