"""Labelled products made from labelled products: the same title with another value in it (mention replacement, Dai & Adel, COLING 2020)."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

from hangtag.learn.examples import Labelled
from hangtag.text.words import is_whole_word

__all__ = ["ValuePool", "with_text"]

Spans = Mapping[str, Sequence[tuple[str, int, int]]]


class ValuePool:
    """The values labelled products say of each attribute, by category where there is one, to put one in another's place."""

    def __init__(self, labelled: Sequence[Labelled]) -> None:
        said: dict[tuple[str, str | None], dict[str, None]] = {}
        for example, _ in labelled:
            texts = "\n".join(example.product.fields.values())
            for attribute, values in example.gold.items():
                for value in values:
                    if value and value in texts:
                        said.setdefault((attribute, example.product.category), {})[value] = None
        self._values = {key: list(values) for key, values in said.items()}

    def vary(self, labelled: Labelled, chance: random.Random) -> Labelled:
        """The product with one of its values replaced, in text and gold, by another of that attribute and category; itself where none
        stands once, as words of its own, apart from all other values."""
        said = [(name, number) for name, values in labelled.example.gold.items() for number in range(len(values))]
        chance.shuffle(said)
        for attribute, number in said:
            pool = self._values.get((attribute, labelled.example.product.category), ())
            place = _only_place(labelled, attribute, number)
            if place is None or len(pool) < 2:
                continue
            other = chance.choice(pool)
            if other not in labelled.example.gold[attribute]:
                return _replaced(labelled, attribute, number, place, other)
        return labelled


def _only_place(labelled: Labelled, attribute: str, number: int) -> tuple[str, int, int] | None:
    """Where a value stands, if it stands in one place and no other value meets it there."""
    (example, spans), value = labelled, labelled.example.gold[attribute][number]
    fields = [(name, text) for name, text in example.product.fields.items() if value and value in text]
    if len(fields) != 1 or fields[0][1].count(value) != 1:
        return None
    name, text = fields[0]
    start = text.index(value)
    end = start + len(value)
    if not is_whole_word(text, start, end) or (name, start, end) not in spans.get(attribute, ((name, start, end),)):
        return None
    others = [other for key, values in example.gold.items() for place, other in enumerate(values) if (key, place) != (attribute, number)]
    if any(other in value or value in other or _meet(text, other, start, end) for other in others if other):
        return None
    return name, start, end


def _meet(text: str, other: str, start: int, end: int) -> bool:
    return other in text[max(0, start - len(other) + 1) : end + len(other) - 1]


def _replaced(labelled: Labelled, attribute: str, number: int, place: tuple[str, int, int], value: str) -> Labelled:
    varied = with_text(labelled, place, value)
    values = labelled.example.gold[attribute]
    gold = {**labelled.example.gold, attribute: (*values[:number], value, *values[number + 1 :])}
    return varied._replace(example=replace(varied.example, gold=gold))


def with_text(labelled: Labelled, place: tuple[str, int, int], text: str) -> Labelled:
    """The product with another text at a place (field, start, end); spans move along."""
    (example, spans), (field, start, end) = labelled, place
    whole = example.product.fields[field]
    longer = len(text) - (end - start)

    def moved(span: tuple[str, int, int]) -> tuple[str, int, int]:
        name, first, last = span
        if name != field or last <= start:
            return span
        return (name, first + longer * (first > start), last + longer)

    fields = {**example.product.fields, field: whole[:start] + text + whole[end:]}
    varied = replace(example, product=replace(example.product, fields=fields))
    return Labelled(varied, {name: tuple(map(moved, places)) for name, places in spans.items()})
