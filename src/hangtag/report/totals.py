"""Counts over the whole run, in one pass and bounded memory."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hangtag.report.data import ReportProduct, ReportReject

__all__ = ["BINS", "RejectTotals", "Totals", "confidence_of", "is_exact", "short"]

BINS = 20
TOP_VALUES = 12
TOP_CATEGORIES = 60
SHOWN_DUPLICATES = 200
SHOWN_REJECTS = 200
SHOWN_REASONS = 50
MAX_DISTINCT = 100_000
RAW_CHARACTERS = 300

PUBLISHED = frozenset({"auto", "accepted"})
SERIES = {"auto": 0, "accepted": 0, "review": 1}  # everything else, a bare proposal, is series 2


def confidence_of(tag: Mapping[str, Any]) -> float | None:
    """The tag's confidence in [0, 1], or None where it is missing or no such number."""
    value = tag.get("confidence")
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or not 0 <= value <= 1:
        return None
    return float(value)


def is_exact(span: Mapping[str, Any], texts: Mapping[str, str]) -> bool:
    """Whether the span's quote stands exactly where it says, counted in code points."""
    start, end, text = span.get("start"), span.get("end"), texts.get(str(span.get("field")))
    if text is None or not isinstance(start, int) or not isinstance(end, int) or not 0 <= start < end <= len(text):
        return False
    return text[start:end] == span.get("quote")


def short(value: object, limit: int = RAW_CHARACTERS) -> str:
    """`value` as text of at most `limit` characters."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= limit else text[: limit - 1] + "…"


class _Frequent:
    """Counts labelled values. Beyond `MAX_DISTINCT` the rarest are forgotten and `approximate` says so (lossy counting)."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.labels: dict[str, Mapping[str, str]] = {}
        self.approximate = False

    def add(self, value: str, label: object) -> None:
        if value not in self.counts and isinstance(label, Mapping):
            self.labels[value] = {str(language): str(name) for language, name in label.items()}
        self.counts[value] += 1
        if len(self.counts) > MAX_DISTINCT:
            self._forget()

    def _forget(self) -> None:
        kept = self.counts.most_common(MAX_DISTINCT // 2)
        self.counts = Counter(dict(kept))
        self.labels = {value: label for value, label in self.labels.items() if value in self.counts}
        self.approximate = True

    def top(self, limit: int) -> list[dict[str, Any]]:
        ranked = sorted(self.counts.items(), key=lambda entry: (-entry[1], entry[0]))[:limit]
        return [{"value": value, "label": self.labels.get(value, {}), "products": count} for value, count in ranked]


@dataclass(slots=True)
class _AttributeTotals:
    products: int = 0
    published_products: int = 0
    tags: int = 0
    histogram: list[list[int]] = field(default_factory=lambda: [[0] * BINS for _ in range(3)])
    values: _Frequent = field(default_factory=_Frequent)

    def as_dict(self, attribute: str) -> dict[str, Any]:
        return {
            "id": attribute,
            "products": self.products,
            "published_products": self.published_products,
            "tags": self.tags,
            "histogram": self.histogram,
            "values": self.values.top(TOP_VALUES),
            "distinct": len(self.values.counts),
            "approximate": self.values.approximate,
        }


class Totals:
    """Feed it every product with `add`; `as_dict` is what the page shows. Tags of status "rejected" count only under `statuses`."""

    def __init__(self) -> None:
        self.products = 0
        self.inexact_spans = 0
        self._duplicates: list[dict[str, Any]] = []
        self._count: Counter[str] = Counter()
        self._statuses: Counter[str] = Counter()
        self._languages: Counter[str] = Counter()
        self._sources: Counter[str] = Counter()
        self._evidence: Counter[str] = Counter()
        self._decisions: Counter[str] = Counter({"published": 0, "review": 0, "untagged": 0})
        self._attributes: dict[str, _AttributeTotals] = {}

    def add(self, product: ReportProduct) -> None:
        """Count one product."""
        self.products += 1
        self._languages[product.language] += 1
        seen: dict[str, bool] = {}
        values: set[tuple[str, str]] = set()
        live: list[str] = []
        for tag in product.tags:
            status = str(tag.get("status", "proposed"))
            self._statuses[status] += 1
            if status == "rejected":
                continue
            live.append(status)
            attribute, value = str(tag.get("attribute")), str(tag.get("value"))
            seen[attribute] = seen.get(attribute, False) or status in PUBLISHED
            self._add_tag(tag, attribute, status, product)
            if (attribute, value) not in values:
                values.add((attribute, value))
                self._attributes[attribute].values.add(value, tag.get("label"))
        for attribute, published in seen.items():
            self._attributes[attribute].products += 1
            self._attributes[attribute].published_products += published
        self._decide(live)
        if product.duplicate_of is not None:
            self._add_duplicate(product)

    def _add_tag(self, tag: Mapping[str, Any], attribute: str, status: str, product: ReportProduct) -> None:
        totals = self._attributes.setdefault(attribute, _AttributeTotals())
        totals.tags += 1
        self._count["tags"] += 1
        self._sources[str(tag.get("source") or "")] += 1
        confidence = confidence_of(tag)
        if confidence is None:
            self._count["no_confidence"] += 1
        else:
            totals.histogram[SERIES.get(status, 2)][min(BINS - 1, int(confidence * BINS))] += 1
        self._evidence[self._kind(tag, product)] += 1

    def _kind(self, tag: Mapping[str, Any], product: ReportProduct) -> str:
        """How well the tag is grounded: "text", "media", "inference", or "none" where nothing, or nothing true, is given."""
        found = "none"
        for item in tag.get("evidence") or ():
            if "field" in item:
                if is_exact(item, product.texts):
                    found = "text"
                else:
                    self.inexact_spans += 1
            elif found == "none":
                found = "inference" if "inference" in item else "media"
        return found

    def _decide(self, statuses: list[str]) -> None:
        if not statuses:
            self._decisions["untagged"] += 1
        elif all(status in PUBLISHED for status in statuses):
            self._decisions["published"] += 1
        else:
            self._decisions["review"] += 1

    def _add_duplicate(self, product: ReportProduct) -> None:
        self._count["duplicates"] += 1
        if len(self._duplicates) < SHOWN_DUPLICATES:
            title = next(iter(product.texts.values()), "")
            self._duplicates.append({"id": product.id, "title": short(title, 160), "of": product.duplicate_of})

    def as_dict(self) -> dict[str, Any]:
        """The totals as JSON-ready data; attributes come most frequent first."""
        ranked = sorted(self._attributes.items(), key=lambda entry: -entry[1].products)
        category = self._attributes.get("category", _AttributeTotals())
        return {
            "products": self.products,
            "tags": self._count["tags"],
            "no_confidence": self._count["no_confidence"],
            "statuses": dict(self._statuses.most_common()),
            "decisions": dict(self._decisions),
            "languages": dict(self._languages.most_common()),
            "sources": dict(self._sources.most_common(30)),
            "evidence": {kind: self._evidence[kind] for kind in ("text", "media", "inference", "none")},
            "inexact_spans": self.inexact_spans,
            "attributes": [totals.as_dict(attribute) for attribute, totals in ranked],
            "categories": category.values.top(TOP_CATEGORIES),
            "category_products": category.products,
            "duplicates": {"count": self._count["duplicates"], "first": self._duplicates},
        }


class RejectTotals:
    """Rows that could not be used, grouped by reason; the first `SHOWN_REJECTS` are kept, all are counted."""

    def __init__(self, rejects: Iterable[ReportReject]) -> None:
        self.count = 0
        self._reasons: Counter[str] = Counter()
        self._cures: dict[str, str] = {}
        self._shown: dict[str, list[dict[str, Any]]] = {}
        for reject in rejects:
            if self.count < SHOWN_REJECTS:
                self._shown.setdefault(reject.reason, []).append({"row": reject.row, "raw": short(reject.raw)})
            self.count += 1
            self._reasons[reject.reason] += 1
            self._cures.setdefault(reject.reason, reject.cure)

    def as_dict(self) -> dict[str, Any]:
        """The rejects as JSON-ready data, the commonest reason first; reasons past `SHOWN_REASONS` are only counted."""
        groups = [
            {"reason": reason, "cure": self._cures[reason], "count": count, "rows": self._shown.get(reason, [])}
            for reason, count in self._reasons.most_common(SHOWN_REASONS)
        ]
        return {"count": self.count, "reasons": len(self._reasons), "groups": groups}
