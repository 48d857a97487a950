"""What a language model is asked of a product: its category's attributes, candidate values for each, products like it as examples.

No prompt holds a whole vocabulary: the category comes first, then the attributes its products can have, then the values that the text
names or comes near to.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
import msgspec
import numpy as np

from hangtag.config import LlmSettings
from hangtag.encode import Encoder
from hangtag.encode.base import Vectors
from hangtag.encode.cache import encode_groups
from hangtag.errors import ConfigError
from hangtag.llm.chat import Question
from hangtag.model import Example, Product
from hangtag.taggers.asked_names import Asked, find_asked
from hangtag.taggers.reading import Reader
from hangtag.taggers.shown import Shown, hide, show
from hangtag.vocabulary import Attribute

__all__ = ["PROMPTS", "Asker", "Wanted"]

PROMPTS = "v1"
_COMMON = 16
_EXAMPLE_VALUES, _MOST_ALIKE = 3, 32
_CATEGORY_TOKENS = 60
_PHRASE_TOKENS = 80
_ENGLISH, _CHINESE = "en", "zh"


class Wanted(NamedTuple):
    """An attribute that is asked: its id, the name shown, the `values` to choose from (shown name → id; empty: any), and some that others
    have. `closed`: a value that is not the vocabulary's is new."""

    attribute: str
    name: str
    values: Mapping[str, str]
    examples: Sequence[str]
    closed: bool


class Asker:
    """Makes questions. `examples` are labelled products: the attributes that their category has are asked, and the nearest are shown."""

    def __init__(self, reader: Reader, encoder: Encoder, settings: LlmSettings, examples: Sequence[Example] = ()) -> None:
        self.reader, self.encoder, self.settings = reader, encoder, settings
        self.examples = examples
        _environment(settings.prompts)  # a folder that is not there is better told now

    def category(self, product: Product, shown: Sequence[Shown], candidates: Sequence[str]) -> tuple[Question, dict[str, str]]:
        """The question which of some categories a product is of, and what each answer means."""
        language = _language(product)
        names = {self._category_name(category, language): category for category in candidates}
        system = self._render(f"category.{language}.j2", categories=list(names))
        schema = _object({"category": {"type": "string", "enum": [*names, "none"]}})
        room = min(_CATEGORY_TOKENS, self.settings.answer_tokens)
        return Question((("system", system), ("user", self._as_data(shown))), schema, room), names

    def find_asked(self, names: Iterable[str]) -> Asked:
        """The attributes that names stand for: those that can be asked."""
        return find_asked(names, self.reader.vocabulary, self._labelled_names)

    def wanted(self, product: Product, category: str | None, vector: Vectors, only: frozenset[str] | None = None) -> list[Wanted]:
        """The attributes to ask, with candidates; `only` of these."""
        if self.examples:
            labelled = self._attributes_like(product, vector)
            names = [name for name in labelled if only is None or name in only]
            return [self._labelled(name, labelled[name], product, vector) for name in names]
        carried = [name for name in self._attributes_of(category) if only is None or name in only]
        return [self._known(attribute, product, vector) for attribute in self._chosen(carried, product)]

    def tags(
        self, product: Product, shown: Sequence[Shown], wanted: Sequence[Wanted], category: str | None, vector: Vectors, sample: int = 0
    ) -> Question:
        """The question for these attributes. Samples after the first turn the list round and look at other examples: where they agree all
        the same, the answer does not hang on how it was asked."""
        language = _language(product)
        asked = list(reversed(wanted)) if sample % 2 else list(wanted)
        name = self._category_name(category, language) if category is not None else self._hidden(product.category or "")
        system = self._render(f"tag.{language}.j2", attributes=asked, category=name)
        messages = [("system", system)]
        for example in self._nearest(product, vector, sample):
            parts = show(example.product, most_chars=self.settings.chunk_chars, hide_personal=self.settings.redact)
            if parts:
                messages.append(("user", self._as_data(parts[0])))
                messages.append(("assistant", self._answer_of(example, parts[0], [one.attribute for one in asked])))
        entry = {"attribute": {"type": "string", "enum": [one.name for one in asked]}, "value": _STRING, "quote": _STRING}
        schema = _object({"tags": {"type": "array", "items": _object(entry)}})
        warmth = 0.7 if sample else 0.0
        return Question((*messages, ("user", self._as_data(shown))), schema, self.settings.answer_tokens, temperature=warmth, sample=sample)

    def phrases(self, product: Product, shown: Sequence[Shown]) -> Question:
        """The question for free phrases. One of its own, so that those for typed tags stay as they are and their answers kept."""
        system = self._render(f"phrase.{_language(product)}.j2", count=self.settings.phrases)
        entry = {"phrase": _STRING, "quotes": {"type": "array", "items": _STRING}}
        schema = _object({"phrases": {"type": "array", "items": _object(entry)}})
        return Question((("system", system), ("user", self._as_data(shown))), schema, _PHRASE_TOKENS * self.settings.phrases)

    def vectors(self, products: Sequence[Product]) -> Vectors:
        """What products are about, (n_products, dim)."""
        return self.encoder.encode([product.main_text for product in products])

    def _render(self, name: str, **values: Any) -> str:
        try:
            return _environment(self.settings.prompts).get_template(name).render(**values).strip()
        except jinja2.TemplateError as error:
            raise ConfigError(f"the prompt {name} cannot be used: {error}") from error

    def _chosen(self, attributes: Sequence[str], product: Product) -> Sequence[str]:
        """As many as one question may have, unless all are wanted: first those the text seems to name."""
        most = self.settings.most_attributes
        if self.settings.every_attribute or len(attributes) <= most:
            return attributes
        named = {mention.sense.attribute for _, mention in self.reader.read(product).mentions()}
        chosen = {*sorted(attributes, key=lambda name: name not in named)[:most]}
        return [name for name in attributes if name in chosen]

    def _attributes_of(self, category: str | None) -> list[str]:
        vocabulary = self.reader.vocabulary
        if category is not None and (ranked := vocabulary.attribute_ranks(category)):
            return list(ranked)
        counts = Counter(name for one in vocabulary.categories.values() for name in one.attributes)
        return [name for name, _ in counts.most_common(_COMMON)] or list(vocabulary.attributes)[:_COMMON]

    def _attributes_like(self, product: Product, vector: Vectors) -> Mapping[str, Counter[str]]:
        """The attributes of labelled products of the same category; without one, of the nearest; the commonest first."""
        named = self._by_category.get(product.category or "")
        if named is None:
            named = _values_of(self._nearest(product, vector, 0, count=_COMMON))
        return dict(sorted(named.items(), key=lambda pair: -pair[1].total()))

    def _labelled(self, name: str, values: Counter[str], product: Product, vector: Vectors) -> Wanted:
        if name in self.reader.vocabulary.attributes:
            return self._known(name, product, vector)
        return Wanted(name, name, {}, [self._hidden(value, name) for value, _ in values.most_common(_EXAMPLE_VALUES)], closed=False)

    def _known(self, identifier: str, product: Product, vector: Vectors) -> Wanted:
        vocabulary, language = self.reader.vocabulary, _language(product)
        attribute = vocabulary.attributes[identifier]
        values = vocabulary.values_of(identifier)
        chosen = self._candidates(attribute, product, vector) if attribute.kind in ("choice", "flag") else []
        shown = {values[one].names.get(language) or one: one for one in chosen}
        closed = attribute.kind == "choice" and bool(values) and not attribute.extend
        return Wanted(identifier, attribute.names.get(language) or identifier, shown, (), closed)

    def _candidates(self, attribute: Attribute, product: Product, vector: Vectors) -> list[str]:
        """The values that the text names, then those nearest to what the product is about."""
        most = self.settings.most_values
        values = list(self.reader.vocabulary.values_of(attribute.id))
        if len(values) <= most:
            return values
        mentions = (mention.sense for _, mention in self.reader.read(product).mentions())
        named = list(dict.fromkeys(sense.value for sense in mentions if sense.attribute == attribute.id and sense.value in values))
        near = np.argsort(-(self._value_vectors(attribute.id) @ vector))
        return list(dict.fromkeys([*named, *(values[number] for number in near[: 2 * most])]))[:most]

    def _value_vectors(self, attribute: str) -> Vectors:
        found = self._vectors.get(attribute)
        if found is None:
            names = [list(value.names.values()) or [value.id] for value in self.reader.vocabulary.values_of(attribute).values()]
            found = self._vectors[attribute] = encode_groups(self.encoder, names)
        return found

    @cached_property
    def _vectors(self) -> dict[str, Vectors]:
        return {}

    def _nearest(self, product: Product, vector: Vectors, sample: int, *, count: int | None = None) -> list[Example]:
        """The labelled products most like a text, the most like one last: what is read last counts most. Never the product itself, which
        would be told its own labels."""
        count = self.settings.shots if count is None else count
        if not self.examples or not count:
            return []
        first, last = sample * count, (sample + 1) * count
        text = product.main_text
        near = (self.examples[number] for number in np.argsort(-(self._example_vectors @ vector)))
        others = [one for one in islice(near, last + _MOST_ALIKE) if one.product.id != product.id and one.product.main_text != text]
        return list(reversed(others[first:last]))

    def _hidden(self, text: str, attribute: str = "") -> str:
        return hide(text, attribute=attribute, hide_personal=self.settings.redact)

    def _as_data(self, shown: Iterable[Shown]) -> str:
        """Texts as one JSON object by field: nothing in them can end it."""
        return msgspec.json.encode({self._hidden(one.field): one.text for one in shown}).decode()

    def _answer_of(self, example: Example, shown: Sequence[Shown], asked: Sequence[str]) -> str:
        """The labels of an example as the model should have given them, where they stand in what is shown."""
        said = [
            {"attribute": name, "value": value, "quote": value if any(value in one.text for one in shown) else ""}
            for name in asked
            for value in (self._hidden(value, name) for value in example.gold.get(name, ()))
        ]
        return msgspec.json.encode({"tags": said}).decode()

    @cached_property
    def _example_vectors(self) -> Vectors:
        return self.vectors([example.product for example in self.examples])

    @cached_property
    def _labelled_names(self) -> frozenset[str]:
        return frozenset(name for example in self.examples for name in example.gold)

    @cached_property
    def _by_category(self) -> dict[str, dict[str, Counter[str]]]:
        groups: dict[str, list[Example]] = defaultdict(list)
        for example in self.examples:
            if example.product.category:
                groups[example.product.category].append(example)
        return {category: _values_of(group) for category, group in groups.items()}

    def _category_name(self, category: str, language: str) -> str:
        known = self.reader.vocabulary.categories.get(category)
        return known.names.get(language) or category if known is not None else category


_STRING = {"type": "string"}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _values_of(examples: Iterable[Example]) -> dict[str, Counter[str]]:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for example in examples:
        for name, values in example.gold.items():
            counts[name].update(values)
    return dict(counts)


def _language(product: Product) -> str:
    return _CHINESE if product.language.startswith(_CHINESE) else _ENGLISH


@lru_cache(maxsize=4)
def _environment(folder: str) -> jinja2.Environment:
    """Prompts of `folder`, and those of the package for what is not there."""
    places = [folder] if folder else []
    if folder and not Path(folder).is_dir():
        raise ConfigError(f"[llm] prompts = '{folder}': there is no such folder")
    own = str(files("hangtag.taggers") / "prompts" / PROMPTS)
    return jinja2.Environment(loader=jinja2.FileSystemLoader([*places, own]), undefined=jinja2.StrictUndefined, autoescape=False)
