"""The `nearest` tagger: values of inferable attributes (style, scene, season, audience …) by meaning, where no word names one.

Each word of the title that the vocabulary does not know is compared with every form of these values by sentence vectors: "ciclismo" is
near to "cycling", "mujer" to "woman". Words, not titles: whole titles are near to everything at once (measured in benchmarks/README.md).
What it says is an inference, never sure enough to be published unseen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np

from hangtag.encode import Encoder
from hangtag.encode.base import Vectors
from hangtag.encode.cache import encode_groups
from hangtag.model import Inference, Product, Tag
from hangtag.taggers.kinds import likely_kinds
from hangtag.taggers.reading import FieldReading, Reader, Reading
from hangtag.text.segment import has_han, tagged_words

__all__ = ["NearestTagger"]

_NEAR, _SURELY_NEAR = 0.87, 0.95
_MOST_CONFIDENT = 0.75
_LATIN_WORD = re.compile(r"(?<![^\W_])[a-z]{4,}(?![^\W_])")
_CONTENT = ("n", "v", "a", "t")
_SHORTEST_FORM = 2
_KNOWN_WORDS = 200_000
_LOOKED_AT = 400

_Place = tuple[str, str, str, float]


class NearestTagger:
    """Says the value whose form is nearest to an unknown word of the title, where their similarity is `near` or more.

    Only attributes marked `infer` count that the likely category carries and whose values the text does not name. Words come again
    and again in a catalogue: each is encoded once.
    """

    name = "nearest@1"

    def __init__(self, reader: Reader, encoder: Encoder, *, near: float = _NEAR) -> None:
        self.reader = reader
        self.encoder = encoder
        self.near = near
        self._words: dict[str, _Place | None] = {}

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_words": {}}

    @property
    def spoken(self) -> list[str]:
        """The attributes whose values may be inferred."""
        return list(self._inferable)

    def tag(self, products: Sequence[Product], /) -> list[list[Tag]]:
        """One list of tags per product, in order; the new words of a batch are encoded together."""
        readings = [self.reader.read(product) for product in products]
        wanted = [self._open_attributes(reading) for reading in readings]
        words = [list(_unknown_words(reading.fields[0])) if some else [] for reading, some in zip(readings, wanted, strict=True)]
        self._look_up({word for found in words for word in found})
        return [list(self._tags(found, some)) for found, some in zip(words, wanted, strict=True)]

    def _open_attributes(self, reading: Reading) -> frozenset[str]:
        kinds = likely_kinds(reading, self.reader.vocabulary)
        if not reading.fields or not kinds.categories:
            return frozenset()
        said = {mention.sense.attribute for _, mention in reading.mentions()}
        said |= {self.reader.vocabulary.find_attribute(name) or "" for name in reading.product.attributes}
        return frozenset(
            attribute for attribute in self._inferable if attribute not in said and kinds.carry(attribute, self.reader.vocabulary)
        )

    def _tags(self, words: Sequence[str], wanted: frozenset[str]) -> Iterator[Tag]:
        said: set[str] = set()
        for word in words:
            place = self._words.get(word)
            if place is None or place[0] not in wanted or place[0] in said:
                continue
            attribute, value, form, similarity = place
            said.add(attribute)
            evidence = Inference("nearest", f"'{word}' is near to '{form}' in meaning, similarity {similarity:.2f}")
            confidence = round(min(_MOST_CONFIDENT, 0.5 + 2 * (similarity - self.near)), 4)
            yield Tag(attribute=attribute, value=value, confidence=confidence, source=self.name, evidence=(evidence,))

    def _look_up(self, words: set[str]) -> None:
        if len(self._words) > _KNOWN_WORDS:
            self._words.clear()
        new = sorted(words - self._words.keys())
        if not new or not self._forms[0]:
            return
        places, matrix = self._forms
        similarity = self.encoder.encode(new) @ matrix.T
        for row, (word, best) in enumerate(zip(new, similarity.argmax(axis=1), strict=True)):
            score = float(similarity[row, best])
            near = score >= self.near and (score >= _SURELY_NEAR or not has_han(word) or _holds(places[best][2], word))
            self._words[word] = (*places[best], score) if near else None

    @cached_property
    def _inferable(self) -> tuple[str, ...]:
        return tuple(attribute.id for attribute in self.reader.vocabulary.attributes.values() if attribute.infer)

    @cached_property
    def _forms(self) -> tuple[list[tuple[str, str, str]], Vectors]:
        """(attribute, value, form) of all forms of inferable values, and their vectors, (n_forms, dim)."""
        places = [
            (attribute, value.id, form)
            for attribute in self._inferable
            for value in self.reader.vocabulary.values_of(attribute).values()
            for form in value.forms
            if len(form) >= _SHORTEST_FORM and form not in value.weak and not value.only
        ]
        if not places:
            return [], np.zeros((0, 0), dtype=np.float32)
        return places, encode_groups(self.encoder, [[form] for _, _, form in places])


def _holds(form: str, word: str) -> bool:
    """Whether one of two Chinese words has all characters of the other, in order: 简约风 and 简约, not 简约 and 简配."""
    short, long = sorted((form, word), key=len)
    rest = iter(long)
    return all(char in rest for char in short)


def _unknown_words(part: FieldReading) -> Iterator[str]:
    """Content words of a field, near its beginning, that no form of the vocabulary covers."""
    text = part.folded.text[:_LOOKED_AT]
    covered = bytearray(len(text))
    for mention in part.mentions:
        covered[mention.start : mention.end] = b"\x01" * (min(mention.end, len(text)) - min(mention.start, len(text)))
    for match in _LATIN_WORD.finditer(text):
        if 1 not in covered[match.start() : match.end()]:
            yield match[0]
    if has_han(text):
        for start, end, word, part_of_speech in tagged_words(text):
            if end - start >= _SHORTEST_FORM and part_of_speech[0] in _CONTENT and has_han(word) and 1 not in covered[start:end]:
                yield word
