"""What asking language models would cost, before anything is asked."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hangtag.config import LlmSettings
from hangtag.jobs.bills import billed, llm_taggers
from hangtag.jobs.setup import Setup
from hangtag.llm.chat import Question
from hangtag.model import Product
from hangtag.taggers.llm import LlmTagger

__all__ = ["LlmPlan", "foresee"]


class LlmPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Questions and tokens of a whole run, scaled up from `looked_at` products; `cached` of the questions are answered already. `money` is
    None where the model has no price, `seconds` where it was never asked before and nothing limits how often it may be asked, and for
    batches, which take up to a day. `measured`: the endpoint has told how many tokens it makes
    of a text; else they are estimated from its length. `sample_prompt` is one whole question."""

    tagger: str
    looked_at: int
    questions: int
    cached: int
    asked_tokens: int
    answered_tokens: int
    money: float | None
    currency: str
    seconds: float | None
    measured: bool
    sample_prompt: str


def foresee(setup: Setup, products: Sequence[Product], count: int) -> list[LlmPlan]:
    """A plan for each language model, from a sample of the `count` products of different content there are. Of one within a cascade it is
    what asking about everything would cost: the most."""
    pipeline = setup.build()
    with billed(pipeline, None):
        return [_plan(tagger, products, count) for tagger in llm_taggers(pipeline)]


def _plan(tagger: LlmTagger, products: Sequence[Product], count: int) -> LlmPlan:
    questions = list({tagger.chat.key(question): question for question in tagger.questions(products)}.values())
    open_ones = [question for question in questions if not tagger.chat.known(question)]
    habits = tagger.chat.habits()
    scale = count / max(1, len(products))
    asked = sum(tagger.chat.tokens_of(question) for question in open_ones) * scale
    answered = len(open_ones) * habits.answer_tokens * scale
    price = tagger.chat.meter.price
    seconds = _seconds(len(open_ones) * scale, habits.seconds, tagger.settings)
    return LlmPlan(
        tagger=tagger.name,
        looked_at=len(products),
        questions=round(len(questions) * scale),
        cached=round((len(questions) - len(open_ones)) * scale),
        asked_tokens=round(asked),
        answered_tokens=round(answered),
        money=None if price is None else round((asked * price.input + answered * price.output) / 1e6, 4),
        currency=tagger.settings.currency,
        seconds=None if seconds is None else round(seconds, 1),
        measured=habits.measured,
        sample_prompt=_written(questions[-1]) if questions else "",
    )


def _seconds(count: float, each: float, settings: LlmSettings) -> float | None:
    """How long so many questions take, as many at once and as often as the settings allow."""
    if settings.batch or not (each or settings.requests_per_minute):
        return None
    paced = 60 * count / settings.requests_per_minute if settings.requests_per_minute else 0.0
    return max(paced, count * each / settings.concurrency)


def _written(question: Question) -> str:
    """A question as people read it."""
    return "\n\n".join(f"[{role}]\n{content}" for role, content in question.messages)
