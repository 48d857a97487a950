"""Putting an imported vocabulary into a file, without burying one that somebody wrote by hand."""

from __future__ import annotations

from pathlib import Path

from hangtag.errors import VocabularyError
from hangtag.vocabulary.dump import write_document
from hangtag.vocabulary.importers.draft import Imported

__all__ = ["write_imported"]

MARK = "Made by: hangtag vocabulary import"
_HEAD_BYTES = 200


def write_imported(imported: Imported, path: Path, *, source: str) -> None:
    """Write the vocabulary to `path`. Raises `VocabularyError` where a file is there that no import made."""
    mark = f"# {MARK}".encode()
    if path.is_dir():
        raise VocabularyError(f"{path}: is a folder; name the file to write, such as {path / 'vocabulary.yaml'}")
    if path.is_file() and path.stat().st_size:
        with path.open("rb") as existing:
            if not existing.read(_HEAD_BYTES).startswith(mark):
                raise VocabularyError(f"{path}: exists and was not made by an import; choose another name, or remove it first")
    write_document(path, imported.document, comments=(f"{MARK} {source}", *imported.notes))
