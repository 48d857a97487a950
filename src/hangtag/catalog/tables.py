"""Records of Parquet files (DuckDB, an extra) and of SQL tables (SQLAlchemy)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from hangtag import extras
from hangtag.catalog.rows import BROKEN_CURE, RawRow
from hangtag.errors import CatalogError

__all__ = ["Parquet", "SqlTable", "is_sql_url"]

_BATCH_ROWS = 2_000
_NO_DATABASE = frozenset({"http", "https", "file", "s3", "ftp"})


def is_sql_url(path: str) -> bool:
    """Whether a catalogue is named by a database URL such as `sqlite:///shop.db?table=products`."""
    scheme, mark, _ = path.partition("://")
    return bool(mark) and scheme.replace("+", "").replace("_", "").isalnum() and scheme.lower() not in _NO_DATABASE


class Parquet:
    """A Parquet file, read in batches."""

    def __init__(self, path: Path) -> None:
        self._duckdb = extras.require("duckdb", extra="parquet")
        self._path = path
        try:
            with self._duckdb.connect() as connection:
                cursor = connection.execute("SELECT * FROM read_parquet(?) LIMIT 0", [str(path)])
                self.columns = tuple(str(column[0]) for column in cursor.description)
                self.n_rows = int(connection.execute("SELECT count(*) FROM read_parquet(?)", [str(path)]).fetchone()[0])
        except self._duckdb.Error as error:
            what = _first_line(error)
            raise CatalogError(f"{path} cannot be read as Parquet: {what}; write it again, or give CSV or JSON Lines") from error

    def __iter__(self) -> Iterator[RawRow]:
        number = 0
        with self._duckdb.connect(config={"threads": 1}) as connection:
            try:
                cursor = connection.execute("SELECT * FROM read_parquet(?)", [str(self._path)])
                while batch := cursor.fetchmany(_BATCH_ROWS):
                    for values in batch:
                        number += 1
                        record = dict(zip(self.columns, values, strict=True))
                        yield RawRow(number, None, record, record)
            except self._duckdb.Error as error:
                reason = f"the Parquet file is damaged here: {_first_line(error)}"
                yield RawRow(number + 1, None, "", None, reason, BROKEN_CURE)


class SqlTable:
    """A table or query of a database: an SQLAlchemy URL with `table=NAME` or `query=SELECT …` among its parameters."""

    def __init__(self, url: str) -> None:
        sqlalchemy = extras.require("sqlalchemy", extra="sql")
        base, _, tail = url.partition("?")
        options = dict(parse_qsl(tail))
        table, query = options.pop("table", None), options.pop("query", None)
        self._sql = sqlalchemy
        self.name = base
        if base.lower().startswith("sqlite") and not _sqlite_file_exists(base):
            cure = "a URL has three slashes before a relative path, four before an absolute one"
            raise CatalogError(f"{base}: there is no such database file; {cure}")
        try:
            self._engine = sqlalchemy.create_engine(base + ("?" + urlencode(options) if options else ""))
            self._statement = self._choose(table, query)
            with self._engine.connect() as connection:
                empty = sqlalchemy.text(f"SELECT * FROM ({self._statement}) AS catalogue WHERE 1 = 0")
                self.columns = tuple(connection.execute(empty).keys())
        except ModuleNotFoundError as error:
            raise CatalogError(f"{base} needs the driver '{error.name}': pip install {error.name}") from error
        except sqlalchemy.exc.SQLAlchemyError as error:
            raise CatalogError(f"{base} cannot be read: {_first_line(error)}") from error

    def _choose(self, table: str | None, query: str | None) -> str:
        if query is not None:
            return query.strip().rstrip(";")
        names = self._sql.inspect(self._engine).get_table_names() + self._sql.inspect(self._engine).get_view_names()
        if table is None and len(names) == 1:
            table = names[0]
        if table not in names:
            asked = "several tables, and none is named" if table is None else f"no table '{table}'"
            raise CatalogError(f"{self.name} has {asked}: end the URL with ?table=NAME, one of {', '.join(names) or '(it is empty)'}")
        return f"SELECT * FROM {self._engine.dialect.identifier_preparer.quote(table)}"

    def __iter__(self) -> Iterator[RawRow]:
        with self._engine.connect().execution_options(stream_results=True, yield_per=_BATCH_ROWS) as connection:
            for number, values in enumerate(connection.execute(self._sql.text(self._statement)), 1):
                record = dict(zip(self.columns, values, strict=True))
                yield RawRow(number, None, record, record)


def _sqlite_file_exists(url: str) -> bool:
    path = url.partition(":///")[2]
    return not path or path == ":memory:" or Path(path).is_file()


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
