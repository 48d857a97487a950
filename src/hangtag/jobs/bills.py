"""What language models among the taggers of a pipeline spent."""

from __future__ import annotations

from typing import Any

from hangtag.pipeline import Pipeline, every_tagger
from hangtag.taggers.llm import LlmTagger

__all__ = ["bill_of", "close_and_bill", "llm_taggers"]


def llm_taggers(pipeline: Pipeline) -> list[LlmTagger]:
    """All of them, those within cascades too."""
    return [tagger for tagger in every_tagger(pipeline.taggers) if isinstance(tagger, LlmTagger)]


def bill_of(pipeline: Pipeline) -> dict[str, dict[str, Any]]:
    """The bill of each until now, by its name (see `Chat.bill`)."""
    return {tagger.name: tagger.chat.bill() for tagger in llm_taggers(pipeline)}


def close_and_bill(pipeline: Pipeline) -> dict[str, dict[str, Any]]:
    """End what they keep open; gives the bill of each."""
    found = bill_of(pipeline)
    for tagger in llm_taggers(pipeline):
        tagger.chat.close()
    return found
