"""The phrase tagger: what free phrases say, what they rest on, and which of them nobody publishes unseen."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hangtag.model import PHRASE, UNSAFE, Inference, Product, Tag, TextSpan
from hangtag.pipeline import Pipeline
from hangtag.taggers.builtin import Parts, make_tagger
from hangtag.taggers.phrase import PhraseTagger
from hangtag.taggers.phrases import Draft, choose_phrases, phrase_key
from hangtag.taggers.reading import Reader
from hangtag.testing import check_spans, check_tagger
from hangtag.text.claims import Rules, starter_rules
from hangtag.vocabulary import starter_vocabulary


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(starter_vocabulary())


def product(title: str, **more: str) -> Product:
    language = "en" if title.isascii() else "zh"
    return Product(id="1", fields={"title": title, **more}, language=language)


def phrases(reader: Reader, title: str, **more: str) -> list[str]:
    return [tag.value for tag in PhraseTagger(reader).tag([product(title, **more)])[0]]


def unsafe(tag: Tag) -> list[str]:
    return [item.reason for item in tag.evidence if isinstance(item, Inference) and item.method == UNSAFE]


def test_it_is_a_tagger(reader: Reader) -> None:
    check_tagger(PhraseTagger(reader))


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("夏日新款 通勤 显瘦", "夏日通勤显瘦"),
        ("Coach蔻驰女包 显瘦连衣裙 法式 夏季", "夏季法式显瘦连衣裙"),
        ("洗发水男女士专用 控油 持久留香 氨基酸", "控油氨基酸洗发水"),
        ("小众设计感 轻奢项链女 送女友礼物", "送女友小众设计感项链"),
        ("儿童防滑加绒雪地靴 冬季", "冬季儿童防滑雪地靴"),
        ("Navy waterproof hiking boots for men, lightweight", "navy waterproof hiking boots"),
        ("Epson Self-Adhesive Photo Paper - A4", "Self-Adhesive Photo Paper"),
    ],
)
def test_a_phrase_says_several_things_in_the_products_own_words(reader: Reader, title: str, said: str) -> None:
    assert said in phrases(reader, title)


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Running Shorts Men Quick Dry", ["Men's Quick Dry Running Shorts"]),  # whose it is, as English says it, comes first
        ("Men Women Quick Dry Running Shorts", ["Quick Dry Running Shorts"]),  # for several kinds of people: for none alone
        ("Girls Quick Dry Running Shorts For Women", ["Quick Dry Running Shorts"]),
        ("Wonder Woman Action Figure", []),  # one woman is no audience
        ("Kids Face Masks, Disposable", ["Kids' Disposable Face Masks"]),  # nor do adjectives stand before the people a noun begins with
        ("Electric Guitar with Golden Top", []),  # a colour of a part, not of the product
        ("Electric Guitar, Rosewood Fingerboard, Handmade", ["Handmade Electric Guitar"]),
        ("Metal Blue Body Electric Guitar", []),
        ("Smart Pin AC Adapter", []),  # words before a noun that is not the product's
        ("Laundry Detergent, Spring Garden", []),
        ("Running Shorts, Blue White, Quick Dry", ["Quick Dry Running Shorts"]),  # half of two colours
        ("Running Shorts, Black and Grey, Quick Dry", ["Quick Dry Running Shorts"]),
        ("Multivitamin for Kids, Grape, orange and cherry", []),
        ("Strengthen/Grow and Restore Leave-in Conditioner", []),  # a verb cut out of a pair
        ("Eco-sensitive Zinc Oxide Sunscreen", []),  # half of a word
        ("Heavy-Duty Power Extension Cord Lead Cable", []),  # a noun that another noun follows
        ("Coax High Resolution Monitor VGA Video Cable", []),
        ("Breathable Foam Pad for Tactical Military Helmet Pads", []),
        ("Men Breathable Basketball Jerseys, Retro Jersey Shirts", ["Men's Breathable Basketball Jerseys"]),  # named by what it is most
        ("Mens Basketball Jersey Green, Retro Shirts", ["Men's Green Basketball Jersey"]),  # of two kinds the first
        ("Mens Cognac Bicycle-Toe Slip-On", []),  # half of a word for a noun
        ("Elasticity Breathable Running Shorts", ["Breathable Running Shorts"]),  # no quality for an adjective
        ("Women Quick Dry Sport Running Shorts", ["Women's Quick Dry Running Shorts"]),  # no two activities
        ("Swimming Swimsuit Breathable", []),  # nothing twice
        ("Wild & Stone Baby Bamboo Toothbrush", ["Baby Bamboo Toothbrush"]),  # a part of a name
        ("Women Running Shorts, Tights", ["Women's Running Shorts"]),  # no plural noun for an adjective
        ("Smartwatch GPS, Pink Gold", ["Pink Gold GPS Smartwatch"]),  # techniques next to the noun
        ("Yoga Shorts, Breathable, Sexy", ["Sexy Breathable Yoga Shorts"]),  # opinion first
        ("Retro Mens HOCKEY JERSEY", ["Men's Retro Hockey Jersey"]),
        ("Disposable Face Masks, Suitable for Home, School, Office", []),  # the first word of a list
        ("Face Masks for Adults - Reusable, Soft and Breathable", ["Adult Reusable Face Masks"]),
        ("Liquid Baby Laundry Fragrance Free, Concentrated Detergent", ["Fragrance Free Baby Detergent"]),  # a kind, by the noun
        ("Organic Cinnamon Cereal, Whole Grain Cereal", ["Organic Cinnamon Whole Grain Cereal"]),  # no noun cut out of other words
        ("Bone Conduction Headphones, Wireless", ["Wireless Bone Conduction Headphones"]),
        ("Spring New Hiking Shirt, Breathable", ["Breathable Hiking Shirt"]),  # when it came out
        ("Cool Yoga Shorts, Breathable", ["Breathable Yoga Shorts"]),  # praise
        ("Isca Artificial Silicone Fishing Lure", ["Silicone Fishing Lure"]),  # another language's words
    ],
)
def test_english_words_speak_of_what_they_stand_before(reader: Reader, title: str, said: list[str]) -> None:
    assert phrases(reader, title) == said


def test_a_noun_of_another_department_than_the_merchants_is_not_the_products(reader: Reader) -> None:
    glasses = product("Men Cycling Mountain Bike, Bicycle, Mountain Bikes, Windproof")
    of = {category: PhraseTagger(reader).tag([dataclasses.replace(glasses, category=category)])[0] for category in (None, "Eyewear")}
    shoes = product("女士透气轻便跑步鞋")
    assert PhraseTagger(reader).tag([dataclasses.replace(shoes, category="运动户外")])[0]  # a department is parted otherwise by each shop
    assert of[None][0].value.endswith("Mountain Bikes") and of["Eyewear"] == []


@pytest.mark.parametrize(
    ("title", "description", "said"),
    [
        ("Neckband Headphones", "Rich bass. Durable cable.", []),
        ("USB Mouse", "Retractable USB cable, 800 dpi", []),
        ("Micro ATX Motherboard", "4 x USB, High Definition Audio", []),
        ("Cordless Phone", "Caller ID, 650 mAh, Rechargeable", ["Rechargeable Cordless Phone"]),
        ("Notebook Case", "Basic notebook case", ["Basic Notebook Case"]),
    ],
)
def test_a_description_speaks_of_parts_too(reader: Reader, title: str, description: str, said: list[str]) -> None:
    assert [one.lower() for one in phrases(reader, title, description=description)] == [one.lower() for one in said]


def test_every_part_is_evidence_where_it_stands(reader: Reader) -> None:
    one = product("2021新款连衣裙女 显瘦 夏季", description="法式设计")
    (tags,) = PhraseTagger(reader).tag([one])
    assert tags and all(tag.attribute == PHRASE and tag.confidence < 0.8 for tag in tags)
    for tag in tags:
        spans = [item for item in tag.evidence if isinstance(item, TextSpan)]
        assert "".join(span.quote for span in spans) == tag.value
        assert all(one.text(span.field)[span.start : span.end] == span.quote for span in spans)


def test_a_phrase_that_repeats_one_typed_value_is_dropped(reader: Reader) -> None:
    drafts = [Draft(text, (), 0.7) for text in ("夏季", "夏季夏天", "高级感高级感", "navy blue", "Navy", "连衣裙裙子")]
    assert [tag.value for tag in choose_phrases(drafts, reader, starter_rules(), most=9, source="x")] == []


def test_two_phrases_are_never_alike(reader: Reader) -> None:
    texts = ["夏季法式显瘦连衣裙", "夏季 法式 显瘦 连衣裙", "夏季法式显瘦裙", "約會氛圍感小白裙", "约会氛围感小白裙"]
    chosen = choose_phrases([Draft(text, (), 0.7) for text in texts], reader, starter_rules(), most=9, source="x")
    assert len(chosen) == 2 and len({phrase_key(tag.value) for tag in chosen}) == 2


def test_a_denied_word_is_in_no_phrase(reader: Reader) -> None:
    assert not any("防水" in phrase for phrase in phrases(reader, "不防水 夏季透气运动鞋 休闲 网面"))


def test_an_unsafe_phrase_goes_to_a_person_with_the_rule(reader: Reader) -> None:
    one = product("夏季显瘦连衣裙 全网最低优惠 法式")
    tagger = PhraseTagger(reader)
    (found,) = [tag for tag in tagger.tag([one])[0] if unsafe(tag)]
    assert found.status == "review" and unsafe(found)[0].startswith("zh-superlative: ") and "广告法" in unsafe(found)[0]
    decided = [tag for tag in Pipeline([tagger]).tag([one])[0] if unsafe(tag)]
    assert [tag.status for tag in decided] == ["review"]


def test_no_agreement_publishes_what_is_unsafe(reader: Reader) -> None:
    class Sure:
        name = "sure@1"

        def __init__(self, name: str) -> None:
            self.name = name

        def tag(self, products: object, /) -> list[list[Tag]]:
            drafts = [Draft("史上最好穿", (TextSpan("title", 0, 5, "史上最好穿"),), 0.99), Draft("自在好穿的裙", (), 0.99)]
            return [choose_phrases(drafts, reader, starter_rules(), most=3, source=self.name)]

    tags = Pipeline([Sure("a@1"), Sure("b@1")]).tag([product("史上最好穿 自在好穿的裙")])[0]
    assert {tag.value: tag.status for tag in tags} == {"史上最好穿": "review", "自在好穿的裙": "auto"}
    assert all(bool(unsafe(tag)) == (tag.status == "review") for tag in tags)


def test_a_phrase_stands_before_a_keyword_and_takes_its_place(reader: Reader) -> None:
    class Says:
        name = "says@1"

        def tag(self, products: object, /) -> list[list[Tag]]:
            said = [("keyword", "garden party"), ("keyword", "tea time"), (PHRASE, "Garden Party"), (PHRASE, "Navy")]
            said.append(("color", "navy"))
            return [[Tag(attribute=attribute, value=value, confidence=0.7, source="says@1") for attribute, value in said]]

    tags = Pipeline([Says()]).tag([product("x")])[0]
    assert [(tag.attribute, tag.value) for tag in tags] == [("color", "navy"), (PHRASE, "Garden Party"), ("keyword", "tea time")]


def test_own_rules_reach_the_tagger(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("rules: [{id: house-style, kind: absolute, reason: we do not say so, words: [显瘦]}]", encoding="utf-8")
    tagger = make_tagger("phrase", Parts.of(starter_vocabulary(), rules=[str(path)]))
    (tags,) = tagger.tag([product("夏日 通勤 显瘦")])
    assert [unsafe(tag) for tag in tags] == [["house-style: we do not say so"]]


PIECES = ["夏季", "显瘦", "法式", "连衣裙", "最好", "第一", "全网最低价", "送女友礼物", " ", "，", "国家级", "waterproof ", "boots "]
PIECES += ["Men's ", "best ", "ideal for travel.", "high speed ", "\x00", "ﬁ", "é", "\u200b", "顯瘦", "ＡＢ", "小众设计感", "\n", "👗"]
PIECES += ["治疗失眠", "清爽不紧绷"]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join), st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_whatever_the_text(title: str, description: str) -> None:
    one = product(title, description=description)
    (tags,) = TAGGER.tag([one])
    assert check_spans(one, tags) == []
    assert len(tags) <= TAGGER.most and len({phrase_key(tag.value) for tag in tags}) == len(tags)
    for tag in tags:
        assert bool(RULES.find(tag.value)) == bool(unsafe(tag)) == (tag.status == "review")


RULES: Rules = starter_rules()
TAGGER = PhraseTagger(Reader(starter_vocabulary()))


HEAPS = ("夏季显瘦法式连衣裙", "waterproof boots ", "high speed cable. ", "\x00", "最好看 ", "送女友", " ", "简约大方 ")


@pytest.mark.parametrize("piece", HEAPS)
def test_time_grows_with_the_text(reader: Reader, piece: str) -> None:
    def seconds(length: int) -> float:
        one = product((piece * length)[:length])
        begin = time.process_time()
        (tags,) = PhraseTagger(reader).tag([one])
        assert len(tags) <= 3
        return time.process_time() - begin

    seconds(1000)
    assert seconds(300_000) < 40 * max(0.05, seconds(30_000))
