"""Fusion and policy."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hangtag.errors import ConfigError, HangtagError
from hangtag.model import Inference, Product, Tag, TextSpan
from hangtag.pipeline import Cascade, Fused, Pipeline, Policy, Stage, fuse
from hangtag.taggers.builtin import Parts, make_tagger
from hangtag.vocabulary import Vocabulary

DRESS = Product(id="1", fields={"title": "navy blue dress long short", "description": "dress"})


def tag(attribute: str, value: str, confidence: float = 0.9, *, start: int = 0, source: str = "a", field: str = "title") -> Tag:
    span = TextSpan(field, start, start + 1, DRESS.fields["title"][start : start + 1])
    return Tag(attribute=attribute, value=value, confidence=confidence, source=source, evidence=(span,))


def pairs(tags: Sequence[Tag]) -> list[tuple[str, str]]:
    return [(item.attribute, item.value) for item in tags]


def test_the_same_value_twice_is_one_tag_with_all_evidence(small_vocabulary: Vocabulary) -> None:
    (fused,) = fuse(DRESS, [[tag("color", "red", 0.8)], [tag("color", "red", 0.9, start=3, source="b")]], small_vocabulary)
    assert len(fused.evidence) == 2
    assert fused.source == "a+b"
    assert 0.9 < fused.confidence < 1.0


def test_a_narrower_value_replaces_the_wider(small_vocabulary: Vocabulary) -> None:
    assert pairs(fuse(DRESS, [[tag("color", "blue", 0.99), tag("color", "navy", 0.7)]], small_vocabulary)) == [("color", "navy")]


def test_a_single_valued_attribute_keeps_its_best_value(small_vocabulary: Vocabulary) -> None:
    later = tag("sleeve_length", "short", 0.9, start=9)
    assert pairs(fuse(DRESS, [[later, tag("sleeve_length", "long", 0.9, start=2)]], small_vocabulary)) == [("sleeve_length", "long")]


def test_the_category_rules_out_foreign_attributes_and_implies_its_own(small_vocabulary: Vocabulary) -> None:
    fused = fuse(
        DRESS,
        [[tag("category", "apparel/dresses", 0.95), tag("category", "food/dates", 0.4), tag("free_from", "sugar_free")]],
        small_vocabulary,
    )
    assert pairs(fused) == [("category", "apparel/dresses"), ("audience", "women")]
    assert isinstance(fused[1].evidence[0], Inference)


def test_a_category_by_a_merchants_name_is_the_vocabularys(small_vocabulary: Vocabulary) -> None:
    fused = fuse(DRESS, [[tag("category", "Clothing > Dresses", 0.95), tag("free_from", "sugar_free")]], small_vocabulary)
    assert pairs(fused) == [("category", "apparel/dresses"), ("audience", "women")]


def test_a_category_the_vocabulary_does_not_know_rules_nothing_out(small_vocabulary: Vocabulary) -> None:
    fused = fuse(
        DRESS, [[tag("category", "Lures > Soft bait", 0.95), tag("color", "red"), tag("free_from", "sugar_free")]], small_vocabulary
    )
    assert sorted(pairs(fused)) == [("category", "Lures > Soft bait"), ("color", "red"), ("free_from", "sugar_free")]


def test_nothing_is_implied_against_what_is_said(small_vocabulary: Vocabulary) -> None:
    fused = fuse(DRESS, [[tag("category", "apparel/dresses", 0.95), tag("audience", "men")]], small_vocabulary)
    assert ("audience", "women") not in pairs(fused)


def test_keywords_that_repeat_a_typed_tag_go(small_vocabulary: Vocabulary) -> None:
    words = [tag("keyword", "Navy"), tag("keyword", "藏青色"), tag("keyword", "garden party")]
    assert pairs(fuse(DRESS, [[tag("color", "navy"), *words]], small_vocabulary)) == [("color", "navy"), ("keyword", "garden party")]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    shuffled=st.permutations(
        [tag("color", "red"), tag("color", "navy"), tag("color", "blue"), tag("sleeve_length", "long"), tag("keyword", "x")]
    )
)
def test_the_order_of_proposals_does_not_matter(small_vocabulary: Vocabulary, shuffled: list[Tag]) -> None:
    assert pairs(fuse(DRESS, [[item] for item in shuffled], small_vocabulary)) == [
        ("color", "navy"),
        ("color", "red"),
        ("sleeve_length", "long"),
        ("keyword", "x"),
    ]


def test_policy_decides_by_confidence_and_attribute() -> None:
    policy = Policy(auto=0.8, review=0.5, auto_by_attribute={"color": 0.95})
    decided = policy.apply([tag("material", "linen", 0.8), tag("color", "red", 0.9), tag("material", "steel", 0.3)])
    assert [(item.attribute, item.status) for item in decided] == [("material", "auto"), ("color", "review")]


def test_what_a_tagger_wants_reviewed_is_reviewed_however_sure() -> None:
    wishes = [replace(tag("color", f"new {sure}", sure), status="review") for sure in (0.1, 0.6, 0.99)]
    assert [item.status for item in Policy(auto=0.8, review=0.5).apply(wishes)] == ["review"] * 3


def test_taggers_made_one_decide_nothing(small_vocabulary: Vocabulary) -> None:
    class Says:
        name = "says@1"

        def tag(self, products: Sequence[Product], /) -> list[list[Tag]]:
            return [[tag("color", "red", 0.2), replace(tag("material", "linen", 0.9), status="review")] for _ in products]

    (tags,) = Fused([Says(), Fixed()], vocabulary=small_vocabulary).tag([DRESS])
    assert {(one.attribute, one.value): one.status for one in tags} == {("color", "red"): "proposed", ("material", "linen"): "review"}
    (alone,) = Fused([Says()], vocabulary=small_vocabulary).tag([DRESS])
    assert ("color", "red") in pairs(alone), "the unsure is for the next stage"


def test_a_persons_verdict_stands() -> None:
    human = Tag(attribute="color", value="red", confidence=0.1, source="human:kim", status="accepted")
    assert Policy().apply([human]) == [human]


def test_a_senseless_threshold_is_refused() -> None:
    with pytest.raises(ConfigError, match="between 0 and 1"):
        Policy(auto=-1)


class Fixed:
    name = "fixed@1"

    def tag(self, products: Sequence[Product], /) -> list[list[Tag]]:
        return [[tag("color", "red", 0.9)] for _ in products]


class Short:
    name = "short@1"

    def tag(self, products: Sequence[Product], /) -> list[list[Tag]]:
        return []


def test_a_stream_flows_through_in_order(small_vocabulary: Vocabulary) -> None:
    pipeline = Pipeline([Fixed()], vocabulary=small_vocabulary)
    products = [Product(id=str(number), fields={"title": "red"}) for number in range(10)]
    flowed = list(pipeline.pipe(iter(products), batch_size=3))
    assert [product.id for product, _ in flowed] == [str(number) for number in range(10)]
    assert all(pairs(tags) == [("color", "red")] for _, tags in flowed)


def test_a_tagger_that_breaks_the_contract_is_named(small_vocabulary: Vocabulary) -> None:
    with pytest.raises(HangtagError, match=r"short@1.*0 lists for 1 products"):
        Pipeline([Short()], vocabulary=small_vocabulary).tag([DRESS])
    with pytest.raises(HangtagError, match="no tagger"):
        Pipeline([object()], vocabulary=small_vocabulary)  # type: ignore[list-item]


@pytest.mark.parametrize("spec", ["lexicon", "measure", "identifier", "keyword", "nearest", "category", "given", "phrase"])
def test_the_silence_of_a_tagger_on_what_it_does_not_know_deletes_nothing(small_vocabulary: Vocabulary, spec: str) -> None:
    class Model:
        name = "model@1"

        def tag(self, products: Sequence[Product], /) -> list[list[Tag]]:
            return [[tag("Color", "navy", 0.5), tag("Zustand", "neu", 0.5)] for _ in products]

    strong = make_tagger(spec, Parts.of(small_vocabulary))
    (tags,) = Cascade([Stage(Model(), 0.99), Stage(strong)]).tag([Product(id="1", fields={"title": "Navy linen shirt 500 ml"})])
    assert {("Color", "navy"), ("Zustand", "neu")} <= {(one.attribute, one.value) for one in tags}


def test_silence_on_what_a_tagger_knows_takes_the_place_of_a_guess(small_vocabulary: Vocabulary) -> None:
    class Model:
        name = "model@1"

        def tag(self, products: Sequence[Product], /) -> list[list[Tag]]:
            return [[tag("color", "navy", 0.5)] for _ in products]

    strong = make_tagger("lexicon", Parts.of(small_vocabulary))
    assert Cascade([Stage(Model(), 0.99), Stage(strong)]).tag([Product(id="1", fields={"title": "Linen shirt"})]) == [[]]
