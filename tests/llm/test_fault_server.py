"""The server that goes wrong on purpose goes wrong as meant, and its books are right: other tests lean on both."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI, OpenAI

from .fault_server import CHAT, KINDS, FaultServer, Record

Start = Callable[..., FaultServer]

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"color": {"type": "string"}, "quote": {"type": "string"}},
    "required": ["color", "quote"],
    "additionalProperties": False,
}
STRICT = {"type": "json_schema", "json_schema": {"name": "tags", "strict": True, "schema": SCHEMA}}
RIGHT = json.dumps({"color": "red", "quote": "红色连衣裙"}, ensure_ascii=False)


def answer(request: dict[str, Any]) -> str:
    return RIGHT


def client_of(server: FaultServer, **options: Any) -> OpenAI:
    return OpenAI(base_url=server.base_url, **{"api_key": "key", "max_retries": 0, "timeout": 20.0, **options})


def ask(client: OpenAI, prompt: str = "Tag this as JSON", **options: Any) -> Any:
    return client.chat.completions.create(model="test-model", messages=[{"role": "user", "content": prompt}], **options)


async def ask_until_right(server: FaultServer, prompts: Sequence[str], *, concurrent: int, pause_s: float = 0.0) -> list[int]:
    """Asks each prompt again and again, and gives the tokens the right answers say they cost."""
    gate = asyncio.Semaphore(concurrent)

    async def one(client: AsyncOpenAI, prompt: str) -> int:
        async with gate:
            for _ in range(50):
                with contextlib.suppress(openai.APIError, json.JSONDecodeError):
                    await asyncio.sleep(pause_s)
                    reply = await client.chat.completions.create(model="m", messages=[{"role": "user", "content": prompt}])
                    if reply.choices[0].message.content == RIGHT and reply.usage:
                        return reply.usage.total_tokens
            raise AssertionError(f"no right answer to {prompt} in 50 askings")

    async with AsyncOpenAI(base_url=server.base_url, api_key="key", max_retries=0, timeout=20.0) as client:
        return await asyncio.gather(*(one(client, prompt) for prompt in prompts))


def wait_for(true: Callable[[], bool]) -> None:
    limit = time.monotonic() + 5
    while not true() and time.monotonic() < limit:
        time.sleep(0.01)
    assert true()


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("429", openai.RateLimitError),
        ("500", openai.InternalServerError),
        ("503", openai.InternalServerError),
        ("hang", openai.APITimeoutError),
        ("cut", (openai.APIConnectionError, json.JSONDecodeError)),
    ],
)
def test_faults_the_sdk_raises(kind: str, error: Any, fault_server: Start) -> None:
    server = fault_server(answer=answer, faults=[kind], storm=(1, 1))
    with client_of(server, timeout=1.0 if kind == "hang" else 20.0) as client:
        with pytest.raises(error):
            ask(client)
        assert (server.spent_tokens > 0) == (kind in ("hang", "cut"))
        assert server.lost == server.spent_tokens
    with client_of(server) as client:
        assert ask(client).choices[0].message.content == RIGHT
    assert [record.fault for record in server.ledger] == [kind, ""]
    assert server.answered == 1


def test_a_cut_answer_has_three_ways(fault_server: Start) -> None:
    server = fault_server(answer=answer, faults=["cut"])
    seen = Counter[tuple[str, str]]()
    with client_of(server) as client:
        for number in range(20):
            with pytest.raises((openai.APIConnectionError, json.JSONDecodeError)) as caught:
                ask(client, f"prompt {number}")
            seen[server.ledger[-1].variant, type(caught.value).__name__] += 1
    # The SDK passes the bare error of `json` on where nothing said how long the body should be.
    assert set(seen) == {("end", "APIConnectionError"), ("reset", "APIConnectionError"), ("silent", "JSONDecodeError")}


def test_a_truncated_answer_says_length_and_is_not_json(fault_server: Start) -> None:
    server = fault_server(answer=answer, faults=["truncated"])
    with client_of(server) as client:
        choice = ask(client).choices[0]
    assert choice.finish_reason == "length"
    assert RIGHT.startswith(choice.message.content)
    assert choice.message.content != RIGHT
    assert server.lost == server.spent_tokens > 0


def test_an_answer_over_the_requests_own_limit_is_lost(fault_server: Start) -> None:
    server = fault_server(answer=answer)
    with client_of(server) as client:
        reply = ask(client, max_completion_tokens=3)
    assert (reply.choices[0].finish_reason, reply.usage.completion_tokens) == ("length", 3)
    assert [(record.fault, record.lost) for record in server.ledger] == [("max_tokens", True)]


def test_wrong_json_never_parses_and_wrong_schema_always_does(fault_server: Start) -> None:
    for kind, variants in (
        ("wrong_json", {"prose", "quotes", "comma", "garbage"}),
        ("wrong_schema", {"list", "wrapped", "renamed", "retyped"}),
    ):
        server = fault_server(answer=answer, faults=[kind])
        with client_of(server) as client:
            contents = [ask(client, f"prompt {number}").choices[0].message.content for number in range(30)]
        for content in contents:
            if kind == "wrong_json":
                with pytest.raises(ValueError, match=r"."):
                    json.loads(content)
            else:
                value = json.loads(content)
                assert not (isinstance(value, dict) and all(isinstance(value.get(name), str) for name in SCHEMA["required"]))
        assert {record.variant for record in server.ledger} == variants
        assert (server.answered, server.clean_tokens, server.lost) == (0, 0, server.spent_tokens)


@pytest.mark.parametrize("content", ["{}", "[]", "7", "true", "plain words", ""])
@pytest.mark.parametrize("kind", ["truncated", "wrong_json", "wrong_schema"])
def test_any_content_can_be_spoilt(kind: str, content: str, fault_server: Start) -> None:
    server = fault_server(answer=lambda request: content, faults=[kind])
    with client_of(server) as client:
        for number in range(6):
            spoilt = ask(client, f"prompt {number}").choices[0].message.content
            assert spoilt != content or kind == "truncated"
            if kind != "wrong_schema":
                with pytest.raises(ValueError, match=r"."):
                    json.loads(spoilt)


def test_a_drip_outlives_the_sdks_timeout(fault_server: Start) -> None:
    server = fault_server(answer=answer, faults=["drip"], drip_s=0.004)
    began = time.monotonic()
    with client_of(server, timeout=0.7) as client:
        assert ask(client).choices[0].message.content == RIGHT
    assert time.monotonic() - began > 0.7
    assert [(record.fault, record.lost) for record in server.ledger] == [("drip", False)]


def test_a_drip_given_up_is_lost(fault_server: Start) -> None:
    server = fault_server(answer=answer, faults=["drip"], drip_s=0.1)

    async def give_up() -> None:
        async with AsyncOpenAI(base_url=server.base_url, api_key="key", max_retries=0) as client:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1):
                    await client.chat.completions.create(model="m", messages=[{"role": "user", "content": "x"}])

    asyncio.run(give_up())
    assert server.lost == server.spent_tokens > 0
    assert server.answered == 0


def test_a_client_that_leaves_pays(fault_server: Start) -> None:
    server = fault_server(answer=answer, latency_s=1.5)
    with client_of(server, timeout=0.5) as client, pytest.raises(openai.APITimeoutError):
        ask(client)
    wait_for(lambda: [record.fault for record in server.ledger] == ["gone"])
    assert server.lost == server.spent_tokens > 0


def test_a_storm_takes_the_requests_that_follow(fault_server: Start) -> None:
    server = fault_server(answer=answer, faults={"429": 1.0}, storm=(3, 3))
    hints = Counter[str]()
    with client_of(server) as client:
        for number in range(30):
            with pytest.raises(openai.RateLimitError) as caught:
                ask(client, f"prompt {number}")
            headers = caught.value.response.headers
            if "retry-after" in headers:
                assert 0.05 <= float(headers["retry-after"]) <= 0.2
            if "retry-after-ms" in headers:
                assert 50 <= float(headers["retry-after-ms"]) <= 200
            hints[server.ledger[-1].variant] += 1
            expected = {"seconds": {"retry-after"}, "ms": {"retry-after-ms"}, "none": set()}[server.ledger[-1].variant]
            assert {name for name in headers if name.startswith("retry")} == expected
    assert set(hints) == {"seconds", "ms", "none"}
    # Only the first of three was drawn: the others have not been asked as far as their faults go.
    assert [server.draw(record.prompt).attempt for record in server.ledger] == [1, 0, 0] * 10
    assert server.spent_tokens == 0


def essence(ledger: Sequence[Record]) -> set[tuple[Any, ...]]:
    return {(r.prompt, r.attempt, r.fault, r.variant, r.tokens, r.lost) for r in ledger if r.fault != "429"}


def test_concurrency_does_not_change_the_faults(fault_server: Start) -> None:
    shares = {kind: 0.06 for kind in KINDS if kind != "hang"}
    prompts = [f"product {number}" for number in range(100)]
    runs = []
    for concurrent in (1, 32):
        server = fault_server(answer=answer, faults=shares, seed=5, drip_s=0.0)
        costs = asyncio.run(ask_until_right(server, prompts, concurrent=concurrent))
        assert server.answered == len(prompts)
        assert server.clean_tokens == sum(costs)
        assert server.spent_tokens == server.clean_tokens + server.lost
        assert server.repeated_tokens == 0
        assert server.peak_concurrent <= concurrent
        runs.append(essence(server.ledger))
    assert runs[0] == runs[1]
    assert {fault for _, _, fault, *_ in runs[0]} == {"", *shares} - {"429"}
    other = fault_server(answer=answer, faults=shares, seed=6, drip_s=0.0)
    asyncio.run(ask_until_right(other, prompts, concurrent=8))
    assert essence(other.ledger) != runs[0]


def test_a_share_of_faults_is_about_that_share() -> None:
    server = FaultServer(answer=answer, faults=0.2, seed=1)
    kinds = Counter(server.draw(f"prompt {number}").kind for number in range(5000))
    assert sum(kinds[kind] for kind in KINDS) == pytest.approx(1000, rel=0.1)
    assert all(kinds[kind] == pytest.approx(1000 / 9, rel=0.35) for kind in KINDS)


def test_asking_twice_is_seen(fault_server: Start) -> None:
    server = fault_server(answer=answer)
    with client_of(server) as client:
        cost = [ask(client, prompt).usage.total_tokens for prompt in ("one", "two", "one")]
    assert server.repeated_tokens == cost[2]
    assert server.clean_tokens == sum(cost)


def test_response_formats_that_are_not_supported(fault_server: Start) -> None:
    for supports, refused in (("json_schema", []), ("json_object", [STRICT]), ("none", [STRICT, {"type": "json_object"}])):
        server = fault_server(answer=answer, supports=supports)
        with client_of(server) as client:
            for wanted in (STRICT, {"type": "json_object"}, {"type": "text"}):
                if wanted in refused:
                    with pytest.raises(openai.BadRequestError, match="response_format") as caught:
                        ask(client, response_format=wanted)
                    assert caught.value.param == "response_format"
                else:
                    assert ask(client, response_format=wanted).choices[0].message.content == RIGHT
        assert [record.fault for record in server.ledger].count("refused") == len(refused)


def test_formats_openai_refuses_are_refused(fault_server: Start) -> None:
    loose = {"type": "json_schema", "json_schema": {"name": "tags", "strict": True, "schema": {**SCHEMA, "required": ["color"]}}}
    nameless = {"type": "json_schema", "json_schema": {"name": "a tag", "schema": SCHEMA}}
    with client_of(fault_server(answer=answer)) as client:
        for wanted, prompt in ((loose, "json"), (nameless, "json"), ({"type": "json_object"}, "no such word")):
            with pytest.raises(openai.BadRequestError):
                ask(client, prompt, response_format=wanted)


def test_keys_and_models(fault_server: Start) -> None:
    server = fault_server(answer=answer, api_key="secret", model="test-model")
    with client_of(server, api_key="wrong") as client, pytest.raises(openai.AuthenticationError):
        ask(client)
    with client_of(server, api_key="secret") as client:
        assert [model.id for model in client.models.list()] == ["test-model"]
        ask(client)
        with pytest.raises(openai.NotFoundError, match="does not exist"):
            client.chat.completions.create(model="other", messages=[{"role": "user", "content": "x"}])
    assert [record.status for record in server.ledger] == [401, 200, 404]


def test_only_so_many_at_once(fault_server: Start) -> None:
    server = fault_server(answer=answer, max_concurrent=4, latency_s=0.3)
    asyncio.run(ask_until_right(server, [f"prompt {number}" for number in range(4)], concurrent=4, pause_s=0.02))
    assert "busy" not in {record.fault for record in server.ledger}
    asyncio.run(ask_until_right(server, [f"prompt {number}" for number in range(6)], concurrent=6, pause_s=0.02))
    assert "busy" in {record.fault for record in server.ledger}
    assert 4 < server.peak_concurrent <= 6
    assert all(record.tokens == 0 for record in server.ledger if record.fault == "busy")


def test_logprobs_spell_the_content(fault_server: Start) -> None:
    for kept in (True, False):
        server = fault_server(answer=answer, logprobs=kept)
        with client_of(server) as client:
            assert ask(client).choices[0].logprobs is None
            reply = ask(client, logprobs=True)
            if not kept:
                assert reply.choices[0].logprobs is None
                continue
            tokens = reply.choices[0].logprobs.content
            assert b"".join(bytes(token.bytes) for token in tokens).decode() == RIGHT
            assert len(tokens) == reply.usage.completion_tokens
            assert all(token.logprob <= 0 and token.top_logprobs == [] for token in tokens)
            assert ask(client, logprobs=True).choices[0].logprobs == reply.choices[0].logprobs


def make_lines(count: int) -> list[dict[str, Any]]:
    bodies = [{"model": "m", "messages": [{"role": "user", "content": f"给商品 {number} 打标签"}]} for number in range(count)]
    return [{"custom_id": f"row-{number}", "method": "POST", "url": CHAT, "body": body} for number, body in enumerate(bodies)]


def run_batch(client: OpenAI, content: str) -> Any:
    file = client.files.create(file=("rows.jsonl", content.encode()), purpose="batch")
    assert client.files.retrieve(file.id).bytes == len(content.encode())
    batch = client.batches.create(input_file_id=file.id, endpoint=CHAT, completion_window="24h")
    statuses = [batch.status]
    while batch.status not in ("completed", "failed"):
        batch = client.batches.retrieve(batch.id)
        statuses.append(batch.status)
    assert statuses in (["validating", "in_progress", "completed"], ["validating", "failed"])
    return batch


def read_lines(client: OpenAI, file_id: str | None) -> list[dict[str, Any]]:
    return [json.loads(line) for line in client.files.content(file_id).text.splitlines()] if file_id else []


def test_a_batch_without_faults(fault_server: Start) -> None:
    server = fault_server(answer=answer)
    with client_of(server) as client:
        batch = run_batch(client, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in make_lines(20)))
        lines = read_lines(client, batch.output_file_id)
    assert batch.error_file_id is None
    assert [line["custom_id"] for line in lines] != [f"row-{number}" for number in range(20)]  # the order is not promised
    assert {line["custom_id"] for line in lines} == {f"row-{number}" for number in range(20)}
    assert all(line["error"] is None and line["response"]["status_code"] == 200 for line in lines)
    assert {line["response"]["body"]["choices"][0]["message"]["content"] for line in lines} == {RIGHT}
    assert sum(line["response"]["body"]["usage"]["total_tokens"] for line in lines) == server.clean_tokens == server.spent_tokens


def test_a_batch_with_faults_has_an_error_file(fault_server: Start) -> None:
    server = fault_server(answer=answer, faults=0.5, seed=2, storm=(1, 1))
    with client_of(server) as client:
        batch = run_batch(client, "\n".join(json.dumps(line) for line in make_lines(120)))
        right, wrong = read_lines(client, batch.output_file_id), read_lines(client, batch.error_file_id)
    assert {line["custom_id"] for line in [*right, *wrong]} == {f"row-{number}" for number in range(120)}
    assert (batch.request_counts.completed, batch.request_counts.failed) == (len(right), len(wrong))
    assert {line["response"]["status_code"] if line["response"] else line["error"]["code"] for line in wrong} == {
        429,
        500,
        503,
        "batch_expired",
    }
    assert {record.fault for record in server.ledger} == {"", *KINDS}
    assert all(record.via == "batch" for record in server.ledger)
    assert sum(line["response"]["body"]["usage"]["total_tokens"] for line in right) == server.spent_tokens
    assert server.lost == sum(r.tokens for r in server.ledger if r.fault in ("truncated", "wrong_json", "wrong_schema")) > 0


def test_a_bad_batch_file_fails_by_line(fault_server: Start) -> None:
    server = fault_server(answer=answer)
    with client_of(server) as client:
        twice = "\n".join(json.dumps(line) for line in [*make_lines(2), *make_lines(1)])
        batch = run_batch(client, twice + "\nnot json")
        assert [(error.code, error.line) for error in batch.errors.data] == [("duplicate_custom_id", 3), ("invalid_json_line", 4)]
        assert run_batch(client, "").status == "failed"
        with pytest.raises(openai.NotFoundError):
            client.files.content("file-none")
        with pytest.raises(openai.BadRequestError):
            client.batches.create(input_file_id="file-none", endpoint=CHAT, completion_window="24h")
    assert server.ledger == []


def test_it_stops_at_once_with_hanging_requests() -> None:
    async def hang(server: FaultServer) -> None:
        async with AsyncOpenAI(base_url=server.base_url, api_key="key", max_retries=0, timeout=20.0) as client:
            messages: Any = [{"role": "user", "content": "x"}]
            waiting = [asyncio.create_task(client.chat.completions.create(model="m", messages=messages)) for _ in range(32)]
            while len(server.ledger) < 32:
                await asyncio.sleep(0.01)
            began = time.monotonic()
            await asyncio.to_thread(server.__exit__, None, None, None)
            assert time.monotonic() - began < 2
            results = await asyncio.gather(*waiting, return_exceptions=True)
            assert {type(result) for result in results} == {openai.APIConnectionError}

    server = FaultServer(answer=answer, faults=["hang"] * 32)
    server.__enter__()
    asyncio.run(hang(server))
    assert "fault server" not in {thread.name for thread in threading.enumerate()}
    assert server.lost == server.spent_tokens > 0


def test_a_hang_ends_by_itself(fault_server: Start) -> None:
    server = fault_server(answer=answer, faults=["hang"], hang_s=0.1)
    with client_of(server) as client, pytest.raises(openai.APIConnectionError) as caught:
        ask(client)
    assert not isinstance(caught.value, openai.APITimeoutError)


def test_what_answer_raises_comes_out() -> None:
    def fail(request: dict[str, Any]) -> str:
        raise LookupError("no such product")

    with pytest.raises(LookupError, match="no such product"), FaultServer(answer=fail) as server, client_of(server) as client:  # noqa: SIM117
        with pytest.raises(openai.InternalServerError, match="no such product"):
            ask(client)


@pytest.mark.parametrize("faults", ["cut", {"flood": 0.5}, ["cut", "no"]])
def test_unknown_faults_are_named(faults: Any) -> None:
    with pytest.raises(ValueError, match="drip"):
        FaultServer(answer=answer, faults=faults)


def test_answers_have_the_form_of_a_real_servers(fault_server: Start, smollm_url: str) -> None:
    server = fault_server(answer=answer)
    options: Any = {"response_format": STRICT, "logprobs": True, "max_tokens": 60, "temperature": 0}
    with client_of(server) as ours, OpenAI(base_url=smollm_url, api_key="key", max_retries=0, timeout=60.0) as theirs:
        made, real = (ask(client, "Red dress. Answer as JSON.", **options) for client in (ours, theirs))
    assert type(json.loads(made.choices[0].message.content)) is dict
    assert set(made.usage.model_dump(exclude_none=True)) <= set(real.usage.model_dump(exclude_none=True))
    assert set(made.model_dump(exclude_none=True)) <= set(real.model_dump(exclude_none=True))
    token, real_token = made.choices[0].logprobs.content[0], real.choices[0].logprobs.content[0]
    assert set(token.model_dump()) <= set(real_token.model_dump())
    if real.choices[0].finish_reason == "stop":
        assert set(json.loads(real.choices[0].message.content)) == set(SCHEMA["required"])
