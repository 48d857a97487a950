"""Shards over local processes: a bounded number in flight, results committed as they come."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, TypeVar

from hangtag.engine.ledger import Ledger
from hangtag.errors import RunError

__all__ = ["Progress", "ShardResult", "core_count", "run_shards"]

_IN_FLIGHT = 2
_WATCH_S = 0.5
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class ShardResult:
    """What the work on a shard brings: files by kind, and facts (counts) for the ledger."""

    files: Mapping[str, bytes]
    facts: Mapping[str, Any]


Progress = Callable[[int], None]
"""Called with the number of rows just done or found done."""


def core_count() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_shards(
    shards: Iterable[Sequence[Row]],
    work: Callable[[Sequence[Row]], ShardResult],
    ledger: Ledger,
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> None:
    """Do `work` on every shard the ledger does not have, and commit it.

    `work` must be pure and, with several workers, picklable. At most `2 × workers` shards are in memory. Raises `RunError` where a worker
    process dies (out of memory, killed): what is committed stays, and the same call goes on from there.
    """
    if workers <= 1:
        for number, rows in enumerate(shards):
            if number not in ledger.done():
                result = work(rows)
                ledger.commit(number, result.files, result.facts)
            _tell(progress, len(rows))
        return
    context = multiprocessing.get_context("fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_follow_parent, initargs=(os.getpid(),)) as pool:
        try:
            _run_pool(pool, shards, work, ledger, workers * _IN_FLIGHT, progress)
        except BaseException as error:
            pool.shutdown(wait=False, cancel_futures=True)
            if type(error).__name__ == "BrokenProcessPool":
                raise RunError(
                    "a worker process died (out of memory, or killed); the shards done so far are kept: "
                    "run the same command again, with fewer --workers if memory was short"
                ) from error
            raise


def _follow_parent(parent: int) -> None:
    """End this worker soon after its parent is gone: killed, it cannot tell its workers to stop."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_WATCH_S)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _run_pool(
    pool: Executor,
    shards: Iterable[Sequence[Row]],
    work: Callable[[Sequence[Row]], ShardResult],
    ledger: Ledger,
    most: int,
    progress: Progress | None,
) -> None:
    flying: dict[Future[ShardResult], tuple[int, int]] = {}

    def land(until: int) -> None:
        while len(flying) > until:
            for future in wait(flying, return_when=FIRST_COMPLETED).done:
                number, count = flying.pop(future)
                result = future.result()
                ledger.commit(number, result.files, result.facts)
                _tell(progress, count)

    for number, rows in enumerate(shards):
        if number in ledger.done():
            _tell(progress, len(rows))
            continue
        land(most - 1)
        flying[pool.submit(work, rows)] = (number, len(rows))
    land(0)


def _tell(progress: Progress | None, rows: int) -> None:
    if progress is not None:
        progress(rows)
