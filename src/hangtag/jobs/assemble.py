"""From the shards of a finished run to its output: in input order, ids made unique, duplicates linked, put in place whole."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import IO, NamedTuple

import msgspec

from hangtag.catalog.clean import clean_row, repeated_id
from hangtag.catalog.duplicates import DuplicateFinder
from hangtag.catalog.read import Catalogue
from hangtag.catalog.rows import Reject
from hangtag.catalog.seen import FirstSeen
from hangtag.catalog.write import reject_line
from hangtag.engine import Ledger
from hangtag.jobs.lines import with_id
from hangtag.jobs.work import Entry

__all__ = ["Assembled", "assemble", "rejects_path"]

_SHARDS_HELD = 32
_decode_index = msgspec.msgpack.Decoder(list[Entry]).decode


class Assembled(NamedTuple):
    """What a run wrote: products, those linked to an earlier one, rows rejected only now, and tags by status."""

    products: int
    duplicates: int
    rejects: int
    tags: Counter[str]


class _Links(NamedTuple):
    """What looking at all products together finds: rows whose id came before (row → id, first row), repeats of a rejected row, and
    products like earlier ones."""

    repeated: dict[int, tuple[str, int]]
    unusable: set[int]
    duplicate_of: dict[int, tuple[str, float]]


class _Shards:
    """The products of a run's shards. Holds a few shards, so that repeats find the product they repeat."""

    def __init__(self, ledger: Ledger, shard_rows: int) -> None:
        self._ledger = ledger
        self._shard_rows = shard_rows
        self.index = lru_cache(_SHARDS_HELD)(self._read_index)
        self._lines = lru_cache(_SHARDS_HELD)(self._read_lines)

    def numbers(self) -> list[int]:
        """Shards in input order."""
        return sorted(self._ledger.done())

    def rejects(self, shard: int) -> bytes:
        """The reject lines of a shard."""
        return self._ledger.path(shard, "rejects").read_bytes()

    def original(self, entry: Entry) -> Entry | None:
        """The entry of the row that was worked on; None where that row gave no product."""
        return entry if not entry.first else self.index(self._shard_of(entry.first)).get(entry.first)

    def line(self, original: Entry) -> bytes:
        """The line of a row that was worked on."""
        return self._lines(self._shard_of(original.row))[original.row]

    def _shard_of(self, row: int) -> int:
        return (row - 1) // self._shard_rows

    def _read_index(self, shard: int) -> dict[int, Entry]:
        return {entry.row: entry for entry in _decode_index(self._ledger.path(shard, "index").read_bytes())}

    def _read_lines(self, shard: int) -> dict[int, bytes]:
        lines = self._ledger.path(shard, "tags").read_bytes().splitlines(keepends=True)
        own = (row for row, entry in self.index(shard).items() if not entry.first)
        return dict(zip(own, lines, strict=True))


def rejects_path(output: Path) -> Path:
    """Where the rows that could not be used go."""
    return output.with_name(output.name + ".rejects.jsonl")


def assemble(ledger: Ledger, output: Path, catalogue: Catalogue, *, shard_rows: int) -> Assembled:
    """Write the output and the rejects file beside it; each appears whole or not at all."""
    shards = _Shards(ledger, shard_rows)
    links = _find_links(shards)
    late = _late_rejects(links, catalogue)
    statuses: Counter[str] = Counter()
    n_products = 0
    with _replacing(output) as tags, _replacing(rejects_path(output)) as rejects:
        for shard in shards.numbers():
            rejects.write(shards.rejects(shard))
            for row, entry in shards.index(shard).items():
                original = shards.original(entry)
                if row in late or original is None:
                    rejects.write(reject_line(late[row]))
                    continue
                line = shards.line(original)
                tags.write(_linked(with_id(line, original.id, entry.id) if entry.first else line, links.duplicate_of.get(row)))
                n_products += 1
                for status, count in original.statuses.items():
                    statuses[status] += count
    return Assembled(n_products, len(links.duplicate_of), len(late), statuses)


def _find_links(shards: _Shards) -> _Links:
    """Look at all products once, in input order."""
    links = _Links({}, set(), {})
    seen = FirstSeen()
    finder = DuplicateFinder()
    for entry in _entries(shards):
        original = shards.original(entry)
        if original is None:
            links.unusable.add(entry.row)
            continue
        first = seen.add(entry.id, entry.row)
        if first is not None:
            links.repeated[entry.row] = (entry.id, first)
            continue
        found = finder.add(entry.id, original.sketch)
        if found is not None:
            links.duplicate_of[entry.row] = found
    return links


def _entries(shards: _Shards) -> Iterator[Entry]:
    for shard in shards.numbers():
        yield from shards.index(shard).values()


def _linked(line: bytes, duplicate: tuple[str, float] | None) -> bytes:
    if duplicate is None:
        return line
    identifier, similarity = duplicate
    link = msgspec.json.encode({"duplicate_of": identifier, "similarity": round(similarity, 3)})
    return line.rstrip()[:-1] + b"," + link[1:] + b"\n"


def _late_rejects(links: _Links, catalogue: Catalogue) -> dict[int, Reject]:
    """Rejects for repeated ids and for repeats of rejected rows, with their raw rows: read again, for there are few or none."""
    rejects: dict[int, Reject] = {}
    if not links.repeated and not links.unusable:
        return rejects
    for row in catalogue:
        if row.number in links.repeated:
            rejects[row.number] = repeated_id(links.repeated[row.number][0], row, links.repeated[row.number][1])
        elif row.number in links.unusable and isinstance(result := clean_row(row, catalogue.columns), Reject):
            rejects[row.number] = result
    return rejects


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
