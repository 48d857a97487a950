"""The shape of a vocabulary file, and of what it compiles to: one set of types for both. See docs/vocabulary.md for every key."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

__all__ = ["Attribute", "Category", "Document", "Kind", "Unit", "Value"]

Kind: TypeAlias = Literal["choice", "measure", "text", "flag"]


class _Term(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"exceptions": "except"}):
    """What attributes, values and categories share: an id, display names by language, and the forms people type."""

    id: str
    names: dict[str, str] = {}
    aliases: tuple[str, ...] = ()

    @property
    def forms(self) -> tuple[str, ...]:
        """Display names and aliases: all that is looked for in text."""
        return (*self.names.values(), *self.aliases)


class Value(_Term, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"exceptions": "except"}):
    """A value of a closed attribute."""

    weak: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    broader: str | None = None
    only: tuple[str, ...] = ()
    implies: dict[str, str] = {}


class Attribute(_Term, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An attribute. In a file `values` is a list; `Vocabulary.values_of` gives them by id."""

    kind: Kind = "choice"
    many: bool = False
    infer: bool = False
    extend: bool = False
    hides: tuple[str, ...] = ()
    values: tuple[Value, ...] = ()
    unit: str | None = None
    units: tuple[str, ...] = ()
    cues: tuple[str, ...] = ()
    default_for: tuple[str, ...] = ()
    range: tuple[float, float] | None = None


class Category(_Term, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"exceptions": "except"}):
    """A category; its parent is its id without the last part."""

    weak: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    implies: dict[str, str] = {}

    @property
    def parent(self) -> str | None:
        """The id of the category above, None for a department."""
        return self.id.rpartition("/")[0] or None


class Unit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A unit: one of it is `factor` of its quantity's base unit (plus `offset`, for °F)."""

    id: str
    quantity: str
    factor: float = 1.0
    offset: float = 0.0
    forms: tuple[str, ...] = ()


class Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One vocabulary file."""

    attributes: tuple[Attribute, ...] = ()
    categories: tuple[Category, ...] = ()
    units: tuple[Unit, ...] = ()
