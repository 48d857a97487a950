"""Scoring taggers on labelled products."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hangtag.errors import EndpointError, GoldError
from hangtag.evaluate import Report, read_gold, score
from hangtag.evaluate.novelty import recall_by_frequency
from hangtag.evaluate.score import Match
from hangtag.jobs.bills import Tell, billed
from hangtag.jobs.golds import gold_products
from hangtag.jobs.setup import Setup
from hangtag.model import Product, Status, Tag, Unanswered
from hangtag.pipeline import Pipeline

__all__ = ["all_answered", "compare_taggers", "evaluate_gold", "match_of"]

MATCHES = ("set", "any")
_WARM_UP = 32


def evaluate_gold(
    gold: str | Path, *, setup: Setup | None = None, match: str = "set", statuses: Sequence[Status] | None = None, tell: Tell | None = None
) -> Report:
    """Tag the products of a gold file and score the tags; raises `GoldError` naming file and line for what cannot be scored.

    `statuses` limits what counts as said, such as only "auto". `tell` is told what language models cost.
    """
    checked = match_of(match)
    pipeline = (setup if setup is not None else Setup()).build()
    records = list(read_gold(gold))
    products = gold_products(records, str(gold))
    with billed(pipeline, tell):
        predictions = all_answered(_tags(pipeline, products))
    return score(records, predictions, match=checked, names=pipeline.vocabulary, statuses=tuple(statuses) if statuses else None)


def compare_taggers(
    gold: str | Path,
    setups: Mapping[str, Setup],
    *,
    match: str = "set",
    trained_on: str | Path | None = None,
    tell: Tell | None = None,
) -> list[dict[str, Any]]:
    """One row a setup, in order: precision, recall, micro-F1 with its 95 % interval, wrong, missed and invented values, products a second,
    figures by attribute and, given the labels `trained_on`, recall of values that these have often, rarely and never. `tell` is told what
    the language models of each cost.

    The clock runs while products are tagged, not while taggers are loaded. Raises as `evaluate_gold` does.
    """
    checked = match_of(match)
    records = list(read_gold(gold))
    products = gold_products(records, str(gold))
    learned = list(read_gold(trained_on)) if trained_on is not None else []
    rows = []
    for name, setup in setups.items():
        pipeline = setup.build()
        if not setup.asks_llm:  # each of its questions is paid for
            pipeline.tag(products[:_WARM_UP])
        with billed(pipeline, tell):
            begun = time.perf_counter()
            predictions = all_answered(_tags(pipeline, products))
            seconds = time.perf_counter() - begun
        report = score(records, predictions, match=checked, names=pipeline.vocabulary).to_dict()
        row = {"tagger": name, **report["micro"], "products_per_s": len(products) / seconds, "attributes": report["attributes"]}
        if learned:
            row["by_frequency"] = recall_by_frequency(records, predictions, learned, match=checked, names=pipeline.vocabulary)
        rows.append(row)
    return rows


def _tags(pipeline: Pipeline, products: Sequence[Product]) -> Iterator[list[Tag]]:
    for _, tags in pipeline.pipe(products):
        yield tags


def all_answered(tags: Iterable[list[Tag]]) -> list[list[Tag]]:
    """The lists, if there are tags of all products; raises `EndpointError` where some could not be read: figures would be wrong."""
    found = list(tags)
    reasons = [said.reason for said in found if isinstance(said, Unanswered)]
    if reasons:
        raise EndpointError(f"{len(reasons)} products were not answered ({reasons[0]}); the other answers are kept: run again for these")
    return found


def match_of(match: str) -> Match:
    """The protocol of that name; raises `GoldError` for another."""
    if match == "set":
        return "set"
    if match == "any":
        return "any"
    raise GoldError(f"--match {match}: there are {' and '.join(MATCHES)}; see docs/evaluate.md")
