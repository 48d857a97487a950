"""An OpenAI-compatible server on the loopback that goes wrong on purpose, and keeps the books: what was asked, answered, charged, lost.

Whether and how a request goes wrong depends on the seed, the hash of its messages and how often these were asked before, so that
concurrency does not change it. Only which requests a storm of 429 and `max_concurrent` hit depends on their order; but these
refusals charge nothing and do not count as asking.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from .fault_parts import (
    CHAT,
    HTML_503,
    KINDS,
    Books,
    Fault,
    Json,
    Record,
    Refused,
    Request,
    Wire,
    check_request,
    count_tokens,
    make_logprobs,
    prompt_hash,
    prompt_text,
    spoil,
)


@dataclass(kw_only=True)
class FaultServer(Books):
    """The server, a context manager. `answer` makes the message's content from the request; it is called in the server's one thread.

    `faults`: the share of askings that go wrong, in all `KINDS` alike; or the share by kind; or the kind by attempt, for every prompt the
    same (`["cut", "", "drip"]`: first cut, then right, then slow, then always right). `storm`: how many requests in a row a 429 is for.
    `supports`: the best response format understood. `max_concurrent`: 429 for what comes above. Leaving raises what `answer` raised.
    """

    answer: Callable[[Json], str]
    faults: float | Mapping[str, float] | Sequence[str] = 0.0
    seed: int = 0
    supports: Literal["json_schema", "json_object", "none"] = "json_schema"
    logprobs: bool = True
    api_key: str | None = None
    model: str | None = None
    max_concurrent: int | None = None
    storm: tuple[int, int] = (2, 5)
    latency_s: float = 0.0
    hang_s: float = 30.0
    drip_s: float = 0.02

    def __post_init__(self) -> None:
        super().__init__()
        kinds = KINDS if isinstance(self.faults, float | int) else [self.faults] if isinstance(self.faults, str) else list(self.faults)
        if isinstance(self.faults, str) or set(kinds) - {*KINDS, ""}:
            raise ValueError(f"faults are a share, shares by kind, or a list of kinds, of {KINDS}; not {self.faults!r}")
        self.peak_concurrent = 0
        self.port = 0
        self._asked: Counter[str] = Counter()
        self._in_flight = self._storm_left = self._limited = 0
        self._raised: Exception | None = None
        self._batches = Batches(self)

    @property
    def base_url(self) -> str:
        """What a client takes as its base URL."""
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> FaultServer:
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main(ready)), daemon=True, name="fault server")
        self._thread.start()
        if not ready.wait(10):
            raise RuntimeError("the fault server did not start within 10 s")
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        if self._raised is not None and error is None:
            raise self._raised

    async def _main(self, ready: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0, backlog=256)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await self._stop.wait()
        server.close()  # and `asyncio.run` cancels what connections there are

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = Wire(reader, writer)
        try:
            while not writer.is_closing():
                await self._handle(await wire.read(), wire)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        except asyncio.CancelledError:
            wire.reset()
        finally:
            writer.close()

    async def _handle(self, request: Request, wire: Wire) -> None:
        prompt = ""
        try:
            if request.path == CHAT:
                prompt = prompt_hash(request.json().get("messages"))
            if self.api_key is not None and request.headers.get("authorization") != f"Bearer {self.api_key}":
                raise Refused(401, "Incorrect API key provided.", code="invalid_api_key")
            if request.path == CHAT:
                await self._chat(request.json(), prompt, wire)
            elif request.path == "/v1/models":
                model = {"id": self.model or "test-model", "object": "model", "created": 0, "owned_by": "hangtag"}
                await wire.send(200, {"object": "list", "data": [model]}, {})
            else:
                await wire.send(200, self._batches.handle(request), {})
        except Refused as refused:
            if prompt:
                self.note(Record(prompt=prompt, status=refused.status, **refused.how))
            # What stands before a server that is down speaks HTML.
            await wire.send(refused.status, HTML_503 if refused.status == 503 else refused.body, refused.headers)

    async def _chat(self, body: Json, prompt: str, wire: Wire) -> None:
        check_request(body, supports=self.supports, model=self.model)
        self._in_flight += 1
        self.peak_concurrent = max(self.peak_concurrent, self._in_flight)
        try:
            if self.max_concurrent is not None and self._in_flight > self.max_concurrent:
                raise self._too_many("busy", self._asked[prompt])
            if self._storm_left:
                self._storm_left -= 1
                raise self._too_many("429", self._asked[prompt])
            fault = self.draw(prompt)
            if fault.kind == "429":
                self._storm_left = fault.chance.randint(*self.storm) - 1
            payload, record = self.respond(body, fault, prompt)
            # Lost until the last byte is about to leave, so that whoever has an answer finds it right in the ledger.
            place = self.note(replace(record, lost=True))
            await asyncio.sleep(self.latency_s)
            await self._deliver(json.dumps(payload, ensure_ascii=False).encode(), record, wire, place)
        finally:
            self._in_flight -= 1

    def _too_many(self, fault: str, attempt: int) -> Refused:
        self._limited += 1
        chance = random.Random(f"{self.seed}/limited/{self._limited}")
        wait_s, variant = chance.uniform(0.05, 0.2), chance.choice(["seconds", "ms", "none"])
        refused = Refused(429, "Rate limit reached.", code="rate_limit_exceeded", fault=fault, variant=variant, attempt=attempt)
        hints = {"seconds": {"retry-after": f"{wait_s:.3f}"}, "ms": {"retry-after-ms": f"{wait_s * 1000:.0f}"}}
        refused.headers = hints.get(variant, {})
        return refused

    def draw(self, prompt: str) -> Fault:
        """What happens at the next asking of a prompt."""
        attempt = self._asked[prompt]
        self._asked[prompt] += 1
        chance = random.Random(f"{self.seed}/{prompt}/{attempt}")
        if isinstance(self.faults, float | int):
            kind = chance.choice(KINDS) if chance.random() < self.faults else ""
        elif isinstance(self.faults, Mapping):
            shares = [*self.faults.values(), max(0.0, 1 - sum(self.faults.values()))]
            (kind,) = chance.choices([*self.faults, ""], shares)
        else:
            kind = self.faults[attempt] if attempt < len(self.faults) else ""
        return Fault(kind, attempt, chance)

    def respond(self, body: Json, fault: Fault, prompt: str) -> tuple[Json, Record]:
        """The answer and its record; raises `Refused` for a fault that makes none."""
        if fault.kind == "429":
            raise self._too_many("429", fault.attempt)
        if fault.kind in ("500", "503"):
            raise Refused(int(fault.kind), "The server had an error.", fault=fault.kind, attempt=fault.attempt)
        try:
            content, variant = spoil(self.answer(body), fault)
        except Exception as error:
            self._raised = error
            raise Refused(500, f"answer() raised {error!r}", fault="500", variant="answer", attempt=fault.attempt) from error
        kind, limit = fault.kind, body.get("max_completion_tokens") or body.get("max_tokens")
        if limit and count_tokens(content) > limit:
            content, kind = content[: limit * 4], kind if kind in ("hang", "cut") else "max_tokens"
        asked, told = count_tokens(prompt_text(body["messages"])), count_tokens(content)
        choice: Json = {"index": 0, "message": {"role": "assistant", "content": content, "refusal": None}, "logprobs": None}
        choice["finish_reason"] = "length" if kind in ("truncated", "max_tokens") else "stop"
        if body.get("logprobs") and self.logprobs:
            choice["logprobs"] = make_logprobs(content)
        payload = {"id": f"chatcmpl-{prompt}-{fault.attempt}", "object": "chat.completion", "created": int(time.time())}
        payload |= {"model": body.get("model"), "choices": [choice]}
        payload["usage"] = {"prompt_tokens": asked, "completion_tokens": told, "total_tokens": asked + told}
        record = Record(prompt=prompt, attempt=fault.attempt, status=0 if kind == "hang" else 200, fault=kind, variant=variant)
        return payload, replace(record, prompt_tokens=asked, completion_tokens=told, lost=kind not in ("", "drip"))

    async def _deliver(self, content: bytes, record: Record, wire: Wire, place: int) -> None:
        headers: dict[str, Any] = {"content-type": "application/json", "content-length": len(content)}
        if record.fault == "hang":
            await wire.wait_gone(self.hang_s)
            wire.writer.close()
        elif record.fault == "cut":
            if record.variant == "silent":  # nothing says how long it should have been, as behind some proxies
                headers = {"content-type": "application/json", "connection": "close"}
            wire.send_head(200, headers)
            wire.writer.write(content[: len(content) // 2])
            await wire.writer.drain()
            await asyncio.sleep(0.02)
            (wire.reset if record.variant == "reset" else wire.writer.close)()
        else:
            wire.send_head(200, headers)
            slow = content[:-1] if record.fault == "drip" else b""
            for at in range(len(slow)):
                if wire.gone():
                    return
                wire.writer.write(slow[at : at + 1])
                await wire.wait_gone(self.drip_s)
            if wire.gone():
                self.amend(place, fault=record.fault or "gone")
                return
            self.amend(place, lost=record.lost)
            wire.writer.write(content[len(slow) :])
            await wire.writer.drain()


class Batches:
    """Files and batches. Each look at a batch brings it a step on: validating, in_progress, completed; bad input makes it failed.

    In a batch 429, 500 and 503 end in the error file with their status; hang, cut and drip end there as expired, and charge nothing.
    """

    def __init__(self, server: FaultServer) -> None:
        self._server = server
        self._files: dict[str, tuple[Json, bytes]] = {}
        self._batches: dict[str, Json] = {}
        self._numbers = itertools.count(1)

    def handle(self, request: Request) -> bytes | Json:
        """Answer a request for a file or a batch."""
        match [request.method, *request.path.removeprefix("/v1/").split("/")]:
            case ["POST", "files"]:
                return self._upload(request)
            case ["GET", "files", name] if name in self._files:
                return self._files[name][0]
            case ["GET", "files", name, "content"] if name in self._files:
                return self._files[name][1]
            case ["POST", "batches"]:
                return self._create(request.json())
            case ["GET", "batches", name] if name in self._batches:
                return self._advance(self._batches[name])
        raise Refused(404, f"No such thing: {request.method} {request.path}")

    def _upload(self, request: Request) -> Json:
        found = re.search(r'boundary="?([^";]+)', request.headers.get("content-type", ""))
        if found is None:
            raise Refused(400, "A file is uploaded as multipart/form-data.")
        fields: dict[str, bytes] = {}
        for section in request.body.split(b"--" + found[1].encode())[1:-1]:
            head, _, content = section.partition(b"\r\n\r\n")
            names = dict(re.findall(r'\b(name|filename)="([^"]*)"', head.decode()))
            fields[names["name"]] = content.removesuffix(b"\r\n")
            fields |= {"filename": names["filename"].encode()} if "filename" in names else {}
        if fields.get("purpose") != b"batch" or "file" not in fields:
            raise Refused(400, "Only files of purpose 'batch' are taken.", param="purpose")
        return self._keep(fields["file"], fields.get("filename", b"").decode(), "batch")

    def _keep(self, content: bytes, filename: str, purpose: str) -> Json:
        meta: Json = {"id": f"file-{next(self._numbers)}", "object": "file", "bytes": len(content), "created_at": int(time.time())}
        meta |= {"filename": filename, "purpose": purpose, "status": "processed"}
        self._files[meta["id"]] = (meta, content)
        return meta

    def _create(self, body: Json) -> Json:
        if body.get("input_file_id") not in self._files:
            raise Refused(400, "There is no such input file.", param="input_file_id")
        if body.get("endpoint") != CHAT or body.get("completion_window") != "24h":
            raise Refused(400, f"Only endpoint {CHAT} and a completion window of 24h are taken.", param="endpoint")
        batch: Json = {"id": f"batch_{next(self._numbers)}", "object": "batch", "status": "validating", "created_at": int(time.time())}
        batch |= {name: body.get(name) for name in ("endpoint", "input_file_id", "completion_window", "metadata")}
        batch |= {"output_file_id": None, "error_file_id": None, "errors": None}
        batch["request_counts"] = {"total": 0, "completed": 0, "failed": 0}
        self._batches[batch["id"]] = batch
        return batch

    def _advance(self, batch: Json) -> Json:
        lines = self._files[batch["input_file_id"]][1].splitlines()
        if batch["status"] == "validating":
            errors = _line_errors(lines)
            batch["status"] = "failed" if errors else "in_progress"
            batch["errors"] = {"object": "list", "data": errors} if errors else None
            batch["request_counts"]["total"] = 0 if errors else len(lines)
        elif batch["status"] == "in_progress":
            self._complete(batch, [json.loads(line) for line in lines])
        return batch

    def _complete(self, batch: Json, lines: list[Json]) -> None:
        answers = [self._answer_line(line) for line in lines]
        random.Random(f"{self._server.seed}/batch").shuffle(answers)  # the order is not promised
        right = [line for line in answers if line["response"] and line["response"]["status_code"] == 200]
        wrong = [line for line in answers if not line["response"] or line["response"]["status_code"] != 200]
        for name, chosen in (("output", right), ("error", wrong)):
            if chosen:
                content = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in chosen).encode()
                batch[f"{name}_file_id"] = self._keep(content, f"{batch['id']}_{name}.jsonl", "batch_output")["id"]
        batch["request_counts"] |= {"completed": len(right), "failed": len(wrong)}
        batch |= {"status": "completed", "completed_at": int(time.time())}

    def _answer_line(self, line: Json) -> Json:
        server, body, prompt = self._server, line["body"], prompt_hash(line["body"].get("messages"))
        answer: Json = {"id": f"batch_req_{next(self._numbers)}", "custom_id": line["custom_id"], "response": None, "error": None}
        try:
            check_request(body, supports=server.supports, model=server.model)
            fault = server.draw(prompt)
            if fault.kind in ("hang", "cut", "drip"):
                message = "This request could not be executed before the completion window expired."
                server.note(Record(prompt=prompt, attempt=fault.attempt, status=0, fault=fault.kind, via="batch"))
                return answer | {"error": {"code": "batch_expired", "message": message}}
            payload, record = server.respond(body, fault, prompt)
            status = 200
        except Refused as refused:
            payload, status, record = refused.body, refused.status, Record(prompt=prompt, status=refused.status, **refused.how)
        server.note(replace(record, via="batch"))
        return answer | {"response": {"status_code": status, "request_id": answer["id"], "body": payload}}


def _line_errors(lines: Sequence[bytes]) -> list[Json]:
    errors: list[Json] = []
    seen: set[str] = set()
    for number, line in enumerate(lines, 1):
        try:
            value = json.loads(line)
            name, body, where = value["custom_id"], value["body"], (value["method"], value["url"])
        except (ValueError, KeyError, TypeError) as error:
            errors.append({"code": "invalid_json_line", "message": f"not a request: {error!r}", "line": number, "param": None})
            continue
        if name in seen or where != ("POST", CHAT) or not isinstance(body, dict):
            code = "duplicate_custom_id" if name in seen else "invalid_url"
            errors.append({"code": code, "message": f"bad request line: {name}", "line": number, "param": None})
        seen.add(name)
    return errors or ([] if lines else [{"code": "empty_file", "message": "The batch file is empty.", "line": None, "param": None}])
