"""What redaction finds by words: postal addresses and names, Chinese and English."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hangtag.llm.redact_scan import HAN, MASK, MASKS, Span, apart, behind, form

# Chinese addresses: parts are read one after the other, and those that stand together are judged together

_PROVINCE = re.compile(
    "(?:北京|上海|天津|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|"
    "台[湾北]|内蒙古|广西|西藏|宁夏|新疆|香港|澳门)(?![东西南北中一二三四五六七八九]?[路街道巷])"
)
_COUNT = "(?:[0-9]{1,5}|[一二三四五六七八九十百零〇]{1,6})"
_LETTER = r"[A-Za-z\u4e00-\u9fff·]"
# The name of a group is the letter of a part: building, house, floor, row of numbers, room, region, street, place.
_PART = re.compile(
    rf"(?:附?{_COUNT}[A-Za-z]?(?:[-之][0-9]{{1,4}})?|[A-Za-z]|[甲乙丙丁])"
    r"(?:(?P<b>号?(?:宿舍|教学|办公)?楼|号[栋幢座]|[栋幢座]楼?|#楼|单元|室)|(?P<h>号院?|弄)|(?P<f>[层门#塔期区组户]|F(?![A-Za-z])))|"
    r"(?P<w>(?<![0-9-])[0-9]{1,4}(?:-[0-9]{1,4}){1,3}(?:号|室)?(?![0-9-]))|"
    r"(?P<o>(?<![0-9A-Za-z.])(?:[0-9]{3,4}[A-Z]?|[A-Z][0-9]{1,4})(?![0-9A-Za-z.\u4e00-\u9fff]))|"
    rf"{HAN}{{1,9}}?(?:(?P<r>省|自治[区州县]|特别行政区|地区|市(?!场)|区(?!间)|县|旗|镇|乡|街道|村|社区|屯)|"
    rf"(?P<s>(?:大道|大街|公路|路|街(?!区)|道|巷|胡同|里)(?:[东西南北中一二三四五六七八九十]{{1,2}}[段街路道]|[东西南北中](?={_COUNT}))?))|"
    rf"(?P<p>{_LETTER}{{1,12}}?(?:花园|家园|苑|大厦|广场|公寓|新村|城(?![市区镇])|园(?![区林])|中心|大楼|学校|大学|学院|中学|小学|医院|宿舍|"
    rf"国际|公馆|驿站|仓库|市场|酒店|别墅|山庄|府|湾|庭|{_LETTER}(?={_COUNT}(?:[栋幢座]|号楼|单元))))"
)
_SIGNS = re.compile("[号弄栋幢座楼室寄住村]|单元|地址|门店|小区|送[到至]|发[到往]")
_ADDRESS_CUE = re.compile(r"(?:地址|住址|寄[到至往]|[送发][到至往]|邮寄|退货寄?|住在|位于|家住|门店|实体店|我在)(?:是|为|在|[: ]){0,3}\Z")
_BREAK = re.compile("寄[到至往给回]?|[送发][到至往]|住[在址]|位于|地址|门店|家住|我[在家]|退货|自提|[请的了是我你您他她们在到很吗呢]")
_LIKELY = re.compile("s[hw]|r.*r.*[hbwf]|r.*[sp].*[hbwf]|[rsp][hb][hbowf]|^bb")
_TO_THE_END = re.compile(rf"[^\s,。;!?、{MASK}]{{0,40}}")
_ESTATE = re.compile(
    rf"(?!附近|对面|旁|门口|上门|发货|包邮|欢迎|电话|手机|收|联系|自提|微信|[的很也都就可能有没不房送]){HAN}{{2,8}}(?!{HAN})"
)
_POSTCODE = re.compile(r"(?:[ ,(]{0,3}(?:邮编:?)?[0-9]{6}(?![0-9]))?")


def _chains(text: str) -> Iterator[tuple[str, list[int]]]:
    """Runs of parts of an address that stand together: a letter for each part, and where each begins and the last ends."""
    letters, places = "", [0]
    for match in _PART.finditer(text):
        letter, start = match.lastgroup or "", match.start()
        if letters and len(letters) < 24 and start - places[-1] <= 2 and len(text[places[-1] : start].strip(" ,、")) <= 1:
            letters, places = letters + letter, [*places[:-1], start, match.end()]
            continue
        if letters:
            yield letters, places
        letters, places = (letter, [start, match.end()]) if letter in "rspb" else ("", [0])
    if letters:
        yield letters, places


def _addresses_zh(text: str) -> Iterator[Span]:
    if not _SIGNS.search(text):
        return
    done = 0
    for letters, places in _chains(_BREAK.sub(lambda match: "|" * len(match[0]), text)):
        start, end = places[0], places[-1]
        cue, province = _ADDRESS_CUE.search(text, max(done, start - 12), start), _PROVINCE.search(text, start, places[1])
        if not _LIKELY.search(letters) and not (cue and letters[0] in "rsp") and not (province and letters.count("r") > 3):
            continue
        if cue and ":" in cue[0]:
            start, end = cue.end(), _match_end(_TO_THE_END, text, end)
        else:
            start = province.start() if province else start
            end = _match_end(_ESTATE, text, end) if letters[-1] in "hw" else end
        done = _match_end(_POSTCODE, text, end)
        yield start, done


def _match_end(pattern: re.Pattern[str], text: str, place: int) -> int:
    match = pattern.match(text, place)
    return match.end() if match else place


# English addresses

_CAP = r"[A-Z\u00c0-\u00de][A-Za-z\u00c0-\u024f'’.-]{0,20}"
_STATES = (
    "(?:A[AEKLPRSZ]|C[AOT]|D[CE]|F[LM]|G[AU]|HI|I[ADLN]|K[SY]|LA|M[ADEHINOPST]|N[CDEHJMVY]|O[HKR]|P[ARW]|RI|S[CD]|T[NX]|UT|V[AIT]|W[AIVY]|"
    "NSW|VIC|QLD|SA|TAS|ACT|NT|ON|QC|BC|AB|MB|SK|NS|NB|NL|PE)"
)
_ZIP = r"(?:[0-9]{5,6}(?:-[0-9]{4})?|[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9]|[0-9]{4})(?![0-9A-Za-z-])"
_UK_CODE = r"[A-Z]{1,2}[0-9][0-9A-Z]{0,2} ?[0-9][A-Z]{2}\b"
_LAND = r"(?i:USA|U\.S\.A\.|US|UK|United (?:States|Kingdom)|England|Canada|Australia|China|Germany|France|Ireland|New Zealand|Hong Kong)\b"
_STRONG = "(?i:street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|terrace|highway|hwy|parkway|pkwy|crescent|cres|alley|mews)"
_WEAK = "(?i:drive|dr|court|ct|way|place|pl|square|sq|circle|cir|trail|close|row|gardens|grove|hill|walk|quay|plaza|loop|ridge|view|point)"
_UNIT = (
    r"(?:[,\s]{0,2}\s?(?:(?i:apt|apartment|suite|ste|unit|floor|fl|room|rm|flat|bldg|building|lot)\b\.? ?#?|#)[A-Za-z0-9-]{1,6}|"
    r", [0-9]{1,3}(?:st|nd|rd|th) (?i:floor|fl)\b)"
)
_CITY = rf"[,\s]{{1,2}} ?{_CAP}(?: {_CAP}){{0,2}}"
_ANCHOR = (
    rf"[, ]{{1,2}}(?:{_STATES}\b(?:[ ,]{{1,2}}{_ZIP})?|{_CAP}(?: {_CAP})? {_ZIP}|{_UK_CODE})(?:,? {_LAND})?"
)
_HOUSE = r"[0-9](?<![0-9A-Za-z./*,-](?s:.))[0-9]{0,5}[A-Za-z]?(?:[/-][0-9]{1,4})?(?: 1/2)?,? "
_NO_STREETS = "inch|in|gb|tb|mb|pack|piece|pcs|port|volt|speed|way|ft|oz|usb|hard|flash|disk|pen|tape|dvd|scsi|sata|dual"
_NAMED = rf"(?:(?!(?i:{_NO_STREETS})\b)(?:{_CAP}|[0-9]{{1,3}}(?:st|nd|rd|th|ST|ND|RD|TH)))"
_STREET = re.compile(
    rf"{_HOUSE}(?:(?:{_NAMED} ){{1,5}}?(?:(?P<strong>{_STRONG})|(?P<weak>{_WEAK}))\b\.?(?: (?:[NS][EW]?|[EW])\b)?|"
    rf"(?:Broadway|(?:US |State )?(?:Highway|Hwy|Route|HIGHWAY) [0-9]{{1,3}}|BROADWAY)\b)"
    rf"(?P<tail>{_UNIT}{{0,2}}(?:(?:{_CITY}){{1,2}}{_ANCHOR}|{_ANCHOR}|, {_LAND}|(?:, {_CAP}(?: {_CAP}){{0,2}}){{1,3}}(?=[,.;\n]|$))?)|"
    rf"{_HOUSE}{_NAMED}(?: {_NAMED}){{0,3}}?(?P<flat>,? (?i:apt|apartment|suite|ste)\b\.? ?#?[0-9]{{1,5}}[A-Z]?\b)|"
    rf"{_HOUSE}{_NAMED}(?P<home>(?: {_NAMED}){{0,3}})"
)
_FLAT = re.compile(r"(?:(?i:no|flat|apt|unit|suite|room|tower|block|building|lane)\b\.? ?[0-9A-Z]{0,5},? ?|[0-9]{1,2}/?F,? ){1,4}\Z")
_SAID_BEFORE = re.compile(r"(?:\b(?:at|to|near|live|on)|:|^|\n|[A-Z][A-Za-z'-]{1,20},)\s{0,2}\Z")
_AT_HOME = re.compile(
    r"(?i:store|shop|office|located|lives?|based|home|house|visit us|pick ?up|deliver(?:ed)?(?: it)?|ship(?:ped)?(?: it)?|sen[dt](?: it)?)"
    r"(?: is)? (?:at|to) \Z"
)
_ENDS = re.compile(rf"\s{{0,2}}(?:$|[,.;:!?)\n{MASK}]| [a-z])")
_IN_SMALL = (
    rf"{_HOUSE}(?:(?:[a-z][a-z'.]{{0,19}}|[0-9]{{1,3}}(?:st|nd|rd|th)) ){{0,5}}?(?:{_STRONG}|{_WEAK}|broadway|"
    rf"(?:highway|route) [0-9]{{1,3}})\b\.?,? (?:[a-z.]{{1,20}},? ){{1,3}}"
    rf"(?:(?i:{_STATES}|utah|texas|ohio|iowa|florida|california|new york) [0-9]{{5}}(?:-[0-9]{{4}})?(?![0-9])|"
    rf"(?<=, )(?i:{_STATES})(?=\s{{0,2}}(?:$|[\n.;,{MASK}])))"
)


def _streets(text: str) -> Iterator[Span]:
    for match in _STREET.finditer(text):
        start, end = match.span()
        if match["home"] is not None:
            said = text[start - 4 : start] in (" at ", " to ") and _AT_HOME.search(text, max(0, start - 24), start) is not None
        else:
            said = not match["weak"] or _SAID_BEFORE.search(text, max(0, start - 16), start) is not None
        if match["flat"] or match["tail"] or (said and _ENDS.match(text, end)):
            flat = _FLAT.search(text, max(0, start - 40), start)
            yield flat.start() if flat else start, end


_TOKEN = rf"(?:{_CAP}|#?[0-9]{{1,6}}[A-Z]?),?[ \n]"
ADDRESSES = (
    behind(
        "address|ship to|shipping to|shipped to|deliver to|delivery to|delivered to|mail to|mailed to|send to|send it to|return to|"
        "return it to|bill to|地址",
        rf" ?:\s{{0,2}}(?P<value>"
        rf"(?:[^\n:{MASK}]{{1,60}}\n){{1,5}}[^\n:{MASK}]{{0,40}}?\b(?:{_UK_CODE}|[0-9]{{5}}(?:-[0-9]{{4}})?)(?=\s*(?:\n|$))|"
        rf"(?=[^\n;{MASK}]{{0,60}}[0-9])(?=[^\n;{MASK}]{{0,60}}[A-Za-z]{{3}})"
        rf"(?:(?![.!?] [A-Z][a-z]* [a-z]|[, ]+(?i:please|thanks?|tel|phone|call|email|attn)\b)[^\n;{MASK}]){{5,120}}(?<![ ,.])"
        rf"(?:\n(?:(?i:apt|suite|unit|floor)\b[. ]{{0,2}}|#)[A-Za-z0-9-]{{1,6}}(?=\n))?(?:\n{_CAP}(?: {_CAP}){{0,2}}{_ANCHOR})?)",
        before="(?<!(?i:mail|. ip|.mac|.web) )(?<!(?i:ip|ac))(?<!网)(?<!邮箱)",
    ),
    form(_IN_SMALL),
    _streets,
    form(rf"(?i:p\. ?o\.|po|post office) ?(?i:box) ?[0-9]{{1,6}}(?:{_CITY}{_ANCHOR}|, {_CAP}(?=[,.;\n]|$))?"),
    form(
        rf"(?:{_STATES}[ ,]{{1,2}}[0-9]{{5}}(?:-[0-9]{{4}})?|Singapore [0-9]{{6}})(?![0-9]| ?[A-Zkw]\b)",
        lambda match: match.string[match.start() - 1] in " \n",
        prefix=r"(?<![0-9A-Za-z.])(?:(?:(?:PSC|CMR|Unit|Box) )?#?[0-9]{1,6}(?:-[0-9]{1,4})?[A-Z]?,?[ \n]"
        rf"(?:{_TOKEN}){{0,8}}|(?:{_CAP} ){{0,2}}){_CAP},?[ \n]",
        reach=64,
    ),
    _addresses_zh,
    behind("邮编|邮政编码|zip|zip code|postcode", r"[: ]{1,2}(?P<value>[0-9]{5,6})(?![0-9])"),
)

# Names

_NO_SURNAME = (  # words that begin as a family name does
    "谢谢|包邮|包装|包换|包退|包安|安装|安全|安徽|安心|全国|全场|全新|全天|全程|全部|全套|全棉|周末|周[一二三四五六日]|明天|马上|马桶|常"
    "年|常用|常州|时间|时尚|时候|方便|方式|方法|方面|关注|关于|都[有是可]|万能|高[价端效级档清品温速]|金[牌色额属]|黄[金色]|白[天色]|"
    "广[告东州西]|江[苏西]|成[都人本]|苏州|温[州馨]|郑州|徐州|于[是我]|应该|平[台时均安]|和[你我他您]|项目|简[单约易]|空[调气]|相[关信]|"
    "单[位价个]|石[家材]|车[间主载位]|牛[奶仔皮]|花[色园]|夏[季天]|家[用居具庭长里电人]|通[用过知]|欧[洲美]|顾客|能[用够]|红[色木]|古典|"
    "宣传|富贵|巩固|连[接衣锁]|干[净货]|充[电值]|解[决释答]|海[外鲜]|双[十面]|查[看询]|后[续期来面]|寿命|满[意减]|利[用润]|那[个么些]|曾"
    "经|易[碎用]|党员|计[算划]|云[南仓]|山[东西]|终[于身]|沙发|容[量易]|幸福|印刷|越来|隆重|丰富|农[村业]|艺术|边[框角]|阴[天凉]"
)
_SURNAME = (
    f"(?!{_NO_SURNAME})(?:欧阳|上官|司马|诸葛|皇甫|尉迟|公孙|慕容|令狐|司徒|司空|夏侯|端木|南宫|东方|独孤|轩辕|长孙|宇文|呼延|东郭|申屠|澹台|淳于|[赵钱孙李"
    "周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳鲍史唐费廉岑薛雷贺倪汤"
    "滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路"
    "娄危江童颜郭梅盛林刁钟徐邱丘骆高夏蔡田樊胡凌霍虞万支柯管卢莫房裘缪干解应宗丁宣邓郁单杭洪包诸左石崔吉龚程嵇邢裴陆荣翁荀甄曲家封芮储靳"
    "段富巫乌焦巴牧山谷车侯宓蓬全班仰秋仲伊宫宁仇栾甘厉祖武符刘景詹束龙叶幸司黎薄印白怀蒲从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党惠翟谭贡"
    "劳姬申扶堵冉宰雍桑桂濮牛寿通边扈燕冀浦尚农温庄晏柴瞿阎连习艾鱼容向古易慎戈廖终居衡步都耿满弘匡文寇广东欧沃利蔚越隆师巩聂敖冷辛阚那简"
    "饶空曾沙养鞠丰关相查后丛尉苟鄢晋楚仝佘綦逯展宛原栗荆红游竺权盖益桓公肖岳覃佟付闫代涂井初])"
)
_GIVEN = rf"(?:(?!电话|手机|地址|先生|女士|小姐|老师|经理|师傅|太太|阿姨|联系|身份|微信|收(?!{HAN})){HAN})"
_MORE = rf"(?:(?![电手地先女小老师经收住在的了是和与说很已给反您你号邮身联微把来去让回发]){HAN})"
_TITLE = "(?:先生|女士|小姐|太太|老师|师傅|经理|阿姨|大哥|大姐|同学|医生|老板)"
_DOTTED = rf"{HAN}{{2,8}}(?:·{HAN}{{1,8}}){{1,3}}"
_NAME_ZH = rf"(?:{_DOTTED}|{_SURNAME}{_GIVEN}{{0,2}}(?={_TITLE})|{_SURNAME} ?{_GIVEN}{_MORE}?|[小阿老]{_SURNAME})"
_NO_NAME = (
    r"(?!(?i:tel|phone|mobile|cell|call|e-?mail|mail|address|fax|order|product|item|customers?|buyer|seller|friends?|sir|madam|all|team|"
    r"support|us|service|sales|there|everyone|please|kitty|dude)\b)"
)
_WORD = rf"{_NO_NAME}[A-Z\u00c0-\u00de][A-Za-z\u00c0-\u024f'’-]{{0,20}}\.?"
_VON = "(?:(?:[Dd]e|[Vv]an|[Vv]on|VAN|[Dd]er|[Dd]en|[Ll]a|[Dd]i|[Dd]a|[Dd]el|[Bb]in|[Aa]l|[Tt]er) ){0,2}"
_SIR = r"(?:(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|MR|MRS|MS|DR)\b\.? )?"
_NAME_EN = rf"{_VON}{_WORD}(?:, {_WORD}(?=\s{{0,2}}(?:$|[\n,;.(]|{HAN}))|(?: {_VON}{_WORD}){{0,3}})"
_SMALL_NAME = rf"{_NO_NAME}[a-z]{{2,15}} [a-z]{{2,15}}(?![a-z ])"
_PEOPLE = (
    "收件人|收货人|寄件人|发件人|联系人|收款人|付款人|持卡人|开户人|签收人|经办人|负责人|下单人|购买人|订货人|取件人|提货人|申请人|业主|户主|"
    "户名|接收人|姓名|收件|收货|寄件|实名"
)
_SELLERS = "客服|买家|卖家|顾客|店主|客户|掌柜|业务员|名字|昵称|法人"
_EN_PEOPLE = (
    "attn|attention|contact|contact person|contact name|recipient|recipient name|consignee|customer|customer name|buyer|buyer name|seller|"
    "seller name|client|sender|receiver|cardholder|card holder|cardholder name|name on card|account holder|beneficiary|payee|full name|"
    "first name|last name|your name|surname|ship to|shipped to|shipping to|deliver to|delivered to|sold to|bill to|billed to|signed|"
    "signed by|reviewer|sales rep|c/o|sent by"
)
_BESIDE = re.compile(f"[{MASKS['phone']}{MASKS['address']}]+")
_BEFORE = (
    re.compile(rf"(?:^|[^\u4e00-\u9fff]|找|联系)(?P<value>{_NAME_ZH}){_TITLE}?[ \t\n,:(]{{0,3}}收?[ \t\n,:)]{{0,3}}\Z"),
    re.compile(rf"(?m:^)(?P<value>{_WORD}(?: {_VON}{_WORD}){{1,2}})(?:,? ?\n|, )\Z"),
    re.compile(rf"[a-z,] (?P<value>{_WORD}(?: {_VON}{_WORD}){{0,2}}) (?:at|on) \Z"),
    re.compile(rf"(?i:\b(?:call|text|contact|ask for|reach|message)) (?P<value>{_SIR}{_WORD}(?: {_VON}{_WORD}){{0,2}}) (?:at|on|via)? ?\Z"),
    re.compile(rf"\b(?:for|to|from|by) (?P<value>{_WORD}(?: {_VON}{_WORD}){{1,2}}), \Z"),
)
_AFTER = re.compile(rf"[ \t\n,(]{{1,3}}(?P<value>{_NAME_ZH})(?!{HAN}{{2}})")
_TITLED = re.compile(
    r"(?:^|[^\u4e00-\u9fff]|找|联系|感谢|谢谢|客户|买家|顾客|客服|尊敬的|亲爱的|[叫给问请致和是让])"
    rf"(?P<value>{_SURNAME}{_GIVEN}{{0,2}})\Z"
)
_ADDRESSEE = re.compile(
    r"(?:先生|女士|小姐)(?=[^\u4e00-\u9fff0-9A-Za-z]|$|[您你的收说打已在回]|电话|手机|反[馈映])|(?:老师|经理|太太|阿姨)(?=[,:!您你])"
)


def _beside(text: str) -> Iterator[Span]:
    """Names right before or behind a telephone number or an address."""
    for match in _BESIDE.finditer(text):
        start, end = match.span()
        patterns = _BEFORE if any(map(str.isalpha, text[max(0, start - 6) : start])) else ()
        near = [pattern.search(text, max(0, start - 32), start) for pattern in patterns]
        yield from (found.span("value") for found in (*near, _AFTER.match(text, end)) if found)


def _titled(text: str) -> Iterator[Span]:
    for match in _ADDRESSEE.finditer(text):
        if found := _TITLED.search(text, max(0, match.start() - 8), match.start()):
            yield found.span("value")


NAMES = (
    # Behind a word for someone and a colon stands a name, whatever it is; behind the word alone only what begins with a family name.
    behind(
        _PEOPLE,
        rf"(?:姓名|名称|名字|信息)?(?: ?[:=] ?|是|为|叫|改[成为])(?P<value>{_NAME_ZH}|{HAN}{{1,4}}(?!{HAN})|{_SIR}{_NAME_EN})",
    ),
    behind(_PEOPLE.partition("|姓名")[0] + "|姓名 ", rf"(?:姓名|名称)? {{0,2}}(?P<value>{_NAME_ZH})"),
    behind(_SELLERS, rf"(?: ?[:=] ?|叫)(?P<value>{_NAME_ZH}|{_SIR}{_NAME_EN})"),
    behind(
        _SELLERS,
        rf"[: ]{{0,2}}(?P<value>小(?![哥姐妹弟伙心时批店号问额二编儿份量程])(?:{_SURNAME}|[美雪芳丽娟玲红梅琳娜静颖燕倩]))",
    ),
    behind(
        _SELLERS,
        rf" ?(?P<value>(?![解安和全时常方于万包平明应成曾能都要会当代]){_SURNAME}{_GIVEN}{{1,2}}?)"
        r"(?=服务|态度|发货|很|说|回|给|推荐|帮|耐心|处理|解释|热情|[,。!; ]|$)",
    ),
    behind("由", rf"(?P<value>{_NAME_ZH})(?=签收|代收|代签)"),
    behind("我叫|名叫|本人叫", rf"(?P<value>(?:{_DOTTED}|{_SURNAME} ?{_GIVEN}{_MORE}?)(?!{HAN}))"),
    _titled,
    lambda text: apart(_beside(text)),
    behind(_EN_PEOPLE, rf" ?[:#]\s?(?P<value>{_SIR}{_NAME_EN}|{_SMALL_NAME})"),
    behind("name", rf" ?:\s?(?P<value>{_SIR}{_NAME_EN}|{_SMALL_NAME})", before="(?:^|[^A-Za-z ]|[^A-Za-z] )"),
    behind(
        "attn|recipient|recipient -|customer -|buyer -|consignee|full name|customer name|contact person|reviewed by|my name is|my name's|"
        "c/o|sincerely,|regards,|yours,|sincerely yours,",
        rf"\s(?P<value>{_SIR}{_NAME_EN})",
    ),
    behind("cardholder", rf" (?P<value>{_SIR}{_NAME_EN})", before=f"[{MASKS['card']}],? ?"),
    behind("thanks|thank you|regards|best|cheers|sincerely|yours", rf",?\n[ ~-]{{0,3}}(?P<value>{_NAME_EN})(?=\s*(?:\n|$))"),
    behind(
        "dear|thanks to|thank you|asked for|ask for|spoke to|spoke with|hi|hello",
        rf" (?P<value>(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof)\b\.? {_WORD}(?: {_VON}{_WORD})?)",
    ),
    behind("dear|hi|hello|hey", rf" (?P<value>{_WORD}(?: {_WORD})?)(?= ?[,!\n])", before=r"(?:^|[\n.!?]\s?)"),
)
