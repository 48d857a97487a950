"""Attributes asked for by somebody else's name for them: a model of a merchant's labels says "Color" where the vocabulary says "color"."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from hangtag.model import Tag, Unanswered
from hangtag.vocabulary import Vocabulary

__all__ = ["Asked", "as_asked", "find_asked"]

Asked: TypeAlias = Mapping[str, tuple[str, ...]]
"""The attributes that names stand for, each with the names it was asked for by."""


def find_asked(names: Iterable[str], vocabulary: Vocabulary, labelled: Collection[str] = ()) -> Asked:
    """What each name stands for: what labelled products call just so, or by another name of the same attribute; else the vocabulary's
    attribute of that id, or of that name in any case or language. A name that nobody knows stands for itself."""
    found: dict[str, tuple[str, ...]] = {}
    for name in sorted(names):
        known = name if name in vocabulary.attributes else vocabulary.find_attribute(name)
        own = name
        if name not in labelled and known is not None:
            own = next((one for one in sorted(labelled) if vocabulary.find_attribute(one) == known), known)
        found[own] = (*found.get(own, ()), name)
    return found


def as_asked(tags: Sequence[Tag], asked: Asked) -> list[Tag]:
    """Tags under the names they were asked for by; why a product is unanswered stays with them."""
    renamed = [
        tag if name == tag.attribute else replace(tag, attribute=name)
        for tag in tags
        for name in asked.get(tag.attribute, (tag.attribute,))
    ]
    return Unanswered(renamed, reason=tags.reason) if isinstance(tags, Unanswered) else renamed
