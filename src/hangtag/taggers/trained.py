"""Opens a model folder as the tagger its kind is."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from hangtag.encode import Encoder, SentenceEncoder
from hangtag.errors import InputError
from hangtag.taggers.classifier import CLASSIFIER_FORMAT, ClassifierTagger
from hangtag.taggers.crf import CRF_FORMAT, CrfTagger
from hangtag.taggers.encoder import EncoderTagger
from hangtag.taggers.generative import GENERATIVE_FORMAT, GenerativeTagger
from hangtag.taggers.model_folder import ModelFiles

__all__ = ["TrainedTagger", "open_model"]

TrainedTagger: TypeAlias = EncoderTagger | ClassifierTagger | CrfTagger | GenerativeTagger


def open_model(folder: str | Path, *, encoder: Encoder | None = None, **options: Any) -> TrainedTagger:
    """The tagger in a folder; `options` are `least_confidence` and `curves`. Raises `InputError` for what is no model."""
    try:
        kind = msgspec.json.decode(ModelFiles(folder).settings.read_bytes(), type=_Kind).format
    except (OSError, msgspec.DecodeError) as error:
        raise InputError(f"{folder} is no model folder: {error}; make one with 'hangtag train GOLD -o FOLDER'") from error
    if kind == CLASSIFIER_FORMAT:
        return ClassifierTagger(folder, encoder if encoder is not None else SentenceEncoder(), **options)
    if kind == CRF_FORMAT:
        return CrfTagger(folder, **options)
    if kind == GENERATIVE_FORMAT:
        return GenerativeTagger(folder, **options)
    return EncoderTagger(folder, **options)


class _Kind(msgspec.Struct):
    format: str
