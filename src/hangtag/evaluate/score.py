"""Scores tags against gold, by either of two protocols.

`set` (Hangtag's own): per product and judged attribute, the set of values said against the set of gold values. `any` (ExtractGPT,
Brinkmann, Shraga & Bizer 2024): one prediction per judged attribute, right when it equals any gold value exactly after strip.
In both, precision = correct / (correct + wrong + invented) and recall = correct / (correct + wrong + missed).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np

from hangtag.errors import GoldError
from hangtag.evaluate.compare import Comparer, Names, count_matches, quotes
from hangtag.evaluate.gold import GoldRecord
from hangtag.evaluate.metrics import Counts, f1_interval
from hangtag.model import UNGROUNDED, Example, Inference, Status, Tag, TextSpan

__all__ = ["AttributeScore", "Match", "Report", "any_counts", "score", "tags_for_name"]

Match: TypeAlias = Literal["set", "any"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeScore:
    """One judged attribute. `names` are the names gold gives it, `judged` and `tagged` count products."""

    attribute: str
    names: tuple[str, ...]
    known: bool
    judged: int
    tagged: int
    counts: Counts

    def to_dict(self) -> dict[str, Any]:
        return {
            "attribute": self.attribute,
            "names": list(self.names),
            "known": self.known,
            "judged": self.judged,
            "coverage": self.tagged / self.judged,
            **self.counts.to_dict(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How tags compare with gold. `attributes` go from the most gold values to the fewest; `interval` is the 95 % one of micro-F1. `quoted`
    tags have a place in the text, `ungrounded` ones came with a quote the text does not have."""

    match: Match
    statuses: tuple[Status, ...] | None
    products: int
    products_without_tags: int
    attributes: tuple[AttributeScore, ...]
    interval: tuple[float, float]
    quoted: int = 0
    ungrounded: int = 0

    @property
    def hallucination_rate(self) -> float:
        """Of the tags that had to show where they were read, the share that named a place the product does not have."""
        return self.ungrounded / (self.quoted + self.ungrounded) if self.ungrounded else 0.0

    @property
    def micro(self) -> Counts:
        return sum((attribute.counts for attribute in self.attributes), Counts())

    @property
    def known(self) -> Counts:
        """Micro over the attributes that the vocabulary knows or the tagger has used."""
        return sum((attribute.counts for attribute in self.attributes if attribute.known), Counts())

    @property
    def macro(self) -> dict[str, float]:
        """Means over the attributes that have something to count: a gold value or a prediction."""
        counted = [attribute.counts for attribute in self.attributes if attribute.counts != Counts()]
        return {
            measure: sum(getattr(counts, measure) for counts in counted) / len(counted) if counted else 0.0
            for measure in ("precision", "recall", "f1")
        }

    @property
    def attribute_coverage(self) -> float:
        """Share of the judged attributes that are known."""
        return sum(attribute.known for attribute in self.attributes) / len(self.attributes) if self.attributes else 0.0

    @property
    def unknown(self) -> dict[str, int]:
        """Gold names of the attributes nobody knows, with the number of gold values missed there, most first."""
        return {name: attribute.counts.missed for attribute in self.attributes if not attribute.known for name in attribute.names}

    def rows(self) -> list[dict[str, Any]]:
        """The per-attribute table, one row an attribute."""
        return [attribute.to_dict() for attribute in self.attributes]

    def to_dict(self) -> dict[str, Any]:
        """All figures, ready for JSON."""
        return {
            "match": self.match,
            "statuses": list(self.statuses) if self.statuses is not None else None,
            "products": self.products,
            "products_without_tags": self.products_without_tags,
            "micro": {**self.micro.to_dict(), "f1_low": self.interval[0], "f1_high": self.interval[1]},
            "macro": self.macro,
            "known": self.known.to_dict(),
            "attribute_coverage": self.attribute_coverage,
            **({"hallucination_rate": self.hallucination_rate} if self.quoted or self.ungrounded else {}),
            "unknown": self.unknown,
            "attributes": self.rows(),
        }


def score(
    golds: Iterable[GoldRecord | Example],
    predictions: Mapping[str, Sequence[Tag]] | Iterable[Sequence[Tag]],
    *,
    match: Match = "set",
    names: Names | None = None,
    statuses: Collection[Status] | None = None,
    seed: int = 0,
    gold_names: Collection[str] | None = None,
) -> Report:
    """Score predictions against gold.

    `predictions` maps product ids to tags, or yields one sequence of tags per gold record, in order; an iterable is read as a
    stream. `names` is the vocabulary; without it attributes and values compare as folded text. Tags with status "rejected" never
    count; `statuses` narrows further (`{"auto"}`: what would be published unseen). `seed` is the bootstrap's. Where the records are part
    of a larger gold, `gold_names` are the names of all its attributes: what is said under another's name answers for none.

    Raises `GoldError` where there is no gold, where predictions and gold differ in length, or share no id.
    """
    if match not in ("set", "any"):
        raise ValueError(f"match must be 'set' or 'any', got {match!r}")
    records = list(golds)
    if not records:
        raise GoldError("no gold records to score against: give at least one labelled product")
    tally = _Tally(Comparer(names), set(gold_names) if gold_names is not None else {name for one in records for name in one.gold})
    counted = None if statuses is None else frozenset(statuses)
    for record, tags in _paired(records, predictions):
        tally.see(tags)
        kept = [tag for tag in tags if tag.status != "rejected" and (counted is None or tag.status in counted)]
        tally.add(record.gold, kept, match)
    return Report(
        match=match,
        statuses=None if counted is None else tuple(sorted(counted)),
        products=len(records),
        products_without_tags=tally.untagged,
        attributes=tally.scores(),
        interval=f1_interval(np.array(tally.per_product, dtype=np.int64), seed=seed),
        quoted=tally.quoted,
        ungrounded=tally.ungrounded,
    )


@dataclass(slots=True)
class _Row:
    names: dict[str, None] = field(default_factory=dict)
    judged: int = 0
    tagged: int = 0
    counts: Counts = field(default_factory=Counts)


class _Tally:
    def __init__(self, comparer: Comparer, gold_names: set[str]) -> None:
        self.untagged = self.quoted = self.ungrounded = 0
        self.per_product: list[tuple[int, int, int]] = []
        self._comparer = comparer
        self._gold_names = gold_names
        self._rows: dict[str, _Row] = {}
        self._used: set[str] = set()

    def see(self, tags: Sequence[Tag]) -> None:
        self._used.update(self._comparer.attribute(tag.attribute) for tag in tags)

    def add(self, gold: Mapping[str, Sequence[str]], tags: Sequence[Tag], match: Match) -> None:
        self.untagged += not tags
        for tag in tags:
            self.quoted += any(isinstance(item, TextSpan) for item in tag.evidence)
            self.ungrounded += any(isinstance(item, Inference) and item.method == UNGROUNDED for item in tag.evidence)
        groups: dict[str, list[str]] = {}
        for name in gold:
            groups.setdefault(self._comparer.attribute(name), []).append(name)
        by_attribute: dict[str, list[Tag]] = {}
        for tag in tags:
            by_attribute.setdefault(self._comparer.attribute(tag.attribute), []).append(tag)
        total = Counts()
        for attribute, names in groups.items():
            said = by_attribute.get(attribute, [])
            row = self._rows.setdefault(attribute, _Row())
            row.names.update(dict.fromkeys(names))
            row.judged += 1
            row.tagged += bool(said)
            if match == "set":
                counts = self._set_counts(attribute, [value for name in names for value in gold[name]], said)
            else:
                counts = sum(
                    (any_counts(gold[name], tags_for_name(name, names, said, self._comparer, self._gold_names)) for name in names), Counts()
                )
            row.counts += counts
            total += counts
        self.per_product.append((total.correct, total.predicted, total.gold))

    def scores(self) -> tuple[AttributeScore, ...]:
        scores = [
            AttributeScore(
                attribute=attribute if self._comparer.in_vocabulary(attribute) else min(row.names),
                names=tuple(sorted(row.names)),
                known=attribute in self._used or any(map(self._comparer.in_vocabulary, row.names)),
                judged=row.judged,
                tagged=row.tagged,
                counts=row.counts,
            )
            for attribute, row in self._rows.items()
        ]
        return tuple(sorted(scores, key=lambda one: (-one.counts.gold, one.attribute)))

    def _set_counts(self, attribute: str, texts: Sequence[str], tags: Sequence[Tag]) -> Counts:
        gold = self._comparer.gold_values(attribute, texts)
        said = self._comparer.tagged_values(attribute, tags)
        correct, unsaid = count_matches([[self._comparer.says(attribute, one, value) for value in gold] for one in said], len(gold))
        wrong = min(unsaid, len(said) - correct)
        return Counts(correct, wrong, unsaid - wrong, len(said) - correct - wrong)


def tags_for_name(name: str, judged: Collection[str], tags: Sequence[Tag], comparer: Comparer, gold_names: Collection[str]) -> list[Tag]:
    """The tags that answer for one gold name: its own, and those that speak of the attribute by no other of all `gold_names`.

    A tagger that keeps gold's names tells "Size" from "Shoe Size" even where the vocabulary takes both for one attribute; the
    vocabulary's own id answers for all of them, unless it is itself among the names `judged` on this product.
    """
    attribute = comparer.attribute(name)

    def answers(said: str) -> bool:
        return said == name or (said not in judged and (said == attribute or said not in gold_names))

    return [tag for tag in tags if comparer.attribute(tag.attribute) == attribute and answers(tag.attribute)]


def any_counts(gold: Sequence[str], tags: Sequence[Tag]) -> Counts:
    """What one prediction, the surest of the tags, is worth by the protocol `any`."""
    if not tags:
        return Counts(missed=1) if gold else Counts()
    if not gold:
        return Counts(invented=1)
    best = min(tags, key=_rank)
    # One prediction has two spellings: what was read and what it was made into. Either may be the one the labeller wrote.
    said = {_answer(best), best.value.strip()}
    return Counts(correct=1) if not said.isdisjoint(value.strip() for value in gold) else Counts(wrong=1)


def _rank(tag: Tag) -> tuple[float, bool, int, str, str]:
    """Highest confidence first; among equals what the title says first, then a fixed order."""
    span = next((evidence for evidence in tag.evidence if isinstance(evidence, TextSpan)), None)
    return -tag.confidence, span is None or span.field != "title", span.start if span else 0, _answer(tag), tag.value


def _answer(tag: Tag) -> str:
    """What a tag says in the product's own words: what was read where something was, else its value."""
    return next(iter(quotes(tag)), tag.value).strip()


def _paired(
    records: Sequence[GoldRecord | Example], predictions: Mapping[str, Sequence[Tag]] | Iterable[Sequence[Tag]]
) -> Iterator[tuple[GoldRecord | Example, Sequence[Tag]]]:
    if isinstance(predictions, Mapping):
        ids = [record.id if isinstance(record, GoldRecord) else record.product.id for record in records]
        if predictions and predictions.keys().isdisjoint(ids):
            raise GoldError(
                f"no id of the gold (such as {ids[0]!r}) is among the predictions (such as {next(iter(predictions))!r}): "
                "score the tags of the products that gold labels"
            )
        yield from zip(records, (predictions.get(identifier, ()) for identifier in ids), strict=True)
        return
    try:
        yield from zip(records, predictions, strict=True)
    except ValueError as problem:
        raise GoldError(
            f"gold has {len(records)} products, the predictions have another number: give one list of tags per product"
        ) from problem
