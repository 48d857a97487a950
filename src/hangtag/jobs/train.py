"""Training a tagger on labelled products, and choosing how sure it must be to speak."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from hangtag.evaluate import GoldRecord, read_gold, score
from hangtag.evaluate.score import Match
from hangtag.jobs.evaluate import gold_products, match_of
from hangtag.learn.examples import Labelled, label
from hangtag.learn.train import Trained, TrainSettings, train
from hangtag.model import Product, Tag
from hangtag.taggers.encoder import EncoderTagger, scaled

__all__ = ["TrainSettings", "read_labelled", "train_model"]

_HELD_OUT = 10
_LEVELS = (0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7)
EpochDone = Callable[[int, float], None]


def train_model(
    gold: str | Path,
    output: str | Path,
    *,
    dev: str | Path | None = None,
    settings: TrainSettings | None = None,
    match: str = "set",
    progress: EpochDone | None = None,
) -> dict[str, Any]:
    """Train an `encoder` tagger and write its model folder; gives the model's card.

    The least confidence at which it speaks is the one with the best micro-F1 on `dev` or, without one, on every tenth product, which
    is held out then. A killed training goes on from its last finished epoch, kept beside `output`. Raises `GoldError` naming file and
    line, `MissingExtra` without the `train` extra.
    """
    from hangtag.learn.export import export

    settings = settings if settings is not None else TrainSettings()
    checked = match_of(match)
    learned, held = _split(gold, dev)
    checkpoint = Path(output).with_name(Path(output).name + ".checkpoint")
    card: dict[str, Any] = {
        "gold": str(gold),
        "products": len(learned),
        "settings": msgspec.to_builtins(settings),
        "base": settings.backbone,
        "licence": "that of the base encoder (multilingual-e5-small: MIT) and of the gold",
    }

    def tell(epoch: int, loss: float, _: Trained) -> None:
        if progress is not None:
            progress(epoch, loss)

    trained = train([labelled for labelled, _ in learned], settings, checkpoint=checkpoint, after_epoch=tell)
    folder = export(trained, output, card=card, least_confidence=0.0)
    level, figures = _choose_level(folder, held, checked)
    card["dev"] = {"match": match, "products": len(held), "least_confidence": level, **figures}
    export(trained, output, card=card, least_confidence=level)
    checkpoint.unlink(missing_ok=True)
    return card


def _split(gold: str | Path, dev: str | Path | None) -> tuple[list[tuple[Labelled, GoldRecord]], list[tuple[Labelled, GoldRecord]]]:
    labelled = read_labelled(gold)
    if dev is not None:
        return labelled, read_labelled(dev)
    if len(labelled) < 2 * _HELD_OUT:
        return labelled, labelled
    held = labelled[_HELD_OUT - 1 :: _HELD_OUT]
    return [pair for number, pair in enumerate(labelled, 1) if number % _HELD_OUT], held


def read_labelled(path: str | Path) -> list[tuple[Labelled, GoldRecord]]:
    """Labelled products of a gold file, as examples and as records. Raises `GoldError` naming file, line and key."""
    records = list(read_gold(path))
    return [(label(record, product), record) for record, product in zip(records, gold_products(records, str(path)), strict=True)]


def _choose_level(folder: Path, held: Sequence[tuple[Labelled, GoldRecord]], match: Match) -> tuple[float, dict[str, float]]:
    """The least confidence with the best micro-F1, and the figures there."""
    products: list[Product] = [labelled.example.product for labelled, _ in held]
    tagger = EncoderTagger(folder, least_confidence=0.0)
    said = tagger.tag(products)
    best: tuple[float, float, dict[str, float]] = (-1.0, 0.0, {})
    for level in _LEVELS:
        floor = scaled(level, 0.0)
        kept: list[list[Tag]] = [[tag for tag in tags if tag.confidence >= floor] for tags in said]
        micro = score([record for _, record in held], kept, match=match).micro
        if micro.f1 > best[0]:
            best = (micro.f1, level, {"precision": micro.precision, "recall": micro.recall, "f1": micro.f1})
    return best[1], best[2]
