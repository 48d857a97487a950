"""From what an importer read to a document without clashes: ids, both languages, one owner a form.

Taxonomies name many things alike ("Jeans" of adults, of babies). The vocabulary gives a form to one entry; the others keep the name with
the entry above in brackets, so nothing is lost and nothing is found in a text by a name that does not decide.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hangtag.vocabulary.compiled import fold_name
from hangtag.vocabulary.importers.names import Claims, is_catch_all, is_risky, qualified, singular, slug, unique
from hangtag.vocabulary.schema import Attribute, Category, Document, Value

__all__ = ["AttributeDraft", "CategoryDraft", "Imported", "ValueDraft", "assemble"]

LANGUAGES = ("en", "zh")
_LANGUAGE_NAMES = {"en": "English", "zh": "Chinese"}
_RESERVED = ("category", "keyword")
_NOBODY = ""


@dataclass(slots=True, kw_only=True)
class ValueDraft:
    """A value as read. `key` is unique in its attribute, what `broader` of others refers to; `stem` makes the id, else a name does."""

    key: str
    names: dict[str, str]
    stem: str = ""
    aliases: list[str] = field(default_factory=list)
    broader: str | None = None


@dataclass(slots=True, kw_only=True)
class AttributeDraft:
    """An attribute as read; `key` is unique, `stem` makes the id, else a name does."""

    key: str
    names: dict[str, str]
    stem: str = ""
    aliases: list[str] = field(default_factory=list)
    values: list[ValueDraft] = field(default_factory=list)
    many: bool = False


@dataclass(slots=True, kw_only=True)
class CategoryDraft:
    """A category as read; `parent` and `attributes` are keys of other drafts. Parents come before their children."""

    key: str
    parent: str | None
    names: dict[str, str]
    aliases: list[str] = field(default_factory=list)
    attributes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Imported:
    """What an importer made. `notes` say in words what could not be taken over as it stood."""

    document: Document
    notes: tuple[str, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Number of entries by kind."""
        document = self.document
        values = sum(len(attribute.values) for attribute in document.attributes)
        return {"categories": len(document.categories), "attributes": len(document.attributes), "values": values}


def assemble(attributes: Sequence[AttributeDraft], categories: Sequence[CategoryDraft], *, notes: Iterable[str] = ()) -> Imported:
    """Drafts as a document that loads and checks without errors."""
    tally: Counter[str] = Counter()
    ids = _ids(attributes, set(_RESERVED))
    document = Document(
        attributes=tuple(_attributes(attributes, ids, tally)),
        categories=tuple(_Categories(categories, ids, tally).build()),
    )
    return Imported(document, (*notes, *(f"{count:,} {what}" for what, count in tally.items())))


def _ids(drafts: Iterable[AttributeDraft | ValueDraft], taken: set[str]) -> dict[str, str]:
    return {draft.key: unique(slug(draft.stem or _main_name(draft.names), "_"), taken, "_") for draft in drafts}


def _main_name(names: Mapping[str, str]) -> str:
    return names.get("en") or next(iter(names.values()))


def _attributes(drafts: Sequence[AttributeDraft], ids: Mapping[str, str], tally: Counter[str]) -> list[Attribute]:
    claims = Claims()
    for identifier in (*_RESERVED, *ids.values()):
        claims.take(identifier, identifier)
    named = [_own_names(ids[draft.key], draft.names, "attributes", claims, tally) for draft in drafts]
    return [
        Attribute(
            id=ids[draft.key],
            names=names,
            aliases=_own_aliases(ids[draft.key], names, draft.aliases, claims, tally),
            kind="choice" if draft.values else "text",
            many=draft.many,
            values=tuple(_values(draft.values, tally)),
        )
        for draft, names in zip(drafts, named, strict=True)
    ]


def _values(drafts: Sequence[ValueDraft], tally: Counter[str]) -> list[Value]:
    kept = [draft for draft in drafts if not is_catch_all(draft.names.values())]
    if len(kept) < len(drafts):
        tally["values like 'Other' left out: they name nothing"] += len(drafts) - len(kept)
    ids = _ids(kept, set())
    claims = Claims()
    named = [_own_names(ids[draft.key], draft.names, "values", claims, tally) for draft in kept]
    values = []
    for draft, names in zip(kept, named, strict=True):
        aliases = _own_aliases(ids[draft.key], names, draft.aliases, claims, tally)
        weak = tuple(dict.fromkeys(form for form in (*names.values(), *aliases) if is_risky(form)))
        broader = ids.get(draft.broader) if draft.broader else None
        values.append(Value(id=ids[draft.key], names=names, aliases=aliases, weak=weak, broader=broader))
    return values


def _own_names(owner: str, names: Mapping[str, str], what: str, claims: Claims, tally: Counter[str]) -> dict[str, str]:
    """The names as their bearer may carry them: those that are another's with what tells them apart in brackets."""
    found = {}
    for language, name in names.items():
        if not claims.take(owner, name):
            tally[f"names of {what} that another has too: told apart in brackets"] += 1
            name = _told_apart(owner, name, [names.get("en", name), owner], claims)
        found[language] = name
    return _both_languages(found, what, tally)


def _told_apart(owner: str, name: str, qualifiers: Iterable[str], claims: Claims) -> str:
    for qualifier in qualifiers:
        longer = qualified(name, qualifier)
        if fold_name(qualifier) != fold_name(name) and claims.take(owner, longer):
            return longer
    longer = qualified(name, f"id {owner}")
    claims.take(owner, longer)
    return longer


def _both_languages(names: dict[str, str], what: str, tally: Counter[str]) -> dict[str, str]:
    stand_in = _main_name(names)
    for language in LANGUAGES:
        if language not in names:
            tally[f"{what} without a name in {_LANGUAGE_NAMES[language]}: another language's stands in"] += 1
    rest = {language: name for language, name in names.items() if language not in LANGUAGES}
    return {**{language: names.get(language, stand_in) for language in LANGUAGES}, **rest}


def _own_aliases(owner: str, names: Mapping[str, str], aliases: Iterable[str], claims: Claims, tally: Counter[str]) -> tuple[str, ...]:
    kept: dict[str, str] = {}
    known = {fold_name(name) for name in names.values()}
    for alias in aliases:
        if not claims.take(owner, alias):
            tally["other names left out: they are another entry's"] += bool(fold_name(alias))
        elif fold_name(alias) not in known:
            kept.setdefault(fold_name(alias), alias)
    return tuple(kept.values())


class _Categories:
    """Builds the categories: ids from their paths, and names that only one of them has."""

    def __init__(self, drafts: Sequence[CategoryDraft], attribute_ids: Mapping[str, str], tally: Counter[str]) -> None:
        self._drafts = {draft.key: draft for draft in drafts}
        self._attribute_ids = attribute_ids
        self._tally = tally
        self._ids: dict[str, str] = {}
        self._claims = Claims()
        self._contested: set[str] = set()

    def build(self) -> list[Category]:
        taken: set[str] = set()
        for key, draft in self._drafts.items():
            above = f"{self._ids[draft.parent]}/" if draft.parent is not None else ""
            self._ids[key] = unique(above + slug(_main_name(draft.names), "-"), taken, "-")
        self._settle_contests()
        named = {key: self._names(key, draft) for key, draft in self._drafts.items()}
        return [self._category(key, draft, named[key]) for key, draft in self._drafts.items()]

    def _settle_contests(self) -> None:
        """A name that several want goes to the one nearest to the root; where two are equally near, to nobody."""
        wanted: dict[str, set[str]] = {}
        for key, draft in self._drafts.items():
            for name in draft.names.values():
                wanted.setdefault(fold_name(name), set()).add(self._ids[key])
        for form, owners in wanted.items():
            if len(owners) > 1:
                depths = sorted((owner.count("/"), owner) for owner in owners)
                self._claims.take(depths[0][1] if depths[0][0] < depths[1][0] else _NOBODY, form)
                self._contested.add(form)

    def _names(self, key: str, draft: CategoryDraft) -> dict[str, str]:
        owner = self._ids[key]
        found = {}
        for language, name in draft.names.items():
            if not self._claims.take(owner, name):
                self._tally["names of categories that another has too: told apart in brackets"] += 1
                name = _told_apart(owner, name, [*self._names_above(draft, language), owner], self._claims)
            found[language] = name
        return _both_languages(found, "categories", self._tally)

    def _names_above(self, draft: CategoryDraft, language: str) -> list[str]:
        found = []
        parent = draft.parent
        while parent is not None:
            above = self._drafts[parent]
            found.append(above.names.get(language) or _main_name(above.names))
            parent = above.parent
        return found

    def _category(self, key: str, draft: CategoryDraft, names: dict[str, str]) -> Category:
        owner = self._ids[key]
        aliases = _own_aliases(owner, names, draft.aliases, self._claims, self._tally)
        one = singular(names["en"])
        # The singular is a convenience: where another category has it already, it is that one's.
        if one and self._claims.take(owner, one):
            aliases = _own_aliases(owner, names, (*aliases, one), self._claims, self._tally)
        forms = (*names.values(), *aliases)
        doubtful = {fold_name(form) for form in forms if is_risky(form) or fold_name(form) in self._contested}
        if one and fold_name(names["en"]) in doubtful:
            doubtful.add(fold_name(one))
        weak = tuple(dict.fromkeys(form for form in forms if fold_name(form) in doubtful))
        attributes = tuple(dict.fromkeys(self._attribute_ids[attribute] for attribute in draft.attributes))
        return Category(id=owner, names=names, aliases=aliases, weak=weak, attributes=attributes)
