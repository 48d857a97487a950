"""`hangtag extend MODEL -o MODEL --attribute NAME`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated

import typer

from hangtag.cli.app import app, out, print_json
from hangtag.cli.options import Json
from hangtag.cli.train import Model
from hangtag.errors import InputError

EncoderFolder = Annotated[str, typer.Argument(metavar="MODEL", help="The folder of a model that hangtag train --kind encoder made.")]
Attributes = Annotated[
    list[str],
    typer.Option("--attribute", help="Its name, and some of its values where they are known: 'Closure' or 'Closure: zip, hook'; repeat."),
]


@app.command("extend")
def extend(model: EncoderFolder, output: Model, attribute: Attributes, json: Json = False) -> None:
    """Give a trained encoder more attributes by their names alone; their tags all go to review."""
    from hangtag.jobs.extend import extend_model

    card = extend_model(model, output, named := _with_values(attribute))
    if json:
        print_json(card)
    else:
        out.print(f"{output}: {', '.join(named)} added", markup=False)


def _with_values(given: Iterable[str]) -> dict[str, list[str]]:
    """Names with the values after them, in the punctuation of either language."""
    named: dict[str, list[str]] = {}
    for one in given:
        name, values = [*re.split("[:：]", one, maxsplit=1), ""][:2]
        if name.strip() in named:
            raise InputError(f"--attribute '{name.strip()}' is given twice: give it once, with all its values")
        named[name.strip()] = [value for part in re.split("[,，、]", values) if (value := part.strip())]
    return named
