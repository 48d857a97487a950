"""A smaller encoder learns to say what the whole one says of a catalogue's texts, before it learns any label.

After every layer its states, through a linear map, are to be those of the whole encoder (Sun et al. 2019, "Patient Knowledge
Distillation"; Jiao et al. 2020, "TinyBERT"). Word embeddings stay as they are: most words of a language stand in no text here.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

from hangtag.extras import require
from hangtag.learn.slim import Tokens, batches_of, fit_linear
from hangtag.taggers.layout import read_tokens

__all__ = ["imitate"]

_EPOCHS = 16
_MOST_TOKENS = 200_000
_RATE, _WARMUP, _DECAY = 2e-3, 0.05, 0.01


def imitate(
    model: Any,
    whole: Any,
    tokenizer: Any,
    texts: Sequence[str],
    *,
    rate: float = _RATE,
    seed: int = 1,
    after_epoch: Callable[[int, float], None] | None = None,
) -> None:
    """Train `model`, in place, to have the states of `whole`, an encoder of as many layers; one that comes no nearer stays as it was.

    `rate` is AdamW's peak learning rate. `after_epoch` hears the epoch (from 1) and what share of the variance of the last states is not
    said.
    """
    torch = require("torch", extra="train")
    chance = random.Random(seed)
    batches = _read(tokenizer, texts, chance)
    model.eval(), whole.eval()
    with torch.no_grad():
        wanted = [_states(whole, batch) for batch in batches]
        given = [_states(model, batch) for batch in batches]
        lines = _lines(given, wanted)
        spreads = [torch.cat(states).var(0).sum() for states in zip(*wanted, strict=True)]
        before = sum(float(_losses(lines, *pair, spreads).sum()) for pair in zip(given, wanted, strict=True))
    start = deepcopy(model.state_dict())
    model.get_input_embeddings().requires_grad_(False)
    moving = [one for part in (model, *lines) for one in part.parameters() if one.requires_grad]
    optimizer, schedule = _optimizer(moving, rate, _EPOCHS * len(batches))
    order = list(range(len(batches)))
    for epoch in range(1, _EPOCHS + 1):
        chance.shuffle(order)
        total = torch.zeros(len(lines))
        for number in order:
            optimizer.zero_grad()
            losses = _losses(lines, _states(model, batches[number]), wanted[number], spreads)
            losses.sum().backward()
            torch.nn.utils.clip_grad_norm_(moving, 1.0)
            optimizer.step()
            schedule.step()
            total += losses.detach()
        if after_epoch is not None:
            after_epoch(epoch, float(total[-1]) / len(batches))
    optimizer.zero_grad()
    if not float(total.sum()) < before:
        model.load_state_dict(start)


def _read(tokenizer: Any, texts: Sequence[str], chance: random.Random) -> list[Tokens]:
    """Texts in any order, each once, so many tokens of them."""
    unique = list(dict.fromkeys(texts))
    chance.shuffle(unique)
    read: list[list[int]] = []
    tokens = 0
    for text in unique:
        read.append(read_tokens(tokenizer, text)[0])
        tokens += len(read[-1])
        if tokens > _MOST_TOKENS:
            break
    return batches_of(read)


def _states(model: Any, batch: Tokens) -> list[Any]:
    """States after each layer (n_tokens, dim), without padding."""
    found = model(input_ids=batch.ids, attention_mask=batch.mask, output_hidden_states=True).hidden_states
    return [states[batch.mask.bool()] for states in found[1:]]


def _losses(lines: Sequence[Any], said: Sequence[Any], wanted: Sequence[Any], spreads: Sequence[Any]) -> Any:
    """What share of the variance of each layer's states is not said (n_layers,)."""
    torch = require("torch", extra="train")
    parts = zip(lines, said, wanted, spreads, strict=True)
    return torch.stack([(line(mine) - theirs).square().sum(-1).mean() / spread for line, mine, theirs, spread in parts])


def _lines(given: Sequence[Sequence[Any]], wanted: Sequence[Sequence[Any]]) -> list[Any]:
    """For each layer the linear map that makes the whole encoder's states of what the smaller one says now."""
    torch = require("torch", extra="train")
    lines = []
    for narrow, wide in zip(zip(*given, strict=True), zip(*wanted, strict=True), strict=True):
        line = torch.nn.Linear(narrow[0].shape[1], wide[0].shape[1])
        fit_linear(line, torch.cat(narrow), torch.cat(wide))
        lines.append(line)
    return lines


def _optimizer(moving: Sequence[Any], rate: float, steps: int) -> tuple[Any, Any]:
    torch = require("torch", extra="train")
    optimizer = torch.optim.AdamW(moving, lr=rate, weight_decay=_DECAY, fused=True)
    warm, rest = max(1.0, steps * _WARMUP), max(1.0, steps * (1 - _WARMUP))
    return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min((step + 1) / warm, max(0.0, (steps - step) / rest)))
