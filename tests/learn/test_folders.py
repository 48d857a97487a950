"""Where models are written and what they are read from: nothing else is lost, and what is broken says so."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import hangtag.cli.train  # noqa: F401  the command joins the app
from hangtag.cli.app import app
from hangtag.engine.ledger import remove_folder, replace_folder
from hangtag.errors import GoldError, InputError, RunError
from hangtag.jobs import Setup
from hangtag.jobs.calibrate import calibrate_model
from hangtag.jobs.distil import distil
from hangtag.jobs.ensemble import join_models
from hangtag.jobs.extend import extend_model
from hangtag.jobs.self_train import self_train
from hangtag.jobs.train import checkpoint_of, train_model
from hangtag.learn.settings import TrainSettings
from hangtag.model import Product
from hangtag.taggers.confidence import NEVER
from hangtag.taggers.model_folder import read_card, read_guarantee, revise
from hangtag.taggers.trained import open_model

Products = Callable[[int, int], list[dict[str, Any]]]
Writer = Callable[[Path, list[dict[str, Any]]], Path]
pytestmark = pytest.mark.xdist_group("learn")


@pytest.fixture
def gold(tmp_path: Path, products: Products, write_gold: Writer) -> Path:
    return write_gold(tmp_path / "gold.jsonl", products(60, 1))


@pytest.fixture
def words(gold: Path, tmp_path: Path) -> Path:
    train_model(gold, tmp_path / "words", kind="tfidf-lr")
    return tmp_path / "words"


def test_a_folder_of_something_else_is_not_written_over(gold: Path, words: Path, model_folder: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    (precious / "deep").mkdir(parents=True)
    (precious / "deep" / "notes.txt").write_text("mine")
    a_file = tmp_path / "a-file"
    a_file.write_text("mine")
    for place in (precious, a_file):
        attempts: list[Callable[[], object]] = [
            lambda place=place: train_model(gold, place, kind="tfidf-lr"),  # type: ignore[misc]
            lambda place=place: join_models([words, words], place),  # type: ignore[misc]
            lambda place=place: extend_model(model_folder, place, {"Closure": ()}),  # type: ignore[misc]
            lambda place=place: distil(gold, place, teacher=Setup(taggers=(str(words),))),  # type: ignore[misc]
            lambda place=place: self_train(gold, gold, place, kind="tfidf-lr"),  # type: ignore[misc]
        ]
        for attempt in attempts:
            with pytest.raises(InputError, match="holds no model"):
                attempt()
    assert (precious / "deep" / "notes.txt").read_text() == a_file.read_text() == "mine"
    result = CliRunner().invoke(app, ["train", str(gold), "-o", str(precious), "--kind", "tfidf-lr", "--folds", "2"])
    assert isinstance(result.exception, InputError) and not (tmp_path / "precious.folds").exists()
    with pytest.raises(InputError, match="by its name"):
        train_model(gold, ".", kind="tfidf-lr")


def test_a_model_takes_the_place_of_a_model_and_of_what_a_link_names(gold: Path, words: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(words)
    train_model(gold, tmp_path / "link", kind="knn")
    assert (tmp_path / "link").is_symlink() and read_card(words)["kind"] == "knn"
    (tmp_path / "empty").mkdir()
    train_model(gold, tmp_path / "empty", kind="tfidf-lr")
    assert open_model(tmp_path / "empty")


def test_a_folder_is_whole_or_as_it_was(tmp_path: Path) -> None:
    place = tmp_path / "model"
    with replace_folder(place) as partial:
        (partial / "a").write_text("1")
    with pytest.raises(KeyboardInterrupt), replace_folder(place) as partial:
        (partial / "b").write_text("2")
        raise KeyboardInterrupt
    assert [path.name for path in place.iterdir()] == ["a"]
    with replace_folder(place) as partial:
        (partial / "c").write_text("3")
    assert [path.name for path in place.iterdir()] == ["c"] and [path.name for path in tmp_path.iterdir()] == ["model"]
    remove_folder(place)
    remove_folder(place)
    assert not list(tmp_path.iterdir())


def test_an_ensemble_within_a_member_is_refused(words: Path) -> None:
    with pytest.raises(InputError, match="lies within one of the models"):
        join_models([words, words], words / "both")
    assert sorted(path.name for path in words.iterdir()) == ["estimators.skops", "model.json"]


@pytest.mark.parametrize("name", ["model.json", "model.int8.onnx", "tokenizer.json", "heads.npz"])
@pytest.mark.parametrize("left", [None, 40])
def test_a_broken_model_says_so(name: str, left: int | None, model_folder: Path, tmp_path: Path) -> None:
    broken = shutil.copytree(model_folder, tmp_path / "broken")
    content = (broken / name).read_bytes()
    (broken / name).unlink() if left is None else (broken / name).write_bytes(content[:left])
    with pytest.raises(InputError, match=r"no whole model|no model folder"):
        open_model(broken).tag([Product(id="1", fields={"title": "red dress"})])
    if name == "model.json" and left is not None:
        with pytest.raises(InputError, match="no whole model"):
            read_guarantee(broken)


def test_a_broken_classifier_and_a_broken_checkpoint_say_so(words: Path, gold: Path, tiny_backbone: str, tmp_path: Path) -> None:
    (words / "estimators.skops").write_bytes((words / "estimators.skops").read_bytes()[:100])
    with pytest.raises(InputError, match="no whole model"):
        open_model(words)
    place = tmp_path / "clothes"
    for content in (b"", b"half of it"):
        checkpoint_of(place).write_bytes(content)
        with pytest.raises(RunError, match="delete it to begin anew"):
            train_model(gold, place, settings=TrainSettings(backbone=tiny_backbone, epochs=1))


def test_several_processes_train_what_has_epochs_only(gold: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    for kind in ("tfidf-lr", "bilstm-crf"):
        with pytest.raises(InputError, match="trained by one process"):
            train_model(gold, tmp_path / "model", kind=kind)
    assert not (tmp_path / "model").exists()


def test_what_is_known_by_name_alone_is_never_promised(words: Path, tmp_path: Path, products: Products, write_gold: Writer) -> None:
    dev = write_gold(tmp_path / "dev.jsonl", products(240, 7))
    revise(words, by_name=["Color"])
    promised = calibrate_model(words, dev, precision=0.6, method="temperature")
    assert "Color" not in promised["by_attribute"] and promised["overall"]["share"] > 0
    thresholds = open_model(words).auto_thresholds
    assert thresholds["Color"] == NEVER > thresholds["Item"]


def test_labels_under_other_spellings_are_judged_and_those_of_nothing_it_says_refused(
    words: Path, tmp_path: Path, products: Products, write_gold: Writer
) -> None:
    rows = products(240, 7)
    same = calibrate_model(words, write_gold(tmp_path / "dev.jsonl", rows), precision=0.6)
    for row in rows:
        row["gold"] = {name.upper(): values for name, values in row["gold"].items()}
    folded = calibrate_model(words, write_gold(tmp_path / "upper.jsonl", rows), precision=0.6)
    assert folded["overall"] == same["overall"] and folded["by_attribute"] == same["by_attribute"]
    for row in rows:
        row["gold"] = {f"{name} of it": values for name, values in row["gold"].items()}
    with pytest.raises(GoldError, match="judges not one attribute"):
        calibrate_model(words, write_gold(tmp_path / "other.jsonl", rows), precision=0.6)
    assert json.loads((words / "model.json").read_text())["guarantee"]["overall"] == same["overall"]


def test_a_picture_that_cannot_be_written_is_told_first(words: Path, gold: Path, tmp_path: Path) -> None:
    for plot in ("curve.jpg", "nowhere/curve.svg"):
        with pytest.raises(InputError, match="curve"):
            calibrate_model(words, gold, plot=tmp_path / plot)
        assert read_guarantee(words) is None
    import hangtag.cli.compare  # noqa: F401  the command joins the app

    result = CliRunner().invoke(app, ["compare", os.devnull, "--tagger", "lexicon", "--plot", str(tmp_path / "x.jpg")])
    assert isinstance(result.exception, InputError) and "a picture is written as" in str(result.exception)
