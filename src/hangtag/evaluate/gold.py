"""Gold: products labelled by people, one JSON object a line; or a table (see `gold_table`).

A line is a catalogue record plus `"gold": {attribute: [value, …]}`: it names the judged attributes, `[]` means judged and absent,
attributes not named are not judged. Optional `"spans": [{"attribute", "field", "start", "end"}]` say where values were read.
Making a `Product` of the record is the catalogue's work; here the record stays raw.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hangtag.errors import GoldError
from hangtag.evaluate.gold_table import is_table, table_records
from hangtag.evaluate.lines import json_objects, kind_of

__all__ = ["GoldRecord", "GoldSpan", "read_gold"]

_SPAN_KEYS = ("attribute", "field", "start", "end")
_TEXTS = ("title", "description")
_OTHER_NAMES = frozenset({"gold", "golds", "label", "labels"})  # what people call labels
_NEAR = 0.85
_LINE = 'one JSON object a line, such as {"title": "…", "gold": {"color": ["red"]}}'
_EXAMPLE = '"gold": {"color": ["red"], "size": []}'


@dataclass(frozen=True, slots=True)
class GoldSpan:
    """Where a labeller read a value: `record[field][start:end]`, in Unicode code points of the record as given."""

    attribute: str
    field: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldRecord:
    """One labelled product. `record` is the catalogue record without "gold" and "spans"; `line` counts from 1.

    `id` is the record's "id" as a string, or the line number where it has none.
    """

    line: int
    id: str
    record: Mapping[str, Any]
    gold: Mapping[str, tuple[str, ...]]
    spans: tuple[GoldSpan, ...] = ()


def read_gold(path: str | Path) -> Iterator[GoldRecord]:
    """Read gold, one record at a time, in file order: a table where the name ends in `.csv` or `.tsv`, else JSONL; gzipped too (`.gz`).

    Numbers and booleans among the values become strings (17.0 → "17", true → "yes"). Raises `GoldError` naming file, line and key
    or column for a line that cannot be used, an id that comes twice, and a file without any record.
    """
    first_lines: dict[str, int] = {}
    table = is_table(path)
    for line, record in table_records(path) if table else json_objects(path, error=GoldError):
        where = f"{path}, line {line}"
        gold = _gold(record, where)
        _check_keys(record, where)
        spans = _spans(record, gold, where)
        identifier = _identifier(record, line, where)
        if identifier in first_lines:
            at = f"{where}, {'column' if table else 'key'} 'id'"
            raise GoldError(f"{at}: {identifier!r} is already on line {first_lines[identifier]}: give every product its own id")
        first_lines[identifier] = line
        rest = {key: value for key, value in record.items() if key not in ("gold", "spans")}
        yield GoldRecord(line=line, id=identifier, record=rest, gold=gold, spans=spans)
    if not first_lines:
        holds = "one product a row below its header" if table else _LINE
        raise GoldError(f"{path}: no records: a gold file holds {holds}")


def _check_keys(record: Mapping[str, Any], where: str) -> None:
    """Refuses labels under a mistaken key, which would be read as text of the product, and texts that are none."""
    for name, kind in (("gold", dict), ("spans", list)):
        meant = _meant(record, name, kind)
        if meant is not None:
            raise GoldError(f"{where}, key {meant!r}: it would be read as text of the product: did you mean {name!r}?")
    for name in _TEXTS:
        if isinstance(record.get(name), list | dict):
            raise GoldError(f"{where}, key {name!r}: {kind_of(record[name])} where text is expected: make one string of it")


def _meant(record: Mapping[str, Any], name: str, kind: type) -> str | None:
    """The key that stands for `name`, misspelled: it is much like it and holds what belongs there. So "span": 3 is a shop's own column."""
    keys = [key for key, value in record.items() if key not in ("gold", "spans") and isinstance(value, kind)]
    return next((key for key in keys if difflib.get_close_matches(key.strip().casefold(), [name], cutoff=_NEAR)), None)


def _did_you_mean(word: str, choices: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, choices, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _identifier(record: Mapping[str, Any], line: int, where: str) -> str:
    identifier = record.get("id")
    if identifier is None:
        return str(line)
    if isinstance(identifier, bool) or not isinstance(identifier, str | int) or not str(identifier).strip():
        raise GoldError(f"{where}, key 'id': {kind_of(identifier)} that is no id: write a string or a whole number")
    return str(identifier)


def _gold(record: Mapping[str, Any], where: str) -> dict[str, tuple[str, ...]]:
    if "gold" not in record:
        other = next((key for key in record if key.strip().casefold() in _OTHER_NAMES), None) or _meant(record, "gold", dict)
        near = f", but {other!r}: rename it, or" if other is not None else ":"
        raise GoldError(f"{where}: no key 'gold'{near} add the judged attributes, such as {_EXAMPLE}")
    gold = record["gold"]
    if not isinstance(gold, dict):
        raise GoldError(f"{where}, key 'gold': {kind_of(gold)} where an object of attribute names and lists of values is expected")
    judged: dict[str, tuple[str, ...]] = {}
    for attribute, values in gold.items():
        if not attribute.strip():
            raise GoldError(f"{where}, key 'gold': an attribute without a name: name it")
        key = f"{where}, key 'gold.{attribute}'"
        if not isinstance(values, list):
            cure = "write [] for judged and absent" if values is None else "put it in a list: [value]"
            raise GoldError(f"{key}: {kind_of(values)} where a list of values is expected: {cure}")
        judged[attribute] = tuple(_value(value, key) for value in values)
    return judged


def _value(value: object, key: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, int):
        return str(value)
    if not isinstance(value, str):
        raise GoldError(f"{key}: {kind_of(value)} among the values: values are strings, numbers or true/false")
    if not value.strip():
        raise GoldError(f"{key}: an empty value: write [] where the attribute is judged and absent")
    return value


def _spans(record: Mapping[str, Any], gold: Mapping[str, object], where: str) -> tuple[GoldSpan, ...]:
    spans = record.get("spans")
    if spans is None:
        return ()
    if not isinstance(spans, list):
        raise GoldError(f"{where}, key 'spans': {kind_of(spans)} where a list is expected")
    return tuple(_span(span, record, gold, f"{where}, key 'spans.{index}") for index, span in enumerate(spans))


def _span(span: object, record: Mapping[str, Any], gold: Mapping[str, object], at: str) -> GoldSpan:
    if not isinstance(span, dict):
        raise GoldError(f"{at}': {kind_of(span)} where an object with attribute, field, start and end is expected")
    for key in span:
        if key not in _SPAN_KEYS:
            raise GoldError(f"{at}.{key}': no key of a span{_did_you_mean(key, _SPAN_KEYS)}: a span has attribute, field, start and end")
    for name, kind in (("attribute", str), ("field", str), ("start", int), ("end", int)):
        if name not in span:
            raise GoldError(f"{at}': no key {name!r}: a span has attribute, field, start and end")
        if not isinstance(span[name], kind) or isinstance(span[name], bool):
            raise GoldError(f"{at}.{name}': {kind_of(span[name])} where {'a string' if kind is str else 'a whole number'} is expected")
    text = _text(record, span["field"])
    if text is None:
        raise GoldError(f"{at}.field': the record has no text {span['field']!r}: name the field the value was read in, such as 'title'")
    start, end = span["start"], span["end"]
    if not 0 <= start < end <= len(text):
        raise GoldError(
            f"{at}': [{start}, {end}) lies outside {span['field']!r}, which has {len(text)} characters: count Unicode code points from 0"
        )
    if span["attribute"] not in gold:
        near = _did_you_mean(span["attribute"], list(gold))
        raise GoldError(f"{at}.attribute': 'gold' does not judge {span['attribute']!r}{near}: give its values there, or leave the span out")
    return GoldSpan(span["attribute"], span["field"], start, end)


def _text(record: Mapping[str, Any], field: str) -> str | None:
    """The text a span points into: a key of the record, "attributes.NAME" or "reviews.N"."""
    value: object = record.get(field)
    if value is None and "." in field:
        outer, _, inner = field.partition(".")
        holder = record.get(outer)
        if isinstance(holder, dict):
            value = holder.get(inner)
        elif isinstance(holder, list) and inner.isascii() and inner.isdigit() and int(inner) < len(holder):
            value = holder[int(inner)]
    return value if isinstance(value, str) else None
