"""What `hangtag vocabulary show` says of a vocabulary and of a term."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hangtag.cli.app import app
from hangtag.cli.vocabulary import show
from hangtag.errors import VocabularyError
from hangtag.vocabulary import Vocabulary, load_vocabulary
from hangtag.vocabulary.describe import AttributeTerm, CategoryTerm, ValueTerm, describe, find_terms, suggest

WORDS = """
attributes:
  - id: color
    names: {en: Color, zh: 颜色}
    aliases: [colour]
    many: true
    values:
      - {id: blue, names: {en: Blue, zh: 蓝色}, weak: [蓝], except: [蓝牙]}
      - {id: navy, names: {en: Navy, zh: 藏青色}, broader: blue}
  - id: style
    names: {en: Style, zh: 风格}
    values: [{id: navy, names: {en: Navy, zh: 海军风}, only: [apparel]}]
  - {id: weight, names: {en: Weight, zh: 重量}, kind: measure, unit: g}
categories:
  - {id: apparel, names: {en: Clothing, zh: 服装}, attributes: [style, color]}
  - {id: apparel/socks, names: {en: Sock, zh: 袜子}, weak: [袜], attributes: [weight]}
units: [{id: g, quantity: mass}]
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("describe") / "words.yaml"
    path.write_text(WORDS, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def words(file: Path) -> Vocabulary:
    return load_vocabulary([file])


def test_the_whole_in_figures(words: Vocabulary) -> None:
    overview = describe(words)
    assert (overview.departments, overview.categories, overview.attributes, overview.values, overview.units) == (1, 2, 3, 3, 1)
    assert overview.forms == {"en": 5, "zh": 7}
    assert overview.kinds == {"choice": 2, "measure": 1}
    assert overview.department_list == (("apparel", {"en": "Clothing", "zh": "服装"}, 1),)
    assert [(name, count) for name, _, count in overview.attribute_list] == [("color", 2), ("style", 1), ("weight", 0)]


@pytest.mark.parametrize("name", ["color", "Colour", "颜色", "顏色"])
def test_an_attribute(words: Vocabulary, name: str) -> None:
    (term,) = find_terms(words, name)
    assert isinstance(term, AttributeTerm)
    assert (term.attribute, term.categories, term.many) == ("color", ("apparel",), True)
    assert term.title == "color [choice, many]"
    assert term.details["values"] == ("blue (Blue · 蓝色)", "navy (Navy · 藏青色; broader: blue)")


def test_a_form_of_several_attributes_shows_them_all(words: Vocabulary) -> None:
    found = find_terms(words, "NAVY")
    assert [term.title for term in found] == ["color = navy [value]", "style = navy [value]"]
    (one,) = find_terms(words, "风格=navy")
    assert isinstance(one, ValueTerm) and one.only == ("apparel",)


def test_a_value_with_what_is_above_and_below(words: Vocabulary) -> None:
    (navy,) = find_terms(words, "藏青色")
    (blue,) = find_terms(words, "蓝")
    assert isinstance(navy, ValueTerm) and isinstance(blue, ValueTerm)
    assert (navy.broader, navy.narrower) == (("blue",), ())
    assert (blue.broader, blue.narrower, blue.exceptions, blue.categories) == ((), ("navy",), ("蓝牙",), ("apparel",))


@pytest.mark.parametrize("name", ["apparel/socks", "socks", "袜", "Clothing > Socks"])
def test_a_category_with_inherited_attributes(words: Vocabulary, name: str) -> None:
    (term,) = find_terms(words, name)
    assert isinstance(term, CategoryTerm)
    assert (term.category, term.attributes) == ("apparel/socks", ("color", "style", "weight"))


def test_a_category_with_what_is_below(words: Vocabulary) -> None:
    (term,) = find_terms(words, "服装")
    assert isinstance(term, CategoryTerm) and term.details["below"] == ("apparel/socks",)


def test_unknown_terms_bring_the_nearest(words: Vocabulary) -> None:
    with pytest.raises(VocabularyError, match=r"'colr' names nothing in this vocabulary; did you mean color\b"):
        find_terms(words, "colr")
    with pytest.raises(VocabularyError, match=r"'color=藏青'.*did you mean 藏青色"):
        find_terms(words, "color=藏青")
    with pytest.raises(VocabularyError, match=r"names nothing in this vocabulary$"):
        find_terms(words, "xyzzy")
    with pytest.raises(VocabularyError, match="names nothing"):
        find_terms(words, "category")
    assert suggest(words, "clothin")[0] == "Clothing"


def test_the_command(file: Path) -> None:
    assert show.__name__ == "show"
    whole = CliRunner().invoke(app, ["vocabulary", "show", "--vocabulary", str(file)])
    assert whole.exit_code == 0 and "1 departments, 2 categories, 3 attributes" in whole.stdout and "重量" in whole.stdout
    one = CliRunner().invoke(app, ["vocabulary", "show", "蓝色", "--vocabulary", str(file), "--json"])
    assert one.exit_code == 0 and json.loads(one.stdout)[0]["narrower"] == ["navy"]
