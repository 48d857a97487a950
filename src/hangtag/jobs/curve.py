"""How much a cascade's second stage is worth: F1 against the share of products sent on, products a second and money."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from hangtag.config import PolicySettings
from hangtag.errors import InputError
from hangtag.evaluate import GoldRecord, read_gold, score
from hangtag.evaluate.escalate import ALWAYS, Answer, worthwhile
from hangtag.evaluate.metrics import Counts
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

__all__ = ["CurvePoint", "MeasuredCascade", "cascade_curve", "measure_cascade"]

_POINTS, _FOLDS = 20, 5
_EVERYTHING = PolicySettings(auto=0.0, review=0.0)


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """A threshold of the first stage (`sure`; None: one for each attribute): the share of products sent on, those with an attribute asked
    again; the share of the first stage's answers (an attribute of a product) asked again; micro-F1; products a second; money for 1,000
    products, None where nothing costs money."""

    sure: float | None
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
    """A row for each threshold, from nothing sent on to everything that can be."""
    return [asdict(point) for point in measure_cascade(gold, cheap, strong, match=match).curve()]


def measure_cascade(gold: str | Path, cheap: Setup, strong: Setup, *, match: str = "set") -> MeasuredCascade:
    """Both taggers read all products once, and every threshold is read off that. Tags below the policy's `review` do not count in the end,
    but tell the cascade where the cheap tagger wavers."""
    records = list(read_gold(gold))
    products = gold_products(records, str(gold))
    if not products:
        raise InputError(f"{gold}: no products to measure on")
    return MeasuredCascade(records, _run(cheap, products), _run(strong, products), cheap.policy.review, match_of(match))


@dataclass(frozen=True, slots=True)
class MeasuredCascade:
    """What a cheap and a strong tagger say of labelled products."""

    records: Sequence[GoldRecord]
    cheap: _Run
    strong: _Run
    least: float
    match: Match

    def curve(self) -> list[CurvePoint]:
        """A point for each of some thresholds, the same for all attributes."""
        levels = sorted({tag.confidence for said in self.cheap.tags for tag in said}) or [0.0]
        chosen = [0.0, *np.quantile(levels, np.linspace(0.02, 1.0, _POINTS)).tolist(), ALWAYS]
        rounded = dict.fromkeys(round(float(sure), 4) for sure in chosen)
        return [self._point([unsure_attributes(said, sure) for said in self.cheap.tags], sure) for sure in rounded]

    def by_attribute(self, share: float) -> tuple[dict[str, float], CurvePoint]:
        """A threshold for each attribute, so that at most `share` of the answers are asked again; and what such thresholds do to products
        they were not chosen on: those of each fifth, chosen on the others. Raises `InputError` for fewer products than fifths."""
        if len(self.records) < _FOLDS:
            raise InputError(f"{len(self.records)} labelled products are too few to choose thresholds on; label {_FOLDS} or more")
        answers = list(self._answers())
        asked: list[frozenset[str]] = [frozenset()] * len(self.records)
        for fold in range(_FOLDS):
            known = [one for one in answers if one.product % _FOLDS != fold]
            chosen = worthwhile(known, share, self._counts(n for n in range(len(self.records)) if n % _FOLDS != fold))
            for number in range(fold, len(self.records), _FOLDS):
                asked[number] = unsure_attributes(self.cheap.tags[number], 0.0, chosen)
        return worthwhile(answers, share, self._counts(range(len(self.records)))), self._point(asked, None)

    def _answers(self) -> Iterator[Answer]:
        """Every answer of the cheap tagger, and what asking it again changes."""
        for number, (before, after) in enumerate(zip(self.cheap.tags, self.strong.tags, strict=True)):
            best = {tag.attribute: tag.confidence for tag in sorted(before, key=lambda tag: tag.confidence)}
            named = self._named(after, frozenset(best))
            open_to = answerable(self.strong.pipeline, frozenset(best), named)
            now = self._counts([number])
            for name, sure in best.items():
                then = now
                if name in open_to and self._kept(before, name) != self._kept(named, name):
                    then = self._counts([number], [joined(before, named, frozenset([name]))])
                yield Answer(number, name, sure, then.correct - now.correct, then.predicted - now.predicted)

    def _kept(self, tags: Iterable[Tag], name: str) -> set[str]:
        return {tag.value for tag in tags if tag.attribute == name and tag.confidence >= self.least}

    def _counts(self, numbers: Iterable[int], said: Sequence[Sequence[Tag]] | None = None) -> Counts:
        """Of some products what is said in the end: by the cheap tagger, unless `said` has something else."""
        chosen = list(numbers)
        tags = said if said is not None else [self.cheap.tags[number] for number in chosen]
        kept = [[tag for tag in one if tag.confidence >= self.least] for one in tags]
        return score([self.records[number] for number in chosen], kept, match=self.match, names=self.cheap.pipeline.vocabulary).micro

    def _point(self, asked: Sequence[frozenset[str]], sure: float | None) -> CurvePoint:
        """What the cascade does that asks again for these attributes of each product."""
        named = [self._named(after, names) for after, names in zip(self.strong.tags, asked, strict=True)]
        said = [
            joined(before, after, answerable(self.strong.pipeline, names, after)) if names else before
            for before, after, names in zip(self.cheap.tags, named, asked, strict=True)
        ]
        sent = sum(map(bool, asked)) / len(asked)
        answers = sum(len({tag.attribute for tag in tags}) for tags in self.cheap.tags)
        costs = [self.cheap.cost, None if self.strong.cost is None else sent * self.strong.cost]
        known = [cost for cost in costs if cost is not None]
        return CurvePoint(
            sure=sure,
            sent=sent,
            asked=sum(map(len, asked)) / max(1, answers),
            f1=self._counts(range(len(said)), said).f1,
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
