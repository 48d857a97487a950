"""Does a tagger find what it never saw? Recall of gold values by how often the training labels have them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hangtag.evaluate.compare import Comparer, Meaning, Names
from hangtag.evaluate.gold import GoldRecord
from hangtag.evaluate.score import Match, any_counts, tags_for_name
from hangtag.model import Tag

__all__ = ["GROUPS", "recall_by_frequency"]

_OFTEN = 5
GROUPS = ("often", "rare", "unseen")
"""Values with at least 5 training examples, with 1 to 4, and with none."""


def recall_by_frequency(
    golds: Sequence[GoldRecord],
    predictions: Sequence[Sequence[Tag]],
    trained_on: Iterable[GoldRecord],
    *,
    match: Match = "set",
    names: Names | None = None,
) -> dict[str, dict[str, Any]]:
    """{group: {"values", "found", "recall"}} for the `GROUPS`; recall is None where there is no value.

    By `any`, whose gold values are alternatives, a list counts once: found where one of them is said, and of the group of its most
    frequent one.
    """
    comparer, gold_names = Comparer(names), {name for record in golds for name in record.gold}
    seen = Counter(key for record in trained_on for key in _meanings(comparer, record.gold))
    totals, found = Counter[str](), Counter[str]()
    for record, tags in zip(golds, predictions, strict=True):
        kept = [tag for tag in tags if tag.status != "rejected"]
        if match == "any":
            for name, values in record.gold.items():
                keys = _meanings(comparer, {name: values})
                if not keys:
                    continue
                group = min((_group(seen[key]) for key in keys), key=GROUPS.index)
                totals[group] += 1
                mine = tags_for_name(name, record.gold.keys(), kept, comparer, gold_names)
                found[group] += any_counts(values, mine).correct
            continue
        for (attribute, key), meaning in _meanings(comparer, record.gold).items():
            group = _group(seen[attribute, key])
            said = comparer.tagged_values(attribute, [tag for tag in kept if comparer.attribute(tag.attribute) == attribute])
            totals[group] += 1
            found[group] += any(comparer.says(attribute, one, meaning) for one in said)
    return {
        group: {"values": totals[group], "found": found[group], "recall": found[group] / totals[group] if totals[group] else None}
        for group in GROUPS
    }


def _group(count: int) -> str:
    return GROUPS[0] if count >= _OFTEN else GROUPS[1] if count else GROUPS[2]


def _meanings(comparer: Comparer, gold: Mapping[str, Sequence[str]]) -> dict[tuple[str, frozenset[str]], Meaning]:
    """The distinct values of a product as scores count them, by attribute and what makes them one."""
    texts: dict[str, list[str]] = {}
    for name, values in gold.items():
        texts.setdefault(comparer.attribute(name), []).extend(values)
    return {
        (attribute, one.ids or one.surfaces): one for attribute, values in texts.items() for one in comparer.gold_values(attribute, values)
    }
