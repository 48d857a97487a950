"""Lessons in reading names: titles made of the starter vocabulary's words, and labelled products' own texts with those words in them,
asked for attributes by any of their names in both languages. What learns from them may be asked for attributes that no label taught."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hangtag.learn.batches import Item, hits_by_attribute, token_places
from hangtag.learn.examples import Labelled
from hangtag.learn.titles import Named, TitleMaker
from hangtag.model import Product
from hangtag.taggers.known_values import Hit
from hangtag.taggers.layout import lay_out, read_tokens
from hangtag.vocabulary import starter_vocabulary

__all__ = ["named_items", "named_lessons"]

_MOST = 20_000
_SHARE_OF_HIT = 0.5  # that a value has of which no label says more


def named_lessons(labelled: Sequence[Labelled], share: float, epochs: int, *, seed: int) -> list[list[Named]]:
    """For each epoch `share` lessons per labelled product, one at least and about `_MOST` at most in all; the same for the same labels and
    `seed`."""
    if not share or not labelled:
        return [[] for _ in range(epochs)]
    count = max(1, min(round(share * len(labelled)), _MOST // epochs))
    chance = random.Random(f"named-{seed}")
    texts = [lay_out(replace(example.product, category=None)).text for example, _ in labelled]  # a category path is no evidence
    maker = TitleMaker(starter_vocabulary(), texts)
    return [[maker.lesson(chance) for _ in range(count)] for _ in range(epochs)]


def named_items(
    lessons: Sequence[Sequence[Named]], tokenizer: Any, numbers: Mapping[str, int], *, weight: float = 1.0
) -> list[list[Item]]:
    """As a network reads them, its attributes being `numbers`; each answer counts `weight`."""
    return [[item for lesson in epoch if (item := _item(lesson, tokenizer, numbers, weight)).judged] for epoch in lessons]


def _item(lesson: Named, tokenizer: Any, numbers: Mapping[str, int], weight: float) -> Item:
    layout = lay_out(Product(id="", fields={"title": lesson.text}))
    ids, offsets = read_tokens(tokenizer, layout.text)
    tokens = {numbers[name]: token_places(places, offsets) for name, places in lesson.places.items()}
    judged = tuple(numbers[name] for name, places in lesson.places.items() if tokens[numbers[name]] or not places)
    answers = tuple((attribute, *place) for attribute in judged for place in tokens[attribute])
    known = [Hit(*place, name, _SHARE_OF_HIT) for name, some in lesson.known.items() for place in some]
    hits = hits_by_attribute(offsets, known, numbers)
    return Item(layout, ids, offsets, hits, judged, (weight,) * len(judged), answers, ())
