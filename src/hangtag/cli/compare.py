"""`hangtag compare GOLD --tagger A --tagger B`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hangtag.cli import show
from hangtag.cli.app import app, err, out, print_json
from hangtag.cli.evaluate import Gold, MatchOption
from hangtag.cli.options import Config, Examples, Json, VocabularyPaths, check_asked
from hangtag.errors import InputError

if TYPE_CHECKING:
    from hangtag.jobs import Setup

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
Thresholds = Annotated[
    Path | None,
    typer.Option(
        "--thresholds",
        help="Write, for each attribute, how sure the first of two taggers must be not to ask the second: 'FIRST@FILE.json > SECOND'.",
    ),
]
Ask = Annotated[
    float | None, typer.Option("--ask", help="With --thresholds: of the first tagger's answers this share is asked again at most (0.2).")
]
Plot = Annotated[Path | None, typer.Option("--plot", help="Picture of micro-F1 with intervals, .svg, .png or .pdf.")]

_ASKED = 0.2


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
    thresholds: Thresholds = None,
    ask: Ask = None,
    vocabulary: VocabularyPaths = None,
    examples: Examples = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Score several taggers on the same labelled products, side by side."""
    from hangtag.config import load_settings
    from hangtag.jobs import Setup
    from hangtag.jobs.evaluate import compare_taggers
    from hangtag.report.plots import check_picture

    for picture in (plot, curve):
        if picture is not None:
            check_picture(picture)  # before anything is asked that may cost money
    options: dict[str, Any] = {"vocabulary": tuple(vocabulary or ()), "examples": tuple(examples) if examples else None}
    setups = {spec: Setup.of(load_settings(config), taggers=_taggers(spec), **options) for spec in tagger}
    check_asked(setups.values(), examples=examples)
    if curve is not None or thresholds is not None:
        if len(setups) != 2:
            raise InputError("--curve and --thresholds take two taggers: --tagger CHEAP --tagger STRONG")
        if plot is not None or each or trained_on is not None:
            raise InputError("--plot, --each and --trained-on do nothing with --curve and --thresholds: leave them out")
        _compare_cascade(gold, setups, curve, thresholds, ask=ask, match=match, json=json)
        return
    if ask is not None:
        raise InputError("--ask goes with --thresholds: add it, or leave --ask out")
    rows = compare_taggers(gold, setups, match=match, trained_on=trained_on, tell=partial(show.bills, err))
    if plot is not None:
        from hangtag.report.plots import plot_comparison

        plot_comparison(plot, rows)
    print_json(rows) if json else show.comparison(out, rows, each=each)


def _compare_cascade(
    gold: str, setups: Mapping[str, Setup], curve: Path | None, thresholds: Path | None, *, ask: float | None, match: str, json: bool
) -> None:
    """What the first of two taggers makes of asking the second."""
    from hangtag.jobs.curve import measure_cascade
    from hangtag.jobs.thresholds import checked_name, write_thresholds
    from hangtag.report.plots import plot_cascade

    if ask is not None and (thresholds is None or not 0 < ask <= 1):
        raise InputError(f"--ask {ask}: give a share between 0 and 1, with --thresholds")
    if thresholds is not None:
        checked_name(thresholds)  # before anything is asked that may cost money
    measured = measure_cascade(gold, *setups.values(), match=match, tell=partial(show.bills, err))
    points = [asdict(point) for point in measured.curve()]
    facts: Any = points
    if thresholds is not None:
        found, point = measured.by_attribute(_ASKED if ask is None else ask)
        write_thresholds(thresholds, found)
        facts = {"curve": points, "by_attribute": asdict(point), "thresholds": found}
        points = [*points, asdict(point)]
    if curve is not None:
        plot_cascade(curve, points, title=" > ".join(setups))
    print_json(facts) if json else show.curve(out, points)
