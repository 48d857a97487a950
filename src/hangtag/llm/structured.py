"""Answers of a given shape: asked for as strictly as an endpoint can, and read however it answers."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Generator, Iterator, Mapping
from typing import Any, Literal, TypeAlias

__all__ = ["MODES", "Mode", "read_object", "response_format"]

Mode: TypeAlias = Literal["json_schema", "json_object", "text"]
MODES: tuple[Mode, ...] = ("json_schema", "json_object", "text")
_MOST_CHARS, _MOST_STARTS = 200_000, 32
_THOUGHT, _THOUGHT_OVER = "<think>", "</think>"
_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_TRAILING_COMMA = re.compile(r",\s*([}\]])")


def response_format(mode: Mode, schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """The request's `response_format`; None where the endpoint has none."""
    if mode == "json_schema":
        return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": dict(schema)}}
    return {"type": "json_object"} if mode == "json_object" else None


def read_object(text: str, schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """The last JSON object in an answer that is built as the schema says, None where there is none.

    The last, since models that think aloud repeat the form they were told before they answer. Prose and code fences around it do not
    matter, nor do the slips of small models: trailing commas, Python's quotes and words.
    """
    for part in _answers(text):
        for piece in reversed(list(_objects(part[:_MOST_CHARS]))):
            found = _parsed(piece)
            if isinstance(found, dict) and _fits(found, schema):
                return found
    return None


def _answers(text: str) -> Iterator[str]:
    """What of a text may hold the answer: what stands behind the model's thoughts, nothing where these do not end."""
    if text.lstrip().startswith(_THOUGHT):
        yield text.partition(_THOUGHT_OVER)[2]
        return
    _, over, answer = text.rpartition(_THOUGHT_OVER)  # some servers give the end alone
    yield answer
    if over:  # words of the product in the answer itself
        yield text


def _fits(value: Any, schema: Mapping[str, Any]) -> bool:
    """Whether a value has the types and keys of a schema of objects, arrays and strings. Which strings is for the reader to judge."""
    kind = schema.get("type")
    if kind == "object":
        parts = schema.get("properties", {})
        keys = all(key in value for key in schema.get("required", ())) if isinstance(value, dict) else False
        return keys and all(_fits(value[key], part) for key, part in parts.items() if key in value)
    if kind == "array":
        return isinstance(value, list) and all(_fits(item, schema.get("items", {})) for item in value)
    return isinstance(value, str) if kind == "string" else True


def _objects(text: str) -> Iterator[str]:
    """Stretches between a brace and the one that closes it, outermost ones. Behind a brace that nothing closes it is begun anew, some
    times, so that time is linear."""
    start = text.find("{")
    for _ in range(_MOST_STARTS):
        if start < 0:
            return
        unclosed = yield from _closed(text, start)
        start = text.find("{", unclosed + 1) if unclosed is not None else -1


def _closed(text: str, start: int) -> Generator[str, None, int | None]:
    """The outermost stretches from `start` on, until the end or a brace that nothing closes, whose place is given back."""
    depth, begin, quote, escaped = 0, start, "", False
    for place in range(start, len(text)):
        char = text[place]
        if escaped:
            escaped = False
        elif quote:
            escaped = char == "\\"
            quote = "" if char == quote else quote
        elif char == '"' and depth:
            quote = char
        elif char == "{":
            begin = place if not depth else begin
            depth += 1
        elif char == "}" and depth:
            depth -= 1
            if not depth:
                yield text[begin : place + 1]
    return begin if depth else None


def _parsed(piece: str) -> Any:
    found = _read(piece)
    if _HALF.search(piece):  # a half of a character can stand in JSON and in no file
        plain = json.dumps(found, ensure_ascii=False, default=str, skipkeys=True)
        found = json.loads(plain.encode("utf-8", "replace"))
    return found


def _read(piece: str) -> Any:
    for attempt in (piece, _TRAILING_COMMA.sub(r"\1", piece)):
        try:
            return json.loads(attempt)
        except ValueError:
            continue
        except RecursionError:
            return None
    try:
        return ast.literal_eval(_TRAILING_COMMA.sub(r"\1", piece))
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return None
