"""Records of JSON Lines and of JSON documents: a list of objects, or an object that holds one.

JSON Lines and lists stream: memory holds one record. A document that is one object is read whole, because its list may come after
anything. A broken record is reported and the next one found; NaN, Infinity and raw line breaks in strings, which JSON does not allow
and exports write, are accepted.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from hangtag.catalog.columns import role_of_name
from hangtag.catalog.encoding import repair_line
from hangtag.catalog.rows import BROKEN_CURE, RawRow, Record
from hangtag.catalog.source import ByteStream

__all__ = ["read_json", "read_lines"]

_STRICT = json.JSONDecoder()
_LENIENT = json.JSONDecoder(strict=False)
_LINE_CURE = "one complete JSON object a line, in double quotes; see the raw text of the row"
_SPACE = re.compile(r"[ \t\r\n,\x00\ufeff\x1e]*")
_NEXT = re.compile(r"\}\s*,?\s*(?=\{)")
_LIST = re.compile(r"\[\s*(?=\{)")
_CHUNK_CHARS = 1 << 18
_MAX_BROKEN_CHARS = 1 << 25


def read_lines(stream: ByteStream, encoding: str) -> Iterator[RawRow]:
    """One row per line that is not blank. UTF-8 with line feeds is decoded straight from bytes, all else goes through text."""
    number = 0
    decode = msgspec.json.Decoder().decode
    for line_number, line in enumerate(_lines(stream, encoding), 1):
        if line.isspace() or not line:
            continue
        if stream.broken and line[-1:] not in (b"\n", "\n", b"\r", "\r"):
            yield RawRow(number + 1, line_number, _as_text(line), None, stream.broken, BROKEN_CURE)
            return
        number += 1
        try:
            record = decode(line)
        except (msgspec.DecodeError, RecursionError, ValueError):
            yield _slow_line(_as_text(line), number, line_number)
            continue
        if type(record) is dict:
            yield RawRow(number, line_number, record, record)
        else:
            yield _not_an_object(record, number, line_number)
    if stream.broken:
        yield RawRow(number + 1, None, "", None, stream.broken, BROKEN_CURE)


def read_json(stream: ByteStream, encoding: str) -> Iterator[RawRow]:
    """The records of one JSON document, or of several written one after the other."""
    text = _Text(stream, encoding)
    first = text.skip(_SPACE)
    whole: list[Record] | None = None
    if first == "{":
        text.read_all()
        whole = _rows_of_documents(text.buffer[text.position :])
        if whole is None and (match := _LIST.search(text.buffer, text.position)):
            text.position = match.end()
    elif first == "[":
        text.position += 1
    if whole is not None:
        for number, record in enumerate(whole, 1):
            yield RawRow(number, None, record, record)
        return
    yield from _stream_rows(text, stream)


def _lines(stream: ByteStream, encoding: str) -> Iterator[bytes | str]:
    """Physical lines: bytes for UTF-8, text for everything else. Files with carriage returns alone are split too."""
    if encoding not in ("utf-8", "utf-8-sig"):
        return iter(io.TextIOWrapper(io.BufferedReader(stream), encoding=encoding, errors="replace", newline=""))
    return _byte_lines(io.BufferedReader(stream, 1 << 20))


def _byte_lines(lines: io.BufferedReader) -> Iterator[bytes]:
    for number, line in enumerate(lines):
        if number == 0 and line.startswith(b"\xef\xbb\xbf"):
            line = line[3:]
        if b"\r" in line[:-2]:
            yield from line.splitlines(keepends=True)  # bytes split at \n, \r and \r\n only
        else:
            yield line


def _as_text(line: bytes | str) -> str:
    text = repair_line(line.decode("utf-8", "surrogateescape")) if isinstance(line, bytes) else line
    return text.strip("\r\n")


def _slow_line(text: str, number: int, line_number: int) -> RawRow:
    """A line the fast decoder refused: other encodings, NaN and stray commas are put up with, all else is an error."""
    stripped = text.strip(" \t,\x00\ufeff\x1e")
    if not stripped:
        return RawRow(number, line_number, text, None, "the line holds no record", _LINE_CURE)
    try:
        record = json.loads(stripped, strict=False)
    except json.JSONDecodeError as error:
        return RawRow(number, line_number, text, None, f"not valid JSON: {error.msg} at character {error.pos + 1}", _LINE_CURE)
    except (RecursionError, ValueError) as error:
        return RawRow(number, line_number, text, None, f"not usable JSON: {error}", _LINE_CURE)
    if isinstance(record, dict):
        return RawRow(number, line_number, record, record)
    return _not_an_object(record, number, line_number)


def _not_an_object(value: object, number: int, line_number: int | None) -> RawRow:
    kinds = {list: "a list", str: "a string", bool: "true or false", int: "a number", float: "a number", type(None): "null"}
    reason = f"{kinds.get(type(value), 'something')} where an object is expected"
    cure = 'write each product as an object: {"id": "1", "title": "…"}'
    return RawRow(number, line_number, json.dumps(value, ensure_ascii=False), None, reason, cure)


class _Text:
    """A window on decoded text that grows at the end and is cut off at the front."""

    def __init__(self, stream: ByteStream, encoding: str) -> None:
        errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
        self._reader = io.TextIOWrapper(io.BufferedReader(stream), encoding=encoding, errors=errors)
        self.buffer = ""
        self.position = 0
        self.at_end = False

    def more(self) -> bool:
        """Read on, at least doubling what is held, so that reading again and again costs no more than twice; False at the end."""
        if self.at_end:
            return False
        self.buffer, self.position = self.buffer[self.position :], 0
        piece = self._reader.read(max(_CHUNK_CHARS, len(self.buffer)))
        self.at_end = not piece
        self.buffer += repair_line(piece)
        return bool(piece)

    def read_all(self) -> None:
        """Hold all there is."""
        while self.more():
            pass

    def skip(self, pattern: re.Pattern[str]) -> str:
        """Go past `pattern` and give the character after it, "" at the end."""
        while True:
            match = pattern.match(self.buffer, self.position)
            self.position = match.end() if match else self.position
            if self.position < len(self.buffer):
                return self.buffer[self.position]
            if not self.more():
                return ""


def _stream_rows(text: _Text, stream: ByteStream) -> Iterator[RawRow]:
    number, keys = 0, set[str]()
    while (char := text.skip(_SPACE)) and char != "]":
        number += 1
        try:
            value = _next_value(text)
        except (ValueError, RecursionError) as error:
            cut = text.at_end and bool(stream.broken)
            raw = _to_next_record(text, keys)
            if cut:
                yield RawRow(number, None, raw, None, stream.broken, BROKEN_CURE)
                return
            yield RawRow(number, None, raw, None, _reason(error, at_end=not text.skip(_SPACE)), _BROKEN_RECORD_CURE)
            continue
        if isinstance(value, dict):
            keys = keys or set(value)
            yield RawRow(number, None, value, value)
        else:
            yield _not_an_object(value, number, None)
    if stream.broken:
        yield RawRow(number + 1, None, "", None, stream.broken, BROKEN_CURE)


_BROKEN_RECORD_CURE = "repair the JSON around it; see the raw text of the row"


def _reason(error: Exception, *, at_end: bool) -> str:
    what = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
    return f"not valid JSON: {what}" + (", and the file ends here" if at_end else "")


def _next_value(text: _Text) -> Any:
    """The JSON value at the position; raises `ValueError` where there is none."""
    while True:
        try:
            value, end = _STRICT.raw_decode(text.buffer, text.position)
        except json.JSONDecodeError as error:
            if (error.pos >= len(text.buffer) - 16 or error.msg.startswith("Unterminated")) and text.more():
                continue
            if not error.msg.startswith("Invalid control"):
                raise
            value, end = _LENIENT.raw_decode(text.buffer, text.position)
        if end == len(text.buffer) and not isinstance(value, dict | list | str) and text.more():
            continue  # a number may go on
        text.position = end
        return value


def _to_next_record(text: _Text, keys: set[str]) -> str:
    """Skip a broken record: to the next object that looks like the others, or to the end. Gives the text skipped."""
    start_offset = 1
    while True:
        for match in _NEXT.finditer(text.buffer, text.position + start_offset - 1):
            try:
                value, _ = _STRICT.raw_decode(text.buffer, match.end())
            except (ValueError, RecursionError):
                continue
            if isinstance(value, dict) and (not keys or 2 * len(keys & set(value)) >= len(keys)):
                raw = text.buffer[text.position : match.end()]
                text.position = match.end()
                return raw.rstrip().rstrip(",")
        held = len(text.buffer) - text.position
        if held > _MAX_BROKEN_CHARS or not text.more():
            raw = text.buffer[text.position :]
            text.position = len(text.buffer)
            text.at_end = True
            return raw
        start_offset = max(1, held - _CHUNK_CHARS)


def _rows_of_documents(text: str) -> list[Record] | None:
    """The records in one or more objects written one after the other; None where the text is not all valid JSON."""
    values, position = [], 0
    try:
        while position < len(text):
            value, end = _LENIENT.raw_decode(text, position)
            values.append(value)
            space = _SPACE.match(text, end)
            position = space.end() if space else end
    except (ValueError, RecursionError):
        return None
    if len(values) != 1 or not isinstance(values[0], dict):
        return [value for value in values if isinstance(value, dict)] if all(isinstance(v, dict) for v in values) else None
    return _rows_of_object(values[0])


def _rows_of_object(document: Record) -> list[Record]:
    """The longest list of objects in a document, at most three levels down; the object itself where it is a product."""
    if any(role_of_name(key) == "title" and isinstance(value, str) for key, value in document.items()):
        return [document]
    best: list[Record] = []
    level: list[Record] = [document]
    for _ in range(3):
        lists = [value for holder in level for value in holder.values() if isinstance(value, list)]
        for rows in lists:
            objects = [row for row in rows if isinstance(row, dict)]
            best = objects if len(objects) > len(best) and len(objects) == len(rows) else best
        if best:
            return best
        level = [value for holder in level for value in holder.values() if isinstance(value, dict)]
    keyed = [(key, value) for key, value in document.items() if isinstance(value, dict)]
    if keyed and len(keyed) == len(document):
        return [value if "id" in value else {"id": key, **value} for key, value in keyed]
    return [document]
