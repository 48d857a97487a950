"""From the shards of a finished run to its output: in input order, ids made unique, duplicates linked, put in place whole."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec

from hangtag.catalog.clean import repeated_id
from hangtag.catalog.duplicates import DuplicateFinder
from hangtag.catalog.read import Catalogue
from hangtag.catalog.rows import Reject
from hangtag.catalog.seen import FirstSeen
from hangtag.catalog.write import reject_line
from hangtag.engine import Ledger

__all__ = ["Links", "assemble", "rejects_path"]


class Links(msgspec.Struct):
    """What looking at all products together finds: rows whose id came before (row → id, first row) and the tags lost with them by
    status, and products like earlier ones."""

    repeated: dict[int, tuple[str, int]] = {}
    duplicate_of: dict[int, tuple[str, float]] = {}
    lost: Counter[str] = msgspec.field(default_factory=Counter)


def rejects_path(output: Path) -> Path:
    """Where the rows that could not be used go."""
    return output.with_name(output.name + ".rejects.jsonl")


def find_links(ledger: Ledger) -> Links:
    """Look at all products once, in input order."""
    links = Links()
    seen = FirstSeen()
    finder = DuplicateFinder()
    for row, identifier, marks in _index(ledger):
        first = seen.add(identifier, row)
        if first is not None:
            links.repeated[row] = (identifier, first)
            continue
        found = finder.add(identifier, marks)
        if found is not None:
            links.duplicate_of[row] = found
    return links


def assemble(ledger: Ledger, output: Path, catalogue: Catalogue) -> Links:
    """Write the output and the rejects file beside it; each appears whole or not at all."""
    links = find_links(ledger)
    repeated = _repeated_rejects(links, catalogue)
    with _replacing(output) as tags, _replacing(rejects_path(output)) as rejects:
        for shard in sorted(ledger.done()):
            rows = [row for row, _, _ in _shard_index(ledger, shard)]
            lines = ledger.path(shard, "tags").read_bytes().splitlines(keepends=True)
            for row, line in zip(rows, lines, strict=True):
                if row in links.repeated:
                    links.lost.update(tag["status"] for tag in msgspec.json.decode(line)["tags"])
                    continue
                tags.write(_linked(line, links.duplicate_of.get(row)))
            rejects.write(ledger.path(shard, "rejects").read_bytes())
            for row in rows:
                if row in repeated:
                    rejects.write(reject_line(repeated[row]))
    return links


def _linked(line: bytes, duplicate: tuple[str, float] | None) -> bytes:
    if duplicate is None:
        return line
    identifier, similarity = duplicate
    link = msgspec.json.encode({"duplicate_of": identifier, "similarity": round(similarity, 3)})
    return line.rstrip()[:-1] + b"," + link[1:] + b"\n"


def _repeated_rejects(links: Links, catalogue: Catalogue) -> dict[int, Reject]:
    """Rejects for repeated ids, with their raw rows: read again, for there are few or none."""
    if not links.repeated:
        return {}
    rejects = {}
    for row in catalogue:
        if row.number in links.repeated:
            identifier, first = links.repeated[row.number]
            rejects[row.number] = repeated_id(identifier, row, first)
    return rejects


def _index(ledger: Ledger) -> Iterator[tuple[int, str, bytes]]:
    for shard in sorted(ledger.done()):
        yield from _shard_index(ledger, shard)


def _shard_index(ledger: Ledger, shard: int) -> list[tuple[int, str, bytes]]:
    return msgspec.msgpack.decode(ledger.path(shard, "index").read_bytes(), type=list[tuple[int, str, bytes]])


class _replacing:
    """A file that takes its final name when it is whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._partial = path.with_name(path.name + ".partial")

    def __enter__(self) -> IO[bytes]:
        self._file = self._partial.open("wb")
        return self._file

    def __exit__(self, kind: object, *_: object) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        if kind is None:
            self._partial.replace(self._path)
        else:
            self._partial.unlink(missing_ok=True)
