"""What is wrong with a vocabulary, and where: missing languages, clashing forms, cycles, unknown references."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Literal, TypeAlias

from hangtag.vocabulary.compiled import Vocabulary, fold_name
from hangtag.vocabulary.load import find_files, join_documents, read_document
from hangtag.vocabulary.schema import Attribute, Category, Document, Value

__all__ = ["Problem", "check_vocabulary"]

Severity: TypeAlias = Literal["error", "warning"]
LANGUAGES = ("en", "zh")


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One finding: `where` is "file: attribute / value", `cure` what to do about it."""

    severity: Severity
    kind: str
    where: str
    message: str
    cure: str


def check_vocabulary(paths: Iterable[str | Path]) -> list[Problem]:
    """All problems of the files and folders, errors first. Raises `VocabularyError` where they do not even compile."""
    documents = [(file.name, read_document(file)) for file in find_files(paths)]
    vocabulary = join_documents(documents)
    problems = [
        *_names(documents),
        *_attribute_names(documents),
        *_value_forms(documents),
        *_category_forms(documents),
        *_references(documents, vocabulary),
        *_cycles(documents, vocabulary),
        *_shared_forms(vocabulary),
    ]
    return sorted(problems)


def _entries(documents: Iterable[tuple[str, Document]]) -> Iterator[tuple[str, Attribute | Category | Value]]:
    for file, document in documents:
        for attribute in document.attributes:
            if not attribute.extend:
                yield f"{file}: {attribute.id}", attribute
            for value in attribute.values:
                yield f"{file}: {attribute.id} / {value.id}", value
        for category in document.categories:
            yield f"{file}: {category.id}", category


def _names(documents: list[tuple[str, Document]]) -> Iterator[Problem]:
    for where, entry in _entries(documents):
        missing = [language for language in LANGUAGES if not entry.names.get(language, "").strip()]
        if missing:
            yield Problem("error", "missing language", where, f"no name in {' and '.join(missing)}", "add it under names")
        weak = entry.weak if isinstance(entry, Value | Category) else ()
        empty = [form for form in (*entry.aliases, *weak) if not fold_name(form)]
        if empty:
            yield Problem("error", "empty form", where, f"a form is empty after folding: {empty}", "remove it")
        if isinstance(entry, Value | Category):
            yield from _idle_exceptions(where, entry)


def _idle_exceptions(where: str, entry: Value | Category) -> Iterator[Problem]:
    forms = [fold_name(form).replace(" ", "") for form in (*entry.forms, *entry.weak)]
    for phrase in entry.exceptions:
        if not any(form in fold_name(phrase).replace(" ", "") for form in forms):
            yield Problem("warning", "idle exception", where, f"'{phrase}' contains no form of it, so it has no effect", "remove it")


def _attribute_names(documents: list[tuple[str, Document]]) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for file, document in documents:
        for attribute in document.attributes:
            own = {fold_name(form) for form in ((attribute.id, *attribute.forms) if not attribute.extend else attribute.aliases)}
            where = f"{file}: {attribute.id}"
            for form in sorted(own):
                if form in seen and not seen[form].endswith(f": {attribute.id}"):
                    yield Problem("error", "clashing attribute name", where, f"'{form}' also names {seen[form]}", "keep it with one")
                seen.setdefault(form, where)


def _value_forms(documents: list[tuple[str, Document]]) -> Iterator[Problem]:
    seen: dict[tuple[str, str], tuple[str, str]] = {}
    for file, document in documents:
        for attribute in document.attributes:
            for value in attribute.values:
                where = f"{file}: {attribute.id} / {value.id}"
                for form in {fold_name(form) for form in (*value.forms, *value.weak)}:
                    known = seen.setdefault((attribute.id, form), (value.id, where))
                    if known[0] != value.id:
                        yield Problem("error", "clashing form", where, f"'{form}' is also a form of {known[1]}", "keep it with one")


def _category_forms(documents: list[tuple[str, Document]]) -> Iterator[Problem]:
    seen: dict[str, tuple[str, str]] = {}
    for file, document in documents:
        for category in document.categories:
            where = f"{file}: {category.id}"
            for form in {fold_name(form) for form in (*category.forms, *category.weak)}:
                known = seen.setdefault(form, (category.id, where))
                if known[0] != category.id:
                    yield Problem("error", "clashing category name", where, f"'{form}' also names {known[1]}", "keep it with one")


def _references(documents: list[tuple[str, Document]], vocabulary: Vocabulary) -> Iterator[Problem]:
    for file, document in documents:
        for attribute in document.attributes:
            yield from _attribute_references(f"{file}: {attribute.id}", attribute, vocabulary)
        for category in document.categories:
            where = f"{file}: {category.id}"
            if category.parent and category.parent not in vocabulary.categories:
                yield _unknown(where, f"the parent category '{category.parent}'")
            for identifier in category.attributes:
                if identifier not in vocabulary.attributes:
                    yield _unknown(where, f"the attribute '{identifier}'")
            yield from _implied(where, category.implies, vocabulary)


def _attribute_references(where: str, attribute: Attribute, vocabulary: Vocabulary) -> Iterator[Problem]:
    known_units = vocabulary.units
    if attribute.kind == "measure" and not attribute.extend:
        for unit in ([attribute.unit] if attribute.unit else []) + list(attribute.units):
            if unit not in known_units:
                yield _unknown(where, f"the unit '{unit}'")
        if attribute.unit is None:
            yield Problem("error", "missing unit", where, "a measure needs the unit its values are written in", "add unit: …")
    for identifier in attribute.default_for:
        if identifier not in vocabulary.categories:
            yield _unknown(where, f"the category '{identifier}' in default_for")
    for value in attribute.values:
        place = f"{where} / {value.id}"
        if value.broader is not None and value.broader not in vocabulary.values_of(attribute.id):
            yield _unknown(place, f"the broader value '{value.broader}'")
        for identifier in value.only:
            if identifier not in vocabulary.categories:
                yield _unknown(place, f"the category '{identifier}' in only")
        yield from _implied(place, value.implies, vocabulary)


def _implied(where: str, implies: dict[str, str], vocabulary: Vocabulary) -> Iterator[Problem]:
    for identifier, value in implies.items():
        if identifier not in vocabulary.attributes:
            yield _unknown(where, f"the implied attribute '{identifier}'")
        elif value not in vocabulary.values_of(identifier):
            yield _unknown(where, f"the implied value '{identifier}: {value}'")


def _unknown(where: str, what: str) -> Problem:
    return Problem("error", "unknown reference", where, f"{what} is not defined", "define it, or mend the id")


def _cycles(documents: list[tuple[str, Document]], vocabulary: Vocabulary) -> Iterator[Problem]:
    for file, document in documents:
        for attribute in document.attributes:
            for value in attribute.values:
                if value.id in vocabulary.broader_values(attribute.id, value.id):
                    where = f"{file}: {attribute.id} / {value.id}"
                    yield Problem("error", "cycle", where, "its broader values lead back to itself", "cut the circle")


def _shared_forms(vocabulary: Vocabulary) -> Iterator[Problem]:
    """Forms of two attributes that one category carries: nothing there can decide between them."""
    owners: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
    for attribute in vocabulary.attributes.values():
        for value in attribute.values:
            for form in {fold_name(form) for form in value.forms}:
                owners[form][attribute.id, value.id] = None
    carriers: dict[str, set[str]] = defaultdict(set)
    for identifier in vocabulary.categories:
        for carried in vocabulary.attributes_of(identifier):
            carriers[carried].add(identifier)
    shared: dict[tuple[tuple[str, str], ...], list[str]] = defaultdict(list)
    for form, places in owners.items():
        if len({attribute for attribute, _ in places}) > 1:
            shared[tuple(places)].append(form)
    for group, forms in shared.items():
        pairs = combinations({attribute for attribute, _ in group}, 2)
        categories = set().union(*(carriers[one] & carriers[other] for one, other in pairs))
        if categories:
            where = ", ".join(f"{attribute} / {value}" for attribute, value in group)
            quoted = ", ".join(f"'{form}'" for form in sorted(forms))
            message = f"{quoted}: several things in the category '{min(categories)}'"
            yield Problem("warning", "shared form", where, message, "keep it with one, or make it weak in the others")
