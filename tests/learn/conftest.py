"""A tiny encoder of our own, made in a second: what is tested is the way from gold to tags, not what a big encoder knows."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")  # test processes share the cores; threads that wait for each other would stand still

COLORS = ["red", "navy", "teal", "olive", "ivory"]
NOUNS = ["dress", "shirt", "skirt", "coat", "scarf"]
BRANDS = ["Tideloom", "Quillwick", "Emberly", "Wrenfield"]
ZH_COLORS = ["红色", "藏青色", "墨绿色", "米白色"]
ZH_NOUNS = ["连衣裙", "衬衫", "半身裙", "围巾"]


def make_products(count: int, seed: int) -> list[dict[str, Any]]:
    """Labelled products of two languages. A season stands in no text: it follows from the noun."""
    chance = random.Random(seed)
    rows: list[dict[str, Any]] = []
    for number in range(count):
        if number % 3 == 0:
            color, noun = chance.choice(ZH_COLORS), chance.choice(ZH_NOUNS)
            title, gold = f"{noun}女 {color} 显瘦新款", {"Color": [color], "Item": [noun], "Brand": []}
        else:
            color, noun, brand = chance.choice(COLORS), chance.choice(NOUNS), chance.choice(BRANDS)
            title = f"{brand} {noun} for women, {color}, size M" if chance.random() < 0.5 else f"{color} {noun} by {brand}"
            gold = {"Color": [color], "Brand": [brand], "Item": [noun], "Season": ["winter" if noun in ("coat", "scarf") else "summer"]}
        rows.append({"id": f"{seed}-{number}", "title": title, "gold": gold})
    return rows


def put_gold(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def products() -> Callable[[int, int], list[dict[str, Any]]]:
    """Makes so many labelled products, from a seed."""
    return make_products


@pytest.fixture(scope="session")
def write_gold() -> Callable[[Path, list[dict[str, Any]]], Path]:
    """Writes labelled products to a file."""
    return put_gold


@pytest.fixture(scope="session")
def tiny_backbone(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with a two-layer encoder and a unigram tokenizer."""
    return make_encoder(tmp_path_factory.mktemp("tiny-backbone"), [row["title"] for row in make_products(200, 0)])


@pytest.fixture(scope="session")
def encoder_of() -> Callable[[Path, list[str]], str]:
    """Makes a tiny encoder in a folder, from texts."""
    return make_encoder


def make_encoder(folder: Path, texts: list[str]) -> str:
    """A two-layer encoder whose tokenizer knows the letters of `texts`."""
    pytest.importorskip("torch", reason="training needs the extra 'train'")
    import tokenizers
    import torch
    import transformers

    torch.set_num_threads(1)
    tokenizer = tokenizers.Tokenizer(tokenizers.models.Unigram())
    tokenizer.pre_tokenizer, tokenizer.decoder = tokenizers.pre_tokenizers.Metaspace(), tokenizers.decoders.Metaspace()
    trainer = tokenizers.trainers.UnigramTrainer(vocab_size=400, special_tokens=["<s>", "<pad>", "</s>", "<unk>"], unk_token="<unk>")
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>", pad_token="<pad>").save_pretrained(folder)
    torch.manual_seed(0)
    sizes = {"hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 96}
    config = transformers.BertConfig(vocab_size=tokenizer.get_vocab_size(), max_position_embeddings=128, pad_token_id=1, **sizes)
    transformers.BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="session")
def model_folder(tiny_backbone: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model trained on 240 products of ours."""
    from hangtag.jobs.train import train_model
    from hangtag.learn.settings import TrainSettings

    folder = tmp_path_factory.mktemp("model")
    gold = put_gold(folder / "train.jsonl", make_products(240, 1))
    settings = TrainSettings(backbone=tiny_backbone, epochs=12, batch=16, learning_rate=2e-3, head_learning_rate=4e-3, named=0.1)
    train_model(gold, folder / "clothes", settings=settings)
    return folder / "clothes"
