"""`hangtag calibrate MODEL GOLD`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from hangtag.cli import show
from hangtag.cli.app import app, err, out, print_json
from hangtag.cli.evaluate import Gold
from hangtag.cli.options import Config, Examples, Json, check_asked

ModelFolder = Annotated[str, typer.Argument(metavar="MODEL", help="A model folder that hangtag train made, or llm:MODEL.")]
Precision = Annotated[float, typer.Option("--precision", min=0.01, max=0.999, help="Precision that published tags shall have.")]
Confidence = Annotated[float, typer.Option("--confidence", min=0.01, max=0.999, help="How surely.")]
Each = Annotated[bool, typer.Option("--each", help="Promise it for every attribute by itself, not for all published tags together.")]

Method = Annotated[str, typer.Option("--method", help="Make confidences true first, by temperature or isotonic; none: leave them.")]
Output = Annotated[Path | None, typer.Option("--out", "-o", help="Folder for what a language model promises; then a tagger itself.")]
Plot = Annotated[Path | None, typer.Option("--plot", help="Picture of precision over coverage, .svg, .png or .pdf.")]


@app.command("calibrate")
def calibrate(
    model: ModelFolder,
    gold: Gold,
    precision: Precision = 0.95,
    confidence: Confidence = 0.9,
    each: Each = False,
    method: Method = "none",
    plot: Plot = None,
    output: Output = None,
    examples: Examples = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Find from which confidence on a model's tags keep a promised precision, on labelled products it was not trained on."""
    from hangtag.config import load_settings
    from hangtag.jobs import Setup
    from hangtag.jobs.calibrate import calibrate_model

    setup = Setup.of(load_settings(config), examples=tuple(examples) if examples else None)
    check_asked([Setup(taggers=(model,))], "MODEL", examples=examples)
    options = {"precision": precision, "confidence": confidence, "each": each, "method": method, "plot": plot}
    guarantee = calibrate_model(model, gold, output=output, setup=setup, tell=partial(show.bills, err), **options)  # type: ignore[arg-type]
    print_json(guarantee) if json else show.guarantee(out, guarantee)
