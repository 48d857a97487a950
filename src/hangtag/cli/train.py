"""`hangtag train GOLD -o MODEL`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from hangtag.cli import show
from hangtag.cli.app import app, err, out, print_json
from hangtag.cli.evaluate import Gold, MatchOption
from hangtag.cli.options import Json
from hangtag.errors import InputError
from hangtag.learn.processes import is_alone, is_first
from hangtag.learn.settings import TrainSettings, defaults_of, refuse_unfit

Model = Annotated[Path, typer.Option("--out", "-o", help="Folder for the model.")]
Dev = Annotated[str | None, typer.Option("--dev", help="Labelled products to choose the least confidence on; default: every tenth.")]
Least = Annotated[
    float | None,
    typer.Option(
        "--least-confidence", min=0.0, max=1.0, help="Speak from this on, and hold no product out to find it; not with --unlabelled."
    ),
]
Also = Annotated[
    list[str] | None,
    typer.Option("--also", help="Labelled products of another source, whose values shall be known. Repeat for more."),
]
AlsoEpochs = Annotated[int, typer.Option("--also-epochs", min=0, help="Learn from --also too, in so many epochs, the first ones.")]
Unlabelled = Annotated[
    str | None,
    typer.Option("--unlabelled", help="A catalogue to learn from too, by the tags of a first model that are surely right."),
]
Folds = Annotated[int, typer.Option("--folds", min=0, help="Score by cross-validation first, with models kept in MODEL.folds.")]
Kind = Annotated[
    str,
    typer.Option(
        "--kind",
        help="encoder; causal or seq2seq (they write tags; defaults of their own); bilstm-crf, bow-lr, bow-rf, tfidf-lr, tfidf-rf, knn.",
    ),
]
Backbone = Annotated[
    str,
    typer.Option(
        "--backbone", help="What it grows from: a Hugging Face name, a folder, a GGUF; or scratch:rnn, scratch:lstm, scratch:transformer."
    ),
]
Layers = Annotated[int, typer.Option("--layers", min=0, help="Keep so many of its lowest layers; 0: all.")]
Units = Annotated[int, typer.Option("--feed-forward", min=0, help="Keep so many inner units of each layer; 0: all.")]
Hidden = Annotated[int, typer.Option("--hidden", min=0, help="Keep so many dimensions of its states; 0: all.")]
Pieces = Annotated[int, typer.Option("--latin-pieces", min=0, help="Keep so many Latin pieces of its tokenizer; 0: every language.")]
Epochs = Annotated[int, typer.Option("--epochs", min=1, help="Passes over the labelled products.")]
BatchSize = Annotated[int, typer.Option("--batch", min=1, help="Products a step.")]
Rate = Annotated[float, typer.Option("--learning-rate", help="Peak learning rate of the encoder.")]
HeadRate = Annotated[float, typer.Option("--head-learning-rate", help="Peak learning rate of what is new on top of it.")]
Decay = Annotated[float, typer.Option("--weight-decay", help="Weight decay (AdamW).")]
Dropout = Annotated[float, typer.Option("--dropout", min=0.0, max=0.9, help="Dropout.")]
Warmup = Annotated[float, typer.Option("--warmup", min=0.0, max=1.0, help="Share of all steps in which learning rates rise.")]
Freeze = Annotated[int, typer.Option("--freeze-layers", min=0, help="Lowest layers of the encoder to hold still.")]
Tune = Annotated[str, typer.Option("--tune", help="What moves in the rest: full, bias (BitFit) or lora.")]
LoraRank = Annotated[int, typer.Option("--lora-rank", min=1, help="Rank of the updates of --tune lora.")]
Swap = Annotated[float, typer.Option("--swap", min=0.0, max=1.0, help="Share of products that get another value in each epoch.")]
Synonym = Annotated[float, typer.Option("--synonym", min=0.0, max=1.0, help="Share of products that get another word for the same.")]
Blank = Annotated[float, typer.Option("--blank", min=0.0, max=0.9, help="Share of tokens made unknown.")]
Foreign = Annotated[
    int, typer.Option("--foreign", min=0, help="Attributes those like it never have that each product is shown to be without.")
]
Named = Annotated[float, typer.Option("--named", min=0.0, help="Lessons in reading names per labelled product, for hangtag extend.")]
LeastCount = Annotated[int, typer.Option("--least-value-count", min=1, help="Unsaid values given less often are not learned.")]
Adversarial = Annotated[
    float, typer.Option("--adversarial", min=0.0, help="Adversary's step in shares of an embedding (FGM); twice the time.")
]
RareWeight = Annotated[float, typer.Option("--rare-weight", min=0.0, help="Weigh answers by their count to the power of minus this.")]
PrecisionOption = Annotated[str, typer.Option("--precision", help="fp32, bf16 or fp16 (mixed).")]
Device = Annotated[str, typer.Option("--device", help="auto, cpu, cuda, cuda:1 …")]
Patience = Annotated[int, typer.Option("--patience", min=0, help="Stop after so many epochs without a better loss on held-out products.")]
Track = Annotated[str | None, typer.Option("--track", help="Keep curves: tensorboard:FOLDER or wandb:PROJECT (offline).")]
Search = Annotated[int, typer.Option("--search", min=0, help="Try so many settings first and take the best; trials in MODEL.search.")]
Threads = Annotated[int, typer.Option("--threads", min=0, help="Processor threads; 0: as many as there are cores.")]
Seed = Annotated[int, typer.Option("--seed", help="Seed of all chance.")]
OUR = TrainSettings()


@app.command("train")
def train(
    context: typer.Context,
    gold: Gold,
    output: Model,
    dev: Dev = None,
    also: Also = None,
    also_epochs: AlsoEpochs = OUR.also_epochs,
    least_confidence: Least = None,
    unlabelled: Unlabelled = None,
    folds: Folds = 0,
    kind: Kind = "encoder",
    backbone: Backbone = OUR.backbone,
    layers: Layers = OUR.layers,
    hidden: Hidden = OUR.hidden,
    feed_forward: Units = OUR.feed_forward,
    latin_pieces: Pieces = OUR.latin_pieces,
    epochs: Epochs = OUR.epochs,
    patience: Patience = OUR.patience,
    batch: BatchSize = OUR.batch,
    learning_rate: Rate = OUR.learning_rate,
    head_learning_rate: HeadRate = OUR.head_learning_rate,
    weight_decay: Decay = OUR.weight_decay,
    dropout: Dropout = OUR.dropout,
    warmup: Warmup = OUR.warmup,
    freeze_layers: Freeze = OUR.freeze_layers,
    tune: Tune = OUR.tune,
    lora_rank: LoraRank = OUR.lora_rank,
    swap: Swap = OUR.swap,
    synonym: Synonym = OUR.synonym,
    blank: Blank = OUR.blank,
    foreign: Foreign = OUR.foreign,
    named: Named = OUR.named,
    least_value_count: LeastCount = OUR.least_value_count,
    adversarial: Adversarial = OUR.adversarial,
    rare_weight: RareWeight = OUR.rare_weight,
    precision: PrecisionOption = OUR.precision,
    device: Device = OUR.device,
    threads: Threads = OUR.threads,
    seed: Seed = OUR.seed,
    search: Search = 0,
    track: Track = None,
    match: MatchOption = "set",
    json: Json = False,
) -> None:
    """Train a tagger on labelled products. Killed, the same command goes on from its last finished epoch."""
    from hangtag.jobs.search import search_settings
    from hangtag.jobs.self_train import self_train
    from hangtag.jobs.train import cross_validate, train_model
    from hangtag.taggers.model_folder import refuse_taken

    given = {name: value for name, value in locals().items() if name in TrainSettings.__slots__ and _is_given(context, name)}
    settings = replace(defaults_of(kind), **given)
    refuse_unfit(settings, kind)
    given |= {"least_confidence": least_confidence, "unlabelled": unlabelled, "search": search, "folds": folds, "also": also}
    given |= {"dev": dev, "track": track}
    _check_together(given, kind=kind)
    refuse_taken(output)
    if search or folds:
        _check_files(dev, also or (), unlabelled, track)
    options: dict[str, Any] = {"also": also or (), "match": match}
    shares: dict[str, Any] = {}
    if search:
        with show.epochs(err, search, what="trial") as progress:
            journal = output.with_name(output.name + ".search")
            settings, _ = search_settings(gold, journal, trials=search, dev=dev, settings=settings, progress=progress, **options)
    options |= {"settings": settings, "kind": kind}
    if folds:
        with show.epochs(err, settings.epochs * folds) as progress:
            work = output.with_name(output.name + ".folds")
            shares = cross_validate(gold, work, folds=folds, progress=progress, **options)
    with show.epochs(err, settings.epochs) as progress:
        options |= {"dev": dev, "track_to": track, "progress": progress}
        if unlabelled is not None:
            card = self_train(gold, unlabelled, output, **options)
        else:
            card = train_model(gold, output, least_confidence=least_confidence, **options)
    if not is_first():
        return
    if json:
        print_json({**card, "cross_validation": shares} if shares else card)
        return
    if shares:
        show.folds(out, shares)
    show.card(out, output, card)


def _check_files(dev: str | None, also: Sequence[str], unlabelled: str | None, track: str | None) -> None:
    """Read what is used only after hours of other trainings: an error in it is better told now."""
    from hangtag.jobs.distil import catalogue_products
    from hangtag.jobs.track import check_track
    from hangtag.jobs.train import read_labelled

    for path in (*([dev] if dev is not None else ()), *also):
        read_labelled(path)
    if unlabelled is not None:
        catalogue_products(unlabelled)
    check_track(track)


def _check_together(given: Mapping[str, Any], *, kind: str) -> None:
    """Refuse options that contradict each other, or do nothing together."""
    if given["unlabelled"] is not None and given["least_confidence"] is not None:
        raise InputError("--least-confidence goes without --unlabelled, which finds it on held-out products: leave one of them out")
    if given["search"] and kind != "encoder":
        raise InputError(f"--search looks for an encoder's settings: leave it out with --kind {kind}")
    if given["dev"] is not None and given["least_confidence"] is not None and not given["search"]:
        raise InputError("--dev is for finding the least confidence, and --least-confidence says it: leave one of them out")
    if given["track"] is not None and kind not in ("encoder", "causal", "seq2seq", "bilstm-crf"):
        raise InputError(f"--track follows epochs, and --kind {kind} has none: leave it out")
    if given.get("patience") and given["least_confidence"] is not None:
        raise InputError("--patience needs held-out products, and with --least-confidence there are none: leave one of them out")
    if given.get("also_epochs") and not given["also"]:
        raise InputError("--also-epochs needs --also, the labels to learn from first")
    if given["also"] and kind not in ("encoder", "causal", "seq2seq"):
        raise InputError(f"--also does nothing with --kind {kind}: leave it out")
    alone = next((name for name in ("folds", "search", "unlabelled") if given[name]), None)
    if alone is not None and not is_alone():
        raise InputError(f"--{alone} trains one model after the other, each by one process: start it without accelerate launch")


def _is_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name != "DEFAULT"
