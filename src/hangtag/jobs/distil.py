"""What a tagger knows, moved into a smaller one: it tags products nobody labelled, and the student learns from that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hangtag.catalog import Cleaned, clean_rows, open_catalogue
from hangtag.engine.ledger import remove_folder
from hangtag.errors import GoldError, InputError
from hangtag.jobs.buy import Bought, buy_labels
from hangtag.jobs.setup import Setup
from hangtag.jobs.tag import spent_file
from hangtag.jobs.train import counted_on, fit, hold_out, not_among, read_labelled
from hangtag.learn.examples import Labelled
from hangtag.learn.settings import STUDENT, TrainSettings
from hangtag.model import CATEGORY, Example, Product, Tag, Tagger, TextSpan
from hangtag.taggers.model_folder import refuse_taken
from hangtag.taggers.trained import TrainedTagger

__all__ = ["Buying", "beside", "catalogue_products", "distil", "labels_of"]

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
    every tenth of them; where there are none, or few beside labels that were bought, also on how the student agrees with its teacher (the
    labels of less than twenty products are all learned). What the teacher says of products held out is not learned. A
    teacher that costs is asked as `buying` says, and the card holds its bill; what it has cost is counted beside `output`, for the budget
    of the next time too. Raises `InputError`, also for `buying` from a teacher that costs nothing, and `GoldError` where the teacher says
    nothing.
    """
    if buying is not None and not teacher.asks_llm:
        raise InputError(f"how labels are bought (--ask, --steps, --unsure) {_NOTHING_TO_BUY}")
    refuse_taken(output)
    products = catalogue_products(catalogue)
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
    held = [] if held is labelled else held
    taught = not_among(taught, held)
    if len(held) < (_ENOUGH_HELD if teacher.asks_llm else 1):
        taught, more = (list(part) for part in hold_out(taught))
        held = [*held, *more]
    steps = buying.steps if buying is not None else 1
    for step in range(1, steps + 1):
        part = taught[: len(taught) * step // steps]
        place = Path(output) if step == steps else beside(output, f"step-{step}")
        facts_of = {**card, "taught": len(part)}
        told = counted_on(progress, (step - 1) * settings.epochs)
        facts = fit([*labelled, *part], held, place, settings=settings, match=match, card=facts_of, progress=told, anew=False)
        card.setdefault("by_labels", []).append({"labels": len(part), **facts.get("dev", {})})
    for step in range(1, steps):
        remove_folder(beside(output, f"step-{step}"))
    return {**facts, "by_labels": card["by_labels"]}


def beside(output: str | Path, part: str) -> Path:
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


def catalogue_products(catalogue: str | Path) -> list[Product]:
    """What a catalogue holds, cleaned; rows that cannot be read are left out."""
    return [row.product for row in clean_rows(open_catalogue(catalogue)) if isinstance(row, Cleaned)]


def _attributes(taggers: Iterable[Tagger], tags: Iterable[Sequence[Tag]]) -> list[str]:
    """All that the teacher speaks of: what a model was trained for, what others have said."""
    trained = [name for tagger in taggers if isinstance(tagger, TrainedTagger) for name in tagger.settings.attributes]
    return list(dict.fromkeys([*trained, *(tag.attribute for said in tags for tag in said)]))


def _taught(products: Sequence[Product], tags: Sequence[Sequence[Tag]], attributes: Sequence[str]) -> Iterator[Labelled]:
    """The teacher's tags as labels, silence as absence: but where the merchant named the category, nobody was asked for it."""
    for one in labels_of(products, tags):
        named = CATEGORY if one.example.product.category is not None else None
        absent = {name: () for name in attributes if name != named}
        yield one._replace(example=replace(one.example, gold={**absent, **one.example.gold}))


def labels_of(products: Sequence[Product], tags: Sequence[Sequence[Tag]]) -> Iterator[Labelled]:
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
