"""The same labels, other learners: `python -m benchmarks.baselines [--set NAME] [--only NAME…] [--work FOLDER]`

Trains every kind of tagger on a set's training split and puts them into one table on its test split (`hangtag compare`), and nearest
neighbours with 1, 4 and 16 labelled products an attribute.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.common import DATA, machine_facts, write_result
from benchmarks.learn import LEVEL, SETS
from hangtag.jobs import Setup
from hangtag.jobs.evaluate import compare_taggers
from hangtag.jobs.train import CRF, train_model
from hangtag.learn.classify import CLASSIFIERS
from hangtag.learn.settings import TrainSettings
from hangtag.taggers.model_folder import is_model_folder

SHOTS = (1, 4, 16)
NEURAL = {
    "rnn": TrainSettings(backbone="scratch:rnn", learning_rate=2e-3),
    "lstm": TrainSettings(backbone="scratch:lstm", learning_rate=2e-3),
    "transformer from scratch": TrainSettings(backbone="scratch:transformer", learning_rate=1e-3),
    "frozen encoder": TrainSettings(freeze_layers=6),
    "bias terms only": TrainSettings(tune="bias", learning_rate=2e-3),
    "low-rank updates": TrainSettings(tune="lora", learning_rate=1e-3),
}


def few(gold: Path, shots: int, place: Path, seed: int = 1) -> Path:
    """Labelled products until every attribute has been valued so many times, or there are no more."""
    lines = gold.read_text(encoding="utf-8").splitlines(keepends=True)
    random.Random(seed).shuffle(lines)
    seen: Counter[str] = Counter()
    kept = []
    for line in lines:
        valued = [name for name, values in json.loads(line)["gold"].items() if values]
        if any(seen[name] < shots for name in valued):
            seen.update(valued)
            kept.append(line)
    place.write_text("".join(kept), encoding="utf-8")
    return place


def models(name: str, work: Path, only: Sequence[str]) -> dict[str, Path]:
    """Every model by its name in the table, trained where it is not there yet."""
    one = SETS[name]
    gold = DATA / one.train
    found: dict[str, Path] = {"encoder": work / name} if is_model_folder(work / name) else {}
    for kind in CLASSIFIERS:
        found[kind] = _trained(gold, work / f"{name}-{kind}", kind=kind, only=only)
    for shots in SHOTS:
        part = few(gold, shots, work / f"{name}-{shots}.jsonl")
        found[f"knn, {shots} an attribute"] = _trained(part, work / f"{name}-knn-{shots}", kind="knn", only=only)
    found[CRF] = _trained(gold, work / f"{name}-{CRF}", kind=CRF, settings=TrainSettings(epochs=20), only=only)
    for title, settings in NEURAL.items():
        chosen = replace(settings, epochs=one.settings.epochs)
        found[title] = _trained(gold, work / f"{name}-{title.replace(' ', '-')}", settings=chosen, only=only)
    return {title: place for title, place in found.items() if is_model_folder(place)}


def _trained(gold: Path, place: Path, *, only: Sequence[str], **options: Any) -> Path:
    if not is_model_folder(place) and (not only or any(place.name.endswith(one) for one in only)):
        begun = time.monotonic()
        train_model(gold, place, least_confidence=LEVEL, **options)
        print(f"{place.name}: {time.monotonic() - begun:.0f} s", flush=True)
    return place


def main() -> None:
    """Train, compare, and keep the table in results/baselines.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=[name for name, one in SETS.items() if one.test], default="ae110k")
    parser.add_argument("--only", nargs="*", default=[], help="ends of model folder names to train; default: all")
    parser.add_argument("--work", type=Path, default=Path("benchmarks/models"), help="folder for the models")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    one = SETS[options.set]
    places = models(options.set, options.work, options.only)
    setups = {title: Setup(taggers=(str(place),)) for title, place in places.items()}
    rows = compare_taggers(DATA / str(one.test), setups, match=one.match, trained_on=DATA / one.train)
    write_result("baselines", {options.set: [{**row, "attributes": None} for row in rows], "machine": machine_facts()})
    for row in sorted(rows, key=lambda row: -row["f1"]):
        seen = " ".join(f"{group} {100 * (one['recall'] or 0):.1f}" for group, one in row["by_frequency"].items())
        print(f"{row['tagger']:28} F1 {100 * row['f1']:.1f}  P {100 * row['precision']:.1f}  R {100 * row['recall']:.1f}  recall: {seen}")


if __name__ == "__main__":
    main()
