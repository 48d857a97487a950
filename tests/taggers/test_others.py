"""Category, given, identifier, keyword and nearest taggers."""

import hashlib
from collections.abc import Sequence

import numpy as np
import pytest

from hangtag.encode.base import Vectors
from hangtag.errors import UnknownTagger
from hangtag.model import Inference, Product, TextSpan
from hangtag.taggers.builtin import BUILTIN, Parts, make_tagger
from hangtag.taggers.category import CategoryTagger
from hangtag.taggers.given import GivenTagger
from hangtag.taggers.identifier import IdentifierTagger, is_gtin
from hangtag.taggers.keyword import KeywordTagger
from hangtag.taggers.nearest import NearestTagger
from hangtag.taggers.reading import Reader
from hangtag.testing import check_tagger
from hangtag.vocabulary import Vocabulary


class BagOfWords:
    """A deterministic encoder: texts that share words are near."""

    name = "bag-of-words"

    def encode(self, texts: Sequence[str], /) -> Vectors:
        vectors = np.full((len(texts), 256), 1e-3, dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().replace(",", " ").split():
                vectors[row, hashlib.sha256(word.encode()).digest()[0]] += 1.0
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("HANGTAG_CACHE", str(tmp_path))


def category(vocabulary: Vocabulary, title: str, **product: object) -> str | None:
    tagger = CategoryTagger(Reader(vocabulary), BagOfWords())
    tags = tagger.tag([Product(id="1", fields={"title": title}, **product)])[0]  # type: ignore[arg-type]
    return max(tags, key=lambda tag: tag.confidence).value if tags else None


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Apple Watch strap", "electronics/watch-straps"),
        ("Watch strap for Apple mobile phone", "electronics/watch-straps"),
        ("iPhone 14 phone case black", "electronics/phone-cases"),
        ("苹果手机壳", "electronics/phone-cases"),
        ("iPhone 14 128GB black", "electronics/phones"),
        ("女士连衣裙", "apparel/dresses"),
        ("Drink bottle steel", "kitchen/bottles"),
        ("水壶 赠衬衫", "kitchen/bottles"),
    ],
)
def test_the_head_noun_names_the_category(small_vocabulary: Vocabulary, title: str, expected: str) -> None:
    assert category(small_vocabulary, title) == expected


def test_the_merchants_path_outweighs_the_title(small_vocabulary: Vocabulary) -> None:
    assert category(small_vocabulary, "case, black", category="Clothing > Shirts") == "apparel/shirts"


def test_says_nothing_rather_than_guess(small_vocabulary: Vocabulary) -> None:
    assert category(small_vocabulary, "zzz qqq") is None
    assert category(small_vocabulary, "") is None


def test_given_reads_the_merchants_attributes(small_vocabulary: Vocabulary) -> None:
    given = {
        "Colour": "Navy Blue / red",
        "材质": "不锈钢",
        "Battery capacity": "5 Ah",
        "brand": "Nobody & Sons",
        "弹性": "高",
        "EAN": "none",
    }
    product = Product(id="1", fields={"title": "x"}, attributes=given)
    tags = GivenTagger(Reader(small_vocabulary)).tag([product])[0]
    assert {(tag.attribute, tag.value) for tag in tags} == {
        ("color", "navy"),
        ("color", "red"),
        ("material", "steel"),
        ("battery_capacity", "5000 mAh"),
        ("brand", "Nobody & Sons"),
    }
    (navy,) = [tag for tag in tags if tag.value == "navy"]
    assert navy.evidence == (TextSpan("attributes.Colour", 0, 9, "Navy Blue"),)


@pytest.mark.parametrize(
    ("digits", "valid"), [("4006381333931", True), ("4006381333932", False), ("96385074", True), ("0000000000000", False), ("12345", False)]
)
def test_gtin_check_digit(digits: str, valid: bool) -> None:
    assert is_gtin(digits) is valid


def test_identifiers(small_vocabulary: Vocabulary) -> None:
    product = Product(id="1", fields={"title": "Bosch KGN39VL35G phone 128GB", "description": "EAN: 4006381333931, batch 4006381333932"})
    tags = {(tag.attribute, tag.value) for tag in IdentifierTagger(Reader(small_vocabulary)).tag([product])[0]}
    assert tags == {("model", "KGN39VL35G"), ("gtin", "4006381333931")}
    other = Product(id="2", fields={"title": "Asus/华硕笔记本电脑"})
    assert [(tag.attribute, tag.value) for tag in IdentifierTagger(Reader(small_vocabulary)).tag([other])[0]] == [("brand", "Asus/华硕")]


def test_keywords_repeat_no_typed_value(small_vocabulary: Vocabulary) -> None:
    products = [
        Product(id="1", fields={"title": "red dress vintage garden party linen", "description": "For a vintage garden party."}),
        Product(id="2", fields={"title": "红色连衣裙 田园风光 乡村音乐 长袖"}),
    ]
    for tags in KeywordTagger(Reader(small_vocabulary)).tag(products):
        assert tags
        assert not {"red", "linen", "红色", "长袖"} & {tag.value for tag in tags}


def test_nearest_infers_only_what_no_word_names(small_vocabulary: Vocabulary) -> None:
    tagger = NearestTagger(Reader(small_vocabulary), BagOfWords(), near=0.6)
    silent, said, unknown = tagger.tag(
        [
            Product(id=str(number), fields={"title": title})
            for number, title in enumerate(["office dress", "office dress, business", "office thing"])
        ]
    )
    assert [(tag.attribute, tag.value) for tag in silent] == [("style", "business")]
    assert silent[0].evidence == (Inference("nearest", "'office' is near to 'office style' in meaning, similarity 0.71"),)
    assert silent[0].confidence < 0.8
    assert said == unknown == []


@pytest.mark.parametrize("name", sorted(BUILTIN))
def test_every_built_in_keeps_the_contract(small_vocabulary: Vocabulary, name: str) -> None:
    check_tagger(make_tagger(name, Parts(small_vocabulary, BagOfWords())))


def test_unknown_taggers_get_a_hint(small_vocabulary: Vocabulary) -> None:
    parts = Parts(small_vocabulary, BagOfWords())
    with pytest.raises(UnknownTagger, match="did you mean 'lexicon'"):
        make_tagger("lexcion", parts)
    with pytest.raises(UnknownTagger, match="cannot be loaded"):
        make_tagger("no.such.module:Tagger", parts)
    with pytest.raises(UnknownTagger, match="is no tagger"):
        make_tagger("collections:OrderedDict", parts)
