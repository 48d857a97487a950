"""Asking many questions: faults, the cache, the budget, what an endpoint can."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from hangtag.config import LlmSettings, Price
from hangtag.errors import BudgetSpent, ConfigError, EndpointError
from hangtag.llm import batch, endpoint
from hangtag.llm.batch import BatchChat
from hangtag.llm.cache import AnswerCache
from hangtag.llm.chat import Answer, Chat, Failure, Question
from hangtag.llm.money import Budget, Meter, Spent, read_budget

from .fault_server import FaultServer

SCHEMA = {"type": "object", "properties": {"n": {"type": "string"}}, "required": ["n"], "additionalProperties": False}
Start = Callable[..., FaultServer]


def number_of(request: dict[str, Any]) -> str:
    return json.dumps({"n": request["messages"][-1]["content"].split()[-1]})


def questions(count: int) -> list[Question]:
    return [Question((("system", "Answer as JSON."), ("user", f"{'words ' * 40}number {n}")), SCHEMA, 60) for n in range(count)]


def chat(server: FaultServer, folder: Path, *, meter: Meter | None = None, kind: type[Chat] = Chat, **settings: Any) -> Chat:
    chosen = LlmSettings(base_url=server.base_url, timeout_s=1.5, **settings)
    return kind("model", chosen, cache=AnswerCache(folder / "answers.sqlite"), meter=meter if meter is not None else Meter())


def values(outcomes: list[Any]) -> list[str]:
    return [outcome.value["n"] for outcome in outcomes if isinstance(outcome, Answer)]


def test_every_question_is_answered_through_all_faults_and_paid_once(fault_server: Start, tmp_path: Path) -> None:
    server = fault_server(answer=number_of, faults=0.3, seed=3, hang_s=5, drip_s=0.1)
    asked = questions(150)
    one = chat(server, tmp_path)
    assert values(one.ask(asked)) == [str(n) for n in range(150)]
    assert {record.fault for record in server.ledger} >= {"429", "cut", "truncated", "wrong_json", "wrong_schema"}
    assert server.spent_tokens <= 1.03 * (server.clean_tokens + server.lost)
    spent = server.spent_tokens
    assert values(one.ask(asked)) == [str(n) for n in range(150)]
    assert server.spent_tokens == spent, "kept answers cost nothing"
    assert one.meter.spent.cached >= 150
    one.close()


def test_answers_survive_the_process(fault_server: Start, tmp_path: Path) -> None:
    server = fault_server(answer=number_of)
    first = chat(server, tmp_path)
    first.ask(questions(5))
    first.close()
    second = chat(server, tmp_path)
    assert values(second.ask(questions(6))) == [str(n) for n in range(6)]
    assert server.answered == 6
    second.close()


def test_the_same_question_at_the_same_time_is_asked_once(fault_server: Start, tmp_path: Path) -> None:
    server = fault_server(answer=number_of, latency_s=0.2)
    one = chat(server, tmp_path)
    assert values(one.ask(questions(1) * 8)) == ["0"] * 8
    assert server.answered == 1
    one.close()


def test_the_limiter_learns_from_refusals(fault_server: Start, tmp_path: Path) -> None:
    server = fault_server(answer=number_of, latency_s=0.02, max_concurrent=3)
    one = chat(server, tmp_path, concurrency=32)
    assert len(values(one.ask(questions(80)))) == 80
    refused = sum(record.fault == "busy" for record in server.ledger)
    assert refused < 80, "it would be refused again and again if it did not learn"
    one.close()


@pytest.mark.parametrize("supports", ["json_schema", "json_object", "none"])
def test_what_an_endpoint_can_is_found_out_once(fault_server: Start, tmp_path: Path, supports: str) -> None:
    server = fault_server(answer=number_of, supports=supports)
    one = chat(server, tmp_path)
    assert len(values(one.ask(questions(20)))) == 20
    refused = sum(record.status == 400 for record in server.ledger)
    assert refused == {"json_schema": 0, "json_object": 1, "none": 2}[supports]
    one.close()
    another = chat(server, tmp_path)
    another.ask(questions(25))
    assert sum(record.status == 400 for record in server.ledger) == refused
    another.close()


@pytest.mark.parametrize(("options", "said"), [({"api_key": "secret"}, "does not take the key"), ({"model": "other"}, "knows no model")])
def test_what_fails_every_question_stops_at_once(fault_server: Start, tmp_path: Path, options: dict[str, str], said: str) -> None:
    server = fault_server(answer=number_of, **options)
    one = chat(server, tmp_path)
    with pytest.raises(EndpointError, match=said):
        one.ask(questions(60))
    assert len(server.ledger) <= 32
    one.close()


def test_an_endpoint_that_is_not_there_fails_each_question(tmp_path: Path) -> None:
    settings = LlmSettings(base_url="http://127.0.0.1:9/v1", attempts=2)
    one = Chat("model", settings, cache=AnswerCache(tmp_path / "a.sqlite"), meter=Meter())
    outcomes = one.ask(questions(2))
    assert all(isinstance(outcome, Failure) and "cannot be reached" in outcome.reason for outcome in outcomes)
    assert one.meter.spent == Spent(), "nobody can have charged for it"
    one.close()


@pytest.mark.parametrize("share", [0.5, 0.1])
def test_a_budget_is_neither_passed_nor_left(fault_server: Start, tmp_path: Path, share: float) -> None:
    server = fault_server(answer=number_of)
    whole = chat(server, tmp_path / "clean")
    whole.ask(questions(400))
    total = server.spent_tokens
    whole.close()
    server = fault_server(answer=number_of)
    limit = round(total * share)
    one = chat(server, tmp_path / "limited", meter=Meter(Budget(tokens=limit)))
    with pytest.raises(BudgetSpent):
        one.ask(questions(400))
    assert server.spent_tokens <= limit
    assert server.spent_tokens >= limit - 0.01 * total
    one.close()


def test_a_budget_counts_what_an_earlier_process_spent(fault_server: Start, tmp_path: Path) -> None:
    server = fault_server(answer=number_of)
    path, price = tmp_path / "spent.jsonl", Price(input=1.0, output=2.0)
    first = chat(server, tmp_path, meter=Meter(None, price, path))
    first.ask(questions(10))
    first.close()
    path.write_bytes(path.read_bytes() + b"[12,")  # killed while writing
    again = Meter(Budget(money=0.002), price, path)
    assert again.spent.requests == 10
    second = chat(server, tmp_path, meter=again)
    with pytest.raises(BudgetSpent):
        second.ask(questions(60))
    bill = second.bill()
    assert 0.0015 < bill["money"] <= 0.002
    assert bill["money"] == pytest.approx(sum(r.prompt_tokens + 2 * r.completion_tokens for r in server.ledger) / 1e6)
    second.close()


def test_a_batch_fills_the_cache_and_is_taken_up_again(fault_server: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = fault_server(answer=number_of, faults={"500": 0.1})
    monkeypatch.setattr(BatchChat, "poll_s", 0.01)
    one = chat(server, tmp_path, kind=BatchChat)
    outcomes = one.ask(questions(40))
    failed = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    assert len(values(outcomes)) + len(failed) == 40
    alone = [record for record in server.ledger if record.via == "chat" and record.right]
    assert len(alone) == 1, "one question finds out what the endpoint takes"
    assert one.meter.spent.asked_tokens + one.meter.spent.answered_tokens == server.spent_tokens
    one.close()

    stopped = chat(server, tmp_path / "other", kind=BatchChat)
    monkeypatch.setattr(batch.asyncio, "sleep", _interrupt)
    with pytest.raises(InterruptedError):
        stopped.ask(questions(7))
    monkeypatch.undo()
    monkeypatch.setattr(BatchChat, "poll_s", 0.01)
    before = len(server.ledger)
    resumed = chat(server, tmp_path / "other", kind=BatchChat)
    assert len(resumed.ask(questions(7))) == 7
    assert len(server.ledger) - before <= 7
    resumed.close()


def test_a_useless_answer_of_a_batch_is_asked_anew_by_the_next(
    fault_server: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BatchChat, "poll_s", 0.01)
    asked: Counter[str] = Counter()

    def third_time_right(request: dict[str, Any]) -> str:
        asked[number_of(request)] += 1
        return number_of(request) if asked[number_of(request)] == 3 else "no idea"

    server = fault_server(answer=third_time_right)
    one = chat(server, tmp_path, kind=BatchChat)
    assert values(one.ask(questions(6))) == [str(n) for n in range(6)]
    spent = one.meter.spent
    assert (spent.requests, spent.lost, spent.cached) == (18, 12, 0)
    assert values(one.ask(questions(6))) == [str(n) for n in range(6)]
    assert (spent.requests, spent.cached) == (18, 18), "kept answers cost nothing"
    one.close()
    useless = fault_server(answer=lambda request: "no idea")
    hopeless = chat(useless, tmp_path / "other", kind=BatchChat)
    for tries in (4 + 12, 4 + 12 + 12):  # one question alone, then all of them each day
        assert all(isinstance(outcome, Failure) for outcome in hopeless.ask(questions(3)))
        assert len(useless.ledger) == tries
    hopeless.close()


@pytest.mark.parametrize("times", [0.5, 2.0])
def test_a_batch_holds_as_many_questions_as_the_budget(
    fault_server: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: float
) -> None:
    monkeypatch.setattr(BatchChat, "poll_s", 0.01)
    server = fault_server(answer=number_of)
    live = chat(server, tmp_path / "live")
    live.ask(questions(200))
    live.close()
    total, server = server.spent_tokens, fault_server(answer=number_of)
    limit = round(times * total)
    one = chat(server, tmp_path, kind=BatchChat, budget=f"{limit} tokens", meter=Meter(Budget(tokens=limit)))
    if times > 1:
        assert values(one.ask(questions(200))) == [str(n) for n in range(200)]
    else:
        with pytest.raises(BudgetSpent, match="questions are left"):
            one.ask(questions(200))
        assert 0.8 * limit < server.spent_tokens <= limit
    one.close()
    more = chat(server, tmp_path, kind=BatchChat, meter=Meter(Budget(tokens=10 * total)))
    assert values(more.ask(questions(200))) == [str(n) for n in range(200)]
    assert len(server.ledger) == 200, "nothing is paid for twice"
    more.close()


def test_a_batch_that_the_endpoint_has_forgotten_is_handed_in_anew(
    fault_server: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = fault_server(answer=number_of)
    stopped = chat(server, tmp_path, kind=BatchChat)
    monkeypatch.setattr(batch.asyncio, "sleep", _interrupt)
    with pytest.raises(InterruptedError):
        stopped.ask(questions(7))
    monkeypatch.undo()
    monkeypatch.setattr(BatchChat, "poll_s", 0.01)
    server._batches._batches.clear()
    again = chat(server, tmp_path, kind=BatchChat)
    assert values(again.ask(questions(7))) == [str(n) for n in range(7)]
    again.close()


async def _interrupt(_: float) -> None:
    raise InterruptedError


def test_no_network_but_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(endpoint, "ALLOW_NETWORK", False)
    with pytest.raises(EndpointError, match="network"):
        Chat("m", LlmSettings(base_url="http://192.0.2.1/v1"), cache=AnswerCache(tmp_path / "a"), meter=Meter())


def test_a_missing_key_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.delenv("SHOP_KEY", raising=False)
    monkeypatch.setattr(endpoint, "ALLOW_NETWORK", True)
    one = Chat("m", LlmSettings(key_env="SHOP_KEY"), cache=AnswerCache(tmp_path / "a"), meter=Meter())
    with pytest.raises(EndpointError, match="SHOP_KEY"):
        one.ask(questions(1))
    one.close()


def test_the_key_is_in_no_file(fault_server: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_KEY", "sk-very-secret")
    server = fault_server(answer=number_of, api_key="sk-very-secret")
    one = chat(server, tmp_path, key_env="SHOP_KEY", meter=Meter(None, None, tmp_path / "spent"))
    assert values(one.ask(questions(2))) == ["0", "1"]
    one.close()
    assert all(b"sk-very-secret" not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_threads_share_one_chat(fault_server: Start, tmp_path: Path) -> None:
    server = fault_server(answer=number_of, latency_s=0.01)
    one = chat(server, tmp_path)
    found: list[list[str]] = []
    threads = [threading.Thread(target=lambda: found.append(values(one.ask(questions(10))))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert found == [[str(n) for n in range(10)]] * 4
    assert server.answered == 10
    one.close()


def test_threads_that_begin_together_start_one_loop(fault_server: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[asyncio.AbstractEventLoop] = []
    new_event_loop = asyncio.new_event_loop

    def slow_loop() -> asyncio.AbstractEventLoop:
        time.sleep(0.1)  # long enough for every thread to ask for one
        begun.append(new_event_loop())
        return begun[-1]

    monkeypatch.setattr(asyncio, "new_event_loop", slow_loop)
    one = chat(fault_server(answer=number_of), tmp_path)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: values(one.ask(questions(10))), range(4)))
    one.close()
    assert found == [[str(n) for n in range(10)]] * 4
    assert len(begun) == 1


@pytest.mark.parametrize(
    ("given", "meant"),
    [("5", Budget(money=5.0)), (5.0, Budget(money=5.0)), ("¥0.50", Budget(money=0.5)), ("1,200.5", Budget(money=1200.5))],
)
def test_budgets_in_money(given: float | str, meant: Budget) -> None:
    assert read_budget(given, Price(input=1, output=1), "m") == meant


@pytest.mark.parametrize(
    ("given", "meant"), [("200000 tokens", 200_000), ("200k tokens", 200_000), ("1.5M tokens", 1_500_000), ("90t", 90)]
)
def test_budgets_in_tokens(given: str, meant: int) -> None:
    assert read_budget(given, None, "m") == Budget(tokens=meant)


def test_budgets_that_mean_nothing() -> None:
    with pytest.raises(ConfigError, match="write it as money"):
        read_budget("a lot", None, "m")
    with pytest.raises(ConfigError, match="prices"):
        read_budget("5", None, "m")


def test_waiting_does_not_block_the_turn_of_others(fault_server: Start, tmp_path: Path) -> None:
    server = fault_server(answer=number_of, faults={"hang": 0.05}, hang_s=10, seed=1)
    one = chat(server, tmp_path, concurrency=8)
    begun = time.monotonic()
    assert len(values(one.ask(questions(60)))) == 60
    assert time.monotonic() - begun < 30
    one.close()
