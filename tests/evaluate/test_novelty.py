"""Recall of values by how often training had them counts what scores count."""

from __future__ import annotations

import pytest

from hangtag.evaluate import GoldRecord, score
from hangtag.evaluate.novelty import recall_by_frequency
from hangtag.evaluate.score import Match
from hangtag.model import Tag, TextSpan


def record(number: int, **gold: tuple[str, ...]) -> GoldRecord:
    return GoldRecord(line=number, id=str(number), record={"title": "x"}, gold=gold)


def tag(attribute: str, value: str, confidence: float = 0.9, quote: str = "") -> Tag:
    evidence = (TextSpan("title", 0, len(quote), quote),) if quote else ()
    return Tag(attribute=attribute, value=value, confidence=confidence, source="t@1", evidence=evidence)


@pytest.mark.parametrize("match", ["set", "any"])
def test_names_compare_as_in_scores(match: Match) -> None:
    trained = [record(number, colour=("Red",)) for number in range(5)] + [record(9, colour=("teal",), Size=("M",))]
    golds = [record(1, Colour=("red",), size=("M",)), record(2, Colour=("navy",)), record(3, Colour=("red",), size=())]
    said = [[tag("COLOUR", "red"), tag("Size", "M")], [tag("colour", "navy")], [tag("colour", "teal")]]
    found = recall_by_frequency(golds, said, trained, match=match)
    assert {group: (one["values"], one["found"]) for group, one in found.items()} == {"often": (2, 1), "rare": (1, 1), "unseen": (1, 1)}
    micro = score(golds, said, match=match).micro
    assert micro.correct == sum(one["found"] for one in found.values()) and micro.gold == sum(one["values"] for one in found.values())


def test_one_value_in_two_forms_counts_once() -> None:
    golds = [record(1, Size=("10 cm", "10.0 CM"), size=("10 CM",))]
    found = recall_by_frequency(golds, [[tag("size", "10 cm")]], [record(2, Size=("10 cm",))])
    assert found["rare"] == {"values": 1, "found": 1, "recall": 1.0} and found["unseen"]["recall"] is None


def test_of_several_tags_the_surest_answers() -> None:
    golds = [record(1, Color=("red",))]
    said = [tag("Color", "navy", 0.9, "navy"), tag("Color", "red", 0.8, "red")]
    for tags in (said, list(reversed(said))):
        assert recall_by_frequency(golds, [tags], [], match="any")["unseen"]["found"] == 0
        assert score(golds, [tags], match="any").micro.correct == 0
