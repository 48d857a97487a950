"""What of a product a remote model is shown: its texts without personal data and without words that speak to the model, in parts where
they are long; and the way back from every place to the product."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from hangtag.llm.injection import find_instructions
from hangtag.llm.redact import redact
from hangtag.model import ATTRIBUTE_FIELD, REVIEW_FIELD, Product, TextSpan
from hangtag.text.align import align
from hangtag.text.chunks import chunks

__all__ = ["Shown", "hide", "show"]

HIDDEN = " "
_LONGEST_NAME = 80


class _Piece(NamedTuple):
    """A stretch shown as it is: where it begins in what is shown, and in the field."""

    start: int
    original: int
    length: int


class Shown(NamedTuple):
    """A field's `text` as it is shown, and the `pieces` of the field it is made of."""

    field: str
    text: str
    pieces: tuple[_Piece, ...]

    def find(self, quote: str) -> tuple[TextSpan, float] | None:
        """Where a quote stands in the field, and how like it is; None where it does not, or not in one piece."""
        found = align(quote, self.text)
        if found is None:
            return None
        for piece in self.pieces:
            if piece.start <= found.start and found.end <= piece.start + piece.length:
                start = found.start - piece.start + piece.original
                return TextSpan(self.field, start, start + found.end - found.start, self.text[found.start : found.end]), found.similarity
        return None


def show(product: Product, *, most_chars: int, hide_personal: bool = True) -> list[list[Shown]]:
    """The parts in which a product is shown, of `most_chars` at most, no field twice in one; a short first text is in each. One part,
    mostly."""
    texts = [_cut(field, text, hide_personal) for field, text in _texts(product)]
    texts = [one for one in texts if one.text.strip()]
    if not texts:
        return []
    first, *rest = texts
    parts = [[piece] for piece in _split(first, most_chars)]
    # A first text that leaves room for others is told with each of their parts: it says what they speak of.
    head = parts[0] if len(parts) == 1 and len(first.text) <= most_chars // 2 else []
    room = most_chars - sum(len(one.text) for one in head)
    left = most_chars - len(parts[-1][0].text)
    for one in (piece for text in rest for piece in _split(text, room)):
        if len(one.text) > left or any(other.field == one.field for other in parts[-1]):
            parts.append(list(head))
            left = room
        parts[-1].append(one)
        left -= len(one.text)
    return parts


def hide(text: str, *, hide_personal: bool = True, most_chars: int = _LONGEST_NAME) -> str:
    """A name or value as it is shown: nothing personal, nothing that speaks to the model, not long."""
    return _cut("", text[:most_chars], hide_personal).text.strip()


def _texts(product: Product) -> Iterator[tuple[str, str]]:
    yield from product.fields.items()
    yield from ((f"{ATTRIBUTE_FIELD}{name}", text) for name, text in product.attributes.items())
    yield from ((f"{REVIEW_FIELD}{number}", text) for number, text in enumerate(product.reviews))


def _cut(field: str, text: str, hide_personal: bool) -> Shown:
    """A text with placeholders for personal data and blanks for what speaks to the model."""
    hidden: list[tuple[int, int, str]] = [(start, end, HIDDEN) for start, end in find_instructions(text)]
    if hide_personal:
        hidden += [(found.start, found.end, f"[{found.kind.upper()}]") for found in redact(text).found]
    return _without(field, text, sorted(hidden))


def _without(field: str, text: str, hidden: Sequence[tuple[int, int, str]]) -> Shown:
    shown, pieces, place = "", [], 0
    for start, end, instead in hidden:
        if start > place:
            pieces.append(_Piece(len(shown), place, start - place))
            shown += text[place:start]
        if end > place:
            shown += instead
            place = end
    if place < len(text):
        pieces.append(_Piece(len(shown), place, len(text) - place))
        shown += text[place:]
    return Shown(field, shown, tuple(pieces))


def _split(shown: Shown, most_chars: int) -> list[Shown]:
    """A long text in parts."""
    if len(shown.text) <= most_chars:
        return [shown]
    parts = []
    for chunk in chunks(shown.text, most_chars=most_chars):
        end = chunk.start + len(chunk.text)
        pieces = [
            _Piece(begin - chunk.start, piece.original + begin - piece.start, stop - begin)
            for piece in shown.pieces
            if (begin := max(piece.start, chunk.start)) < (stop := min(piece.start + piece.length, end))
        ]
        parts.append(Shown(shown.field, chunk.text, tuple(pieces)))
    return parts
