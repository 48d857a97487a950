"""What a run spends on a language model, and the most it may."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from hangtag.config import Price
from hangtag.errors import ConfigError

__all__ = ["Budget", "Meter", "Purse", "Spent", "read_budget"]

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

    def count(self, asked: int, answered: int, useful: bool) -> None:
        """Count a request that was paid for."""
        self.requests += 1
        self.asked_tokens += asked
        self.answered_tokens += answered
        self.lost += not useful

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


class _Line(msgspec.Struct, frozen=True, array_like=True):
    """A line of the file of what was spent."""

    asked: int
    answered: int
    useful: bool
    model: str = ""


class Purse:
    """What the language models of a run may spend together: one `budget`, which the meters of all of them count against.

    `path` holds a line for each request that was charged, with its model: what a run had spent that was killed counts when it goes on.
    `prices` are those of models that may have had a part in it then. Meters may count from several threads.
    """

    def __init__(self, budget: Budget | None = None, path: Path | None = None, *, prices: Mapping[str, Price | None] | None = None) -> None:
        self.budget, self.path = budget, path
        self.lock = threading.RLock()
        self._prices: dict[str, Price | None] = dict(prices or {})
        self._spent: dict[str, Spent] = {}
        self._meters: dict[str, Meter] = {}
        self._aside, self._under_way = 0.0, 0
        self._ended = False
        if path is not None:
            self._read(path)

    def meter(self, model: str, price: Price | None) -> Meter:
        """The meter of a model, the same each time: two taggers that ask one model have one count."""
        if model not in self._meters:
            self._meters[model] = Meter(price=price, model=model, purse=self)
        return self._meters[model]

    def count_of(self, model: str, price: Price | None) -> Spent:
        """The counts of a model, for its meter to go on with."""
        self._prices[model] = price
        return self._spent.setdefault(model, Spent())

    def cost(self, price: Price | None, asked: float, answered: float) -> float:
        """What tokens cost, in what the budget counts."""
        if self.budget is not None and self.budget.money is not None and price is not None:
            return (asked * price.input + answered * price.output) / _MILLION
        return asked + answered

    def set_aside(self, worst: float) -> bool:
        """Set the worst case of a request aside, if that much is left."""
        with self.lock:
            too_much = self.budget is not None and self._so_far() + self._aside + worst > self._most(self.budget) + 1e-12
            if self._ended or too_much:
                return False
            self._aside += worst
            self._under_way += 1
            return True

    def end(self) -> None:
        """Nothing more is spent: where one question was too dear, smaller ones would only buy halves of answers."""
        self._ended = True

    @property
    def waits(self) -> bool:
        """Whether something set aside may come back."""
        return self._under_way > 0

    def put_back(self, worst: float) -> None:
        """A request is over: what was set aside for it is free again."""
        with self.lock:
            self._under_way -= 1
            self._aside = max(0.0, self._aside - worst) if self._under_way else 0.0

    def keep(self, model: str, tokens: tuple[int, int], useful: bool) -> None:
        """Write down a request that was charged."""
        if self.path is not None:
            with self.lock, self.path.open("ab") as file:
                file.write(msgspec.json.encode(_Line(*tokens, useful, model)) + b"\n")

    def _so_far(self) -> float:
        return sum(self.cost(self._prices.get(model), one.asked_tokens, one.answered_tokens) for model, one in self._spent.items())

    @staticmethod
    def _most(budget: Budget) -> float:
        return budget.money if budget.money is not None else float(budget.tokens or 0)

    def _read(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        content = path.read_bytes() if path.exists() else b""
        whole = content[: content.rfind(b"\n") + 1]
        for line in whole.splitlines():
            one = msgspec.json.decode(line, type=_Line)
            self._spent.setdefault(one.model, Spent()).count(one.asked, one.answered, one.useful)
        if len(whole) < len(content):  # killed while it wrote: the next line shall not go on where this one broke off
            path.write_bytes(whole)


class Meter:
    """Counts what a model spends and keeps it under the budget: its own, or that of the `purse` it shares with others.

    Before a request its worst case is set aside: the bytes of its prompt (no tokenizer makes more tokens of them) or, once some answers
    have told how many it makes, a little more than the most seen; and the longest answer. Kept in `path`, the counts of a run that was
    killed go on where they were.
    """

    def __init__(
        self,
        budget: Budget | None = None,
        price: Price | None = None,
        path: Path | None = None,
        *,
        model: str = "",
        purse: Purse | None = None,
    ) -> None:
        self.purse = purse if purse is not None else Purse(budget, path)
        self.model, self.price = model, price
        self.spent = self.purse.count_of(model, price)
        self._answers, self._mean_answer = 0, 0.0
        self._most_a_byte = self._mean_a_byte = _MOST_TOKENS_A_BYTE
        self._seen = 0.0

    @property
    def budget(self) -> Budget | None:
        """The most that may be spent."""
        return self.purse.budget

    def worst(self, prompt_bytes: int, answer_tokens: int) -> float:
        """What a request costs at most, in what the budget counts."""
        return self.purse.cost(self.price, prompt_bytes * self._most_a_byte * _SAFELY, answer_tokens)

    def set_aside(self, worst: float) -> bool:
        """Set the worst case of a request aside, if that much is left."""
        return self.purse.set_aside(worst)

    @property
    def waits(self) -> bool:
        """Whether something set aside may come back."""
        return self.purse.waits

    def settle(self, worst: float, prompt_bytes: int, tokens: tuple[int, int] | None, *, useful: bool = True, charged: bool = True) -> None:
        """A request is over. `tokens` are those it asked and answered; None where no answer came, which may have been charged all the
        same: it is counted as an answer like those before, unless not `charged`."""
        with self.purse.lock:  # nobody shall see it neither set aside nor charged
            self.purse.put_back(worst)
            if charged:
                self.charge(prompt_bytes, tokens, useful=useful)

    def charge(self, prompt_bytes: int, tokens: tuple[int, int] | None, *, useful: bool = True) -> None:
        """Count a request that was charged; without `tokens` as one like those before."""
        with self.purse.lock:
            if tokens is None:
                tokens, useful = (round(prompt_bytes * self._mean_a_byte), round(self._mean_answer)), False
            else:
                self._learn(prompt_bytes, *tokens)
            self.spent.count(*tokens, useful)
            self.purse.keep(self.model, tokens, useful)

    def found(self, asked_tokens: int, answered_tokens: int) -> None:
        """An answer was in the cache."""
        self.spent.cached += 1
        self.spent.cached_asked_tokens += asked_tokens
        self.spent.cached_answered_tokens += answered_tokens

    def habits(self) -> tuple[float, float] | None:
        """Tokens a byte of the prompts, and of an answer, on average; None before the first answer."""
        return (self._mean_a_byte, self._mean_answer) if self._answers else None

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
