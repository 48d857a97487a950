"""A trained model and labelled products it has not seen: from which confidence on its tags keep a promised precision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from hangtag.engine.ledger import replace_file
from hangtag.evaluate import GoldRecord
from hangtag.evaluate.compare import Comparer
from hangtag.jobs.train import read_labelled
from hangtag.learn.guarantee import Judged, promises
from hangtag.model import Tag
from hangtag.taggers.encoder import EncoderTagger, ModelFiles

__all__ = ["calibrate_model", "judge"]


def calibrate_model(
    model: str | Path, gold: str | Path, *, precision: float = 0.95, confidence: float = 0.9, each: bool = False
) -> dict[str, Any]:
    """Find the thresholds and write them into the model folder, where the policy reads them; gives them with what they publish.

    The promise is over all published tags together; with `each`, for the tags of each attribute by itself. `gold` must not have been
    trained on. Where no threshold can promise the precision, nothing is published unseen. Raises `GoldError` and `InputError`.
    """
    pairs = read_labelled(gold)
    tagger = EncoderTagger(model)
    tags = tagger.tag([labelled.example.product for labelled, _ in pairs])
    overall, by_attribute = promises(judge([record for _, record in pairs], tags), precision=precision, confidence=confidence)
    guarantee = {
        "precision": precision,
        "confidence": confidence,
        "each": each,
        "gold": str(gold),
        "overall": msgspec.to_builtins(overall),
        "by_attribute": {attribute: msgspec.to_builtins(one) for attribute, one in by_attribute.items()},
    }
    path = ModelFiles(model).settings
    settings = msgspec.json.decode(path.read_bytes())
    replace_file(path, msgspec.json.format(msgspec.json.encode({**settings, "guarantee": guarantee}), indent=1))
    return guarantee


def judge(records: Sequence[GoldRecord], tags: Sequence[Sequence[Tag]]) -> Iterator[Judged]:
    """Every tag of a judged attribute, with whether it says one of the gold values."""
    comparer = Comparer(None)
    for record, said in zip(records, tags, strict=True):
        for tag in said:
            if tag.attribute not in record.gold:
                continue
            gold = comparer.gold_values(tag.attribute, record.gold[tag.attribute])
            meanings = comparer.tagged_values(tag.attribute, [tag])
            yield tag.attribute, tag.confidence, any(comparer.says(tag.attribute, one, value) for one in meanings for value in gold)
