"""What redaction finds by digits and signs: mail addresses, papers, cards, telephone numbers, messenger accounts.

Sources: GB 11643-1999 (resident identity number), ISO/IEC 7812-1 (cards), ISO 13616 (IBAN), GS1 General Specifications 7.9 (barcodes).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from hangtag.llm.redact_scan import FRESH, HAN, Span, behind, form, in_word, is_listed

# Checksums

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ISSUED = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-59]|[689]\d)\d{11,13}|"
    r"(?:2131|1800)\d{11}|35\d{14,17}|(?:9558|103\d|81\d\d|9[89]\d\d|5[0678]\d\d|6\d{3})\d{12,15}"
)
_IBAN_LENGTHS = {
    land: int(entry[:2])
    for entry in re.findall(
        r"\S+",
        "15NO 16BE 18DKFIFOGLNL 19MKSI 20ATBAEEKZLTLUXK 21CHHRLILV 22BGBHCRDEGBGEIEMERSVA 23AEILTL 24ADCZESMDPKROSASESKTNVG 25LYPTST "
        "26ISTR 27BIDJFRGRITMCSM 28ALAZBYCYDOGTHULBNIPLSV 29BREGPSQAUA 30JOKWMU 31MTSC",
    )
    for land in re.findall("..", entry[2:])
}


def _digits(text: str) -> str:
    return "".join(char for char in text if "0" <= char <= "9")


def _passes_luhn(digits: str) -> bool:
    total = sum(sum(divmod(int(digit) * (1 + place % 2), 10)) for place, digit in enumerate(reversed(digits)))
    return total % 10 == 0


def _is_barcode(digits: str) -> bool:
    if len(digits) not in (12, 13, 14) or not digits.isdecimal():
        return False
    return sum(int(digit) * (1 + 2 * (place % 2)) for place, digit in enumerate(reversed(digits))) % 10 == 0


def _is_resident(number: str) -> bool:
    """Whether 18 characters are a Chinese resident identity number: a day of birth that was, and the check character."""
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, _ID_WEIGHTS, strict=False))
    return 1880 < born.year < 2100 and number[17].upper() == "10X98765432"[total % 11]


def _iban_end(text: str) -> int:
    """Where the IBAN at the start of a text ends, blanks and hyphens between its groups included; 0 where there is none."""
    places = [place for place, char in enumerate(text) if char not in " -"]
    length = _IBAN_LENGTHS.get(text[:2].upper(), 99)
    if len(places) < length or text[places[length - 1] + 1 : places[length - 1] + 2].isalnum():
        return 0
    plain = "".join(text[place] for place in places[:length])
    return places[length - 1] + 1 if int("".join(str(int(char, 36)) for char in plain[4:] + plain[:4])) % 97 == 1 else 0


# Mail

_TLD = (
    r"(?i:com|net|org|edu|gov|info|biz|shop|store|io|co|me|cn|hk|tw|uk|us|de|fr|jp|kr|eu|es|it|nl|ca|au|in|ru|br|ch|at|be|se|pl|sg|top|vip|"
    r"xyz|cc)(?![A-Za-z0-9-])"
)
_LOCAL = r"(?:mailto:)?[A-Za-z0-9._%+-](?<![A-Za-z0-9._%+-](?s:.))[A-Za-z0-9._%+-]{0,63}"
_LABEL = "[A-Za-z0-9-]{1,63}"
MAILS = (
    form(rf"{_LOCAL}@(?:{_LABEL}\.){{1,5}}[A-Za-z]{{2,24}}"),
    form(rf"{_LOCAL} {{0,2}}@ {{0,2}}(?:{_LABEL} ?[.。] ?){{1,5}}{_TLD}"),
    # The @ spelt out: brackets or a sign for it with a dot as usual, the bare word only where the dot is spelt out too.
    form(
        rf"{_LOCAL}(?: ?(?:[(\[{{<] ?(?:[Aa][Tt]|@) ?[)\]}}>]|艾特|#) ?| (?i:at) (?={_LABEL} (?i:dot) ))"
        rf"(?:{_LABEL}(?:\.| ?[(\[{{<] ?(?i:dot) ?[)\]}}>] ?| (?i:dot) | ?点 ?)){{1,4}}{_TLD}",
        prefix=r"[A-Za-z0-9._-]{1,30} ?[(\[{<] ?(?i:dot) ?[)\]}>] ?", reach=40,
    ),
)

# Papers

PAPERS = (
    form(rf"[1-9]{FRESH}(?:[ -]?[0-9]){{16}}[ -]?[0-9Xx](?![0-9A-Za-z])", lambda match: _is_resident(re.sub("[ -]", "", match[0]))),
    form(rf"[0-8]{FRESH}(?<!0(?=00))(?<!6(?=66))[0-9]{{2}}-(?!00)[0-9]{{2}}-(?!0000)[0-9]{{4}}(?![0-9A-Za-z-])", alone=True),
    behind(
        "身份证|身份|证件|护照|通行证|驾驶证|驾照|台胞证|回乡证|军官证|士兵证|社保卡|社保|医保卡|医保|居住证|永居证|学生证|税号",
        rf"(?:号码|编号|号|信息|[Nn]o\.?|[Nn]umber)?(?:是|为)?[ \t:#=,.-]{{0,4}}(?:{HAN}{{1,2}}字?第)?"
        r"(?P<value>[A-Za-z]{0,3}[0-9](?:[ -]?[0-9]){5,18}(?:[ -]?[Xx])?(?:\([0-9A]\))?)(?![0-9])",
    ),
    behind(
        "passport|driver license|driver's license|drivers license|driver's licence|driving licence|dl|ssn|itin|ein|tin|hkid|nino|nhs|"
        "social security|national insurance|national id|identity card|tax id|id card|id number|id no|id num|id#|resident id|customs id|"
        "chinese id",
        r"(?i: ?(?:number|num|no\.?|card|#)){0,2}(?: is| was)?[ \t:#=.-]{1,4}"
        r"(?P<value>[A-Za-z]{0,3}(?:[ -]?[0-9]){6,18}(?:[ -]?[A-Za-z](?![A-Za-z]))?(?:\([0-9A]\))?)(?![0-9])",
    ),
)

# Cards and accounts at banks


def _is_card(match: re.Match[str]) -> bool:
    number = _digits(match[0])
    other = _is_barcode(number) if number == match[0] else is_listed(match.string, *match.span())
    return _ISSUED.fullmatch(number) is not None and _passes_luhn(number) and not other


def ibans(text: str) -> Iterator[Span]:
    for match in _IBAN.finditer(text):
        if end := _iban_end(match[0]):
            yield match.start(), match.start() + end


_IBAN = re.compile(
    r"[A-Za-z](?<![A-Za-z0-9](?s:.))[A-Za-z][0-9]{2}(?:[A-Za-z0-9]{11,28}|(?:[ -][A-Za-z0-9]{4}){2,7}[ -]?[A-Za-z0-9]{0,4})", re.ASCII
)
_CARD = r"(?:[ -]{0,2}[0-9]{4}){2,3}(?:[ -]{0,2}[0-9]{1,4})?|[ -]{0,2}[0-9]{6}[ -]{0,2}[0-9]{4,5}"  # behind four digits
CARDS = (
    form(rf"[1-9]{FRESH}[0-9]{{3}}(?:[0-9]{{9,15}}|{_CARD})(?![0-9A-Za-z])", _is_card),
    behind(
        "卡号|银行卡|信用卡|储蓄卡|借记卡|账号|账户|帐号|帐户|打款到|转账到|card|visa|mastercard|amex|account|acct|a/c",
        rf"(?i:号码?|是|为|到|number|num|no\.?|is|#|[ \t:.=-]){{0,6}}(?P<value>[0-9]{{4}}(?:{_CARD}))(?![0-9])",
    ),
    behind(
        "银行账号|银行帐号|对公账户|bank account|account number|account no|account #|acct no|sort code",
        r"\.?(?: is|是|为)?[ :#]{0,3}(?P<value>[0-9](?:[ -]?[0-9]){5,19})(?![0-9])",
    ),
)

# Telephones

_FIGURE = "[0-9oO零〇一幺壹二贰三叁四肆五伍六陆七柒八捌九玖]"
_SPELT = str.maketrans("零〇oO一幺壹二贰三叁四肆五伍六陆七柒八捌九玖", "00001112233445566778899")
_SPELT_RUN = re.compile(rf"{_FIGURE}(?:[ ./_*-]{{0,2}}{_FIGURE}){{10}}")
_MOBILE = re.compile(r"1[ .-]?[3-9](?:[ ./_*~·-]{0,3}[0-9]){9}(?![0-9])")
_MOBILE_PREFIX = re.compile(r"(?:\(?(?:(?:\+|00) ?)?86\)?[ -]{0,2}|0)?\(?\Z")
_MOBILE_GROUPS = frozenset(((3, 4, 4), (3, 8), (7, 4), (4, 3, 4), (3, 3, 5), (5, 6), (4, 4, 3), (5, 3, 3), (1,) * 11))
_GLUED = re.compile(  # cues, and units that end a title a number was stuck to
    r"(?<![A-Za-z])(?i:tel|phone|ph|mob|mobile|cell|call|vx?|wx|wechat|weixin|whatsapp|qq|text|t|p|no|fax|[cm]?m|ml|k?g|l|w|[gt]b?)\Z"
)
_HINT = re.compile(r"电话|手机|联系|热线|微信|座机|(?i:tel|phone|mob|whats|call|office|text)")
_EXTENSION = r"(?: ?(?:-|转|,? ?(?i:extension|ext)\.? ?|x|分机) ?[0-9]{1,6})?(?![0-9A-Za-z])"


def _is_hinted(text: str, start: int) -> bool:
    """Whether a word close before a number says that it is one to call."""
    return _HINT.search(text, max(0, start - 12), start) is not None


def _mobiles(text: str) -> Iterator[Span]:
    spelt = text.translate(_SPELT) if _SPELT_RUN.search(text) else text
    for match in _MOBILE.finditer(spelt):
        prefix = _MOBILE_PREFIX.search(text, max(0, match.start() - 8), match.start())
        start = prefix.start() if prefix else match.start()
        if _is_mobile(match[0], text, start, match.end()):
            yield start, match.end()


def _is_mobile(number: str, text: str, start: int, end: int) -> bool:
    before = text[start - 1 : start] if text[start].isalnum() else ""
    if before == "+" or before.isdigit() or (in_word(f"{before}a", 1) and not _GLUED.search(text, max(0, start - 9), start)):
        return False
    groups = tuple(map(len, re.split("[^0-9]+", number)))
    if (len(groups) == 1 and not _is_barcode(text[start:end])) or _is_hinted(text, start):
        return True
    # 150*2000*1800 is a box, 1333/1066/800 a list.
    listed = ("/" in number and groups != (3, 4, 4)) or (number.endswith("0") and "0*" in number)
    return groups in _MOBILE_GROUPS and not listed and not is_listed(text, start, end)


def _is_landline(match: re.Match[str]) -> bool:
    number = match[0]
    return not number.isdigit() or not _is_barcode(number) or _is_hinted(match.string, match.start())


def _is_service(match: re.Match[str]) -> bool:
    return tuple(map(len, re.split("[ -]", match[0]))) in ((10,), (3, 3, 4), (3, 4, 3), (4, 3, 3), (3, 7))


def _is_called(match: re.Match[str]) -> bool:
    """Whether what stands behind a word such as "call" or 电话 is a number to call."""
    number, said = match["value"], ":" in match["glue"]
    groups = [len(group) for group in re.findall("[0-9]+", number)]
    plain = len(groups) == 1 or (said and min(groups) > 1)
    return plain or (number[0] == "0" and sum(groups) >= 9) or ("-" in number and min(groups) >= 3)


_ABROAD = r"[1-9](?:(?! ?/ ?(?:[+(]|00|0[0-9]{2,3}[ -][0-9]{3,4}[ -]?[0-9]{4}))[ ()./-]{0,3}[0-9]){7,14}" + _EXTENSION
PHONES = (
    form(r"\+(?!86)" + _ABROAD, lambda match: not match[0].endswith(("-001", "-002")), prefix=r"\("),
    _mobiles,
    form(
        r"0(?:10|2[0-9]|[3-9][0-9]{2})\)?[ -]{0,2}[2-8][0-9]{2,3}[ -]?[0-9]{4}" + _EXTENSION, _is_landline,
        prefix=r"(?:\(?(?:\+|00)? ?86\)?[ -]{0,2})?\(?",
    ),
    form(r"[48]00(?:[ -]?[0-9]){7}(?![0-9A-Za-z-])", _is_service, alone=True),
    form(
        r"[2-9][0-9]{2}(?:\) ?|[ ./-])(?:[0-9]{3}[.-]|[2-9][0-9]{2} )[0-9]{4}" + _EXTENSION,
        prefix=r"(?:(?<![0-9])(?:\+|00)?1[ .-]?)?\(?", alone=True,
    ),
    form(r"\+" + _ABROAD, prefix=r"\("),
    form(r"00[1-9][0-9]{0,2}[ -](?:[ ()./-]{0,3}[0-9]){6,13}" + _EXTENSION, alone=True),
    form(
        r"0(?:[1-9][0-9]{3}\)? [0-9]{6}|[1-9][0-9]{2}\)? [0-9]{3} [0-9]{4}|2[0-9]\)? [0-9]{4} [0-9]{4}|[1-9](?:[ .][0-9]{2}){4}|"
        r"7[4-9][0-9]{8})(?![0-9])",
        prefix=r"\(", alone=True,
    ),
    form(r"1[3-9][0-9][*xX]{4}[0-9]{4}(?![0-9])"),
    behind(
        "电话|手机号|手机|座机|固话|热线|来电|致电|拨打|传真|联系方式|号码|tel|telephone|phone|cellphone|mobile|mob|call|text|sms|fax|whatsapp|"
        "viber|hotline|ph|dial|cell|ring",
        r"(?P<glue>(?i:号码|号|是|为|打|no\.|number|me|us|at|on|is|[ .:#/()]){0,6})(?P<value>[0-9](?:[ ()./-]{0,2}[0-9]){6,14})(?![0-9])",
        _is_called,
    ),
)

# Messengers

_HANDLE = (
    r"(?P<link>(?i:号码|号|[账帐]号|id|同号|name|handle|user|me|is|是|为|加|搜索?|信|[:=@+ /❤♥]){0,6})"
    r"(?P<value>(?:live:)?[A-Za-z0-9][\w.-]{2,30}[A-Za-z0-9](?:#[0-9]{4})?)"
)
_NO_HANDLE = re.compile("(?i:required|accepted|available|official|account|payment|number|code|scan|group|please|pay|contact|chat|like|see)")


def _is_handle(match: re.Match[str]) -> bool:
    handle, start = match["value"], match.start()
    if handle.isdigit():
        return len(handle) >= 5
    before = match.string[max(0, start - 3) : start]
    said = re.search("[:@=号是为加]|id|is|name|handle", match["link"]) or re.search("[加+➕薇威卫徽]", before)
    plain = len(handle) >= 5 and handle[0].isalpha() and re.search("[0-9_]", handle)
    return not _NO_HANDLE.fullmatch(handle) and bool(said or plain)


ACCOUNTS = (
    behind(
        "扣扣|企鹅|qq|q q|q群|q:|加q|+q|扣q",
        r"(?i:号码|号|群|id|联系|咨询|同号|[:= ]|是|为|加|number|no\.?){0,4}"
        r"(?P<value>[1-9][0-9]{4,11}|[1-9][0-9]{2,3}(?: [0-9]{2,4}){1,3})(?![0-9A-Za-z])",
    ),
    behind(
        "微信|薇信|威信|卫信|徽信|旺旺|钉钉|抖音|小红书|微博|支付宝|weixin|wechat|we chat|wx|vx|v信|telegram|skype|whatsapp|kakaotalk|"
        "instagram|insta|snapchat|discord|alipay|venmo|paypal|viber|facebook|line id|line:|ins:|tg:|fb:|ig:|snap:|v:|微❤|微♥|薇❤|威❤|v❤|"
        "微xin|加我微|加v|+v|加薇|+薇|加微|+微|➕v|➕薇|➕微",
        _HANDLE, _is_handle,
    ),
)
