"""From a network's scores to answers: for one product, which stretches of its text or known values each attribute gets, how surely."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hangtag.taggers.known_values import Hit

__all__ = ["HIT_FEATURES", "MOST_SPAN_TOKENS", "Answer", "hit_features", "read_answers"]

HIT_FEATURES = 4
MOST_SPAN_TOKENS = 24
_SECOND = 0.35
_LEAST_PLACE, _LEAST_SHARE = 0.05, 1e-5
_NEVER = np.float32(-1e9)
Floats = NDArray[np.float32]
Numbers = NDArray[np.intp]


class Answer(NamedTuple):
    """An attribute's answer: the `places` [start, end) where the text says it, likeliest first, or the known value with that number.

    A known value that the text says too has both; `value` is -1 for what is not known.
    """

    attribute: int
    places: tuple[tuple[int, int], ...]
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
    spans: Floats,
    none: Floats,
    values: Floats,
    *,
    text: str,
    offsets: Sequence[tuple[int, int]],
    known: Sequence[Sequence[tuple[int, str]]],
    several: NDArray[np.bool_] | None = None,
    least: float = 0.0,
) -> Iterator[Answer]:
    """All answers of one product of at least the confidence `least`.

    `spans` (n_attributes, n_tokens, longest) by first token and number of tokens after it, `none` (n_attributes,) and `values` (n_values,)
    are logits; `known` holds each attribute's values: their numbers and what they say.

    An attribute's stretches, its known values and "none" share one probability. Places that say the same, whatever the case, are one
    answer, whose shares add up. Where several answers are likely at once, every one at least a third as likely as the best is given; of
    attributes that often have `several` values each is measured against "none", not against the others.
    """
    longest, flat = spans.shape[2], spans.reshape(len(spans), -1)
    stretches, valued = _stretches(offsets, longest), _side_by_side(values, known)
    most = valued.shape[1]
    asked = _hopeful(flat, none, valued, len(stretches), least)
    logits = np.concatenate([valued[asked], flat[asked].take(stretches, axis=1)], axis=1)  # (a, c)
    kept, shares, absents = _shares(logits, none[asked], least)
    asked = asked[kept]
    alone = several[asked] if several is not None else np.zeros(len(asked), dtype=bool)
    floors = np.maximum(_LEAST_SHARE, _LEAST_PLACE * np.where(alone, absents, shares.max(axis=1, initial=0.0)))
    rows = zip(asked.tolist(), absents.tolist(), alone.tolist(), _likely(shares, floors), strict=True)
    for attribute, absent, by_itself, likely in rows:
        mine = [(share, *known[attribute][choice]) for share, choice in likely if choice < most]
        places = [(share, *divmod(int(stretches[choice - most]), longest)) for share, choice in likely if choice >= most]
        sums = _sums(mine, places, text, offsets)
        best = max((share for share, _, _ in sums), default=0.0)
        for share, found, value in sums:
            confidence = share / (share + absent) if by_itself else share
            if confidence >= least and (by_itself or share >= _SECOND * best):
                yield Answer(attribute, tuple(found), value, min(1.0, confidence))


def _stretches(offsets: Sequence[tuple[int, int]], longest: int) -> Numbers:
    """Which of (n_tokens, longest) stretches begin and end with tokens that stand for text."""
    count = len(offsets)
    inside = np.zeros(count + longest, dtype=bool)
    inside[:count] = [stop > begin for begin, stop in offsets]
    ends = np.ndarray((count, longest), dtype=bool, buffer=inside, strides=(1, 1))  # each row begins one token further on
    return np.flatnonzero(ends & inside[:count, None])


def _side_by_side(values: Floats, known: Sequence[Sequence[tuple[int, str]]]) -> Floats:
    """Logits (n_attributes, most known values of any) of each attribute's known values."""
    logits = np.full((len(known), max(map(len, known), default=0)), _NEVER, dtype=np.float32)
    for attribute, mine in enumerate(known):
        if mine:
            logits[attribute, : len(mine)] = values[[number for number, _ in mine]]
    return logits


def _hopeful(spans: Floats, none: Floats, values: Floats, count: int, least: float) -> Numbers:
    """The attributes that may have an answer of the confidence `least`: were all of its `count` stretches and its values as likely as the
    likeliest, they would together be so likely. Most attributes of a product are out at once."""
    tops = np.maximum(spans.max(axis=1, initial=_NEVER), values.max(axis=1, initial=_NEVER))
    share = least * (1 - 1e-4)
    margin = math.log(share) - math.log((1 - share) * max(1, count + values.shape[1])) if share > 0 else -math.inf
    return np.flatnonzero(tops - none >= margin)


def _shares(logits: Floats, none: Floats, least: float) -> tuple[Numbers, Floats, Floats]:
    """The attributes whose choices (n, c) have the share `least` together, with the shares of these, and of none."""
    tops = np.maximum(logits.max(axis=1, initial=_NEVER), none)
    odds, nothing = np.exp(logits - tops[:, None]), np.exp(none - tops)
    totals = odds.sum(axis=1) + nothing
    absents = nothing / totals
    kept = np.flatnonzero(1 - absents >= least - 1e-6)
    return kept, odds[kept] / totals[kept, None], absents[kept]


def _likely(shares: Floats, floors: Floats) -> list[list[tuple[float, int]]]:
    """The choices of each attribute (n, c) of at least its floor (n,): their shares and numbers."""
    likely: list[list[tuple[float, int]]] = [[] for _ in floors]
    rows, choices = np.nonzero(shares >= floors[:, None])
    for row, share, choice in zip(rows.tolist(), shares[rows, choices].tolist(), choices.tolist(), strict=True):
        likely[row].append((share, choice))
    return likely


def _sums(
    values: Sequence[tuple[float, int, str]], places: Sequence[tuple[float, int, int]], text: str, offsets: Sequence[tuple[int, int]]
) -> list[tuple[float, list[tuple[int, int]], int]]:
    """What choices say, each once: (share of probability, places, known value or -1), none overlapping a likelier one. `values` are shares,
    numbers and what they say; `places` shares, first tokens and how many come after them."""
    sums: dict[str, tuple[float, list[tuple[int, int]], int]] = {said.casefold(): (share, [], number) for share, number, said in values}
    taken = 0  # a bit for each token
    for share, first, more in sorted(places, key=lambda place: -place[0]):
        stretch = ((2 << more) - 1) << first
        if taken & stretch:
            continue
        taken |= stretch
        place = (offsets[first][0], offsets[first + more][1])
        key = text[slice(*place)].strip().casefold()
        earlier, found, known = sums.get(key, (0.0, [], -1))
        sums[key] = (earlier + share, [*found, place], known)
    return list(sums.values())
