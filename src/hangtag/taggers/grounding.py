"""From what a language model says to tags: quotes are looked up in the text, values in the vocabulary.

A quote that stands in the text becomes a span. What has none, or one that cannot be found, is an inference and half as sure. A value that a
closed attribute does not have is staged: it goes to a person, whatever its confidence.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from hangtag.model import UNGROUNDED, Evidence, Inference, TextSpan
from hangtag.taggers.asking import Wanted
from hangtag.taggers.phrases import Draft
from hangtag.taggers.shown import Shown
from hangtag.text.fold import fold_text
from hangtag.vocabulary import Vocabulary

__all__ = ["Claim", "has_probabilities", "read_claims", "read_phrases"]

_SUGGESTED = "suggested"
_UNGROUNDED_SHARE = 0.5
_LONGEST_VALUE, _MOST_PLACES = 120, 8
_NOTHING = frozenset({"", "none", "n/a", "na", "null", "unknown", "not specified", "not mentioned", "无", "没有", "未知", "未提及", "不详"})
_PLACEHOLDER = re.compile(r"[\[\]{}<>]")
_VALUE_IN_ANSWER = re.compile(r'"value"\s*:\s*"((?:[^"\\]|\\.)*)"')


class Claim(NamedTuple):
    """A value a model said of an attribute: `sure` is the geometric mean probability of its tokens, None where none were given; `share`
    lowers the confidence of what has no place in the text; `new`: no value the vocabulary has."""

    attribute: str
    value: str
    evidence: tuple[Evidence, ...]
    sure: float | None
    share: float
    new: bool


def read_claims(
    value: Mapping[str, Any],
    text: str,
    tokens: Sequence[tuple[str, float]],
    *,
    wanted: Sequence[Wanted],
    shown: Sequence[Shown],
    vocabulary: Vocabulary,
) -> Iterator[Claim]:
    """The claims of an answer (its object, its `text` and the log-probabilities of that text's `tokens`) that are about what was asked."""
    asked = {_folded(one.name): one for one in wanted} | {_folded(one.attribute): one for one in wanted}
    entries = value.get("tags")
    entries = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    sure = _probabilities(text, tokens)
    for number, entry in enumerate(entries):
        one = asked.get(_folded(str(entry.get("attribute", ""))))
        said = str(entry.get("value") or "").strip()
        if one is None or _folded(said) in _NOTHING or len(said) > _LONGEST_VALUE:
            continue
        probability = sure[number] if len(sure) == len(entries) else None
        yield _claim(one, said, str(entry.get("quote") or "").strip(), probability, shown, vocabulary)


def _claim(one: Wanted, said: str, quote: str, sure: float | None, shown: Sequence[Shown], vocabulary: Vocabulary) -> Claim:
    identifier = _known(one, said, quote, vocabulary)
    value = identifier or said
    evidence: list[Evidence] = []
    new = identifier is None and one.closed
    if new:
        evidence.append(Inference(_SUGGESTED, f"the vocabulary has no such value of {one.attribute}"))
    spans, similarity = _places(quote, shown)
    if not spans:
        spans, similarity = _places(said, shown)
    if spans:
        if identifier is None and not one.closed:
            value = spans[0].quote  # what an open attribute gets is what the text says
        return Claim(one.attribute, value, (*spans, *evidence), sure, similarity, new)
    reason = f"'{quote}' stands nowhere in the text" if quote else "no words of the text were given for it"
    return Claim(one.attribute, value, (Inference(UNGROUNDED, reason), *evidence), sure, _UNGROUNDED_SHARE, new)


def read_phrases(value: Mapping[str, Any], shown: Sequence[Shown], *, keep_ungrounded: bool = True) -> Iterator[Draft]:
    """The phrases of an answer, each resting on those of its quotes that stand in the text, else on itself; half as sure without any.

    The confidence is the share of it that grounding leaves: 1 where all quotes stand to the letter.
    """
    entries = value.get("phrases")
    entries = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    for entry in entries:
        said = " ".join(str(entry.get("phrase") or "").split())
        if not said or len(said) > _LONGEST_VALUE or _PLACEHOLDER.search(said) or not said.isprintable():
            continue
        quotes = entry.get("quotes")
        quotes = [str(quote).strip() for quote in quotes if quote] if isinstance(quotes, list) else []
        found = [_places(quote, shown) for quote in (quotes or [said])[:_MOST_PLACES]]
        if not any(spans for spans, _ in found):
            found = [_places(said, shown)]
        evidence = tuple(dict.fromkeys(spans[0] for spans, _ in found if spans))
        if evidence:
            share = _UNGROUNDED_SHARE + (1 - _UNGROUNDED_SHARE) * sum(similarity for _, similarity in found) / len(found)
            length = max((one.start + len(one.text) for one in shown if one.field == evidence[0].field), default=1)
            yield Draft(said, evidence, share, min(1.0, evidence[0].start / max(1, length)))
        elif keep_ungrounded:
            yield Draft(said, (Inference(UNGROUNDED, "none of its words was found in the text"),), _UNGROUNDED_SHARE, 1.0)


def _known(one: Wanted, said: str, quote: str, vocabulary: Vocabulary) -> str | None:
    """The vocabulary's value, by the name it was shown under, any other it goes by, or what the quote says."""
    shown = {_folded(name): identifier for name, identifier in one.values.items()}
    if (identifier := shown.get(_folded(said))) is not None:
        return identifier
    for text in (said, quote):
        found = vocabulary.find_values(one.attribute, text) if text else ()
        if len(found) == 1:
            return found[0]
    return None


def _places(quote: str, shown: Sequence[Shown]) -> tuple[list[TextSpan], float]:
    """Where a quote stands, the likest places of all fields in their order, and how like they are."""
    found = [place for one in shown for place in one.find(quote)] if quote else []
    best = max((similarity for _, similarity in found), default=0.0)
    return [span for span, similarity in found if similarity == best][:_MOST_PLACES], best


def has_probabilities(text: str, tokens: Sequence[tuple[str, float]]) -> bool:
    """Whether the tokens are those of the text; some endpoints give halves of Chinese characters, which tell nothing."""
    return bool(text) and text in "".join(token for token, _ in tokens)


def _probabilities(text: str, tokens: Sequence[tuple[str, float]]) -> list[float]:
    """How likely each "value" of an answer was, as the geometric mean of its tokens' probabilities, in order."""
    if not has_probabilities(text, tokens):
        return []
    # Some servers strip blanks and code fences from the text, not from its tokens.
    ends, place = [], -"".join(token for token, _ in tokens).find(text)
    for token, _ in tokens:
        place += len(token)
        ends.append(place)
    found = []
    for match in _VALUE_IN_ANSWER.finditer(text):
        inside = [
            logprob
            for (token, logprob), end in zip(tokens, ends, strict=True)
            if end > match.start(1) and end - len(token) < match.end(1)
        ]
        found.append(math.exp(sum(inside) / len(inside)) if inside else 1.0)
    return found


def _folded(text: str) -> str:
    return " ".join(fold_text(text).split())
