"""Long texts fall into pieces at sentences, and nothing is lost between them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hangtag.text.chunks import chunks

PROSE = st.lists(
    st.one_of(
        st.sampled_from(["很好", "质量不错", "。", "！", "；", "，", "、", "very good", "soft", ". ", "! "]),
        st.sampled_from([", ", "\n", "   ", "No. 5", "e.g. ", "5.5 mm"]),
        st.sampled_from(["1. ", "...", "…”", "e\u0301\u0301", "👨\u200d👩\u200d👧", "\u3000", "x" * 40, "红" * 40, "soft.Good"]),
        st.text(max_size=6),
    ),
    max_size=60,
).map("".join)


def texts(text: str, most_chars: int, overlap_sentences: int = 0) -> list[str]:
    return [chunk.text for chunk in chunks(text, most_chars=most_chars, overlap_sentences=overlap_sentences)]


@settings(max_examples=500, deadline=None)
@given(PROSE, st.integers(1, 90), st.integers(0, 4))
def test_chunks_hold_the_whole_text(text: str, most_chars: int, overlap: int) -> None:
    found = chunks(text, most_chars=most_chars, overlap_sentences=overlap)
    seen: set[int] = set()
    previous_start, previous_end = -1, 0
    for start, piece in found:
        end = start + len(piece)
        assert text[start:end] == piece
        assert piece == piece.strip()
        assert 0 < len(piece) <= most_chars
        assert start > previous_start and end > previous_end
        assert previous_end - start <= most_chars // 4
        previous_start, previous_end = start, end
        seen.update(range(start, end))
    assert {index for index, char in enumerate(text) if not char.isspace()} <= seen
    if overlap == 0:
        assert sum(len(chunk.text) for chunk in found) == len(seen)


@settings(max_examples=100, deadline=None)
@given(PROSE)
def test_a_short_text_is_one_chunk(text: str) -> None:
    found = chunks(text, most_chars=max(len(text), 1))
    assert [chunk.text for chunk in found] == ([text.strip()] if text.strip() else [])


@pytest.mark.parametrize(
    ("text", "most_chars", "pieces"),
    [
        ("很好。质量不错！下次再买；推荐", 8, ["很好。质量不错！", "下次再买；推荐"]),
        ("Very soft. Fits well! Would buy again", 22, ["Very soft. Fits well!", "Would buy again"]),
        ("It is 5.5 mm thick. Fine", 20, ["It is 5.5 mm thick.", "Fine"]),
        ("Chanel No. 5 smells. Good", 21, ["Chanel No. 5 smells.", "Good"]),
        ("It weighs 5.5. Not more", 16, ["It weighs 5.5.", "Not more"]),
        ("Has extras, e.g. pockets. Good", 26, ["Has extras, e.g. pockets.", "Good"]),
        ("1. Soft fabric\n2. Warm lining", 20, ["1. Soft fabric", "2. Warm lining"]),
        ("1. Soft fabric 2. Warm lining", 20, ["1. Soft fabric", "2. Warm lining"]),
        ("1、面料柔软 2、保暖", 8, ["1、面料柔软", "2、保暖"]),
        ("香奈儿No. 5香水。留香", 12, ["香奈儿No. 5香水。", "留香"]),
        ("He said: “很好！”然后走了很远", 14, ["He said: “很好！”", "然后走了很远"]),
        ("soft.Good quality", 12, ["soft.", "Good quality"]),
        ("first line\nsecond line", 12, ["first line", "second line"]),
        ("面料柔软，穿着舒适，不起球", 11, ["面料柔软，穿着舒适，", "不起球"]),
        ("costs 1,000 dollars, or more", 20, ["costs 1,000 dollars,", "or more"]),
        ("one two three four", 9, ["one two", "three", "four"]),
        ("红" * 10, 4, ["红" * 4, "红" * 4, "红" * 2]),
        ("abe\u0301cd", 3, ["ab", "e\u0301c", "d"]),
        ("a" + " " * 50 + "b", 5, ["a", "b"]),
        (" \n ", 5, []),
        ("", 5, []),
    ],
)
def test_where_it_cuts(text: str, most_chars: int, pieces: list[str]) -> None:
    assert texts(text, most_chars) == pieces


def test_the_last_sentence_is_said_again() -> None:
    text = "The fabric is very soft and warm in winter. I like it. The colour is as in the picture, I think. Nice. It came fast."
    found = texts(text, 60, overlap_sentences=1)
    assert found == [
        "The fabric is very soft and warm in winter. I like it.",
        "I like it. The colour is as in the picture, I think. Nice.",
        "Nice. It came fast.",
    ]


def test_a_sentence_too_long_for_a_quarter_is_not_said_again() -> None:
    assert texts("面料柔软穿着很舒适。颜色和图片完全一样。物流很快", 12, overlap_sentences=2) == [
        "面料柔软穿着很舒适。",
        "颜色和图片完全一样。",
        "物流很快",
    ]


@pytest.mark.parametrize("options", [{"most_chars": 0}, {"most_chars": 5, "overlap_sentences": -1}])
def test_impossible_sizes_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="most_chars = "):
        chunks("text", **options)


@pytest.mark.parametrize(
    ("unit", "length"),
    [
        ("Very good. Fast delivery, ", 1_000_000),
        ("很好，非常不错。", 1_000_000),
        ("a ", 1_000_000),
        *[(unit, 500_000) for unit in ["! ", "...", "a", "1. ", "\n", ".)", "e\u0301", "，"]],
    ],
)
def test_a_megabyte_takes_less_than_a_second(unit: str, length: int) -> None:
    text = unit * (length // len(unit)) + "x" * 50
    times = []
    for _ in range(2):
        start = time.process_time()
        chunks(text, most_chars=400)
        times.append(time.process_time() - start)
    assert min(times) < 1.0
