"""From the data to the page: one HTML file that needs nothing else and trusts nothing in the data.

The data stands in the page as JSON with every character escaped that could end the script element; the script builds the page from it
with text nodes only. The content security policy allows exactly the page's own script and style, by hash, and no request to anywhere.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from hangtag.errors import InputError
from hangtag.report.data import ReportProduct, ReportReject, RunFacts
from hangtag.report.sample import Reservoir
from hangtag.report.totals import RejectTotals, Totals, confidence_of, is_exact, short

__all__ = ["Report", "build_report", "render_report", "to_script_json", "write_report"]

SCRIPTS = ("core.js", "evidence.js", "promises.js", "charts.js", "cards.js", "browse.js", "page.js")
SHOWN_CHARACTERS = 8_000
UNSAFE = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report before it is drawn: JSON-ready `totals` over all products, the sampled `products`, the `rejects` and the run's `facts`."""

    totals: Mapping[str, Any]
    products: list[dict[str, Any]]
    rejects: Mapping[str, Any]
    facts: RunFacts
    seed: int


def build_report(
    products: Iterable[ReportProduct],
    *,
    rejects: Iterable[ReportReject] = (),
    facts: RunFacts | None = None,
    sample: int = 500,
    seed: int = 0,
) -> Report:
    """Read `products` once; count all of them and keep `sample` of them at random (see `Reservoir`). Raises `InputError`."""
    if sample < 0:
        raise InputError(f"sample = {sample}: the number of products shown cannot be negative; give 0 for totals only")
    totals = Totals()
    reservoir: Reservoir[ReportProduct] = Reservoir(sample, seed=seed)
    for product in products:
        totals.add(product)
        reservoir.add(product)
    return Report(
        totals=totals.as_dict(),
        products=[_product(product) for product in reservoir.items()],
        rejects=RejectTotals(rejects).as_dict(),
        facts=facts or RunFacts(),
        seed=seed,
    )


def _product(product: ReportProduct) -> dict[str, Any]:
    """The product as the page wants it. Texts are cut at `SHOWN_CHARACTERS`, which the page says."""
    return {
        "id": product.id,
        "language": product.language,
        "category": product.category,
        "duplicate_of": product.duplicate_of,
        "texts": [[name, text[:SHOWN_CHARACTERS], len(text)] for name, text in product.texts.items() if text],
        "tags": [_tag(tag, product) for tag in product.tags],
    }


def _tag(tag: Mapping[str, Any], product: ReportProduct) -> dict[str, Any]:
    label = tag.get("label")
    return {
        "attribute": str(tag.get("attribute")),
        "value": str(tag.get("value")),
        "label": {str(key): str(name) for key, name in label.items()} if isinstance(label, Mapping) else {},
        "confidence": confidence_of(tag),
        "status": str(tag.get("status", "proposed")),
        "source": str(tag.get("source") or ""),
        "evidence": [_evidence(item, product) for item in tag.get("evidence") or ()],
    }


def _evidence(item: Mapping[str, Any], product: ReportProduct) -> dict[str, Any]:
    """One of the page's four kinds. A span whose quote is not where it says is marked inexact and is never drawn into the text."""
    if "field" in item:
        span = {"kind": "text", "field": str(item["field"]), "quote": str(item.get("quote", ""))}
        if not is_exact(item, product.texts):
            return {**span, "exact": False}
        return {**span, "start": item["start"], "end": item["end"], "exact": True}
    if "inference" in item:
        return {"kind": "inference", "method": str(item["inference"]), "reason": short(item.get("reason") or "", 600)}
    for kind in ("image", "audio"):
        if kind in item:
            where = ", ".join(f"{key} {value}" for key, value in item.items() if key != kind)
            return {"kind": kind, "index": str(item[kind]), "where": short(where, 200)}
    return {"kind": "inference", "method": "?", "reason": short(json.dumps(dict(item), ensure_ascii=False, default=str), 200)}


def to_script_json(data: object) -> str:
    """JSON that may stand inside a script element: no `<`, `>`, `&`, U+2028 or U+2029 remains unescaped. Raises on NaN and infinity."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False).translate(UNSAFE)
    # A lone surrogate is no character and cannot be encoded; one "?" for one code point keeps every offset true.
    return text.encode("utf-8", "replace").decode("utf-8")


def _asset(name: str) -> str:
    return files("hangtag.report").joinpath("assets", name).read_text(encoding="utf-8")


def _hash(source: str) -> str:
    """The source expression of the Content Security Policy (W3C, level 2) for this inline script or style."""
    return "'sha256-" + base64.b64encode(hashlib.sha256(source.encode("utf-8")).digest()).decode("ascii") + "'"


def _facts(facts: RunFacts, products: int) -> dict[str, Any]:
    return {
        "catalogue": facts.catalogue,
        "created_at": facts.created_at,
        "version": facts.version,
        "seconds": facts.seconds,
        "products_per_s": products / facts.seconds if facts.seconds else None,
        "taggers": [str(name) for name in facts.taggers],
        "attributes": {str(key): dict(names) for key, names in facts.attributes.items()},
        "columns": {str(key): str(column) for key, column in facts.columns.items()},
        "details": {str(key): str(value) for key, value in facts.details.items()},
        "promises": [asdict(promise) for promise in facts.promises],
    }


def render_report(report: Report) -> str:
    """The page as one string of HTML."""
    from jinja2 import Environment  # not needed to count, and slow to import
    from markupsafe import Markup

    script = "(() => {\n'use strict';\n" + "\n".join(_asset(name) for name in SCRIPTS) + "\n})();"
    style = _asset("report.css")
    data = {
        "totals": report.totals,
        "products": report.products,
        "rejects": report.rejects,
        "facts": _facts(report.facts, report.totals["products"]),
        "seed": report.seed,
        "messages": json.loads(_asset("messages.json")),
    }
    environment = Environment(autoescape=True)
    return environment.from_string(_asset("report.html.j2")).render(
        title=report.facts.catalogue,
        totals=report.totals,
        script=Markup(script),
        style=Markup(style),
        data=Markup(to_script_json(data)),
        script_hash=_hash(script),
        style_hash=_hash(style),
    )


def write_report(
    out_path: str | os.PathLike[str],
    products: Iterable[ReportProduct],
    *,
    rejects: Iterable[ReportReject] = (),
    facts: RunFacts | None = None,
    sample: int = 500,
    seed: int = 0,
) -> Report:
    """Build and write the page to `out_path`, whole or not at all; return what it shows. Raises `InputError` where it cannot be written."""
    path = Path(out_path)
    if not path.parent.is_dir():
        raise InputError(f"{path}: there is no folder {path.parent}; make it, or write the report elsewhere")
    report = build_report(products, rejects=rejects, facts=facts, sample=sample, seed=seed)
    page = render_report(report).encode("utf-8", "replace")
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=".report-", suffix=".html", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(page)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise InputError(f"{path}: the report cannot be written ({error.strerror}); choose another place with -o") from error
    return report
