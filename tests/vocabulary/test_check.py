"""Every kind of problem is found, and said with its place; the starter vocabulary has none that is an error."""

from pathlib import Path

import pytest

from hangtag.errors import VocabularyError
from hangtag.vocabulary import starter_vocabulary
from hangtag.vocabulary.check import Problem, check_vocabulary
from hangtag.vocabulary.load import STARTER

CLEAN = """
attributes:
  - id: color
    names: {en: Color, zh: 颜色}
    values:
      - {id: red, names: {en: Red, zh: 红色}, except: [red wine]}
      - {id: blue, names: {en: Blue, zh: 蓝色}}
      - {id: navy, names: {en: Navy, zh: 藏青色}, broader: blue, only: [apparel]}
  - {id: weight, names: {en: Weight, zh: 重量}, kind: measure, unit: g, default_for: [apparel/socks]}
categories:
  - {id: apparel, names: {en: Clothing, zh: 服装}, attributes: [color]}
  - {id: apparel/socks, names: {en: Sock, zh: 袜子}, attributes: [weight], implies: {color: red}}
units:
  - {id: g, quantity: mass, forms: [g, 克]}
"""


def check(folder: Path, text: str) -> list[Problem]:
    file = folder / "words.yaml"
    file.write_text(text, encoding="utf-8")
    return check_vocabulary([file])


def test_a_clean_vocabulary_has_no_problems(tmp_path: Path) -> None:
    assert check(tmp_path, CLEAN) == []


@pytest.mark.parametrize(
    ("old", "new", "kind", "where", "says"),
    [
        ("{en: Blue, zh: 蓝色}", "{en: Blue}", "missing language", "color / blue", "zh"),
        ("{en: Clothing, zh: 服装}", "{zh: 服装, en: ' '}", "missing language", "apparel", "en"),
        ("{en: Color, zh: 颜色}", "{}", "missing language", "color", "en and zh"),
        ("{en: Blue, zh: 蓝色}", "{en: Blue, zh: 蓝色}, aliases: [' - ']", "empty form", "color / blue", "empty after folding"),
        ("zh: 蓝色}", "zh: 蓝色}, weak: [RED]", "clashing form", "color / blue", "'red' is also a form of words.yaml: color / red"),
        ("{en: Weight, zh: 重量}", "{en: Weight, zh: 顏色}", "clashing attribute name", "weight", "'颜色' also names"),
        ("{en: Sock, zh: 袜子}", "{en: CLOTHING, zh: 袜子}", "clashing category name", "apparel/socks", "also names words.yaml: apparel"),
        ("broader: blue", "broader: teal", "unknown reference", "color / navy", "'teal'"),
        ("only: [apparel]", "only: [shoes]", "unknown reference", "color / navy", "'shoes' in only"),
        ("unit: g", "unit: lb", "unknown reference", "weight", "'lb'"),
        ("unit: g,", "unit: g, units: [g, oz],", "unknown reference", "weight", "'oz'"),
        ("default_for: [apparel/socks]", "default_for: [socks]", "unknown reference", "weight", "'socks' in default_for"),
        ("attributes: [weight]", "attributes: [length]", "unknown reference", "apparel/socks", "'length'"),
        ("implies: {color: red}", "implies: {color: pink}", "unknown reference", "apparel/socks", "'color: pink'"),
        ("implies: {color: red}", "implies: {shade: red}", "unknown reference", "apparel/socks", "'shade'"),
        ("id: apparel/socks", "id: shoes/socks", "unknown reference", "shoes/socks", "parent category 'shoes'"),
        ("kind: measure, unit: g", "kind: measure", "missing unit", "weight", "needs the unit"),
        ("{id: blue,", "{id: blue, broader: navy,", "cycle", "color / blue", "lead back"),
    ],
)
def test_each_kind_of_error_is_found_at_its_place(tmp_path: Path, old: str, new: str, kind: str, where: str, says: str) -> None:
    assert CLEAN.count(old) == 1
    errors = [problem for problem in check(tmp_path, CLEAN.replace(old, new)) if problem.severity == "error"]
    match = [problem for problem in errors if (problem.kind, problem.where) == (kind, f"words.yaml: {where}")]
    assert match, errors
    assert says in match[0].message and match[0].cure


def test_an_exception_without_a_form_in_it_is_idle(tmp_path: Path) -> None:
    (problem,) = check(tmp_path, CLEAN.replace("red wine", "rouge"))
    assert (problem.severity, problem.kind, problem.where) == ("warning", "idle exception", "words.yaml: color / red")


def test_a_form_of_two_attributes_warns_only_where_a_category_has_both(tmp_path: Path) -> None:
    finish = "  - {id: finish, names: {en: Finish, zh: 表面}, values: [{id: red_finish, names: {en: Red, zh: 红面}}]}\ncategories:"
    apart = CLEAN.replace("categories:", finish, 1)
    assert check(tmp_path, apart) == []
    (problem,) = check(tmp_path, apart.replace("attributes: [weight]", "attributes: [weight, finish]"))
    assert (problem.severity, problem.kind) == ("warning", "shared form")
    assert "color / red" in problem.where and "finish / red_finish" in problem.where and "'apparel/socks'" in problem.message


def test_errors_come_before_warnings(tmp_path: Path) -> None:
    found = check(tmp_path, CLEAN.replace("red wine", "rouge").replace("broader: blue", "broader: teal"))
    assert [problem.severity for problem in found] == ["error", "warning"]


def test_what_does_not_compile_is_raised(tmp_path: Path) -> None:
    with pytest.raises(VocabularyError, match=r"words\.yaml"):
        check(tmp_path, "attributes: [{id: color, color: red}]")


def test_the_starter_vocabulary_has_no_errors() -> None:
    assert [problem for problem in check_vocabulary([STARTER]) if problem.severity == "error"] == []


def test_the_starter_vocabulary_is_broad() -> None:
    vocabulary = starter_vocabulary()
    assert sum(category.parent is None for category in vocabulary.categories.values()) >= 13
    assert len(vocabulary.categories) >= 350
    assert len(vocabulary.attributes) >= 70
    assert sum(len(attribute.values) for attribute in vocabulary.attributes.values()) >= 2000
