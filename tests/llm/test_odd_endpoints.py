"""Endpoints that answer, refuse or fail in ways of their own: no answer is lost, nothing is given up or paid for without need."""

from __future__ import annotations

import contextlib
import socket
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hangtag.config import LlmSettings
from hangtag.errors import ConfigError, EndpointError
from hangtag.llm import chat as chat_module
from hangtag.llm.cache import AnswerCache
from hangtag.llm.chat import Chat, Failure
from hangtag.llm.endpoint import kept_from
from hangtag.llm.money import Meter, Spent

from .fault_parts import Fault, Json, Record, Refused
from .fault_server import FaultServer
from .test_chat import Start, chat, number_of, questions, values

Refuse = Callable[[Json, str, int], Refused | None]


def bend(server: FaultServer, change: Callable[[Json, str], None]) -> None:
    """Let the server change its answers, each known by the number asked."""
    respond = server.respond

    def bent(body: Json, fault: Fault, prompt: str) -> tuple[Json, Record]:
        payload, record = respond(body, fault, prompt)
        change(payload, body["messages"][-1]["content"].split()[-1])
        return payload, record

    server.respond = bent  # type: ignore[method-assign]


def refuse(server: FaultServer, why: Refuse) -> None:
    """Let the server refuse what a function of the request, the number asked and how often it was refused before says."""
    respond, times = server.respond, Counter[str]()

    def refused(body: Json, fault: Fault, prompt: str) -> tuple[Json, Record]:
        number = body["messages"][-1]["content"].split()[-1]
        times[number] += 1
        if (refusal := why(body, number, times[number] - 1)) is not None:
            raise refusal
        return respond(body, fault, prompt)

    server.respond = refused  # type: ignore[method-assign]


def said(status: int, body: Json, **headers: str) -> Refused:
    """A refusal with a body and headers of its own."""
    refused = Refused(status, "")
    refused.body = body
    refused.headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return refused


def _usage(value: Any) -> Callable[[Json], None]:
    return lambda payload: payload.__setitem__("usage", value)


def _token(name: str, value: Any) -> Callable[[Json], None]:
    return lambda payload: payload["choices"][0]["logprobs"]["content"][0].__setitem__(name, value)


@pytest.mark.parametrize(
    "change",
    [
        _usage({}),
        _usage({"prompt_tokens": None, "completion_tokens": None, "total_tokens": None}),
        _usage({"prompt_tokens": 40.0, "completion_tokens": 3.5, "total_tokens": 43.5}),
        _usage("free"),
        _token("logprob", None),
        _token("token", None),
        _token("logprob", "-0.1"),
        lambda payload: payload["choices"][0].__setitem__("finish_reason", 7),
        lambda payload: payload["choices"][0].__setitem__("logprobs", {}),
    ],
)
def test_an_odd_but_whole_answer_is_kept_and_paid_once(fault_server: Start, tmp_path: Path, change: Callable[[Json], None]) -> None:
    server = fault_server(answer=number_of)
    bend(server, lambda payload, _: change(payload))
    for _ in range(2):
        one = chat(server, tmp_path)
        assert values(one.ask(questions(5))) == [str(n) for n in range(5)]
        assert one.meter.spent.requests in (0, 5)
        one.close()
    assert server.answered == 5


def test_halves_of_characters_can_be_kept(tmp_path: Path) -> None:
    token = SimpleNamespace(token="\ud83d", logprob=-0.5)
    choice = SimpleNamespace(message=SimpleNamespace(content="red \ud83d"), logprobs=SimpleNamespace(content=[token]), finish_reason="stop")
    kept = kept_from(SimpleNamespace(choices=[choice], usage=None))
    cache = AnswerCache(tmp_path / "a.sqlite")
    cache.put("key", kept)
    assert cache.get("key") == kept and kept.text == "red ?"


def test_a_kept_answer_that_cannot_be_read_is_asked_for_again(fault_server: Start, tmp_path: Path) -> None:
    server = fault_server(answer=number_of)
    first = chat(server, tmp_path)
    first.ask(questions(3))
    first.close()
    with contextlib.closing(sqlite3.connect(tmp_path / "answers.sqlite")) as database, database:
        database.execute("UPDATE answers SET answer = x'93a17801c0'")
    second = chat(server, tmp_path)
    assert values(second.ask(questions(3))) == ["0", "1", "2"]
    second.close()


@pytest.mark.parametrize("choices", [None, [], "red", [{"message": None}], [{"message": {"content": 7}}], {"0": {}}])
def test_what_is_no_answer_fails_its_own_question_only(fault_server: Start, tmp_path: Path, choices: Any) -> None:
    server = fault_server(answer=number_of)
    bend(server, lambda payload, number: payload.__setitem__("choices", choices) if number == "2" else None)
    one = chat(server, tmp_path, attempts=1)
    outcomes = one.ask(questions(5))
    assert isinstance(outcomes[2], Failure) and "no chat completion" in outcomes[2].reason
    assert values(outcomes) == ["0", "1", "3", "4"]
    one.close()


def test_requests_refused_together_give_up_one_thing_together(fault_server: Start, tmp_path: Path) -> None:
    server = fault_server(answer=number_of)
    first = chat(server, tmp_path)
    first.ask(questions(1))
    first.close()
    server.supports, server.latency_s = "json_object", 0.05
    second = chat(server, tmp_path)  # knows the endpoint, so that all are sent at once
    assert len(values(second.ask(questions(20)))) == 20
    assert second.endpoint.abilities.mode == "json_object"
    second.close()


OVER = "You exceeded your current quota, please check your plan and billing details. Please retry in 12s"


@pytest.mark.parametrize("message", [OVER, "Rate limit reached for requests. Visit https://example.com/account/billing to add a payment"])
def test_too_many_in_a_minute_is_no_lack_of_credit(fault_server: Start, tmp_path: Path, message: str) -> None:
    server = fault_server(answer=number_of)
    refuse(server, lambda _, number, times: Refused(429, message) if number == "1" and not times else None)
    one = chat(server, tmp_path)
    assert values(one.ask(questions(3))) == ["0", "1", "2"]
    one.close()


def test_no_credit_is_told_by_its_code(fault_server: Start, tmp_path: Path) -> None:
    server = fault_server(answer=number_of)
    refuse(server, lambda *_: Refused(429, OVER, code="insufficient_quota"))
    one = chat(server, tmp_path)
    with pytest.raises(EndpointError, match="no credit left"):
        one.ask(questions(3))
    one.close()


@pytest.mark.parametrize("status", [400, 401])
def test_a_key_that_is_said_back_goes_no_further(fault_server: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    monkeypatch.setenv("SHOP_KEY", "sk-very-secret")
    server = fault_server(answer=number_of)
    refuse(server, lambda *_: said(status, {"detail": {"sent": ["Bearer sk-very-secret"]}}))
    one = chat(server, tmp_path, key_env="SHOP_KEY")
    try:
        (outcome,) = one.ask(questions(1))
        assert isinstance(outcome, Failure)
        told = outcome.reason
    except EndpointError as error:
        told = str(error)
    assert "sk-very-secret" not in told and "[key]" in told
    one.close()


def test_a_password_in_the_address_goes_no_further(fault_server: Start, tmp_path: Path) -> None:
    server = fault_server(answer=number_of)
    settings = LlmSettings(base_url=server.base_url.replace("://", "://shop:p%40ss-word@"))
    one = Chat("model", settings, cache=AnswerCache(tmp_path / "answers.sqlite"), meter=Meter())
    assert values(one.ask(questions(1))) == ["0"]
    refuse(server, lambda *_: Refused(401, "shop:p@ss-word may not ask"))
    with pytest.raises(EndpointError) as told:
        one.ask(questions(2))
    assert "ss-word" not in str(told.value) and "may not ask" in str(told.value)
    one.close()
    assert all(b"ss-word" not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_what_another_form_of_error_names_is_given_up(fault_server: Start, tmp_path: Path) -> None:
    def why(body: Json, number: str, times: int) -> Refused | None:
        extra = [name for name in ("logprobs", "response_format") if name in body]
        detail = [{"type": "extra_forbidden", "loc": ["body", name], "msg": "Extra inputs are not permitted"} for name in extra]
        if not detail and number == "1":
            return said(422, {"detail": "a price is no text"})
        return said(422, {"detail": detail}) if detail else None

    server = fault_server(answer=number_of)
    refuse(server, why)
    one = chat(server, tmp_path)
    outcomes = one.ask(questions(3))
    assert values(outcomes) == ["0", "2"]
    assert isinstance(outcomes[1], Failure) and "a price is no text" in outcomes[1].reason
    assert (one.endpoint.abilities.mode, one.endpoint.abilities.logprobs) == ("text", False)
    one.close()


def test_patience_begins_with_the_first_refusal(fault_server: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_module, "_MOST_BUSY_S", 0.8)
    server = fault_server(answer=number_of, latency_s=0.15)
    refuse(server, lambda _, number, times: Refused(429, "Too many requests") if number == "9" and not times else None)
    one = chat(server, tmp_path, concurrency=1)
    assert len(values(one.ask(questions(10)))) == 10
    one.close()


@pytest.mark.parametrize(("status", "headers"), [(503, {}), (502, {"retry_after": "0.05"})])
def test_an_endpoint_that_is_overloaded_is_waited_for(fault_server: Start, tmp_path: Path, status: int, headers: dict[str, str]) -> None:
    server = fault_server(answer=number_of)
    refuse(server, lambda _, number, times: said(status, {}, **headers) if times < 3 else None)
    one = chat(server, tmp_path, attempts=2)
    assert len(values(one.ask(questions(15)))) == 15
    one.close()


def test_an_endpoint_that_breaks_down_over_everything_stops_the_run(fault_server: Start, tmp_path: Path) -> None:
    server = fault_server(answer=number_of)
    down = True
    refuse(server, lambda *_: Refused(500, "The server had an error.") if down else None)
    one = chat(server, tmp_path)
    with pytest.raises(EndpointError, match="in a row"):
        one.ask(questions(20))
    one.close()
    down = False
    again = chat(server, tmp_path)
    assert len(values(again.ask(questions(20)))) == 20, "no product was rejected for it"
    again.close()


def test_questions_that_an_endpoint_breaks_down_over_fail_alone(fault_server: Start, tmp_path: Path) -> None:
    server = fault_server(answer=number_of)
    refuse(server, lambda _, number, times: Refused(500, "The server had an error.") if int(number) % 4 == 0 else None)
    one = chat(server, tmp_path)
    outcomes = one.ask(questions(36))
    assert [number for number, outcome in enumerate(outcomes) if isinstance(outcome, Failure)] == list(range(0, 36, 4))
    one.close()


@pytest.mark.parametrize(
    "url", ["localhost:9/v1", "user:secret@host/v1", "ftp://host/v1", "http://", "http://host:port/v1", "http://[x/v1"]
)
def test_an_address_that_is_none_is_named_before_anything_is_asked(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError, match="base_url") as told:
        Chat("m", LlmSettings(base_url=url), cache=AnswerCache(tmp_path / "a"), meter=Meter())
    assert "secret" not in str(told.value)


def test_a_connection_that_does_not_come_about_costs_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, contextlib.ExitStack() as stack:
        for _ in range(4):  # more than may wait: the next one hears nothing
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
        settings = LlmSettings(base_url=f"http://127.0.0.1:{server.getsockname()[1]}/v1", timeout_s=1.0, attempts=1)
        one = Chat("model", settings, cache=AnswerCache(tmp_path / "a.sqlite"), meter=Meter())
        (outcome,) = one.ask(questions(1))
    assert isinstance(outcome, Failure) and "cannot be reached" in outcome.reason
    assert one.meter.spent == Spent()
    one.close()


def test_no_more_requests_begin_in_a_minute_than_may(fault_server: Start, tmp_path: Path) -> None:
    one = chat(fault_server(answer=number_of), tmp_path, requests_per_minute=1200)
    begun = time.monotonic()
    assert len(values(one.ask(questions(30)))) == 30
    assert time.monotonic() - begun >= 29 / 20, "20 in a second, from the first one on"
    one.close()
