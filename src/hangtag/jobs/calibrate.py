"""A trained model and labelled products it has not seen: from which confidence on its tags keep a promised precision."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec

from hangtag.errors import GoldError, InputError
from hangtag.evaluate.compare import Comparer, Names
from hangtag.evaluate.confidence import calibration_error, risk_coverage
from hangtag.jobs.bills import Tell, billed
from hangtag.jobs.evaluate import all_answered
from hangtag.jobs.setup import Setup
from hangtag.jobs.train import read_labelled
from hangtag.learn.confidence import METHODS, fit_curves
from hangtag.learn.guarantee import Judged, promises
from hangtag.model import Example, Tag, Tagger
from hangtag.report.plots import check_picture, plot_risk_coverage
from hangtag.taggers.asking import PROMPTS
from hangtag.taggers.confidence import Curves
from hangtag.taggers.llm import LlmTagger
from hangtag.taggers.llm_folder import LLM_FORMAT, LlmFolder, answers_fingerprint, is_llm
from hangtag.taggers.model_folder import ModelFolderTagger, is_model_folder, new_model_folder, refuse_taken, revise
from hangtag.taggers.trained import open_model

__all__ = ["calibrate_model", "judge"]


def calibrate_model(
    model: str | Path,
    gold: str | Path,
    *,
    precision: float = 0.95,
    confidence: float = 0.9,
    each: bool = False,
    method: str = "none",
    plot: str | Path | None = None,
    output: str | Path | None = None,
    setup: Setup | None = None,
    tell: Tell | None = None,
) -> dict[str, Any]:
    """Find the thresholds and write them into the model folder, where the policy reads them; gives them with what they publish.

    The promise is over all published tags together; with `each`, for the tags of each attribute by itself. `gold` must not have been
    trained on. With `method` "temperature" or "isotonic" every other product teaches what confidences mean, and the thresholds come
    from the rest, since a promise must not be proved on what shaped it; `plot` names a picture of precision over coverage before and
    after. Where no threshold can promise the precision, nothing is published unseen. For a language model ("llm:MODEL", reached as `setup`
    says) the folder `output` is made, which is a tagger like any model folder; `tell` is told what it cost. Raises
    `GoldError`, `InputError` and `EndpointError`.
    """
    if method not in ("none", *METHODS):
        raise InputError(f"--method {method}: there are none, {' and '.join(METHODS)}")
    if plot is not None:
        check_picture(plot)
    examples = [example for example, _ in read_labelled(gold)]
    setup = setup if setup is not None else Setup()
    folder, tagger = _opened(model, output, setup)
    with billed(tagger, tell):
        tags = _taught_tags(tagger, all_answered(tagger.tag([example.product for example in examples])))
    judged = _judged(examples, tags, setup.load_vocabulary() if is_llm(str(model)) else None)
    if any(tags) and not any(judged):
        raise GoldError(f"{gold} judges not one attribute that {model} speaks of, so nothing could be promised: label some, by its names")
    proving = judged if method == "none" else judged[::2]
    curves = fit_curves(chain.from_iterable(judged[1::2]), method) if method != "none" else {}
    before = list(chain.from_iterable(proving))
    after = [(name, round(Curves(curves).read(name, sure), 4), right) for name, sure, right in before]
    overall, by_attribute = promises(after, precision=precision, confidence=confidence)
    guarantee = {
        "precision": precision,
        "confidence": confidence,
        "each": each,
        "gold": str(gold),
        "products": len(proving),
        "method": method,
        "before": _truth(before),
        "after": _truth(after),
        "silenced": sum(was[1] >= setup.policy.review > now[1] for was, now in zip(before, after, strict=True)),
        "overall": msgspec.to_builtins(overall),
        "by_attribute": {attribute: msgspec.to_builtins(one) for attribute, one in by_attribute.items()},
    }
    if not is_model_folder(folder):
        _new_llm_folder(folder, tagger, examples, gold)
    answers = {"answers": answers_fingerprint(tagger.settings)} if isinstance(tagger, LlmTagger) else {}
    revise(folder, confidence=msgspec.to_builtins(curves), guarantee=guarantee, **answers)
    if plot is not None:
        drawn = {"as trained": guarantee["before"], **({method: guarantee["after"]} if curves else {})}
        _draw(plot, drawn, title=f"{Path(model).name}: {len(before):,} tags of {len(proving):,} products")
    return guarantee


def _draw(plot: str | Path, drawn: Mapping[str, Mapping[str, Any]], *, title: str) -> None:
    curves = {f"{name} (calibration error {100 * one['error']:.1f} %)": one["risk_coverage"] for name, one in drawn.items()}
    plot_risk_coverage(plot, curves, title=title)


def _opened(model: str | Path, output: str | Path | None, setup: Setup) -> tuple[Path, Tagger]:
    """The tagger with its confidences as they are, and the folder that keeps what is found."""
    if not is_llm(str(model)):
        if output is not None:
            raise InputError(f"-o {output}: what {model} promises is kept in its own folder; -o is for language models")
        return Path(model), open_model(model, curves=Curves())
    tagger = replace(setup, taggers=(str(model),)).build().taggers[0]
    if isinstance(tagger, LlmTagger):
        tagger.curves = Curves()
    if output is not None and is_model_folder(output) and not is_llm(str(output)):
        raise InputError(f"-o {output}: that folder holds a model of another kind; name another")
    if output is not None:
        refuse_taken(output)
    if output is None and not is_model_folder(model):
        raise InputError(f"{model} has no folder to keep the promise in: name one with -o, and use that as --tagger from then on")
    return Path(output if output is not None else model), tagger


def _new_llm_folder(folder: Path, tagger: Tagger, examples: Sequence[Example], gold: str | Path) -> None:
    assert isinstance(tagger, LlmTagger)
    names = list(dict.fromkeys(name for example in examples for name in example.gold))
    card = {"kind": "llm", "calibrated_on": str(gold), "prompts": PROMPTS}
    settings = LlmFolder(format=LLM_FORMAT, attributes=names, least_confidence=0.0, card=card, model=tagger.chat.model)
    with new_model_folder(folder, settings):
        pass


def _truth(judged: Sequence[Judged]) -> dict[str, Any]:
    """How true confidences are, and what precision costs."""
    sure, right = [confidence for _, confidence, _ in judged], [hit for *_, hit in judged]
    return {"error": calibration_error(sure, right), "risk_coverage": risk_coverage(sure, right)}


def _judged(examples: Sequence[Example], tags: Sequence[Sequence[Tag]], names: Names | None) -> list[list[Judged]]:
    """What `judge` gives, by product."""
    return [list(judge([example], [said], names)) for example, said in zip(examples, tags, strict=True)]


def _taught_tags(tagger: Tagger, tags: Sequence[Sequence[Tag]]) -> list[list[Tag]]:
    """Without those of attributes that a model knows by their names alone: these go to review, whatever is promised of the others."""
    by_name = set(tagger.settings.by_name) if isinstance(tagger, ModelFolderTagger) else set()
    return [[tag for tag in said if tag.attribute not in by_name] for said in tags]


def judge(examples: Sequence[Example], tags: Sequence[Sequence[Tag]], names: Names | None = None) -> Iterator[Judged]:
    """Every tag of a judged attribute, with whether it says one of the gold values. Attributes and values compare as in scores: by what a
    vocabulary (`names`) takes them for, else by their folded names; gold of the very name comes first."""
    comparer = Comparer(names)
    for example, said in zip(examples, tags, strict=True):
        alike: dict[str, list[str]] = defaultdict(list)
        for name, values in example.gold.items():
            alike[comparer.attribute(name)] += values
        for tag in said:
            attribute = comparer.attribute(tag.attribute)
            if attribute not in alike:
                continue
            gold = comparer.gold_values(attribute, example.gold.get(tag.attribute, alike[attribute]))
            meanings = comparer.tagged_values(attribute, [tag])
            yield tag.attribute, tag.confidence, any(comparer.says(attribute, one, value) for one in meanings for value in gold)
