"""Where a quote stands: the stretch of a text that someone, a language model above all, claims to have read there.

Three looks, each only where the ones before found nothing: exact; folded, which also passes over blanks and punctuation ("navy-blue" for
"navy blue"); fuzzy, seed and extend as BLAST does it (Altschul et al. 1990): stretches that share rare pieces with the quote are found by
one pass of votes, and only those are aligned. A fuzzy stretch that says something else than the quote is none, however alike it looks:
numbers, denials, Latin words, and Chinese characters for colours, sexes, sizes, materials and units must agree. No evidence is better
than wrong evidence.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import compress, pairwise
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, Levenshtein

from hangtag.text.fold import Folded, fold, fold_text

__all__ = ["Alignment", "align", "align_all", "says"]

_LONGEST_FUZZY = 400
_MOST_TIMES, _LONG = 6, 6
_LEAST_LETTERS, _LEAST_HAN = 4, 2
_MOST_WINDOWS = 6
_LEAST_SHARE = 0.3
_SEARCH_BUDGET = 200_000
_SHUFFLED_WORDS, _SHUFFLED_SIMILARITY = 4, 0.95
_FREE, _LOOSE, _NEVER = 0, 1, 2
_OTHER, _IN_GAP, _DIGIT = 0, 1, 2

_NUMERALS = "〇零一二三四五六七八九十百千两"
_NUMBER = re.compile(rf"\d+(?:[.⁄]\d+|,\d{{3}}(?!\d))*|[{_NUMERALS}]+")
_NEGATION = re.compile(r"[不无非没未免勿]|\bno\b|\bnot\b|\bnon|\bnever\b|\bwithout\b|free\b|less\b|n['’]t\b")
_DENIED_BEFORE = re.compile(r"(?:[不无非没未免勿]|n['’]t |\b(?:no|not|non|never|without|free (?:of|from))(?: (?:a|an|any))?[ -]?)\s*$")
_DENIED_AFTER = re.compile(r"[ -]?(?:free|less)\b")
_CONTEXT = 24
_DECISIVE = frozenset("单双半男女童婴老幼大小长短高低厚薄前后左右上下内外冷热干湿软硬新旧春夏秋冬").union(
    "黑白红黄蓝绿青紫灰粉棕橙金银棉麻毛丝绸皮革绒木竹铁铜钢铝瓷塑升斤克吨米寸尺瓶罐袋盒箱包片件套条支只枚岁码层号度倍"
)
_WORD = re.compile(r"[a-z\u00df-\u0dff]+(?:['’][a-z]+)?")
# After a number they are units: "12 in", "10 A".
_LIGHT_WORD = re.compile(r"(?<!\d)(?<!\d )\b(?:an?|the|and|of|in|for|to|is|are|on|by|this|its?)\b")
_LIGHT_HAN = frozenset("的了之款式型色和与及等是有个这很都也")
_HAN = re.compile(r"[\u3400-\u9fff]")
# What people put around a word without meaning anything by it; signs that mean something stay.
_GAP = re.compile(r"(?:[^\w%‰#&*@+=<>°$€£¥]|_)+")
_THOUSAND = re.compile(r"\d{3}(?!\d)")
_UNSEEN = {ord(char): " " for char in "™®©\u00ad\u200b\u200c\u2060\ufeff"}
_DASHES = str.maketrans("‐‑‒–—―−~", "--------")
_ENDINGS = {"s": 3, "es": 3, "d": 4, "ed": 4, "ing": 4, "ren": 4}
_REST = re.compile(r"[A-Za-z]{0,4}")
_LAST_LETTERS = re.compile(r"[A-Za-z]+$")


class Alignment(NamedTuple):
    """[start, end) of the text, in code points, without blanks at its ends; `similarity` is in [0, 1], 1 unless `how` is "fuzzy"."""

    start: int
    end: int
    how: Literal["exact", "folded", "fuzzy"]
    similarity: float


def align(quote: str, text: str, *, least_similarity: float = 0.85) -> Alignment | None:
    """The first best place of `quote` in `text`; None where it stands nowhere, or only something that says otherwise.

    A place may not begin or end inside a number or, in scripts that part words by blanks, inside a word. Where there is no better one,
    it may lie between letters and digits ("24mm" in "AF24mm"), before an ending ("Print" in "Printed") and between a small letter and a
    capital. Fuzzy places are looked for only with quotes of 4 letters (2 Chinese characters) to 400 characters. `similarity` is
    1 - Levenshtein distance / length, without blanks and punctuation; up to four Latin words in another order count as 0.95.
    """
    loose = None
    for rank, place in _literal_places(quote.strip(), text):
        if rank == _FREE:
            return place
        loose = loose or place
    return loose or _fuzzy_place(quote.strip(), text, least_similarity)


def align_all(quote: str, text: str) -> list[Alignment]:
    """Every exact or folded place of `quote` in `text`, in reading order, none over another; see `align` for what counts."""
    found = list(_literal_places(quote.strip(), text))
    best = min((rank for rank, _ in found), default=_FREE)
    taken = bytearray(len(text))
    places = []
    for rank, place in found:
        if rank == best and 1 not in taken[place.start : place.end]:
            taken[place.start : place.end] = b"\x01" * (place.end - place.start)
            places.append(place)
    return sorted(places)


def says(text: str, value: str) -> bool:
    """Whether a short text says a value, as far as characters and words can tell: to the letter, or with all of its numbers and words, in
    any order and with other endings, or all of its Chinese characters but light ones. The text may say more."""
    if align_all(value, text):
        return True
    sought, folded = fold_text(value.translate(_UNSEEN)), fold_text(text.translate(_UNSEEN))
    words, there = _words(_LIGHT_WORD.sub(" ", sought)), {*_words(folded)}
    han = Counter(char for char in _HAN.findall(sought) if char not in _LIGHT_HAN)
    if not (words or han) or Counter(_numbers(sought)) - Counter(_numbers(folded)):
        return False
    if han and (han - Counter(_HAN.findall(folded)) or len(folded) > _MOST_TIMES * len(sought)):
        return False  # in a long text characters meet by chance
    return all(word in there or any(_is_form(word, other) for other in there) for word in words)


class _Reading:
    """A text made ready for the folded and fuzzy looks.

    `bones` is the folded text without blanks and punctuation, save what parts two numbers; `origins[i]` is where in the folded text
    character i of it stands.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.folded: Folded = fold(text.translate(_UNSEEN))
        self.bones, self.origins = _bones(self.folded.text)

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """The stretch of the text that a stretch of the folded text came from; None where that cuts a character in two."""
        starts, ends = self.folded.starts, self.folded.ends
        if starts is not None and ends is not None:
            if start and starts[start - 1] == starts[start]:
                return None
            if end < len(ends) and ends[end - 1] == ends[end]:
                return None
        return self.folded.span(start, end)

    def bones_span(self, start: int, end: int) -> tuple[int, int] | None:
        """The stretch of the text that a stretch of `bones` came from."""
        return self.span(*self.folded_span(start, end))

    def folded_span(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the folded text that a stretch of `bones` came from."""
        return int(self.origins[start]), int(self.origins[end - 1]) + 1

    def agrees(self, quote: str, start: int, end: int) -> bool:
        """Whether a stretch of `bones` is not much longer than a folded quote, and has the same numbers and denials."""
        first, last = self.folded_span(start, end)
        return last - first <= 2 * len(quote) + 8 and _agrees(quote, self.folded.text[first:last])


_read = lru_cache(maxsize=4)(_Reading)


class _ClassTable(dict[str, int]):
    """Whether a folded character is a digit, part of a gap between words, or something else."""

    def __missing__(self, char: str) -> int:
        self[char] = found = _DIGIT if char.isdecimal() else _IN_GAP if _GAP.match(char) else _OTHER
        return found


_CLASSES = _ClassTable()


def _bones(folded: str) -> tuple[str, npt.NDArray[np.intp]]:
    folded = folded.translate(_DASHES)
    classes = np.fromiter(map(_CLASSES.__getitem__, folded), dtype=np.uint8, count=len(folded))
    kept = classes != _IN_GAP
    before, after = np.flatnonzero(kept[:-1] & ~kept[1:]), np.flatnonzero(~kept[:-1] & kept[1:]) + 1
    if len(after) and not kept[0]:
        after = after[1:]
    before = before[: len(after)]
    between_digits = (classes[before] == _DIGIT) & (classes[after] == _DIGIT)
    for start, end in zip((before[between_digits] + 1).tolist(), after[between_digits].tolist(), strict=True):
        gap = folded[start:end]
        if gap.isspace():
            kept[start] = True
        elif gap != "," or not _THOUSAND.match(folded, end):
            kept[start:end] = [char != " " for char in gap]
    return "".join(compress(folded, kept.tobytes())), np.flatnonzero(kept)


def _literal_places(quote: str, text: str) -> Iterator[tuple[int, Alignment]]:
    """Exact, then folded places, each with how well it is parted from its neighbours; a place may come more than once."""
    if not quote:
        return
    for rank, span in _places(quote, text, text, lambda start, end: (start, end)):
        yield rank, Alignment(*span, "exact", 1.0)
    reading = _read(text)
    sought = fold_text(quote.translate(_UNSEEN)).strip()
    for rank, span in _places(sought, reading.folded.text, text, reading.span):
        yield rank, Alignment(*span, "folded", 1.0)
    for rank, span in _places(_bones(sought)[0], reading.bones, text, reading.bones_span, partial(reading.agrees, sought)):
        yield rank, Alignment(*span, "folded", 1.0)


def _places(
    sought: str,
    ground: str,
    text: str,
    locate: Callable[[int, int], tuple[int, int] | None],
    agrees: Callable[[int, int], bool] = lambda start, end: True,
) -> Iterator[tuple[int, tuple[int, int]]]:
    """Where `sought` stands in `ground` and `agrees` there, as places in `text`, which `locate` gives for places in `ground`.

    Places that overlap are looked at too where the first is not `_FREE`, as long as that is cheap.
    """
    spent = 0
    start = ground.find(sought) if sought else -1
    while start >= 0:
        end = start + len(sought)
        span = locate(start, end)
        rank = _NEVER if span is None else _rank(text, *span)
        if span is not None and rank != _NEVER and agrees(start, end):
            yield rank, span
        spent += len(sought)
        start = ground.find(sought, end if rank == _FREE or spent > _SEARCH_BUDGET else start + 1)


class _KindTable(dict[str, str]):
    """What holds a character together with its neighbours: "digit", "numeral", "letter", "mark", "sign", or nothing."""

    def __missing__(self, char: str) -> str:
        if char.isdecimal():
            kind = "digit"
        elif char in _NUMERALS:
            kind = "numeral"
        elif unicodedata.category(char).startswith("M"):
            kind = "mark" if char < "\u0e00" else "sign"
        else:
            parted = char < "\u0e00" or "\u1e00" <= char <= "\u1fff" or "Ａ" <= char <= "ｚ"
            kind = "letter" if parted and char.isalpha() else ""
        self[char] = kind
        return kind


_KINDS = _KindTable()


def _rank(text: str, start: int, end: int) -> int:
    """How well [start, end) is parted from what stands around it: `_FREE`, `_LOOSE` or `_NEVER`."""
    before, after = _glue(text, start), _glue(text, end)
    if before == _LOOSE and text[start:end].isdecimal():
        # The 2 in "R2" is part of a name.
        return _NEVER
    if after == _NEVER and before != _NEVER:
        rest = _REST.match(text, end)
        word = _LAST_LETTERS.search(text[max(start, end - 4) : end])
        if rest and word and len(word[0]) >= _ENDINGS.get(rest[0].lower(), 5):
            after = _LOOSE
    return max(before, after)


def _glue(text: str, at: int) -> int:
    """How the characters on both sides of `at` hold together: `_FREE` for not at all, `_NEVER` where nothing may be cut."""
    if not 0 < at < len(text):
        return _FREE
    before, after = _KINDS[text[at - 1]], _KINDS[text[at]]
    if after in ("mark", "sign"):
        return _NEVER
    if before == "mark":
        before = "letter"
    if before and before == after:
        camel = before == "letter" and text[at].isupper() and at > 1 and text[at - 2 : at].islower() and text[at - 2].isalpha()
        return _LOOSE if camel else _NEVER
    if {before, after} == {"digit", "letter"}:
        return _LOOSE
    return _NEVER if _in_decimal(text, at) else _FREE


def _in_decimal(text: str, at: int) -> bool:
    """Whether the point, fraction bar or comma of thousands at or before `at` belongs to a number that goes on beyond it."""
    sign = at if text[at] in ".⁄," else at - 1
    if text[sign] not in ".⁄," or not text[sign + 1 : sign + 2].isdecimal():
        return False
    ahead = text[sign - 1 : sign]
    if text[sign] == ",":
        return ahead.isdecimal() and _THOUSAND.match(text, sign + 1) is not None
    return ahead.isdecimal() or (text[sign] == "." and sign < at and (not ahead or ahead.isspace()))


def _numbers(folded: str) -> list[str]:
    return [number.replace(",", "") for number in _NUMBER.findall(folded)]


@lru_cache(maxsize=256)
def _claims(folded: str) -> tuple[list[str], list[str]]:
    """What two texts must have alike to say the same: the numbers, in order, and the denials. The same quote is asked of many places."""
    return _numbers(folded), sorted(_NEGATION.findall(folded))


def _agrees(quote: str, stretch: str) -> bool:
    """Whether two folded texts have the same numbers in the same order, and deny as often."""
    return _claims(quote) == _claims(stretch)


def _supports(stretch: str, quote: str) -> bool:
    """Whether a folded stretch says all that a folded quote says, as far as characters and words can tell.

    The stretch may say more, but no other number and no denial.
    """
    if not _agrees(quote, stretch):
        return False
    missing = Counter(_HAN.findall(quote)) - Counter(_HAN.findall(stretch))
    if not _DECISIVE.isdisjoint(missing) or sum(number for char, number in missing.items() if char not in _LIGHT_HAN) > 1:
        return False
    words, there = _words(_LIGHT_WORD.sub(" ", quote)), _words(stretch)
    unsaid, spare = Counter(words) - Counter(there), Counter(there) - Counter(words)
    # "water proof" says "waterproof", and the other way about.
    parts = {part for pair in pairwise(words) if "".join(pair) in spare for part in pair}
    known = {*spare, *map("".join, pairwise(there))}
    return all(word in parts or any(_is_near(word, other) for other in known) for word in unsaid)


def _words(folded: str) -> list[str]:
    return [word.replace("'", "").replace("’", "") for word in _WORD.findall(folded)]


def _is_denied(text: str, start: int, end: int) -> bool:
    """Whether what stands right around [start, end) denies it."""
    before, after = fold_text(text[max(0, start - _CONTEXT) : start]), fold_text(text[end : end + _CONTEXT])
    return _DENIED_BEFORE.search(before) is not None or _DENIED_AFTER.match(after) is not None


def _is_form(word: str, other: str) -> bool:
    """Whether two words are one with another ending, or a long one and a slip for it."""
    short, long = sorted((word, other), key=len)
    ending = long[len(short) :]
    return (long.startswith(short) and len(short) >= _ENDINGS.get(ending, len(long))) or (len(short) >= _LONG and _is_near(word, other))


def _is_near(word: str, other: str) -> bool:
    """Whether one word may be a slip for the other: one letter in four or more, two in eight or more, never the first."""
    shorter = min(len(word), len(other))
    most = 0 if shorter < 4 else 1 if shorter < 8 else 2
    return word[0] == other[0] and OSA.distance(word, other, score_cutoff=most) <= most


def _fuzzy_place(quote: str, text: str, least: float) -> Alignment | None:
    """The most similar stretch that says what the quote says."""
    folded = fold_text(quote.translate(_UNSEEN))
    sought = _bones(folded)[0]
    letters, han = sum(char.isalnum() for char in sought), len(_HAN.findall(sought))
    if len(quote) > _LONGEST_FUZZY or (han < _LEAST_HAN and letters < _LEAST_LETTERS):
        return None
    reading = _read(text)
    best = None
    for window in _windows(sought, reading.bones):
        for place in (_extend(sought, reading, window, least), _shuffled(folded, reading, window)):
            if place is None or place.similarity < least or (best and place.similarity <= best.similarity):
                continue
            if _supports(fold_text(text[place.start : place.end]), folded) and not _is_denied(text, place.start, place.end):
                best = place
    return best


def _windows(sought: str, bones: str) -> list[tuple[int, int]]:
    """Stretches of `bones` that share most pieces of two characters (three where no Chinese is sought) with `sought`, best first."""
    reach, margin = len(sought), len(sought) // 4 + 8
    if len(bones) <= 2 * (reach + margin):
        return [(0, len(bones))] if bones else []
    size = 2 if _HAN.search(sought) else 3
    wanted = np.unique(_grams(sought, size))
    grams = _grams(bones, size)
    slots = np.minimum(np.searchsorted(wanted, grams), max(len(wanted) - 1, 0))
    hits = np.flatnonzero(wanted[slots] == grams) if len(wanted) else np.zeros(0, dtype=np.intp)
    # A piece counts once within the length of the quote, or "aaaa" would outvote every sentence.
    order = np.argsort(slots[hits], kind="stable")
    kinds, places = slots[hits][order], hits[order]
    fresh = np.ones(len(places), dtype=bool)
    fresh[1:] = (kinds[1:] != kinds[:-1]) | (places[1:] - places[:-1] >= reach)
    votes = np.zeros(len(bones) + 1, dtype=np.int64)
    votes[places[fresh] + 1] = 1
    total = np.cumsum(votes)
    score = total[reach:] - total[:-reach]
    windows = []
    for _ in range(_MOST_WINDOWS):
        top = int(score.argmax())
        if score[top] < max(1.0, _LEAST_SHARE * len(wanted)):
            break
        windows.append((max(0, top - margin), min(len(bones), top + reach + margin)))
        score[max(0, top - reach // 2) : top + reach // 2 + 1] = 0
    return windows


def _grams(text: str, size: int) -> npt.NDArray[np.int64]:
    """All runs of `size` (2 or 3) characters as one number each, (len(text) - size + 1,)."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.int64)
    length = max(0, len(codes) - size + 1)
    grams = np.zeros(length, dtype=np.int64)
    for offset in range(size):
        # A code point has 21 bits.
        grams = (grams << 21) | codes[offset : offset + length]
    return grams


def _extend(sought: str, reading: _Reading, window: tuple[int, int], least: float) -> Alignment | None:
    """The most similar stretch of whole words in a window of the bones."""
    low, high = window
    bones = reading.bones
    rough = fuzz.partial_ratio_alignment(sought, bones[low:high])
    if rough is None or rough.score < 100 * (least - 0.25):
        return None
    start, end = low + rough.dest_start, low + rough.dest_end
    slack = max(12, len(sought) // 5)
    starts = _borders(reading, range(max(low, start - slack), min(high, start + slack)))
    ends = _borders(reading, range(max(low, end - slack) + 1, min(high, end + slack) + 1), after=True)

    # Of equals the first is taken: the shorter stretch.
    def similarity(start: int, end: int) -> float:
        return Levenshtein.normalized_similarity(sought, bones[start:end]) if start < end else 0.0

    for _ in range(2):
        end = max(ends, key=lambda place: similarity(start, place), default=end)
        start = max(reversed(starts), key=lambda place: similarity(place, end), default=start)
    if start not in starts or end not in ends or start >= end:
        return None
    span = reading.bones_span(start, end)
    return None if span is None else Alignment(*span, "fuzzy", similarity(start, end))


def _borders(reading: _Reading, places: Sequence[int], *, after: bool = False) -> list[int]:
    """Those places in the bones where a stretch may begin, or end (`after`): between words and numbers."""
    found = []
    for place in places:
        at = place - 1 if after else place
        span = reading.bones_span(at, at + 1)
        if span is not None and _glue(reading.text, span[1] if after else span[0]) == _FREE:
            found.append(place)
    return found


def _shuffled(folded: str, reading: _Reading, window: tuple[int, int]) -> Alignment | None:
    """The words of a short quote in another order, such as "cotton 100%" for "100% cotton".

    Not where the order may tell what belongs to what: several numbers, a denial, Chinese.
    """
    words = _tokens(folded, 0)
    if not 1 < len(words) <= _SHUFFLED_WORDS or _HAN.search(folded) or _NEGATION.search(folded) or len(_numbers(folded)) > 1:
        return None
    low, high = reading.folded_span(*window)
    there = _tokens(reading.folded.text[low:high], low)
    sought = sorted(word for word, _, _ in words)
    for first in range(len(there) - len(words) + 1):
        run = there[first : first + len(words)]
        if sorted(word for word, _, _ in run) == sought:
            span = reading.span(run[0][1], run[-1][2])
            if span is not None and _rank(reading.text, *span) == _FREE:
                return Alignment(*span, "fuzzy", _SHUFFLED_SIMILARITY)
    return None


def _tokens(folded: str, offset: int) -> list[tuple[str, int, int]]:
    """What stands between gaps, each with its [start, end) from `offset` on."""
    tokens = []
    at = 0
    for gap in [*_GAP.finditer(folded), None]:
        end = gap.start() if gap else len(folded)
        if end > at:
            tokens.append((folded[at:end], offset + at, offset + end))
        at = gap.end() if gap else end
    return tokens
