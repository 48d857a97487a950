"""Labelled products as a network learns from them: some of them varied anew in each epoch."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from hangtag.encode import SentenceEncoder
from hangtag.learn.augment import ValuePool
from hangtag.learn.batches import Item, make_item
from hangtag.learn.examples import Labelled
from hangtag.learn.nearby import attributes_nearby
from hangtag.learn.settings import TrainSettings
from hangtag.learn.synonyms import Synonyms
from hangtag.learn.trained import Trained
from hangtag.taggers.house_style import HouseStyle
from hangtag.vocabulary import starter_vocabulary

__all__ = ["Lessons", "NetworkReading", "Reading", "mean_weight", "unseen_items", "weigher"]

Weigh = Callable[[str, Sequence[str]], float]


class Reading(Protocol):
    """How a network reads labelled products. `attributes` are numbered; items have the numbers of those `judged`."""

    attributes: dict[str, int]

    def item(self, labelled: Labelled) -> Any:
        """A product and what its labels say."""

    def without(self, item: Any, absent: Sequence[int]) -> Any:
        """The same product, shown to be without these attributes too."""


class NetworkReading:
    """How the encoder's network reads; those it learns from (`training`) without what their own labels say of values."""

    def __init__(self, trained: Trained, weigh: Weigh | None = None, *, training: bool) -> None:
        self.attributes = {name: number for number, name in enumerate(trained.attributes)}
        self._trained, self._weigh, self._training = trained, weigh, training
        self._values = {pair: number for number, pair in enumerate(trained.values)}

    def item(self, labelled: Labelled) -> Item:
        trained = self._trained
        return make_item(
            labelled.example,
            labelled.spans,
            tokenizer=trained.tokenizer,
            attributes=self.attributes,
            values=self._values,
            known=trained.known,
            style=trained.style,
            training=self._training,
            weigh=self._weigh,
        )

    def without(self, item: Item, absent: Sequence[int]) -> Item:
        return item._replace(judged=(*item.judged, *absent), weights=item.weights + (1.0,) * len(absent))


def unseen_items(trained: Trained, labelled: Sequence[Labelled]) -> list[Item]:
    """Products to look at and not to learn from."""
    reading = NetworkReading(trained, training=False)
    return [item for one in labelled if (item := reading.item(one)).judged]


class Lessons:
    """Labelled products to learn from; in each epoch some of them varied anew. `named` are an epoch's lessons in reading names."""

    def __init__(
        self,
        reading: Reading,
        labelled: Sequence[Labelled],
        also: Sequence[Labelled],
        named: Sequence[Sequence[Any]] = (),
        *,
        settings: TrainSettings,
        style: HouseStyle,
    ) -> None:
        self._reading, self._settings, self._style = reading, settings, style
        self._labelled, self.items = self._judged(labelled)
        self._also = self._judged(also)[1] if settings.also_epochs else []
        self._named = named
        self._pool = ValuePool([*labelled, *also])
        self._synonyms = Synonyms(starter_vocabulary()) if settings.synonym else None
        self._nearby = attributes_nearby(self._labelled, SentenceEncoder()) if settings.foreign else [None] * len(self.items)

    def count(self, epoch: int) -> int:
        """How many there are in an epoch."""
        return len(self.items) + len(self._of_others(epoch)) + len(self._by_name(epoch))

    def of_epoch(self, epoch: int) -> list[Any]:
        """Some products with another value in place of theirs or another word for the same, each without some attributes that
        products like it never have; those of another source, and lessons in reading names, as they are."""
        settings = self._settings
        chance = random.Random(f"swap-{settings.seed}-{epoch}")
        chosen = [chance.random() < settings.swap for _ in self.items]
        varied = [self._pool.vary(one, chance) if swap else one for one, swap in zip(self._labelled, chosen, strict=True)]
        if self._synonyms is not None:
            named = [chance.random() < settings.synonym for _ in varied]
            varied = [self._synonyms.vary(one, self._style, chance) if other else one for one, other in zip(varied, named, strict=True)]
        lessons = zip(self._labelled, varied, self.items, strict=True)
        items = [item if ours is one else self._reading.item(ours) for one, ours, item in lessons]
        ours = [self._without(item, near, chance) for item, near in zip(items, self._nearby, strict=True)]
        return [*ours, *self._of_others(epoch), *self._by_name(epoch)]

    def _judged(self, labelled: Sequence[Labelled]) -> tuple[list[Labelled], list[Any]]:
        """Those that something can be learned from, and how they are read."""
        pairs = [(one, item) for one in labelled if (item := self._reading.item(one)).judged]
        return [one for one, _ in pairs], [item for _, item in pairs]

    def _of_others(self, epoch: int) -> Sequence[Any]:
        return self._also if epoch <= self._settings.also_epochs else ()

    def _by_name(self, epoch: int) -> Sequence[Any]:
        return self._named[epoch - 1] if self._named else ()

    def _without(self, item: Any, near: frozenset[str] | None, chance: random.Random) -> Any:
        if near is None:
            return item
        never = [one for name, one in self._reading.attributes.items() if name not in near and one not in item.judged]
        absent = chance.sample(never, min(self._settings.foreign, len(never)))
        return self._reading.without(item, absent) if absent else item


def weigher(labelled: Sequence[Labelled], power: float) -> Weigh | None:
    """What an answer counts: its count in the labels (its commonest value's) to the power of minus `power`; "none" counts as a value."""
    if not power:
        return None
    counts = Counter((name, value) for example, _ in labelled for name, values in example.gold.items() for value in values or ("",))
    return lambda name, values: float(max(counts[name, value] or 1 for value in values or ("",)) ** -power)


def mean_weight(labelled: Sequence[Labelled], weigh: Weigh | None) -> float:
    """What an answer counts on average."""
    if weigh is None:
        return 1.0
    weights = [weigh(name, values) for example, _ in labelled for name, values in example.gold.items()]
    return sum(weights) / len(weights)
