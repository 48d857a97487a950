"""Scoring through a compiled vocabulary: the real thing offers the look-ups that `Names` asks for."""

from __future__ import annotations

import pytest

from hangtag.evaluate import Counts, score
from hangtag.evaluate.compare import Names
from hangtag.vocabulary import Vocabulary, load_vocabulary

from .fakes import gold_of, tag

YAML = """
attributes:
  - id: color
    names: {en: Color, zh: 颜色}
    aliases: [颜色分类]
    kind: choice
    many: true
    values:
      - {id: navy, names: {en: Navy, zh: 藏青色}, aliases: [navy blue, 海军蓝]}
      - {id: red, names: {en: Red, zh: 红色}}
categories:
  - {id: apparel, names: {en: Clothing, zh: 服装}}
  - {id: apparel/t-shirts, names: {en: T-shirts, zh: T恤}}
"""


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    path = tmp_path_factory.mktemp("vocabulary") / "small.yaml"
    path.write_text(YAML, "utf-8")
    return load_vocabulary([path])


def test_values_attributes_and_categories_go_by_any_name(vocabulary: Vocabulary) -> None:
    names: Names = vocabulary
    golds = [
        gold_of({"颜色分类": ["海軍藍"], "Category": ["T-Shirts"]}, "1"),
        gold_of({"COLOR": ["Navy-Blue", "藏青色"], "category": ["服装"]}, "2"),
    ]
    said = [tag("color", "navy"), tag("category", "apparel/t-shirts")]
    report = score(golds, [said, said], names=names)
    assert report.micro == Counts(correct=4)
    assert report.attribute_coverage == 1.0
    assert [row["attribute"] for row in report.rows()] == ["category", "color"]


def test_other_values_are_wrong(vocabulary: Vocabulary) -> None:
    report = score([gold_of({"颜色": ["红色"], "材质": ["棉"]})], [[tag("color", "navy", "藏青")]], names=vocabulary)
    assert report.micro == Counts(wrong=1, missed=1)
    assert report.unknown == {"材质": 1}
