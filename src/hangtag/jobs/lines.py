"""Tags as lines of the output file, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from hangtag.errors import InputError
from hangtag.model import AudioSpan, Evidence, ImageRegion, Inference, Product, Status, Tag, TextSpan
from hangtag.vocabulary import Vocabulary

__all__ = ["LineWriter", "evidence_from", "tag_from", "with_id"]


class LineWriter:
    """Writes products' tags as JSON lines; labels come from the vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._encode = msgspec.json.Encoder().encode
        self._labels: dict[tuple[str, str], dict[str, str]] = {}

    def line(self, product: Product, tags: Sequence[Tag], *, changed: Sequence[str] = ()) -> bytes:
        """One line, with the cleaned text of those fields that cleaning `changed` and evidence points into."""
        record: dict[str, Any] = {"id": product.id, "tags": [self.tag(tag) for tag in tags]}
        if changed:
            used = {item.field for tag in tags for item in tag.evidence if isinstance(item, TextSpan)}
            cleaned = {name: product.text(name) for name in changed if name in used}
            if cleaned:
                record["cleaned"] = cleaned
        return self._encode(record) + b"\n"

    def tag(self, tag: Tag) -> dict[str, Any]:
        """A tag as in the output file; `label` is left out where the vocabulary has no names for the value."""
        record: dict[str, Any] = {"attribute": tag.attribute, "value": tag.value}
        label = self._label(tag.attribute, tag.value)
        if label:
            record["label"] = label
        record["confidence"] = tag.confidence
        record["status"] = tag.status
        record["source"] = tag.source
        record["evidence"] = [_evidence(item) for item in tag.evidence]
        return record

    def _label(self, attribute: str, value: str) -> dict[str, str]:
        key = (attribute, value)
        if key not in self._labels:
            if len(self._labels) > 100_000:
                self._labels.clear()
            self._labels[key] = self._vocabulary.label(attribute, value)
        return self._labels[key]


def with_id(line: bytes, identifier: str, other: str) -> bytes:
    """The line of a product with the content of the one with `identifier`, and the id `other`."""
    head = b'{"id":'
    return head + msgspec.json.encode(other) + line[len(head) + len(msgspec.json.encode(identifier)) :]


def _evidence(item: Evidence) -> dict[str, Any]:
    if isinstance(item, TextSpan):
        return {"field": item.field, "start": item.start, "end": item.end, "quote": item.quote}
    if isinstance(item, Inference):
        return {"inference": item.method, "reason": item.reason}
    if isinstance(item, ImageRegion):
        return {"image": item.image, "box": list(item.box)}
    return {"audio": item.audio, "start_s": item.start_s, "end_s": item.end_s}


def evidence_from(record: Mapping[str, Any]) -> Evidence:
    """Evidence of an output line."""
    if "field" in record:
        return TextSpan(record["field"], record["start"], record["end"], record["quote"])
    if "inference" in record:
        return Inference(record["inference"], record["reason"])
    if "image" in record:
        left, top, right, bottom = record["box"]
        return ImageRegion(record["image"], (left, top, right, bottom))
    if "audio" in record:
        return AudioSpan(record["audio"], record["start_s"], record["end_s"])
    raise InputError(f"evidence of an unknown kind: {dict(record)}; it needs one of field, inference, image, audio")


def tag_from(record: Mapping[str, Any]) -> Tag:
    """A tag of an output line."""
    status: Status = record.get("status", "proposed")
    return Tag(
        attribute=record["attribute"],
        value=record["value"],
        confidence=record["confidence"],
        source=record.get("source", ""),
        status=status,
        evidence=tuple(evidence_from(item) for item in record.get("evidence", ())),
    )
