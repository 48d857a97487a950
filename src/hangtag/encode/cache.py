"""Vectors of a vocabulary's names, kept between runs: they take seconds to compute and change only with the vocabulary."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hangtag.encode.base import Encoder, Vectors

__all__ = ["cache_folder", "encode_groups"]


def cache_folder() -> Path:
    """`$HANGTAG_CACHE`, else the user's cache folder."""
    named = os.environ.get("HANGTAG_CACHE")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hangtag"


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
    with contextlib.suppress(OSError):
        _keep(path, vectors)
    return vectors


def _keep(path: Path, vectors: Vectors) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".partial", delete=False) as file:
        np.save(file, vectors)
    Path(file.name).replace(path)
