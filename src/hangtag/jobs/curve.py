"""How much a cascade's second stage is worth: F1 against the share of products sent on, products a second and money."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hangtag.errors import InputError
from hangtag.evaluate import GoldRecord, read_gold, score
from hangtag.evaluate.compare import Comparer
from hangtag.evaluate.escalate import ALWAYS, Answer, worthwhile
from hangtag.evaluate.metrics import Counts
from hangtag.evaluate.score import Match
from hangtag.jobs.bills import Tell, bill_of, billed
from hangtag.jobs.evaluate import all_answered, match_of
from hangtag.jobs.golds import gold_products
from hangtag.jobs.setup import Setup
from hangtag.model import Product, Tag, Tagger
from hangtag.pipeline import Policy, fuse
from hangtag.pipeline.cascade import SURE, answerable, joined, unsure_attributes
from hangtag.taggers.asked_names import as_asked, find_asked
from hangtag.taggers.llm import LlmTagger

__all__ = ["CurvePoint", "MeasuredCascade", "measure_cascade"]

_POINTS, _FOLDS = 20, 5
_PRIOR = 30.0  # answers; between 0 and 100 it made no difference on OpenBG, where an attribute has about fifty


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
    """What a stage said of all products, seconds a product, money a product."""

    stage: Tagger
    tags: Sequence[Sequence[Tag]]
    seconds: float
    cost: float | None


def measure_cascade(gold: str | Path, cheap: Setup, strong: Setup, *, match: str = "set", tell: Tell | None = None) -> MeasuredCascade:
    """Both taggers read all products once, as the stages of a cascade do, and every threshold is read off that. Tags below the policy's
    `review` do not count in the end, but tell the cascade where the cheap tagger wavers. `tell` is told what language models cost."""
    records = list(read_gold(gold))
    products = gold_products(records, str(gold))
    if not products:
        raise InputError(f"{gold}: no products to measure on")
    return MeasuredCascade(records, products, _run(cheap, products, tell), _run(strong, products, tell), cheap, match_of(match))


class MeasuredCascade:
    """What a cheap and a strong tagger say of labelled products."""

    def __init__(
        self, records: Sequence[GoldRecord], products: Sequence[Product], cheap: _Run, strong: _Run, setup: Setup, match: Match
    ) -> None:
        self._records, self._products, self._cheap, self._strong, self._match = records, products, cheap, strong, match
        self._vocabulary, self._policy = setup.load_vocabulary(), Policy(review=setup.policy.review)
        self._gold_names = frozenset(name for record in records for name in record.gold)

    def curve(self) -> list[CurvePoint]:
        """A point for each of some thresholds, the same for all attributes, from nothing sent on to everything that can be."""
        levels = sorted({tag.confidence for said in self._cheap.tags for tag in said}) or [0.0]
        chosen = [0.0, *np.quantile(levels, np.linspace(0.02, 1.0, _POINTS)).tolist(), ALWAYS]
        rounded = dict.fromkeys(round(float(sure), 4) for sure in chosen)
        return [self._point([unsure_attributes(said, sure) for said in self._cheap.tags], sure) for sure in rounded]

    def by_attribute(self, share: float) -> tuple[dict[str, float], CurvePoint]:
        """A threshold for each attribute that the labels judge somewhere, so that of the answers about these at most `share` are asked
        again; and what such thresholds do to products they were not chosen on: those of each fifth, chosen on the others. Attributes
        that are never judged are asked again below `SURE`. Raises `InputError` where nothing is judged of what the cheap tagger says."""
        answers = list(self._answers())
        if not answers:
            raise InputError("the labels judge nothing that the first tagger says: no threshold can be chosen on them")
        asked: list[frozenset[str]] = [frozenset()] * len(self._records)
        for fold in range(_FOLDS):
            known = [one for one in answers if one.product % _FOLDS != fold]
            before = self._counts(number for number in range(len(self._records)) if number % _FOLDS != fold)
            chosen = worthwhile(known, share, before, prior=_PRIOR)
            for number in range(fold, len(self._records), _FOLDS):
                asked[number] = unsure_attributes(self._cheap.tags[number], SURE, chosen)
        chosen = worthwhile(answers, share, self._counts(range(len(self._records))), prior=_PRIOR)
        return chosen, self._point(asked, None)

    def _answers(self) -> Iterator[Answer]:
        """Every answer of the cheap tagger about attributes that are judged somewhere, and what asking it again changes: nothing where the
        labels of the product leave it open, though it costs as much."""
        comparer = Comparer(self._vocabulary)
        ever_judged = {comparer.attribute(name) for name in self._gold_names}
        for number, (record, before, after) in enumerate(zip(self._records, self._cheap.tags, self._strong.tags, strict=True)):
            best = {tag.attribute: tag.confidence for tag in sorted(before, key=lambda tag: tag.confidence)}
            judged = {comparer.attribute(name) for name in record.gold}
            now = self._counts([number])
            for name, sure in best.items():
                if (attribute := comparer.attribute(name)) in ever_judged:
                    asked = [self._joined(before, after, frozenset([name]))]
                    then = self._counts([number], asked) if attribute in judged else now
                    yield Answer(number, name, sure, then.correct - now.correct, then.predicted - now.predicted)

    def _joined(self, before: Sequence[Tag], after: Sequence[Tag], asked: frozenset[str]) -> Sequence[Tag]:
        """What both say together where the strong tagger is asked for these attributes."""
        if not asked:
            return before
        named = self._named(after, asked)
        return joined(before, named, answerable(self._strong.stage, asked, named))

    def _named(self, after: Sequence[Tag], names: frozenset[str]) -> Sequence[Tag]:
        """What language models say, under the names that the cascade would ask for: other taggers are not asked by name."""
        if not isinstance(self._strong.stage, LlmTagger):
            return after
        return as_asked(after, find_asked(names, self._vocabulary, {tag.attribute for tag in after}))

    def _counts(self, numbers: Iterable[int], said: Sequence[Sequence[Tag]] | None = None) -> Counts:
        """Of some products what is published or reviewed in the end: of what the cheap tagger says, unless `said` has something else."""
        chosen = list(numbers)
        tags = said if said is not None else [self._cheap.tags[number] for number in chosen]
        if not chosen:
            return Counts()
        fused = (fuse(self._products[number], [one], self._vocabulary) for number, one in zip(chosen, tags, strict=True))
        kept = [self._policy.apply(one) for one in fused]
        records = [self._records[number] for number in chosen]
        return score(records, kept, match=self._match, names=self._vocabulary, gold_names=self._gold_names).micro

    def _point(self, asked: Sequence[frozenset[str]], sure: float | None) -> CurvePoint:
        """What the cascade does that asks again for these attributes of each product."""
        cheap, strong = self._cheap, self._strong
        said = [self._joined(before, after, names) for before, after, names in zip(cheap.tags, strong.tags, asked, strict=True)]
        sent = sum(map(bool, asked)) / len(asked)
        answers = sum(len({tag.attribute for tag in tags}) for tags in cheap.tags)
        known = [cost for cost in (cheap.cost, None if strong.cost is None else sent * strong.cost) if cost is not None]
        return CurvePoint(
            sure=sure,
            sent=sent,
            asked=sum(map(len, asked)) / max(1, answers),
            f1=self._counts(range(len(said)), said).f1,
            products_per_s=1 / max(1e-9, cheap.seconds + sent * strong.seconds),
            cost_per_1000=1000 * sum(known) if known else None,
        )


def _run(setup: Setup, products: Sequence[Product], tell: Tell | None) -> _Run:
    """What a stage says, the unsure too. Money is counted as if nothing had been answered before."""
    stage = setup.stage()
    with billed(stage, tell):
        begun = time.perf_counter()
        tags = all_answered(stage.tag(products))
        seconds = time.perf_counter() - begun
    return _Run(stage, tags, seconds / len(products), _cost(stage, len(products)))


def _cost(stage: Tagger, count: int) -> float | None:
    money = [bill["money"] + bill["saved"] for bill in bill_of(stage).values() if "money" in bill]
    return sum(money) / count if money else None
