"""Clean one text: markup, wrong encodings, invisible characters, white space, shop noise, repetition.

Most texts need nothing, and a handful of quick tests say so: such a text comes back as the same string. Every step is linear in the
length of the text.
"""

from __future__ import annotations

import re

from hangtag.catalog.mojibake import repair_encoding, suspects
from hangtag.catalog.noise import drop_noise
from hangtag.text.html import html_to_text

__all__ = ["clean_prose", "clean_title", "clean_value"]

_SURROGATE = re.compile("[\ud800-\udfff]")
# Format characters that show nothing, control characters that are no white space, private use, non-characters.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ue000-\uf8ff\ufeff\ufff9-\uffff]"
)
# Joiners mean something between emoji and in Arabic and Indic scripts, nothing elsewhere.
_JOINED = "\u0600-\u0dff\u1700-\u1fff\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"
_JOINER = re.compile(f"(?<![{_JOINED}])[\u200c\u200d]|[\u200c\u200d](?![{_JOINED}])")
_HAN = "\u2e80-\u303f\u31c0-\u9fff\uf900-\ufaff\uff01-\uff60"
_MARK = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20dc\u20de-\u20df\u20e1-\u20ff\ufe20-\ufe2f"
)
_STRAY_MARK = re.compile(f"(?<=[{_HAN}])[{_MARK}]+|(?<=[{_MARK}][{_MARK}])[\u0300-\u036f]+")
# Greek and Cyrillic capitals that look Latin, written into brand names to slip past filters: "Αsus".
_LOOKALIKES = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧАВЕКМНОРСТХаеорсху", "ABEZHIKMNOPTYXABEKMHOPCTXaeopcxy")
_LOOKALIKE = "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧАВЕКМНОРСТХаеорсху"
_MIXED_WORD = re.compile(f"(?<![\u0370-\u052f])[{_LOOKALIKE}]{{0,3}}[A-Za-z][A-Za-z{_LOOKALIKE}]{{0,40}}(?![\u0370-\u052f])")
_ODD = re.compile(f"[{_HAN}][{_MARK}]|[{_MARK}][{_MARK}]|[A-Za-z][{_LOOKALIKE}]|[{_LOOKALIKE}][A-Za-z]")
_ODD_PART = re.compile(f"[{_MARK}{_LOOKALIKE}]")  # a quick test: nothing is odd without one of these
_LINE_SPACE = re.compile(r"\s{2,}|[^\S ]")
_PROSE_SPACE = re.compile(r"\s{2,}|[^\S \n]")
_SENTENCE = re.compile(r"(?<=[。！？!?])|(?<=\.)(?=\s)|(?<=\n)")
_MIN_REPEATED_CHARS = 12
_MIN_REPEATED_HAN = 6


def clean_title(text: str) -> str:
    """A title: one line, without shop noise wherever it stands, not said twice."""
    return _same(text, _collapse_whole(drop_noise(_clean(text, lines=False), anywhere=True)))


def clean_prose(text: str) -> str:
    """A description, feature list or review: blocks stay lines, noise goes where it stands alone, no sentence is kept twice."""
    return _same(text, _collapse_sentences(_collapse_whole(drop_noise(_clean(text, lines=True), anywhere=False))))


def clean_value(text: str) -> str:
    """An attribute's value or name, a category: one line, all words kept."""
    return _same(text, _clean(text, lines=False))


def _same(before: str, after: str) -> str:
    return before if after == before else after


def _clean(text: str, *, lines: bool) -> str:
    if not text or _is_clean(text, lines=lines):
        return text
    if _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    if suspects(text):
        text = repair_encoding(text)
    text = html_to_text(text)
    text = _INVISIBLE.sub("", text)
    if not text.isascii():
        text = _JOINER.sub("", text)
        text = _STRAY_MARK.sub("", text)
        if _ODD.search(text):
            text = _MIXED_WORD.sub(lambda match: match.group().translate(_LOOKALIKES), text)
    if lines:
        return _PROSE_SPACE.sub(lambda match: "\n" if "\n" in match.group() or "\r" in match.group() else " ", text).strip()
    return _LINE_SPACE.sub(" ", text).strip()


def _is_clean(text: str, *, lines: bool) -> bool:
    """Quick tests that together mean `_clean` would change nothing."""
    if "<" in text or "&" in text or "  " in text or text[0] == " " or text[-1] == " ":
        return False
    if not text.isprintable():  # control and format characters, white space other than the blank
        if not lines or "\n" not in text:
            return False
        if not text.replace("\n", "").isprintable() or text[0] == "\n" or text[-1] == "\n":
            return False
        if "\n\n" in text or "\n " in text or " \n" in text:
            return False
    return text.isascii() or not (suspects(text) or (_ODD_PART.search(text) and _ODD.search(text)))


def _collapse_whole(text: str) -> str:
    """A text that is one thing said over and over, with or without a separator: once."""
    length = len(text)
    if length < 8 or text.find(text[:4], 4) < 0:
        return text
    for separator in ("", " ", "\n", ", ", "，", " | ", "/", " - "):
        whole = text + separator
        period = (whole + whole).find(whole, 1)
        if period < len(whole):
            once = whole[: period - len(separator)] if separator else whole[:period]
            return once if _is_long(once.strip()) else text
    return text


def _collapse_sentences(text: str) -> str:
    """Every sentence once; sentences too short to be sure ("Yes.") stay. Linear: one pass with a set."""
    if len(text) < 3 * _MIN_REPEATED_HAN:
        return text
    if not _may_repeat(text):
        return text
    sentences = _SENTENCE.split(text)
    seen: set[str] = set()
    kept = []
    for sentence in sentences:
        core = sentence.strip()
        if core in seen and _is_long(core):
            continue
        seen.add(core)
        kept.append(sentence)
    return text if len(kept) == len(sentences) else "".join(kept).strip()


def _may_repeat(text: str) -> bool:
    """A quick test: False means that no sentence worth dropping stands in a cleaned text twice. Cuts where `_SENTENCE` does."""
    cut = (text + " ").replace(".\n", "\n").replace(". ", "\n").replace("!", "\n").replace("?", "\n")
    if not text.isascii():
        cut = cut.replace("。", "\n").replace("！", "\n").replace("？", "\n")
    if "\n" not in cut:
        return False
    shortest = _MIN_REPEATED_HAN - 2  # the cut takes a full stop away, and with it a blank before it
    cores = [core for piece in cut.split("\n") if len(core := piece.strip()) >= shortest]
    return len(set(cores)) < len(cores)


def _is_long(text: str) -> bool:
    return len(text) >= _MIN_REPEATED_CHARS or (not text.isascii() and len(text) >= _MIN_REPEATED_HAN)
