"""Sentences of published notices: who sold and who is said to have made what, what failed, who tested it.

Pure text to fields. The grammar is that of the notices of market regulators (``SENTENCES``); what a sentence says in
another way is left to a person, and every guess is named in ``doubts``.
"""

import re
from dataclasses import dataclass, field
from datetime import date

MAX_SENTENCE = 500  # notices have sentences of a hundred characters; matching costs more than length
_PUNCTUATION = str.maketrans({",": "，", ";": "；", ":": "：", "(": "（", ")": "）", "　": " "})
#: Titles of clauses (GB 4706.1, GB 8898 and others) that have 和 or 、 in them: one item each.
TITLES = (
    "电气间隙、爬电距离和固体绝缘", "辐射、毒性和类似危险", "工作温度下的泄漏电流和电气强度", "泄漏电流和电气强度",
    "电源连接和外部软线", "稳定性和机械危险", "输入功率和电流", "标志和说明", "耐热和耐燃", "结构和装配质量",
    "螺钉和连接",
    "防腐剂混合使用时各自用量占其最大使用量的比例之和",
)  # fmt: skip
#: What a person is told to look at, by code; the words are in ``words_notices``.
DOUBTS = (
    "no_grammar", "no_product", "no_item", "no_organisation", "two_products", "items_joined", "producer_is_supplier",
    "inline_details", "no_value", "no_count",
)  # fmt: skip


@dataclass
class Line:
    """A failing sample as a notice states it; with ``batches``, what came of a group of products."""

    text: str
    sampled_name: str = ""
    sampled_address: str = ""
    producer_name: str = ""
    producer_address: str = ""
    supplier_name: str = ""
    product: str = ""
    brand: str = ""
    spec: str = ""
    batch: str = ""
    items: list[dict[str, str]] = field(default_factory=list)
    laboratory: str = ""
    platform: str = ""
    remark: str = ""
    batches: int | None = None
    nonconforming: int | None = None
    doubts: list[str] = field(default_factory=list)

    @property
    def confidence(self) -> float:
        """How sure the parser is, from 0 to 1: our own scale, one fifth less for each doubt, none without a grammar."""
        if "no_grammar" in self.doubts:
            return 0.0
        return round(max(0.1, 1 - 0.2 * len(self.doubts)), 1)


_ORG = r"[^，。；]+?"
_FAILS = (
    r"(?:不符合(?:[^，。；]*?)(?:标准|规定|要求|规范)(?:规定|要求)?|检验不合格|不合格|超标|超限量|项目不合格)"
)
_LAB = r"检验(?:检测)?机构(?:为|是|：)?(?P<lab>[^，。；]+)"
_SOLD = r"(?:销售|经营|采购|使用|售卖|生产销售|加工销售|自制)"
_TELLS = r"不符合|超标|检出|超限量|标称|标示|(?:销售|生产|使用|采购|经营)的"
SENTENCES = tuple(
    re.compile(pattern)
    for pattern in (
        # 标称供应商为甲、乙销售的丙不合格，…
        rf"标称供应商(?:为|：)(?P<supplier>{_ORG})、(?P<sampled>{_ORG}){_SOLD}的(?P<product>.+?)(?:检验)?不合格(?P<rest>，.*)?",
        # 标称甲生产、乙销售的丙不合格，不合格项目为…
        (
            rf"(?:标称|标示为|标示)(?P<producer>{_ORG})(?P<on>\d{{4}}年\d{{1,2}}月\d{{1,2}}日)?生产、"
            rf"由?(?P<sampled>{_ORG}){_SOLD}的(?P<product>.+?)"
            rf"(?:(?:检验)?不合格(?P<rest>，.*)|，检出(?P<found>[^，。；]+)|，(?P<items>[^。；]+?){_FAILS})"
        ),
        # 甲销售的标称乙生产的丙，丁不符合…
        rf"(?:(?P<sampled>{_ORG}){_SOLD}的)?(?:标称|标示为|标示)(?P<producer>{_ORG})(?:委托[^，]+?)?生产的(?P<product>.+?)，(?P<items>[^。；]+?){_FAILS}",
        # 甲销售的丙，丁不符合…
        rf"(?P<sampled>{_ORG}){_SOLD}的(?P<product>.+?)，(?P<items>[^。；]+?){_FAILS}",
        # 甲生产的丙，丁不合格
        rf"(?P<producer>{_ORG})生产的(?P<product>.+?)，(?P<items>[^。；]+?){_FAILS}",
    )
)


def lines(text: str) -> list[Line]:
    """Every sentence of a notice that tells of a failing sample. Sentences that tell of nothing are not lines."""
    found = []
    for sentence in _sentences(text):
        said = read(sentence)
        if said is not None:
            found.append(said)
    return found


def _sentences(text: str) -> list[str]:
    """Cut at full stops and line ends; "检验机构为…" belongs to the sentence before it."""
    cut: list[str] = []
    for one in re.split(r"[。\n\r]+|；(?=[^（）]*$)", text.replace("\x00", "")):
        one = re.sub(
            r"^\s*(?:[（(]?[一二三四五六七八九十\d]{1,3}[)）、.．](?![\d%])\s*)+", "", one.strip()
        ).strip()
        if not one:
            continue
        if cut and re.match(r"检验(?:检测)?机构", one):
            cut[-1] += f"，{one}"
        else:
            cut.append(one)
    return cut


def read(sentence: str) -> Line | None:
    """One sentence. None where it tells of no failing sample; a line without fields where its grammar is unknown."""
    said = sentence.translate(_PUNCTUATION).strip("。； ")
    if not re.search(r"不符合|不合格|超标|检出|超限量", said):
        return None
    line = Line(sentence)
    if len(said) > MAX_SENTENCE:
        line.doubts = ["no_grammar"]
        return line
    lab = re.search(_LAB, said)
    if lab:
        line.laboratory = lab["lab"].strip()
        said = (said[: lab.start()] + said[lab.end() :]).strip("，")
    for number, pattern in enumerate(SENTENCES):
        match = pattern.fullmatch(said) or pattern.match(said)
        if match:
            _fill(line, match, number)
            return line
    if re.search(r"批次|抽检|抽查|通告|样品\d", said) or not re.search(_TELLS, said):
        return None  # the notice's own summing up
    line.doubts = ["no_grammar"]
    return line


def _fill(line: Line, match: "re.Match[str]", number: int) -> None:
    got = match.groupdict()
    line.sampled_name = (got.get("sampled") or "").strip()
    line.producer_name = (got.get("producer") or "").strip()
    line.supplier_name = (got.get("supplier") or "").strip()
    line.batch = _day(got.get("on") or "")
    if line.supplier_name:
        line.doubts.append("producer_is_supplier")
    _product(line, (got.get("product") or "").strip())
    rest = got.get("rest") or ""
    if rest:
        _rest(line, rest)
    elif got.get("found"):
        line.items = [{"item": got["found"].strip(), "measured": "检出", "limit": ""}]
    else:
        tail = match.group(0)
        measured = "超标" if tail.endswith("超标") else ""
        names, joined = split_items(got.get("items") or "")
        line.items = [{"item": name, "measured": measured, "limit": ""} for name in names]
        if joined:
            line.doubts.append("items_joined")
    for doubt, wrong in (
        ("no_product", not line.product),
        ("no_item", not line.items),
        ("no_organisation", not (line.sampled_name or line.producer_name)),
    ):
        if wrong:
            line.doubts.append(doubt)


#: What stands before the product: 商标X、型号Y、批号Z的…, 规格为X的…
_LEAD = re.compile(
    r"(?:(?:，|、)?(?P<key>商标|型号|规格型号|规格|批号)(?:为|：)?(?P<value>.+?)(?=(?:、|，)?(?:商标|型号|规格型号|规格|批号)|的))"
)
_KEYS = {"商标": "brand", "型号": "spec", "规格型号": "spec", "规格": "spec", "批号": "batch"}


def _product(line: Line, text: str) -> None:
    """The product's name, without what a notice packs around it."""
    inner = re.search(r"（(?P<in>[^（）]*规格型号[^（）]*)）$", text)
    if inner:
        kept = []
        for part in inner["in"].split("，"):
            spec = re.fullmatch(r"规格型号(?:为|：)?(.+)", part)
            if spec:
                line.spec = spec[1].strip()
            else:
                kept.append(part)
        text = text[: inner.start()] + (f"（{'，'.join(kept)}）" if kept else "")
        line.doubts.append("inline_details")
    if re.match(r"商标|型号|规格|批号", text) and "的" in text:
        at = 0
        while lead := _LEAD.match(text, at):
            setattr(line, _KEYS[lead["key"]], lead["value"].strip("、， "))
            at = lead.end()
        if at and text[at : at + 1] == "的":
            text = text[at + 1 :]
        line.doubts.append("inline_details")
    line.product = text.strip()
    if re.search(r"[^（）]和[^（）]", re.sub(r"（[^）]*）", "", line.product)):
        line.doubts.append("two_products")


def _rest(line: Line, rest: str) -> None:
    """不合格项目为X，检出值为V，标准值为L，生产日期D."""
    items = re.search(r"不合格项目(?:为|是|：)?(?P<item>.+?)(?=，|检出值|检验结果|实测值|$)", rest)
    value = re.search(r"(?:检出值|检验结果|实测值)(?:为|：)?(?P<value>[^，]+)", rest)
    limit = re.search(r"(?:标准值|标准要求|限值)(?:为|：)?(?P<limit>[^，]+)", rest)
    day = re.search(r"生产日期(?:为|：)?(?P<day>[^，]+)", rest)
    batch = re.search(r"批号(?:为|：)?(?P<batch>[^，]+)", rest)
    if items:
        names, joined = split_items(items["item"])
        if joined:
            line.doubts.append("items_joined")
        one = len(names) == 1
        line.items = [
            {
                "item": name,
                "measured": value["value"].strip() if value and one else "",
                "limit": limit["limit"].strip() if limit and one else "",
            }
            for name in names
        ]
        if value and not one:
            line.doubts.append("no_value")
    if day or batch:
        line.batch = _day(day["day"].strip()) if day else batch["batch"].strip()  # type: ignore[index]


def _day(text: str) -> str:
    """2021年1月5日 as 2021-01-05; anything else as it is."""
    found = re.fullmatch(r"(\d{4})年(\d{1,2})月(\d{1,2})日", text)
    if not found:
        return text
    try:
        return date(int(found[1]), int(found[2]), int(found[3])).isoformat()
    except ValueError:
        return text


def split_items(text: str) -> tuple[list[str], bool]:
    """The items of a list, and whether one was cut at a 和, which may be part of its name.

    What stands in brackets, and the known titles of clauses, are not cut.
    """
    text = re.sub(r"^(?:其中|经检验|，)+", "", text.strip("，、 ")).removesuffix("项目").strip()
    kept: dict[str, str] = {}

    def hide(match: "re.Match[str]") -> str:
        kept[key := f"\ue000{len(kept)}\ue001"] = match.group(0)
        return key

    hidden = re.sub("|".join(map(re.escape, TITLES)), hide, text)
    hidden = re.sub(r"（[^（）]*(?:（[^（）]*）[^（）]*)*）", hide, hidden)
    parts = [part for part in re.split(r"[、；;]|(?<!之)和|以及", hidden) if part.strip()]
    joined = bool(re.search(r"(?<!之)和|以及", hidden))

    def show(part: str) -> str:
        while "\ue000" in part:
            part = re.sub("\ue000\\d+\ue001", lambda m: kept[m.group(0)], part)
        return part.strip("，、 ")

    return [show(part) for part in parts], joined
