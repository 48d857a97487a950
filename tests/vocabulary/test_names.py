"""Ids, singulars and the forms nobody should be found by."""

import pytest

from hangtag.vocabulary.importers.names import Claims, is_catch_all, is_risky, qualified, singular, slug, unique


@pytest.mark.parametrize(
    ("name", "separator", "identifier"),
    [
        ("T-Shirts", "-", "t-shirts"),
        ("Animals & Pet Supplies", "-", "animals-pet-supplies"),
        ("Men's Underwear", "-", "mens-underwear"),
        ("Skirt/dress length type", "_", "skirt_dress_length_type"),
        ("3/4", "_", "3_4"),
        ("15+", "_", "15_plus"),
        ("Crème Brûlée", "_", "creme_brulee"),
        ("领型", "_", "领型"),
        ("& / !", "_", "unnamed"),
    ],
)
def test_slug(name: str, separator: str, identifier: str) -> None:
    assert slug(name, separator) == identifier


def test_unique_numbers_the_later_ones() -> None:
    taken = {"a"}
    assert [unique("a", taken, "_"), unique("a", taken, "_"), unique("b", taken, "_")] == ["a_2", "a_3", "b"]


@pytest.mark.parametrize(
    ("name", "one"),
    [
        ("Dresses", "Dress"), ("T-Shirts", "T-Shirt"), ("Rain Boots", "Rain Boot"), ("Batteries", "Battery"), ("Watches", "Watch"),
        ("Boxes", "Box"), ("Kitchen Knives", "Kitchen knife"), ("Jeans", None), ("Board Shorts", None), ("Pants & Skirts", None),
        ("Compass", None), ("Bus", None), ("Clothing", None), ("TVs", None), ("衬衫", None), ("Ties", "Tie"), ("Pies", "Pie"),
    ],
)  # fmt: skip
def test_singular(name: str, one: str | None) -> None:
    assert (singular(name) or "").lower() == (one or "").lower()


@pytest.mark.parametrize(
    ("name", "risky"),
    [("10", True), ("2024", True), ("M", True), ("XL", True), ("棉", True), ("Red", False), ("红色", False), ("XXL", False)],
)
def test_risky_forms(name: str, risky: bool) -> None:
    assert is_risky(name) is risky


def test_catch_alls() -> None:
    assert is_catch_all(["Other"]) and is_catch_all(["OTHERS"]) and is_catch_all(["Etc", "其他"])
    assert not is_catch_all(["Mother", "母亲"])


def test_qualified_names_keep_to_their_script() -> None:
    assert qualified("Jeans", "Maternity Pants") == "Jeans (Maternity Pants)"
    assert qualified("牛仔裤", "孕妇裤") == "牛仔裤（孕妇裤）"


def test_claims_compare_folded() -> None:
    claims = Claims()
    assert claims.take("a", "T-Shirt") and claims.take("a", "ｔ ｓｈｉｒｔ") and claims.take("b", "tee")
    assert not claims.take("b", "t shirt")
    assert not claims.take("b", " - ")
