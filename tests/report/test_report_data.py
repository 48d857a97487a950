"""What the page is told: honest samples, right totals, escaped data, true offsets."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
from collections import Counter
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hangtag.errors import InputError
from hangtag.report import ReportProduct, ReportReject, RunFacts, build_report, render_report, write_report
from hangtag.report import totals as totals_module
from hangtag.report.page import SCRIPTS, to_script_json
from hangtag.report.sample import Reservoir


def plain(number: int, tags: list[dict[str, Any]] | None = None, **more: Any) -> ReportProduct:
    return ReportProduct(id=f"p{number}", texts={"title": f"red shirt {number}"}, tags=tags or [], **more)


def tag(value: str, status: str = "auto", confidence: Any = 0.9, evidence: Any = (), attribute: str = "color") -> dict[str, Any]:
    return {"attribute": attribute, "value": value, "status": status, "confidence": confidence, "source": "t@1", "evidence": evidence}


def embedded(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


# --- the sample ---------------------------------------------------------------------------------------------------------------


def test_every_product_has_the_same_chance_to_be_shown() -> None:
    runs, size, stream = 4000, 5, 20
    counts: Counter[int] = Counter()
    for seed in range(runs):
        reservoir: Reservoir[int] = Reservoir(size, seed=seed)
        for item in range(stream):
            reservoir.add(item)
        counts.update(reservoir.items())
    expected = runs * size / stream
    spread = math.sqrt(runs * (size / stream) * (1 - size / stream))
    assert set(counts) == set(range(stream))
    assert all(abs(count - expected) < 5 * spread for count in counts.values())


def test_sample_keeps_order_size_and_seed() -> None:
    stream = [plain(n) for n in range(300)]
    first, again, other = (build_report(iter(stream), sample=40, seed=seed).products for seed in (1, 1, 2))
    numbers = [int(product["id"][1:]) for product in first]
    assert len(numbers) == 40 and numbers == sorted(numbers)
    assert first == again != other
    assert max(numbers) > 200, "a sample of the first rows would be no sample"


def test_a_short_run_is_shown_whole_and_zero_shows_none() -> None:
    assert [product["id"] for product in build_report([plain(0), plain(1)]).products] == ["p0", "p1"]
    report = build_report([plain(0), plain(1)], sample=0)
    assert report.products == [] and report.totals["products"] == 2
    with pytest.raises(InputError, match="-1"):
        build_report([], sample=-1)


# --- the totals ---------------------------------------------------------------------------------------------------------------


def test_totals_cover_the_whole_run_not_the_sample(products: list[ReportProduct]) -> None:
    report = build_report(products, sample=7)
    counts = report.totals
    carriers = [product for product in products if any(one["attribute"] == "color" for one in product.tags)]
    color = next(one for one in counts["attributes"] if one["id"] == "color")
    assert len(report.products) == 7
    assert counts["products"] == len(products)
    assert counts["tags"] == sum(len(product.tags) for product in products)
    assert color["products"] == len(carriers)
    assert counts["duplicates"]["count"] == 3
    assert counts["inexact_spans"] == 0
    assert counts["languages"] == dict(Counter(product.language for product in products).most_common())


def test_decisions_and_coverage() -> None:
    counts = build_report(
        [
            plain(0, [tag("red"), tag("blue", "review")]),
            plain(1, [tag("red", "review"), tag("cotton", "accepted", attribute="material")]),
            plain(2, [tag("red"), tag("green", "accepted")]),
            plain(3, [tag("red", "rejected")]),
            plain(4, [tag("red", "proposed")]),
            plain(5),
        ]
    ).totals
    assert counts["decisions"] == {"published": 1, "review": 3, "untagged": 2}
    assert counts["tags"] == 7
    assert counts["statuses"] == {"auto": 2, "accepted": 2, "review": 2, "proposed": 1, "rejected": 1}
    color, material = counts["attributes"]
    assert (color["id"], color["products"], color["published_products"]) == ("color", 4, 2)
    assert (material["id"], material["products"], material["published_products"]) == ("material", 1, 1)
    assert {entry["value"]: entry["products"] for entry in color["values"]} == {"red": 4, "blue": 1, "green": 1}


def test_a_value_said_twice_counts_one_product() -> None:
    color = build_report([plain(0, [tag("red"), tag("red", "review")])]).totals["attributes"][0]
    assert color["values"][0]["products"] == 1
    assert color["tags"] == 2


def test_histogram_has_every_confidence_and_no_other() -> None:
    confidences = [0, 0.049, 0.05, 0.5, 0.999, 1, 1.0, None, math.nan, math.inf, 1.2, -0.1, True, "0.5"]
    counts = build_report([plain(0, [tag(str(n), confidence=value) for n, value in enumerate(confidences)])]).totals
    published, review, other = counts["attributes"][0]["histogram"]
    assert {place: count for place, count in enumerate(published) if count} == {0: 2, 1: 1, 10: 1, 19: 3}
    assert not any(review) and not any(other)
    assert counts["no_confidence"] == 7


def test_evidence_is_checked_and_false_quotes_are_said_and_never_placed() -> None:
    good = {"field": "title", "start": 0, "end": 3, "quote": "red"}
    false = [
        {**good, "start": 1, "end": 4},
        {**good, "end": 99},
        {**good, "field": "description"},
        {**good, "start": -11, "end": -8},
        {**good, "start": None},
        {"field": "title"},
    ]
    tags = [tag("a", evidence=[good]), tag("b", evidence=[{"inference": "nearest", "reason": "close"}]), tag("c"), tag("e", evidence=false)]
    tags.append(tag("f", evidence=[{"image": 0, "box": [0, 0, 1, 1]}]))
    report = build_report([plain(0, tags)])
    assert report.totals["evidence"] == {"text": 1, "media": 1, "inference": 1, "none": 2}
    assert report.totals["inexact_spans"] == len(false)
    shown = report.products[0]["tags"]
    assert shown[0]["evidence"] == [{"kind": "text", "field": "title", "quote": "red", "start": 0, "end": 3, "exact": True}]
    assert all(item["exact"] is False and "start" not in item for item in shown[3]["evidence"])
    assert shown[4]["evidence"][0]["kind"] == "image"


def test_open_values_stay_bounded_and_the_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(totals_module, "MAX_DISTINCT", 100)
    stream = (plain(n, [tag("common"), tag(f"rare {n}")]) for n in range(1000))
    color = build_report(stream, sample=1).totals["attributes"][0]
    assert color["approximate"] is True and color["distinct"] <= 100
    assert color["values"][0] == {"value": "common", "label": {}, "products": 1000}
    assert color["products"] == 1000


def test_rejects_are_grouped_counted_and_cut() -> None:
    rows = [ReportReject(row=n, reason="no text" if n % 3 else "bad row", cure="fix it", raw="x" * 5000) for n in range(900)]
    rejects = build_report([], rejects=rows).rejects
    assert rejects["count"] == 900
    groups = [(group["reason"], group["count"], group["cure"]) for group in rejects["groups"]]
    assert groups == [("no text", 600, "fix it"), ("bad row", 300, "fix it")]
    listed = [row for group in rejects["groups"] for row in group["rows"]]
    assert sorted(row["row"] for row in listed) == list(range(200))
    assert max(len(row["raw"]) for row in listed) == 300


def test_long_texts_are_cut_and_the_true_length_is_told() -> None:
    report = build_report([ReportProduct(id="long", texts={"title": "字" * 20_000})])
    _, text, length = report.products[0]["texts"][0]
    assert (len(text), length) == (8_000, 20_000)


# --- the page as text ---------------------------------------------------------------------------------------------------------

HOSTILE = "</script><script>alert(1)</script><!-- <img src=x onerror=alert(1)> & \u2028\u2029 ]]>"


@settings(max_examples=60, deadline=None)
@given(st.text() | st.sampled_from([HOSTILE, "<!--<script", "\ud83d", "\x00\r\n"]))
def test_embedded_json_has_nothing_to_break_out_with_and_reads_back(text: str) -> None:
    embedded_text = to_script_json({"text": text})
    assert not set(embedded_text) & set("<>&\u2028\u2029\r\n\x00")
    back = json.loads(embedded_text)["text"]
    assert back == text.encode("utf-8", "replace").decode("utf-8")
    assert len(back) == len(text), "code points must stay countable"


def test_hostile_data_stays_data() -> None:
    texts = {"title": HOSTILE, HOSTILE: HOSTILE}
    product = ReportProduct(id=HOSTILE, texts=texts, language=HOSTILE, category=HOSTILE, tags=[tag(HOSTILE, HOSTILE)])
    reject = ReportReject(row=1, reason=HOSTILE, raw=HOSTILE)
    page = render_report(build_report([product], rejects=[reject], facts=RunFacts(catalogue=HOSTILE)))
    assert page.count("<script") == 2 and page.count("</script>") == 2
    assert "<img" not in page
    assert "<title>&lt;/script&gt;" in page
    assert embedded(page)["products"][0]["texts"][0][1] == HOSTILE


def test_policy_allows_this_script_and_style_and_nothing_else(products: list[ReportProduct], facts: RunFacts) -> None:
    page = render_report(build_report(products[:3], facts=facts))
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    rules = dict(rule.strip().split(" ", 1) for rule in policy[1].replace("&#39;", "'").split(";"))

    def sha256(source: str) -> str:
        return "'sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode() + "'"

    script = re.search(r"<script>(.*?)</script>", page, re.S)
    style = re.search(r"<style>(.*?)</style>", page, re.S)
    assert script is not None and style is not None
    assert rules == {
        "default-src": "'none'",
        "script-src": sha256(script[1]),
        "style-src": sha256(style[1]),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert not re.search(r"\son\w+=|\sstyle=|<link[^>]+href=\"http|url\(|@import|innerHTML|insertAdjacentHTML|document\.write|eval\(", page)


def test_messages_are_whole_in_both_languages_and_all_used() -> None:
    assets = files("hangtag.report").joinpath("assets")
    messages = json.loads(assets.joinpath("messages.json").read_text(encoding="utf-8"))
    assert set(messages) == {"en", "zh"}
    assert set(messages["en"]) == set(messages["zh"])
    for key, english in messages["en"].items():
        assert set(re.findall(r"\{\w+\}", english)) == set(re.findall(r"\{\w+\}", messages["zh"][key])), key
    sources = "\n".join(assets.joinpath(name).read_text(encoding="utf-8") for name in (*SCRIPTS, "report.html.j2"))
    families = ("status.", "legend.", "decision.", "field.", "nav.", "duplicates.title", "rejects.title", "tag.image", "tag.audio")
    unused = [key for key in messages["en"] if f"'{key}'" not in sources and f'"{key}"' not in sources and not key.startswith(families)]
    assert unused == []


def test_write_is_whole_or_not_at_all(tmp_path: Path, products: list[ReportProduct], facts: RunFacts) -> None:
    out = tmp_path / "report.html"
    report = write_report(out, iter(products), facts=facts, sample=10)
    data = embedded(out.read_text(encoding="utf-8"))
    assert data["products"] == report.products and data["totals"]["products"] == 64
    assert data["facts"]["products_per_s"] == pytest.approx(64 / 0.84)
    with pytest.raises(InputError, match="there is no folder"):
        write_report(tmp_path / "missing" / "report.html", products)
    (tmp_path / "taken").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        write_report(tmp_path / "taken", products)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "taken"]
