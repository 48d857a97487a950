"""Other words for what labels do not speak of: "sneakers" for "trainers", 纯棉 for 全棉 (synonym replacement; Wei and Zou, EDA, 2019)."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator

from hangtag.learn.augment import with_text
from hangtag.learn.examples import Labelled, targets_of
from hangtag.taggers.forms import FormIndex, Strength, vocabulary_forms
from hangtag.taggers.house_style import HouseStyle
from hangtag.taggers.layout import lay_out
from hangtag.text.fold import fold, fold_text
from hangtag.text.segment import has_han
from hangtag.vocabulary import Vocabulary

__all__ = ["Synonyms"]

Place = tuple[str, int, int]


class Synonyms:
    """The forms of a vocabulary by what they stand for. Forms that may stand for two things are left alone."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._index = FormIndex.of(vocabulary)
        self._forms: dict[tuple[str, str], list[str]] = defaultdict(list)
        for form, sense in vocabulary_forms(vocabulary):
            if sense.strength is Strength.FULL:
                self._forms[sense.attribute, sense.value].append(form)

    def vary(self, labelled: Labelled, style: HouseStyle, chance: random.Random) -> Labelled:
        """The product with one word replaced by another form of the same meaning and script; itself where none stands apart from all
        labelled values."""
        choices = list(self._choices(labelled, style))
        return with_text(labelled, *chance.choice(choices)) if choices else labelled

    def _choices(self, labelled: Labelled, style: HouseStyle) -> Iterator[tuple[Place, str]]:
        layout = lay_out(labelled.example.product)
        labels = [place for _, target in targets_of(labelled.example.gold, labelled.spans, layout, style) for place in target.places]
        for field, text in labelled.example.product.fields.items():
            folded = fold(text)
            for first, last, senses in self._index.find(folded.text):
                start, end = folded.span(first, last)
                place = layout.place(field, start, end)
                if len(senses) > 1 or place is None or any(begin < place[1] and place[0] < stop for begin, stop in labels):
                    continue
                written = text[start:end]
                for form in self._forms.get((senses[0].attribute, senses[0].value), ()):
                    if has_han(form) == has_han(written) and fold_text(form) != fold_text(written):
                        yield (field, start, end), form
