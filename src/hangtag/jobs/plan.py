"""What a run would do, before it is done: rows, columns, languages, duplicates and time, from a look at the catalogue."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from itertools import islice
from pathlib import Path

import msgspec

from hangtag.catalog.clean import Cleaned, clean_rows
from hangtag.catalog.duplicates import DuplicateFinder, sketch
from hangtag.catalog.read import open_catalogue
from hangtag.catalog.rows import Reject
from hangtag.engine.local import core_count
from hangtag.jobs.foresee import LlmPlan, foresee
from hangtag.jobs.setup import Setup

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
    """Read up to `most_rows` rows, tag a few hundred of them for the time, and say what the whole run would be."""
    setup = setup if setup is not None else Setup()
    source = open_catalogue(catalogue, columns=columns)
    languages: Counter[str] = Counter()
    rejects: Counter[str] = Counter()
    finder, duplicates, read = DuplicateFinder(), 0, 0
    sample: list[Cleaned] = []
    for result in clean_rows(islice(source, most_rows), columns=source.columns):
        read += 1
        if isinstance(result, Reject):
            rejects[result.reason] += 1
            continue
        languages[result.product.language] += 1
        duplicates += finder.add(result.product.id, sketch(result.product)) is not None
        if len(sample) < _TIMED_PRODUCTS + _WARM_PRODUCTS:
            sample.append(result)
    rows = read if read < most_rows else max(read, source.estimate_rows() or read)
    size = workers or core_count()
    rate = _measure(setup, sample) * size
    looked_at = [result.product for result in sample[:_ASKED_PRODUCTS]]
    products = round(sum(languages.values()) * rows / max(1, read))
    asked = foresee(setup.build(), looked_at, products) if setup.asks_llm else []
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


def _measure(setup: Setup, sample: list[Cleaned]) -> float:
    """Products per second of one process, after a warm-up; without language models, of which each question costs: 0 where there is
    nothing else."""
    free = setup.without_llm()
    if not free.taggers:
        return 0.0
    pipeline = free.build()
    products = [result.product for result in sample]
    pipeline.tag(products[:_WARM_PRODUCTS])
    timed = products[_WARM_PRODUCTS:] or products
    begun = time.perf_counter()
    pipeline.tag(timed)
    return len(timed) / max(time.perf_counter() - begun, 1e-6)
