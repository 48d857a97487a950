"""Reading JSON lines, plain or gzipped, with errors that name the file and the line."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from hangtag.errors import InputError

__all__ = ["json_objects", "kind_of", "raw_lines"]

_BOM = b"\xef\xbb\xbf"


def json_objects(path: str | Path, *, error: type[InputError] = InputError) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a JSONL file (`.gz` too) with their line numbers, counted from 1; blank lines are passed over.

    Raises `error` where the file cannot be read or a line is no JSON object.
    """
    path = Path(path)
    decode = msgspec.json.Decoder().decode
    for number, line in enumerate(raw_lines(path, error), start=1):
        if number == 1 and line.startswith(_BOM):
            line = line[len(_BOM) :]
        if not line.strip():
            continue
        try:
            value = decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
            raise error(f"{path}, line {number}: not JSON ({problem}): write one JSON object a line, in UTF-8") from problem
        if not isinstance(value, dict):
            raise error(f"{path}, line {number}: {kind_of(value)} where an object is expected: write one JSON object a line")
        yield number, value


def kind_of(value: object) -> str:
    """What a decoded JSON value is, in words for error messages."""
    if value is None:
        return "null"
    for kind, words in ((bool, "a boolean"), (str, "a string"), ((int, float), "a number"), (list, "a list"), (dict, "an object")):
        if isinstance(value, kind):
            return words
    return type(value).__name__


def raw_lines(path: Path, error: type[InputError]) -> Iterator[bytes]:
    """The lines of a file, unpacked where its name ends in `.gz`; raises `error` where it cannot be read."""
    try:
        with gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb") as stream:
            yield from stream
    except (OSError, EOFError, zlib.error) as problem:
        raise error(f"{path}: cannot be read ({problem}): check the path and that the file is whole") from problem
