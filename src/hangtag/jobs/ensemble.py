"""Several trained models in one folder, which is a model like any other."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from hangtag.errors import InputError
from hangtag.jobs.evaluate import match_of
from hangtag.jobs.train import read_labelled, settle
from hangtag.taggers.ensemble import ENSEMBLE_FORMAT, EnsembleSettings
from hangtag.taggers.model_folder import new_model_folder, refuse_taken
from hangtag.taggers.trained import open_model

__all__ = ["join_models"]


def join_models(folders: Sequence[str | Path], output: str | Path, *, gold: str | Path | None = None, match: str = "set") -> dict[str, Any]:
    """Write `output`, a model that says what those in `folders` say on average, from copies of them; gives its card.

    The least confidence is the best on `gold`, labelled products that none of them learned from, else the members' mean. What
    `hangtag calibrate` found of members is not true of their mean and is left behind. Raises `InputError` for fewer than two models,
    `GoldError` for gold that cannot be used.
    """
    if len(folders) < 2:
        raise InputError(f"{len(folders)} model: an ensemble has two or more")
    refuse_taken(output)
    held, checked = read_labelled(gold) if gold is not None else None, match_of(match)
    taggers = [open_model(folder) for folder in folders]
    if any(Path(output).resolve().is_relative_to(Path(folder).resolve()) for folder in folders):
        raise InputError(f"-o {output} lies within one of the models it is made of: name a folder beside them")
    names = [f"{number}-{Path(folder).resolve().name}" for number, folder in enumerate(folders)]
    level = fmean(tagger.settings.least_confidence for tagger in taggers)
    cards = {name: tagger.settings.card for name, tagger in zip(names, taggers, strict=True)}
    licences = dict.fromkeys(str(card["licence"]) for card in cards.values() if "licence" in card)
    card = {"kind": "ensemble", "licence": "; ".join(licences), "members": cards}
    settings = EnsembleSettings(
        format=ENSEMBLE_FORMAT,
        attributes=list(dict.fromkeys(name for tagger in taggers for name in tagger.settings.attributes)),
        categories=sorted({name for tagger in taggers for name in tagger.settings.categories}),
        least_confidence=level,
        card=card,
        members=names,
        by_name=sorted({name for tagger in taggers for name in tagger.settings.by_name}),
    )
    with new_model_folder(output, settings) as files:
        for name, folder in zip(names, folders, strict=True):
            shutil.copytree(folder, files.members / name)
    return {**card, **settle(Path(output), held if held is not None else level, card, checked)}
