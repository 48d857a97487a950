"""Fusion: what several taggers say about one product, made into one consistent list of tags.

In this order: the same value said twice becomes one tag with all its evidence; the category is decided, and attributes its products
cannot have go; a wider value goes where a narrower one was read; single-valued attributes keep their best value; what category and
values imply is added; free keywords and phrases that repeat a typed tag go, and keywords that repeat a phrase.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from hangtag.model import CATEGORY, PHRASE, UNSAFE, Evidence, Inference, Product, Tag, TextSpan
from hangtag.text.fold import fold_text
from hangtag.vocabulary import Vocabulary

__all__ = ["fuse"]

KEYWORD = "keyword"
_FREE = (KEYWORD, PHRASE)
_AGREEMENT = 0.6
_SURE_OF_CATEGORY = 0.6
_IMPLIED = 0.9
_MAX_EVIDENCE = 8
_LEVEL = re.compile(r"\s*[>|/»\\]\s*")


def fuse(product: Product, proposals: Iterable[Sequence[Tag]], vocabulary: Vocabulary) -> list[Tag]:
    """One list of tags from the lists of several taggers: the category first, then in the vocabulary's order.

    A category named as a merchant names it is the vocabulary's, where that knows its last part; one it does not know rules nothing out.
    """
    tags = _merge(_with_known_category(tag, vocabulary) for proposal in proposals for tag in proposal)
    category = _decide_category(tags)
    if category is not None:
        tags = [tag for tag in tags if tag.attribute != CATEGORY or tag is category]
        if category.confidence >= _SURE_OF_CATEGORY and category.value in vocabulary.categories:
            tags = [tag for tag in tags if _belongs(tag, category.value, vocabulary)]
    tags = _keep_narrowest(tags, vocabulary)
    tags = _resolve_single(tags, product, vocabulary)
    tags += _implied(tags, vocabulary)
    tags = _without_repeats(tags, vocabulary)
    return (
        tags
        if len(tags) < 2
        else sorted(tags, key=lambda tag: (_place_of(tag.attribute, vocabulary), -tag.confidence, tag.attribute, tag.value))
    )


def _with_known_category(tag: Tag, vocabulary: Vocabulary) -> Tag:
    if tag.attribute != CATEGORY or tag.value in vocabulary.categories:
        return tag
    known = vocabulary.find_category(_LEVEL.split(tag.value)[-1])
    return replace(tag, value=known) if known is not None else tag


def _place_of(attribute: str, vocabulary: Vocabulary) -> int:
    """The category first, the vocabulary's attributes in its order, unknown attributes, phrases, keywords."""
    if attribute == CATEGORY:
        return -1
    last = len(vocabulary.attributes)
    if attribute in _FREE:
        return last + 2 - _FREE.index(attribute)
    return vocabulary.attribute_order.get(attribute, last)


def _merge(tags: Iterable[Tag]) -> list[Tag]:
    merged: dict[tuple[str, str], Tag] = {}
    groups: dict[tuple[str, str], list[Tag]] = {}
    for tag in tags:
        key = (tag.attribute, tag.value)
        if key in merged:
            groups.setdefault(key, [merged[key]]).append(tag)
        else:
            merged[key] = tag
    for key, group in groups.items():
        merged[key] = _join(group)
    return list(merged.values())


def _join(group: list[Tag]) -> Tag:
    """Two taggers that agree are surer than the surer one, but not as sure as if they were independent."""
    best = max(group, key=lambda tag: tag.confidence)
    sources = list(dict.fromkeys(tag.source for tag in group))
    doubt = (1.0 - best.confidence) * _AGREEMENT ** (len(sources) - 1)
    evidence: dict[Evidence, None] = dict.fromkeys(item for tag in group for item in tag.evidence if not isinstance(item, Inference))
    if not evidence:
        evidence = dict.fromkeys(item for tag in group for item in tag.evidence)
    # What speaks against a tag comes first, that no wealth of quotes hides it; and it holds whoever was surer.
    warnings = [item for tag in group for item in tag.evidence if isinstance(item, Inference) and item.method == UNSAFE]
    unsafe: dict[Evidence, None] = dict.fromkeys(warnings)
    evidence = unsafe | evidence
    staged = "review" if unsafe else best.status
    decided = next((tag.status for tag in group if tag.status in ("accepted", "rejected")), staged)
    return replace(
        best, confidence=round(1.0 - doubt, 4), source="+".join(sources), evidence=tuple(evidence)[:_MAX_EVIDENCE], status=decided
    )


def _decide_category(tags: list[Tag]) -> Tag | None:
    named = [tag for tag in tags if tag.attribute == CATEGORY]
    return max(named, key=lambda tag: (tag.status == "accepted", tag.confidence), default=None)


def _belongs(tag: Tag, category: str, vocabulary: Vocabulary) -> bool:
    """Whether products of the category can have the tag; open-ended and foreign attributes are nobody's to refuse."""
    attribute = vocabulary.attributes.get(tag.attribute)
    if attribute is None or tag.status == "accepted":
        return True
    value = vocabulary.values_of(tag.attribute).get(tag.value)
    carried = tag.attribute in vocabulary.attributes_of(category)
    outside = value is not None and value.only and not any(vocabulary.is_within(category, place) for place in value.only)
    if not _is_read(tag):
        # The merchant named the attribute: `only` need not tell the value's meanings apart, but a printer has no cartridge colour.
        return carried or not outside
    return not outside and (carried or attribute.kind != "choice")


def _is_read(tag: Tag) -> bool:
    """Whether the tag rests on free text, where words mislead; the merchant's own attributes do not."""
    return not any(isinstance(item, TextSpan) and item.field.startswith("attributes.") for item in tag.evidence)


def _keep_narrowest(tags: list[Tag], vocabulary: Vocabulary) -> list[Tag]:
    wider: set[tuple[str, str]] = set()
    for tag in tags:
        value = vocabulary.values_of(tag.attribute).get(tag.value)
        if value is not None and value.broader is not None:
            wider.update((tag.attribute, broader) for broader in vocabulary.broader_values(tag.attribute, tag.value))
    return tags if not wider else [tag for tag in tags if (tag.attribute, tag.value) not in wider or tag.status == "accepted"]


def _resolve_single(tags: list[Tag], product: Product, vocabulary: Vocabulary) -> list[Tag]:
    first: dict[str, Tag] = {}
    rivals: dict[str, list[Tag]] = {}
    for tag in tags:
        if tag.attribute not in first:
            first[tag.attribute] = tag
        elif (attribute := vocabulary.attributes.get(tag.attribute)) is not None and not attribute.many:
            rivals.setdefault(tag.attribute, [first[tag.attribute]]).append(tag)
    if not rivals:
        return tags
    fields = {name: number for number, name in enumerate(product.fields)}
    losers: set[tuple[str, str]] = set()
    for group in rivals.values():
        group.sort(key=lambda tag: (tag.status != "accepted", -round(tag.confidence, 2), _place(tag, fields)))
        losers.update((tag.attribute, tag.value) for tag in group[1:])
    return [tag for tag in tags if (tag.attribute, tag.value) not in losers]


def _place(tag: Tag, fields: dict[str, int]) -> tuple[int, int]:
    """Where a tag was first read: titles before descriptions, early before late, merchant's attributes before all."""
    places = [
        (-1 if item.field.startswith("attributes.") else fields.get(item.field, len(fields)), item.start)
        for item in tag.evidence
        if isinstance(item, TextSpan)
    ]
    return min(places, default=(len(fields) + 1, 0))


def _implied(tags: list[Tag], vocabulary: Vocabulary) -> list[Tag]:
    said = {tag.attribute for tag in tags}
    added: dict[str, Tag] = {}
    for tag in tags:
        term = vocabulary.categories.get(tag.value) if tag.attribute == CATEGORY else vocabulary.values_of(tag.attribute).get(tag.value)
        if term is None or not term.implies:
            continue
        for attribute, value in term.implies.items():
            if attribute in said or attribute in added:
                continue
            name = term.names.get("en", tag.value)
            evidence = Inference("implied", f"{tag.attribute} = {name}")
            confidence = round(tag.confidence * _IMPLIED, 4)
            added[attribute] = Tag(attribute=attribute, value=value, confidence=confidence, source="implied@1", evidence=(evidence,))
    return list(added.values())


def _without_repeats(tags: list[Tag], vocabulary: Vocabulary) -> list[Tag]:
    if not any(tag.attribute in _FREE for tag in tags):
        return tags
    typed: set[str] = set()
    for tag in tags:
        if tag.attribute not in _FREE:
            names = vocabulary.label(tag.attribute, tag.value).values()
            quotes = (item.quote for item in tag.evidence if isinstance(item, TextSpan))
            typed.update(map(_folded, (tag.value, *names, *quotes)))
    phrases = {_folded(tag.value) for tag in tags if tag.attribute == PHRASE}
    said = {KEYWORD: typed | phrases, PHRASE: typed}
    return [tag for tag in tags if tag.attribute not in _FREE or _folded(tag.value) not in said[tag.attribute]]


@lru_cache(maxsize=1 << 16)
def _folded(text: str) -> str:
    """Values and labels come again with every product."""
    return fold_text(text)
