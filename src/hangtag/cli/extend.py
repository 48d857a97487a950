"""`hangtag extend MODEL -o MODEL --attribute NAME`."""

from __future__ import annotations

from typing import Annotated

import typer

from hangtag.cli.app import app, out, print_json
from hangtag.cli.options import Json
from hangtag.cli.train import Model

EncoderFolder = Annotated[str, typer.Argument(metavar="MODEL", help="The folder of a model that hangtag train --kind encoder made.")]
Attributes = Annotated[
    list[str],
    typer.Option("--attribute", help="Its name, and some of its values where they are known: 'Closure' or 'Closure: zip, hook'; repeat."),
]


@app.command("extend")
def extend(model: EncoderFolder, output: Model, attribute: Attributes, json: Json = False) -> None:
    """Give a trained encoder more attributes by their names alone; their tags all go to review."""
    from hangtag.jobs.extend import extend_model

    named = {}
    for one in attribute:
        name, _, values = one.partition(":")
        named[name.strip()] = [value for part in values.split(",") if (value := part.strip())]
    card = extend_model(model, output, named)
    if json:
        print_json(card)
    else:
        out.print(f"{output}: {', '.join(named)} added", markup=False)
