"""How good are the tags, with no training? `python -m benchmarks.quality [--only NAME…]`

spans       every TextSpan of every tag on four data sets points at its quote
categories  zero-shot category accuracy on PriceRunner's titles
apparel     micro-F1 on our own Chinese fashion sentences (benchmarks/gold/apparel_zh.jsonl)
sets        the public labelled sets, as they are: protocols set and any
phrases     free phrases of at most 2,000 products a set: how many, how fast, how often a safety rule fires in them and in titles
judged      tags judged by hand, one by one (benchmarks/judged/*.jsonl)
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.common import DATA, ROOT, machine_facts, result_path, write_result
from hangtag.catalog import Cleaned, clean_rows, open_catalogue
from hangtag.evaluate.audit import audit, read_judged
from hangtag.jobs import Setup, evaluate_gold
from hangtag.model import UNSAFE, Inference, Product, Tag, TextSpan
from hangtag.testing import check_spans
from hangtag.text.claims import starter_rules

SPAN_SETS = {
    "OpenBG": ["openbg_zh/items.jsonl"],
    "Icecat": ["icecat_en/products.jsonl.gz"],
    "AE-110k": ["ave_en/ae110k.train.jsonl", "ave_en/ae110k.test.jsonl"],
    "MultiDigraph": ["ner_zh/multidigraph.train.jsonl", "ner_zh/multidigraph.dev.jsonl"],
}
LABELLED = {
    "AE-110k train": "ave_en/ae110k.train.jsonl",
    "OA-Mine train": "ave_en/oamine.train.jsonl",
    "WDC-PAVE train": "ave_en/wdcpave.train.jsonl",
    "OpenBG": "openbg_zh/items.jsonl",
}
PHRASED = 2_000


def products(path: Path) -> Iterator[Product]:
    """The usable products of a catalogue."""
    for result in clean_rows(open_catalogue(path)):
        if isinstance(result, Cleaned):
            yield result.product


def spans() -> dict[str, Any]:
    """Tags and spans per set, and how many spans are wrong."""
    pipeline = Setup().build()
    found = {}
    for name, files in SPAN_SETS.items():
        counts: Counter[str] = Counter()
        for file in files:
            for product, tags in pipeline.pipe(products(DATA / file)):
                counts["products"] += 1
                counts["tags"] += len(tags)
                counts["spans"] += sum(isinstance(item, TextSpan) for tag in tags for item in tag.evidence)
                counts["wrong"] += len(check_spans(product, tags))
        found[name] = dict(counts)
    return found


def categories() -> dict[str, Any]:
    """Accuracy of the category tag on PriceRunner's training titles; the gold names are looked up in the vocabulary, nothing is learned."""
    pipeline = Setup(taggers=("category",)).build()
    vocabulary = pipeline.vocabulary
    right: Counter[str] = Counter()
    judged: Counter[str] = Counter()
    said = 0
    with gzip.open(DATA / "category_en/pricerunner.train.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    items = (Product(id=row["id"], fields={"title": row["title"]}, language="en") for row in rows)
    for row, (_, tags) in zip(rows, pipeline.pipe(items), strict=True):
        name = row["gold"]["category"][0]
        gold = vocabulary.find_category(name)
        found = next((tag.value for tag in tags if tag.attribute == "category"), None)
        judged[name] += 1
        said += found is not None
        right[name] += bool(gold and found and vocabulary.is_within(found, gold))
    return {
        "products": len(rows),
        "accuracy": sum(right.values()) / len(rows),
        "accuracy_where_said": sum(right.values()) / max(said, 1),
        "by_category": {name: right[name] / judged[name] for name in sorted(judged)},
    }


def apparel() -> dict[str, Any]:
    """Our own gold of Chinese fashion sentences, written without looking at the vocabulary."""
    return evaluate_gold(ROOT / "benchmarks/gold/apparel_zh.jsonl").to_dict()


def sets() -> dict[str, Any]:
    """Labelled sets as they are: most of their attributes are free text no untrained tagger knows."""
    found = {}
    for name, file in LABELLED.items():
        for match in ("set", "any"):
            report = evaluate_gold(DATA / file, match=match).to_dict()
            found[f"{name}, {match}"] = {"micro": report["micro"], "known": report["known"], "unknown": len(report["unknown"])}
    return found


def judged() -> dict[str, Any]:
    """The verdicts kept in benchmarks/judged."""
    return {path.stem: audit(read_judged(path)).to_dict() for path in sorted((ROOT / "benchmarks/judged").glob("*.jsonl"))}


def is_stopped(tag: Tag) -> bool:
    """Whether a safety rule fired in it."""
    return any(isinstance(one, Inference) and one.method == UNSAFE for one in tag.evidence)


def phrases() -> dict[str, Any]:
    """Free phrases and safety rules on real titles; whether they are good is said by `judged`."""
    pipeline, rules = Setup(taggers=("phrase",)).build(), starter_rules()
    found = {}
    for name, files in SPAN_SETS.items():
        taken = list(islice((product for file in files for product in products(DATA / file)), PHRASED))
        begun = time.monotonic()
        said = [tags for _, tags in pipeline.pipe(taken)]
        seconds = time.monotonic() - begun
        found[name] = {
            "products": len(taken),
            "with_phrases": sum(map(bool, said)),
            "phrases": sum(map(len, said)),
            "stopped": sum(is_stopped(tag) for tags in said for tag in tags),
            "titles_with_hits": sum(bool(rules.find(product.main_text)) for product in taken),
            "products_per_s": len(taken) / seconds,
        }
    return found


PARTS = {"spans": spans, "categories": categories, "apparel": apparel, "sets": sets, "phrases": phrases, "judged": judged}


def main() -> None:
    """Measure the named parts and keep the figures in results/quality.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=list(PARTS), default=list(PARTS))
    path = result_path("quality")
    result = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for name in parser.parse_args().only:
        begun = time.monotonic()
        result[name] = PARTS[name]()
        result["machine"] = machine_facts()
        write_result("quality", result)
        print(f"{name} ({time.monotonic() - begun:.0f} s): {json.dumps(result[name], ensure_ascii=False)[:1500]}")


if __name__ == "__main__":
    main()
