"""The `ensemble` tagger: several trained models as one, each answer as likely as they find it on average.

Models that err in different places are right together more often than each alone (Hansen and Salamon 1990).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from hangtag.model import Evidence, Product, Tag, TextSpan
from hangtag.taggers.confidence import Curves, share_of
from hangtag.taggers.model_folder import ModelFolderTagger, ModelSettings

__all__ = ["ENSEMBLE_FORMAT", "EnsembleSettings", "EnsembleTagger", "Member"]

ENSEMBLE_FORMAT = "hangtag-ensemble-1"


class Member(Protocol):
    """A trained model that says all it would say, with its shares of probability as confidences."""

    @property
    def spoken(self) -> list[str]: ...

    def tag(self, products: Sequence[Product], /) -> list[list[Tag]]: ...


class EnsembleSettings(ModelSettings, frozen=True, kw_only=True):
    """`model.json` of an ensemble. `members` are its models' folders, beside it."""

    members: list[str]


class EnsembleTagger(ModelFolderTagger):
    """Tags with the mean of its members, of those that know the attribute. Raises `InputError` for what is no model."""

    kind = "ensemble"
    settings: EnsembleSettings

    def __init__(
        self, folder: str | Path, members: Sequence[Member], *, least_confidence: float | None = None, curves: Curves | None = None
    ) -> None:
        super().__init__(folder, EnsembleSettings, least_confidence=least_confidence, curves=curves)
        self._members = members
        spoken = [set(member.spoken) for member in members]
        self._knowing = {attribute: sum(attribute in mine for mine in spoken) for attribute in self.spoken}

    def tag(self, products: Sequence[Product], /) -> list[list[Tag]]:
        """One list of tags per product, in order."""
        return [self._pooled(said) for said in zip(*(member.tag(products) for member in self._members), strict=True)]

    def _pooled(self, said: Iterable[Sequence[Tag]]) -> list[Tag]:
        alike: dict[tuple[str, str], list[Tag]] = {}
        for tag in (tag for tags in said for tag in tags):
            alike.setdefault((tag.attribute, tag.value.casefold()), []).append(tag)
        shares = {key: sum(share_of(tag.confidence) for tag in tags) / self._knowing[key[0]] for key, tags in alike.items()}
        taken: dict[str, list[TextSpan]] = {}
        pooled = []
        for key in sorted(alike, key=lambda key: -shares[key]):
            if shares[key] < self.least_confidence:
                break
            evidence = _evidence(alike[key], taken.setdefault(key[0], []))
            if evidence:
                surest = max(alike[key], key=lambda tag: tag.confidence)
                confidence = self.confidence(key[0], shares[key])
                pooled.append(replace(surest, confidence=confidence, source=self.name, evidence=evidence))
        return pooled


def _evidence(tags: Sequence[Tag], taken: list[TextSpan]) -> tuple[Evidence, ...]:
    """What the members show for one value, the surest first, without places that overlap or are `taken` by a likelier value, which it
    adds to. Empty where they show other places only."""
    found: list[Evidence] = []
    concluded: tuple[Evidence, ...] = ()
    for tag in sorted(tags, key=lambda tag: -tag.confidence):
        if not all(isinstance(item, TextSpan) for item in tag.evidence):
            concluded = concluded or tag.evidence
            continue
        for span in (item for item in tag.evidence if isinstance(item, TextSpan)):
            if not any(span.field == other.field and span.start < other.end and other.start < span.end for other in taken):
                taken.append(span)
                found.append(span)
    return tuple(found) or concluded
