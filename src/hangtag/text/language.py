"""Which language a product's text is in. The script decides first; only Latin text that is not plainly English is looked at closer."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

__all__ = ["detect_language", "normalise_language"]

_MAX_CHARS = 400
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa\uff66-\uff9d]")
_HANGUL = re.compile("[\uac00-\ud7a3\u1100-\u11ff]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_ACCENTED = re.compile("[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f]")
_WORD = re.compile("[a-z]{2,}")
_SCRIPTS = (
    (re.compile("[\u0e00-\u0e7f]"), "th"),
    (re.compile("[\u0590-\u05ff]"), "he"),
    (re.compile("[іїєґІЇЄҐ]"), "uk"),
    (re.compile("[\u0400-\u052f]"), "ru"),
    (re.compile("[\u0370-\u03ff]"), "el"),
)
_OTHER_SCRIPT = re.compile("[\u0600-\u06ff\u0900-\u0dff]")
_EUROPEAN = ["en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "no", "fi", "cs", "ro", "hu", "tr", "vi", "id"]
_SURE = 0.95
_LIKELY = 0.5
_MIN_WORDS = 4
_FOREIGN_WORDS = """
de la el los las del para con por sin und mit für der die das aus von et le les des du pour avec di per il della en het een van met voor
"""
_FOREIGN = frozenset(_FOREIGN_WORDS.split())
_ENGLISH_WORDS = """
the and with for of from this your you are is it our that can will has have not all new by on at as or to women womens men mens kids
girls boys baby black white red blue green grey gray pink yellow brown gold silver purple size pack set pair case cover cable charger
phone wireless bluetooth battery laptop notebook computer keyboard mouse screen printer cartridge memory drive shirt dress shoes shoe
boots bag jacket coat pants jeans socks hat ring necklace earrings watch light lamp chair table bed kitchen knife cup bottle steel
stainless wood leather cotton plastic glass metal cream oil hair skin face food tea coffee organic natural large small long short high
low free waterproof portable inch inches warranty home garden outdoor car bike dog cat toy book paper pen tool power processor box
windows supply unit duplex patch module network switch link uninterruptible outlet type singlepack smart mount pages colour color sheets
motherboard camera series labels single line multimode fiber cord fridge freezer washing machine integrated built freestanding
dishwasher microwave washer frost dryer fully under larder wide full kit body compact sim door retail load loads sports sport eyewear
glasses fishing goggles shorts running skiing cycling fitness dry quick training quality swimwear top double custom winter summer
artificial hard soft hot piece pieces cheap professional swim unisex vintage design helmet protection print printed children elastic
pocket ounce ounces laundry toothbrush detergent sunscreen liquid shampoo conditioner lotion spray scent fresh clean health capsules
tablets may nature powder roast packaging banana rechargeable plus boat blend sensitive extra coconut concentrated breakfast honey clear
mask adult vitamin oatmeal water wash pure foods day super butter made sugar instant bean style bracelet pendant wedding party gift
"""
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_NAMES = {
    "english": "en", "eng": "en", "英文": "en", "英语": "en", "chinese": "zh", "zho": "zh", "chi": "zh", "cmn": "zh", "mandarin": "zh",
    "中文": "zh", "汉语": "zh", "简体中文": "zh", "繁体中文": "zh", "cn": "zh", "german": "de", "deutsch": "de", "ger": "de", "deu": "de",
    "french": "fr", "fra": "fr", "fre": "fr", "spanish": "es", "spa": "es", "italian": "it", "ita": "it", "japanese": "ja", "jpn": "ja",
    "日语": "ja", "korean": "ko", "kor": "ko", "russian": "ru", "rus": "ru", "portuguese": "pt", "por": "pt", "dutch": "nl", "nld": "nl",
}  # fmt: skip


def detect_language(text: str) -> str:
    """The language of `text`: a two-letter code, `und` where there are no words ("XJ-2200 4K"). Looks at the first 400 characters."""
    text = text[:_MAX_CHARS]
    if text.isascii():
        return _detect_latin(text)
    n_han = len(_HAN.findall(text))
    if len(_KANA.findall(text)) >= max(2, n_han // 8):
        return "ja"
    n_latin = len(_LATIN.findall(text))
    if len(_HANGUL.findall(text)) > max(n_han, n_latin // 4):
        return "ko"
    if n_han and 12 * n_han >= n_latin:  # brands and models stay in Latin letters, the rest of a Chinese title is short
        return "zh"
    for script, language in _SCRIPTS:
        if (8 if language == "uk" else 2) * len(script.findall(text)) > n_latin:
            return language
    if 2 * len(_OTHER_SCRIPT.findall(text)) > n_latin:
        return str(_identifier(()).classify(text)[0])
    return _detect_latin(text)


@lru_cache(maxsize=256)
def normalise_language(code: str) -> str | None:
    """The two- or three-letter code for a language as catalogues write it ("EN", "zh_CN", "Chinese"); None where it is none."""
    folded = code.strip().casefold()
    if folded in _NAMES:
        return _NAMES[folded]
    primary = re.split(r"[-_\s]", folded, maxsplit=1)[0]
    if primary in _NAMES:
        return _NAMES[primary]
    return primary if re.fullmatch("[a-z]{2,3}", primary) else None


def _detect_latin(text: str) -> str:
    words = _WORD.findall(text.lower())
    if not words:
        return "und"
    known = sum(1 for word in words if word in _ENGLISH)
    accented = len(_ACCENTED.findall(text))
    if known * 8 >= len(words) and accented * 20 <= len(text):
        return "en"
    if all(len(word) < 4 and word not in _ENGLISH for word in words) and any(char.isdigit() for char in text):
        return "und"
    foreign = any(word in _FOREIGN for word in words)
    if len(words) < _MIN_WORDS and not accented and not foreign:
        return "en"
    language, certainty = _identifier(tuple(_EUROPEAN)).classify(text)
    return str(language) if certainty >= (_LIKELY if foreign or accented else _SURE) else "en"


@lru_cache(maxsize=2)
def _identifier(languages: tuple[str, ...]) -> Any:
    """py3langid's model, over some languages or all, giving probabilities."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    if languages:
        identifier.set_languages(list(languages))
    return identifier
