"""A small real model reads a catalogue."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hangtag.config import LlmSettings
from hangtag.jobs import Setup, tag_catalogue

TITLES = ("A red cotton dress", "A navy silk shirt")


def test_a_real_model_reads_a_catalogue(smollm_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plumbing: what it says may be nonsense, where it says it stands may not."""
    monkeypatch.setattr("hangtag.taggers.llm_folder.cache_folder", lambda: tmp_path)
    catalogue = tmp_path / "catalogue.csv"
    catalogue.write_text("id,title,category\n" + "".join(f"{n},{title},Dresses\n" for n, title in enumerate(TITLES)), encoding="utf-8")
    prompts = tmp_path / "prompts"  # short ones: it reads a hundred tokens a second
    prompts.mkdir()
    (prompts / "tag.en.j2").write_text("Write as JSON what the product says of {{ attributes | map(attribute='name') | join(', ') }}.")
    asked = LlmSettings(base_url=smollm_url, timeout_s=120, prompts=str(prompts), answer_tokens=60, most_attributes=1)
    output = tmp_path / "tags.jsonl"
    summary = tag_catalogue(catalogue, output, setup=Setup(taggers=("llm:smollm",), llm=asked))
    assert summary.products + summary.rejects == 2
    assert summary.llm["llm:smollm@v1"]["answered_tokens"] > 0
    for line in map(json.loads, output.read_text(encoding="utf-8").splitlines()):
        title = TITLES[int(line["id"])]
        for tag in line["tags"]:
            assert 0 <= tag["confidence"] <= 1
            assert all(title[one["start"] : one["end"]] == one["quote"] for one in tag["evidence"] if one.get("field") == "title")
