"""Draws English phrases to be judged one by one. `python -m benchmarks.draw_phrases SHEET --seed N [--without IDS]`

`SHEET` is written with the text of each product and an empty verdict and reason to fill in. `--keep JUDGED` takes a sheet that is filled in
and keeps what may be kept: no text of the catalogues, whose licences differ. `--without` names a file of product ids, one a line, that are
not drawn: those somebody looked at while mending the rules.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from pathlib import Path

from benchmarks.common import DATA
from benchmarks.quality import products
from hangtag.evaluate.audit import read_judged, sample_tags, write_sheet
from hangtag.jobs import Setup

CATALOGUES = ("ave_en/ae110k.train.jsonl", "ave_en/oamine.train.jsonl", "icecat_en/products.jsonl.gz")
MOST_PRODUCTS, DRAWN = 2_000, 100


def draw(sheet: Path, seed: int, without: frozenset[str]) -> None:
    """Phrases drawn uniformly from all those of at most 2,000 random products a catalogue."""
    chance = random.Random(seed)
    taken = []
    for file in CATALOGUES:
        known = [product for product in products(DATA / file) if product.id not in without]
        taken += chance.sample(known, min(MOST_PRODUCTS, len(known)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tags.jsonl"
        with path.open("w", encoding="utf-8") as stream:
            for product, tags in Setup(taggers=("phrase",)).build().pipe(taken):
                said = [
                    {
                        "attribute": tag.attribute,
                        "value": tag.value,
                        "confidence": tag.confidence,
                        "status": tag.status,
                        "source": tag.source,
                    }
                    for tag in tags
                ]
                stream.write(json.dumps({"id": product.id, "tags": said}) + "\n")
        write_sheet(sample_tags(path, taken, count=DRAWN, seed=seed), sheet)


def keep(sheet: Path, judged: Path) -> None:
    """The verdicts of a sheet without the texts they were given on."""
    read_judged(sheet)
    lines = [json.loads(line) for line in sheet.read_text(encoding="utf-8").splitlines()]
    kept = [{name: line[name] for name in ("product_id", "tag", "verdict", "reason")} for line in lines]
    judged.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in kept), encoding="utf-8")


def main() -> None:
    """Draw a sheet, or keep a judged one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sheet", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--without", type=Path)
    parser.add_argument("--keep", type=Path, metavar="JUDGED")
    options = parser.parse_args()
    if options.keep:
        keep(options.sheet, options.keep)
        return
    without = frozenset(options.without.read_text(encoding="utf-8").split()) if options.without else frozenset()
    draw(options.sheet, options.seed, without)


if __name__ == "__main__":
    main()
