"""Fewer dimensions of an encoder's states: what a layer costs goes with their square, and the texts of one catalogue fill few of them.

The states of its texts are turned so that the first dimensions hold most of what they say, and the others are left out (the idea of
SliceGPT; Ashkboos et al. 2024). Norms and their gains do not turn with them, so every matrix is fitted anew, from below, by ridge
regression of what the whole encoder says on what the smaller one has said so far (He et al. 2017, "Channel Pruning"). Heads stay as many
and become narrower: what matters most of what queries and keys say to each other stays, and of what values bring.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any, NamedTuple

from hangtag.errors import InputError
from hangtag.extras import require
from hangtag.taggers.layout import read_tokens

__all__ = ["Tokens", "batches_of", "fit_linear", "slim"]

_MOST_TEXTS, _MOST_TOKENS = 800, 25_000
_BATCH_TOKENS = 1600
_RIDGE = 1e-4
_TINY = 1e-6


class Tokens(NamedTuple):
    """A batch of texts: `ids` and `mask` (n_texts, n_tokens)."""

    ids: Any
    mask: Any


class _Heard(NamedTuple):
    """What a layer of the whole encoder says of every token (n_tokens, …): queries, keys and values; what its heads saw, side by side;
    states after attention and after all, each before and after the norm; inner units before their activation."""

    query: Any
    key: Any
    value: Any
    seen: Any
    half: Any
    half_normed: Any
    inner: Any
    full: Any
    full_normed: Any


def slim(model: Any, tokenizer: Any, texts: Sequence[str], *, hidden: int) -> None:
    """Keep so many dimensions of a `transformers` encoder's states, in place; one that has no more stays whole.

    Raises `InputError` where the encoder is not built like BERT, or its heads cannot share the dimensions evenly.
    """
    if getattr(model.config, "model_type", "") != "bert":
        raise InputError("--hidden: this encoder is not built like BERT; keep all its dimensions with --hidden 0")
    if hidden >= model.config.hidden_size:
        return
    heads = model.config.num_attention_heads
    if hidden % heads:
        raise InputError(f"--hidden {hidden}: the {heads} heads of this encoder share its dimensions evenly; give a multiple of {heads}")
    sample = _sample(tokenizer, texts)
    layers = model.encoder.layer
    _, states = _run(model, sample, [model.embeddings.LayerNorm, *(norm for layer in layers for norm in _norms(layer))])
    basis = _basis(states, hidden)
    config = deepcopy(model.config)
    config.hidden_size = hidden
    lesser = type(model)(config, add_pooling_layer=False).eval()
    _cut_embeddings(lesser, model, sample, basis, states[0] @ basis)
    del states
    stack = lesser.encoder.layer
    for number, (layer, whole) in enumerate(zip(stack, layers, strict=True)):  # from below: each is fitted to what is under it now
        lesser.encoder.layer, model.encoder.layer = stack[: number + 1], layers[: number + 1]
        heard = _hear(model, whole, sample)
        _fit_heads(lesser, layer.attention.self, whole.attention, heard, sample, basis)
        _fit_out(lesser, layer.attention.output, sample, heard.half @ basis, heard.half_normed @ basis)
        fit_linear(layer.intermediate.dense, _given(lesser, sample, layer.intermediate.dense), heard.inner)
        _fit_out(lesser, layer.output, sample, heard.full @ basis, heard.full_normed @ basis)
    lesser.encoder.layer = stack
    model.embeddings, model.encoder, model.config = lesser.embeddings, lesser.encoder, lesser.config
    model.pooler = None  # nobody asks for a text as a whole


def _sample(tokenizer: Any, texts: Sequence[str]) -> list[Tokens]:
    """Texts from all over the catalogue, so many tokens of them."""
    read: list[list[int]] = []
    for text in texts[:: max(1, len(texts) // _MOST_TEXTS)]:
        if sum(map(len, read)) < _MOST_TOKENS:
            read.append(read_tokens(tokenizer, text)[0])
    return batches_of(read)


def batches_of(read: Sequence[Sequence[int]]) -> list[Tokens]:
    """Texts (ids of tokens), those of like length together, padded."""
    torch = require("torch", extra="train")
    parts: list[list[Sequence[int]]] = []
    for row in sorted(read, key=len):
        if not parts or (len(parts[-1]) + 1) * len(row) > _BATCH_TOKENS:
            parts.append([])
        parts[-1].append(row)
    batches = []
    for rows in parts:
        ids = torch.ones(len(rows), len(rows[-1]), dtype=torch.long)
        mask = torch.zeros_like(ids)
        for number, row in enumerate(rows):
            ids[number, : len(row)], mask[number, : len(row)] = torch.tensor(row), 1
        batches.append(Tokens(ids, mask))
    return batches


def _norms(layer: Any) -> tuple[Any, Any]:
    return layer.attention.output.LayerNorm, layer.output.LayerNorm


def _hear(model: Any, layer: Any, sample: Sequence[Tokens]) -> _Heard:
    own, out = layer.attention.self, layer.attention.output
    half, full = _norms(layer)
    given, said = _run(model, sample, [own.query, own.key, own.value, out.dense, half, layer.intermediate.dense, full])
    return _Heard(said[0], said[1], said[2], given[3], given[4], said[4], said[5], given[6], said[6])


def _run(model: Any, sample: Sequence[Tokens], places: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """What modules are given and what they make of it, each (n_tokens, …)."""
    torch = require("torch", extra="train")
    given: list[list[Any]] = [[] for _ in places]
    said: list[list[Any]] = [[] for _ in places]

    def watch(number: int) -> Any:
        def see(_module: Any, arguments: Any, result: Any) -> None:
            given[number].append(arguments[0][real])
            said[number].append(result[real])

        return places[number].register_forward_hook(see)

    watches = [watch(number) for number in range(len(places))]
    model.eval()
    try:
        with torch.no_grad():
            for ids, mask in sample:
                real = mask.bool()
                model(input_ids=ids, attention_mask=mask)
    finally:
        for one in watches:
            one.remove()
    return [torch.cat(parts) for parts in given], [torch.cat(parts) for parts in said]


def _given(model: Any, sample: Sequence[Tokens], place: Any) -> Any:
    return _run(model, sample, [place])[0][0]


def _basis(states: Sequence[Any], hidden: int) -> Any:
    """(dim, hidden): the directions in which states differ most, turned so that none stands out and each row adds up to 0: the mean that a
    norm takes away is then 0, and what it divides by nearly what that of all dimensions did."""
    torch = require("torch", extra="train")
    square = sum((one - one.mean(0)).T.double() @ (one - one.mean(0)).double() / len(one) for one in states)
    most = torch.linalg.eigh(square).eigenvectors[:, 1 - hidden :]
    turn = torch.randn(hidden, hidden, dtype=torch.double, generator=torch.Generator().manual_seed(0))
    turn[:, 0] = 1
    return (most @ torch.linalg.qr(turn).Q[:, 1:].T).float()


def _cut_embeddings(lesser: Any, model: Any, sample: Sequence[Tokens], basis: Any, wanted: Any) -> None:
    torch = require("torch", extra="train")
    with torch.no_grad():
        for name in ("word_embeddings", "position_embeddings", "token_type_embeddings"):
            getattr(lesser.embeddings, name).weight.copy_(getattr(model.embeddings, name).weight @ basis)
    norm = lesser.embeddings.LayerNorm
    _fit_norm(norm, _given(lesser, sample, norm), wanted)


def _fit_heads(lesser: Any, own: Any, whole: Any, heard: _Heard, sample: Sequence[Tokens], basis: Any) -> None:
    """Queries, keys and values of each head, from the states of the `lesser` encoder."""
    torch = require("torch", extra="train")
    states, width = _given(lesser, sample, own.query), own.attention_head_size
    cut = [one.chunk(own.num_attention_heads, 1) for one in (heard.query, heard.key, heard.value, heard.seen)]
    out = (whole.output.dense.weight.detach().T @ basis).chunk(own.num_attention_heads, 0)
    wanted: list[list[Any]] = [[], [], []]
    for query, key, value, seen, brought in zip(*cut, out, strict=True):
        asks, answers = _exchange(query, key, width)
        parts = (query @ asks, key @ answers, value @ _most(seen, brought, width))
        for list_, part in zip(wanted, parts, strict=True):
            list_.append(part)
    for linear, parts_ in zip((own.query, own.key, own.value), wanted, strict=True):
        fit_linear(linear, states, torch.cat(parts_, 1))


def _exchange(query: Any, key: Any, width: int) -> tuple[Any, Any]:
    """Two maps (head, width), such that mapped queries and keys (n_tokens, head) give nearly the same weights; what all keys have in common
    changes none."""
    torch = require("torch", extra="train")
    (root, back), (key_root, key_back) = _root(query), _root(key - key.mean(0))
    left, sizes, right = torch.linalg.svd(root @ key_root)
    scale = sizes[:width].sqrt() * (width / query.shape[1]) ** 0.25
    return (back @ left[:, :width] * scale).float(), (key_back @ right[:width].T * scale).float()


def _most(seen: Any, out: Any, width: int) -> Any:
    """A map (head, width) of what a head saw (n_tokens, head), after which most of what goes `out` (head, hidden) by it is still there."""
    torch = require("torch", extra="train")
    root, back = _root(seen - seen.mean(0))
    left, sizes, _ = torch.linalg.svd(root @ out.double(), full_matrices=False)
    found = back @ left[:, :width] * sizes[:width]
    return (found / found.norm() * width**0.5).float()  # as long as what it maps, whatever the sizes of what goes out


def _root(rows: Any) -> tuple[Any, Any]:
    """The square root of the mean outer product of rows, and its inverse."""
    torch = require("torch", extra="train")
    values, vectors = torch.linalg.eigh(rows.T.double() @ rows.double() / len(rows))
    values = values.clamp_min(_TINY * values[-1]).sqrt()
    return vectors * values @ vectors.T, vectors / values @ vectors.T


def _fit_out(lesser: Any, output: Any, sample: Sequence[Tokens], wanted: Any, normed: Any) -> None:
    """What is added to the states, `wanted` with them, and its norm, which makes them `normed`."""
    torch = require("torch", extra="train")
    given, said = _run(lesser, sample, [output.dense, output.LayerNorm])
    states = given[1] - said[0]
    fit_linear(output.dense, given[0], wanted - states)
    with torch.no_grad():
        _fit_norm(output.LayerNorm, states + output.dense(given[0]), normed)


def fit_linear(linear: Any, given: Any, wanted: Any) -> None:
    """Weights and biases that make of `given` (n_tokens, in) nearly what is `wanted` (n_tokens, out)."""
    torch = require("torch", extra="train")
    middle, mean = given.mean(0), wanted.mean(0)
    rows = (given - middle).double()
    square = rows.T @ rows
    square += _RIDGE * square.trace() / len(square) * torch.eye(len(square), dtype=torch.double)
    weight = torch.linalg.solve(square, rows.T @ (wanted - mean).double()).float()
    with torch.no_grad():
        linear.weight.copy_(weight.T)
        linear.bias.copy_(mean - middle @ weight)


def _fit_norm(norm: Any, given: Any, wanted: Any) -> None:
    """Gain and bias of each dimension."""
    torch = require("torch", extra="train")
    with torch.no_grad():
        plain = torch.nn.functional.layer_norm(given, norm.normalized_shape, eps=norm.eps)
        middle, mean = plain.mean(0), wanted.mean(0)
        gain = ((plain - middle) * (wanted - mean)).mean(0) / ((plain - middle).square().mean(0) + _TINY)
        norm.weight.copy_(gain)
        norm.bias.copy_(mean - gain * middle)
