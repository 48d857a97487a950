"""The Encoder protocol."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Encoder", "Vectors"]

Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """Turns texts into vectors whose dot product is their cosine."""

    @property
    def name(self) -> str:
        """Short stable name."""
        ...

    def encode(self, texts: Sequence[str], /) -> Vectors:
        """Unit vectors of shape (n_texts, dim), float32; (0, dim) for no texts."""
        ...
