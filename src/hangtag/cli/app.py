"""The Typer application and what all commands share: consoles, JSON output, errors as messages."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import msgspec
import typer
from rich.console import Console

from hangtag.errors import HangtagError, RunError

__all__ = ["app", "err", "out", "print_json", "run"]

app = typer.Typer(
    name="hangtag",
    help="Turn a product catalogue into trustworthy typed tags. Start with: hangtag demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

COMMANDS = ("demo", "plan", "tag", "report", "evaluate", "compare", "train", "distil", "extend", "ensemble", "calibrate", "vocabulary")


def print_json(value: Any) -> None:
    """One JSON document to stdout, for `--json`."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")


def run() -> None:
    """Run the application; what Hangtag raises on purpose becomes a message on stderr, never a traceback."""
    if "" not in sys.path:
        sys.path.insert(0, "")  # so that a user's own tagger, module:Class, is found in the working directory
    for name in COMMANDS:
        importlib.import_module(f"hangtag.cli.{name}")
    try:
        app()
    except HangtagError as error:
        err.print(f"hangtag: {error}", style="red", markup=False)
        sys.exit(1 if isinstance(error, RunError) else 2)
    except BrokenPipeError:
        # The reader of a pipe went away (`hangtag … | head`): nothing is wrong, and Python must not flush into it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
