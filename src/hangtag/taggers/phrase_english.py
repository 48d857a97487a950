"""English phrases: an audience, adjectives and what the product is for, before its noun ("men's quick dry running shorts").

Only what is said of the product itself goes before its noun (`phrase_context`), one activity at most, and nothing the noun says already.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from hangtag.model import CATEGORY, Tag, TextSpan
from hangtag.taggers.keyword import stop_words
from hangtag.taggers.phrase_context import Context
from hangtag.taggers.phrase_parts import GROUPS, SLOTS, Part, free_parts, longest, occasions
from hangtag.taggers.phrases import Draft
from hangtag.taggers.reading import Reading
from hangtag.text.segment import has_han

__all__ = ["english_drafts"]

_MOST_PARTS, _MOST_LETTERS, _MOST_EVIDENCE = 3, 48, 6
_LONGEST_ABBREVIATION = 4
_AS_IT_STANDS, _COMPOSED, _FREE, _SINGLE, _OCCASION = 0.74, 0.66, 0.62, 0.6, 0.68
_NO_WORDS = re.compile(r"[\d/,;|()]")
# Nouns that titles heap up: as adjectives they say little, or are part of a name.
_HEAPED_NOUNS = frozenset(("print", "prints", "crunch", "shell", "stars", "star", "stripes", "heart", "logo"))
# What every shop says of everything, or means otherwise than as a property.
_PRAISE = frozenset(
    ("amazing", "best", "china", "cool", "fashion", "fashionable", "hot", "new", "nice", "perfect", "premium", "quality", "select")
)
# Words of other languages that English titles are stuffed with: an "isca artificial" is a lure.
_FOREIGN = frozenset(
    ("camisa", "camiseta", "casquette", "chapeu", "femme", "gorra", "gorras", "hombre", "homme", "isca", "mujer", "pesca", "ropa")
)
_UNFIT = _HEAPED_NOUNS | _PRAISE | _FOREIGN
_ADJECTIVES = frozenset(("floral", "plain", "handmade"))
_NOT_FIRST = frozenset(("for", "in", "to", "at", "with", "of"))
_PLURAL = re.compile(r"[a-z]{2,}[a-rtv-z]s$")
# Nouns of quality, and of other products: "elasticity shorts", "beachwear swimsuit".
_ABSTRACT = re.compile(r"(?<!qual)ity$|ness$|wear$")
_SIGNS = re.compile(r"['’-]")
_ENDING = re.compile(r"(?:ing|ed|er|s|y)$")
# Whose it is, as English says it before a noun; people whom this does not name have no place there, nor has one alone ("Wonder Woman").
_WHOSE = {
    **dict.fromkeys(("men", "mens", "men's", "male", "gentlemen"), "men's"),
    **dict.fromkeys(("women", "womens", "women's", "female"), "women's"),
    **dict.fromkeys(("ladies", "ladies'"), "ladies'"),
    **dict.fromkeys(("boys", "boys'"), "boys'"),
    **dict.fromkeys(("girls", "girls'"), "girls'"),
    **dict.fromkeys(("kids", "kids'"), "kids'"),
    **dict.fromkeys(("children", "childrens", "children's"), "children's"),
    **dict.fromkeys(("adult", "adults"), "adult"),
    **{word: word for word in ("baby", "infant", "newborn", "toddler", "unisex")},
}
_PEOPLE = "audience"
# People who stand next to the noun, as names of its kind: "fragrance free baby detergent".
_KINDS = frozenset(("baby", "infant", "newborn", "toddler"))
_ALONE = frozenset((_PEOPLE, "color"))
# What names a technique: two of them are a list of specifications.
_TECHNICAL = frozenset(("connectivity", "headphone_type", "display_technology", "print_technology"))
# Nouns that stand before the product's: more than one of them makes a heap.
_NOUNS_BEFORE = frozenset(("material", "ingredient", "flavor", "scene", "room", "hair_type", "skin_type", "headphone_type"))


def english_drafts(reading: Reading, typed: Sequence[Tag], nouns: Sequence[Part]) -> Iterator[Draft]:
    """Everything that might be said of an English product; `nouns` are the places where its main text names it surely."""
    context = Context(reading, nouns[0].value if nouns else None)
    main = reading.fields[0]
    free = [part for part in free_parts(reading, han=False) if context.speaks_of_product(part)]
    noun = _noun(nouns, context)
    if noun is not None:
        shouted = not main.original.isupper()
        parts = _without_overlaps([*_typed_parts(typed, context, shouted, main.name), *free], noun, context)
        standing = _as_it_stands(parts, noun, main.original, context)
        if standing:
            yield _draft([*standing, noun], _AS_IT_STANDS, main.original)
        # What the text puts before the noun itself keeps its order.
        for chosen, confidence in _composed([part for part in parts if part not in standing], noun, main.name, context):
            yield _draft([*chosen, noun], confidence, main.original)
        for part in free:
            if not _repeats(part, noun):
                yield _draft([part, noun], _FREE, main.original)
    for part in free:
        if part.span.quote.count(" ") > 1:  # "Quick Release" alone says too little
            yield _draft([part], _FREE, main.original)
    for part in occasions(reading, han=False):
        yield _draft([part], _OCCASION, main.original)


def _noun(nouns: Sequence[Part], context: Context) -> Part | None:
    """The fullest name that a title gives the product, without the people it is for: they go before everything else."""
    if not context.is_surely([noun.span for noun in nouns]):
        return None
    english = [noun for noun in nouns if _FOREIGN.isdisjoint(noun.span.quote.lower().split())]
    heads = [noun for noun in english if context.is_head(noun.span) and context.fits_activity(noun.span)]
    return longest([noun._replace(span=_without_people(context.whole(noun.span))) for noun in heads])


def _without_people(span: TextSpan) -> TextSpan:
    first, blank, rest = span.quote.partition(" ")
    return TextSpan(span.field, span.end - len(rest), span.end, rest) if blank and _whose(first) else span


def _typed_parts(tags: Iterable[Tag], context: Context, heed_capitals: bool, main: str) -> Iterator[Part]:
    """What typed tags say of the product itself, in the words with which they first do."""
    said = Counter(tag.attribute for tag in tags if any(isinstance(item, TextSpan) and item.field == main for item in tag.evidence))
    for tag in tags:
        # A title that names several kinds of people, or colours, speaks of none of them alone.
        if tag.attribute not in SLOTS or (tag.attribute in _ALONE and said[tag.attribute] > 1):
            continue
        spans = [item for item in tag.evidence if isinstance(item, TextSpan)][:_MOST_EVIDENCE]
        for part in (Part(tag.attribute, tag.value, span) for span in spans):
            if tag.attribute == _PEOPLE:
                if part.span.field == main and _whose(part.span.quote):
                    yield part
                    break
            elif _is_sayable(part) and not (heed_capitals and _is_shouted(part)) and context.speaks_of_product(part):
                yield part
                break


def _is_sayable(part: Part) -> bool:
    """Whether words can stand before a noun: not "3-6", "for travel", many things ("tights") or a noun for an adjective ("embroidery")."""
    quote = part.span.quote
    if not quote.isprintable() or has_han(quote) or _NO_WORDS.search(quote):
        return False
    words = quote.lower().split()
    if part.attribute in ("pattern", "craft") and not (words[-1].endswith("ed") or words[-1] in _ADJECTIVES):
        return False
    if (_PLURAL.search(words[-1]) and words[-1] != "sports") or _ABSTRACT.search(words[-1]):
        return False
    return len(words) <= 3 and words[0] not in _NOT_FIRST and stop_words().isdisjoint(words) and _UNFIT.isdisjoint(words)


def _is_shouted(part: Part) -> bool:
    """Whether a word stands in capitals, as names do: the CHERRY that makes keyboards is no colour."""
    return part.span.quote.isupper() and part.span.quote.isascii() and len(part.span.quote) > 3


def _whose(quote: str) -> str | None:
    """How words for people are said before a noun; None where they are not."""
    return _WHOSE.get(quote.lower().replace("’", "'").removeprefix("for "))


def _without_overlaps(parts: Sequence[Part], noun: Part, context: Context) -> list[Part]:
    """Of parts that share words the longest, of equals the first; none that says what the noun says, or a second activity."""
    kept: list[Part] = []
    busy = bool(context.activities(noun.span))
    for part in sorted(parts, key=lambda part: part.span.start - part.span.end):
        if any(_repeats(part, other) for other in (noun, *kept)):
            continue
        if busy and context.activities(part.span):
            continue
        kept.append(part)
    return kept


def _repeats(part: Part, other: Part) -> bool:
    """Whether one says words of the other again, in whatever form: "sport" and "sports shoes", "swimming" and "swimsuit"."""
    if part.span.field == other.span.field and part.span.start < other.span.end and other.span.start < part.span.end:
        return True
    return any(_are_akin(a, b) for a in _stems(part) for b in _stems(other))


def _stems(part: Part) -> list[str]:
    words = re.findall(r"[a-z']+", part.span.quote.lower())
    stems = [_ENDING.sub("", word) if len(word) > 4 else word for word in words]
    return [stem[:-1] if len(stem) > 3 and stem[-1] == stem[-2] else stem for stem in stems]


def _are_akin(word: str, other: str) -> bool:
    short, long = sorted((word, other), key=len)
    return word == other or (len(short) > 2 and long.startswith(short))


def _as_it_stands(parts: Sequence[Part], noun: Part, text: str, context: Context) -> list[Part]:
    """The parts right before the noun, in the text's own order, from whose it is on; none where fewer than two stand there."""
    ends = {part.span.end: part for part in parts if part.span.field == noun.span.field}
    run: list[Part] = []
    start = noun.span.start
    while len(run) < _MOST_PARTS and not (run and run[0].attribute == _PEOPLE):
        before = len(text[:start].rstrip(" "))
        part = ends.get(before)
        if part is None or before == start or (context.activities(part.span) and any(context.activities(other.span) for other in run)):
            break
        run.insert(0, part)
        start = part.span.start
    return run if len(run) > 1 else []


def _composed(parts: Sequence[Part], noun: Part, main: str, context: Context) -> Iterator[tuple[list[Part], float]]:
    """Parts from wherever they stand, in the order English gives adjectives."""
    left = sorted(parts, key=lambda part: (part.span.field != main, part.span.start))
    for _ in range(2):
        chosen = _choose(left, noun, context)
        if len(chosen) < 2:
            if chosen and chosen[0].attribute != "color" and " " in noun.span.quote:
                yield chosen, _SINGLE
            break
        yield chosen, _COMPOSED
        left = [part for part in left if part not in chosen]


def _choose(parts: Sequence[Part], noun: Part, context: Context) -> list[Part]:
    """One part of each group as far as there is room; `parts` in the order of the text."""
    room = _MOST_LETTERS - len(noun.span.quote)
    chosen: list[Part] = []
    for group in GROUPS:
        for part in parts:
            if part.attribute in group and len(part.span.quote) < room and len(chosen) < _MOST_PARTS and _goes_with(part, chosen, context):
                chosen.append(part)
                room -= len(part.span.quote) + 1
                break
    return sorted(chosen, key=_place)


def _place(part: Part) -> int:
    """Where English puts a word before a noun; techniques next to it, as names of its kind: "silver GPS watch"."""
    if part.attribute == _PEOPLE and _whose(part.span.quote) in _KINDS:
        return SLOTS["scene"][1] + 1
    return SLOTS["connectivity"][1] if _is_technical(part) else SLOTS[part.attribute][1]


def _goes_with(part: Part, chosen: Sequence[Part], context: Context) -> bool:
    """Whether a part makes no heap with those chosen: one noun before the product's, one activity."""
    if part.attribute in _NOUNS_BEFORE and any(other.attribute in _NOUNS_BEFORE for other in chosen):
        return False
    if _is_technical(part) and any(map(_is_technical, chosen)):
        return False
    return not (context.activities(part.span) and any(context.activities(other.span) for other in chosen))


def _is_technical(part: Part) -> bool:
    return part.attribute in _TECHNICAL or part.span.quote.isupper()


def _draft(parts: Sequence[Part], confidence: float, text: str) -> Draft:
    words = [(_whose(part.span.quote) or part.span.quote) if part.attribute == _PEOPLE else part.span.quote for part in parts]
    if not text.isupper():
        words = [_unshout(said) if part.attribute == CATEGORY else said for said, part in zip(words, parts, strict=True)]
    if all(part.span.quote[:1].isupper() for part in parts if part.attribute != _PEOPLE):
        words = [said[:1].upper() + said[1:] for said in words]
    if len({word[:1].isupper() for said in words for word in said.split()}) > 1:
        # Titles that write some words large: what is no name or abbreviation goes by the small ones.
        words = [said if _is_technical(part) else _lower(said) for said, part in zip(words, parts, strict=True)]
    spans = tuple(span for span, _ in groupby(part.span for part in parts))
    place = min((span.start for span in spans), default=0) / max(1, len(text))
    return Draft(" ".join(words), spans, confidence, min(1.0, place))


def _unshout(said: str) -> str:
    """A noun that a title shouts ("HOCKEY JERSEY"); short words in capitals are abbreviations."""
    return " ".join(word.capitalize() if word.isupper() and len(word) > _LONGEST_ABBREVIATION else word for word in said.split(" "))


def _lower(said: str) -> str:
    return " ".join(word.lower() if word[1:].islower() or _SIGNS.sub(" ", word).istitle() else word for word in said.split(" "))
