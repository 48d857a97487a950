"""Labelled products from gold files, cleaned as a catalogue's rows are; and whether there is anything to learn from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from hangtag.catalog.clean import clean_row
from hangtag.catalog.columns import ColumnMap, map_columns
from hangtag.catalog.rows import RawRow, Reject
from hangtag.errors import GoldError
from hangtag.evaluate import GoldRecord, read_gold
from hangtag.learn.examples import Labelled
from hangtag.model import Example, Product

__all__ = ["gold_fields", "gold_products", "learns_from_gold", "read_examples"]

_NAMED = 3
P = ParamSpec("P")
R = TypeVar("R")


def gold_products(records: Sequence[GoldRecord], name: str) -> list[Product]:
    """The records as products, cleaned as a catalogue's rows are; raises `GoldError` for one without text."""
    columns = _columns(records, name)
    products = []
    for record in records:
        row = RawRow(number=record.line, line=record.line, raw=record.record, record={**record.record, "id": record.id})
        result = clean_row(row, columns)
        if isinstance(result, Reject):
            raise GoldError(f"{name}, line {record.line}: {result.reason}; {result.cure}")
        products.append(result.product)
    return products


def gold_fields(records: Sequence[GoldRecord], name: str) -> dict[str, str]:
    """What the columns of titles and descriptions are called in products."""
    return {column: role for column, role in _columns(records, name).roles.items() if role in ("title", "description")}


def _columns(records: Sequence[GoldRecord], name: str) -> ColumnMap:
    return map_columns(dict.fromkeys(key for record in records for key in record.record), name=name)


def read_examples(paths: Iterable[str | Path]) -> list[Example]:
    """The products of several gold files, each once: the label in the later file counts, as a correction does."""
    examples: dict[str, Example] = {}
    for path in paths:
        records = list(read_gold(path))
        for record, product in zip(records, gold_products(records, str(path)), strict=True):
            gold = {name: tuple(values) for name, values in record.gold.items()}
            examples[product.id] = Example(product=product, gold=gold)
    return list(examples.values())


def learns_from_gold(learn: Callable[Concatenate[Sequence[Labelled], P], R]) -> Callable[Concatenate[Sequence[Labelled], P], R]:
    """`learn`, made to refuse labels in which nothing varies, whatever kind it trains.

    Its `GoldError`s begin with the files that its `card` names: what learns knows the labels, not where they were read.
    """

    @wraps(learn)
    def checked(learned: Sequence[Labelled], /, *args: P.args, **kwargs: P.kwargs) -> R:
        also: Any = kwargs.get("also", ())
        card: Any = kwargs.get("card") or {}
        files = " and ".join(str(card[name]) for name in ("gold", "catalogue") if card.get(name))
        try:
            _check_varied(learned, also)
            return learn(learned, *args, **kwargs)
        except GoldError as error:
            if not files or str(error).startswith("--"):  # an option's error: no file is to blame
                raise
            raise GoldError(f"{files}: {error}") from error

    return checked


def _check_varied(learned: Sequence[Labelled], also: Sequence[Labelled]) -> None:
    """Raises `GoldError` where each attribute has one and the same value wherever it is judged; no value at all is for others to find."""
    said: dict[str, set[frozenset[str]]] = {}
    for example, _ in learned:
        for name, values in example.gold.items():
            said.setdefault(name, set()).add(frozenset(values))
    for example, _ in also:  # only what is asked for in `learned` is learned
        for name in said.keys() & example.gold.keys():
            said[name].add(frozenset(example.gold[name]))
    same = {name: sorted(values) for name, (values, *others) in said.items() if values and not others}
    if not same or any(len(answers) > 1 for answers in said.values()):
        return
    shown = [f"{name} {', '.join(map(repr, values))}" for name, values in same.items()]
    facts = "; ".join(shown[:_NAMED]) + (f"; and {len(shown) - _NAMED} more" if len(shown) > _NAMED else "")
    raise GoldError(
        f"nothing varies in what is judged ({facts}; labelled products: {len(learned)}), so there is nothing to tell apart: "
        f"add products with other values of '{next(iter(same))}', and such as were judged to have none"
    )
