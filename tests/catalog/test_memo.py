"""What is remembered is bounded, and never changes what comes out."""

from __future__ import annotations

from hangtag.catalog import clean_record, map_columns
from hangtag.catalog.memo import Memo


def test_a_memo_asks_once_and_forgets_all_at_its_bound() -> None:
    asked: list[str] = []

    def make(key: str) -> str:
        asked.append(key)
        return key.upper()

    memo = Memo(make, most=3)
    assert [memo[key] for key in "abab"] == ["A", "B", "A", "B"] and asked == ["a", "b"]
    assert [memo[key] for key in "cde"] == ["C", "D", "E"]
    assert len(memo) == 2 and memo["a"] == "A" and asked == ["a", "b", "c", "d", "e", "a"]


def test_long_texts_are_not_kept() -> None:
    memo = Memo(len, most=10)
    assert [memo["x" * length] for length in (80, 81, 81)] == [80, 81, 81]
    assert list(memo) == ["x" * 80]


def test_values_met_before_are_the_records_own_strings() -> None:
    columns = map_columns(["title", "attributes"])
    for _ in range(2):
        value = "".join(["oak", " ", "wood"])
        cleaned = clean_record({"title": "Lamp", "attributes": {"material": value}}, columns)
        assert cleaned.product.attributes["material"] is value and cleaned.changed == ()
