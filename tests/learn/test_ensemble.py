"""Several models as one: what members say is pooled, and the folder is a model like any other."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import hangtag.cli.ensemble  # noqa: F401  the command joins the app
from hangtag.cli.app import app
from hangtag.errors import InputError
from hangtag.jobs import Setup, evaluate_gold
from hangtag.jobs.calibrate import calibrate_model
from hangtag.jobs.ensemble import join_models
from hangtag.jobs.train import train_model
from hangtag.learn.settings import TrainSettings
from hangtag.model import Inference, Product, Tag, TextSpan
from hangtag.taggers.confidence import Curves
from hangtag.taggers.ensemble import ENSEMBLE_FORMAT, EnsembleSettings, EnsembleTagger
from hangtag.taggers.model_folder import new_model_folder
from hangtag.taggers.trained import open_model
from hangtag.testing import check_tagger

Products = Callable[[int, int], list[dict[str, Any]]]
Writer = Callable[[Path, list[dict[str, Any]]], Path]
pytestmark = pytest.mark.xdist_group("learn")
TITLE = "red silk dress, long dress"


class Says:
    """A member that says what it is told, of each product."""

    def __init__(self, spoken: Sequence[str], *said: tuple[str, str, float, tuple[int, ...]]) -> None:
        self.spoken = list(spoken)
        self._said = said

    def tag(self, products: Sequence[Product], /) -> list[list[Tag]]:
        return [[self._tag(*one) for one in self._said] for _ in products]

    def _tag(self, attribute: str, value: str, share: float, starts: tuple[int, ...]) -> Tag:
        spans = tuple(TextSpan("title", start, start + len(value), TITLE[start : start + len(value)]) for start in starts)
        evidence = spans or (Inference("member", f"concluded, {share}"),)
        return Tag(attribute=attribute, value=value, confidence=(1 + share) / 2, source="member", evidence=evidence)


def pooled(folder: Path, *members: Says, least: float = 0.0) -> dict[tuple[str, str], Tag]:
    """What the ensemble of these members says of the title."""
    attributes = list(dict.fromkeys(name for member in members for name in member.spoken))
    settings = EnsembleSettings(format=ENSEMBLE_FORMAT, attributes=attributes, least_confidence=least, card={}, members=[])
    with new_model_folder(folder / "ensemble", settings):
        pass
    tags = EnsembleTagger(folder / "ensemble", members).tag([Product(id="1", fields={"title": TITLE})])[0]
    return {(tag.attribute, tag.value): tag for tag in tags}


def share(tag: Tag) -> float:
    return 2 * tag.confidence - 1


def test_a_share_is_the_mean_of_those_who_know_the_attribute(tmp_path: Path) -> None:
    one = Says(["Color", "Item"], ("Color", "red", 0.9, (0,)), ("Item", "dress", 0.8, (9,)))
    two = Says(["Color", "Item"], ("Color", "red", 0.5, (0,)))
    three = Says(["Item"])
    tags = pooled(tmp_path, one, two, three)
    assert share(tags["Color", "red"]) == pytest.approx(0.7, abs=1e-3)
    assert share(tags["Item", "dress"]) == pytest.approx(0.8 / 3, abs=1e-3)


def test_what_is_less_likely_than_the_least_is_not_said(tmp_path: Path) -> None:
    tags = pooled(tmp_path, Says(["Color"], ("Color", "red", 0.9, (0,))), Says(["Color"]), least=0.5)
    assert not tags


def test_the_likelier_value_takes_the_place(tmp_path: Path) -> None:
    one = Says(["Item"], ("Item", "silk dress", 0.6, (4,)))
    two = Says(["Item"], ("Item", "dress", 0.9, (9, 21)))
    tags = pooled(tmp_path, one, two)
    assert list(tags) == [("Item", "dress")]
    both = pooled(tmp_path / "other", Says(["Item"], ("Item", "silk dress", 0.9, (4,))), Says(["Item"], ("Item", "dress", 0.6, (9, 21))))
    assert [[(span.start, span.end) for span in tag.evidence if isinstance(span, TextSpan)] for tag in both.values()] == [
        [(4, 14)],
        [(21, 26)],
    ]


def test_who_disagree_on_borders_agree_on_the_place(tmp_path: Path) -> None:
    one = Says(["Item"], ("Item", "silk dress", 0.9, (4,)))
    two = Says(["Item"], ("Item", "silk dress", 0.8, (4,)))
    three = Says(["Item"], ("Item", "dress", 0.9, (9,)))
    tags = pooled(tmp_path, one, two, three)
    assert share(tags["Item", "silk dress"]) == pytest.approx((1.7 + 0.9 / 2) / 3, abs=1e-3)
    assert list(pooled(tmp_path, one, two, three, least=0.6)) == [("Item", "silk dress")]  # alone it has 1.7 / 3, less than the least
    away = Says(["Item"], ("Item", "dress", 0.9, (21,)))
    assert pooled(tmp_path, one, two, away, least=0.6) == {}


def test_places_of_other_attributes_are_free(tmp_path: Path) -> None:
    tags = pooled(tmp_path, Says(["Item", "Kind"], ("Item", "dress", 0.9, (9,)), ("Kind", "silk dress", 0.6, (4,))))
    assert set(tags) == {("Item", "dress"), ("Kind", "silk dress")}


def test_what_is_read_is_better_evidence_than_what_is_concluded(tmp_path: Path) -> None:
    tags = pooled(tmp_path, Says(["Item"], ("Item", "dress", 0.9, ())), Says(["Item"], ("Item", "dress", 0.5, (9,))))
    assert tags["Item", "dress"].evidence == (TextSpan("title", 9, 14, "dress"),)
    tags = pooled(tmp_path / "concluded", Says(["Item"], ("Item", "dress", 0.5, ())), Says(["Item"], ("Item", "dress", 0.9, ())))
    assert tags["Item", "dress"].evidence == (Inference("member", "concluded, 0.9"),)


@pytest.fixture(scope="module")
def other_folder(tiny_backbone: str, tmp_path_factory: pytest.TempPathFactory, products: Products, write_gold: Writer) -> Path:
    """A model trained on other products than `model_folder`, with another seed."""
    folder = tmp_path_factory.mktemp("other")
    settings = TrainSettings(backbone=tiny_backbone, epochs=8, batch=16, learning_rate=2e-3, head_learning_rate=4e-3, seed=2)
    train_model(write_gold(folder / "train.jsonl", products(160, 11)), folder / "other", settings=settings)
    return folder / "other"


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory, products: Products, write_gold: Writer) -> Path:
    """Another kind of model."""
    folder = tmp_path_factory.mktemp("bag")
    train_model(write_gold(folder / "train.jsonl", products(160, 12)), folder / "bag", kind="tfidf-lr")
    return folder / "bag"


def test_joined_models_are_a_model(
    model_folder: Path, other_folder: Path, bag: Path, tmp_path: Path, products: Products, write_gold: Writer
) -> None:
    folder = tmp_path / "joined"
    gold = write_gold(tmp_path / "gold.jsonl", products(80, 3))
    models = [str(model_folder), str(other_folder), str(bag)]
    result = CliRunner().invoke(app, ["ensemble", *models, "-o", str(folder), "--gold", str(gold), "--match", "any", "--json"])
    assert result.exit_code == 0, result.output
    card = json.loads(result.stdout)
    assert list(card["members"]) == ["0-clothes", "1-other", "2-bag"] and card["dev"]["products"] == 80
    tagger = open_model(folder)
    assert isinstance(tagger, EnsembleTagger) and tagger.settings.least_confidence == card["dev"]["least_confidence"]
    check_tagger(tagger)
    unseen = write_gold(tmp_path / "unseen.jsonl", products(60, 4))
    assert evaluate_gold(unseen, setup=Setup(taggers=(str(folder),)), match="any").micro.f1 > 0.9
    guarantee = calibrate_model(folder, gold, precision=0.8)
    assert guarantee["overall"]["threshold"] <= 1 and open_model(folder).auto_thresholds
    again = pickle.loads(pickle.dumps(tagger))
    title = [Product(id="1", fields={"title": "Emberly coat for women, teal, size M"})]
    assert again.tag(title) == tagger.tag(title)


def test_members_say_all_they_would_say(model_folder: Path, other_folder: Path, tmp_path: Path, products: Products) -> None:
    join_models([model_folder, other_folder], tmp_path / "joined")
    mean = open_model(tmp_path / "joined", least_confidence=0.0, curves=Curves())
    one, two = (open_model(folder, least_confidence=0.0, curves=Curves()) for folder in (model_folder, other_folder))
    product = [Product(id="1", fields={"title": products(3, 9)[1]["title"]})]
    shares = [{(tag.attribute, tag.value): share(tag) for tag in tagger.tag(product)[0]} for tagger in (mean, one, two)]
    for key, pooled_share in shares[0].items():
        assert pooled_share == pytest.approx((shares[1].get(key, 0.0) + shares[2].get(key, 0.0)) / 2, abs=1e-3)


def test_without_labels_it_speaks_from_the_members_mean_on(model_folder: Path, other_folder: Path, tmp_path: Path) -> None:
    join_models([model_folder, other_folder], tmp_path / "joined")
    levels = [open_model(folder).settings.least_confidence for folder in (model_folder, other_folder)]
    assert open_model(tmp_path / "joined").settings.least_confidence == pytest.approx(sum(levels) / 2)


def test_an_ensemble_needs_models(model_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="two or more"):
        join_models([model_folder], tmp_path / "joined")
    with pytest.raises(InputError, match="no model folder"):
        join_models([model_folder, tmp_path], tmp_path / "joined")
    assert not (tmp_path / "joined").exists()


def test_half_an_ensemble_is_refused(model_folder: Path, other_folder: Path, tmp_path: Path) -> None:
    join_models([model_folder, other_folder], tmp_path / "joined")
    shutil.rmtree(tmp_path / "joined" / "members" / "1-other")
    with pytest.raises(InputError, match="1-other"):
        open_model(tmp_path / "joined")
