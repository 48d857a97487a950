"""A vocabulary small enough to check by eye, and short ways to write tags and gold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hangtag.evaluate import GoldRecord
from hangtag.model import Tag, TextSpan

ATTRIBUTES = {
    "color": "color",
    "colour": "color",
    "颜色": "color",
    "颜色分类": "color",
    "neckline": "neckline",
    "领型": "neckline",
    "battery_capacity": "battery_capacity",
    "电池容量": "battery_capacity",
    "size": "size",
    "shoe size": "size",
}
VALUES = {
    ("color", "navy"): ("navy",),
    ("color", "navy blue"): ("navy",),
    ("color", "藏青色"): ("navy",),
    ("color", "red"): ("red",),
    ("color", "红色"): ("red",),
    ("neckline", "v_neck"): ("v_neck",),
    ("neckline", "v领"): ("v_neck",),
    ("neckline", "小v领"): ("v_neck",),
}
CATEGORIES = {
    "apparel": "apparel",
    "clothing": "apparel",
    "apparel/dresses": "apparel/dresses",
    "dresses": "apparel/dresses",
    "apparel/dresses/evening": "apparel/dresses/evening",
    "evening dresses": "apparel/dresses/evening",
    "apparel/skirts": "apparel/skirts",
    "skirts": "apparel/skirts",
}


class FakeNames:
    def find_attribute(self, name: str, /) -> str | None:
        return ATTRIBUTES.get(name.lower())

    def find_values(self, attribute_id: str, text: str, /) -> tuple[str, ...]:
        return VALUES.get((attribute_id, text.lower()), ())

    def find_category(self, name: str, /) -> str | None:
        return CATEGORIES.get(name.lower())


def tag(attribute: str, value: str, *quotes: str, confidence: float = 0.9, **more: Any) -> Tag:
    spans = tuple(TextSpan("title", 10 * index, 10 * index + len(quote), quote) for index, quote in enumerate(quotes))
    return Tag(attribute=attribute, value=value, confidence=confidence, source="test@1", evidence=more.pop("evidence", spans), **more)


def gold(identifier: str = "p", /, **judged: Sequence[str]) -> GoldRecord:
    return gold_of(judged, identifier)


def gold_of(judged: Mapping[str, Sequence[str]], identifier: str = "p") -> GoldRecord:
    values = {name: tuple(values) for name, values in judged.items()}
    return GoldRecord(line=1, id=identifier, record={"id": identifier}, gold=values)
