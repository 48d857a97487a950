"""A fair sample of a stream whose length nobody knows."""

from __future__ import annotations

import random
from typing import Generic, TypeVar

__all__ = ["Reservoir"]

T = TypeVar("T")


class Reservoir(Generic[T]):
    """Keeps `size` items of a stream, every item with the same chance; the same seed and stream give the same sample.

    Algorithm R: J. S. Vitter, "Random sampling with a reservoir", ACM TOMS 11(1), 1985.
    """

    def __init__(self, size: int, *, seed: int) -> None:
        self._size = size
        self._random = random.Random(seed)
        self._kept: list[tuple[int, T]] = []
        self.seen = 0

    def add(self, item: T) -> None:
        """Offer the next item of the stream."""
        if len(self._kept) < self._size:
            self._kept.append((self.seen, item))
        elif self._size:
            place = self._random.randrange(self.seen + 1)
            if place < self._size:
                self._kept[place] = (self.seen, item)
        self.seen += 1

    def items(self) -> list[T]:
        """The kept items in the order of the stream."""
        return [item for _, item in sorted(self._kept, key=lambda entry: entry[0])]
