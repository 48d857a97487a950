"""The safety rules: what must not be published unseen, and harmless neighbours of it that shops write every day."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hangtag.errors import ConfigError
from hangtag.text.claims import KINDS, Rules, starter_rules

CHINESE = {
    "absolute": """最好的面膜|全网最低价|最佳选择|最显瘦的裤子|
        最高级的面料|最·好|最 优质|最❤舒适|最先进|最舒服|史上最强|国家级品质|国 家 级|
        國家級|世界级工艺|顶级奢华|顶-级|顶尖科技|极品大红袍|绝佳音质|独一无二的礼物|史无前例|空前绝后|无与伦比|全球首创|
        国内首创技术|遥遥领先|行业领先|领导品牌|全国第一|销量第一|第 一品牌|第·一|天下第一|品质第一|销量no.1|全网ＴＯＰ１|全网唯一|
        销量冠军|性价比之王|行业领导者|送礼首选|不二之选|全网独家|最新科技""",
    "authority": """人民大会堂专用酒|国宴特供|军队特供|部队专供|中南海御用|国务院指定|央视推荐|cctv上榜品牌|国家免检|质量免检|驰名商标|
        中國馳名商標""",
    "medical": """治疗失眠|根治脚气|根·治|疗效显著|药到病除|祖传秘方|消炎止痛|抗癌食品|降血糖茶|降三高|治愈率高|彻底治愈鼻炎|缓解关节炎|
        预防高血压|改善颈椎病|活血化瘀|清热解毒|补肾壮阳|增强免疫力|恢复视力|药妆面霜|医学护肤|丰胸精油|快速生发|告别鼻炎|包治百病|
        抗病毒口罩""",
    "guarantee": """无副作用|零副作用|立竿见影|无效退款|永不反弹|永久脱毛|100%有效|百分百有效|绝对安全|7天见效|三天美白|月瘦30斤|暴瘦20斤|
        保证治愈|28天祛斑""",
    "scarcity": "错过不再|抢疯了|史低价|仅剩3件|最后一天|即将涨价|跳楼价|仅限今天|全民疯抢",
    "superstition": "旺夫转运|化煞镇宅|开光保佑|大师开光|防小人|改运手串|招桃花粉水晶",
    "slur": "支那|小日本|黑鬼|傻逼|傻 逼|脑·残|娘炮|绿茶婊|死胖子|高丽棒子|智障玩具|屌丝必备",
}
HARMLESS_CHINESE = """最近新款|最后两双鞋架|最终幻想手办|
        最初的梦想书签|最大承重150kg|最高温度200度|最长可达3米|最大容量64g|最小尺寸|最少2件起拍|
        最佳食用期|最佳赏味期限|最爱的妈妈礼物|最好不要机洗|最好的朋友礼物|最强大脑玩具|最新款手机壳|最新版本教材|最新上市|
        最快6小时送达|最外层防水|第一次约会|第一代传感器|第一季dvd|第一章练习册|第一百货大楼|人生第一口奶粉|第一夫人胸针|
        第一视角相机|宝宝第一本书|第一排座椅|第一名奖杯|市第一中学校服|第一人民医院|前第一排|一级能效空调|国家一级运动员|新一级变频|
        特级初榨橄榄油|国家级非物质文化遗产|顶级域名|极品飞车游戏|极品芝麻官|首选项设置|国家地理杂志|国家队同款|国标电源线|国产|
        医用口罩|医用外科口罩|医疗器械收纳盒|护士服医院工作服|血压计家用|血糖仪试纸|治愈系插画|ins风治愈摆件|治愈感小夜灯|
        消炎药收纳盒|止痛片药盒|药盒便携|药膳炖锅|中药罐|养生壶|理疗师椅|治疗床|脱敏牙膏|神奇效果笔|眼神 效果图|精神效率手册|
        学生发卡|先生发型|一支那么长|这支那个色|心智障碍康复教具|才智障碍赛|自治病房标识|乡巴佬鸡蛋|乡巴佬卤鸡腿|暗黑鬼泣|玉米棒子|
        棒子骨|显瘦10斤|秒瘦十斤视觉|穿上立显瘦20斤|100%纯棉|百分百羊毛|绝对值计算|永久自行车|无敌兔子手办|冠军卫衣|
        世界冠军同款球拍|狮子王玩偶|王牌对王牌周边|唯一的爱项链|唯一码贴纸|限量版礼盒|倒计时器|最右边按钮|招财猫摆件|转运珠手链|
        福字开运红绳|杀菌洗衣液|抗菌袜子|防脱洗发水|祛痘精华|美白牙膏|减肥跳绳|瘦脸面罩|药店货架|医生玩具套装|第二代|第三季|
        冬天第一杯奶茶|干细胞培养皿|一键换肤|皮肤换肤色|军绿色|军用水壶|政府采购网文件袋|内部收纳|专供儿童|领先者背包|行业词典|
        全网通手机|全球购|世界地图|首饰盒|首发"""
ENGLISH = {
    "absolute": """best quality socks|the best|BEST price|ｂｅｓｔ buyers' choice|b e s t|b*e*s*t|b.e.s.t|best cream ever|best headphones|
        best gift set|#1 brand in towels|#1 best seller|no. 1 choice|No.1 brand|number one selling|world's best mop|
        world's first foldable|world's lightest laptop|World's finest chocolate|world's smallest camera|America's #1|rated #1|
        voted number one|ranked no. 1|China's no.1 tea|unbeatable value|unrivalled comfort|unrivaled power|unparalleled sound|
        second to none|best-in-class|best in class|cheapest ink|lowest price|the finest leather|the greatest pan|world-leading|
        industry leading|market-leading sensor|one of a kind deal|industry's fastest|unmatched quality""",
    "authority": """FDA approved|fda-approved mask|FDA certified|
        government approved|CDC approved|doctor recommended|dermatologist recommended|
        dentist-recommended|clinically proven|scientifically proven formula|pediatrician recommended|NHS approved""",
    "medical": """cures cancer|cure for your diabetes is: cure diabetes|treats acne|treat eczema fast|heals psoriasis|prevents flu|
        prevent covid-19|reverses diabetes|fights depression|relieves arthritis|relief from migraines|relief for chronic anxiety|
        arthritis pain relief gloves|remedy for insomnia|miracle cure|cure-all tonic|cures all|anti-cancer tea|
        anti-inflammatory cream|kills coronavirus|boosts immunity|boost immune system|lowers blood pressure|lower cholesterol|
        flushes toxins|regrows hair|melts belly fat|c u r e - a l l? cure-all|stops hair loss: treatment for hair loss|
        tinnitus treatment|sciatica relief cushion""",
    "guarantee": """100% effective|100% safe|guaranteed results|results guaranteed|risk free|risk-free purchase|no side effects|
        permanent hair removal|lose 10 lbs|lose up to 20 pounds|results in 7 days|never fails|works every time|overnight results|
        miracle serum|instant results""",
    "scarcity": """last chance|limited time only|limited-time offer|
        today only|while supplies last|selling out fast|act now|order now|buy now|
        only 3 left|just 5 remaining|hurry up|almost gone""",
    "slur": """nigger|n*i*g*g*e*r|chink|gook|spic|kike|wetback|raghead|tranny wig|faggot|retard|retarded toy|cunt|whore|slutty costume|
        white power|golliwog doll|coon|beaner|shemale""",
}
HARMLESS_ENGLISH = """best man suit|Best Man gift|Best Western towel|
        best friend necklace|Best Friends mug|best before date stamp|best by date|
        Best Buy gift card|best practices book|second-best|second best|best dad ever mug|best mom mug|best grandpa t-shirt|
        world's best dad mug|best teacher ever|best of Queen CD|best of three|best-fit line|best known works|all the best card|
        George Best shirt|Best Choice Products table|bestway pool|Bestek inverter|asbestos gloves|breast is best|best wishes card|
        best picture winner dvd|best used by|#1 Phillips bit|PH #1|No. 1 pencil|size no. 1|#10 envelope|No.1 nib|
        world's greatest dad|the greatest showman costume|greatest hits|the finest hour|Tesco Finest|Nature's Finest peaches|
        Windows 7 Ultimate|Ultimate Ears speaker|ultimate edition|one of a kind vintage ring|first aid kit|first edition|
        first communion dress|baby's first Christmas|at first sight|manicure set|pedicure tool|UV cure resin|cured ham|
        light cure lamp|The Cure vinyl|dry cure bacon|cure time 24 h|epicure spoon|secure lock|dog treats|cat treats for kittens|
        wood treatment|fire treatment for fabric|water treatment|medical scrubs|medical tape|medical alert bracelet|
        doctor who scarf|doctor costume|nurse watch|healing crystal|heel pads|secret santa|anti-slip mat|antivirus software|
        anti-virus|flu mask|diabetes socks|arthritis jar opener|acne patch|cancer awareness ribbon|toxin free paint|
        Miracle-Gro soil|Miracle Whip|Christmas miracle|miracle blade|safe deposit box|guarantee card|lifetime guarantee|
        limited edition|last one|hurricane lamp|act nowhere|Dick's Sporting Goods|cocktail shaker|Scunthorpe scarf|
        spic and span cleaner|Spic & Span|Maine coon cat tree|raccoon plush|coonhound collar|coon hunting light|tranny fluid|
        transmission mount|flame retardant suit|flame retard curtain|fire-retarded timber|ignition retard box|chink in the armor|
        log chink|leather chinks|pork faggots|faggots in gravy|Washington Redskins cap|Pakistan flag|Nigeria jersey|Niger map|
        snigger|spice rack|spick|kikoy towel|cockatoo toy|Sussex mug|whoreson|slate tile|a b c puzzle|s m l xl|U.S.A. flag|T-S-H|
        lowest note bass|cheap|only child tee|only fools and horses|unbeaten|leading edge blade|world map|world's map|
        number one hundred"""


def split(table: str) -> list[str]:
    return [text.strip() for text in table.split("|") if text.strip()]


UNSAFE = [(kind, text) for table in (CHINESE, ENGLISH) for kind, texts in table.items() for text in split(texts)]
HARMLESS = split(HARMLESS_CHINESE) + split(HARMLESS_ENGLISH)


@pytest.mark.parametrize(("kind", "text"), UNSAFE)
def test_a_claim_is_found(kind: str, text: str) -> None:
    assert kind in {claim.rule.kind for claim in starter_rules().find(text)}


@pytest.mark.parametrize("text", HARMLESS)
def test_a_harmless_neighbour_is_none(text: str) -> None:
    assert [(claim.rule.id, claim.quote) for claim in starter_rules().find(text)] == []


def test_the_tables_are_of_a_size() -> None:
    for positive, negative in ((CHINESE, HARMLESS_CHINESE), (ENGLISH, HARMLESS_ENGLISH)):
        assert min(len(split("|".join(positive.values()))), len(split(negative))) >= 60


def test_a_hit_says_where_and_why() -> None:
    (claim,) = starter_rules().find("夏季 國 家 級 品質")
    assert (claim.start, claim.end, claim.quote) == (3, 8, "國 家 級")
    assert claim.rule.id == "zh-top" and claim.rule.reason and "广告法" in claim.rule.source


def test_every_rule_is_explained() -> None:
    rules = starter_rules().rules
    assert {rule.kind for rule in rules} == set(KINDS)
    assert all(rule.reason and rule.source and rule.language in ("zh", "en") for rule in rules)


def test_own_rules_add_replace_and_switch_off(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(
        "without: [zh-choice]\nrules:\n"
        "  - {id: own, kind: absolute, reason: our style guide, words: [chic], except: [radical chic, /chic \\d/]}\n",
        encoding="utf-8",
    )
    rules = Rules.load([path])
    assert [claim.rule.id for claim in rules.find("送礼首选 Chic dress")] == ["own"]
    assert rules.find("radical chic, chic 5") == [] and starter_rules().find("送礼首选")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("rules: [{id: x, kind: rude, reason: y, words: [z]}]", "there is no kind 'rude'"),
        ("rules: [{id: x, kind: slur, reason: y}]", "neither words nor patterns"),
        ("rules: [{id: x, kind: slur, reason: y, patterns: ['(']}]", "is no regular expression"),
        ("rules: [{kind: slur}]", "a rule has id"),
        ("rules: [{id: x, kind: slur, reason: y, words: [no]}]", "is a list of texts"),
        ("without: [nothing]", "there is no rule 'nothing'"),
        ("other: 1", "has the keys"),
        ("rules: [{id: x, kind: slur, reason: y, words: [a]}, {id: x, kind: slur, reason: y, words: [b]}]", "twice"),
        ("a: [", "not valid YAML"),
    ],
)
def test_a_file_of_rules_that_cannot_be_used_says_why(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"own\.yaml") as raised:
        Rules.load([path])
    assert said in str(raised.value)
    with pytest.raises(ConfigError, match="cannot be read"):
        Rules.load([tmp_path / "nowhere.yaml"])


@given(st.lists(st.sampled_from([*"最好第一 b·est*\u200b級國ﬁ́１Ａ\n\x00", "best", "治疗", "  "]), max_size=30).map("".join))
def test_offsets_are_those_of_the_text(text: str) -> None:
    for claim in starter_rules().find(text):
        assert 0 <= claim.start < claim.end <= len(text) and text[claim.start : claim.end] == claim.quote


@pytest.mark.parametrize("piece", ["最好的best quality ", "a b c ", "最 ", "cures the the the ", "第一", "best friend ", "*a*"])
def test_time_grows_with_the_text(piece: str) -> None:
    def seconds(length: int) -> float:
        text = (piece * length)[:length]
        begin = time.process_time()
        starter_rules().find(text)
        return time.process_time() - begin

    seconds(1000)
    short, long = seconds(20_000), seconds(200_000)
    assert long < 25 * max(short, 0.05)
