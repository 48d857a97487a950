"""From gold to a model folder that tags."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hangtag
from hangtag.errors import GoldError, InputError, RunError
from hangtag.jobs import Setup, evaluate_gold, tag_catalogue
from hangtag.jobs.calibrate import calibrate_model
from hangtag.jobs.report import report_run
from hangtag.jobs.train import train_model
from hangtag.learn.settings import TrainSettings
from hangtag.model import Inference, Product, TextSpan
from hangtag.taggers.answers import read_answers
from hangtag.taggers.encoder import EncoderTagger
from hangtag.taggers.model_folder import ModelFiles
from hangtag.testing import check_tagger

Products = Callable[[int, int], list[dict[str, Any]]]
Writer = Callable[[Path, list[dict[str, Any]]], Path]
pytestmark = pytest.mark.xdist_group("learn")


def test_a_model_learns_what_it_was_shown(model_folder: Path, tmp_path: Path, products: Products, write_gold: Writer) -> None:
    gold = write_gold(tmp_path / "test.jsonl", products(60, 2))
    report = evaluate_gold(gold, setup=Setup(taggers=(str(model_folder),)), match="any")
    assert report.micro.f1 > 0.9


def test_evidence_is_a_span_or_says_that_it_is_none(model_folder: Path) -> None:
    product = Product(id="1", fields={"title": "Emberly coat for women, teal, size M"})
    tags = {tag.attribute: tag for tag in EncoderTagger(model_folder).tag([product])[0]}
    span = tags["Color"].evidence[0]
    assert isinstance(span, TextSpan) and span.quote == "teal" == tags["Color"].value
    spoke, concluded = tags["Season"].evidence
    assert tags["Season"].value == "winter" and isinstance(concluded, Inference)
    assert isinstance(spoke, TextSpan) and spoke.quote in product.fields["title"].split(" ")
    assert tags["Brand"].source == "encoder:clothes@1"


def test_it_keeps_the_contract(model_folder: Path) -> None:
    check_tagger(EncoderTagger(model_folder))


def test_a_text_longer_than_the_encoder_reads_is_cut(model_folder: Path) -> None:
    product = Product(id="1", fields={"title": "Emberly coat for women, teal, size M; " * 20})  # the backbone has 128 places
    assert {tag.value for tag in EncoderTagger(model_folder).tag([product])[0]} >= {"Emberly", "teal"}


def test_it_tags_a_catalogue_beside_others(model_folder: Path, tmp_path: Path) -> None:
    catalogue = tmp_path / "in.jsonl"
    catalogue.write_text(json.dumps({"id": "1", "title": "Emberly coat for women, teal, size M"}) + "\n")
    tag_catalogue(catalogue, tmp_path / "out.jsonl", setup=Setup(taggers=("lexicon", str(model_folder))), workers=1)
    sources = {tag["source"] for tag in json.loads((tmp_path / "out.jsonl").read_text())["tags"]}
    assert "encoder:clothes@1" in sources and "lexicon@1" in sources


def test_eight_bits_say_what_torch_says(tiny_backbone: str, tmp_path: Path, products: Products, write_gold: Writer) -> None:
    import torch

    from hangtag.jobs.train import read_labelled
    from hangtag.learn.export import export
    from hangtag.learn.train import train

    labelled = read_labelled(write_gold(tmp_path / "gold.jsonl", products(60, 1)))
    trained = train(labelled, TrainSettings(backbone=tiny_backbone, epochs=2, batch=16, learning_rate=2e-3))
    folder = export(trained, tmp_path / "model", card={})
    tagger = EncoderTagger(folder)
    gaps = []
    for example, _ in labelled[:30]:
        read = tagger._read(example.product)
        ids = np.array([read.ids])
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "hits": read.hits[None]}
        inputs["queries"] = tagger._heads["queries"]
        quantised = tagger._session.run(None, inputs)
        with torch.no_grad():
            exact = [scores.numpy() for scores in trained.network(*map(torch.from_numpy, inputs.values()))]
        ours, theirs = (
            list(read_answers(*(one[0] for one in scores[:3]), text=read.layout.text, offsets=read.offsets, known=tagger._values))
            for scores in (quantised, exact)
        )
        assert {answer[:3] for answer in ours if answer.confidence > 0.6} <= {answer[:3] for answer in theirs}
        gaps += [abs(one.confidence - other.confidence) for one in ours for other in theirs if one[:3] == other[:3]]
    assert len(gaps) > 60 and max(gaps) < 0.1


@pytest.mark.parametrize("hidden", [0, 24])
def test_a_killed_training_goes_on_to_the_same_network(
    tiny_backbone: str, tmp_path: Path, products: Products, write_gold: Writer, hidden: int
) -> None:
    from hangtag.jobs.train import read_labelled
    from hangtag.learn.train import train

    labelled = read_labelled(write_gold(tmp_path / "gold.jsonl", products(60, 1)))
    settings = TrainSettings(backbone=tiny_backbone, epochs=3, batch=16, hidden=hidden)

    def state(**options: Any) -> dict[str, Any]:
        return dict(train(labelled, settings, **options).network.state_dict())

    def cut(epoch: int, _: Any) -> None:
        if epoch == 2:
            raise KeyboardInterrupt

    whole = state()
    with pytest.raises(KeyboardInterrupt):
        state(checkpoint=tmp_path / "checkpoint", after_epoch=cut)
    resumed = state(checkpoint=tmp_path / "checkpoint")
    assert all(np.array_equal(whole[name].numpy(), resumed[name].numpy()) for name in whole)
    with pytest.raises(RunError, match="other labels or settings"):
        train(labelled[1:], settings, checkpoint=tmp_path / "checkpoint")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "no records"),
        ([{"title": "red dress", "gold": {"Color": []}}], "there is nothing to learn"),
        (
            [
                {
                    "title": "red dress",
                    "gold": {"Color": ["red"]},
                    "spans": [{"attribute": "Color", "field": "title", "start": 5, "end": 99}],
                }
            ],
            "line 1",
        ),
        ([{"title": "red dress", "gold": {"Color": ["red"]}}, {"title": "blue", "gold": {"Color": {"a": 1}}}], "line 2"),
        ([{"title": "red dress", "gold": {"Color": ["red"]}}, {"gold": {"Color": ["red"]}}], "line 2"),
    ],
    ids=["empty file", "no value at all", "span outside the text", "value of a wrong type", "no text"],
)
def test_bad_gold_is_refused_by_line(
    tiny_backbone: str, tmp_path: Path, rows: list[dict[str, Any]], message: str, write_gold: Writer
) -> None:
    gold = write_gold(tmp_path / "gold.jsonl", rows)
    with pytest.raises(GoldError, match=message):
        train_model(gold, tmp_path / "model", settings=TrainSettings(backbone=tiny_backbone, epochs=1))
    assert not (tmp_path / "model").exists()


def test_the_policy_publishes_what_was_promised(model_folder: Path, tmp_path: Path, products: Products, write_gold: Writer) -> None:
    model = tmp_path / "clothes"
    shutil.copytree(model_folder, model)
    assert Setup(taggers=(str(model),)).build().policy.auto_by_attribute == {}
    guarantee = calibrate_model(model, write_gold(tmp_path / "dev.jsonl", products(200, 9)), precision=0.8)
    threshold = guarantee["overall"]["threshold"]
    assert threshold <= 1 and guarantee["overall"]["share"] > 0.5
    pipeline = Setup(taggers=(str(model),)).build()
    assert pipeline.policy.auto_by_attribute == dict.fromkeys(("Color", "Item", "Brand", "Season"), threshold)
    for tags in pipeline.tag([Product(id=row["id"], fields={"title": row["title"]}) for row in products(40, 11)]):
        assert all((tag.status == "auto") == (tag.confidence >= threshold) for tag in tags)


def test_too_few_labels_promise_nothing(model_folder: Path, tmp_path: Path, products: Products, write_gold: Writer) -> None:
    model = tmp_path / "clothes"
    shutil.copytree(model_folder, model)
    calibrate_model(model, write_gold(tmp_path / "dev.jsonl", products(8, 9)), each=True)
    tags = Setup(taggers=(str(model),)).build().tag([Product(id="1", fields={"title": products(3, 2)[1]["title"]})])[0]
    assert tags and all(tag.status == "review" for tag in tags)


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    ModelFiles(tmp_path).settings.write_text('{"format": "other"}')
    with pytest.raises(InputError, match="no whole model"):
        hangtag.load_tagger(str(tmp_path))


def test_the_report_of_a_run_says_what_its_model_promises(
    model_folder: Path, tmp_path: Path, products: Products, write_gold: Writer
) -> None:
    model = shutil.copytree(model_folder, tmp_path / "clothes")
    calibrate_model(model, write_gold(tmp_path / "gold.jsonl", products(120, 7)), precision=0.8, method="temperature")
    catalogue = write_gold(tmp_path / "in.jsonl", [{"id": row["id"], "title": row["title"]} for row in products(5, 8)])
    tag_catalogue(catalogue, tmp_path / "out.jsonl", setup=Setup(taggers=(str(model),)), workers=1)
    report_run(tmp_path / "out.jsonl", tmp_path / "report.html")
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', (tmp_path / "report.html").read_text(encoding="utf-8"))
    assert data is not None
    (promise,) = json.loads(data[1])["facts"]["promises"]
    assert promise["tagger"] == "clothes" and promise["precision"] == 0.8 and 0 < promise["share"] <= 1
    assert [curve["kind"] for curve in promise["curves"]] == ["before", "after"] and promise["curves"][0]["points"]
