"""From a network's scores to answers: for one product, which stretches of its text or known values each attribute gets, how surely."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hangtag.taggers.known_values import Hit

__all__ = ["HIT_FEATURES", "Answer", "hit_features", "read_answers"]

HIT_FEATURES = 4
_MOST_TOKENS = 40
_SECOND = 0.35
_NEVER = np.float32(-1e9)
Floats = NDArray[np.float32]


class Answer(NamedTuple):
    """An attribute's answer: the stretch [start, end) of the text or, where these are -1, the known value with that number."""

    attribute: int
    start: int
    end: int
    value: int
    confidence: float


def hit_features(offsets: Sequence[tuple[int, int]], hits: Sequence[Hit], attributes: dict[str, int]) -> Floats:
    """(n_tokens, n_attributes, 4): where a known value begins and ends, as a flag and with the share of places it was the answer in."""
    features = np.zeros((len(offsets), len(attributes), HIT_FEATURES), dtype=np.float32)
    begins = {start: number for number, (start, end) in enumerate(offsets) if end > start}
    ends = {end: number for number, (start, end) in enumerate(offsets) if end > start}
    for start, end, attribute, share in hits:
        first, last, column = begins.get(start), ends.get(end), attributes.get(attribute)
        if first is None or last is None or column is None or last < first:
            continue
        for token, place in ((first, 0), (last, 2)):
            features[token, column, place] = 1.0
            features[token, column, place + 1] = max(features[token, column, place + 1], share)
    return features


def read_answers(
    start: Floats, end: Floats, none: Floats, values: Floats, *, offsets: Sequence[tuple[int, int]], value_attribute: NDArray[Any]
) -> Iterator[Answer]:
    """All answers of one product. `start`, `end` (n_attributes, n_tokens), `none` (n_attributes,), `values` (n_values,) are logits.

    An attribute's beginnings, its known values and "none" share one probability. Where several answers are likely at once, as with
    attributes of many values, every one at least a third as likely as the best is given.
    """
    inside = np.array([stop > begin for begin, stop in offsets])
    start, ends = np.where(inside, start, _NEVER), np.where(inside, end, _NEVER)
    for attribute in range(len(none)):
        mine = np.flatnonzero(value_attribute == attribute)
        logits = np.concatenate([[none[attribute]], values[mine], start[attribute]])
        odds = np.exp(logits - logits.max())
        shares = odds / odds.sum()
        choices = shares[1:]
        best = float(choices.max(initial=0.0))
        if best <= 0.0:
            continue
        taken = np.zeros(len(offsets), dtype=bool)
        for choice in np.argsort(-choices):
            confidence = float(choices[choice])
            if confidence < _SECOND * best:
                break
            if choice < len(mine):
                yield Answer(attribute, -1, -1, int(mine[choice]), confidence)
                continue
            first = int(choice) - len(mine)
            last = _best_end(ends[attribute], first, taken)
            if not taken[first]:
                taken[first : last + 1] = True
                yield Answer(attribute, offsets[first][0], offsets[last][1], -1, confidence)


def _best_end(end: Floats, first: int, taken: NDArray[np.bool_]) -> int:
    stop = min(len(end), first + _MOST_TOKENS)
    blocked = np.flatnonzero(taken[first:stop])
    if len(blocked):
        stop = first + max(1, int(blocked[0]))
    return first + int(np.argmax(end[first:stop]))
