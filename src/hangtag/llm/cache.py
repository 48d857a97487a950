"""Answers of language models, kept: what was paid for once is not asked again."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from pathlib import Path
from typing import Any

import msgspec

__all__ = ["AnswerCache", "Kept", "key_of"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, answer BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (key TEXT PRIMARY KEY, fact BLOB NOT NULL) WITHOUT ROWID;
"""


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """An endpoint's answer: its text, why it ended ("stop", "length"), tokens asked and answered, and each token of the answer with its
    log-probability, where these were given."""

    text: str
    finish: str
    asked_tokens: int
    answered_tokens: int
    tokens: tuple[tuple[str, float], ...] = ()


def key_of(**parts: Any) -> str:
    """The key of a request: a hash of all that its answer depends on."""
    return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()


class AnswerCache:
    """Answers and facts about endpoints in one SQLite file; several processes may share it. Each answer survives a kill once `put` is
    back."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, timeout=60, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.executescript(_SCHEMA)

    def get(self, key: str) -> Kept | None:
        """The answer kept under a key, None where there is none, or one that cannot be read."""
        row = self._one("SELECT answer FROM answers WHERE key = ?", key)
        try:
            return msgspec.msgpack.decode(row, type=Kept) if row is not None else None
        except msgspec.DecodeError:
            return None

    def put(self, key: str, answer: Kept) -> None:
        """Keep an answer."""
        self._write("INSERT OR REPLACE INTO answers VALUES (?, ?)", key, msgspec.msgpack.encode(answer))

    def forget(self, key: str) -> None:
        """Let go of an answer."""
        with self._lock:
            self._database.execute("DELETE FROM answers WHERE key = ?", (key,))

    def fact(self, key: str) -> Any:
        """What was found out about an endpoint, None where nothing."""
        row = self._one("SELECT fact FROM facts WHERE key = ?", key)
        return msgspec.json.decode(row) if row is not None else None

    def learn(self, key: str, fact: Any) -> None:
        """Keep what was found out."""
        self._write("INSERT OR REPLACE INTO facts VALUES (?, ?)", key, msgspec.json.encode(fact))

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._database.close()

    def _one(self, query: str, key: str) -> bytes | None:
        with self._lock:
            row = self._database.execute(query, (key,)).fetchone()
        return row[0] if row is not None else None

    def _write(self, query: str, key: str, content: bytes) -> None:
        with self._lock:
            self._database.execute(query, (key, content))
