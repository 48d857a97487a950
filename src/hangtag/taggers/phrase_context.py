"""Of what an English word speaks: of the noun that follows it, or of the product where signs set it off; not of every noun of a title.

"Golden" in "electric guitar with golden top" speaks of the top, and "durable" in "durable cable" of the cable. The words before a
product's own noun speak of the product ("quick dry gym shorts"), and so do those between commas ("running shorts, quick dry").
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from hangtag.model import CATEGORY, TextSpan
from hangtag.taggers.forms import Sense, Strength
from hangtag.taggers.phrase_parts import SLOTS, Part
from hangtag.taggers.reading import FieldReading, Reading

__all__ = ["Context"]

_COMPOUND_WORDS, _SEVERAL_SPORTS = 3, 3
_LOOKED_AT, _WINDOW = 2000, 24
# What is halved when it is cut out of a list: "black and grey", "cotton/nylon", "spring summer".
_LISTED = frozenset(("color", "material", "ingredient", "flavor", "season", "scene", "room", "audience", "skin_type", "hair_type", "style"))
_INGREDIENTS = frozenset(("ingredient", "flavor"))
# What may follow words that stand by themselves without taking them for its own.
_ADJECTIVES = frozenset(
    (
        "color",
        "style",
        "season",
        "audience",
        "effect",
        "function",
        "efficacy",
        "product_claim",
        "food_feature",
        "fit",
        "elasticity",
        "finish",
    )
)
# What is often said of a part of the product, which then follows it; and what may stand between: not the body of "blue body guitar".
_OF_PARTS = frozenset(("color", "material", "finish", "style", "mood"))
_PASSED = (frozenset(SLOTS) - {"ingredient"}) | {"sport_type"}
# What draws nobody unless it stands before the noun: titles heap up everything a product may be used for.
_BEFORE_NOUNS = frozenset(("scene", "room", "material"))
_NAMES = frozenset(("brand", "model", "series", "character"))
_ACTIVITIES = ("scene", "sport_type")
_ACTIVITY = re.compile(r"\b(?:sports?|sporty|athletics?|gym|fitness|training|workout|exercise|outdoor)\b")
_SPACE = re.compile(r"[ \t]*")
_WORD = re.compile(r"[^\W_][\w'’.+-]*")
_STOP = re.compile(r"[,;|()\[\]{}:!?•·–—\n]|-(?!\w)|\.(?!\w)|$|(?:for|with|in|by|from|at|w)\b", re.IGNORECASE)
_LIST_SIGN = re.compile(r"/|(?:and|or|n|plus)\b|[&+]", re.IGNORECASE)
_LIST_BEFORE = re.compile(r"(?:\b(?:and|or|n|plus)|[&+/])\s*$", re.IGNORECASE)
_NEXT = re.compile(r"[ ,/&+]{1,3}(?:and |or |& )?", re.IGNORECASE)
_GLUED_BEFORE = re.compile(r"(?:[\w\"'’/+&]-|['’/+&])$")
_GLUED_AFTER = re.compile(r"-\w|['’]\w|[™®*]|%|\d")
# Words that give the next one another sense than it has alone.
_TURNS = re.compile(
    r"\b(?:the|of|own|no|non|not|never|without|as|like|than|to|semi|extra|very|ultra|super|anti|half|less|more|too|is|are|if|free)\s+$",
    re.IGNORECASE,
)
# A season with these is when something came out: "spring new", "2018 summer".
_LAUNCHED = re.compile(r"[ ,/-]*\b(?:new|20\d\d)\b|\b(?:new|20\d\d)[ ,/-]*$", re.IGNORECASE)
_WITH = re.compile(r"\b(?:with|w/|plus|includes?|including|has|have|features?|featuring|by|from|your)\s+$", re.IGNORECASE)
_SET_OFF_BEFORE = re.compile(r"(?:^|\b(?:with|w/)|[,;|()\[\]:!?•·–—.\n]|\s-)\s*$")
# What makes a product's noun tell of another thing: a power cord is no power supply, a watch strap no watch.
_HEADS = re.compile(
    r"\s(?:accessor(?:y|ies)|adapters?|bags?|balm|batter(?:y|ies)|bases?|boards?|bottles?|box(?:es)?|brackets?|brush(?:es)?|cables?|cards?"
    r"|cases?|cleaners?|clips?|cords?|covers?|cream|dispensers?|drives?|filters?|formula|frames?|gel|handles?|holders?|hoods?|hooks?|hubs?"
    r"|inserts?|kits?|lamps?|leads?|lids?|locks?|lotion|mist|modules?|mounts?|oil|pads?|panels?|parts?|paste|plates?|pouch(?:es)?|powder"
    r"|protectors?|racks?|refills?|replacements?|rests?|rolls?|sets?|shelf|shelves|skins?|sleeves?|spray|stands?|straps?|strips?|supply"
    r"|systems?|tools?|trays?|treatments?|units?|wax)\b(?!\.\w)",
    re.IGNORECASE,
)


class _Thing(NamedTuple):
    end: int
    sense: Sense


class _Place(NamedTuple):
    """A field as it was written, and what is read in it by where that begins."""

    text: str
    things: dict[int, list[_Thing]]


class Context:
    """What stands around the words of an English product. `category` is the kind of product it is, by its id."""

    def __init__(self, reading: Reading, category: str | None) -> None:
        self._main = reading.fields[0].name
        self._category = category
        self._places = {part.name: _place(part) for part in reading.fields}

    def is_head(self, span: TextSpan) -> bool:
        """Whether the product's noun is the last of its compound, and not the "power extension" of a power extension cord."""
        place = self._places[span.field]
        if _TURNS.search(_before(place, span)) or _GLUED_AFTER.match(place.text, span.end):
            return False
        here = span.end
        for _ in range(_COMPOUND_WORDS):
            after = _skip(place.text, here)
            kinds = [thing for thing in place.things.get(after, ()) if _is_kind(thing.sense)]
            if kinds:
                return any(self._is_kin(thing.sense.value) for thing in kinds)
            word = _WORD.match(place.text, after)
            if word is None or after == here or _STOP.match(place.text, after):
                break
            here = word.end()
        return True

    def whole(self, span: TextSpan) -> TextSpan:
        """A noun with words it shares with what stands before it: not the "grain cereal" of "whole grain cereal"."""
        place = self._places[span.field]
        shared = (start for start, things in place.things.items() for thing in things if start < span.start < thing.end <= span.end)
        start = min(shared, default=span.start)
        return TextSpan(span.field, start, span.end, place.text[start : span.end])

    def is_surely(self, spans: Sequence[TextSpan]) -> bool:
        """Whether a title is about the kind of product that `spans` name: not about an accessory of it, nor as much about another."""
        place = self._places[self._main]
        if any(_HEADS.match(place.text, span.end) for span in spans):
            return False
        kinds = [thing.sense for start in sorted(place.things) for thing in place.things[start] if _is_kind(thing.sense)]
        kinds = [kind for kind in kinds if kind.strength is Strength.FULL]
        others = Counter(kind.value for kind in kinds if not self._is_kin(kind.value))
        own, most = max(len(kinds) - others.total(), len(spans)), max(others.values(), default=0)
        return most < own or (most == own and all(self._is_kin(kind.value) for kind in kinds[:1]))

    def fits_activity(self, span: TextSpan) -> bool:
        """Whether the activity in a noun is what a title is about: not the "cycling eyewear" at the end of five names for ski goggles."""
        place = self._places[span.field]
        read = ((start, thing.sense) for start in sorted(place.things) for thing in place.things[start])
        said = [(start, sense.value) for start, sense in read if sense.attribute == "sport_type"]
        named = {sport for start, sport in said if span.start <= start < span.end}
        counts = Counter(sport for _, sport in said)
        if not named or len(counts) < _SEVERAL_SPORTS:
            return True
        return any(counts[sport] == max(counts.values()) or sport == said[0][1] for sport in named)

    def activities(self, span: TextSpan) -> frozenset[str]:
        """Sports and uses that words name."""
        place = self._places[span.field]
        found = (thing.sense for start, things in place.things.items() if span.start <= start < span.end for thing in things)
        said = frozenset(sense.attribute for sense in found if sense.attribute in _ACTIVITIES or sense.value == "sporty")
        return said | frozenset(_ACTIVITY.findall(span.quote.lower()))

    def speaks_of_product(self, part: Part) -> bool:
        """Whether words are said of the product itself: not of a part of it, in a name, or cut out of a list or a longer word."""
        place = self._places.get(part.span.field)
        if place is None or part.span.end > _LOOKED_AT or _is_name(place, part.span):
            return False
        before, end = _before(place, part.span), part.span.end
        if _GLUED_BEFORE.search(before) or _GLUED_AFTER.match(place.text, end) or _TURNS.search(before):
            return False
        if _WITH.search(before) and part.attribute not in _INGREDIENTS:
            return False
        if part.attribute == "season" and (_LAUNCHED.match(place.text, end) or _LAUNCHED.search(before)):
            return False
        listed = _LIST_BEFORE.search(before)
        if part.attribute in _LISTED:
            return listed is None and not _continues_list(place, part) and self._reaches_noun(place, part)
        return (listed is None or _is_read(place, part.span.start - len(listed[0]))) and self._reaches_noun(place, part)

    def _reaches_noun(self, place: _Place, part: Part) -> bool:
        """Whether what follows leads to the product's noun, or words stand by themselves."""
        # A compound is clear enough to skip a word ("high resolution matrix switch"); the "smart" of "smart pin adapter" is not.
        unknown = int(part.attribute == "effect")
        alone = True
        text, here = place.text, part.span.end
        while True:
            here = _skip(text, here)
            if sign := _LIST_SIGN.match(text, here):
                if part.attribute in _LISTED:
                    return False
                here = sign.end()
                continue
            if _STOP.match(text, here):
                return alone and self._is_set_off(place, part)
            things = place.things.get(here, [])
            kinds = [thing for thing in things if _is_kind(thing.sense)]
            if kinds:
                return any(self._is_kin(thing.sense.value) for thing in kinds)
            if things:
                if part.attribute in _OF_PARTS and all(thing.sense.attribute not in _PASSED for thing in things):
                    return False
                alone = alone and all(thing.sense.attribute in _ADJECTIVES for thing in things)
                here = max(thing.end for thing in things)
                continue
            word = _WORD.match(text, here)
            if word is None or unknown == 0:
                measured = word is not None and word[0][0].isdigit() and part.attribute != "material"
                return measured and alone and self._is_set_off(place, part)
            unknown -= 1
            alone = False
            here = word.end()

    def _is_set_off(self, place: _Place, part: Part) -> bool:
        """Whether words that lead to no noun stand for themselves: in a description between signs, in a title anyhow."""
        if part.attribute in _BEFORE_NOUNS:
            return False
        if part.span.field == self._main and part.attribute not in _INGREDIENTS:
            return True
        return _SET_OFF_BEFORE.search(_before(place, part.span)) is not None

    def _is_kin(self, category: str) -> bool:
        mine = self._category
        return mine is not None and (category == mine or category.startswith(mine + "/") or mine.startswith(category + "/"))


def _place(part: FieldReading) -> _Place:
    things: defaultdict[int, list[_Thing]] = defaultdict(list)
    for start, end, sense, _ in part.mentions:
        if start >= _LOOKED_AT:
            break
        if sense.strength is not Strength.HINT and end - start > 1:
            span = part.span(start, end)
            things[span.start].append(_Thing(span.end, sense))
    return _Place(part.original[:_LOOKED_AT], dict(things))


def _is_name(place: _Place, span: TextSpan) -> bool:
    """Whether words are part of a name: the Wild of "Wild & Stone"."""
    return any(
        thing.sense.attribute in _NAMES and start < span.end and span.start < thing.end
        for start, things in place.things.items()
        for thing in things
    )


def _is_read(place: _Place, end: int) -> bool:
    """Whether what "and" joins to is known: in "grow and restore" it is not."""
    return any(thing.end == end for things in place.things.values() for thing in things)


def _continues_list(place: _Place, part: Part) -> bool:
    """Whether another value of the same kind stands right before or after: "blue white jersey", "grape, orange", "climbing skating"."""
    alike = _ACTIVITIES if part.attribute in _ACTIVITIES else (part.attribute,)
    return any(
        thing.sense.attribute in alike
        and thing.sense.value != part.value
        and (_NEXT.fullmatch(place.text, part.span.end, start) or _NEXT.fullmatch(place.text, thing.end, part.span.start))
        for start, things in place.things.items()
        for thing in things
    )


def _before(place: _Place, span: TextSpan) -> str:
    return place.text[max(0, span.start - _WINDOW) : span.start]


def _is_kind(sense: Sense) -> bool:
    return sense.attribute == CATEGORY and sense.strength in (Strength.FULL, Strength.WEAK)


def _skip(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found is not None else place
