"""From a record to a `Product`: texts cleaned, values made text, the language told, duplicate ids refused.

for item in clean_rows(open_catalogue("products.csv")):
    ...                                  # Cleaned (a product) or Reject (a row that gives none), one for every row, in order
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hangtag.catalog.columns import ColumnMap, role_of_name
from hangtag.catalog.memo import Memo
from hangtag.catalog.read import Catalogue
from hangtag.catalog.rows import RawRow, Reject
from hangtag.catalog.seen import FirstSeen
from hangtag.catalog.text import clean_prose, clean_title, clean_value
from hangtag.catalog.values import as_list, as_pairs, as_text, is_missing
from hangtag.model import ATTRIBUTE_FIELD, REVIEW_FIELD, Product
from hangtag.text.language import detect_language, normalise_language

__all__ = ["Cleaned", "clean_record", "clean_row", "clean_rows", "read_id"]

_PATH_MARK = re.compile(r"\s*(?:>+|›|»|→|▸|\|)\s*")
_BRAND_KEYS = frozenset({"brand", "品牌"})
_SHORT_CHARS = 80
_RESERVED_FIELDS = ("title", "description", "category")
_NO_TEXT_CURE = "give the row a title or a description; where another column holds it, name it: --map title=COLUMN"
_BROKEN_CURE = "see the raw row"
_ID_CURE = "give every product an id of its own, or name the column that holds it: --map id=COLUMN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """A product, and what cleaning did to its record.

    `changed` names the texts (as in `Product.text`) that are not, character for character, what the record holds; `notes` says in
    words what else was done; `row` is the record's number.
    """

    product: Product
    changed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    row: int = 0


def clean_rows(catalogue: Catalogue | Iterable[RawRow], *, columns: ColumnMap | None = None) -> Iterator[Cleaned | Reject]:
    """One `Cleaned` or `Reject` per row, in order. The second row with an id is a `Reject`: ids stay unique, nothing is lost.

    `columns` is taken from the catalogue where it is one. Remembers 12 to 36 bytes per row.
    """
    known = columns or (catalogue.columns if isinstance(catalogue, Catalogue) else None)
    if known is None:
        raise ValueError("clean_rows needs columns= where it is given rows and no Catalogue")
    seen = FirstSeen()
    for row in catalogue:
        cleaned = clean_row(row, known)
        yield _with_unique_id(cleaned, row, seen) if isinstance(cleaned, Cleaned) else cleaned


def clean_row(row: RawRow, columns: ColumnMap) -> Cleaned | Reject:
    """The product of one row, or why there is none, whatever ids other rows have."""
    if row.record is None:
        reason, cure = row.error or "the row cannot be read", row.cure or _BROKEN_CURE
        return Reject(row=row.number, reason=reason, cure=cure, raw=row.raw, line=row.line)
    cleaned = clean_record(row.record, columns, number=row.number)
    if isinstance(cleaned, Cleaned):
        return cleaned
    return Reject(row=row.number, reason=cleaned.reason, cure=cleaned.cure, raw=row.raw, line=row.line)


def clean_record(record: Mapping[str, Any], columns: ColumnMap, *, number: int = 1) -> Cleaned | Reject:
    """The product a record describes; a `Reject` where it holds no text at all. A pure function of its arguments.

    A record without an id becomes `row-NUMBER`. Columns that `columns` does not know are placed by their name.
    """
    draft = _Draft(columns)
    draft.read(record)
    if not draft.fields:
        return Reject(row=number, reason="the row has no title and no description", cure=_NO_TEXT_CURE, raw=dict(record))
    if "title" not in draft.fields:
        draft.notes.append("no title")
    if not draft.id:
        draft.id = f"row-{number}"
        draft.notes.append(f"no id: called {draft.id}")
    return Cleaned(product=draft.product(), changed=tuple(draft.changed), notes=tuple(draft.notes), row=number)


def _with_unique_id(cleaned: Cleaned, row: RawRow, seen: FirstSeen) -> Cleaned | Reject:
    first = seen.add(cleaned.product.id, row.number)
    return cleaned if first is None else repeated_id(cleaned.product.id, row, first)


def repeated_id(product_id: str, row: RawRow, first: int) -> Reject:
    """The reject for a row whose id the row `first` already has."""
    reason = f"duplicate id '{product_id}', first seen in row {first}"
    return Reject(row=row.number, reason=reason, cure=_ID_CURE, raw=row.raw, line=row.line)


def read_id(value: Any) -> str:
    """The id that the value of an id column gives; "" for none."""
    return "" if is_missing(value) else clean_value(value if type(value) is str else as_text(value))


class _Draft:
    """A product in the making: takes a record column by column."""

    def __init__(self, columns: ColumnMap) -> None:
        self.columns = columns
        self.id = ""
        self.fields: dict[str, str] = {}
        self.levels: list[tuple[str, Any]] = []
        self.category: str | None = None
        self.attributes: dict[str, str] = {}
        self.reviews: list[str] = []
        self.images: list[str] = []
        self.audio: list[str] = []
        self.language: str | None = None
        self.changed: list[str] = []
        self.notes: list[str] = []

    def read(self, record: Mapping[str, Any]) -> None:
        """Take everything a record holds."""
        roles = self.columns.roles
        paired = self._take_pairs(record) if self.columns.pairs else frozenset[str]()
        for column, value in record.items():
            role = roles.get(column) or self._late_role(column)
            if role == "attribute":
                if column not in paired:
                    self._put_attribute(self.columns.names.get(column, column), value, moved=column in self.columns.names)
            elif role != "ignore" and not is_missing(value):
                self._take(role, column, value)
        if self.levels:
            self._take_category()

    def product(self) -> Product:
        """The product, as far as it was taken."""
        language = self.language
        if language is None:
            title = self.fields.get("title", "")
            texts = self.fields.values() if len(title) < 40 else (title,)
            language = detect_language(" ".join(text[:200] for text in texts))
        return Product(
            id=self.id,
            fields=self.fields,
            category=self.category,
            attributes=self.attributes,
            reviews=tuple(self.reviews),
            images=tuple(self.images),
            audio=tuple(self.audio),
            language=language,
        )

    def _late_role(self, column: str) -> str:
        """The role of a column that the first rows did not show."""
        role = role_of_name(str(column)) or "attribute"
        if role in ("text", "ignore", "image", "attributes") or (role != "attribute" and self.columns.first(role) is None):
            return role
        return "text" if role in ("title", "description") else "attribute"

    def _take(self, role: str, column: str, value: Any) -> None:
        if role == "title":
            self._put_field("title", value, title=True)
        elif role in ("description", "text"):
            self._put_field("description" if role == "description" else self._field_name(column), value, title=False)
        elif role == "id":
            self.id = self.id or read_id(value)
        elif role == "brand":
            moved = column not in _BRAND_KEYS and column.casefold() not in _BRAND_KEYS
            self._put_attribute("brand" if moved else column, value, moved=moved)
        elif role == "price":
            self._put_attribute(column, value, moved=False)
        elif role == "category":
            self.levels.append((column, value))
        elif role == "language":
            self.language = self.language or normalise_language(value if type(value) is str else as_text(value))
        elif role == "attributes":
            self._take_attributes(column, value)
        elif role == "reviews":
            self._take_reviews(value)
        elif role in ("image", "audio"):
            (self.images if role == "image" else self.audio).extend(text.strip() for text in as_list(value, urls=True))

    def _field_name(self, column: str) -> str:
        """The name of a free text that is neither title nor description: its column's, unless that has a meaning of its own."""
        taken = column in _RESERVED_FIELDS or column.startswith((ATTRIBUTE_FIELD, REVIEW_FIELD))
        return f"{column} (2)" if taken else column

    def _put_field(self, name: str, value: Any, *, title: bool) -> None:
        text = value if type(value) is str else "\n".join(as_list(value)) if isinstance(value, list | tuple) else as_text(value)
        clean = clean_title(text) if title else clean_prose(text)
        if not clean or is_missing(clean):
            return
        self.fields[name] = clean
        if clean is not value and not _is_literal(value, clean):
            self.changed.append(name)

    def _put_attribute(self, name: str, value: Any, *, moved: bool) -> None:
        """Add an attribute; `moved` says that the record does not hold it under this name."""
        if type(value) is str:
            text, literal = value, True
        elif type(value) is int:
            text, literal = str(value), True
        elif type(value) is float:
            text, literal = _FLOATS[value]
        else:
            text = as_text(value)
            literal = _is_literal(value, text)
        clean = _VALUES[text]
        if clean is None:
            clean = text
        if clean:
            self._put_clean(name, clean, literal and not moved and clean is text)

    def _put_clean(self, name: str, clean: str, literal: bool) -> None:
        """Add an attribute with a clean value; `literal` says that the record holds just that. Two values of one name are joined."""
        key, field = _NAMES[name]
        if key is None:
            key = name
        else:
            literal = False
        attributes = self.attributes
        if key in attributes:
            if attributes[key] == clean:
                return
            clean, literal = f"{attributes[key]}, {clean}", False
        attributes[key] = clean
        if not literal:
            self.changed.append(field)

    def _take_attributes(self, column: str, value: Any) -> None:
        if isinstance(value, Mapping):
            self._take_object(value)
            return
        pairs = as_pairs(value)
        if pairs is None:
            self._put_attribute(column, value, moved=False)
            return
        for name, item in pairs:
            self._put_attribute(name, item, moved=True)

    def _take_object(self, nested: Mapping[Any, Any]) -> None:
        """Attributes held as an object. Most values of a catalogue come through here, so plain ones take the shortest way."""
        attributes, changed = self.attributes, self.changed
        for name, item in nested.items():
            kind = type(item)
            if kind is str:
                clean = _VALUES[item]
                literal = clean is None
                if literal:
                    clean = item
            elif kind is float:
                clean, literal = _FLOATS[item]
            elif kind is bool:
                clean, literal = ("true" if item else "false"), True
            else:
                for inner, each in as_pairs({name: item}) or ():
                    self._put_attribute(inner, each, moved=inner not in nested)
                continue
            key, field = _NAMES[name]
            if clean and key is None and name not in attributes:
                attributes[name] = clean
                if not literal:
                    changed.append(field)
            elif clean:
                self._put_clean(name, clean, literal)

    def _take_pairs(self, record: Mapping[str, Any]) -> frozenset[str]:
        """Attributes written as a column for the name and one for the value; gives the columns used up."""
        used: set[str] = set()
        for name_column, value_column in self.columns.pairs:
            name, value = record.get(name_column), record.get(value_column)
            used.update((name_column, value_column))
            if not is_missing(name) and not is_missing(value):
                self._put_attribute(as_text(name), value, moved=True)
            elif not is_missing(value):
                self._put_attribute(value_column, value, moved=False)
        return frozenset(used)

    def _take_category(self) -> None:
        order = {column: place for place, column in enumerate(self.columns.of("category"))}
        levels = [value for _, value in sorted(self.levels, key=lambda level: order.get(level[0], 0))]
        parts = [part for value in levels for part in _category_parts(value)]
        path = clean_value(" > ".join(dict.fromkeys(parts)) if len(parts) > 1 else "".join(parts))
        if any(mark in path for mark in ">›»→▸|"):
            path = _PATH_MARK.sub(" > ", path).removeprefix(" > ").removesuffix(" > ")
        if path:
            self.category = path
            if len(levels) > 1 or path != levels[0]:
                self.changed.append("category")

    def _take_reviews(self, value: Any) -> None:
        given = value if isinstance(value, list | tuple) else []
        for text in as_list(value):
            clean = clean_prose(text)
            if clean:
                place = len(self.reviews)
                self.reviews.append(clean)
                if place >= len(given) or given[place] is not clean:
                    self.changed.append(f"{REVIEW_FIELD}{place}")


def _clean_text(text: str) -> str | None:
    """A value cleaned: None where it stays as it is, "" where it says that there is none."""
    clean = clean_value(text)
    if len(text) <= _SHORT_CHARS and (clean in ("-", "--", "—") or (is_missing(clean) and clean.lower() != "none")):
        return ""
    return None if clean == text else clean


def _key_and_field(name: Any) -> tuple[str | None, str]:
    """An attribute's name cleaned, None where it stays as it is; and the name of its text in `Product.text`."""
    text = name if type(name) is str else str(name)
    key = _clean_text(text)
    if key is None or key == name:
        return (None if text is name else text), ATTRIBUTE_FIELD + text
    return key, ATTRIBUTE_FIELD + key


def _float_text(value: float) -> tuple[str, bool]:
    """A number as text ("" for NaN), and whether that is how JSON writes it."""
    text = "" if math.isnan(value) else as_text(value)
    return text, repr(value) == text


# Names and values repeat without end.
_VALUES = Memo(_clean_text, most=1 << 16)
_FLOATS = Memo(_float_text, most=1 << 14)
_NAMES = Memo(_key_and_field, most=1 << 14)


def _is_literal(value: Any, text: str) -> bool:
    """Whether `text` is how JSON writes `value`, so that a reader of the record finds the same characters."""
    if isinstance(value, bool):
        return True
    if isinstance(value, int):
        return str(value) == text
    return isinstance(value, float) and repr(value) == text


def _category_parts(value: Any) -> list[str]:
    path = isinstance(value, str) and not value.lstrip().startswith(('["', "['"))
    parts = [value] if path else as_list(value)
    return [part for part in parts if not is_missing(part)]
