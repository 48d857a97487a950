"""The work on one shard of rows: clean, tag, write. Runs in worker processes."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec

from hangtag.catalog.clean import Cleaned, clean_row
from hangtag.catalog.columns import ColumnMap
from hangtag.catalog.duplicates import sketch_batch
from hangtag.catalog.rows import RawRow, Reject
from hangtag.catalog.write import reject_line
from hangtag.engine import ShardResult
from hangtag.jobs.lines import LineWriter
from hangtag.jobs.repeats import Made, Repeats
from hangtag.jobs.setup import Setup
from hangtag.model import Product
from hangtag.pipeline import Pipeline
from hangtag.taggers.builtin import BUILTIN

__all__ = ["BATCH_ROWS", "ShardWork"]

BATCH_ROWS = 256
_WARM_UP = Product(id="warm-up", fields={"title": "连衣裙 cotton dress 5 cm", "description": "qwrtz"})


class ShardWork:
    """Tags the rows of a shard. Picklable: the pipeline is built once in each process, and shared where processes fork."""

    def __init__(self, setup: Setup, columns: ColumnMap) -> None:
        self._setup = msgspec.json.encode(setup)
        self._columns = columns
        identifiers = columns.of("id")
        self._id_column = identifiers[0] if len(identifiers) == 1 else None

    def prepare(self) -> None:
        """Build the pipeline now and let it tag something, so that forked workers find all it builds on first use and mistakes show."""
        _built(self._setup)[0].tag([_WARM_UP])
        gc.collect()
        # What is there now stays: collecting it again and again would cost each worker time, and copies of shared memory.
        gc.freeze()

    def __call__(self, rows: Sequence[RawRow]) -> ShardResult:
        repeats = _repeats(self._setup, self._id_column)
        shard = _Shard(len(rows))
        todo: list[_Todo] = []
        for row in rows:
            key = repeats.key(row.record) if repeats is not None else None
            made = repeats.get(key[0]) if repeats is not None and key is not None else None
            if key is not None and made is not None:
                shard.place(row.number, key[1], made, made.line(key[1]))
                continue
            result = clean_row(row, self._columns)
            if isinstance(result, Reject):
                shard.rejects.append(reject_line(result))
            else:
                todo.append(_Todo(row.number, result, key[0] if key is not None else None))
        for begin in range(0, len(todo), BATCH_ROWS):
            self._tag(todo[begin : begin + BATCH_ROWS], shard, repeats)
        return shard.result()

    def _tag(self, batch: Sequence[_Todo], shard: _Shard, repeats: Repeats | None) -> None:
        pipeline, writer = _built(self._setup)
        products = [item.result.product for item in batch]
        for item, tags, marks in zip(batch, pipeline.tag(products), sketch_batch(products), strict=True):
            product = item.result.product
            line = writer.line(product, tags, changed=item.result.changed)
            made = Made.of(line, product.id, marks, Counter(tag.status for tag in tags))
            shard.place(item.number, product.id, made, line)
            if repeats is not None and item.key is not None:
                repeats.put(item.key, made)


class _Todo(NamedTuple):
    number: int
    result: Cleaned
    key: bytes | None


class _Shard:
    """The result of a shard in the making. Products come in any order and are put back into that of the rows."""

    def __init__(self, n_rows: int) -> None:
        self.n_rows = n_rows
        self.rejects: list[bytes] = []
        self._products: list[tuple[int, str, bytes, bytes]] = []
        self._statuses: Counter[str] = Counter()

    def place(self, number: int, identifier: str, made: Made, line: bytes) -> None:
        """Add the product of row `number`."""
        self._products.append((number, identifier, made.sketch, line))
        for status, count in made.statuses.items():
            self._statuses[status] += count

    def result(self) -> ShardResult:
        """Files and facts of the shard."""
        self._products.sort()
        index = [product[:3] for product in self._products]
        lines = [product[3] for product in self._products]
        facts = {"rows": self.n_rows, "products": len(lines), "rejects": len(self.rejects), "tags": dict(self._statuses)}
        files = {"tags": b"".join(lines), "rejects": b"".join(self.rejects), "index": msgspec.msgpack.encode(index)}
        return ShardResult(files, facts)


@lru_cache(maxsize=2)
def _built(setup: bytes) -> tuple[Pipeline, LineWriter]:
    pipeline = msgspec.json.decode(setup, type=Setup).build()
    return pipeline, LineWriter(pipeline.vocabulary)


@lru_cache(maxsize=2)
def _repeats(setup: bytes, id_column: str | None) -> Repeats | None:
    """This process's memory of repeated rows; None where a tagger of one's own may look at more than the content."""
    taggers = msgspec.json.decode(setup, type=Setup).taggers
    return Repeats(id_column) if id_column is not None and set(taggers) <= BUILTIN.keys() else None
