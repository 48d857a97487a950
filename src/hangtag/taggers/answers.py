"""From a network's scores to answers: for one product, which stretches of its text or known values each attribute gets, how surely."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hangtag.taggers.known_values import Hit

__all__ = ["HIT_FEATURES", "MOST_SPAN_TOKENS", "Answer", "hit_features", "read_answers"]

HIT_FEATURES = 4
MOST_SPAN_TOKENS = 24
_SECOND = 0.35
_LEAST_PLACE, _LEAST_SHARE = 0.05, 1e-5
_NEVER = np.float32(-1e9)
_SURE = 30.0
_NOTHING = np.zeros(0, dtype=np.float32)
Floats = NDArray[np.float32]


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
    inside = np.array([stop > begin for begin, stop in offsets])
    ends = np.arange(len(inside))[:, None] + np.arange(spans.shape[2])
    firsts, more = np.nonzero(inside[:, None] & (ends < len(inside)) & inside[np.minimum(ends, len(inside) - 1)])
    owned = [[number for number, _ in mine] for mine in known]
    asked = _hopeful(spans, none, values, owned, least)
    places = spans[asked][:, firsts, more]  # (a, m)
    tops = np.maximum(places.max(axis=1, initial=_NEVER), none[asked])
    for attribute, stretches, top in zip(asked, places, tops, strict=True):
        mine = known[attribute]
        logits = values[owned[attribute]] if mine else _NOTHING
        top = max(float(top), float(logits.max(initial=_NEVER)))
        odds, said, nothing = np.exp(stretches - top), np.exp(logits - top), float(np.exp(none[attribute] - top))
        total = float(odds.sum() + said.sum()) + nothing
        absent = nothing / total
        if 1 - absent < least - 1e-6:  # no answer's confidence can be more
            continue
        shares, known_shares = odds / total, said / total
        best = max(float(shares.max(initial=0.0)), float(known_shares.max(initial=0.0)))
        by_itself = several is not None and bool(several[attribute])
        floor = max(_LEAST_SHARE, _LEAST_PLACE * (absent if by_itself else best))
        sums = _sums(shares, known_shares, (firsts, firsts + more), mine, text, offsets, floor)
        best = max((share for share, _, _ in sums), default=0.0)
        for share, found, value in sums:
            confidence = share / (share + absent) if by_itself else share
            if confidence >= least and (by_itself or share >= _SECOND * best):
                yield Answer(attribute, tuple(found), value, min(1.0, confidence))


def _hopeful(spans: Floats, none: Floats, values: Floats, owned: Sequence[Sequence[int]], least: float) -> list[int]:
    """The attributes that may have an answer of the confidence `least`: were all of its stretches as likely as the likeliest, and all its
    values, they would together be so likely. Most attributes of a product are out at once."""
    flat = spans.reshape(len(spans), -1)
    margins = flat.max(axis=1, initial=_NEVER) - none
    odds = flat.shape[1] * np.exp(np.minimum(margins, _SURE))
    for attribute, mine in enumerate(owned):
        if mine:
            odds[attribute] += len(mine) * np.exp(min(float(values[mine].max() - none[attribute]), _SURE))
    return np.flatnonzero(odds / (1 + odds) >= least * (1 - 1e-6)).tolist()


def _sums(
    shares: Floats,
    value_shares: Floats,
    ends: tuple[NDArray[Any], NDArray[Any]],
    values: Sequence[tuple[int, str]],
    text: str,
    offsets: Sequence[tuple[int, int]],
    least: float,
) -> list[tuple[float, list[tuple[int, int]], int]]:
    """What the choices of at least a share say, each once: (share of probability, places, known value or -1), none overlapping a likelier
    one."""
    taken = np.zeros(len(offsets), dtype=bool)
    sums: dict[str, tuple[float, list[tuple[int, int]], int]] = {}
    for share, (number, said) in zip(value_shares, values, strict=True):
        if share >= least:
            sums[said.casefold()] = (float(share), [], number)
    likely = np.flatnonzero(shares >= least)
    for choice in likely[np.argsort(-shares[likely], kind="stable")]:
        first, last = int(ends[0][choice]), int(ends[1][choice])
        if taken[first : last + 1].any():
            continue
        taken[first : last + 1] = True
        place = (offsets[first][0], offsets[last][1])
        key = text[slice(*place)].strip().casefold()
        share, earlier, known = sums.get(key, (0.0, [], -1))
        sums[key] = (share + float(shares[choice]), [*earlier, place], known)
    return list(sums.values())
