"""Options several commands share, and what they mean."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hangtag.errors import InputError

if TYPE_CHECKING:
    from hangtag.jobs import Setup

__all__ = [
    "Batch",
    "Budget",
    "Catalogue",
    "Config",
    "Examples",
    "Json",
    "Map",
    "Taggers",
    "VocabularyPaths",
    "Workers",
    "check_asked",
    "parse_map",
]

Catalogue = Annotated[str, typer.Argument(help="CSV, TSV, JSON, JSON Lines (also .gz), Parquet, a database URL, or - for standard input.")]
Config = Annotated[Path | None, typer.Option("--config", help="Settings file; default: hangtag.toml here, if there is one.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Map = Annotated[list[str] | None, typer.Option("--map", help="Name a column: title=商品名. Repeat for more.")]
Taggers = Annotated[
    list[str] | None,
    typer.Option(
        "--tagger", help="A tagger: built-in name, model folder, llm:MODEL or module:Class. Repeat; default: all zero-training taggers."
    ),
]
VocabularyPaths = Annotated[
    list[str] | None, typer.Option("--vocabulary", help="Vocabulary file or folder instead of the starter. Repeat for more.")
]
Examples = Annotated[
    list[str] | None, typer.Option("--examples", help="Labelled products that language models are shown. Repeat; later ones correct.")
]
Budget = Annotated[
    str | None, typer.Option("--budget", help="The most language models may cost: money, such as 5.00, or tokens, such as '200k tokens'.")
]
Batch = Annotated[bool, typer.Option("--batch", help="Ask language models by batch files: cheaper, within a day.")]
Workers = Annotated[int, typer.Option("--workers", min=0, help="Processes; 0: one a core; one where a language model is asked.")]


def check_asked(setups: Iterable[Setup], how: str = "--tagger", **given: object) -> None:
    """Raises `InputError` where an option that only language models heed is given and none of the setups asks one."""
    options = " and ".join(f"--{name}" for name, value in given.items() if value)
    if options and not any(setup.asks_llm for setup in setups):
        raise InputError(f"{options}: this is for language models, and none is asked: name one with {how} llm:MODEL")


def parse_map(pairs: list[str] | None) -> dict[str, str]:
    """`--map title=COLUMN …` as a mapping from our field to the user's column."""
    mapping = {}
    for pair in pairs or []:
        ours, equals, theirs = pair.partition("=")
        if not equals or not ours.strip() or not theirs.strip():
            raise InputError(f"--map {pair}: write it as FIELD=COLUMN, such as --map title=商品名")
        mapping[ours.strip()] = theirs.strip()
    return mapping
