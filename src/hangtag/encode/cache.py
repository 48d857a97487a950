"""Vectors of a vocabulary's names, kept between runs: they take seconds to compute and change only with the vocabulary."""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Sequence

import numpy as np

from hangtag.config import cache_folder, keep_in_cache
from hangtag.encode.base import Encoder, Vectors

__all__ = ["encode_groups"]


def encode_groups(encoder: Encoder, groups: Sequence[Sequence[str]]) -> Vectors:
    """One unit vector per group of names, their mean: (n_groups, dim). Kept in the cache folder where that can be written."""
    digest = hashlib.sha256(repr((encoder.name, [tuple(group) for group in groups])).encode()).hexdigest()[:24]
    path = cache_folder() / f"vectors-{digest}.npy"
    with contextlib.suppress(OSError, ValueError, EOFError):
        return np.asarray(np.load(path, allow_pickle=False), dtype=np.float32)
    flat = encoder.encode([text for group in groups for text in group])
    means, begin = [], 0
    for group in groups:
        means.append(flat[begin : begin + len(group)].mean(axis=0))
        begin += len(group)
    vectors = np.asarray(means, dtype=np.float32)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    buffer = io.BytesIO()
    np.save(buffer, vectors)
    keep_in_cache(path, buffer.getvalue())
    return vectors
