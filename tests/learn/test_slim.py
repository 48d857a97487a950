"""Fewer dimensions: what stays says nearly what all said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hangtag.errors import InputError
from hangtag.jobs.train import train_model
from hangtag.learn.settings import TrainSettings
from hangtag.model import Product
from hangtag.taggers.encoder import EncoderTagger
from hangtag.testing import check_tagger

from .conftest import make_products

torch = pytest.importorskip("torch", reason="training needs the extra 'train'")
Products = Callable[[int, int], list[dict[str, Any]]]
Writer = Callable[[Path, list[dict[str, Any]]], Path]
pytestmark = pytest.mark.xdist_group("learn")


def states(model: Any, tokenizer: Any, texts: list[str]) -> torch.Tensor:
    with torch.no_grad():
        ids = [torch.tensor([tokenizer.encode(text).ids]) for text in texts]
        return torch.cat([model.eval()(input_ids=one).last_hidden_state[0] for one in ids])


def unsaid(model: Any, tokenizer: Any, whole: Any, seen: list[str], unseen: list[str]) -> float:
    """What share of the variance of the whole encoder's states no linear map finds in the model's, on texts not seen."""
    from hangtag.learn.slim import fit_linear

    given = states(model, tokenizer, seen)
    line = torch.nn.Linear(given.shape[1], whole.config.hidden_size)
    fit_linear(line, given, states(whole, tokenizer, seen))
    wanted = states(whole, tokenizer, unseen)
    with torch.no_grad():
        lost = (line(states(model, tokenizer, unseen)) - wanted).square().sum()
    return float(lost / (wanted - wanted.mean(0)).square().sum())


def backbones(folder: str) -> tuple[Any, Any, Any]:
    """A model and its like, and their tokenizer. Words that differ in few directions leave the states room to be narrower."""
    from hangtag.learn.backbone import load_backbone

    model, tokenizer = load_backbone(folder)
    whole, _ = load_backbone(folder)
    for one in (model, whole):
        few = torch.linalg.qr(torch.randn(one.config.hidden_size, 12, generator=torch.Generator().manual_seed(3))).Q
        words = one.embeddings.word_embeddings.weight.data
        words.copy_(words @ few @ few.T)
    return model, whole, tokenizer


def test_a_slimmer_encoder_says_nearly_the_same_of_texts_it_has_not_seen(tiny_backbone: str) -> None:
    from hangtag.learn.imitate import imitate
    from hangtag.learn.slim import slim

    seen = [row["title"] for row in make_products(240, 1)]
    unseen = [row["title"] for row in make_products(30, 2)]
    model, whole, tokenizer = backbones(tiny_backbone)
    slim(model, tokenizer, seen, hidden=24)
    assert model.config.hidden_size == 24 and states(model, tokenizer, unseen).shape[1] == 24
    assert {layer.attention.self.attention_head_size for layer in model.encoder.layer} == {6}
    fitted = unsaid(model, tokenizer, whole, seen, unseen)
    assert fitted < 0.1
    learned = unsaid(model, tokenizer, whole, seen, seen)

    heard: list[float] = []
    imitate(model, whole, tokenizer, seen, rate=5e-4, after_epoch=lambda _, share: heard.append(share))
    assert len(heard) > 1 and heard[-1] < heard[0]
    assert unsaid(model, tokenizer, whole, seen, seen) < learned
    assert unsaid(model, tokenizer, whole, seen, unseen) < fitted


def test_an_encoder_that_is_slim_already_stays_whole(tiny_backbone: str) -> None:
    from hangtag.learn.slim import slim

    model, _, tokenizer = backbones(tiny_backbone)
    before = model.config.hidden_size
    slim(model, tokenizer, ["red dress"], hidden=10 * before)
    assert model.config.hidden_size == before


def test_what_cannot_be_made_slimmer_is_refused_with_the_cure(tiny_backbone: str) -> None:
    from hangtag.learn.slim import slim

    with pytest.raises(InputError, match="--hidden 0"):
        slim(SimpleNamespace(config=SimpleNamespace(model_type="distilbert", hidden_size=48)), None, [], hidden=8)
    model, _, tokenizer = backbones(tiny_backbone)
    with pytest.raises(InputError, match="multiple of 4"):
        slim(model, tokenizer, ["red dress"], hidden=22)


def test_a_slim_tagger_tags(tiny_backbone: str, tmp_path: Path, products: Products, write_gold: Writer) -> None:
    gold = write_gold(tmp_path / "gold.jsonl", products(160, 1))
    settings = TrainSettings(backbone=tiny_backbone, hidden=24, feed_forward=48, epochs=12, batch=16)
    card = train_model(gold, tmp_path / "model", settings=replace(settings, learning_rate=2e-3, head_learning_rate=4e-3))
    assert card["dev"]["f1"] > 0.7
    check_tagger(EncoderTagger(tmp_path / "model"))


def test_the_encoder_written_for_export_says_the_same(tiny_backbone: str) -> None:
    from hangtag.learn.plain import plain

    model, _, tokenizer = backbones(tiny_backbone)
    ids = torch.tensor([tokenizer.encode("Emberly coat for women, teal, size M").ids])
    mask = torch.ones_like(ids)
    mask[:, -3:] = 0
    with torch.no_grad():
        before = model.eval()(input_ids=ids, attention_mask=mask).last_hidden_state[:, :-3]
        after = plain(model)(input_ids=ids, attention_mask=mask).last_hidden_state[:, :-3]
    assert torch.allclose(before, after, atol=1e-4)
    other = torch.nn.Linear(2, 2)
    assert plain(other) is other


def test_stretches_much_longer_than_known_values_are_not_asked_for() -> None:
    from hangtag.learn.export import _longest
    from hangtag.taggers.answers import MOST_SPAN_TOKENS

    class Words:
        def encode_batch(self, texts: list[str]) -> list[Any]:
            return [SimpleNamespace(offsets=[(0, 0), *((number, number + 1) for number, _ in enumerate(text.split()))]) for text in texts]

    def longest(answers: dict[str, dict[str, int]]) -> int:
        return _longest(SimpleNamespace(known=SimpleNamespace(answers=answers), tokenizer=Words()))  # type: ignore[arg-type]

    short, long, longer = "navy", " ".join(["dark"] * 10), " ".join(["very"] * 90)
    assert longest({}) == MOST_SPAN_TOKENS
    assert longest({"Color": {short: 300}}) == 8
    assert longest({"Color": {short: 300, long: 9}}) == 15
    assert longest({"Color": {short: 300, longer: 1}}) == 8
    assert longest({"Color": {longer: 5}}) == MOST_SPAN_TOKENS


def test_a_slim_encoder_may_be_asked_by_names(tiny_backbone: str, tmp_path: Path, products: Products, write_gold: Writer) -> None:
    from hangtag.jobs.extend import extend_model

    gold = write_gold(tmp_path / "gold.jsonl", products(40, 1))
    settings = TrainSettings(backbone=tiny_backbone, hidden=24, epochs=1, batch=16, named=1.0)
    train_model(gold, tmp_path / "model", settings=settings, least_confidence=0.5)
    extend_model(tmp_path / "model", tmp_path / "more", {"Closure": ("zip",)})
    said = EncoderTagger(tmp_path / "more", least_confidence=0.0).tag([Product(id="1", fields={"title": "Emberly coat with a zip"})])
    assert "Closure" in {tag.attribute for tag in said[0]}
