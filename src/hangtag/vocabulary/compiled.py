"""The compiled vocabulary: look-ups in both directions, between what people type and what tags say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from hangtag.text.fold import fold_text
from hangtag.vocabulary.schema import Attribute, Category, Unit, Value

__all__ = ["Vocabulary", "fold_name"]


def fold_name(text: str) -> str:
    """The key under which a name is looked up: folded, trimmed, hyphens and underscores as spaces."""
    return " ".join(fold_text(text).replace("_", " ").replace("-", " ").split())


class Vocabulary:
    """Attributes, values, categories and units, compiled from vocabulary files. Immutable; pickles.

    `attributes`, `categories` and `units` map ids to their definitions, in file order. `digest` stands for the files' content, ""
    where it was not loaded from files; what is worked out from a vocabulary can be kept under it.
    """

    def __init__(self, attributes: Iterable[Attribute], categories: Iterable[Category], units: Iterable[Unit], *, digest: str = "") -> None:
        self.digest = digest
        self.attributes: Mapping[str, Attribute] = {attribute.id: attribute for attribute in attributes}
        self.categories: Mapping[str, Category] = {category.id: category for category in categories}
        self.units: Mapping[str, Unit] = {unit.id: unit for unit in units}
        self._values = {attribute.id: {value.id: value for value in attribute.values} for attribute in self.attributes.values()}

    def values_of(self, attribute_id: str) -> Mapping[str, Value]:
        """The values of an attribute by id; empty for an attribute that is open or unknown."""
        return self._values.get(attribute_id, {})

    def label(self, attribute_id: str, value_id: str) -> dict[str, str]:
        """Display names of a value by language; empty where the vocabulary has none (open values, measures)."""
        if attribute_id == "category":
            category = self.categories.get(value_id)
            return dict(category.names) if category else {}
        value = self.values_of(attribute_id).get(value_id)
        return dict(value.names) if value else {}

    def find_attribute(self, name: str) -> str | None:
        """The id of the attribute that goes by `name` (its id, a display name or an alias), or None."""
        return self._attribute_names.get(fold_name(name))

    def find_values(self, attribute_id: str, text: str) -> tuple[str, ...]:
        """Ids of the values of an attribute whose id or any form is the whole of `text`; several only where a form is shared."""
        names = self._value_names.get(attribute_id)
        if names is None:
            names = self._value_names[attribute_id] = self._name_values(attribute_id)
        return names.get(fold_name(text), ())

    def find_category(self, name: str) -> str | None:
        """The id of the category that goes by `name` (its id, a display name or an alias), or None."""
        return self._category_names.get(fold_name(name))

    def find_path(self, path: str) -> str | None:
        """The category a merchant's path ("A > B > C", "A/B/C") speaks of: its deepest part that has a name here, or None."""
        for separator in (">", "|", "/", "»", "\\", ","):
            if separator in path:
                for part in reversed(path.split(separator)):
                    found = self.find_category(part) if part.strip() else None
                    if found:
                        return found
                return None
        return self.find_category(path)

    def is_within(self, category_id: str, ancestor_id: str) -> bool:
        """Whether a category is `ancestor_id` or lies below it."""
        return category_id == ancestor_id or category_id.startswith(ancestor_id + "/")

    def ancestors(self, category_id: str) -> list[str]:
        """The ids above a category, nearest first."""
        parts = category_id.split("/")
        return ["/".join(parts[:count]) for count in range(len(parts) - 1, 0, -1)]

    def attributes_of(self, category_id: str) -> frozenset[str]:
        """Ids of the attributes a product of this category can have: its own and those of the categories above."""
        found = self._category_attributes.get(category_id)
        if found is None:
            found = self._category_attributes[category_id] = frozenset(self.attribute_ranks(category_id))
        return found

    def attribute_ranks(self, category_id: str) -> Mapping[str, int]:
        """The attributes of a category with their place: its own in their order, then those of the categories above."""
        found = self._attribute_ranks.get(category_id)
        if found is None:
            chain = (self.categories.get(identifier) for identifier in (category_id, *self.ancestors(category_id)))
            own = dict.fromkeys(attribute for category in chain if category for attribute in category.attributes)
            found = self._attribute_ranks[category_id] = {attribute: place for place, attribute in enumerate(own)}
        return found

    def broader_values(self, attribute_id: str, value_id: str) -> list[str]:
        """The wider values of a value, nearest first."""
        values = self.values_of(attribute_id)
        chain: list[str] = []
        value = values.get(value_id)
        while value is not None and value.broader is not None and value.broader not in chain:
            chain.append(value.broader)
            value = values.get(value.broader)
        return chain

    @cached_property
    def attribute_order(self) -> Mapping[str, int]:
        """The attributes' places in the vocabulary."""
        return {attribute: place for place, attribute in enumerate(self.attributes)}

    @cached_property
    def _attribute_ranks(self) -> dict[str, dict[str, int]]:
        return {}

    @cached_property
    def _category_attributes(self) -> dict[str, frozenset[str]]:
        return {}

    @cached_property
    def _attribute_names(self) -> dict[str, str]:
        names: dict[str, str] = {"category": "category"}
        for attribute in self.attributes.values():
            for form in (attribute.id, *attribute.forms):
                names.setdefault(fold_name(form), attribute.id)
        return names

    @cached_property
    def _value_names(self) -> dict[str, dict[str, tuple[str, ...]]]:
        return {}

    def _name_values(self, attribute_id: str) -> dict[str, tuple[str, ...]]:
        names: dict[str, tuple[str, ...]] = {}
        for value in self.values_of(attribute_id).values():
            for form in (value.id, *value.forms, *value.weak):
                key = fold_name(form)
                known = names.get(key, ())
                if value.id not in known:
                    names[key] = (*known, value.id)
        return names

    @cached_property
    def _category_names(self) -> dict[str, str]:
        names: dict[str, str] = {}
        for category in self.categories.values():
            names.setdefault(fold_name(category.id), category.id)
        for category in self.categories.values():
            for form in (*category.forms, *category.weak):
                names.setdefault(fold_name(form), category.id)
        # Shops write the plural ("Mobile Phones"), head nouns are kept in the singular.
        for name, identifier in list(names.items()):
            if name.isascii() and name:
                names.setdefault(name[:-1] if name.endswith("s") else name + "s", identifier)
        return names
