"""Text that was read in the wrong encoding somewhere on its way here, put right where that can be known."""

from __future__ import annotations

import contextlib
import re
from functools import lru_cache
from typing import Any

__all__ = ["repair_encoding", "suspects"]

# UTF-8 read as Latin-1 or Windows-1252: a lead byte's character followed by a continuation byte's.
_UTF8_AS_LATIN = re.compile("[\u00c2-\u00f4][\u0080-\u00bfŒœŠšŸŽžƒ\u02c6\u02dc\u2013-\u203a€™]")
_GB_AS_LATIN = re.compile("[\u00a1-\u00fe]{4,}")
_GB_RUN = re.compile("[\u00a1-\u00fe]{2,}")
# Characters that UTF-8 Chinese read as GBK is full of, and Chinese text is not.
_UTF8_AS_GB = re.compile("[鐨銆鈥鍝涓鏈鍙璐缁鍚鏄鍦锛闃缇绾甯鑳鐢濂瑁妗宸鏂]")
_COMMON_HAN = re.compile(rb"[\xb0-\xd7][\xa1-\xfe]")
_LOST = re.compile("(?:锟斤拷|锟斤|烫烫烫|\ufffd)+")
_CHEAP = re.compile("[\u00a1-\u00f4\ufffd锟烫鐨銆鈥鍝涓鏈鍙璐缁鍚鏄鍦锛闃缇绾甯鑳鐢濂瑁妗宸鏂]")
# \ufffc, which is lost as well, is for the caller to drop.
_BROKEN = re.compile(f"{_GB_AS_LATIN.pattern}|{_UTF8_AS_LATIN.pattern}|锟斤|烫烫烫|[\ufffc\ufffd]")


def suspects(text: str) -> bool:
    """A quick test: False means that `repair_encoding` would return the same string."""
    if text.isascii() or _CHEAP.search(text) is None:
        return False
    return _BROKEN.search(text) is not None or len(_UTF8_AS_GB.findall(text)) >= 2


def repair_encoding(text: str) -> str:
    """Undo one wrong decoding (UTF-8 as Latin-1 or GBK, GBK as Latin-1); drop what is lost for good (�, 锟斤拷).

    Returns the same string where nothing is wrong. ftfy (Speer 2019) decides about UTF-8 read as a western encoding.
    """
    if _GB_AS_LATIN.search(text):
        text = _GB_RUN.sub(_latin_as_gb, text)
    if _UTF8_AS_LATIN.search(text):
        text = str(_ftfy().fix_encoding(text))
    if len(_UTF8_AS_GB.findall(text)) >= 2:
        text = _gb_as_utf8(text)
    return _LOST.sub("", text) if _LOST.search(text) else text


@lru_cache(maxsize=1)
def _ftfy() -> Any:
    import ftfy

    return ftfy


def _latin_as_gb(match: re.Match[str]) -> str:
    """A run of accented letters read again as GB2312, where that makes common Chinese characters of it and it is no UTF-8."""
    data = match.group().encode("latin-1")
    if len(data) % 2 or 2 * len(_COMMON_HAN.findall(data)) < 0.8 * len(data):
        return match.group()
    with contextlib.suppress(UnicodeDecodeError):
        data.decode("utf-8")
        return match.group()
    try:
        return data.decode("gb2312")
    except UnicodeDecodeError:
        return match.group()


def _gb_as_utf8(text: str) -> str:
    """Text read again as UTF-8; the same string where its bytes are not UTF-8 but for a lost last character."""
    try:
        data = text.encode("gb18030")
        return data.decode("utf-8")
    except UnicodeEncodeError:
        return text
    except UnicodeDecodeError as error:
        # An odd last byte was lost on the way: a question mark or nothing stands where a character ended.
        whole = data[: error.start]
        return whole.decode("utf-8") if error.start >= 12 and len(data) - error.start <= 4 else text
