"""What phrases are made of: which typed attributes have a place in one, and what a text says that no vocabulary lists."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from hangtag.model import TextSpan
from hangtag.taggers.reading import FieldReading, Reading
from hangtag.text.segment import tagged_words

__all__ = ["GROUPS", "SLOTS", "Part", "free_parts", "longest", "occasions", "runs"]

_LOOKED_AT = 2000
_MOST, _MOST_RUNS = 6, 24


class Part(NamedTuple):
    """Words of a product with what they say: an attribute of the vocabulary and its value, or one of `mood` and `effect` and nothing."""

    attribute: str
    value: str
    span: TextSpan


SLOTS = {
    # attribute: its place before the noun in Chinese, in English (whose, opinion, shape, age, colour, origin, material, purpose)
    "season": (0, 3),
    "scene": (1, 9),
    "room": (1, 9),
    "style": (2, 0),
    "mood": (2, 0),
    "audience": (3, -1),
    "skin_type": (3, 8),
    "hair_type": (3, 8),
    "effect": (4, 1),
    "function": (4, 1),
    "efficacy": (4, 1),
    "product_claim": (4, 1),
    "food_feature": (4, 1),
    "furnishing_feature": (4, 1),
    "baby_feature": (4, 1),
    "drinkware_feature": (4, 1),
    "protective_property": (4, 1),
    "noise_cancelling": (4, 1),
    "fit": (4, 2),
    "waist_type": (4, 2),
    "thickness_type": (4, 2),
    "elasticity": (4, 2),
    "taste": (4, 2),
    "color": (5, 4),
    "finish": (5, 4),
    "pattern": (6, 5),
    "craft": (6, 5),
    "neckline": (6, 5),
    "sleeve_length": (6, 5),
    "garment_length": (6, 5),
    "skirt_length": (6, 5),
    "connectivity": (6, 5),
    "headphone_type": (6, 6),
    "display_technology": (6, 6),
    "print_technology": (6, 6),
    "material": (7, 6),
    "ingredient": (7, 6),
    "flavor": (7, 6),
}
GROUPS = (
    # Of each a composed phrase takes one part at most, what draws people first: when and where, look, effect, make, who, of what.
    ("season", "scene", "room"),
    ("style", "mood", "pattern", "craft", "taste"),
    ("effect", "function", "efficacy", "product_claim", "food_feature", "furnishing_feature", "baby_feature", "drinkware_feature",
     "protective_property", "noise_cancelling", "fit", "waist_type"),
    ("connectivity", "headphone_type", "display_technology", "print_technology", "thickness_type", "elasticity", "neckline",
     "sleeve_length", "garment_length", "skirt_length", "finish"),
    ("audience", "skin_type", "hair_type"),
    ("color", "material", "ingredient", "flavor"),
)  # fmt: skip

_MOODS = re.compile(
    r"小众(?:设计感|氛围感|质感|高级感|少女感)"
    r"|(?:设计|氛围|高级|少女|慵懒|垂坠|层次|松弛|治愈|仪式)感"
    r"|(?:奶油|港|盐|甜美|慵懒|复古|轻奢|温柔|学院|田园|工业|北欧|森|仙女|名媛|机能|日杂|美式|法式|韩|侘寂|极简|山系|老钱|少女"
    r"|ins|复古港)[风系](?![格扇衣机筒口琴干暖味铃情车])"
)
_EFFECTS = re.compile(
    r"显(?:瘦|高|白|腿长|腿细|气质|年轻|嫩|脸小|身材)|遮(?:肚子?|肉|胯|臀|大腿|拜拜肉|副乳|丑)"
    r"|不(?:起球|掉色|褪色|变形|挑人|闷脚|磨脚|显胖|沾杯|粘杯|假白|卡粉|脱妆|晕染|晕妆|伤手|伤肤|勒|压胸|透光|臭脚|累脚|粘锅"
    r"|勾丝|掉毛|伤锅|伤发|紧绷|油腻|黏腻)"
    r"|免(?:熨烫|烫|安装|打孔|手洗|水洗|穿孔|钉)|易(?:清洗|打理|收纳|安装|操作|清洁|上色|推开|携带)"
    r"|一(?:机|物|衣|锅|鞋|包|笔|灯)[两二三多]用|自由升降|可(?:外穿|机洗|拆洗|折叠|水洗)|随身携带|久坐不累|踩屎感|软底舒适|亲肤|裸感"
)
_OCCASIONS = re.compile(
    r"送(?:女朋友|男朋友|女友|男友|朋友|老婆|老公|妈妈|爸爸|长辈|孩子|闺蜜|老师|女生|男生|领导|父母|婆婆|客户|女孩|男孩"
    r"|小朋友)(?:的)?(?:生日|情人节|新年|结婚)?(?:礼物|礼品|礼盒)?"
    r"|(?:情人节|圣诞节?|母亲节|父亲节|中秋节?|教师节|毕业|生日|结婚|乔迁|儿童节|七夕|新年|满月)(?:礼物|礼品|礼盒|伴手礼|送礼)"
    r"|(?:学生党|上班族|懒人|宿舍|寝室|办公室|厨房|旅行|出差|居家|户外|租房|宝妈|开学|露营|考研|加班|熬夜|出游|约会|健身|收纳"
    r"|遮瑕|追剧|打底|通勤)(?:必备|神器|专用|好物|适用)"
)
_COMPOUNDS = re.compile(
    r"\b(?:easy[ -]to[ -](?:clean|use|install|carry|assemble|store|read|wear)|(?:hands|tangle|mess|odou?r|bpa|lint|wrinkle"
    r"|crease|grease|lead|fragrance|gluten|sugar|cruelty|latex)[ -]free"
    r"|(?:space|energy|time|power)[ -]saving|(?:heavy|medium)[ -]duty|(?:long|extra[ -]long)[ -](?:lasting|life)"
    r"|high[ -](?:speed|performance|capacity|yield|density|resolution|precision|brightness|gain|contrast|definition"
    r"|visibility)"
    r"|low[ -](?:profile|noise|power|light)|ultra[ -](?:thin|slim|compact|portable|quiet|light|lightweight|wide|soft|fast)"
    r"|(?:scratch|stain|shock|tear|fade|water|weather|dust|heat|wrinkle|impact|slip|shatter|rust)[ -](?:resistant|proof)"
    r"|(?:eco|family|pet|kid|travel|user|skin)[ -]friendly|(?:noise|echo)[ -](?:cancell?ing|reducing|isolating)"
    r"|energy[ -]efficient|space[ -]efficient|cost[ -]effective|plug[ -]and[ -]play|hot[ -]swap(?:pable)?|tool[ -]?less"
    r"|wall[ -]mountable|rack[ -]mountable|quick[ -](?:dry|drying|release|charge|charging)|fast[ -](?:drying|charging)"
    r"|self[ -](?:adhesive|cleaning|inflating|healing)|super[ -]soft|extra[ -](?:soft|wide|thick|large|strong)|pocket[ -]sized"
    r"|multi[ -](?:purpose|use|function)"
    r"|all[ -]in[ -]one|double[ -]sided|full[ -]size|light[ -]?weight|space[ -]?saver)\b"
)
_SET_OFF = re.compile(r"(?<![^\W_])[\u4e00-\u9fff]{4,8}(?![^\W_])")
_SHOP_TALK = re.compile(r"[拍售价邮款]|全新|正版|正品|进口|原装|几乎|年份|有效|系列|商品|客服|图书|发货|现货")
_PRAISES = ("a", "ad", "an", "z")
_USES = re.compile(
    r"\b(?:perfect|ideal|great|suitable) for (?:the |your |any |all |an? )?(?:[a-z][a-z-]+)(?: (?:and|or|&) [a-z][a-z-]{3,}"
    r"| [a-z][a-z-]{3,}){0,2}(?=[.,;:!?)\n|]|$)"
    r"|\b(?:gifts?|present) for (?:her|him|mom|mum|dad|women|men|girls|boys|kids|teens|friends|couples|runners|cat lovers"
    r"|dog lovers|teachers|nurses)\b"
)
_CUT_AFTER = re.compile(
    r" (?:with|from|that|which|when|where|while|this|these|those|your|their|such|like|than|into|onto|over|the|and|or|&|are|is|has|have"
    r"|will|can)$"
)


def longest(parts: Sequence[Part]) -> Part | None:
    """The part with the most to say, of equals the first."""
    return max(parts, key=lambda part: (len(part.span.quote), -part.span.start), default=None)


def free_parts(reading: Reading, *, han: bool) -> Iterator[Part]:
    """Moods and effects that stand in the texts, whether or not the vocabulary lists them, each once."""
    patterns = (("mood", _MOODS), ("effect", _EFFECTS)) if han else (("effect", _COMPOUNDS),)
    seen: set[str] = set()
    for part in reading.fields:
        for attribute, pattern in patterns:
            for number, (start, end) in enumerate(_found(part, pattern, han=han)):
                said = part.folded.text[start:end]
                if number < _MOST and said not in seen:
                    seen.add(said)
                    yield Part(attribute, "", part.span(start, end))


def occasions(reading: Reading, *, han: bool) -> Iterator[Part]:
    """For whom and what for: 送女友生日礼物, 宿舍神器, "ideal for small offices"."""
    seen: set[str] = set()
    for part in reading.fields:
        for start, end in list(_found(part, _OCCASIONS if han else _USES, han=han))[:_MOST]:
            while cut := _CUT_AFTER.search(part.folded.text, start, end):
                end = cut.start()
            said = part.folded.text[start:end]
            # "Suitable for home, school, office" is a list: its first word alone says too little.
            listed = not han and said.count(" ") == 2 and part.folded.text.startswith(",", end)
            if said not in seen and said.count(" ") != 1 - han and not listed:
                seen.add(said)
                yield Part("scene", "", part.span(start, end))


def runs(reading: Reading) -> Iterator[Part]:
    """Chinese words of praise that the text sets off by themselves: 【简约大方】, "上身显瘦 百搭不挑人", "全网最低价"."""
    for part in reading.fields:
        text = part.folded.text[:_LOOKED_AT]
        named = [(mention.start, mention.end) for mention in part.mentions if mention.sense.attribute in ("brand", "model", "category")]
        for number, match in enumerate(_SET_OFF.finditer(text)):
            start, end = match.span()
            if number >= _MOST_RUNS:
                break
            if any(first < end and start < last for first, last in named):
                continue
            words = [(word, tag) for _, _, word, tag in tagged_words(match[0], guess=False)]
            praised = any(tag in _PRAISES and len(word) > 1 for word, tag in words) and words[-1][1] in (*_PRAISES, "v", "vn")
            if (praised and not _SHOP_TALK.search(match[0])) or "最" in match[0]:
                yield Part("style", "", part.span(start, end))


def _found(part: FieldReading, pattern: re.Pattern[str], *, han: bool) -> Iterator[tuple[int, int]]:
    """Matches in the folded text that cut no Chinese word at both ends."""
    text = part.folded.text[:_LOOKED_AT]
    for match in pattern.finditer(text):
        borders = part.borders()[0] if han else frozenset(match.span())
        if match.start() in borders or match.end() in borders:
            yield match.span()
