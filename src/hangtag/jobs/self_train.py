"""Few labels and many products without any: a model tags those, what is surely right is learned from too (self-training, Scudder 1965)."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from hangtag.engine.ledger import remove_folder, replace_folder
from hangtag.errors import GoldError
from hangtag.jobs.calibrate import judge
from hangtag.jobs.distil import beside, catalogue_products, labels_of
from hangtag.jobs.train import ENCODER, EpochDone, checkpoint_of, counted_on, fit, learned_and_held, not_among, read_labelled
from hangtag.learn.examples import Labelled
from hangtag.learn.guarantee import promise
from hangtag.learn.settings import TrainSettings, defaults_of
from hangtag.model import Example, Product, Tag
from hangtag.taggers.confidence import NEVER
from hangtag.taggers.model_folder import refuse_taken, revise
from hangtag.taggers.trained import open_model

__all__ = ["self_train"]

_FOLDS = 5
_CONFIDENCE = 0.95  # of either of two looks: together they fail one time in ten


class _Judge(NamedTuple):
    """A model, and labelled products it has not learned from."""

    place: Path
    unseen: Sequence[Labelled]


def self_train(
    gold: str | Path,
    catalogue: str | Path,
    output: str | Path,
    *,
    dev: str | Path | None = None,
    also: Sequence[str | Path] = (),
    settings: TrainSettings | None = None,
    precision: float = 0.9,
    match: str = "set",
    kind: str = ENCODER,
    track_to: str | None = None,
    progress: Callable[[int, float], None] | None = None,
) -> dict[str, Any]:
    """Train on labels, tag unlabelled products, and train again on both: of the tags, those that keep `precision` by the guarantee.

    The guarantee is found on `dev` or every tenth labelled product, of which neither training learns. Where these are too few to promise
    anything, the others are parted into five: five models that each leave one part out are judged together on what they left out, and each
    tags a fifth of the unlabelled products. Where that promises nothing either, the first model stays. `also` is as in `train_model`;
    `track_to` names where the curves of the last training are tracked. A killed run goes on: the models on the way are kept beside
    `output` until all is done. Raises `GoldError` where too few products are labelled to hold some out.
    """
    refuse_taken(output)
    learned, held = learned_and_held(gold, dev)
    if learned is held:
        raise GoldError(f"{gold}: {len(held)} labelled products are too few to hold some out: label more, or give --dev")
    products = catalogue_products(catalogue)  # what cannot be read shall say so before hours of training
    card: dict[str, Any] = {"gold": str(gold), "kind": kind}
    more = [one for path in also for one in read_labelled(path)]
    options: dict[str, Any] = {"settings": settings, "match": match}
    epochs = (settings or defaults_of(kind)).epochs
    first = _Judge(beside(output, "first"), held)
    without = [_Judge(beside(output, f"without-{fold}"), learned[fold::_FOLDS]) for fold in range(_FOLDS)]
    made = fit(learned, held, first.place, also=more, card=card, **options, progress=progress, anew=False)
    judges = [first]
    if (threshold := _sure_from(judges, precision)) >= NEVER:
        judges = without
        told = [counted_on(progress, epochs * (1 + fold)) for fold in range(_FOLDS)]
        made_all = _fit_folds(without, learned, held, more, card, options, told)
        threshold = _sure_from(judges, precision) if made_all else NEVER
    if threshold >= NEVER:
        facts = {**made, "self_trained": 0}
        with replace_folder(Path(output)) as partial:
            shutil.copytree(first.place, partial, dirs_exist_ok=True)
            revise(partial, card=facts)
    else:
        said = list(_surely_right(judges, products, threshold))
        extra = [one for one in not_among(said, [*learned, *held]) if one.example.gold]
        card |= {"unlabelled": str(catalogue), "self_trained": len(extra), "least_confidence": threshold, "first": made["dev"]}
        last = counted_on(progress, epochs * (len(judges) + (judges is without)))
        facts = fit([*learned, *extra], held, output, also=more, card=card, track_to=track_to, progress=last, **options)
    for one in (first, *without):
        remove_folder(one.place)
        checkpoint_of(one.place).unlink(missing_ok=True)
    return facts


def _fit_folds(
    judges: Sequence[_Judge],
    learned: Sequence[Labelled],
    held: Sequence[Labelled],
    also: Sequence[Labelled],
    card: Mapping[str, Any],
    options: Mapping[str, Any],
    told: Sequence[EpochDone | None],
) -> bool:
    """Train each judge on what it shall not be judged on, and on nothing that says the same; whether all could be."""
    try:
        for fold, one in enumerate(judges):
            others = [item for number, item in enumerate(learned) if number % _FOLDS != fold]
            foreign = not_among(also, one.unseen)
            mine: dict[str, Any] = {"also": foreign, "card": {**card, "fold": fold}, "progress": told[fold]}
            fit(not_among(others, one.unseen), held, one.place, **mine, **options, anew=False)
    except GoldError:  # without a fifth of so few labels there may be nothing to tell apart
        return False
    return True


def _sure_from(judges: Sequence[_Judge], precision: float) -> float:
    """The confidence from which the tags of these models together keep a precision; `NEVER` where nothing can be promised."""
    judged = [tag for one in judges for tag in judge(*_said_of_unseen(one))]
    return promise([sure for _, sure, _ in judged], [right for *_, right in judged], precision=precision, confidence=_CONFIDENCE).threshold


def _said_of_unseen(one: _Judge) -> tuple[list[Example], list[list[Tag]]]:
    examples = [example for example, _ in one.unseen]
    return examples, open_model(one.place).tag([example.product for example in examples])


def _surely_right(judges: Sequence[_Judge], products: Sequence[Product], threshold: float) -> Iterator[Labelled]:
    """Products with the tags that are so sure as labels. Each model reads a share: as new to it as what it was judged on."""
    for number, one in enumerate(judges):
        share = products[number :: len(judges)]
        tags = open_model(one.place).tag(share)
        yield from labels_of(share, [[tag for tag in said if tag.confidence >= threshold] for said in tags])
