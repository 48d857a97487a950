"""HTML to the text people see."""

from __future__ import annotations

import time

import pytest

from hangtag.text.html import html_to_text, is_markup, unescape


@pytest.mark.parametrize(
    ("markup", "lines"),
    [
        ("<p>one</p><p>two</p>", ["one", "two"]),
        ("one<br>two<br/>three", ["one", "two", "three"]),
        ("<ul><li>a<li>b</ul>", ["a", "b"]),
        ("<table><tr><td>Size</td><td>L</td></tr><tr><th>Fit</th><td>slim</td></tr></table>", ["Size L", "Fit slim"]),
        ("<script>alert('<p>x</p>')</script>seen<style>p {color: red}</style><noscript>no</noscript>", ["seen"]),
        ("纯<b>棉</b>连<i>衣</i>裙", ["纯棉连衣裙"]),
        ("a <!-- hidden --> b", ["a b"]),
        ("&lt;p&gt;twice&lt;/p&gt;&lt;p&gt;escaped&lt;/p&gt;", ["twice", "escaped"]),
        ("<![CDATA[<p>wrapped</p>]]>", ["wrapped"]),
        ("<p>5 &lt; 6</p>", ["5 < 6"]),
        ('<img src="x" onerror="alert(1)">only text', ["only text"]),
        ("<p>never closed", ["never closed"]),
    ],
)
def test_blocks_are_set_apart(markup: str, lines: list[str]) -> None:
    found = [" ".join(line.split()) for line in html_to_text(markup).splitlines()]
    assert [line for line in found if line] == lines


@pytest.mark.parametrize("text", ["plain", "a < b > c", "<5 mm>", "<Pack of 2>", "R&D", "AT&T;", "rock&notes", "a&copy", "<新品>", "<3"])
def test_what_is_no_markup_stays(text: str) -> None:
    assert html_to_text(text) is text
    assert not is_markup(text)


def test_character_references() -> None:
    assert unescape("&Alpha;&#215;&#x4e2d;&amp;nbsp;") == "Α×中&nbsp;"
    assert html_to_text("&amp;nbsp;x") == "\xa0x"
    assert unescape("5&quot") == '5"'
    assert unescape("&nosuchthing;") == "&nosuchthing;"


@pytest.mark.parametrize("unit", ["<div>", "<ul><li>", "<table><tr><td>", "<div title='>'>", "<script>", "<b><i>", "<div x='"])
def test_nesting_without_end_takes_linear_time(unit: str) -> None:
    begun = time.perf_counter()
    html_to_text(unit * 40_000 + "seen")
    assert time.perf_counter() - begun < 5  # a parser alone takes minutes for some of these
    assert html_to_text("<div>" * 40_000 + "<script>no</script><style>no</style>seen").strip() == "seen"
