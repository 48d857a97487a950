"""A rejects file read as a catalogue: each of its lines holds a whole row, so that the rows can be tagged again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hangtag.catalog.rows import RawRow
from hangtag.catalog.values import is_missing

__all__ = ["is_reject", "rejected_row"]

_KEYS = frozenset({"row", "reason", "cure", "raw"})


def is_reject(record: Mapping[str, Any] | None) -> bool:
    """Whether a record is a line of a rejects file."""
    return record is not None and record.keys() - {"line"} == _KEYS and isinstance(record["raw"], dict | str)


def rejected_row(row: RawRow, id_column: str = "") -> RawRow:
    """The row that a line of a rejects file holds; one that could not be read is as broken as it was. With `id_column` it has the id it
    went by: also where it had none of its own."""
    if row.record is None or not is_reject(row.record):
        return row
    reject = row.record
    if isinstance(reject["raw"], str):
        return row._replace(raw=reject["raw"], record=None, error=str(reject["reason"]), cure=str(reject["cure"]))
    record = dict(reject["raw"])
    if id_column and is_missing(record.get(id_column)):
        record[id_column] = f"row-{reject['row']}"  # as it was called in its catalogue, whose rows are counted otherwise
    return row._replace(raw=record, record=record)
