"""Values as catalogues hold them (numbers, lists, nested objects, "k:v;k:v" strings) as the texts a `Product` holds."""

from __future__ import annotations

import ast
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

__all__ = ["as_list", "as_pairs", "as_text", "is_missing"]

_MISSING = frozenset({"", "nan", "null", "none", "#n/a", "n/a", "<na>", "\\n", "undefined", "#ref!", "#value!", "#name?"})
_MAX_DEPTH = 4
_NAME_KEYS = ("name", "key", "attribute", "attributeName", "attribute_name", "property", "k", "名称", "属性名", "属性")
_VALUE_KEYS = ("value", "values", "val", "attributeValue", "attribute_value", "v", "值", "属性值")
_TEXT_KEYS = ("text", "content", "review", "reviewText", "review_text", "comment", "body", "内容", "评论", "评价", "title")
_PAIR_SPLIT = re.compile(r"[;；\n|]")
_URL_SPLIT = re.compile(r"[\s;|]+|,(?=\s*(?:https?:)?//)", re.IGNORECASE)
_ONE_URL = re.compile(r"https?://[^\s;|,]+")
_FILE_SPLIT = re.compile(r"[\s;|,]+")


def is_missing(value: Any) -> bool:
    """Whether a value says that there is none: null, NaN, blank, and the ways programs write them."""
    if isinstance(value, str):
        return len(value) < 12 and value.strip().lower() in _MISSING
    if value is None:
        return True
    if isinstance(value, float):
        return math.isnan(value)
    return isinstance(value, list | tuple | dict) and not value


def as_text(value: Any) -> str:
    """One value as text: 17.0 → "17", True → "true", lists joined with ", ", objects as JSON; "" for what is missing."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if type(value) is int:
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | Decimal):
        return _number(value)
    if isinstance(value, list | tuple | set):
        return ", ".join(text for item in value if (text := as_text(item)))
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "replace")
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def as_list(value: Any, *, urls: bool = False) -> list[str]:
    """A value that holds several texts: a list of strings or objects, a JSON list in a string, or lines; `urls` splits addresses."""
    if is_missing(value):
        return []
    if isinstance(value, str):
        if urls and _ONE_URL.fullmatch(value):
            return [value]
        parsed = _parse(value) if value.lstrip()[:1] == "[" else None
        if isinstance(parsed, list | tuple):
            return as_list(list(parsed), urls=urls)
        if not urls:
            return [line for line in value.splitlines() if line.strip()]
        pieces = (_URL_SPLIT if "//" in value else _FILE_SPLIT).split(value)
        return [piece.strip(" ,") for piece in pieces if piece.strip(" ,")]
    if isinstance(value, Mapping):
        keys = ("url", "src", "link", "href") if urls else _TEXT_KEYS
        found = next((value[key] for key in keys if isinstance(value.get(key), str)), None)
        return [found] if found else [as_text(value)]
    if isinstance(value, list | tuple):
        return [text for item in value for text in ([item] if isinstance(item, str) else as_list(item, urls=urls)) if not is_missing(text)]
    return [as_text(value)]


def as_pairs(value: Any) -> Iterator[tuple[str, Any]] | None:
    """The (name, value) pairs in what an attributes column holds; None where it holds none that can be told apart.

    Accepts objects, lists of {"name": …, "value": …}, either as JSON or Python text, and "k:v;k:v" and "k=v|k=v" strings.
    """
    if isinstance(value, str):
        opening = value.lstrip()[:1]
        parsed = _parse(value) if opening in ("{", "[") else None
        return as_pairs(parsed) if isinstance(parsed, dict | list) else _split_pairs(value)
    if isinstance(value, Mapping):
        return _flatten(value, "", 0)
    if isinstance(value, list | tuple):
        pairs = [pair for item in value for pair in _pairs_of_item(item)]
        return iter(pairs) if pairs else None
    return None


def _number(value: float | Decimal) -> str:
    if isinstance(value, float) and math.isfinite(value) and value == int(value) and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, Decimal) and value.is_finite():
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return repr(value) if isinstance(value, float) else str(value)


def _parse(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(text.strip()) if len(text) < 100_000 else None
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return None


def _flatten(value: Mapping[Any, Any], prefix: str, depth: int) -> Iterator[tuple[str, Any]]:
    for key, item in value.items():
        name = key if type(key) is str and not prefix else f"{prefix}{key}"
        if type(item) is str or type(item) is float:
            yield name, item
        elif isinstance(item, Mapping) and item and depth < _MAX_DEPTH:
            yield from _flatten(item, name + ".", depth + 1)
        elif isinstance(item, list) and item and isinstance(item[0], Mapping) and (pairs := as_pairs(item)) is not None:
            yield from ((f"{name}.{inner}", each) for inner, each in pairs)
        else:
            yield name, item


def _pairs_of_item(item: Any) -> Iterable[tuple[str, Any]]:
    """The pairs of one entry of a list: {"name": …, "value": …}, {"color": "red"}, ["color", "red"] or "color: red"."""
    if isinstance(item, Mapping):
        name = next((item[key] for key in _NAME_KEYS if isinstance(item.get(key), str)), None)
        value = next((item[key] for key in _VALUE_KEYS if key in item), None)
        if name is not None and any(key in item for key in _VALUE_KEYS):
            return [(name, value)]
        return list(_flatten(item, "", 1)) if len(item) == 1 else []
    if isinstance(item, list | tuple) and len(item) == 2 and isinstance(item[0], str):
        return [(item[0], item[1])]
    return list(_split_pairs(item) or ()) if isinstance(item, str) else []


def _split_pairs(text: str) -> Iterator[tuple[str, Any]] | None:
    """The pairs of "k:v;k:v"; None where a piece has no name. Repeated names keep all their values."""
    for marks in (":：", "="):
        pairs: dict[str, list[str]] = {}
        for piece in _PAIR_SPLIT.split(text):
            at = min((index for mark in marks if (index := piece.find(mark)) > 0), default=-1)
            if at > 0 and len(piece[:at].strip()) <= 60:
                pairs.setdefault(piece[:at].strip(), []).append(piece[at + 1 :].strip())
            elif piece.strip():
                break
        else:
            if pairs:
                return iter([(key, values[0] if len(values) == 1 else ", ".join(values)) for key, values in pairs.items()])
    return None
