"""Opens a model folder as the tagger its kind is."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from hangtag.encode import Encoder, SentenceEncoder
from hangtag.errors import InputError
from hangtag.taggers.classifier import CLASSIFIER_FORMAT, ClassifierTagger
from hangtag.taggers.confidence import Curves
from hangtag.taggers.crf import CRF_FORMAT, CrfTagger
from hangtag.taggers.encoder import EncoderTagger
from hangtag.taggers.ensemble import ENSEMBLE_FORMAT, EnsembleTagger
from hangtag.taggers.generative import GENERATIVE_FORMAT, GenerativeTagger
from hangtag.taggers.model_folder import ModelFiles, opening

__all__ = ["TrainedTagger", "open_model"]

TrainedTagger: TypeAlias = EncoderTagger | ClassifierTagger | CrfTagger | GenerativeTagger | EnsembleTagger


def open_model(folder: str | Path, *, encoder: Encoder | None = None, **options: Any) -> TrainedTagger:
    """The tagger in a folder; `options` are `least_confidence` and `curves`. Raises `InputError` for what is no model."""
    files = ModelFiles(folder)
    if not files.settings.is_file():
        raise InputError(f"{folder} is no model folder: make one with 'hangtag train GOLD -o FOLDER'")
    with opening(folder):
        opened = msgspec.json.decode(files.settings.read_bytes(), type=_Kind)
    if opened.format == CLASSIFIER_FORMAT:
        return ClassifierTagger(folder, encoder if encoder is not None else SentenceEncoder(), **options)
    if opened.format == CRF_FORMAT:
        return CrfTagger(folder, **options)
    if opened.format == GENERATIVE_FORMAT:
        return GenerativeTagger(folder, **options)
    if opened.format == ENSEMBLE_FORMAT:
        openly: dict[str, Any] = {"encoder": encoder, "least_confidence": 0.0, "curves": Curves()}
        return EnsembleTagger(folder, [open_model(files.members / name, **openly) for name in opened.members], **options)
    return EncoderTagger(folder, **options)


class _Kind(msgspec.Struct):
    format: str
    members: list[str] = []
