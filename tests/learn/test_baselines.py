"""Baselines are trained, tag and are scored as any tagger."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hangtag.errors import GoldError, InputError
from hangtag.jobs import Setup
from hangtag.jobs.calibrate import calibrate_model
from hangtag.jobs.evaluate import compare_taggers
from hangtag.jobs.train import train_model
from hangtag.learn.settings import TrainSettings
from hangtag.model import Inference, Product, TextSpan
from hangtag.taggers.trained import open_model
from hangtag.testing import check_tagger

Products = Callable[[int, int], list[dict[str, Any]]]
Writer = Callable[[Path, list[dict[str, Any]]], Path]
pytestmark = pytest.mark.xdist_group("learn")


@pytest.fixture(autouse=True)
def _needs() -> None:
    pytest.importorskip("sklearn")
    pytest.importorskip("skops")


@pytest.mark.parametrize("kind", ["bow-lr", "bow-rf", "tfidf-lr", "tfidf-rf", "knn"])
def test_a_classifier_learns_and_is_compared(kind: str, tmp_path: Path, products: Products, write_gold: Writer) -> None:
    gold, test = write_gold(tmp_path / "gold.jsonl", products(200, 1)), write_gold(tmp_path / "test.jsonl", products(40, 2))
    card = train_model(gold, tmp_path / kind, kind=kind)
    assert card["kind"] == kind and card["dev"]["f1"] > 0.6
    (row,) = compare_taggers(test, {kind: Setup(taggers=(str(tmp_path / kind),))}, match="any")
    assert row["f1"] > 0.6
    tagger = open_model(tmp_path / kind)
    check_tagger(tagger)
    tags = {tag.attribute: tag for tag in tagger.tag([Product(id="1", fields={"title": "Emberly coat for women, teal, size M"})])[0]}
    assert isinstance(tags["Season"].evidence[0], Inference)
    if tags["Item"].value == "coat":
        assert tags["Item"].evidence == (TextSpan("title", 8, 12, "coat"),)


def test_a_classifier_keeps_promises(tmp_path: Path, products: Products, write_gold: Writer) -> None:
    train_model(write_gold(tmp_path / "gold.jsonl", products(200, 1)), tmp_path / "model", kind="tfidf-lr")
    facts = calibrate_model(tmp_path / "model", write_gold(tmp_path / "dev.jsonl", products(200, 9)), precision=0.8, method="isotonic")
    policy = Setup(taggers=(str(tmp_path / "model"),)).build().policy
    assert policy.auto_by_attribute["Color"] == facts["overall"]["threshold"]


def test_several_values_are_all_said(tmp_path: Path, write_gold: Writer) -> None:
    rows = [
        {"id": str(number), "title": f"{one} and {other} striped scarf", "gold": {"Color": [one, other], "Lining": []}}
        for number, (one, other) in enumerate([("red", "navy"), ("teal", "red"), ("navy", "teal")] * 12)
    ]
    train_model(write_gold(tmp_path / "gold.jsonl", rows), tmp_path / "model", kind="bow-lr", least_confidence=0.5)
    tags = open_model(tmp_path / "model").tag([Product(id="1", fields={"title": "teal and red striped scarf"})])[0]
    assert {tag.value for tag in tags} == {"teal", "red"}


def test_what_cannot_be_learned_is_refused(tmp_path: Path, write_gold: Writer) -> None:
    once = [{"title": f"lamp {number}", "gold": {"Model": [f"L{number}"]}} for number in range(5)]
    gold = write_gold(tmp_path / "gold.jsonl", once)
    with pytest.raises(GoldError, match="2 times"):
        train_model(gold, tmp_path / "model", kind="tfidf-lr")
    with pytest.raises(InputError, match="tfidf-lr"):
        train_model(gold, tmp_path / "model", kind="magic")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "model.json").write_text('{"format": "hangtag-classifier-1"}')
    with pytest.raises(InputError, match="no whole model"):
        open_model(tmp_path / "broken")


@pytest.mark.parametrize("kind", ["rnn", "lstm", "transformer"])
def test_an_encoder_from_scratch_trains_exports_and_tags(kind: str, tmp_path: Path, products: Products, write_gold: Writer) -> None:
    pytest.importorskip("torch", reason="training needs the extra 'train'")
    pytest.importorskip("gensim")
    gold = write_gold(tmp_path / "gold.jsonl", products(150, 1))
    settings = TrainSettings(backbone=f"scratch:{kind}", epochs=8, batch=16, learning_rate=2e-3, head_learning_rate=4e-3)
    card = train_model(gold, tmp_path / kind, settings=settings)
    assert card["dev"]["f1"] > 0.5
    check_tagger(open_model(tmp_path / kind))


def test_a_conditional_random_field_trains_exports_and_tags(tmp_path: Path, products: Products, write_gold: Writer) -> None:
    pytest.importorskip("torchcrf", reason="training needs the extra 'train'")
    pytest.importorskip("gensim")
    gold = write_gold(tmp_path / "gold.jsonl", products(150, 1))
    card = train_model(gold, tmp_path / "crf", settings=TrainSettings(epochs=12, batch=16), kind="bilstm-crf")
    assert card["dev"]["f1"] > 0.6
    tagger = open_model(tmp_path / "crf")
    check_tagger(tagger)
    tags = {tag.attribute: tag for tag in tagger.tag([Product(id="1", fields={"title": "Emberly coat for women, teal, size M"})])[0]}
    assert tags["Color"].evidence == (TextSpan("title", 24, 28, "teal"),)
    assert train_model(gold, tmp_path / "crf", settings=TrainSettings(epochs=12, batch=16), kind="bilstm-crf")["curve"] == card["curve"]
    rows = [{"title": "red hat", "gold": {"Season": [season]}} for season in ("winter", "summer", "winter")]
    nowhere = write_gold(tmp_path / "nowhere.jsonl", rows)
    with pytest.raises(GoldError, match="no span"):
        train_model(nowhere, tmp_path / "other", kind="bilstm-crf")


def test_a_killed_training_of_a_random_field_goes_on_to_the_same(tmp_path: Path, products: Products, write_gold: Writer) -> None:
    pytest.importorskip("torchcrf", reason="training needs the extra 'train'")
    pytest.importorskip("gensim")
    gold, settings = write_gold(tmp_path / "gold.jsonl", products(60, 1)), TrainSettings(epochs=4, batch=16)
    whole = train_model(gold, tmp_path / "whole", settings=settings, kind="bilstm-crf")

    def cut(epoch: int, _: float) -> None:
        if epoch == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_model(gold, tmp_path / "cut", settings=settings, kind="bilstm-crf", progress=cut)
    heard: list[int] = []
    card = train_model(gold, tmp_path / "cut", settings=settings, kind="bilstm-crf", progress=lambda epoch, _: heard.append(epoch))
    assert heard == [3, 4] and card["curve"] == whole["curve"]
    assert (tmp_path / "cut" / "model.int8.onnx").read_bytes() == (tmp_path / "whole" / "model.int8.onnx").read_bytes()


def test_neighbours_say_what_was_labelled_once(tmp_path: Path, write_gold: Writer) -> None:
    rows = [{"title": f"lamp {name}", "gold": {"Model": [name]}} for name in ("Aurora", "Borealis", "Comet")]
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        train_model(write_gold(tmp_path / "gold.jsonl", rows), tmp_path / "near", kind="knn", least_confidence=0.0)
    (tags,) = open_model(tmp_path / "near").tag([Product(id="1", fields={"title": "lamp Comet"})])
    assert max(tags, key=lambda tag: tag.confidence).value == "Comet"


def test_an_unknown_scratch_encoder_is_refused(tmp_path: Path, products: Products, write_gold: Writer) -> None:
    pytest.importorskip("torch", reason="training needs the extra 'train'")
    with pytest.raises(InputError, match="scratch:lstm"):
        train_model(write_gold(tmp_path / "gold.jsonl", products(30, 1)), tmp_path / "m", settings=TrainSettings(backbone="scratch:gru"))


@pytest.mark.parametrize("kind", ["bow-lr", "tfidf-lr"])
def test_texts_without_words_are_refused(kind: str, tmp_path: Path, write_gold: Writer) -> None:
    rows = [{"id": str(number), "title": "!!!", "gold": {"Color": ["red", "navy"][number % 2 : number % 2 + 1]}} for number in range(4)]
    with pytest.raises(GoldError, match="too few words"):
        train_model(write_gold(tmp_path / "gold.jsonl", rows), tmp_path / "model", kind=kind)
