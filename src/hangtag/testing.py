"""Conformance kits: does your own tagger keep the contract?

from hangtag.testing import check_tagger
check_tagger(MyTagger(), products)
"""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterable, Sequence
from typing import Any

from hangtag.model import Product, Tag, Tagger, TextSpan

__all__ = ["check_spans", "check_tagger", "sample_products"]


def sample_products() -> list[Product]:
    """A few products that trip taggers up: both languages, emoji, combining marks, ligatures, nothing at all."""
    return [
        Product(id="en", fields={"title": "Navy blue linen shirt, regular fit", "description": "Breathable. 100% linen."}, language="en"),
        Product(id="zh", fields={"title": "2024春夏新款女士藏青色亚麻衬衫 宽松长袖"}, attributes={"材质": "亚麻"}, language="zh"),
        Product(id="traditional", fields={"title": "純棉圓領T恤 紅色"}, language="zh"),
        Product(id="emoji", fields={"title": "👗 ﬁne ｒｅｄ dress 🎉 cafe\u0301 ㎡ 全角ＡＢＣ"}, language="en"),
        Product(id="digits", fields={"title": "0000"}),
        Product(id="empty", fields={"title": ""}),
        Product(id="none", fields={}),
    ]


def check_spans(product: Product, tags: Iterable[Tag]) -> list[str]:
    """What is wrong with the text evidence of `tags`; empty where every quote stands where it says."""
    problems = []
    for tag in tags:
        for item in tag.evidence:
            if not isinstance(item, TextSpan):
                continue
            try:
                text = product.text(item.field)
            except KeyError:
                problems.append(f"product {product.id}: {tag.attribute}={tag.value}: there is no field '{item.field}'")
                continue
            if not 0 <= item.start < item.end <= len(text) or text[item.start : item.end] != item.quote:
                found = text[item.start : item.end]
                problems.append(
                    f"product {product.id}: {tag.attribute}={tag.value}: "
                    f"{item.field}[{item.start}:{item.end}] is {found!r}, not {item.quote!r}"
                )
    return problems


def check_tagger(tagger: Tagger, products: Sequence[Product] | None = None) -> None:
    """Raise `AssertionError` saying which part of the Tagger contract is broken.

    Checked: a name; one list of tags per product, in order, for none, one and many products; confidences in [0, 1]; exact text evidence;
    the same answer twice, batched or one by one; no product changed; picklable for worker processes.
    """
    items = list(products) if products is not None else sample_products()
    before = copy.deepcopy(items)
    _require(isinstance(tagger, Tagger) and bool(tagger.name), "a tagger needs a non-empty name and tag(products)")
    _require(tagger.tag([]) == [], "tag([]) must give []")
    together = tagger.tag(items)
    _require(len(together) == len(items), f"tag() gave {len(together)} lists for {len(items)} products")
    for product, tags in zip(items, together, strict=True):
        for tag in tags:
            _check_tag(product, tag)
        problems = check_spans(product, tags)
        _require(not problems, "; ".join(problems))
    _require(tagger.tag(items) == together, "tag() answers differently the second time")
    alone = [tagger.tag([product])[0] for product in items]
    _require(alone == together, "tag() answers differently for one product and for a batch")
    _require(items == before, "tag() changed a product")
    again: Any = pickle.loads(pickle.dumps(tagger))
    _require(again.tag(items) == together, "a pickled tagger answers differently")


def _check_tag(product: Product, tag: Tag) -> None:
    where = f"product {product.id}: {tag!r}"
    _require(isinstance(tag, Tag), f"{where}: not a Tag")
    _require(bool(tag.attribute) and bool(tag.value) and bool(tag.source), f"{where}: attribute, value and source must not be empty")
    _require(0.0 <= tag.confidence <= 1.0, f"{where}: the confidence must be in [0, 1]")


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise AssertionError(message)
