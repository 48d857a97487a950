"""Exact and near duplicates among products: reported and linked to the first of their kind, never dropped.

Exact: the same title, description and attributes. Near: titles and descriptions whose sets of four-character shingles have a high
Jaccard similarity, estimated by MinHash (Broder 1997; sketches by rensa) with locality-sensitive hashing over bands; low bytes of the
minima are kept (b-bit MinHash, Li and König 2010). Products that differ in a number or a colour of the title ("64GB", a model number) or in
an attribute such as size are variants and no duplicates, however alike their texts are.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from hangtag.catalog.seen import FirstSeen
from hangtag.model import Product

__all__ = ["Duplicate", "DuplicateFinder", "find_duplicates", "sketch", "sketch_batch"]

_BANDS, _BAND_BYTES = 8, 7
_SLOTS = _BANDS * _BAND_BYTES
_GUARD_BYTES, _EXACT_BYTES = 4, 8
_SKETCH_BYTES = _GUARD_BYTES + _SLOTS
_MAX_CHARS = 800
_MIN_CHARS = 24
_SEED = 42
# rensa starts threads of its own for large batches, which a process forked afterwards waits for in vain.
_MOST_ROWS = 32
_START_SLOTS = 1 << 12
_MAX_LOAD = 0.6
_RUN = re.compile(r"[a-z\d]+")
_WORD = re.compile(r"\w+")
_SPACE = re.compile(r"\s+")
_COLOURS = frozenset(
    {"black", "white", "red", "blue", "green", "gray", "grey", "pink", "yellow"}
    | {"brown", "gold", "silver", "purple", "orange", "beige", "navy"}
)
_HAN_COLOUR = re.compile("[黑白红蓝绿灰粉黄棕金银紫橙]色?")
_VARIANT_KEYS = frozenset(
    {"color", "colour", "size", "style", "variant", "model", "capacity", "storage"}
    | {"颜色", "颜色分类", "尺码", "尺寸", "规格", "容量", "款式", "型号", "版本"}
)
_LONGEST_KEY = max(map(len, _VARIANT_KEYS))
_MIX = tuple(np.uint64(factor) for factor in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5))
_SHIFT = np.uint64(29)


class Duplicate(NamedTuple):
    """A product that is like an earlier one. `similarity` is in [0, 1]; 1.0 for the same text."""

    id: str
    duplicate_of: str
    similarity: float


def sketch(product: Product, *, near: bool = True) -> bytes:
    """What `DuplicateFinder` needs to know of a product: 8 bytes, or 68 where near duplicates are wanted and the text is long enough.

    The same in every process and run. Only the first 800 characters count for near duplicates.
    """
    return sketch_batch((product,), near=near)[0]


def sketch_batch(products: Iterable[Product], *, near: bool = True) -> list[bytes]:
    """The `sketch` of each product, in order, at less than half the cost of one at a time."""
    sketches: list[bytes] = []
    places: list[int] = []
    texts: list[str] = []
    for product in products:
        text = " ".join([product.fields[name] for name in ("title", "description") if name in product.fields])
        folded = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).lower()
        attributes = product.attributes
        names = sorted(attributes)
        pairs = "\x1f".join([f"{name}\x1e{attributes[name]}" for name in names])
        marks = hashlib.blake2b(f"{folded}\x1d{pairs}".encode("utf-8", "surrogatepass"), digest_size=_EXACT_BYTES).digest()
        if near:
            short = folded[:_MAX_CHARS]
            if "  " in short or not short.isprintable():  # nothing else is white space but the blank
                short = _SPACE.sub(" ", short)
            if len(short) >= _MIN_CHARS:
                marks += _guard(product, names)
                places.append(len(sketches))
                texts.append(short)
        sketches.append(marks)
    for begin in range(0, len(texts), _MOST_ROWS):
        for place, minima in zip(places[begin:], _minhashes(texts[begin : begin + _MOST_ROWS]), strict=False):
            sketches[place] += minima
    return sketches


def find_duplicates(products: Iterable[Product], *, near: bool = True, threshold: float = 0.9) -> Iterator[Duplicate | None]:
    """For each product, in order, the earlier one it duplicates, or None. Memory: about 150 bytes a product, its id included."""
    finder = DuplicateFinder(threshold=threshold)
    for product in products:
        found = finder.add(product.id, sketch(product, near=near))
        yield Duplicate(product.id, *found) if found else None


class DuplicateFinder:
    """Finds duplicates in a stream of sketches. `threshold` is the least Jaccard similarity of near duplicates.

    Keeps only what is no duplicate: id, 60 bytes of sketch and eight 4-byte entries of a hash table each.
    """

    def __init__(self, *, threshold: float = 0.9) -> None:
        if not 0.7 <= threshold <= 1:
            raise ValueError(f"threshold is {threshold}; the bands are cut for values from 0.7 to 1")
        self.threshold = threshold
        self._ids = _Strings()
        self._exact = FirstSeen()
        self._sketches = bytearray()
        self._sketch_ids = array("I")
        self._table = array("I", bytes(4 * _START_SLOTS))  # 1 + number of the first sketch with a band's bytes; 0 is free
        self._used = 0

    def add(self, identifier: str, sketched: bytes) -> tuple[str, float] | None:
        """The id of an earlier product that this one duplicates, with their similarity; None where it is new, and then it is kept."""
        place = len(self._ids)
        earlier = self._exact.add_bytes(sketched[:_EXACT_BYTES], place)
        if earlier is not None:
            return self._ids[earlier], 1.0
        found = self._near(sketched[_EXACT_BYTES:], place) if len(sketched) > _EXACT_BYTES else None
        self._ids.append(identifier)
        return found

    def _near(self, marks: bytes, place: int) -> tuple[str, float] | None:
        slots, candidates = self._look_up(marks)
        best, best_share = -1, 0.0
        for candidate in candidates:
            other = self._sketches[candidate * _SKETCH_BYTES : (candidate + 1) * _SKETCH_BYTES]
            if other[:_GUARD_BYTES] == marks[:_GUARD_BYTES]:
                share = _similarity(other, marks)
                if share > best_share:
                    best, best_share = candidate, share
        if best_share >= self.threshold:
            return self._ids[self._sketch_ids[best]], best_share
        self._keep(marks, place, slots)
        return None

    def _look_up(self, marks: bytes) -> tuple[list[int], set[int]]:
        """For each band its free slot or, where an earlier sketch holds the band's bytes, -1; and those sketches."""
        table, sketches, mask = self._table, self._sketches, len(self._table) - 1
        slots, candidates = [], set()
        guard = marks[:_GUARD_BYTES]
        for begin in range(_GUARD_BYTES, _SKETCH_BYTES, _BAND_BYTES):
            band = marks[begin : begin + _BAND_BYTES]
            slot = hash((guard, begin, band)) & mask
            while holder := table[slot]:
                at = (holder - 1) * _SKETCH_BYTES
                if sketches[at + begin : at + begin + _BAND_BYTES] == band and sketches[at : at + _GUARD_BYTES] == guard:
                    candidates.add(holder - 1)
                    slot = -1
                    break
                slot = (slot + 1) & mask
            slots.append(slot)
        return slots, candidates

    def _keep(self, marks: bytes, place: int, slots: list[int]) -> None:
        number = len(self._sketch_ids) + 1
        self._sketches += marks
        self._sketch_ids.append(place)
        for slot in slots:
            if slot < 0:
                continue
            while self._table[slot]:  # two bands of one sketch may have found the same free slot
                slot = (slot + 1) & (len(self._table) - 1)
            self._table[slot] = number
            self._used += 1
        if self._used > _MAX_LOAD * len(self._table):
            self._grow()

    def _grow(self) -> None:
        """Double the table and enter all sketches anew, in order, so that the first holder of a band stays the first."""
        self._table = array("I", bytes(8 * len(self._table)))
        self._used = 0
        for number in range(1, len(self._sketch_ids) + 1):
            slots, _ = self._look_up(bytes(self._sketches[(number - 1) * _SKETCH_BYTES : number * _SKETCH_BYTES]))
            for slot in slots:
                if slot < 0:
                    continue
                while self._table[slot]:
                    slot = (slot + 1) & (len(self._table) - 1)
                self._table[slot] = number
                self._used += 1


class _Strings:
    """Many short strings in one buffer."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._ends = array("Q")

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, place: int) -> str:
        begin = self._ends[place - 1] if place else 0
        return self._data[begin : self._ends[place]].decode("utf-8", "surrogatepass")

    def append(self, text: str) -> None:
        self._data += text.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._data))


def _guard(product: Product, names: Sequence[str]) -> bytes:
    """A hash of what makes variants: numbers and colours in the title, and the values of attributes (`names`, sorted) such as size."""
    title = product.fields.get("title", "")[:_MAX_CHARS].lower()
    runs = set(_RUN.findall(title))
    numbers = sorted([run for run in runs if not run.isalpha()])
    if title.isascii() and "_" not in title:
        colours = sorted(runs & _COLOURS)
    else:
        colours = sorted({*_COLOURS.intersection(_WORD.findall(title)), *_HAN_COLOUR.findall(title)})
    variants = [product.attributes[name].lower() for name in names if len(name) <= _LONGEST_KEY and name.lower() in _VARIANT_KEYS]
    marks = "\x1f".join([*numbers, *colours, "\x1e", *variants])
    return hashlib.blake2b(marks.encode("utf-8", "surrogatepass"), digest_size=_GUARD_BYTES).digest()


def _minhashes(texts: Sequence[str]) -> list[bytes]:
    """For each text the low bytes of the MinHash of its four-character shingles. Texts have four characters at least."""
    from rensa import RMinHash

    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    hashes = codes[:-3] * _MIX[0] + codes[1:-2] * _MIX[1] + codes[2:-1] * _MIX[2] + codes[3:] * _MIX[3]
    hashes ^= hashes >> _SHIFT
    counts = [len(text) - 3 for text in texts]
    offsets = np.array([0, *accumulate(counts)], dtype=np.uint64)
    if len(texts) > 1:
        within = np.zeros(len(codes), dtype=bool)  # no shingle is of two texts
        begin = 0
        for count in counts:
            within[begin : begin + count] = True
            begin += count + 3
        hashes = hashes[within[:-3]]
    minima = RMinHash.digest_matrix_from_flat_token_hashes(hashes, offsets, num_perm=_SLOTS, seed=_SEED).to_rows()
    low = np.array(minima, dtype=np.uint32).astype(np.uint8).tobytes()
    return [low[begin : begin + _SLOTS] for begin in range(0, len(low), _SLOTS)]


def _similarity(one: bytes | bytearray, other: bytes) -> float:
    """The Jaccard similarity two sketches show, chance agreement of their low bytes taken out."""
    same = sum(map(int.__eq__, one[_GUARD_BYTES:], other[_GUARD_BYTES:])) / _SLOTS
    return max(0.0, (same - 1 / 256) / (1 - 1 / 256))
