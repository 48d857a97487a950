"""Writes docs/cli.md from the commands' own help; `python docs/build_cli.py --check` fails where the file is out of date."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import typer.main

from hangtag.cli.app import COMMANDS, app

PAGE = Path(__file__).with_name("cli.md")
HEAD = "# Commands\n\nWritten by `python docs/build_cli.py` from the commands' own help. Usage errors exit with 2, failed runs with 1.\n"


def page() -> str:
    """The whole page."""
    for name in COMMANDS:
        importlib.import_module(f"hangtag.cli.{name}")
    root = typer.main.get_command(app)
    return "\n".join([HEAD, *(section for path, command in _walk(root, "hangtag") for section in _section(path, command))])


def _walk(command: object, path: str) -> Iterator[tuple[str, object]]:
    children = getattr(command, "commands", None)
    if children:
        for name, child in children.items():
            yield from _walk(child, f"{path} {name}")
        return
    yield path, command


def _section(path: str, command: object) -> Iterator[str]:
    params = [param for param in command.params if not getattr(param, "hidden", False)]  # type: ignore[attr-defined]
    arguments = " ".join(_argument(param) for param in params if param.param_type_name == "argument")
    yield f"## {path}\n\n{(command.help or '').strip()}\n"  # type: ignore[attr-defined]
    yield f"```text\n{path}{' ' + arguments if arguments else ''} [OPTIONS]\n```\n"
    yield "| argument or option | meaning | default |\n| --- | --- | --- |"
    for param in params:
        name = _argument(param) if param.param_type_name == "argument" else ", ".join(f"`{form}`" for form in param.opts)
        default = "" if param.default in (None, False, ()) or callable(param.default) or param.required else f"`{param.default}`"
        yield f"| {name} | {(getattr(param, 'help', '') or '').replace('|', chr(92) + '|')} | {default} |"
    yield ""


def _argument(param: object) -> str:
    name = str(param.name).upper()  # type: ignore[attr-defined]
    name += "…" if param.nargs == -1 else ""  # type: ignore[attr-defined]
    return name if param.required else f"[{name}]"  # type: ignore[attr-defined]


if __name__ == "__main__":
    written = page()
    if "--check" in sys.argv:
        sys.exit(0 if PAGE.read_text(encoding="utf-8") == written else "docs/cli.md is out of date: python docs/build_cli.py")
    PAGE.write_text(written, encoding="utf-8")
