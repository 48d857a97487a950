"""Training of the `classifier` baselines: bags of words or sentence vectors under logistic regression, a random forest or neighbours."""

from __future__ import annotations

import random
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hangtag.encode import Encoder
from hangtag.errors import GoldError
from hangtag.extras import require
from hangtag.learn.examples import Labelled
from hangtag.learn.nearby import attributes_nearby
from hangtag.taggers.classifier import CLASSIFIER_FORMAT, NONE, OTHER, ClassifierSettings
from hangtag.taggers.layout import lay_out
from hangtag.taggers.model_folder import new_model_folder

__all__ = ["CLASSIFIERS", "train_classifier"]

CLASSIFIERS = ("bow-lr", "bow-rf", "tfidf-lr", "tfidf-rf", "knn")
_WORD = r"(?u)[\u3400-\u9fff]|[^\W\u3400-\u9fff]+"
_NEIGHBOURS, _TREES = 5, 100
_OFTEN = 0.05


def train_classifier(
    labelled: Sequence[Labelled],
    folder: str | Path,
    *,
    kind: str,
    encoder: Encoder,
    card: Mapping[str, Any],
    seed: int = 1,
    foreign: bool = True,
) -> Path:
    """Write a classifier's model folder, whole or not at all. Values given once cannot be said, but by neighbours. With `foreign`, an
    attribute is also learned from products that nobody asked for it and that have none, since those like them never do.

    Raises `GoldError` where no value comes often enough, `MissingExtra` without the `train` extra.
    """
    texts = [lay_out(example.product).text for example, _ in labelled]
    words = _vectoriser(kind)
    features: Any = encoder.encode(texts) if words is None else _fitted(words, texts)
    make, least, estimators, several = _maker(kind, seed), 1 if kind == "knn" else 2, {}, []
    nearby = attributes_nearby(labelled, encoder) if foreign else [None] * len(labelled)
    for attribute in dict.fromkeys(name for example, _ in labelled for name in example.gold):
        rows, classes, weights = _lessons(labelled, attribute, least)
        if not set(classes) - {NONE, OTHER}:
            continue
        if (weights < 1).mean() >= _OFTEN:
            several.append(attribute)
        absent = _absent(nearby, attribute, len(rows), seed)
        rows, classes, weights = [*rows, *absent], [*classes, *[NONE] * len(absent)], [*weights, *[1.0] * len(absent)]
        estimator = make(len(rows), len(set(classes)))
        takes_weights = kind != "knn" and len(set(classes)) > 1
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="The number of unique classes")  # so it is where most values come once
            estimators[attribute] = estimator.fit(features[rows], classes, **({"sample_weight": weights} if takes_weights else {}))
    if not estimators:
        raise GoldError(f"no value comes {least} times, so there is nothing for a classifier to learn: give more labels")
    settings = ClassifierSettings(
        format=CLASSIFIER_FORMAT,
        features="vectors" if words is None else "words",
        attributes=list(estimators),
        several=several,
        least_confidence=0.0,
        card={"kind": kind, **card},
    )
    with new_model_folder(folder, settings) as files:
        require("skops.io", extra="train").dump({"features": words, "attributes": estimators}, files.estimators)
    return Path(folder)


def _lessons(labelled: Sequence[Labelled], attribute: str, least: int) -> tuple[Any, list[str], Any]:
    """(rows, classes, weights): a product with several values comes once for each, and weighs as one."""
    counts = Counter(value for example, _ in labelled for value in example.gold.get(attribute, ()))
    rows, classes, weights = [], [], []
    for number, (example, _) in enumerate(labelled):
        values = example.gold.get(attribute)
        if values is None:
            continue
        named = [value if counts[value] >= least else OTHER for value in values] or [NONE]
        for name in named:
            rows.append(number)
            classes.append(name)
            weights.append(1 / len(named))
    return np.array(rows, dtype=int), classes, np.array(weights)


def _fitted(words: Any, texts: Sequence[str]) -> Any:
    try:
        return words.fit_transform(texts)
    except ValueError as error:
        raise GoldError(f"{len(texts)} texts have too few words for a classifier to learn from: {error}") from error


def _absent(nearby: Sequence[frozenset[str] | None], attribute: str, most: int, seed: int) -> list[int]:
    """Numbers of at most so many products that were not asked for an attribute which those like them never have."""
    never = [number for number, near in enumerate(nearby) if near is not None and attribute not in near]
    return sorted(random.Random(f"{seed}-{attribute}").sample(never, min(most, len(never))))


def _vectoriser(kind: str) -> Any:
    """Words and pairs of words, Chinese by the character; for TF-IDF with stretches of letters beside them."""
    if kind == "knn":
        return None
    text = require("sklearn.feature_extraction.text", extra="train")
    if kind.startswith("bow"):
        return text.CountVectorizer(token_pattern=_WORD, binary=True)
    union = require("sklearn.pipeline", extra="train").make_union
    return union(
        text.TfidfVectorizer(token_pattern=_WORD, ngram_range=(1, 2), sublinear_tf=True),
        text.TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, min_df=2),
    )


def _maker(kind: str, seed: int) -> Callable[[int, int], Any]:
    """Makes an estimator for so many rows and classes; one class alone is always said."""
    constant = require("sklearn.dummy", extra="train").DummyClassifier

    def make(rows: int, classes: int) -> Any:
        if classes < 2:
            return constant()
        if kind == "knn":
            neighbours = require("sklearn.neighbors", extra="train")
            return neighbours.KNeighborsClassifier(min(_NEIGHBOURS, rows), weights="distance", metric="cosine")
        if kind.endswith("rf"):
            return require("sklearn.ensemble", extra="train").RandomForestClassifier(_TREES, random_state=seed, min_samples_leaf=2)
        return require("sklearn.linear_model", extra="train").LogisticRegression(C=10.0, max_iter=300)

    return make
