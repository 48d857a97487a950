"""How well does a tagger trained on labels do? `python -m benchmarks.learn [--only NAME…] [--work FOLDER]`

Sets with a test split: `hangtag train` on all of the training split, the exported 8-bit model run once on the test split. Sets without:
five folds. Models are kept in the folder `--work` and not trained again, so a killed run goes on. A tag counts by its value alone.
The guarantee is asked 200 times: promised on one random half of the tested products, checked on the other; so is the error of confidences,
as they are and made true by temperature on the first half. Products with a category of the merchant's are tagged without it too.
"""

from __future__ import annotations

import gzip
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import DATA, machine_facts, run_parts
from hangtag.evaluate import score
from hangtag.evaluate.confidence import calibration_error
from hangtag.evaluate.metrics import Counts
from hangtag.evaluate.score import Match
from hangtag.jobs.calibrate import judge
from hangtag.jobs.ensemble import join_models
from hangtag.jobs.train import ENCODER, best_level, fit, hold_out, not_among, read_labelled, tag_openly
from hangtag.learn.confidence import fit_curves
from hangtag.learn.examples import Labelled
from hangtag.learn.guarantee import Judged, promise
from hangtag.learn.settings import CAUSAL, SEQ2SEQ, TrainSettings
from hangtag.model import CATEGORY, Example, Product, Tag, TextSpan
from hangtag.taggers.confidence import Curves, scaled
from hangtag.taggers.model_folder import is_model_folder, revise
from hangtag.taggers.trained import open_model

SPLITS, PRECISION, CONFIDENCE = 200, 0.95, 0.9
LEVEL, FOLDS, TRUTH_SPLITS = 0.5, 5, 20
RATED_S = 40
OPENBG_ITEMS = "openbg_zh/items.jsonl"
Tags = Sequence[Sequence[Tag]]


def clusters(labelled: Sequence[Labelled]) -> list[int]:
    """Offers of one product have neighbouring ids: a run of consecutive numbers stays together."""
    numbers = [int(example.product.id.rpartition("-")[2]) for example, _ in labelled]
    return np.cumsum([0, *(after != before + 1 for before, after in pairwise(numbers))]).tolist()


def titles(labelled: Sequence[Labelled]) -> list[int]:
    """The same title twice stays together."""
    known: dict[str, int] = {}
    return [known.setdefault(example.product.fields["title"], len(known)) for example, _ in labelled]


@dataclass(frozen=True, slots=True)
class Set:
    """A labelled set: training file, test file (None: folds, with what `together` gives the same number kept in one), protocol.

    Attributes valued in fewer than `least_examples` products are left out. The
    model of a test file speaks from `level` on, None: from what is best for every tenth training product; that of a fold from what is
    best for the other folds, unless `level` is 0. `also` is another source's labels, learned from first, without the titles of the test.
    `members` are sets whose models together are this one's.
    """

    train: str
    match: Match
    test: str | None = None
    settings: TrainSettings = field(default_factory=TrainSettings)
    together: Callable[[Sequence[Labelled]], Sequence[int]] | None = None
    level: float | None = LEVEL
    kind: str = ENCODER
    spans: bool = False
    least_examples: int = 0
    also: str | None = None
    members: tuple[str, ...] = ()


HALF_CAUSAL = replace(CAUSAL, freeze_layers=15)
MULTIDIGRAPH = ("ner_zh/multidigraph.train.jsonl", "set", "ner_zh/multidigraph.dev.jsonl")
JIE = "ner_zh/jie2019.train.jsonl"
JIE_FIRST = TrainSettings(epochs=8, also_epochs=5, layers=12, latin_pieces=20_000, precision="bf16")
MEMBERS = {
    "multidigraph-jie": JIE_FIRST,
    "multidigraph-jie-6": replace(JIE_FIRST, layers=6, seed=2, precision="fp32"),
    "multidigraph-jie-6-3": replace(JIE_FIRST, layers=6, seed=3),
    "multidigraph-jie-6-4": replace(JIE_FIRST, layers=6, seed=4),
    "multidigraph-jie-12-5": replace(JIE_FIRST, seed=5),
}
OPENBG_SETTINGS = TrainSettings(epochs=24, layers=3, learning_rate=5e-4, head_learning_rate=1e-3)
SETS = {
    "ae110k": Set("ave_en/ae110k.train.jsonl", "any", "ave_en/ae110k.test.jsonl"),
    "ae110k-narrow": Set("ave_en/ae110k.train.jsonl", "any", "ave_en/ae110k.test.jsonl", TrainSettings(feed_forward=1024)),
    "ae110k-named": Set("ave_en/ae110k.train.jsonl", "any", "ave_en/ae110k.test.jsonl", TrainSettings(named=1.0)),
    "ae110k-both": Set("ave_en/ae110k.train.jsonl", "any", "ave_en/ae110k.test.jsonl", members=("ae110k", "ae110k-named")),
    "ae110k-seq2seq": Set("ave_en/ae110k.train.jsonl", "any", "ave_en/ae110k.test.jsonl", SEQ2SEQ, level=None, kind="seq2seq"),
    "ae110k-causal": Set("ave_en/ae110k.train.jsonl", "any", "ave_en/ae110k.test.jsonl", HALF_CAUSAL, level=None, kind="causal"),
    "oamine": Set("ave_en/oamine.train.jsonl", "any", settings=TrainSettings(epochs=8, precision="bf16")),
    "wdcpave": Set("ave_en/wdcpave.train.jsonl", "any", settings=TrainSettings(epochs=6, layers=4)),
    "multidigraph": Set(*MULTIDIGRAPH, TrainSettings(epochs=8, layers=12, latin_pieces=20_000), level=0.72, spans=True),
    **{name: Set(*MULTIDIGRAPH, settings, level=0.68, spans=True, also=JIE) for name, settings in MEMBERS.items()},
    "multidigraph-both": Set(*MULTIDIGRAPH, level=0.64, spans=True, members=("multidigraph-jie", "multidigraph-jie-6")),
    "multidigraph-all": Set(*MULTIDIGRAPH, level=0.64, spans=True, members=tuple(MEMBERS)),
    "jie2019": Set(JIE, "set", settings=TrainSettings(epochs=4), together=titles, spans=True),
    "openbg": Set(OPENBG_ITEMS, "set", settings=OPENBG_SETTINGS, least_examples=50),
    "openbg-seed-2": Set(OPENBG_ITEMS, "set", settings=replace(OPENBG_SETTINGS, seed=2), least_examples=50),
    "openbg-encoders": Set(OPENBG_ITEMS, "set", least_examples=50, members=("openbg", "openbg-seed-2")),
    "openbg-tfidf-lr": Set(OPENBG_ITEMS, "set", kind="tfidf-lr", least_examples=50),
    "openbg-knn": Set(OPENBG_ITEMS, "set", kind="knn", least_examples=50),
    "openbg-all": Set(OPENBG_ITEMS, "set", least_examples=50, members=("openbg", "openbg-tfidf-lr", "openbg-knn")),
    "pricerunner": Set("category_en/pricerunner.train.jsonl.gz", "any", together=clusters, level=0.0, kind="tfidf-lr"),
}


def measure(name: str, work: Path) -> dict[str, Any]:
    """Train what is not there yet, and measure one set."""
    one = SETS[name]
    begun = time.monotonic()
    held, said, place = _tested(name, one, work) if one.test else _folded(name, one, work)
    seconds = time.monotonic() - begun
    examples = [example for example, _ in held]
    plain = [[replace(tag, evidence=()) for tag in tags] for tags in said]
    report = score(examples, plain, match=one.match).to_dict()
    card = open_model(place).settings.card
    return {
        "match": one.match,
        "protocol": "test split" if one.test else f"{FOLDS} folds",
        "kind": card["kind"],
        "products": len(held),
        "tags_per_product": round(sum(map(len, said)) / len(held), 1),
        "micro": report["micro"],
        **({"exact_spans": exact_spans(held, said).to_dict()} if one.spans else {}),
        "settings": card.get("settings"),
        "curve": card.get("curve"),
        "seconds": round(seconds),
        "titles_per_s": rates(place, held),
        "megabytes": megabytes(place),
        "guarantee": simulate(examples, said),
        **(categories(place, examples, one.match) if one.test else {}),
        "machine": machine_facts(),
    }


def categories(place: Path, examples: Sequence[Example], match: Match) -> dict[str, Any]:
    """How often the category is found that the merchant gave, where a model has learned some, and F1 of the rest without the merchant's."""
    tagger = open_model(place)
    asked = [example.product for example in examples if example.product.category is not None]
    if CATEGORY in tagger.settings.attributes or not asked or not getattr(tagger.settings, "categories", []):
        return {}
    said = tagger.tag([replace(product, category=None) for product in asked])
    valued = [[replace(tag, evidence=()) for tag in tags if tag.attribute != CATEGORY] for tags in said]
    f1 = score([example for example in examples if example.product.category is not None], valued, match=match).to_dict()["micro"]["f1"]
    found = [next((tag.value for tag in tags if tag.attribute == CATEGORY), None) for tags in said]
    right = sum(one == product.category for one, product in zip(found, asked, strict=True))
    named = sum(one is not None for one in found)
    figures = {"said": named / len(asked), "precision": right / max(1, named), "recall": right / len(asked), "f1_of_the_rest": f1}
    return {"categories": {"products": len(asked), **figures}}


def _tested(name: str, one: Set, work: Path) -> tuple[list[Labelled], Tags, Path]:
    held = read_labelled(DATA / str(one.test))
    place = _trained(name, one, work, held)
    return held, open_model(place).tag([example.product for example, _ in held]), place


def _trained(name: str, one: Set, work: Path, held: Sequence[Labelled]) -> Path:
    place = work / name
    if is_model_folder(place):
        return place
    if one.members:
        join_models([_trained(member, SETS[member], work, held) for member in one.members], place)
        revise(place, least_confidence=one.level)
        return place
    labelled = read_labelled(DATA / one.train)
    learned, judged = (labelled, one.level) if one.level is not None else hold_out(labelled)
    also = not_among(read_labelled(DATA / one.also), held) if one.also else ()
    options: dict[str, Any] = {"settings": one.settings, "match": one.match, "card": {"gold": one.train, "kind": one.kind}}
    fit(learned, judged, place, also=also, progress=_tell(name), **options)
    return place


def _folded(name: str, one: Set, work: Path) -> tuple[list[Labelled], Tags, Path]:
    """The folds' held-out products with what the model that did not see them says, each at the level best for the other folds."""
    shares = shares_of(one, work)
    said: list[Tags] = [tag_openly(_trained_without(fold, shares, name, one, work), held) for fold, held in enumerate(shares)]
    kept: list[list[Tag]] = []
    for fold in range(FOLDS):
        others = [number for number in range(FOLDS) if number != fold]
        known = [item for other in others for item in shares[other]]
        level = one.level and best_level(known, [tags for other in others for tags in said[other]], one.match)
        revise(work / f"{name}-{fold}", least_confidence=level)
        kept += [[tag for tag in tags if tag.confidence >= scaled(level, 0.0)] for tags in said[fold]]
    return [item for share in shares for item in share], kept, work / f"{name}-0"


def _trained_without(fold: int, shares: Sequence[Sequence[Labelled]], name: str, one: Set, work: Path) -> Path:
    """The model of a set that has not seen a fold's products."""
    place = work / f"{name}-{fold}"
    if is_model_folder(place):
        return place
    if one.members:
        join_models([_trained_without(fold, shares, member, SETS[member], work) for member in one.members], place)
        return place
    learned = [item for number, share in enumerate(shares) if number != fold for item in share]
    fit(learned, one.level, place, settings=one.settings, match=one.match, card={"kind": one.kind}, progress=_tell(place.name))
    return place


def shares_of(one: Set, work: Path) -> list[list[Labelled]]:
    """The products of each fold."""
    labelled = _often(read_labelled(_unpacked(DATA / one.train, work)), one.least_examples)
    numbers = one.together(labelled) if one.together else range(len(labelled))
    shares: list[list[Labelled]] = [[] for _ in range(FOLDS)]
    for item, number in zip(labelled, numbers, strict=True):
        shares[number % FOLDS].append(item)
    return shares


def _often(labelled: Sequence[Labelled], least: int) -> list[Labelled]:
    """Without the attributes that fewer than `least` products have a value of."""
    counts = Counter(name for example, _ in labelled for name, values in example.gold.items() if values)
    golds = [{name: values for name, values in one.example.gold.items() if counts[name] >= least} for one in labelled]
    return [one._replace(example=replace(one.example, gold=gold)) for one, gold in zip(labelled, golds, strict=True) if gold]


def _unpacked(path: Path, work: Path) -> Path:
    if path.suffix != ".gz":
        return path
    plain = work / path.stem
    plain.write_bytes(gzip.decompress(path.read_bytes()))
    return plain


def _tell(name: str) -> Callable[[int, float], None]:
    return lambda epoch, loss: print(f"{name}: epoch {epoch}, loss {loss:.3f}", flush=True)


def exact_spans(held: Sequence[Labelled], said: Tags) -> Counts:
    """Entities by attribute, field and offsets, of products whose labels have offsets."""
    total = Counts()
    for (example, spans), tags in zip(held, said, strict=True):
        if any(values and not spans.get(name) for name, values in example.gold.items()):
            continue
        gold = {(name, *place) for name, places in spans.items() for place in places}
        judged = [tag for tag in tags if tag.attribute in example.gold]
        ours = {(tag.attribute, item.field, item.start, item.end) for tag in judged for item in tag.evidence if isinstance(item, TextSpan)}
        right = len(gold & ours)
        total += Counts(correct=right, missed=len(gold) - right, invented=len(ours) - right)
    return total


def megabytes(place: Path) -> float:
    """A model folder's size."""
    return round(sum(file.stat().st_size for file in place.rglob("*")) / 1e6, 1)


def rates(place: Path, held: Sequence[Labelled]) -> dict[str, float]:
    """Titles a second, tokenising and decoding included: one process of one thread, and two of them side by side."""
    products = [example.product for example, _ in held]
    few = products[:20]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        slow = max(pool.map(_tag_all, [place] * 2, [few] * 2))  # both are started and have loaded
        products = products[: min(400, max(len(few), round(len(few) * RATED_S / slow)))]
        alone = _tag_all(place, products)
        both = list(pool.map(_tag_all, [place] * 2, [products] * 2))
    return {"1 process": round(len(products) / alone, 1), "2 processes": round(2 * len(products) / max(both), 1)}


def _tag_all(place: Path, products: Sequence[Product]) -> float:
    """Seconds to tag, loading left out."""
    tagger = open_model(place)
    tagger.tag(products[:4])
    begun = time.perf_counter()
    tagger.tag(products)
    return time.perf_counter() - begun


def simulate(examples: Sequence[Example], said: Tags) -> dict[str, float]:
    """Promise on the judged tags of one random half of the products, look at the other's: how often is less than the promised precision
    published?"""
    by_product = [list(judge([example], [tags])) for example, tags in zip(examples, said, strict=True)]
    kept, share, published, before, after = 0, 0.0, 0, 0.0, 0.0
    for seed in range(SPLITS):
        order = np.random.default_rng(seed).permutation(len(by_product)).tolist()
        mine, other = _of(by_product, order[: len(order) // 2]), _of(by_product, order[len(order) // 2 :])
        found = promise([sure for _, sure, _ in mine], [right for *_, right in mine], precision=PRECISION, confidence=CONFIDENCE)
        sure, right = [one for _, one, _ in other], [one for *_, one in other]
        taken = [hit for one, hit in zip(sure, right, strict=True) if one >= found.threshold]
        kept += not taken or sum(taken) / len(taken) >= PRECISION
        published += bool(taken)
        share += len(taken) / max(1, len(other))
        if seed < TRUTH_SPLITS:
            curves = Curves(fit_curves(mine, "temperature"))
            before += calibration_error(sure, right) / TRUTH_SPLITS
            after += calibration_error([curves.read(name, one) for name, one, _ in other], right) / TRUTH_SPLITS
    totals = {"kept": kept / SPLITS, "some_published": published / SPLITS, "share_published": share / SPLITS}
    return {"tags": sum(map(len, by_product)), **totals, "error_before": before, "error_after": after}


def _of(by_product: Sequence[Sequence[Judged]], numbers: Sequence[int]) -> list[Judged]:
    return [one for number in numbers for one in by_product[number]]


def tell(name: str, figures: dict[str, Any]) -> None:
    """Print what a set gave."""
    print(f"{name}: {json.dumps({key: value for key, value in figures.items() if key != 'settings'})}")


if __name__ == "__main__":
    run_parts("learn", __doc__, {name: partial(measure, name) for name in SETS}, tell)
