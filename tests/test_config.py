"""Settings files: what makes no sense is refused, naming file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from hangtag.config import load_settings
from hangtag.errors import ConfigError

NONSENSE = (
    "chunk_chars = 0",
    "chunk_chars = -5",
    "concurrency = -1",
    "concurrency = 0",
    "requests_per_minute = -1",
    "samples = 0",
    "attempts = 0",
    "timeout_s = 0",
    "timeout_s = -1.5",
    "timeout_s = nan",
    "shots = -1",
    "most_attributes = 0",
    "most_values = 0",
    "answer_tokens = 0",
    "phrases = -1",
    "batch_price = -0.5",
    "prices.m = {input = -1.0, output = 1.0}",
)


@pytest.mark.parametrize("line", NONSENSE)
def test_numbers_that_make_no_sense_are_refused_with_file_and_key(tmp_path: Path, line: str) -> None:
    path = tmp_path / "hangtag.toml"
    path.write_text(f"[llm]\n{line}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load_settings(path)
    assert str(path) in str(refused.value) and f"llm.{line.split(' ')[0].split('.')[0]}" in str(refused.value)


def test_the_least_that_makes_sense_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "hangtag.toml"
    least = ("concurrency = 1", "samples = 1", "shots = 0", "requests_per_minute = 0", "phrases = 0", "timeout_s = 1")
    path.write_text("\n".join(["[llm]", *least]), encoding="utf-8")
    assert load_settings(path).llm.timeout_s == 1.0
