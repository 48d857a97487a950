"""`hangtag tag CATALOGUE -o OUT`."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from hangtag.cli import show
from hangtag.cli.app import app, err, print_json
from hangtag.cli.options import (
    Batch,
    Budget,
    Catalogue,
    Config,
    Examples,
    Json,
    Map,
    Taggers,
    VocabularyPaths,
    Workers,
    check_asked,
    parse_map,
)
from hangtag.errors import InputError

Out = Annotated[Path | None, typer.Option("-o", "--out", help="Tags file (JSON Lines). A killed run goes on from here. Default: stdout.")]
Restart = Annotated[bool, typer.Option("--restart", help="Begin anew instead of going on with an unfinished run.")]
ShardRows = Annotated[int, typer.Option("--shard-rows", min=1, help="Rows committed together; of a language model's at most 200.")]


@app.command("tag")
def tag(
    catalogue: Catalogue,
    out: Out = None,
    tagger: Taggers = None,
    vocabulary: VocabularyPaths = None,
    examples: Examples = None,
    budget: Budget = None,
    batch: Batch = False,
    map: Map = None,
    workers: Workers = 0,
    shard_rows: ShardRows = 1000,
    restart: Restart = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Tag every product of a catalogue, with evidence, confidence and a decision for each tag."""
    from hangtag.config import load_settings
    from hangtag.jobs import Setup, tag_catalogue, tag_stream

    settings = load_settings(config)
    llm = {"examples": tuple(examples) if examples else None, "budget": budget, "batch": batch or None}
    setup = Setup.of(settings, taggers=tuple(tagger or ()), vocabulary=tuple(vocabulary or ()), **llm)
    check_asked([setup], budget=budget, batch=batch, examples=examples)
    if out is None and (budget is not None or batch):
        raise InputError("--budget and --batch need -o: what was paid for is counted beside the output")
    columns = {**settings.columns, **parse_map(map)}
    if out is None:
        show.stream(tag_stream(catalogue, setup=setup, columns=columns, tell=partial(show.bills, err)), sys.stdout.buffer, err)
        return
    with show.progress(err, catalogue) as advance:
        options = {"workers": workers or settings.workers, "shard_rows": shard_rows, "restart": restart, "progress": advance}
        summary = tag_catalogue(catalogue, out, setup=setup, columns=columns, **options)  # type: ignore[arg-type]
    print_json(summary) if json else show.summary(err, summary)
