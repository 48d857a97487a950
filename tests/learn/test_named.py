"""Lessons in reading names: titles whose words and names the vocabulary knows."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from hangtag.learn.examples import Labelled
from hangtag.learn.named import named_items, named_lessons
from hangtag.learn.titles import Named, TitleMaker, thing_of
from hangtag.model import CATEGORY, Example, Product
from hangtag.taggers.forms import FormIndex
from hangtag.text.fold import fold
from hangtag.text.segment import has_han
from hangtag.vocabulary import Attribute, Category, Unit, Value, Vocabulary, starter_vocabulary

pytestmark = pytest.mark.xdist_group("learn")
FORMS = {"puce": "紫褐色", "teal": "凫蓝色", "opal": "蛋白石", "lamp": "台灯"}
TEXTS = ["Emberly coat for women, teal, size M", "Wrenfield navy scarf", "连衣裙女 红色 显瘦新款"]


def labelled(texts: list[str]) -> list[Labelled]:
    products = [Product(id=str(number), fields={"title": text}) for number, text in enumerate(texts)]
    return [Labelled(Example(product=product, gold={"A": ()}), {}) for product in products]


def said(lesson: Named) -> dict[str, list[str]]:
    return {name: [lesson.text[start:end] for start, end in places] for name, places in lesson.places.items()}


def names_of_attributes(lesson: Named) -> dict[str, list[str]]:
    """What is asked by a name, with or without values, and not by another word for a value."""
    words = {*FORMS, *FORMS.values()}
    return {name.partition(": ")[0]: found for name, found in said(lesson).items() if name not in words}


def small() -> Vocabulary:
    shades = (Value(id="puce", names={"en": "puce", "zh": "紫褐色"}), Value(id="teal", names={"en": "teal", "zh": "凫蓝色"}))
    color = Attribute(id="color", names={"en": "Shade", "zh": "色号"}, values=shades)
    weight = Attribute(id="weight", names={"en": "Heft", "zh": "分量"}, kind="measure", unit="g", units=("g",), range=(10.0, 99.0))
    gem = Attribute(id="gem", names={"en": "Gem", "zh": "宝石"}, values=(Value(id="opal", names={"en": "opal", "zh": "蛋白石"}),))
    lamp = Category(id="home/lamps", names={"en": "lamp", "zh": "台灯"}, attributes=("color", "weight", "gem"))
    home, gram = Category(id="home", names={"en": "Home"}), Unit(id="g", quantity="mass", forms=("g",))
    return Vocabulary([color, weight, gem], [home, lamp], [gram])


def test_what_is_asked_for_stands_in_the_title_or_does_not() -> None:
    maker, chance = TitleMaker(small(), ["a quiet corner", "安静的角落"]), random.Random(1)
    seen: Counter[str] = Counter()
    for lesson in (maker.lesson(chance) for _ in range(300)):
        for name, words in names_of_attributes(lesson).items():
            seen[f"{name}: {bool(words)}"] += 1
            for word in words:
                if name in ("Shade", "色号"):
                    assert word.lower() in ("puce", "teal", "紫褐色", "凫蓝色")
                elif name in ("Heft", "分量"):
                    number = float(word.lower().removesuffix("g"))
                    assert 10 <= number <= 99
                elif name in ("Gem", "宝石"):
                    assert word.lower() in ("opal", "蛋白石")
                else:
                    assert word.lower() in ("lamp", "台灯")
            if not words and name in ("Shade", "色号"):
                assert not any(word in lesson.text.lower() for word in ("puce", "teal", "紫褐色", "凫蓝色"))
    assert all(seen[f"{name}: {there}"] > 5 for name in ("Shade", "色号", "Heft", "分量", "Gem", "宝石") for there in (True, False))


def test_a_text_as_it_is_lends_the_words_that_mean_one_thing() -> None:
    maker, chance = TitleMaker(small(), ["an opal lamp, teal and puce, 40g"]), random.Random(1)
    whole = [lesson for lesson in (maker.lesson(chance) for _ in range(60)) if lesson.text == "an opal lamp, teal and puce, 40g"]
    assert whole
    for lesson in whole:
        words = {name: found for name, found in names_of_attributes(lesson).items() if found}
        assert sorted(map(sorted, words.values())) == [["lamp"], ["opal"], ["puce", "teal"]]
        assert not {"Heft", "分量"} & set(lesson.places)  # nobody looked for quantities there


def test_lessons_of_the_starter_vocabulary() -> None:
    lessons = named_lessons(labelled(TEXTS * 40), 0.5, 5, seed=1)
    assert [len(epoch) for epoch in lessons] == [60] * 5
    assert lessons == named_lessons(labelled(TEXTS * 40), 0.5, 5, seed=1) != named_lessons(labelled(TEXTS * 40), 0.5, 5, seed=2)
    every = [lesson for epoch in lessons for lesson in epoch]
    vocabulary = starter_vocabulary()
    index = FormIndex.of(vocabulary)
    for lesson in every:
        there = {sense.attribute for _, _, senses in index.find(fold(lesson.text).text) for sense in senses}
        for name, places in lesson.places.items():
            assert all(0 <= start < end <= len(lesson.text) for start, end in places)
            attribute = vocabulary.find_attribute(name)
            if not places and attribute is not None and sum(name in one.forms for one in vocabulary.attributes.values()) == 1:
                assert attribute not in there
    chinese = sum(has_han(lesson.text) for lesson in every) / len(every)
    assert 0.2 < chinese < 0.7
    names = {name for lesson in every for name in lesson.places}
    assert len(names) > 500 and any(map(has_han, names))
    assert sum(any(lesson.places.values()) for lesson in every) > 0.95 * len(every)
    product = {name for lesson in every for name in lesson.places if vocabulary.find_attribute(name) == CATEGORY or name == "Product type"}
    assert product


def test_some_lessons_say_which_words_are_known() -> None:
    lessons = [lesson for epoch in named_lessons(labelled(TEXTS * 40), 0.5, 5, seed=1) for lesson in epoch]
    told = [lesson for lesson in lessons if lesson.known]
    assert 0.2 * len(lessons) < len(told) < 0.6 * len(lessons)
    answered = [(places, lesson.places[name]) for lesson in told for name, places in lesson.known.items()]
    assert all(answers for _, answers in answered)
    meant = [any(start < last and first < end for start, end in places for first, last in answers) for places, answers in answered]
    assert sum(meant) > 0.9 * len(meant)  # a made-up brand may stand beside a known one's name


def test_names_come_with_values_and_values_by_another_word_for_them() -> None:
    maker, chance = TitleMaker(small(), ["a quiet corner", "安静的角落"]), random.Random(1)
    asked = [(name, words) for lesson in (maker.lesson(chance) for _ in range(300)) for name, words in said(lesson).items()]
    shown = {name.partition(": ")[0]: set(name.partition(": ")[2].split(", ")) for name, _ in asked if ": " in name}
    assert {"Shade", "色号", "Heft", "分量", "Gem", "宝石"} <= shown.keys()
    assert shown["Gem"] == {"opal"} and shown["色号"] <= {"紫褐色", "凫蓝色"}
    for form, other in FORMS.items():
        found = [(name, [word.lower() for word in words]) for name, words in asked if name in (form, other)]
        assert len(found) > 3 and all(words == [other if name == form else form] for name, words in found)


def test_a_vocabulary_of_one_language_will_do() -> None:
    lamp = Category(id="home/lamps", names={"en": "lamp"}, attributes=("gem",))
    gem = Attribute(id="gem", names={"en": "Gem"}, values=(Value(id="opal", names={"en": "opal"}),))
    maker = TitleMaker(Vocabulary([gem], [Category(id="home", names={"en": "Home"}), lamp], []), ["安静的角落"])
    lessons = [maker.lesson(random.Random(seed)) for seed in range(50)]
    assert any(lesson.places for lesson in lessons)


@pytest.mark.parametrize(
    ("name", "thing"), [("Shoe Type", "shoe"), ("shoe_type", "shoe"), ("鞋类型", "鞋"), ("鞋類型", "鞋"), ("Type", None), ("Shoe", None)]
)
def test_what_a_name_asks_the_type_of(name: str, thing: str | None) -> None:
    assert thing_of(name) == thing


def test_what_is_known_of_words_reaches_the_network() -> None:
    lesson = Named("puce lamp", {"Shade": ((0, 4),), "Gem": ()}, {"Shade": ((0, 4),)})
    tokenizer = Tokenizer(WordLevel({"puce": 0, "lamp": 1, "?": 2}, unk_token="?"))
    tokenizer.pre_tokenizer = Whitespace()
    [[item]] = named_items([[lesson]], tokenizer, {"Shade": 7, "Gem": 9})
    assert item.judged == (7, 9) and item.answers == ((7, 0, 0),) and not item.valued
    assert item.hits.keys() == {7} and item.hits[7].tolist() == [[1.0, 0.5, 1.0, 0.5], [0.0] * 4]


def test_texts_without_words_lend_none() -> None:
    maker, chance = TitleMaker(small(), ["台灯  ", "", "   "]), random.Random(1)
    lessons = [maker.lesson(chance) for _ in range(200)]
    assert all(lesson.text.strip() and lesson.places for lesson in lessons) and any(has_han(lesson.text) for lesson in lessons)


@pytest.mark.parametrize(("texts", "share"), [([], 0.5), (TEXTS, 0.0)])
def test_no_lessons(texts: list[str], share: float) -> None:
    assert named_lessons(labelled(texts), share, 3, seed=1) == [[], [], []]


def test_few_products_have_a_lesson_too() -> None:
    assert [len(epoch) for epoch in named_lessons(labelled(TEXTS[:1]), 0.1, 3, seed=1)] == [1, 1, 1]


def test_lessons_are_no_more_than_pay() -> None:
    lessons = named_lessons(labelled(TEXTS * 2000), 10.0, 40, seed=1)
    assert sum(map(len, lessons)) == 20_000
