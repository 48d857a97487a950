"""Rows of the same content under another id: worked on once, for catalogues repeat their offers and an id changes no tag."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from hangtag.catalog.clean import read_id
from hangtag.catalog.rows import RawRow
from hangtag.catalog.seen import FirstSeen

__all__ = ["Repeat", "digest_of", "find_repeats"]


class Repeat(NamedTuple):
    """A row whose content, its id apart, is that of the row `first`."""

    number: int
    identifier: str
    first: int


def find_repeats(rows: Iterable[RawRow], id_column: str) -> Iterator[RawRow | Repeat]:
    """The rows, with a `Repeat` in the place of each whose content came before.

    Content is compared by 64-bit digests: two rows in a million that differ are taken for one once in 40 million catalogues.
    """
    seen = FirstSeen()
    for row in rows:
        identifier = read_id(row.record.get(id_column)) if row.record is not None else ""
        digest = digest_of({**row.record, id_column: None}) if row.record is not None and identifier else None
        first = None if digest is None else seen.add_bytes(digest, row.number)
        yield row if first is None else Repeat(row.number, identifier, first)


def digest_of(content: dict[str, object]) -> bytes | None:
    """A digest of content, None where it has none."""
    try:
        return hashlib.blake2b(msgspec.msgpack.encode(content), digest_size=8).digest()
    except (TypeError, ValueError, OverflowError):  # a type or text that does not encode: such a row is worked on by itself
        return None
