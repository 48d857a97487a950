"""The folder of a trained model, whatever its kind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from hangtag import __version__
from hangtag.engine.ledger import replace_file, replace_folder
from hangtag.errors import HangtagError, InputError
from hangtag.extras import require
from hangtag.model import CATEGORY
from hangtag.taggers.confidence import NEVER, Curve, Curves, promised_thresholds, scaled

__all__ = [
    "ModelFiles",
    "ModelFolderTagger",
    "ModelSettings",
    "is_model_folder",
    "new_model_folder",
    "opening",
    "read_card",
    "read_guarantee",
    "refuse_taken",
    "revise",
]


_BY_NAME = 0.2  # what is asked by its name alone speaks when less sure: people look at all of it
_LOADED = ("_session", "_tokenizer", "_heads", "_decoder")


class ModelSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What `model.json` says for every kind: what is known of, from which confidence on the model speaks, how true its confidences are,
    what precision it promises. `card` says what it was trained on. `by_name` are attributes no label taught: known by their names alone;
    `categories` those it finds for products that came without one."""

    format: str
    attributes: list[str]
    least_confidence: float
    card: dict[str, Any]
    version: str = __version__
    confidence: dict[str, Curve] = {}
    guarantee: dict[str, Any] | None = None
    by_name: list[str] = []
    categories: list[str] = []


class ModelFiles:
    """The files of a model folder: `settings` in each, the others as its kind needs them."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.settings = self.folder / "model.json"
        self.network = self.folder / "model.int8.onnx"
        self.tokenizer = self.folder / "tokenizer.json"
        self.heads = self.folder / "heads.npz"
        self.estimators = self.folder / "estimators.skops"
        self.writer = self.folder / "writer"
        self.members = self.folder / "members"


class ModelFolderTagger:
    """What the taggers of all trained kinds share: their folder's name, the confidence they speak from, its truth, and what it promises."""

    kind: str
    settings: ModelSettings

    def __init__(self, folder: str | Path, settings: type[ModelSettings], *, least_confidence: float | None, curves: Curves | None) -> None:
        self.folder = str(folder)
        with opening(folder):
            self.settings = msgspec.json.decode(ModelFiles(folder).settings.read_bytes(), type=settings)
        self.curves = Curves(self.settings.confidence) if curves is None else curves
        self.least_confidence = self.settings.least_confidence if least_confidence is None else least_confidence

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name not in _LOADED}

    @property
    def name(self) -> str:
        """The model's folder names it in `Tag.source`."""
        return f"{self.kind}:{Path(self.folder).resolve().name}@1"

    @property
    def spoken(self) -> list[str]:
        """All attributes it may speak of."""
        return [*self.settings.attributes, *([CATEGORY] if self.settings.categories else [])]

    @property
    def auto_thresholds(self) -> dict[str, float]:
        """From which confidence on an attribute's tags may be published, where `hangtag calibrate` was asked; above 1: never, as of what
        nobody labelled."""
        return {**promised_thresholds(self.settings.guarantee, self.spoken), **dict.fromkeys(self.settings.by_name, NEVER)}

    def confidence(self, attribute: str, share: float) -> float:
        """A share of probability as a tag's confidence. Curves say nothing of what nobody labelled."""
        sure = scaled(min(1.0, share), self.floor(attribute))
        return round(sure if attribute in self._by_name else self.curves.read(attribute, sure), 4)

    def floor(self, attribute: str) -> float:
        """The share of probability from which it speaks of an attribute."""
        return self.least_confidence * (_BY_NAME if attribute in self._by_name else 1.0)

    @cached_property
    def _by_name(self) -> frozenset[str]:
        return frozenset(self.settings.by_name)

    @cached_property
    def _tokenizer(self) -> Any:
        with opening(self.folder):
            return require("tokenizers", extra="infer").Tokenizer.from_file(str(ModelFiles(self.folder).tokenizer))

    @cached_property
    def _session(self) -> Any:
        return self._open(threads=1)

    def _open(self, *, threads: int) -> Any:
        runtime = require("onnxruntime", extra="infer")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3  # it warns, once a product, of the empty output of a model without known values
        network, providers = str(ModelFiles(self.folder).network), ["CPUExecutionProvider"]
        # On narrow networks a sum and its norm are quicker as two operators than as this one.
        with opening(self.folder):
            return runtime.InferenceSession(network, options, providers=providers, disabled_optimizers=["SkipLayerNormFusion"])


@contextmanager
def opening(folder: str | Path) -> Iterator[None]:
    """Makes an `InputError` of whatever libraries raise of a model's file that is missing or cut short."""
    try:
        yield
    except HangtagError:
        raise
    except Exception as error:
        raise InputError(f"{folder} is no whole model: {error}; make one with 'hangtag train GOLD -o FOLDER'") from error


@contextmanager
def new_model_folder(folder: str | Path, settings: ModelSettings) -> Iterator[ModelFiles]:
    """The files of a model folder to be, `settings` written; on leaving the folder is there, whole or as it was."""
    with replace_folder(Path(folder)) as partial:
        files = ModelFiles(partial)
        files.settings.write_bytes(msgspec.json.format(msgspec.json.encode(settings), indent=1))
        yield files


def refuse_taken(folder: str | Path) -> None:
    """Raise `InputError` where a model cannot be written without something else being lost: it takes the place of all that is there."""
    place = Path(folder)
    if place.name in ("", ".."):
        raise InputError(f"-o {folder}: give the model's folder by its name")
    if place.exists() and not (place.is_dir() and (is_model_folder(place) or not any(place.iterdir()))):
        raise InputError(f"-o {folder} is there and holds no model, and a model would take its place: name a folder of the model's own")


def is_model_folder(path: str | Path) -> bool:
    """Whether a folder holds a model."""
    return ModelFiles(path).settings.is_file()


def read_guarantee(path: str | Path) -> dict[str, Any] | None:
    """What `hangtag calibrate` wrote into a model folder; None where it was not asked, and for what is no model."""
    return _entry(path, "guarantee")


def read_card(path: str | Path) -> dict[str, Any]:
    """What a model was trained on; empty for what is no model."""
    return _entry(path, "card") or {}


def _entry(path: str | Path, name: str) -> dict[str, Any] | None:
    if not is_model_folder(path):
        return None
    with opening(path):
        found: dict[str, Any] | None = json.loads(ModelFiles(path).settings.read_bytes()).get(name)
    return found


def revise(folder: str | Path, **changed: Any) -> None:
    """Change entries of a model folder's `model.json`, all or none."""
    path = ModelFiles(folder).settings
    settings = json.loads(path.read_text(encoding="utf-8"))
    replace_file(path, json.dumps({**settings, **changed}, ensure_ascii=False, indent=1).encode())
