"""What a report is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["ReportProduct", "ReportReject", "RunFacts", "TaggerCurve", "TaggerPromise"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportProduct:
    """One product of the run and its tags.

    `texts` maps the field names that evidence uses ("title", "description", "category", "attributes.NAME", "reviews.N") to the text the
    offsets point into, in the order to show them; the first is taken for the headline. `category` is the merchant's own path. `tags` are
    the objects of a tags file: attribute, value, label {en, zh}, confidence, status, source and evidence, which is a list of
    {field, start, end, quote} (Unicode code points), {inference, reason}, {image, box} or {audio, start_s, end_s}.
    """

    id: str
    texts: Mapping[str, str]
    language: str = "und"
    category: str | None = None
    tags: Sequence[Mapping[str, Any]] = ()
    duplicate_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportReject:
    """One row that could not be used: its number in the catalogue, why, what to do about it, and the row as it was."""

    row: int
    reason: str
    cure: str = ""
    raw: object = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggerCurve:
    """How true confidences were on judged tags, "before" or "after" they were made so: their expected calibration error, and (coverage,
    precision) of the surest tags."""

    kind: str
    error: float
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggerPromise:
    """What `hangtag calibrate` found for a trained tagger: with `confidence` at least `precision` of what it publishes is right, and that
    is the `share` of `judged` tags from `threshold` on, None where nothing could be promised. Where it was asked of each attribute by
    itself, `attributes` says for how many of how many."""

    tagger: str
    precision: float
    confidence: float
    judged: int
    threshold: float | None = None
    share: float = 0.0
    attributes: tuple[int, int] | None = None
    curves: Sequence[TaggerCurve] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What is known about the run as a whole; every fact may be missing.

    `attributes` holds the display names, attribute id -> {"en": …, "zh": …}; its order decides colours among equally frequent attributes.
    `columns` says which column of the catalogue was read as what: field -> column. `seconds` is the wall time of tagging. `details` are
    further facts to list as they are, such as {"vocabulary": "starter 1.0"}; `promises` what trained taggers promise.
    """

    catalogue: str = ""
    created_at: str = ""
    version: str = ""
    seconds: float | None = None
    taggers: Sequence[str] = ()
    attributes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, str] = field(default_factory=dict)
    promises: Sequence[TaggerPromise] = ()
