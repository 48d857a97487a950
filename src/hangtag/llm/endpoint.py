"""One endpoint that speaks OpenAI's chat completions: what it can is found out once, and what it says no to has a name."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import math
import os
import re
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import msgspec

from hangtag.config import LlmSettings
from hangtag.errors import ConfigError, EndpointError
from hangtag.extras import require
from hangtag.llm.cache import AnswerCache, Kept
from hangtag.llm.structured import MODES, Mode, response_format

if TYPE_CHECKING:
    from hangtag.llm.chat import Question

__all__ = ["ALLOW_NETWORK", "Endpoint", "Refusal", "kept_from", "refusal_of"]

ALLOW_NETWORK = True
"""Tests set this to False: then only this very machine may be asked."""

OPENAI = "https://api.openai.com/v1"
_NO_KEY = "none"
_BYTES_A_TOKEN = 4
_OVERLOADED = (429, 503, 529)
_NO_CREDIT = ("insufficient_quota", "insufficient_balance", "billing_hard_limit_reached", "billing_not_active", "arrearage")
_SHAPE = ("response_format", "json_schema", "json_object", "schema", "grammar")
_NOT_TAKEN = (400, 422)
_UNSENT = ("ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol")
_LONGEST_REASON, _LEAST_SECRET = 600, 4


class Abilities(msgspec.Struct, frozen=True, kw_only=True):
    """What an endpoint takes in a request."""

    mode: Mode = MODES[0]
    logprobs: bool = True
    temperature: bool = True
    limit: str = "max_tokens"


@dataclass(eq=False)
class Refusal(Exception):
    """No answer, and why, with the HTTP `status` where there was one. `again`: asking again may help; `busy`: too many requests, for
    `wait_s` if known; `fatal`: no question will be answered; `charged`: the endpoint may have answered, and the answer was lost."""

    reason: str
    status: int = 0
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
        self._url = (settings.base_url or os.environ.get("OPENAI_BASE_URL") or OPENAI).rstrip("/")
        self.base_url = _address(self._url)
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
            asked_of = self.abilities
            try:
                return await self._send(self.body(question), question.prompt_bytes)
            except Refusal as refusal:
                if refusal.status not in _NOT_TAKEN:
                    raise
                # Refused for what it cannot: asked again without. What is given up was not charged. Several requests may be refused for the
                # same reason: only the first of them gives something up.
                if asked_of is self.abilities:
                    if (less := _less(asked_of, refusal.reason.casefold())) is None:
                        raise
                    self.abilities = less
                    self._cache.learn(self._fact, msgspec.to_builtins(less))

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
        timeout_s = self._settings.timeout_s
        # A connection that does not come about is noticed before the answer's time is over: it was not charged.
        timeout = openai.Timeout(timeout_s, connect=timeout_s / 2)
        return openai.AsyncOpenAI(base_url=self._url, api_key=self._key or _NO_KEY, max_retries=0, timeout=timeout)

    async def _send(self, body: Mapping[str, Any], prompt_bytes: int) -> Kept:
        openai, client = require("openai", extra="llm"), self.client
        timeout_s = self._settings.timeout_s
        try:
            # The SDK's own timeout is for each piece of an answer: one that drips in would never end.
            async with asyncio.timeout(timeout_s):
                kept = kept_from(await client.chat.completions.create(**body), prompt_bytes)
            self._worked = True
            return kept
        except openai.APIStatusError as error:
            raise refusal_of(error, self.model, self.base_url, worked=self._worked) from error
        except openai.APIConnectionError as error:
            cause = error.__cause__ or error
            said = _without_secrets(str(cause) or type(cause).__name__, error.request)
            if isinstance(cause, OSError) or type(cause).__name__ in _UNSENT:
                raise Refusal(f"{self.base_url} cannot be reached: {said}", again=True, unreachable=True) from error
            if isinstance(error, openai.APITimeoutError):
                raise self._too_slow() from error
            raise Refusal(f"the connection broke: {said}", again=True, charged=True) from error
        except TimeoutError as error:
            raise self._too_slow() from error
        except Exception as error:  # whatever came back, it was one answer: the others go on
            raise Refusal(f"the answer is no chat completion: {error}", again=True, charged=True) from error

    def _too_slow(self) -> Refusal:
        return Refusal(f"no answer within {self._settings.timeout_s:g} s", again=True, charged=True)


def kept_from(completion: Any, prompt_bytes: int = 0) -> Kept:
    """A chat completion as the cache keeps it; tokens are estimated where it does not say them, log-probabilities left out where they are
    none."""
    choice = completion.choices[0]
    text = _whole(choice.message.content or "")
    usage = completion.usage
    asked = _count(getattr(usage, "prompt_tokens", None), prompt_bytes)
    answered = _count(getattr(usage, "completion_tokens", None), len(text.encode()))
    return Kept(text, str(choice.finish_reason or "stop"), asked, answered, _tokens(getattr(choice.logprobs, "content", None) or ()))


def refusal_of(error: Any, model: str, base_url: str, *, worked: bool = False) -> Refusal:
    """What a status means. Where the key has `worked` before, 403 speaks of the one prompt."""
    status, said = error.status_code, _without_secrets(_said(error), error.request)[:_LONGEST_REASON]
    # By its code alone: that one is over the limit of a minute is also told in words such as "check your plan and billing details".
    if status == 402 or (status in (400, 403, 429) and {str(error.code).casefold(), str(error.type).casefold()} & {*_NO_CREDIT}):
        return Refusal(f"{base_url} says the account has no credit left ({said})", status, fatal=True)
    if status == 401 or (status == 403 and not worked):
        return Refusal(f"{base_url} does not take the key ({said}): check it, and that it may use '{model}'", status, fatal=True)
    if status == 404:
        return Refusal(f"{base_url} knows no model '{model}', or is no such endpoint ({said})", status, fatal=True)
    wait_s = _wait_s(error.response.headers)
    busy = status in _OVERLOADED or (status >= 500 and wait_s > 0)
    return Refusal(said, status, again=busy or status >= 500 or status in (408, 409), busy=busy, wait_s=wait_s)


def _less(can: Abilities, complaint: str) -> Abilities | None:
    """What to ask for where the endpoint complains of something that can be done without; None where it does not."""
    if can.logprobs and "logprob" in complaint:
        return msgspec.structs.replace(can, logprobs=False)
    if can.limit == "max_tokens" and "max_completion_tokens" in complaint:
        return msgspec.structs.replace(can, limit="max_completion_tokens")
    if can.temperature and "temperature" in complaint:
        return msgspec.structs.replace(can, temperature=False)
    if can.mode != MODES[-1] and any(word in complaint for word in _SHAPE):
        return msgspec.structs.replace(can, mode=MODES[MODES.index(can.mode) + 1])
    return None


def _tokens(given: Iterable[Any]) -> tuple[tuple[str, float], ...]:
    """Tokens with their log-probabilities; none where one of them is no such thing."""
    found = []
    for item in given:
        token, logprob = getattr(item, "token", None), getattr(item, "logprob", None)
        if not isinstance(token, str) or not isinstance(logprob, int | float) or not math.isfinite(logprob):
            return ()
        found.append((_whole(token), float(logprob)))
    return tuple(found)


def _count(said: Any, size: int) -> int:
    """A number of tokens as it was said, or that of `size` bytes."""
    if isinstance(said, int | float) and math.isfinite(said) and said >= 0:
        return int(said)
    return -(-size // _BYTES_A_TOKEN)


def _whole(text: str) -> str:
    """A text without halves of characters, which no file can hold."""
    return text.encode("utf-8", "replace").decode()


def _said(error: Any) -> str:
    """The status and what was said of it: the message, or, of servers that speak another form of errors than OpenAI's, what they say."""
    said = f"{error.status_code}: {error.message}"
    told = isinstance(error.body, dict) and error.body.get("message")
    page = isinstance(error.body, str) and error.body.lstrip().startswith("<")
    return said if told or page or not error.body else f"{said} - {error.body}"


def _without_secrets(text: str, request: Any) -> str:
    """A text without the key and the password that a request was sent with: some servers say back what they do not take."""
    user = request.url.userinfo.decode()
    sent = request.headers.get("authorization", "").rpartition(" ")[2]
    for secret in sorted({sent, user, unquote(user), *user.split(":", 1)[1:], unquote(user).partition(":")[2]}, key=len, reverse=True):
        if len(secret) >= _LEAST_SECRET and secret != _NO_KEY:
            text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(secret)}(?![A-Za-z0-9])", "[key]", text)
    return text


def _address(url: str) -> str:
    """An endpoint's address as it may be told and kept: without a user and password. Raises `ConfigError` for what is none."""
    shown = url.rpartition("@")[2]
    with contextlib.suppress(ValueError):  # a port or an address in brackets that is none
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    raise ConfigError(f"base_url '{shown}' is no address: write it as http://{shown.rpartition('://')[2] or 'HOST/v1'}")


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
