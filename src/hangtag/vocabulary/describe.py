"""A vocabulary in figures, and single terms of it as people look them up: what `hangtag vocabulary show` says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from hangtag.errors import VocabularyError
from hangtag.vocabulary.compiled import Vocabulary, fold_name
from hangtag.vocabulary.schema import Attribute, Category, Kind, Value

__all__ = ["AttributeTerm", "CategoryTerm", "Overview", "Term", "ValueTerm", "describe", "find_terms", "joined_names", "suggest"]

_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_MIN_LIKENESS = 60
_SUGGESTIONS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A vocabulary in figures. `forms` counts what is looked for in text, by script; lists are (id, names, entries below)."""

    departments: int
    categories: int
    attributes: int
    values: int
    units: int
    forms: dict[str, int]
    kinds: dict[str, int]
    department_list: tuple[tuple[str, dict[str, str], int], ...]
    attribute_list: tuple[tuple[str, dict[str, str], int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeTerm:
    """An attribute that goes by the name asked for."""

    attribute: str
    names: dict[str, str]
    aliases: tuple[str, ...]
    kind: Kind
    many: bool
    unit: str | None
    values: tuple[tuple[str, dict[str, str], str | None], ...]
    categories: tuple[str, ...]
    what: Literal["attribute"] = field(default="attribute", init=False)

    @property
    def title(self) -> str:
        """What it is called in tags, and its kind."""
        return f"{self.attribute} [{self.kind}{', many' if self.many else ''}{f', in {self.unit}' if self.unit else ''}]"

    @property
    def details(self) -> dict[str, tuple[str, ...]]:
        """What it has, as people read it, under headings."""
        values = tuple(f"{each} ({joined_names(names)}{f'; broader: {above}' if above else ''})" for each, names, above in self.values)
        return {"aliases": self.aliases, "values": values, "categories": self.categories}


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueTerm:
    """A value that goes by the name asked for; `broader` are its wider values, `narrower` those right below it."""

    attribute: str
    value: str
    names: dict[str, str]
    aliases: tuple[str, ...]
    weak: tuple[str, ...]
    exceptions: tuple[str, ...]
    broader: tuple[str, ...]
    narrower: tuple[str, ...]
    only: tuple[str, ...]
    categories: tuple[str, ...]
    what: Literal["value"] = field(default="value", init=False)

    @property
    def title(self) -> str:
        """What it is called in tags."""
        return f"{self.attribute} = {self.value} [value]"

    @property
    def details(self) -> dict[str, tuple[str, ...]]:
        """What it has, as people read it, under headings."""
        forms = {"aliases": self.aliases, "weak": self.weak, "except": self.exceptions}
        return {**forms, "broader": self.broader, "narrower": self.narrower, "only in": self.only, "categories": self.categories}


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryTerm:
    """A category that goes by the name asked for; `attributes` with the inherited ones."""

    category: str
    names: dict[str, str]
    aliases: tuple[str, ...]
    weak: tuple[str, ...]
    exceptions: tuple[str, ...]
    attributes: tuple[str, ...]
    below: tuple[str, ...]
    what: Literal["category"] = field(default="category", init=False)

    @property
    def title(self) -> str:
        """What it is called in tags."""
        return f"{self.category} [category]"

    @property
    def details(self) -> dict[str, tuple[str, ...]]:
        """What it has, as people read it, under headings."""
        forms = {"aliases": self.aliases, "weak": self.weak, "except": self.exceptions}
        return {**forms, "attributes": self.attributes, "below": self.below}


Term: TypeAlias = AttributeTerm | ValueTerm | CategoryTerm


def joined_names(names: Mapping[str, str]) -> str:
    """Display names of all languages in one line, each once."""
    return " · ".join(dict.fromkeys(names.values()))


def describe(vocabulary: Vocabulary) -> Overview:
    """The whole vocabulary in figures."""
    departments = [category for category in vocabulary.categories.values() if category.parent is None]
    below = Counter(identifier.partition("/")[0] for identifier in vocabulary.categories if "/" in identifier)
    attributes = list(vocabulary.attributes.values())
    forms = Counter("zh" if _HAN.search(form) else "en" for form in _matched_forms(vocabulary))
    return Overview(
        departments=len(departments),
        categories=len(vocabulary.categories),
        attributes=len(attributes),
        values=sum(len(attribute.values) for attribute in attributes),
        units=len(vocabulary.units),
        forms=dict(sorted(forms.items())),
        kinds=dict(Counter(attribute.kind for attribute in attributes)),
        department_list=tuple((each.id, dict(each.names), below[each.id]) for each in departments),
        attribute_list=tuple((each.id, dict(each.names), len(each.values)) for each in attributes),
    )


def find_terms(vocabulary: Vocabulary, text: str) -> list[Term]:
    """All that goes by `text`: an attribute, a category, values of any attribute; "color=navy" is a value of one.

    Raises `VocabularyError` with the likeliest names where there is none.
    """
    found: list[Term] = []
    name, equals, wanted = text.partition("=")
    attribute = vocabulary.attributes.get(vocabulary.find_attribute(name) or "")
    if equals and attribute:
        found.extend(_values(vocabulary, attribute, wanted))
    else:
        if attribute:
            found.append(_attribute(vocabulary, attribute))
        category = vocabulary.find_category(text) or (vocabulary.find_path(text) if ">" in text else None)
        if category:
            found.append(_category(vocabulary, vocabulary.categories[category]))
        for each in vocabulary.attributes.values():
            found.extend(_values(vocabulary, each, text))
    if found:
        return found
    near = suggest(vocabulary, wanted if equals and attribute else text)
    raise VocabularyError(f"'{text}' names nothing in this vocabulary" + (f"; did you mean {', '.join(near)}?" if near else ""))


def suggest(vocabulary: Vocabulary, text: str) -> list[str]:
    """The names nearest to `text` in spelling, best first; none where nothing comes near."""
    from rapidfuzz import fuzz, process

    # Later writers lose: ids and attribute names go before forms of values.
    names: dict[str, str] = {}
    for name in _all_names(vocabulary):
        names.setdefault(fold_name(name), name)
    found = process.extract(fold_name(text), list(names), scorer=fuzz.ratio, limit=_SUGGESTIONS, score_cutoff=_MIN_LIKENESS)
    return [names[name] for name, _, _ in found]


def _all_names(vocabulary: Vocabulary) -> Iterator[str]:
    for attribute in vocabulary.attributes.values():
        yield attribute.id
        yield from attribute.forms
    for category in vocabulary.categories.values():
        yield from (*category.forms, *category.weak)
    for attribute in vocabulary.attributes.values():
        for value in attribute.values:
            yield from (*value.forms, *value.weak)


def _matched_forms(vocabulary: Vocabulary) -> Iterator[str]:
    entries: list[Value | Category] = [value for attribute in vocabulary.attributes.values() for value in attribute.values]
    entries.extend(vocabulary.categories.values())
    for entry in entries:
        yield from {fold_name(form) for form in (*entry.forms, *entry.weak)}


def _carriers(vocabulary: Vocabulary, attribute_id: str) -> tuple[str, ...]:
    """Categories that list the attribute themselves; those below inherit it."""
    return tuple(category.id for category in vocabulary.categories.values() if attribute_id in category.attributes)


def _attribute(vocabulary: Vocabulary, attribute: Attribute) -> AttributeTerm:
    return AttributeTerm(
        attribute=attribute.id,
        names=dict(attribute.names),
        aliases=attribute.aliases,
        kind=attribute.kind,
        many=attribute.many,
        unit=attribute.unit,
        values=tuple((value.id, dict(value.names), value.broader) for value in attribute.values),
        categories=_carriers(vocabulary, attribute.id),
    )


def _values(vocabulary: Vocabulary, attribute: Attribute, text: str) -> Iterator[ValueTerm]:
    for identifier in vocabulary.find_values(attribute.id, text):
        value = vocabulary.values_of(attribute.id)[identifier]
        yield ValueTerm(
            attribute=attribute.id,
            value=value.id,
            names=dict(value.names),
            aliases=value.aliases,
            weak=value.weak,
            exceptions=value.exceptions,
            broader=tuple(vocabulary.broader_values(attribute.id, value.id)),
            narrower=tuple(each.id for each in attribute.values if each.broader == value.id),
            only=value.only,
            categories=_carriers(vocabulary, attribute.id),
        )


def _category(vocabulary: Vocabulary, category: Category) -> CategoryTerm:
    carried = vocabulary.attributes_of(category.id)
    return CategoryTerm(
        category=category.id,
        names=dict(category.names),
        aliases=category.aliases,
        weak=category.weak,
        exceptions=category.exceptions,
        attributes=tuple(identifier for identifier in vocabulary.attributes if identifier in carried),
        below=tuple(each.id for each in vocabulary.categories.values() if each.parent == category.id),
    )
