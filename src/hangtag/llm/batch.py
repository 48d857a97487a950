"""The endpoint's batch interface (`/v1/batches`): many questions handed in as one file, answered overnight at a lower price.

A batch only fills the cache of answers: the tagger then finds them there. Its number is kept until it is done, so that a run that was
stopped takes up the same batch and does not pay for another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from itertools import islice
from typing import Any

import msgspec

from hangtag.config import LlmSettings
from hangtag.errors import BudgetSpent, EndpointError
from hangtag.extras import require
from hangtag.llm.cache import AnswerCache, Kept, key_of
from hangtag.llm.chat import Chat, Failure, Outcome, Question
from hangtag.llm.endpoint import kept_from, refusal_of
from hangtag.llm.money import Meter
from hangtag.llm.structured import read_object

__all__ = ["BatchChat"]

_MOST_LINES, _FAILED_POLLS = 50_000, 20
_ENDPOINT = "/v1/chat/completions"
_OVER = ("completed", "failed", "expired", "cancelled")
_decode = msgspec.json.Decoder().decode


class BatchChat(Chat):
    """Asks by batches and nothing else: what a batch does not answer is a `Failure`."""

    poll_s = 30.0

    def __init__(self, model: str, settings: LlmSettings, *, cache: AnswerCache, meter: Meter) -> None:
        super().__init__(model, settings, cache=cache, meter=meter)
        self._alone = False
        self._wanted: dict[str, Question] = {}
        self._counted: set[str] = set()

    def ask(self, questions: Sequence[Question]) -> list[Outcome]:
        """As `Chat.ask`; comes back once all batches are done. The first question goes alone, to find out what the endpoint takes. Where
        the budget does not hold the worst case of all, the rest waits for what a first batch really costs."""
        self._counted.clear()
        if not self.endpoint.tried and (unknown := [question for question in questions if not self.known(question)]):
            self._alone = True
            super().ask(unknown[:1])
            self._alone = False
        fact = "batch " + key_of(questions=[self.key(question) for question in questions], endpoint=self.endpoint.base_url)
        handed_in: set[str] = set()
        while True:
            self._wanted = {}
            outcomes = super().ask(questions)
            left = {key: question for key, question in self._wanted.items() if key not in handed_in}
            if not left:
                return outcomes
            handed_in |= self.run(self._batch(fact, left))

    def _count_kept(self, key: str, kept: Kept) -> None:
        if key not in self._counted:  # what was just asked is paid for, and after each batch all answers are looked up again
            self._counted.add(key)
            super()._count_kept(key, kept)

    async def _request(self, question: Question, key: str) -> Kept | Failure:
        if self._alone:
            self._counted.add(key)
            return await super()._request(question, key)
        self._wanted[key] = question
        return Failure("the batch gave no answer")

    async def _batch(self, fact: str, wanted: Mapping[str, Question]) -> set[str]:
        """Hand in questions by their keys, or take up the batch whose number is kept, and keep what it answers. Gives the keys handed in;
        none where the endpoint has forgotten the batch."""
        openai = require("openai", extra="llm")
        number = self.cache.fact(fact)
        taken_up = number is not None
        aside = {} if taken_up else self._affordable(wanted)
        handed_in = set(aside)
        try:
            if number is None:
                number = await self._hand_in({key: wanted[key] for key in aside})
                self.cache.learn(fact, number)
            batch = await self._finished(number)
            for key, kept in [pair async for pair in self._lines(batch)]:
                if key in wanted:
                    self._keep(key, wanted[key], kept, aside.pop(key, None))
        except openai.APIStatusError as error:
            if not taken_up or error.status_code != HTTPStatus.NOT_FOUND:
                raise EndpointError(refusal_of(error, self.model, self.endpoint.base_url).reason) from error
            self.cache.learn(fact, None)
            return set()
        except openai.APIConnectionError as error:
            reason = error.__cause__ or error
            raise EndpointError(f"{self.endpoint.base_url} cannot be reached: {reason}; run again to take up the batch") from error
        finally:
            for worst in aside.values():
                self.meter.settle(worst, 0, None, charged=False)
        self.cache.learn(fact, None)
        if batch.status != "completed" and batch.output_file_id is None:
            said = "; ".join(one.message for one in (batch.errors.data if batch.errors else None) or [])
            raise EndpointError(f"{self.endpoint.base_url} did not finish the batch {number}: {batch.status} {said}")
        return handed_in

    def _affordable(self, wanted: Mapping[str, Question]) -> dict[str, float]:
        """The worst case of each of the first questions, set aside, as far as the budget and one batch go."""
        aside: dict[str, float] = {}
        for key, question in islice(wanted.items(), _MOST_LINES):
            worst = self.meter.worst(question.prompt_bytes, question.answer_tokens)
            if not self.meter.set_aside(worst):
                break
            aside[key] = worst
        if not aside:
            self.meter.purse.end()
            raise BudgetSpent(f"the budget of {self.settings.budget} does not allow another batch: {len(wanted):,} questions are left")
        return aside

    def _keep(self, key: str, question: Question, kept: Kept, worst: float | None) -> None:
        """Keep an answer and count its cost, for which `worst` may have been set aside."""
        self.cache.put(key, kept)
        self._counted.add(key)
        tokens, useful = (kept.asked_tokens, kept.answered_tokens), read_object(kept.text, question.schema) is not None
        if worst is None:
            self.meter.charge(question.prompt_bytes, tokens, useful=useful)
        else:
            self.meter.settle(worst, question.prompt_bytes, tokens, useful=useful)

    async def _finished(self, number: str) -> Any:
        """Wait for a batch; a poll that fails is tried again, some times."""
        openai = require("openai", extra="llm")
        failed = 0
        while True:
            try:
                batch = await self.endpoint.client.batches.retrieve(number)
                failed = 0
                if batch.status in _OVER:
                    return batch
            except (openai.InternalServerError, openai.RateLimitError, openai.APIConnectionError):
                failed += 1
                if failed > _FAILED_POLLS:
                    raise
            await asyncio.sleep(self.poll_s)

    async def _hand_in(self, questions: Mapping[str, Question]) -> str:
        lines = (
            msgspec.json.encode({"custom_id": key, "method": "POST", "url": _ENDPOINT, "body": self.endpoint.body(question)})
            for key, question in questions.items()
        )
        file = await self.endpoint.client.files.create(file=("questions.jsonl", b"\n".join(lines) + b"\n"), purpose="batch")
        batch = await self.endpoint.client.batches.create(input_file_id=file.id, endpoint=_ENDPOINT, completion_window="24h")
        return str(batch.id)

    async def _lines(self, batch: Any) -> Any:
        if batch.output_file_id is None:
            return
        content = await self.endpoint.client.files.content(batch.output_file_id)
        for key, body in _results(content.content):
            if body.choices:
                yield key, kept_from(body)


def _results(content: bytes) -> Iterator[tuple[str, Any]]:
    """(key, chat completion) of every line that holds one."""
    chat = require("openai.types.chat", extra="llm")
    for line in content.splitlines():
        try:
            record = _decode(line)
            response = record["response"]
            if response["status_code"] == 200:
                yield record["custom_id"], chat.ChatCompletion.model_validate(response["body"])
        except (msgspec.DecodeError, KeyError, TypeError, ValueError):
            continue  # a line that cannot be read is an answer that did not come
