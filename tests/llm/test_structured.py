"""An answer is read however a model puts it."""

from __future__ import annotations

import json
import time

import pytest

from hangtag.llm.structured import read_object

ENTRY = {"type": "object", "properties": {"value": {"type": "string"}}, "required": ["value"], "additionalProperties": False}
SCHEMA = {"type": "object", "properties": {"tags": {"type": "array", "items": ENTRY}}, "required": ["tags"]}
FORM = '{"tags": [{"value": "..."}]}'
RED = '{"tags": [{"value": "red"}]}'


@pytest.mark.parametrize(
    "text",
    [
        RED,
        f"<think>The format is {FORM}. It is red.</think>\n{RED}",
        f"The format is {FORM}. It is red.</think>\n{RED}",
        f"They want {FORM}. So:\n```json\n{RED}\n```\nDone.",
        f"<think>A {{ that nothing closes</think>{RED}",
        f"A {{ that nothing closes, then {{ another: {RED}",
        f'A dress {{12" long: {RED}',
        "Here: {'tags': [{'value': 'red',}],}",
    ],
)
def test_the_answer_is_what_comes_last(text: str) -> None:
    assert read_object(text, SCHEMA) == {"tags": [{"value": "red"}]}


@pytest.mark.parametrize("text", [f"<think>The format is {FORM}", f"<think>{FORM}</think>", RED[:-1], "{" * 50, "", "{}", f"[{RED[:-2]}"])
def test_what_holds_no_whole_answer_gives_none(text: str) -> None:
    assert read_object(text, SCHEMA) is None


def test_the_end_of_thoughts_may_be_words_of_the_product() -> None:
    said = {"tags": [{"value": "red </think> dress"}]}
    assert read_object(json.dumps(said), SCHEMA) == said


def test_halves_of_characters_become_question_marks() -> None:
    assert read_object('{"tags": [{"value": "red \\ud83d"}]}', SCHEMA) == {"tags": [{"value": "red ?"}]}
    assert read_object("{'tags': [{'value': 'red \\ud83d'}], 'more': {1, 2}}", SCHEMA) is not None
    assert read_object('{"tags": [{"value": "\\ud83d\\ude00"}]}', SCHEMA) == {"tags": [{"value": "😀"}]}


@pytest.mark.parametrize("unit", ["{", '{"', '{"tags": [', RED[:-1], "<think>", "</think>{", '{"a": {"tags": "\\'])
def test_time_is_bounded_on_hostile_answers(unit: str) -> None:
    begun = time.process_time()
    read_object(unit * (200_000 // len(unit)), SCHEMA)
    assert time.process_time() - begun < 5
