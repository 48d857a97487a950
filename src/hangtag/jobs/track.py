"""Where a training's curves go: TensorBoard or Weights & Biases, both without a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from hangtag.errors import InputError
from hangtag.extras import require

__all__ = ["check_track", "track"]

Log = Callable[[int, Mapping[str, float]], None]


def check_track(to: str | None) -> None:
    """Raise `InputError` for what `track` cannot follow."""
    kind, _, name = (to or "").partition(":")
    if to is not None and (kind not in ("tensorboard", "wandb") or not name):
        raise InputError(f"--track {to}: say tensorboard:FOLDER or wandb:PROJECT")


@contextmanager
def track(to: str | None, settings: Mapping[str, Any]) -> Iterator[Log]:
    """Hears figures by epoch. `to` is "tensorboard:FOLDER" or "wandb:PROJECT" (kept offline, for `wandb sync`); None: nowhere.

    Raises `InputError` for anything else, `MissingExtra` without the `track` extra.
    """
    check_track(to)
    kind, _, name = (to or "").partition(":")
    if to is None:
        yield lambda step, figures: None
    elif kind == "tensorboard":
        require("tensorboard", extra="track")
        writer = require("torch.utils.tensorboard", extra="train").SummaryWriter(name)
        writer.add_text("settings", "\n".join(f"    {key}: {value}" for key, value in settings.items()))
        try:
            yield partial(_write, writer)
        finally:
            writer.close()
    else:
        run = require("wandb", extra="track").init(project=name, mode="offline", config=dict(settings))
        try:
            yield lambda step, figures: run.log(dict(figures), step=step)
        finally:
            run.finish()


def _write(writer: Any, step: int, figures: Mapping[str, float]) -> None:
    for key, value in figures.items():
        writer.add_scalar(key, value, step)
