"""What was made of a row, kept for rows of the same content: catalogues repeat their offers, and an id changes no tag."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from hangtag.catalog.clean import read_id

__all__ = ["Made", "Repeats"]

_MOST_BYTES = 48 << 20
_KEY_BYTES = 16
_HEAD = b'{"id":'


class Made(NamedTuple):
    """A product's line in the output after its id, its sketch and how many tags of each status it has."""

    tail: bytes
    sketch: bytes
    statuses: Mapping[str, int]

    @classmethod
    def of(cls, line: bytes, identifier: str, sketch: bytes, statuses: Mapping[str, int]) -> Made:
        """From the line of one product."""
        return cls(line[len(_head(identifier)) :], sketch, statuses)

    def line(self, identifier: str) -> bytes:
        """The line of a product of the same content under another id."""
        return _head(identifier) + self.tail


class Repeats:
    """Finds what was made of a record like this one, its id apart. Holds 48 MiB at most; then all is forgotten and learned anew.

    Only for catalogues with one column of ids, and pipelines whose tags are a function of a product's content.
    """

    def __init__(self, id_column: str) -> None:
        self._id_column = id_column
        self._made: dict[bytes, Made] = {}
        self._bytes = 0

    def key(self, record: Mapping[str, Any] | None) -> tuple[bytes, str] | None:
        """A digest of the content and the id; None for a record that cannot be told from others by both."""
        if record is None:
            return None
        identifier = read_id(record.get(self._id_column))
        if not identifier:
            return None
        content = {**record, self._id_column: None}
        try:
            return hashlib.blake2b(msgspec.msgpack.encode(content), digest_size=_KEY_BYTES).digest(), identifier
        except (TypeError, ValueError, OverflowError):  # a type or text that does not encode: such a row is worked on each time
            return None

    def get(self, key: bytes) -> Made | None:
        """What was made of this content."""
        return self._made.get(key)

    def put(self, key: bytes, made: Made) -> None:
        """Remember what was made."""
        self._bytes += len(made.tail)
        if self._bytes > _MOST_BYTES:
            self._made.clear()
            self._bytes = len(made.tail)
        self._made[key] = made


def _head(identifier: str) -> bytes:
    return _HEAD + msgspec.json.encode(identifier)
