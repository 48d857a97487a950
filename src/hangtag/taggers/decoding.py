"""Writing under a grammar, by CTranslate2 with 8-bit weights: a language model that goes on with a text, or one that translates it.

A line is written freely first. At its first token that no valid line has, the likeliest next tokens are asked for and the first valid one
is taken; from there the line is written on. That gives the line a mask over all tokens at every step would give (but for what is not
among the `_ALTERNATIVES` likeliest), at the price of a repair where one is needed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from hangtag.extras import require
from hangtag.taggers.writing import BETWEEN, Grammar

__all__ = ["Decoder", "Line"]

_ALTERNATIVES, _MOST_REPAIRS, _MOST_TOKENS = 32, 12, 96
Tokens = list[str]


class Line(NamedTuple):
    """A written line and how `sure` each of its parts is: the geometric mean of its tokens' probabilities; a separator counts for the part
    after it."""

    text: str
    sure: list[float]


class Decoder:
    """`model` is CTranslate2's: a Translator (`translates`: an encoder and a decoder) or a Generator; `end` the token a line ends with."""

    def __init__(self, model: Any, tokenizer: Any, *, translates: bool, end: str) -> None:
        self._model, self._tokenizer, self._translates, self._end = model, tokenizer, translates, end

    @classmethod
    def open(cls, folder: Path, tokenizer: Any, *, translates: bool, end: str, threads: int = 1) -> Decoder:
        """With the model of a folder that CTranslate2's converters made. Raises `MissingExtra` without the `generate` extra."""
        runtime = require("ctranslate2", extra="generate")
        made = runtime.Translator if translates else runtime.Generator
        model = made(str(folder), device="cpu", compute_type="int8", inter_threads=1, intra_threads=threads)
        return cls(model, tokenizer, translates=translates, end=end)

    def write(self, asked: Sequence[str], grammars: Sequence[Grammar]) -> list[Line]:
        """One line for each text."""
        sources = [self._tokenizer.encode(text).tokens for text in asked]
        lines: list[Tokens] = [[] for _ in asked]
        open_ones = list(range(len(asked)))
        for _ in range(_MOST_REPAIRS):
            if not open_ones:
                break
            faults: dict[int, int] = {}
            for number, tokens in zip(open_ones, self._go_on([sources[n] for n in open_ones], [lines[n] for n in open_ones]), strict=True):
                lines[number] = lines[number] + tokens
                if (fault := self._first_fault(lines[number], grammars[number])) is not None:
                    faults[number] = fault
            open_ones = self._repair(sources, lines, grammars, faults)
        texts = [self._cut(tokens, grammar) for tokens, grammar in zip(lines, grammars, strict=True)]
        written = [number for number, (tokens, _) in enumerate(texts) if tokens]
        scores = self._scores([sources[number] for number in written], [texts[number][0] for number in written])
        scored = dict(zip(written, scores, strict=True))
        return [Line(text, self._by_parts(tokens, scored.get(number, ()))) for number, (tokens, text) in enumerate(texts)]

    def _go_on(self, sources: Sequence[Tokens], lines: Sequence[Tokens], **options: Any) -> list[Tokens]:
        """What is written next, up to the end, which is part of it."""
        how: dict[str, Any] = {"beam_size": 1, "return_end_token": True, "end_token": self._end, "max_batch_size": 32, **options}
        if self._translates:
            room = {"max_decoding_length": how.pop("max_length", _MOST_TOKENS) + max(map(len, lines))}
            results = self._model.translate_batch(list(sources), target_prefix=list(lines), **how, **room)
            return [result.hypotheses[0][len(line) :] for result, line in zip(results, lines, strict=True)]
        prompts = [source + line for source, line in zip(sources, lines, strict=True)]
        how.setdefault("max_length", _MOST_TOKENS)
        return [result.sequences[0] for result in self._model.generate_batch(prompts, include_prompt_in_result=False, **how)]

    def _alternatives(self, source: Tokens, line: Tokens) -> list[str]:
        """The likeliest next tokens, best first."""
        how: dict[str, Any] = {"num_hypotheses": _ALTERNATIVES, "return_alternatives": True, "beam_size": 1}
        how |= {"return_end_token": True, "end_token": self._end}
        if self._translates:
            result = self._model.translate_batch([source], target_prefix=[line], max_decoding_length=len(line) + 1, **how)[0]
            found = [one[len(line) :] for one in result.hypotheses]
        else:
            found = self._model.generate_batch([source + line], include_prompt_in_result=False, max_length=1, **how)[0].sequences
        return [one[0] for one in found if one]

    def _repair(
        self, sources: Sequence[Tokens], lines: list[Tokens], grammars: Sequence[Grammar], faults: dict[int, int]
    ) -> list[int]:
        """Replace the first fault of each line by the likeliest token that is none; gives the lines to be gone on with."""
        mended = []
        for number, fault in faults.items():
            line = lines[number][:fault]
            valid = (one for one in self._alternatives(sources[number], line) if self._first_fault([*line, one], grammars[number]) is None)
            chosen = next(valid, self._end)
            lines[number] = [*line, chosen]
            if chosen != self._end:
                mended.append(number)
        return mended

    def _first_fault(self, tokens: Tokens, grammar: Grammar) -> int | None:
        """The number of the first token with which a line can no longer become a valid one."""
        for number in range(len(tokens)):
            if tokens[number] == self._end:
                return None if grammar.is_whole(self._text(tokens[:number])) else number
            if not grammar.is_viable(self._text(tokens[: number + 1])):
                return number
        return None

    def _cut(self, tokens: Tokens, grammar: Grammar) -> tuple[Tokens, str]:
        """The whole parts of a line, with their text: one that was given up, or grew too long, ends where its last whole part does."""
        kept = tokens[: tokens.index(self._end)] if self._end in tokens else list(tokens)
        while kept and not grammar.is_whole(self._text(kept)):
            kept.pop()
        return kept, self._text(kept)

    def _scores(self, sources: Sequence[Tokens], lines: Sequence[Tokens]) -> list[list[float]]:
        """The log-probability of each token of each line."""
        if not lines:
            return []
        if self._translates:
            results = self._model.score_batch(list(sources), list(lines), max_batch_size=32)
            return [result.log_probs[: len(line)] for result, line in zip(results, lines, strict=True)]
        results = self._model.score_batch([[*source, *line] for source, line in zip(sources, lines, strict=True)], max_batch_size=32)
        return [result.log_probs[-len(line) :] for result, line in zip(results, lines, strict=True)]

    def _by_parts(self, tokens: Tokens, scores: Sequence[float]) -> list[float]:
        parts: list[list[float]] = []
        for number, score in enumerate(scores):
            part = self._text(tokens[: number + 1]).count(BETWEEN)
            parts += [[] for _ in range(part + 1 - len(parts))]
            parts[part].append(score)
        return [math.exp(sum(part) / len(part)) for part in parts]

    def _text(self, tokens: Tokens) -> str:
        ids = [self._tokenizer.token_to_id(token) for token in tokens]
        text: str = self._tokenizer.decode(ids, skip_special_tokens=False)
        return text
