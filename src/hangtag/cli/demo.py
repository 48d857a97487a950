"""`hangtag demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hangtag.cli import show
from hangtag.cli.app import app, err, out

Folder = Annotated[Path, typer.Option("-o", "--out", help="Folder for the results.")]


@app.command("demo")
def demo(folder: Folder = Path("demo-output")) -> None:
    """Tag the bundled sample catalogue and write its report: the whole path in a few seconds."""
    from hangtag.jobs import report_run, tag_catalogue
    from hangtag.jobs.demo import sample_catalogue

    tags, page = folder / "tags.jsonl", folder / "report.html"
    with show.progress(err, str(sample_catalogue())) as advance:
        summary = tag_catalogue(sample_catalogue(), tags, restart=True, progress=advance)
    report_run(tags, page)
    show.summary(out, summary)
    out.print(f"\nreport: {page.resolve()}", style="bold", markup=False)
