"""Which encoding a catalogue is in, and what to do with the lines that are in another one.

Exports from Chinese shops come as UTF-8, GB18030 (GBK and GB2312 are parts of it) or UTF-16 without a mark; western ones as UTF-8 or
Windows-1252. Byte order marks decide first, then the shape of the bytes.
"""

from __future__ import annotations

import codecs
import re

__all__ = ["guess_encoding", "repair_line"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_HIGH_PAIR = re.compile(rb"[\x81-\xfe][\x40-\xfe]")
_COMMON_PAIR = re.compile(rb"[\xb0-\xd7][\xa1-\xfe]|[\xa1\xa3][\xa1-\xfe]")
_HIGH_BYTE = re.compile(rb"[\x80-\xff]")
_ORDINARY = re.compile("[\t\n\r -~\u3000-\u303f\u4e00-\u9fff\uff01-\uffe5]")
_UTF16_SHARE = 0.8
_GB_SHARE = 0.6


def guess_encoding(data: bytes) -> str:
    """The Python codec for text that begins with `data`: utf-8, utf-8-sig, utf-16*, utf-32, gb18030 or, last, cp1252."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    wide = _guess_utf16(data)
    if wide is not None:
        return wide
    if _mostly_utf8(data):
        return "utf-8"
    pairs = len(_HIGH_PAIR.findall(data))
    if pairs and len(_COMMON_PAIR.findall(data)) >= _GB_SHARE * pairs and 2 * pairs >= _GB_SHARE * len(_HIGH_BYTE.findall(data)):
        return "gb18030"
    return "cp1252"


def repair_line(line: str) -> str:
    """A line decoded with `surrogateescape`: its stray bytes read in the encoding they are in, or dropped where no encoding fits."""
    if line.isascii() or _SURROGATE.search(line) is None:
        return line
    data = line.encode("utf-8", "surrogateescape")
    encoding = guess_encoding(data)
    return data.decode(encoding, "ignore" if encoding.startswith("utf-8") else "replace")


def _mostly_utf8(data: bytes) -> bool:
    """True where `data` is UTF-8, but for a cut-off end or a few broken characters among many whole ones."""
    text = data.decode("utf-8", "surrogateescape")
    if text.isascii():
        return True
    broken = len(_SURROGATE.findall(text))
    if broken == 0:
        return True
    cut = len(_SURROGATE.findall(text[-3:]))  # a sample may end within a character
    whole = sum(1 for char in text if char > "\x7f") - broken
    if broken == cut and (whole or len(data) > 1000):
        return True
    return whole > 4 * broken


def _guess_utf16(data: bytes) -> str | None:
    """`utf-16-le` or `utf-16-be` where the bytes say so without a mark: zero high bytes, or nothing but ordinary characters."""
    sample = data[: min(len(data), 65536) & ~1]
    if len(sample) < 4:
        return None
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if odd > 0.3 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.3 * half and odd < 0.05 * half:
        return "utf-16-be"
    if even + odd == 0 or b"\x00" not in sample:
        return None
    for name, zeros, others in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if zeros > 20 * others or (zeros and not others):
            text = sample.decode(name, "replace")
            if len(_ORDINARY.findall(text)) >= _UTF16_SHARE * len(text):
                return name
    return None
