"""Products teach what they are without, though nobody asked: what none of those like them has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hangtag.encode import SentenceEncoder
from hangtag.encode.base import Vectors
from hangtag.jobs.train import train_model
from hangtag.learn.examples import Labelled
from hangtag.learn.nearby import attributes_nearby
from hangtag.learn.settings import TrainSettings
from hangtag.model import Example, Product
from hangtag.taggers.trained import open_model


class _ByNoun:
    """One direction for each noun, so that products are alike by it."""

    name = "noun@1"

    def __init__(self) -> None:
        self.asked = 0

    def encode(self, texts: Sequence[str], /) -> Vectors:
        self.asked += len(texts)
        return np.array([[float("lure " in text), float("glasses " in text), 0.1] for text in texts], dtype=np.float32)


def _labelled(title: str, gold: dict[str, tuple[str, ...]], category: str | None = None) -> Labelled:
    return Labelled(Example(product=Product(id=title, fields={"title": title}, category=category), gold=gold), {})


def _two_sorts(count: int, *categories: str | None) -> list[Labelled]:
    lures, glasses = categories or (None, None)
    return [
        one
        for number in range(count)
        for one in (
            _labelled(f"lure {number}", {"Hook": ("treble",)}, lures),
            _labelled(f"glasses {number}", {"Lens": ("dark",)}, glasses),
        )
    ]


def test_a_category_tells_what_its_products_have() -> None:
    encoder = _ByNoun()
    near = attributes_nearby(_two_sorts(10, "Lures", "Glasses"), encoder)
    assert near[:2] == [{"Hook"}, {"Lens"}] and encoder.asked == 0


def test_without_a_category_the_nearest_products_tell() -> None:
    near = attributes_nearby(_two_sorts(25), _ByNoun())
    assert near[0::2] == [{"Hook"}] * 25 and near[1::2] == [{"Lens"}] * 25


def test_a_category_tells_before_neighbours_where_only_some_products_have_one() -> None:
    mixed = [*_two_sorts(12, "Lures", "Glasses"), *_two_sorts(12)]
    assert attributes_nearby(mixed, _ByNoun()) == [{"Hook"}, {"Lens"}] * 24


def test_where_all_is_judged_or_little_is_labelled_nothing_is_told() -> None:
    encoder = _ByNoun()
    assert attributes_nearby(_two_sorts(10), encoder) == [None] * 20
    judged = [_labelled(f"lure {number}", {"Hook": ("treble",), "Lens": ()}) for number in range(40)]
    assert attributes_nearby(judged, encoder) == [None] * 40
    assert attributes_nearby([], encoder) == []
    assert encoder.asked == 0


def test_labels_that_say_what_is_absent_leave_out_what_nobody_asked() -> None:
    encoder = _ByNoun()
    assert attributes_nearby([*_two_sorts(25), _labelled("lure 99", {"Lens": ()})], encoder) == [None] * 51
    assert encoder.asked == 0


def test_of_rare_attributes_more_neighbours_are_asked_and_of_the_rarest_none_is_enough() -> None:
    class _OnALine:
        name = "line@1"

        def encode(self, texts: Sequence[str], /) -> Vectors:
            angles = np.array([int(text.split()[-1]) for text in texts]) / 1000
            return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)

    gold = [{"Color": ("red",)} for _ in range(400)]
    for number in range(0, 400, 50):
        gold[number]["Weight"] = ("5g",)  # 2 %: 150 neighbours are asked
    gold[0]["Charm"] = ("gold",)  # 0.25 %: it would take 1,200
    gold[399]["Hook"] = ("treble",)
    for number in range(380, 399):
        gold[number]["Hook"] = ("treble",)  # 5 %: 60 neighbours
    near = attributes_nearby([_labelled(f"lure {number}", gold[number]) for number in range(400)], _OnALine())
    assert all(one is not None and {"Color", "Weight", "Charm"} <= one for one in near)
    told = [one is not None and "Hook" in one for one in near]
    assert not any(told[:340]) and all(told[360:])


def test_no_product_is_shown_to_be_without_what_its_own_labels_give_it() -> None:
    for categories in ((), ("Lures", "Glasses")):
        odd = _labelled("lure 99", {"Lens": ("clear",)}, *categories[:1])
        near = attributes_nearby([*_two_sorts(25, *categories), odd], _ByNoun())
        assert near[-1] == {"Hook", "Lens"}


@pytest.mark.xdist_group("learn")
def test_without_foreign_attributes_only_what_was_judged_is_learned(
    tmp_path: Path, write_gold: Callable[[Path, list[dict[str, Any]]], Path]
) -> None:
    pytest.importorskip("skops")
    rows = [{"id": str(n), "title": f"lure {n % 7}", "gold": {"Hook": [["treble", "single"][n % 2]]}} for n in range(30)]
    rows += [{"id": f"g{n}", "title": f"glasses {n % 7}", "gold": {"Lens": [["dark", "clear"][n % 2]]}} for n in range(30)]
    gold = write_gold(tmp_path / "gold.jsonl", rows)
    said = {}
    for foreign in (0, 3):
        place = tmp_path / str(foreign)
        train_model(gold, place, kind="bow-lr", least_confidence=0.3, settings=TrainSettings(foreign=foreign))
        said[foreign] = {tag.attribute for tag in open_model(place).tag([Product(id="1", fields={"title": "lure 3"})])[0]}
    assert said == {0: {"Hook", "Lens"}, 3: {"Hook"}}


@pytest.mark.xdist_group("learn")
@pytest.mark.parametrize("kind", ["tfidf-lr", "knn"])
def test_what_merchants_list_teaches_what_a_product_is_without(
    kind: str, tmp_path: Path, write_gold: Callable[[Path, list[dict[str, Any]]], Path]
) -> None:
    pytest.importorskip("skops")
    sorts = [("wireless mouse for laptop computers", "Sensor", ("optical", "laser")), ("floral summer dress", "Neckline", ("V", "round"))]
    rows = [
        {"id": f"{name}{number}", "title": f"{title} no {number} {values[number % 2]}", "gold": {name: [values[number % 2]]}}
        for number in range(40)
        for title, name, values in sorts
    ]
    train_model(write_gold(tmp_path / "gold.jsonl", rows), tmp_path / "model", kind=kind, least_confidence=0.3)
    products = [Product(id=name, fields={"title": f"{title} {values[0]}"}) for title, name, values in sorts]
    said = open_model(tmp_path / "model").tag(products)
    assert [{tag.attribute for tag in tags} for tags in said] == [{"Sensor"}, {"Neckline"}]


def test_the_encoder_of_the_core_tells_sorts_apart() -> None:
    rows = [("Wireless mouse, 2.4 GHz, model", "Sensor"), ("Floral summer dress with belt, style", "Neckline")]
    labelled = [_labelled(f"{title} {number}", {name: ("x",)}) for number in range(25) for title, name in rows]
    assert attributes_nearby(labelled, SentenceEncoder())[:2] == [{"Sensor"}, {"Neckline"}]
