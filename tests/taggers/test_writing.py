"""Tags as a line of text, and writing such lines under a grammar."""

from __future__ import annotations

import math
import random
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hangtag.taggers.decoding import Decoder
from hangtag.taggers.writing import BETWEEN, Bones, Grammar, Pair, ask, can_be_written, write

TITLE = "Lure | YTQHXY Metal Spinner 85mm 20g 红色 连衣裙 ＸＬ"
NAMES = ["Brand Name", "Weight", "Color"]
KNOWN = {"Color": ["dark red"]}


def grammar(text: str = TITLE, names: list[str] = NAMES) -> Grammar:
    return Grammar(Bones(text), names, KNOWN)


def test_what_is_asked_and_written() -> None:
    assert ask("Lure | 20g", ["Brand", "Weight"]) == "Lure | 20g -> Brand, Weight ->"
    assert write([("Brand", "YTQHXY"), ("Weight", "20g")]) == "Brand: YTQHXY | Weight: 20g"
    assert not can_be_written("a | b") and not can_be_written(" ") and can_be_written("红色")


@pytest.mark.parametrize(
    ("line", "pairs"),
    [
        (" Brand Name: YTQHXY | Weight: 20g", [Pair(0, "Brand Name", "YTQHXY"), Pair(1, "Weight", "20g")]),
        ("brand name:ytqhxy", [Pair(0, "Brand Name", "YTQHXY")]),
        ("Color: dark  Red", [Pair(0, "Color", "dark red")]),
        ("Color: 红色 | Color: XL", [Pair(0, "Color", "红色"), Pair(1, "Color", "ＸＬ")]),
        ("Weight: 20", [Pair(0, "Weight", "20")]),
        ("Weight: 20g | Brand Name: YTQHXY", [Pair(0, "Weight", "20g")]),
        ("Weight: 20g | Weight: 20g", [Pair(0, "Weight", "20g")]),
        ("Brand Name: YTQ", []),
        ("Weight: 2", []),
        ("Weight: 30g", []),
        ("Material: Metal", []),
        ("", []),
    ],
)
def test_pairs_of_a_line(line: str, pairs: list[Pair]) -> None:
    assert grammar().pairs(line) == pairs
    assert grammar().is_whole(line) is (len(pairs) == line.count(BETWEEN) + 1 or not line)


@pytest.mark.parametrize("line", ["", " Bra", "Brand Name: YTQ", "Weight: 8", "Color: dark r", "Brand Name: YTQHXY | W", "Color: 红\ufffd"])
def test_beginnings_that_may_become_lines(line: str) -> None:
    assert grammar().is_viable(line)


@pytest.mark.parametrize("line", ["Brand Name: TQH", "Weight: 5mm", "Material", "Weight: 20g | Brand", "Color: 色", "Brand Name: | "])
def test_beginnings_that_cannot(line: str) -> None:
    # "5mm" begins within a number, "色" may begin a word: Chinese has no blanks.
    assert grammar().is_viable(line) is (line == "Color: 色")


def test_a_value_has_every_place() -> None:
    text = Bones("Red shoes, RED laces, redder")
    assert [text.text[start:end] for start, end in text.find("red")] == ["Red", "RED"]


class Chars:
    """A tokenizer of single characters."""

    def encode(self, text: str) -> Any:
        return SimpleNamespace(tokens=list(text))

    def token_to_id(self, token: str) -> int:
        return ord(token)

    def decode(self, ids: list[int], skip_special_tokens: bool) -> str:
        return "".join(map(chr, ids))


class Dice:
    """Stands where CTranslate2's generator does: next tokens by dice, weighed to spell what is asked for, the same for the same line."""

    def __init__(self, seed: int, wish: str) -> None:
        self.seed, self.wish = seed, wish
        self.tokens = sorted({*TITLE, *"".join(NAMES), *": |", *wish, "$"})

    def scores(self, prompt: list[str]) -> dict[str, float]:
        chance = random.Random(f"{self.seed}{''.join(prompt)}")
        weights = {token: chance.random() for token in self.tokens}
        line = "".join(prompt).rpartition("->")[2]
        if self.wish.startswith(line) and line != self.wish:
            weights[self.wish[len(line)]] += chance.choice([0.0, 1.0])
        total = sum(weights.values())
        return {token: math.log(weight / total) for token, weight in weights.items()}

    def generate_batch(self, prompts: list[list[str]], *, max_length: int = 256, num_hypotheses: int = 1, **options: Any) -> list[Any]:
        results = []
        for prompt in prompts:
            if options.get("return_alternatives"):
                best = sorted(self.scores(prompt).items(), key=lambda item: -item[1])[:num_hypotheses]
                results.append(SimpleNamespace(sequences=[[token] for token, _ in best]))
                continue
            line: list[str] = []
            while len(line) < max_length and "$" not in line:
                scores = self.scores([*prompt, *line])
                line.append(max(scores, key=lambda token: scores[token]))
            results.append(SimpleNamespace(sequences=[line]))
        return results

    def score_batch(self, lines: list[list[str]], **_: Any) -> list[Any]:
        return [SimpleNamespace(log_probs=[self.scores(line[:at]).get(line[at], -9.0) for at in range(1, len(line))]) for line in lines]


def masked(dice: Dice, asked: str, rules: Grammar) -> str:
    """The line that a mask over all tokens at every step gives."""
    line = ""
    while len(line) < 90:
        scores = dice.scores([*asked, *line])
        valid = [one for one in scores if (rules.is_whole(line) if one == "$" else rules.is_viable(line + one))]
        best = max(valid, key=lambda token: scores[token], default="$")
        if best == "$":
            return line
        line += best
    while not rules.is_whole(line):
        line = line[:-1]
    return line


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000))
def test_repairs_give_what_a_mask_would(seed: int) -> None:
    rules, asked = grammar(), ask(TITLE, NAMES)
    dice = Dice(seed, "Brand Name: YTQHXY | Weight: 85mm$")
    line = Decoder(dice, Chars(), translates=False, end="$").write([asked], [rules])[0]
    expected = masked(dice, asked, rules)
    assert rules.is_whole(line.text)
    # Repairs are numbered; a line that needs more of them ends where its last whole part does.
    assert line.text == expected or expected.startswith(line.text)
    tokens = [*asked, *line.text]
    scores = dice.score_batch([tokens])[0].log_probs[-len(line.text) :] if line.text else []
    parts: list[list[float]] = [[] for _ in line.text.split(BETWEEN)] if line.text else []
    for place, score in enumerate(scores):
        parts[line.text[: place + 1].count(BETWEEN)].append(score)
    assert line.sure == pytest.approx([math.exp(sum(part) / len(part)) for part in parts])


def test_a_line_without_faults_is_left_alone() -> None:
    class Sure(Dice):
        def scores(self, prompt: list[str]) -> dict[str, float]:
            line = "".join(prompt).rpartition("->")[2]
            return {token: math.log(0.9 if token == self.wish[len(line) : len(line) + 1] else 0.001) for token in self.tokens}

    sure = Sure(1, "Brand Name: YTQHXY | Weight: 85mm$")
    line = Decoder(sure, Chars(), translates=False, end="$").write([ask(TITLE, NAMES)], [grammar()])[0]
    assert line.text == "Brand Name: YTQHXY | Weight: 85mm"
    assert line.sure == pytest.approx([0.9, 0.9])
