"""A small table of what was seen where: 12 to 36 bytes an entry, where a dictionary takes over 100."""

from __future__ import annotations

from array import array

__all__ = ["FirstSeen"]

_START_SLOTS = 1 << 12
_MAX_LOAD = 0.66
_ALL_BITS = (1 << 64) - 1


class FirstSeen:
    """Remembers for each key the row it was first seen in. Keys are kept as 64-bit hashes (open addressing, linear probing).

    Two different keys are taken for one with probability n²/2⁶⁵: about one in 40 million for a million keys.
    """

    def __init__(self) -> None:
        self._hashes = array("Q", bytes(8 * _START_SLOTS))
        self._rows = array("I", [0]) * _START_SLOTS
        self._mask = _START_SLOTS - 1
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, key: str, row: int) -> int | None:
        """Remember `key` at `row`; gives the row it was first seen in, None where it is new."""
        return self._add(hash(key) & _ALL_BITS or 1, row)

    def add_bytes(self, digest: bytes, row: int) -> int | None:
        """The same for a key that is an 8-byte digest already."""
        return self._add(int.from_bytes(digest, "little") or 1, row)

    def _add(self, code: int, row: int) -> int | None:
        slot = self._find(code)
        if self._hashes[slot]:
            return self._rows[slot]
        self._hashes[slot], self._rows[slot] = code, row
        self._count += 1
        if self._count > _MAX_LOAD * self._mask:
            self._grow()
        return None

    def _find(self, code: int) -> int:
        """The slot of `code`, or the empty one it belongs in."""
        hashes, mask = self._hashes, self._mask
        slot = (code ^ code >> 32) & mask
        while (found := hashes[slot]) and found != code:
            slot = (slot + 1) & mask
        return slot

    def _grow(self) -> None:
        hashes, rows = self._hashes, self._rows
        slots = 2 * len(hashes)
        self._hashes, self._rows = array("Q", bytes(8 * slots)), array(rows.typecode, [0]) * slots
        self._mask = slots - 1
        for code, row in zip(hashes, rows, strict=True):
            if code:
                slot = self._find(code)
                self._hashes[slot], self._rows[slot] = code, row
