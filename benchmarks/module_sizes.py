"""Fails where a module outgrows its room: more than 500 lines, or a function of more than 40 lines."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

MODULE_LINES, FUNCTION_LINES, PARAMETERS = 500, 40, 6
SOURCE = Path(__file__).parents[1] / "src"


def findings(path: Path) -> list[str]:
    """What is too large in a module."""
    text = path.read_text(encoding="utf-8")
    found = [f"{path}: {len(text.splitlines())} lines"] if len(text.splitlines()) > MODULE_LINES else []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            if lines > FUNCTION_LINES:
                found.append(f"{path}:{node.lineno}: {node.name} has {lines} lines")
    return found


if __name__ == "__main__":
    problems = [problem for path in sorted(SOURCE.rglob("*.py")) for problem in findings(path)]
    print("\n".join(problems) or "all modules and functions are of a readable size")
    sys.exit(1 if problems else 0)
