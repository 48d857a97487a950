"""Numbers with units in folded text, in both languages: "5000mAh", "1.5 l", "12cm/22g", "40x60 cm", "pack of 3", "3件装", "eu 42"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from hangtag.text.fold import fold_text
from hangtag.vocabulary import Unit, Vocabulary

__all__ = ["Quantity", "QuantityReader", "format_number"]

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_MORE = r"(?:\d{0,2}(?:,\d{3})+(?:\.\d+)?|\d*(?:\.\d+)?)"  # a number after its first digit
# A pattern that begins with a digit or a sign, and looks behind it afterwards, is skipped to the next one; that is most of its speed.
# A number begins where no letter, digit or point stands before it: "dv7", "3.5.1" and part numbers hold none.
_PLAIN = re.compile(rf"(?P<low>\d(?<![\w.,/#-]\d){_MORE})(?:\s?(?:-|~|to|至|到)\s?(?P<high>{_NUMBER}))?(?P<gap>\s?-?)(?=[^\d\s])")
_IN_HAN = re.compile(rf"(?P<low>\d(?<=[\u2e80-\u9fff]\d){_MORE})(?:\s?(?:-|~|至|到)\s?(?P<high>{_NUMBER}))?(?P<gap>\s?)(?=[^\d\s])")
_AFTER_UNIT = re.compile(rf"/(?<=[a-z\"”″]/)(?<![\d.][a-z]/)(?P<low>{_NUMBER})(?P<high>(?!))?(?P<gap>)(?=[a-z])")
_SIDES = re.compile(
    rf"(?P<a>\d(?<![\w.,]\d){_MORE})\s?(?P<ua>[a-wyz\"″”寸厘毫米]{{0,4}})\s?(?:\(?[wdhl]\)?)?\s?[x×*]\s?(?P<b>{_NUMBER})\s?(?P<ub>[a-wyz\"″”寸厘毫米]{{0,4}})"
    rf"(?:\s?(?:\(?[wdhl]\)?)?\s?[x×*]\s?(?P<c>{_NUMBER})\s?(?P<uc>[a-wyz\"″”寸厘毫米]{{0,4}}))?(?![\w])"
)
_HAN_COUNT = {"一": 1, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
_HAN_SET = re.compile(
    r"(?<![第一二三四五六七八九十])([一两二三四五六七八九十])(件套|件装|只装|个装|条装|双装|支装|瓶装|袋装|盒装|包装(?=[^盒袋纸箱]|$)|片装|卷装|套装)"
)
_BEFORE = re.compile(rf"\b(?P<unit>(?:pack|set|box|lot|case|bundle) of|eu|eur|欧码)[ :]?(?P<low>{_NUMBER})(?![\w.])")
_SPOILERS = {"块": "0123456789钱", "双": "头面层排人", "个": "口月性", "包": "邮", "套": "头"}
_UNIT_CHUNK = 18
_DIGIT = re.compile(r"[0-9]")
_TIMES = re.compile(r"[x×*]\s?\d")


class Quantity(NamedTuple):
    """A number with its unit at folded offsets [start, end). `units` are all that the form may stand for ("g": gram,
    gigabyte), `high` is the upper end of a range; `sides` those of an "a x b x c"."""

    start: int
    end: int
    low: float
    high: float | None
    units: tuple[Unit, ...]
    form: str
    sides: tuple[float, ...] = ()


class QuantityReader:
    """Finds quantities with the units of a vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._units: dict[str, list[Unit]] = {}
        for unit in vocabulary.units.values():
            for form in {fold_text(form).strip() for form in (unit.id, *unit.forms)}:
                for variant in {form, form.replace(" ", "")} | (
                    {form + "s"} if form.isalpha() and form.isascii() and len(form) > 2 else set()
                ):
                    known = self._units.setdefault(variant, [])
                    if unit not in known:
                        known.append(unit)
        lengths: dict[str, set[int]] = {}
        for form in self._units:
            if form and len(form) <= _UNIT_CHUNK:
                lengths.setdefault(form[0], set()).add(len(form))
        self._lengths = {char: sorted(found, reverse=True) for char, found in lengths.items()}

    def find(self, folded: str) -> list[Quantity]:
        """All quantities, those with sides first; none overlaps another."""
        if not _DIGIT.search(folded) and ("装" not in folded and "套" not in folded):
            return []
        found: list[Quantity] = []
        taken = bytearray(len(folded))
        for quantity in self._candidates(folded):
            if 1 not in taken[quantity.start : quantity.end]:
                taken[quantity.start : quantity.end] = b"\x01" * (quantity.end - quantity.start)
                found.append(quantity)
        return found

    def units(self, form: str) -> tuple[Unit, ...]:
        """The units a folded form may mean."""
        return tuple(self._units.get(form, ()))

    def _candidates(self, folded: str) -> Iterator[Quantity]:
        # Each pattern is tried only where a character it needs is there: most texts need the plain one alone.
        if _TIMES.search(folded):
            for match in _SIDES.finditer(folded):
                yield from self._with_sides(match)
        if " of " in folded or "eu" in folded or "欧码" in folded:
            for match in _BEFORE.finditer(folded):
                if units := self.units(match["unit"]):
                    yield Quantity(match.start(), match.end(), _value(match["low"]), None, units, match["unit"])
        han = not folded.isascii()
        if han and ("装" in folded or "套" in folded):
            for match in _HAN_SET.finditer(folded):
                if units := self.units(match[2]):
                    yield Quantity(match.start(), match.end(), float(_HAN_COUNT[match[1]]), None, units, match[2])
        for pattern in (_PLAIN, *((_IN_HAN,) if han else ()), *((_AFTER_UNIT,) if "/" in folded else ())):
            for match in pattern.finditer(folded):
                if folded[match.end()] in self._lengths and (quantity := self._with_unit(folded, match)) is not None:
                    yield quantity

    def _with_unit(self, folded: str, match: re.Match[str]) -> Quantity | None:
        begin = match.end()
        for length in self._lengths[folded[begin]]:
            form = folded[begin : begin + length]
            units = self._units.get(form)
            if (
                units
                and len(form) == length
                and _ends_word(folded, begin + length)
                and not _is_spoilt(folded, match.start(), form, begin + length)
            ):
                high = match["high"]
                found = _value(match["low"]), _value(high) if high else None
                return Quantity(match.start("low"), begin + length, *found, tuple(units), form)
        return None

    def _with_sides(self, match: re.Match[str]) -> Iterator[Quantity]:
        """The sides in the last unit named; a side with a unit of its own is converted, one without has the last."""
        found = [(_value(match[side]), self._length(match["u" + side])) for side in "abc" if match[side]]
        last = next((unit for _, unit in reversed(found) if unit is not None), None)
        if last is not None:
            sides = tuple(value * (unit.factor / last.factor if unit else 1.0) for value, unit in found)
            yield Quantity(match.start(), match.end(), sides[0], None, (last,), last.id, sides)

    def _length(self, form: str | None) -> Unit | None:
        return next((unit for unit in self.units(form or "") if unit.quantity == "length"), None)


def format_number(value: float) -> str:
    """A number as people write it: at most four significant decimals, no trailing zeros."""
    text = f"{value:.4f}" if abs(value) < 1 else f"{value:.2f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _value(number: str) -> float:
    return float(number.replace(",", ""))


def _is_spoilt(text: str, start: int, form: str, end: int) -> bool:
    """Whether a Chinese counter is part of another word: 9块9 is a price, 185双头 a socket, 可冲277杯 a promise."""
    return (end < len(text) and text[end] in _SPOILERS.get(form, "")) or text.endswith("可冲", 0, start)


def _ends_word(text: str, end: int) -> bool:
    """Whether a unit that ends at `end` is not the start of a longer Latin word: "5 m" but not "5 mega"."""
    last = text[end - 1]
    if end == len(text) or not (last.isascii() and last.isalnum()):
        return True
    following = text[end]
    return not (following.isascii() and (following.isalnum() or following == "²"))
