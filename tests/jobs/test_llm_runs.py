"""Whole runs with a language model: faults, kills, budgets, plans, calibration."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from hangtag.cli.app import app
from hangtag.config import LlmSettings, Price, cache_folder
from hangtag.errors import BudgetSpent, ConfigError, EndpointError, InputError, RunError
from hangtag.jobs import Setup, evaluate_gold, plan_catalogue, tag_catalogue, tag_stream
from hangtag.jobs.bills import Bills, Tell
from hangtag.jobs.calibrate import calibrate_model
from hangtag.jobs.curve import measure_cascade
from hangtag.jobs.evaluate import compare_taggers
from hangtag.jobs.setup import StageSpec, read_stages
from hangtag.jobs.thresholds import write_thresholds
from hangtag.llm import endpoint
from hangtag.taggers import asking
from hangtag.taggers.asking import PROMPTS

from ..llm.fault_server import FaultServer

COLOURS = ("red", "navy", "black", "beige")
PRICE = {"m": Price(input=1.0, output=4.0)}


def answer(request: dict[str, Any]) -> str:
    title = json.loads(request["messages"][-1]["content"])["title"]
    colour = next((name for name in COLOURS if name in title), None)
    if colour is None:
        return "no idea"
    return json.dumps({"tags": [{"attribute": "Color", "value": colour, "quote": colour}]})


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers of a test are its own; the vectors of the vocabulary are everybody's."""
    monkeypatch.setattr("hangtag.taggers.llm_folder.cache_folder", lambda: tmp_path)


@pytest.fixture
def start() -> Iterator[Callable[..., FaultServer]]:
    running: list[FaultServer] = []

    def begin(**options: Any) -> FaultServer:
        running.append(FaultServer(answer=answer, **options).__enter__())
        return running[-1]

    yield begin
    for server in running:
        server.__exit__(None, None, None)


def catalogue(folder: Path, count: int) -> Path:
    path = folder / "catalogue.csv"
    rows = [f"{n},A {COLOURS[n % 4]} cotton dress number {n},Dresses" for n in range(count)]
    path.write_text("\n".join(["id,title,category", *rows]), encoding="utf-8")
    return path


def setup(server: FaultServer, **settings: Any) -> Setup:
    return Setup(taggers=("llm:m",), llm=LlmSettings(base_url=server.base_url, timeout_s=1.5, prices=PRICE, **settings))


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_every_product_is_answered_or_rejected_once(start: Callable[..., FaultServer], tmp_path: Path) -> None:
    server = start(faults=0.2, seed=5, hang_s=4, drip_s=0.1)
    output = tmp_path / "tags.jsonl"
    summary = tag_catalogue(catalogue(tmp_path, 120), output, setup=setup(server))
    assert summary.products + summary.rejects == 120
    assert [line["id"] for line in lines(output)] == [str(n) for n in range(120) if str(n) in {line["id"] for line in lines(output)}]
    assert server.spent_tokens <= 1.03 * (server.clean_tokens + server.lost)
    bill = summary.llm["llm:m@v1"]
    assert bill["requests"] >= 120 and bill["money"] > 0


def test_what_is_not_answered_is_in_the_rejects_with_its_cure(start: Callable[..., FaultServer], tmp_path: Path) -> None:
    path = catalogue(tmp_path, 12)
    path.write_text(path.read_text(encoding="utf-8").replace("red", "colourless"), encoding="utf-8")  # the server fails on these
    server = start()
    output = tmp_path / "tags.jsonl"
    summary = tag_catalogue(path, output, setup=setup(server, attempts=2))
    assert (summary.products, summary.rejects) == (9, 3)
    rejected = lines(tmp_path / "tags.jsonl.rejects.jsonl")
    assert [one["raw"]["id"] for one in rejected] == ["0", "4", "8"]
    assert all("llm:m" in one["reason"] and "again" in one["cure"] for one in rejected)


def test_rejects_are_tagged_again_under_the_ids_they_had(start: Callable[..., FaultServer], tmp_path: Path) -> None:
    path = tmp_path / "catalogue.csv"
    path.write_text("商品ID,title,category\na,A red dress,Dresses\n,A navy dress,Dresses\nc,,\nd,A black dress,Dresses\n", encoding="utf-8")
    server = start(faults=["500", "500"])
    first, again = tmp_path / "tags.jsonl", tmp_path / "again.jsonl"
    asked = setup(server, attempts=2)
    assert tag_catalogue(path, first, setup=asked).products == 0
    rejects = tmp_path / "tags.jsonl.rejects.jsonl"
    summary = tag_catalogue(rejects, again, setup=asked)
    assert (summary.rows, summary.products, summary.rejects) == (4, 3, 1)
    assert [(line["id"], line["tags"][0]["value"]) for line in lines(again)] == [("a", "red"), ("row-2", "navy"), ("d", "black")]
    (left,) = lines(tmp_path / "again.jsonl.rejects.jsonl")
    assert left["raw"]["商品ID"] == "c" and "no title" in left["reason"]


def test_a_budget_stops_cleanly_and_more_goes_on(start: Callable[..., FaultServer], tmp_path: Path) -> None:
    path = catalogue(tmp_path, 500)
    clean = start()
    tag_catalogue(path, tmp_path / "clean.jsonl", setup=setup(clean))
    server = start()
    output = tmp_path / "tags.jsonl"
    half = setup(server, budget=f"{clean.spent_tokens // 2} tokens")
    with pytest.raises(BudgetSpent, match="200 products"):
        tag_catalogue(path, output, setup=half)
    assert 0.98 * clean.spent_tokens / 2 <= server.spent_tokens <= clean.spent_tokens / 2
    assert len(lines(output)) == 200
    with pytest.raises(BudgetSpent):  # a budget is the run's, however often it is begun
        tag_catalogue(path, output, setup=half)
    summary = tag_catalogue(path, output, setup=setup(server, budget=f"{2 * clean.spent_tokens} tokens"))
    assert summary.products == 500
    assert server.spent_tokens <= 1.05 * clean.spent_tokens
    assert output.read_bytes() == (tmp_path / "clean.jsonl").read_bytes()


def test_a_budget_is_one_for_all_language_models_of_a_run(start: Callable[..., FaultServer], tmp_path: Path) -> None:
    path, output = catalogue(tmp_path, 120), tmp_path / "tags.jsonl"
    server = start()
    two = replace(setup(server, budget="100k tokens"), taggers=("llm:a", "llm:b"))
    with pytest.raises(BudgetSpent):
        tag_catalogue(path, output, setup=two)
    assert 0.9 * 100_000 <= server.spent_tokens <= 100_000
    spent = tmp_path / "tags.jsonl.run" / "spent.jsonl"
    assert len(lines(spent)) == len(server.ledger) and {line[3] for line in lines(spent)} == {"a", "b"}
    spent.write_bytes(spent.read_bytes() + b"[12,")  # killed while writing
    with pytest.raises(BudgetSpent):
        tag_catalogue(path, output, setup=two)
    assert server.spent_tokens <= 100_000
    done = tag_catalogue(path, output, setup=replace(two, llm=msgspec.structs.replace(two.llm, budget="1m tokens")))
    assert done.products == 120
    bills = [done.llm[name] for name in ("llm:a@v1", "llm:b@v1")]
    assert [bill["requests"] for bill in bills] == [120, 120]
    assert sum(bill["asked_tokens"] + bill["answered_tokens"] for bill in bills) == server.spent_tokens
    assert len(lines(spent)) == len(server.ledger) == 240


def test_money_is_counted_by_each_models_price(start: Callable[..., FaultServer], tmp_path: Path) -> None:
    server = start()
    prices = {"a": Price(input=1.0, output=4.0), "b": Price(input=10.0, output=40.0)}
    llm = LlmSettings(base_url=server.base_url, prices=prices, budget=0.3)
    with pytest.raises(BudgetSpent):
        tag_catalogue(catalogue(tmp_path, 120), tmp_path / "tags.jsonl", setup=Setup(taggers=("llm:a", "llm:b"), llm=llm))
    spent = [(prices[model], asked, answered) for asked, answered, _, model in lines(tmp_path / "tags.jsonl.run" / "spent.jsonl")]
    assert 0.25 <= sum(asked * price.input + answered * price.output for price, asked, answered in spent) / 1e6 <= 0.3
    unpriced = msgspec.structs.replace(llm, prices={"a": prices["a"]})
    with pytest.raises(ConfigError, match="'b'"):
        Setup(taggers=("llm:a", "llm:b"), llm=unpriced).build()


def test_a_killed_run_goes_on_and_pays_once(start: Callable[..., FaultServer], tmp_path: Path) -> None:
    path = catalogue(tmp_path, 300)
    server = start(latency_s=0.01)
    cache = tmp_path / "cache"
    cache.mkdir()
    for vectors in cache_folder().glob("vectors-*.npy"):
        (cache / vectors.name).symlink_to(vectors)
    command = [sys.executable, "-m", "hangtag", "tag", str(path), "-o", str(tmp_path / "tags.jsonl"), "--tagger", "llm:m"]
    environment = {**os.environ, "OPENAI_BASE_URL": server.base_url, "HANGTAG_CACHE": str(cache)}
    first = subprocess.Popen(command, env=environment, cwd=tmp_path, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 120
    while server.answered < 150 and first.poll() is None and time.monotonic() < until:
        time.sleep(0.02)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert 150 <= server.answered < 300
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert len(lines(tmp_path / "tags.jsonl")) == 300
    # What was under way when it was killed is asked again: one request of 16 at once is 5 % here, and 0.8 % of 2,000.
    assert len(server.ledger) <= 300 + 16


def test_a_plan_says_what_it_would_cost_and_asks_nothing(start: Callable[..., FaultServer], tmp_path: Path) -> None:
    path = catalogue(tmp_path, 150)
    server = start()
    (foreseen,) = plan_catalogue(path, setup=setup(server)).llm
    assert not server.ledger
    assert (foreseen.questions, foreseen.cached, foreseen.measured) == (150, 0, False)
    assert "cotton dress number" in foreseen.sample_prompt and "Color" in foreseen.sample_prompt
    assert foreseen.money is not None and foreseen.money > 0
    tag_catalogue(path, tmp_path / "tags.jsonl", setup=setup(server))
    (after,) = plan_catalogue(path, setup=setup(server)).llm
    assert (after.cached, after.asked_tokens, after.measured) == (150, 0, True)
    (other,) = plan_catalogue(path, setup=setup(server, most_values=5)).llm
    true = sum(record.prompt_tokens for record in server.ledger)
    assert other.asked_tokens == pytest.approx(true, rel=0.25)


def test_a_plan_counts_the_same_content_once_and_the_pace(start: Callable[..., FaultServer], tmp_path: Path) -> None:
    path, server = tmp_path / "catalogue.csv", start()
    path.write_text("id,title,category\n" + "".join(f"{n},A red dress,Dresses\n" for n in range(600)), encoding="utf-8")
    (same,) = plan_catalogue(path, setup=setup(server)).llm
    assert same.questions == 1
    rows = [f"{n},A red dress {'of long words ' * 30 * (n >= 300)} number {n},Dresses" for n in range(600)]
    path.write_text("\n".join(["id,title,category", *rows]), encoding="utf-8")
    (paced,) = plan_catalogue(path, setup=setup(server, requests_per_minute=1)).llm
    assert (paced.questions, paced.seconds) == (600, 36_000)
    (batched,) = plan_catalogue(path, setup=setup(server, requests_per_minute=1, batch=True)).llm
    assert paced.money is not None and batched.seconds is None and batched.money == pytest.approx(paced.money / 2, abs=1e-4)
    short, long = (plan_catalogue(part, setup=setup(server)).llm[0].asked_tokens for part in halves(path, rows))
    assert paced.asked_tokens == pytest.approx(short + long, rel=0.1), "rows of the beginning alone would be too short"


def halves(folder: Path, rows: list[str]) -> Iterator[Path]:
    for name, part in (("short", rows[:300]), ("long", rows[300:])):
        path = folder.with_name(f"{name}.csv")
        path.write_text("\n".join(["id,title,category", *part]), encoding="utf-8")
        yield path


def test_a_plan_needs_no_key_and_a_run_without_one_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "ALLOW_NETWORK", True)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    path, keyless = catalogue(tmp_path, 5), Setup(taggers=("llm:m",))
    assert plan_catalogue(path, setup=keyless).llm[0].questions == 5
    with pytest.raises(EndpointError, match="OPENAI_API_KEY"):
        tag_catalogue(path, tmp_path / "tags.jsonl", setup=keyless)
    assert not (tmp_path / "tags.jsonl.run").exists() or not any((tmp_path / "tags.jsonl.run").iterdir())


def test_a_language_model_is_calibrated_into_a_folder_that_is_a_tagger(start: Callable[..., FaultServer], tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    rows = [
        {"id": str(n), "title": f"A {COLOURS[n % 4]} dress {n}", "category": "Dresses", "gold": {"Color": [COLOURS[n % 4]]}}
        for n in range(120)
    ]
    gold.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    server = start()
    with pytest.raises(InputError, match="-o"):
        calibrate_model("llm:m", gold, setup=setup(server))
    promised = calibrate_model("llm:m", gold, setup=setup(server, examples=(str(gold),)), output=tmp_path / "promised", precision=0.9)
    assert promised["overall"]["threshold"] <= 1 and promised["overall"]["share"] > 0.9
    summary = tag_catalogue(
        catalogue(tmp_path, 20),
        tmp_path / "tags.jsonl",
        setup=Setup(taggers=(str(tmp_path / "promised"),), llm=LlmSettings(base_url=server.base_url, examples=(str(gold),))),
    )
    assert summary.tags == {"auto": 20}


@pytest.mark.parametrize("change", ["samples", "prompts", "examples", "endpoint"])
def test_nothing_is_promised_of_answers_to_other_questions(
    start: Callable[..., FaultServer], tmp_path: Path, change: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    gold, promised = tmp_path / "gold.jsonl", tmp_path / "promised"
    rows = [
        {"id": str(n), "title": f"A {COLOURS[n % 4]} dress {n}", "category": "Dresses", "gold": {"color": [COLOURS[n % 4]]}}
        for n in range(60)
    ]
    gold.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    server = start()
    plain = setup(server)
    calibrate_model("llm:m", gold, setup=plain, output=promised, precision=0.9)
    own = tmp_path / "prompts"
    shutil.copytree(Path(asking.__file__).parent / "prompts" / PROMPTS, own)
    changed = {
        "samples": {"samples": 5},
        "prompts": {"prompts": str(own)},
        "examples": {"examples": (str(gold),)},
        "endpoint": {"base_url": ""},
    }[change]
    monkeypatch.setenv("OPENAI_BASE_URL", start().base_url)
    path, same = catalogue(tmp_path, 8), replace(plain, taggers=(str(promised),))
    done = tag_catalogue(path, tmp_path / "same.jsonl", setup=same)
    assert done.tags == {"auto": 8} and list(done.promises) == ["promised"]
    faster = replace(same, llm=msgspec.structs.replace(same.llm, concurrency=2, budget="1m tokens"))
    assert tag_catalogue(path, tmp_path / "faster.jsonl", setup=faster).tags == {"auto": 8} and not caplog.messages
    other = replace(same, llm=msgspec.structs.replace(same.llm, **changed))
    done = tag_catalogue(path, tmp_path / "other.jsonl", setup=other)
    assert (done.tags, done.promises) == ({"review": 8}, {})
    assert "hangtag calibrate" in caplog.text
    calibrate_model(promised, gold, setup=other, precision=0.9)
    assert tag_catalogue(path, tmp_path / "other.jsonl", setup=other).tags == {"auto": 8}


def test_an_endpoint_of_the_environment_counts_as_one_of_the_settings(
    start: Callable[..., FaultServer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = start(), start()
    path, output = catalogue(tmp_path, 3), tmp_path / "tags.jsonl"
    for server in (one, one, other):
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        tag_catalogue(path, output, setup=Setup(taggers=("llm:m",), llm=LlmSettings()))
    assert len(one.ledger) == len(other.ledger) == 3


def test_the_curve_of_a_cascade_ends_where_everything_is_sent_on(start: Callable[..., FaultServer], tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    rows = [
        {"id": str(n), "title": f"A {COLOURS[n % 4]} dress {n}", "category": "Dresses", "gold": {"color": [COLOURS[n % 4]]}}
        for n in range(40)
    ]
    gold.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    points = [asdict(point) for point in measure_cascade(gold, Setup(taggers=("lexicon",)), setup(start())).curve()]
    assert [point["sent"] for point in points] == sorted(point["sent"] for point in points)
    assert points[0]["sent"] == points[0]["asked"] == 0 and points[-1]["sent"] == points[-1]["asked"] == 1
    assert points[-1]["f1"] == 1.0
    assert points[0]["cost_per_1000"] in (None, 0) and points[-1]["cost_per_1000"] > 0
    assert points[0]["products_per_s"] > points[-1]["products_per_s"]


def test_thresholds_by_attribute_ask_again_where_that_pays(start: Callable[..., FaultServer], tmp_path: Path) -> None:
    gold, output = tmp_path / "gold.jsonl", tmp_path / "tags.jsonl"
    rows = [
        {
            "id": str(n),
            "title": f"A {COLOURS[n % 4]} cotton dress {n} on a white hanger",
            "category": "Dresses",
            "gold": {"color": [COLOURS[n % 4]], "material": ["cotton"]},
        }
        for n in range(40)
    ]
    gold.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    server = start()  # it knows the colour of the dress, and says nothing of materials
    measured = measure_cascade(gold, Setup(taggers=("lexicon",)), setup(server))
    chosen, point = measured.by_attribute(1.0)
    alone, *_, everything = measured.curve()
    assert alone.f1 < 1 and everything.f1 < 1 and point.f1 == 1.0
    assert point.asked == 0.5 and everything.asked == 1.0
    assert chosen["material"] == 0.0 and chosen["color"] > 1
    write_thresholds(tmp_path / "sure.json", chosen)
    cascade = replace(setup(server), taggers=(f"lexicon@{tmp_path / 'sure.json'} > llm:m",))
    tag_catalogue(gold, output, setup=cascade)
    said = [{tag["attribute"]: tag["value"] for tag in line["tags"] if tag["attribute"] in chosen} for line in lines(output)]
    assert said == [{"color": COLOURS[n % 4], "material": "cotton"} for n in range(40)]
    write_thresholds(tmp_path / "sure.json", {**chosen, "material": 0.5})
    with pytest.raises(RunError, match="thresholds changed"):
        (tmp_path / "tags.jsonl.run" / "summary.json").unlink()
        tag_catalogue(gold, output, setup=cascade)


def test_thresholds_are_chosen_for_what_labels_judge(start: Callable[..., FaultServer], tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    rows = [
        {"id": str(n), "title": f"A {COLOURS[n % 4]} cotton dress {n} on a white hanger", "gold": {"Colour": [COLOURS[n % 4]]}}
        for n in range(10)
    ]
    gold.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    chosen, point = measure_cascade(gold, Setup(taggers=("lexicon",)), setup(start())).by_attribute(1.0)
    assert set(chosen) == {"color"}  # by whatever name; nobody judged the material
    assert point.f1 == 1.0
    gold.write_text("\n".join(json.dumps({**row, "gold": {"brand": []}}) for row in rows), encoding="utf-8")
    with pytest.raises(InputError, match="judge nothing that the first tagger says"):
        measure_cascade(gold, Setup(taggers=("lexicon",)), setup(start())).by_attribute(1.0)


@pytest.mark.parametrize("content", ["{", '{"color": "high"}', '{"color": -1}', "[1]"])
def test_a_file_of_thresholds_that_holds_something_else_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "sure.json"
    cascade = Setup(taggers=(f"lexicon@{path} > keyword",))
    with pytest.raises(InputError, match="cannot be read"):
        cascade.build()
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="no thresholds"):
        cascade.build()
    for name in ("sure.toml", "a@b.json", "a>b.json"):
        with pytest.raises(InputError, match="name the file so"):
            write_thresholds(tmp_path / name, {})
    with pytest.raises(InputError, match="there is no folder"):
        write_thresholds(tmp_path / "none" / "sure.json", {})


def test_every_job_tells_what_it_cost_and_learns_the_models_habits(start: Callable[..., FaultServer], tmp_path: Path) -> None:
    gold, server = tmp_path / "gold.jsonl", start()
    rows = [
        {"id": str(n), "title": f"A {COLOURS[n % 4]} dress {n}", "category": "Dresses", "gold": {"color": [COLOURS[n % 4]]}}
        for n in range(8)
    ]
    gold.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    asked = setup(server)
    jobs: dict[str, Callable[[Setup, Tell], Any]] = {
        "evaluate": lambda one, tell: evaluate_gold(gold, setup=one, tell=tell),
        "calibrate": lambda one, tell: calibrate_model("llm:m", gold, setup=one, output=tmp_path / "promised", tell=tell),
        "compare": lambda one, tell: compare_taggers(gold, {"it": one}, tell=tell),
        "curve": lambda one, tell: measure_cascade(gold, Setup(taggers=("lexicon",)), one, tell=tell),
        "stream": lambda one, tell: list(tag_stream(gold, setup=one, tell=tell)),
    }
    for name, job in jobs.items():
        for kept in tmp_path.glob("llm-answers.sqlite*"):
            kept.unlink()
        told: list[Bills] = []
        before = len(server.ledger)
        job(asked, told.append)
        assert [bill["llm:m@v1"]["requests"] for bill in told] == [8] == [len(server.ledger) - before], name
        assert told[0]["llm:m@v1"]["money"] > 0
        assert plan_catalogue(gold, setup=asked).llm[0].measured, name
        free: list[Bills] = []
        evaluate_gold(gold, setup=Setup(taggers=("lexicon",)), tell=free.append)
        assert not free, "nothing is said of what costs nothing"


def test_the_commands_show_what_language_models_cost(
    start: Callable[..., FaultServer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", start().base_url)
    gold = tmp_path / "gold.jsonl"
    gold.write_text(json.dumps({"id": "1", "title": "A red dress", "category": "Dresses", "gold": {"color": ["red"]}}), encoding="utf-8")
    for command in ("evaluate", "compare", "tag", "calibrate"):
        importlib.import_module(f"hangtag.cli.{command}")
    for command in (["evaluate", str(gold), "--tagger"], ["compare", str(gold), "--tagger"], ["tag", str(gold), "--tagger"]):
        found = CliRunner().invoke(app, [*command, "llm:m"])
        assert found.exit_code == 0 and "llm:m@v1: " in found.stderr and "tokens" in found.stderr, command
        assert ("quotes that the product does not have: 0.0 %" in found.stdout) == (command[0] == "evaluate")
    found = CliRunner().invoke(app, ["calibrate", "llm:m", str(gold), "-o", str(tmp_path / "promised")])
    assert found.exit_code == 0 and "1 answers were kept from before" in found.stderr


def test_cascades_are_written_as_specs() -> None:
    assert read_stages("lexicon@few/sure.json > llm:x")[0] == StageSpec(("lexicon",), 0.8, "few/sure.json")
    assert read_stages("lexicon") == [StageSpec(("lexicon",), 0.8)]
    assert read_stages("lexicon+measure@0.9 > models/a@0.75 > llm:x") == [
        StageSpec(("lexicon", "measure"), 0.9),
        StageSpec(("models/a",), 0.75),
        StageSpec(("llm:x",), 0.8),
    ]
    assert "keyword" in read_stages("default > llm:x")[0].specs
    assert Setup(taggers=("lexicon > llm:x",)).asks_llm
    assert Setup(taggers=("lexicon > llm:x",)).without_llm().taggers == ("lexicon",)


def test_cascades_are_planned_and_billed(start: Callable[..., FaultServer], tmp_path: Path) -> None:
    server = start()
    mixed = Setup(taggers=("lexicon@0.99 > llm:m",), llm=LlmSettings(base_url=server.base_url, prices=PRICE))
    path = catalogue(tmp_path, 20)
    assert plan_catalogue(path, setup=mixed).llm[0].questions == 20
    summary = tag_catalogue(path, tmp_path / "tags.jsonl", setup=mixed)
    assert summary.llm["llm:m@v1"]["requests"] == len(server.ledger) > 0


def test_an_endpoint_that_is_gone_stops_the_run(tmp_path: Path) -> None:
    gone = Setup(taggers=("llm:m",), llm=LlmSettings(base_url="http://127.0.0.1:9/v1"))
    with pytest.raises(EndpointError, match="cannot be reached"):
        tag_catalogue(catalogue(tmp_path, 60), tmp_path / "tags.jsonl", setup=gone)


def test_what_was_useless_is_asked_anew_another_day(start: Callable[..., FaultServer], tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_text("id,title,category\n1,A dress,Dresses\n", encoding="utf-8")
    server = start()
    assert tag_catalogue(path, tmp_path / "a.jsonl", setup=setup(server)).rejects == 1
    before = len(server.ledger)
    assert tag_catalogue(path, tmp_path / "b.jsonl", setup=setup(server)).rejects == 1
    assert len(server.ledger) == 2 * before
