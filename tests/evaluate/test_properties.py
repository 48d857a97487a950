"""What holds for every gold and every prediction."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from hangtag.evaluate import score
from hangtag.evaluate.compare import squash

from .fakes import FakeNames, gold_of, tag

TEXT = st.sampled_from(["red", "红色", "navy", "Navy Blue", "藏青色", "V领", "小V领", "17", "17.0", "5000 mAh", "5000mAh", "墨绿", "其他"])
NAME = st.sampled_from(["color", "颜色", "颜色分类", "neckline", "Brand", "size", "Shoe Size"])
JUDGED = st.lists(st.dictionaries(NAME, st.lists(TEXT, max_size=3), max_size=4), min_size=1, max_size=6)
TAG = st.builds(
    lambda name, value, quotes, confidence: tag(name, value, *quotes, confidence=confidence),
    NAME,
    TEXT,
    st.lists(TEXT, max_size=2),
    st.sampled_from([0.3, 0.6, 0.9]),
)
PROTOCOL = st.sampled_from(["set", "any"])
VOCABULARY = st.sampled_from([None, FakeNames()])


def golds_of(judged):
    return [gold_of(one, str(index)) for index, one in enumerate(judged)]


@given(JUDGED, st.data(), PROTOCOL, VOCABULARY)
def test_measures_are_shares_and_counts_add_up(judged, data, match, names):
    predictions = [data.draw(st.lists(TAG, max_size=5)) for _ in judged]
    report = score(golds_of(judged), predictions, match=match, names=names)
    for counts in (report.micro, report.known, *(row.counts for row in report.attributes)):
        assert 0 <= counts.precision <= 1 and 0 <= counts.recall <= 1 and 0 <= counts.f1 <= 1
        assert min(counts.correct, counts.wrong, counts.missed, counts.invented) >= 0
    assert 0 <= report.interval[0] <= report.interval[1] <= 1
    slots = sum(bool(values) if match == "any" else len(values) for one in judged for values in one.values())
    assert report.micro.gold <= slots
    assert all(row.tagged <= row.judged <= len(judged) for row in report.attributes)


@given(JUDGED, PROTOCOL, VOCABULARY)
def test_saying_what_gold_says_is_perfect(judged, match, names):
    predictions = [[tag(name, value) for name, values in one.items() for value in values] for one in judged]
    report = score(golds_of(judged), predictions, match=match, names=names)
    assert report.micro.correct == report.micro.gold == report.micro.predicted
    if any(values for one in judged for values in one.values()):
        assert report.micro.precision == report.micro.recall == report.micro.f1 == 1.0
        assert report.interval[1] == 1.0


@given(JUDGED, st.data(), PROTOCOL, VOCABULARY, st.randoms(use_true_random=False))
def test_no_order_matters(judged, data, match, names, chance: random.Random):
    pairs = [(gold, data.draw(st.lists(TAG, max_size=5))) for gold in golds_of(judged)]
    before = score([gold for gold, _ in pairs], [tags for _, tags in pairs], match=match, names=names)
    chance.shuffle(pairs)
    for _, tags in pairs:
        chance.shuffle(tags)
    turned = [gold_of({name: gold.gold[name][::-1] for name in reversed(gold.gold)}, gold.id) for gold, _ in pairs]
    after = score(turned, [tags for _, tags in pairs], match=match, names=names)
    assert before.to_dict() == after.to_dict()


@given(JUDGED, st.data(), VOCABULARY)
def test_saying_more_never_lowers_recall_of_sets(judged, data, names):
    predictions = [data.draw(st.lists(TAG, max_size=3)) for _ in judged]
    more = [[*tags, data.draw(TAG)] for tags in predictions]
    golds = golds_of(judged)
    # A tag may show two gold values to be one, so misses, not shares, are what can only fall.
    fewer_misses = score(golds, more, names=names).micro
    misses = score(golds, predictions, names=names).micro
    assert fewer_misses.missed + fewer_misses.wrong <= misses.missed + misses.wrong


@given(st.text("0123456789.-+ mAh藏Ｘ"))
def test_squash_is_idempotent(text):
    assert squash(squash(text)) == squash(text)
