"""The command line: one file per command, no logic. `main` is the console script."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run the command line; deliberate errors become one message and exit code 2 (usage, input) or 1 (a run that failed)."""
    from hangtag.cli.app import run

    run()
