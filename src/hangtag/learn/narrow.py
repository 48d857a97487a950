"""Fewer inner units in every layer of an encoder: two thirds of its work are done there, and most units have little to say on products.

Which stay is read from texts of the catalogue: those whose activation, times the weights it goes out by, is largest (the measure of
Wanda; Sun et al. 2024, for whole units). What goes out of them is then fitted anew by ridge regression, so that they say together what
all said (reconstruction as in He et al. 2017, "Channel Pruning").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hangtag.errors import InputError
from hangtag.extras import require
from hangtag.taggers.layout import read_tokens

__all__ = ["narrow"]

_MOST_TEXTS = 300
_RIDGE = 1e-3


def narrow(model: Any, tokenizer: Any, texts: Sequence[str], *, units: int) -> None:
    """Keep so many inner units of each layer of a `transformers` encoder, in place; one that has no more stays whole.

    Raises `InputError` where the layers are not built like those of BERT, RoBERTa or XLM-R.
    """
    torch = require("torch", extra="train")
    layers = getattr(getattr(model, "encoder", None), "layer", ())
    if not all(hasattr(layer, "intermediate") and hasattr(layer.output, "dense") for layer in layers) or not layers:
        raise InputError(
            "--feed-forward: the layers of this encoder are not built like those of BERT, RoBERTa or XLM-R; keep all with --feed-forward 0"
        )
    if units >= model.config.intermediate_size:
        return
    step = max(1, len(texts) // _MOST_TEXTS)
    sample = [read_tokens(tokenizer, text)[0] for text in texts[::step][:_MOST_TEXTS]]
    for number, layer in enumerate(layers):  # from below, so that each layer is fitted to what those under it now say
        model.encoder.layer = layers[: number + 1]
        seen = _activations(model, layer, sample)
        weight = layer.output.dense.weight.detach()
        kept = (seen.norm(dim=0) * weight.norm(dim=0)).topk(units).indices.sort().values
        layer.output.dense = _refitted(seen, kept, layer.output.dense)
        inner = torch.nn.Linear(weight.shape[0], units)
        with torch.no_grad():
            inner.weight.copy_(layer.intermediate.dense.weight[kept])
            inner.bias.copy_(layer.intermediate.dense.bias[kept])
        layer.intermediate.dense = inner
    model.encoder.layer = layers
    model.config.intermediate_size = units


def _activations(model: Any, layer: Any, sample: Sequence[Sequence[int]]) -> Any:
    """What the inner units of a layer say of every token (n_tokens, n_units)."""
    torch = require("torch", extra="train")
    seen: list[Any] = []
    watch = layer.intermediate.register_forward_hook(lambda _module, _given, result: seen.append(result[0]))
    model.eval()
    try:
        with torch.no_grad():
            for ids in sample:
                one = torch.tensor([ids])
                model(input_ids=one, attention_mask=torch.ones_like(one))
    finally:
        watch.remove()
    return torch.cat(seen)


def _refitted(seen: Any, kept: Any, dense: Any) -> Any:
    """The layer that makes of the `kept` units what `dense` made of all: (n_tokens, n_units) to (n_tokens, dim)."""
    torch = require("torch", extra="train")
    wanted = (seen @ dense.weight.detach().T).double().numpy()
    given = seen[:, kept].double().numpy()
    means, mean = given.mean(0), wanted.mean(0)
    square = (given - means).T @ (given - means)
    start = dense.weight.detach()[:, kept].double().numpy().T
    # Pulled towards the weights they had, not towards 0: few tokens then leave the encoder as it was.
    ridge = _RIDGE * np.trace(square) / len(square) * np.eye(len(square))
    solved = np.linalg.solve(square + ridge, (given - means).T @ (wanted - mean) + ridge @ start)
    layer = torch.nn.Linear(len(kept), dense.out_features)
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(solved.T))
        layer.bias.copy_(dense.bias + torch.from_numpy(mean - means @ solved))
    return layer
