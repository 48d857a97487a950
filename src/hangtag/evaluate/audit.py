"""Audits by hand: draw tags at random, let a person judge them, and say how precise the tags are.

Precision measured on a random sample of what a run wrote needs no gold and speaks of the user's own catalogue.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast, get_args

import msgspec

from hangtag.errors import InputError
from hangtag.evaluate.lines import json_objects, kind_of
from hangtag.evaluate.metrics import clopper_pearson
from hangtag.model import Product, Status

__all__ = ["AuditItem", "AuditReport", "AuditRow", "Judgement", "audit", "read_judged", "sample_tags", "write_sheet"]

JudgeVerdict: TypeAlias = Literal["right", "wrong", "unsure"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditItem:
    """One tag to judge, with the text of its product. `tag` is as in the tags file."""

    product_id: str
    text: Mapping[str, str]
    tag: Mapping[str, Any]
    verdict: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A judged tag."""

    product_id: str
    attribute: str
    status: str
    verdict: JudgeVerdict
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """Precision of one group of tags. `low` and `high` bound it with 95 % confidence (Clopper–Pearson); unsure tags are left out."""

    group: str
    right: int
    wrong: int
    unsure: int

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        return clopper_pearson(self.right, self.right + self.wrong)

    def to_dict(self) -> dict[str, Any]:
        low, high = self.interval
        return {**asdict(self), "precision": self.precision, "low": low, "high": high}


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """Precision over all judged tags, by attribute and by status (largest groups first)."""

    overall: AuditRow
    attributes: tuple[AuditRow, ...]
    statuses: tuple[AuditRow, ...]

    def to_dict(self) -> dict[str, Any]:
        """All figures, ready for JSON."""
        return {
            "overall": self.overall.to_dict(),
            "attributes": [row.to_dict() for row in self.attributes],
            "statuses": [row.to_dict() for row in self.statuses],
        }


def sample_tags(
    tags_path: str | Path,
    products: Iterable[Product],
    *,
    count: int,
    seed: int = 0,
    statuses: Collection[Status] | None = None,
) -> list[AuditItem]:
    """Draw `count` tags from a tags file, each tag with equal chance, in file order; all of them where there are fewer.

    Rejected tags are left out unless `statuses` names them. `products` is the catalogue the tags were made from; it is read as far
    as needed. One pass over the file with a reservoir (Vitter 1985, algorithm R), so memory holds only the sample.

    Raises `InputError` for a line that is no tags line and for a tag whose product is not in the catalogue.
    """
    if count < 1:
        raise InputError(f"count must be at least 1, got {count}: say how many tags to judge")
    drawn = _draw(tags_path, count, random.Random(seed), frozenset(statuses) if statuses is not None else None)
    wanted = {product_id for _, product_id, _ in drawn}
    texts: dict[str, Mapping[str, str]] = {}
    for product in products:
        if len(texts) == len(wanted):
            break
        if product.id in wanted and product.id not in texts:
            texts[product.id] = _text(product)
    items = []
    for _, product_id, tag in drawn:
        if product_id not in texts:
            raise InputError(f"{tags_path}: product {product_id!r} is not in the catalogue: give the catalogue the tags were made from")
        items.append(AuditItem(product_id=product_id, text=texts[product_id], tag=tag))
    return items


def write_sheet(items: Iterable[AuditItem], path: str | Path) -> None:
    """Write the sheet to judge: JSONL, one tag a line, with empty "verdict" (right, wrong or unsure) and "reason" to fill in."""
    with Path(path).open("wb") as stream:
        for item in items:
            stream.write(msgspec.json.encode(item) + b"\n")


def read_judged(path: str | Path) -> list[Judgement]:
    """Read a judged sheet; lines without a verdict are passed over.

    Raises `InputError` naming file, line and key for what cannot be used, and where nothing is judged.
    """
    judgements = []
    for line, item in json_objects(path):
        where = f"{path}, line {line}"
        verdict = item.get("verdict")
        if verdict is None or verdict == "":
            continue
        if verdict not in get_args(JudgeVerdict):
            raise InputError(f"{where}, key 'verdict': {verdict!r} is no verdict: write right, wrong or unsure")
        tag = item.get("tag")
        if not isinstance(tag, dict) or not isinstance(tag.get("attribute"), str):
            raise InputError(f"{where}, key 'tag': no tag with an attribute: judge the sheet as it was written")
        judgements.append(
            Judgement(
                product_id=str(item.get("product_id", "")),
                attribute=tag["attribute"],
                status=str(tag.get("status", "proposed")),
                verdict=cast(JudgeVerdict, verdict),
                reason=str(item.get("reason") or ""),
            )
        )
    if not judgements:
        raise InputError(f'{path}: nothing is judged yet: fill in "verdict" with right, wrong or unsure')
    return judgements


def audit(judgements: Iterable[Judgement]) -> AuditReport:
    """Precision of judged tags, with exact 95 % intervals, overall, by attribute and by status."""
    judged = list(judgements)
    return AuditReport(
        overall=_row("all", judged),
        attributes=_rows(judged, [one.attribute for one in judged]),
        statuses=_rows(judged, [one.status for one in judged]),
    )


def _rows(judged: list[Judgement], groups: list[str]) -> tuple[AuditRow, ...]:
    members: dict[str, list[Judgement]] = {}
    for group, judgement in zip(groups, judged, strict=True):
        members.setdefault(group, []).append(judgement)
    return tuple(_row(group, members[group]) for group in sorted(members, key=lambda group: (-len(members[group]), group)))


def _row(group: str, judged: list[Judgement]) -> AuditRow:
    verdicts = [one.verdict for one in judged]
    return AuditRow(group=group, right=verdicts.count("right"), wrong=verdicts.count("wrong"), unsure=verdicts.count("unsure"))


def _draw(
    tags_path: str | Path, count: int, chance: random.Random, statuses: frozenset[str] | None
) -> list[tuple[int, str, dict[str, Any]]]:
    """(position in the file, product id, tag) of the sampled tags, in file order."""
    reservoir: list[tuple[int, str, dict[str, Any]]] = []
    position = 0
    for line, record in json_objects(tags_path):
        product_id, tags = record.get("id"), record.get("tags")
        if not isinstance(product_id, str) or not isinstance(tags, list):
            raise InputError(f'{tags_path}, line {line}: no "id" and "tags": give a file that `hangtag tag` wrote')
        for tag in tags:
            if not isinstance(tag, dict):
                raise InputError(f"{tags_path}, line {line}, key 'tags': {kind_of(tag)} where an object is expected")
            status = tag.get("status", "proposed")
            if status not in statuses if statuses is not None else status == "rejected":
                continue
            slot = position if position < count else chance.randrange(position + 1)
            if slot < count:
                reservoir[slot : slot + 1] = [(position, product_id, tag)]
            position += 1
    return sorted(reservoir, key=lambda drawn: drawn[0])


def _text(product: Product) -> dict[str, str]:
    text = dict(product.fields)
    if product.category is not None:
        text["category"] = product.category
    text.update({f"attributes.{name}": value for name, value in product.attributes.items()})
    text.update({f"reviews.{index}": review for index, review in enumerate(product.reviews)})
    return text
