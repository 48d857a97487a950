"""Examples as arrays: tokens, the places of known values, and the answers to learn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from hangtag.learn.examples import targets_of
from hangtag.model import Example
from hangtag.taggers.answers import HIT_FEATURES, MOST_SPAN_TOKENS, hit_features
from hangtag.taggers.house_style import HouseStyle
from hangtag.taggers.known_values import Hit, KnownValues
from hangtag.taggers.layout import Layout, lay_out, read_tokens

__all__ = ["Batch", "Item", "collate", "hits_by_attribute", "make_item", "token_places"]


class Item(NamedTuple):
    """One product, tokenised: `answers` holds (attribute, first token, last token), `valued` (attribute, value), `judged` attributes and
    `weights` what each of these counts; `hits` (n_tokens, HIT_FEATURES) by attribute, for those of which known values stand there."""

    layout: Layout
    ids: list[int]
    offsets: list[tuple[int, int]]
    hits: Mapping[int, Any]
    judged: tuple[int, ...]
    weights: tuple[float, ...]
    answers: tuple[tuple[int, int, int], ...]
    valued: tuple[tuple[int, int], ...]


class Batch(NamedTuple):
    """Arrays of a batch: tokens of the products; per judged pair of a product (`rows`) and an attribute the known values' places, the
    share of the answer that each stretch (first token, tokens after it), known value and "none" has, and what the pair counts."""

    ids: Any
    mask: Any
    hits: Any
    rows: Any
    attributes: Any
    spans: Any
    none: Any
    values: Any
    weights: Any


def make_item(
    example: Example,
    spans: Mapping[str, Sequence[tuple[str, int, int]]],
    *,
    tokenizer: Any,
    attributes: dict[str, int],
    values: dict[tuple[str, str], int],
    known: KnownValues,
    style: HouseStyle,
    training: bool,
    weigh: Callable[[str, Sequence[str]], float] | None = None,
) -> Item:
    """Tokenise a product and find its answers. In training, its own labels are kept out of what is known of values."""
    layout = lay_out(example.product)
    ids, offsets = read_tokens(tokenizer, layout.text)
    hits = known.find(layout.text, own=example.gold if training else None)
    answers, valued, judged, weights = [], [], [], []
    for name, target in targets_of(example.gold, spans, layout, style):
        if name not in attributes:
            continue
        attribute = attributes[name]
        found = [(attribute, *place) for place in token_places(target.places, offsets)]
        ours = [(attribute, values[name, value]) for value in example.gold[name] if (name, value) in values]
        if found or ours or not (target.places or target.values):
            judged.append(attribute)
            weights.append(weigh(name, example.gold[name]) if weigh is not None else 1.0)
            answers += found
            valued += ours
    known_there = hits_by_attribute(offsets, hits, attributes)
    return Item(layout, ids, offsets, known_there, tuple(judged), tuple(weights), tuple(answers), tuple(valued))


def hits_by_attribute(offsets: Sequence[tuple[int, int]], hits: Sequence[Hit], attributes: Mapping[str, int]) -> dict[int, Any]:
    """What is known of values, (n_tokens, HIT_FEATURES) for the number of each attribute in `hits`."""
    found = list(dict.fromkeys(hit.attribute for hit in hits if hit.attribute in attributes))
    features = hit_features(offsets, hits, {name: column for column, name in enumerate(found)})
    return {attributes[name]: features[:, column] for column, name in enumerate(found)}


def token_places(places: Sequence[tuple[int, int]], offsets: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """First and last token of each of the `places` [start, end) that are not too long."""
    found = []
    for start, end in places:
        inside = [number for number, (begin, stop) in enumerate(offsets) if stop > begin and begin < end and stop > start]
        if inside and inside[-1] - inside[0] < MOST_SPAN_TOKENS:
            found.append((inside[0], inside[-1]))
    return found


def collate(items: Sequence[Item], n_values: int) -> Batch:
    """Pad items to one length."""
    length = max(len(item.ids) for item in items)
    pairs = [(row, attribute) for row, item in enumerate(items) for attribute in item.judged]
    ids = np.ones((len(items), length), dtype=np.int64)
    mask = np.zeros((len(items), length), dtype=np.int64)
    for row, item in enumerate(items):
        ids[row, : len(item.ids)], mask[row, : len(item.ids)] = item.ids, 1
    hits = np.zeros((len(pairs), length, HIT_FEATURES), dtype=np.float32)
    spans, none = np.zeros((len(pairs), length, MOST_SPAN_TOKENS), dtype=np.float32), np.zeros(len(pairs), dtype=np.float32)
    values = np.zeros((len(pairs), n_values), dtype=np.float32)
    for number, (row, attribute) in enumerate(pairs):
        item = items[row]
        if attribute in item.hits:
            hits[number, : len(item.ids)] = item.hits[attribute]
        places = [(first, last) for owner, first, last in item.answers if owner == attribute]
        valued = [value for owner, value in item.valued if owner == attribute]
        for first, last in places:
            spans[number, first, last - first] += 1 / (len(places) + len(valued))
        for value in valued:
            values[number, value] += 1 / (len(places) + len(valued))
        none[number] = not places and not valued
    rows, attributes = (np.array(column, dtype=np.int64) for column in zip(*pairs, strict=True))
    weights = np.array([weight for item in items for weight in item.weights], dtype=np.float32)
    return Batch(ids, mask, hits, rows, attributes, spans, none, values, weights)
