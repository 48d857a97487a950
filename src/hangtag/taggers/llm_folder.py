"""A language model made a tagger: behind an endpoint by its name, or as the folder in which `hangtag calibrate` keeps what it promises."""

from __future__ import annotations

import hashlib
import logging
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from hangtag.config import LlmSettings, Price, cache_folder
from hangtag.encode import Encoder
from hangtag.errors import ConfigError, InputError, RunError
from hangtag.llm.batch import BatchChat
from hangtag.llm.cache import AnswerCache
from hangtag.llm.chat import Chat
from hangtag.llm.money import Purse, read_budget
from hangtag.model import CATEGORY, PHRASE, Example
from hangtag.taggers.asking import PROMPTS, Asker
from hangtag.taggers.category import CategoryTagger
from hangtag.taggers.confidence import NEVER, Curves, promised_thresholds
from hangtag.taggers.llm import LlmTagger
from hangtag.taggers.model_folder import ModelFiles, ModelSettings, is_model_folder
from hangtag.taggers.reading import Reader
from hangtag.text.claims import Rules

__all__ = ["LLM_FORMAT", "LlmFolder", "answers_fingerprint", "is_llm", "open_llm", "open_purse", "promise_holds"]

LLM_FORMAT = "hangtag-llm-1"
_LLM = "llm"
_ANSWERS = "llm-answers.sqlite"
_SHAPING = (
    "samples",
    "shots",
    "most_attributes",
    "every_attribute",
    "most_values",
    "chunk_chars",
    "redact",
    "keep_ungrounded",
)
_OTHER_ANSWERS = (
    "%s: its promise was made with other settings under [llm], examples or prompts, which make other answers: nothing it says is published "
    "unseen; go back to those, or run 'hangtag calibrate %s GOLD' with these"
)
_log = logging.getLogger(__name__)


class LlmFolder(ModelSettings, frozen=True, kw_only=True):
    """`model.json` of a language model: its name at the endpoint; the endpoint itself is that of `hangtag.toml` or the environment.
    `answers` is the fingerprint of the settings under which it was calibrated: nothing is promised of others."""

    model: str
    answers: str = ""


def is_llm(spec: str) -> bool:
    """Whether a SPEC names a language model: "llm", "llm:MODEL" or the folder of a calibrated one."""
    if spec == _LLM or spec.startswith(_LLM + ":"):
        return True
    return is_model_folder(spec) and _read(spec) is not None


def answers_fingerprint(settings: LlmSettings) -> str:
    """Of what a model's typed tags depend on: prompts, examples, the endpoint and how it is asked, but not how fast or for how much."""
    digest = hashlib.sha256(PROMPTS.encode())
    digest.update(f"base_url {settings.base_url or os.environ.get('OPENAI_BASE_URL', '')}".rstrip("/").encode())
    for name in _SHAPING:
        digest.update(f"{name} {getattr(settings, name)}".encode())
    prompts = sorted(Path(settings.prompts).glob("*.j2")) if settings.prompts else []
    for path in (*map(Path, settings.examples), *prompts):
        try:
            digest.update(path.read_bytes())
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror}") from error
    return digest.hexdigest()[:16]


def promise_holds(spec: str, settings: LlmSettings) -> bool:
    """Whether what a SPEC promises was found with these settings; of other taggers than calibrated language models they change nothing."""
    folder = _read(spec) if is_model_folder(spec) else None
    return folder is None or folder.answers in ("", answers_fingerprint(settings))


def open_purse(settings: LlmSettings) -> Purse:
    """What all language models of a run spend from, with what was spent before where that is kept; raises `RunError` where that cannot be
    read."""
    prices = {model: _price(settings, model) for model in settings.prices}
    path = Path(settings.spend) if settings.spend else None
    try:
        return Purse(path=path, prices=prices)
    except (OSError, msgspec.DecodeError) as error:
        cure = "mend the line or take it out; without the file the budget begins anew"
        raise RunError(f"{path}: what was spent before cannot be read ({error}): {cure}") from error


def _open_cache() -> AnswerCache:
    path = cache_folder() / _ANSWERS
    try:
        return AnswerCache(path)
    except (OSError, sqlite3.Error) as error:
        cure = "name a folder that can be written with HANGTAG_CACHE; a damaged file can be moved away, and its answers are asked anew"
        raise RunError(f"{path}: answers cannot be kept there ({error}): {cure}") from error


def open_llm(
    spec: str,
    settings: LlmSettings,
    *,
    reader: Reader,
    encoder: Encoder,
    examples: Sequence[Example] = (),
    rules: Rules | None = None,
    purse: Purse | None = None,
) -> LlmTagger:
    """The tagger a SPEC names; those of one run share a `purse`. Raises `ConfigError` where no model is named or the budget cannot be
    read, `EndpointError` where the key is no key, `RunError` where answers cannot be kept."""
    folder = _read(spec) if is_model_folder(spec) else None
    model = folder.model if folder is not None else spec.partition(":")[2] or settings.model
    if not model:
        raise ConfigError("the tagger 'llm' needs a model: write llm:MODEL, or model = \"…\" under [llm] in hangtag.toml")
    price = _price(settings, model)
    purse = purse if purse is not None else open_purse(settings)
    purse.budget = read_budget(settings.budget, price, model)  # the same for all, but money asks each model's price
    meter = purse.meter(model, price)
    kind = BatchChat if settings.batch else Chat
    chat = kind(model, settings, cache=_open_cache(), meter=meter)
    asker = Asker(reader, encoder, settings, examples)
    tagger = LlmTagger(chat, asker, CategoryTagger(reader, encoder), rules)
    if folder is not None:
        tagger.curves = Curves(folder.confidence)
        # Of what nobody judged nothing is promised: it is never published unseen.
        spoken = [*folder.attributes, *reader.vocabulary.attributes, CATEGORY, PHRASE]
        tagger.auto_thresholds = promised_thresholds(folder.guarantee, spoken)
        if folder.guarantee is not None and not promise_holds(spec, settings):
            tagger.auto_thresholds = dict.fromkeys(spoken, NEVER)
            _log.warning(_OTHER_ANSWERS, spec, spec)
    return tagger


def _price(settings: LlmSettings, model: str) -> Price | None:
    price = settings.prices.get(model)
    if price is None or not settings.batch:
        return price
    return Price(input=price.input * settings.batch_price, output=price.output * settings.batch_price)


def _read(spec: str | Path) -> LlmFolder | None:
    content = ModelFiles(spec).settings.read_bytes()
    try:
        settings: dict[str, Any] = msgspec.json.decode(content)
        return msgspec.convert(settings, LlmFolder) if settings.get("format") == LLM_FORMAT else None
    except (msgspec.DecodeError, AttributeError) as error:
        raise InputError(f"{spec} is no whole model: {error}") from error
