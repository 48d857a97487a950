"""What a run is made of, as plain data that travels to worker processes, and the pipeline built from it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from hangtag.config import DEFAULT_TAGGERS, LlmSettings, PolicySettings, Settings
from hangtag.errors import UnknownTagger
from hangtag.jobs.golds import read_examples
from hangtag.jobs.thresholds import read_thresholds
from hangtag.model import Tagger
from hangtag.pipeline import Cascade, Fused, Pipeline, Policy, Stage, strictest_thresholds
from hangtag.pipeline.cascade import SURE
from hangtag.taggers.builtin import Parts, content_of, make_tagger
from hangtag.taggers.llm_folder import answers_fingerprint, is_llm
from hangtag.vocabulary import Vocabulary, load_vocabulary, starter_vocabulary
from hangtag.vocabulary.load import STARTER, find_files

__all__ = ["Setup", "StageSpec", "read_stages"]

_STAGE = re.compile(r"(?P<names>.+?)(?:@(?:(?P<sure>[01](?:\.\d+)?)|(?P<file>[^@]+\.json)))?")
DEFAULT = "default"


class StageSpec(NamedTuple):
    """A stage of a cascade: the SPECs of its taggers, how sure it must be of what is not asked again, and a file that says so for some
    attributes, or none."""

    specs: tuple[str, ...]
    sure: float
    file: str = ""


def read_stages(spec: str) -> list[StageSpec]:
    """The stages of "A+B@0.9 > MODEL@FILE.json > llm:NAME"; a SPEC without ">" is one stage, as it stands. "default" stands for all
    zero-training taggers. Raises `UnknownTagger` for a stage without a name."""
    if ">" not in spec:
        return [StageSpec(DEFAULT_TAGGERS if spec == DEFAULT else (spec,), SURE)]
    stages = []
    for part in spec.split(">"):
        found = _STAGE.fullmatch(part.strip())
        if found is None:
            raise UnknownTagger(f"'{spec}': a stage of the cascade has no tagger; write it as 'lexicon+measure@0.9 > MODEL@0.8 > llm:NAME'")
        names = [name.strip() for name in found["names"].split("+")]
        specs = tuple(one for name in names for one in (DEFAULT_TAGGERS if name == DEFAULT else (name,)))
        stages.append(StageSpec(specs, float(found["sure"]) if found["sure"] else SURE, found["file"] or ""))
    return stages


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """Taggers by SPEC, vocabulary files (none: the starter), the policy and files of safety rules beside the package's."""

    taggers: tuple[str, ...] = DEFAULT_TAGGERS
    vocabulary: tuple[str, ...] = ()
    policy: PolicySettings = field(default_factory=PolicySettings)
    llm: LlmSettings = field(default_factory=LlmSettings)
    rules: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: Settings, *, taggers: tuple[str, ...] = (), vocabulary: tuple[str, ...] = (), **llm: Any) -> Setup:
        """The setup of a configuration, with what the command line overrides; `llm` are entries of `LlmSettings`, None as configured."""
        own = msgspec.structs.replace(settings.llm, **{name: value for name, value in llm.items() if value is not None})
        return cls(
            taggers=taggers or settings.taggers,
            vocabulary=vocabulary or settings.vocabulary,
            policy=settings.policy,
            llm=own,
            rules=settings.rules,
        )

    @property
    def asks_llm(self) -> bool:
        """Whether a language model is among the taggers: then every product costs."""
        return any(is_llm(spec) for spec in self._specs())

    def _specs(self) -> Iterator[str]:
        """The SPECs of single taggers, those within cascades too."""
        for spec in self.taggers:
            yield from (name for stage in read_stages(spec) for name in stage.specs)

    def spending(self, path: Path) -> Setup:
        """The same, with what is spent counted in a file."""
        return replace(self, llm=msgspec.structs.replace(self.llm, spend=str(path)))

    def without_llm(self) -> Setup:
        """The same without what costs: of cascades the stages before it."""
        kept = []
        for spec in self.taggers:
            free = [stage for stage in read_stages(spec) if not any(is_llm(name) for name in stage.specs)]
            kept += [spec] if free == read_stages(spec) else [name for stage in free for name in stage.specs]
        return replace(self, taggers=tuple(dict.fromkeys(kept)))

    def load_vocabulary(self) -> Vocabulary:
        """The vocabulary, compiled."""
        return load_vocabulary(self.vocabulary) if self.vocabulary else starter_vocabulary()

    def build(self) -> Pipeline:
        """The pipeline; raises `UnknownTagger` and `VocabularyError`."""
        parts = self._parts()
        taggers = [self._tagger(spec, parts) for spec in self.taggers]
        own = {**strictest_thresholds(taggers), **self.policy.auto_by_attribute}
        policy = Policy(auto=self.policy.auto, review=self.policy.review, auto_by_attribute=own)
        return Pipeline(taggers, vocabulary=parts.vocabulary, policy=policy)

    def stage(self) -> Tagger:
        """All taggers as one, as a cascade runs them. Raises as `build` does."""
        parts = self._parts()
        return _as_one([self._tagger(spec, parts) for spec in self.taggers], parts.vocabulary)

    def _parts(self) -> Parts:
        examples = read_examples(self.llm.examples) if self.asks_llm else ()
        return Parts.of(self.load_vocabulary(), llm=self.llm, examples=examples, rules=self.rules)

    def _tagger(self, spec: str, parts: Parts) -> Tagger:
        """The tagger of a SPEC, which may be a cascade."""
        stages = read_stages(spec)
        if len(stages) == 1 and stages[0].specs == (spec,):
            return make_tagger(spec, parts)
        made = [_as_one([make_tagger(name, parts) for name in stage.specs], parts.vocabulary) for stage in stages]
        return Cascade([Stage(tagger, stage.sure, read_thresholds(stage.file)) for tagger, stage in zip(made, stages, strict=True)])

    def fingerprint(self) -> Mapping[str, Any]:
        """What tags depend on, for the ledger: an interrupted run only goes on with the same."""
        digest = hashlib.sha256()
        for file in find_files(self.vocabulary or [STARTER]):
            digest.update(file.read_bytes())
        thresholds = [read_thresholds(stage.file) for spec in self.taggers for stage in read_stages(spec) if stage.file]
        return {
            "taggers": list(self.taggers),
            **({"thresholds": thresholds} if thresholds else {}),
            **({"models": contents} if (contents := [content for spec in self._specs() if (content := content_of(spec))]) else {}),
            "vocabulary": digest.hexdigest()[:16],
            "policy": msgspec.to_builtins(self.policy),
            **({"llm": [self.llm.model, self.llm.phrases, answers_fingerprint(self.llm)]} if self.asks_llm else {}),
            **({"rules": hashlib.sha256(b"".join(Path(path).read_bytes() for path in self.rules)).hexdigest()[:16]} if self.rules else {}),
        }


def _as_one(taggers: Sequence[Tagger], vocabulary: Vocabulary) -> Tagger:
    """One tagger as it is; several fused, and with all they are unsure of."""
    return taggers[0] if len(taggers) == 1 else Fused(taggers, vocabulary=vocabulary)
