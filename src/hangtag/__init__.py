"""Hangtag: trustworthy typed tags for e-commerce catalogues, Chinese and English alike.

import hangtag
tags = hangtag.tag("catalogue.csv")
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from hangtag.api import evaluate, load_tagger, tag
    from hangtag.errors import HangtagError
    from hangtag.model import Evidence, Example, Feedback, Inference, Product, Tag, Tagger, TextSpan
    from hangtag.pipeline import Pipeline, Policy
    from hangtag.vocabulary import Vocabulary, load_vocabulary, starter_vocabulary

_HOMES = {
    "Evidence": "hangtag.model",
    "Example": "hangtag.model",
    "Feedback": "hangtag.model",
    "HangtagError": "hangtag.errors",
    "Inference": "hangtag.model",
    "Pipeline": "hangtag.pipeline",
    "Policy": "hangtag.pipeline",
    "Product": "hangtag.model",
    "Tag": "hangtag.model",
    "Tagger": "hangtag.model",
    "TextSpan": "hangtag.model",
    "Vocabulary": "hangtag.vocabulary",
    "evaluate": "hangtag.api",
    "load_tagger": "hangtag.api",
    "load_vocabulary": "hangtag.vocabulary",
    "starter_vocabulary": "hangtag.vocabulary",
    "tag": "hangtag.api",
}

__all__ = [
    "Evidence",
    "Example",
    "Feedback",
    "HangtagError",
    "Inference",
    "Pipeline",
    "Policy",
    "Product",
    "Tag",
    "Tagger",
    "TextSpan",
    "Vocabulary",
    "__version__",
    "evaluate",
    "load_tagger",
    "load_vocabulary",
    "starter_vocabulary",
    "tag",
]


def __getattr__(name: str) -> Any:
    # Lazy, so that `import hangtag` costs milliseconds and loads no package that the caller does not use.
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'hangtag' has no attribute '{name}'")
    return getattr(importlib.import_module(home), name)
