"""Cheap first: a costlier tagger reads only what a cheaper one is unsure of, attribute by attribute (FrugalML, Chen et al. 2020; for
language models FrugalGPT, Chen et al. 2023)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from hangtag.errors import HangtagError
from hangtag.model import CATEGORY, Product, Tag, Tagger, Unanswered
from hangtag.pipeline.pipeline import Pipeline

__all__ = ["SURE", "Cascade", "Stage", "answerable", "every_tagger", "joined", "strictest_thresholds", "unsure_attributes"]


SURE = 0.8
"""From this confidence on what a stage says is not asked again, unless it is told otherwise."""


@runtime_checkable
class _Selective(Protocol):
    """A tagger that can be asked for some attributes only, which costs it less."""

    def tag_only(
        self, products: Sequence[Product], attributes: Sequence[frozenset[str]]
    ) -> list[tuple[list[Tag], frozenset[str]]]: ...


@dataclass(frozen=True, slots=True)
class Stage:
    """A tagger, and the confidence from which its tags are not asked again; for some attributes another."""

    tagger: Tagger
    sure: float = SURE
    by_attribute: Mapping[str, float] = field(default_factory=dict)

    def unsure(self, tags: Iterable[Tag]) -> frozenset[str]:
        """The attributes that are asked again."""
        return unsure_attributes(tags, self.sure, self.by_attribute)


class Cascade:
    """Runs stages in turn. A product goes on to the next stage with the attributes of which the best tag so far is less sure than the stage
    is asked to be; what that stage says of them, silence too, takes the place of what was said before, where it speaks of such attributes
    at all. The last stage's `sure` plays no part.

    What no stage is unsure of costs nothing more: a product without tags does not go on.
    """

    name = "cascade@1"

    def __init__(self, stages: Sequence[Stage]) -> None:
        if not stages:
            raise HangtagError("a cascade needs at least one stage")
        self.stages = tuple(stages)

    @property
    def auto_thresholds(self) -> dict[str, float]:
        """Of all stages the strictest: a tag does not say in the end which stage decided."""
        return strictest_thresholds([stage.tagger for stage in self.stages])

    def tag(self, products: Sequence[Product], /) -> list[list[Tag]]:
        """One list per product, in order; `Unanswered` where the stage it went on to could not read it."""
        tags = self.stages[0].tagger.tag(products)
        for before, stage in zip(self.stages, self.stages[1:], strict=False):
            unsure = [frozenset() if isinstance(said, Unanswered) else before.unsure(said) for said in tags]
            sent = [number for number, names in enumerate(unsure) if names]
            if not sent:
                continue
            asked = [unsure[number] for number in sent]
            for number, (said, names) in zip(sent, _ask(stage.tagger, [products[number] for number in sent], asked), strict=True):
                tags[number] = joined(tags[number], said, unsure[number] & names)
        return tags


def strictest_thresholds(taggers: Iterable[Tagger]) -> dict[str, float]:
    """By attribute the highest confidence that one of the taggers asks for before its tags are published."""
    found: dict[str, float] = {}
    for tagger in every_tagger(taggers):
        for name, level in getattr(tagger, "auto_thresholds", {}).items():
            found[name] = max(level, found.get(name, 0.0))
    return found


def every_tagger(taggers: Iterable[Tagger]) -> Iterator[Tagger]:
    """All single taggers, those within cascades and pipelines too."""
    for tagger in taggers:
        if isinstance(tagger, Cascade):
            yield from every_tagger(stage.tagger for stage in tagger.stages)
        elif isinstance(tagger, Pipeline):
            yield from every_tagger(tagger.taggers)
        else:
            yield tagger


def unsure_attributes(tags: Iterable[Tag], sure: float, by_attribute: Mapping[str, float] | None = None) -> frozenset[str]:
    """The attributes whose best tag is below `sure`, or below what `by_attribute` has for them."""
    best: dict[str, float] = {}
    for tag in tags:
        best[tag.attribute] = max(tag.confidence, best.get(tag.attribute, 0.0))
    own = by_attribute or {}
    return frozenset(name for name, confidence in best.items() if confidence < own.get(name, sure))


def joined(before: Sequence[Tag], after: Sequence[Tag], asked: frozenset[str]) -> list[Tag]:
    """What the next stage says of the attributes it was asked for, and what was said before of the others."""
    tags = [tag for tag in before if tag.attribute not in asked] + [tag for tag in after if tag.attribute in asked]
    return Unanswered(tags, reason=after.reason) if isinstance(after, Unanswered) else tags


def answerable(tagger: Tagger, names: frozenset[str], said: Iterable[Tag]) -> frozenset[str]:
    """Of some attributes those a tagger speaks of (its `spoken`, and what it said): its silence on others says nothing. One that has no
    `spoken` speaks of all but the category."""
    spoken = [getattr(one, "spoken", None) for one in every_tagger([tagger])]
    known = {name for some in spoken if some is not None for name in some}
    if any(some is None for some in spoken):
        known |= names - {CATEGORY}
    return names & (known | {tag.attribute for tag in said})


def _ask(tagger: Tagger, products: Sequence[Product], attributes: Sequence[frozenset[str]]) -> list[tuple[list[Tag], frozenset[str]]]:
    if isinstance(tagger, _Selective):
        return tagger.tag_only(products, attributes)
    lists = tagger.tag(products)
    return [(said, answerable(tagger, names, said)) for said, names in zip(lists, attributes, strict=True)]
