"""`hangtag compare GOLD --tagger A --tagger B`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from hangtag.cli import show
from hangtag.cli.app import app, out, print_json
from hangtag.cli.evaluate import Gold, MatchOption
from hangtag.cli.options import Config, Examples, Json, VocabularyPaths
from hangtag.errors import InputError

Rivals = Annotated[
    list[str], typer.Option("--tagger", help="A tagger, or several joined by +, such as lexicon+measure. Repeat for each row of the table.")
]

TrainedOn = Annotated[
    str | None, typer.Option("--trained-on", help="The labels they learned from: recall of values these have often, rarely, never.")
]
Each = Annotated[bool, typer.Option("--each", help="F1 by attribute too.")]
Curve = Annotated[
    Path | None,
    typer.Option("--curve", help="Picture of the first of two taggers asking the second where it is unsure: F1, speed, cost by threshold."),
]
Plot = Annotated[Path | None, typer.Option("--plot", help="Picture of micro-F1 with intervals, .svg, .png or .pdf.")]


def _taggers(spec: str) -> tuple[str, ...]:
    """Several taggers joined by +; within a cascade + joins those of a stage."""
    return (spec,) if ">" in spec else tuple(spec.split("+"))


@app.command("compare")
def compare(
    gold: Gold,
    tagger: Rivals,
    match: MatchOption = "set",
    trained_on: TrainedOn = None,
    each: Each = False,
    plot: Plot = None,
    curve: Curve = None,
    vocabulary: VocabularyPaths = None,
    examples: Examples = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Score several taggers on the same labelled products, side by side."""
    from hangtag.config import load_settings
    from hangtag.jobs import Setup
    from hangtag.jobs.curve import cascade_curve
    from hangtag.jobs.evaluate import compare_taggers
    from hangtag.report.plots import plot_cascade

    options: dict[str, Any] = {"vocabulary": tuple(vocabulary or ()), "examples": tuple(examples) if examples else None}
    setups = {spec: Setup.of(load_settings(config), taggers=_taggers(spec), **options) for spec in tagger}
    if curve is not None:
        if len(tagger) != 2:
            raise InputError("--curve takes two taggers: --tagger CHEAP --tagger STRONG")
        points = cascade_curve(gold, *setups.values(), match=match)
        plot_cascade(curve, points, title=f"{tagger[0]} > {tagger[1]}")
        print_json(points) if json else show.curve(out, points)
        return
    rows = compare_taggers(gold, setups, match=match, trained_on=trained_on)
    if plot is not None:
        from hangtag.report.plots import plot_comparison

        plot_comparison(plot, rows)
    print_json(rows) if json else show.comparison(out, rows, each=each)
