"""Labelled products from gold files, cleaned as a catalogue's rows are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from hangtag.catalog.clean import clean_row
from hangtag.catalog.columns import map_columns
from hangtag.catalog.rows import RawRow, Reject
from hangtag.errors import GoldError
from hangtag.evaluate import GoldRecord, read_gold
from hangtag.model import Example, Product

__all__ = ["gold_products", "read_examples"]


def gold_products(records: Sequence[GoldRecord], name: str) -> list[Product]:
    """The records as products, cleaned as a catalogue's rows are; raises `GoldError` for one without text."""
    columns = map_columns(dict.fromkeys(key for record in records for key in record.record), name=name)
    products = []
    for record in records:
        row = RawRow(number=record.line, line=record.line, raw=record.record, record={**record.record, "id": record.id})
        result = clean_row(row, columns)
        if isinstance(result, Reject):
            raise GoldError(f"{name}, line {record.line}: {result.reason}; {result.cure}")
        products.append(result.product)
    return products


def read_examples(paths: Iterable[str | Path]) -> list[Example]:
    """The products of several gold files, each once: the label in the later file counts, as a correction does."""
    examples: dict[str, Example] = {}
    for path in paths:
        records = list(read_gold(path))
        for record, product in zip(records, gold_products(records, str(path)), strict=True):
            gold = {name: tuple(values) for name, values in record.gold.items()}
            examples[product.id] = Example(product=product, gold=gold)
    return list(examples.values())
