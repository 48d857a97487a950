"""What language models among the taggers of a pipeline spent."""

from __future__ import annotations

from typing import Any

from hangtag.pipeline import Pipeline, every_tagger
from hangtag.taggers.llm import LlmTagger

__all__ = ["close_and_bill", "llm_taggers"]


def llm_taggers(pipeline: Pipeline) -> list[LlmTagger]:
    """All of them, those within cascades too."""
    return [tagger for tagger in every_tagger(pipeline.taggers) if isinstance(tagger, LlmTagger)]


def close_and_bill(pipeline: Pipeline) -> dict[str, dict[str, Any]]:
    """End what they keep open; gives the bill of each, by its name (see `Chat.bill`)."""
    found = {}
    for tagger in llm_taggers(pipeline):
        found[tagger.name] = tagger.chat.bill()
        tagger.chat.close()
    return found
