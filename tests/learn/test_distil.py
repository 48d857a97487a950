"""Students, and learning from products nobody labelled."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hangtag.config import LlmSettings
from hangtag.errors import GoldError
from hangtag.jobs import Setup
from hangtag.jobs.buy import buy_labels
from hangtag.jobs.distil import Buying, distil
from hangtag.jobs.self_train import self_train
from hangtag.jobs.train import cross_validate
from hangtag.learn.settings import STUDENT, TrainSettings
from hangtag.model import Product
from hangtag.taggers.trained import open_model

from ..llm.fault_server import FaultServer
from .conftest import COLORS, NOUNS

Products = Callable[[int, int], list[dict[str, Any]]]
Writer = Callable[[Path, list[dict[str, Any]]], Path]
pytestmark = pytest.mark.xdist_group("learn")


def write_catalogue(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps({"id": row["id"], "title": row["title"]}, ensure_ascii=False) + "\n" for row in rows))
    return path


@pytest.fixture
def small(tiny_backbone: str) -> TrainSettings:
    return replace(STUDENT, backbone=tiny_backbone, layers=1, epochs=10, batch=16, learning_rate=2e-3, head_learning_rate=4e-3)


@pytest.fixture
def whole(tiny_backbone: str) -> TrainSettings:
    return TrainSettings(backbone=tiny_backbone, epochs=10, batch=16, learning_rate=2e-3, head_learning_rate=4e-3)


def test_a_student_says_what_its_teacher_says(model_folder: Path, small: TrainSettings, tmp_path: Path, products: Products) -> None:
    catalogue = write_catalogue(tmp_path / "catalogue.jsonl", products(160, 5))
    card = distil(catalogue, tmp_path / "student", teacher=Setup(taggers=(str(model_folder),)), settings=small)
    assert card["taught"] == 144 and card["dev"]["f1"] > 0.7
    student, teacher = open_model(tmp_path / "student"), open_model(model_folder)
    product = Product(id="1", fields={"title": "Emberly coat for women, teal, size M"})

    def said(tagger: Any) -> set[tuple[str, str]]:
        return {(tag.attribute, tag.value) for tag in tagger.tag([product])[0]}

    assert len(said(student) & said(teacher)) >= 3

    def size(folder: Path) -> int:
        return (folder / "model.int8.onnx").stat().st_size

    assert size(tmp_path / "student") < size(model_folder)


def test_labels_are_learned_beside_the_teachers_tags(
    model_folder: Path, small: TrainSettings, tmp_path: Path, products: Products, write_gold: Writer
) -> None:
    catalogue = write_catalogue(tmp_path / "catalogue.jsonl", products(60, 5))
    gold = write_gold(tmp_path / "gold.jsonl", products(60, 6))
    card = distil(catalogue, tmp_path / "student", teacher=Setup(taggers=(str(model_folder),)), gold=gold, settings=small)
    assert (card["products"], card["taught"], card["dev"]["products"]) == (54 + 59, 59, 6)  # one title is a held-out product's


def test_a_silent_teacher_is_refused(small: TrainSettings, tmp_path: Path) -> None:
    catalogue = write_catalogue(tmp_path / "catalogue.jsonl", [{"id": "1", "title": "qwrtz"}, {"id": "2", "title": "zzz"}])
    with pytest.raises(GoldError, match="says nothing"):
        distil(catalogue, tmp_path / "student", teacher=Setup(taggers=("lexicon",)), settings=small)


def test_unlabelled_products_are_learned_from_where_tags_are_surely_right(
    whole: TrainSettings, tmp_path: Path, products: Products, write_gold: Writer
) -> None:
    gold = write_gold(tmp_path / "gold.jsonl", products(300, 1))
    catalogue = write_catalogue(tmp_path / "catalogue.jsonl", products(240, 5))  # most have a title that is labelled
    card = self_train(gold, catalogue, tmp_path / "model", settings=whole, precision=0.8)
    assert 20 < card["self_trained"] < 80 and card["products"] == 270 + card["self_trained"] and card["dev"]["f1"] > 0.8
    few = write_gold(tmp_path / "few.jsonl", products(30, 1))
    assert self_train(few, catalogue, tmp_path / "second", settings=replace(whole, epochs=2), precision=0.95)["self_trained"] == 0


def test_where_too_few_are_held_out_to_promise_anything_the_labels_are_asked_by_folds(
    whole: TrainSettings, tmp_path: Path, products: Products, write_gold: Writer
) -> None:
    gold = write_gold(tmp_path / "gold.jsonl", products(150, 1))
    catalogue = write_catalogue(tmp_path / "catalogue.jsonl", products(80, 5))
    card = self_train(gold, catalogue, tmp_path / "model", settings=whole, precision=0.9)  # 15 held out have no 42 tags
    assert 20 < card["self_trained"] <= 80 and card["products"] == 135 + card["self_trained"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["catalogue.jsonl", "gold.jsonl", "model"]


def test_where_a_part_of_few_labels_cannot_be_learned_from_the_first_model_stays(tmp_path: Path, write_gold: Writer) -> None:
    rows = [{"id": str(n), "title": f"{'blue' if n in (0, 5) else 'red'} dress {n}"} for n in range(24)]
    gold = write_gold(tmp_path / "gold.jsonl", [{**row, "gold": {"color": [str(row["title"]).split()[0]]}} for row in rows])
    catalogue = write_catalogue(tmp_path / "catalogue.jsonl", rows)
    (tmp_path / "model.without-3").mkdir()  # left by a kill
    card = self_train(gold, catalogue, tmp_path / "model", kind="bow-lr")  # without its first fifth all are red
    assert card["self_trained"] == 0 and open_model(tmp_path / "model").settings.attributes
    assert sorted(path.name for path in tmp_path.iterdir()) == ["catalogue.jsonl", "gold.jsonl", "model"]


def test_folds_score_every_product_once_and_go_on_after_a_kill(
    whole: TrainSettings, tmp_path: Path, products: Products, write_gold: Writer
) -> None:
    settings = replace(whole, epochs=6)
    gold = write_gold(tmp_path / "gold.jsonl", products(90, 1))
    heard: list[int] = []
    facts = cross_validate(gold, tmp_path / "work", folds=3, settings=settings, progress=lambda epoch, loss: heard.append(epoch))
    assert [one["products"] for one in facts["folds"]] == [30, 30, 30] and heard == list(range(1, 19))
    assert facts["micro"]["correct"] + facts["micro"]["wrong"] + facts["micro"]["missed"] == sum(
        len(values) for row in products(90, 1) for values in row["gold"].values()
    )
    again = cross_validate(gold, tmp_path / "work", folds=3, settings=settings, progress=lambda epoch, loss: heard.append(epoch))
    assert again == facts and len(heard) == 18
    with pytest.raises(GoldError, match="cannot be parted"):
        cross_validate(gold, tmp_path / "other", folds=91, settings=settings)


def read_title(request: dict[str, Any]) -> str:
    """A model that reads colours and nouns, and dreams of brands."""
    title = json.loads(request["messages"][-1]["content"])["title"]
    said = [("Color", word) for word in COLORS if word in title] + [("Item", word) for word in NOUNS if word in title]
    tags = [{"attribute": name, "value": value, "quote": value} for name, value in said]
    return json.dumps({"tags": [*tags, {"attribute": "Brand", "value": "Dreamland", "quote": "Dreamland"}]})


def test_labels_bought_from_a_language_model_teach_a_student(
    small: TrainSettings, tmp_path: Path, products: Products, write_gold: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hangtag.taggers.llm_folder.cache_folder", lambda: tmp_path)
    catalogue = write_catalogue(tmp_path / "catalogue.jsonl", products(400, 5))
    shown = write_gold(tmp_path / "shown.jsonl", products(12, 6))
    with FaultServer(answer=read_title) as server:
        teacher = Setup(taggers=("llm:m",), llm=LlmSettings(base_url=server.base_url, examples=(str(shown),), shots=1))
        card = distil(catalogue, tmp_path / "student", teacher=teacher, settings=small, buying=Buying(count=80, steps=2))
        assert server.answered == 80
    bought = card["bought"]
    assert bought["products"] == 80 and bought["bill"]["llm:m@v1"]["requests"] == 80
    assert [one["labels"] for one in card["by_labels"]] == [36, 72]
    held = [row for row in products(90, 8) if "Season" in row["gold"]]
    said = open_model(tmp_path / "student").tag([Product(id=row["id"], fields={"title": row["title"]}) for row in held])
    found = [{tag.value for tag in tags if tag.attribute == "Color"} for tags in said]
    right = sum(row["gold"]["Color"][0] in values for row, values in zip(held, found, strict=True))
    assert right > 0.6 * len(held)
    assert "Brand" not in {tag.attribute for tags in said for tag in tags}, "what stands nowhere was not learned"


def test_a_budget_ends_the_buying_and_what_was_answered_is_used(tmp_path: Path, products: Products, write_gold: Writer) -> None:
    rows = [Product(id=row["id"], fields={"title": row["title"]}) for row in products(260, 7)]
    shown = write_gold(tmp_path / "shown.jsonl", products(12, 6))
    with FaultServer(answer=read_title) as server, pytest.MonkeyPatch.context() as patch:
        patch.setattr("hangtag.taggers.llm_folder.cache_folder", lambda: tmp_path)
        options = {"base_url": server.base_url, "examples": (str(shown),), "shots": 1}
        priced = buy_labels(rows[:10], Setup(taggers=("llm:m",), llm=LlmSettings(**options)), count=10, least=0.6)
        each = server.spent_tokens // len(priced.products)
        capped = Setup(taggers=("llm:m",), llm=LlmSettings(**options, budget=f"{120 * each} tokens"))
        bought = buy_labels(rows, capped, count=240, least=0.6)
    assert 100 < len(bought.products) <= 130, "all that was paid for, and the ten that were known"
    assert len({product.id for product in bought.products}) == len(bought.products)
    assert all("Brand" in doubted for doubted in bought.open)
