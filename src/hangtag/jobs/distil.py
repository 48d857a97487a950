"""What a tagger knows, moved into a smaller one: it tags products nobody labelled, and the student learns from that."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hangtag.catalog import Cleaned, clean_rows, open_catalogue
from hangtag.engine.ledger import replace_folder
from hangtag.errors import GoldError, InputError
from hangtag.jobs.buy import Bought, buy_labels
from hangtag.jobs.calibrate import judge
from hangtag.jobs.setup import Setup
from hangtag.jobs.tag import spent_file
from hangtag.jobs.train import ENCODER, fit, hold_out, learned_and_held, not_among, read_labelled
from hangtag.learn.examples import Labelled
from hangtag.learn.guarantee import promise
from hangtag.learn.settings import STUDENT, TrainSettings
from hangtag.model import CATEGORY, Example, Product, Tag, Tagger, TextSpan
from hangtag.taggers.confidence import NEVER
from hangtag.taggers.trained import TrainedTagger, open_model

__all__ = ["Buying", "distil", "self_train"]

_ENOUGH_HELD = 50
_NOTHING_TO_BUY = "is for a teacher that costs, and no language model is among them: name one with --teacher llm:MODEL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Buying:
    """How labels are bought from a language model: of `count` products at most, diverse ones and those on which the tagger `unsure` wavers;
    believed from the confidence `least` on. The student is trained with growing shares of them, in `steps`."""

    count: int = 500
    least: float = 0.6
    unsure: Setup | None = None
    steps: int = 1


def distil(
    catalogue: str | Path,
    output: str | Path,
    *,
    teacher: Setup,
    gold: str | Path | None = None,
    settings: TrainSettings = STUDENT,
    match: str = "set",
    buying: Buying | None = None,
    progress: Callable[[int, float], None] | None = None,
) -> dict[str, Any]:
    """Train a student on what `teacher` says of a catalogue and, where there are, on labels; gives its card.

    An attribute the teacher is silent on counts as absent. With `gold`, its labels are learned too, and the least confidence is chosen on
    every tenth of them; where there are none, or few beside labels that were bought, also on how the student agrees with its teacher. A
    teacher that costs is asked as `buying` says, and the card holds its bill; what it has cost is counted beside `output`, for the budget
    of the next time too. Raises `InputError`, also for `buying` from a teacher that costs nothing, and `GoldError` where the teacher says
    nothing.
    """
    if buying is not None and not teacher.asks_llm:
        raise InputError(f"how labels are bought (--ask, --steps, --unsure) {_NOTHING_TO_BUY}")
    products = _products(catalogue)
    card: dict[str, Any] = {"teacher": list(teacher.taggers), "catalogue": str(catalogue), "gold": str(gold) if gold else None}
    if teacher.asks_llm:
        bought = _buy(products, teacher, buying if buying is not None else Buying(), Path(output))
        labels = _taught(bought.products, bought.tags, _attributes((), bought.tags))
        taught = [_judged(one, doubted) for one, doubted in zip(labels, bought.open, strict=True)]
        counts = {"chosen": bought.chosen, "products": len(bought.products), "tags": sum(map(len, bought.tags))}
        card["bought"] = {**counts, "bill": bought.bill}
    else:
        pipeline = teacher.build()
        tags = [said for _, said in pipeline.pipe(products)]
        taught = list(_taught(products, tags, _attributes(pipeline.taggers, tags)))
    if not any(any(example.gold.values()) for example, _ in taught):
        raise GoldError(f"the teacher says nothing of the {len(products)} products of {catalogue}: give products it knows")
    labelled, held = hold_out(read_labelled(gold)) if gold is not None else ([], [])
    if len(held) < (_ENOUGH_HELD if teacher.asks_llm else 1):
        taught, more = (list(part) for part in hold_out(taught))
        held = [*held, *more]
    steps = buying.steps if buying is not None else 1
    for step in range(1, steps + 1):
        part = taught[: len(taught) * step // steps]
        place = Path(output) if step == steps else _beside(output, f"step-{step}")
        facts_of = {**card, "taught": len(part)}
        facts = fit([*labelled, *part], held, place, settings=settings, match=match, card=facts_of, progress=progress, anew=False)
        card.setdefault("by_labels", []).append({"labels": len(part), **facts.get("dev", {})})
    for step in range(1, steps):
        shutil.rmtree(_beside(output, f"step-{step}"))
    return {**facts, "by_labels": card["by_labels"]}


def _beside(output: str | Path, part: str) -> Path:
    """Where a model that is made on the way is kept until all is done: a killed run goes on from there."""
    return Path(output).with_name(f"{Path(output).name}.{part}")


def _buy(products: Sequence[Product], teacher: Setup, how: Buying, output: Path) -> Bought:
    """Labels from a teacher that costs. What that and the tagger that wavers have cost is counted in one file."""
    spent = spent_file(output)
    unsure = how.unsure.spending(spent) if how.unsure is not None else None
    return buy_labels(products, teacher.spending(spent), count=how.count, least=how.least, unsure=unsure)


def _judged(one: Labelled, doubted: frozenset[str]) -> Labelled:
    """Without the attributes of which only things were said that are not believed."""
    gold = {name: values for name, values in one.example.gold.items() if values or name not in doubted}
    return one._replace(example=replace(one.example, gold=gold))


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

    The guarantee is found on `dev` or every tenth labelled product, of which neither training learns. Where it promises nothing, the first
    model stays. `also` is as in `train_model`; `track_to` names where the curves of the second training are tracked. A killed run goes on:
    the first model is kept beside `output` until all is done. Raises `GoldError` where too few products are labelled to hold some out.
    """
    learned, held = learned_and_held(gold, dev)
    if learned is held:
        raise GoldError(f"{gold}: {len(held)} labelled products are too few to hold some out: label more, or give --dev")
    card: dict[str, Any] = {"gold": str(gold), "kind": kind}
    options: dict[str, Any] = {"also": [one for path in also for one in read_labelled(path)], "settings": settings, "match": match}
    place = _beside(output, "first")
    first = fit(learned, held, place, card=card, progress=progress, **options, anew=False)
    tagger = open_model(place)
    judged = list(judge([example for example, _ in held], tagger.tag([example.product for example, _ in held])))
    found = promise([sure for _, sure, _ in judged], [right for *_, right in judged], precision=precision)
    if found.threshold >= NEVER:
        with replace_folder(Path(output)) as partial:
            shutil.copytree(place, partial, dirs_exist_ok=True)
        shutil.rmtree(place)
        return {**first, "self_trained": 0}
    products = _products(catalogue)
    sure = [[tag for tag in tags if tag.confidence >= found.threshold] for tags in tagger.tag(products)]
    extra = [one for one in not_among(list(_said(products, sure)), held) if one.example.gold]
    card |= {"unlabelled": str(catalogue), "self_trained": len(extra), "least_confidence": found.threshold, "first": first["dev"]}
    facts = fit([*learned, *extra], held, output, card=card, track_to=track_to, progress=progress, **options)
    shutil.rmtree(place)
    return facts


def _products(catalogue: str | Path) -> list[Product]:
    return [row.product for row in clean_rows(open_catalogue(catalogue)) if isinstance(row, Cleaned)]


def _attributes(taggers: Iterable[Tagger], tags: Iterable[Sequence[Tag]]) -> list[str]:
    """All that the teacher speaks of: what a model was trained for, what others have said."""
    trained = [name for tagger in taggers if isinstance(tagger, TrainedTagger) for name in tagger.settings.attributes]
    return list(dict.fromkeys([*trained, *(tag.attribute for said in tags for tag in said)]))


def _taught(products: Sequence[Product], tags: Sequence[Sequence[Tag]], attributes: Sequence[str]) -> Iterator[Labelled]:
    """The teacher's tags as labels, silence as absence: but where the merchant named the category, nobody was asked for it."""
    for one in _said(products, tags):
        named = CATEGORY if one.example.product.category is not None else None
        absent = {name: () for name in attributes if name != named}
        yield one._replace(example=replace(one.example, gold={**absent, **one.example.gold}))


def _said(products: Sequence[Product], tags: Sequence[Sequence[Tag]]) -> Iterator[Labelled]:
    """Tags as labels; where a value is what the text says, with its places."""
    for product, said in zip(products, tags, strict=True):
        gold: dict[str, tuple[str, ...]] = {}
        spans: dict[str, tuple[tuple[str, int, int], ...]] = {}
        for tag in said:
            gold[tag.attribute] = (*gold.get(tag.attribute, ()), tag.value)
            read = [
                item for item in tag.evidence if isinstance(item, TextSpan) and item.quote == tag.value and item.field in product.fields
            ]
            spans[tag.attribute] = (*spans.get(tag.attribute, ()), *((item.field, item.start, item.end) for item in read))
        placed = {name: places for name, places in spans.items() if len(places) >= len(gold[name])}
        yield Labelled(Example(product=product, gold=gold), placed)
