"""HTML to the text people see: blocks are set apart, inline markup leaves no trace, scripts and styles are gone."""

from __future__ import annotations

import html
import re

__all__ = ["html_to_text", "is_markup", "unescape"]

_BLOCKS = (
    "address|article|aside|blockquote|body|br|caption|center|dd|details|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|header|hr|li|main|"
    "nav|ol|option|p|pre|section|select|summary|table|tbody|tfoot|thead|tr|ul"
)
_INLINE = (
    "a|abbr|audio|b|bdi|big|button|cite|code|col|colgroup|del|em|embed|font|head|html|i|iframe|img|input|ins|kbd|label|link|map|mark|meta|"
    "noscript|object|o:p|picture|q|s|samp|script|small|source|span|strike|strong|style|sub|sup|svg|td|template|textarea|th|time|title|tt|u|var|video|wbr"
)
_MARKUP = re.compile(rf"</?(?:{_BLOCKS}|{_INLINE})(?:[\s/][^<>]*)?/?>|<!--|<!\[CDATA\[|<!doctype", re.IGNORECASE)
_ATTRIBUTES = r"(?:\s[^<>\"']*(?:(?:\"[^\"<>]*\"|'[^'<>]*')[^<>\"']*)*)?"
# Block tags are taken out before parsing: parsers take quadratic time for blocks nested deep, and nothing else is wanted of them.
_BLOCK_TAG = re.compile(rf"</?(?:{_BLOCKS}){_ATTRIBUTES}/?>|(?=</?(?:{_BLOCKS})[\s/>])", re.IGNORECASE)
_CELL_TAG = re.compile(r"(?=</?(?:td|th)[\s/>])", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[/!a-zA-Z][^<>]*>")
_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});|&(?:amp|quot|nbsp|apos)(?![A-Za-z0-9;=])")
_DROPPED = ["script", "style", "noscript", "template", "head", "title", "iframe", "object", "svg", "textarea"]
_MAX_ROUNDS = 3
_MAX_PARSED_TAGS = 5_000


def is_markup(text: str) -> bool:
    """Whether `text` holds an HTML tag; "<5 mm" and "<3 years>" are not markup."""
    return "<" in text and _MARKUP.search(text) is not None


def unescape(text: str) -> str:
    """Character references (`&amp;`, `&#215;`, `&Alpha;`) as characters; "R&D" and "rock&notes" stay.

    Without a semicolon only the commonest count, which texts cut to a length end in.
    """
    return _ENTITY.sub(_character, text) if "&" in text else text


def html_to_text(text: str) -> str:
    """The visible text of an HTML fragment, a line per block; escaped markup (`&lt;p&gt;`, `&amp;nbsp;`) is met in further rounds.

    Text without markup and character references comes back as it is. Time grows linearly with the text.
    """
    for _ in range(_MAX_ROUNDS):
        if is_markup(text):
            text = _strip(text)
        plain = unescape(text)
        if plain == text:
            break
        text = plain
    return text


def _character(match: re.Match[str]) -> str:
    entity = match.group()
    return html.unescape(entity if entity.endswith(";") else entity + ";")


def _strip(text: str) -> str:
    from selectolax.lexbor import LexborHTMLParser

    apart = _CELL_TAG.sub(" ", _BLOCK_TAG.sub("\n", _CDATA.sub("", text)))
    if apart.count("<") > _MAX_PARSED_TAGS:
        return _ANY_TAG.sub("", _without(_without(apart, "script"), "style"))
    tree = LexborHTMLParser("<body>" + apart.replace("\x00", ""))
    tree.strip_tags(_DROPPED)
    return str(tree.body.text(deep=True, separator="")) if tree.body is not None else ""


def _without(text: str, element: str) -> str:
    """`text` without the elements of one name, content and all; one pass."""
    folded = text.lower()
    if len(folded) != len(text):
        folded = text
    kept, position = [], 0
    while (begin := folded.find("<" + element, position)) >= 0:
        kept.append(text[position:begin])
        end = folded.find("</" + element, begin)
        if end < 0:
            return "".join(kept)
        position = end
    kept.append(text[position:])
    return "".join(kept)
