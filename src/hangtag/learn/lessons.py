"""Labelled products as a network learns from them: some of them varied anew in each epoch."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

from hangtag.learn.augment import ValuePool
from hangtag.learn.batches import Item, make_item
from hangtag.learn.examples import Labelled
from hangtag.learn.synonyms import Synonyms
from hangtag.learn.trained import Trained
from hangtag.vocabulary import starter_vocabulary

__all__ = ["Lessons", "Reading", "unseen_items"]

_ENOUGH_PRODUCTS = 10
Weigh = Callable[[str, Sequence[str]], float]


class Reading:
    """Labelled products as the network reads them; those it learns from (`training`) without what their own labels say of values."""

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


def unseen_items(trained: Trained, labelled: Sequence[Labelled]) -> list[Item]:
    """Products to look at and not to learn from."""
    reading = Reading(trained, training=False)
    return [item for one in labelled if (item := reading.item(one)).judged]


class Lessons:
    """Labelled products to learn from; in each epoch some of them varied anew."""

    def __init__(self, trained: Trained, labelled: Sequence[Labelled], also: Sequence[Labelled] = ()) -> None:
        self._settings = trained.settings
        self._reading = Reading(trained, _weigher(labelled, trained.settings.rare_weight), training=True)
        pairs = [(one, self._reading.item(one)) for one in labelled]
        self._labelled = [one for one, item in pairs if item.judged]
        self.items = [item for _, item in pairs if item.judged]
        self._pool = ValuePool([*labelled, *also])
        self._style = trained.style
        self._synonyms = Synonyms(starter_vocabulary()) if trained.settings.synonym else None
        self._foreign = _foreign(labelled, self._reading.attributes)

    def of_epoch(self, epoch: int) -> list[Item]:
        """Some products with another value in place of theirs or another word for the same, each without some attributes its category
        never has."""
        settings = self._settings
        chance = random.Random(f"swap-{settings.seed}-{epoch}")
        chosen = [chance.random() < settings.swap for _ in self.items]
        varied = [self._pool.vary(one, chance) if swap else one for one, swap in zip(self._labelled, chosen, strict=True)]
        if self._synonyms is not None:
            named = [chance.random() < settings.synonym for _ in varied]
            varied = [self._synonyms.vary(one, self._style, chance) if other else one for one, other in zip(varied, named, strict=True)]
        lessons = zip(self._labelled, varied, self.items, strict=True)
        items = [item if ours is one else self._reading.item(ours) for one, ours, item in lessons]
        return [self._without(item, one, chance) for item, one in zip(items, self._labelled, strict=True)]

    def _without(self, item: Item, labelled: Labelled, chance: random.Random) -> Item:
        never = [one for one in self._foreign.get(labelled.example.product.category, ()) if one not in item.judged]
        absent = tuple(chance.sample(never, min(self._settings.foreign, len(never))))
        return item._replace(judged=item.judged + absent, weights=item.weights + (1.0,) * len(absent))


def _foreign(labelled: Sequence[Labelled], attributes: Mapping[str, int]) -> dict[str | None, list[int]]:
    """By category the attributes that none of its products has a value of, where there are enough to say so. Labels alone would not teach
    that a lure has no lenses: nobody asked."""
    counts, valued = Counter[str](), defaultdict[str, set[str]](set)
    for example, _ in labelled:
        if example.product.category is not None:
            counts[example.product.category] += 1
            valued[example.product.category].update(name for name, values in example.gold.items() if values)
    told = (category for category, count in counts.items() if count >= _ENOUGH_PRODUCTS)
    return {category: [number for name, number in attributes.items() if name not in valued[category]] for category in told}


def _weigher(labelled: Sequence[Labelled], power: float) -> Weigh | None:
    """What an answer counts: its count in the labels (its commonest value's) to the power of minus `power`; "none" counts as a value."""
    if not power:
        return None
    counts = Counter((name, value) for example, _ in labelled for name, values in example.gold.items() for value in values or ("",))
    return lambda name, values: float(max(counts[name, value] or 1 for value in values or ("",)) ** -power)
