"""Which column of a catalogue is what: title, description, category …; everything else is an attribute.

The guess goes by column names only, so that it is the same for every part of a catalogue; a user's own map overrides it. `ColumnMap` says
for every column what it became and why.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from hangtag.catalog.column_names import IGNORED, LABELS, LEVELS, NAMES, PAIRS, PATTERNS
from hangtag.errors import CatalogError

__all__ = ["ROLES", "ColumnMap", "map_columns", "role_of_name"]

ROLES = (
    "id", "title", "description", "category", "brand", "price", "language", "image", "audio", "reviews", "attributes", "text", "ignore",
)  # fmt: skip
_MANY = frozenset({"category", "image", "audio", "reviews", "attributes", "text", "ignore"})
_RANKS = {name: (role, rank) for role, names in reversed(NAMES.items()) for rank, name in enumerate(names)}
_PATTERNS = tuple((re.compile(pattern), role) for pattern, role in PATTERNS)
_LEVELS = tuple(re.compile(pattern) for pattern in LEVELS)
_PAIR = re.compile(PAIRS, re.IGNORECASE)
_FOLD = re.compile(r"[\s_\-.:()（）\[\]【】/·*＊#]+")
_LANGUAGE_SUFFIX = re.compile(r"@(?:en|zh)$")
_SYNONYMS = {"images": "image", "review": "reviews", "categories": "category", "attribute": "attributes"}
_ORDER = "一1main二2sub三3四4五5"
_PATTERN_RANK = 1000


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """What the columns of one catalogue became. `roles` maps a column to its role, `reasons` to why; the rest are attributes.

    `names` are the keys under which columns mapped as `attributes.NAME` are kept. `category` lists the category columns from the
    widest to the narrowest. `pairs` are (name column, value column) of attributes written as two columns.
    """

    columns: tuple[str, ...]
    roles: Mapping[str, str]
    reasons: Mapping[str, str]
    names: Mapping[str, str] = field(default_factory=dict)
    pairs: tuple[tuple[str, str], ...] = ()

    def of(self, role: str) -> tuple[str, ...]:
        """The columns with a role, in order."""
        return tuple(column for column, its_role in self.roles.items() if its_role == role)

    def first(self, role: str) -> str | None:
        """The column with a role, None where there is none."""
        return next(iter(self.of(role)), None)

    def rows(self) -> list[tuple[str, str, str]]:
        """(column, what it became, why) for every column known so far, to be shown to people."""
        return [(column, self.roles[column], self.reasons.get(column, "any other column")) for column in self.columns]

    def __str__(self) -> str:
        width = max((len(column) for column in self.columns), default=0)
        return "\n".join(f"{column:<{width}}  {role:<11}  {why}" for column, role, why in self.rows())


def map_columns(columns: Iterable[str], *, given: Mapping[str, str] | None = None, name: str = "the catalogue") -> ColumnMap:
    """Guess what `columns` are. `given` maps our field to the user's column and wins; raises `CatalogError` where it names none of them.

    A column that is nothing known is an attribute under its own name. `given` may hold any of `ROLES`, and `attributes.NAME`.
    """
    known = tuple(dict.fromkeys(columns))
    roles, reasons, names = _given_roles(given or {}, known, name)
    _guess_single(known, roles, reasons)
    _guess_levels(known, roles, reasons)
    pairs = _find_pairs(known, roles)
    ordered = {column: role for column, role in sorted(roles.items(), key=lambda item: _level(item[0], item[1], known))}
    attributes = {column: "attribute" for column in known if column not in ordered}
    return ColumnMap(known, ordered | attributes, reasons, names, pairs)


@lru_cache(maxsize=4096)
def role_of_name(column: str) -> str | None:
    """What a column with this name most likely is; None for an attribute."""
    found = _rank(column)
    return found[0] if found else None


@lru_cache(maxsize=4096)
def _rank(column: str) -> tuple[str, int] | None:
    if column in IGNORED or column.startswith(LABELS):
        return ("ignore", 0)
    folded = _fold(column)
    if folded in _RANKS:
        return _RANKS[folded]
    for rank, (pattern, role) in enumerate(_PATTERNS):
        if pattern.fullmatch(folded):
            return (role, _PATTERN_RANK + rank) if role else None
    numbered = re.fullmatch(r"(.*?)\d+", folded)
    if numbered and _RANKS.get(numbered.group(1), ("", 0))[0] in ("text", "image"):
        return (_RANKS[numbered.group(1)][0], _PATTERN_RANK)
    return None


def _fold(column: str) -> str:
    return _FOLD.sub("", _LANGUAGE_SUFFIX.sub("", column.strip().casefold()))


def _given_roles(given: Mapping[str, str], known: Sequence[str], name: str) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    roles: dict[str, str] = {}
    reasons: dict[str, str] = {}
    names: dict[str, str] = {}
    for ours, theirs in given.items():
        role = _SYNONYMS.get(ours, ours)
        own_name = role[len("attributes.") :] if role.startswith("attributes.") else ""
        if role not in ROLES and not own_name:
            fields, near = ", ".join(ROLES), _did_you_mean(ours, ROLES)
            raise CatalogError(f"--map {ours}={theirs}: '{ours}' is no field{near}; fields are {fields}, attributes.NAME")
        for column in _named_columns(theirs, known, many=role in _MANY):
            if known and column not in known:
                found = ", ".join(known) or "none"
                raise CatalogError(
                    f"--map {ours}={theirs}: {name} has no column '{column}'{_did_you_mean(column, known)}; its columns are {found}"
                )
            roles[column] = "attribute" if own_name else role
            reasons[column] = "given by you"
            if own_name:
                names[column] = own_name
    return roles, reasons, names


def _named_columns(theirs: str, known: Sequence[str], *, many: bool) -> list[str]:
    if theirs in known or not many:
        return [theirs]
    return [column.strip() for column in theirs.split(",") if column.strip()]


def _did_you_mean(word: str, choices: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, choices, n=1)
    return f" (did you mean '{near[0]}'?)" if near else ""


def _guess_single(known: Sequence[str], roles: dict[str, str], reasons: dict[str, str]) -> None:
    """Give each role its best column; the runners-up stay free text where they are text, attributes where they are not."""
    taken = set(roles.values())
    candidates: dict[str, list[tuple[int, int, str]]] = {}
    for position, column in enumerate(known):
        found = _rank(column)
        if column not in roles and found is not None:
            candidates.setdefault(found[0], []).append((found[1], position, column))
    for role, ranked in candidates.items():
        many = role in ("text", "ignore", "image", "attributes")
        for place, (_, _, column) in enumerate(sorted(ranked)):
            if many or (place == 0 and role not in taken):
                roles[column] = role
                reasons[column] = "a label, not product text" if role == "ignore" else "by its name"
            elif role in ("title", "description"):
                roles[column] = "text"
                reasons[column] = f"by its name, beside the {role}"


def _guess_levels(known: Sequence[str], roles: dict[str, str], reasons: dict[str, str]) -> None:
    """Columns that hold one level of the category each make one path together."""
    levels = [column for column in known if _level_of(column) and roles.get(column) in (None, "category")]
    given = any(role == "category" and reasons.get(column) == "given by you" for column, role in roles.items())
    whole = any(role == "category" and column not in levels for column, role in roles.items())
    if len(levels) >= 2 and not given and not whole:
        for column in levels:
            roles[column] = "category"
            reasons[column] = "a level of the category, by its name"


def _level_of(column: str) -> str | None:
    folded = _fold(column)
    for pattern in _LEVELS:
        match = pattern.fullmatch(folded)
        if match:
            return match.group("n")
    return None


def _level(column: str, role: str, known: Sequence[str]) -> tuple[int, int]:
    """Sorts category columns by level and all others as they stand."""
    level = _level_of(column) if role == "category" else None
    position = known.index(column) if column in known else len(known)
    return (_ORDER.index(level) if level else 0, position)


def _find_pairs(known: Sequence[str], roles: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    names: dict[str, str] = {}
    values: dict[str, str] = {}
    for column in known:
        match = _PAIR.fullmatch(column.strip())
        if match and column not in roles:
            stem = _fold(match.group("stem"))
            (names if match.group("part").casefold() in ("name", "名", "名称") else values).setdefault(stem, column)
    return tuple((names[stem], values[stem]) for stem in names if stem in values)
