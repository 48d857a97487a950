"""What the language models within a tagger spent."""

from __future__ import annotations

from typing import Any

from hangtag.model import Tagger
from hangtag.pipeline import every_tagger
from hangtag.taggers.llm import LlmTagger

__all__ = ["bill_of", "close_and_bill", "llm_taggers"]


def llm_taggers(tagger: Tagger) -> list[LlmTagger]:
    """All of them, those within pipelines and cascades too."""
    return [one for one in every_tagger([tagger]) if isinstance(one, LlmTagger)]


def bill_of(tagger: Tagger) -> dict[str, dict[str, Any]]:
    """The bill of each until now, by its name (see `Chat.bill`)."""
    return {one.name: one.chat.bill() for one in llm_taggers(tagger)}


def close_and_bill(tagger: Tagger) -> dict[str, dict[str, Any]]:
    """End what they keep open; gives the bill of each."""
    found = bill_of(tagger)
    for one in llm_taggers(tagger):
        one.chat.close()
    return found
