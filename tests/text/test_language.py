"""The language of short shop texts."""

from __future__ import annotations

import pytest

from hangtag.text.language import detect_language, normalise_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("纯棉连衣裙女夏", "zh"),
        ("繁體中文連衣裙", "zh"),
        ("Xiaomi Redmi Note 12 Pro 5G 智能手机 8GB+256GB", "zh"),
        ("Midea microwave oven classic 微波炉", "zh"),
        ("Stainless steel water bottle with straw", "en"),
        ("Lenovo ThinkPad X1 Carbon", "en"),
        ("Café style coffee cup", "en"),
        ("レディース ワンピース 花柄", "ja"),
        ("여성용 여름 원피스", "ko"),
        ("Тёплый шарф из шерсти", "ru"),
        ("Damen Sommerkleid mit kurzen Ärmeln und Blumenmuster", "de"),
        ("Robe d'été pour femme en coton avec des fleurs", "fr"),
        ("Vestido de verano para mujer con flores", "es"),
        ("ผ้าฝ้าย", "th"),
        ("XJ-2200 4K", "und"),
        ("12345", "und"),
        ("", "und"),
    ],
)
def test_languages(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_only_the_beginning_is_looked_at() -> None:
    assert detect_language("cotton shirt for men " * 40 + "连衣裙" * 100_000) == "en"


@pytest.mark.parametrize(
    ("code", "language"),
    [("EN", "en"), ("zh_CN", "zh"), ("zh-Hant-TW", "zh"), ("English", "en"), ("中文", "zh"), ("Deutsch", "de"), ("???", None), ("", None)],
)
def test_codes_as_catalogues_write_them(code: str, language: str | None) -> None:
    assert normalise_language(code) == language
