"""A varied product is still labelled rightly."""

from __future__ import annotations

import random

from hangtag.learn.augment import ValuePool
from hangtag.learn.examples import Labelled
from hangtag.learn.synonyms import Synonyms
from hangtag.model import Example, Product
from hangtag.taggers.house_style import HouseStyle
from hangtag.vocabulary import starter_vocabulary


def labelled(title: str, gold: dict[str, tuple[str, ...]], spans: dict[str, tuple[tuple[str, int, int], ...]] | None = None) -> Labelled:
    return Labelled(Example(product=Product(id=title, fields={"title": title}, category="dress"), gold=gold), spans or {})


SHOP = [
    labelled("Emberly red dress, size M", {"Brand": ("Emberly",), "Color": ("red",)}),
    labelled("Tideloom navy dress", {"Brand": ("Tideloom",), "Color": ("navy",)}),
    labelled("Redwood red dress", {"Brand": ("Redwood",), "Color": ("red",)}),
]


def test_another_value_takes_the_place_of_one() -> None:
    pool, chance = ValuePool(SHOP), random.Random(3)
    varied = [pool.vary(SHOP[0], chance) for _ in range(40)]
    titles = {one.example.product.fields["title"] for one in varied}
    assert {"Emberly navy dress, size M", "Tideloom red dress, size M"} <= titles
    for one in varied:
        title = one.example.product.fields["title"]
        assert all(title.count(value) == 1 for values in one.example.gold.values() for value in values)
        assert title.endswith(" dress, size M")


def test_given_spans_move_with_the_text() -> None:
    spans = {"Color": (("title", 8, 11),), "Noun": (("title", 12, 17),), "Brand": (("title", 0, 7),)}
    product = labelled("Emberly red dress", {"Brand": ("Emberly",), "Color": ("red",), "Noun": ("dress",)}, spans)
    pool, chance = ValuePool([product, *SHOP]), random.Random(1)
    for _ in range(30):
        varied = pool.vary(product, chance)
        for attribute, places in varied.spans.items():
            for field, start, end in places:
                assert varied.example.product.fields[field][start:end] == varied.example.gold[attribute][0]


def test_what_cannot_be_varied_stays() -> None:
    twice = labelled("red red dress", {"Color": ("red",)})
    glued = labelled("infrared lamp", {"Color": ("red",)})
    several = labelled("red navy dress", {"Color": ("red", "navy")})
    pool = ValuePool([*SHOP, twice, glued, several])
    assert all(pool.vary(one, random.Random(5)) is one for one in (twice, glued, several))


def test_one_of_several_values_is_varied_alone() -> None:
    spans = {"Color": (("title", 0, 3), ("title", 4, 8))}
    product = labelled("red navy dress", {"Color": ("red", "navy")}, spans)
    pool, chance = ValuePool([*SHOP, product, labelled("bottle green dress", {"Color": ("bottle green",)})]), random.Random(1)
    golds = set()
    for _ in range(20):
        varied = pool.vary(product, chance)
        title, gold = varied.example.product.fields["title"], varied.example.gold["Color"]
        assert [title[start:end] for _, start, end in varied.spans["Color"]] == list(gold)
        golds.add(gold)
    assert golds >= {("bottle green", "navy"), ("red", "bottle green")}


def test_words_without_a_label_get_another_name() -> None:
    product = labelled("Emberly navy sneakers", {"Color": ("navy",), "Brand": ("Emberly",)}, {"Color": (("title", 8, 12),)})
    chinese = labelled("纯棉T恤 藏青色", {"Color": ("藏青色",)})
    synonyms, chance = Synonyms(starter_vocabulary()), random.Random(2)
    titles = set()
    for _ in range(30):
        varied = synonyms.vary(product, HouseStyle(), chance)
        title = varied.example.product.fields["title"]
        assert title.startswith("Emberly navy ") and varied.example.gold == product.example.gold
        assert title[slice(*varied.spans["Color"][0][1:])] == "navy"
        titles.add(title)
    assert len(titles) > 1 and "Emberly navy sneakers" not in titles
    assert all(any(char >= "\u4e00" for char in title) is False for title in titles), "English words get English names"
    other = {synonyms.vary(chinese, HouseStyle(), chance).example.product.fields["title"] for _ in range(30)}
    assert all(title.endswith("藏青色") for title in other) and len(other) > 2


def test_a_product_of_labels_alone_stays() -> None:
    product = labelled("navy", {"Color": ("navy",)})
    assert Synonyms(starter_vocabulary()).vary(product, HouseStyle(), random.Random(1)) is product
