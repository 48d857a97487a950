"""Folding keeps an exact way back to the text people see."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hangtag.text.fold import fold, fold_text

TRICKY = st.text(
    alphabet=st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from("ﬁﬀ㎡㎏①½Ⅷﾊﾞ全角ＡＢＣ１２繁體華碩\u0301\u0308\u05bc\u200d\u3000 \t\n👗👩‍👧🇨🇳İßẞ\u1112\u1161\u11ab가"),
    ),
    max_size=60,
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Navy BLUE", "navy blue"),
        ("ＡＢＣ　１２", "abc 12"),
        ("㎡", "m2"),
        ("ﬁne", "fine"),
        ("繁體中文連衣裙", "繁体中文连衣裙"),
        ("a\t b\r\n\nc", "a b c"),
        ("e\u0301", "é"),
        ("ﾊﾞｯｸﾞ", "バッグ"),
        ("", ""),
    ],
)
def test_folds_spellings_to_one_form(text: str, folded: str) -> None:
    assert fold_text(text) == folded


@pytest.mark.parametrize(
    ("text", "needle", "original"),
    [
        ("新款ＸＬ碼", "xl", "ＸＬ"),
        ("ﬁne ﬁt", "fit", "ﬁt"),
        ("面積 20㎡ 大", "20m2", "20㎡"),
        ("cafe\u0301 bar", "bar", "bar"),
        ("a  \n b red", "red", "red"),
        ("👗👗 RED", "red", "RED"),
        ("純棉 連衣裙", "连衣裙", "連衣裙"),
    ],
)
def test_a_match_leads_back_to_the_visible_text(text: str, needle: str, original: str) -> None:
    folded = fold(text)
    start = folded.text.index(needle)
    begin, end = folded.span(start, start + len(needle))
    assert text[begin:end] == original


@settings(max_examples=400, deadline=None)
@given(TRICKY)
def test_every_folded_character_comes_from_somewhere(text: str) -> None:
    folded = fold(text)
    previous = 0
    for index in range(len(folded.text)):
        start, end = folded.span(index, index + 1)
        assert 0 <= start < end <= len(text)
        assert start >= previous
        previous = start
    if folded.starts is None:
        assert len(folded.text) == len(text)


@settings(max_examples=400, deadline=None)
@given(TRICKY)
def test_folding_twice_changes_nothing(text: str) -> None:
    once = fold_text(text)
    assert fold_text(once) == once


@settings(max_examples=200, deadline=None)
@given(TRICKY, TRICKY, st.sampled_from(["dress", "连衣裙", "v领"]))
def test_a_form_between_any_texts_is_found_exactly(before: str, after: str, form: str) -> None:
    text = f"{before} {form.upper()}|{after}"
    folded = fold(text)
    places = [index for index in range(len(folded.text)) if folded.text.startswith(form + "|", index)]
    spans = [folded.span(place, place + len(form)) for place in places]
    assert form.upper() in [unicodedata.normalize("NFC", text[start:end]) for start, end in spans]
