"""The part of a multilingual encoder's vocabulary that Chinese and English shops write.

Trimmed before training, not after: a piece that is gone is read as smaller pieces, and the network must have learned from those.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from hangtag.extras import require
from hangtag.learn.settings import LATIN_PIECES

__all__ = ["trim"]

_LATIN = re.compile("[A-Za-z]+")
_DIGITS_OR_SIGNS = re.compile(r"[0-9]+|[^A-Za-z0-9]+", re.ASCII)
_CHINESE = re.compile("[\u2000-\u206f\u20a0-\u20bf\u2100-\u2bff\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef]+")


def trim(model: Any, tokenizer: Any, texts: Iterable[str] = (), *, latin_pieces: int = LATIN_PIECES) -> Any:
    """Drop from a `transformers` encoder (in place) the embeddings of the pieces neither language needs; gives the smaller tokenizer.

    `texts` lose nothing: they are read as before. Only unigram tokenizers can lose pieces and still read every text; with any other
    the model stays whole.
    """
    content = json.loads(tokenizer.to_str())
    if content["model"]["type"] != "Unigram":
        return tokenizer
    torch, tokenizers = require("torch", extra="train"), require("tokenizers", extra="train")
    read = {number for encoded in tokenizer.encode_batch(list(texts)) for number in encoded.ids}
    kept = sorted(read | _kept(content, latin_pieces))
    words = model.get_input_embeddings()
    padding = words.padding_idx
    pad = kept.index(padding) if padding in kept else None
    model.set_input_embeddings(torch.nn.Embedding.from_pretrained(words.weight.detach()[kept].clone(), freeze=False, padding_idx=pad))
    model.config.vocab_size = len(kept)
    return tokenizers.Tokenizer.from_str(json.dumps(_shrunk(content, kept)))


def _kept(content: dict[str, Any], latin_pieces: int) -> set[int]:
    """The ids to keep whatever the texts: special tokens, digits, signs and Chinese; of Latin letters the likeliest."""
    pieces = [(piece.replace("▁", ""), score) for piece, score in content["model"]["vocab"]]
    latin = sorted((number for number, (piece, _) in enumerate(pieces) if _LATIN.fullmatch(piece)), key=lambda n: -pieces[n][1])
    special = {token["id"] for token in content.get("added_tokens", ())} | {0, 1, 2, 3, content["model"].get("unk_id") or 0}
    other = {
        number
        for number, (piece, _) in enumerate(pieces)
        if not piece or (piece.isascii() and _DIGITS_OR_SIGNS.fullmatch(piece)) or _CHINESE.fullmatch(piece)
    }
    return {number for number in special | other | set(latin[:latin_pieces]) if number < len(pieces)}


def _shrunk(content: dict[str, Any], kept: list[int]) -> dict[str, Any]:
    pieces, unknown = content["model"]["vocab"], content["model"]["unk_id"]
    new = {old: number for number, old in enumerate(kept)}
    content["model"] |= {"vocab": [pieces[number] for number in kept], "unk_id": new[unknown]}
    for token in content.get("added_tokens", ()):
        token["id"] = new[token["id"]]
    for token in (content.get("post_processor") or {}).get("special_tokens", {}).values():
        token["ids"] = [new[number] for number in token["ids"]]
    return content
