"""Settings: `hangtag.toml` in the working directory, or the file named by `--config`; and the cache folder."""

from __future__ import annotations

import contextlib
import os
import tempfile
import tomllib
from pathlib import Path

import msgspec

from hangtag.errors import ConfigError

__all__ = ["DEFAULT_TAGGERS", "PolicySettings", "Settings", "cache_folder", "keep_in_cache", "load_settings"]

DEFAULT_TAGGERS = ("given", "lexicon", "measure", "identifier", "category", "nearest", "keyword")
FILE_NAME = "hangtag.toml"


class PolicySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[policy]`: thresholds on confidence; see `hangtag.pipeline.Policy`."""

    auto: float = 0.8
    review: float = 0.5
    auto_by_attribute: dict[str, float] = {}


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of `hangtag.toml`. Paths are relative to the file.

    `vocabulary`: files or folders, empty for the starter. `taggers`: SPECs, run in this order. `workers`: processes, 0 for one a core.
    `columns`: our field → the catalogue's column. `shard_rows`: rows committed together.
    """

    vocabulary: tuple[str, ...] = ()
    taggers: tuple[str, ...] = DEFAULT_TAGGERS
    policy: PolicySettings = PolicySettings()
    columns: dict[str, str] = {}
    workers: int = 0
    shard_rows: int = 1000


def load_settings(path: Path | None = None) -> Settings:
    """Read `path`, or `hangtag.toml` of the working directory where there is one; raises `ConfigError` naming file and key."""
    file = path if path is not None else Path(FILE_NAME)
    if path is None and not file.is_file():
        return Settings()
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"{file}: there is no such file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: not valid TOML: {error}") from error
    try:
        settings = msgspec.convert(raw, Settings)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{file}: {error}") from error
    here = file.parent
    return msgspec.structs.replace(settings, vocabulary=tuple(str(here / entry) for entry in settings.vocabulary))


def cache_folder() -> Path:
    """`$HANGTAG_CACHE`, else the user's cache folder."""
    named = os.environ.get("HANGTAG_CACHE")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hangtag"


def keep_in_cache(path: Path, content: bytes) -> None:
    """Write a file of the cache, whole or not at all; without a word where the folder cannot be written."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".partial", delete=False) as file:
            file.write(content)
        Path(file.name).replace(path)
