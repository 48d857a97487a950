"""Gold as a table, CSV or TSV: a catalogue's columns as they are, and one column `gold.ATTRIBUTE` for each attribute.

Several values in a cell are parted by "|". An empty cell says that the product was judged to have none, "?" that nobody judged it.
A table is stricter than a catalogue: a row that cannot be read for certain would move labels from one attribute to another.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from hangtag.errors import GoldError
from hangtag.evaluate.lines import raw_lines

__all__ = ["is_table", "table_records"]

_LABELS = "gold."
_DELIMITERS = {".csv": (",", "comma"), ".tsv": ("\t", "tab")}
_MOST_CHARS = 131_072  # the csv module's own limit
_NO_LIMIT = 2**31 - 1
_LIKE_LABELS = re.compile(r"(?:gold|label)s?[\s._:/(\[-]+(?P<attribute>[^)\]]+)[)\]]?", re.IGNORECASE)
_QUOTE_CURE = 'close every quote, and double quotes inside quoted text: "17"" monitor"'


def is_table(path: str | Path) -> bool:
    """Whether a gold file is a table, by its suffix: `.csv`, `.tsv`, and those gzipped."""
    return _kind(path) in _DELIMITERS


def table_records(path: str | Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The records of a gold table with the lines they begin on, as a JSONL line would hold them: "gold" maps attributes to lists of values.

    Rows without any text are passed over, an empty "id" is none. Raises `GoldError` naming file, line and column for a file that cannot
    be read, is not UTF-8 or has no column of labels, and for rows that are not as wide as the header.
    """
    delimiter, word = _DELIMITERS[_kind(path)]
    rows = _rows(Path(path), delimiter)
    line, header = next(rows, (1, []))
    if not header:
        raise GoldError(f"{path}, line 1: an empty file: begin with a header that names the columns, such as id,title,gold.color")
    columns = _columns(header, f"{path}, line {line}")
    for line, cells in rows:
        where = f"{path}, line {line}"
        if len(cells) > len(columns):
            cure = f"put text that holds a {word} or a line break in double quotes"
            raise GoldError(f"{where}: {len(cells)} cells where the header names {len(columns)} columns: {cure}")
        if len(cells) < len(columns):
            missing = columns[len(cells)]
            raise GoldError(f"{where}, column '{missing}': the row ends before it: write every cell; an empty one is judged and absent")
        yield line, _record(columns, cells, where)


def _kind(path: str | Path) -> str:
    path = Path(path)
    return Path(path.stem).suffix.lower() if path.suffix.lower() == ".gz" else path.suffix.lower()


def _rows(path: Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(_NO_LIMIT)  # cells are measured here, where their column is known
    reader = csv.reader(_text_lines(path), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            raise GoldError(f"{path}, line {line}: a row that begins here cannot be read ({problem}): {_QUOTE_CURE}") from problem
        if any(cell.strip() for cell in cells):
            yield line, cells


def _text_lines(path: Path) -> Iterator[str]:
    for number, line in enumerate(raw_lines(path, GoldError), start=1):
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as problem:
            cure = "save the table as UTF-8 (in Excel: 'CSV UTF-8')"
            raise GoldError(f"{path}, line {number}: not UTF-8 ({problem.reason} at byte {problem.start + 1}): {cure}") from problem
        yield from io.StringIO(text, newline="")  # carriage returns alone end a line too


def _columns(header: Sequence[str], where: str) -> tuple[str, ...]:
    """The names of the columns, blanks around them taken off; empty ones are numbered."""
    _check_cells([str(number) for number in range(1, len(header) + 1)], header, where)
    names = tuple(_column_name(cell.strip(), number) for number, cell in enumerate(header, start=1))
    if len(names) == 1 and re.search(r"[;,\t|]", names[0]):
        raise GoldError(f"{where}, column '{names[0]}': one column alone: part columns by commas in .csv, by tabs in .tsv")
    for name, count in Counter(names).items():
        at = f"{where}, column '{name}'"
        if count > 1:
            raise GoldError(f"{at}: {count} columns have this name: give every column a name of its own")
        if name == _LABELS:
            raise GoldError(f"{at}: an attribute without a name: name it, such as gold.color")
        if name == "gold":
            raise GoldError(f"{at}: labels of no attribute: give each attribute a column, such as gold.color")
        if name == "spans":
            raise GoldError(f"{at}: a table holds no places of values: leave the column out, or write JSON Lines (.jsonl)")
        if not name.startswith(_LABELS) and name.casefold().startswith((_LABELS, "golds.")):
            raise GoldError(f"{at}: it would be read as text of the product: did you mean '{_LABELS}{name.partition('.')[2]}'?")
    if not any(name.startswith(_LABELS) for name in names):
        raise GoldError(f"{where}: no column 'gold.ATTRIBUTE'{_meant(names)}: give each judged attribute a column, such as gold.color")
    return names


def _column_name(name: str, number: int) -> str:
    if name.startswith(_LABELS):
        return _LABELS + name.removeprefix(_LABELS).strip()
    return name or f"column {number}"


def _meant(names: Sequence[str]) -> str:
    found = next(((name, match) for name in names if (match := _LIKE_LABELS.fullmatch(name))), None)
    return f" (did you mean '{_LABELS}{found[1]['attribute'].strip()}' by '{found[0]}'?)" if found else ""


def _record(columns: Sequence[str], cells: Sequence[str], where: str) -> dict[str, Any]:
    _check_cells(columns, cells, where)
    record: dict[str, Any] = {}
    gold: dict[str, list[str]] = {}
    for column, cell in zip(columns, cells, strict=True):
        if not column.startswith(_LABELS):
            record[column] = cell
        elif cell.strip() != "?":
            gold[column.removeprefix(_LABELS)] = _values(cell, f"{where}, column '{column}'")
    if not str(record.get("id", "")).strip():
        record.pop("id", None)
    return {**record, "gold": gold}


def _values(cell: str, at: str) -> list[str]:
    if not cell.strip():
        return []
    values = [value.strip() for value in cell.split("|")]
    if "" in values:
        raise GoldError(f"{at}: an empty value in {cell!r}: part values by one '|', and leave the cell empty where there is none")
    if "?" in values:
        raise GoldError(f"{at}: '?' beside values in {cell!r}: it stands alone, for an attribute nobody judged")
    return values


def _check_cells(columns: Sequence[str], cells: Sequence[str], where: str) -> None:
    for column, cell in zip(columns, cells, strict=True):
        if "\0" in cell:
            raise GoldError(f"{where}, column '{column}': a NUL byte: save the table as UTF-8 text, or take the byte out")
        if len(cell) > _MOST_CHARS:
            cure = "close the quote that was left open, or shorten the text"
            raise GoldError(f"{where}, column '{column}': {len(cell)} characters where a cell holds {_MOST_CHARS} at most: {cure}")
