"""Labels bought from a language model: which products it is asked about, what of its answers is believed, and what that cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from hangtag.encode import SentenceEncoder
from hangtag.errors import BudgetSpent, GoldError
from hangtag.jobs.bills import close_and_bill
from hangtag.jobs.setup import Setup
from hangtag.learn.choose import choose
from hangtag.model import UNGROUNDED, Inference, Product, Tag, Unanswered

__all__ = ["Bought", "buy_labels"]

_AT_ONCE = 100
_SURE = 0.8


@dataclass(frozen=True, slots=True)
class Bought:
    """The products asked about, the believed tags of each, the attributes of which something was said that is not believed (nobody knows,
    then, whether they are absent), and the bill by tagger."""

    products: list[Product]
    tags: list[list[Tag]]
    open: list[frozenset[str]]
    bill: dict[str, dict[str, Any]]


def buy_labels(products: Sequence[Product], teacher: Setup, *, count: int, least: float, unsure: Setup | None = None) -> Bought:
    """Ask `teacher` about `count` products: diverse ones, and those on which `unsure` (a cheaper tagger) wavers.

    Believed are tags that stand in the text or in the vocabulary, from the confidence `least` on. Where the budget ends, what was answered
    until then is taken. Raises `GoldError` where nothing was.
    """
    vectors = SentenceEncoder().encode([product.main_text for product in products])
    doubt = _doubt(products, unsure) if unsure is not None else [1.0] * len(products)
    chosen = [products[number] for number in choose(vectors, doubt, count)]
    pipeline = _telling_all(teacher).build()
    said: list[list[Tag]] = []
    try:
        for begin in range(0, len(chosen), _AT_ONCE):
            said += pipeline.tag(chosen[begin : begin + _AT_ONCE])
    except BudgetSpent as error:
        if not said:
            raise GoldError(f"{error}, and no {_AT_ONCE} products were answered before: give more") from error
    bill = close_and_bill(pipeline)
    answered = [(product, tags) for product, tags in zip(chosen, said, strict=False) if not isinstance(tags, Unanswered)]
    believed = [[tag for tag in tags if _is_believed(tag, least)] for _, tags in answered]
    doubted = [frozenset(tag.attribute for tag in tags if not _is_believed(tag, least)) for _, tags in answered]
    return Bought([product for product, _ in answered], believed, doubted, bill)


def _is_believed(tag: Tag, least: float) -> bool:
    invented = any(isinstance(item, Inference) and item.method == UNGROUNDED for item in tag.evidence)
    return not invented and tag.confidence >= least


def _doubt(products: Sequence[Product], unsure: Setup) -> list[float]:
    """The share of a product's tags that are not sure; 1 for a product without tags."""
    tags = _telling_all(unsure).build().tag(products)
    return [sum(tag.confidence < _SURE for tag in said) / len(said) if said else 1.0 for said in tags]


def _telling_all(setup: Setup) -> Setup:
    """The same, keeping what it is unsure of."""
    return replace(setup, policy=msgspec.structs.replace(setup.policy, review=0.0))
