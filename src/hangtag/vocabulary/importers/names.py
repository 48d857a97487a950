"""Names on their way into a vocabulary: ids made from them, singulars of them, and who may keep one that several want."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from hangtag.vocabulary.compiled import fold_name

__all__ = ["Claims", "is_catch_all", "is_risky", "language_of_name", "qualified", "singular", "slug", "unique"]

_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_APOSTROPHE = re.compile("['’`´]")
_NO_WORD = re.compile(r"[\W_]+")
_LAST_WORD = re.compile(r"([^&,]*[\s-])?([A-Za-z]{4,})")
_CATCH_ALLS = frozenset(("other", "others", "other type", "miscellaneous", "misc", "其他", "其它", "其余", "其他类", "其它类", "其他类型"))
_IRREGULAR = {"knives": "knife", "scarves": "scarf", "shelves": "shelf", "mice": "mouse", "loaves": "loaf", "leaves": "leaf"}
# Words that stay plural, or whose singular is another word ("short", "glass", "tight").
_PLURAL_ONLY = {
    "accessories",
    "basics",
    "binoculars",
    "bottoms",
    "boxers",
    "briefs",
    "casuals",
    "chinos",
    "clothes",
    "crafts",
    "crocs",
    "earphones",
    "essentials",
    "flats",
    "gifts",
    "glasses",
    "goggles",
    "goods",
    "graphics",
    "greens",
    "headphones",
    "heels",
    "jeans",
    "joggers",
    "leggings",
    "lights",
    "longs",
    "materials",
    "nylons",
    "overalls",
    "pants",
    "parts",
    "pieces",
    "pliers",
    "scales",
    "scissors",
    "scrubs",
    "shades",
    "shorts",
    "skis",
    "slacks",
    "slides",
    "snacks",
    "solids",
    "spirits",
    "sports",
    "springs",
    "stays",
    "supplies",
    "sweets",
    "swims",
    "tights",
    "tongs",
    "tools",
    "toys",
    "trousers",
    "trunks",
    "tweezers",
    "uppers",
    "wipes",
    "works",
}


def language_of_name(name: str) -> str:
    """`zh` for a name with a Chinese character in it, otherwise `en`: names are too short to say more."""
    return "zh" if _HAN.search(name) else "en"


def slug(name: str, separator: str) -> str:
    """The id a name gives: lower case, words joined by `separator`; letters of other scripts than Latin stay."""
    text = name.replace("+", " plus ").replace("№", " no ").replace("%", " percent ")
    text = "".join(char for char in unicodedata.normalize("NFKD", _APOSTROPHE.sub("", text)) if not unicodedata.combining(char))
    return _NO_WORD.sub(separator, unicodedata.normalize("NFKC", text).lower()).strip(separator) or "unnamed"


def unique(identifier: str, taken: set[str], separator: str) -> str:
    """`identifier`, or with the first number behind it that is free; it is taken from then on."""
    found, number = identifier, 1
    while found in taken:
        number += 1
        found = f"{identifier}{separator}{number}"
    taken.add(found)
    return found


def is_catch_all(names: Iterable[str]) -> bool:
    """Whether these names say "none of the above": such a value would be found in texts that mean nothing of the kind."""
    return any(fold_name(name) in _CATCH_ALLS for name in names)


def is_risky(name: str) -> bool:
    """Whether a form is too short to stand for itself: "10", "M", "XL", "棉"."""
    key = fold_name(name).replace(" ", "")
    return key.isdigit() or len(key) < (2 if _HAN.search(key) else 3)


def singular(name: str) -> str | None:
    """The singular of an English name ("Rain Boots" → "Rain Boot"); None where it is none, or where the plural must stay."""
    match = _LAST_WORD.fullmatch(name)
    if match is None or match[2].lower() in _PLURAL_ONLY:
        return None
    head, last, word = match[1] or "", match[2], match[2].lower()
    if word in _IRREGULAR:
        return head + _IRREGULAR[word]
    if word.endswith("ies") and len(word) > 4:
        return f"{head}{last[:-3]}y"
    if word.endswith(("sses", "ches", "shes", "xes", "zzes")):
        return head + last[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is", "ics")):
        return head + last[:-1]
    return None


def qualified(name: str, qualifier: str) -> str:
    """A display name that tells its bearer from others of the same name; in text it is never found, which is its purpose."""
    return f"{name}（{qualifier}）" if language_of_name(name) == "zh" else f"{name} ({qualifier})"


class Claims:
    """Who owns a form: one owner each, the first that asks. Compared folded."""

    def __init__(self) -> None:
        self._owners: dict[str, str] = {}

    def take(self, owner: str, form: str) -> bool:
        """Whether `form` is the owner's now."""
        key = fold_name(form)
        return bool(key) and self._owners.setdefault(key, owner) == owner
