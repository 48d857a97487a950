"""New attributes for a trained encoder by their names alone: no label, no training of its own."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from hangtag.errors import InputError
from hangtag.learn.backbone import encode_names, load_backbone
from hangtag.learn.settings import SCRATCH_PREFIX
from hangtag.learn.titles import MOST_EXAMPLES, thing_of, with_examples
from hangtag.model import CATEGORY
from hangtag.taggers.encoder import EncoderTagger
from hangtag.taggers.known_values import KnownValues
from hangtag.taggers.model_folder import ModelFiles, new_model_folder, refuse_taken
from hangtag.taggers.trained import open_model
from hangtag.text.fold import fold_text
from hangtag.vocabulary import Vocabulary, starter_vocabulary

__all__ = ["extend_model"]


def extend_model(folder: str | Path, output: str | Path, attributes: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Write `output`, the model of `folder` with more attributes, each by its name and values to look for, where some are known; gives
    its card. What it says of the others stays as it was.

    A name asks what the untrained encoder makes of it, as the names of trained attributes do, with what lessons teach in place of their
    residuals; with values, the mean of that and of what it makes of the name with some of them. Looked for are these values, and those that
    the starter vocabulary lists under the name, or the kinds it has of a thing. Raises `InputError` for a name the model has already and
    for a model that was taught to read no names, `MissingExtra` without `train`.
    """
    tagger = open_model(folder)
    if not isinstance(tagger, EncoderTagger):
        raise InputError(f"{folder} reads no names of attributes: extend a model of 'hangtag train --kind encoder'")
    settings = tagger.settings
    refuse_taken(output)
    known_names = {fold_text(name) for name in (*settings.attributes, CATEGORY)}
    for name in attributes:
        if fold_text(name) in known_names or not name.strip():
            raise InputError(f"--attribute '{name}': that attribute is in the model or named before, or it has no name")
        known_names.add(fold_text(name))
    trained = settings.card.get("settings", {})
    base = trained.get("backbone", SCRATCH_PREFIX)
    if base.startswith(SCRATCH_PREFIX):
        raise InputError(f"{folder} was trained from scratch: names of attributes mean nothing to it")
    if not trained.get("named"):
        raise InputError(f"{folder} was taught to read no names: train it anew with --named 1, or extend its teacher")
    model, tokenizer = load_backbone(base)
    source = ModelFiles(folder)
    with np.load(source.heads) as arrays:
        heads = dict(arrays)
    longer = [with_examples(name, values[:MOST_EXAMPLES]) for name, values in attributes.items()]
    short, shown = encode_names(model, tokenizer, [*attributes, *longer]).tensor_split(2)
    names = ((short + shown) / 2).numpy()
    heads["queries"] = np.concatenate([heads["queries"], names @ heads["query_weight"].T + heads["query_bias"]])
    vocabulary = starter_vocabulary()
    known = {name: [*values, *_listed(name, vocabulary)] for name, values in attributes.items()}
    answers = KnownValues.learn([("", known)]).answers
    changed = msgspec.structs.replace(
        settings,
        attributes=[*settings.attributes, *attributes],
        by_name=[*settings.by_name, *attributes],
        known={**settings.known, "answers": {**settings.known["answers"], **answers}},
    )
    with new_model_folder(output, changed) as files:  # `folder` may be the same: it is replaced on leaving
        shutil.copyfile(source.tokenizer, files.tokenizer)
        shutil.copyfile(source.network, files.network)
        np.savez(files.heads, **heads)
    return {**settings.card, "by_name": changed.by_name}


def _listed(name: str, vocabulary: Vocabulary) -> list[str]:
    """What a vocabulary lists under a name: the forms of an attribute's values, or for the type of something ("shoe type", 鞋类型) those of
    the categories below it; its own, where there is none below."""
    attribute = vocabulary.find_attribute(name)
    if attribute is not None:
        return [form for value in vocabulary.values_of(attribute).values() for form in (*value.forms, *value.weak)]
    thing = thing_of(name)
    category = vocabulary.find_category(thing) if thing else None
    if category is None:
        return []
    kinds = [one for one in vocabulary.categories.values() if one.id != category and vocabulary.is_within(one.id, category)]
    return [form for one in kinds or [vocabulary.categories[category]] for form in one.forms]
