"""What a run spends on a language model, and the most it may."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgspec

from hangtag.config import Price
from hangtag.errors import ConfigError

__all__ = ["Budget", "Meter", "Spent", "read_budget"]

_NUMBER = r"(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d*\.?\d+)"
_TOKENS = re.compile(rf"{_NUMBER}\s*([kKmM]?)\s*(?:t|tokens?)", re.ASCII)
_MONEY = re.compile(rf"[¥$€£]?\s*{_NUMBER}", re.ASCII)
_TIMES = {"": 1, "k": 1_000, "m": 1_000_000}
_MILLION = 1e6
_MOST_TOKENS_A_BYTE = 1.0
_SAFELY = 1.1
_ENOUGH = 20


class Spent(msgspec.Struct, kw_only=True):
    """Counts of a run: requests that were paid for, their tokens, answers found in the cache and what those would have cost; `lost` of the
    requests brought nothing that could be used."""

    requests: int = 0
    asked_tokens: int = 0
    answered_tokens: int = 0
    lost: int = 0
    cached: int = 0
    cached_asked_tokens: int = 0
    cached_answered_tokens: int = 0

    def money(self, price: Price | None) -> float | None:
        """What the tokens cost; None where no price is known."""
        return None if price is None else (self.asked_tokens * price.input + self.answered_tokens * price.output) / _MILLION


@dataclass(frozen=True, slots=True)
class Budget:
    """The most a run may spend: `money` or `tokens`, one of them."""

    money: float | None = None
    tokens: int | None = None


def read_budget(given: float | str | None, price: Price | None, model: str) -> Budget | None:
    """A budget as people write it: "5.00", "¥5", "200000 tokens", "200k tokens". Raises `ConfigError` for anything else, and for money
    where the model has no price."""
    if given is None:
        return None
    text = str(given).strip()
    if found := _TOKENS.fullmatch(text):
        return Budget(tokens=round(float(found[1].replace(",", "")) * _TIMES[found[2].lower()]))
    if (found := _MONEY.fullmatch(text)) is None:
        raise ConfigError(f"budget {given}: write it as money, such as 5.00, or as tokens, such as '200k tokens'")
    if price is None:
        raise ConfigError(
            f"budget {given}: nobody said what '{model}' costs; add [llm.prices.\"{model}\"] with input and output "
            "(money for a million tokens) to hangtag.toml, or give the budget in tokens"
        )
    return Budget(money=float(found[1].replace(",", "")))


class Meter:
    """Counts what is spent and keeps it under the budget.

    Before a request its worst case is set aside: the bytes of its prompt (no tokenizer makes more tokens of them) or, once some answers
    have told how many it makes, a little more than the most seen; and the longest answer. Kept in `path`, the counts of a run that was
    killed go on where they were. Belongs to one event loop.
    """

    def __init__(self, budget: Budget | None = None, price: Price | None = None, path: Path | None = None) -> None:
        self.budget, self.price = budget, price
        self.spent = Spent()
        self._aside, self._under_way = 0.0, 0
        self._answers, self._mean_answer = 0, 0.0
        self._most_a_byte = self._mean_a_byte = _MOST_TOKENS_A_BYTE
        self._seen = 0.0
        self._file: IO[bytes] | None = None
        if path is not None:
            self._read(path)

    def worst(self, prompt_bytes: int, answer_tokens: int) -> float:
        """What a request costs at most, in what the budget counts."""
        return self._cost(prompt_bytes * self._most_a_byte * _SAFELY, answer_tokens)

    def set_aside(self, worst: float) -> bool:
        """Set the worst case of a request aside, if that much is left."""
        if self.budget is not None and self._so_far() + self._aside + worst > self._most() + 1e-12:
            return False
        self._aside += worst
        self._under_way += 1
        return True

    @property
    def waits(self) -> bool:
        """Whether something set aside may come back."""
        return self._under_way > 0

    def settle(self, worst: float, prompt_bytes: int, tokens: tuple[int, int] | None, *, useful: bool = True, charged: bool = True) -> None:
        """A request is over. `tokens` are those it asked and answered; None where no answer came, which may have been charged all the
        same: it is counted as an answer like those before, unless not `charged`."""
        self._under_way -= 1
        self._aside = max(0.0, self._aside - worst) if self._under_way else 0.0
        if charged:
            self.charge(prompt_bytes, tokens, useful=useful)

    def charge(self, prompt_bytes: int, tokens: tuple[int, int] | None, *, useful: bool = True) -> None:
        """Count a request that was charged; without `tokens` as one like those before."""
        if tokens is None:
            tokens, useful = (round(prompt_bytes * self._mean_a_byte), round(self._mean_answer)), False
        else:
            self._learn(prompt_bytes, *tokens)
        self.spent.requests += 1
        self.spent.asked_tokens += tokens[0]
        self.spent.answered_tokens += tokens[1]
        self.spent.lost += not useful
        if self._file is not None:
            self._file.write(msgspec.json.encode((*tokens, useful)) + b"\n")
            self._file.flush()

    def found(self, asked_tokens: int, answered_tokens: int) -> None:
        """An answer was in the cache."""
        self.spent.cached += 1
        self.spent.cached_asked_tokens += asked_tokens
        self.spent.cached_answered_tokens += answered_tokens

    def habits(self) -> tuple[float, float] | None:
        """Tokens a byte of the prompts, and of an answer, on average; None before the first answer."""
        return (self._mean_a_byte, self._mean_answer) if self._answers else None

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _learn(self, prompt_bytes: int, asked: int, answered: int) -> None:
        self._answers += 1
        share = asked / max(1, prompt_bytes)
        if self._answers == 1:
            self._mean_a_byte = share
        self._seen = max(self._seen, share)
        self._mean_a_byte += (share - self._mean_a_byte) / self._answers
        self._mean_answer += (answered - self._mean_answer) / self._answers
        if self._answers >= _ENOUGH:
            self._most_a_byte = self._seen

    def _cost(self, asked: float, answered: float) -> float:
        if self.budget is not None and self.budget.money is not None and self.price is not None:
            return (asked * self.price.input + answered * self.price.output) / _MILLION
        return asked + answered

    def _so_far(self) -> float:
        return self._cost(self.spent.asked_tokens, self.spent.answered_tokens)

    def _most(self) -> float:
        assert self.budget is not None
        return self.budget.money if self.budget.money is not None else float(self.budget.tokens or 0)

    def _read(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        content = path.read_bytes() if path.exists() else b""
        whole = content[: content.rfind(b"\n") + 1]
        for line in whole.splitlines():
            asked, answered, useful = msgspec.json.decode(line, type=tuple[int, int, bool])
            self.spent.requests += 1
            self.spent.asked_tokens += asked
            self.spent.answered_tokens += answered
            self.spent.lost += not useful
        self._file = path.open("r+b" if path.exists() else "w+b")
        self._file.seek(len(whole))
        self._file.truncate()
