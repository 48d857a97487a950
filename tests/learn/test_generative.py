"""Taggers that write: from gold to lines, to a folder that CTranslate2 runs, on models made in a second."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hangtag.errors import GoldError, InputError
from hangtag.jobs import Setup, evaluate_gold
from hangtag.jobs.train import read_labelled, train_model
from hangtag.learn.generative import train_generative
from hangtag.learn.settings import CAUSAL, CAUSAL_BACKBONE, DEFAULT_BACKBONE, SEQ2SEQ, TrainSettings
from hangtag.model import Inference, Product, TextSpan
from hangtag.taggers.generative import GenerativeTagger
from hangtag.taggers.trained import open_model
from hangtag.taggers.writing import ask, write
from hangtag.testing import check_tagger

Products = Callable[[int, int], list[dict[str, Any]]]
Writer = Callable[[Path, list[dict[str, Any]]], Path]
pytestmark = pytest.mark.xdist_group("learn")


def settings_of(kind: str, backbone: str, **changed: Any) -> TrainSettings:
    from dataclasses import replace

    small: dict[str, Any] = {"backbone": backbone, "epochs": 2, "batch": 16, "learning_rate": 2e-3, "tune": "full"}
    small |= {"latin_pieces": 0, "swap": 0.0, "freeze_layers": 0}
    return replace({"causal": CAUSAL, "seq2seq": SEQ2SEQ}[kind], **{**small, **changed})


@pytest.fixture(scope="session")
def tiny_writer(tmp_path_factory: pytest.TempPathFactory, products: Products, encoder_of: Callable[[Path, list[str]], str]) -> str:
    """A folder with a two-layer encoder whose tokenizer knows what lines are written with."""
    rows = products(200, 0)
    lines = [write([(name, value) for name, values in row["gold"].items() for value in values]) for row in rows]
    return encoder_of(tmp_path_factory.mktemp("tiny-writer"), [*(ask(row["title"], list(row["gold"])) for row in rows), *lines])


@pytest.fixture(scope="session")
def tiny_causal(tiny_writer: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with a two-layer Llama over the tiny encoder's tokenizer."""
    import torch
    import transformers

    folder = tmp_path_factory.mktemp("tiny-causal")
    tokenizer = transformers.AutoTokenizer.from_pretrained(tiny_writer)
    tokenizer.add_special_tokens({"bos_token": "<s>", "eos_token": "</s>"})
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    sizes = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 4, "intermediate_size": 128}
    special = {"bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2, "tie_word_embeddings": True}
    transformers.LlamaForCausalLM(transformers.LlamaConfig(vocab_size=len(tokenizer), **sizes, **special)).save_pretrained(folder)
    return str(folder)


@pytest.fixture(params=["causal", "seq2seq"])
def base(request: pytest.FixtureRequest, tiny_causal: str, tiny_writer: str) -> tuple[str, str]:
    """A kind and what it grows from."""
    return request.param, tiny_causal if request.param == "causal" else tiny_writer


@pytest.fixture(scope="session")
def writer(tiny_writer: str, tmp_path_factory: pytest.TempPathFactory, products: Products, write_gold: Writer) -> Path:
    """A translating model that learned from 160 products."""
    folder = tmp_path_factory.mktemp("writer")
    gold = write_gold(folder / "train.jsonl", products(160, 1))
    settings = settings_of("seq2seq", tiny_writer, epochs=30, learning_rate=4e-3)
    train_model(gold, folder / "clothes", settings=settings, kind="seq2seq")
    return folder / "clothes"


def test_a_model_learns_to_write_what_it_was_shown(writer: Path, tmp_path: Path, products: Products, write_gold: Writer) -> None:
    gold = write_gold(tmp_path / "test.jsonl", products(60, 2))
    report = evaluate_gold(gold, setup=Setup(taggers=(str(writer),)), match="any")
    assert report.micro.f1 > 0.8


def test_what_stands_in_the_text_has_its_place_and_the_rest_says_so(writer: Path, products: Products) -> None:
    rows = products(30, 3)
    tagger = open_model(writer, least_confidence=0.0)
    told = [Product(id=row["id"], fields={"title": row["title"]}) for row in rows]
    concluded = 0
    for product, tags in zip(told, tagger.tag(told), strict=True):
        for tag in tags:
            assert 0 < tag.confidence <= 1 and tag.source == "generative:clothes@1"
            for one in tag.evidence:
                if isinstance(one, TextSpan):
                    assert product.text(one.field)[one.start : one.end] == one.quote
                else:
                    concluded += isinstance(one, Inference)
                    assert tag.attribute == "Season" and tag.value in ("summer", "winter")
    assert concluded > 0


def test_it_keeps_the_contract(writer: Path) -> None:
    check_tagger(GenerativeTagger(writer))


def test_a_product_gets_the_same_tags_whatever_its_neighbours(writer: Path) -> None:
    tagger = GenerativeTagger(writer)
    one = Product(id="1", fields={"title": "Emberly coat for women, teal, size M"})
    other = Product(id="2", fields={"title": "red dress by Quillwick and many more words that make it long"})
    alone, beside = tagger.tag([one])[0], tagger.tag([other, one])[1]
    assert [(tag.attribute, tag.value) for tag in alone] == [(tag.attribute, tag.value) for tag in beside]


def test_a_model_that_learned_nothing_still_says_only_what_stands_there(
    base: tuple[str, str], tmp_path: Path, products: Products, write_gold: Writer
) -> None:
    kind, backbone = base
    gold = write_gold(tmp_path / "gold.jsonl", products(24, 1))
    settings = settings_of(kind, backbone, epochs=1, learning_rate=1e-6)
    card = train_model(gold, tmp_path / "model", settings=settings, kind=kind, least_confidence=0.0)
    assert card["kind"] == kind and len(card["curve"]) == 1
    texts = ["Emberly coat for women, teal, size M", "连衣裙女 藏青色 显瘦新款", "12345 | | -> : x", "é" * 3000, ""]
    told = [Product(id=str(number), fields={"title": text}) for number, text in enumerate(texts)]
    known = GenerativeTagger(tmp_path / "model").settings.values
    for product, tags in zip(told, GenerativeTagger(tmp_path / "model").tag(told), strict=True):
        for tag in tags:
            assert tag.attribute in ("Color", "Brand", "Item", "Season")
            assert all(isinstance(one, TextSpan) for one in tag.evidence) or tag.value in known[tag.attribute]
            assert tag.value in product.fields["title"] or tag.value in known[tag.attribute]


def test_a_killed_training_goes_on_to_the_same_model(base: tuple[str, str], tmp_path: Path, products: Products, write_gold: Writer) -> None:
    import numpy as np

    kind, backbone = base
    labelled = read_labelled(write_gold(tmp_path / "gold.jsonl", products(36, 1)))
    settings = settings_of(kind, backbone, epochs=3, tune="lora" if kind == "causal" else "full", swap=0.3)

    class Killed(Exception):
        pass

    def kill(epoch: int, _: Any) -> None:
        if epoch == 2:
            raise Killed

    whole = train_generative(labelled, tmp_path / "whole", settings, kind=kind, card={})
    options = {"kind": kind, "card": {}, "checkpoint": tmp_path / "checkpoint"}
    with pytest.raises(Killed):
        train_generative(labelled, tmp_path / "resumed", settings, **options, after_epoch=kill)
    assert train_generative(labelled, tmp_path / "resumed", settings, **options) == whole
    models = [(tmp_path / name / "writer" / "model.bin").read_bytes() for name in ("whole", "resumed")]
    assert np.array_equal(*(np.frombuffer(model, dtype=np.uint8) for model in models))


def test_what_cannot_be_learned_or_loaded_is_said_so(
    tiny_writer: str, tiny_causal: str, tmp_path: Path, products: Products, write_gold: Writer
) -> None:
    import transformers

    rows = [{"id": str(number), "title": "red dress", "gold": {"Color": [f"of number {number}"]}} for number in range(5)]
    unsaid = write_gold(tmp_path / "unsaid.jsonl", rows)
    with pytest.raises(GoldError, match="nothing to learn"):
        train_model(unsaid, tmp_path / "a", settings=settings_of("seq2seq", tiny_writer), kind="seq2seq", least_confidence=0.0)
    gold = write_gold(tmp_path / "gold.jsonl", products(12, 1))
    with pytest.raises(InputError, match="no language model can be loaded"):
        train_model(gold, tmp_path / "b", settings=settings_of("causal", str(tmp_path)), kind="causal")
    with pytest.raises(InputError, match="no token for the end"):
        train_model(gold, tmp_path / "c", settings=settings_of("causal", tiny_writer), kind="causal")
    with pytest.raises(InputError, match="e5-small is an encoder, which writes nothing"):
        train_model(gold, tmp_path / "d", settings=settings_of("causal", DEFAULT_BACKBONE), kind="causal")
    with pytest.raises(InputError, match="use it with --kind causal"):
        train_model(gold, tmp_path / "d", settings=settings_of("seq2seq", CAUSAL_BACKBONE), kind="seq2seq")
    other = tmp_path / "other"
    transformers.AutoTokenizer.from_pretrained(tiny_causal).save_pretrained(other)
    config = transformers.GPTNeoConfig(vocab_size=500, hidden_size=16, num_layers=1, num_heads=2, attention_types=[[["global"], 1]])
    transformers.GPTNeoForCausalLM(config).save_pretrained(other)
    with pytest.raises(InputError, match=r"a GPTNeo cannot be run by CTranslate2, which knows .*Llama"):
        train_model(gold, tmp_path / "d", settings=settings_of("causal", str(other)), kind="causal")
    assert not any((tmp_path / name).exists() for name in "abcd")


def test_low_layers_stay_as_they_are(tiny_causal: str) -> None:
    from hangtag.learn.bases import load_causal
    from hangtag.learn.tuning import choose_tuned

    tuned = choose_tuned(load_causal(tiny_causal).model, freeze_layers=1, tune="lora", lora_rank=4)
    moving = [name for name, parameter in tuned.named_parameters() if parameter.requires_grad]
    assert moving and all("layers.1." in name and "lora" in name for name in moving)
    with pytest.raises(InputError, match="--freeze-layers 2: this model has 2 layers"):
        choose_tuned(load_causal(tiny_causal).model, freeze_layers=2, tune="lora", lora_rank=4)


_SMALL: dict[str, Any] = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
_NARROW: dict[str, Any] = {
    "d_model": 32,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
}
_NARROW |= {"encoder_ffn_dim": 64, "decoder_ffn_dim": 64, "decoder_start_token_id": 2}
_T5: dict[str, Any] = {"d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 4, "decoder_start_token_id": 1}
ARCHITECTURES: list[tuple[str, str, str, dict[str, Any]]] = [
    ("causal", "lora", "GPT2", {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 512}),
    ("causal", "lora", "Qwen2", {**_SMALL, "num_key_value_heads": 2}),
    ("causal", "lora", "Qwen3", {**_SMALL, "num_key_value_heads": 2, "head_dim": 8}),
    ("causal", "full", "Gemma3", {**_SMALL, "num_key_value_heads": 2, "head_dim": 8}),
    ("seq2seq", "full", "Bart", _NARROW),
    ("seq2seq", "full", "T5", _T5),
    ("seq2seq", "lora", "MT5", _T5),
]


@pytest.mark.parametrize(("kind", "tune", "name", "sizes"), ARCHITECTURES, ids=[f"{one[2]}-{one[1]}" for one in ARCHITECTURES])
def test_models_of_many_makes_learn_and_write(
    tiny_causal: str, tmp_path: Path, products: Products, write_gold: Writer, kind: str, tune: str, name: str, sizes: dict[str, Any]
) -> None:
    import torch
    import transformers

    tokenizer = transformers.AutoTokenizer.from_pretrained(tiny_causal)
    special = {"bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2}
    config = getattr(transformers, f"{name}TextConfig" if name == "Gemma3" else f"{name}Config")
    model = getattr(
        transformers, {"GPT2": "GPT2LMHeadModel"}.get(name, name + ("ForCausalLM" if kind == "causal" else "ForConditionalGeneration"))
    )
    torch.manual_seed(0)
    model(config(vocab_size=len(tokenizer), **special, **sizes)).save_pretrained(tmp_path / "base")
    tokenizer.save_pretrained(tmp_path / "base")
    settings = settings_of(kind, str(tmp_path / "base"), epochs=1, batch=8, tune=tune)
    train_model(
        write_gold(tmp_path / "gold.jsonl", products(24, 1)), tmp_path / "model", settings=settings, kind=kind, least_confidence=0.0
    )
    titles = [Product(id=str(number), fields={"title": row["title"]}) for number, row in enumerate(products(6, 2))]
    for product, tags in zip(titles, GenerativeTagger(tmp_path / "model").tag(titles), strict=True):
        for tag in tags:
            for item in tag.evidence:
                assert not isinstance(item, TextSpan) or product.fields["title"][item.start : item.end] == item.quote


@pytest.mark.parametrize("setting", [{"hidden": 24}, {"feed_forward": 64}, {"blank": 0.1}, {"rare_weight": 0.5}])
def test_settings_that_do_nothing_are_refused(
    base: tuple[str, str], tmp_path: Path, products: Products, write_gold: Writer, setting: dict[str, Any]
) -> None:
    kind, backbone = base
    gold = write_gold(tmp_path / "gold.jsonl", products(24, 1))
    with pytest.raises(InputError, match=f"--{next(iter(setting)).replace('_', '-')}"):
        train_model(gold, tmp_path / "model", settings=settings_of(kind, backbone, **setting), kind=kind)
    assert not (tmp_path / "model").exists()


def test_a_search_is_for_encoders(base: tuple[str, str], tmp_path: Path, products: Products, write_gold: Writer) -> None:
    from typer.testing import CliRunner

    import hangtag.cli.train  # noqa: F401  the command joins the app
    from hangtag.cli.app import app

    gold = write_gold(tmp_path / "gold.jsonl", products(24, 1))
    result = CliRunner().invoke(app, ["train", str(gold), "-o", str(tmp_path / "model"), "--kind", base[0], "--search", "2"])
    assert isinstance(result.exception, InputError) and "--search" in str(result.exception)
