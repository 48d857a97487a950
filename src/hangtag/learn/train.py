"""Training of the `encoder` tagger: from labelled products to a network, epoch by epoch, able to go on after a kill."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from hangtag.errors import GoldError, InputError, RunError
from hangtag.extras import require
from hangtag.learn.backbone import DEFAULT_BACKBONE, load_backbone
from hangtag.learn.batches import Batch, Item, collate, make_item
from hangtag.learn.examples import Labelled, targets_of
from hangtag.taggers.known_values import KnownValues
from hangtag.taggers.layout import lay_out

__all__ = ["TrainSettings", "Trained", "train"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainSettings:
    """What a practitioner sets. Learning rates are AdamW's peak ones, after a linear warm-up and before a linear decline to 0."""

    backbone: str = DEFAULT_BACKBONE
    epochs: int = 10
    batch: int = 32
    learning_rate: float = 3e-4
    head_learning_rate: float = 2e-3
    weight_decay: float = 0.01
    dropout: float = 0.1
    warmup: float = 0.1
    freeze_layers: int = 0
    least_value_count: int = 2
    threads: int = 0
    seed: int = 1


@dataclass(slots=True)
class Trained:
    """A trained network with all that is needed to use it. `values` are (attribute, value) pairs in the order of the network's."""

    network: Any
    tokenizer: Any
    attributes: list[str]
    values: list[tuple[str, str]]
    known: KnownValues
    settings: TrainSettings


def train(
    labelled: Sequence[Labelled],
    settings: TrainSettings = TrainSettings(),
    *,
    checkpoint: Path | None = None,
    after_epoch: Callable[[int, float, Trained], None] | None = None,
) -> Trained:
    """Train on labelled products. `after_epoch` hears the epoch (from 1), its mean loss and the network as it stands.

    With a `checkpoint` file each finished epoch is kept, and the same call goes on from there to the same network. Raises `GoldError`
    where nothing can be learned, `RunError` for a checkpoint of other labels or settings, `MissingExtra` without the `train` extra.
    """
    torch = require("torch", extra="train")
    if not any(any(example.gold.values()) for example, _ in labelled):
        raise GoldError("no labelled product has any value, so there is nothing to learn: give values, not only empty lists")
    if settings.threads:
        torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    trained = _begin(labelled, settings)
    attributes = {name: number for number, name in enumerate(trained.attributes)}
    values = {pair: number for number, pair in enumerate(trained.values)}
    items = [
        make_item(example, spans, tokenizer=trained.tokenizer, attributes=attributes, values=values, known=trained.known, training=True)
        for example, spans in labelled
    ]
    items = [item for item in items if item.judged]
    if not items:
        raise GoldError("no labelled product can be learned from: no value stands in its text or comes again elsewhere")
    steps = settings.epochs * -(-len(items) // settings.batch)
    optimizer, schedule = _optimizer(trained.network, settings, steps)
    ours = _fingerprint(labelled, settings)
    done = _resume(checkpoint, trained.network, optimizer, schedule, ours)
    for epoch in range(done + 1, settings.epochs + 1):
        loss = _epoch(trained, items, optimizer, schedule, epoch)
        if checkpoint is not None:
            _keep(checkpoint, trained.network, optimizer, schedule, {"epoch": epoch, "fingerprint": ours})
        if after_epoch is not None:
            after_epoch(epoch, loss, trained)
    trained.network.eval()
    return trained


def _begin(labelled: Sequence[Labelled], settings: TrainSettings) -> Trained:
    """The untrained network, over the attributes and those values that some product has without saying them."""
    torch = require("torch", extra="train")
    from hangtag.learn.network import TagNetwork

    model, tokenizer = load_backbone(settings.backbone)
    _freeze(model, settings.freeze_layers)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = settings.dropout
    attributes = list(dict.fromkeys(name for example, _ in labelled for name in example.gold))
    values = _unsaid_values(labelled, settings.least_value_count)
    known = KnownValues.learn((lay_out(example.product).text, example.gold) for example, _ in labelled)
    names = _encode(model, tokenizer, attributes)
    value_names = _encode(model, tokenizer, [value for _, value in values])
    owners = torch.tensor([attributes.index(attribute) for attribute, _ in values], dtype=torch.long)
    network = TagNetwork(model, names, value_names, owners, dropout=settings.dropout)
    return Trained(network, tokenizer, attributes, values, known, settings)


def _unsaid_values(labelled: Sequence[Labelled], least: int) -> list[tuple[str, str]]:
    """Values given at least `least` times to products whose text does not say them: only these need an output of their own."""
    counts: dict[tuple[str, str], int] = {}
    for example, spans in labelled:
        for name, target in targets_of(example.gold, spans, lay_out(example.product)):
            for value in target.values:
                counts[name, value] = counts.get((name, value), 0) + 1
    return sorted(pair for pair, count in counts.items() if count >= least)


def _freeze(model: Any, layers: int) -> None:
    """Hold the word embeddings (most of the parameters; the rare ones would only be forgotten) and the lowest `layers` still."""
    embeddings = getattr(model, "embeddings", None) or model.get_input_embeddings()
    embeddings.requires_grad_(False)
    stack = getattr(model, "encoder", None) or getattr(model, "transformer", None)
    found: Any = getattr(stack, "layer", None)
    if layers and found is None:
        raise InputError(
            "--freeze-layers: the layers of this encoder are not where those of BERT, RoBERTa, XLM-R or DistilBERT are; leave it out"
        )
    for layer in found[:layers] if layers else ():
        layer.requires_grad_(False)


def _encode(model: Any, tokenizer: Any, texts: Sequence[str]) -> Any:
    """Mean token states of short texts, (n_texts, dim), each of length 1 times the root of dim."""
    torch = require("torch", extra="train")
    if not texts:
        return torch.zeros(0, model.config.hidden_size)
    vectors = []
    model.eval()
    with torch.no_grad():
        for text in texts:
            ids = torch.tensor([tokenizer.encode("query: " + text).ids[:64]])
            vectors.append(model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state[0].mean(0))
    return torch.nn.functional.normalize(torch.stack(vectors), dim=-1) * model.config.hidden_size**0.5


def _optimizer(network: Any, settings: TrainSettings, steps: int) -> tuple[Any, Any]:
    torch = require("torch", extra="train")
    body = [parameter for parameter in network.backbone.parameters() if parameter.requires_grad]
    inside = {id(parameter) for parameter in network.backbone.parameters()}
    heads = [parameter for parameter in network.parameters() if id(parameter) not in inside]
    groups = [{"params": body, "lr": settings.learning_rate}, {"params": heads, "lr": settings.head_learning_rate}]
    optimizer = torch.optim.AdamW(groups, weight_decay=settings.weight_decay)
    warmup = max(1, round(settings.warmup * steps))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warmup, max(0.0, (steps - step) / max(1, steps - warmup)))
    )
    return optimizer, schedule


def _epoch(trained: Trained, items: Sequence[Item], optimizer: Any, schedule: Any, epoch: int) -> float:
    """One pass over the items in an order of its own; batches of like length, so that little is padding."""
    torch = require("torch", extra="train")
    settings, network = trained.settings, trained.network
    network.train()
    chance = random.Random(f"{settings.seed}-{epoch}")
    order = sorted(range(len(items)), key=lambda number: (len(items[number].ids) + chance.random() * 12, number))
    batches = [order[begin : begin + settings.batch] for begin in range(0, len(order), settings.batch)]
    chance.shuffle(batches)
    total = 0.0
    for numbers in batches:
        batch = collate([items[number] for number in numbers], len(trained.values))
        loss = _loss(network, batch)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        total += float(loss.detach()) * len(numbers)
    return total / len(items)


def _loss(network: Any, batch: Batch) -> Any:
    """Mean over judged pairs of two cross-entropies: where the answer begins (or which value it is, or that there is none) and ends."""
    torch = require("torch", extra="train")
    ids, mask, hits, rows, attributes, start, end, none, values = map(torch.from_numpy, batch)
    scores = network.score_pairs(ids, mask, hits, rows, attributes)
    choices = torch.cat([scores.none[:, None], scores.values, scores.start], 1).log_softmax(-1)
    begins = (torch.cat([none[:, None], values, start], 1) * choices).sum()
    ends = (end * scores.end.log_softmax(-1)).sum()
    return -(begins + ends) / len(rows)


def _fingerprint(labelled: Sequence[Labelled], settings: TrainSettings) -> str:
    """What a training depends on: its labels and settings."""
    labels = [(example.product.id, dict(example.product.fields), dict(example.gold), dict(spans)) for example, spans in labelled]
    return hashlib.sha256(msgspec.json.encode((labels, settings))).hexdigest()


def _keep(path: Path, network: Any, optimizer: Any, schedule: Any, facts: Mapping[str, Any]) -> None:
    torch = require("torch", extra="train")
    partial = path.with_name(path.name + ".partial")
    moving = {name: tensor for name, tensor in network.state_dict().items() if not name.startswith("backbone.embeddings.")}
    state = {"network": moving, "optimizer": optimizer.state_dict(), "schedule": schedule.state_dict()}
    torch.save({**state, "chance": torch.get_rng_state(), **facts}, partial)
    partial.replace(path)


def _resume(path: Path | None, network: Any, optimizer: Any, schedule: Any, fingerprint: str) -> int:
    """Take up what a checkpoint holds; gives the last finished epoch, 0 where there is none."""
    if path is None or not path.exists():
        return 0
    torch = require("torch", extra="train")
    state = torch.load(path, weights_only=True)
    if state["fingerprint"] != fingerprint:
        raise RunError(f"{path} belongs to a training with other labels or settings: delete it to begin anew, or repeat that command")
    network.load_state_dict(state["network"], strict=False)
    optimizer.load_state_dict(state["optimizer"])
    schedule.load_state_dict(state["schedule"])
    torch.set_rng_state(state["chance"])
    return int(state["epoch"])
