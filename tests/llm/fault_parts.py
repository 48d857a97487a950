"""What a server is made of that goes wrong on purpose: its books, the wire, and how answers are spoilt or refused."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import http
import json
import math
import random
import re
import socket
import struct
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

KINDS = ("429", "500", "503", "hang", "cut", "truncated", "wrong_json", "wrong_schema", "drip")
CHAT = "/v1/chat/completions"
FORMATS = ("text", "json_object", "json_schema")
HTML_503 = "<html><head><title>503 Service Temporarily Unavailable</title></head></html>"

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Record:
    """One request for an answer. `prompt`: hash of its messages; `attempt`: how often they were asked before; `status` 0: none was sent.

    `fault` is "" (right), one of `KINDS`, or "refused" (400, 401, 404), "busy" (`max_concurrent`), "max_tokens" (the request's own limit),
    "gone" (the client left before the answer). `lost`: charged, and useless or not received.
    """

    prompt: str
    attempt: int
    status: int
    fault: str = ""
    variant: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    lost: bool = False
    via: Literal["chat", "batch"] = "chat"

    @property
    def tokens(self) -> int:
        """Tokens charged."""
        return self.prompt_tokens + self.completion_tokens

    @property
    def right(self) -> bool:
        """Whether this is a whole and right answer."""
        return self.status == 200 and not self.lost


class Books:
    """The ledger of a server, safe to read from any thread while it runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: list[Record] = []

    @property
    def ledger(self) -> list[Record]:
        """All requests for answers up to now, in the order of their beginnings."""
        with self._lock:
            return list(self._records)

    @property
    def spent_tokens(self) -> int:
        """All tokens charged: `clean_tokens` and `lost`."""
        return sum(record.tokens for record in self.ledger)

    @property
    def lost(self) -> int:
        """Tokens of answers that were charged, and useless or not received."""
        return sum(record.tokens for record in self.ledger if record.lost)

    @property
    def clean_tokens(self) -> int:
        """Tokens of whole and right answers."""
        return sum(record.tokens for record in self.ledger if record.right)

    @property
    def answered(self) -> int:
        """How many whole and right answers were given."""
        return sum(record.right for record in self.ledger)

    @property
    def repeated_tokens(self) -> int:
        """The part of `clean_tokens` for prompts that had a right answer already: what a client paid twice."""
        first = {record.prompt: record for record in reversed(self.ledger) if record.right}
        return self.clean_tokens - sum(record.tokens for record in first.values())

    def note(self, record: Record) -> int:
        """Write a record; gives its place, for `amend`."""
        with self._lock:
            self._records.append(record)
            return len(self._records) - 1

    def amend(self, place: int, **changes: Any) -> None:
        """Change fields of a record."""
        with self._lock:
            self._records[place] = replace(self._records[place], **changes)


class Refused(Exception):
    """An answer of another status than 200, with an error in OpenAI's form; `how` is what the ledger keeps of it."""

    def __init__(self, status: int, message: str, *, param: str | None = None, code: str | None = None, **how: Any) -> None:
        super().__init__(message)
        kind = {429: "requests", 500: "server_error", 503: "server_error"}.get(status, "invalid_request_error")
        self.status = status
        self.body = {"error": {"message": message, "type": kind, "param": param, "code": code}}
        self.headers: dict[str, str] = {}
        self.how = {"fault": "refused", "attempt": 0, **how}


# The wire


@dataclass(frozen=True)
class Request:
    """A request as read; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Json:
        """The body; refused where it is not a JSON object."""
        with contextlib.suppress(ValueError):
            value = json.loads(self.body)
            if isinstance(value, dict):
                return value
        raise Refused(400, "We could not parse the JSON body of your request.")


class Wire:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def read(self) -> Request:
        """The next request; `IncompleteReadError` where the client has closed."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip("\r\n").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        method, path, _ = first.split(" ")
        if "chunked" in headers.get("transfer-encoding", ""):
            body = b"".join([piece async for piece in self._chunks()])
        else:
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return Request(method, path.partition("?")[0], headers, body)

    async def _chunks(self) -> AsyncIterator[bytes]:
        while size := int((await self.reader.readuntil(b"\r\n")).split(b";")[0], 16):
            yield (await self.reader.readexactly(size + 2))[:-2]
        await self.reader.readuntil(b"\r\n")

    def send_head(self, status: int, headers: Mapping[str, Any]) -> None:
        """Send the status line and the headers."""
        lines = [f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase}", *(f"{name}: {value}" for name, value in headers.items())]
        self.writer.write("\r\n".join([*lines, "", ""]).encode("latin-1"))

    async def send(self, status: int, body: bytes | str | Json, headers: Mapping[str, Any]) -> None:
        """Send a whole answer: a file, a page of HTML, or JSON."""
        kind = {bytes: "application/octet-stream", str: "text/html"}.get(type(body), "application/json")
        content = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)).encode()
        self.send_head(status, {"content-type": kind, "content-length": len(content), **headers})
        self.writer.write(content)
        await self.writer.drain()

    def gone(self) -> bool:
        """Whether the connection is closed, by either side."""
        return self.reader.at_eof() or self.reader.exception() is not None or self.writer.is_closing()

    async def wait_gone(self, timeout_s: float) -> None:
        """Wait for the client to close the connection, at most so long."""
        with contextlib.suppress(asyncio.TimeoutError, ConnectionError):
            await asyncio.wait_for(self.reader.read(1), timeout_s)

    def reset(self) -> None:
        """Break the connection off: the client sees an error rather than an end."""
        with contextlib.suppress(OSError):
            self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


# Answers, and how they are spoilt


@dataclass(frozen=True)
class Fault:
    """What happens at one asking of a prompt, and the random numbers for it."""

    kind: str
    attempt: int
    chance: random.Random


def prompt_hash(messages: Any) -> str:
    """The name of a prompt in the ledger."""
    return hashlib.sha256(json.dumps(messages, sort_keys=True).encode()).hexdigest()[:16]


def prompt_text(messages: Sequence[Json]) -> str:
    """All text of the messages, joined."""
    contents = [message.get("content") or "" for message in messages]
    return "".join(text if isinstance(text, str) else "".join(part.get("text", "") for part in text) for text in contents)


def count_tokens(text: str) -> int:
    """A token for every four characters begun."""
    return math.ceil(len(text) / 4)


def _is_json(text: str) -> bool:
    with contextlib.suppress(ValueError):
        json.loads(text)
        return True
    return False


def _spoil_json(content: str, chance: random.Random) -> tuple[str, str]:
    spoilt = {
        "prose": f"Sure! Here are the tags:\n```json\n{content}\n```\nLet me know if you need more.",
        "quotes": content.replace('"', "'"),
        "comma": f"{content[:-1]},{content[-1:]}",
        "garbage": "<|im_start|>assistant\n" * chance.randint(1, 3),
    }
    variant = chance.choice(sorted(spoilt))
    if spoilt[variant] == content or _is_json(spoilt[variant]):
        variant = "garbage"
    return spoilt[variant], variant


def _spoil_schema(content: str, chance: random.Random) -> tuple[str, str]:
    value = json.loads(content) if _is_json(content) else content
    spoilt: dict[str, Any] = {"list": [value], "wrapped": {"response": value}}
    if isinstance(value, dict) and value:
        spoilt["renamed"] = {f"{name}_": inner for name, inner in value.items()}
        spoilt["retyped"] = {name: {"value": 7} for name in value}
    variant = chance.choice(sorted(spoilt) if isinstance(value, dict) else ["wrapped"])
    return json.dumps(spoilt[variant], ensure_ascii=False), variant


def spoil(content: str, fault: Fault) -> tuple[str, str]:
    """The content as the fault leaves it, and in which of its ways."""
    if fault.kind == "truncated":
        cut = content[: max(1, int(len(content) * fault.chance.uniform(0.2, 0.9)))]
        return ("" if _is_json(cut) else cut), ""
    if fault.kind == "wrong_json":
        return _spoil_json(content, fault.chance)
    if fault.kind == "wrong_schema":
        return _spoil_schema(content, fault.chance)
    return content, fault.chance.choice(["end", "reset", "silent"]) if fault.kind == "cut" else ""


def make_logprobs(content: str) -> Json:
    """Made-up log probabilities, the same for the same content, in tokens as `count_tokens` counts them."""
    chance = random.Random(content)
    pieces = [content[at : at + 4] for at in range(0, len(content), 4)]
    tokens = [{"token": piece, "logprob": -chance.expovariate(4), "bytes": list(piece.encode()), "top_logprobs": []} for piece in pieces]
    return {"content": tokens, "refusal": None}


# What is refused for good


def check_request(body: Json, *, supports: str, model: str | None) -> None:
    """Raises `Refused` as OpenAI would: no messages, an unknown model, a response format that is unsupported or wrong."""
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages or not all(isinstance(message, dict) for message in messages):
        raise Refused(400, "Missing required parameter: 'messages'.", param="messages", code="missing_required_parameter")
    if body.get("stream"):
        raise Refused(400, "This server does not stream.", param="stream")
    if model is not None and body.get("model") != model:
        raise Refused(404, f"The model `{body.get('model')}` does not exist or you do not have access to it.", code="model_not_found")
    wanted = body.get("response_format") or {"type": "text"}
    kind = wanted.get("type")
    if kind not in FORMATS[: 1 + FORMATS.index("text" if supports == "none" else supports)]:
        message = f"Invalid parameter: 'response_format' of type '{kind}' is not supported with this model."
        raise Refused(400, message, param="response_format")
    if kind == "json_object" and "json" not in prompt_text(messages).lower():
        message = "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'."
        raise Refused(400, message, param="messages")
    if kind == "json_schema":
        _check_schema(wanted.get("json_schema") or {})


def _check_schema(wanted: Json) -> None:
    name, schema = str(wanted.get("name")), wanted.get("schema")
    if not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", str(wanted.get("name", ""))):
        raise Refused(400, "Invalid 'response_format.json_schema.name'.", param="response_format.json_schema.name")
    for inner in _objects(schema) if wanted.get("strict") else ():
        if inner.get("additionalProperties") is not False or set(inner.get("required", ())) != set(inner.get("properties", ())):
            message = f"Invalid schema for response_format '{name}': 'additionalProperties' must be false and every property 'required'."
            raise Refused(400, message, param="response_format")


def _objects(schema: Any) -> list[Json]:
    """The objects of a schema, itself included."""
    inner = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    found = [each for part in inner for each in _objects(part)]
    return [schema, *found] if isinstance(schema, dict) and "properties" in schema and schema.get("type") == "object" else found
