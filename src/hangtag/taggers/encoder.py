"""The `encoder` tagger: a trained model folder, run by onnxruntime and tokenizers alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from hangtag.errors import InputError
from hangtag.extras import require
from hangtag.model import Evidence, Inference, Product, Tag
from hangtag.taggers.answers import Answer, hit_features, read_answers
from hangtag.taggers.known_values import KnownValues
from hangtag.taggers.layout import Layout, lay_out

__all__ = ["FORMAT", "EncoderTagger", "ModelFiles", "is_model_folder", "scaled"]

FORMAT = "hangtag-encoder-1"
_MOST_TOKENS = 512
_NEVER = 2.0


class ModelFiles:
    """The files of a model folder."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.network = self.folder / "model.int8.onnx"
        self.tokenizer = self.folder / "tokenizer.json"
        self.settings = self.folder / "model.json"


class ModelSettings(msgspec.Struct, frozen=True):
    """`model.json`: what the network's rows mean, and what it was trained on."""

    format: str
    attributes: list[str]
    values: list[tuple[str, str]]
    known: dict[str, dict[str, dict[str, int]]]
    least_confidence: float
    most_chars: int
    card: dict[str, Any]
    guarantee: dict[str, Any] | None = None


def is_model_folder(path: str | Path) -> bool:
    """Whether a folder holds a model."""
    return ModelFiles(path).settings.is_file()


class _Read(NamedTuple):
    layout: Layout
    ids: list[int]
    offsets: list[tuple[int, int]]
    hits: Any


class EncoderTagger:
    """Tags what a model was trained to see. `least_confidence` overrides the model's own. Raises `InputError` for what is no model."""

    def __init__(self, folder: str | Path, *, least_confidence: float | None = None, threads: int = 1) -> None:
        self.folder = str(folder)
        self.threads = threads
        files = ModelFiles(folder)
        try:
            self.settings = msgspec.json.decode(files.settings.read_bytes(), type=ModelSettings)
        except (OSError, msgspec.DecodeError) as error:
            raise InputError(f"{folder} is no model folder: {error}; make one with 'hangtag train GOLD -o FOLDER'") from error
        if self.settings.format != FORMAT:
            raise InputError(f"{folder} holds a model of the kind '{self.settings.format}', this version reads '{FORMAT}': train it anew")
        self.least_confidence = self.settings.least_confidence if least_confidence is None else least_confidence
        self._attributes = {name: number for number, name in enumerate(self.settings.attributes)}
        self._owners = np.array([self._attributes[attribute] for attribute, _ in self.settings.values], dtype=np.int64)
        self._known = KnownValues(self.settings.known["answers"], self.settings.known["places"])

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name not in ("_session", "_tokenizer")}

    @property
    def auto_thresholds(self) -> dict[str, float]:
        """From which confidence on an attribute's tags may be published, where `hangtag calibrate` was asked; above 1: never."""
        guarantee = self.settings.guarantee
        if guarantee is None:
            return {}
        promised = guarantee["by_attribute"] if guarantee["each"] else dict.fromkeys(self.settings.attributes, guarantee["overall"])
        return {name: promised[name]["threshold"] if name in promised else _NEVER for name in self.settings.attributes}

    @property
    def name(self) -> str:
        """The model's folder names it in `Tag.source`."""
        return f"encoder:{Path(self.folder).resolve().name}@1"

    def tag(self, products: Sequence[Product], /) -> list[list[Tag]]:
        """One list of tags per product, in order. Each text is encoded once, whatever the number of attributes."""
        return [self._tag_one(self._read(product)) for product in products]

    def _tag_one(self, read: _Read) -> list[Tag]:
        # One text a run: 8-bit activations are scaled over all that is run together, and a product's tags must not hang on its neighbours.
        ids = np.array([read.ids], dtype=np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "hits": read.hits[None]}
        start, end, none, values = self._session.run(None, inputs)
        answers = read_answers(start[0], end[0], none[0], values.reshape(-1), offsets=read.offsets, value_attribute=self._owners)
        return [tag for answer in answers if (tag := self._tag(read.layout, answer)) is not None]

    def _read(self, product: Product) -> _Read:
        layout = lay_out(product, most_chars=self.settings.most_chars)
        encoded = self._tokenizer.encode(layout.text)
        ids, offsets = encoded.ids[:_MOST_TOKENS], encoded.offsets[:_MOST_TOKENS]
        return _Read(layout, ids, offsets, hit_features(offsets, self._known.find(layout.text), self._attributes))

    def _tag(self, layout: Layout, answer: Answer) -> Tag | None:
        if answer.confidence < self.least_confidence:
            return None
        confidence = round(scaled(answer.confidence, self.least_confidence), 4)
        evidence: Evidence
        if answer.start >= 0:
            span = layout.span(answer.start, answer.end)
            if span is None or span.field == "category":
                return None
            value, evidence = span.quote, span
        else:
            value = self.settings.values[answer.value][1]
            evidence = Inference("encoder", f"known value, likelier than any stretch of the text: {answer.confidence:.2f}")
        attribute = self.settings.attributes[answer.attribute]
        return Tag(attribute=attribute, value=value, confidence=confidence, source=self.name, evidence=(evidence,))

    @cached_property
    def _tokenizer(self) -> Any:
        return require("tokenizers", extra="infer").Tokenizer.from_file(str(ModelFiles(self.folder).tokenizer))

    @cached_property
    def _session(self) -> Any:
        runtime = require("onnxruntime", extra="infer")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        return runtime.InferenceSession(str(ModelFiles(self.folder).network), options, providers=["CPUExecutionProvider"])


def scaled(share: float, least: float) -> float:
    """A share of probability as confidence: the least at which the model speaks is 0.5, the policy's least for a reviewer to look."""
    return 0.5 + 0.5 * (share - least) / max(1e-9, 1 - least)
