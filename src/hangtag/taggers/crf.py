"""The `crf` tagger: one label a token from a recurrent network and a conditional random field, the classic of its kind; a baseline.

A token belongs to one attribute only, and values that stand nowhere cannot be said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hangtag.model import Product, Tag
from hangtag.taggers.confidence import Curves
from hangtag.taggers.layout import Layout, lay_out, read_tokens
from hangtag.taggers.model_folder import ModelFolderTagger, ModelSettings

__all__ = ["CRF_FORMAT", "CrfSettings", "CrfTagger", "best_labels", "marginals"]

CRF_FORMAT = "hangtag-crf-1"
Floats = NDArray[np.float64]


class CrfSettings(ModelSettings, frozen=True, kw_only=True):
    """`model.json` of a CRF tagger. Label 0 is "outside"; attribute number n begins with label 2n+1 and goes on with 2n+2."""

    begin: list[float]
    end: list[float]
    transitions: list[list[float]]


class CrfTagger(ModelFolderTagger):
    """Runs on onnxruntime and tokenizers; the field's own sums are numpy's. Raises `InputError` for what is no model."""

    kind = "crf"
    settings: CrfSettings

    def __init__(self, folder: str | Path, *, least_confidence: float | None = None, curves: Curves | None = None) -> None:
        super().__init__(folder, CrfSettings, least_confidence=least_confidence, curves=curves)
        self._field = tuple(np.array(part) for part in (self.settings.begin, self.settings.end, self.settings.transitions))

    def tag(self, products: Sequence[Product], /) -> list[list[Tag]]:
        """One list of tags per product, in order."""
        return [list(self._tag_one(lay_out(product))) for product in products]

    def _tag_one(self, layout: Layout) -> Iterator[Tag]:
        ids, offsets = read_tokens(self._tokenizer, layout.text)
        emissions = self._session.run(None, {"input_ids": np.array([ids], dtype=np.int64)})[0][0].astype(np.float64)
        labels, shares = best_labels(emissions, *self._field), marginals(emissions, *self._field)
        for attribute, first, last in _stretches(labels):
            confidence = float(min(shares[place, labels[place]] for place in range(first, last + 1)))
            span = layout.span(offsets[first][0], offsets[last][1])
            if span is None or span.field == "category" or confidence < self.least_confidence:
                continue
            name = self.settings.attributes[attribute]
            yield Tag(attribute=name, value=span.quote, confidence=self.confidence(name, confidence), source=self.name, evidence=(span,))


def _stretches(labels: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """(attribute, first token, last token) of each run that begins with a beginning."""
    place = 0
    while place < len(labels):
        label = labels[place]
        first = place
        place += 1
        if label % 2 == 0:  # outside, or going on with what never began
            continue
        while place < len(labels) and labels[place] == label + 1:
            place += 1
        yield (label - 1) // 2, first, place - 1


def best_labels(emissions: Floats, begin: Floats, end: Floats, transitions: Floats) -> list[int]:
    """The likeliest labels (n_tokens,) together (Viterbi 1967). `emissions` (n_tokens, n_labels), `transitions` (from, to)."""
    scores, back = begin + emissions[0], []
    for emission in emissions[1:]:
        through = scores[:, None] + transitions
        back.append(through.argmax(axis=0))
        scores = through.max(axis=0) + emission
    labels = [int((scores + end).argmax())]
    for pointers in reversed(back):
        labels.append(int(pointers[labels[-1]]))
    return labels[::-1]


def marginals(emissions: Floats, begin: Floats, end: Floats, transitions: Floats) -> Floats:
    """The share (n_tokens, n_labels) of each label, by the forward and backward sums (Rabiner 1989)."""
    forward, backward = [begin + emissions[0]], [end]
    for emission in emissions[1:]:
        forward.append(np.logaddexp.reduce(forward[-1][:, None] + transitions, axis=0) + emission)
    for emission in emissions[:0:-1]:
        backward.append(np.logaddexp.reduce(transitions + (emission + backward[-1])[None, :], axis=1))
    logs = np.array(forward) + np.array(backward[::-1])
    shares: Floats = np.exp(logs - np.logaddexp.reduce(logs, axis=1, keepdims=True))
    return shares
