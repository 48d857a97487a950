"""Reading vocabulary files and joining them into one `Vocabulary`."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TypeVar

import msgspec
import yaml

from hangtag.config import cache_folder, keep_in_cache
from hangtag.errors import VocabularyError
from hangtag.vocabulary import schema
from hangtag.vocabulary.compiled import Vocabulary
from hangtag.vocabulary.schema import Attribute, Category, Document, Unit, Value

__all__ = ["STARTER", "find_files", "join_documents", "load_vocabulary", "read_document", "starter_vocabulary"]

_Item = TypeVar("_Item", Attribute, Category, Unit)

_Compiled = tuple[tuple[Attribute, ...], tuple[Category, ...], tuple[Unit, ...]]

STARTER = Path(__file__).parent / "starter"


@cache
def starter_vocabulary() -> Vocabulary:
    """The vocabulary that comes with Hangtag: zh and en, all departments."""
    return load_vocabulary([STARTER])


def load_vocabulary(paths: Iterable[str | Path]) -> Vocabulary:
    """Compile YAML files, and all `*.yaml` of folders, into one vocabulary.

    Raises `VocabularyError` naming the file and the key where a file is missing, is no YAML, has an unknown key or a wrong type, or
    defines an id twice.
    """
    files = find_files(paths)
    digest = _digest(files)
    path = cache_folder() / f"vocabulary-{digest}.msgpack"
    with contextlib.suppress(OSError, msgspec.DecodeError):
        return Vocabulary(*msgspec.msgpack.decode(path.read_bytes(), type=_Compiled), digest=digest)
    vocabulary = join_documents((str(file), read_document(file)) for file in files)
    parts = (vocabulary.attributes, vocabulary.categories, vocabulary.units)
    keep_in_cache(path, msgspec.msgpack.encode([list(part.values()) for part in parts]))
    vocabulary.digest = digest
    return vocabulary


def _digest(files: Iterable[Path]) -> str:
    """Changes with the files' content and with the schema: reading megabytes of YAML takes seconds, their compiled form milliseconds."""
    digest = hashlib.sha256(Path(schema.__file__).read_bytes())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:24]


def find_files(paths: Iterable[str | Path]) -> list[Path]:
    """The YAML files that `paths` stand for, folders in the order of their file names."""
    files: list[Path] = []
    for path in map(Path, paths):
        if path.is_dir():
            found = sorted([*path.glob("*.yaml"), *path.glob("*.yml")])
            if not found:
                raise VocabularyError(f"{path}: the folder holds no .yaml file")
            files.extend(found)
        elif path.is_file():
            files.append(path)
        else:
            raise VocabularyError(f"{path}: there is no such vocabulary file or folder")
    return files


def read_document(path: Path) -> Document:
    """One file, checked against the schema."""
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except UnicodeDecodeError as error:
        raise VocabularyError(f"{path}: not UTF-8 at byte {error.start}; save the file as UTF-8") from error
    except yaml.YAMLError as error:
        raise VocabularyError(f"{path}: not valid YAML: {error}") from error
    try:
        return msgspec.convert(raw if raw is not None else {}, Document)
    except msgspec.ValidationError as error:
        raise VocabularyError(f"{path}: {_readable(str(error), raw)}; see docs/vocabulary.md for every key") from error


def _readable(message: str, raw: object) -> str:
    """Name the entry by its id: `$.attributes[3].values[7]` alone makes people count."""
    _, _, place = message.rpartition("`$")
    names = []
    node = raw
    for part in place.rstrip("`").replace("[", ".[").split(".")[1:]:
        if part.startswith("[") and part != "[...]" and isinstance(node, list):
            node = node[int(part[1:-1])] if part[1:-1].isdigit() else None
        elif isinstance(node, dict):
            node = node.get(part)
        if isinstance(node, dict) and "id" in node:
            names.append(str(node["id"]))
    return f"{message} (in {' / '.join(names)})" if names else message


def join_documents(documents: Iterable[tuple[str, Document]]) -> Vocabulary:
    """Join checked documents; an attribute with `extend: true` adds its values to the attribute of the same id, wherever that stands.

    A value that several files define is one value with the forms of all; twice in one file is a slip, and a `VocabularyError`.
    """
    attributes: dict[str, tuple[str, Attribute]] = {}
    extensions: list[tuple[str, Attribute]] = []
    categories: dict[str, tuple[str, Category]] = {}
    units: dict[str, tuple[str, Unit]] = {}
    for file, document in documents:
        for attribute in document.attributes:
            _refuse_double_values(file, attribute)
            if attribute.extend:
                extensions.append((file, attribute))
            else:
                _add(attributes, file, attribute, "attribute")
        for category in document.categories:
            _add(categories, file, category, "category")
        for unit in document.units:
            _add(units, file, unit, "unit")
    for file, extension in extensions:
        if extension.id not in attributes:
            raise VocabularyError(f"{file}: 'extend: true' for the attribute '{extension.id}', which no file defines")
        where, base = attributes[extension.id]
        joined = msgspec.structs.replace(base, aliases=base.aliases + extension.aliases, values=_join_values(base.values, extension.values))
        attributes[extension.id] = (where, joined)
    return Vocabulary(
        (attribute for _, attribute in attributes.values()),
        (category for _, category in categories.values()),
        (unit for _, unit in units.values()),
    )


def _add(known: dict[str, tuple[str, _Item]], file: str, item: _Item, what: str) -> None:
    if item.id in known:
        raise VocabularyError(f"{file}: the {what} '{item.id}' is already defined in {known[item.id][0]}; ids are unique")
    known[item.id] = (file, item)


def _join_values(values: tuple[Value, ...], more: tuple[Value, ...]) -> tuple[Value, ...]:
    """Values of two files; one that both define (a brand of two departments) has the forms of both, and exists wherever either says."""
    joined = {value.id: value for value in values}
    for value in more:
        known = joined.get(value.id)
        joined[value.id] = value if known is None else _join_value(known, value)
    return tuple(joined.values())


def _join_value(known: Value, more: Value) -> Value:
    return msgspec.structs.replace(
        known,
        names={**more.names, **known.names},
        aliases=tuple(dict.fromkeys((*known.aliases, *more.forms))),
        weak=tuple(dict.fromkeys((*known.weak, *more.weak))),
        exceptions=tuple(dict.fromkeys((*known.exceptions, *more.exceptions))),
        only=tuple(dict.fromkeys((*known.only, *more.only))) if known.only and more.only else (),
        broader=known.broader or more.broader,
        implies={**more.implies, **known.implies},
    )


def _refuse_double_values(file: str, attribute: Attribute) -> None:
    seen: set[str] = set()
    for value in attribute.values:
        if value.id in seen:
            raise VocabularyError(f"{file}: the attribute '{attribute.id}' has the value '{value.id}' twice; value ids are unique")
        seen.add(value.id)
