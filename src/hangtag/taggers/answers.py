"""From a network's scores to answers: for one product, which stretches of its text or known values each attribute gets, how surely."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hangtag.taggers.known_values import Hit

__all__ = ["HIT_FEATURES", "MOST_SPAN_TOKENS", "Answer", "hit_features", "read_answers"]

HIT_FEATURES = 4
MOST_SPAN_TOKENS = 40
_SECOND = 0.35
_LEAST_PLACE, _LEAST_SHARE = 0.05, 1e-4
_NEVER = np.float32(-1e9)
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
    value_attribute: NDArray[Any],
    value_texts: Sequence[str] = (),
    several: NDArray[np.bool_] | None = None,
) -> Iterator[Answer]:
    """All answers of one product. `spans` (n_attributes, n_tokens, n_tokens) by first and last token, `none` (n_attributes,) and `values`
    (n_values,) are logits.

    An attribute's stretches, its known values (`value_texts`) and "none" share one probability. Places that say the same, whatever the
    case, are one answer, whose shares add up. Where several answers are likely at once, every one at least a third as likely as the
    best is given; of attributes that often have `several` values each is measured against the best and "none", not against the others.
    """
    inside = np.array([stop > begin for begin, stop in offsets])
    spans = np.where(inside[:, None] & inside[None, :], spans, _NEVER)
    for attribute in range(len(none)):
        mine = np.flatnonzero(value_attribute == attribute)
        logits = np.concatenate([[none[attribute]], values[mine], spans[attribute].ravel()])
        odds = np.exp(logits - logits.max())
        shares = odds / odds.sum()
        sums = _sums(shares[1:], mine, text, offsets, value_texts)
        best = max((share for share, _, _ in sums), default=0.0)
        rival = float(shares[0]) + best if several is not None and several[attribute] else 1.0
        for share, places, value in sums:
            if share >= _SECOND * best:
                yield Answer(attribute, tuple(places), value, min(1.0, share / rival))


def _sums(
    choices: Floats, mine: NDArray[Any], text: str, offsets: Sequence[tuple[int, int]], value_texts: Sequence[str]
) -> list[tuple[float, list[tuple[int, int]], int]]:
    """What the likeliest choices say, each once: (share of probability, places, known value or -1), none overlapping a likelier one."""
    likely = np.flatnonzero(choices >= max(_LEAST_PLACE * float(choices.max(initial=0.0)), _LEAST_SHARE))
    taken = np.zeros(len(offsets), dtype=bool)
    sums: dict[str, tuple[float, list[tuple[int, int]], int]] = {}
    for choice in likely[np.argsort(-choices[likely], kind="stable")]:
        places, value = [], -1
        if choice < len(mine):
            value = int(mine[choice])
            said = value_texts[value].casefold() if value < len(value_texts) else f"\0{value}"
        else:
            first, last = divmod(int(choice) - len(mine), len(offsets))
            if last < first or taken[first : last + 1].any():
                continue
            taken[first : last + 1] = True
            places = [(offsets[first][0], offsets[last][1])]
            said = text[places[0][0] : places[0][1]].strip().casefold()
        share, earlier, known = sums.get(said, (0.0, [], -1))
        sums[said] = (share + float(choices[choice]), earlier + places, max(known, value))
    return list(sums.values())
