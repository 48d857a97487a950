"""What practitioners expect around a training: stopping early, curves, a search for settings, several processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import hangtag.cli.train  # noqa: F401  the command joins the app
from hangtag.cli.app import app
from hangtag.errors import GoldError, InputError
from hangtag.jobs import Setup, tag_catalogue
from hangtag.jobs.search import search_settings
from hangtag.jobs.self_train import self_train
from hangtag.jobs.track import track
from hangtag.jobs.train import cross_validate, hold_out, read_labelled, train_model
from hangtag.learn.settings import TrainSettings
from hangtag.taggers.model_folder import revise
from hangtag.taggers.trained import open_model
from hangtag.testing import check_tagger

Products = Callable[[int, int], list[dict[str, Any]]]
Writer = Callable[[Path, list[dict[str, Any]]], Path]
pytestmark = pytest.mark.xdist_group("learn")


@pytest.fixture
def settings(tiny_backbone: str) -> TrainSettings:
    return TrainSettings(backbone=tiny_backbone, epochs=4, batch=16, learning_rate=2e-3, head_learning_rate=4e-3)


def test_patience_ends_a_training_at_its_best(settings: TrainSettings, tmp_path: Path, products: Products, write_gold: Writer) -> None:
    from hangtag.learn.lessons import Lessons, NetworkReading, unseen_items
    from hangtag.learn.loop import _Teacher
    from hangtag.learn.train import _Course, train

    learned, held = hold_out(read_labelled(write_gold(tmp_path / "gold.jsonl", products(60, 1))))
    heard: list[float] = []

    def listen(_: int, figures: Any) -> None:
        heard.append(figures["dev_loss"])

    trained = train(learned, replace(settings, epochs=60, patience=2, swap=0.0), dev=held, after_epoch=listen)
    best = min(range(len(heard)), key=heard.__getitem__)
    assert len(heard) < 60 and best == len(heard) - 3
    assert 5e-324 * 0.5 == 0.0 < 2.3e-308 / 4  # training leaves the processor's numbers as they were
    lessons = Lessons(NetworkReading(trained, training=True), learned, (), settings=trained.settings, style=trained.style)
    course = _Course(trained, lessons, learned, unseen_items(trained, held))
    assert _Teacher(course, None, None).loss(course.watched) == pytest.approx(heard[best], abs=1e-4)


def test_curves_are_kept(settings: TrainSettings, tmp_path: Path, products: Products, write_gold: Writer) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    gold = write_gold(tmp_path / "gold.jsonl", products(40, 1))
    train_model(gold, tmp_path / "model", settings=settings, track_to=f"tensorboard:{tmp_path / 'curves'}")
    events = EventAccumulator(str(tmp_path / "curves"))
    events.Reload()
    losses = [event.value for event in events.Scalars("loss")]
    assert len(losses) == 4 and losses[-1] < losses[0] and len(events.Scalars("dev_loss")) == 4


def test_curves_are_kept_for_weights_and_biases_without_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("wandb")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_SILENT", "true")
    with track("wandb:hangtag-test", {"epochs": 2}) as log:
        log(1, {"loss": 2.0})
        log(2, {"loss": 1.0})
    assert list((tmp_path / "wandb").glob("offline-run-*/run-*.wandb"))


@pytest.mark.parametrize("place", ["tensorboard:", "wandb", "notebook:1"])
def test_an_unknown_place_for_curves_is_refused(place: str) -> None:
    with pytest.raises(InputError, match="tensorboard:FOLDER"), track(place, {}):
        pass


def test_a_search_goes_on_and_keeps_the_best(settings: TrainSettings, tmp_path: Path, products: Products, write_gold: Writer) -> None:
    gold = write_gold(tmp_path / "gold.jsonl", products(60, 1))
    heard: list[tuple[int, float]] = []

    def search(trials: int) -> tuple[TrainSettings, float]:
        journal = tmp_path / "model.search"
        return search_settings(gold, journal, trials=trials, settings=settings, progress=lambda number, f1: heard.append((number, f1)))

    search(2)
    found, f1 = search(3)
    assert [number for number, _ in heard] == [1, 2, 3] and f1 == max(one for _, one in heard)
    assert found.backbone == settings.backbone and (found == settings) == (f1 == heard[0][1])


def test_two_processes_train_one_network(settings: TrainSettings, tmp_path: Path, products: Products, write_gold: Writer) -> None:
    pytest.importorskip("accelerate")
    gold = write_gold(tmp_path / "gold.jsonl", products(90, 1))
    launch = ["-m", "accelerate.commands.launch", "--cpu", "--num_processes", "2", "--num_machines", "1", "--mixed_precision", "no"]
    train = ["-m", "hangtag", "train", str(gold), "-o", str(tmp_path / "model"), "--backbone", settings.backbone, "--epochs", "8"]
    rates = ["--batch", "16", "--learning-rate", "2e-3", "--head-learning-rate", "4e-3"]
    done = subprocess.run(
        [sys.executable, *launch, *train, *rates],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count("products learned from") == 1
    assert not (tmp_path / "model.checkpoint").exists()
    check_tagger(open_model(tmp_path / "model"))


def test_a_model_trained_anew_tags_anew(tmp_path: Path, products: Products, write_gold: Writer) -> None:
    catalogue = tmp_path / "in.jsonl"
    catalogue.write_text("".join(json.dumps({"id": row["id"], "title": row["title"]}) + "\n" for row in products(30, 2)), encoding="utf-8")
    model, out = tmp_path / "model", tmp_path / "tags.jsonl"
    setup = Setup(taggers=(str(model),))
    train_model(write_gold(tmp_path / "one.jsonl", products(60, 1)), model, kind="bow-lr")
    tag_catalogue(catalogue, out, setup=setup)
    first = out.read_bytes()
    assert tag_catalogue(catalogue, out, setup=setup).seconds == 0
    rows = [{**row, "gold": {"Color": row["gold"]["Color"]}} for row in products(60, 1)]
    train_model(write_gold(tmp_path / "two.jsonl", rows), model, kind="bow-lr")
    assert not tag_catalogue(catalogue, out, setup=setup).resumed and out.read_bytes() != first


def test_promises_do_not_hang_on_the_order_of_taggers(tmp_path: Path, products: Products, write_gold: Writer) -> None:
    models = [tmp_path / "one", tmp_path / "two"]
    for number, model in enumerate(models):
        train_model(write_gold(tmp_path / f"{number}.jsonl", products(60, number)), model, kind="bow-lr")
        each = {"overall": {"threshold": 0.9 if number else 2.0}, "by_attribute": {"Color": {}}, "each": False}
        revise(model, guarantee=each)
    for order in (models, models[::-1]):
        assert Setup(taggers=tuple(map(str, order))).build().policy.auto_by_attribute["Color"] == 2.0


def test_an_unknown_match_is_refused_before_training(
    settings: TrainSettings, tmp_path: Path, products: Products, write_gold: Writer
) -> None:
    gold = write_gold(tmp_path / "gold.jsonl", products(40, 1))
    with pytest.raises(GoldError, match="all"):
        train_model(gold, tmp_path / "model", settings=settings, match="all", progress=lambda *_: pytest.fail("it trained"))


def test_a_training_killed_while_it_settles_does_not_begin_again(
    settings: TrainSettings, tmp_path: Path, products: Products, write_gold: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    gold = write_gold(tmp_path / "gold.jsonl", products(40, 1))

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("hangtag.jobs.train.settle", cut)
        with pytest.raises(KeyboardInterrupt):
            train_model(gold, tmp_path / "model", settings=settings)
    card = train_model(gold, tmp_path / "model", settings=settings, progress=lambda *_: pytest.fail("it trained"))
    assert card["dev"]["products"] == 4 and not (tmp_path / "model.checkpoint").exists()


def test_folds_of_other_labels_are_trained_anew(tmp_path: Path, products: Products, write_gold: Writer) -> None:
    one, two = write_gold(tmp_path / "one.jsonl", products(40, 1)), write_gold(tmp_path / "two.jsonl", products(60, 2))
    cross_validate(one, tmp_path / "folds", folds=2, kind="bow-lr")
    made = (tmp_path / "folds" / "fold-0" / "estimators.skops").stat().st_mtime_ns
    cross_validate(one, tmp_path / "folds", folds=2, kind="bow-lr")
    assert (tmp_path / "folds" / "fold-0" / "estimators.skops").stat().st_mtime_ns == made
    cross_validate(two, tmp_path / "folds", folds=2, kind="bow-lr")
    assert open_model(tmp_path / "folds" / "fold-0").settings.card["products"] == 30


def test_a_killed_self_training_goes_on(
    settings: TrainSettings, tmp_path: Path, products: Products, write_gold: Writer
) -> None:
    gold = write_gold(tmp_path / "gold.jsonl", products(120, 1))
    catalogue = tmp_path / "in.jsonl"
    catalogue.write_text("".join(json.dumps({"id": row["id"], "title": row["title"]}) + "\n" for row in products(60, 9)), encoding="utf-8")
    settings = replace(settings, epochs=8)
    heard: list[int] = []

    def cut(epoch: int, _: float) -> None:
        heard.append(epoch)
        if len(heard) == 10:
            raise KeyboardInterrupt

    def train(listen: Callable[[int, float], None]) -> dict[str, Any]:
        return self_train(gold, catalogue, tmp_path / "model", settings=settings, precision=0.5, progress=listen)

    with pytest.raises(KeyboardInterrupt):
        train(cut)
    heard.clear()
    card = train(lambda epoch, _: heard.append(epoch))
    assert heard == [11, 12, 13, 14, 15, 16] and card["self_trained"] > 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gold.jsonl", "in.jsonl", "model"]


def test_too_few_labels_prove_nothing(settings: TrainSettings, tmp_path: Path, products: Products, write_gold: Writer) -> None:
    few = write_gold(tmp_path / "few.jsonl", products(12, 1))
    assert train_model(few, tmp_path / "model", kind="bow-lr")["held_out"] is False
    with pytest.raises(GoldError, match="12 labelled products are too few"):
        self_train(few, tmp_path / "in.jsonl", tmp_path / "other", settings=settings)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"precision": "fp8"}, "--precision fp8: there are fp32"),
        ({"learning_rate": -1.0}, "--learning-rate -1.0: it must be between"),
        ({"epochs": 0}, "--epochs 0"),
        ({"swap": 1.5}, "--swap 1.5"),
        ({"device": "tpu"}, "--device tpu"),
        ({"backbone": "scratch:lstm", "tune": "lora"}, "from scratch"),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    settings: TrainSettings, tmp_path: Path, products: Products, write_gold: Writer, setting: dict[str, Any], said: str
) -> None:
    gold = write_gold(tmp_path / "gold.jsonl", products(40, 1))
    with pytest.raises(InputError, match=said):
        train_model(gold, tmp_path / "model", settings=replace(settings, **setting))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--kind", "bow-lr", "--layers", "9"], "--layers does nothing with --kind bow-lr"),
        (["--kind", "bilstm-crf", "--learning-rate", "0.1"], "--learning-rate does nothing"),
        (["--kind", "seq2seq", "--adversarial", "0.1"], "--adversarial does nothing"),
        (["--kind", "knn", "--also", "gold.jsonl"], "--also does nothing"),
        (["--kind", "seq2seq", "--named", "0.2"], "--named does nothing with --kind seq2seq"),
        (["--backbone", "scratch:lstm", "--named", "0.2"], "--named does nothing with --backbone scratch:lstm"),
        (["--backbone", "scratch:lstm", "--layers", "2"], "--layers does nothing with --backbone scratch:lstm"),
        (["--kind", "causal", "--dropout", "0.3"], "--dropout does nothing with --kind causal"),
        (["--lora-rank", "4"], "--lora-rank does nothing with --tune full"),
        (["--kind", "tfidf-lr", "--track", "tensorboard:runs"], "--track follows epochs"),
        (["--dev", "dev.jsonl", "--least-confidence", "0.5"], "--dev is for finding the least confidence"),
        (["--folds", "2", "--dev", "nowhere.jsonl"], "nowhere.jsonl"),
        (["--folds", "2", "--unlabelled", "nowhere.csv"], "nowhere.csv"),
        (["--folds", "2", "--track", "paper:notes"], "--track paper:notes"),
        (["--also-epochs", "2"], "--also-epochs needs --also"),
        (["--patience", "2", "--least-confidence", "0.5"], "--patience needs held-out products"),
    ],
)
def test_options_that_do_nothing_are_refused(options: list[str], said: str, tmp_path: Path, products: Products, write_gold: Writer) -> None:
    gold = write_gold(tmp_path / "gold.jsonl", products(40, 1))
    result = CliRunner().invoke(app, ["train", str(gold), "-o", str(tmp_path / "model"), *options])
    assert isinstance(result.exception, InputError) and said in str(result.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["gold.jsonl"]


@pytest.mark.parametrize("options", [["--folds", "2"], ["--search", "2"], ["--unlabelled", "in.jsonl"]])
def test_several_processes_train_one_model_at_a_time(
    options: list[str], tmp_path: Path, products: Products, write_gold: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    gold = write_gold(tmp_path / "gold.jsonl", products(40, 1))
    result = CliRunner().invoke(app, ["train", str(gold), "-o", str(tmp_path / "m"), *options])
    assert isinstance(result.exception, InputError) and "accelerate launch" in str(result.exception)
