"""`hangtag ensemble MODEL MODEL … -o MODEL`."""

from __future__ import annotations

from typing import Annotated

import typer

from hangtag.cli import show
from hangtag.cli.app import app, out, print_json
from hangtag.cli.evaluate import MatchOption
from hangtag.cli.options import Json
from hangtag.cli.train import Model

Models = Annotated[list[str], typer.Argument(metavar="MODEL...", help="Two or more folders that hangtag train made.")]
Labels = Annotated[str | None, typer.Option("--gold", help="Labels none of them learned from, to choose the least confidence on.")]


@app.command("ensemble")
def ensemble(models: Models, output: Model, gold: Labels = None, match: MatchOption = "set", json: Json = False) -> None:
    """Several trained models as one that says what they say on average: surer than each, as slow as all together."""
    from hangtag.jobs.ensemble import join_models

    card = join_models(models, output, gold=gold, match=match)
    print_json(card) if json else show.card(out, output, card)
