"""Labels bought from a language model: what a budget buys is kept, and counted the next time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hangtag.config import LlmSettings
from hangtag.errors import GoldError, InputError
from hangtag.jobs import Setup
from hangtag.jobs.buy import buy_labels
from hangtag.jobs.distil import Buying, distil
from hangtag.model import Product

from ..llm.fault_server import FaultServer

COLOURS = ("red", "navy", "black", "beige")


def answer(request: dict[str, Any]) -> str:
    title = json.loads(request["messages"][-1]["content"])["title"]
    colour = next(name for name in COLOURS if name in title)
    return json.dumps({"tags": [{"attribute": "Color", "value": colour, "quote": colour}]})


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    monkeypatch.setattr("hangtag.taggers.llm_folder.cache_folder", lambda: tmp_path)
    monkeypatch.setattr("hangtag.jobs.distil.fit", lambda *parts, card, **options: dict(card))  # what is learned is tested elsewhere
    with FaultServer(answer=answer) as running:
        yield running


def catalogue(folder: Path) -> Path:
    path = folder / "catalogue.csv"
    rows = [f"{n},A {COLOURS[n % 4]} cotton dress number {n},Dresses" for n in range(90)]
    path.write_text("\n".join(["id,title,category", *rows]), encoding="utf-8")
    return path


def teacher(server: FaultServer, budget: str, *taggers: str) -> Setup:
    return Setup(taggers=taggers or ("llm:m",), llm=LlmSettings(base_url=server.base_url, budget=budget))


def test_all_that_a_budget_pays_for_is_used_and_it_is_spent_once(server: FaultServer, tmp_path: Path) -> None:
    path, student = catalogue(tmp_path), tmp_path / "student"
    first = distil(path, student, teacher=teacher(server, "20k tokens"), buying=Buying(count=60))["bought"]
    asked = len(server.ledger)
    assert 10 < asked < 60 and server.spent_tokens <= 20_000
    assert (first["chosen"], first["products"], first["tags"]) == (60, asked, asked)
    assert (first["bill"]["llm:m@v1"]["requests"], first["bill"]["llm:m@v1"]["cached"]) == (asked, 0)
    again = distil(path, student, teacher=teacher(server, "20k tokens"), buying=Buying(count=60))["bought"]
    assert again["products"] == asked == len(server.ledger), "the same answers, and nothing is paid for them"
    more = distil(path, student, teacher=teacher(server, "1m tokens"), buying=Buying(count=60))["bought"]
    assert more["products"] == len(server.ledger) == 60, "a larger budget buys the others"


def test_two_teachers_and_the_one_that_wavers_share_the_budget(server: FaultServer, tmp_path: Path) -> None:
    both = teacher(server, "34k tokens", "llm:a", "llm:b")
    wavering = teacher(server, "34k tokens", "llm:c")
    small = tmp_path / "small.csv"
    small.write_text("\n".join(catalogue(tmp_path).read_text(encoding="utf-8").splitlines()[:21]), encoding="utf-8")
    bought = distil(small, tmp_path / "student", teacher=both, buying=Buying(count=20, unsure=wavering))["bought"]
    assert server.spent_tokens <= 34_000
    bill = bought["bill"]
    assert bill["llm:c@v1"]["requests"] == 20
    assert sum(one["requests"] for one in bill.values()) == len(server.ledger)
    assert 0 < bought["products"] == bill["llm:b@v1"]["requests"] < 20, "a product is answered once both have read it"


def test_a_budget_for_no_product_at_all_says_so(server: FaultServer, tmp_path: Path) -> None:
    with pytest.raises(GoldError, match="no product was answered before"):
        distil(catalogue(tmp_path), tmp_path / "student", teacher=teacher(server, "100 tokens"))
    assert not server.ledger


def test_a_teacher_that_costs_nothing_sells_no_labels(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--ask"):
        distil(catalogue(tmp_path), tmp_path / "student", teacher=Setup(taggers=("lexicon",)), buying=Buying(count=5))


def test_silence_on_what_was_not_asked_is_no_absence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hangtag.taggers.llm_folder.cache_folder", lambda: tmp_path)
    labels = [
        {"id": "a", "title": "Plain dress", "category": "Dresses", "gold": {"Color": [], "Fit": ["slim"]}},
        {"id": "b", "title": "Desk lamp", "category": "Lamps", "gold": {"Power": ["40 W"], "Color": ["white"]}},
    ]
    (tmp_path / "labels.jsonl").write_text("\n".join(map(json.dumps, labels)))

    def read(request: dict[str, Any]) -> str:
        asked = request["response_format"]["json_schema"]["schema"]["properties"]["tags"]["items"]["properties"]["attribute"]["enum"]
        said = {"Power": "60 W"} if "Power" in asked else {"Fit": "wide"}
        return json.dumps({"tags": [{"attribute": name, "value": value, "quote": value} for name, value in said.items()]})

    products = [
        Product(id="1", fields={"title": "wide dress"}, category="Dresses"),
        Product(id="2", fields={"title": "lamp, 60 W"}, category="Lamps"),
    ]
    with FaultServer(answer=read) as running:
        setup = Setup(taggers=("llm:m",), llm=LlmSettings(base_url=running.base_url, examples=(str(tmp_path / "labels.jsonl"),)))
        bought = buy_labels(products, setup, count=2, least=0.0)
    assert dict(zip([product.id for product in bought.products], bought.open, strict=True)) == {"1": {"Power"}, "2": {"Fit"}}
