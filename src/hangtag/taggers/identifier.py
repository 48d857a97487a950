"""The `identifier` tagger: brands the vocabulary does not know, model numbers, and GTIN/EAN/UPC with their check digit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from hangtag.model import ATTRIBUTE_FIELD, CATEGORY, Product, Tag, TextSpan
from hangtag.taggers.kinds import likely_kinds
from hangtag.taggers.reading import FieldReading, Reader
from hangtag.text.fold import fold_text
from hangtag.text.segment import word_spans

__all__ = ["IdentifierTagger", "is_gtin"]

_GTIN = re.compile(r"(?<![\d.,/-])(\d{8}|\d{12,14})(?![\d/-]|[.,]\d)")
_GTIN_CUE = re.compile(r"(?:ean|upc|gtin|isbn|barcode|bar code|条形?码|商品码|国际码)[-\s:：#()\d.]{0,12}$", re.IGNORECASE)
_OUTER = re.compile(r"carton|outer|master|case pack|pallet|箱", re.IGNORECASE)  # packages of many have codes of their own
_CODE = re.compile(
    r"(?<![A-Za-z0-9_./-])(?!w/)(?=[A-Za-z0-9./#-]*\d)(?=[A-Za-z0-9./#-]*[A-Za-z])[A-Za-z0-9]+(?:[-./#][A-Za-z0-9]+)*(?![A-Za-z0-9_])"
)
_NOT_A_MODEL = re.compile(
    r"(?:\d+(?:st|nd|rd|th)|\d+[dkxp]|[a-z]\d|\d+(?:in|way|pack|piece|pcs|mp|k|hd)|usb\d?(?:\.\d)?|ddr\d\w*|802\.11\w*|hdmi\d?|mp[34]|3d|4k|"
    r"full-?hd|cat-?\d\w?|ip\d\d|wi-?fi\d?|bt\d.*|rj-?\d+|[\d.]+x[\d.x]+|\d+(?:[/-]\d+)+\w?|h\.26\d|type-?\w|\d+-\w+|(?:19|20)\d\ds?|w\d+|l\d+|core-?i\d|"
    r"i[3579]|ps[2-5]|[au]\d|no\.?\d+|m\.2|hspa\+?|\d+(?:gb|tb|mb)\w*|\d+[./]\d+\w*|\w+[./-]\d|[\d.]+\w{1,3}|sata-?\w*|raid\d*|dvb-?\w+|"
    r"rgb\d*|rs-?232|lga-?\d+|\w{2,5}-?\d|\w\d/\w\d|.*base-?t\w*|pci\w*|\w+(?:/\w+){2,}|"
    # sizes glued to a name ("RF85mm", "ssd250G"), two codes, a web address
    r"[a-z]+\d+(?:g|gb|tb|mm|cm|ml|mah)|(?:\d+[gt]b?){2,}|f\d[\d.]*-[\d.]+\w?|[a-z]*\d+[a-z]*/(?=\w{4})[a-z]*\d+[a-z]*|.*\.(?:com|cn|net|org|example)\b.*|"
    r"\d+-in-\d+|(?:\d+(?:v|w|cm|mm|plus|pro|max|p|k)){2,}\w*|(?:[a-z]\d){3,}|(?:\d[a-z]){2,}\w?|\d+(?:pro|plus|max)\b.*|[a-z-]*\d+(?:/\d+){2,})",
    re.IGNORECASE,
)
_BILINGUAL_BRAND = re.compile(r"^[\s\W]*([A-Za-z][A-Za-z0-9&'’. ]{1,24}[/／])(?=[\u4e00-\u9fff]{2})")
_BRAND_CUE = re.compile(r"(?:品牌|brand)\s*[:：]\s*([^\s,，;；。|]{2,24})", re.IGNORECASE)
_PLACEHOLDERS = frozenset(("other", "others", "none", "null", "no", "unknown", "n/a", "其他", "其它", "无", "无品牌", "暂无"))
_MIN_DIGITS, _MIN_CODE, _MAX_CODE = 2, 4, 22
_MIN_GTIN = 8


def is_gtin(digits: str) -> bool:
    """Whether 8, 12, 13 or 14 digits end in their GS1 check digit (GS1 General Specifications, 7.9)."""
    if len(digits) not in (8, 12, 13, 14) or not digits.isascii() or not digits.isdigit() or set(digits) == {"0"}:
        return False
    weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits[:-1])))
    return (10 - weighted % 10) % 10 == int(digits[-1])


class IdentifierTagger:
    """Tags `brand` where a text presents one, `model` for codes of letters and digits, `gtin` where the check digit is right."""

    name = "identifier@1"
    spoken = ("brand", "model", "gtin")

    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    def tag(self, products: Sequence[Product], /) -> list[list[Tag]]:
        """One list of tags per product, in order."""
        return [self._tag_one(product) for product in products]

    def _tag_one(self, product: Product) -> list[Tag]:
        reading = self.reader.read(product)
        kinds = likely_kinds(reading, self.reader.vocabulary)
        tags: list[Tag] = []
        for number, part in enumerate(reading.fields):
            tags += self._gtins(part.name, part.original)
            if number == 0 and (not kinds.categories or kinds.carry("model", self.reader.vocabulary)):
                tags += self._models(part)
            if number == 0:
                tags += self._brands(part)
        for name, value in product.attributes.items():
            if len(value) >= _MIN_GTIN and not _OUTER.search(name):
                tags += self._gtins(ATTRIBUTE_FIELD + name, value, cue=name)
        return tags

    def _tag(self, attribute: str, value: str, confidence: float, evidence: TextSpan) -> Tag:
        return Tag(attribute=attribute, value=value, confidence=confidence, source=self.name, evidence=(evidence,))

    def _gtins(self, field: str, text: str, *, cue: str = "") -> Iterator[Tag]:
        if "gtin" not in self.reader.vocabulary.attributes:
            return
        for match in _GTIN.finditer(text):
            named = bool(_GTIN_CUE.search(cue + " ") or _GTIN_CUE.search(text[max(0, match.start() - 24) : match.start()]))
            # One bare number in ten passes the check by chance, and eight digits are a date as often as a code.
            if is_gtin(match[1]) and named:
                yield self._tag("gtin", match[1], 0.98, TextSpan(field, match.start(1), match.end(1), match[1]))

    def _models(self, part: FieldReading) -> Iterator[Tag]:
        text = part.original
        known = bytearray(len(text))
        for mention in part.mentions:
            if mention.sense.attribute != CATEGORY:
                start, end = part.folded.span(mention.start, mention.end)
                known[start:end] = b"\x01" * (end - start)
        for match in _CODE.finditer(text):
            code = match[0]
            if 1 in known[match.start() : match.end()] or not self._is_model(code):
                continue
            sure = sum(char.isdigit() for char in code) >= 3 and len(code) >= 5
            yield self._tag("model", code, 0.85 if sure else 0.65, TextSpan(part.name, match.start(), match.end(), code))
            return

    def _is_model(self, code: str) -> bool:
        digits = sum(char.isdigit() for char in code)
        if code.islower() and code.isalnum():
            return False
        if digits < _MIN_DIGITS or not _MIN_CODE <= len(code) <= _MAX_CODE or _NOT_A_MODEL.fullmatch(code):
            return False
        folded = fold_text(code)
        return not self.reader.find_quantities(folded) and not self.reader.index.find(folded)

    def _brands(self, part: FieldReading) -> Iterator[Tag]:
        if any(mention.sense.attribute == "brand" and not mention.compatible for mention in part.mentions):
            return
        match = _BILINGUAL_BRAND.match(part.original)
        if match and match[1][:-1].strip().lower() not in _PLACEHOLDERS:
            # The Chinese name is the segmenter's first word, or its first two where that is a single character.
            rest = part.original[match.end() : match.end() + 12]
            end = match.end() + next(stop for _, stop in word_spans(rest) if stop >= 2)
            name = part.original[match.start(1) : end]
            yield self._tag("brand", name, 0.85, TextSpan(part.name, match.start(1), end, name))
            return
        cue = _BRAND_CUE.search(part.original)
        if cue and cue[1].lower() not in _PLACEHOLDERS:
            yield self._tag("brand", cue[1], 0.85, TextSpan(part.name, cue.start(1), cue.end(1), cue[1]))
