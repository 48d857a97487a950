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
from hangtag.catalog.duplicates import sketch_batch
from hangtag.catalog.rows import RawRow, Reject
from hangtag.catalog.write import reject_line
from hangtag.engine import ShardResult
from hangtag.jobs.bills import close_and_bill, llm_taggers
from hangtag.jobs.lines import LineWriter
from hangtag.jobs.repeats import Repeat
from hangtag.jobs.setup import Setup
from hangtag.model import Product, Unanswered
from hangtag.pipeline import Pipeline

__all__ = ["BATCH_ROWS", "Entry", "ShardWork", "unanswered"]

BATCH_ROWS = 256
_ALL_ROWS = 1_000_000
_UNANSWERED_CURE = "tag the rejects file again, into an output of its own: what was answered is kept and costs nothing"
_WARM_UP = Product(id="warm-up", fields={"title": "连衣裙 cotton dress 5 cm", "description": "qwrtz"})


class Entry(msgspec.Struct, array_like=True, frozen=True):
    """A product in a shard's index: its sketch and tags by status, or the row `first` that has its content and its line."""

    row: int
    id: str
    sketch: bytes = b""
    statuses: dict[str, int] = {}
    first: int = 0


class ShardWork:
    """Tags the rows of a shard. Picklable: the pipeline is built once in each process, and shared where processes fork."""

    def __init__(self, setup: Setup, columns: ColumnMap) -> None:
        self._setup = msgspec.json.encode(setup), msgspec.json.encode(setup.fingerprint())
        self._batch_rows = _ALL_ROWS if setup.asks_llm else BATCH_ROWS  # requests of one batch run at once
        self._columns = columns

    def prepare(self, *, warm_up: bool = True) -> None:
        """Build the pipeline now and let it tag something, so that forked workers find all it builds on first use and mistakes show."""
        pipeline, _ = _built(*self._setup)
        for tagger in llm_taggers(pipeline):
            tagger.chat.endpoint.check_key()
        if warm_up:
            pipeline.tag([_WARM_UP])
        gc.collect()
        # What is there now stays: collecting it again and again would cost each worker time, and copies of shared memory.
        gc.freeze()

    def close(self) -> dict[str, Any]:
        """End what taggers keep open; gives what language models spent, by tagger."""
        spent = close_and_bill(_built(*self._setup)[0])
        if spent:
            _built.cache_clear()
        return spent

    def __call__(self, rows: Sequence[RawRow | Repeat]) -> ShardResult:
        lines: list[bytes] = []
        rejects: list[bytes] = []
        index: list[Entry] = []
        good: list[tuple[RawRow, Cleaned]] = []
        for row in rows:
            if isinstance(row, Repeat):
                index.append(Entry(row.number, row.identifier, first=row.first))
                continue
            result = clean_row(row, self._columns)
            if isinstance(result, Reject):
                rejects.append(reject_line(result))
            else:
                good.append((row, result))
        for begin in range(0, len(good), self._batch_rows):
            rejects += self._tag(good[begin : begin + self._batch_rows], lines, index)
        index.sort(key=lambda entry: entry.row)
        files = {"tags": b"".join(lines), "rejects": b"".join(rejects), "index": msgspec.msgpack.encode(index)}
        return ShardResult(files, {"rows": len(rows), "rejects": len(rejects)})

    def _tag(self, batch: Sequence[tuple[RawRow, Cleaned]], lines: list[bytes], index: list[Entry]) -> list[bytes]:
        """Tag products; gives the rejects of those a tagger could not read."""
        pipeline, writer = _built(*self._setup)
        products = [result.product for _, result in batch]
        rejects = []
        for (row, result), tags, sketch in zip(batch, pipeline.tag(products), sketch_batch(products), strict=True):
            if isinstance(tags, Unanswered):
                rejects.append(reject_line(unanswered(row, tags)))
                continue
            lines.append(writer.line(result.product, tags, changed=result.changed))
            index.append(Entry(row.number, result.product.id, sketch, Counter(tag.status for tag in tags)))
        return rejects


def unanswered(row: RawRow, tags: Unanswered) -> Reject:
    """The reject of a row whose product a tagger could not read."""
    return Reject(row=row.number, line=row.line, reason=tags.reason, cure=_UNANSWERED_CURE, raw=row.raw)


@lru_cache(maxsize=2)
def _built(setup: bytes, _: bytes) -> tuple[Pipeline, LineWriter]:
    """What a setup makes of the files it names, as they are: a model may be trained anew while a process lives."""
    pipeline = msgspec.json.decode(setup, type=Setup).build()
    return pipeline, LineWriter(pipeline.vocabulary)
