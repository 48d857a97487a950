"""Gold as CSV and TSV, and what is said about tables that cannot be read."""

from __future__ import annotations

import gzip

import pytest

from hangtag.errors import GoldError
from hangtag.evaluate import read_gold


def write(tmp_path, text, name="gold.csv"):
    path = tmp_path / name
    data = text if isinstance(text, bytes) else text.encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


def test_a_table_holds_what_lines_hold(tmp_path):
    text = 'id,title,gold.颜色,gold.size\r\n7,海军蓝T恤,海军蓝,\r\n8,"Shirt, ""red""\nand blue",red | blue,?\r\n'
    first, second = read_gold(write(tmp_path, text))
    assert (first.id, first.line, first.spans) == ("7", 2, ())
    assert first.record == {"id": "7", "title": "海军蓝T恤"}
    assert first.gold == {"颜色": ("海军蓝",), "size": ()}
    assert (second.line, second.record["title"], second.gold) == (3, 'Shirt, "red"\nand blue', {"颜色": ("red", "blue")})


@pytest.mark.parametrize("name", ["gold.csv", "gold.tsv", "GOLD.CSV", "gold.csv.gz", "gold.tsv.gz"])
def test_the_suffix_tells_the_kind(tmp_path, name):
    mark = "\t" if "tsv" in name else ","
    rows = [["title", "gold.color"], ["red hat", "red"]]
    (record,) = read_gold(write(tmp_path, "".join(mark.join(row) + "\n" for row in rows), name))
    assert (record.id, record.gold) == ("2", {"color": ("red",)})


def test_byte_order_mark_blank_rows_old_line_ends_and_empty_ids(tmp_path):
    rows = read_gold(write(tmp_path, b"\xef\xbb\xbfid, gold. color ,title,\r\r,red,hat,\r,,,\ra,?,cap,x\r"))
    assert [(row.id, row.line, dict(row.gold)) for row in rows] == [("3", 3, {"color": ("red",)}), ("a", 5, {})]


def test_a_long_cell_may_be_as_long_as_csv_allows(tmp_path):
    (record,) = read_gold(write(tmp_path, "title,gold.a\n" + "x" * 131_072 + ",b\n"))
    assert len(record.record["title"]) == 131_072


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: an empty file: begin with a header"),
        ("\n\n", "line 1: an empty file"),
        ("title,gold.a\n", "no records: a gold file holds one product a row below its header"),
        ("title,color\nhat,red\n", "line 1: no column 'gold.ATTRIBUTE': give each judged attribute a column, such as gold.color"),
        ("title,gold_color\nhat,red\n", r"no column 'gold.ATTRIBUTE' \(did you mean 'gold.color' by 'gold_color'\?\)"),
        ("title,Label [color]\nhat,red\n", r"\(did you mean 'gold.color' by 'Label \[color\]'\?\)"),
        ("title,gold.a,Gold.size\nhat,red,\n", r"line 1, column 'Gold.size': .* did you mean 'gold.size'\?"),
        ("title,gold.\nhat,red\n", "column 'gold.': an attribute without a name"),
        ("title,gold\nhat,red\n", "column 'gold': labels of no attribute: give each attribute a column"),
        ("title,gold.a,spans\nhat,red,\n", r"column 'spans': a table holds no places .* JSON Lines"),
        ("title,gold.a,gold.a\nhat,red,\n", "line 1, column 'gold.a': 2 columns have this name: give every column"),
        ("title,title,gold.a\nhat,red,\n", "line 1, column 'title': 2 columns have this name"),
        ("title;gold.a\nhat;red\n", "line 1, column 'title;gold.a': one column alone: part columns by commas in .csv"),
        ("title,gold.a\nhat,red\nShirt, red,red\n", "line 3: 3 cells where the header names 2 columns: put text that holds a comma"),
        ("title,gold.a,gold.b\nhat,red\n", "line 2, column 'gold.b': the row ends before it: write every cell"),
        ('title,gold.a\n"hat,red\ncap,blue\n', r"line 2: a row that begins here .*\(unexpected end of data\): close every quote"),
        ('title,gold.a\n"17" monitor",red\n', "line 2: a row that begins here cannot be read"),
        ("title,gold.a\n" + "x" * 131_073 + ",red\n", "line 2, column 'title': 131073 characters where a cell holds 131072 at most"),
        ("title,gold.a\nhat,r\0ed\n", "line 2, column 'gold.a': a NUL byte: save the table as UTF-8"),
        ("title,gold.a\nhat,\ncap,\n".encode("utf-16-le"), "line 1, column '1': a NUL byte"),
        ("title,gold.a\nhat,\n".encode("utf-16"), "line 1: not UTF-8"),
        ("title,gold.颜色\nhat,红\n".encode("gb18030"), "line 1: not UTF-8 .* save the table as UTF-8"),
        (b"title,gold.a\nhat,red\ncaf\xe9,blue\n", r"line 3: not UTF-8 \(.* at byte 4\)"),
        ("title,gold.a\nhat,red||blue\n", "line 2, column 'gold.a': an empty value in 'red||blue'".replace("|", r"\|")),
        ("title,gold.a\nhat,red|?\n", r"line 2, column 'gold.a': '\?' beside values"),
        ("id,gold.a\nx,red\ny,\nx,\n", "line 4, column 'id': 'x' is already on line 2"),
    ],
)
def test_errors_say_where_and_what(tmp_path, text, message):
    path = write(tmp_path, text)
    with pytest.raises(GoldError, match=message) as caught:
        list(read_gold(path))
    assert str(path) in str(caught.value)


def test_a_tsv_that_is_broken_off(tmp_path):
    path = tmp_path / "gold.tsv.gz"
    path.write_bytes(gzip.compress(b"title\tgold.a\n" + b"hat\tred\n" * 1000)[:-12])
    with pytest.raises(GoldError, match="cannot be read"):
        list(read_gold(path))
    with pytest.raises(GoldError, match="put text that holds a tab"):
        list(read_gold(write(tmp_path, "title\tgold.a\nhat\tred\tblue\n", "wide.tsv")))
