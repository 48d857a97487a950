"""Every kind of file a shop hands over: read, or refused with a message that helps; never a traceback, never a lost row."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hangtag.catalog import Catalogue, RawRow, Reject, open_catalogue
from hangtag.catalog.write import reject_line
from hangtag.errors import CatalogError

HEADER = "商品ID,商品标题,品牌,颜色"
ROWS = ["1,纯棉连衣裙女夏,某某家,藏青色", "2,运动鞋男透气,某某家,白色", "3,保温杯大容量,无名,黑色"]


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def titles(catalogue: Catalogue) -> list[str]:
    column = catalogue.columns.first("title")
    return [row.record[column] for row in catalogue if row.record is not None]


def errors(catalogue: Catalogue) -> list[RawRow]:
    return [row for row in catalogue if row.error is not None]


@pytest.mark.parametrize(
    ("encoding", "mark", "found"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", b"\xef\xbb\xbf", "utf-8-sig"),
        ("utf-16-le", b"\xff\xfe", "utf-16"),
        ("utf-16-be", b"\xfe\xff", "utf-16"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
        ("gb18030", b"", "gb18030"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("packed", [False, True])
def test_encodings_and_line_ends(tmp_path: Path, encoding: str, mark: bytes, found: str, newline: str, packed: bool) -> None:
    data = mark + newline.join([HEADER, *ROWS, ""]).encode(encoding)
    path = write(tmp_path, "shop.csv", gzip.compress(data) if packed else data)
    catalogue = open_catalogue(path)
    assert catalogue.encoding == found
    assert titles(catalogue) == ["纯棉连衣裙女夏", "运动鞋男透气", "保温杯大容量"]
    assert [row.number for row in catalogue] == [1, 2, 3]


def test_windows_1252_is_the_last_resort(tmp_path: Path) -> None:
    path = write(tmp_path, "shop.csv", "id,title\n1,Café crème 250 g – bio\n2,Müsli für Kinder\n".encode("cp1252"))
    catalogue = open_catalogue(path)
    assert catalogue.encoding == "cp1252"
    assert titles(catalogue) == ["Café crème 250 g – bio", "Müsli für Kinder"]


def test_a_line_in_another_encoding_is_read_in_its_own(tmp_path: Path) -> None:
    text = "".join(f"{n},纯棉连衣裙 {n}\n" for n in range(200))
    data = ("id,title\n" + text).encode() + "900,运动鞋男透气\n".encode("gb18030") + "901,Café au lait\n".encode("cp1252")
    catalogue = open_catalogue(write(tmp_path, "mixed.csv", data))
    assert catalogue.encoding == "utf-8"
    assert titles(catalogue)[-2:] == ["运动鞋男透气", "Café au lait"]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_delimiters_are_found_out(tmp_path: Path, delimiter: str) -> None:
    lines = [["SKU", "Product Name", "Body (HTML)"], ["a1", "Desk lamp; black, round", "<p>one|two\tthree</p>"], ["a2", "Chair", "x"]]
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter).writerows(lines)
    catalogue = open_catalogue(write(tmp_path, "shop.txt", buffer.getvalue()))
    assert titles(catalogue) == ["Desk lamp; black, round", "Chair"]
    assert catalogue.columns.of("description") == ("Body (HTML)",)


def test_one_column_of_titles(tmp_path: Path) -> None:
    catalogue = open_catalogue(write(tmp_path, "t.csv", 'title\nLamp, black\n"Chair, ""oak"""\n\nTable; 2 m\n'))
    assert titles(catalogue) == ["Lamp, black", 'Chair, "oak"', "Table; 2 m"]


def test_ragged_rows(tmp_path: Path) -> None:
    content = "id,title,color\n1,Lamp,red\n2,Chair\n3,Table,oak,,\n4,Bed,oak,extra\n5,Sofa,blue\n"
    catalogue = open_catalogue(write(tmp_path, "r.csv", content))
    assert titles(catalogue) == ["Lamp", "Chair", "Table", "Sofa"]
    (bad,) = errors(catalogue)
    assert (bad.number, bad.line, bad.raw) == (4, 5, "4,Bed,oak,extra")
    assert "4 fields where the header has 3" in str(bad.error)
    assert bad.cure


def test_pieces_of_a_record_broken_at_a_bare_line_break(tmp_path: Path) -> None:
    content = "id,title,description,color\n1,Lamp,first line\nsecond line,red\n2,Chair,fine,blue\n"
    rows = list(open_catalogue(write(tmp_path, "b.csv", content)))
    assert [row.error is None for row in rows] == [True, False, True]
    assert rows[1].raw == "second line,red"


@pytest.mark.parametrize("bad", ['3,"never closed,red', '3,"quote in "the middle, red, or so'])
def test_an_unclosed_quote_costs_its_own_line(tmp_path: Path, bad: str) -> None:
    lines = ["id,title,color", "1,Lamp,red", "2,Chair,blue", bad, *(f'{n},"Table {n}",oak' for n in range(4, 60)), ""]
    catalogue = open_catalogue(write(tmp_path, "q.csv", "\n".join(lines)))
    assert len(titles(catalogue)) == 58
    (broken,) = errors(catalogue)
    assert (broken.number, broken.line, broken.raw) == (3, 4, bad)


def test_an_unclosed_quote_with_no_other_quote_after_it(tmp_path: Path) -> None:
    lines = ["id,title,color", '1,"Lamp,red', *(f"{n},Table,oak" for n in range(2, 8_000)), ""]
    catalogue = open_catalogue(write(tmp_path, "q.csv", "\n".join(lines)))
    assert (len(titles(catalogue)), len(errors(catalogue))) == (7_998, 1)


def test_quotes_not_doubled_are_put_up_with(tmp_path: Path) -> None:
    content = 'id,title,color\n1,"Monitor 17" flat",black\n2,"a ""good"" one",red\n3,Screen 19" wide,white\n'
    assert titles(open_catalogue(write(tmp_path, "q.csv", content))) == ['Monitor 17" flat', 'a "good" one', 'Screen 19" wide']


def test_quoted_line_breaks_belong_to_the_cell(tmp_path: Path) -> None:
    catalogue = open_catalogue(write(tmp_path, "n.csv", 'id,title\r\n1,"two\r\nlines"\r\n2,next\r\n'))
    assert titles(catalogue) == ["two\r\nlines", "next"]
    assert [row.line for row in catalogue] == [2, 4]


def test_null_bytes_marks_and_repeated_column_names(tmp_path: Path) -> None:
    content = "\ufeffid\x00,title,color,color,\n1,La\x00mp,red,blue,x\n"
    (row,) = open_catalogue(write(tmp_path, "z.csv", content))
    assert row.record == {"id": "1", "title": "La\x00mp", "color": "red", "color (2)": "blue", "column 5": "x"}


def test_a_title_of_five_megabytes(tmp_path: Path) -> None:
    long = "very long lamp " * 350_000
    for name, content in (("l.csv", f"id,title\n1,{long}\n2,Chair\n"), ("l.jsonl", json.dumps({"title": long}) + '\n{"title": "Chair"}\n')):
        assert [len(title) for title in titles(open_catalogue(write(tmp_path, name, content)))] == [len(long), 5]


def test_taobao_assistant_names_its_columns_twice(tmp_path: Path) -> None:
    content = "version 1.00\ntitle\tcid\tprice\tnum\n宝贝名称\t宝贝类目\t宝贝价格\t宝贝数量\n纯棉T恤\t50000671\t39.00\t7\n"
    catalogue = open_catalogue(write(tmp_path, "tb.csv", b"\xff\xfe" + content.encode("utf-16-le")))
    assert titles(catalogue) == ["纯棉T恤"]


def test_excel_separator_hint(tmp_path: Path) -> None:
    assert titles(open_catalogue(write(tmp_path, "e.csv", "sep=;\r\nid;title\r\n1;Lamp, red\r\n"))) == ["Lamp, red"]


RECORDS = [{"id": n, "title": f"Lamp {n}", "attributes": {"color": "red", "parts": [1, 2]}} for n in range(40)]


@pytest.mark.parametrize(
    ("name", "content", "format"),
    [
        ("a.json", json.dumps(RECORDS), "json"),
        ("a.json", json.dumps(RECORDS, indent=2), "json"),
        ("a.json", json.dumps({"total": 40, "products": RECORDS}), "json"),
        ("a.json", json.dumps({"data": {"page": 1, "items": RECORDS}}, indent=1), "json"),
        ("a.json", "\n".join(json.dumps(record, indent=1) for record in RECORDS), "json"),
        ("a.jsonl", "".join(json.dumps(record) + "\n" for record in RECORDS), "jsonl"),
        ("wrong.csv", "".join(json.dumps(record) + "\r\n" for record in RECORDS), "jsonl"),
        ("wrong.jsonl", json.dumps(RECORDS), "json"),
        ("wrong.json", "".join(json.dumps(record) + "\n" for record in RECORDS), "jsonl"),
        ("a.json", json.dumps({str(n): {"title": f"Lamp {n}"} for n in range(40)}), "json"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_json_in_all_shapes(tmp_path: Path, name: str, content: str, format: str, encoding: str) -> None:
    catalogue = open_catalogue(write(tmp_path, name, content.encode(encoding)))
    assert catalogue.format == format
    assert titles(catalogue) == [f"Lamp {n}" for n in range(40)]


def test_one_product_is_a_catalogue_even_with_lists_inside(tmp_path: Path) -> None:
    record = {"title": "Lamp", "reviews": [{"text": "good"}, {"text": "bright"}]}
    assert titles(open_catalogue(write(tmp_path, "one.json", json.dumps(record)))) == ["Lamp"]


def test_json_lines_with_broken_ones(tmp_path: Path) -> None:
    lines = ['{"title": "a"}', '{"title": "b"', "", "[1, 2]", '{"title": NaN, "name": "c"}', "null", '{"title": "d"},', "{'title': 'e'}"]
    catalogue = open_catalogue(write(tmp_path, "b.jsonl", "\n".join(lines)))
    rows = list(catalogue)
    assert [row.number for row in rows] == list(range(1, 8))
    assert [row.error is None for row in rows] == [True, False, False, True, False, True, False]
    assert rows[1].raw == '{"title": "b"'
    assert "a list where an object is expected" in str(rows[2].error)
    assert all(row.cure for row in rows if row.error)


def test_deep_nesting_and_huge_numbers_are_row_errors(tmp_path: Path) -> None:
    lines = ['{"title": "a"}', '{"title": "b", "x": ' + "[" * 100_000 + "]" * 100_000 + "}", '{"title": "c", "n": ' + "9" * 6000 + "}"]
    rows = list(open_catalogue(write(tmp_path, "d.jsonl", "\n".join(lines))))
    assert len(rows) == 3
    assert rows[0].error is None
    assert rows[1].error is not None


def test_a_list_broken_in_the_middle_goes_on_after_the_break(tmp_path: Path) -> None:
    pieces = [json.dumps(record) for record in RECORDS]
    pieces[7] = pieces[7].replace('"title": ', '"title" ')
    catalogue = open_catalogue(write(tmp_path, "m.json", "[" + ",\n".join(pieces) + "]"))
    (bad,) = errors(catalogue)
    assert (bad.number, bad.raw) == (8, pieces[7])
    assert len(titles(catalogue)) == 39


def test_a_list_that_ends_early(tmp_path: Path) -> None:
    whole = json.dumps(RECORDS)
    for content in (whole[: len(whole) // 2], '{"products": ' + whole[: len(whole) // 2]):
        rows = list(open_catalogue(write(tmp_path, "c.json", content)))
        assert [row.error is None for row in rows] == [True] * (len(rows) - 1) + [False]
        assert 18 <= len(rows) <= 22


def test_a_list_larger_than_any_buffer_streams(tmp_path: Path) -> None:
    records = [{"id": n, "title": "Lamp " * 20, "description": "word " * 30} for n in range(8_000)]
    catalogue = open_catalogue(write(tmp_path, "big.json", json.dumps(records)))
    assert [row.record["id"] for row in catalogue if row.record] == list(range(8_000))


@pytest.mark.parametrize("name", ["t.jsonl", "t.csv", "t.json"])
def test_a_gzip_file_that_breaks_off(tmp_path: Path, name: str) -> None:
    if name == "t.csv":
        text = "id,title\n" + "".join(f"{n},Lamp number {n * 7919}\n" for n in range(9_000))
    else:
        records = [json.dumps({"id": n, "title": f"Lamp number {n * 7919}"}) for n in range(9_000)]
        text = "\n".join(records) if name == "t.jsonl" else "[" + ",".join(records) + "]"
    packed = gzip.compress(text.encode())
    rows = list(open_catalogue(write(tmp_path, name + ".gz", packed[: len(packed) // 2])))
    assert len(rows) > 3_000
    assert all(row.record is not None and row.record["title"].startswith("Lamp number") for row in rows[:-1])
    assert "breaks off" in str(rows[-1].error)
    assert rows[-1].number == len(rows)
    damaged = bytearray(packed)
    damaged[len(packed) // 2] ^= 0xFF
    rows = list(open_catalogue(write(tmp_path, name + ".gz", bytes(damaged))))
    assert "damaged" in str(rows[-1].error)


def test_gzip_files_put_together_are_one_file(tmp_path: Path) -> None:
    data = gzip.compress(b'{"title": "a"}\n') + gzip.compress(b'{"title": "b"}\n') + b"\x00" * 512
    assert titles(open_catalogue(write(tmp_path, "two", data))) == ["a", "b"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.csv", b"", "is empty"),
        ("blank.csv", b"\n\r\n  \n", "is empty"),
        ("empty.csv.gz", gzip.compress(b"", mtime=0), "is empty"),
        ("header.csv", b"id,title\n", "a header and no rows"),
        ("list.json", b"[]", "no records"),
        ("shop.xlsx", b"PK\x03\x04rest", "save the sheet as CSV"),
        ("shop.csv", b"<?xml version='1.0'?><rss></rss>", "XML or HTML"),
        ("shop.csv", bytes(range(1, 32)) * 20, "not a text file"),
        ("shop.pdf", b"%PDF-1.7", "a PDF"),
        ("cols.csv", b"a,b\n1,2\n", "--map title=COLUMN"),
        ("shop.db", b"SQLite format 3\x00", "sqlite:///"),
        ("shop.parquet", b"PAR1 and nothing else", "Parquet"),
    ],
)
def test_what_is_no_catalogue_says_why(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    if "Parquet" in says:
        pytest.importorskip("duckdb")
    with pytest.raises(CatalogError, match=says) as caught:
        list(open_catalogue(write(tmp_path, name, content)))
    assert name in str(caught.value)


def test_paths_that_lead_nowhere(tmp_path: Path) -> None:
    write(tmp_path, "shop.jsonl", '{"title": "a"}')
    with pytest.raises(CatalogError, match=r"does not exist.*there is shop\.jsonl"):
        open_catalogue(tmp_path / "shop.csv")
    with pytest.raises(CatalogError, match="is a folder"):
        open_catalogue(tmp_path)
    with pytest.raises(CatalogError, match="no catalogue format 'xls'"):
        open_catalogue(tmp_path / "shop.jsonl", format="xls")
    with pytest.raises(CatalogError, match="no encoding 'klingon'"):
        open_catalogue(tmp_path / "shop.jsonl", encoding="klingon")


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    class Input:
        buffer = io.BufferedReader(io.BytesIO("id,标题\n1,台灯\n2,椅子\n".encode("gb18030")))

    monkeypatch.setattr(sys, "stdin", Input)
    catalogue = open_catalogue("-")
    assert titles(catalogue) == ["台灯", "椅子"]
    with pytest.raises(CatalogError, match="once only"):
        list(catalogue)


def test_parquet(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    path = tmp_path / "p.data"
    duckdb.sql(
        f"COPY (SELECT i AS id, '台灯 ' || i AS 标题, {{'color': 'red'}} AS attributes FROM range(5000) t(i)) TO '{path}' (FORMAT parquet)"
    )
    catalogue = open_catalogue(path)
    rows = list(catalogue)
    assert (catalogue.format, len(rows), catalogue.estimate_rows()) == ("parquet", 5000, 5000)
    assert rows[4999].record == {"id": 4999, "标题": "台灯 4999", "attributes": {"color": "red"}}


def test_sql(tmp_path: Path) -> None:
    sqlalchemy = pytest.importorskip("sqlalchemy")
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path}/shop.db")
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text('CREATE TABLE "my products" (id INTEGER, title TEXT)'))
        connection.execute(sqlalchemy.text("CREATE TABLE other (x TEXT)"))
        connection.execute(sqlalchemy.text("INSERT INTO \"my products\" VALUES (1, 'Lamp'), (2, NULL)"))
    url = f"sqlite:///{tmp_path}/shop.db"
    assert [row.record for row in open_catalogue(url + "?table=my products")] == [{"id": 1, "title": "Lamp"}, {"id": 2, "title": None}]
    assert titles(open_catalogue(url + '?query=SELECT title FROM "my products" WHERE id = 1')) == ["Lamp"]
    with pytest.raises(CatalogError, match="one of my products, other"):
        open_catalogue(url)
    with pytest.raises(CatalogError, match="no such database file"):
        open_catalogue(f"sqlite:///{tmp_path}/none.db?table=x")


def test_rows_are_estimated(tmp_path: Path) -> None:
    text = "".join(json.dumps({"id": n, "title": f"Lamp {n}", "description": "word " * 20}) + "\n" for n in range(20_000))
    plain = open_catalogue(write(tmp_path, "e.jsonl", text)).estimate_rows()
    packed = open_catalogue(write(tmp_path, "e.jsonl.gz", gzip.compress(text.encode()))).estimate_rows()
    assert plain is not None and abs(plain - 20_000) < 500
    assert packed is not None and abs(packed - 20_000) < 6_000


CELLS = st.text(alphabet=st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\u2028\u2029"), max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=8), st.sampled_from([",", "\t", ";", "|"]))
def test_whatever_is_written_as_csv_is_read_back(tmp_path: Path, cells: list[tuple[str, str]], delimiter: str) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter)
    writer.writerow(["id", "title", "color"])
    writer.writerows([(str(number), *pair) for number, pair in enumerate(cells)])
    rows = list(open_catalogue(write(tmp_path, "w.csv", buffer.getvalue()), encoding="utf-8"))
    assert [(row.record["title"], row.record["color"]) for row in rows if row.record] == cells


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.sampled_from([b"", b"id,title\n", b'{"title": "a"}\n', b'[{"title": "a"},', b"\xff\xfe", b"title\n"]))
def test_any_bytes_give_rows_or_a_message(tmp_path: Path, data: bytes, before: bytes) -> None:
    try:
        rows = list(open_catalogue(write(tmp_path, "any", before + data)))
    except CatalogError as error:
        assert str(error)
        return
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    assert all((row.record is None) == (row.error is not None) for row in rows)


LINES = st.one_of(
    st.dictionaries(
        st.sampled_from(["title", "id", "x"]), st.one_of(CELLS, st.none(), st.floats(), st.lists(CELLS, max_size=2)), max_size=3
    ).map(json.dumps),
    st.text(alphabet='{}[]":,ab ', min_size=1, max_size=12).filter(str.strip),
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LINES, max_size=8))
def test_every_line_is_a_row(tmp_path: Path, lines: list[str]) -> None:
    path = write(tmp_path, "l.jsonl", "\n".join(['{"title": "first"}', *lines]))
    assert sum(1 for _ in open_catalogue(path, format="jsonl")) == 1 + len(lines)


@pytest.mark.parametrize("rows", [1, 3])
def test_a_rejects_file_is_read_as_the_rows_it_holds(tmp_path: Path, rows: int) -> None:
    raws: list[object] = [{"标题": "红色连衣裙", "reviews": [{"text": "好"}, {"text": "棒"}]}, '1,"broken', {"标题": "蓝色衬衫", "id": "x"}]
    path = tmp_path / "tags.jsonl.rejects.jsonl"
    path.write_bytes(b"".join(reject_line(Reject(row=n + 7, reason="r", cure="c", raw=raw)) for n, raw in enumerate(raws[:rows])))
    catalogue = open_catalogue(path)
    assert titles(catalogue) == ["红色连衣裙", "蓝色衬衫"][: 1 if rows == 1 else 2]
    assert catalogue.columns.first("id") == "id"
    assert [row.record["id"] for row in catalogue if row.record is not None] == ["row-7", "x"][: 1 if rows == 1 else 2]
    assert [(row.raw, row.error, row.cure) for row in errors(catalogue)] == [('1,"broken', "r", "c")][: rows - 1]
    assert [row.number for row in catalogue] == [1, 2, 3][:rows], "rows are counted as those of any file"
