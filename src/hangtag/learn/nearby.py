"""Which attributes products of a sort have. Labels alone would not teach that a lure has no lenses: nobody asked."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from hangtag.encode import Encoder
from hangtag.encode.base import Vectors
from hangtag.learn.examples import Labelled
from hangtag.taggers.layout import lay_out

__all__ = ["attributes_nearby"]

_ENOUGH_PRODUCTS = 10
_LEAST_NEIGHBOURS, _MOST_NEIGHBOURS, _EXPECTED = 20, 200, 3.0
_MOST_WITNESSES, _BLOCK = 20_000, 20_000_000
_DECIMALS = 5  # more would let products that are alike change places from one processor to the next


def attributes_nearby(labelled: Sequence[Labelled], encoder: Encoder) -> list[frozenset[str] | None]:
    """For each product the attributes it has or products like it do: those of its category where ten or more are labelled, else those of
    its nearest neighbours by vector. None where that cannot be told: all attributes are judged already, or there are few products.

    Neighbours are asked only where labels list what a product has and never say that it has none (a merchant's own attributes): what
    others leave out, nobody was asked. Of an attribute so many are asked that three would have it by chance, so that it is missing by
    chance in 5 % of cases (the rule of three), 20 at least; one so rare that it takes more than 200 counts as nearby. Of OpenBG's
    products, 99.8 % of the attributes that one lists are found nearby, and three quarters of those that it does not list are not.
    """
    every = {name for example, _ in labelled for name in example.gold}
    of_category = _by_category(labelled)
    found: list[frozenset[str] | None] = []
    for example, _ in labelled:
        near = None if every <= example.gold.keys() else of_category.get(example.product.category or "")
        found.append(near if near is None else near | example.gold.keys())
    lonely = [number for number, near in enumerate(found) if near is None and not every <= labelled[number][0].gold.keys()]
    listed_only = all(values for example, _ in labelled for values in example.gold.values())
    if lonely and listed_only and len(labelled) > _LEAST_NEIGHBOURS:
        for number, near in zip(lonely, _of_neighbours(labelled, lonely, encoder), strict=True):
            found[number] = near
    return found


def _by_category(labelled: Sequence[Labelled]) -> Mapping[str, frozenset[str]]:
    counts, valued = Counter[str](), defaultdict[str, set[str]](set)
    for one in labelled:
        category = one[0].product.category
        if category:
            counts[category] += 1
            valued[category] |= _valued(one)
    return {category: frozenset(valued[category]) for category, count in counts.items() if count >= _ENOUGH_PRODUCTS}


def _valued(one: Labelled) -> set[str]:
    return {name for name, values in one[0].gold.items() if values}


def _of_neighbours(labelled: Sequence[Labelled], asked: Sequence[int], encoder: Encoder) -> Iterator[frozenset[str]]:
    witnesses = np.arange(0, len(labelled), math.ceil(len(labelled) / _MOST_WITNESSES))
    names = np.array(sorted({name for one in labelled for name in _valued(one)}), dtype=object)
    place = {name: number for number, name in enumerate(names)}
    has = np.zeros((len(witnesses), len(names)), dtype=bool)
    for row, number in enumerate(witnesses.tolist()):
        has[row, [place[name] for name in _valued(labelled[number])]] = True
    most = min(_MOST_NEIGHBOURS, len(witnesses) - 1)
    enough = np.ceil(_EXPECTED / np.maximum(has.mean(axis=0), 1e-9)).clip(_LEAST_NEIGHBOURS)
    vectors = encoder.encode([lay_out(example.product).text for example, _ in labelled])
    said: dict[frozenset[str], frozenset[str]] = {}
    size = max(1, _BLOCK // len(witnesses))
    for begin in range(0, len(asked), size):
        mine = asked[begin : begin + size]
        for number, others in zip(mine, _nearest(vectors, mine, witnesses, most), strict=True):
            theirs = has[others]
            first = np.where(theirs.any(axis=0), theirs.argmax(axis=0), most)
            near = frozenset([*names[(first < enough) | (enough > most)], *labelled[number][0].gold])
            yield said.setdefault(near, near)


def _nearest(vectors: Vectors, asked: Sequence[int], witnesses: NDArray[np.intp], most: int) -> NDArray[np.intp]:
    """Which witnesses, by their places among them, are most like each of those asked for but itself: (n_asked, most), the nearest first."""
    unlike = -np.round(vectors[asked] @ vectors[witnesses].T, _DECIMALS)
    unlike[np.asarray(asked)[:, None] == witnesses[None, :]] = np.inf
    nearest = np.sort(np.argpartition(unlike, most - 1, axis=1)[:, :most], axis=1)
    return np.take_along_axis(nearest, np.argsort(np.take_along_axis(unlike, nearest, axis=1), axis=1, kind="stable"), axis=1)
