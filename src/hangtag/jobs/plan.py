"""What a run would do, before it is done: rows, columns, languages, duplicates and time, from a look at the catalogue."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from itertools import islice
from pathlib import Path

import msgspec

from hangtag.catalog.clean import clean_rows
from hangtag.catalog.duplicates import DuplicateFinder, sketch
from hangtag.catalog.read import open_catalogue
from hangtag.catalog.rows import Reject
from hangtag.engine.local import core_count
from hangtag.jobs.foresee import LlmPlan, foresee
from hangtag.jobs.repeats import digest_of
from hangtag.jobs.setup import Setup
from hangtag.model import Product

__all__ = ["Plan", "plan_catalogue"]

_TIMED_PRODUCTS = 300
_WARM_PRODUCTS = 20
_ASKED_PRODUCTS = 100


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What `hangtag tag` would meet. Counts cover `rows_read` rows; `rows` is all of them, estimated where not all were read."""

    catalogue: str
    format: str
    encoding: str | None
    rows: int
    rows_read: int
    products: int
    rejects: dict[str, int]
    duplicates: int
    languages: dict[str, int]
    columns: list[tuple[str, str, str]]
    taggers: list[str]
    workers: int
    products_per_s: float
    seconds: float
    llm: list[LlmPlan] = []


def plan_catalogue(
    catalogue: str | Path,
    *,
    setup: Setup | None = None,
    columns: Mapping[str, str] | None = None,
    workers: int = 0,
    most_rows: int = 50_000,
) -> Plan:
    """Read up to `most_rows` rows, tag a few hundred of them for the time, and say what the whole run would be. Language models are asked
    nothing; no key is needed."""
    setup = setup if setup is not None else Setup()
    source = open_catalogue(catalogue, columns=columns)
    languages: Counter[str] = Counter()
    rejects: Counter[str] = Counter()
    finder, duplicates, read = DuplicateFinder(), 0, 0
    sample = _Sample(_TIMED_PRODUCTS + _WARM_PRODUCTS)
    for result in clean_rows(islice(source, most_rows), columns=source.columns):
        read += 1
        if isinstance(result, Reject):
            rejects[result.reason] += 1
            continue
        languages[result.product.language] += 1
        duplicates += finder.add(result.product.id, sketch(result.product)) is not None
        sample.add(result.product)
    rows = read if read < most_rows else max(read, source.estimate_rows() or read)
    size = workers or core_count()
    rate = _measure(setup, sample.products) * size
    different = round(sample.different * rows / max(1, read))
    asked = foresee(setup, sample.some(_ASKED_PRODUCTS), different) if setup.asks_llm else []
    return Plan(
        catalogue=source.name,
        format=source.format,
        encoding=source.encoding,
        rows=rows,
        rows_read=read,
        products=sum(languages.values()),
        rejects=dict(rejects.most_common()),
        duplicates=duplicates,
        languages=dict(languages.most_common()),
        columns=source.columns.rows(),
        taggers=list(setup.taggers),
        workers=size,
        products_per_s=round(rate, 1),
        seconds=round(rows / rate, 3) if rate else 0.0,
        llm=asked,
    )


class _Sample:
    """Products from all over a catalogue, `most` of them, no two of the same content, which is worked on and asked about once."""

    def __init__(self, most: int) -> None:
        self.products: list[Product] = []
        self.different = 0
        self._most = most
        self._seen: set[bytes] = set()
        self._random = random.Random(0)

    def add(self, product: Product) -> None:
        """Meet a product: each of different content is as likely to be kept (algorithm R; Vitter 1985)."""
        digest = digest_of({**asdict(product), "id": None})
        if digest is not None:
            if digest in self._seen:
                return
            self._seen.add(digest)
        self.different += 1
        if len(self.products) < self._most:
            self.products.append(product)
        elif (place := self._random.randrange(self.different)) < self._most:
            self.products[place] = product

    def some(self, count: int) -> list[Product]:
        """Fewer of them, as likely each."""
        return self._random.sample(self.products, min(count, len(self.products)))


def _measure(setup: Setup, products: list[Product]) -> float:
    """Products per second of one process, after a warm-up; without language models, of which each question costs: 0 where there is
    nothing else."""
    free = setup.without_llm()
    if not free.taggers:
        return 0.0
    pipeline = free.build()
    pipeline.tag(products[:_WARM_PRODUCTS])
    timed = products[_WARM_PRODUCTS:] or products
    begun = time.perf_counter()
    pipeline.tag(timed)
    return len(timed) / max(time.perf_counter() - begun, 1e-6)
