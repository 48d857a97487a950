"""A tagger of your own beside the built-in ones.

    hangtag tag catalogue.csv --tagger lexicon --tagger own_tagger:WarrantyTagger

(run it in this folder, or install the module). `check_tagger` says whether it keeps the contract.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from hangtag import Product, Tag, TextSpan
from hangtag.testing import check_tagger

PATTERN = re.compile(r"(?:全国联保|质保[一二三四五\d]年|\d[- ]year warranty)", re.IGNORECASE)


class WarrantyTagger:
    """Finds warranties. Attributes the vocabulary does not know are welcome."""

    name = "warranty@1"

    def tag(self, products: Sequence[Product], /) -> list[list[Tag]]:
        return [self._tag_one(product) for product in products]

    def _tag_one(self, product: Product) -> list[Tag]:
        return [
            Tag(
                attribute="warranty",
                value=match[0].lower(),
                confidence=0.9,
                source=self.name,
                evidence=(TextSpan(name, *match.span(), match[0]),),
            )
            for name, text in product.fields.items()
            for match in PATTERN.finditer(text)
        ]


if __name__ == "__main__":
    check_tagger(WarrantyTagger())
    for tags in WarrantyTagger().tag([Product(id="1", fields={"title": "电饭煲 全国联保 质保三年"})]):
        print(*tags, sep="\n")
