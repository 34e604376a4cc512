# ruff: noqa: E501  one row of a table a line
"""Who takes part in the simulated province: organisations, their places, products and people, each made on demand.

Nothing is kept: an organisation is a function of the seed, its role and its number, so a province of any size
needs no memory. Everything is invented. Names say 模拟, and all GS1 numbers begin with 699, so that nobody
takes them for real firms.
"""

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from random import Random
from typing import NamedTuple

from zhiheng.knowledge.codes import uscc
from zhiheng.knowledge.codes.checkdigit import check_digit
from zhiheng.knowledge.codes.regions import GUANGDONG_CITIES, counties_of, name

ORGANISATIONS = 50_000  # at scale 1
GS1 = "https://id.gs1.org/"
MOST = 9_999_999  # organisations that our GS1 numbers can tell apart


class Item(NamedTuple):
    """A product of a role: what the label says, and how it is counted (``uom`` None: by the piece)."""

    name: str
    spec: str
    category: str
    standard: str
    unit: str
    uom: str | None
    days: int  # shelf life


class Role(NamedTuple):
    """What an organisation does in a chain. ``lines``: each organisation has one of them, with all its items."""

    share: float
    least: int
    rural: bool
    kinds: str
    industry: str
    word: str
    lines: tuple[tuple[Item, ...], ...] = ()
    licence: str = ""
    duties: tuple[str, ...] = ("legal_representative",)


_QUALITY = ("legal_representative", "chief_quality_officer")
_FOOD = ("legal_representative", "quality_safety_director", "quality_safety_officer")


def _agri(*names: str, days: int = 12) -> tuple[tuple[Item, ...], ...]:
    return tuple((Item(n, "散装", "agri", "GB 2763;GB 2762", "千克", "KGM", days),) for n in names)


def _food(semi: str, final: str, spec: str, standard: str, days: int) -> tuple[Item, ...]:
    return (
        Item(semi, "半成品", "food", standard, "千克", "KGM", 30),
        Item(final, spec, "food", standard, "件", None, days),
    )


ROLES: dict[str, Role] = {
    "vegetables": Role(0.12, 6, True, "grower", "A0141", "蔬菜种植", _agri("菜心", "芥蓝", "番茄", "苦瓜", "莲藕")),
    "pigs": Role(0.05, 4, True, "grower", "A0313", "生猪养殖", _agri("生猪", days=400)),
    "fish": Role(0.04, 4, True, "grower", "A0412", "水产养殖", _agri("罗非鱼", "草鱼", "对虾", days=5)),
    "slaughter": Role(0.02, 3, False, "producer", "C1351", "肉类加工", (
        (Item("猪白条肉", "二分体", "agri", "GB 2707", "千克", "KGM", 7), Item("分割猪肉", "预包装", "agri", "GB/T 9959.2", "千克", "KGM", 10)),
    ), "food", _FOOD),
    "ingredients": Role(0.06, 6, True, "producer grower", "C1311", "粮油", tuple(
        (Item(n, "25kg/袋", "agri", s, "千克", "KGM", 180),)
        for n, s in (("大豆", "GB 1352"), ("小麦粉", "GB/T 1355"), ("大米", "GB/T 1354"), ("白砂糖", "GB/T 317"), ("花生", "GB/T 1532"))
    )),
    "food": Role(0.09, 5, False, "producer", "C1469", "食品", (
        _food("发酵原油", "酿造酱油", "500mL/瓶", "GB/T 18186", 540),
        _food("莲蓉馅料", "广式月饼", "720g/盒", "GB/T 19855", 60),
        _food("湿米粉", "河源米粉", "400g/袋", "DBS44/ 006", 360),
        _food("调味肉馅", "广式腊肠", "400g/袋", "GB 2730", 180),
        _food("茶浓缩液", "凉茶植物饮料", "310mL/罐", "GB/T 31326", 540),
    ), "food", _FOOD),
    "wholesale": Role(0.08, 5, False, "seller", "F5129", "农产品批发", (), "food_sale", _FOOD),
    "shop": Role(0.26, 20, False, "retailer", "F5212", "超市", (), "food_sale", _FOOD),
    "restaurant": Role(0.05, 8, False, "caterer", "H6210", "餐饮", (), "food_sale", _FOOD),
    "carrier": Role(0.03, 4, False, "logistics", "G5439", "物流"),
    "substance": Role(0.004, 3, False, "producer", "C2710", "原料药", tuple(
        (Item(n, "25kg/桶", "drug", "中国药典2025年版", "千克", "KGM", 720),) for n in ("阿莫西林", "盐酸二甲双胍", "重组人胰岛素")
    ), "drug", _QUALITY),
    "drugs": Role(0.012, 4, False, "producer", "C2720", "药业", (
        (Item("混合颗粒", "半成品", "drug", "中国药典2025年版", "千克", "KGM", 90), Item("阿莫西林胶囊", "0.25g×24粒/盒", "drug", "中国药典2025年版", "盒", None, 730)),
        (Item("压片颗粒", "半成品", "drug", "中国药典2025年版", "千克", "KGM", 90), Item("盐酸二甲双胍片", "0.5g×30片/盒", "drug", "中国药典2025年版", "盒", None, 730)),
        (Item("胰岛素原液", "半成品", "drug", "中国药典2025年版", "千克", "KGM", 90), Item("胰岛素注射液", "3mL/支", "drug", "中国药典2025年版", "支", None, 540)),
    ), "drug", _QUALITY),
    "drug_wholesale": Role(0.01, 4, False, "seller", "F5151", "医药", (), "drug_sale", _QUALITY),
    "pharmacy": Role(0.05, 6, False, "retailer", "F5251", "大药房", (), "drug_sale", ("legal_representative", "quality_safety_officer")),
    "minerals": Role(0.004, 3, True, "producer", "C2611", "化工原料", (
        (Item("尿素", "50kg/袋", "agri_input", "GB/T 2440", "千克", "KGM", 900),), (Item("氯化钾", "50kg/袋", "agri_input", "GB/T 6549", "千克", "KGM", 900),),
    )),
    "fertiliser": Role(0.012, 4, True, "producer", "C2624", "肥料", (
        (Item("复混肥料", "40kg/袋", "agri_input", "GB/T 15063", "袋", None, 1080),), (Item("掺混肥料", "50kg/袋", "agri_input", "GB/T 21633", "袋", None, 1080),),
    ), "agri_input", _QUALITY),
    "agri_dealer": Role(0.03, 5, True, "retailer seller", "F5166", "农资"),
    "parts": Role(0.008, 4, False, "producer", "C3489", "机电配件", (
        (Item("电梯曳引机", "1000kg", "special_equipment", "GB/T 24478", "台", None, 7300),),
        (Item("限速器", "1.75m/s", "special_equipment", "TSG T7007", "台", None, 7300),),
        (Item("门锁装置", "标准型", "special_equipment", "TSG T7007", "台", None, 7300),),
    ), "equipment", _QUALITY),
    "lifts": Role(0.006, 3, False, "producer", "C3435", "电梯", (
        (Item("乘客电梯", "1000kg 1.75m/s", "special_equipment", "GB/T 7588.1", "台", None, 7300),),
    ), "equipment", _QUALITY),
    "property": Role(0.04, 5, False, "other", "K7020", "物业"),
    "gas_depot": Role(0.006, 3, False, "importer seller", "F5162", "能源储运", (
        (Item("液化石油气", "散装", "dangerous", "GB 11174", "千克", "KGM", 3650),),
    ), "dangerous", _QUALITY),
    "gas_filling": Role(0.012, 4, False, "producer seller", "D4513", "燃气", (
        (Item("瓶装液化石油气", "14.5kg/瓶", "dangerous", "GB 11174", "瓶", None, 3650),),
    ), "dangerous", _QUALITY),
    "mine": Role(0.002, 3, True, "producer", "B0932", "稀土矿业", (
        (Item("离子型稀土精矿", "吨袋", "rare_earth", "GB/T 20169", "千克", "KGM", 36500),),
    ), "mining", _QUALITY),
    "separation": Role(0.002, 3, False, "producer", "C3232", "稀土分离", (
        (Item("氧化镨钕", "50kg/桶", "rare_earth", "GB/T 31965", "千克", "KGM", 36500), Item("氧化镝", "25kg/桶", "rare_earth", "GB/T 13558", "千克", "KGM", 36500)),
    ), "", _QUALITY),
    "magnets": Role(0.004, 3, False, "producer", "C3985", "磁材", (
        (Item("镨钕金属", "合金锭", "rare_earth", "GB/T 20892", "千克", "KGM", 36500), Item("烧结钕铁硼永磁体", "N52", "rare_earth", "GB/T 13560", "片", None, 36500)),
    ), "", _QUALITY),
    "motors": Role(0.006, 4, False, "producer", "C3812", "电机", (
        (Item("永磁同步电机", "7.5kW", "other", "GB/T 22669", "台", None, 36500),),
    ), "", _QUALITY),
    "laboratory": Role(0.006, 3, False, "laboratory", "M7452", "检验检测", (), "", _QUALITY),
}  # fmt: skip

# Rough shares of economic activity, and of farming and mining, by city: what makes the map look like the province.
_URBAN = dict(zip([c.code for c in GUANGDONG_CITIES], (22, 2, 25, 3, 3, 10, 4, 4, 4, 3, 6, 2, 2, 2, 2, 3, 9, 4, 2, 3, 2), strict=True))  # fmt: skip
_RURAL = dict(zip([c.code for c in GUANGDONG_CITIES], (6, 8, 1, 2, 4, 5, 7, 13, 12, 10, 7, 9, 5, 6, 6, 9, 1, 2, 3, 5, 6), strict=True))  # fmt: skip
_GOLDEN = 0.6180339887498949
_STEMS = "岭南 珠江 南粤 荔湾 粤海 越秀 罗浮 丹霞 西江 北江 东江 韩江 鼎湖 白云 凤凰 莲花 木棉 紫荆 榕树 椰风 海丰 金穗 丰禾 瑞祥 恒信 永顺 同益 德昌 广源 百康".split()  # noqa: SIM905
_TAILS = "盛 达 兴 源 泰 和 隆 裕 嘉 诚 安 宁".split()  # noqa: SIM905
_SURNAMES = "陈李黄张梁林何吴刘罗郑谢曾杨叶蔡邓冯许苏"
_GIVEN = "伟明志强建华国文海燕丽娟秀英俊杰嘉欣子轩雨晴浩然思远家豪婉仪永康锦荣"
_TYPES = {"grower": ("93", "农民专业合作社"), "authority": ("11", "机关")}


class Organisation(NamedTuple):
    """One organisation; ``number`` is its place in the whole province."""

    role: str
    number: int
    place_in_role: int
    city: str
    region: str
    name: str
    uscc: str
    org_type: str
    gln: str

    @property
    def place(self) -> str:
        return f"{GS1}414/{self.gln}"

    @property
    def party(self) -> str:
        return f"{GS1}417/{self.gln}"


def gln(number: int, site: int = 1) -> str:
    """A GLN of our range."""
    body = f"699{number:07d}{site:02d}"
    return body + check_digit(body)


def gtin(number: int, item: int) -> str:
    """A GTIN-14 of our range."""
    body = f"0699{number:07d}{item:02d}"
    return body + check_digit(body)


def sscc(chain: int, count: int) -> str:
    """The identifier of a logistic unit."""
    body = f"1699{chain:08d}{count:05d}"
    return f"{GS1}00/{body}{check_digit(body)}"


def rng(*parts: object) -> Random:
    """A random source of its own for a part of the province: what else is made does not change it."""
    digest = hashlib.blake2b("/".join(map(str, parts)).encode(), digest_size=8).digest()
    return Random(int.from_bytes(digest, "big"))  # noqa: S311


def make_uscc(kind: str, region: str, number: int) -> str:
    """A valid code. Its subject part begins with M0 to M9, which registrars have not given out."""
    digits, rest = "", number * 7919 % 10_000_000
    for _ in range(6):
        rest, digit = divmod(rest, 31)
        digits = uscc.ALPHABET[digit] + digits
    body = f"M{number % 10}{digits}"
    values = [int(c) if c.isdigit() else ord(c) - 55 for c in body]
    check = 11 - sum(v * w for v, w in zip(values, (3, 7, 9, 10, 5, 8, 4, 2), strict=True)) % 11  # GB 11714
    return uscc.make(kind + region + body + ("0X"[check == 10] if check >= 10 else str(check)))


def person_name(random: Random) -> str:
    """A plausible name of nobody."""
    return random.choice(_SURNAMES) + "".join(random.sample(_GIVEN, random.choice((1, 2, 2))))


class Actors:
    """The organisations of one province."""

    def __init__(self, seed: int, scale: float) -> None:
        self.seed = seed
        self.counts = {
            r: max(role.least, round(role.share * ORGANISATIONS * scale)) for r, role in ROLES.items()
        }
        self.first: dict[str, int] = {}
        number = 1
        for role, count in self.counts.items():
            self.first[role] = number
            number += count
        self.authorities = number  # 21 of them, one a city
        self.total = number + len(GUANGDONG_CITIES) - 1
        if self.total > MOST:
            raise ValueError(f"scale {scale:g} has more than {MOST:,} organisations; give a smaller one")
        self.get = lru_cache(8192)(self._get)

    def _get(self, role: str, index: int) -> Organisation:
        known, number = ROLES[role], self.first[role] + index
        random = rng(self.seed, "organisation", role, index)
        city = self._city(role, index)
        counties = _counties(city)
        region = random.choice(counties)
        code, org_type = _TYPES.get(known.kinds.split()[-1], ("91", "有限责任公司"))
        title = random.choice(_STEMS) + random.choice(_TAILS) + known.word
        ending = "农民专业合作社" if code == "93" else "有限公司"
        full = f"{name(city)[:-1]}{title}（模拟）{ending}"
        return Organisation(
            role, number, index, city, region, full, make_uscc(code, region, number), org_type, gln(number)
        )

    def _city(self, role: str, index: int) -> str:
        """Spread evenly in proportion to the weights, also when there are few."""
        weights = _RURAL if ROLES[role].rural else _URBAN
        point = (index + 1) * _GOLDEN + self.seed * 0.137 + self.first[role] * 0.271
        point = point % 1 * sum(weights.values())
        for city, weight in weights.items():
            point -= weight
            if point < 0:
                return city
        return GUANGDONG_CITIES[0].code

    def all(self) -> Iterator[Organisation]:
        """Every organisation of a chain, one at a time."""
        for role, count in self.counts.items():
            for index in range(count):
                yield self._get(role, index)

    def authority(self, city: str) -> Organisation:
        """The market regulator of a city: it gives the licences."""
        index = next(i for i, c in enumerate(GUANGDONG_CITIES) if c.code == city)
        number = self.authorities + index
        title = f"{name(city)}市场监督管理局（模拟）"
        return Organisation(
            "authority", number, index, city, city, title, make_uscc("11", city, number), "机关", gln(number)
        )


@lru_cache(64)
def _counties(city: str) -> list[str]:
    return [c.code for c in counties_of(city)] or [city]


def items_of(one: Organisation) -> tuple[Item, ...]:
    """What an organisation makes."""
    lines = ROLES[one.role].lines
    return lines[one.place_in_role % len(lines)] if lines else ()
