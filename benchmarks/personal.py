"""Texts made up the way sellers and buyers write, with personal data of every kind in many formats, from a seed."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘"
    "杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
WIDE = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})
CIRCLED = str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")
HAN_DIGITS = str.maketrans("0123456789", "零一二三四五六七八九")
BANKERS_DIGITS = str.maketrans("0123456789", "零壹贰叁肆伍陆柒捌玖")


@dataclass(frozen=True, slots=True)
class Item:
    """A piece of personal data in a text."""

    kind: str
    form: str
    start: int
    end: int


class Maker:
    """Makes up personal data; every method gives one surface form, and `self.form` names it."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.form = ""

    def pick(self, *choices: Any) -> Any:
        return self.random.choice(choices)

    def choose(self, forms: dict[str, Any]) -> str:
        self.form, value = self.random.choice(list(forms.items()))
        return str(value() if callable(value) else value)

    def digits(self, count: int) -> str:
        return "".join(self.random.choices(string.digits, k=count))

    def day(self) -> str:
        return f"{self.random.randint(1945, 2012)}{self.random.randint(1, 12):02}{self.random.randint(1, 28):02}"

    def word(self) -> str:
        return str(self.pick("lily", "tomcat", "sunny", "zhangwei", "blue_sky", "mia.chen", "joe", "xiaoyu", "k8", "the-real-bob", "wang_l",
            "amelie"))

    # Telephone numbers

    def mobile(self) -> str:
        number = self.pick("13", "15", "17", "18", "19", "166", "147") + self.digits(9)
        number = number[:11]
        a, b, c = number[:3], number[3:7], number[7:]
        return self.choose({
            "plain": number, "plain again": number, "3-4-4 blanks": f"{a} {b} {c}", "3-4-4 hyphens": f"{a}-{b}-{c}",
            "3-4-4 dots": f"{a}.{b}.{c}", "3-4-4 dashes": f"{a}—{b}—{c}", "4-3-4": f"{number[:4]}-{number[4:7]}-{c}",
            "3-3-5": f"{a} {number[3:6]} {number[6:]}", "5-6": f"{number[:5]} {number[5:]}", "3-8": f"{a}-{number[3:]}",
            "7-4": f"{number[:7]} {c}", "+86": f"+86{number}", "+86 blank": f"+86 {number}", "+86 groups": f"+86 {a} {b} {c}",
            "(+86)": f"(+86) {number}", "86-": f"86-{number}", "0086": f"0086 {number}", "wide": number.translate(WIDE),
            "wide brackets": f"（+86）{number}", "circled": number.translate(CIRCLED), "spelt": number.translate(HAN_DIGITS),
            "spelt, banker's": number.translate(BANKERS_DIGITS), "one by one": " ".join(number), "wide blanks": f"{a}\u3000{b}\u3000{c}",
            "keycaps": "".join(f"{digit}\ufe0f\u20e3" for digit in number), "zero width": f"{a}\u200b{b}\u200b{c}",
            "slashes": f"{a}/{b}/{c}", "half spelt": number[:5] + number[5:].translate(HAN_DIGITS), "stars between": f"{a}*{b}*{c}",
            "letters o": number.replace("0", "o"),
        })

    def landline(self) -> str:
        area = self.pick("010", "021", "020", "0755", "0571", "0574", "0579", "0754", "0592", "028", "0532", "0769")
        number = str(self.random.randint(2, 8)) + self.digits(7 if self.random.random() < 0.7 or area in ("010", "021", "020") else 6)
        half = len(number) - 4
        return self.choose({
            "hyphen": f"{area}-{number}", "blank": f"{area} {number}", "brackets": f"({area}){number}",
            "wide brackets": f"（{area}）{number}", "plain": area + number, "groups": f"{area} {number[:half]} {number[half:]}",
            "hyphens": f"{area}-{number[:half]}-{number[half:]}", "+86": f"+86-{area[1:]}-{number}", "+86 0": f"+86 (0){area[1:]} {number}",
            "extension": f"{area}-{number}-{self.digits(3)}", "extension 转": f"{area}-{number}转{self.digits(4)}",
            "wide": f"{area}-{number}".translate(WIDE), "dash": f"{area}—{number}", "0086": f"0086-{area[1:]}-{number}",
        })

    def service(self) -> str:
        number = self.pick("400", "400", "800") + self.digits(7)
        return self.choose({
            "3-3-4": f"{number[:3]}-{number[3:6]}-{number[6:]}", "3-4-3": f"{number[:3]}-{number[3:7]}-{number[7:]}", "plain": number,
            "blanks": f"{number[:3]} {number[3:6]} {number[6:]}", "4-3-3": f"{number[:4]}-{number[4:7]}-{number[7:]}",
            "3-7": f"{number[:3]}-{number[3:]}",
        })

    def us_phone(self) -> str:
        area, exchange, line = str(self.random.randint(201, 989)), str(self.random.randint(2, 9)) + self.digits(2), self.digits(4)
        return self.choose({
            "brackets": f"({area}) {exchange}-{line}", "brackets, no blank": f"({area}){exchange}-{line}",
            "hyphens": f"{area}-{exchange}-{line}", "dots": f"{area}.{exchange}.{line}", "blanks": f"{area} {exchange} {line}",
            "1-": f"1-{area}-{exchange}-{line}", "+1": f"+1 {area} {exchange} {line}", "+1 brackets": f"+1 ({area}) {exchange}-{line}",
            "+1-": f"+1-{area}-{exchange}-{line}", "+1 plain": f"+1{area}{exchange}{line}",
            "ext.": f"({area}) {exchange}-{line} ext. {self.digits(3)}", "x": f"{area}-{exchange}-{line} x{self.digits(4)}",
            "slash": f"{area}/{exchange}-{line}",
        })

    def foreign_phone(self) -> str:
        d = self.digits
        return self.choose({
            "UK": f"+44 20 {self.pick('79', '78')}{d(2)} {d(4)}", "UK (0)": f"+44 (0)20 7{d(3)} {d(4)}",
            "UK mobile": f"07{self.pick('7', '9')}{d(2)} {d(6)}", "UK national": f"020 7{d(3)} {d(4)}", "UK 00": f"0044 7{d(3)} {d(6)}",
            "DE": f"+49 30 {d(8)}", "DE slash": f"+49 (0) 89 / {d(3)} {d(4)}", "FR": f"+33 {self.pick(1, 6)} {d(2)} {d(2)} {d(2)} {d(2)}",
            "AU": f"+61 4{d(2)} {d(3)} {d(3)}", "IN": f"+91 9{d(4)} {d(5)}", "JP": f"+81-3-{d(4)}-{d(4)}",
            "HK": f"+852 {self.pick(5, 6, 9)}{d(3)} {d(4)}", "SG": f"+65 8{d(3)} {d(4)}", "TW": f"+886 9{d(2)} {d(3)} {d(3)}",
            "plain": f"+4479{d(8)}", "dots": f"+31.20.{d(3)}.{d(4)}", "BR": f"+55 11 9{d(4)}-{d(4)}",
        })

    def cued_phone(self) -> str:
        """Forms that only a word before them makes a number to call."""
        d = self.digits
        return self.choose({"ten digits": f"{self.pick(212, 415, 646)}{self.random.randint(2, 9)}{d(6)}", "seven, hyphen": f"555-{d(4)}",
            "eight digits": f"{self.random.randint(2, 8)}{d(7)}", "eight, hyphen": f"{self.random.randint(2, 8)}{d(3)}-{d(4)}",
            "UK plain": f"07{d(9)}", "DE": f"0171 {d(7)}", "FR": f"06 {d(2)} {d(2)} {d(2)} {d(2)}"})

    # Mail and messengers

    def email(self) -> str:
        local = self.pick(self.word(), self.word() + self.digits(2), self.digits(9), f"{self.word()}.{self.word()}", self.word().upper(),
            f"{self.word()}+shop")
        host = self.pick("gmail.com", "qq.com", "163.com", "126.com", "outlook.com", "mail.example.co.uk", "sina.com.cn", "yahoo.co.jp",
            "my-shop.io", "foxmail.com")
        name, _, rest = host.partition(".")
        spelt = rest.replace(".", " dot ")
        return self.choose({
            "plain": f"{local}@{host}", "plain again": f"{local}@{host}", "upper": f"{local}@{host}".upper(),
            "wide": f"{local}@{host}".translate(WIDE), "wide at": f"{local}＠{host}", "blanks": f"{local} @ {host}",
            "(at)": f"{local}(at){host}", "[at] [dot]": f"{local}[at]{name}[dot]{rest}", "at dot": f"{local} at {name} dot {spelt}",
            "AT DOT": f"{local} AT {name} DOT {spelt.upper()}", "#": f"{local}#{host}", "mailto": f"mailto:{local}@{host}",
            "艾特": f"{local}艾特{host}", "blank dot": f"{local}@{name} . {rest}", "full stop 。": f"{local}@{name}。{rest}",
        })

    def qq(self) -> str:
        self.form = "digits"
        return str(self.random.randint(10000, 3999999999))

    def wechat(self) -> str:
        return self.choose({"word and digits": f"{self.pick('lily', 'mm', 'shop', 'wxid_', 'abc', 'YX')}{self.digits(6)}",
            "underscore": f"{self.word()}_{self.digits(3)}", "word": self.pick("xiaoyuer", "lovelymm", "tongzhuang_dian", "MissLiu-shop"),
            "wide": f"lily{self.digits(5)}".translate(WIDE), "telephone": f"1{self.pick(3, 5, 8)}{self.digits(9)}"})

    # Papers and cards

    def resident(self) -> str:
        body = self.pick("110105", "310112", "440305", "330106", "510107", "420111", "370202", "610113", "450103",
            "130702") + self.day() + self.digits(3)
        weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
        number = body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11]
        return self.choose({"plain": number, "plain again": number, "small x": number.lower(),
            "6-8-4": f"{number[:6]} {number[6:14]} {number[14:]}", "6-4-4-4": f"{number[:6]} {number[6:10]} {number[10:14]} {number[14:]}",
            "hyphens": f"{number[:6]}-{number[6:14]}-{number[14:]}", "wide": number.translate(WIDE)})

    def cued_id_zh(self) -> str:
        d = self.digits
        return self.choose({"身份证号：": f"{self.pick('110105', '440106')}{self.day()[2:]}{d(3)}",
            "身份证": f"44030619{d(2)}0{self.random.randint(1, 9)}1{d(1)}{d(4)}",
            "护照号码：": f"{self.pick('E', 'G', 'EA', 'EJ')}{d(8 if self.random.random() < 0.5 else 7)}", "护照 ": f"E{d(8)}",
            "港澳通行证：": f"{self.pick('C', 'W')}{d(8)}", "驾驶证号：": f"{d(12)}", "台胞证号 ": d(8), "军官证：军字第": d(8),
            "社保卡号：": d(9)})

    def cued_id_en(self) -> str:
        d = self.digits
        return self.choose({"Passport No. ": f"{self.pick('', 'C', 'X')}{d(8)}", "passport number: ": d(9),
            "Driver's license: ": f"{self.pick('D', 'S')}{d(7)}", "DL# ": f"B{d(7)}", "SSN: ": f"{d(3)} {d(2)} {d(4)}", "SSN ": d(9),
            "Social Security Number is ": f"{d(3)}-{d(2)}-{d(4)}", "National Insurance number: ": f"QQ {d(2)} {d(2)} {d(2)} C",
            "ID number: ": f"{self.pick('A', 'F')}{d(9)}", "HKID: ": f"{self.pick('A', 'K')}{d(6)}({d(1)})", "Tax ID: ": f"{d(2)}-{d(7)}"})

    def ssn(self) -> str:
        self.form = "hyphens"
        return f"{self.pick(*range(100, 665))}-{self.random.randint(10, 99)}-{self.random.randint(1000, 9999)}"

    def card(self) -> str:
        prefix, length = self.pick(("4", 16), ("4", 16), ("53", 16), ("2221", 16), ("622848", 19), ("621700", 19), ("62", 16), ("6214", 16),
            ("3528", 16), ("6011", 16), ("34", 15), ("37", 15), ("36", 14), ("6759", 16))
        body = prefix + self.digits(length - len(prefix) - 1)
        total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(reversed(body)))
        number = body + str(-total % 10)
        groups = [number[:4], number[4:10], number[10:]] if length in (14, 15) else re.findall("....|.+", number)
        return self.choose({"plain": number, "blanks": " ".join(groups), "hyphens": "-".join(groups), "wide": number.translate(WIDE),
            "two blanks": "  ".join(groups)})

    def cued_card(self) -> str:
        self.form = "any digits"
        number = self.pick("6222", "6228", "9558", "4367", "5187") + self.digits(self.pick(12, 15))
        return str(self.pick(number, " ".join(re.findall("....|.+", number))))

    def iban(self) -> str:
        country, length = self.pick(("DE", 22), ("GB", 22), ("FR", 27), ("ES", 24), ("IT", 27), ("NL", 18), ("BE", 16), ("CH", 21), ("PL",
            28), ("AT", 20))
        letters = {"GB": "WEST", "NL": "ABNA", "IT": "X"}.get(country, "")
        account = letters + self.digits(length - 4 - len(letters))
        check = 98 - int("".join(str(int(char, 36)) for char in account + country + "00")) % 97
        number = f"{country}{check:02}{account}"
        return self.choose({"plain": number, "groups": " ".join(re.findall("....|.+", number)), "small": number.lower(),
            "hyphens": "-".join(re.findall("....|.+", number))})

    # People and places

    def name_zh(self) -> str:
        surname = self.pick(*SURNAMES, "欧阳", "上官", "司马", "诸葛")
        given = self.pick("伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "秀英", "建国", "志强", "晓明", "雨桐", "子轩",
            "梓涵", "思远", "海燕", "国栋", "若曦", "文博", "佳怡", "浩然", "一诺", "春梅")
        return self.choose({"plain": surname + given, "plain again": surname + given, "小": f"小{surname}",
            "wide space": f"{surname}\u3000{given}" if len(given) == 1 else surname + given,
            "traditional": surname.translate(str.maketrans("张刘陈杨赵黄吴孙马罗郑谢韩冯", "張劉陳楊趙黃吳孫馬羅鄭謝韓馮")) + given})

    def full_name_zh(self) -> str:
        """A name with a given name, or of another people."""
        while True:
            name = self.name_zh()
            if self.form != "小":
                break
        if self.random.random() < 0.08:
            name, self.form = self.pick("阿依古丽·买买提", "迪丽热巴·迪力木拉提", "买买提·吐尔逊"), "with a dot"
        return name

    def name_en(self) -> str:
        first = self.pick("John", "Mary", "Emily", "Michael", "Wei", "Priya", "José", "Anne-Marie", "Liam", "Fatima", "Chloe", "Xiaoming",
            "Olga", "DeShawn", "Siobhán")
        last = self.pick("Smith", "O'Brien", "García", "Müller", "Zhang", "Li", "Johnson", "van der Berg", "MacDonald", "Patel", "Nguyen",
            "Kowalski", "Smith-Jones", "Okafor", "Wang")
        return self.choose({"first last": f"{first} {last}", "again": f"{first} {last}",
            "initial": f"{first} {self.pick('J', 'A', 'R')}. {last}", "upper": f"{first} {last}".upper(), "last, first": f"{last}, {first}",
            "initials": f"{first[0]}. {last}", "first": first, "titled": f"{self.pick('Mr.', 'Mrs.', 'Ms', 'Dr.')} {last}"})

    def lower_name_en(self) -> str:
        self.form = "small letters"
        return f"{self.pick('john', 'maria', 'dave', 'wei')} {self.pick('smith', 'lopez', 'chen', 'baker')}"

    def full_name_en(self) -> str:
        while True:
            name = self.name_en()
            if self.form in ("first last", "again", "initial"):
                return name

    def road_zh(self) -> str:
        return str(self.pick("建国路", "中山东路", "人民南路二段", "科技园南路", "天府大道北段", "解放大道", "长安街", "稠州北路",
            "淘金坑路", "龙井街", "吉祥巷", "和平里东街", "迎宾一路", "五四大街", "学院路", "滨江路", "环城西路", "工业二路"))

    def address_zh(self) -> str:
        r, n = self.random, lambda high: str(self.random.randint(1, high))
        province, city, area = self.pick(("广东省", "深圳市", "南山区"), ("浙江省", "杭州市", "西湖区"), ("浙江省", "义乌市", "福田街道"),
            ("江苏省", "苏州市", "工业园区"), ("四川省", "成都市", "武侯区"), ("山东省", "青岛市", "市南区"), ("福建省", "泉州市",
            "晋江市"), ("河南省", "周口市", "太康县"), ("内蒙古自治区", "呼和浩特市", "赛罕区"), ("北京市", "", "朝阳区"), ("上海市", "",
            "浦东新区"), ("重庆市", "", "渝北区"), ("广西壮族自治区", "南宁市", "青秀区"), ("湖北省", "武汉市", "洪山区"))
        road, house = self.road_zh(), n(999)
        estate = self.pick("阳光花园", "万科城市花园", "保利香槟国际", "幸福小区", "金色家园", "碧桂园", "绿地中心", "世纪公寓", "梧桐苑",
            "SOHO现代城")
        room = f"{r.randint(1, 30)}{r.randint(1, 12):02}"
        full = f"{province}{city}{area}{road}{house}号"
        short = f"{province.removesuffix('省').removesuffix('市')}{city.removesuffix('市')}{area}"
        return self.choose({
            "full": f"{full}{estate}{n(20)}栋{n(4)}单元{room}室", "house": full, "road": f"{road}{house}号",
            "blanks": f"{province} {city} {area} {road} {house}号 {n(9)}栋 {room}", "no suffixes": f"{short}{road}{house}号{estate}",
            "estate": f"{city or province}{area}{estate}{n(20)}栋{room}",
            "dashes": f"{city or province}{area}{road}{house}号{n(9)}-{n(4)}-{room}", "number sign": f"{area}{road}{house}号{n(9)}#{room}",
            "village": f"{province}{city}{area}{self.pick('城关镇', '马厂乡')}{self.pick('李庄村', '东湖村')}{n(12)}组{n(99)}号",
            "commas": f"{province}，{city or area}，{area}，{road}{house}号", "lane": f"{area}{road}{house}弄{n(40)}号{room}室",
            "wide": f"{full}{room}室".translate(WIDE),
            "spelt": f"{area}{road}{self.pick('十八', '一百二十', '三十六', '八十八')}号{self.pick('三', '五')}楼",
            "block letter": f"{city or province}{area}{road}{house}号{estate}{self.pick('A', 'B', 'C')}座{room}",
            "floors": f"{city or province}{road}{house}号{n(20)}楼", "hyphen": f"{road}{house}-{n(9)}号",
            "school": f"{city or province}{area}{self.pick('深圳大学', '第一中学', '人民医院')}{n(9)}号宿舍楼{room}",
            "traditional": self.pick("香港九龍彌敦道", "台北市信義區信義路五段", "香港皇后大道中") + f"{house}號{n(9)}樓",
        })

    def address_en(self) -> str:
        n = lambda high: str(self.random.randint(1, high))  # noqa: E731
        street = self.pick("Main Street", "Oak Ave", "Elm St.", "Sunset Boulevard", "Maple Drive", "Park Avenue",
            "Martin Luther King Jr. Blvd", "5th Avenue", "W 42nd St", "Old Mill Road", "N. Lincoln Ave", "Evergreen Terrace",
            "Willow Creek Lane", "Broadway", "King's Court", "Highway 9", "Pine Way", "SW Barbur Blvd", "Cherry Tree Close",
            "Rosewood Cres")
        city, state = self.pick(("Springfield", "IL 62704"), ("San Francisco", "CA 94107"), ("Austin", "TX 78701-1234"), ("New York",
            "NY 10001"), ("Salt Lake City", "Utah 84101"), ("Boise", "ID"))
        unit = self.pick(f"Apt {n(40)}", f"Apt. {n(40)}B", f"Suite {n(900)}", f"#{n(99)}", f"Unit {n(20)}", f"Floor {n(20)}")
        house = n(9999)
        return self.choose({
            "street": f"{house} {street}", "unit": f"{house} {street}, {unit}", "city": f"{house} {street}, {city}, {state}",
            "unit, city": f"{house} {street}, {unit}, {city}, {state}", "country": f"{house} {street}, {city}, {state}, USA",
            "no commas": f"{house} {street} {unit} {city} {state}", "upper": f"{house} {street} {city} {state}".upper(),
            "lines": f"{house} {street}\n{unit}\n{city}, {state}",
            "UK": f"{n(200)} {self.pick('Baker Street', 'High Street', 'Kings Road')}, London {self.pick('NW1 6XE', 'SW3 4RP', 'E1 6AN')}",
            "UK flat": f"Flat {n(30)}, {n(200)} {self.pick('Victoria Road', 'Church Lane', 'Mill Lane')}, Manchester M14 5RG",
            "PO box": f"PO Box {n(9999)}, {city}, {state}", "P.O.": f"P.O. Box {n(9999)}",
            "letter": f"{n(300)}B {self.pick('Baker', 'Oxford', 'Regent')} Street",
            "half": f"{n(900)} 1/2 {self.pick('Elm', 'Oak')} Street, {city}, {state}",
            "AU": f"{n(90)}/{n(300)} George Street, Sydney NSW 2000", "small": f"{house} {street}, {city}, {state}".lower(),
        })

    def cued_address_en(self) -> str:
        self.form = "other orders"
        return str(self.pick("Hauptstraße 12, 10115 Berlin, Germany", "12 rue de Rivoli, 75001 Paris",
            "Unit 4, The Old Dairy, Bath BA1 2QR", "Room 1203, Building 5, No. 88 Jianguo Road, Chaoyang District, Beijing 100022",
            "No.18 Keji South Rd, Nanshan, Shenzhen, Guangdong, China 518000", "Via Roma 24, 20121 Milano",
            "3-14-5 Shibuya, Shibuya-ku, Tokyo 150-0002"))


PRODUCTS_ZH = ("2024新款春秋季女士针织衫宽松V领", "飞利浦QC5580理发器充电式", "304不锈钢保温杯500ml", "小米 Redmi Note 13 Pro 8+256G 二手",
    "儿童益智积木3-6岁1000颗粒", "苏泊尔SF40FC8A电饭煲4L", "全棉四件套1.8m床 200*230cm", "华为MateBook D14 i5-1240P 16G+512G",
    "阿迪达斯男子跑步鞋GX3060 42码", "汽车坐垫四季通用 大众朗逸 2018-2023款", "LED吸顶灯24W 3000K-6000K",
    "书 9787111213826 深入理解计算机系统")
PRODUCTS_EN = ("Dell Latitude 5420 14\" i5-1145G7 16GB 512GB SSD", "Women's Floral Midi Dress, Size M, Navy",
    "Bosch GSR 12V-15 Drill Driver 2x2.0Ah", "LEGO 75192 Millennium Falcon (7541 pcs)", "Oral-B Pro 1000 Toothbrush",
    "HP 305XL Ink 3YM62AE 2-Pack", "Mens Leather Wallet RFID Blocking", "Filter for Mr. Coffee 12-Cup, 200 ct", "USB-C Hub 7-in-1 4K@60Hz",
    "Dr. Martens 1460 Boots UK 8", "Band-pass filter 400-1000 nm, 25 mm", "EAN 4006381333931 Stabilo")

ZH = (
    "{p} 联系电话{mobile}", "{p}，手机：{mobile}，量大从优", "厂家直销{p} {mobile}", "【{mobile}】{p}", "{p} 微信同号{mobile}",
    "有问题打我电话{mobile}哦亲", "卖家让我加{mobile}返现，差评！", "{p}\n售后：{mobile} / {landline}", "{p} 电话：{landline}",
    "{p} 欢迎来电{landline}咨询", "座机{landline}没人接，质量还行", "传真 {landline} {p}", "{landline} {p}", "{p} 全国服务热线：{service}",
    "{p}客服电话{service}，7天无理由", "{p} {service}", "海外仓咨询 {foreign_phone} {p}", "电话 {cued_phone} 找老板",
    "Tel：{cued_phone} {p}", "{p} 邮箱：{email}", "资料发到{email}就行", "{p} 联系 {email} 开发票", "发票发{email}，谢谢", "{p} QQ：{qq}",
    "加QQ{qq}领券", "{p} 企鹅号{qq}", "qq群 {qq} 有优惠", "扣扣:{qq}", "{p} 微信：{wechat}", "加微信{wechat}送赠品", "{p} VX:{wechat}",
    "加V：{wechat}", "➕V {wechat} 拉你进群", "wx号{wechat}", "薇信 {wechat} 备注{p}", "WeChat: {wechat} {p}", "微信号是{wechat}",
    "支付宝账号：{email}", "淘宝旺旺：{wechat}", "身份证号：{resident}", "清关需要身份证{resident}", "{p} 实名 {resident}",
    "证件号码 {resident}，请尽快清关", "{name_zh_cue}{full_name_zh}，身份证号码：{resident}，手机号{mobile}", "{cued_id_zh}",
    "清关资料 {cued_id_zh}，{p}", "打款到 {card} 工行", "银行卡号：{card}", "卡号{cued_card} 户名{full_name_zh}", "退款请转 {card}，{p}",
    "建设银行 {card} 收款人：{full_name_zh}", "银行账号：{cued_card}", "收货地址：{address_zh}", "地址：{address_zh}",
    "{p} 实体店地址：{address_zh}，欢迎光临", "寄到{address_zh}", "我在{address_zh}，能送吗？", "门店：{address_zh} 电话{landline}",
    "退货寄：{address_zh}，收件人{full_name_zh}，{mobile}", "{address_zh}", "{p}，{address_zh}自提", "{full_name_zh} {mobile} {address_zh}",
    "{full_name_zh}，{mobile}，{address_zh}", "收件人：{full_name_zh}\n电话：{mobile}\n地址：{address_zh}",
    "收货人{full_name_zh} 手机{mobile} 地址{address_zh}", "{address_zh} {full_name_zh} {mobile}",
    "{address_zh}，{full_name_zh}收，{mobile}", "收貨人：{full_name_zh} 電話：{mobile}", "姓名：{full_name_zh}",
    "姓名 {full_name_zh} 尺码L {p}", "联系人：{name_zh}", "联系人{full_name_zh}，{p}", "{p} 联系人：{full_name_zh}（{mobile}）",
    "买家：{name_zh} 反馈{p}很好", "客服：{name_zh}", "客服{xiao}态度很好", "感谢客服{xiao}耐心解答", "{title_name}您好，您的{p}已发货",
    "联系{title_name} {mobile}", "尊敬的{title_name}，订单已签收", "我叫{full_name_zh}，买的{p}少了配件", "寄件人：{full_name_zh}，{p}",
    "发件人 {full_name_zh} {landline}", "负责人：{title_name} {mobile}", "下单人：{full_name_zh}；{p}", "找{title_name}，电话{mobile}",
    "收件人：{name_en} 地址：{cued_address_en}", "Name: {full_name_en} 电话:{foreign_phone} {p}", "IBAN：{iban}", "境外汇款账户 {iban}",
)
EN = (
    "{p} - call {us_phone}", "{p}. Phone: {us_phone}", "Questions? Text me at {us_phone}", "{p} Tel: {us_phone} / {foreign_phone}",
    "Contact us on {foreign_phone} for wholesale", "{p} WhatsApp {foreign_phone}", "{us_phone} {p}",
    "Seller gave me {us_phone} and never answered.", "Call {cued_phone} for details", "phone {cued_phone}", "{p}, Tel. {cued_phone}",
    "Fax: {us_phone}", "mobile: {mobile}", "Our China office: {landline}", "{foreign_phone}", "WhatsApp: {mobile} {p}",
    "{p} - email {email}", "Email: {email}", "Write to {email} for a refund", "Contact {email}. {p}",
    "I mailed {email} twice and got no reply", "{p} ({email})", "E-mail address: {email}, phone {us_phone}", "PayPal: {email}",
    "reach me at {email}", "WeChat: {wechat}", "add my WeChat {wechat_id} for pics", "WeChat ID {wechat_id}", "my wechat is {wechat_id}",
    "{p} QQ: {qq}", "Telegram: @{wechat_id}", "Skype: {wechat_id}", "Line ID: {wechat_id}", "WhatsApp/WeChat: {mobile}", "{cued_id_en}",
    "For customs: {cued_id_en}. {p}", "My ssn {ssn} was on the label!", "{ssn}", "Chinese ID {resident}",
    "customs clearance ID: {resident}", "Card number: {card}", "charged my card {card} twice", "{card}", "Visa {card} exp 12/27",
    "card no. {cued_card}", "{p} refund to {card} please", "Credit card: {card}, {full_name_en_cue}{full_name_en}", "IBAN: {iban}",
    "please wire to {iban}, thanks", "Bank transfer {iban} BIC COBADEFFXXX", "Ship to: {full_name_en}, {address_en}",
    "Address: {address_en}", "Shipping address: {address_en}", "{address_en}", "Visit our store at {address_en}.",
    "I live at {address_en} and it never came", "Return to: {address_en}", "{p}. Pick up at {address_en}", "Deliver to {address_en}",
    "Address: {cued_address_en}", "Ship to: {cued_address_en}", "Please send it to {address_en}, thank you!",
    "Ship to:\n{full_name_en}\n{address_en}\n{us_phone}", "Deliver to:\n{full_name_en}\n{address_en}",
    "{p}, shop at {address_en}, {us_phone}", "Contact: {name_en}", "Contact: {name_en}, {us_phone}", "Contact person: {name_en} ({email})",
    "Attn: {name_en}", "ATTN {name_en_upper}, {address_en}", "Recipient: {name_en}", "Customer name: {name_en}", "Customer: {name_en}\n{p}",
    "Name: {name_en}", "Buyer: {name_en}", "Dear Mr. {last}, your {p} has shipped", "Dear Mrs {last},",
    "Dear {first},\nthank you for the order", "Hi {first}, where is my parcel?", "my name is {full_name_en} and I ordered {p}",
    "Sincerely, {full_name_en}", "Best regards,\n{full_name_en}", "Reviewed by {full_name_en}", "Contact: {lower_name_en}",
    "recipient: {lower_name_en}", "Ask for {first} at {us_phone}", "Call {full_name_en} at {us_phone}", "Sold to: {full_name_en}",
    "Cardholder: {name_en}", "Thanks to Ms. {last} from support", "Order for {full_name_en}, {address_en}",
    "{full_name_en}, {us_phone}, {email}",
)
PLAIN_ZH = {"name_zh_cue": ("姓名：", "收件人：", "收件人")}
PLAIN_EN = {"full_name_en_cue": ("cardholder ", "name: ", "name on card: ")}


def build(maker: Maker, template: str, products: Sequence[str]) -> tuple[str, list[Item]]:
    """A text and what is personal in it."""
    out, items = "", []
    for literal, slot in re.findall(r"([^{]*)(?:\{(\w+)\})?", template):
        out += literal
        if not slot:
            continue
        if slot == "p":
            out += maker.pick(*products)
            continue
        if slot in PLAIN_ZH or slot in PLAIN_EN:
            out += maker.pick(*(PLAIN_ZH.get(slot) or PLAIN_EN[slot]))
            continue
        before, value, after, form = fill(maker, slot)
        items.append(Item(slot, form, len(out) + len(before), len(out) + len(before) + len(value)))
        out += before + value + after
    return out, items


def fill(maker: Maker, slot: str) -> tuple[str, str, str, str]:
    """What stands before an item, the item, what stands after it, and the name of its form."""
    special: dict[str, Callable[[], tuple[str, str, str]]] = {
        "xiao": lambda: ("", "小" + maker.pick(*"王李张刘陈杨美雪芳"), ""),
        "title_name": lambda: ("", maker.pick(*"王李张刘陈周吴马何欧") + maker.pick("", "", "伟", "晓明"), maker.pick("先生", "女士",
            "小姐", "经理", "老师")),
        "last": lambda: ("", maker.pick("Smith", "Zhang", "O'Neill", "Patel", "Brown"), ""),
        "first": lambda: ("", maker.pick("John", "Emily", "Wei", "Priya", "Tom"), ""),
        "name_en_upper": lambda: ("", maker.full_name_en().upper(), ""),
        "wechat_id": lambda: ("", maker.pick(maker.word() + maker.digits(4), "wxid_" + maker.digits(6)), ""),
    }
    maker.form = slot
    if slot in special:
        return *special[slot](), maker.form
    value = getattr(maker, slot)()
    if slot.startswith("cued_id"):
        cue, maker.form = maker.form, maker.form.strip()
        return cue, value, "", maker.form
    if slot in ("name_en", "full_name_en") and (title := re.match(r"(?:Mr\.|Mrs\.|Ms|Dr\.) ", value)):
        return title[0], value[title.end() :], "", maker.form
    return "", value, "", maker.form


KINDS = {"mobile": "phone", "landline": "phone", "service": "phone", "us_phone": "phone", "foreign_phone": "phone", "cued_phone": "phone",
    "email": "email", "qq": "account",
         "wechat": "account", "wechat_id": "account", "resident": "id", "cued_id_zh": "id", "cued_id_en": "id", "ssn": "id",
         "card": "card", "cued_card": "card", "iban": "iban"}


def kind_of(slot: str) -> str:
    """The kind of a slot: addresses and names are told by their names."""
    return KINDS.get(slot, "address" if "address" in slot else "name")


def make_texts(count: int, seed: int) -> list[tuple[str, list[Item]]]:
    """`count` texts, every template as often as the next."""
    maker = Maker(seed)
    templates = [(template, PRODUCTS_ZH) for template in ZH] + [(template, PRODUCTS_EN) for template in EN]
    return [build(maker, *templates[number % len(templates)]) for number in range(count)]
