"""Titles made of a vocabulary's words, and texts as they are with those words in them, asked for attributes by any of their names.

Titles out of lists of values are distant labels (Mintz et al. 2009); that many names let a reader of names meet new ones is from
GLiNER (Zaratiana et al. 2024).
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hangtag.model import CATEGORY
from hangtag.taggers.forms import FormIndex, Strength
from hangtag.text.fold import fold, fold_text
from hangtag.text.segment import has_han
from hangtag.text.words import is_whole_word
from hangtag.vocabulary import Attribute, Vocabulary
from hangtag.vocabulary.compiled import fold_name

__all__ = ["MOST_EXAMPLES", "Named", "TitleMaker", "thing_of", "with_examples"]

Place = tuple[int, int]

_OWN_TEXT = 0.3
_OTHER_LANGUAGE = 0.25
_TOLD = 0.4
_LEAST_OF_A_LANGUAGE = 0.15
_OF_SORT, _TYPE = 0.3, (" type", "类型")
_BY_EXAMPLES, _VERSIONS, MOST_EXAMPLES = 0.25, 3, 4
_BY_OTHER_FORM = 0.2
_ABSENT_NEAR, _ABSENT_FAR = 2, 3
_NAMES_OF_PRODUCTS = ("Product type", "Item type", "Product", "Item", "Type", "Kind", "产品", "品名", "品类", "商品类型", "产品名称")
_COMMON = ("brand", "color", "material", "style", "pattern", "audience", "season", "quantity", "scene", "model", "volume", "weight")
_SYLLABLES = [first + second for first in "bdfgklmnprstvz" for second in ("a", "e", "i", "o", "u", "an", "ex", "on")]
_SIGNS = "森海格美佳康尔雅诗兰丽欧莱斯特安华泰乐福源宝盛天泽"


class Named(NamedTuple):
    """A text, and by name of an attribute the places [start, end) of its values there; none where it has none. `known` are places of words
    that are told to be values of an attribute."""

    text: str
    places: Mapping[str, tuple[Place, ...]]
    known: Mapping[str, tuple[Place, ...]]


class TitleMaker:
    """Makes titles out of a vocabulary's words with words between them out of `texts`, in the languages of these."""

    def __init__(self, vocabulary: Vocabulary, texts: Sequence[str]) -> None:
        self._vocabulary, self._texts = vocabulary, [text for text in texts if text.strip()] or ["-"]
        self._index = FormIndex.of(vocabulary)
        self._names = {one.id: _by_language(one.forms) for one in vocabulary.attributes.values() if one.forms}
        self._names[CATEGORY] = _by_language(_NAMES_OF_PRODUCTS)
        self._values = {
            one.id: [_by_language((*value.forms, *value.weak)) for value in one.values] for one in vocabulary.attributes.values()
        }
        self._others = {
            (one.id, fold_text(form)): forms
            for one in vocabulary.attributes.values()
            for forms in [(*value.forms, *value.weak) for value in one.values]
            for form in forms
        }
        categories = [one for one in vocabulary.categories.values() if one.parent]
        self._others |= {(CATEGORY, fold_text(form)): one.forms for one in categories for form in one.forms}
        nouns = {one.id: _by_language(one.forms) for one in categories}
        self._nouns = {han: [(place, words[han]) for place, words in nouns.items() if words[han]] for han in (False, True)}
        share = sum(map(has_han, self._texts)) / len(self._texts)
        self._chinese = min(max(share, _LEAST_OF_A_LANGUAGE), 1 - _LEAST_OF_A_LANGUAGE)
        self._with_examples = self._names_with_examples(random.Random("examples"))

    def lesson(self, chance: random.Random) -> Named:
        """A title made anew, or one of the texts as it is."""
        if chance.random() < _OWN_TEXT:
            own = self._own(chance)
            if own.places:
                return own
        return self._made(chance)

    def _own(self, chance: random.Random) -> Named:
        """A text as it is, with those words in it that stand for one thing only."""
        text = chance.choice(self._texts)
        folded = fold(text)
        places: dict[str, list[Place]] = defaultdict(list)
        found = sorted(self._index.find(folded.text), key=lambda match: (match[0] - match[1], match[0]))  # the longest first
        taken: list[Place] = []
        for first, last, senses in found:
            start, end = folded.span(first, last)
            if any(begin < end and start < stop for begin, stop in taken):
                continue
            taken.append((start, end))
            owners = {sense.attribute for sense in senses}
            if len(owners) == 1 and senses[0].strength is Strength.FULL:
                places[owners.pop()].append((start, end))
        return self._asked(text, places, has_han(text), chance)

    def _made(self, chance: random.Random) -> Named:
        """A category's noun, values of its attributes and of those that all products have, words of other texts between them."""
        han = chance.random() < self._chinese
        han = han if self._nouns[han] else not han
        category, nouns = chance.choice(self._nouns[han])
        own = list(self._vocabulary.attribute_ranks(category))
        some = _some(own, chance.randint(1, 4), chance) + _some(_COMMON, chance.randint(1, 3), chance)
        case = chance.choice((_in_capitals, _in_capitals, str.lower, str))
        noun = chance.choice(nouns)
        parts: list[tuple[str | None, str]] = [(CATEGORY, case(noun))]
        for attribute in dict.fromkeys(some):
            value = self._value(attribute, han, chance)
            if value:
                written = value if attribute == "model" else case(value)
                parts.insert(0 if attribute == "brand" and chance.random() < 0.7 else chance.randint(0, len(parts)), (attribute, written))
        for _ in range(chance.choice((0, 1, 1, 2))):
            parts.insert(chance.randint(0, len(parts)), (None, self._between(chance)))
        text, places = _joined(parts, han, chance)
        return self._asked(text, places, han, chance, near=own, sorts=_sorts_of(self._vocabulary, category, noun))

    def _asked(
        self,
        text: str,
        places: Mapping[str, Sequence[Place]],
        han: bool,
        chance: random.Random,
        *,
        near: Sequence[str] | None = None,
        sorts: Sequence[str] = (),
    ) -> Named:
        """Ask for what is there, here and there by another word for it, and for some that are not: `near` ones, of the category, and any.
        `sorts` are names for the product's noun. Without `near` somebody wrote the text, and it has brands, models and quantities that
        nobody looked for."""
        words = self._words(text)
        told = chance.random() < _TOLD
        units = {unit for name in places if name in self._vocabulary.attributes for unit in self._vocabulary.attributes[name].units}
        absent = _some(near or (), _ABSENT_NEAR, chance) + _some(list(self._names), _ABSENT_FAR, chance)
        named: dict[str, tuple[Place, ...]] = {}
        known: dict[str, tuple[Place, ...]] = {}
        for attribute in places:
            if attribute in self._names:
                of_sort = attribute == CATEGORY and sorts and chance.random() < _OF_SORT
                name = chance.choice(sorts) if of_sort else self._name(attribute, han, chance)
                named[name] = (*named.get(name, ()), *places[attribute])  # two attributes may go by one name
                if told and attribute in words:
                    known[name] = (*known.get(name, ()), *words[attribute])
        for attribute, some in places.items():
            others = self._others_for(attribute, text[slice(*some[0])])
            if len(some) == 1 and others and chance.random() < _BY_OTHER_FORM:  # of two places the other may say the same
                named.setdefault(chance.choice(others), (some[0],))
        for attribute in dict.fromkeys(absent):
            one = self._vocabulary.attributes.get(attribute)
            if one is None or attribute in places or attribute in words or (near is None and one.kind != "choice"):
                continue
            if not units.intersection(one.units):
                named.setdefault(self._name(attribute, han, chance), ())
        return Named(text, named, known)

    def _words(self, text: str) -> dict[str, list[Place]]:
        """Where words of each attribute stand."""
        folded = fold(text)
        found: dict[str, list[Place]] = defaultdict(list)
        for start, end, senses in self._index.find(folded.text):
            for attribute in {sense.attribute for sense in senses if sense.strength <= Strength.WEAK}:
                found[attribute].append(folded.span(start, end))
        return found

    def _name(self, attribute: str, han: bool, chance: random.Random) -> str:
        """One of its names, mostly in the language of the text, every second time the first of them."""
        names = self._names[attribute]
        other = han is not (chance.random() < _OTHER_LANGUAGE)
        if (attribute, other) in self._with_examples and chance.random() < _BY_EXAMPLES:
            return chance.choice(self._with_examples[attribute, other])
        known = names[other] or names[han] or names[not han]
        return known[0] if chance.random() < 0.5 else chance.choice(known)

    def _others_for(self, attribute: str, form: str) -> list[str]:
        """Other words for what a form of an attribute's value, or of a category, says."""
        said = fold_text(form)
        return [other for other in self._others.get((attribute, said), ()) if fold_text(other) != said]

    def _names_with_examples(self, chance: random.Random) -> dict[tuple[str, bool], list[str]]:
        """Some names of each attribute with values beside them, by attribute and language; few, as each is read by the encoder."""
        found: dict[tuple[str, bool], list[str]] = defaultdict(list)
        for attribute, names in self._names.items():
            if attribute in ("brand", "model"):  # their values have nothing in common
                continue
            for han in (True, False):
                for _ in range(_VERSIONS):
                    values = [self._value(attribute, han, chance) for _ in range(chance.randint(2, MOST_EXAMPLES))]
                    if known := list(dict.fromkeys(value for value in values if value)):
                        found[attribute, han].append(with_examples(chance.choice(names[han] or names[not han]), known))
        return found

    def _value(self, attribute: str, han: bool, chance: random.Random) -> str | None:
        if attribute == CATEGORY:
            return chance.choice(chance.choice(self._nouns[han])[1]) if self._nouns[han] else None
        known = self._vocabulary.attributes.get(attribute)
        if known is None:
            return None
        if known.kind == "measure":
            return self._quantity(known, han, chance)
        if attribute == "model":
            return _model(chance)
        if attribute == "brand" and chance.random() < 0.6:
            return _brand(han, chance)
        words = [value[han] for value in self._values[attribute] if value[han]]
        return chance.choice(chance.choice(words)) if words else None

    def _quantity(self, attribute: Attribute, han: bool, chance: random.Random) -> str | None:
        """A number of a size that the attribute has, in one of its units."""
        units = self._vocabulary.units
        own = units.get(attribute.unit or "")
        known = [(units[one], form) for one in attribute.units if one in units and not units[one].offset for form in units[one].forms]
        fit = [(unit, form) for unit, form in known if has_han(form) == han or (han and len(form) <= 2)]
        if own is None or not fit:
            return None
        unit, form = chance.choice(fit)
        least, most = attribute.range or (1.0, 1000.0)
        amount = math.exp(chance.uniform(math.log(max(least, 0.1)), math.log(most))) * own.factor / unit.factor
        number = f"{float(f'{amount:.2g}'):.2f}".rstrip("0").rstrip(".")
        return None if number in ("", "0") else number + ("" if han else chance.choice(("", " "))) + form

    def _between(self, chance: random.Random) -> str:
        """Some words that somebody wrote."""
        text = chance.choice(self._texts)
        if has_han(text):
            start = chance.randrange(len(text))
            return text[start : start + chance.randint(2, 6)].strip()
        words = text.split()
        start = chance.randrange(max(1, len(words)))
        return " ".join(words[start : start + chance.randint(1, 5)])


def with_examples(name: str, values: Sequence[str]) -> str:
    """An attribute's name with some of its values, as an encoder reads them."""
    return f"{name}: {', '.join(values)}" if values else name


def thing_of(name: str) -> str | None:
    """What a name asks the type of, if it does: "shoe" for "shoe type"."""
    folded = fold_name(name)
    suffix = _TYPE[has_han(folded)]
    return folded.removesuffix(suffix) if folded.endswith(suffix) else None


def _sorts_of(vocabulary: Vocabulary, category: str, noun: str) -> list[str]:
    """Names under which a category's noun is the value: "shoe type" for running shoes, "clothing type" for a dress, 杯类型 for 保温杯."""
    above = [vocabulary.categories[one] for one in vocabulary.ancestors(category) if one in vocabulary.categories]
    head = noun[-1] if has_han(noun) else noun.split()[-1]
    heads = [head[:-1] if head.endswith("s") and not head.endswith("ss") else head] * (1 + len(above))
    names = [*heads, *(name for one in above for name in one.names.values())]
    sorts = [name + _TYPE[has_han(name)] for name in names]
    return [name for name in sorts if vocabulary.find_attribute(name) is None]  # a "set type" is something else


def _some(known: Sequence[str], count: int, chance: random.Random) -> list[str]:
    return chance.sample(known, min(count, len(known)))


def _in_capitals(text: str) -> str:
    return " ".join(word[:1].upper() + word[1:] for word in text.split(" "))


def _by_language(forms: Sequence[str]) -> dict[bool, list[str]]:
    """Forms in Chinese characters (True) and others."""
    return {han: [form for form in forms if has_han(form) == han] for han in (False, True)}


def _joined(parts: Sequence[tuple[str | None, str]], han: bool, chance: random.Random) -> tuple[str, dict[str, list[Place]]]:
    """One text, and where each attribute's words stand in it; parts without words are left out."""
    text, places = "", defaultdict[str, list[Place]](list)
    for attribute, words in (part for part in parts if part[1]):
        if text:
            parted = han and is_whole_word(text + words, len(text), len(text) + len(words))  # two Latin words would be one
            text += chance.choice(("", "", "", " ") if parted else (" ", " ", " ", ", ", " - "))
        if attribute is not None:
            places[attribute].append((len(text), len(text) + len(words)))
        text += words
    return text, places


def _brand(han: bool, chance: random.Random) -> str:
    """A name that nobody has heard of."""
    if han and chance.random() < 0.5:
        return "".join(chance.choices(_SIGNS, k=chance.randint(2, 4)))
    words = ["".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4))).capitalize() for _ in range(chance.choice((1, 1, 1, 2)))]
    return " ".join(words)


def _model(chance: random.Random) -> str:
    """Letters and a number, as makers count their models."""
    letters = "".join(chance.choices("ABCDEFGHKLMNPRSTVX", k=chance.randint(1, 3)))
    return letters + chance.choice(("", "-", " ")) + str(chance.randint(1, 9999)) + chance.choice(("", "", "A", "S", "-2"))
