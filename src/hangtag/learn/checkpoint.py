"""A training's state on disk after every epoch, so that a killed one goes on to the same network."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from hangtag.errors import RunError
from hangtag.extras import require
from hangtag.learn.examples import Labelled
from hangtag.learn.settings import TrainSettings

__all__ = ["BestNetwork", "Checkpoint", "fingerprint_of"]


class BestNetwork:
    """The network at the least loss so far."""

    def __init__(self) -> None:
        self.epoch, self.loss = 0, float("inf")
        self.state: dict[str, Any] = {}

    def see(self, epoch: int, loss: float, network: Any) -> None:
        """Keep the network of this epoch if none before had less loss."""
        if loss < self.loss:
            self.epoch, self.loss, self.state = epoch, loss, {name: one.detach().clone() for name, one in _moving(network).items()}

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {"epoch": self.epoch, "loss": self.loss, "state": self.state}

    def take(self, kept: Mapping[str, Any]) -> None:
        """Be what `to_dict` gave."""
        self.epoch, self.loss, self.state = kept["epoch"], kept["loss"], dict(kept["state"])


class Checkpoint:
    """The file that holds the state of a training of these labels with these settings; `watched` is what it looks at only."""

    def __init__(
        self,
        path: Path,
        labelled: Sequence[Labelled],
        settings: TrainSettings,
        network: Any,
        optimizer: Any,
        schedule: Any,
        best: BestNetwork,
        watched: Sequence[Any] = (),
    ) -> None:
        self.path = path
        shapes = [(name, list(one.shape)) for name, one in _moving(network).items()]  # another version's network may have others
        self._fingerprint = fingerprint_of(labelled, settings, [list(item.ids) for item in watched], shapes)
        self._network, self._optimizer, self._schedule, self._best = network, optimizer, schedule, best

    def write(self, curve: Sequence[Mapping[str, float]]) -> None:
        """Keep the state after an epoch, whole or as it was. `curve` has the figures of each so far."""
        torch = require("torch", extra="train")
        partial = self.path.with_name(self.path.name + ".partial")
        state = {"network": _moving(self._network), "optimizer": self._optimizer.state_dict(), "schedule": self._schedule.state_dict()}
        facts = {"fingerprint": self._fingerprint, "best": self._best.to_dict(), "chance": torch.get_rng_state()}
        torch.save({**state, **facts, "curve": [dict(one) for one in curve]}, partial)
        partial.replace(self.path)

    def resume(self) -> list[dict[str, float]]:
        """Take up what the file holds; gives each epoch's figures. Raises `RunError` for another training's."""
        if not self.path.exists():
            return []
        torch = require("torch", extra="train")
        try:
            state = torch.load(self.path, weights_only=True)
        except Exception as error:  # what it raises of a file that is cut short depends on where that ends
            raise RunError(f"{self.path} is no whole checkpoint ({error}): delete it to begin anew") from error
        if state["fingerprint"] != self._fingerprint:
            raise RunError(
                f"{self.path} belongs to a training with other labels or settings: delete it to begin anew, or repeat that command"
            )
        self._network.load_state_dict(state["network"], strict=False)
        self._optimizer.load_state_dict(state["optimizer"])
        self._schedule.load_state_dict(state["schedule"])
        torch.set_rng_state(state["chance"])
        self._best.take(state["best"])
        return list(state["curve"])


def fingerprint_of(labelled: Sequence[Labelled], *others: Any) -> str:
    """What a training depends on: its labels, and plain data such as its settings."""
    labels = [
        (product.id, dict(product.fields), product.category, dict(product.attributes), dict(example.gold), dict(spans))
        for (example, spans) in labelled
        for product in [example.product]
    ]
    return hashlib.sha256(msgspec.json.encode((labels, others))).hexdigest()


def _moving(network: Any) -> dict[str, Any]:
    """All that training may change."""
    return {name: parameter for name, parameter in network.named_parameters() if parameter.requires_grad}
