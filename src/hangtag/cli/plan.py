"""`hangtag plan CATALOGUE`."""

from __future__ import annotations

from hangtag.cli import show
from hangtag.cli.app import app, out, print_json
from hangtag.cli.options import Batch, Catalogue, Config, Examples, Json, Map, Taggers, VocabularyPaths, Workers, check_asked, parse_map


@app.command("plan")
def plan(
    catalogue: Catalogue,
    tagger: Taggers = None,
    vocabulary: VocabularyPaths = None,
    examples: Examples = None,
    batch: Batch = False,
    map: Map = None,
    workers: Workers = 0,
    config: Config = None,
    json: Json = False,
) -> None:
    """Say what tagging a catalogue would mean: rows, columns, languages, duplicates, rejects, time."""
    from hangtag.config import load_settings
    from hangtag.jobs import Setup, plan_catalogue

    settings = load_settings(config)
    llm = {"examples": tuple(examples) if examples else None, "batch": batch or None}
    setup = Setup.of(settings, taggers=tuple(tagger or ()), vocabulary=tuple(vocabulary or ()), **llm)
    check_asked([setup], batch=batch, examples=examples)
    made = plan_catalogue(catalogue, setup=setup, columns={**settings.columns, **parse_map(map)}, workers=workers or settings.workers)
    print_json(made) if json else show.plan(out, made)
