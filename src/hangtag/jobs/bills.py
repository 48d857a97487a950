"""What the language models within a tagger spent."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from hangtag.model import Tagger
from hangtag.pipeline import every_tagger
from hangtag.taggers.llm import LlmTagger

__all__ = ["Bills", "Tell", "bill_of", "billed", "close_and_bill", "llm_taggers"]

Bills: TypeAlias = dict[str, dict[str, Any]]
Tell: TypeAlias = Callable[[Bills], None]


def llm_taggers(tagger: Tagger) -> list[LlmTagger]:
    """All of them, those within pipelines and cascades too."""
    return [one for one in every_tagger([tagger]) if isinstance(one, LlmTagger)]


def bill_of(tagger: Tagger) -> Bills:
    """The bill of each until now, by its name (see `Chat.bill`)."""
    return {one.name: one.chat.bill() for one in llm_taggers(tagger)}


def close_and_bill(tagger: Tagger) -> Bills:
    """End what they keep open; gives the bill of each."""
    found = bill_of(tagger)
    for one in llm_taggers(tagger):
        one.chat.close()
        one.chat.cache.close()
    return found


@contextlib.contextmanager
def billed(tagger: Tagger, tell: Tell | None) -> Iterator[None]:
    """A time at whose end, also where it fails, what they keep open is ended and somebody is told the bill of each, if there are any."""
    try:
        yield
    finally:
        found = close_and_bill(tagger)
        if tell is not None and found:
            tell(found)
