"""From what a language model says to tags: quotes are looked up in the text, values in the vocabulary.

A quote that stands in the text and says the value becomes a span; so do other places that say it. A value that its quote does not say
("silk" of a "dress") is a conclusion, one without a quote that can be found an inference; both are half as sure. Conclusions, and values
that a closed attribute does not have, are staged: they go to a person, whatever their confidence.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum
from typing import Any, NamedTuple

from hangtag.model import CONCLUDED, UNGROUNDED, Evidence, Inference, TextSpan
from hangtag.taggers.asking import Wanted
from hangtag.taggers.phrases import Draft
from hangtag.taggers.quantities import Quantity
from hangtag.taggers.reading import Reader
from hangtag.taggers.shown import Shown
from hangtag.text.align import says
from hangtag.text.fold import fold_text
from hangtag.vocabulary import Unit, Vocabulary

__all__ = ["Claim", "Ground", "has_probabilities", "read_claims", "read_phrases"]

_SUGGESTED = "suggested"
_UNGROUNDED_SHARE = 0.5
_LONGEST_VALUE, _MOST_PLACES = 120, 8
_ROUNDING = 0.01
_NOTHING = frozenset({"", "none", "n/a", "na", "null", "unknown", "not specified", "not mentioned", "无", "没有", "未知", "未提及", "不详"})
_PLACEHOLDER = re.compile(r"[\[\]{}<>]")
_VALUE_IN_ANSWER = re.compile(r'"value"\s*:\s*"((?:[^"\\]|\\.)*)"')


class Ground(IntEnum):
    """What a claim rests on: nothing that stands in the text, a quote that does not say it, or a place that does."""

    NONE = 0
    QUOTE = 1
    TEXT = 2


class Claim(NamedTuple):
    """A value a model said of an attribute: `sure` is the geometric mean probability of its tokens, None where none were given; `share`
    lowers the confidence of what has no place in the text; `new`: no value the vocabulary has."""

    attribute: str
    value: str
    evidence: tuple[Evidence, ...]
    sure: float | None
    share: float
    new: bool
    ground: Ground


def read_claims(
    value: Mapping[str, Any],
    text: str,
    tokens: Sequence[tuple[str, float]],
    *,
    wanted: Sequence[Wanted],
    shown: Sequence[Shown],
    reader: Reader,
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
        yield _claim(one, said, str(entry.get("quote") or "").strip(), probability, shown, reader)


def _claim(one: Wanted, said: str, quote: str, sure: float | None, shown: Sequence[Shown], reader: Reader) -> Claim:
    identifier = _known(one, said, quote, reader.vocabulary)
    value = identifier or said
    evidence: list[Evidence] = []
    new = identifier is None and one.closed
    if new:
        evidence.append(Inference(_SUGGESTED, f"the vocabulary has no such value of {one.attribute}"))
    quoted, similarity = _places(quote, shown)
    spans = quoted if quoted and _is_said(one.attribute, identifier, said, quoted[0].quote, reader) else []
    if not spans:
        spans, similarity = _elsewhere(one.attribute, identifier, said, shown, reader)
    if spans:
        if identifier is None and not one.closed:
            value = spans[0].quote  # what an open attribute gets is what the text says
        return Claim(one.attribute, value, (*spans, *evidence), sure, similarity, new, Ground.TEXT)
    if quoted:
        concluded = Inference(CONCLUDED, f"concluded from '{quoted[0].quote}', which does not say it")
        return Claim(one.attribute, value, (concluded, *evidence), sure, _UNGROUNDED_SHARE, new, Ground.QUOTE)
    reason = f"'{quote}' stands nowhere in the text" if quote else "no words of the text were given for it"
    return Claim(one.attribute, value, (Inference(UNGROUNDED, reason), *evidence), sure, _UNGROUNDED_SHARE, new, Ground.NONE)


def _is_said(attribute: str, identifier: str | None, said: str, quote: str, reader: Reader) -> bool:
    """Whether a quote says a value: by what the model called it or, of the vocabulary's, by any of its forms or a narrower value."""
    vocabulary = reader.vocabulary
    if identifier is not None and (others := vocabulary.find_values(attribute, quote)):
        return any(identifier in (other, *vocabulary.broader_values(attribute, other)) for other in others)
    known = vocabulary.values_of(attribute)[identifier] if identifier is not None else None
    forms = (said, *known.forms, *known.weak) if known is not None else (said,)
    return any(says(quote, form) for form in forms) or _is_same_quantity(said, quote, reader)


def _elsewhere(attribute: str, identifier: str | None, said: str, shown: Sequence[Shown], reader: Reader) -> tuple[list[TextSpan], float]:
    """Where else the text says a value: as the model called it or, of the vocabulary's, wherever a reader without a model finds it."""
    if identifier is None:
        return _places(said, shown)
    found = []
    for one in shown:
        part = reader.read_text(one.field, one.text)
        for mention in part.mentions:
            sense = mention.sense
            if sense.attribute == attribute and identifier in (sense.value, *reader.vocabulary.broader_values(attribute, sense.value)):
                place = part.span(mention.start, mention.end)
                found.append(one.place(place.start, place.end))
    return [span for span in found if span is not None][:_MOST_PLACES], 1.0


def _is_same_quantity(said: str, quote: str, reader: Reader) -> bool:
    """Whether a quote has the numbers with units of a value, in whatever units: 1.5 l is 1500 ml."""
    sought, found = reader.find_quantities(fold_text(said)), reader.find_quantities(fold_text(quote))
    return bool(sought) and all(any(_is_equal(one, other) for other in found) for one in sought)


def _is_equal(one: Quantity, other: Quantity) -> bool:
    numbers, others = (one.sides or (one.low, one.high)), (other.sides or (other.low, other.high))
    if len(numbers) != len(others):
        return False
    pairs = [(a, b) for a, b in zip(numbers, others, strict=True) if a is not None or b is not None]
    if any(a is None or b is None for a, b in pairs):
        return False
    return any(
        mine.quantity == theirs.quantity and all(math.isclose(_base(a, mine), _base(b, theirs), rel_tol=_ROUNDING) for a, b in pairs)
        for mine in one.units
        for theirs in other.units
    )


def _base(number: float | None, unit: Unit) -> float:
    return (number or 0.0) * unit.factor + unit.offset


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
