"""Tagging a whole catalogue, resumable, and tagging products in memory."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from hangtag import __version__
from hangtag.catalog.clean import Cleaned, clean_record, clean_rows
from hangtag.catalog.columns import map_columns
from hangtag.catalog.read import Catalogue, open_catalogue
from hangtag.catalog.rows import RawRow, Reject
from hangtag.engine import Ledger, Progress, run_shards
from hangtag.engine.ledger import replace_file
from hangtag.engine.local import core_count
from hangtag.errors import BudgetSpent, CatalogError, HangtagError
from hangtag.jobs.assemble import Assembled, assemble
from hangtag.jobs.bills import Tell, billed
from hangtag.jobs.lines import LineWriter
from hangtag.jobs.repeats import Repeat, find_repeats
from hangtag.jobs.setup import Setup
from hangtag.jobs.work import BATCH_ROWS, ShardWork, unanswered
from hangtag.model import Product, Tag, Unanswered
from hangtag.taggers.builtin import BUILTIN
from hangtag.taggers.llm_folder import promise_holds
from hangtag.taggers.model_folder import read_guarantee

__all__ = ["RunSummary", "read_summary", "run_folder", "spent_file", "tag_catalogue", "tag_products", "tag_stream"]

_Item = TypeVar("_Item")
_HASHED_BYTES = 1 << 16
_SMALL_RUN_ROWS = 2000
_ASKED_ROWS, _BATCH_ROWS = 200, 20_000
_SPENT = "spent.jsonl"
_MORE_BUDGET = "the answers so far are kept, and the same command with a larger budget goes on from there"


class RunSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A finished run: `rows = products + rejects`; `tags` counts by status; `duplicates` are linked products, still in the output;
    `promises` what `hangtag calibrate` found for trained taggers, `llm` what language models were asked and what that cost."""

    catalogue: str
    output: str
    rows: int
    products: int
    rejects: int
    duplicates: int
    tags: dict[str, int]
    columns: list[tuple[str, str, str]]
    taggers: list[str]
    vocabulary: list[str]
    column_map: dict[str, str]
    seconds: float
    version: str
    resumed: bool = False
    llm: dict[str, dict[str, Any]] = {}
    promises: dict[str, dict[str, Any]] = {}

    @property
    def products_per_s(self) -> float:
        """Products per second of wall time, reading and writing included."""
        return self.products / self.seconds if self.seconds else 0.0


def run_folder(output: Path) -> Path:
    """The folder beside the output that holds the ledger of its run."""
    return output.with_name(output.name + ".run")


def spent_file(output: Path) -> Path:
    """Where is counted what the language models of the run that writes `output` have spent, however often it is begun."""
    return run_folder(output) / _SPENT


def read_summary(output: Path) -> RunSummary | None:
    """The summary of the finished run that wrote `output`, None where there is none."""
    try:
        return msgspec.json.decode((run_folder(output) / "summary.json").read_bytes(), type=RunSummary)
    except (OSError, msgspec.DecodeError):
        return None


def tag_catalogue(
    catalogue: str | Path,
    output: str | Path,
    *,
    setup: Setup | None = None,
    columns: Mapping[str, str] | None = None,
    workers: int = 0,
    shard_rows: int = 1000,
    restart: bool = False,
    progress: Progress | None = None,
) -> RunSummary:
    """Tag `catalogue` into `output` (JSON lines, input order); unusable rows go to `OUTPUT.rejects.jsonl`.

    Killed at any moment, the same call goes on from the last committed shard and gives the same bytes. `workers` 0 means one a core; where
    language models are asked it is one, with many requests at once. Raises `CatalogError` for an unreadable catalogue, `RunError` where the
    output belongs to a run with other settings (`restart` begins anew), `BudgetSpent` where a budget allows no more: then the output
    holds the shards done until there.
    """
    setup = setup if setup is not None else Setup()
    output = Path(output)
    if setup.asks_llm:
        setup = setup.spending(spent_file(output))
        workers, shard_rows = 1, _BATCH_ROWS if setup.llm.batch else min(shard_rows, _ASKED_ROWS)
    if str(catalogue) == "-":
        raise CatalogError("a resumable run needs a file it can read again: save standard input to a file, or leave out -o")
    source = open_catalogue(catalogue, columns=columns)
    begun, own = time.monotonic(), dict(columns or {})
    output.parent.mkdir(parents=True, exist_ok=True)
    folder = run_folder(output)
    if restart and folder.exists():
        shutil.rmtree(folder)
    looked_at = {"input": _input_fingerprint(Path(catalogue)), "columns": own, "shard_rows": shard_rows}
    fingerprint = {"version": __version__, **looked_at, **setup.fingerprint()}
    done = read_summary(output)
    if done is not None and output.exists() and _finished_fingerprint(folder) == msgspec.json.encode(fingerprint):
        return msgspec.structs.replace(done, resumed=True, seconds=0.0)
    if done is not None:
        shutil.rmtree(folder)
    work = ShardWork(setup, source.columns)
    work.prepare(warm_up=not setup.asks_llm)  # before anything is written: what is missing, such as a key, leaves no begun run behind
    ledger = Ledger(folder, fingerprint=fingerprint)
    with ledger.open():
        if workers == 0:
            workers = 1 if (source.estimate_rows() or _SMALL_RUN_ROWS + 1) <= _SMALL_RUN_ROWS else core_count()
        shards = _chunks(_rows(source, setup), shard_rows)
        try:
            spent = _work_through(shards, work, ledger, workers=workers, progress=progress)
        except BudgetSpent as error:
            written = assemble(ledger, output, source, shard_rows=shard_rows)
            raise BudgetSpent(f"{error}: {written.products:,} products are in {output}; {_MORE_BUDGET}") from error
        written = assemble(ledger, output, source, shard_rows=shard_rows)
        seconds = time.monotonic() - begun
        summary = _summarise(ledger, written, source, setup, output, columns=own, seconds=seconds, spent=spent)
        replace_file(folder / "fingerprint.json", msgspec.json.encode(fingerprint))
        replace_file(folder / "summary.json", msgspec.json.encode(summary))
    shutil.rmtree(ledger.shards)
    return summary


def _work_through(
    shards: Iterable[list[RawRow | Repeat]], work: ShardWork, ledger: Ledger, *, workers: int, progress: Progress | None
) -> dict[str, dict[str, Any]]:
    """Do what is left of the work; gives what language models spent, by tagger."""
    try:
        run_shards(shards, work, ledger, workers=workers, progress=progress)
    finally:
        spent = work.close()
    return spent


def _finished_fingerprint(folder: Path) -> bytes:
    path = folder / "fingerprint.json"
    return path.read_bytes() if path.exists() else b""


def _rows(source: Catalogue, setup: Setup) -> Iterable[RawRow | Repeat]:
    """The rows to work on. Those of the same content are worked on once, unless a tagger of one's own may look at more than that."""
    identifiers = source.columns.of("id")
    if len(identifiers) != 1 or not set(setup.taggers) <= BUILTIN.keys():
        return source
    return find_repeats(source, identifiers[0])


def _summarise(
    ledger: Ledger,
    written: Assembled,
    source: Catalogue,
    setup: Setup,
    output: Path,
    *,
    columns: dict[str, str],
    seconds: float,
    spent: dict[str, dict[str, Any]],
) -> RunSummary:
    facts = ledger.done().values()
    return RunSummary(
        catalogue=str(Path(source.name).resolve()),
        output=str(output),
        rows=sum(shard["rows"] for shard in facts),
        products=written.products,
        rejects=sum(shard["rejects"] for shard in facts) + written.rejects,
        duplicates=written.duplicates,
        tags=dict(written.tags),
        columns=source.columns.rows(),
        taggers=list(setup.taggers),
        vocabulary=list(setup.vocabulary),
        column_map=columns,
        seconds=round(seconds, 3),
        version=__version__,
        resumed=ledger.resumed,
        llm=spent,
        promises={
            Path(spec).name: found
            for spec in setup.taggers
            if (found := read_guarantee(spec)) is not None and promise_holds(spec, setup.llm)
        },
    )


def tag_stream(
    catalogue: str | Path, *, setup: Setup | None = None, columns: Mapping[str, str] | None = None, tell: Tell | None = None
) -> Iterator[bytes | Reject]:
    """Tag a catalogue without an output file: lines as they come, rejects among them. Works on standard input (`-`). `tell` is told in the
    end what language models cost."""
    pipeline = (setup if setup is not None else Setup()).build()
    writer = LineWriter(pipeline.vocabulary)
    source = open_catalogue(catalogue, columns=columns)
    with billed(pipeline, tell):
        for batch in _chunks(_with_rows(source), BATCH_ROWS):
            good = [(row, result) for row, result in batch if isinstance(result, Cleaned)]
            yield from (result for _, result in batch if isinstance(result, Reject))
            for (row, result), tags in zip(good, pipeline.tag([result.product for _, result in good]), strict=True):
                if isinstance(tags, Unanswered):
                    yield unanswered(row, tags)
                else:
                    yield writer.line(result.product, tags, changed=result.changed)


def _with_rows(source: Catalogue) -> Iterator[tuple[RawRow, Cleaned | Reject]]:
    """Each row with what becomes of it."""
    read: list[RawRow] = []

    def remembered() -> Iterator[RawRow]:
        for row in source:
            read.append(row)
            yield row

    for result in clean_rows(remembered(), columns=source.columns):
        yield read.pop(), result


def tag_products(products: Iterable[Product | Mapping[str, Any]] | str | Path, *, setup: Setup | None = None) -> list[list[Tag]]:
    """The tags of products and records, or of the usable rows of a catalogue, in order."""
    pipeline = (setup if setup is not None else Setup()).build()
    if isinstance(products, str | Path):
        known = (result.product for result in clean_rows(open_catalogue(products)) if isinstance(result, Cleaned))
    else:
        known = (_as_product(item, number) for number, item in enumerate(products, 1))
    with billed(pipeline, None):
        return [tags for _, tags in pipeline.pipe(known)]


def _as_product(item: Product | Mapping[str, Any], number: int) -> Product:
    """A product as it is; a record (a dict by column name) cleaned as a row of a file would be. One without text gets no tags."""
    if isinstance(item, Product):
        return item
    if not isinstance(item, Mapping):
        raise HangtagError(f"item {number} is a {type(item).__name__}: give products, or dicts such as {{'title': 'Red cotton dress'}}")
    result = clean_record(item, map_columns(tuple(item)), number=number)
    return result.product if isinstance(result, Cleaned) else Product(id=f"row-{number}", fields={})


def _chunks(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    stream = iter(items)
    while chunk := list(islice(stream, size)):
        yield chunk


def _input_fingerprint(path: Path) -> dict[str, Any]:
    """Size and a hash of both ends: enough to notice another file, cheap on a large one."""
    if not path.is_file():
        return {"name": str(path)}
    size = path.stat().st_size
    digest = hashlib.sha256()
    with path.open("rb") as file:
        digest.update(file.read(_HASHED_BYTES))
        file.seek(max(0, size - _HASHED_BYTES))
        digest.update(file.read(_HASHED_BYTES))
    return {"size": size, "ends": digest.hexdigest()[:16], "modified_ns": path.stat().st_mtime_ns}
