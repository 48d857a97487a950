"""Training of the `crf` baseline: Word2Vec vectors, a bidirectional LSTM and a conditional random field (Huang, Xu and Yu 2015)."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hangtag.errors import GoldError
from hangtag.extras import require
from hangtag.learn.batches import Item, make_item
from hangtag.learn.examples import Labelled
from hangtag.learn.scratch import make_scratch
from hangtag.learn.settings import TrainSettings
from hangtag.taggers.crf import CRF_FORMAT, CrfSettings
from hangtag.taggers.house_style import HouseStyle
from hangtag.taggers.known_values import KnownValues
from hangtag.taggers.layout import lay_out
from hangtag.taggers.model_folder import new_model_folder

__all__ = ["train_crf"]

_RATE = 2e-3


def train_crf(
    labelled: Sequence[Labelled],
    folder: str | Path,
    settings: TrainSettings,
    *,
    card: Mapping[str, Any],
    progress: Callable[[int, float], None] | None = None,
) -> Path:
    """Write a CRF tagger's model folder, whole or not at all. Raises `GoldError` where no value stands in a text."""
    torch = require("torch", extra="train")
    torch.manual_seed(settings.seed)
    attributes = list(dict.fromkeys(name for example, _ in labelled for name in example.gold))
    encoder, tokenizer = make_scratch("lstm", [lay_out(example.product).text for example, _ in labelled], seed=settings.seed)
    numbers = {name: number for number, name in enumerate(attributes)}
    nothing = {"values": {}, "known": KnownValues({}, {}), "style": HouseStyle(), "training": True}
    items = [make_item(*one, tokenizer=tokenizer, attributes=numbers, **nothing) for one in labelled]  # type: ignore[arg-type]
    lessons = [(item.ids, _labels(item)) for item in items]
    if not any(any(labels) for _, labels in lessons):
        raise GoldError("no labelled value stands in its product's text, so there is no span to learn")
    network = _network(encoder, 2 * len(attributes) + 1)
    optimizer = torch.optim.AdamW(network.parameters(), lr=_RATE, weight_decay=settings.weight_decay)
    for epoch in range(1, settings.epochs + 1):
        loss = _epoch(network, optimizer, lessons, settings.batch, random.Random(f"{settings.seed}-{epoch}"))
        if progress is not None:
            progress(epoch, loss)
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
        _write_network(network.eval(), files.network)
    return Path(folder)


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


def _epoch(network: Any, optimizer: Any, lessons: Sequence[tuple[list[int], list[int]]], size: int, chance: random.Random) -> float:
    torch = require("torch", extra="train")
    network.train()
    order = sorted(range(len(lessons)), key=lambda number: (len(lessons[number][0]) + chance.random() * 12, number))
    batches = [order[begin : begin + size] for begin in range(0, len(order), size)]
    chance.shuffle(batches)
    total = 0.0
    for batch in batches:
        length = max(len(lessons[number][0]) for number in batch)
        ids, mask, labels = (np.full((len(batch), length), fill, dtype=np.int64) for fill in (1, 0, 0))
        for row, number in enumerate(batch):
            mine = lessons[number]
            ids[row, : len(mine[0])], mask[row, : len(mine[0])], labels[row, : len(mine[1])] = mine[0], 1, mine[1]
        ids, mask, labels = (torch.from_numpy(one) for one in (ids, mask, labels))
        loss = -network.field(network(ids), labels, mask=mask.bool(), reduction="mean")
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        total += float(loss.detach()) * len(batch)
    return total / len(lessons)


def _write_network(network: Any, path: Path) -> None:
    torch = require("torch", extra="train")
    ids, names = torch.ones(2, 9, dtype=torch.long), ["input_ids"]
    places = {name: {0: "batch", 1: "length"} for name in [*names, "emissions"]}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        how: dict[str, Any] = {"dynamo": False, "dynamic_axes": places, "opset_version": 18, "verbose": False}
        torch.onnx.export(network, (ids,), path, input_names=names, output_names=["emissions"], **how)
