"""Reading gold, and what is said about gold that cannot be read."""

from __future__ import annotations

import gzip
import json

import pytest

from hangtag.errors import GoldError
from hangtag.evaluate import GoldSpan, read_gold


def write(tmp_path, *lines, name="gold.jsonl"):
    path = tmp_path / name
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines), "utf-8")
    return path


def test_a_record(tmp_path):
    line = {"id": 7, "title": "海军蓝T恤", "gold": {"颜色": ["海军蓝"], "尺码": []}}
    line["spans"] = [{"attribute": "颜色", "field": "title", "start": 0, "end": 3}]
    (record,) = read_gold(write(tmp_path, line))
    assert (record.id, record.line) == ("7", 1)
    assert record.record == {"id": 7, "title": "海军蓝T恤"}
    assert record.gold == {"颜色": ("海军蓝",), "尺码": ()}
    assert record.spans == (GoldSpan("颜色", "title", 0, 3),)


def test_numbers_and_booleans_become_strings(tmp_path):
    (record,) = read_gold(write(tmp_path, {"title": "x", "gold": {"a": [17, 17.0, 17.5], "b": [True, False]}}))
    assert record.gold == {"a": ("17", "17", "17.5"), "b": ("yes", "no")}


def test_blank_lines_byte_order_mark_gzip_and_missing_ids(tmp_path):
    path = tmp_path / "gold.jsonl.gz"
    path.write_bytes(gzip.compress('\ufeff{"title":"a","gold":{}}\n\n{"title":"b","gold":{"色":["红"]}}\n'.encode()))
    assert [(record.id, record.line, record.record["title"]) for record in read_gold(path)] == [("1", 1, "a"), ("3", 3, "b")]


def test_spans_into_attributes_and_reviews(tmp_path):
    line = {"attributes": {"材质": "纯棉"}, "reviews": ["nice", "soft cotton"], "gold": {"material": ["cotton"]}}
    line["spans"] = [
        {"attribute": "material", "field": "attributes.材质", "start": 1, "end": 2},
        {"attribute": "material", "field": "reviews.1", "start": 5, "end": 11},
    ]
    (record,) = read_gold(write(tmp_path, line))
    assert [(span.field, span.start, span.end) for span in record.spans] == [("attributes.材质", 1, 2), ("reviews.1", 5, 11)]


def span(**change):
    return {"title": "abc", "gold": {}, "spans": [{"attribute": "x", "field": "title", "start": 0, "end": 3, **change}]}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 1: not JSON"),
        ("[1]", "line 1: a list where an object is expected"),
        ({"title": "a"}, "line 1: no key 'gold'"),
        ({"gold": ["red"]}, "key 'gold': a list where an object"),
        ({"gold": {"color": "red"}}, r"key 'gold.color': a string where a list of values is expected: put it in a list"),
        ({"gold": {"color": None}}, r"key 'gold.color': null .* write \[\] for judged and absent"),
        ({"gold": {"color": [{"v": 1}]}}, "key 'gold.color': an object among the values"),
        ({"gold": {"color": [" "]}}, "key 'gold.color': an empty value"),
        ({"gold": {" ": ["a"]}}, "an attribute without a name"),
        ({"id": [], "gold": {}}, "key 'id': a list that is no id"),
        ({"id": True, "gold": {}}, "key 'id': a boolean that is no id"),
        ({"gold": {}, "spans": {}}, "key 'spans': an object where a list"),
        ({"gold": {}, "spans": [3]}, "key 'spans.0': a number where"),
        ({"gold": {}, "spans": [{"field": "title"}]}, "key 'spans.0': no key 'attribute'"),
        (span(start="0"), "key 'spans.0.start': a string where a whole number"),
        (span(end=4), r"key 'spans.0': \[0, 4\) lies outside 'title', which has 3 characters"),
        (span(start=-1), r"key 'spans.0': \[-1, 3\) lies outside"),
        (span(start=3), r"key 'spans.0': \[3, 3\) lies outside"),
        (span(field="body"), "key 'spans.0.field': the record has no text 'body'"),
        (span(field="reviews.9"), "the record has no text 'reviews.9'"),
        (span(), "key 'spans.0.attribute': 'gold' does not judge 'x': give its values there, or leave the span out"),
        ({**span(attribute="colour"), "gold": {"color": []}}, r"does not judge 'colour' \(did you mean 'color'\?\)"),
        (span(strat=0), r"key 'spans.0.strat': no key of a span \(did you mean 'start'\?\): a span has attribute"),
        (span(quote="abc"), "key 'spans.0.quote': no key of a span: a span has"),
        ({"title": ["a"], "gold": {}}, "key 'title': a list where text is expected: make one string of it"),
        ({"title": "a", "description": {"en": "b"}, "gold": {}}, "key 'description': an object where text is expected"),
        ({"title": "a", "Gold": {"x": []}}, "line 1: no key 'gold', but 'Gold': rename it, or add the judged attributes"),
        ({"title": "a", "golds": {}}, "no key 'gold', but 'golds': rename it"),
        ({"title": "a", "labels": {}}, "no key 'gold', but 'labels': rename it"),
        ({"title": "a", "gold": {}, "Gold": {"x": ["y"]}}, "key 'Gold': it would be read as text of the product: did you mean 'gold'"),
        ({"title": "a", "gold": {}, "span": []}, "key 'span': .* did you mean 'spans'"),
    ],
)
def test_errors_say_where_and_what(tmp_path, line, message):
    path = write(tmp_path, line)
    with pytest.raises(GoldError, match=message) as caught:
        list(read_gold(path))
    assert str(path) in str(caught.value)


def test_an_id_that_comes_twice(tmp_path):
    with pytest.raises(GoldError, match="line 3, key 'id': 'a' is already on line 1"):
        list(read_gold(write(tmp_path, {"id": "a", "gold": {}}, {"id": "b", "gold": {}}, {"id": "a", "gold": {}})))


def test_an_empty_a_missing_and_a_broken_file(tmp_path):
    with pytest.raises(GoldError, match="no records"):
        list(read_gold(write(tmp_path, "")))
    with pytest.raises(GoldError, match="cannot be read"):
        list(read_gold(tmp_path / "none.jsonl"))
    broken = tmp_path / "broken.jsonl.gz"
    broken.write_bytes(gzip.compress(b'{"gold":{}}\n' * 1000)[:-12])
    with pytest.raises(GoldError, match="cannot be read"):
        list(read_gold(broken))


def test_text_that_is_not_utf8(tmp_path):
    path = tmp_path / "gold.jsonl"
    path.write_bytes('{"title": "颜色", "gold": {}}'.encode("gb18030"))
    with pytest.raises(GoldError, match="line 1: not JSON"):
        list(read_gold(path))


def test_columns_of_the_shop_that_are_only_spelled_like_labels(tmp_path):
    line = {"title": "Gold ring", "gold": {}, "Gold": "18k", "span": 3, "Label": "Tideloom"}
    (record,) = read_gold(write(tmp_path, line))
    assert set(record.record) == {"title", "Gold", "span", "Label"}
