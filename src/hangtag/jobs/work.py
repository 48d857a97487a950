"""The work on one shard of rows: clean, tag, write. Runs in worker processes."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec

from hangtag.catalog.clean import Cleaned, clean_row
from hangtag.catalog.columns import ColumnMap
from hangtag.catalog.duplicates import sketch
from hangtag.catalog.rows import RawRow, Reject
from hangtag.catalog.write import reject_line
from hangtag.engine import ShardResult
from hangtag.jobs.lines import LineWriter
from hangtag.jobs.setup import Setup
from hangtag.model import Product
from hangtag.pipeline import Pipeline

__all__ = ["BATCH_ROWS", "ShardWork"]

BATCH_ROWS = 256
_WARM_UP = Product(id="warm-up", fields={"title": "连衣裙 cotton dress 5 cm", "description": "qwrtz"})


class ShardWork:
    """Tags the rows of a shard. Picklable: the pipeline is built once in each process, and shared where processes fork."""

    def __init__(self, setup: Setup, columns: ColumnMap) -> None:
        self._setup = msgspec.json.encode(setup)
        self._columns = columns

    def prepare(self) -> None:
        """Build the pipeline now and let it tag something, so that forked workers find all it builds on first use and mistakes show."""
        _built(self._setup)[0].tag([_WARM_UP])
        gc.collect()
        # What is there now stays: collecting it again and again would cost each worker time, and copies of shared memory.
        gc.freeze()

    def __call__(self, rows: Sequence[RawRow]) -> ShardResult:
        pipeline, writer = _built(self._setup)
        lines: list[bytes] = []
        rejects: list[bytes] = []
        index: list[tuple[int, str, bytes]] = []
        statuses: Counter[str] = Counter()
        good: list[tuple[RawRow, Cleaned]] = []
        for row in rows:
            result = clean_row(row, self._columns)
            if isinstance(result, Reject):
                rejects.append(reject_line(result))
            else:
                good.append((row, result))
        for begin in range(0, len(good), BATCH_ROWS):
            batch = good[begin : begin + BATCH_ROWS]
            products = [result.product for _, result in batch]
            for (row, result), tags in zip(batch, pipeline.tag(products), strict=True):
                lines.append(writer.line(result.product, tags, changed=result.changed))
                index.append((row.number, result.product.id, sketch(result.product)))
                statuses.update(tag.status for tag in tags)
        facts: dict[str, Any] = {"rows": len(rows), "products": len(lines), "rejects": len(rejects), "tags": dict(statuses)}
        files = {"tags": b"".join(lines), "rejects": b"".join(rejects), "index": msgspec.msgpack.encode(index)}
        return ShardResult(files, facts)


@lru_cache(maxsize=2)
def _built(setup: bytes) -> tuple[Pipeline, LineWriter]:
    pipeline = msgspec.json.decode(setup, type=Setup).build()
    return pipeline, LineWriter(pipeline.vocabulary)
