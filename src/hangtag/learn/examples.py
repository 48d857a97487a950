"""From gold to what a network learns: for each judged attribute the places where its values stand, or the value, or that there is none."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hangtag.evaluate.gold import GoldRecord
from hangtag.model import Example, Product
from hangtag.taggers.layout import Layout

__all__ = ["Labelled", "Target", "find_value", "label", "targets_of"]

_WORD = re.compile(r"[^\W_]", re.UNICODE)


class Labelled(NamedTuple):
    """A product with its gold, and where labellers read the values: (field, start, end) by attribute."""

    example: Example
    spans: Mapping[str, Sequence[tuple[str, int, int]]]


@dataclass(frozen=True, slots=True)
class Target:
    """What an attribute's answer is: `places` in the layout's text, or known `values` that stand nowhere; neither means none."""

    places: tuple[tuple[int, int], ...] = ()
    values: tuple[str, ...] = ()


def label(record: GoldRecord, product: Product) -> Labelled:
    """A labelled product to learn from. Spans count that lie in texts cleaning left as they were."""
    spans: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
    for span in record.spans:
        if product.fields.get(span.field) == record.record.get(span.field):
            spans[span.attribute].append((span.field, span.start, span.end))
    return Labelled(Example(product=product, gold=record.gold), {name: tuple(places) for name, places in spans.items()})


def targets_of(
    gold: Mapping[str, Sequence[str]], spans: Mapping[str, Sequence[tuple[str, int, int]]], layout: Layout
) -> Iterator[tuple[str, Target]]:
    """(attribute, target) for every judged attribute. A value is sought in the text unless its spans are given."""
    for attribute, values in gold.items():
        given = [layout.place(*span) for span in spans.get(attribute, ())]
        places = [place for place in given if place is not None]
        unsaid = []
        for value in values if not places else ():
            found = find_value(layout, value)
            places += found
            if not found:
                unsaid.append(value)
        yield attribute, Target(tuple(sorted(set(places))), tuple(unsaid))


def find_value(layout: Layout, value: str) -> list[tuple[int, int]]:
    """Where a value stands in the text as words of its own: exactly as written, else whatever the case. Category paths are no evidence."""
    if not value:
        return []
    begin = layout.starts[1] if layout.fields[:1] == ("category",) and len(layout.starts) > 1 else 0
    for text, sought in ((layout.text, value), (layout.text.lower(), value.lower())):
        if len(text) != len(layout.text):
            break
        found = [match.span() for match in re.finditer(re.escape(sought), text) if match.start() >= begin]
        whole = [(start, end) for start, end in found if _is_whole(text, start, end)]
        if whole or found:
            return whole or found
    return []


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether no Latin word or number goes on beyond the borders."""

    def glued(left: str, right: str) -> bool:
        return left.isascii() and right.isascii() and bool(_WORD.match(left)) and bool(_WORD.match(right))

    return not (start and glued(text[start - 1], text[start])) and not (end < len(text) and glued(text[end - 1], text[end]))
