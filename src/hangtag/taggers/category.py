"""The `category` tagger: head nouns first, sentence vectors over category names where no word decides, "unsure" rather than a guess."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from hangtag.encode import Encoder
from hangtag.encode.base import Vectors
from hangtag.encode.cache import encode_groups
from hangtag.model import CATEGORY, Inference, Product, Tag
from hangtag.taggers.kinds import KindGuess, guess_kinds
from hangtag.taggers.reading import Reader
from hangtag.vocabulary import Category

__all__ = ["CategoryTagger"]

_SURE = 0.55
_STRONG = 0.5
_NAMES_PER_CATEGORY = 6
_NEAR, _LEAD, _NEIGHBOURS = 0.42, 0.04, 5
_LEXICAL_BONUS = 0.25
_UNNAMED = 0.6


class CategoryTagger:
    """Tags the category of a product, with up to `top_k` candidates by decreasing confidence.

    A category named in words carries them as evidence; one found by meaning is an `Inference`. Nothing is said where neither words nor
    vectors are clear.
    """

    name = "category@1"
    spoken = ()  # it is silent where it is unsure

    def __init__(self, reader: Reader, encoder: Encoder, *, top_k: int = 3) -> None:
        self.reader = reader
        self.encoder = encoder
        self.top_k = top_k

    def tag(self, products: Sequence[Product], /) -> list[list[Tag]]:
        """One list of tags per product, in order; batches are encoded together."""
        guesses = [guess_kinds(self.reader.read(product), self.reader.vocabulary) for product in products]
        open_ones = [number for number, found in enumerate(guesses) if not _is_clear(found)]
        tags = [self._from_words(found) for found in guesses]
        texts = [products[number].main_text for number in open_ones]
        asked = [number for number, text in zip(open_ones, texts, strict=True) if text]
        if asked:
            names, matrix = self._category_vectors
            similarities = self.encoder.encode([products[number].main_text for number in asked]) @ matrix.T
            for number, similarity in zip(asked, similarities, strict=True):
                tags[number] = self._from_similarity(names, similarity, guesses[number])
        return tags

    def candidates(self, products: Sequence[Product], count: int) -> list[list[str]]:
        """The categories whose names are nearest to each product's title, best first."""
        names, matrix = self._category_vectors
        similarities = self.encoder.encode([product.main_text for product in products]) @ matrix.T
        return [[names[place] for place in np.argsort(-row)[:count]] for row in similarities]

    def _from_words(self, guesses: list[KindGuess]) -> list[Tag]:
        return [
            Tag(attribute=CATEGORY, value=guess.category, confidence=_word_confidence(guess), source=self.name, evidence=guess.evidence)
            for guess in guesses[: self.top_k]
        ]

    def _from_similarity(self, names: list[str], similarity: Vectors, guesses: list[KindGuess]) -> list[Tag]:
        """Join what words suggest with what the title is near to, (n_categories,)."""
        lexical = {guess.category: guess for guess in guesses}
        for name, named in lexical.items():
            if name in self._places:
                similarity[self._places[name]] += _LEXICAL_BONUS * named.score
        best = np.argpartition(-similarity, min(_NEIGHBOURS, len(names) - 1))[: _NEIGHBOURS + 1]
        best = best[np.argsort(-similarity[best])]
        top, second = float(similarity[best[0]]), float(similarity[best[1]]) if len(best) > 1 else 0.0
        if top < _NEAR or (top - second < _LEAD and names[best[0]] not in lexical):
            return self._from_words(guesses)
        tags = []
        for index in best[: self.top_k]:
            name, score = names[index], float(similarity[index])
            if score < _NEAR:
                break
            guess = lexical.get(name)
            reason = f"title is near to the name of the category, similarity {score:.2f}"
            confidence = _vector_confidence(score, score - second if index == best[0] else 0.0)
            evidence = guess.evidence if guess else (Inference("nearest", reason),)
            if guess:
                confidence = max(confidence, _word_confidence(guess))
            tags.append(Tag(attribute=CATEGORY, value=name, confidence=confidence, source=self.name, evidence=evidence))
        return tags

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self._category_vectors[0])}

    @cached_property
    def _category_vectors(self) -> tuple[list[str], Vectors]:
        """Categories with a mean vector of their names, (n_categories, dim)."""
        categories = [category for category in self.reader.vocabulary.categories.values() if category.parent]
        return [category.id for category in categories], encode_groups(self.encoder, [_describe(category) for category in categories])


def _describe(category: Category) -> list[str]:
    return list(dict.fromkeys((*category.names.values(), *category.aliases[:_NAMES_PER_CATEGORY], *category.hints[:_NAMES_PER_CATEGORY])))


def _is_clear(guesses: list[KindGuess]) -> bool:
    return bool(guesses) and guesses[0].score >= _SURE and guesses[0].strength >= _STRONG


def _word_confidence(guess: KindGuess) -> float:
    """What words alone say: their share, tempered where they are weak, and more where only ambiguous words spoke."""
    confidence = min(0.98, guess.score * 0.5 + 0.48 * min(1.0, guess.strength / 0.9))
    return round(confidence if guess.named else _UNNAMED * confidence, 4)


def _vector_confidence(score: float, lead: float) -> float:
    return round(float(np.clip(0.35 + 0.8 * (score - _NEAR) + 1.5 * lead, 0.0, 0.9)), 4)
