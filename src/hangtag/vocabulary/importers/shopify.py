"""Shopify's public product taxonomy (github.com/Shopify/product-taxonomy): YAML for the structure, text lists for the languages.

`attributes.yml` holds base attributes with their values, and extended ones ("Slat color") that take theirs from a base attribute; these
become other names of the base, since they share every value and have no translation of their own. Lists are lines of
`gid://shopify/TaxonomyValue/1 : 黑色 [颜色]`, joined to the YAML by the number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
import yaml

from hangtag.errors import VocabularyError
from hangtag.vocabulary.importers.draft import AttributeDraft, CategoryDraft, Imported, ValueDraft, assemble

__all__ = ["import_shopify"]

_CHINESE_FOLDERS = ("zh-CN", "zh")
Translations: TypeAlias = Mapping[str, str]


class _Value(msgspec.Struct, frozen=True):
    id: int
    name: str
    friendly_id: str


class _Base(msgspec.Struct, frozen=True):
    id: int
    name: str
    friendly_id: str
    values: tuple[str, ...] = ()


class _Extended(msgspec.Struct, frozen=True):
    name: str
    friendly_id: str
    values_from: str


class _Attributes(msgspec.Struct, frozen=True):
    base_attributes: tuple[_Base, ...]
    extended_attributes: tuple[_Extended, ...] = ()


class _Category(msgspec.Struct, frozen=True):
    id: str
    name: str
    children: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()


def import_shopify(folder: str | Path) -> Imported:
    """Read the taxonomy's folder: its `data` (attributes.yml, values.yml, categories/) and its lists, side by side or as in the repository.

    Raises `VocabularyError` where a file is missing, has another shape, or refers to something that is defined nowhere.
    """
    root = Path(folder)
    data = root if (root / "attributes.yml").is_file() or not (root / "data").is_dir() else root / "data"
    attributes_file = data / "attributes.yml"
    attributes = _convert(attributes_file, _Attributes)
    values = {value.friendly_id: value for value in _convert(data / "values.yml", tuple[_Value, ...])}
    files = sorted((data / "categories").glob("*.yml"))
    if not files:
        raise VocabularyError(f"{data / 'categories'}: there is no .yml file; give the folder of Shopify's product taxonomy")
    categories = [(file, category) for file in files for category in _convert(file, tuple[_Category, ...])]
    lists = _chinese_lists(root)
    notes = [] if lists else ["no Chinese lists (zh-CN/) in the folder: names are English only"]
    stale = len(lists.get("categories", {}).keys() - {category.id for _, category in categories})
    if stale:
        notes.append(f"{stale:,} Chinese names of categories left out: the taxonomy has their numbers no more")
    bases = {base.friendly_id: base.friendly_id for base in attributes.base_attributes}
    bases |= _extended(attributes, bases, attributes_file)
    return assemble(list(_attributes(attributes, values, lists, attributes_file)), list(_categories(categories, bases, lists)), notes=notes)


def _convert(path: Path, shape: Any) -> Any:
    if not path.is_file():
        raise VocabularyError(f"{path}: there is no such file; give the folder of Shopify's product taxonomy")
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        return msgspec.convert(raw, shape)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise VocabularyError(f"{path}: not YAML in UTF-8: {error}") from error
    except msgspec.ValidationError as error:
        raise VocabularyError(f"{path}: not shaped as Shopify's taxonomy: {error}") from error


def _chinese_lists(root: Path) -> dict[str, Translations]:
    for folder in (root / above / name for name in _CHINESE_FOLDERS for above in ("", "dist")):
        if folder.is_dir():
            return {name: dict(_list(folder / f"{name}.txt")) for name in ("categories", "attributes", "attribute_values")}
    return {}


def _list(path: Path) -> Iterator[tuple[str, str]]:
    """(number, name) of the lines `gid://shopify/TaxonomyAttribute/1 : Name`."""
    if not path.is_file():
        return
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise VocabularyError(f"{path}: not UTF-8 at byte {error.start}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        gid, separator, name = line.partition(" : ")
        if not separator or not gid.startswith("gid:") or not name.strip():
            raise VocabularyError(f"{path}, line {number}: not of the form 'gid://… : name': {line[:80]!r}")
        yield gid.rstrip().rpartition("/")[2], name.strip()


def _named(english: str, chinese: str | None) -> dict[str, str]:
    return {"en": english, "zh": chinese} if chinese else {"en": english}


def _extended(attributes: _Attributes, bases: Mapping[str, str], file: Path) -> dict[str, str]:
    for extended in attributes.extended_attributes:
        if extended.values_from not in bases:
            raise VocabularyError(f"{file}: '{extended.friendly_id}' takes its values from '{extended.values_from}', which is not there")
    return {extended.friendly_id: extended.values_from for extended in attributes.extended_attributes}


def _attributes(
    attributes: _Attributes, values: Mapping[str, _Value], lists: Mapping[str, Translations], file: Path
) -> Iterator[AttributeDraft]:
    names, value_names = lists.get("attributes", {}), lists.get("attribute_values", {})
    others: dict[str, list[str]] = {}
    for extended in attributes.extended_attributes:
        others.setdefault(extended.values_from, []).append(extended.name)
    for base in attributes.base_attributes:
        drafts = []
        for identifier in base.values:
            value = values.get(identifier)
            if value is None:
                raise VocabularyError(f"{file}: '{base.friendly_id}' has the value '{identifier}', which values.yml does not define")
            # "黑色 [颜色]": the attribute's name in brackets is not the value's.
            chinese = value_names.get(str(value.id), "").rpartition(" [")[0]
            drafts.append(ValueDraft(key=identifier, stem=identifier.rpartition("__")[2], names=_named(value.name, chinese)))
        aliases = others.get(base.friendly_id, [])
        named = _named(base.name, names.get(str(base.id)))
        # Shopify keeps lists: a product may have several values of any attribute.
        key = base.friendly_id
        yield AttributeDraft(key=key, stem=key, names=named, aliases=aliases, values=drafts, many=True)


def _categories(
    categories: Iterable[tuple[Path, _Category]], bases: Mapping[str, str], lists: Mapping[str, Translations]
) -> Iterator[CategoryDraft]:
    by_id = {category.id: (file, category) for file, category in categories}
    parents = {child: category.id for _, category in by_id.values() for child in category.children}
    names = lists.get("categories", {})
    done: set[str] = set()
    for start in by_id:
        # From the root down: the files list children before or after their parents.
        path = [start]
        while (above := parents.get(path[-1])) is not None and above not in done and above not in path:
            path.append(above)
        for identifier in reversed(path):
            if identifier in done:
                continue
            done.add(identifier)
            file, category = by_id[identifier]
            missing = [attribute for attribute in category.attributes if attribute not in bases]
            if missing:
                raise VocabularyError(f"{file}: the category {identifier} has the attribute '{missing[0]}', which attributes.yml lacks")
            yield CategoryDraft(
                key=identifier,
                parent=parents.get(identifier),
                names=_named(category.name, names.get(identifier, "").rpartition(" > ")[2]),
                attributes=[bases[attribute] for attribute in category.attributes],
            )
