"""`hangtag evaluate GOLD`."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from hangtag.cli import show
from hangtag.cli.app import app, err, out, print_json
from hangtag.cli.options import Config, Examples, Json, Taggers, VocabularyPaths, check_asked

Gold = Annotated[
    str,
    typer.Argument(help='Labelled products: JSON Lines with "gold": {attribute: [values]}, or CSV, TSV with gold.ATTRIBUTE; also .gz.'),
]
MatchOption = Annotated[str, typer.Option("--match", help="set: sets of values; any: one prediction an attribute, exact strings.")]
AutoOnly = Annotated[bool, typer.Option("--auto-only", help="Score only tags that would be published without review.")]


@app.command("evaluate")
def evaluate(
    gold: Gold,
    tagger: Taggers = None,
    match: MatchOption = "set",
    vocabulary: VocabularyPaths = None,
    examples: Examples = None,
    auto_only: AutoOnly = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Score taggers on labelled products: precision, recall and F1, overall and per attribute."""
    from hangtag.config import load_settings
    from hangtag.jobs import Setup, evaluate_gold

    shown = tuple(examples) if examples else None
    setup = Setup.of(load_settings(config), taggers=tuple(tagger or ()), vocabulary=tuple(vocabulary or ()), examples=shown)
    check_asked([setup], examples=examples)
    statuses = ("auto",) if auto_only else None
    report = evaluate_gold(gold, setup=setup, match=match, statuses=statuses, tell=partial(show.bills, err)).to_dict()  # type: ignore[arg-type]
    print_json(report) if json else show.scores(out, report)
