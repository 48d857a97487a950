"""Small models of large ones, and labels that go further: `python -m benchmarks.students [--only PART…] [--work FOLDER]`

`distil`: the teacher is AE-110k's model of `benchmarks.learn`; its student learns the labels and what the teacher says of the attributes
nobody judged, on the training titles alone. `self_train`: a fifth of AE-110k's training labels, the other titles without any. Both are run
on the test split as users run them. `by_name`: AE-110k's model with lessons in reading names is asked for the attributes of OA-Mine
(training split) and of MultiDigraph (development split) that it was not trained on, by their names alone and with each one's three
commonest values; a tag counts by its value.
"""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence, Set
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import onnx

from benchmarks.common import DATA, run_parts
from benchmarks.learn import SETS, megabytes, rates
from hangtag.evaluate import score
from hangtag.jobs import Setup
from hangtag.jobs.distil import distil
from hangtag.jobs.extend import extend_model
from hangtag.jobs.self_train import self_train
from hangtag.jobs.train import read_labelled, train_model
from hangtag.learn.settings import STUDENT
from hangtag.model import Example, Tag
from hangtag.taggers.model_folder import is_model_folder
from hangtag.taggers.trained import open_model
from hangtag.vocabulary import starter_vocabulary

FEW = 5
AE = SETS["ae110k"]


def figures(place: Path, seconds: float = 0.0) -> dict[str, Any]:
    """What a model does on the test split, its size and speed."""
    held = read_labelled(DATA / str(AE.test))
    said = open_model(place).tag([example.product for example, _ in held])
    report = score([example for example, _ in held], said, match=AE.match).to_dict()
    return {"micro": report["micro"], "megabytes": megabytes(place), "titles_per_s": rates(place, held), "seconds": round(seconds)}


def distilled(work: Path) -> dict[str, Any]:
    """Teacher and student side by side, the student before its weights get 8 bits, and one of its size trained on the labels alone."""
    teacher, student, alone = work / "ae110k", work / "ae110k-student", work / "ae110k-student-alone"
    exact = work / "ae110k-student-32-bits"
    if not is_model_folder(teacher):
        raise SystemExit(f"{teacher} is missing: run python -m benchmarks.learn --only ae110k first")
    titles = _unlabelled(DATA / AE.train, work / "ae110k-titles.jsonl", range(FEW))
    taught_by = Setup(taggers=(str(teacher),))

    def teach(place: Path) -> None:
        distil(titles, place, teacher=taught_by, gold=DATA / AE.train, settings=STUDENT)

    def teach_exactly(place: Path) -> None:
        with mock.patch("onnxruntime.quantization.quantize_dynamic", lambda model, path, **_: onnx.save(model, str(path))):
            teach(place)

    seconds = {
        student: _once(student, lambda: teach(student)),
        exact: _once(exact, lambda: teach_exactly(exact)),
        alone: _once(alone, lambda: train_model(DATA / AE.train, alone, settings=STUDENT, match=AE.match)),
    }
    return {"teacher": figures(teacher), **{place.name: figures(place, spent) for place, spent in seconds.items()}}


def self_trained(work: Path) -> dict[str, Any]:
    """The same few labels with and without unlabelled titles."""
    gold = work / f"ae110k-every-{FEW}th.jsonl"
    lines = (DATA / AE.train).read_text(encoding="utf-8").splitlines(keepends=True)
    gold.write_text("".join(lines[::FEW]), encoding="utf-8")
    titles = _unlabelled(DATA / AE.train, work / "ae110k-other-titles.jsonl", range(1, FEW))
    alone, more = work / "ae110k-few", work / "ae110k-few-and-unlabelled"
    seconds = {
        alone: _once(alone, lambda: train_model(gold, alone, match=AE.match)),
        more: _once(more, lambda: self_train(gold, titles, more, match=AE.match)),
    }
    cards = {place: open_model(place).settings.card for place in seconds}
    return {
        place.name: {**figures(place, spent), "learned_from_unlabelled": cards[place].get("self_trained", 0)}
        for place, spent in seconds.items()
    }


def _unlabelled(gold: Path, path: Path, shares: range) -> Path:
    """A catalogue of the titles alone: of every `FEW` those in these places."""
    rows = [json.loads(line) for line in gold.read_text(encoding="utf-8").splitlines()]
    kept = [row for number, row in enumerate(rows) if number % FEW in shares]
    text = "".join(json.dumps({name: row[name] for name in row if name not in ("gold", "spans")}) + "\n" for row in kept)
    path.write_text(text, encoding="utf-8")
    return path


def _once(place: Path, make: Callable[[], Any]) -> float:
    begun = time.monotonic()
    if not is_model_folder(place):
        make()
    return time.monotonic() - begun


def by_name(work: Path) -> dict[str, Any]:
    """What AE-110k's model says, as users run it, of attributes that nobody labelled for it."""
    model = work / "ae110k-named"
    if not is_model_folder(model):
        raise SystemExit(f"{model} is missing: run python -m benchmarks.learn --only ae110k-named first")
    found: dict[str, Any] = {}
    for name in ("oamine", "multidigraph"):
        labelled = read_labelled(DATA / str(SETS[name].test or SETS[name].train))
        commonest: dict[str, Counter[str]] = defaultdict(Counter)
        for example, _ in labelled:
            for attribute, values in example.gold.items():
                commonest[attribute].update(values)
        known = open_model(model).settings.attributes
        new = {attribute: values for attribute, values in commonest.items() if attribute not in known}
        listed = {attribute for attribute in new if starter_vocabulary().find_attribute(attribute)}
        for title, count in (("names alone", 0), ("names and three values", 3)):
            place = work / f"ae110k-by-name-{name}-{count}"
            shown = {attribute: [value for value, _ in values.most_common(count)] for attribute, values in new.items()}
            extend_model(model, place, shown)
            examples = [example for example, _ in labelled if new.keys() & example.gold.keys()]
            said = open_model(place).tag([example.product for example in examples])
            for part, names in (("", set(new)), (", names the vocabulary has", listed), (", others", new.keys() - listed)):
                if names:
                    found[f"{name}, {title}{part}"] = _of_attributes(examples, said, names)
    return found


def _of_attributes(examples: Sequence[Example], said: Sequence[Sequence[Tag]], names: Set[str]) -> dict[str, Any]:
    """Figures of some attributes."""
    golds = [replace(one, gold={name: values for name, values in one.gold.items() if name in names}) for one in examples]
    tags = [[replace(tag, evidence=()) for tag in mine if tag.attribute in names] for mine in said]
    return {"attributes": len(names), "micro": score(golds, tags, match="any").to_dict()["micro"]}


PARTS = {"distil": distilled, "self_train": self_trained, "by_name": by_name}


def tell(_: str, figures_of: dict[str, Any]) -> None:
    """Print what a part gave."""
    for model, one in figures_of.items():
        if isinstance(one, dict):
            size = f"{one['megabytes']} MB  {one['titles_per_s']}  {one['seconds']} s" if "megabytes" in one else ""
            print(f"{model:60} F1 {100 * one['micro']['f1']:.1f}  {size}")


if __name__ == "__main__":
    run_parts("students", __doc__, PARTS, tell)
