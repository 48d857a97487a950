"""The report of a finished run: its tags, joined with the catalogue's texts again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from hangtag.catalog.clean import Cleaned, clean_rows
from hangtag.catalog.read import open_catalogue
from hangtag.errors import InputError
from hangtag.jobs.assemble import rejects_path
from hangtag.jobs.setup import Setup
from hangtag.jobs.tag import RunSummary, read_summary
from hangtag.model import ATTRIBUTE_FIELD, Product
from hangtag.report import ReportProduct, ReportReject, RunFacts, TaggerCurve, TaggerPromise, write_report
from hangtag.taggers.confidence import NEVER

__all__ = ["report_run"]


def report_run(tags: str | Path, output: str | Path, *, catalogue: str | Path | None = None, sample: int = 500, seed: int = 0) -> int:
    """Write the HTML report of the run that wrote `tags`; the number of products it covers.

    The catalogue's place is known from the run; `catalogue` says where it is now if it was moved. Raises `InputError` where tags and
    catalogue do not belong together.
    """
    tags = Path(tags)
    if not tags.is_file():
        raise InputError(f"{tags}: there is no such tags file; make one with: hangtag tag CATALOGUE -o {tags}")
    summary = read_summary(tags)
    source = catalogue if catalogue is not None else (summary.catalogue if summary else None)
    if source is None:
        raise InputError(f"{tags}: nothing here tells which catalogue it was made from; name it with --catalogue")
    facts = _facts(summary, str(source))
    products = _products(tags, source, summary.column_map if summary else {})
    rejects = _rejects(rejects_path(tags))
    report = write_report(output, products, rejects=rejects, facts=facts, sample=sample, seed=seed)
    return int(report.totals["products"])


def _facts(summary: RunSummary | None, catalogue: str) -> RunFacts:
    vocabulary = Setup(vocabulary=tuple(summary.vocabulary) if summary else ()).load_vocabulary()
    names: dict[str, Mapping[str, str]] = {attribute.id: attribute.names for attribute in vocabulary.attributes.values()}
    names["category"] = {"en": "Category", "zh": "类目"}
    names["keyword"] = {"en": "Keyword", "zh": "关键词"}
    names["phrase"] = {"en": "Phrase", "zh": "短语"}
    created = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    if summary is None:
        return RunFacts(catalogue=Path(catalogue).name, created_at=created, attributes=names)
    return RunFacts(
        catalogue=Path(catalogue).name,
        created_at=created,
        version=summary.version,
        seconds=summary.seconds,
        taggers=summary.taggers,
        attributes=names,
        columns={column: role for column, role, _ in summary.columns},
        promises=[_promise(name, found) for name, found in summary.promises.items()],
        details={"vocabulary": ", ".join(Path(path).name for path in summary.vocabulary) or "starter"},
    )


def _promise(tagger: str, found: Mapping[str, Any]) -> TaggerPromise:
    """What a model's folder holds (see `calibrate_model`), for the page."""
    overall, each = found["overall"], found["by_attribute"].values()
    kept = sum(one["threshold"] < NEVER for one in each)
    kinds = ("before",) if found["method"] == "none" else ("before", "after")
    curves = [
        TaggerCurve(kind=kind, error=found[kind]["error"], points=[(x, 1 - risk) for x, risk in found[kind]["risk_coverage"]])
        for kind in kinds
    ]
    return TaggerPromise(
        tagger=tagger,
        precision=found["precision"],
        confidence=found["confidence"],
        judged=overall["judged"],
        threshold=overall["threshold"] if overall["threshold"] < NEVER else None,
        share=overall["share"],
        attributes=(kept, len(each)) if found["each"] else None,
        curves=curves,
    )


def _products(tags: Path, catalogue: str | Path, columns: Mapping[str, str]) -> Iterator[ReportProduct]:
    """The lines of the tags file, each with its product: both are in the catalogue's order."""
    source = open_catalogue(catalogue, columns=columns)
    cleaned = (result.product for result in clean_rows(source) if isinstance(result, Cleaned))
    with tags.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            record = _decode(line, tags, number)
            product = next((product for product in cleaned if product.id == record["id"]), None)
            if product is None:
                raise InputError(
                    f"{tags}, line {number}: the product '{record['id']}' is not in {catalogue} at that place; "
                    "name the catalogue the tags were made from with --catalogue"
                )
            yield ReportProduct(
                id=product.id,
                texts=_texts(product),
                language=product.language,
                category=product.category,
                tags=record["tags"],
                duplicate_of=record.get("duplicate_of"),
            )


def _decode(line: bytes, tags: Path, number: int) -> dict[str, Any]:
    try:
        record = msgspec.json.decode(line)
    except msgspec.DecodeError as error:
        raise InputError(f"{tags}, line {number}: not JSON ({error}); the file was cut or changed") from error
    if not isinstance(record, dict) or not isinstance(record.get("tags"), list) or "id" not in record:
        raise InputError(f"{tags}, line {number}: no line of a tags file; it needs id and tags")
    return record


def _texts(product: Product) -> dict[str, str]:
    texts = dict(product.fields)
    if product.category:
        texts["category"] = product.category
    texts.update({ATTRIBUTE_FIELD + name: value for name, value in product.attributes.items()})
    return texts


def _rejects(path: Path) -> Iterator[ReportReject]:
    if not path.is_file():
        return
    with path.open("rb") as lines:
        for line in lines:
            record = msgspec.json.decode(line)
            yield ReportReject(row=record["row"], reason=record["reason"], cure=record.get("cure", ""), raw=record.get("raw", ""))
