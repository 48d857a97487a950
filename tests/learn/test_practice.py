"""What practitioners expect around a training: stopping early, curves, a search for settings, several processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hangtag.errors import InputError
from hangtag.jobs.search import search_settings
from hangtag.jobs.track import track
from hangtag.jobs.train import hold_out, read_labelled, train_model
from hangtag.learn.settings import TrainSettings
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
