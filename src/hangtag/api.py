"""The doors of the package: `hangtag.tag`, `hangtag.evaluate`, `hangtag.load_tagger`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hangtag.config import DEFAULT_TAGGERS
from hangtag.jobs import Setup, evaluate_gold, tag_products
from hangtag.model import Product, Tag, Tagger
from hangtag.taggers.builtin import Parts, make_tagger
from hangtag.vocabulary import Vocabulary, starter_vocabulary

__all__ = ["evaluate", "load_tagger", "tag"]


def tag(
    products: Product | Mapping[str, Any] | Iterable[Product | Mapping[str, Any]] | str | Path,
    /,
    *,
    taggers: Sequence[str] = DEFAULT_TAGGERS,
    vocabulary: Sequence[str | Path] = (),
) -> list[list[Tag]]:
    """The tags of one product, several, or of a catalogue file: one list per product, in order.

    A dict is a record: its columns are guessed and its texts cleaned as those of a file are, so its spans index the cleaned text.
    `taggers` are SPECs (built-in names or "module:Class"), `vocabulary` files or folders (none: the starter's). Rows of a file that
    cannot be used give no list; `hangtag tag` says which and why. Raises `HangtagError`.
    """
    setup = Setup(taggers=tuple(taggers), vocabulary=tuple(str(path) for path in vocabulary))
    return tag_products([products] if isinstance(products, Product | Mapping) else products, setup=setup)


def evaluate(gold: str | Path, /, *, taggers: Sequence[str] = DEFAULT_TAGGERS, match: str = "set") -> dict[str, Any]:
    """Score taggers on labelled products, with either protocol ("set" or "any"); the same figures as `hangtag evaluate --json`."""
    return evaluate_gold(gold, setup=Setup(taggers=tuple(taggers)), match=match).to_dict()


def load_tagger(spec: str, /, *, vocabulary: Vocabulary | None = None) -> Tagger:
    """One tagger by SPEC, for a `Pipeline` of your own. Raises `UnknownTagger`."""
    return make_tagger(spec, Parts.of(vocabulary if vocabulary is not None else starter_vocabulary()))
