"""Audits: drawing, the sheet, and what the verdicts say."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from hangtag.errors import InputError
from hangtag.evaluate import Judgement, audit, read_judged, sample_tags, write_sheet
from hangtag.model import Product


def tags_file(tmp_path, per_product, name="tags.jsonl"):
    path = tmp_path / name
    path.write_text("".join(json.dumps({"id": str(number), "tags": tags}) + "\n" for number, tags in enumerate(per_product)), "utf-8")
    return path


def one(value, status="auto"):
    return {"attribute": "color", "value": value, "status": status}


def catalogue(count):
    return [
        Product(id=str(number), fields={"title": f"商品 {number}"}, category="A > B", attributes={"色": "红"}, reviews=("好",))
        for number in range(count)
    ]


def test_a_sample_is_reproducible_and_in_file_order(tmp_path):
    path = tags_file(tmp_path, [[one(f"{product}-{index}") for index in range(3)] for product in range(50)])
    drawn = [item.tag["value"] for item in sample_tags(path, catalogue(50), count=20, seed=5)]
    assert len(set(drawn)) == 20
    assert drawn == sorted(drawn, key=lambda value: [int(part) for part in value.split("-")])
    assert drawn == [item.tag["value"] for item in sample_tags(path, iter(catalogue(50)), count=20, seed=5)]
    assert drawn != [item.tag["value"] for item in sample_tags(path, catalogue(50), count=20, seed=6)]


def test_every_tag_has_the_same_chance(tmp_path):
    path = tags_file(tmp_path, [[one("a")], [one("b"), one("c"), one("d")], [one("e")]])
    seen = Counter(item.tag["value"] for seed in range(600) for item in sample_tags(path, catalogue(3), count=2, seed=seed))
    # 600 draws of 2 out of 5: 240 each, standard deviation 12.
    assert set(seen) == set("abcde")
    assert all(190 < times < 290 for times in seen.values())


def test_fewer_tags_than_asked_and_statuses(tmp_path):
    path = tags_file(tmp_path, [[one("a"), one("b", "review"), one("c", "rejected")]])
    items = sample_tags(path, catalogue(1), count=9)
    assert [item.tag["value"] for item in items] == ["a", "b"]
    assert items[0].text == {"title": "商品 0", "category": "A > B", "attributes.色": "红", "reviews.0": "好"}
    assert [item.tag["value"] for item in sample_tags(path, catalogue(1), count=9, statuses={"review", "rejected"})] == ["b", "c"]


def test_what_cannot_be_sampled(tmp_path):
    path = tags_file(tmp_path, [[one("a")], [one("b")]])
    with pytest.raises(InputError, match="product '1' is not in the catalogue"):
        sample_tags(path, catalogue(1), count=2)
    with pytest.raises(InputError, match="count must be at least 1"):
        sample_tags(path, catalogue(2), count=0)
    path.write_text('{"title": "no tags"}\n')
    with pytest.raises(InputError, match='line 1: no "id" and "tags"'):
        sample_tags(path, catalogue(2), count=1)
    path.write_text('{"id": "0", "tags": ["red"]}\n')
    with pytest.raises(InputError, match="line 1, key 'tags': a string"):
        sample_tags(path, catalogue(2), count=1)


def test_from_the_sheet_to_the_figures(tmp_path):
    path = tags_file(tmp_path, [[one("a"), one("b", "review"), one("c"), one("d")]])
    sheet = tmp_path / "sheet.jsonl"
    write_sheet(sample_tags(path, catalogue(1), count=4), sheet)
    lines = [json.loads(line) for line in sheet.read_text("utf-8").splitlines()]
    assert lines[0]["verdict"] == lines[0]["reason"] == "" and lines[0]["text"]["title"] == "商品 0"
    for line, verdict in zip(lines, ["right", "wrong", "unsure", ""], strict=True):
        line["verdict"] = verdict
    sheet.write_text("\n".join(json.dumps(line) for line in lines), "utf-8")
    judged = read_judged(sheet)
    assert [(one.status, one.verdict) for one in judged] == [("auto", "right"), ("review", "wrong"), ("auto", "unsure")]


def test_precision_by_group():
    def judged(attribute, status, verdict):
        return Judgement(product_id="p", attribute=attribute, status=status, verdict=verdict)

    rows = [judged("color", "auto", "right")] * 9 + [judged("color", "review", "wrong")] + [judged("size", "review", "unsure")] * 2
    report = audit(rows)
    assert (report.overall.right, report.overall.wrong, report.overall.unsure, report.overall.precision) == (9, 1, 2, 0.9)
    # Clopper & Pearson for 9 of 10
    assert report.overall.interval == pytest.approx((0.5549839, 0.9974714), abs=1e-6)
    assert [(row.group, row.precision) for row in report.attributes] == [("color", 0.9), ("size", 0.0)]
    assert [(row.group, row.right, row.wrong) for row in report.statuses] == [("auto", 9, 0), ("review", 0, 1)]
    assert report.to_dict()["attributes"][1] == {
        "group": "size", "right": 0, "wrong": 0, "unsure": 2, "precision": 0.0, "low": 0.0, "high": 1.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"tag": {"attribute": "color"}, "verdict": "yes"}, "key 'verdict': 'yes' is no verdict: write right, wrong or unsure"),
        ({"tag": {}, "verdict": "right"}, "key 'tag': no tag with an attribute"),
        ({"tag": {"attribute": "color"}, "verdict": ""}, "nothing is judged yet"),
    ],
)
def test_sheets_that_cannot_be_used(tmp_path, line, message):
    path = tmp_path / "sheet.jsonl"
    path.write_text(json.dumps(line))
    with pytest.raises(InputError, match=message):
        read_judged(path)
