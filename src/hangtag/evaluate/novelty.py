"""Does a tagger find what it never saw? Recall of gold values by how often the training labels have them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from hangtag.evaluate.compare import Comparer, Meaning, Names, quotes
from hangtag.evaluate.gold import GoldRecord
from hangtag.evaluate.score import Match
from hangtag.model import Tag
from hangtag.text.fold import fold_text

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
    seen = Counter(
        (name, fold_text(value).strip()) for record in trained_on for name, values in record.gold.items() for value in set(values)
    )
    comparer = Comparer(names)
    totals, found = Counter[str](), Counter[str]()
    for record, tags in zip(golds, predictions, strict=True):
        for name, values in record.gold.items():
            if not values:
                continue
            mine = [tag for tag in tags if tag.attribute in (name, comparer.attribute(name)) and tag.status != "rejected"]
            groups = [_group(seen[name, fold_text(value).strip()]) for value in values]
            if match == "any":
                best = max(mine, key=lambda tag: tag.confidence, default=None)
                group = min(groups, key=GROUPS.index)
                totals[group] += 1
                found[group] += best is not None and not {best.value.strip(), *quotes(best)}.isdisjoint(value.strip() for value in values)
                continue
            attribute = comparer.attribute(name)
            said = comparer.tagged_values(attribute, mine)
            for group, value in zip(groups, values, strict=True):
                totals[group] += 1
                found[group] += _says(comparer, attribute, said, value)
    return {
        group: {"values": totals[group], "found": found[group], "recall": found[group] / totals[group] if totals[group] else None}
        for group in GROUPS
    }


def _group(count: int) -> str:
    return GROUPS[0] if count >= _OFTEN else GROUPS[1] if count else GROUPS[2]


def _says(comparer: Comparer, attribute: str, said: Sequence[Meaning], value: str) -> bool:
    return any(comparer.says(attribute, one, gold) for gold in comparer.gold_values(attribute, [value]) for one in said)
