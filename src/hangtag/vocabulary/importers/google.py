"""Google's product taxonomy: text lists of category paths, one file a language, joined by the numbers before the paths.

# Google_Product_Taxonomy_Version: 2021-09-21
1 - Animals & Pet Supplies
3237 - Animals & Pet Supplies > Live Animals
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hangtag.errors import VocabularyError
from hangtag.text.language import detect_language, normalise_language
from hangtag.vocabulary.importers.draft import CategoryDraft, Imported, assemble

__all__ = ["import_google"]

_NUMBERED = re.compile(r"(\d+)\s+-\s+(.+)")
_LOCALE = re.compile(r"[._-]([a-z]{2})[-_][A-Z]{2}(?=[._-]|$)")
_SEPARATOR = re.compile(r"\s*>\s*")
_SAMPLE_NAMES = 40


@dataclass(slots=True)
class _List:
    """One file: the path of each number, in order; without numbers a path stands for itself."""

    file: Path
    language: str
    paths: dict[str, tuple[str, ...]] = field(default_factory=dict)
    numbered: bool = False


def import_google(files: Sequence[str | Path], *, languages: Sequence[str] = ()) -> Imported:
    """Read one list or several of different languages.

    A file's language is `languages` at its place, else the locale in its name (`…en-US.txt`), else told from its words.
    Raises `VocabularyError` naming file and line for what is no path, and where files cannot be joined.
    """
    if languages and len(languages) != len(files):
        raise VocabularyError(f"{len(languages)} languages for {len(files)} files: give --language once for each file, in their order")
    lists = [_read(Path(file), languages[index] if languages else None) for index, file in enumerate(files)]
    for index, later in enumerate(lists):
        twin = next((earlier for earlier in lists[:index] if earlier.language == later.language), None)
        if twin:
            raise VocabularyError(f"{later.file}: seems to be in '{later.language}' as {twin.file} is; tell the languages with --language")
    unnumbered = next((each for each in lists if not each.numbered), None)
    if len(lists) > 1 and unnumbered:
        raise VocabularyError(f"{unnumbered.file}: has no numbers, so it cannot be joined with others; use the lists with ids")
    return assemble([], _drafts(sorted(lists, key=lambda each: each.language != "en")))


def _read(file: Path, language: str | None) -> _List:
    lines = _lines(file)
    found: dict[str, tuple[str, ...]] = {}
    by_path: dict[tuple[str, ...], str] = {}
    numbered: bool | None = None
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        match = _NUMBERED.fullmatch(text)
        if numbered is None:
            numbered = match is not None
        if numbered != (match is not None):
            what = "no number" if numbered else "a number"
            raise VocabularyError(f"{file}, line {number}: {what} before the path, unlike the lines above")
        path = tuple(_SEPARATOR.split(match[2] if match else text))
        key = match[1] if match else " > ".join(path)
        if not all(path):
            raise VocabularyError(f"{file}, line {number}: a name is missing in the path {text!r}")
        if key in found or path in by_path:
            raise VocabularyError(f"{file}, line {number}: {text!r} is in the file twice")
        found[key], by_path[path] = path, key
    if not found:
        raise VocabularyError(f"{file}: holds no categories")
    return _List(file, _language(file, language, found), found, bool(numbered))


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise VocabularyError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise VocabularyError(f"{file}: not UTF-8 at byte {error.start}; save the file as UTF-8") from error


def _language(file: Path, given: str | None, paths: dict[str, tuple[str, ...]]) -> str:
    if given is not None:
        language = normalise_language(given)
        if language is None:
            raise VocabularyError(f"--language {given}: is no language; write it as en, zh, de …")
        return language
    locale = _LOCALE.search(file.name)
    if locale:
        return locale[1]
    step = max(1, len(paths) // _SAMPLE_NAMES)
    language = detect_language(", ".join(path[-1] for path in list(paths.values())[::step]))
    if language == "und":
        raise VocabularyError(f"{file}: its language cannot be told from its words; give --language")
    return language


def _drafts(lists: Sequence[_List]) -> list[CategoryDraft]:
    """One draft a category of any list; the first list that has it says where it stands."""
    drafts: dict[str, CategoryDraft] = {}
    for each in lists:
        keys = {path: key for key, path in each.paths.items()}
        for path in each.paths.values():
            _place(drafts, keys, path, each.language)
    return list(drafts.values())


def _place(drafts: dict[str, CategoryDraft], keys: dict[tuple[str, ...], str], path: tuple[str, ...], language: str) -> str:
    # A path may skip the line of the one above it; its text is its key then.
    key = keys.setdefault(path, " > ".join(path))
    if key not in drafts:
        above = _place(drafts, keys, path[:-1], language) if len(path) > 1 else None
        drafts[key] = CategoryDraft(key=key, parent=above, names={language: path[-1]})
    drafts[key].names.setdefault(language, path[-1])
    return key
