"""`hangtag compare GOLD --tagger A --tagger B`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hangtag.cli import show
from hangtag.cli.app import app, out, print_json
from hangtag.cli.evaluate import Gold, MatchOption
from hangtag.cli.options import Config, Json, VocabularyPaths

Rivals = Annotated[
    list[str], typer.Option("--tagger", help="A tagger, or several joined by +, such as lexicon+measure. Repeat for each row of the table.")
]

TrainedOn = Annotated[
    str | None, typer.Option("--trained-on", help="The labels they learned from: recall of values these have often, rarely, never.")
]
Each = Annotated[bool, typer.Option("--each", help="F1 by attribute too.")]
Plot = Annotated[Path | None, typer.Option("--plot", help="Picture of micro-F1 with intervals, .svg, .png or .pdf.")]


@app.command("compare")
def compare(
    gold: Gold,
    tagger: Rivals,
    match: MatchOption = "set",
    trained_on: TrainedOn = None,
    each: Each = False,
    plot: Plot = None,
    vocabulary: VocabularyPaths = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Score several taggers on the same labelled products, side by side."""
    from hangtag.config import load_settings
    from hangtag.jobs import Setup
    from hangtag.jobs.evaluate import compare_taggers

    setups = {spec: Setup.of(load_settings(config), taggers=tuple(spec.split("+")), vocabulary=tuple(vocabulary or ())) for spec in tagger}
    rows = compare_taggers(gold, setups, match=match, trained_on=trained_on)
    if plot is not None:
        from hangtag.report.plots import plot_comparison

        plot_comparison(plot, rows)
    print_json(rows) if json else show.comparison(out, rows, each=each)
