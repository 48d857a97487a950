"""What leaves the catalogue room: rejected rows as JSON lines, and tags as a table for spreadsheets.

A cell that a spreadsheet would take for a formula gets a leading apostrophe (OWASP, "CSV Injection"): a product title is data, whatever it
begins with.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from hangtag.catalog.rows import Reject

__all__ = ["CSV_COLUMNS", "csv_lines", "neutral_cell", "reject_line"]

CSV_COLUMNS = ("id", "attribute", "value", "label_en", "label_zh", "confidence", "status", "source", "field", "quote")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_ENCODER = msgspec.json.Encoder(enc_hook=str)


def reject_line(reject: Reject) -> bytes:
    """A reject as one JSON line: `row`, `line` where known, `reason`, `cure` and the whole `raw` row."""
    record: dict[str, Any] = {"row": reject.row}
    if reject.line is not None:
        record["line"] = reject.line
    raw = reject.raw if isinstance(reject.raw, str) else dict(reject.raw)
    record |= {"reason": reject.reason, "cure": reject.cure, "raw": raw}
    try:
        return _ENCODER.encode(record) + b"\n"
    except (UnicodeEncodeError, TypeError, ValueError, OverflowError, RecursionError):
        return _plain_line(record)


def csv_lines(records: Iterable[Mapping[str, Any]], *, statuses: Sequence[str] | None = None) -> Iterator[str]:
    """Lines of the tags file (decoded) as CSV: a header, then a row for each tag; `statuses` limits which.

    Columns are `CSV_COLUMNS`; `field` and `quote` are those of the first textual evidence. Lines end in CRLF, as RFC 4180 has it.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(CSV_COLUMNS)
    for record in records:
        for tag in record["tags"]:
            if statuses is None or tag.get("status") in statuses:
                writer.writerow([neutral_cell(cell) for cell in _cells(record["id"], tag)])
        if buffer.tell():
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    if buffer.tell():
        yield buffer.getvalue()


def neutral_cell(value: Any) -> str:
    """A cell no spreadsheet runs: text that could begin a formula gets an apostrophe in front; numbers stay numbers."""
    if isinstance(value, int | float):
        return str(value)
    text = str(value).replace("\x00", "")
    return "'" + text if text.lstrip(" \u00a0\u3000\ufeff").startswith(_FORMULA_STARTS) or text.startswith(_FORMULA_STARTS) else text


def _cells(product_id: str, tag: Mapping[str, Any]) -> list[Any]:
    label = tag.get("label") or {}
    evidence: Mapping[str, Any] = next((item for item in tag.get("evidence", ()) if "quote" in item), {})
    return [
        product_id,
        tag["attribute"],
        tag["value"],
        label.get("en", ""),
        label.get("zh", ""),
        tag.get("confidence", ""),
        tag.get("status", ""),
        tag.get("source", ""),
        evidence.get("field", ""),
        evidence.get("quote", ""),
    ]


def _plain_line(record: Mapping[str, Any]) -> bytes:
    """The record in ASCII, for rows with halves of surrogate pairs, numbers beyond 64 bits or values JSON has no word for."""
    try:
        text = json.dumps(record, default=str)
    except (TypeError, ValueError, RecursionError):
        text = json.dumps({**record, "raw": ascii(record["raw"])})
    return text.encode("ascii") + b"\n"
