"""A trained network as a folder that runs without torch: ONNX with 8-bit weights, a trimmed tokenizer, and a card."""

from __future__ import annotations

import json
import logging
import shutil
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hangtag import __version__
from hangtag.extras import require
from hangtag.learn.train import Trained
from hangtag.taggers.encoder import FORMAT, ModelFiles
from hangtag.taggers.layout import MOST_CHARS

__all__ = ["export", "trim_vocabulary"]

_OPSET = 18
_LATIN_PIECES = 40_000
_KEPT_RANGES = ((0x3000, 0x303F), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xFF00, 0xFFEF))


def export(trained: Trained, folder: str | Path, *, card: Mapping[str, Any], least_confidence: float = 0.4, trim: bool = True) -> Path:
    """Write the model folder, whole or not at all. `card` says what it was trained on and how well it does.

    `trim` keeps the tokens of Chinese and English alone, and with that most of the size away. Raises `MissingExtra` without the
    `train` extra.
    """
    folder = Path(folder)
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    files = ModelFiles(partial)
    tokenizer = json.loads(trained.tokenizer.to_str())
    kept = trim_vocabulary(tokenizer) if trim and tokenizer["model"]["type"] == "Unigram" else None
    files.tokenizer.write_text(json.dumps(tokenizer, ensure_ascii=False), encoding="utf-8")
    _write_network(trained, files.network, kept)
    settings = {
        "format": FORMAT,
        "version": __version__,
        "attributes": trained.attributes,
        "values": trained.values,
        "known": trained.known.to_dict(),
        "least_confidence": least_confidence,
        "most_chars": MOST_CHARS,
        "card": dict(card),
    }
    files.settings.write_text(json.dumps(settings, ensure_ascii=False, indent=1), encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    partial.replace(folder)
    return folder


def trim_vocabulary(tokenizer: dict[str, Any]) -> list[int]:
    """Drop from a unigram tokenizer's JSON all pieces that neither English nor Chinese shops write; gives the old ids kept, in order.

    Single Chinese characters all stay, since no piece joins two; of Latin pieces the likeliest.
    """
    pieces = tokenizer["model"]["vocab"]
    special = {token["id"] for token in tokenizer.get("added_tokens", ())} | {0, 1, 2, 3, tokenizer["model"].get("unk_id") or 0}
    latin = sorted((number for number, (piece, _) in enumerate(pieces) if piece.replace("▁", "").isascii()), key=lambda n: -pieces[n][1])
    kept = special | set(latin[:_LATIN_PIECES])
    kept |= {number for number, (piece, _) in enumerate(pieces) if _is_short_chinese(piece.replace("▁", ""))}
    order = sorted(number for number in kept if number < len(pieces))
    tokenizer["model"]["vocab"] = [pieces[number] for number in order]
    new = {old: number for number, old in enumerate(order)}
    tokenizer["model"]["unk_id"] = new[tokenizer["model"]["unk_id"]]
    for token in tokenizer.get("added_tokens", ()):
        token["id"] = new[token["id"]]
    for token in (tokenizer.get("post_processor") or {}).get("special_tokens", {}).values():
        token["ids"] = [new[number] for number in token["ids"]]
    return order


def _is_short_chinese(piece: str) -> bool:
    return len(piece) == 1 and any(low <= ord(piece) <= high for low, high in _KEPT_RANGES)


def _write_network(trained: Trained, path: Path, kept: list[int] | None) -> None:
    torch = require("torch", extra="train")
    onnx, quantization = require("onnx", extra="train"), require("onnxruntime.quantization", extra="train")
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    network = trained.network.eval()
    words = network.backbone.get_input_embeddings()
    if kept is not None:
        smaller = torch.nn.Embedding.from_pretrained(words.weight.detach()[kept].clone())
        network.backbone.set_input_embeddings(smaller)
    ids = torch.ones(2, 9, dtype=torch.long)
    hits = torch.zeros(2, 9, len(trained.attributes), 4)
    batch, length = torch.export.Dim("batch"), torch.export.Dim("length", max=512)
    whole = path.with_suffix(".whole.onnx")
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                network,
                (ids, torch.ones_like(ids), hits),
                whole,
                input_names=["input_ids", "attention_mask", "hits"],
                output_names=["start", "end", "none", "values"],
                dynamic_shapes=({0: batch, 1: length}, {0: batch, 1: length}, {0: batch, 1: length}),
                opset_version=_OPSET,
                dynamo=True,
                verbose=False,
                external_data=False,
            )
        model = onnx.load(str(whole))
        del model.graph.value_info[:]  # the exporter's shapes are those before it folded weights; the quantiser infers its own
        quantization.quantize_dynamic(model, path, weight_type=quantization.QuantType.QInt8, per_channel=False)
    finally:
        network.backbone.set_input_embeddings(words)
        whole.unlink(missing_ok=True)
