"""One endpoint that speaks OpenAI's chat completions: what it can is found out once, and what it says no to has a name."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from hangtag.config import LlmSettings
from hangtag.errors import EndpointError
from hangtag.extras import require
from hangtag.llm.cache import AnswerCache, Kept
from hangtag.llm.structured import MODES, Mode, response_format

if TYPE_CHECKING:
    from hangtag.llm.chat import Question

__all__ = ["ALLOW_NETWORK", "Endpoint", "Refusal", "kept_from", "refusal_of"]

ALLOW_NETWORK = True
"""Tests set this to False: then only this very machine may be asked."""

OPENAI = "https://api.openai.com/v1"
_BYTES_A_TOKEN = 4
_NO_CREDIT = ("insufficient_quota", "billing", "arrearage", "insufficient balance")
_SHAPE = ("response_format", "json_schema", "json_object", "schema", "grammar")


class Abilities(msgspec.Struct, kw_only=True):
    """What an endpoint takes in a request."""

    mode: Mode = MODES[0]
    logprobs: bool = True
    temperature: bool = True
    limit: str = "max_tokens"


@dataclass(eq=False)
class Refusal(Exception):
    """No answer, and why. `again`: asking again may help; `busy`: too many requests, for `wait_s` if known; `fatal`: no question will be
    answered; `charged`: the endpoint may have answered, and the answer was lost."""

    reason: str
    again: bool = False
    busy: bool = False
    fatal: bool = False
    charged: bool = False
    unreachable: bool = False
    wait_s: float = 0.0


class Endpoint:
    """Sends single requests to a model."""

    def __init__(self, model: str, settings: LlmSettings, cache: AnswerCache) -> None:
        self.model, self._settings, self._cache = model, settings, cache
        self.base_url = (settings.base_url or os.environ.get("OPENAI_BASE_URL") or OPENAI).rstrip("/")
        self._key = os.environ.get(settings.key_env, "").strip()
        if not (self._key.isascii() and self._key.isprintable()):
            raise EndpointError(f"the key in {settings.key_env} has characters that no key has: set it anew")
        if not ALLOW_NETWORK and not _is_this_machine(self.base_url):
            raise EndpointError(f"{self.base_url}: the network is not allowed here (hangtag.llm.endpoint.ALLOW_NETWORK)")
        self._fact = f"abilities {self.base_url} {model}"
        known = cache.fact(self._fact)
        self.tried = known is not None
        self.abilities = msgspec.convert(known, Abilities) if known is not None else Abilities()
        self._first = asyncio.Lock()
        self._worked = False

    async def answer(self, question: Question) -> Kept:
        """The endpoint's answer; raises `Refusal`. The first question finds out what the endpoint can, the others wait for that."""
        if self.tried:
            return await self._answer(question)
        async with self._first:
            kept = await self._answer(question)
            if not self.tried:
                self.tried = True
                self._cache.learn(self._fact, msgspec.to_builtins(self.abilities))
            return kept

    async def _answer(self, question: Question) -> Kept:
        while True:
            try:
                return await self._send(self.body(question), question.prompt_bytes)
            except Refusal as refusal:
                # 400 for what it cannot: asked again without. What is given up was not charged.
                if not refusal.reason.startswith("400") or not self._give_up(refusal.reason.casefold()):
                    raise
                self._cache.learn(self._fact, msgspec.to_builtins(self.abilities))

    def body(self, question: Question) -> dict[str, Any]:
        """The request for a question, as the endpoint takes it."""
        can = self.abilities
        body: dict[str, Any] = {
            "model": self.model,
            "messages": [{"role": role, "content": content} for role, content in question.messages],
            can.limit: question.answer_tokens,
        }
        if can.temperature:
            body["temperature"] = question.temperature
        if can.logprobs:
            body["logprobs"] = True
        if (shape := response_format(can.mode, question.schema)) is not None:
            body["response_format"] = shape
        return body

    def check_key(self) -> None:
        """Raises `EndpointError` where the endpoint wants a key and there is none. A plan, which asks nothing, needs none."""
        if not self._key and self.base_url == OPENAI:
            key_env = self._settings.key_env
            raise EndpointError(f"{OPENAI} wants a key: put it into the environment variable {key_env}, or name another base_url")

    async def close(self) -> None:
        """Close connections."""
        if "client" in self.__dict__:
            await self.client.close()

    @cached_property
    def client(self) -> Any:
        """The SDK's client. Raises as `check_key` does."""
        self.check_key()
        openai = require("openai", extra="llm")
        return openai.AsyncOpenAI(
            base_url=self.base_url, api_key=self._key or "none", max_retries=0, timeout=self._settings.timeout_s
        )

    def _give_up(self, complaint: str) -> bool:
        """Ask for less, where the endpoint complains of something that can be done without."""
        can = self.abilities
        if can.logprobs and "logprob" in complaint:
            can.logprobs = False
        elif can.limit == "max_tokens" and "max_completion_tokens" in complaint:
            can.limit = "max_completion_tokens"
        elif can.temperature and "temperature" in complaint:
            can.temperature = False
        elif can.mode != MODES[-1] and any(word in complaint for word in _SHAPE):
            can.mode = MODES[MODES.index(can.mode) + 1]
        else:
            return False
        return True

    async def _send(self, body: Mapping[str, Any], prompt_bytes: int) -> Kept:
        openai = require("openai", extra="llm")
        timeout_s = self._settings.timeout_s
        try:
            # The SDK's own timeout is for each piece of an answer: one that drips in would never end.
            async with asyncio.timeout(timeout_s):
                kept = kept_from(await self.client.chat.completions.create(**body), prompt_bytes)
            self._worked = True
            return kept
        except openai.APIStatusError as error:
            raise refusal_of(error, self.model, self.base_url, worked=self._worked) from error
        except (TimeoutError, openai.APITimeoutError) as error:
            raise Refusal(f"no answer within {timeout_s:g} s", again=True, charged=True) from error
        except openai.APIConnectionError as error:
            if isinstance(error.__cause__, OSError) or "connect" in type(error.__cause__).__name__.casefold():
                raise Refusal(f"{self.base_url} cannot be reached: {error.__cause__}", again=True, unreachable=True) from error
            raise Refusal(f"the connection broke: {error.__cause__ or error}", again=True, charged=True) from error
        except (openai.APIError, ValueError, AttributeError, TypeError, IndexError) as error:
            raise Refusal(f"the answer is no chat completion: {error}", again=True, charged=True) from error


def kept_from(completion: Any, prompt_bytes: int = 0) -> Kept:
    """A chat completion as the cache keeps it; tokens are estimated where it does not say them."""
    choice = completion.choices[0]
    text = choice.message.content or ""
    usage = completion.usage
    asked = usage.prompt_tokens if usage is not None else -(-prompt_bytes // _BYTES_A_TOKEN)
    answered = usage.completion_tokens if usage is not None else -(-len(text.encode("utf-8", "replace")) // _BYTES_A_TOKEN)
    given = choice.logprobs.content if choice.logprobs is not None else None
    return Kept(text, choice.finish_reason or "stop", asked, answered, tuple((item.token, item.logprob) for item in given or ()))


def refusal_of(error: Any, model: str, base_url: str, *, worked: bool = False) -> Refusal:
    """What a status means. Where the key has `worked` before, 403 speaks of the one prompt."""
    status, said = error.status_code, f"{error.status_code}: {error.message}"
    if status == 402 or (status in (400, 403, 429) and any(word in str(error.body).casefold() for word in _NO_CREDIT)):
        return Refusal(f"{base_url} says the account has no credit left ({said})", fatal=True)
    if status == 401 or (status == 403 and not worked):
        return Refusal(f"{base_url} does not take the key ({said}): check it, and that it may use '{model}'", fatal=True)
    if status == 404:
        return Refusal(f"{base_url} knows no model '{model}', or is no such endpoint ({said})", fatal=True)
    if status == 429:
        return Refusal(said, again=True, busy=True, wait_s=_wait_s(error.response.headers))
    return Refusal(said, again=status >= 500 or status in (408, 409))


def _wait_s(headers: Mapping[str, str]) -> float:
    """What Retry-After asks for, in seconds (its form as a date is no business of ours: 0)."""
    for name, unit in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
        try:
            return min(600.0, max(0.0, float(headers[name]) * unit))
        except (KeyError, ValueError):
            continue
    return 0.0


def _is_this_machine(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(socket.gethostbyname(host)).is_loopback
    except (OSError, ValueError):
        return False
