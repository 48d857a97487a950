"""Cleaning one text: what goes, what stays, and that a clean text is the same string."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hangtag.catalog.noise import drop_noise
from hangtag.catalog.text import clean_prose, clean_title, clean_value

CLEAN = [
    "【春夏新款】纯棉连衣裙 女 2024",
    'HP 15.6" Laptop, 8GB RAM – Silver (2023)',
    "Black & Decker 20V drill <5 kg, 3 > 2",
    "官方标配 原装进口 限量版 礼盒套装",
    "Crème brûlée torch, 30 °C, Ø 5 mm, 1/2 ½ ®™",
    "50% off white linen shirt",
    "R&D kit, rock&notes",
    "100% Cotton Free Size Sale-Green Tee",
    "In Stock Exchange: The Board Game",
    "Ω resistor 10 kΩ μm α-lipoic",
    "👨‍👩‍👧 family T-shirt ❤️",
    "می‌خواهم",
    "Тёплый шарф из шерсти",
    "é plain e\u0301 combining",
]


@pytest.mark.parametrize("text", CLEAN)
def test_clean_texts_are_the_same_string(text: str) -> None:
    assert clean_title(text) is text
    assert clean_prose(text) is text
    assert clean_value(text) is text


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("华ּ硕笔记本", "华硕笔记本"),
        ("&Alpha;sus/华硕", "Asus/华硕"),
        ("Adults &amp;amp; Kids", "Adults & Kids"),
        ("a&amp;nbsp;b", "a b"),
        ("cut at the end &quot", 'cut at the end "'),
        ("La\x00mp\u200b red\ufeff", "Lamp red"),
        ("  two   blanks\u3000and\u00a0more\t", "two blanks and more"),
        ("line\r\nbreak", "line break"),
        ("<p>one</p><p>two</p>", "one two"),
        ("cafÃ© crÃ¨me", "café crème"),
        ("Itâ€™s bright", "It’s bright"),
        ("çº¯æ£‰è¿žè¡£è£™", "纯棉连衣裙"),
        ("纯棉连衣裙女夏季".encode().decode("gb18030"), "纯棉连衣裙女夏季"),
        ("连衣裙女装".encode("gb18030").decode("latin-1"), "连衣裙女装"),
        ("泡面\ufffd鱼味", "泡面鱼味"),
        ("锟斤拷台灯", "台灯"),
        ("half \ud83d a pair", "half a pair"),
        ("zalgo Z\u0300\u0301\u0302\u0303", "zalgo Z\u0300\u0301"),
        ("Equip LС cable", "Equip LC cable"),
    ],
)
def test_dirt_goes(dirty: str, clean: str) -> None:
    assert clean_title(dirty) == clean


@pytest.mark.parametrize(
    ("title", "clean"),
    [
        ("★包邮★纯棉T恤", "纯棉T恤"),
        ("【正品】【官方旗舰店】小米手环", "小米手环"),
        ("【小米官方旗舰店】手环8", "【小米】手环8"),
        ("【春夏新款】连衣裙 限时特价！！！", "【春夏新款】连衣裙"),
        ("连衣裙包邮红色", "连衣裙 红色"),
        ("牛奶 满199减20 买一送一 12盒", "牛奶 12盒"),
        ("Free Shipping! Women Dress", "Women Dress"),
        ("Mens Shorts HOT SALE!!! size L", "Mens Shorts size L"),
        ("Soap - Buy 2 Get 1 Free", "Soap"),
        ("Lamp (free shipping)", "Lamp"),
        ("Lamp, up to 50% off", "Lamp"),
    ],
)
def test_noise_goes_from_titles(title: str, clean: str) -> None:
    assert clean_title(title) == clean


@pytest.mark.parametrize("text", ["包邮", "★★ 正品 ★★", "Hot Sale!"])
def test_a_title_of_noise_alone_stays(text: str) -> None:
    assert drop_noise(text, anywhere=True) is text


def test_noise_in_prose_goes_only_where_it_stands_alone() -> None:
    sentence = "We offer free shipping on batteries, 本店商品包邮到家"
    assert clean_prose(sentence) is sentence
    assert clean_prose("Soft lamp.\n★ Free shipping ★\nOak wood. Hot sale!") == "Soft lamp.\nOak wood."


def test_prose_keeps_its_lines_and_loses_its_script() -> None:
    html = "<div>Soft<br>light</div><style>p{}</style><table><tr><td>Size</td><td>L</td></tr></table><ul><li>a</li><li>b</li></ul>"
    assert clean_prose(html) == "Soft\nlight\nSize L\na\nb"


def test_repetition_is_said_once() -> None:
    assert clean_title("红色连衣裙 夏季新款 红色连衣裙 夏季新款") == "红色连衣裙 夏季新款"
    assert clean_title("Oak desk lamp" * 3) == "Oak desk lamp"
    assert clean_title("tutu tutu") == "tutu tutu"
    assert clean_prose("This lamp is bright. " * 50) == "This lamp is bright."
    assert clean_prose("本品为纯棉面料。洗涤请用冷水。本品为纯棉面料。") == "本品为纯棉面料。洗涤请用冷水。"
    assert clean_prose("Wifi?\nYes.\nRadio?\nYes.") == "Wifi?\nYes.\nRadio?\nYes."


@pytest.mark.parametrize(
    "unit",
    [
        "word ",
        "<",
        "<p>",
        "&amp;",
        "★",
        "包邮",
        "【",
        "\u0301",
        "华\u05bc",
        "a ",
        " ",
        "\n ",
        "Ã©",
        "é",
        "free ",
        "ab",
        "А",
        "买",
        "锟",
        "1",
        "[(",
        "\u200d",
        "。",
    ],
)
def test_time_grows_with_length_alone(unit: str) -> None:
    def seconds(n_chars: int) -> float:
        text = (unit * n_chars)[:n_chars]
        begun = time.perf_counter()
        clean_title(text)
        clean_prose("x" + text + "y")
        return time.perf_counter() - begun

    seconds(1_000)
    small = min(seconds(50_000) for _ in range(2))
    assert min(seconds(400_000) for _ in range(2)) < 20 * small + 0.1  # 8 times the length; a quadratic step would take 64 times


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=60), st.text(alphabet="ab <>&;p/包邮【】★!\n\u200b\u05bc华硕Αл正品", max_size=40)))
def test_cleaning_again_changes_nothing_of_note(text: str) -> None:
    once = clean_value(text)
    assert once == once.strip()
    assert "\x00" not in once and "  " not in once and "\n" not in once
    once.encode("utf-8")
