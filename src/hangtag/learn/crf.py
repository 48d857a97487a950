"""Training of the `crf` baseline: Word2Vec vectors, a bidirectional LSTM and a conditional random field (Huang, Xu and Yu 2015)."""

from __future__ import annotations

import random
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from hangtag.errors import GoldError
from hangtag.extras import require
from hangtag.learn.batches import Item, make_item
from hangtag.learn.examples import Labelled
from hangtag.learn.loop import AfterEpoch, run
from hangtag.learn.scratch import make_scratch
from hangtag.learn.settings import TrainSettings
from hangtag.taggers.crf import CRF_FORMAT, CrfSettings
from hangtag.taggers.house_style import HouseStyle
from hangtag.taggers.known_values import KnownValues
from hangtag.taggers.layout import lay_out
from hangtag.taggers.model_folder import new_model_folder

__all__ = ["train_crf"]

_RATE = 5e-3


class _Lesson(NamedTuple):
    """Tokens, and what each is: 0 for nothing, for each attribute one label where a value begins and one for the rest of it."""

    ids: Sequence[int]
    labels: Sequence[int]


def train_crf(
    labelled: Sequence[Labelled],
    folder: str | Path,
    settings: TrainSettings,
    *,
    card: Mapping[str, Any],
    checkpoint: Path | None = None,
    after_epoch: AfterEpoch | None = None,
) -> list[dict[str, float]]:
    """Write a CRF tagger's model folder, whole or not at all; gives each epoch's figures, with `checkpoint` and `after_epoch` as in
    `loop.run`. Raises `GoldError` where no value stands in a text."""
    torch = require("torch", extra="train")
    torch.manual_seed(settings.seed)
    attributes = list(dict.fromkeys(name for example, _ in labelled for name in example.gold))
    encoder, tokenizer = make_scratch("lstm", [lay_out(example.product).text for example, _ in labelled], seed=settings.seed)
    numbers = {name: number for number, name in enumerate(attributes)}
    nothing = {"values": {}, "known": KnownValues({}, {}), "style": HouseStyle(), "training": True}
    items = [make_item(*one, tokenizer=tokenizer, attributes=numbers, **nothing) for one in labelled]  # type: ignore[arg-type]
    lessons = [_Lesson(item.ids, _labels(item)) for item in items]
    if not any(any(lesson.labels) for lesson in lessons):
        raise GoldError("no labelled value stands in its product's text, so there is no span to learn")
    network = _network(encoder, 2 * len(attributes) + 1)
    curve = run(_Course(network, lessons, labelled, settings), checkpoint=checkpoint, after_epoch=after_epoch)
    field = network.field
    content = CrfSettings(
        format=CRF_FORMAT,
        attributes=attributes,
        begin=field.start_transitions.tolist(),
        end=field.end_transitions.tolist(),
        transitions=field.transitions.tolist(),
        least_confidence=0.0,
        card=dict(card),
    )
    with new_model_folder(folder, content) as files:
        files.tokenizer.write_text(tokenizer.to_str(), encoding="utf-8")
        _write_network(network, files.network)
    return curve


def _labels(item: Item) -> list[int]:
    """One label a token; of answers that overlap the longest."""
    labels = [0] * len(item.ids)
    for attribute, first, last in sorted(item.answers, key=lambda answer: answer[1] - answer[2]):
        if not any(labels[first : last + 1]):
            labels[first : last + 1] = [2 * attribute + 1] + [2 * attribute + 2] * (last - first)
    return labels


def _network(encoder: Any, n_labels: int) -> Any:
    torch, crf = require("torch", extra="train"), require("torchcrf", extra="train")

    class Network(torch.nn.Module):  # type: ignore[name-defined,misc]
        def __init__(self) -> None:
            super().__init__()
            self.encoder = encoder
            self.drop = torch.nn.Dropout(0.3)
            self.out = torch.nn.Linear(encoder.config.hidden_size, n_labels)
            self.field = crf.CRF(n_labels, batch_first=True)

        def forward(self, input_ids: Any) -> Any:
            return self.out(self.drop(self.encoder(input_ids, None).last_hidden_state))

    return Network()


class _Course:
    """What the network learns; see `loop.Course`."""

    def __init__(self, network: Any, lessons: Sequence[_Lesson], labels: Sequence[Labelled], settings: TrainSettings) -> None:
        self.settings = replace(settings, learning_rate=_RATE, head_learning_rate=_RATE, device="cpu")
        self.network, self.body, self.labels = network, network.encoder, labels
        self.watched: Sequence[_Lesson] = ()
        self._lessons = lessons

    def count(self, epoch: int) -> int:
        """How many lessons an epoch has: all."""
        return len(self._lessons)

    def of_epoch(self, epoch: int) -> Sequence[_Lesson]:
        """All of them."""
        return self._lessons

    def loss(self, items: Sequence[_Lesson], chance: random.Random | None) -> Any:
        """Mean negative log-likelihood of the labels of a text."""
        torch = require("torch", extra="train")
        length = max(len(one.ids) for one in items)
        ids, mask, labels = (np.full((len(items), length), fill, dtype=np.int64) for fill in (1, 0, 0))
        for row, one in enumerate(items):
            ids[row, : len(one.ids)], mask[row, : len(one.ids)], labels[row, : len(one.ids)] = one.ids, 1, one.labels
        emissions = self.network(torch.from_numpy(ids))
        return -self.network.field(emissions, torch.from_numpy(labels), mask=torch.from_numpy(mask).bool(), reduction="mean")


def _write_network(network: Any, path: Path) -> None:
    torch = require("torch", extra="train")
    ids, names = torch.ones(2, 9, dtype=torch.long), ["input_ids"]
    places = {name: {0: "batch", 1: "length"} for name in [*names, "emissions"]}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        how: dict[str, Any] = {"dynamo": False, "dynamic_axes": places, "opset_version": 18, "verbose": False}
        torch.onnx.export(network, (ids,), path, input_names=names, output_names=["emissions"], **how)
