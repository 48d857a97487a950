"""Writing vocabularies as YAML that people can read and edit: a line a value, as in the starter vocabulary."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

import msgspec
import yaml

from hangtag.vocabulary.compiled import Vocabulary
from hangtag.vocabulary.schema import Attribute, Category, Document, Unit, Value

__all__ = ["document_of", "dump_document", "write_document"]

# Plain scalars that can mean nothing else in a flow collection; everything outside is quoted.
_PLAIN = re.compile(r"[\w][\w ./+°%()（）&'’·-]*")
_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_RESOLVERS: dict[str, list[tuple[str, re.Pattern[str]]]] = yaml.SafeLoader.yaml_implicit_resolvers


def document_of(vocabulary: Vocabulary) -> Document:
    """A compiled vocabulary as one document; its ids, order and forms stay as they are."""
    return Document(
        attributes=tuple(vocabulary.attributes.values()),
        categories=tuple(vocabulary.categories.values()),
        units=tuple(vocabulary.units.values()),
    )


def dump_document(document: Document | Vocabulary, *, comments: Iterable[str] = ()) -> str:
    """YAML for a document; reading it gives an equal document. `comments` become lines at its head."""
    if isinstance(document, Vocabulary):
        document = document_of(document)
    head = [f"# {line}" for comment in comments for line in comment.splitlines()]
    return "\n".join([*head, *_lines(document)]) + "\n"


def write_document(path: Path, document: Document | Vocabulary, *, comments: Iterable[str] = ()) -> None:
    """Write `dump_document` to `path`; a file that was there is replaced only when the new one is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(dump_document(document, comments=comments), encoding="utf-8")
    part.replace(path)


def _lines(document: Document) -> Iterator[str]:
    if document.attributes:
        yield "attributes:"
        for attribute in document.attributes:
            yield from _block(attribute)
    if document.categories:
        yield "categories:"
        for category in document.categories:
            yield from _block(category)
    if document.units:
        yield "units:"
        yield from (f"  - {_flow(_filled(unit))}" for unit in document.units)
    if not (document.attributes or document.categories or document.units):
        yield "{}"


def _block(entry: Attribute | Category) -> Iterator[str]:
    lead = "  - "
    for key, value in _filled(entry).items():
        if key == "values" and isinstance(value, tuple):
            yield f"{lead}values:"
            yield from (f"      - {_flow(_filled(item))}" for item in value if isinstance(item, Value))
        else:
            yield f"{lead}{key}: {_flow(value)}"
        lead = "    "


def _filled(entry: Attribute | Category | Value | Unit) -> dict[str, object]:
    """The keys of an entry that say something, as they are called in files."""
    found: dict[str, object] = {}
    for name, key, default in _keys(type(entry)):
        value = getattr(entry, name)
        if value != default or key == "kind":
            found[key] = value
    return found


@lru_cache
def _keys(shape: type[Attribute | Category | Value | Unit]) -> tuple[tuple[str, str, object], ...]:
    """(field, its key in files, what it is where a file does not say) of a struct."""
    return tuple(
        (field.name, field.encode_name, field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory())
        for field in msgspec.structs.fields(shape)
    )


def _flow(value: object) -> str:
    if isinstance(value, str):
        return _scalar(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(float(value))
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(str(key))}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    raise TypeError(f"a vocabulary holds no {type(value).__name__}")


def _number(value: float) -> str:
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    text = repr(value)
    # YAML 1.1 takes an exponent for a number only after a point.
    return text.replace("e", ".0e") if "e" in text and "." not in text else text


@lru_cache(maxsize=65536)
def _scalar(text: str) -> str:
    if _PLAIN.fullmatch(text) and not text.endswith(" ") and not _means_something_else(text) and not _UNSAFE.search(text):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def _means_something_else(text: str) -> bool:
    """Whether YAML would read the plain text as a number, a date, a truth value or nothing."""
    return any(pattern.match(text) for _, pattern in (*_RESOLVERS.get(text[0], ()), *_RESOLVERS.get("", ())))
