"""Reading vocabulary files: what joins, and what an error says about where it stands."""

from pathlib import Path

import pytest

from hangtag.errors import VocabularyError
from hangtag.vocabulary import load_vocabulary

COLOR = """
attributes:
  - id: color
    names: {en: Color, zh: 颜色}
    values:
      - {id: red, names: {en: Red, zh: 红色}}
      - {id: blue, names: {en: Blue, zh: 蓝色}}
"""


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def test_folder_is_read_in_the_order_of_file_names(tmp_path: Path) -> None:
    write(tmp_path, b="attributes: [{id: second}]", a="attributes: [{id: first}]")
    assert list(load_vocabulary([tmp_path]).attributes) == ["first", "second"]


def test_an_empty_file_adds_nothing(tmp_path: Path) -> None:
    write(tmp_path, a=COLOR, b="# nothing yet\n")
    assert list(load_vocabulary([tmp_path]).attributes) == ["color"]


def test_keys_called_otherwise_in_python(tmp_path: Path) -> None:
    write(tmp_path, a="categories: [{id: tea, except: [tea towel]}]")
    assert load_vocabulary([tmp_path]).categories["tea"].exceptions == ("tea towel",)


def test_extend_joins_values_and_aliases_whatever_file_comes_first(tmp_path: Path) -> None:
    more = "attributes: [{id: color, extend: true, aliases: [shade], values: [{id: puce, names: {en: Puce, zh: 紫褐色}}]}]"
    write(tmp_path, a=more, b=COLOR)
    vocabulary = load_vocabulary([tmp_path])
    assert list(vocabulary.values_of("color")) == ["red", "blue", "puce"]
    assert vocabulary.find_attribute("Shade") == "color"
    assert vocabulary.attributes["color"].names == {"en": "Color", "zh": "颜色"}


def test_a_value_of_two_files_has_the_forms_of_both(tmp_path: Path) -> None:
    more = "attributes: [{id: color, extend: true, values: [{id: red, aliases: [scarlet]}]}]"
    vocabulary = load_vocabulary([write(tmp_path, a=COLOR, b=more)])
    assert list(vocabulary.values_of("color")) == ["red", "blue"]
    assert vocabulary.find_values("color", "scarlet") == vocabulary.find_values("color", "红色") == ("red",)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("attributes: [{id: color, colour: red}]", ["colour", "(in color)"]),
        ("attributes: [{id: color, values: [{id: red}, {id: blue, names: 蓝}]}]", ["values[1]", "color / blue"]),
        ("attributes: [{id: size, kind: number}]", ["number", "(in size)"]),
        ("attributes: [{id: depth, range: [1]}]", ["range", "(in depth)"]),
        ("attributes: [{names: {en: Color}}]", ["`id`", "attributes[0]"]),
        ("categories: [{id: tea, values: []}]", ["values", "(in tea)"]),
        ("colors: []", ["colors"]),
        ("attributes: [", ["not valid YAML", "line 2"]),
        ("attributes: [{id: color}, {id: color}]", ["attribute 'color' is already defined"]),
        ("categories: [{id: tea}, {id: tea}]", ["category 'tea' is already defined"]),
        ("units: [{id: g, quantity: mass}, {id: g, quantity: mass}]", ["unit 'g' is already defined"]),
        ("attributes: [{id: color, values: [{id: red}, {id: red}]}]", ["'color'", "'red' twice"]),
        ("attributes: [{id: color, extend: true}]", ["extend", "'color'", "no file defines"]),
    ],
)
def test_an_error_names_file_and_entry(tmp_path: Path, text: str, says: list[str]) -> None:
    write(tmp_path, broken=text)
    with pytest.raises(VocabularyError) as caught:
        load_vocabulary([tmp_path])
    for part in ["broken.yaml", *says]:
        assert part in str(caught.value)


def test_a_double_definition_names_both_files(tmp_path: Path) -> None:
    write(tmp_path, one=COLOR, two=COLOR)
    with pytest.raises(VocabularyError, match=r"two\.yaml.*color.*one\.yaml"):
        load_vocabulary([tmp_path])


def test_what_is_no_vocabulary_is_said(tmp_path: Path) -> None:
    with pytest.raises(VocabularyError, match=r"none\.yaml: there is no such"):
        load_vocabulary([tmp_path / "none.yaml"])
    with pytest.raises(VocabularyError, match=r"holds no \.yaml file"):
        load_vocabulary([tmp_path])
    file = tmp_path / "gbk.yaml"
    file.write_bytes("attributes: [{id: color, names: {zh: 颜色}}]".encode("gb18030"))
    with pytest.raises(VocabularyError, match=r"gbk\.yaml: not UTF-8 at byte \d+"):
        load_vocabulary([file])
