"""The `generative` tagger: a language model trained on labels writes a product's tags as a line, under a grammar, run by CTranslate2.

It is asked for the attributes that the product's category had in training. What it writes stands in the text or is known from labels, so
every tag has its evidence; how sure it is comes from the probabilities of its tokens.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from hangtag.model import Evidence, Inference, Product, Tag
from hangtag.taggers.confidence import Curves
from hangtag.taggers.decoding import Decoder, Line
from hangtag.taggers.house_style import HouseStyle
from hangtag.taggers.layout import Layout, lay_out
from hangtag.taggers.model_folder import ModelFiles, ModelFolderTagger, ModelSettings
from hangtag.taggers.writing import Bones, Grammar, ask, shorten_text

__all__ = ["GENERATIVE_FORMAT", "GenerativeSettings", "GenerativeTagger"]

GENERATIVE_FORMAT = "hangtag-generative-1"
_TOGETHER = 16


class GenerativeSettings(ModelSettings, frozen=True, kw_only=True):
    """`model.json` of a generative tagger. `by_category` says which attributes (their numbers) a category's products are asked for, the
    commonest first; `together` is the most of them in one question. `values` are those known that texts need not have."""

    translates: bool
    end: str
    by_category: dict[str, list[int]]
    together: int
    values: dict[str, list[str]] = msgspec.field(default_factory=dict)
    style: dict[str, Any]
    most_chars: int


class GenerativeTagger(ModelFolderTagger):
    """Runs on ctranslate2 and tokenizers. Raises `InputError` for what is no model."""

    kind = "generative"
    settings: GenerativeSettings

    def __init__(self, folder: str | Path, *, least_confidence: float | None = None, curves: Curves | None = None) -> None:
        super().__init__(folder, GenerativeSettings, least_confidence=least_confidence, curves=curves)
        self._style = HouseStyle.from_dict(self.settings.style)

    def tag(self, products: Sequence[Product], /) -> list[list[Tag]]:
        """One list of tags per product, in order."""
        tags: list[list[Tag]] = []
        for begin in range(0, len(products), _TOGETHER):
            tags += self._tag_some(products[begin : begin + _TOGETHER])
        return tags

    def _tag_some(self, products: Sequence[Product]) -> list[list[Tag]]:
        layouts = [lay_out(product, most_chars=self.settings.most_chars) for product in products]
        short = [shorten_text(self._tokenizer, layout.text) for layout in layouts]
        texts = [Bones(layout.text) for layout in layouts]
        questions = [
            (number, names) for number, product in enumerate(products) if layouts[number].text for names in self._asked(product)
        ]
        grammars = [Grammar(texts[number], names, self.settings.values) for number, names in questions]
        lines = self._decoder.write([ask(short[number], names) for number, names in questions], grammars)
        tags: list[list[Tag]] = [[] for _ in products]
        for (number, _), grammar, line in zip(questions, grammars, lines, strict=True):
            tags[number] += self._tags(layouts[number], texts[number], grammar, line)
        return tags

    def _asked(self, product: Product) -> Iterator[list[str]]:
        """What a product is asked for, a question at a time."""
        numbers = self.settings.by_category.get(product.category or "")
        names = self.settings.attributes if numbers is None else [self.settings.attributes[number] for number in numbers]
        return (names[begin : begin + self.settings.together] for begin in range(0, len(names), self.settings.together))

    def _tags(self, layout: Layout, text: Bones, grammar: Grammar, line: Line) -> Iterator[Tag]:
        for pair in grammar.pairs(line.text):
            sure = line.sure[pair.number]
            spans = [span for place in text.find(pair.value) if (span := layout.span(*place)) is not None and span.field != "category"]
            evidence: tuple[Evidence, ...] = tuple(spans)
            value = self._style.write(pair.attribute, spans[0].quote) if spans else pair.value
            if not spans:
                evidence = (Inference("generative", f"a value known from labels; it stands nowhere, likelihood {sure:.2f}"),)
            if value and sure >= self.least_confidence:
                confidence = self.confidence(pair.attribute, sure)
                yield Tag(attribute=pair.attribute, value=value, confidence=confidence, source=self._source, evidence=evidence)

    @cached_property
    def _source(self) -> str:
        return self.name

    @cached_property
    def _decoder(self) -> Decoder:
        return Decoder.open(ModelFiles(self.folder).writer, self._tokenizer, translates=self.settings.translates, end=self.settings.end)
