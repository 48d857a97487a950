"""What is written reads back the same, and reads well."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hangtag.vocabulary import Attribute, Category, Unit, Value, Vocabulary
from hangtag.vocabulary.dump import document_of, dump_document, write_document
from hangtag.vocabulary.load import read_document
from hangtag.vocabulary.schema import Document

FULL = Document(
    attributes=(
        Attribute(
            id="color",
            names={"en": "Color", "zh": "颜色"},
            aliases=("colour", "色彩"),
            many=True,
            values=(
                Value(
                    id="navy",
                    names={"en": "Navy", "zh": "藏青色"},
                    weak=("藏",),
                    exceptions=("old navy",),
                    broader="blue",
                    only=("apparel",),
                    implies={"tone": "dark"},
                ),
                Value(id="no", names={"en": "No", "zh": "10"}),
            ),
        ),
        Attribute(id="depth", kind="measure", unit="mm", units=("mm", '"'), cues=("deep",), default_for=("apparel",), range=(0.5, 1e-07)),
    ),
    categories=(Category(id="apparel/t-shirts", names={"en": "T-shirts"}, hints=("tee: a",), exceptions=("t恤收纳",), attributes=("a",)),),
    units=(Unit(id="°F", quantity="temperature", factor=0.5555555555555556, offset=255.37), Unit(id="km", quantity="length", factor=1e6)),
)


def test_every_key_reads_back(tmp_path: Path) -> None:
    write_document(tmp_path / "new" / "full.yaml", FULL)
    assert read_document(tmp_path / "new" / "full.yaml") == FULL
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["full.yaml"]


def test_a_compiled_vocabulary_can_be_written(small_vocabulary: Vocabulary, tmp_path: Path) -> None:
    write_document(tmp_path / "copy.yaml", small_vocabulary)
    assert read_document(tmp_path / "copy.yaml") == document_of(small_vocabulary)


def test_values_take_a_line_each() -> None:
    lines = dump_document(FULL, comments=["made\nby hand"]).splitlines()
    assert lines[:4] == ["# made", "# by hand", "attributes:", "  - id: color"]
    assert '      - {id: "no", names: {en: "No", zh: "10"}}' in lines
    assert "    names: {en: Color, zh: 颜色}" in lines


def test_nothing_is_a_document_too(tmp_path: Path) -> None:
    write_document(tmp_path / "none.yaml", Document())
    assert read_document(tmp_path / "none.yaml") == Document()


ODD = ["no", "1e3", "0x1F", "2024-01-01", "1:30", "~", "null", "=", "<<", "- a", "a: b", "a #b", "[a", "'", '"', "", " a "]


@pytest.mark.parametrize("odd", ODD)
def test_words_that_yaml_reads_otherwise(tmp_path: Path, odd: str) -> None:
    document = Document(attributes=(Attribute(id=odd, names={odd: odd}, aliases=(odd, odd)),))
    write_document(tmp_path / "odd.yaml", document)
    assert read_document(tmp_path / "odd.yaml") == document


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), max_size=8))
@example(["a\x00b\x07", "\x85", "\u2028", "\ufeff", "\uffff", "𠮷", "e\u0301", "a\tb\r\nc", "\\", "\x7f"])
def test_any_text_reads_back(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    document = Document(categories=tuple(Category(id=text, names={"en": text}, aliases=(text,)) for text in texts))
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    write_document(file, document, comments=["any"])
    assert read_document(file) == document


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_number_reads_back(tmp_path_factory: pytest.TempPathFactory, number: float) -> None:
    document = Document(units=(Unit(id="u", quantity="q", factor=number),))
    file = tmp_path_factory.getbasetemp() / "number.yaml"
    write_document(file, document)
    assert read_document(file) == document
