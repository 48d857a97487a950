"""The `encoder` tagger: a trained model folder, run by onnxruntime and tokenizers alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from hangtag.errors import InputError
from hangtag.model import CATEGORY, Evidence, Inference, Product, Tag, TextSpan
from hangtag.taggers.answers import Answer, hit_features, read_answers
from hangtag.taggers.confidence import Curves
from hangtag.taggers.house_style import HouseStyle
from hangtag.taggers.known_values import KnownValues
from hangtag.taggers.layout import Layout, lay_out, read_tokens
from hangtag.taggers.model_folder import ModelFiles, ModelFolderTagger, ModelSettings, opening

__all__ = ["FORMAT", "EncoderSettings", "EncoderTagger", "distance"]

FORMAT = "hangtag-encoder-4"
_MORE_LIKELY_THAN_NOT = 0.5


class EncoderSettings(ModelSettings, frozen=True, kw_only=True):
    """`model.json` of an encoder: what the network's rows mean, and what labels say of values and of how they are written."""

    values: list[tuple[str, str]]
    several: list[str]
    known: dict[str, dict[str, dict[str, int]]]
    style: dict[str, Any]
    most_chars: int


class _Read(NamedTuple):
    layout: Layout
    ids: list[int]
    offsets: list[tuple[int, int]]
    hits: Any


class _Scores(NamedTuple):
    """One product's part of what the network gives; see `learn.network.Scores`."""

    spans: Any
    none: Any
    values: Any
    looks: Any
    states: Any


class EncoderTagger(ModelFolderTagger):
    """Tags what a model was trained to see. `least_confidence` and `curves` override the model's own. Raises `InputError` for what is
    no model."""

    kind = "encoder"
    settings: EncoderSettings

    def __init__(
        self, folder: str | Path, *, least_confidence: float | None = None, curves: Curves | None = None, threads: int = 1
    ) -> None:
        super().__init__(folder, EncoderSettings, least_confidence=least_confidence, curves=curves)
        if self.settings.format != FORMAT:
            raise InputError(f"{folder} holds a model of the kind '{self.settings.format}', this version reads '{FORMAT}': train it anew")
        self.threads = threads
        self._source = self.name  # made once: it asks the file system
        self._attributes = {name: number for number, name in enumerate(self.settings.attributes)}
        self._values = [
            [(number, value) for number, (owner, value) in enumerate(self.settings.values) if owner == name] for name in self._attributes
        ]
        self._floors = [self.floor(name) for name in self.settings.attributes]
        self._several = np.array([name in self.settings.several for name in self.settings.attributes], dtype=bool)
        self._style = HouseStyle.from_dict(self.settings.style)
        self._known = KnownValues(self.settings.known["answers"], self.settings.known["places"])

    def tag(self, products: Sequence[Product], /) -> list[list[Tag]]:
        """One list of tags per product, in order. Each text is encoded once, whatever the number of attributes; a text that came without
        a category once more, behind the one found."""
        return [self._tag_one(product) for product in products]

    def _tag_one(self, product: Product) -> list[Tag]:
        if product.category is not None or not self.settings.categories:
            return self._said(*self._run(product))
        read, scores = self._run(product)
        category = self._category(read, scores.states)
        if category is None:
            return self._said(read, scores)
        return [category, *self._said(*self._run(replace(product, category=category.value)))]

    def _run(self, product: Product) -> tuple[_Read, _Scores]:
        # One text a run: 8-bit activations are scaled over all that is run together, and a product's tags must not hang on its neighbours.
        read = self._read(product)
        ids = np.array([read.ids], dtype=np.int64)
        texts = {"input_ids": ids, "attention_mask": np.ones_like(ids), "hits": read.hits[None]}
        spans, none, values, looks, states = self._session.run(None, {**texts, "queries": self._heads["queries"]})
        return read, _Scores(spans[0], none[0], values.reshape(-1), looks[0], states[0])

    def _said(self, read: _Read, scores: _Scores) -> list[Tag]:
        answers = read_answers(
            scores.spans,
            scores.none,
            scores.values,
            text=read.layout.text,
            offsets=read.offsets,
            known=self._values,
            several=self._several,
            least=min(self._floors, default=self.least_confidence),
        )
        sure = (answer for answer in answers if answer.confidence >= self._floors[answer.attribute])
        return [tag for answer in sure if (tag := self._tag(read, answer, scores.looks)) is not None]

    def _read(self, product: Product) -> _Read:
        layout = lay_out(product, most_chars=self.settings.most_chars)
        ids, offsets = read_tokens(self._tokenizer, layout.text)
        hits = hit_features(offsets, self._known.find(layout.text), self._attributes)
        return _Read(layout, ids, offsets, hits)

    def _tag(self, read: _Read, answer: Answer, looks: Any) -> Tag | None:
        attribute = self.settings.attributes[answer.attribute]
        confidence = self.confidence(attribute, answer.confidence)
        evidence: tuple[Evidence, ...]
        spans = [span for place in answer.places if (span := read.layout.span(*place)) is not None and span.field != "category"]
        if spans:
            value, evidence = self._style.write(attribute, spans[0].quote), tuple(spans)
        elif answer.value < 0:
            return None
        else:
            value = self.settings.values[answer.value][1]
            evidence = _concluded(
                read, looks[answer.attribute], f"a value known from labels; it stands nowhere, likelihood {answer.confidence:.2f}"
            )
        if not value:
            return None
        return Tag(attribute=attribute, value=value, confidence=confidence, source=self._source, evidence=evidence)

    def _category(self, read: _Read, states: Any) -> Tag | None:
        """The likeliest category of a product that came without one, if it is more likely than not and the product is like those that
        categories were learned from: a classifier is sure of some category for any product on earth."""
        heads, state = self._heads, states.mean(axis=0)
        weight = heads["category_weight"]
        if "category_reach" in heads and distance(state, heads["category_centres"], heads["category_spread"]) > heads["category_reach"]:
            return None
        scores = weight @ state + heads["category_bias"]
        best = int(scores.argmax())
        share = float(1 / np.exp(scores - scores[best]).sum())
        if share < max(_MORE_LIKELY_THAN_NOT, self.least_confidence):
            return None
        evidence = _concluded(read, states @ weight[best], f"a category known from labelled products, likelihood {share:.2f}")
        confidence, value = self.confidence(CATEGORY, share), self.settings.categories[best]
        return Tag(attribute=CATEGORY, value=value, confidence=confidence, source=self._source, evidence=evidence)

    @cached_property
    def _session(self) -> Any:
        return self._open(threads=self.threads)

    @cached_property
    def _heads(self) -> dict[str, Any]:
        with opening(self.folder), np.load(ModelFiles(self.folder).heads) as heads:
            return dict(heads)


def distance(state: Any, centres: Any, spread: Any) -> float:
    """How far a mean token state (dim,) is from the nearest of the `centres` (n_categories, dim), in standard deviations, `spread` (dim,):
    the root of their mean square, as if dimensions were independent (after Lee et al. 2018). With all covariances, the noise of 8-bit
    weights in dimensions where products hardly differ would look like a product nobody has seen."""
    return float(np.sqrt((((state - centres) / spread) ** 2).mean(axis=-1).min()))


def _concluded(read: _Read, weights: Any, reason: str) -> tuple[Evidence, ...]:
    """The evidence for what stands nowhere: the word with the greatest weight, and that it was concluded."""
    inside = [number for number, (start, end) in enumerate(read.offsets) if end > start]
    spoke = _word_at(read, max(inside, key=lambda number: float(weights[number]))) if inside else None
    inference = Inference("encoder", reason)
    return (spoke, inference) if spoke is not None else (inference,)


def _word_at(read: _Read, token: int) -> TextSpan | None:
    """The word that a token belongs to."""
    text, (start, end) = read.layout.text, read.offsets[token]
    while start < end and start and not text[start - 1].isspace() and text[start - 1].isascii() and text[start].isascii():
        start -= 1
    while start < end < len(text) and not text[end].isspace() and text[end - 1].isascii() and text[end].isascii():
        end += 1
    return read.layout.span(start, end)
