"""Labels bought from a language model: which products it is asked about, what of its answers is believed, and what that cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from hangtag.encode import SentenceEncoder
from hangtag.errors import BudgetSpent, GoldError
from hangtag.jobs.bills import bill_of, close_and_bill
from hangtag.jobs.setup import Setup
from hangtag.learn.choose import choose
from hangtag.model import CONCLUDED, UNGROUNDED, Inference, Product, Tag, Unanswered
from hangtag.pipeline import Pipeline
from hangtag.taggers.llm import LlmTagger

__all__ = ["Bought", "buy_labels"]

_AT_ONCE = 100
_SURE = 0.8
_Said = tuple[Product, list[Tag]]
_Bill = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Bought:
    """The products that were answered, the believed tags of each, the attributes of which nobody knows whether they are absent (they were
    not asked, or something was said that is not believed), the bill by tagger, and how many products were `chosen`: more where the
    budget ended."""

    products: list[Product]
    tags: list[list[Tag]]
    open: list[frozenset[str]]
    bill: _Bill
    chosen: int


def buy_labels(products: Sequence[Product], teacher: Setup, *, count: int, least: float, unsure: Setup | None = None) -> Bought:
    """Ask `teacher` about `count` products: diverse ones, and those on which `unsure` (a cheaper tagger) wavers.

    Believed are tags that stand in the text or in the vocabulary, from the confidence `least` on. Where the budget ends, every product
    answered until then is taken. Raises `GoldError` where none was.
    """
    vectors = SentenceEncoder().encode([product.main_text for product in products])
    doubt, before = _doubt(products, unsure) if unsure is not None else ([1.0] * len(products), {})
    chosen = [products[number] for number in choose(vectors, doubt, count)]
    pipeline = _telling_all(teacher).build()
    said, bill = _ask(pipeline, chosen)
    answered = [(product, tags) for product, tags in said if not isinstance(tags, Unanswered)]
    believed = [[tag for tag in tags if _is_believed(tag, least)] for _, tags in answered]
    doubted = [frozenset(tag.attribute for tag in tags if not _is_believed(tag, least)) for _, tags in answered]
    unasked = _unasked(pipeline, answered)
    unknown = [one | other for one, other in zip(doubted, unasked, strict=True)]
    return Bought([product for product, _ in answered], believed, unknown, {**before, **bill}, len(chosen))


def _unasked(pipeline: Pipeline, said: Sequence[_Said]) -> list[frozenset[str]]:
    """Of the attributes that are spoken of at all, those that a product was not asked for. Taggers that ask nobody answer for all."""
    products, tags = [product for product, _ in said], [one for _, one in said]
    every = frozenset(tag.attribute for one in tags for tag in one)
    asked = [tagger.asked_for(products, tags) if isinstance(tagger, LlmTagger) else [every] * len(said) for tagger in pipeline.taggers]
    return [every.difference(*names) for names in zip(*asked, strict=True)]


def _ask(pipeline: Pipeline, products: Sequence[Product]) -> tuple[list[_Said], _Bill]:
    """What is said of products, as far as the budget goes, and the bill."""
    said: list[_Said] = []
    try:
        for begin in range(0, len(products), _AT_ONCE):
            part = products[begin : begin + _AT_ONCE]
            said += zip(part, pipeline.tag(part), strict=True)
    except BudgetSpent as error:
        bill = bill_of(pipeline)  # what is read back now was paid for, not found
        said += _answered(pipeline, products[len(said) :])
        if not said:
            raise GoldError(f"{error}, and no product was answered before: give more") from error
        return said, bill
    finally:
        bill_in_the_end = close_and_bill(pipeline)
    return said, bill_in_the_end


def _answered(pipeline: Pipeline, products: Sequence[Product]) -> Iterator[_Said]:
    """Of products some of which the budget did not allow, those of which every answer is kept. Nothing is spent on the others: a budget
    that has ended stays so."""
    for product in products:
        try:
            yield product, pipeline.tag([product])[0]
        except BudgetSpent:
            continue


def _is_believed(tag: Tag, least: float) -> bool:
    unsaid = any(isinstance(item, Inference) and item.method in (UNGROUNDED, CONCLUDED) for item in tag.evidence)
    return not unsaid and tag.confidence >= least


def _doubt(products: Sequence[Product], unsure: Setup) -> tuple[list[float], _Bill]:
    """The share of a product's tags that are not sure, 1 for a product without tags; and what that cost."""
    pipeline = _telling_all(unsure).build()
    try:
        tags = pipeline.tag(products)
    finally:
        bill = close_and_bill(pipeline)
    return [sum(tag.confidence < _SURE for tag in said) / len(said) if said else 1.0 for said in tags], bill


def _telling_all(setup: Setup) -> Setup:
    """The same, keeping what it is unsure of."""
    return replace(setup, policy=msgspec.structs.replace(setup.policy, review=0.0))
