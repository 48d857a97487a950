"""The built-in taggers by name, and how any tagger is made from a SPEC."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from rapidfuzz import process

from hangtag.config import LlmSettings
from hangtag.encode import Encoder, SentenceEncoder
from hangtag.errors import UnknownTagger
from hangtag.llm.money import Purse
from hangtag.model import Example, Tagger
from hangtag.taggers.llm_folder import is_llm, open_llm, open_purse
from hangtag.taggers.model_folder import is_model_folder
from hangtag.taggers.reading import Reader
from hangtag.taggers.trained import open_model
from hangtag.text.claims import Rules, starter_rules
from hangtag.vocabulary import Vocabulary

__all__ = ["BUILTIN", "Parts", "content_of", "make_tagger"]

BUILTIN = {
    "category": "hangtag.taggers.category:CategoryTagger",
    "given": "hangtag.taggers.given:GivenTagger",
    "identifier": "hangtag.taggers.identifier:IdentifierTagger",
    "keyword": "hangtag.taggers.keyword:KeywordTagger",
    "lexicon": "hangtag.taggers.lexicon:LexiconTagger",
    "measure": "hangtag.taggers.measure:MeasureTagger",
    "nearest": "hangtag.taggers.nearest:NearestTagger",
    "phrase": "hangtag.taggers.phrase:PhraseTagger",
}
_PARTS = ("vocabulary", "reader", "encoder", "rules")
ENTRY_POINTS = "hangtag.taggers"


@dataclass
class Parts:
    """What taggers are built from. A constructor gets the parts it names as parameters: `vocabulary`, `reader`, `encoder`,
    `rules`."""

    vocabulary: Vocabulary
    encoder: Encoder
    llm: LlmSettings = field(default_factory=LlmSettings)
    examples: Sequence[Example] = ()
    rules: Rules = field(default_factory=starter_rules)

    @cached_property
    def reader(self) -> Reader:
        """One reader for all taggers of a pipeline, so that each text is read once."""
        return Reader(self.vocabulary)

    @cached_property
    def purse(self) -> Purse:
        """One for all language models of a pipeline, so that its budget is kept by them together."""
        return open_purse(self.llm)

    @classmethod
    def of(
        cls, vocabulary: Vocabulary, *, llm: LlmSettings | None = None, examples: Sequence[Example] = (), rules: Sequence[str] = ()
    ) -> Parts:
        """A vocabulary and the core's sentence encoder; for language models their settings and labelled products; files of safety rules
        to add to the package's."""
        found = Rules.load(rules) if rules else starter_rules()
        return cls(vocabulary, SentenceEncoder(), llm if llm is not None else LlmSettings(), examples, found)


def make_tagger(spec: str, parts: Parts) -> Tagger:
    """Make the tagger a SPEC names: a built-in or installed name, a model folder, "llm:MODEL", or "module:Class".

    Raises `UnknownTagger` where there is none, with the nearest name as a hint.
    """
    if is_llm(spec):
        shared: dict[str, Any] = {name: getattr(parts, name) for name in ("reader", "encoder", "examples", "rules", "purse")}
        return open_llm(spec, parts.llm, **shared)
    made = _find(spec)
    try:
        wanted: Collection[str] = inspect.signature(made).parameters
    except ValueError:  # some classes written in C tell nothing of their parameters
        wanted = ()
    tagger = made(**{name: getattr(parts, name) for name in _PARTS if name in wanted})
    if not isinstance(tagger, Tagger):
        raise UnknownTagger(f"'{spec}' gives {type(tagger).__name__}, which is no tagger: it needs a name and tag(products)")
    return tagger


def content_of(spec: str) -> str:
    """A digest of the files a tagger's tags hang on: those of a model folder, or the module of a tagger of one's own. Empty for others."""
    files = _files_of(spec)
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.name} ".encode())
        with file.open("rb") as content:
            digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()[:16] if files else ""


def _files_of(spec: str) -> list[Path]:
    if is_model_folder(spec):
        return sorted(file for file in Path(spec).rglob("*") if file.is_file())
    if is_llm(spec) or spec in BUILTIN or ":" not in spec:
        return []
    try:
        module = importlib.util.find_spec(spec.partition(":")[0])
    except (ImportError, ValueError):
        return []  # making the tagger says what is wrong
    return [Path(module.origin)] if module is not None and module.origin is not None and Path(module.origin).is_file() else []


def _find(spec: str) -> Callable[..., Any]:
    if is_model_folder(spec):
        return partial(open_model, spec)
    target = BUILTIN.get(spec)
    if target is None and ":" in spec:
        target = spec
    if target is None:
        installed = {entry.name: entry for entry in entry_points(group=ENTRY_POINTS)}
        if spec in installed:
            loaded: Callable[..., Any] = installed[spec].load()
            return loaded
        raise UnknownTagger(_did_you_mean(spec, [*BUILTIN, *installed]))
    module_name, _, class_name = target.partition(":")
    try:
        found: Callable[..., Any] = getattr(importlib.import_module(module_name), class_name)
    except (ImportError, AttributeError, ValueError) as error:
        raise UnknownTagger(f"the tagger '{spec}' cannot be loaded: {error}; write it as module:Class, importable from here") from error
    return found


def _did_you_mean(spec: str, names: list[str]) -> str:
    near = process.extractOne(spec, names, score_cutoff=60)
    hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(sorted(names))}, a model folder, llm:MODEL and module:Class"
    return f"there is no tagger '{spec}': {hint}"
