"""`hangtag distil CATALOGUE --teacher MODEL -o STUDENT`."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from hangtag.cli import show
from hangtag.cli.app import app, err, out, print_json
from hangtag.cli.evaluate import MatchOption
from hangtag.cli.options import Budget, Config, Examples, Json, VocabularyPaths, check_asked
from hangtag.cli.train import BatchSize, Epochs, Hidden, Layers, Model, Pieces, Rate, Seed, Units
from hangtag.learn.settings import STUDENT

Unlabelled = Annotated[str, typer.Argument(metavar="CATALOGUE", help="Products for the teacher to tag; no labels needed.")]
Teacher = Annotated[list[str], typer.Option("--teacher", help="A tagger or model folder; repeat for several, fused.")]
Ask = Annotated[
    int | None,
    typer.Option("--ask", min=1, help="A language model is asked about so many products, chosen to be worth it; 500 if not said."),
]
Unsure = Annotated[str | None, typer.Option("--unsure", help="A cheaper tagger: products it wavers on are asked about first.")]
Steps = Annotated[
    int | None, typer.Option("--steps", min=1, help="Train on growing shares of the bought labels, to see what more would bring.")
]
Labels = Annotated[str | None, typer.Option("--gold", help="Labels to learn from too, and to choose the least confidence on.")]


@app.command("distil")
def distil(
    catalogue: Unlabelled,
    teacher: Teacher,
    output: Model,
    gold: Labels = None,
    layers: Layers = STUDENT.layers,
    hidden: Hidden = STUDENT.hidden,
    feed_forward: Units = STUDENT.feed_forward,
    latin_pieces: Pieces = STUDENT.latin_pieces,
    epochs: Epochs = STUDENT.epochs,
    batch: BatchSize = STUDENT.batch,
    learning_rate: Rate = STUDENT.learning_rate,
    seed: Seed = STUDENT.seed,
    match: MatchOption = "set",
    ask: Ask = None,
    unsure: Unsure = None,
    steps: Steps = None,
    budget: Budget = None,
    examples: Examples = None,
    vocabulary: VocabularyPaths = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Train a small, fast student on what a teacher says of products nobody labelled."""
    from hangtag.config import load_settings
    from hangtag.jobs import Setup
    from hangtag.jobs.distil import Buying
    from hangtag.jobs.distil import distil as run

    llm = {"examples": tuple(examples) if examples else None, "budget": budget}
    setup = Setup.of(load_settings(config), taggers=tuple(teacher), vocabulary=tuple(vocabulary or ()), **llm)
    check_asked([setup], "--teacher", budget=budget, examples=examples)
    how = {"count": ask, "steps": steps, "unsure": replace(setup, taggers=(unsure,)) if unsure else None}
    given = {name: value for name, value in how.items() if value is not None}
    buying = Buying(**given) if given else None  # type: ignore[arg-type]
    settings = replace(STUDENT, **{name: value for name, value in locals().items() if name in STUDENT.__slots__})
    with show.epochs(err, epochs * (steps or 1)) as progress:
        card = run(catalogue, output, teacher=setup, gold=gold, settings=settings, match=match, buying=buying, progress=progress)
    print_json(card) if json else show.card(out, output, card)
