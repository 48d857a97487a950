"""What reading gives: one `RawRow` per record, and a `Reject` for each row that cannot become a product.

Nothing is lost on the way: rows in = products + rejects, and a reject carries the raw row whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

__all__ = ["BROKEN_CURE", "RawRow", "Record", "Reject"]

Record: TypeAlias = dict[str, Any]

BROKEN_CURE = "the rows before it are used; get the file again to have the rest"


class RawRow(NamedTuple):
    """One record of a catalogue: `record` where it could be read, `error` (and its `cure`) where it could not.

    `number` counts records from 1, `line` is the physical line it begins on where the format has lines, `raw` is the row as it
    came: the text of a broken row, the record itself of a readable one.
    """

    number: int
    line: int | None
    raw: str | Mapping[str, Any]
    record: Record | None
    error: str | None = None
    cure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """A row that gives no product: where it is, why it cannot be used, what helps, and the row itself."""

    row: int
    reason: str
    cure: str
    raw: str | Mapping[str, Any]
    line: int | None = None
