"""The endpoint's batch interface (`/v1/batches`): many questions handed in as one file, answered overnight at a lower price.

A batch only fills the cache of answers: the tagger then finds them there. Its number is kept until it is done, so that a run that was
stopped takes up the same batch and does not pay for another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from hangtag.config import LlmSettings
from hangtag.errors import BudgetSpent, EndpointError
from hangtag.extras import require
from hangtag.llm.cache import AnswerCache, Kept, key_of
from hangtag.llm.chat import Chat, Failure, Outcome, Question
from hangtag.llm.endpoint import kept_from, refusal_of
from hangtag.llm.money import Meter

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
        self._bought: set[str] = set()

    def ask(self, questions: Sequence[Question]) -> list[Outcome]:
        """As `Chat.ask`; comes back once all batches are done. The first question goes alone, to find out what the endpoint takes."""
        if not self.endpoint.tried and (unknown := [question for question in questions if not self.known(question)]):
            self._alone = True
            super().ask(unknown[:1])
            self._alone = False
        asked = {self.key(question): question for question in questions}
        places = list(asked)
        for begin in range(0, len(places), _MOST_LINES):
            self.run(self._batch({key: asked[key] for key in places[begin : begin + _MOST_LINES]}))
        return super().ask(questions)

    def _count_kept(self, key: str, kept: Kept) -> None:
        if key in self._bought:  # by the batch just now
            self._bought.remove(key)
        else:
            super()._count_kept(key, kept)

    async def _request(self, question: Question, key: str) -> Kept | Failure:
        return await super()._request(question, key) if self._alone else Failure("the batch gave no answer")

    async def _batch(self, questions: Mapping[str, Question]) -> None:
        """Questions are known by their keys; those answered before are not handed in."""
        openai = require("openai", extra="llm")
        fact = "batch " + key_of(questions=list(questions), endpoint=self.endpoint.base_url)
        left = {key: question for key, question in questions.items() if self.cache.get(key) is None}
        if not left:
            return
        worst = sum(self.meter.worst(one.prompt_bytes, one.answer_tokens) for one in left.values())
        if not self.meter.set_aside(worst):
            self.meter.purse.end()
            of = f"the budget of {self.settings.budget}"
            raise BudgetSpent(f"a batch of {len(left):,} questions could cost more than is left of {of}")
        try:
            number = self.cache.fact(fact)
            if number is None:
                number = await self._hand_in(left)
                self.cache.learn(fact, number)
            batch = await self._finished(number)
            for key, kept in [pair async for pair in self._lines(batch)]:
                if key in left:
                    self.cache.put(key, kept)
                    self._bought.add(key)
                    self.meter.charge(left[key].prompt_bytes, (kept.asked_tokens, kept.answered_tokens))
        except openai.APIStatusError as error:
            raise EndpointError(refusal_of(error, self.model, self.endpoint.base_url).reason) from error
        except openai.APIConnectionError as error:
            reason = error.__cause__ or error
            raise EndpointError(f"{self.endpoint.base_url} cannot be reached: {reason}; run again to take up the batch") from error
        finally:
            self.meter.settle(worst, 0, None, charged=False)
        self.cache.learn(fact, None)
        if batch.status != "completed" and batch.output_file_id is None:
            said = "; ".join(one.message for one in (batch.errors.data if batch.errors else None) or [])
            raise EndpointError(f"{self.endpoint.base_url} did not finish the batch {number}: {batch.status} {said}")

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

