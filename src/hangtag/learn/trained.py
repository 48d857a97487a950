"""What a training gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hangtag.learn.categories import Categories
from hangtag.learn.settings import TrainSettings
from hangtag.taggers.house_style import HouseStyle
from hangtag.taggers.known_values import KnownValues

__all__ = ["Trained"]


@dataclass(slots=True)
class Trained:
    """A trained network with all that is needed to use it. `values` are (attribute, value) pairs in the order of the network's; `curve` has
    each epoch's figures."""

    network: Any
    tokenizer: Any
    attributes: list[str]
    values: list[tuple[str, str]]
    several: list[str]
    known: KnownValues
    style: HouseStyle
    settings: TrainSettings
    categories: Categories | None = None
    curve: list[dict[str, float]] = field(default_factory=list)
