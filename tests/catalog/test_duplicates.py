"""Duplicates are linked to the first of their kind; variants are left alone."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from hangtag.catalog.duplicates import DuplicateFinder, find_duplicates, sketch, sketch_batch
from hangtag.model import Product

BASE = "Handmade oak desk lamp with a warm light, a long arm and a heavy foot, made for reading in bed or at a desk"


def product(identifier: str, title: str, **attributes: str) -> Product:
    return Product(id=identifier, fields={"title": title}, attributes=attributes)


def links(*products: Product, near: bool = True) -> list[tuple[str, float] | None]:
    return [(found.duplicate_of, round(found.similarity, 2)) if found else None for found in find_duplicates(products, near=near)]


def test_exact_duplicates_whatever_their_case_and_width() -> None:
    found = links(product("a", "Lamp A4 黑色"), product("b", "Chair"), product("c", "ＬＡＭＰ a4 黑色"), product("d", "Chair"), near=False)
    assert found == [None, None, ("a", 1.0), ("b", 1.0)]


def test_attributes_tell_products_apart() -> None:
    assert links(product("a", "Tee", color="red"), product("b", "Tee", color="blue"), product("c", "Tee", color="red")) == [
        None,
        None,
        ("a", 1.0),
    ]


def test_near_duplicates() -> None:
    found = links(product("a", BASE), product("b", "Something else entirely, a chair of ash wood"), product("c", BASE + "!"))
    assert found[:2] == [None, None]
    assert found[2] is not None and found[2][0] == "a" and found[2][1] > 0.9
    assert links(product("a", BASE), product("c", BASE + "!"), near=False) == [None, None]


def test_variants_are_no_duplicates() -> None:
    assert links(product("a", BASE + " 64GB"), product("b", BASE + " 32GB")) == [None, None]
    assert links(product("a", BASE + " black"), product("b", BASE + " white")) == [None, None]
    assert links(product("a", BASE, size="L"), product("b", BASE + ".", size="M")) == [None, None]


def test_short_texts_are_compared_exactly_only() -> None:
    assert len(sketch(product("a", "Lamp"))) == 8
    assert links(product("a", "Lamp"), product("b", "Lamp.")) == [None, None]


def test_links_lead_to_the_first_across_many_products() -> None:
    random.seed(5)
    words = BASE.split()
    originals = [" ".join(random.choices(words, k=25)) for _ in range(3_000)]
    finder = DuplicateFinder()
    assert all(finder.add(f"p{n}", sketch(product(f"p{n}", text))) is None for n, text in enumerate(originals))
    again = [finder.add(f"q{n}", sketch(product(f"q{n}", text + " x"))) for n, text in enumerate(originals)]
    assert sum(found is not None and found[0] == f"p{n}" for n, found in enumerate(again)) > 2_700
    exact = [finder.add(f"r{n}", sketch(product(f"r{n}", text))) for n, text in enumerate(originals)]
    assert exact == [(f"p{n}", 1.0) for n in range(3_000)]


def test_a_batch_gives_what_single_sketches_give_and_starts_no_threads() -> None:
    random.seed(6)
    letters = "abcdefgh 0123456789 黑白 éÅ"
    lengths = [0, 5, 23, 24, 25, 60, 799, 800, 900] * 12 + [800] * 200
    products = [product(f"p{n}", "".join(random.choices(letters, k=length)), size=str(n)) for n, length in enumerate(lengths)]
    tasks = Path("/proc/self/task")
    before = len(list(tasks.iterdir())) if tasks.exists() else 0
    sketches = sketch_batch(products)
    assert (len(list(tasks.iterdir())) if tasks.exists() else 0) <= before
    assert sketches == [sketch(one) for one in products]
    assert sketch_batch(products, near=False) == [one[:8] for one in sketches]
    assert sketch_batch([]) == []


def test_sketches_are_the_same_from_one_version_to_the_next() -> None:
    sketched = sketch(product("a", BASE + " Grey 64GB 黑色 a_red x", color="Oak", Model="B 7"))
    exact_and_guard, minima = (
        "e27b4d9b726755d2206af703",
        bytes.fromhex("a80ec9f81fee85ee29670c232fad8648e91982493719eb7d3b86f63ab403725326726989ee99eb5314f0fc0114827479acbc12c4e0024a83"),
    )
    assert sketched == bytes.fromhex(exact_and_guard) + minima


def test_a_threshold_the_bands_cannot_serve_is_refused() -> None:
    with pytest.raises(ValueError, match=r"0\.7"):
        DuplicateFinder(threshold=0.3)
