"""A pipeline: taggers in a row, their tags fused and decided. A pipeline is itself a tagger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from hangtag.errors import HangtagError
from hangtag.model import Product, Tag, Tagger, Unanswered
from hangtag.pipeline.fuse import fuse
from hangtag.pipeline.policy import Policy
from hangtag.vocabulary import Vocabulary, starter_vocabulary

__all__ = ["Fused", "Pipeline"]


class Pipeline:
    """Runs `taggers` over products, fuses what they say with the `vocabulary` and applies the `policy`.

    The same call serves one product, a stream and a worker process.
    """

    name = "pipeline"

    def __init__(self, taggers: Sequence[Tagger], *, vocabulary: Vocabulary | None = None, policy: Policy | None = None) -> None:
        for tagger in taggers:
            if not isinstance(tagger, Tagger):
                raise HangtagError(f"{tagger!r} is no tagger: it needs a name and tag(products); see hangtag.testing.check_tagger")
        self.taggers = tuple(taggers)
        self.vocabulary = vocabulary if vocabulary is not None else starter_vocabulary()
        self.policy = policy if policy is not None else Policy()

    def tag(self, products: Sequence[Product], /) -> list[list[Tag]]:
        """One list of decided tags per product, in order; `Unanswered` where a tagger could not read it."""
        said = [tagger.tag(products) for tagger in self.taggers]
        for tagger, lists in zip(self.taggers, said, strict=True):
            if len(lists) != len(products):
                raise HangtagError(
                    f"the tagger '{tagger.name}' gave {len(lists)} lists for {len(products)} products; it must give one each"
                )
        return [self._joined(product, [lists[number] for lists in said]) for number, product in enumerate(products)]

    def _joined(self, product: Product, said: Sequence[list[Tag]]) -> list[Tag]:
        tags = self._decided(fuse(product, said, self.vocabulary))
        reasons = [tags.reason for tags in said if isinstance(tags, Unanswered)]
        return Unanswered(tags, reason="; ".join(reasons)) if reasons else tags

    def _decided(self, tags: list[Tag]) -> list[Tag]:
        return self.policy.apply(tags)

    def pipe(self, products: Iterable[Product], *, batch_size: int = 256) -> Iterator[tuple[Product, list[Tag]]]:
        """Tag a stream of products, `batch_size` at a time; memory does not grow with the stream."""
        stream = iter(products)
        while batch := list(islice(stream, batch_size)):
            yield from zip(batch, self.tag(batch), strict=True)


class Fused(Pipeline):
    """Taggers made one, as a stage of a cascade runs them: what they say is fused, the unsure too, and nothing is decided."""

    name = "fused"

    def _decided(self, tags: list[Tag]) -> list[Tag]:
        return tags  # who runs all stages decides: a status given here would look like the taggers' own wish
