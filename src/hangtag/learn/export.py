"""A trained network as a folder that runs without torch: ONNX with 8-bit weights, the tokenizer, and a card."""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from typing import Any

import numpy as np

from hangtag.extras import require
from hangtag.learn.trained import Trained
from hangtag.taggers.answers import HIT_FEATURES, MOST_SPAN_TOKENS
from hangtag.taggers.encoder import FORMAT, EncoderSettings
from hangtag.taggers.layout import MOST_CHARS, MOST_TOKENS
from hangtag.taggers.model_folder import new_model_folder

__all__ = ["export"]

_OPSET = 20
_NEARLY_ALL, _LEAST_LONGEST = 0.995, 8


def export(trained: Trained, folder: str | Path, *, card: Mapping[str, Any]) -> Path:
    """Write the model folder, whole or not at all. `card` says what it was trained on and how well it does.

    Raises `MissingExtra` without the `train` extra.
    """
    settings = EncoderSettings(
        format=FORMAT,
        attributes=trained.attributes,
        values=trained.values,
        several=trained.several,
        known=trained.known.to_dict(),
        style=trained.style.to_dict(),
        least_confidence=0.0,
        most_chars=MOST_CHARS,
        categories=trained.categories.names if trained.categories is not None else [],
        card=dict(card),
    )
    with new_model_folder(folder, settings) as files:
        files.tokenizer.write_text(trained.tokenizer.to_str(), encoding="utf-8")
        np.savez(files.heads, **_heads(trained))
        _write_network(trained, files.network)
    return Path(folder)


def _heads(trained: Trained) -> dict[str, Any]:
    """What the attributes ask, what makes a question of a name, and what tells categories apart."""
    network = trained.network
    bias = network.queries(network.unlabelled)  # what a name is asked with that has no residual
    heads = {"queries": network.all_queries(), "query_weight": network.queries.weight, "query_bias": bias}
    arrays = {name: tensor.detach().numpy() for name, tensor in heads.items()}
    if trained.categories is not None:
        known = trained.categories._asdict()
        arrays |= {f"category_{name}": np.asarray(known[name]) for name in known if name != "names"}
    return arrays


def _write_network(trained: Trained, path: Path) -> None:
    torch = require("torch", extra="train")
    from hangtag.learn.plain import plain

    onnx, quantization = require("onnx", extra="train"), require("onnxruntime.quantization", extra="train")
    network = copy(trained.network.eval())
    network._modules = {**network._modules, "backbone": plain(network.backbone)}  # the network itself keeps its own
    network.longest = _longest(trained)
    queries = network.all_queries().detach()
    ids = torch.ones(2, 9, dtype=torch.long)
    hits = torch.zeros(2, 9, len(trained.attributes), HIT_FEATURES)
    names = ["input_ids", "attention_mask", "hits", "queries"]
    if isinstance(getattr(network.backbone, "body", None), torch.nn.RNNBase):
        # The newer exporter writes a recurrent network out step by step, for one length; the older knows ONNX's own operator for it.
        places = {"input_ids": [0, 1], "attention_mask": [0, 1], "hits": [0, 1, 2], "queries": [0]}
        given = {"spans": [0, 1, 2, 3], "none": [0, 1], "values": [0], "looks": [0, 1, 2], "states": [0, 1]}
        how = {"dynamo": False, "dynamic_axes": {**places, **given}}
    else:
        sizes = {0: torch.export.Dim("batch"), 1: torch.export.Dim("length", max=MOST_TOKENS)}
        asked = torch.export.Dim("attributes")
        how = {"dynamo": True, "dynamic_shapes": (sizes, sizes, {**sizes, 2: asked}, {0: asked}), "external_data": False}
    whole = path.with_suffix(".whole.onnx")
    try:
        with _quiet(), torch.no_grad():
            outputs = ["spans", "none", "values", "looks", "states"]
            inputs = (ids, torch.ones_like(ids), hits, queries)
            torch.onnx.export(network, inputs, whole, input_names=names, output_names=outputs, opset_version=_OPSET, verbose=False, **how)
            model = onnx.load(str(whole))
            del model.graph.value_info[:]  # the exporter's shapes are those before it folded weights; the quantiser infers its own
            # Seven bits for weights: with eight, processors without VNNI overflow the 16 bits they add pairs of products in.
            quantization.quantize_dynamic(model, path, weight_type=quantization.QuantType.QInt8, per_channel=True, reduce_range=True)
    finally:
        whole.unlink(missing_ok=True)


def _longest(trained: Trained) -> int:
    """So many tokens a stretch needs: half as many again as nearly every value that labels gave."""
    values = [value for counts in trained.known.answers.values() for value, count in counts.items() for _ in range(count)]
    lengths = [sum(end > start for start, end in one.offsets) for one in trained.tokenizer.encode_batch(values)]
    if not lengths:
        return MOST_SPAN_TOKENS
    return min(MOST_SPAN_TOKENS, max(_LEAST_LONGEST, math.ceil(1.5 * float(np.quantile(lengths, _NEARLY_ALL)))))


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what exporter and quantiser have to say to their own developers."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
