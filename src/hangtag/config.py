"""Settings: `hangtag.toml` in the working directory, or the file named by `--config`; and the cache folder."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec

from hangtag.errors import ConfigError

__all__ = [
    "DEFAULT_TAGGERS",
    "LlmSettings",
    "PolicySettings",
    "Price",
    "Settings",
    "cache_folder",
    "keep_in_cache",
    "load_settings",
    "one_at_a_time",
]

DEFAULT_TAGGERS = ("given", "lexicon", "measure", "identifier", "category", "nearest", "keyword")
FILE_NAME = "hangtag.toml"


_Some = Annotated[int, msgspec.Meta(ge=1)]
_AnyNumber = Annotated[int, msgspec.Meta(ge=0)]
_Money = Annotated[float, msgspec.Meta(ge=0.0)]
_Seconds = Annotated[float, msgspec.Meta(gt=0.0)]
_Chars = Annotated[int, msgspec.Meta(ge=100)]  # below this a part holds no sentence


class PolicySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[policy]`: thresholds on confidence; see `hangtag.pipeline.Policy`."""

    auto: float = 0.8
    review: float = 0.5
    auto_by_attribute: dict[str, float] = {}


class Price(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[llm.prices."MODEL"]`: money for a million tokens asked and answered."""

    input: _Money
    output: _Money


class LlmSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[llm]`: an endpoint that speaks OpenAI's chat completions, and how it is used.

    - `base_url` of the endpoint, empty for `$OPENAI_BASE_URL` or OpenAI's own; `model` is that of the SPEC "llm"; the key is read from the
      environment variable `key_env`, so that no file holds it.
    - `concurrency` requests at most are under way (fewer where the endpoint says "too many"), `requests_per_minute` at most are begun
      (0: no limit); one that takes longer than `timeout_s` is given up and asked again, `attempts` times in all.
    - `samples` answers are asked of each question where the endpoint gives no token probabilities: how often they agree is confidence.
    - `examples` are labelled files (later ones win): the products most like the asked one are shown, `shots` of them, and the attributes
      their category has are asked. `most_attributes` are asked at once, with `most_values` candidates each; of a category with more, those
      the text names and the category's first are asked, or with `every_attribute` all, in several questions. Texts longer than
      `chunk_chars` are read in parts. `prompts` is a folder whose files replace those of the package.
    - `phrases` free phrases at most are asked for beside the typed tags, in a question of their own (0: none).
    - `redact` takes personal data out of what is sent; `keep_ungrounded` keeps what the model says without a place in the text.
    - `batch` hands all questions in as files (`/v1/batches`), which cost `batch_price` times as much and are answered within a day.
    - `prices` in `currency`; `budget` is the most a run may spend on all its models, as money (5.0) or tokens ("200000 tokens"); what it
      spent is kept in the file `spend`.
    """

    model: str = ""
    base_url: str = ""
    key_env: str = "OPENAI_API_KEY"
    concurrency: _Some = 16
    requests_per_minute: _AnyNumber = 0
    timeout_s: _Seconds = 60.0
    attempts: _Some = 5
    samples: _Some = 1
    examples: tuple[str, ...] = ()
    shots: _AnyNumber = 3
    most_attributes: _Some = 16
    every_attribute: bool = False
    most_values: _Some = 8
    chunk_chars: _Chars = 1500
    answer_tokens: _Some = 600
    prompts: str = ""
    redact: bool = True
    keep_ungrounded: bool = True
    phrases: _AnyNumber = 0
    prices: dict[str, Price] = {}
    currency: str = "USD"
    budget: float | str | None = None
    spend: str = ""
    batch: bool = False
    batch_price: _Money = 0.5


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of `hangtag.toml`. Paths are relative to the file.

    `vocabulary`: files or folders, empty for the starter. `taggers`: SPECs, run in this order. `workers`: processes, 0 for one a core.
    `columns`: our field → the catalogue's column. `llm`: see `LlmSettings`. `shard_rows`: rows committed together. `rules`: files that
    add to the safety rules for free phrases, or switch some off.
    """

    vocabulary: tuple[str, ...] = ()
    taggers: tuple[str, ...] = DEFAULT_TAGGERS
    policy: PolicySettings = PolicySettings()
    columns: dict[str, str] = {}
    llm: LlmSettings = LlmSettings()
    rules: tuple[str, ...] = ()
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
    llm = msgspec.structs.replace(settings.llm, examples=tuple(str(here / entry) for entry in settings.llm.examples))
    if llm.prompts:
        llm = msgspec.structs.replace(llm, prompts=str(here / llm.prompts))
    vocabulary, rules = (tuple(str(here / entry) for entry in entries) for entries in (settings.vocabulary, settings.rules))
    return msgspec.structs.replace(settings, vocabulary=vocabulary, rules=rules, llm=llm)


def cache_folder() -> Path:
    """`$HANGTAG_CACHE`, else the user's cache folder."""
    named = os.environ.get("HANGTAG_CACHE")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hangtag"


@contextlib.contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Processes and threads that would make the same file or folder of the cache wait for each other; the lock beside it stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(path.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def keep_in_cache(path: Path, content: bytes) -> None:
    """Write a file of the cache, whole or not at all; without a word where the folder cannot be written."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".partial", delete=False) as file:
            file.write(content)
        Path(file.name).replace(path)
