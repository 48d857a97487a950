"""How much a cascade's second stage is worth: F1 against the share of products sent on, products a second and money."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from hangtag.config import PolicySettings
from hangtag.errors import InputError
from hangtag.evaluate import GoldRecord, read_gold, score
from hangtag.evaluate.score import Match
from hangtag.jobs.bills import close_and_bill
from hangtag.jobs.evaluate import all_answered, match_of
from hangtag.jobs.golds import gold_products
from hangtag.jobs.setup import Setup
from hangtag.model import Product, Tag
from hangtag.pipeline.cascade import answerable, joined, unsure_attributes
from hangtag.pipeline.pipeline import Pipeline
from hangtag.taggers.asked_names import as_asked, find_asked
from hangtag.taggers.llm import LlmTagger

__all__ = ["CurvePoint", "cascade_curve"]

_POINTS = 20
_EVERYTHING = PolicySettings(auto=0.0, review=0.0)


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """A threshold of the first stage (`sure`): the share of products sent on, those with an attribute asked again; the share of the
    first stage's answers (an attribute of a product) asked again; micro-F1; products a second; money for 1,000 products, None where
    nothing costs money."""

    sure: float
    sent: float
    asked: float
    f1: float
    products_per_s: float
    cost_per_1000: float | None


@dataclass(frozen=True, slots=True)
class _Run:
    """What a pipeline said of all products, seconds a product, money a product."""

    pipeline: Pipeline
    tags: Sequence[Sequence[Tag]]
    seconds: float
    cost: float | None


def cascade_curve(gold: str | Path, cheap: Setup, strong: Setup, *, match: str = "set") -> list[dict[str, Any]]:
    """A row for each threshold, from nothing sent on to everything that can be. Both taggers read all products once, and every threshold is
    read off that. Tags below the policy's `review` do not count in the end, but tell the cascade where the cheap tagger wavers."""
    records = list(read_gold(gold))
    products = gold_products(records, str(gold))
    if not products:
        raise InputError(f"{gold}: no products to measure on")
    measured = _Measured(records, _run(cheap, products), _run(strong, products), cheap.policy.review, match_of(match))
    levels = sorted({tag.confidence for said in measured.cheap.tags for tag in said}) or [0.0]
    chosen = [0.0, *np.quantile(levels, np.linspace(0.02, 1.0, _POINTS)).tolist(), 1.01]
    return [asdict(measured.point(round(float(sure), 4))) for sure in dict.fromkeys(chosen)]


@dataclass(frozen=True, slots=True)
class _Measured:
    records: Sequence[GoldRecord]
    cheap: _Run
    strong: _Run
    least: float
    match: Match

    def point(self, sure: float) -> CurvePoint:
        """What the cascade with this threshold does."""
        asked = [unsure_attributes(said, sure) for said in self.cheap.tags]
        named = [self._named(after, names) for after, names in zip(self.strong.tags, asked, strict=True)]
        said = [
            joined(before, after, answerable(self.strong.pipeline, names, after)) if names else before
            for before, after, names in zip(self.cheap.tags, named, asked, strict=True)
        ]
        kept = [[tag for tag in tags if tag.confidence >= self.least] for tags in said]
        sent = sum(map(bool, asked)) / len(asked)
        answers = sum(len({tag.attribute for tag in tags}) for tags in self.cheap.tags)
        costs = [self.cheap.cost, None if self.strong.cost is None else sent * self.strong.cost]
        known = [cost for cost in costs if cost is not None]
        return CurvePoint(
            sure=sure,
            sent=sent,
            asked=sum(map(len, asked)) / max(1, answers),
            f1=score(self.records, kept, match=self.match, names=self.cheap.pipeline.vocabulary).micro.f1,
            products_per_s=1 / max(1e-9, self.cheap.seconds + sent * self.strong.seconds),
            cost_per_1000=1000 * sum(known) if known else None,
        )

    def _named(self, after: Sequence[Tag], names: frozenset[str]) -> Sequence[Tag]:
        """What language models say, under the names that the cascade would ask for: other taggers are not asked by name."""
        if not all(isinstance(tagger, LlmTagger) for tagger in self.strong.pipeline.taggers):
            return after
        said = {tag.attribute for tag in after}
        return as_asked(after, find_asked(names, self.strong.pipeline.vocabulary, said))


def _run(setup: Setup, products: Sequence[Product]) -> _Run:
    """What a setup says, the unsure too. Money is counted as if nothing had been answered before."""
    pipeline = replace(setup, policy=_EVERYTHING).build()
    begun = time.perf_counter()
    tags = all_answered([said for _, said in pipeline.pipe(products)])
    return _Run(pipeline, tags, (time.perf_counter() - begun) / len(products), _cost(pipeline, len(products)))


def _cost(pipeline: Pipeline, count: int) -> float | None:
    money = [bill["money"] + bill["saved"] for bill in close_and_bill(pipeline).values() if "money" in bill]
    return sum(money) / count if money else None
