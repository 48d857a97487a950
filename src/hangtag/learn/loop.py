"""Epoch by epoch through what there is to learn, whatever the network: optimiser, chance, checkpoints, the best epoch kept."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from hangtag.errors import InputError
from hangtag.extras import require
from hangtag.learn.checkpoint import BestNetwork, Checkpoint
from hangtag.learn.examples import Labelled
from hangtag.learn.processes import Processes, is_first
from hangtag.learn.settings import TrainSettings
from hangtag.learn.tuning import Adversary

__all__ = ["AfterEpoch", "Course", "device_of", "run"]

AfterEpoch = Callable[[int, Mapping[str, float]], None]


class Course(Protocol):
    """What a `network` learns. `body` is its pre-trained part, `labels` all it is learned from, `watched` items to look at only."""

    settings: TrainSettings
    network: Any
    body: Any
    labels: Sequence[Labelled]
    watched: Sequence[Any]

    def count(self, epoch: int) -> int:
        """How many items an epoch has."""

    def of_epoch(self, epoch: int) -> Sequence[Any]:
        """The items of an epoch; `ids` of each are what the network reads."""

    def loss(self, items: Sequence[Any], chance: random.Random | None) -> Any:
        """The mean loss of a batch. With `chance` some of what is read may be hidden: so it is in training."""


def run(course: Course, *, checkpoint: Path | None = None, after_epoch: AfterEpoch | None = None) -> list[dict[str, float]]:
    """Teach the network; it is on its device before and after, and in evaluation mode after. Gives each epoch's figures.

    Each finished epoch is kept in the `checkpoint` file, and the same call goes on from there to the same network. With
    `settings.patience` the network is that of the epoch with the least loss on what is watched. Raises `RunError` for a checkpoint of
    other labels or settings.
    """
    settings, network = course.settings, course.network
    steps = sum(-(-course.count(epoch) // settings.batch) for epoch in range(1, settings.epochs + 1))
    optimizer, schedule = _optimizer(course, steps)
    best = BestNetwork()
    kept = Checkpoint(checkpoint, course.labels, settings, network, optimizer, schedule, best, course.watched) if checkpoint else None
    curve = kept.resume() if kept is not None else []
    teacher = _Teacher(course, optimizer, schedule)
    for epoch in range(len(curve) + 1, settings.epochs + 1):
        if settings.patience and course.watched and epoch - best.epoch > settings.patience:
            break
        figures = {"loss": teacher.epoch(course.of_epoch(epoch), epoch)}
        if course.watched:
            figures["dev_loss"] = teacher.loss(course.watched)
            best.see(epoch, figures["dev_loss"], network)
        curve.append(figures)
        if kept is not None and is_first():
            kept.write(curve)
        if after_epoch is not None:
            after_epoch(epoch, figures)
    if settings.patience and best.state:
        network.load_state_dict(best.state, strict=False)
    network.eval()
    return curve


def device_of(settings: TrainSettings) -> str:
    """Where a network is trained. Raises `InputError` for a device that is not there."""
    torch = require("torch", extra="train")
    if settings.device != "auto":
        try:
            torch.empty(0, device=settings.device)
        except (RuntimeError, AssertionError) as error:
            reason = str(error).partition("\n")[0]
            raise InputError(f"--device {settings.device}: {reason}; give cpu, cuda, cuda:1 … or leave it out") from error
        return settings.device
    return "cuda" if torch.cuda.is_available() else "cpu"


def _optimizer(course: Course, steps: int) -> tuple[Any, Any]:
    torch = require("torch", extra="train")
    settings = course.settings
    body = [parameter for parameter in course.body.parameters() if parameter.requires_grad]
    inside = {id(parameter) for parameter in course.body.parameters()}
    heads = [parameter for parameter in course.network.parameters() if id(parameter) not in inside]
    groups = [{"params": body, "lr": settings.learning_rate}, {"params": heads, "lr": settings.head_learning_rate}]
    optimizer = torch.optim.AdamW(groups, weight_decay=settings.weight_decay, fused=True)
    warmup = max(1, round(settings.warmup * steps))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warmup, max(0.0, (steps - step) / max(1, steps - warmup)))
    )
    return optimizer, schedule


class _Teacher:
    """Takes a network through its lessons."""

    def __init__(self, course: Course, optimizer: Any, schedule: Any) -> None:
        torch = require("torch", extra="train")
        settings = course.settings
        self._course, self._optimizer, self._schedule = course, optimizer, schedule
        self._device = device_of(settings)
        self._adversary = Adversary(course.body, settings.adversarial) if settings.adversarial else None
        self._half = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(settings.precision)
        self._scaler = torch.amp.GradScaler(self._device, enabled=settings.precision == "fp16")
        self._processes = Processes(self._device)

    def epoch(self, items: Sequence[Any], epoch: int) -> float:
        """One pass over the items in an order of its own; batches of like length, so that little is padding. Gives the mean loss."""
        torch = require("torch", extra="train")
        torch.set_flush_denormal(True)  # numbers too small to matter make processors crawl
        try:
            return self._epoch(items, epoch)
        finally:
            torch.set_flush_denormal(False)  # they matter to others in this process

    def _epoch(self, items: Sequence[Any], epoch: int) -> float:
        torch = require("torch", extra="train")
        settings, network = self._course.settings, self._course.network
        network.train()
        chance = random.Random(f"{settings.seed}-{epoch}")
        order = sorted(range(len(items)), key=lambda number: (len(items[number].ids) + chance.random() * 12, number))
        batches = [order[begin : begin + settings.batch] for begin in range(0, len(order), settings.batch)]
        chance.shuffle(batches)
        total = 0.0
        for numbers in batches:
            mine = [items[number] for number in self._processes.share(numbers)]
            seed = chance.getrandbits(32)
            self._optimizer.zero_grad()
            loss = self._learn(mine, seed)
            if self._adversary is not None:
                self._adversary.strike()
                self._learn(mine, seed)
                self._adversary.rest()
            self._processes.average(network.parameters())
            self._scaler.unscale_(self._optimizer)
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            self._scaler.step(self._optimizer)
            self._scaler.update()
            self._schedule.step()
            total += loss * len(numbers)
        return total / len(items)

    def loss(self, items: Sequence[Any]) -> float:
        """The mean loss of items, nothing learned."""
        torch = require("torch", extra="train")
        size = self._course.settings.batch
        self._course.network.eval()
        total = 0.0
        with torch.no_grad():
            for begin in range(0, len(items), size):
                part = items[begin : begin + size]
                total += float(self._course.loss(part, None)) * len(part)
        return total / max(1, len(items))

    def _learn(self, items: Sequence[Any], seed: int) -> float:
        """Add the batch's gradient; gives its loss."""
        torch = require("torch", extra="train")
        with torch.autocast(self._device, dtype=self._half, enabled=self._half is not None):
            loss = self._course.loss(items, random.Random(seed))
        self._scaler.scale(loss).backward()
        return float(loss.detach())
