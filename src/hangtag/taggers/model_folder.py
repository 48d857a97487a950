"""The folder of a trained model, whatever its kind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hangtag.engine.ledger import replace_file

__all__ = ["ModelFiles", "is_model_folder", "revise"]


class ModelFiles:
    """The files of a model folder: `settings` in each, the others as its kind needs them."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.settings = self.folder / "model.json"
        self.network = self.folder / "model.int8.onnx"
        self.tokenizer = self.folder / "tokenizer.json"
        self.estimators = self.folder / "estimators.skops"


def is_model_folder(path: str | Path) -> bool:
    """Whether a folder holds a model."""
    return ModelFiles(path).settings.is_file()


def revise(folder: str | Path, **changed: Any) -> None:
    """Change entries of a model folder's `model.json`, all or none."""
    path = ModelFiles(folder).settings
    settings = json.loads(path.read_text(encoding="utf-8"))
    replace_file(path, json.dumps({**settings, **changed}, ensure_ascii=False, indent=1).encode())
