"""Answers of a given shape: asked for as strictly as an endpoint can, and read however it answers."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeAlias

__all__ = ["MODES", "Mode", "read_object", "response_format"]

Mode: TypeAlias = Literal["json_schema", "json_object", "text"]
MODES: tuple[Mode, ...] = ("json_schema", "json_object", "text")
_MOST_CHARS = 200_000
_TRAILING_COMMA = re.compile(r",\s*([}\]])")


def response_format(mode: Mode, schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """The request's `response_format`; None where the endpoint has none."""
    if mode == "json_schema":
        return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": dict(schema)}}
    return {"type": "json_object"} if mode == "json_object" else None


def read_object(text: str, schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """The first JSON object in an answer that is built as the schema says, None where there is none.

    Prose and code fences around it do not matter, nor do the slips of small models: trailing commas, Python's quotes and words.
    """
    for piece in _objects(text[:_MOST_CHARS]):
        found = _parsed(piece)
        if isinstance(found, dict) and _fits(found, schema):
            return found
    return None


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
    """Stretches between a brace and the one that closes it, outermost ones, in linear time."""
    depth, begin, quote, escaped = 0, 0, "", False
    for place, char in enumerate(text):
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


def _parsed(piece: str) -> Any:
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
