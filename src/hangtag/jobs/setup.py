"""What a run is made of, as plain data that travels to worker processes, and the pipeline built from it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from hangtag.config import DEFAULT_TAGGERS, PolicySettings, Settings
from hangtag.pipeline import Pipeline, Policy
from hangtag.taggers.builtin import Parts, make_tagger
from hangtag.vocabulary import Vocabulary, load_vocabulary, starter_vocabulary
from hangtag.vocabulary.load import STARTER, find_files

__all__ = ["Setup"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """Taggers by SPEC, vocabulary files (none: the starter) and the policy."""

    taggers: tuple[str, ...] = DEFAULT_TAGGERS
    vocabulary: tuple[str, ...] = ()
    policy: PolicySettings = field(default_factory=PolicySettings)

    @classmethod
    def of(cls, settings: Settings, *, taggers: tuple[str, ...] = (), vocabulary: tuple[str, ...] = ()) -> Setup:
        """The setup of a configuration, with what the command line overrides."""
        return cls(taggers=taggers or settings.taggers, vocabulary=vocabulary or settings.vocabulary, policy=settings.policy)

    def load_vocabulary(self) -> Vocabulary:
        """The vocabulary, compiled."""
        return load_vocabulary(self.vocabulary) if self.vocabulary else starter_vocabulary()

    def build(self) -> Pipeline:
        """The pipeline; raises `UnknownTagger` and `VocabularyError`."""
        vocabulary = self.load_vocabulary()
        parts = Parts.of(vocabulary)
        taggers = [make_tagger(spec, parts) for spec in self.taggers]
        promised = {name: level for tagger in taggers for name, level in getattr(tagger, "auto_thresholds", {}).items()}
        own = {**promised, **self.policy.auto_by_attribute}
        policy = Policy(auto=self.policy.auto, review=self.policy.review, auto_by_attribute=own)
        return Pipeline(taggers, vocabulary=vocabulary, policy=policy)

    def fingerprint(self) -> Mapping[str, Any]:
        """What tags depend on, for the ledger: an interrupted run only goes on with the same."""
        digest = hashlib.sha256()
        for file in find_files(self.vocabulary or [STARTER]):
            digest.update(file.read_bytes())
        return {
            "taggers": list(self.taggers),
            "vocabulary": digest.hexdigest()[:16],
            "policy": msgspec.to_builtins(self.policy),
        }
