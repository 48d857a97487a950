"""`hangtag report TAGS -o report.html`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hangtag.cli.app import app, err

Tags = Annotated[Path, typer.Argument(help="A tags file written by hangtag tag.")]
Out = Annotated[Path, typer.Option("-o", "--out", help="The HTML file.")]
CataloguePath = Annotated[str | None, typer.Option("--catalogue", help="Where the catalogue is now, if it was moved.")]
Sample = Annotated[int, typer.Option("--sample", min=0, help="Products shown one by one, chosen at random; charts cover all.")]


@app.command("report")
def report(tags: Tags, out: Out = Path("report.html"), catalogue: CataloguePath = None, sample: Sample = 500) -> None:
    """Write one self-contained HTML page that shows the tags of a run with their evidence."""
    from hangtag.jobs import report_run

    count = report_run(tags, out, catalogue=catalogue, sample=sample)
    err.print(f"{count:,} products → {out}", markup=False)
