"""How well does a tagger trained on labels do? `python -m benchmarks.learn [--only NAME…] [--model NAME=FOLDER…]`

Trains `hangtag train`'s encoder tagger on each set's training split (minutes to a quarter of an hour each on two cores), runs the exported
8-bit model once on the test split where there is one, else on every fifth product, held out, and asks the guarantee 200 times.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import DATA, machine_facts, result_path, write_result
from hangtag.evaluate import score
from hangtag.evaluate.score import Match
from hangtag.jobs.calibrate import judge
from hangtag.jobs.train import TrainSettings, read_labelled, train_model
from hangtag.learn.guarantee import Judged, promise
from hangtag.taggers.encoder import EncoderTagger

SPLITS, PRECISION, CONFIDENCE = 200, 0.95, 0.9
_FIFTH = 5


@dataclass(frozen=True, slots=True)
class Set:
    """A labelled set: training file, test file (None: every fifth product of the first), protocol."""

    train: str
    test: str | None
    match: Match


SETS = {
    "ae110k": Set("ave_en/ae110k.train.jsonl", "ave_en/ae110k.test.jsonl", "any"),
    "oamine": Set("ave_en/oamine.train.jsonl", None, "any"),
    "wdcpave": Set("ave_en/wdcpave.train.jsonl", None, "any"),
    "multidigraph": Set("ner_zh/multidigraph.train.jsonl", "ner_zh/multidigraph.dev.jsonl", "set"),
}


def measure(name: str, model: str | None, settings: TrainSettings) -> dict[str, Any]:
    """Train (unless a model is given) and measure one set."""
    one = SETS[name]
    with tempfile.TemporaryDirectory(prefix="hangtag-learn-") as folder:
        train, test = _files(one, Path(folder))
        begun = time.monotonic()
        place = Path(model) if model else Path(folder) / name
        if model is None:
            train_model(train, place, settings=settings, match=one.match)
        seconds = time.monotonic() - begun
        pairs = read_labelled(test)
        tagger = EncoderTagger(place)
        products = [labelled.example.product for labelled, _ in pairs]
        tagger.tag(products[:20])
        begun = time.perf_counter()
        tags = tagger.tag(products)
        rate = len(products) / (time.perf_counter() - begun)
        records = [record for _, record in pairs]
        report = score(records, tags, match=one.match).to_dict()
        megabytes = sum(file.stat().st_size for file in place.iterdir()) / 1e6
        return {
            "match": one.match,
            "card": tagger.settings.card,
            "products": len(products),
            "micro": report["micro"],
            "train_s": None if model else round(seconds),
            "titles_per_s_one_process": round(rate),
            "megabytes": round(megabytes, 1),
            "guarantee": simulate(list(judge(records, tags))),
        }


def _files(one: Set, folder: Path) -> tuple[Path, Path]:
    if one.test is not None:
        return DATA / one.train, DATA / one.test
    lines = (DATA / one.train).read_text(encoding="utf-8").splitlines(keepends=True)
    train, test = folder / "train.jsonl", folder / "test.jsonl"
    train.write_text("".join(line for number, line in enumerate(lines) if number % _FIFTH), encoding="utf-8")
    test.write_text("".join(lines[::_FIFTH]), encoding="utf-8")
    return train, test


def simulate(judged: Sequence[Judged]) -> dict[str, float]:
    """Promise on one random half of the judged tags, look at the other: how often is less than the promised precision published?"""
    sure = np.array([confidence for _, confidence, _ in judged])
    right = np.array([hit for *_, hit in judged])
    kept, share, published = 0, 0.0, 0
    for seed in range(SPLITS):
        order = np.random.default_rng(seed).permutation(len(judged))
        mine, other = order[: len(order) // 2], order[len(order) // 2 :]
        found = promise(sure[mine].tolist(), right[mine].tolist(), precision=PRECISION, confidence=CONFIDENCE)
        taken = other[sure[other] >= found.threshold]
        kept += len(taken) == 0 or right[taken].mean() >= PRECISION
        published += len(taken) > 0
        share += len(taken) / len(other)
    return {"tags": len(judged), "kept": kept / SPLITS, "some_published": published / SPLITS, "share_published": share / SPLITS}


def main() -> None:
    """Measure the named sets and keep the figures in results/learn.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=list(SETS), default=list(SETS))
    parser.add_argument("--model", action="append", default=[], metavar="NAME=FOLDER", help="measure a model that is there already")
    parser.add_argument("--epochs", type=int, default=TrainSettings().epochs)
    options = parser.parse_args()
    models = dict(pair.split("=", 1) for pair in options.model)
    path = result_path("learn")
    result = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for name in options.only:
        result[name] = {**measure(name, models.get(name), TrainSettings(epochs=options.epochs)), "machine": machine_facts()}
        write_result("learn", result)
        print(f"{name}: {json.dumps({key: value for key, value in result[name].items() if key != 'card'})}")


if __name__ == "__main__":
    main()
