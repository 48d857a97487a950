"""Whole runs: files in, files out, killed and resumed."""

import json
import random
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from hangtag.errors import CatalogError, RunError
from hangtag.jobs import Setup, evaluate_gold, plan_catalogue, report_run, tag_catalogue, tag_products, tag_stream
from hangtag.jobs.assemble import rejects_path
from hangtag.jobs.lines import tag_from
from hangtag.model import Product
from hangtag.testing import check_spans

SMALL = Path(__file__).parents[1] / "small_vocabulary.yaml"
SETUP = Setup(taggers=("given", "lexicon", "measure", "identifier", "keyword"), vocabulary=(str(SMALL),))
TITLES = [
    "Navy blue cotton shirt, long sleeve",
    "纯棉衬衫 藏青色 长袖",
    "Red linen dress without zipper",
    "移动电源 20000mAh 黑色",
    "Stainless steel drink bottle 1.5 l",
    "<b>Phone</b> case for iPhone 14<br>black",
    "不锈钢水壶500毫升 ★包邮★",
    "Fishing lure 12cm/22g red",
]


def write_catalogue(path: Path, rows: int, *, seed: int = 0) -> Path:
    chosen = random.Random(seed)
    with path.open("w", encoding="utf-8") as file:
        for number in range(rows):
            record = {
                "id": f"p{number}",
                "title": f"{chosen.choice(TITLES)} {number}",
                "description": chosen.choice(TITLES),
                "colour": "red",
            }
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    return path


def lines(path: Path) -> list[dict]:  # type: ignore[type-arg]
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_gives_one_line_a_product_in_order(tmp_path: Path, workers: int) -> None:
    catalogue = write_catalogue(tmp_path / "in.jsonl", 60)
    summary = tag_catalogue(catalogue, tmp_path / "out.jsonl", setup=SETUP, workers=workers, shard_rows=7)
    records = lines(tmp_path / "out.jsonl")
    assert [record["id"] for record in records] == [f"p{number}" for number in range(60)]
    assert (summary.rows, summary.products, summary.rejects) == (60, 60, 0)
    assert sum(summary.tags.values()) == sum(len(record["tags"]) for record in records) > 100
    assert not (tmp_path / "out.jsonl.run" / "shards").exists()


def test_the_number_of_workers_and_the_shards_change_nothing(tmp_path: Path) -> None:
    catalogue = write_catalogue(tmp_path / "in.jsonl", 50)
    outputs = set()
    for number, (workers, shard_rows) in enumerate([(1, 50), (2, 7), (2, 13)]):
        out = tmp_path / f"out{number}.jsonl"
        tag_catalogue(catalogue, out, setup=SETUP, workers=workers, shard_rows=shard_rows)
        outputs.add(out.read_bytes())
    assert len(outputs) == 1
    stream = b"".join(item for item in tag_stream(catalogue, setup=SETUP) if isinstance(item, bytes))
    plain = [{key: record[key] for key in ("id", "tags")} for record in lines(tmp_path / "out0.jsonl")]
    assert [{key: json.loads(line)[key] for key in ("id", "tags")} for line in stream.splitlines()] == plain


def test_a_stage_of_several_taggers_is_published_as_each_would_be(tmp_path: Path) -> None:
    catalogue = write_catalogue(tmp_path / "in.jsonl", 30)

    def counts(name: str, *taggers: str) -> dict[str, int]:
        return tag_catalogue(catalogue, tmp_path / f"{name}.jsonl", setup=replace(SETUP, taggers=taggers)).tags

    beside = counts("beside", "lexicon", "measure")
    assert beside["auto"] > 30
    staged = counts("staged", "lexicon+measure@0.0 > keyword")  # nothing goes on
    assert staged == beside
    last = counts("last", "lexicon@0.0 > keyword+measure")
    assert last == counts("alone", "lexicon") and last["auto"] > 0


def test_spans_resolve_from_input_and_output_alone(tmp_path: Path) -> None:
    catalogue = write_catalogue(tmp_path / "in.jsonl", 40)
    tag_catalogue(catalogue, tmp_path / "out.jsonl", setup=SETUP)
    seen = 0
    for given, record in zip(lines(catalogue), lines(tmp_path / "out.jsonl"), strict=True):
        texts = {
            "title": given["title"],
            "description": given["description"],
            "attributes.colour": given["colour"],
            **record.get("cleaned", {}),
        }
        for tag in record["tags"]:
            for item in tag["evidence"]:
                if "field" in item:
                    assert texts[item["field"]][item["start"] : item["end"]] == item["quote"]
                    seen += 1
    assert seen > 100


def test_rows_in_are_rows_out_plus_rejects(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    good = json.dumps({"id": "a", "title": "red dress"})
    path.write_text("\n".join([good, "{broken", json.dumps({"id": "b"}), good, json.dumps({"id": "c", "title": "linen shirt"})]) + "\n")
    summary = tag_catalogue(path, tmp_path / "out.jsonl", setup=SETUP, shard_rows=2, workers=1)
    assert (summary.rows, summary.products, summary.rejects) == (5, 2, 3)
    assert sum(summary.tags.values()) == sum(len(record["tags"]) for record in lines(tmp_path / "out.jsonl"))
    rejected = lines(rejects_path(tmp_path / "out.jsonl"))
    assert [reject["row"] for reject in rejected] == [2, 3, 4]
    assert "duplicate id 'a', first seen in row 1" in rejected[2]["reason"]
    assert all(reject["cure"] and reject["raw"] for reject in rejected)


def test_duplicates_are_linked_not_dropped(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    rows = [{"id": "a", "title": "red linen dress with long sleeves for summer"}, {"id": "b", "title": "blue cotton shirt, business style"}]
    rows.append({**rows[0], "id": "c"})
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    summary = tag_catalogue(path, tmp_path / "out.jsonl", setup=SETUP)
    assert summary.duplicates == 1
    assert [record.get("duplicate_of") for record in lines(tmp_path / "out.jsonl")] == [None, None, "a"]


def test_killed_at_any_moment_it_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    catalogue = write_catalogue(tmp_path / "in.jsonl", 3000)
    whole, broken = tmp_path / "whole.jsonl", tmp_path / "broken.jsonl"
    tag_catalogue(catalogue, whole, setup=SETUP, workers=1, shard_rows=100)
    command = [
        sys.executable,
        "-m",
        "hangtag",
        "tag",
        str(catalogue),
        "-o",
        str(broken),
        "--vocabulary",
        str(SMALL),
        "--workers",
        "2",
        "--shard-rows",
        "100",
        *(part for tagger in SETUP.taggers for part in ("--tagger", tagger)),
    ]
    chosen, kills = random.Random(7), 0
    for _ in range(40):
        process = subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True)
        try:
            process.wait(timeout=0.6 + chosen.random() * 0.9 if kills < 5 else 120)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            kills += 1
            process.wait()
            continue
        assert process.stderr is not None
        assert process.returncode == 0, process.stderr.read().decode()
        break
    assert kills > 0
    assert broken.read_bytes() == whole.read_bytes()
    assert rejects_path(broken).read_bytes() == rejects_path(whole).read_bytes()


def test_a_finished_run_is_not_done_again_unless_something_changed(tmp_path: Path) -> None:
    catalogue = write_catalogue(tmp_path / "in.jsonl", 20)
    out = tmp_path / "out.jsonl"
    tag_catalogue(catalogue, out, setup=SETUP)
    written = out.stat().st_mtime_ns
    assert tag_catalogue(catalogue, out, setup=SETUP).resumed
    assert out.stat().st_mtime_ns == written
    write_catalogue(catalogue, 25, seed=1)
    assert tag_catalogue(catalogue, out, setup=SETUP).products == 25


def test_an_unfinished_run_with_other_settings_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = write_catalogue(tmp_path / "in.jsonl", 20)
    out = tmp_path / "out.jsonl"
    with monkeypatch.context() as patch:
        patch.setattr("hangtag.jobs.tag.assemble", _cut)
        with pytest.raises(KeyboardInterrupt):
            tag_catalogue(catalogue, out, setup=SETUP)
    other = Setup(taggers=("lexicon",), vocabulary=SETUP.vocabulary)
    with pytest.raises(RunError, match="taggers changed since"):
        tag_catalogue(catalogue, out, setup=other)
    assert tag_catalogue(catalogue, out, setup=other, restart=True).products == 20


def _cut(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_standard_input_is_no_resumable_run(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="leave out -o"):
        tag_catalogue("-", tmp_path / "out.jsonl", setup=SETUP)


def test_a_plan_says_what_the_run_then_finds(tmp_path: Path) -> None:
    catalogue = write_catalogue(tmp_path / "in.jsonl", 80)
    with catalogue.open("a") as file:
        file.write("{broken\n")
    plan = plan_catalogue(catalogue, setup=SETUP)
    summary = tag_catalogue(catalogue, tmp_path / "out.jsonl", setup=SETUP)
    assert (plan.rows, plan.products, sum(plan.rejects.values())) == (summary.rows, summary.products, summary.rejects)
    assert set(plan.languages) == {"zh", "en"}
    assert plan.seconds > 0


def test_tags_of_a_file_and_of_its_products_are_the_same(tmp_path: Path) -> None:
    catalogue = write_catalogue(tmp_path / "in.jsonl", 10)
    tag_catalogue(catalogue, tmp_path / "out.jsonl", setup=SETUP)
    read = [[tag_from(tag) for tag in record["tags"]] for record in lines(tmp_path / "out.jsonl")]
    assert tag_products(catalogue, setup=SETUP) == read
    product = Product(id="x", fields={"title": "red linen dress"})
    (tags,) = tag_products([product], setup=SETUP)
    assert not check_spans(product, tags)


def test_the_report_joins_tags_and_texts(tmp_path: Path) -> None:
    catalogue = write_catalogue(tmp_path / "in.jsonl", 30)
    tag_catalogue(catalogue, tmp_path / "out.jsonl", setup=SETUP)
    assert report_run(tmp_path / "out.jsonl", tmp_path / "report.html") == 30
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "藏青" in page
    assert "<b>Phone</b>" not in page


def test_evaluation_scores_what_the_taggers_say(tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    rows = [
        {"id": "1", "title": "red linen dress", "gold": {"Colour": ["Red"], "材质": ["亚麻"]}},
        {"id": "2", "title": "藏青色纯棉衬衫", "gold": {"Colour": ["藏青"], "Nonsense": ["x"]}},
        {"id": "3", "title": "black shirt", "gold": {"Colour": []}},
    ]
    gold.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    report = evaluate_gold(gold, setup=SETUP).to_dict()
    assert (report["micro"]["correct"], report["micro"]["invented"], report["micro"]["missed"]) == (3, 1, 1)
    assert report["unknown"] == {"Nonsense": 1}


def test_the_rule_that_keeps_a_phrase_from_being_published_is_in_the_output_and_the_report(tmp_path: Path) -> None:
    catalogue = tmp_path / "in.jsonl"
    catalogue.write_text('{"id": "1", "title": "夏季法式显瘦连衣裙 上身最舒服"}\n', encoding="utf-8")
    tag_catalogue(catalogue, tmp_path / "out.jsonl", setup=Setup(taggers=("lexicon", "phrase", "keyword")), workers=1)
    (record,) = lines(tmp_path / "out.jsonl")
    (tag,) = [tag for tag in record["tags"] if any(item.get("inference") == "unsafe" for item in tag["evidence"])]
    assert (tag["attribute"], tag["status"]) == ("phrase", "review")
    report_run(tmp_path / "out.jsonl", tmp_path / "report.html")
    assert "zh-superlative: 绝对化用语" in (tmp_path / "report.html").read_text(encoding="utf-8")
