"""Fewer inner units: what stays says nearly what all said."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from hangtag.errors import InputError

from .conftest import make_products

torch = pytest.importorskip("torch", reason="training needs the extra 'train'")
pytestmark = pytest.mark.xdist_group("learn")


def states(model: object, tokenizer: object, texts: list[str]) -> torch.Tensor:
    with torch.no_grad():
        ids = [torch.tensor([tokenizer.encode(text).ids]) for text in texts]  # type: ignore[attr-defined]
        return torch.cat([model(input_ids=one).last_hidden_state[0] for one in ids])  # type: ignore[operator]


def test_a_narrower_encoder_says_nearly_the_same_of_texts_it_has_not_seen(tiny_backbone: str) -> None:
    from hangtag.learn.backbone import load_backbone
    from hangtag.learn.narrow import narrow

    seen = [row["title"] for row in make_products(120, 1)]
    unseen = [row["title"] for row in make_products(30, 2)]
    model, tokenizer = load_backbone(tiny_backbone)
    whole = states(model.eval(), tokenizer, unseen)
    units = model.config.intermediate_size // 2
    narrow(model, tokenizer, seen, units=units)
    assert model.config.intermediate_size == units
    assert {layer.intermediate.dense.out_features for layer in model.encoder.layer} == {units}
    after = states(model.eval(), tokenizer, unseen)
    centre = whole.mean(0)
    assert torch.nn.functional.cosine_similarity(after - centre, whole - centre).mean() > 0.95

    cut, _ = load_backbone(tiny_backbone)
    for layer in cut.encoder.layer:  # the first units as they are, for comparison
        layer.intermediate.dense.weight.data[units:] = 0
        layer.intermediate.dense.bias.data[units:] = 0
    plain = states(cut.eval(), tokenizer, unseen)
    assert (after - whole).norm() < (plain - whole).norm()


def test_an_encoder_that_is_narrow_already_stays_whole(tiny_backbone: str) -> None:
    from hangtag.learn.backbone import load_backbone
    from hangtag.learn.narrow import narrow

    model, tokenizer = load_backbone(tiny_backbone)
    before = model.config.intermediate_size
    narrow(model, tokenizer, ["red dress"], units=10 * before)
    assert model.config.intermediate_size == before


def test_other_encoders_are_refused_with_the_cure() -> None:
    from hangtag.learn.narrow import narrow

    with pytest.raises(InputError, match="--feed-forward 0"):
        narrow(SimpleNamespace(encoder=None), None, [], units=8)
