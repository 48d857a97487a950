"""Training of the `encoder` tagger: from labelled products to a network, epoch by epoch, able to go on after a kill."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np

from hangtag.errors import GoldError
from hangtag.extras import require
from hangtag.learn.backbone import encode_names, load_backbone, shorten
from hangtag.learn.batches import Batch, Item, collate
from hangtag.learn.categories import learn_categories
from hangtag.learn.checkpoint import BestNetwork, Checkpoint
from hangtag.learn.examples import Labelled, targets_of
from hangtag.learn.imitate import imitate
from hangtag.learn.lessons import Lessons, unseen_items
from hangtag.learn.narrow import narrow
from hangtag.learn.processes import Processes, is_first
from hangtag.learn.scratch import SCRATCH_PREFIX, make_scratch
from hangtag.learn.settings import TrainSettings
from hangtag.learn.slim import slim
from hangtag.learn.trained import Trained
from hangtag.learn.trim import trim
from hangtag.learn.tuning import Adversary, choose_tuned, merge_tuned
from hangtag.model import CATEGORY
from hangtag.taggers.house_style import HouseStyle
from hangtag.taggers.known_values import KnownValues
from hangtag.taggers.layout import lay_out

__all__ = ["train"]

_OFTEN = 0.05


def train(
    labelled: Sequence[Labelled],
    settings: TrainSettings | None = None,
    *,
    also: Sequence[Labelled] = (),
    dev: Sequence[Labelled] = (),
    checkpoint: Path | None = None,
    after_epoch: Callable[[int, Mapping[str, float]], None] | None = None,
) -> Trained:
    """Train on labelled products. `after_epoch` hears the epoch (from 1), its mean loss and that on `dev`.

    `also` are products of another source, labelled by other habits: not learned from, but their values are known ones, told to the
    network where they stand, and take the place of others.
    With `settings.patience` the network is that of the epoch with the least loss on `dev`, and training ends once so many epochs made it
    no less. Started by `accelerate launch`, several processes share each batch. With a `checkpoint` file each finished epoch is kept,
    and the same call goes on from there to the same network. Raises `GoldError` where nothing can be learned, `RunError` for a
    checkpoint of other labels or settings, `MissingExtra` without the `train` extra.
    """
    torch = require("torch", extra="train")
    settings = settings if settings is not None else TrainSettings()
    if not any(any(example.gold.values()) for example, _ in labelled):
        raise GoldError("no labelled product has any value, so there is nothing to learn: give values, not only empty lists")
    if settings.threads:
        torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    trained = _begin(labelled, settings, also)
    trained.network.to(_device(settings))
    lessons = Lessons(trained, labelled, also)
    items = lessons.items
    if not items:
        raise GoldError("no labelled product can be learned from: no value stands in its text or comes again elsewhere")
    steps = settings.epochs * -(-len(items) // settings.batch)
    optimizer, schedule = _optimizer(trained.network, settings, steps)
    best = BestNetwork()
    kept = Checkpoint(checkpoint, [*labelled, *also], settings, trained.network, optimizer, schedule, best) if checkpoint else None
    done = kept.resume() if kept is not None else 0
    teacher = _Teacher(trained)
    watched = unseen_items(trained, dev)
    for epoch in range(done + 1, settings.epochs + 1):
        if settings.patience and watched and epoch - best.epoch > settings.patience:
            break
        figures = {"loss": teacher.epoch(lessons.of_epoch(epoch), optimizer, schedule, epoch)}
        if watched:
            figures["dev_loss"] = teacher.loss(watched)
            best.see(epoch, figures["dev_loss"], trained.network)
        if kept is not None and is_first():
            kept.write(epoch)
        if after_epoch is not None:
            after_epoch(epoch, figures)
    if settings.patience and best.state:
        trained.network.load_state_dict(best.state, strict=False)
    trained.network.to("cpu").eval()
    trained.network.backbone = merge_tuned(trained.network.backbone)
    if CATEGORY not in trained.attributes:
        trained.categories = learn_categories(trained.network.backbone, trained.tokenizer, labelled)
    return trained


def _begin(labelled: Sequence[Labelled], settings: TrainSettings, also: Sequence[Labelled] = ()) -> Trained:
    """The untrained network, over the attributes and those values that some product has without saying them."""
    torch = require("torch", extra="train")
    from hangtag.learn.network import TagNetwork

    attributes = list(dict.fromkeys(name for example, _ in labelled for name in example.gold))
    pairs = [(lay_out(example.product).text, example.gold) for example, _ in labelled]
    model, tokenizer = _backbone([text for text, _ in pairs], settings)
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.Dropout):  # none within attention: it costs a tenth of the time and helps nothing
            module.p = 0.0 if "self" in name.split(".") else settings.dropout
    known = KnownValues.learn([*pairs, *_of_attributes(also, set(attributes))])
    style = HouseStyle.learn(pairs)
    values = _unsaid_values(labelled, style, settings.least_value_count)
    names = encode_names(model, tokenizer, attributes)
    value_names = encode_names(model, tokenizer, [value for _, value in values])
    owners = torch.tensor([attributes.index(attribute) for attribute, _ in values], dtype=torch.long)
    model = choose_tuned(model, freeze_layers=settings.freeze_layers, tune=settings.tune, lora_rank=settings.lora_rank)
    network = TagNetwork(model, names, value_names, owners, dropout=settings.dropout)
    return Trained(network, tokenizer, attributes, values, _of_several_values(labelled), known, style, settings)


def _of_attributes(labelled: Sequence[Labelled], names: Set[str]) -> Iterator[tuple[str, dict[str, Sequence[str]]]]:
    """(text, gold) of these attributes."""
    for example, _ in labelled:
        yield lay_out(example.product).text, {name: values for name, values in example.gold.items() if name in names}


def _backbone(texts: Sequence[str], settings: TrainSettings) -> tuple[Any, Any]:
    """The encoder and its tokenizer, cut to size."""
    if settings.backbone.startswith(SCRATCH_PREFIX):
        return make_scratch(settings.backbone.removeprefix(SCRATCH_PREFIX), texts, seed=settings.seed)
    model, tokenizer = load_backbone(settings.backbone)
    if settings.layers:
        shorten(model, settings.layers)
    if settings.latin_pieces:
        tokenizer = trim(model, tokenizer, texts, latin_pieces=settings.latin_pieces)
    whole = deepcopy(model) if 0 < settings.hidden < model.config.hidden_size else None
    if whole is not None:
        slim(model, tokenizer, texts, hidden=settings.hidden)
    if settings.feed_forward:
        narrow(model, tokenizer, texts, units=settings.feed_forward)
    if whole is not None:
        imitate(model, whole, tokenizer, texts, seed=settings.seed)
    return model, tokenizer


def _unsaid_values(labelled: Sequence[Labelled], style: HouseStyle, least: int) -> list[tuple[str, str]]:
    """Values given at least `least` times to products whose text does not say them: only these need an output of their own."""
    counts: dict[tuple[str, str], int] = {}
    for example, spans in labelled:
        for name, target in targets_of(example.gold, spans, lay_out(example.product), style):
            for value in target.values:
                counts[name, value] = counts.get((name, value), 0) + 1
    return sorted(pair for pair, count in counts.items() if count >= least)


def _of_several_values(labelled: Sequence[Labelled]) -> list[str]:
    """The attributes that products often have several values of."""
    valued, several = Counter[str](), Counter[str]()
    for example, _ in labelled:
        valued.update(name for name, values in example.gold.items() if values)
        several.update(name for name, values in example.gold.items() if len(values) > 1)
    return [name for name, count in several.items() if count >= _OFTEN * valued[name]]


def _optimizer(network: Any, settings: TrainSettings, steps: int) -> tuple[Any, Any]:
    torch = require("torch", extra="train")
    body = [parameter for parameter in network.backbone.parameters() if parameter.requires_grad]
    inside = {id(parameter) for parameter in network.backbone.parameters()}
    heads = [parameter for parameter in network.parameters() if id(parameter) not in inside]
    groups = [{"params": body, "lr": settings.learning_rate}, {"params": heads, "lr": settings.head_learning_rate}]
    optimizer = torch.optim.AdamW(groups, weight_decay=settings.weight_decay, fused=True)
    warmup = max(1, round(settings.warmup * steps))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warmup, max(0.0, (steps - step) / max(1, steps - warmup)))
    )
    return optimizer, schedule


class _Teacher:
    """Takes a network through its lessons."""

    def __init__(self, trained: Trained) -> None:
        torch = require("torch", extra="train")
        settings = trained.settings
        self._trained = trained
        self._device = _device(settings)
        self._several = torch.tensor([name in trained.several for name in trained.attributes], device=self._device)
        self._adversary = Adversary(trained.network.backbone, settings.adversarial) if settings.adversarial else None
        self._half = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(settings.precision)
        self._scaler = torch.amp.GradScaler(self._device, enabled=settings.precision == "fp16")
        self._processes = Processes(self._device)

    def epoch(self, items: Sequence[Item], optimizer: Any, schedule: Any, epoch: int) -> float:
        """One pass over the items in an order of its own; batches of like length, so that little is padding. Gives the mean loss."""
        torch = require("torch", extra="train")
        torch.set_flush_denormal(True)  # numbers too small to matter make processors crawl
        try:
            return self._epoch(items, optimizer, schedule, epoch)
        finally:
            torch.set_flush_denormal(False)  # they matter to others in this process

    def _epoch(self, items: Sequence[Item], optimizer: Any, schedule: Any, epoch: int) -> float:
        torch = require("torch", extra="train")
        settings, network = self._trained.settings, self._trained.network
        network.train()
        chance = random.Random(f"{settings.seed}-{epoch}")
        order = sorted(range(len(items)), key=lambda number: (len(items[number].ids) + chance.random() * 12, number))
        batches = [order[begin : begin + settings.batch] for begin in range(0, len(order), settings.batch)]
        chance.shuffle(batches)
        total = 0.0
        for numbers in batches:
            batch = collate([items[number] for number in self._processes.share(numbers)], len(self._trained.values))
            if settings.blank:
                _blank(batch, settings.blank, self._trained.tokenizer, np.random.default_rng(chance.getrandbits(32)))
            optimizer.zero_grad()
            loss = self._learn(batch)
            if self._adversary is not None:
                self._adversary.strike()
                self._learn(batch)
                self._adversary.rest()
            self._processes.average(network.parameters())
            self._scaler.unscale_(optimizer)
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            self._scaler.step(optimizer)
            self._scaler.update()
            schedule.step()
            total += loss * len(numbers)
        return total / len(items)

    def loss(self, items: Sequence[Item]) -> float:
        """The mean loss of items, nothing learned."""
        torch = require("torch", extra="train")
        size = self._trained.settings.batch
        self._trained.network.eval()
        total = 0.0
        with torch.no_grad():
            for begin in range(0, len(items), size):
                part = items[begin : begin + size]
                total += float(self._loss(collate(part, len(self._trained.values)))) * len(part)
        return total / max(1, len(items))

    def _learn(self, batch: Batch) -> float:
        """Add the batch's gradient; gives its loss."""
        torch = require("torch", extra="train")
        with torch.autocast(self._device, dtype=self._half, enabled=self._half is not None):
            loss = self._loss(batch)
        self._scaler.scale(loss).backward()
        return float(loss.detach())

    def _loss(self, batch: Batch) -> Any:
        """Weighted mean over judged pairs of what the answer lost: the stretch it stands in, which value it is, or that there is none.

        Any place that says the value will do: the loss is of what they get together (marginal likelihood; Clark and Gardner 2018). An
        attribute of several values wants each of them above "none", and "none" above all else (adaptive threshold; Zhou et al. 2021).
        """
        torch = require("torch", extra="train")
        ids, mask, hits, rows, attributes, spans, none, values, weights = (torch.from_numpy(one).to(self._device) for one in batch)
        scores = self._trained.network.score_pairs(ids, mask, hits, rows, attributes)
        logs = torch.cat([scores.none[:, None], scores.values, scores.spans.flatten(1)], 1).float().log_softmax(-1)
        losses = _either(torch.cat([none[:, None], values, spans.flatten(1)], 1), logs, self._several[attributes])
        return (weights * losses).sum() / weights.sum()


def _either(wanted: Any, logs: Any, several: Any) -> Any:
    """Losses per pair, "none" being the first column: for one value, minus the logarithm of the share that all `wanted` have together; for
    `several`, that of each wanted one against "none", and of "none" against all unwanted ones."""
    torch = require("torch", extra="train")
    right = wanted > 0
    together = -torch.where(right, logs, torch.full_like(logs, -1e9)).logsumexp(-1)
    one = together.where(right.any(-1), torch.zeros_like(together))
    margins, chosen = logs[:, 1:] - logs[:, :1], right[:, 1:]
    found = (torch.nn.functional.softplus(-margins) * chosen).sum(-1)
    unwanted = torch.cat([torch.zeros_like(margins[:, :1]), margins.masked_fill(chosen, -1e9)], 1).logsumexp(-1)
    return torch.where(several, found + unwanted, one)


def _device(settings: TrainSettings) -> str:
    torch = require("torch", extra="train")
    if settings.device != "auto":
        return settings.device
    return "cuda" if torch.cuda.is_available() else "cpu"


def _blank(batch: Batch, share: float, tokenizer: Any, chance: np.random.Generator) -> None:
    """Make some tokens unknown (word dropout), so that no single one decides."""
    special = [
        number for token in ("<s>", "</s>", "<pad>", "[CLS]", "[SEP]", "[PAD]") if (number := tokenizer.token_to_id(token)) is not None
    ]
    unknown = next(number for token in ("<mask>", "[MASK]", "<unk>", "[UNK]") if (number := tokenizer.token_to_id(token)) is not None)
    hidden = (chance.random(batch.ids.shape) < share) & ~np.isin(batch.ids, special)
    batch.ids[hidden] = unknown
