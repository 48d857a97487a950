"""How sure a stage of a cascade must be of an attribute not to have it asked again: a file that `hangtag compare --thresholds` writes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec

from hangtag.engine.ledger import replace_file
from hangtag.errors import InputError

__all__ = ["checked_name", "read_thresholds", "write_thresholds"]

_Thresholds = dict[str, Annotated[float, msgspec.Meta(ge=0.0)]]


def read_thresholds(path: str) -> dict[str, float]:
    """Confidences by attribute; none where no file is named. Raises `InputError` for a file that is missing or holds something else."""
    if not path:
        return {}
    try:
        return msgspec.json.decode(Path(path).read_bytes(), type=_Thresholds)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); 'hangtag compare --thresholds {path}' writes it") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: no thresholds, which are written {{\"color\": 0.8, …}}: {error}") from error


def checked_name(path: str | Path) -> Path:
    """Where thresholds may be written. Raises `InputError` for a folder that is not there, and for a name that a cascade would not take
    for a file."""
    found = Path(path)
    if found.suffix != ".json" or set(str(path)) & set("@>") or str(path) != str(path).strip():
        raise InputError(f"{path}: thresholds are written as .json, without @ and > in the path; name the file so")
    if not found.parent.is_dir():
        raise InputError(f"{path}: there is no folder {found.parent}; make it first")
    return found


def write_thresholds(path: str | Path, thresholds: Mapping[str, float]) -> None:
    """Keep them in a file, whole or not at all. Raises `InputError` as `checked_name` does."""
    replace_file(checked_name(path), msgspec.json.format(msgspec.json.encode(dict(sorted(thresholds.items()))), indent=1))

