"""The run ledger: which shards of a run are done, in a folder beside the output.

A shard is committed in two steps: its files are written and synced under their final names, then one line is appended to
`ledger.jsonl` and synced. A kill between the two leaves files no line speaks of; they are written again. A torn last line is ignored.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from hangtag.errors import RunError

__all__ = ["Ledger", "remove_folder", "replace_file", "replace_folder"]

FORMAT = 1


class Ledger:
    """The ledger in `folder`, opened for one run.

    `fingerprint` says what the run depends on (input, settings, version): a folder begun with another one is refused with `RunError`.
    """

    def __init__(self, folder: Path, *, fingerprint: Mapping[str, Any]) -> None:
        self.folder = folder
        self._fingerprint = {"format": FORMAT, **fingerprint}
        self._path = folder / "ledger.jsonl"
        self.shards = folder / "shards"
        self._done: dict[int, dict[str, Any]] = {}
        self.resumed = False

    @contextlib.contextmanager
    def open(self) -> Iterator[Ledger]:
        """Take the folder for this process alone, read what is done, and keep the ledger open for commits."""
        self.shards.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            try:
                # A record lock is this process's alone: worker processes that outlive a killed run do not keep it.
                fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise RunError(f"{self.folder}: another run is writing here; wait for it, or choose another output") from error
            size = self._read()
            with self._path.open("r+b" if size else "wb") as self._file:
                self._file.seek(size)
                self._file.truncate()
                if not size:
                    self._append({"run": self._fingerprint})
                    _sync_folder(self.folder)
                yield self

    def done(self) -> Mapping[int, Mapping[str, Any]]:
        """Facts of the committed shards, by shard number."""
        return self._done

    def path(self, shard: int, kind: str) -> Path:
        """Where a shard's file of a kind ("tags", "rejects" …) lies."""
        return self.shards / f"{shard:06d}.{kind}"

    def commit(self, shard: int, files: Mapping[str, bytes], facts: Mapping[str, Any]) -> None:
        """Write a shard's files and enter it in the ledger; on return both survive a kill."""
        for kind, content in files.items():
            replace_file(self.path(shard, kind), content)
        _sync_folder(self.shards)
        self._append({"shard": shard, **facts})
        self._done[shard] = dict(facts)

    def _append(self, line: Mapping[str, Any]) -> None:
        self._file.write(msgspec.json.encode(line) + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def _read(self) -> int:
        """Read the ledger; the number of bytes in whole lines."""
        if not self._path.exists():
            return 0
        content = self._path.read_bytes()
        size = content.rfind(b"\n") + 1
        lines = [msgspec.json.decode(line) for line in content[:size].splitlines()]
        if not lines:
            return 0
        self._compare(lines[0].get("run", {}))
        for line in lines[1:]:
            self._done[line.pop("shard")] = line
        self.resumed = bool(self._done)
        return size

    def _compare(self, known: Mapping[str, Any]) -> None:
        changed = sorted(key for key in {*known, *self._fingerprint} if known.get(key) != self._fingerprint.get(key))
        if changed:
            raise RunError(
                f"{self.folder} holds an unfinished run with other settings ({', '.join(changed)} changed since): "
                "run with the same input and settings to go on, or add --restart to begin anew"
            )


def replace_file(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, even after a power cut."""
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


@contextlib.contextmanager
def replace_folder(folder: Path) -> Iterator[Path]:
    """An empty folder to write into, which takes the place of `folder` on leaving: that is there whole or as it was. Killed between the two
    renames, it is beside, as `.replaced`."""
    folder = folder.resolve()  # what a link names is replaced, not the link
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    yield partial
    replaced = _set_aside(folder)
    partial.rename(folder)
    shutil.rmtree(replaced, ignore_errors=True)


def remove_folder(folder: Path) -> None:
    """Remove a folder, if there is one, at once: what a kill leaves of it has another name, and is cleared away the next time."""
    shutil.rmtree(_set_aside(folder), ignore_errors=True)


def _set_aside(folder: Path) -> Path:
    """Give a folder, if there is one, the name under which it can be lost."""
    replaced = folder.with_name(folder.name + ".replaced")
    shutil.rmtree(replaced, ignore_errors=True)
    if folder.exists():
        folder.rename(replaced)
    return replaced


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
