"""Several taggers on the same labels."""

import json
from pathlib import Path

from hangtag.jobs import Setup
from hangtag.jobs.evaluate import compare_taggers, evaluate_gold


def test_each_row_is_what_evaluating_gives(tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    rows = [
        {"id": "1", "title": "Red cotton dress 90 cm", "gold": {"color": ["red"], "material": ["cotton"]}},
        {"id": "2", "title": "女士亚麻衬衫 蓝色", "gold": {"color": ["blue"], "material": ["linen"]}},
    ]
    gold.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    setups = {"lexicon": Setup(taggers=("lexicon",)), "measure": Setup(taggers=("measure",))}
    lexicon, measure = compare_taggers(gold, setups)
    alone = evaluate_gold(gold, setup=setups["lexicon"]).to_dict()["micro"]
    assert {name: lexicon[name] for name in alone} == alone and lexicon["f1"] == 1.0
    assert (lexicon["tagger"], measure["tagger"], measure["f1"], measure["missed"]) == ("lexicon", "measure", 0.0, 4)
    assert lexicon["products_per_s"] > 0
