"""The policy: which tags may be published as they are, and which a person should look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hangtag.errors import ConfigError
from hangtag.model import Status, Tag

__all__ = ["Policy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Thresholds on confidence, in [0, 1].

    A tag at or above `auto` is published, one at or above `review` goes to a reviewer, one below is not said at all.
    `auto_by_attribute` overrides `auto` for single attributes. A tag a person has decided keeps its status, and what a tagger wants
    reviewed goes to a reviewer, whatever its confidence.
    """

    auto: float = 0.8
    review: float = 0.5
    auto_by_attribute: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, value in (("auto", self.auto), ("review", self.review), *self.auto_by_attribute.items()):
            # The precision guarantee may ask for "never": a threshold above 1.
            if not 0.0 <= value <= 2.0:
                raise ConfigError(f"the policy threshold '{name}' is {value}; it must be between 0 and 1 (above 1: never)")

    def decide(self, tag: Tag) -> Status | None:
        """The status of a tag, or None where it is too unsure to be said."""
        if tag.status in ("accepted", "rejected", "review"):
            return tag.status
        if tag.confidence >= self.auto_by_attribute.get(tag.attribute, self.auto):
            return "auto"
        return "review" if tag.confidence >= self.review else None

    def apply(self, tags: list[Tag]) -> list[Tag]:
        """The tags worth saying, each with its status."""
        decided = []
        for tag in tags:
            status = self.decide(tag)
            if status is not None:
                decided.append(tag if tag.status == status else _with_status(tag, status))
        return decided


def _with_status(tag: Tag, status: Status) -> Tag:
    """As `dataclasses.replace`, which takes four times as long: every tag of a catalogue comes through here."""
    return Tag(attribute=tag.attribute, value=tag.value, confidence=tag.confidence, source=tag.source, evidence=tag.evidence, status=status)
