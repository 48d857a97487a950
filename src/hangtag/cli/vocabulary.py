"""`hangtag vocabulary show | check | import`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hangtag.cli.app import app, out, print_json

vocabulary_app = typer.Typer(help="Look at, check or import a vocabulary.", no_args_is_help=True)
app.add_typer(vocabulary_app, name="vocabulary")

Paths = Annotated[list[Path] | None, typer.Argument(help="Vocabulary files or folders; default: the starter vocabulary.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@vocabulary_app.command("check")
def check(paths: Paths = None, json: Json = False) -> None:
    """Find missing languages, clashing forms, cycles and unknown references; exits 1 where there are errors."""
    from hangtag.vocabulary.check import check_vocabulary
    from hangtag.vocabulary.load import STARTER

    problems = check_vocabulary(paths or [STARTER])
    if json:
        print_json(problems)
    for problem in problems if not json else ():
        out.print(f"{problem.severity}: {problem.where}: {problem.message} ({problem.cure})", markup=False)
    errors = sum(problem.severity == "error" for problem in problems)
    if not json:
        out.print(f"{errors} errors, {len(problems) - errors} warnings", markup=False)
    raise typer.Exit(1 if errors else 0)
