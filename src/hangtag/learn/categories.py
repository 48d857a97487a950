"""Which category a product belongs to, learned from the merchant's own column: read off the encoder's states, which nothing here moves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hangtag.extras import require
from hangtag.learn.examples import Labelled
from hangtag.taggers.encoder import distance
from hangtag.taggers.layout import lay_out, read_tokens

__all__ = ["Categories", "learn_categories"]

_LEAST_PRODUCTS, _BATCH = 5, 64
_STRENGTH = 0.03
_FOLDS, _NEARLY_ALL, _LEAST_SPREAD = 5, 0.99, 0.05


class Categories(NamedTuple):
    """A linear classifier of mean token states: `names`, `weight` (n_categories, dim) and `bias` (n_categories,); and what it was shown:
    `centres` (n_categories, dim), `spread` (dim,) around them, and the `reach`, the distance to the nearest that nearly all products
    have at most (see `distance`)."""

    names: list[str]
    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    centres: NDArray[np.float32]
    spread: NDArray[np.float32]
    reach: float


def learn_categories(backbone: Any, tokenizer: Any, labelled: Sequence[Labelled]) -> Categories | None:
    """Logistic regression on what the encoder makes of products whose category it is not shown. Categories of fewer than five products
    are not learned; None where there are not two."""
    counts = Counter(example.product.category for example, _ in labelled if example.product.category is not None)
    products = [example.product for example, _ in labelled if counts.get(example.product.category or "", 0) >= _LEAST_PRODUCTS]
    if len({product.category for product in products}) < 2:
        return None
    states = _mean_states(backbone, tokenizer, [lay_out(replace(product, category=None)).text for product in products])
    mean, scale = states.mean(0), states.std(0) + 1e-6
    model = require("sklearn.linear_model", extra="train").LogisticRegression(C=_STRENGTH, max_iter=300)
    model.fit((states - mean) / scale, [product.category for product in products])
    weight, bias = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # one row stands for both
        weight, bias = np.concatenate([-weight, weight]) / 2, np.concatenate([-bias, bias]) / 2
    weight = weight / scale
    place = {name: number for number, name in enumerate(model.classes_.tolist())}
    numbers = np.array([place[product.category] for product in products])
    centres, spread = _centres(states, numbers)
    return Categories(
        names=[str(name) for name in model.classes_],
        weight=weight.astype(np.float32),
        bias=(bias - weight @ mean).astype(np.float32),
        centres=centres.astype(np.float32),
        spread=spread.astype(np.float32),
        reach=_reach(states, numbers),
    )


def _centres(states: NDArray[np.float32], numbers: NDArray[np.intp]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The mean state of each category, and the standard deviation around them."""
    centres = np.stack([states[numbers == number].mean(0) for number in range(numbers.max() + 1)])
    spread = (states - centres[numbers]).std(0)
    return centres, spread.clip(min=max(1e-6, _LEAST_SPREAD * float(np.median(spread))))  # 8-bit weights have noise where texts have none


def _reach(states: NDArray[np.float32], numbers: NDArray[np.intp]) -> float:
    """The distance to the nearest centre within which 99 % of the products are that the centres were not made from."""
    folds = np.empty(len(numbers), dtype=np.intp)
    for number in range(numbers.max() + 1):  # every fold has some of each category
        mine = np.flatnonzero(numbers == number)
        folds[mine] = np.arange(len(mine)) % _FOLDS
    distances = np.empty(len(numbers))
    for fold in range(_FOLDS):
        held = folds == fold
        centres, spread = _centres(states[~held], numbers[~held])
        distances[held] = [distance(state, centres, spread) for state in states[held]]
    return float(np.quantile(distances, _NEARLY_ALL))


def _mean_states(backbone: Any, tokenizer: Any, texts: Sequence[str]) -> NDArray[np.float32]:
    """(n_texts, dim); texts of like length are run together."""
    torch = require("torch", extra="train")
    read = [read_tokens(tokenizer, text)[0] for text in texts]
    order = sorted(range(len(read)), key=lambda number: len(read[number]))
    means: list[Any] = [None] * len(read)
    with torch.no_grad():
        for begin in range(0, len(order), _BATCH):
            part = order[begin : begin + _BATCH]
            ids = torch.ones(len(part), max(len(read[number]) for number in part), dtype=torch.long)
            mask = torch.zeros_like(ids)
            for row, number in enumerate(part):
                ids[row, : len(read[number])] = torch.tensor(read[number])
                mask[row, : len(read[number])] = 1
            states = backbone(input_ids=ids, attention_mask=mask).last_hidden_state
            shares = mask[..., None] / mask.sum(1)[:, None, None]
            for number, mean in zip(part, (states * shares).sum(1), strict=True):
                means[number] = mean.numpy()
    return np.stack(means)
