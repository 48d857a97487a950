"""How labellers write what a text says otherwise: "47 1/4 in" as "120.0", "300GB" as "300 Gigabytes", "157305-B21" as "157305B21".

Learned from labelled products and applied to what an extractor finds, so that a normalised value still has its place in the text.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from hangtag.text.words import is_whole_word, word_places

__all__ = ["HouseStyle", "NumberRule"]

_NUMBER = r"\d+[ -]\d+/\d+|\d+/\d+|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+"
_QUANTITY = re.compile(rf"(?<![\w.,/])(?P<number>{_NUMBER})(?:\s?-?(?P<unit>[^\W\d_]{{1,12}}|[\"'″′”’°%#]+))?(?!\d)")
_FRACTION = re.compile(r"(?:(\d+)[ -])?(\d+)/(\d+)")
_WRITTEN_NUMBER = re.compile(r"(?P<number>\d+(?:\.(?P<decimals>\d+))?)(?P<rest>(?:\s*[^\d\s].*)?)", re.DOTALL)
_LEAST_PRODUCTS = 3
_LEAST_SHARE = 0.15
_LEAST_NUMBERS = 3
_LEAST_LETTERS = 3
_EXACT = (1.0, 10.0, 100.0, 1000.0, 1024.0)
_PLAIN_ENOUGH = 0.75
_CONVERSIONS = (2.54, 25.4, 0.0254, 30.48, 0.3048, 91.44, 28.35, 28.3495, 0.4536, 453.592, 0.453592, 3.785, 3.78541, 29.5735, 1024.0)
_LONGEST = 120

_WAYS: dict[str, Callable[[str], str]] = {
    "as it stands": str,
    "lower case": str.lower,
    "upper case": str.upper,
    "title case": str.title,
    "letters and digits": lambda text: "".join(filter(str.isalnum, text)),
    "letters and digits, upper case": lambda text: "".join(filter(str.isalnum, text)).upper(),
}
_AS_IT_STANDS = next(iter(_WAYS))


class NumberRule(msgspec.Struct, frozen=True):
    """A number before `unit` is written multiplied by `factor`, with so many `decimals` (None: as many as it needs), then `rest`."""

    unit: str
    factor: float
    decimals: int | None
    rest: str

    def write(self, number: float) -> str:
        amount = number * self.factor + 1e-9
        written = f"{amount:.{self.decimals}f}" if self.decimals is not None else f"{round(amount, 4):g}"
        return written + self.rest


class _Quantity(NamedTuple):
    start: int
    end: int
    number: float
    unit: str


class HouseStyle:
    """By attribute: the way words are written (`ways`), values written unlike that (`exceptions`), the rules for numbers by unit."""

    def __init__(
        self,
        ways: Mapping[str, str] | None = None,
        exceptions: Mapping[str, Mapping[str, str]] | None = None,
        numbers: Mapping[str, Iterable[NumberRule]] | None = None,
    ) -> None:
        self.ways = dict(ways or {})
        self.exceptions = {attribute: dict(values) for attribute, values in (exceptions or {}).items()}
        self.numbers = {attribute: {rule.unit: rule for rule in rules} for attribute, rules in (numbers or {}).items()}

    @classmethod
    def learn(cls, products: Iterable[tuple[str, Mapping[str, Iterable[str]]]]) -> HouseStyle:
        """From (text, gold) pairs."""
        texts: dict[str, list[tuple[str, str]]] = defaultdict(list)
        golds: dict[str, list[tuple[list[_Quantity], tuple[str, ...]]]] = defaultdict(list)
        said: Counter[str] = Counter()
        for text, gold in products:
            quantities = list(_quantities(text))
            for attribute, values in gold.items():
                given = tuple(value for value in values if 0 < len(value) <= _LONGEST)
                texts[attribute] += [(text, value) for value in given]
                said[attribute] += sum(_says(text, value) for value in given)
                if given:
                    golds[attribute].append((quantities, given))
        style = cls()
        for attribute, pairs in texts.items():
            way, exceptions = _learn_words(pairs)
            if way != _AS_IT_STANDS:
                style.ways[attribute] = way
            if exceptions:
                style.exceptions[attribute] = exceptions
        normalised = {attribute: pairs for attribute, pairs in golds.items() if said[attribute] < len(texts[attribute]) / 2}
        style.numbers = {attribute: rules for attribute, pairs in normalised.items() if (rules := _learn_numbers(pairs))}
        return style

    def keeps(self, attribute: str) -> bool:
        """Whether an attribute's values are written as the text has them."""
        return attribute not in self.numbers and attribute not in self.ways

    def write(self, attribute: str, quote: str) -> str:
        """A stretch of text as the labellers would have written it."""
        rules = self.numbers.get(attribute)
        if rules and (match := _QUANTITY.fullmatch(quote)):
            found = _quantity(match)
            if found is not None and found.unit in rules:
                return rules[found.unit].write(found.number)
        written = self.exceptions.get(attribute, {}).get(quote.casefold())
        return written if written is not None else _WAYS[self.ways.get(attribute, _AS_IT_STANDS)](quote)

    def places(self, text: str, attribute: str, value: str) -> list[tuple[int, int]]:
        """Where a text says a value that it does not spell as the labellers do."""
        rules = self.numbers.get(attribute, {})
        ends: dict[int, int] = {}
        for quantity in _quantities(text) if rules else ():
            if quantity.unit in rules and rules[quantity.unit].write(quantity.number) == value:
                ends[quantity.start] = max(quantity.end, ends.get(quantity.start, 0))
        found = list(ends.items())
        if found or (attribute not in self.ways and attribute not in self.exceptions):
            return found
        return [(start, end) for start, end in _compact_places(text, value) if self.write(attribute, text[start:end]) == value]

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        numbers = {attribute: [msgspec.to_builtins(rule) for rule in rules.values()] for attribute, rules in self.numbers.items()}
        return {"ways": self.ways, "exceptions": self.exceptions, "numbers": numbers}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> HouseStyle:
        """What `to_dict` gave."""
        return cls(data["ways"], data["exceptions"], msgspec.convert(data["numbers"], dict[str, list[NumberRule]]))


def _says(text: str, value: str) -> bool:
    return any(is_whole_word(text, *place) for place in word_places(text, value))


def _quantities(text: str) -> Iterator[_Quantity]:
    """Numbers in a text with the word or sign after them and, once more, without."""
    for match in _QUANTITY.finditer(text):
        found = _quantity(match)
        if found is not None:
            yield found
            if found.unit:
                yield _Quantity(found.start, match.end("number"), found.number, "")


def _quantity(match: re.Match[str]) -> _Quantity | None:
    written, unit = match["number"], (match["unit"] or "").casefold()
    fraction = _FRACTION.fullmatch(written)
    if fraction is None:
        return _Quantity(match.start(), match.end(), float(written.replace(",", "")), unit)
    whole, upper, lower = (int(part or 0) for part in fraction.groups())
    return _Quantity(match.start(), match.end(), whole + upper / lower, unit) if lower else None


def _compact_places(text: str, value: str) -> Iterator[tuple[int, int]]:
    """Where a text has the letters and digits of a value, whatever their case and what stands between, as words of their own."""
    places = [place for place, char in enumerate(text) if char.isalnum()]
    compact = "".join(text[place].lower()[:1] for place in places)
    sought = "".join(char.lower()[:1] for char in value if char.isalnum())
    begin = compact.find(sought) if len(sought) >= _LEAST_LETTERS else -1
    while begin >= 0:
        start, end = places[begin], places[begin + len(sought) - 1] + 1
        if not (start and text[start - 1].isalnum()) and not text[end : end + 1].isalnum() and end - start <= 2 * len(value) + 2:
            yield start, end
        begin = compact.find(sought, begin + 1)


def _learn_words(pairs: Iterable[tuple[str, str]]) -> tuple[str, dict[str, str]]:
    """The way that writes most values as they were given, and what it does not: by the quote's casefolded form."""
    fits: Counter[str] = Counter()
    given: dict[str, Counter[str]] = defaultdict(Counter)
    for text, value in pairs:
        quotes = [value] if _says(text, value) else [text[start:end] for start, end in _unlike_places(text, value)][:3]
        fits.update({way for quote in quotes for way, write in _WAYS.items() if write(quote) == value})
        for quote in quotes:
            given[quote.casefold()][value] += 1
    best = max(_WAYS, key=lambda way: fits[way])  # the first of equals: as it stands
    usual = {quote: values.most_common(1)[0] for quote, values in given.items()}
    return best, {quote: value for quote, (value, count) in usual.items() if count > 1 and quote != value.casefold()}


def _unlike_places(text: str, value: str) -> list[tuple[int, int]]:
    """Where a text says a value within a longer word ("Men" in "Mens"), else where only its letters and digits stand."""
    within = [_whole(text, start, end) for start, end in word_places(text, value)] if len(value) >= _LEAST_LETTERS else []
    return [(start, end) for start, end in within if end - start < 2 * len(value)] or list(_compact_places(text, value))


def _whole(text: str, start: int, end: int) -> tuple[int, int]:
    while start and not is_whole_word(text, start, end) and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and not is_whole_word(text, start, end) and text[end].isalnum():
        end += 1
    return start, end


def _learn_numbers(labelled: Iterable[tuple[list[_Quantity], tuple[str, ...]]]) -> dict[str, NumberRule]:
    """For each unit the rule that explains most products, where it explains enough of those that have the unit."""
    votes: dict[tuple[str, str], list[_Vote]] = defaultdict(list)
    with_unit: Counter[str] = Counter()
    for product, (quantities, values) in enumerate(labelled):
        with_unit.update({quantity.unit for quantity in quantities})
        for value in values:
            written = _WRITTEN_NUMBER.fullmatch(value)
            if written is None:
                continue
            decimals, amount = len(written["decimals"] or ""), float(written["number"])
            half = 0.5001 * 10.0**-decimals if decimals or amount >= 1 else 0.0
            for quantity in quantities:
                if quantity.number > 0:
                    low, high = (amount - half) / quantity.number, (amount + half) / quantity.number
                    votes[quantity.unit, written["rest"]].append(_Vote(low, high, product, quantity.number, decimals))
    best: dict[str, tuple[int, NumberRule]] = {}
    for (unit, rest), cast in votes.items():
        agreed = _agreed(cast)
        support = len({vote.product for vote in agreed})
        factor = _plainest(max(vote.low for vote in agreed), min(vote.high for vote in agreed))
        enough = support >= max(_LEAST_PRODUCTS, _LEAST_SHARE * with_unit[unit])
        varied = factor == 1 or len({vote.number for vote in agreed}) >= _LEAST_NUMBERS
        if enough and varied and support > best.get(unit, (0,))[0]:
            best[unit] = (support, NumberRule(unit, factor, _decimals(factor, agreed), rest))
    return {unit: rule for unit, (_, rule) in best.items()}


def _decimals(factor: float, votes: Iterable[_Vote]) -> int | None:
    """The decimals all are written with. Whole numbers that no factor rounded say nothing of the next."""
    written = {vote.decimals for vote in votes}
    return None if len(written) > 1 or (written == {0} and factor in _EXACT) else written.pop()


class _Vote(NamedTuple):
    """A product's number would be written as its gold value with any factor from `low` to `high`."""

    low: float
    high: float
    product: int
    number: float
    decimals: int


def _agreed(votes: list[_Vote]) -> list[_Vote]:
    """The votes for the factor that most products agree on; for 1, as it stands, where that has nearly as many."""
    ends = sorted([(vote.low, 0, vote.product) for vote in votes] + [(vote.high, 1, vote.product) for vote in votes])
    open_now: Counter[int] = Counter()
    best, factor = 0, 1.0
    for place, closing, product in ends:
        open_now[product] += -1 if closing else 1
        if not open_now[product]:
            del open_now[product]
        if len(open_now) > best:
            best, factor = len(open_now), place
    plain = [vote for vote in votes if vote.low <= 1 <= vote.high]
    if len({vote.product for vote in plain}) >= _PLAIN_ENOUGH * best:
        return plain
    return [vote for vote in votes if vote.low <= factor <= vote.high]


def _plainest(low: float, high: float) -> float:
    """The number of fewest digits between two, unless a conversion of units lies there."""
    for factor in (1.0, *_CONVERSIONS):
        if low <= factor <= high:
            return factor
    middle = (low + high) / 2
    for digits in range(1, 12):
        short = float(f"{middle:.{digits}g}")
        if low <= short <= high:
            return short
    return middle
