"""The bytes of a catalogue: a file, a gzip file or standard input; and what kind of thing they are, judged by content, not by name."""

from __future__ import annotations

import contextlib
import io
import re
import sys
import zlib
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import msgspec

from hangtag.catalog.rejected import is_reject
from hangtag.errors import CatalogError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["ByteStream", "Source", "guess_format"]

SAMPLE_BYTES = 1 << 18
MAX_SAMPLE_BYTES = 1 << 24
_CHUNK_BYTES = 1 << 16
_GZIP = b"\x1f\x8b"
_NOT_A_CATALOGUE = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook", "unzip it, or save the sheet as CSV (UTF-8)"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file", "save the sheet as CSV (UTF-8)"),
    (b"%PDF", "a PDF", "export the catalogue as CSV or JSON Lines"),
    (b"BZh", "compressed with bzip2", "decompress it, or compress it with gzip"),
    (b"\xfd7zXZ", "compressed with xz", "decompress it, or compress it with gzip"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", "decompress it, or compress it with gzip"),
    (b"SQLite format 3", "a SQLite database", "name its table: sqlite:///FILE?table=NAME"),
)
_MARKUP = re.compile(r"<(?:\?xml|!doctype|html|rss|feed)", re.IGNORECASE)
_ARRAY = re.compile(r"\[\s*(?:[{\[\]\"]|-?\d|null|true|false|$)")


class ByteStream(io.RawIOBase):
    """The decompressed bytes of one pass over a source. `broken` says why a gzip file ended early, once it has."""

    def __init__(self, file: IO[bytes], *, prefix: bytes = b"", close: bool = True) -> None:
        self._file, self._prefix, self._close = file, prefix, close
        self._zip: Any = None
        self._ready = b""
        self._members = 0
        self._begun = False
        self._between = False
        self.broken: str | None = None

    def readable(self) -> bool:
        """Always true."""
        return True

    def close(self) -> None:
        """Close the file below, unless it is standard input."""
        if self._close:
            self._file.close()
        super().close()

    def tell_below(self) -> int:
        """How many bytes of the file itself, compressed or not, have been read."""
        return self._file.tell()

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill `buffer`; 0 at the end, also where a gzip file breaks off."""
        view = memoryview(buffer).cast("B")
        while not self._ready:
            data = self._fetch()
            if not data:
                return 0
            self._ready = data
        size = min(len(view), len(self._ready))
        view[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def _fetch(self) -> bytes:
        """The next piece of content, b"" at the end."""
        while True:
            raw = self._raw()
            if not self._begun and raw:
                self._begun = True
                if raw.startswith(_GZIP):
                    self._zip = zlib.decompressobj(31)
            if self._zip is None or self.broken:
                return b"" if self.broken else raw
            if not raw:
                if not self._between:
                    self.broken = "the gzip file breaks off: it is shorter than it should be"
                return b""
            data = self._inflate(raw)
            if data or self.broken:
                return data

    def _inflate(self, raw: bytes) -> bytes:
        pieces = []
        spare = self._zip
        try:
            while raw:
                if self._between:
                    raw = raw.lstrip(b"\x00")  # padding between or after members
                    if not raw:
                        break
                    self._zip, self._between = zlib.decompressobj(31), False
                spare = self._zip.copy()
                pieces.append(self._zip.decompress(raw))
                raw = self._zip.unused_data
                self._between = self._zip.eof
        except zlib.error as error:
            self.broken = f"the gzip file is damaged ({error})"
            pieces.append(_salvage(spare, raw))
        return b"".join(pieces)

    def _raw(self) -> bytes:
        if self._prefix:
            data, self._prefix = self._prefix, b""
            return data
        if isinstance(self._file, io.BufferedReader):
            return self._file.read1(_CHUNK_BYTES)
        return self._file.read(_CHUNK_BYTES)


class Source:
    """Where a catalogue's bytes come from. `sample` holds the first ones, decompressed; `open` gives a pass over all of them.

    Raises `CatalogError` where there is nothing to read. Standard input (`-`) can be opened once.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = None if str(path) == "-" else Path(path)
        self.name = "standard input" if self.path is None else str(path)
        self._prefix = b""
        self._opened = False
        if self.path is not None:
            self._check_path(self.path)
            with self.open() as stream:
                self.sample = _read_sample(stream)
                self.sample_below = stream.tell_below()
        else:
            self._prefix = _read_first(sys.stdin.buffer)
            stream = ByteStream(io.BytesIO(self._prefix))
            self.sample = _read_sample(stream)
            self.sample_below = len(self._prefix)
        self.sample_broken = stream.broken if self.path is not None else None
        if not self.sample.strip(b" \t\r\n\x00") and not self.sample_broken:
            raise CatalogError(f"{self.name} is empty: give a catalogue with at least one product")

    @staticmethod
    def _check_path(path: Path) -> None:
        if path.is_dir():
            raise CatalogError(f"{path} is a folder: name one file in it")
        if not path.exists():
            near = [other.name for other in sorted(path.parent.glob(path.stem + ".*"))[:3]] if path.parent.is_dir() else []
            hint = f"; there is {', '.join(near)}" if near else ""
            raise CatalogError(f"{path} does not exist: check the name{hint}")

    def open(self) -> ByteStream:
        """A pass over the bytes, from the start; the caller closes it."""
        if self.path is None:
            if self._opened:
                raise CatalogError("standard input can be read once only: save it to a file and name that")
            self._opened = True
            return ByteStream(sys.stdin.buffer, prefix=self._prefix, close=False)
        try:
            return ByteStream(self.path.open("rb"))
        except OSError as error:
            raise CatalogError(f"{self.path} cannot be opened: {error.strerror}") from error

    @property
    def size_bytes(self) -> int | None:
        """The file's size, None for standard input."""
        return None if self.path is None else self.path.stat().st_size


def guess_format(sample: bytes, text: str, *, name: str) -> str:
    """`jsonl`, `json`, `parquet` or `csv`, judged by content; raises `CatalogError` for what is no catalogue."""
    if sample.startswith(b"PAR1"):
        return "parquet"
    for magic, what, cure in _NOT_A_CATALOGUE:
        if sample.startswith(magic):
            raise CatalogError(f"{name} is {what}: {cure}")
    head = text.lstrip("\ufeff \t\r\n\x00")
    if _MARKUP.match(head):
        raise CatalogError(f"{name} is XML or HTML: export the catalogue as CSV or JSON Lines")
    control = sum(1 for char in text[:4096] if char < " " and char not in "\t\r\n\x00\x0b\x0c\x01\x1f")
    if control > max(16, 0.1 * min(len(text), 4096)):
        raise CatalogError(f"{name} is not a text file: give CSV, TSV, JSON, JSON Lines or Parquet")
    if _ARRAY.match(head):
        return "json"
    if not head.startswith("{"):
        return "csv"
    return "jsonl" if _looks_like_lines(head) else "json"


def _looks_like_lines(head: str) -> bool:
    """Whether text that begins with a brace is JSON Lines rather than one document."""
    lines = [line for line in (piece.strip() for piece in re.split(r"[\r\n]+", head)) if line][:4]
    objects = [_as_object(line) for line in lines[:3]]
    if len(lines) > 1:
        return any(value is not None for value in objects)
    if objects[0] is None:
        return not _begins_list(lines[0])
    return is_reject(objects[0]) or not any(isinstance(value, dict | list) for value in objects[0].values())


def _as_object(line: str) -> dict[str, Any] | None:
    try:
        value = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def _begins_list(line: str) -> bool:
    """Whether a line longer than the sample is a document with a list of objects near its start."""
    return re.match(r'\{(?:\s*"[^"]{0,80}"\s*:\s*(?:"[^"]{0,200}"|[\w.+-]{1,40})\s*,){0,20}\s*"[^"]{0,80}"\s*:\s*\[\s*\{', line) is not None


def _salvage(inflater: Any, raw: bytes) -> bytes:
    """What can be had of the last good bytes before the damage: inflated in small steps, up to the one that fails."""
    pieces = []
    with contextlib.suppress(zlib.error):
        for begin in range(0, len(raw), 32):
            pieces.append(inflater.decompress(raw[begin : begin + 32]))
    return b"".join(pieces)


def _read_sample(stream: ByteStream) -> bytes:
    """The first bytes: enough to judge by, and at least one line where lines are not absurdly long."""
    data = bytearray()
    while len(data) < SAMPLE_BYTES or (len(data) < MAX_SAMPLE_BYTES and b"\n" not in data and b"\r" not in data):
        piece = stream.read(SAMPLE_BYTES)
        if not piece:
            break
        data += piece
    return bytes(data)


def _read_first(file: IO[bytes]) -> bytes:
    """What standard input has to offer without waiting for more than its first lines."""
    data = b""
    while len(data) < MAX_SAMPLE_BYTES:
        piece = file.read1(_CHUNK_BYTES) if hasattr(file, "read1") else file.read(_CHUNK_BYTES)
        data += piece
        if not piece or (b"\n" in data and not data.startswith(_GZIP)) or (data.startswith(_GZIP) and len(data) > SAMPLE_BYTES):
            break
    return data
