"""From gold to what a network learns: for each judged attribute the places where its values stand, or the value, or that there is none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rapidfuzz.distance import Indel, MatchingBlock

from hangtag.evaluate.gold import GoldRecord
from hangtag.model import Example, Product
from hangtag.taggers.house_style import HouseStyle
from hangtag.taggers.layout import Layout, lay_out
from hangtag.text.words import is_whole_word, word_places

__all__ = ["Labelled", "Target", "find_value", "label", "targets_of", "unsaid_values"]

_LONGEST_ALIGNED = 20_000  # aligning takes a bit for each pair of characters


class Labelled(NamedTuple):
    """A product with its gold, and where labellers read the values: (field, start, end) by attribute."""

    example: Example
    spans: Mapping[str, Sequence[tuple[str, int, int]]]


@dataclass(frozen=True, slots=True)
class Target:
    """What an attribute's answer is: `places` in the layout's text, or known `values` that stand nowhere; neither means none."""

    places: tuple[tuple[int, int], ...] = ()
    values: tuple[str, ...] = ()


def label(record: GoldRecord, product: Product, fields: Mapping[str, str] | None = None) -> Labelled:
    """A labelled product to learn from. Spans keep their place through cleaning, but for those it took something out of; `fields` are the
    names of the product's fields by those of the record's, where they have others."""
    spans: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
    named = {name: (fields or {}).get(name, name) for name in {span.field for span in record.spans}}
    blocks = {name: _kept(record.record.get(name), product.fields.get(ours)) for name, ours in named.items()}
    for span in record.spans:
        for block in blocks[span.field]:
            if block.a <= span.start and span.end <= block.a + block.size:
                moved = block.b - block.a
                spans[span.attribute].append((named[span.field], span.start + moved, span.end + moved))
    return Labelled(Example(product=product, gold=record.gold), {name: tuple(places) for name, places in spans.items()})


def _kept(raw: object, cleaned: str | None) -> Sequence[MatchingBlock]:
    """The stretches of a field that cleaning left as they were."""
    if not isinstance(raw, str) or cleaned is None:
        return []
    if raw != cleaned and max(len(raw), len(cleaned)) > _LONGEST_ALIGNED:
        return []
    return Indel.opcodes(raw, cleaned).as_matching_blocks()


def targets_of(
    gold: Mapping[str, Sequence[str]], spans: Mapping[str, Sequence[tuple[str, int, int]]], layout: Layout, style: HouseStyle
) -> Iterator[tuple[str, Target]]:
    """(attribute, target) for every judged attribute but those whose values stand only in what was cut off: to learn these from the rest
    would be to learn to invent. A value is sought in the text unless its spans are given."""
    unread = layout.unread.lower()
    for attribute, values in gold.items():
        marked = spans.get(attribute, ())
        places = [place for span in marked if (place := layout.place(*span)) is not None]
        cut = any(field in layout.fields for field, *_ in marked)
        unsaid = []
        for value in values if not places else ():
            found = find_value(layout, attribute, value, style)
            places += found
            if not found and not cut and not _stands_in(unread, value.lower()):
                unsaid.append(value)
        if places or unsaid or not values:
            yield attribute, Target(tuple(sorted(set(places))), tuple(unsaid))


def _stands_in(text: str, value: str) -> bool:
    return any(is_whole_word(text, *place) for place in word_places(text, value))


def unsaid_values(labelled: Sequence[Labelled], style: HouseStyle, least: int) -> list[tuple[str, str]]:
    """(attribute, value) of those given at least `least` times to products whose text does not say them."""
    counts: dict[tuple[str, str], int] = {}
    for example, spans in labelled:
        for name, target in targets_of(example.gold, spans, lay_out(example.product), style):
            for value in target.values:
                counts[name, value] = counts.get((name, value), 0) + 1
    return sorted(pair for pair, count in counts.items() if count >= least)


def find_value(layout: Layout, attribute: str, value: str, style: HouseStyle) -> list[tuple[int, int]]:
    """Where a value stands in the text: as it is, spelled otherwise, else whatever the case. Category paths are no evidence."""
    begin = layout.starts[1] if layout.fields[:1] == ("category",) and len(layout.starts) > 1 else 0
    text = layout.text

    def after_category(places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        return [place for place in places if place[0] >= begin]

    as_it_is = after_category(word_places(text, value))
    if style.keeps(attribute) and as_it_is:
        return as_it_is
    otherwise = after_category(style.places(text, attribute, value))
    if otherwise or as_it_is:
        return otherwise or as_it_is
    return after_category(word_places(text.lower(), value.lower())) if len(text.lower()) == len(text) else []
