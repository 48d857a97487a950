"""`hangtag train GOLD -o MODEL`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hangtag.cli import show
from hangtag.cli.app import app, err, out, print_json
from hangtag.cli.evaluate import Gold, MatchOption
from hangtag.cli.options import Json

Model = Annotated[Path, typer.Option("--out", "-o", help="Folder for the model.")]
Dev = Annotated[str | None, typer.Option("--dev", help="Labelled products to choose the least confidence on; default: every tenth.")]
Backbone = Annotated[str, typer.Option("--backbone", help="Encoder to start from: a Hugging Face name or folder.")]
Epochs = Annotated[int, typer.Option("--epochs", min=1, help="Passes over the labelled products.")]
BatchSize = Annotated[int, typer.Option("--batch", min=1, help="Products a step.")]
Rate = Annotated[float, typer.Option("--learning-rate", help="Peak learning rate of the encoder.")]
HeadRate = Annotated[float, typer.Option("--head-learning-rate", help="Peak learning rate of what is new on top of it.")]
Decay = Annotated[float, typer.Option("--weight-decay", help="Weight decay (AdamW).")]
Dropout = Annotated[float, typer.Option("--dropout", min=0.0, max=0.9, help="Dropout.")]
Freeze = Annotated[int, typer.Option("--freeze-layers", min=0, help="Lowest layers of the encoder to hold still.")]
Seed = Annotated[int, typer.Option("--seed", help="Seed of all chance.")]


@app.command("train")
def train(
    gold: Gold,
    output: Model,
    dev: Dev = None,
    backbone: Backbone = "multilingual-e5-small",
    epochs: Epochs = 10,
    batch: BatchSize = 32,
    learning_rate: Rate = 3e-4,
    head_learning_rate: HeadRate = 2e-3,
    weight_decay: Decay = 0.01,
    dropout: Dropout = 0.1,
    freeze_layers: Freeze = 0,
    seed: Seed = 1,
    match: MatchOption = "set",
    json: Json = False,
) -> None:
    """Train a tagger on labelled products. Killed, the same command goes on from its last finished epoch."""
    from hangtag.jobs.train import TrainSettings, train_model

    settings = TrainSettings(
        backbone=backbone,
        epochs=epochs,
        batch=batch,
        learning_rate=learning_rate,
        head_learning_rate=head_learning_rate,
        weight_decay=weight_decay,
        dropout=dropout,
        freeze_layers=freeze_layers,
        seed=seed,
    )
    with show.epochs(err, epochs) as progress:
        card = train_model(gold, output, dev=dev, settings=settings, match=match, progress=progress)
    print_json(card) if json else show.card(out, output, card)
