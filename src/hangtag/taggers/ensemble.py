"""The `ensemble` tagger: several trained models as one, each answer as likely as they find it on average.

Models that err in different places are right together more often than each alone (Hansen and Salamon 1990).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol, TypeAlias

from hangtag.model import Evidence, Product, Tag, TextSpan
from hangtag.taggers.confidence import Curves, share_of
from hangtag.taggers.model_folder import ModelFolderTagger, ModelSettings

__all__ = ["ENSEMBLE_FORMAT", "EnsembleSettings", "EnsembleTagger", "Member"]

ENSEMBLE_FORMAT = "hangtag-ensemble-1"
_LENT = 0.5
_Answer: TypeAlias = tuple[str, str]


class Member(Protocol):
    """A trained model that says all it would say, with its shares of probability as confidences."""

    @property
    def spoken(self) -> list[str]: ...

    def tag(self, products: Sequence[Product], /) -> list[list[Tag]]: ...


class EnsembleSettings(ModelSettings, frozen=True, kw_only=True):
    """`model.json` of an ensemble. `members` are its models' folders, beside it."""

    members: list[str]


class EnsembleTagger(ModelFolderTagger):
    """Tags with the mean of its members, of those that know the attribute. Raises `InputError` for what is no model.

    Where they agree on a place and not on its borders, the likeliest answer is lent half of what the others have there (as boxes are
    pooled in images: Solovyev et al. 2021).
    """

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
        alike: dict[_Answer, list[Tag]] = {}
        for tag in (tag for tags in said for tag in tags):
            alike.setdefault((tag.attribute, tag.value.casefold()), []).append(tag)
        shares = {key: sum(share_of(tag.confidence) for tag in tags) / self._knowing[key[0]] for key, tags in alike.items()}
        taken: dict[str, list[tuple[TextSpan, _Answer]]] = {}
        shown: dict[_Answer, tuple[Evidence, ...]] = {}
        for key in sorted(alike, key=lambda key: -shares[key]):
            shown[key], rivals = _evidence(key, alike[key], taken.setdefault(key[0], []))
            for rival in rivals:
                shares[rival] = min(1.0, shares[rival] + _LENT * shares[key])
        pooled = []
        for key, evidence in shown.items():
            if evidence and shares[key] >= self.floor(key[0]):
                surest = max(alike[key], key=lambda tag: tag.confidence)
                pooled.append(replace(surest, confidence=self.confidence(key[0], shares[key]), source=self.name, evidence=evidence))
        return pooled


def _evidence(key: _Answer, tags: Sequence[Tag], taken: list[tuple[TextSpan, _Answer]]) -> tuple[tuple[Evidence, ...], frozenset[_Answer]]:
    """What the members show for an answer, the surest first, without places that overlap or are `taken` by a likelier one, which it adds
    to, empty where they show other places only; and those likelier answers."""
    found: list[Evidence] = []
    concluded: tuple[Evidence, ...] = ()
    rivals: set[_Answer] = set()
    for tag in sorted(tags, key=lambda tag: -tag.confidence):
        if not all(isinstance(item, TextSpan) for item in tag.evidence):
            concluded = concluded or tag.evidence
            continue
        for span in (item for item in tag.evidence if isinstance(item, TextSpan)):
            owners = {owner for other, owner in taken if span.field == other.field and span.start < other.end and other.start < span.end}
            if not owners:
                taken.append((span, key))
                found.append(span)
            rivals |= owners - {key}
    return tuple(found) or concluded, frozenset(rivals)
