"""Optional packages, asked for where they are used and nowhere else."""

from __future__ import annotations

import importlib
from types import ModuleType

from hangtag.errors import MissingExtra

__all__ = ["require"]


def require(module: str, *, extra: str) -> ModuleType:
    """Import `module`, or raise `MissingExtra` naming the pip command that brings it."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not (module == error.name or module.startswith(error.name + ".")):
            raise
        raise MissingExtra(
            f"this needs the package '{module.partition('.')[0]}', which is not installed: pip install 'hangtag[{extra}]'"
        ) from error
