"""Records of CSV, TSV and their relatives, from files people edited by hand.

The dialect is RFC 4180 with any delimiter. What breaks other readers is met row by row: a quote that is never closed costs its own line
and not the rest of the file, quotes inside quoted text are put up with where the number of fields comes out right, rows with too many
fields are reported, rows with too few are filled up unless they look like the pieces of one record.
"""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hangtag.catalog.columns import role_of_name
from hangtag.catalog.encoding import repair_line
from hangtag.catalog.rows import BROKEN_CURE, RawRow
from hangtag.catalog.source import ByteStream
from hangtag.errors import CatalogError

__all__ = ["Dialect", "find_dialect", "read_delimited"]

DELIMITERS = (",", "\t", ";", "|", "\x01")
NO_DELIMITER = "\x1f"  # for files of one column: a character no text holds
_MAX_RECORD_LINES = 5_000
_SNIFF_RECORDS = 50
_FIELD_LIMIT = 2**31 - 1
_TAOBAO_VERSION = re.compile(r"version\s*[\d.]+\s*$", re.IGNORECASE)
_SEPARATOR_HINT = re.compile(r'"?sep=(.)"?\s*$', re.IGNORECASE)
_QUOTE_CURE = 'close the quote, and double quotes inside quoted text: "17"" monitor"'
_SPLIT_CURE = "put text that holds the delimiter or a line break in double quotes"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a delimited file is read: its delimiter, its column names, and how many records stand before the first product."""

    delimiter: str
    columns: tuple[str, ...]
    skip: int


def find_dialect(sample: str, *, name: str, delimiter: str | None = None) -> Dialect:
    """The dialect of a file that begins with `sample`; raises `CatalogError` where it has no header."""
    csv.field_size_limit(_FIELD_LIMIT)
    lines = [line for line in io.StringIO(sample.replace("\x00", ""), newline="")][: 20 * _SNIFF_RECORDS]
    skip = 0
    while skip < len(lines) and _is_preamble(lines[skip]):
        hint = _SEPARATOR_HINT.match(lines[skip].strip("\ufeff"))
        delimiter = delimiter or (hint.group(1) if hint else None)
        skip += 1
    lines = lines[skip:]
    candidates = [delimiter] if delimiter else list(DELIMITERS)
    tables = {each: _sample_table(lines, each) for each in candidates}
    best = max(candidates, key=lambda each: _fitness(tables[each]))
    table = tables[best]
    if not table or not any(cell.strip() for cell in table[0]):
        raise CatalogError(f"{name} has no header: the first line must name the columns")
    if len(table[0]) == 1 and delimiter is None:
        best, table = NO_DELIMITER, _sample_table(lines, NO_DELIMITER)
    columns = _column_names(table[0])
    after = 1
    if skip and len(table) > 1 and role_of_name(columns[0]) and role_of_name(table[1][0]) == role_of_name(columns[0]):
        after = 2  # Taobao Assistant writes the names twice, in English and in Chinese
    return Dialect(best, columns, skip + after)


def read_delimited(stream: ByteStream, encoding: str, dialect: Dialect) -> Iterator[RawRow]:
    """One row per record after the header; blank lines are passed over."""
    csv.field_size_limit(_FIELD_LIMIT)
    lines = _Lines(stream, encoding)
    reader = csv.reader(lines, delimiter=dialect.delimiter, strict=True)
    pieces = _Pieces(len(dialect.columns))
    columns, n_columns = dialect.columns, len(dialect.columns)
    number, to_skip = 0, dialect.skip
    while True:
        lines.begin()
        try:
            cells: list[str] | None = next(reader)
        except StopIteration:
            break
        except (_Unclosed, csv.Error):
            cells = _split_leniently(lines.only_first(), dialect)
        if to_skip and (cells is None or cells):
            to_skip -= not _is_blank(lines.current)
            continue
        if cells is None:
            number += 1
            pieces.total = 0
            reason = f"a quote opened in line {lines.first} is not closed, or stands in the middle of quoted text"
            yield RawRow(number, lines.first, lines.text(), None, reason, _QUOTE_CURE)
        elif len(cells) == n_columns:
            if n_columns == 1 and not cells[0].strip():
                continue
            number += 1
            pieces.total = 0
            record = dict(zip(columns, cells, strict=True))
            yield RawRow(number, lines.first, record, record)
        elif cells and (len(cells) > 1 or cells[0].strip(" \x00\ufeff")):
            number += 1
            yield _ragged(cells, columns, RawRow(number, lines.first, lines.text(), None), pieces)
    if stream.broken:
        yield RawRow(number + 1, lines.last + 1, lines.tail, None, stream.broken, BROKEN_CURE)


class _Unclosed(Exception):
    """A quoted field that goes on for too long, or to the end of the file."""


class _Pieces:
    """Adds up short rows in a row, to tell the pieces of one record broken at a bare line break."""

    def __init__(self, n_columns: int) -> None:
        self.n_columns = n_columns
        self.total = 0

    def completes(self, n_cells: int) -> bool:
        """Whether a short row of `n_cells` makes up exactly one record with the short rows just before it."""
        self.total = n_cells if self.total == 0 else self.total + n_cells - 1
        if self.total == self.n_columns:
            self.total = 0
            return True
        if self.total > self.n_columns:
            self.total = n_cells
        return False


class _Lines:
    """Feeds lines to `csv.reader` and remembers those of the record being read, so that a broken record can be undone."""

    def __init__(self, stream: ByteStream, encoding: str) -> None:
        errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
        text = io.TextIOWrapper(io.BufferedReader(stream, 1 << 18), encoding=encoding, errors=errors, newline="")
        self._source = iter(text)
        self._stream = stream
        self._repair = errors == "surrogateescape"
        self._again: deque[str] = deque()
        self.current: list[str] = []
        self.last = 0
        self.first = 1
        self.tail = ""

    def begin(self) -> None:
        """A new record begins with the next line."""
        self.current.clear()
        self.first = self.last + 1

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if len(self.current) >= _MAX_RECORD_LINES:
            raise _Unclosed
        if self._again:
            line = self._again.popleft()
        else:
            try:
                line = self._read()
            except StopIteration:
                if self.current:
                    raise _Unclosed from None
                raise
        self.current.append(line)
        self.last += 1
        return line

    def _read(self) -> str:
        line = next(self._source)
        if self._repair and not line.isascii():
            line = repair_line(line)
        if self.last == 0:
            line = line.lstrip("\ufeff")
        if self._stream.broken and not line.endswith(("\n", "\r")):
            self.tail = line
            raise StopIteration
        return line

    def only_first(self) -> str:
        """Give back all lines of the record but the first, which is returned."""
        self._again.extendleft(reversed(self.current[1:]))
        self.last = self.first
        del self.current[1:]
        return self.current[0]

    def text(self) -> str:
        """The record as it stands in the file."""
        return "".join(self.current).rstrip("\r\n")


def _is_preamble(line: str) -> bool:
    bare = line.strip("\ufeff \t\r\n,;")
    return not bare or bool(_TAOBAO_VERSION.match(bare) or _SEPARATOR_HINT.match(bare + line.strip()[len(bare) :]))


def _is_blank(lines: Sequence[str]) -> bool:
    return not "".join(lines).strip("\r\n")


def _sample_table(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    table: list[list[str]] = []
    for cells in csv.reader(lines, delimiter=delimiter):
        if cells:
            table.append(cells)
        if len(table) >= _SNIFF_RECORDS:
            break
    return table


def _fitness(table: Sequence[Sequence[str]]) -> tuple[int, float, int]:
    """How well a delimiter fits: columns whose names are known, rows as wide as the header, width."""
    if not table or len(table[0]) < 2:
        return (0, 0.0, 0)
    header = table[0]
    known = len({role for cell in header if (role := role_of_name(cell)) is not None})
    same = sum(1 for row in table[1:] if len(row) == len(header)) / max(1, len(table) - 1)
    return (known, round(same, 1), len(header))


def _column_names(header: Sequence[str]) -> tuple[str, ...]:
    """Column names without marks and blanks; empty ones are numbered, repeated ones too."""
    names: list[str] = []
    seen: dict[str, int] = {}
    for position, cell in enumerate(header, 1):
        name = re.sub(r"[\x00-\x1f\ufeff\u200b]+", " ", cell).strip() or f"column {position}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(names)


def _ragged(cells: list[str], columns: tuple[str, ...], row: RawRow, pieces: _Pieces) -> RawRow:
    """A row that is not as wide as the header: filled up, cut of empty cells, or an error."""
    n_columns = len(columns)
    if len(cells) > n_columns:
        pieces.total = 0
        if any(cell.strip() for cell in cells[n_columns:]):
            reason = f"{len(cells)} fields where the header has {n_columns}"
            return row._replace(error=reason, cure=_SPLIT_CURE)
    elif pieces.completes(len(cells)):
        reason = f"{len(cells)} of {n_columns} fields: with the short rows before it this is one record broken at a line break"
        return row._replace(error=reason, cure=_SPLIT_CURE)
    padded = cells[:n_columns] + [""] * (n_columns - len(cells))
    record = dict(zip(columns, padded, strict=True))
    return row._replace(raw=record, record=record)


def _split_leniently(line: str, dialect: Dialect) -> list[str] | None:
    """Fields of one line whose quotes are not doubled: a quote closes only before a delimiter or the end. None where that fails."""
    mark = re.escape(dialect.delimiter)
    bare = line.rstrip("\r\n")
    field = re.compile(rf'"([^"]*(?:"(?!\s*(?:{mark}|$))[^"]*)*)"\s*(?={mark}|$)|([^{mark}]*)')
    cells: list[str] = []
    position = 0
    while position <= len(bare):
        match = field.match(bare, position)
        if match is None:
            return None
        quoted, plain = match.group(1), match.group(2)
        if plain is not None and plain.startswith('"') and plain.count('"') % 2:
            return None
        cells.append(plain if quoted is None else quoted.replace('""', '"'))
        position = match.end() + 1
    return cells if len(cells) == len(dialect.columns) else None
