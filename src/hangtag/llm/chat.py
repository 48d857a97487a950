"""Questions to a language model behind any endpoint that speaks OpenAI's chat completions, many at a time.

Every answer is kept in a cache, so that it is paid for once; every request is counted before it is sent, so that no budget is passed. A
question that cannot be answered gives a `Failure` of its own; what would fail every question (no such key or model, no credit) raises.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
import time
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, TypeVar

import msgspec

from hangtag.config import LlmSettings, Price
from hangtag.errors import BudgetSpent, EndpointError, RunError
from hangtag.extras import require
from hangtag.llm.cache import AnswerCache, Kept, key_of
from hangtag.llm.endpoint import Endpoint, Refusal
from hangtag.llm.limiter import Limiter
from hangtag.llm.money import Budget, Meter, Spent
from hangtag.llm.structured import read_object

__all__ = ["Answer", "Chat", "Failure", "Habits", "Outcome", "Question"]

_USEFUL_TRIES = 4
_WARMER = 0.3
_NEARLY = 0.9
_MOST_DOWN, _MANY = 40, 10
_LOOK_AGAIN_S = 0.5
_FIRST_WAIT_S, _LONGEST_WAIT_S, _MOST_BUSY_S = 0.25, 20.0, 600.0
_SERVER_ERROR = 500
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Question:
    """One question: chat `messages` (role, content), the JSON `schema` of its answer, and the most tokens that may have.

    `sample` tells questions apart that are asked several times, at `temperature`.
    """

    messages: tuple[tuple[str, str], ...]
    schema: Mapping[str, Any]
    answer_tokens: int
    temperature: float = 0.0
    sample: int = 0

    @property
    def prompt_bytes(self) -> int:
        """Length in UTF-8, what the endpoint puts around each message included."""
        return sum(len(content.encode("utf-8", "replace")) + 16 for _, content in self.messages)


class Habits(msgspec.Struct, frozen=True, kw_only=True):
    """What a model is known for, or, before it was ever asked, what most are like: tokens made of a byte of a prompt, tokens and seconds
    of an answer."""

    tokens_a_byte: float = 0.3
    answer_tokens: float = 120.0
    seconds: float = 0.0
    measured: bool = False


class Answer(NamedTuple):
    """What was answered: the object, its text, and the log-probability of each token of that, where given."""

    value: dict[str, Any]
    text: str
    tokens: tuple[tuple[str, float], ...] = ()


class Failure(NamedTuple):
    """Why there is no answer; `too_long` where it ended before it was whole."""

    reason: str
    too_long: bool = False


Outcome: TypeAlias = Answer | Failure


class Chat:
    """Asks a model's endpoint. `ask` may be called from any thread; all its requests share one limit, one budget and one cache."""

    def __init__(self, model: str, settings: LlmSettings, *, cache: AnswerCache, meter: Meter) -> None:
        self.model, self.settings = model, settings
        self.cache, self.meter = cache, meter
        self.endpoint = Endpoint(model, settings, cache)
        self._limiter = Limiter(settings.concurrency)
        rate = settings.requests_per_minute
        # One at a time, evenly: a bucket of the whole minute's requests would let as many again begin while it drains.
        self._pace = require("aiolimiter", extra="llm").AsyncLimiter(1, 60 / rate) if rate else contextlib.nullcontext()
        self._asked: dict[str, asyncio.Task[Outcome]] = {}
        self._settled = asyncio.Condition()
        self._ended: RunError | None = None
        self._habits = f"habits {self.endpoint.base_url} {model}"
        self._seconds, self._answers = 0.0, 0
        self._outage = _Outage()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._starting = threading.Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        """In another process it opens the same cache anew; what is spent is counted by each for itself."""
        return _opened, (type(self), self.model, self.settings, self.cache.path, self.meter.budget, self.meter.price)

    def ask(self, questions: Sequence[Question]) -> list[Outcome]:
        """An outcome per question, in order. Raises `EndpointError` where none can be answered, `BudgetSpent` where the next one could
        cost more than is left: all answers until then are kept."""
        return self.run(self._ask_all(questions))

    def known(self, question: Question) -> bool:
        """Whether the answer is in the cache."""
        return self.cache.get(self.key(question)) is not None

    def bill(self) -> dict[str, Any]:
        """What was asked and what it cost, as plain data; `money` only where the model has a price."""
        price, spent = self.meter.price, self.meter.spent
        saved = None if price is None else Spent(asked_tokens=spent.cached_asked_tokens, answered_tokens=spent.cached_answered_tokens)
        money = {} if saved is None else {"money": spent.money(price), "saved": saved.money(price), "currency": self.settings.currency}
        return {**msgspec.to_builtins(spent), **money}

    def habits(self) -> Habits:
        """How the model has answered until now."""
        known = self.cache.fact(self._habits)
        return msgspec.convert(known, Habits) if known is not None else Habits()

    def tokens_of(self, question: Question) -> int:
        """About how many tokens the question has."""
        return round(question.prompt_bytes * self.habits().tokens_a_byte)

    def close(self) -> None:
        """End what runs in the background."""
        if (found := self.meter.habits()) is not None:
            tokens_a_byte, answer_tokens = found
            seconds = self._seconds / max(1, self._answers)
            habits = Habits(tokens_a_byte=tokens_a_byte, answer_tokens=answer_tokens, seconds=seconds, measured=True)
            self.cache.learn(self._habits, msgspec.to_builtins(habits))
        self.run(self.endpoint.close())
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._loop = None

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Do something in the loop all requests run in, and wait for it."""
        with self._starting:  # threads that begin together would each start a loop, and what waits in one cannot be waited for in another
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="hangtag-llm", daemon=True).start()
            loop = self._loop
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    async def _ask_all(self, questions: Sequence[Question]) -> list[Outcome]:
        # Requests under way when one raises are paid for: their answers are waited for and kept.
        outcomes = await asyncio.gather(*(self._once(question) for question in questions), return_exceptions=True)
        found: list[Outcome] = []
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
            found.append(outcome)
        return found

    def _once(self, question: Question) -> asyncio.Task[Outcome]:
        """The same question twice at a time is asked once."""
        key = self.key(question)
        if key not in self._asked:
            task = asyncio.ensure_future(self._ask(question))
            self._asked[key] = task
            task.add_done_callback(lambda _: self._asked.pop(key, None))
        return self._asked[key]

    async def _ask(self, question: Question) -> Outcome:
        """Ask until the answer can be used; an answer cut short is for the caller, who may ask for less."""
        failure = Failure("")
        for attempt in range(_USEFUL_TRIES):
            warmer = replace(question, temperature=question.temperature + _WARMER * attempt)
            key = self.key(question, attempt)
            kept = self.cache.get(key)
            if kept is not None:
                self._count_kept(key, kept)
            else:
                found = await self._request(warmer, key)
                if isinstance(found, Failure):
                    return found
                kept = found
            value = read_object(kept.text, question.schema)
            if value is not None:
                return Answer(value, kept.text, kept.tokens)
            if kept.finish == "length" and kept.answered_tokens >= _NEARLY * question.answer_tokens:
                return Failure(f"the answer has more than {question.answer_tokens} tokens", too_long=True)
            failure = Failure(f"the answer is not of the shape asked for: {kept.text[:80]!r}")
        for attempt in range(_USEFUL_TRIES):  # asked again another day, it shall be asked anew
            self.cache.forget(self.key(question, attempt))
        return failure

    def _count_kept(self, key: str, kept: Kept) -> None:
        """An answer was kept from before."""
        self.meter.found(kept.asked_tokens, kept.answered_tokens)

    async def _request(self, question: Question, key: str) -> Kept | Failure:
        """Send a question until it is answered, or asking again is of no use; the answer is in the cache before it is given."""
        tenacity = require("tenacity", extra="llm")
        tries = _Tries(self.settings.attempts)
        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception(tries.help), wait=tries.wait_s, stop=tenacity.stop_never, reraise=True
        )
        try:
            kept: Kept = await retrying(self._attempt, question, key)
        except Refusal as refusal:
            if refusal.fatal:
                self._ended = EndpointError(refusal.reason)
                raise self._ended from refusal
            return Failure(refusal.reason)
        self.cache.put(key, kept)
        return kept

    async def _attempt(self, question: Question, key: str) -> Kept:
        async with self._limiter.turn() as turn, self._pace:
            worst = await self._set_aside(question)
            tokens, useful, charged = None, False, False
            begun = time.monotonic()
            try:
                kept = await self.endpoint.answer(question)
                self._seconds, self._answers = self._seconds + time.monotonic() - begun, self._answers + 1
                tokens, charged = (kept.asked_tokens, kept.answered_tokens), True
                useful = read_object(kept.text, question.schema) is not None
                self._limiter.answered()
                self._outage.end()
                return kept
            except Refusal as refusal:
                charged = refusal.charged
                if times := self._outage.lasts(refusal, key):
                    raise Refusal(f"{refusal.reason} (tried {times} times in a row; run again to go on)", fatal=True) from refusal
                if refusal.busy:
                    self._limiter.refused(turn, refusal.wait_s)
                raise
            finally:
                self.meter.settle(worst, question.prompt_bytes, tokens, useful=useful, charged=charged)
                async with self._settled:
                    self._settled.notify_all()

    async def _set_aside(self, question: Question) -> float:
        """Set the question's worst case aside; wait for requests under way where too little is left, stop where none is."""
        async with self._settled:
            while self._ended is None:
                worst = self.meter.worst(question.prompt_bytes, question.answer_tokens)
                if self.meter.set_aside(worst):
                    return worst
                if not self.meter.waits:
                    self.meter.purse.end()
                    self._ended = BudgetSpent(f"the budget of {self.settings.budget} does not allow another question")
                    break
                with contextlib.suppress(TimeoutError):  # what another model sharing the budget has under way tells nobody here of its end
                    await asyncio.wait_for(self._settled.wait(), _LOOK_AGAIN_S)
            raise self._ended

    def key(self, question: Question, attempt: int = 0) -> str:
        """The cache's key of a question's first answer, or of a further one after that could not be used."""
        return key_of(
            endpoint=self.endpoint.base_url,
            model=self.model,
            messages=question.messages,
            schema=question.schema,
            limit=question.answer_tokens,
            temperature=question.temperature,
            sample=question.sample,
            attempt=attempt,
        )


def _opened(
    kind: type[Chat], model: str, settings: LlmSettings, path: Path, budget: Budget | None, price: Price | None
) -> Chat:
    return kind(model, settings, cache=AnswerCache(path), meter=Meter(budget, price))


class _Outage:
    """Tells an endpoint that is down from questions that it cannot bear: many requests in a row that it could not be reached for, or that
    it broke down over and that are of many questions."""

    def __init__(self) -> None:
        self.end()

    def end(self) -> None:
        """The endpoint answered."""
        self._times, self._since = 0, time.monotonic()
        self._questions: set[str] = set()

    def lasts(self, refusal: Refusal, key: str) -> int:
        """After how many requests in a row there is no use in going on, 0 where there is. One that is overloaded is waited for."""
        if not refusal.unreachable and refusal.status < _SERVER_ERROR:
            self.end()
            return 0
        if not self._times:
            self._since = time.monotonic()
        self._times += 1
        self._questions.add(key)
        many = refusal.unreachable or len(self._questions) >= _MANY
        waited = not refusal.busy or time.monotonic() - self._since >= _MOST_BUSY_S
        return self._times if many and waited and self._times >= _MOST_DOWN else 0


class _Tries:
    """When a refused request is sent again: at once helps nobody, and "too many requests" is no fault of this one."""

    def __init__(self, most: int) -> None:
        self._left, self._busy_since = most, float("inf")

    def help(self, error: BaseException) -> bool:
        """Whether asking again may help; `Refusal.busy` counts by the time since the first of them, the rest by number."""
        if not isinstance(error, Refusal) or not error.again:
            return False
        if error.busy:
            self._busy_since = min(self._busy_since, time.monotonic())
            return time.monotonic() - self._busy_since < _MOST_BUSY_S
        self._left -= 1
        return self._left > 0

    def wait_s(self, state: Any) -> float:
        """Seconds until the next try: what the endpoint asked for, else twice as long each time (full jitter; AWS, Brooker 2015)."""
        refusal = state.outcome.exception()
        grown = random.uniform(0.1, 1.0) * min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2 ** (state.attempt_number - 1))
        return float(max(refusal.wait_s, grown))
