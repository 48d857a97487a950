"""The `classifier` tagger: for each attribute a classifier over its known values, reading the whole text as one bag of words or one vector.

A baseline to measure others against, and enough where values are few and never verbatim.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hangtag.encode import Encoder
from hangtag.extras import require
from hangtag.model import Evidence, Inference, Product, Tag
from hangtag.taggers.confidence import Curves
from hangtag.taggers.layout import Layout, lay_out
from hangtag.taggers.model_folder import ModelFiles, ModelFolderTagger, ModelSettings, opening
from hangtag.text.words import word_places

__all__ = ["CLASSIFIER_FORMAT", "NONE", "OTHER", "ClassifierSettings", "ClassifierTagger"]

CLASSIFIER_FORMAT = "hangtag-classifier-1"
NONE, OTHER = "\0none", "\0other"
"""What is predicted for a product without a value, and with one too rare to learn."""
_SECOND = 0.35
_TRUSTED = ["sklearn.tree._tree.Tree"]


class ClassifierSettings(ModelSettings, frozen=True, kw_only=True):
    """`model.json` of a classifier. `features` is "words" or "vectors", `several` names the attributes with several values at once."""

    features: str
    several: list[str]


class ClassifierTagger(ModelFolderTagger):
    """Tags with scikit-learn estimators read without running code from the folder (skops). Raises `InputError` for what is no model."""

    kind = "classifier"
    settings: ClassifierSettings

    def __init__(
        self, folder: str | Path, encoder: Encoder, *, least_confidence: float | None = None, curves: Curves | None = None
    ) -> None:
        super().__init__(folder, ClassifierSettings, least_confidence=least_confidence, curves=curves)
        self._encoder = encoder
        with opening(folder):
            self._estimators = require("skops.io", extra="train").load(ModelFiles(folder).estimators, trusted=_TRUSTED)

    def tag(self, products: Sequence[Product], /) -> list[list[Tag]]:
        """One list of tags per product, in order."""
        if not products:
            return []
        layouts = [lay_out(product) for product in products]
        texts = [layout.text for layout in layouts]
        vectors = self.settings.features == "vectors"
        features: Any = self._encoder.encode(texts) if vectors else self._estimators["features"].transform(texts)
        tags: list[list[Tag]] = [[] for _ in products]
        for attribute in self.settings.attributes:
            estimator = self._estimators["attributes"][attribute]
            for layout, mine, shares in zip(layouts, tags, estimator.predict_proba(features), strict=True):
                mine += self._said(layout, attribute, estimator.classes_, shares)
        return tags

    def _said(self, layout: Layout, attribute: str, classes: Any, shares: Any) -> Iterator[Tag]:
        values = np.array([name not in (NONE, OTHER) for name in classes])
        best = float(shares[values].max(initial=0.0))
        none = float(shares[classes == NONE].sum())
        rival = none + best if attribute in self.settings.several else 1.0
        for value, share in zip(classes[values], shares[values], strict=True):
            if best <= 0.0 or share < _SECOND * best or share / rival < self.least_confidence:
                continue
            confidence = self.confidence(attribute, float(share) / rival)
            evidence = _evidence(layout, str(value))
            yield Tag(attribute=attribute, value=str(value), confidence=confidence, source=self.name, evidence=(evidence,))


def _evidence(layout: Layout, value: str) -> Evidence:
    lowered = layout.text.lower()
    for start, end in word_places(lowered, value.lower()) if len(lowered) == len(layout.text) else ():
        span = layout.span(start, end)
        if span is not None and span.field != "category":
            return span
    return Inference("classifier", "learned from the words of products labelled so")
