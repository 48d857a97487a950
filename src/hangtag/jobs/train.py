"""Training a tagger on labelled products, and choosing how sure it must be to speak."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from hangtag.encode import SentenceEncoder
from hangtag.errors import GoldError, InputError
from hangtag.evaluate import read_gold, score
from hangtag.evaluate.metrics import Counts
from hangtag.evaluate.score import Match
from hangtag.jobs.evaluate import match_of
from hangtag.jobs.golds import gold_fields, gold_products, learns_from_gold
from hangtag.jobs.track import track
from hangtag.learn.checkpoint import fingerprint_of
from hangtag.learn.classify import CLASSIFIERS, train_classifier
from hangtag.learn.examples import Labelled, label
from hangtag.learn.generative import GENERATIVE, train_generative
from hangtag.learn.processes import is_alone, is_first
from hangtag.learn.settings import CAUSAL_BACKBONE, DEFAULT_BACKBONE, TrainSettings, defaults_of, refuse_unfit
from hangtag.learn.train import train
from hangtag.model import Tag
from hangtag.taggers.confidence import scaled
from hangtag.taggers.model_folder import read_card, refuse_taken, revise
from hangtag.taggers.trained import open_model

__all__ = [
    "checkpoint_of",
    "counted_on",
    "cross_validate",
    "fit",
    "hold_out",
    "learned_and_held",
    "not_among",
    "read_labelled",
    "settle",
    "train_model",
]

ENCODER, CRF = "encoder", "bilstm-crf"
_LICENCES = {DEFAULT_BACKBONE: "multilingual-e5-small: MIT", CAUSAL_BACKBONE: "SmolLM2-135M: Apache-2.0"}
_HELD_OUT = 10
_LEVELS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7)
EpochDone = Callable[[int, float], None]
FiguresDone = Callable[[int, Mapping[str, float]], None]
Tags = list[list[Tag]]


def train_model(
    gold: str | Path,
    output: str | Path,
    *,
    dev: str | Path | None = None,
    also: Sequence[str | Path] = (),
    settings: TrainSettings | None = None,
    match: str = "set",
    least_confidence: float | None = None,
    kind: str = ENCODER,
    track_to: str | None = None,
    progress: EpochDone | None = None,
) -> dict[str, Any]:
    """Train a tagger and write its model folder; gives the model's card. `kind` is "encoder", "bilstm-crf" or one of `GENERATIVE` and
    `CLASSIFIERS`.

    The least confidence at which it speaks is the one with the best micro-F1 on `dev` or, without one, on every tenth product, which
    is held out then; with `least_confidence` it is that, and every product is learned from. `also` are gold files of other sources whose
    values an encoder shall know (see `learn.train`). A killed training goes on from its last
    finished epoch, kept beside `output`. Raises `GoldError` naming file and line, `MissingExtra` without the `train` extra.
    """
    card: dict[str, Any] = {"gold": str(gold), "kind": kind, **({"also": [str(one) for one in also]} if also else {})}
    options: dict[str, Any] = {"settings": settings, "match": match, "card": card, "track_to": track_to, "progress": progress}
    options["also"] = [labelled for one in also for labelled in read_labelled(one)]
    if least_confidence is not None:
        return fit(read_labelled(gold), least_confidence, output, **options)
    learned, held = learned_and_held(gold, dev)
    return fit(learned, held, output, **options)


@learns_from_gold
def fit(
    learned: Sequence[Labelled],
    held: Sequence[Labelled] | float,
    output: str | Path,
    *,
    also: Sequence[Labelled] = (),
    settings: TrainSettings | None = None,
    match: str = "set",
    card: Mapping[str, Any] | None = None,
    track_to: str | None = None,
    progress: EpochDone | None = None,
    anew: bool = True,
) -> dict[str, Any]:
    """Train on `learned`, choose the least confidence on `held` (or take it as given), write the model folder; gives the card, which is
    `card` and figures. Of `also` nothing is learned that is held out. `track_to` names where curves are tracked (see `track`). Without
    `anew` a model that the same call made before is left as it is. Of several processes the first writes."""
    checked, facts = match_of(match), {"kind": ENCODER, **(card or {})}
    settings = settings if settings is not None else defaults_of(facts["kind"])
    refuse_unfit(settings, facts["kind"])
    refuse_taken(output)
    if facts["kind"] not in (ENCODER, *GENERATIVE) and not is_alone():
        raise InputError(f"--kind {facts['kind']} is trained by one process: start it without accelerate launch")
    tried = [] if isinstance(held, float) else held
    facts |= {"products": len(learned), "held_out": _is_held_out(tried, learned), "settings": msgspec.to_builtins(settings)}
    also = not_among(also, tried)
    fingerprint = fingerprint_of([*learned, *also, *tried], len(tried), settings, facts["kind"], match)
    if not anew and (made := read_card(output)).get("fingerprint") == fingerprint:
        return made
    with track(track_to if is_first() else None, msgspec.to_builtins(settings)) as log:

        def heard(epoch: int, figures: Mapping[str, float]) -> None:
            log(epoch, figures)
            if progress is not None and is_first():
                progress(epoch, figures["loss"])

        folder = _learn(learned, tried, also, Path(output), settings, facts, heard)
    facts["fingerprint"] = fingerprint  # not before: killed while it settles, a model is not made yet
    if is_first():
        facts |= settle(folder, held, facts, checked)
        checkpoint_of(folder).unlink(missing_ok=True)
    return facts


def _learn(
    learned: Sequence[Labelled],
    tried: Sequence[Labelled],
    also: Sequence[Labelled],
    output: Path,
    settings: TrainSettings,
    facts: dict[str, Any],
    heard: FiguresDone,
) -> Path:
    """Write a model of the kind that `facts` name, which learn something of its making."""
    facts["licence"] = "that of the gold"
    if facts["kind"] in CLASSIFIERS:
        foreign, seed = settings.foreign > 0, settings.seed
        return train_classifier(learned, output, kind=facts["kind"], encoder=SentenceEncoder(), card=facts, seed=seed, foreign=foreign)
    if facts["kind"] not in (ENCODER, CRF, *GENERATIVE):
        raise InputError(f"--kind {facts['kind']}: there are {', '.join((ENCODER, *GENERATIVE, CRF, *CLASSIFIERS))}")
    checkpoint = checkpoint_of(output)
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    kept: dict[str, Any] = {"checkpoint": checkpoint, "after_epoch": heard}
    if facts["kind"] == CRF:
        from hangtag.learn.crf import train_crf

        facts["curve"] = train_crf(learned, output, settings, card=facts, **kept)
        return output
    facts |= {"base": settings.backbone, "licence": f"that of the base ({_LICENCES.get(settings.backbone, 'see there')}) and of the gold"}
    options: dict[str, Any] = {"also": also, "dev": tried, **kept}
    if facts["kind"] == ENCODER:
        from hangtag.learn.export import export

        trained = train(learned, settings, **options)
        facts["curve"] = trained.curve
        if is_first():
            export(trained, output, card=facts)
    else:
        facts["curve"] = train_generative(learned, output, settings, kind=facts["kind"], card=facts, **options)
    return output


def _is_held_out(tried: Sequence[Labelled], learned: Sequence[Labelled]) -> bool:
    """Whether there is something to choose on, and nothing is learned of it."""
    return bool(tried) and {id(one) for one in tried}.isdisjoint(map(id, learned))


def checkpoint_of(output: Path) -> Path:
    """Where a training that writes `output` keeps what it has done so far."""
    return output.with_name(output.name + ".checkpoint")


def not_among(labelled: Sequence[Labelled], others: Sequence[Labelled]) -> list[Labelled]:
    """Those that no other says the same as, whatever its blanks and case."""

    def letters(one: Labelled) -> str:
        return "".join(one.example.product.main_text.casefold().split())

    seen = {letters(one) for one in others}
    return [one for one in labelled if letters(one) not in seen]


def settle(folder: Path, held: Sequence[Labelled] | float, facts: Mapping[str, Any], match: Match) -> dict[str, Any]:
    """Write into the folder from which confidence on the model speaks, and its card; gives the figures found on the way."""
    if isinstance(held, float):
        revise(folder, card=facts, least_confidence=held)
        return {}
    said = tag_openly(folder, held)
    level = best_level(held, said, match)
    micro = score_at(held, said, level, match)
    dev = {"match": match, "products": len(held), "least_confidence": level, **_figures(micro)}
    revise(folder, card={**facts, "dev": dev}, least_confidence=level)
    return {"dev": dev}


def cross_validate(
    gold: str | Path,
    work: str | Path,
    *,
    folds: int = 5,
    also: Sequence[str | Path] = (),
    settings: TrainSettings | None = None,
    match: str = "set",
    kind: str = ENCODER,
    progress: EpochDone | None = None,
) -> dict[str, Any]:
    """Train `folds` models, each without one share of the labels, and score each on that share; figures of all shares together.

    The least confidence for a share is the one best for the others. Models are kept in the folder `work`; a fold whose model is there, of
    the same labels and settings, is not trained again, so a killed run goes on. `also` is as in `train_model`.
    `progress` hears the epoch, counted through, and its loss. Raises as `train_model` does, and `GoldError` for fewer products than folds.
    """
    labelled, checked = read_labelled(gold), match_of(match)
    more = [one for path in also for one in read_labelled(path)]
    if not 1 < folds <= len(labelled):
        raise GoldError(f"{len(labelled)} labelled products cannot be parted into {folds}: give --folds from 2 to that number")
    shares = [labelled[fold::folds] for fold in range(folds)]
    said: list[Tags] = []
    for fold, held in enumerate(shares):
        place = Path(work) / f"fold-{fold}"
        learned = [one for number, one in enumerate(labelled) if number % folds != fold]

        tell = counted_on(progress, fold * (settings or defaults_of(kind)).epochs)
        card = {"gold": str(gold), "fold": fold, "kind": kind}
        fit(learned, held, place, also=more, settings=settings, match=match, card=card, progress=tell, anew=False)
        said.append(tag_openly(place, held))
    total = Counts()
    rows = []
    for fold, held in enumerate(shares):
        others = [number for number in range(folds) if number != fold]
        level = best_level([one for n in others for one in shares[n]], [tags for n in others for tags in said[n]], checked)
        micro = score_at(held, said[fold], level, checked)
        rows.append({"fold": fold, "products": len(held), "least_confidence": level, **_figures(micro)})
        total += micro
    return {"match": match, "folds": rows, "micro": total.to_dict()}


def counted_on(progress: EpochDone | None, before: int) -> EpochDone | None:
    """The same for a training that has others before it: it counts their epochs too."""
    return None if progress is None else lambda epoch, loss: progress(before + epoch, loss)


def learned_and_held(gold: str | Path, dev: str | Path | None) -> tuple[Sequence[Labelled], Sequence[Labelled]]:
    """The products to learn from and those to choose on: `dev`, or what `hold_out` takes."""
    labelled = read_labelled(gold)
    return (labelled, read_labelled(dev)) if dev is not None else hold_out(labelled)


def hold_out(labelled: Sequence[Labelled]) -> tuple[Sequence[Labelled], Sequence[Labelled]]:
    """Nine tenths to learn from and every tenth to choose on; of fewer than twenty all, twice."""
    if len(labelled) < 2 * _HELD_OUT:
        return labelled, labelled
    return [one for number, one in enumerate(labelled, 1) if number % _HELD_OUT], labelled[_HELD_OUT - 1 :: _HELD_OUT]


def read_labelled(path: str | Path) -> list[Labelled]:
    """Labelled products of a gold file. Raises `GoldError` naming file, line and key."""
    records = list(read_gold(path))
    fields = gold_fields(records, str(path))
    return [label(record, product, fields) for record, product in zip(records, gold_products(records, str(path)), strict=True)]


def tag_openly(folder: str | Path, held: Sequence[Labelled]) -> Tags:
    """All a model would say, however unsure, with its shares of probability as confidence."""
    return open_model(folder, least_confidence=0.0).tag([example.product for example, _ in held])


def best_level(held: Sequence[Labelled], said: Sequence[Sequence[Tag]], match: Match) -> float:
    """The least confidence with the best micro-F1, the lowest of equals."""
    return max(_LEVELS, key=lambda level: (score_at(held, said, level, match).f1, -level))


def score_at(held: Sequence[Labelled], said: Sequence[Sequence[Tag]], level: float, match: Match) -> Counts:
    """Micro counts of the tags at least so sure."""
    return score([example for example, _ in held], list(_at_least(said, scaled(level, 0.0))), match=match).micro


def _at_least(said: Sequence[Sequence[Tag]], floor: float) -> Iterator[list[Tag]]:
    for tags in said:
        yield [tag for tag in tags if tag.confidence >= floor]


def _figures(micro: Counts) -> dict[str, float]:
    return {"precision": micro.precision, "recall": micro.recall, "f1": micro.f1}
