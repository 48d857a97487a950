"""How many requests at once an endpoint bears, learned from its refusals."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

__all__ = ["Limiter"]

_BACK, _FORTH = 0.5, 1.0


class Limiter:
    """Lets so many requests run at once: fewer after each refusal, slowly more after answers (additive increase, multiplicative decrease;
    Chiu and Jain 1989). After a refusal that says for how long, none begins before.

    `most` is where it begins and the most it comes back to. Belongs to one event loop.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.limit = float(most)
        self._running = 0
        self._not_before = 0.0
        self._stepped_back = float("-inf")
        self._freed = asyncio.Condition()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[float]:
        """Wait for a turn, and give it back; gives when it began."""
        async with self._freed:
            await self._freed.wait_for(lambda: self._running < max(1, int(self.limit)))
            self._running += 1
        try:
            while (wait_s := self._not_before - time.monotonic()) > 0:
                await asyncio.sleep(wait_s)
            yield time.monotonic()
        finally:
            async with self._freed:
                self._running -= 1
                self._freed.notify_all()

    def refused(self, begun: float, wait_s: float = 0.0) -> None:
        """The endpoint had too many requests. One that had `begun` before the last step back tells nothing new."""
        now = time.monotonic()
        self._not_before = max(self._not_before, now + wait_s)
        if begun > self._stepped_back:
            self.limit = max(1.0, self.limit * _BACK)
            self._stepped_back = now

    def answered(self) -> None:
        """The endpoint answered."""
        self.limit = min(float(self.most), self.limit + _FORTH / self.limit)
