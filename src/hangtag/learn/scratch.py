"""Encoders that know nothing beforehand, to measure a pre-trained one against: recurrent ones and a Transformer over Word2Vec vectors."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from hangtag.errors import InputError
from hangtag.extras import require
from hangtag.learn.settings import SCRATCH_PREFIX

__all__ = ["SCRATCH", "make_scratch"]

SCRATCH = ("rnn", "lstm", "transformer")
_PIECES, _DIM, _LAYERS, _HEADS, _POSITIONS = 8_000, 128, 2, 4, 512
_SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]


def make_scratch(kind: str, texts: Sequence[str], *, seed: int = 1) -> tuple[Any, Any]:
    """An encoder of a kind of `SCRATCH` and its tokenizer, both made from `texts` alone. Raises `InputError` for another kind."""
    if kind not in SCRATCH:
        raise InputError(f"--backbone {SCRATCH_PREFIX}{kind}: there are {', '.join(SCRATCH_PREFIX + one for one in SCRATCH)}")
    tokenizer = _tokenizer(texts)
    vectors = _word2vec([tokenizer.encode(text).tokens for text in texts], tokenizer, seed)
    return _encoder(kind, vectors), tokenizer


def _tokenizer(texts: Sequence[str]) -> Any:
    """Byte-pair encoding (Sennrich et al. 2016): the same texts give the same pieces, as a training that goes on after a kill needs. Those
    of a unigram model differ from run to run."""
    tokenizers = require("tokenizers", extra="train")
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE(unk_token="<unk>"))
    tokenizer.normalizer = tokenizers.normalizers.NFKC()
    parts = tokenizers.pre_tokenizers
    tokenizer.pre_tokenizer = parts.Sequence([parts.Metaspace(), parts.Punctuation(), parts.Digits()])  # values end there
    trainer = tokenizers.trainers.BpeTrainer(vocab_size=_PIECES, special_tokens=_SPECIAL, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    ends = [("<s>", tokenizer.token_to_id("<s>")), ("</s>", tokenizer.token_to_id("</s>"))]
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(single="<s> $A </s>", special_tokens=ends)
    return tokenizer


def _word2vec(sentences: Sequence[Sequence[str]], tokenizer: Any, seed: int) -> Any:
    """Skip-gram vectors (Mikolov et al. 2013) of the tokenizer's pieces; small random ones for those seen too rarely."""
    gensim = require("gensim.models", extra="train")
    options = {"vector_size": _DIM, "window": 5, "min_count": 1, "sg": 1, "epochs": 10, "workers": 1, "seed": seed}
    trained = gensim.Word2Vec(sentences, hashfxn=_hash, **options).wv
    vectors = np.random.default_rng(seed).normal(0, 0.05, (tokenizer.get_vocab_size(), _DIM)).astype(np.float32)
    for piece, number in tokenizer.get_vocab().items():
        if piece in trained:
            vectors[number] = trained[piece]
    return vectors


def _hash(word: str) -> int:
    return zlib.crc32(word.encode())  # Python's own differs from run to run


def _encoder(kind: str, vectors: Any) -> Any:
    torch = require("torch", extra="train")
    nn = torch.nn

    class ScratchEncoder(nn.Module):  # type: ignore[name-defined,misc]
        """Looks like an encoder of `transformers` to those that use it; all of it moves in training."""

        from_scratch = True

        def __init__(self) -> None:
            super().__init__()
            self.config = SimpleNamespace(hidden_size=2 * _DIM)
            self.lookup = nn.Embedding.from_pretrained(torch.from_numpy(vectors), freeze=False)
            self.drop = nn.Dropout(0.1)
            if kind == "transformer":
                self.places = nn.Embedding(_POSITIONS, _DIM)
                layer = nn.TransformerEncoderLayer(_DIM, _HEADS, 4 * _DIM, dropout=0.1, batch_first=True, norm_first=True)
                self.body = nn.TransformerEncoder(layer, _LAYERS, enable_nested_tensor=False)
                self.out = nn.Linear(_DIM, 2 * _DIM)
            else:
                self.body = (nn.LSTM if kind == "lstm" else nn.RNN)(_DIM, _DIM, _LAYERS, batch_first=True, bidirectional=True)

        def get_input_embeddings(self) -> Any:
            return self.lookup

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            states = self.drop(self.lookup(input_ids))
            if kind == "transformer":
                places = self.places(torch.arange(input_ids.shape[1], device=input_ids.device))
                states = self.out(self.body(states + places, src_key_padding_mask=attention_mask == 0))
            else:
                states = self.body(states)[0]
            return SimpleNamespace(last_hidden_state=states)

    return ScratchEncoder()
