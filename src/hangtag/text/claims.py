"""Claims that must not be published unseen: absolute and medical ones, guarantees, pressure, appeals to the state, superstition, slurs.

The rules are data (`claims.yaml`, and files of one's own in the same form). They are looked for in the folded text and once more in that
text without what people put between characters to slip past such rules ("最·好", "第 一", "b e s t"). A hit inside a harmless phrase
that the rule lists ("最近", "best man") is none. No list is complete, and none of this is legal advice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from hangtag.errors import ConfigError
from hangtag.text.fold import fold, fold_text
from hangtag.text.segment import has_han, word_spans

__all__ = ["KINDS", "Claim", "Rule", "Rules", "starter_rules"]

KINDS = ("absolute", "authority", "medical", "guarantee", "scarcity", "superstition", "slur")
_KEYS = frozenset(("id", "kind", "language", "reason", "source", "words", "patterns", "except"))
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff]+")
_SIGNS = r"\s·•‧∙・.*_|~^+=#@☆★♥❤\\\-\u00ad\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff"
_IN_HAN = re.compile(rf"(?<=[\u3400-\u9fff])[{_SIGNS}]{{1,3}}(?=[\u3400-\u9fff])")
_SPELT = re.compile(r"(?<![a-z0-9])[a-z](?:[ .*_·•‧・|~/-][a-z]){2,}(?![a-z0-9])")
_LATIN = re.compile(r"[a-z0-9]")
_BETWEEN_LETTERS = re.compile(r"(?<=[a-z])[*_·•‧・|~^]+(?=[a-z])")


class Claim(NamedTuple):
    """Where a rule fired: `text[start:end] == quote`, in code points of the text as it was given."""

    rule: Rule
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One rule of a file, compiled: what it finds in folded text, and the harmless phrases in which that does not count."""

    id: str
    kind: str
    language: str
    reason: str
    source: str
    pattern: re.Pattern[str]
    exceptions: re.Pattern[str] | None

    def find(self, folded: str) -> Iterator[tuple[int, int]]:
        """[start, end) of every hit in a folded text."""
        harmless: list[tuple[int, int]] | None = None
        place = 0
        for match in self.pattern.finditer(folded):
            if harmless is None:
                harmless = [found.span() for found in self.exceptions.finditer(folded)] if self.exceptions else []
            while place < len(harmless) and harmless[place][1] <= match.start():
                place += 1
            if place == len(harmless) or match.start() < harmless[place][0] or harmless[place][1] < match.end():
                yield match.span()


class Rules:
    """Rules in force, in the order of their files."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)

    @classmethod
    def load(cls, paths: Sequence[str | Path] = ()) -> Rules:
        """The package's rules with those of files added. A file may switch rules off (`without: [zh-choice]`) and replace one by its id.

        Raises `ConfigError` naming file and rule.
        """
        found = {rule.id: rule for rule in starter_rules().rules}
        for path in paths:
            table = _read(path)
            for identifier in table.get("without") or ():
                if identifier not in found:
                    raise ConfigError(f"{path}: without: there is no rule '{identifier}'")
                del found[identifier]
            found.update((rule.id, rule) for rule in _rules(table, str(path)))
        return cls(found.values())

    def find(self, text: str) -> list[Claim]:
        """All hits in reading order, of one rule none over another."""
        claims: list[Claim] = []
        taken: dict[str, bytearray] = {}
        for look in _looks(text):
            words: _Words | None = None
            for rule in self.rules:
                for first, last in rule.find(look.text):
                    if has_han(look.text[first] + look.text[last - 1]):
                        words = words if words is not None else _Words(look.text)
                        if words.are_cut(first, last):
                            continue
                    start, end = look.span(first, last)
                    marked = taken.setdefault(rule.id, bytearray(len(text)))
                    if 1 not in marked[start:end]:
                        marked[start:end] = b"\x01" * (end - start)
                        claims.append(Claim(rule, start, end, text[start:end]))
        return sorted(claims, key=lambda claim: (claim.start, claim.end, claim.rule.id))


@lru_cache(maxsize=1)
def starter_rules() -> Rules:
    """The rules of the package."""
    return Rules(_rules(yaml.safe_load(files("hangtag.text").joinpath("claims.yaml").read_text(encoding="utf-8")), "claims.yaml"))


class _Look(NamedTuple):
    """A text in which rules are looked for, and where its characters stand in the original."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def span(self, first: int, last: int) -> tuple[int, int]:
        return self.starts[first], self.ends[last - 1]


class _Words:
    """The borders between the segmenter's words of a text."""

    def __init__(self, text: str) -> None:
        self._borders = frozenset(start for start, _ in word_spans(text)) | {len(text)}

    def are_cut(self, start: int, end: int) -> bool:
        """Whether a hit begins inside one word and ends inside another: 奇效 is not said by 神奇|效果."""
        return start not in self._borders and end not in self._borders


def _looks(text: str) -> Iterator[_Look]:
    """The folded text; and without what parts characters, where that is another text."""
    folded = fold(text)
    starts = folded.starts if folded.starts is not None else range(len(folded.text))
    ends = folded.ends if folded.ends is not None else range(1, len(folded.text) + 1)
    yield _Look(folded.text, starts, ends)
    dropped = bytearray(len(folded.text))
    for pattern in (_UNSEEN, _IN_HAN, _BETWEEN_LETTERS):
        for match in pattern.finditer(folded.text):
            dropped[match.start() : match.end()] = b"\x01" * (match.end() - match.start())
    for match in _SPELT.finditer(folded.text):
        dropped[match.start() + 1 : match.end() : 2] = b"\x01" * len(range(match.start() + 1, match.end(), 2))
    if 1 in dropped:
        kept = [number for number, drop in enumerate(dropped) if not drop]
        yield _Look("".join(folded.text[number] for number in kept), [starts[number] for number in kept], [ends[number] for number in kept])


def _read(path: str | Path) -> Mapping[str, Any]:
    try:
        table = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: the rules cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid YAML: {error}") from error
    if not isinstance(table, dict) or set(table) - {"rules", "without"}:
        raise ConfigError(f"{path}: a file of rules has the keys 'rules' and 'without'")
    return table


def _rules(table: Mapping[str, Any], path: str) -> Iterator[Rule]:
    seen: set[str] = set()
    for number, entry in enumerate(table.get("rules") or (), start=1):
        where = f"{path}, rule {number}"
        if not isinstance(entry, dict) or not {"id", "kind", "reason"} <= set(entry) or set(entry) - _KEYS:
            raise ConfigError(f"{where}: a rule has id, kind, reason and words or patterns; it may have language, source and except")
        where = f"{path}, rule '{entry['id']}'"
        if entry["kind"] not in KINDS:
            raise ConfigError(f"{where}: there is no kind '{entry['kind']}'; choose from {', '.join(KINDS)}")
        if entry["id"] in seen:
            raise ConfigError(f"{where}: stands here twice")
        seen.add(entry["id"])
        words, patterns, excepted = (_strings(entry, key, where) for key in ("words", "patterns", "except"))
        pattern = _compile([*(_word(word) for word in sorted(words, key=len, reverse=True)), *patterns], where)
        if pattern is None:
            raise ConfigError(f"{where}: it has neither words nor patterns")
        exceptions = [word[1:-1] if _is_pattern(word) else _word(word) for word in excepted]
        yield Rule(
            id=str(entry["id"]),
            kind=entry["kind"],
            language=str(entry.get("language", "und")),
            reason=str(entry["reason"]),
            source=str(entry.get("source", "")),
            pattern=pattern,
            exceptions=_compile(exceptions, where),
        )


def _strings(entry: Mapping[str, Any], key: str, where: str) -> list[str]:
    found = entry.get(key) or []
    if not isinstance(found, list) or not all(isinstance(word, str) and word for word in found):
        raise ConfigError(f"{where}: '{key}' is a list of texts; quote those that YAML reads as something else")
    return found


def _is_pattern(word: str) -> bool:
    return len(word) > 2 and word[0] == word[-1] == "/"


def _word(word: str) -> str:
    """A literal word as an expression: Latin letters and digits at its ends may not go on, a blank is a hyphen too."""
    folded = fold_text(word).strip()
    body = re.sub(r"(?:\\ |\\-|-)", "[ -]", re.escape(folded))
    before, after = (r"(?<![a-z0-9])" if _LATIN.match(folded[:1]) else ""), (r"(?![a-z0-9])" if _LATIN.match(folded[-1:]) else "")
    return before + body + after


def _compile(parts: Sequence[str], where: str) -> re.Pattern[str] | None:
    try:
        return re.compile("|".join(f"(?:{part})" for part in parts)) if parts else None
    except re.error as error:
        raise ConfigError(f"{where}: '{error.pattern!s}' is no regular expression: {error.msg}") from error
