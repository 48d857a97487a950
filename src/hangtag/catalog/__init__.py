"""Catalogues in and results out: open, map columns, clean to products, find duplicates, write tags and rejects."""

from hangtag.catalog.clean import Cleaned, clean_record, clean_row, clean_rows
from hangtag.catalog.columns import ColumnMap, map_columns
from hangtag.catalog.read import Catalogue, open_catalogue
from hangtag.catalog.rows import RawRow, Reject

__all__ = [
    "Catalogue",
    "Cleaned",
    "ColumnMap",
    "RawRow",
    "Reject",
    "clean_record",
    "clean_row",
    "clean_rows",
    "map_columns",
    "open_catalogue",
]
