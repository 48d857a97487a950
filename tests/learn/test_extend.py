"""What nobody labelled: attributes by their names, categories by the merchant's own column."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import hangtag.cli.extend  # noqa: F401  the command joins the app
from hangtag.cli.app import app
from hangtag.errors import InputError
from hangtag.jobs import Setup, tag_catalogue
from hangtag.jobs.calibrate import calibrate_model
from hangtag.jobs.train import train_model
from hangtag.learn.settings import TrainSettings
from hangtag.model import Inference, Product, TextSpan
from hangtag.taggers.confidence import NEVER, share_of
from hangtag.taggers.encoder import EncoderTagger, distance
from hangtag.testing import check_tagger

Products = Callable[[int, int], list[dict[str, Any]]]
Writer = Callable[[Path, list[dict[str, Any]]], Path]
pytestmark = pytest.mark.xdist_group("learn")
FOREIGN = {"title": "5000 mAh 220 V 5000 mAh 220 V 5000 mAh 220 V 5000 mAh 220 V"}
TITLE = {"title": "Emberly coat for women, teal, size M"}


def test_an_attribute_is_asked_for_by_its_name(model_folder: Path, tmp_path: Path, products: Products, write_gold: Writer) -> None:
    model = shutil.copytree(model_folder, tmp_path / "clothes")
    calibrate_model(model, write_gold(tmp_path / "gold.jsonl", products(120, 5)), precision=0.8)
    given = ["--attribute", "Colour: teal, navy", "--attribute", "Garment"]
    result = CliRunner().invoke(app, ["extend", str(model), "-o", str(tmp_path / "more"), "--json", *given])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["by_name"] == ["Colour", "Garment"]
    before, after = EncoderTagger(model, least_confidence=0.0), EncoderTagger(tmp_path / "more", least_confidence=0.0)
    product = Product(id="1", fields=TITLE)
    old, new = before.tag([product])[0], after.tag([product])[0]
    assert {tag.attribute: tag.value for tag in old} == {
        tag.attribute: tag.value for tag in new if tag.attribute not in ("Colour", "Garment")
    }
    asked = {tag.attribute for tag in new} - {tag.attribute for tag in old}
    assert asked == {"Colour", "Garment"}
    assert after.auto_thresholds["Colour"] == NEVER > after.auto_thresholds["Color"]
    check_tagger(after)


def test_what_is_asked_depends_on_the_name_and_on_values_shown(model_folder: Path, tmp_path: Path) -> None:
    from hangtag.jobs.extend import extend_model

    def queries(**attributes: tuple[str, ...]) -> Any:
        extend_model(model_folder, tmp_path / "more", attributes)
        with np.load(tmp_path / "more" / "heads.npz") as heads:
            return heads["queries"][-len(attributes) :]

    dress, brand = queries(dress=(), Emberly=())
    assert np.allclose(dress, queries(dress=())[0], atol=1e-4) and not np.allclose(dress, brand, atol=1e-2)
    assert not np.allclose(dress, queries(dress=("red coat",))[0], atol=1e-2)


def test_a_new_name_is_asked_as_lessons_asked_theirs(tiny_backbone: str, tmp_path: Path, products: Products, write_gold: Writer) -> None:
    from hangtag.jobs.extend import extend_model
    from hangtag.jobs.train import read_labelled
    from hangtag.learn.backbone import encode_names, load_backbone
    from hangtag.learn.export import export
    from hangtag.learn.train import train

    settings = TrainSettings(backbone=tiny_backbone, epochs=2, named=0.5, head_learning_rate=2e-2)
    trained = train(read_labelled(write_gold(tmp_path / "gold.jsonl", products(60, 1))), settings)
    network = trained.network
    export(trained, tmp_path / "model", card={"settings": {"backbone": tiny_backbone, "named": 0.5}})
    extend_model(tmp_path / "model", tmp_path / "more", {"Garment": (), "Closure": ()})
    with np.load(tmp_path / "more" / "heads.npz") as heads:
        queries = heads["queries"]
    names = [encode_names(*load_backbone(tiny_backbone), [name])[0] for name in ("Garment", "Closure")]
    expected = [network.queries(name + network.unlabelled).detach().numpy() for name in names]
    assert np.allclose(queries[-2:], expected, atol=1e-4)


def test_lessons_ask_as_a_model_is_asked(tiny_backbone: str) -> None:
    import torch

    from hangtag.learn.backbone import load_backbone
    from hangtag.learn.network import TagNetwork
    from hangtag.taggers.answers import HIT_FEATURES

    torch.manual_seed(1)
    model, _ = load_backbone(tiny_backbone)
    names, more = torch.randn(2, 48), torch.randn(3, 48)
    network = TagNetwork(model, names, torch.randn(4, 48), torch.tensor([0, 0, 1, 1]), more_names=more).eval()
    for learned in (network.residual, network.unlabelled, network.value_residual):
        torch.nn.init.normal_(learned)
    ids, mask = torch.tensor([[0, 5, 6, 7, 2], [0, 9, 2, 1, 1]]), torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    queries = torch.cat([network.all_queries(), network.queries(more + network.unlabelled)])
    rows, attributes = torch.tensor([0, 0, 1, 1]), torch.tensor([1, 4, 0, 2])
    hits = torch.rand(2, 5, 5, HIT_FEATURES)
    whole = network(ids, mask, hits, queries)
    pairs = network.score_pairs(ids, mask, hits[rows, :, attributes], rows, attributes)
    assert torch.allclose(pairs.none, whole.none[rows, attributes], atol=1e-4)
    inside = mask[rows].bool()
    assert torch.allclose(pairs.spans[inside], whole.spans[rows, attributes][inside], atol=1e-4)
    assert torch.allclose(pairs.values[0, 2:], whole.values[0, 2:], atol=1e-4)
    network.whole.weight.data.zero_()  # the text as a whole has a say in values and in whether there is one
    less = network(ids, mask, hits, queries)
    assert not torch.allclose(less.none, whole.none, atol=1e-2) and not torch.allclose(less.values, whole.values, atol=1e-2)
    assert torch.allclose(less.spans, whole.spans, atol=1e-4)


def test_what_is_known_by_name_alone_speaks_when_less_sure(model_folder: Path, tmp_path: Path) -> None:
    from hangtag.jobs.extend import extend_model

    extend_model(model_folder, tmp_path / "more", {"Garment": ()})
    product = Product(id="1", fields=TITLE)

    def said(level: float) -> dict[str, float]:
        tagger = EncoderTagger(tmp_path / "more", least_confidence=level)
        check_tagger(tagger)
        tags = tagger.tag([product])[0]
        return {tag.attribute: max(one.confidence for one in tags if one.attribute == tag.attribute) for tag in tags}

    openly = {name: share_of(confidence) for name, confidence in said(0.0).items()}
    share = openly["Garment"]
    level = min(0.99, share / 0.25)
    spoken = said(level)
    assert spoken["Garment"] >= 0.5 and all(openly[name] >= level - 1e-3 for name in spoken if name != "Garment")
    assert share > 0.19 or "Garment" not in said(share / 0.19)


def test_a_name_reads_alike_beside_a_longer_one(tiny_backbone: str, tmp_path: Path) -> None:
    import torch

    from hangtag.learn.backbone import encode_names, load_backbone

    padded = shutil.copytree(tiny_backbone, tmp_path / "padded")
    settings = json.loads((padded / "tokenizer.json").read_text(encoding="utf-8"))
    padding = {"strategy": "BatchLongest", "direction": "Right", "pad_to_multiple_of": None, "pad_id": 1, "pad_type_id": 0}
    (padded / "tokenizer.json").write_text(json.dumps({**settings, "padding": {**padding, "pad_token": "<pad>"}}), encoding="utf-8")
    model, tokenizer = load_backbone(str(padded))
    alone, beside = encode_names(model, tokenizer, ["dress"]), encode_names(model, tokenizer, ["coat for women and a scarf", "dress"])
    assert torch.allclose(alone[0], beside[1], atol=1e-4)


def test_a_name_of_the_vocabulary_brings_its_values(model_folder: Path, tmp_path: Path) -> None:
    from hangtag.jobs.extend import extend_model

    extend_model(model_folder, tmp_path / "more", {"Flavour": (), "口味": ("焦糖",), "Quirk": ("zany",), "Shoe Type": (), "鞋类型": ()})
    known = EncoderTagger(tmp_path / "more").settings.known["answers"]
    assert {"vanilla", "香草味"} <= known["Flavour"].keys()
    assert {"焦糖", "vanilla"} <= known["口味"].keys() and known["Quirk"].keys() == {"zany"}
    assert {"sandals", "凉鞋"} <= known["Shoe Type"].keys() == known["鞋类型"].keys()
    assert not {"shoes", "dress"} & known["鞋类型"].keys()  # a shoe's type is not "shoe"


def test_a_model_that_was_taught_no_names_is_refused(tmp_path: Path, tiny_backbone: str, products: Products, write_gold: Writer) -> None:
    from hangtag.jobs.extend import extend_model

    settings = TrainSettings(backbone=tiny_backbone, epochs=1)
    train_model(write_gold(tmp_path / "gold.jsonl", products(40, 1)), tmp_path / "model", settings=settings, least_confidence=0.5)
    with pytest.raises(InputError, match="--named"):
        extend_model(tmp_path / "model", tmp_path / "more", {"Closure": ()})


@pytest.mark.parametrize("name", ["Color", " "])
def test_a_name_that_is_none_is_refused(model_folder: Path, tmp_path: Path, name: str) -> None:
    from hangtag.jobs.extend import extend_model

    with pytest.raises(InputError, match="--attribute"):
        extend_model(model_folder, tmp_path / "more", {name: ()})
    assert not (tmp_path / "more").exists()


def category_of(row: dict[str, Any]) -> str:
    return "Clothing > Winter" if {"coat", "scarf", "围巾"} & set(row["gold"]["Item"]) else "Clothing > Summer"


def test_a_category_is_learned_from_the_merchants_column(
    tiny_backbone: str, tmp_path: Path, products: Products, write_gold: Writer
) -> None:
    rows = [{**row, "category": category_of(row)} for row in products(150, 1)]
    settings = TrainSettings(backbone=tiny_backbone, epochs=6, batch=16, learning_rate=2e-3, head_learning_rate=4e-3)
    train_model(write_gold(tmp_path / "gold.jsonl", rows), tmp_path / "model", settings=settings, least_confidence=0.5)
    tagger = EncoderTagger(tmp_path / "model")
    unseen = products(60, 9)
    said = tagger.tag([Product(id=row["id"], fields={"title": row["title"]}) for row in unseen])
    right = 0
    for row, tags in zip(unseen, said, strict=True):
        named = [tag for tag in tags if tag.attribute == "category"]
        right += [tag.value for tag in named] == [category_of(row)]
        for tag in named:
            spoke, concluded = tag.evidence
            assert isinstance(spoke, TextSpan) and isinstance(concluded, Inference)
    assert right >= 54
    foreign = tagger.tag([Product(id="1", fields=FOREIGN)])[0]
    assert "category" not in {tag.attribute for tag in foreign}  # of the two it knows, one is always the likelier
    with np.load(tmp_path / "model" / "heads.npz") as heads:
        before = {name: heads[name] for name in heads if name not in ("category_centres", "category_spread", "category_reach")}
    older = shutil.copytree(tmp_path / "model", tmp_path / "older")
    np.savez(older / "heads.npz", **before)
    assert [tag.value for tag in EncoderTagger(older).tag([Product(id="1", fields=FOREIGN)])[0] if tag.attribute == "category"]
    known = tagger.tag([Product(id="1", fields=TITLE, category="Clothing > Summer")])[0]
    assert "category" not in {tag.attribute for tag in known}
    catalogue = write_gold(tmp_path / "in.jsonl", [{"id": "1", **TITLE}])
    tag_catalogue(catalogue, tmp_path / "out.jsonl", setup=Setup(taggers=(str(tmp_path / "model"),)), workers=1)
    assert "Clothing > Winter" in {tag["value"] for tag in json.loads((tmp_path / "out.jsonl").read_text())["tags"]}


def test_distances_are_counted_in_standard_deviations_from_the_nearest_centre() -> None:
    centres, spread = np.array([[0.0, 0.0], [10.0, 10.0]]), np.array([1.0, 2.0])
    assert distance(np.array([1.0, -2.0]), centres, spread) == pytest.approx(1.0)
    assert distance(np.array([10.0, 6.0]), centres, spread) == pytest.approx(2.0**0.5)


def test_nearly_all_products_of_its_categories_are_within_reach_and_others_are_not() -> None:
    from hangtag.learn.categories import _centres, _reach

    chance = np.random.default_rng(1)
    numbers = np.repeat([0, 1, 2], 200)
    middles = chance.normal(0, 3, (3, 48))
    states = middles[numbers] + chance.normal(0, 1, (600, 48))
    reach, (centres, spread) = _reach(states, numbers), _centres(states, numbers)
    alike = [distance(state, centres, spread) for state in middles[numbers] + chance.normal(0, 1, (600, 48))]
    others = [distance(state, centres, spread) for state in chance.normal(0, 3, (200, 48))]
    assert 0.97 <= np.mean(np.array(alike) <= reach) < 1.0 and min(others) > reach


def test_what_reads_no_names_is_refused(tmp_path: Path, products: Products, write_gold: Writer) -> None:
    from hangtag.jobs.extend import extend_model

    pytest.importorskip("skops")
    train_model(write_gold(tmp_path / "gold.jsonl", products(40, 1)), tmp_path / "words", kind="bow-lr")
    with pytest.raises(InputError, match="--kind encoder"):
        extend_model(tmp_path / "words", tmp_path / "more", {"Closure": ()})


def test_names_come_in_the_punctuation_of_either_language_and_once(model_folder: Path, tmp_path: Path) -> None:
    def extend(*attributes: str) -> Any:
        given = [part for one in attributes for part in ("--attribute", one)]
        return CliRunner().invoke(app, ["extend", str(model_folder), "-o", str(tmp_path / "more"), "--json", *given])

    done = extend("领型：圆领，翻领、立领", "Closure: zip, hook")
    assert json.loads(done.stdout)["by_name"] == ["领型", "Closure"]
    known = json.loads((tmp_path / "more" / "model.json").read_text())["known"]["answers"]
    assert {"圆领", "翻领", "立领"} <= set(known["领型"])
    for twice in (("Closure: zip", "Closure"), ("Closure", "closure"), ("Category",), ("COLOR",), (": zip",)):
        result = extend(*twice)
        assert isinstance(result.exception, InputError), twice
