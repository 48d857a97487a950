"""Open a catalogue of any kind and read its rows, one at a time.

catalogue = open_catalogue("products.csv")
print(catalogue.columns)                 # what each column became
for row in catalogue: ...                # RawRow; iterate as often as you like (standard input: once)
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from hangtag.catalog.columns import ColumnMap, map_columns
from hangtag.catalog.delimited import Dialect, find_dialect, read_delimited
from hangtag.catalog.encoding import guess_encoding
from hangtag.catalog.json_rows import read_json, read_lines
from hangtag.catalog.rejected import is_reject, rejected_row
from hangtag.catalog.rows import RawRow
from hangtag.catalog.source import ByteStream, Source, guess_format
from hangtag.catalog.tables import Parquet, SqlTable, is_sql_url
from hangtag.errors import CatalogError

__all__ = ["FORMATS", "Catalogue", "open_catalogue"]

FORMATS = ("csv", "jsonl", "json", "parquet", "sql")
_HEAD_ROWS = 200


class Catalogue:
    """A catalogue that can be read: `name`, `format`, `encoding`, and `columns`, which says what each column became.

    Iterating gives a `RawRow` per record, broken ones included; of a rejects file the rows that it holds. Made by `open_catalogue`.
    """

    def __init__(
        self, path: str | Path, *, columns: Mapping[str, str] | None, format: str | None, encoding: str | None, delimiter: str | None
    ) -> None:
        self.encoding: str | None = None
        self._dialect: Dialect | None = None
        self._source: Source | None = None
        self._table: Parquet | SqlTable | None = None
        self._delimiter = delimiter
        self._of_rejects, self._id_column = False, ""
        if is_sql_url(str(path)):
            self._table = SqlTable(str(path))
            self.name, self.format = self._table.name, "sql"
            names = self._table.columns
        else:
            self._source = Source(path)
            self.name = self._source.name
            names = self._open_file(self._source, format, encoding)
        self._check_columns(names, columns)
        if self._of_rejects and names:
            self._id_column = self.columns.first("id") or "id"
            self._check_columns(tuple(dict.fromkeys((*names, self._id_column))), columns)

    def _open_file(self, source: Source, format: str | None, encoding: str | None) -> tuple[str, ...]:
        """Find out format, encoding and dialect; gives the columns that the first rows show."""
        self.encoding = encoding or guess_encoding(source.sample)
        try:
            text = source.sample.decode(self.encoding, "replace")
        except LookupError:
            raise CatalogError(f"{source.name}: there is no encoding '{encoding}'; try utf-8, gb18030, utf-16 or cp1252") from None
        self.format = format or guess_format(source.sample, text, name=source.name)
        if self.format == "parquet":
            if source.path is None:
                raise CatalogError("Parquet cannot be read from standard input: save it to a file and name that")
            self._table = Parquet(source.path)
            return self._table.columns
        if self.format == "csv":
            self._dialect = find_dialect(text, name=source.name, delimiter=self._delimiter)
        head = list(islice(self._rows(ByteStream(io.BytesIO(source.sample))), _HEAD_ROWS))
        if not head:
            if source.sample_broken:
                raise CatalogError(f"{source.name}: {source.sample_broken}, before its first product: get the file again")
            what = "a header and no rows" if self._dialect else "no records"
            raise CatalogError(f"{source.name} holds {what}: give a catalogue with at least one product")
        if self._dialect:
            return self._dialect.columns
        self._of_rejects = all(is_reject(row.record) for row in head)
        if self._of_rejects:
            head = [rejected_row(row) for row in head]
        return tuple(dict.fromkeys(key for row in head if row.record for key in row.record))

    def _check_columns(self, names: tuple[str, ...], given: Mapping[str, str] | None) -> None:
        self.columns: ColumnMap = map_columns(names, given=given, name=self.name)
        if names and not any(self.columns.first(role) for role in ("title", "description", "text")):
            found = ", ".join(names[:40]) + (" …" if len(names) > 40 else "")
            raise CatalogError(f"{self.name} has no column that looks like a title; its columns are {found}. Name it: --map title=COLUMN")

    def __iter__(self) -> Iterator[RawRow]:
        if self._table is not None:
            yield from self._table
        elif self._source is not None:
            with self._source.open() as stream:
                yield from self._rows(stream)

    def _rows(self, stream: ByteStream) -> Iterator[RawRow]:
        encoding = self.encoding or "utf-8"
        if self._dialect is not None:
            return read_delimited(stream, encoding, self._dialect)
        rows = read_lines(stream, encoding) if self.format == "jsonl" else read_json(stream, encoding)
        return (rejected_row(row, self._id_column) for row in rows) if self._of_rejects else rows

    def estimate_rows(self) -> int | None:
        """About how many rows there are, without reading them all; None where that cannot be told (standard input, a query)."""
        if isinstance(self._table, Parquet):
            return self._table.n_rows
        source = self._source
        if source is None or source.size_bytes is None:
            return None
        n_rows = sum(1 for _ in self._rows(ByteStream(io.BytesIO(source.sample))))
        packed = source.sample_below if source.sample_below < source.size_bytes else source.size_bytes
        if packed == source.size_bytes:
            return n_rows
        if source.path is not None and source.path.open("rb").read(2) == b"\x1f\x8b":
            packed = len(gzip.compress(source.sample, 6))
        return round(n_rows * source.size_bytes / packed)


def open_catalogue(
    path: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    format: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Catalogue:
    """Open a catalogue: CSV, TSV, JSON, JSON Lines (plain or gzip), Parquet, a database URL, or `-` for standard input.

    `columns` maps our fields to the user's columns (`{"title": "商品名"}`) and wins over the guess. Format, encoding and delimiter are
    found out where they are not given. Raises `CatalogError` where nothing can be read or no column is a title, `MissingExtra` where
    Parquet needs DuckDB.
    """
    if format is not None and format not in FORMATS:
        raise CatalogError(f"there is no catalogue format '{format}': use one of {', '.join(FORMATS)}")
    return Catalogue(path, columns=columns, format=format, encoding=encoding, delimiter=delimiter)
