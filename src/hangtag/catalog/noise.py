"""Shop noise: "★包邮★", 【正品】, "free shipping", "hot sale!!!" are taken out; 【春夏新款】 says something and stays.

The phrases are data (`noise.yaml`). One pass of an automaton tells whether a text holds any of them, which most texts do not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

__all__ = ["drop_noise"]

_ORNAMENTS = "★☆◆◇●○■□▲△▼▽♥♡❤✿❀✨🔥⭐💥🎉🎁‼❗✅⚡️~～*"
_OPEN, _CLOSE = "【[（(《『「〖{", "】\\])）》』」〗}"
_BRACKETED = re.compile(rf"[{re.escape(_OPEN)}]([^{re.escape(_OPEN)}{_CLOSE}]{{0,60}})[{_CLOSE}]")
_WORDS = re.compile(r"\w")
_EDGES = frozenset(_ORNAMENTS + "\n\r、，,。.;；|/•·・!！:：?？" + _OPEN + _CLOSE.replace("\\", ""))
_BLANKS = re.compile(r"\s{2,}")
_LEFT_OVER = re.compile(r"^[\s,，、|/;；!！~～+&·-]+(?=\S)|(?<=\S)\s*[,，、|/;；~～+&·!！-]+\s*$")


@dataclass(frozen=True, slots=True)
class _Noise:
    """The compiled table: an automaton that finds candidates, and the expression that removes them."""

    automaton: Any
    phrase: re.Pattern[str]


def drop_noise(text: str, *, anywhere: bool) -> str:
    """`text` without shop noise; the same string where it holds none, or nothing else.

    `anywhere` is for titles; otherwise only phrases that stand by themselves between punctuation, ornaments or line ends go, so that
    no sentence loses its object ("free shipping on batteries is not possible" stays).
    """
    noise = _noise()
    if not noise.automaton.find_matches_as_indexes(text.lower()):
        return text
    bare = _BRACKETED.sub(lambda match: _in_brackets(match, noise), text)
    bare = noise.phrase.sub(" " if anywhere else _if_alone, bare)
    if bare == text:
        return text
    bare = _BLANKS.sub(lambda run: "\n" if "\n" in run.group() else " ", bare).strip()
    bare = _LEFT_OVER.sub("", _LEFT_OVER.sub("", bare))
    return bare if _WORDS.search(bare) else text


def _in_brackets(match: re.Match[str], noise: _Noise) -> str:
    """Brackets with noise alone go; brackets with more lose the noise."""
    inside = match.group(1)
    rest = noise.phrase.sub(" ", inside).strip()
    if rest == inside.strip():
        return match.group()
    return match.group()[0] + rest + match.group()[-1] if _WORDS.search(rest) else " "


def _if_alone(match: re.Match[str]) -> str:
    """A blank for a phrase between punctuation, ornaments or ends of lines; any other phrase as it is."""
    text, start, end = match.string, match.start(), match.end()
    before = text[max(0, start - 3) : start].rstrip(" ")
    after = text[end : end + 3].lstrip(" ")
    begins = (start <= 3 and not before) or before[-1:] in _EDGES or match.group()[0] in _ORNAMENTS
    ends = (end + 3 >= len(text) and not after) or after[:1] in _EDGES or match.group()[-1] in _ORNAMENTS + "!！"
    return " " if begins and ends else match.group()


@lru_cache(maxsize=1)
def _noise() -> _Noise:
    import ahocorasick_rs
    import yaml

    table = yaml.safe_load(files("hangtag.catalog").joinpath("noise.yaml").read_text(encoding="utf-8"))
    forms = {language: sorted(part["words"], key=len, reverse=True) for language, part in table.items()}
    patterns = {language: [entry["match"] for entry in part["patterns"]] for language, part in table.items()}
    hints = [entry["hint"] for part in table.values() for entry in part["patterns"]]
    chinese = "|".join([*patterns["zh"], *map(re.escape, forms["zh"])])
    english = "|".join([*patterns["en"], *map(re.escape, forms["en"])])
    phrase = rf"(?:{chinese}|(?<![A-Za-z0-9])(?:{english})(?![A-Za-z0-9]))"
    marks = re.escape(_ORNAMENTS)
    one = rf"(?:[{marks}]{{1,8}} ?)?{phrase}[!！]{{0,8}}(?: ?[{marks}]{{1,8}})?"
    words = [word.lower() for part in forms.values() for word in part]
    return _Noise(
        ahocorasick_rs.AhoCorasick([*words, *hints], implementation=ahocorasick_rs.Implementation.DFA),
        re.compile(one, re.IGNORECASE),
    )
