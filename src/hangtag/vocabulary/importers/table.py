"""A vocabulary from a plain table: CSV or TSV with an attribute, value or category a row, headed in English or Chinese.

attribute,attribute_zh,value,zh,aliases,broader       category,zh,aliases,attributes
Color,颜色,Navy,藏青色,navy blue;藏青,Blue             Clothing > T-Shirts,T恤,tee;短袖衫,Color;Material
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from hangtag.errors import VocabularyError
from hangtag.vocabulary.compiled import fold_name
from hangtag.vocabulary.importers.draft import AttributeDraft, CategoryDraft, Imported, ValueDraft, assemble
from hangtag.vocabulary.importers.names import is_catch_all, language_of_name

__all__ = ["import_table"]

_HEADS = {
    "attribute": "attribute|attribute name|属性|属性名|属性名称",
    "attribute_en": "attribute en|attribute english|属性英文|属性英文名|英文属性名",
    "attribute_zh": "attribute zh|attribute chinese|属性中文|属性中文名|中文属性名",
    "value": "value|attribute value|值|属性值|取值",
    "category": "category|category path|类目|分类|品类|类别|类目路径|分类路径",
    "en": "en|english|english name|name en|英文|英文名|英文名称",
    "zh": "zh|chinese|chinese name|name zh|中文|中文名|中文名称",
    "aliases": "aliases|alias|synonyms|别名|同义词|其他名称",
    "broader": "broader|broader value|parent value|上位值|上级值|上位词",
    "attributes": "attributes|category attributes|类目属性|属性列表|包含属性",
}
_COLUMNS = {name: column for column, names in _HEADS.items() for name in names.split("|")}
_LIST = re.compile(r"\s*[;；]\s*")
_PATH = re.compile(r"\s*[>＞»›]\s*")
_MOST_BAD_ROWS = 10


_Problem: TypeAlias = tuple[int, str]


class _BadRow(Exception):
    """What is wrong with a row."""


@dataclass(slots=True)
class _Row:
    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def items(self, column: str) -> list[str]:
        return [item for item in _LIST.split(self[column]) if item]


def import_table(file: str | Path) -> Imported:
    """Read a table in UTF-8 (with or without BOM), UTF-16 with BOM or GB18030; comma, semicolon or tab between the cells.

    Raises `VocabularyError` naming the file and the rows that cannot be used (the heading is row 1) and why.
    """
    path = Path(file)
    reader = _Reader()
    problems: list[_Problem] = []
    rows, ignored = _rows(path, problems)
    for row in rows:
        try:
            reader.take(row)
        except _BadRow as error:
            problems.append((row.number, str(error)))
    problems = sorted(problems + reader.finish())
    if problems:
        shown = "; ".join(f"row {number}: {message}" for number, message in problems[:_MOST_BAD_ROWS])
        more = f"; and {len(problems) - _MOST_BAD_ROWS} more" if len(problems) > _MOST_BAD_ROWS else ""
        raise VocabularyError(f"{path}: {shown}{more}")
    if not (reader.attributes or reader.categories):
        raise VocabularyError(f"{path}: has a heading and no rows")
    notes = [f"the column {name!r} is not one of ours and was left out" for name in ignored]
    return assemble(list(reader.attributes.values()), list(reader.categories.values()), notes=notes)


def _rows(path: Path, problems: list[_Problem]) -> tuple[list[_Row], list[str]]:
    """The rows by our column names, and the headings that are none of ours. Rows of the wrong length become problems."""
    text = _decode(path)
    heading = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max((",", "\t", ";"), key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        # Numbered as spreadsheets number rows: a cell with line breaks is still in one row.
        records = [(number, record) for number, record in enumerate(reader, 1) if any(cell.strip() for cell in record)]
    except csv.Error as error:
        raise VocabularyError(f"{path}, line {reader.line_num}: not a readable table: {error}") from error
    if not records:
        raise VocabularyError(f"{path}: is empty")
    heads = [cell.strip() for cell in records[0][1]]
    columns = [_COLUMNS.get(fold_name(head)) for head in heads]
    if "attribute" not in columns and "category" not in columns:
        known = ", ".join(heads)
        raise VocabularyError(f"{path}, row {records[0][0]}: no column is headed 'attribute' (属性) or 'category' (类目), only {known}")
    twice = next((column for column in columns if column and columns.count(column) > 1), None)
    if twice:
        raise VocabularyError(f"{path}, row {records[0][0]}: two columns are headed '{twice}' or another name of it; keep one")
    rows = []
    for number, record in records[1:]:
        if len(record) > len(heads) and any(cell.strip() for cell in record[len(heads) :]):
            problems.append((number, f"{len(record)} cells under {len(heads)} headings; quote cells that hold a {delimiter!r}"))
            continue
        cells = zip(columns, record, strict=False)
        rows.append(_Row(number, {column: " ".join(cell.split()) for column, cell in cells if column}))
    return rows, [head for head, column in zip(heads, columns, strict=True) if column is None and head]


def _decode(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise VocabularyError(f"{path}: cannot be read: {error.strerror}") from error
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise VocabularyError(f"{path}: neither UTF-8 nor GB18030; save the table as UTF-8")


@dataclass(slots=True)
class _Reader:
    """Gathers drafts row by row; what refers to other rows is resolved by `finish`."""

    attributes: dict[str, AttributeDraft] = field(default_factory=dict)
    categories: dict[str, CategoryDraft] = field(default_factory=dict)
    _values: dict[tuple[str, str], tuple[int, ValueDraft]] = field(default_factory=dict)
    _broader: list[tuple[int, str, ValueDraft, str]] = field(default_factory=list)
    _carried: list[tuple[int, CategoryDraft, str]] = field(default_factory=list)

    def take(self, row: _Row) -> None:
        """Add a row. Its names and aliases are those of the value, else of the attribute, else of the category."""
        if not row["attribute"] and not row["category"]:
            raise _BadRow("names neither an attribute nor a category")
        if row["value"] and not row["attribute"]:
            raise _BadRow(f"the value '{row['value']}' has no attribute")
        if row["broader"] and not row["value"]:
            raise _BadRow(f"'{row['broader']}' is broader than which value? The value is empty")
        if row["category"]:
            self._take_category(row, own=not row["attribute"])
        if row["attribute"]:
            attribute = self._take_attribute(row)
            if row["value"]:
                self._take_value(row, attribute)
            else:
                _add_names(attribute.names, attribute.aliases, row)

    def _take_attribute(self, row: _Row) -> AttributeDraft:
        name = row["attribute"]
        draft = self.attributes.get(fold_name(name))
        if draft is None:
            draft = AttributeDraft(key=fold_name(name), names={language_of_name(name): name})
            self.attributes[fold_name(name)] = draft
        for language in ("en", "zh"):
            if row[f"attribute_{language}"]:
                _set_name(draft.names, draft.aliases, language, row[f"attribute_{language}"])
        return draft

    def _take_value(self, row: _Row, attribute: AttributeDraft) -> None:
        name = row["value"]
        place = (fold_name(row["attribute"]), fold_name(name))
        if place not in self._values:
            draft = ValueDraft(key=place[1], names={language_of_name(name): name})
            self._values[place] = (row.number, draft)
            attribute.values.append(draft)
        first, draft = self._values[place]
        try:
            _add_names(draft.names, draft.aliases, row)
        except _BadRow as error:
            raise _BadRow(f"{error} (the value '{name}' is first in row {first})") from error
        if row["broader"]:
            self._broader.append((row.number, place[0], draft, row["broader"]))

    def _take_category(self, row: _Row, *, own: bool) -> None:
        path = _PATH.split(row["category"])
        if not all(path):
            raise _BadRow(f"a name is missing in the path '{row['category']}'")
        drafts: list[CategoryDraft] = []
        for depth, name in enumerate(path, 1):
            key = " > ".join(fold_name(part) for part in path[:depth])
            above = drafts[-1].key if drafts else None
            drafts.append(self.categories.setdefault(key, CategoryDraft(key=key, parent=above, names={language_of_name(name): name})))
        draft = drafts[-1]
        if own:
            _add_category_names(drafts, row)
        else:
            self._carried.append((row.number, draft, row["attribute"]))
        self._carried.extend((row.number, draft, name) for name in row.items("attributes"))

    def finish(self) -> list[_Problem]:
        """Resolve the references between rows; what is defined nowhere comes back as problems."""
        problems: list[_Problem] = []
        for number, attribute, value, name in self._broader:
            found = self._values.get((attribute, fold_name(name))) or self._by_name(attribute, name)
            if found is None and not is_catch_all([name]):
                problems.append((number, f"the broader value '{name}' is no value of the attribute '{attribute}'"))
            elif found is not None:
                value.broader = found[1].key
        problems += self._circles()
        by_name = {fold_name(form): draft for draft in self.attributes.values() for form in (*draft.names.values(), *draft.aliases)}
        for number, category, name in self._carried:
            draft = self.attributes.get(fold_name(name)) or by_name.get(fold_name(name))
            if draft is None:
                problems.append((number, f"the attribute '{name}' is in no row; add one with attribute = {name}"))
            else:
                category.attributes.append(draft.key)
        return problems

    def _by_name(self, attribute: str, name: str) -> tuple[int, ValueDraft] | None:
        key = fold_name(name)
        mine = (found for (owner, _), found in self._values.items() if owner == attribute)
        return next((found for found in mine if key in {fold_name(form) for form in found[1].names.values()}), None)

    def _circles(self) -> list[_Problem]:
        problems: list[_Problem] = []
        for (attribute, _), (number, draft) in self._values.items():
            by_key = {value.key: value for value in self.attributes[attribute].values} if draft.broader else {}
            seen: set[str] = set()
            at: ValueDraft | None = draft
            while at is not None and at.broader is not None and at.key not in seen:
                seen.add(at.key)
                at = by_key.get(at.broader)
            if at is draft and draft.broader is not None:
                problems.append((number, f"the broader values of '{draft.key}' lead back to itself"))
        return problems


def _add_names(names: dict[str, str], aliases: list[str], row: _Row) -> None:
    for language in ("en", "zh"):
        if row[language]:
            _set_name(names, aliases, language, row[language])
    aliases.extend(row.items("aliases"))


def _add_category_names(drafts: list[CategoryDraft], row: _Row) -> None:
    """Names in `en` and `zh` are the category's own, or whole paths that name those above it too."""
    for language in ("en", "zh"):
        path = _PATH.split(row[language]) if row[language] else []
        if len(path) > 1 and (len(path) != len(drafts) or not all(path)):
            raise _BadRow(f"the path '{row[language]}' has not as many names as '{row['category']}'")
        for draft, name in zip(drafts[-len(path) :] if path else (), path, strict=False):
            _set_name(draft.names, draft.aliases, language, name)
    drafts[-1].aliases.extend(row.items("aliases"))


def _set_name(names: dict[str, str], aliases: list[str], language: str, name: str) -> None:
    """A name in its own column goes before one whose language was told from its script, which stays as another name."""
    known = names.get(language)
    if known is None or fold_name(known) == fold_name(name):
        names[language] = name
    elif len(names) == 1:
        names[language] = name
        aliases.append(known)
    else:
        raise _BadRow(f"two names in '{language}': '{known}' and '{name}'")
