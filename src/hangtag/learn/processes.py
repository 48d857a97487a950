"""Several processes that train one network together, as `accelerate launch` starts them; by itself a process is alone."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from hangtag.extras import require

__all__ = ["Processes", "is_alone", "is_first"]

_Item = TypeVar("_Item")


def is_first() -> bool:
    """Whether this process is alone or the first of several: the one that writes and speaks."""
    return int(os.environ.get("RANK", "0")) == 0


def is_alone() -> bool:
    """Whether this process trains by itself."""
    return int(os.environ.get("WORLD_SIZE", "1")) == 1


class Processes:
    """This process among `size`, by `rank`. Each learns from its part of every batch, and gradients are averaged."""

    def __init__(self, device: str) -> None:
        self.size = int(os.environ.get("WORLD_SIZE", "1"))
        self._accelerator: Any = None
        if self.size > 1:
            self._accelerator = require("accelerate", extra="train").Accelerator(cpu=device == "cpu")
        self.rank = int(self._accelerator.process_index) if self._accelerator is not None else 0

    def share(self, items: Sequence[_Item]) -> Sequence[_Item]:
        """This process's part of a batch; never empty."""
        return items[self.rank :: self.size] or items[:1]

    def average(self, parameters: Iterable[Any]) -> None:
        """Make every process's gradients their mean."""
        if self._accelerator is None:
            return
        torch = require("torch", extra="train")
        for parameter in parameters:
            if parameter.requires_grad:
                mine = parameter.grad if parameter.grad is not None else torch.zeros_like(parameter)
                parameter.grad = self._accelerator.reduce(mine, reduction="mean")
