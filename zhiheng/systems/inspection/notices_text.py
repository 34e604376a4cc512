"""Sentences of published notices: who sold and who is said to have made what, what failed, who tested it.

Pure text to fields. The grammar is that of the notices of market regulators (``SENTENCES``); what a sentence says in
another way is left to a person, and every guess is named in ``doubts``.
"""

import re
from dataclasses import dataclass, field
from datetime import date

MAX_SENTENCE = 500  # notices have sentences of a hundred characters; matching costs more than length
MAX_GROUP = (
    5000  # of a sentence that lists samples with the items they share, which is cut before it is matched
)
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
    "inline_details", "no_value", "no_count", "shared_items", "is_source",
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
    r"(?:不符合(?:(?:(?!不符合)[^，。；])*?)(?:标准|规定|要求|规范)(?:规定|要求)?|检验不合格|不合格|超标|超限量|项目不合格"
    r"|，?超出(?:国家)?标准(?:限)?值?(?P<over>[^，。；]*))"
)
_ITEMS = r"(?P<items>(?:(?!不符合)[^。；])+?)"
_LAB = r"检验(?:检测)?机构(?:为|是|：)?(?P<lab>[^，。；]+)"
_SOLD = r"(?:销售|经营|采购|使用|售卖|生产销售|加工销售|自制|自消毒)"
_SAID = r"(?:标称|标示为|标示)"
_TELLS = r"不符合|超标|检出|超限量|标称|标示|(?:销售|生产|使用|采购|经营)的"
SENTENCES = tuple(
    re.compile(pattern)
    for pattern in (
        # 标称供应商为甲、乙销售的丙不合格，…
        rf"标称供应商(?:为|：)(?P<supplier>{_ORG})、(?P<sampled>{_ORG}){_SOLD}的(?P<product>.+?)(?:检验)?不合格(?P<rest>，.*)?",
        # 标称甲生产、乙销售的丙不合格，不合格项目为…
        (
            rf"{_SAID}(?P<producer>{_ORG})(?P<on>\d{{4}}年\d{{1,2}}月\d{{1,2}}日)?生产、"
            rf"由?(?P<sampled>{_ORG}){_SOLD}的(?P<product>.+?)"
            rf"(?:(?:检验)?不合格(?P<rest>，.*)|，检出(?P<found>[^，。；]+)|，{_ITEMS}{_FAILS})"
        ),
        # 甲销售的标称乙生产的丙，丁不符合…
        (
            rf"(?:(?P<sampled>{_ORG}){_SOLD}的、?)?{_SAID}(?P<producer>{_ORG})(?:委托(?P<made>[^，]+?))?生产的(?P<product>.+?)，"
            rf"{_ITEMS}{_FAILS}"
        ),
        # 甲销售的丙，丁不符合…
        rf"(?P<sampled>{_ORG}){_SOLD}的(?:、?来自(?P<source>[^，]+?)的)?(?P<product>.+?)，{_ITEMS}{_FAILS}",
        # 甲生产的丙，丁不合格
        rf"(?P<producer>{_ORG})生产的(?P<product>.+?)，{_ITEMS}{_FAILS}",
        # 甲的丙，丁不符合…
        rf"(?P<sampled>[^，。；的]{{4,}})的(?P<product>[^，。；的]+?)，{_ITEMS}{_FAILS}",
    )
)
#: 丙检出值为V，标准规定为L: what was found of an item, and what is allowed.
_VALUE = re.compile(
    r"(?P<item>[^，]+?)(?:\d次)?(?:检出值|检测值|实测值|含量)(?:分别)?(?:为|：)?(?P<value>[^，]+)"
    r"(?:，标准(?:规定|要求|值)(?:为|：)?(?P<limit>[^，]+)|，超过[^，（]*标准（(?P<most>[^）]+)）)?"
)
_MEASURED = re.compile(
    rf"(?P<sampled>[^，]+?)(?:{_SOLD}的|的|(?:由|于)(?P<source>[^，]+?)(?:供货|提供|购进)(?:并使用)?的)、?"
    rf"(?:{_SAID}(?P<producer>[^，]+?)(?:委托(?P<made>[^，]+?))?生产的)?(?P<product>(?:(?!不合格)[^，])+)，"
    rf"(?P<values>{_VALUE.pattern.replace('?P<', '?P<_')}.*)"
)
#: What goes on about the sample of the sentence before.
_GOES_ON = re.compile(r"检验(?:检测)?机构|标准(?:规定|要求|值)")
#: A clause that begins with who sold or is said to have made something: a sample of its own in a group.
_HEAD = re.compile(rf"(?:{_ORG}{_SOLD}的|{_SAID}{_ORG}生产的)[^，]+")
#: What stands before the sample and says nothing of it: 据悉，此外，方便食品中，其中3批次检出微生物问题，分别为…
_BEFORE = re.compile(r"^[^，]*?(?:分别为|样品为|产品为|食品为)")
_PLATFORM = re.compile(r"在(?P<on>[^（），]+)(?:（(?:网站|手机APP|APP|网络平台|网络商城)）)(?:商城|平台)?$")


_IN_BRACKETS = re.compile(r"（[^（）]*）")
_COMMA = "\ue010"  # stands for a comma in brackets, which parts nothing


def _hide(text: str) -> str:
    return _IN_BRACKETS.sub(lambda found: found[0].replace("，", _COMMA), text)


def _show(text: str) -> str:
    return text.replace(_COMMA, "，")


def lines(text: str) -> list[Line]:
    """Every sentence of a notice that tells of a failing sample, and every sample of one that tells of several.

    Sentences that tell of nothing are not lines.
    """
    return [line for sentence in _sentences(text) for line in _group(sentence)]


def _sentences(text: str) -> list[str]:
    """Cut at full stops, line ends, semicolons outside brackets; what has no sample of its own goes with the last."""
    cut: list[str] = []
    for one in re.split(r"[。\n\r]+|；(?![^（]*）)", text.replace("\x00", "").translate(_PUNCTUATION)):
        one = re.sub(
            r"^\s*(?:(?:（[一二三四五六七八九十\d]{1,3}）|[一二三四五六七八九十\d]{1,3}[）、.．](?![\d%]))\s*)+",
            "",
            one.strip(),
        ).strip()
        if not one:
            continue
        if cut and (
            _GOES_ON.match(one) or (_VALUE.match(one) and "的" not in re.sub(r"（[^）]*）", "", one))
        ):
            cut[-1] += f"，{one}"
        else:
            cut.append(one)
    return cut


def _group(sentence: str) -> list[Line]:
    """The samples of a sentence: one, or several that are listed before the items that all of them failed."""
    clauses = re.sub(rf"({_SOLD}的)，(?={_SAID})", r"\1", _hide(sentence)).split("，")
    clauses = [_BEFORE.sub("", clause, count=1) if _HEAD.match(clause) else clause for clause in clauses]
    heads = [number for number, clause in enumerate(clauses) if _HEAD.match(clause)]
    last = heads[-1] if heads else 0
    if len(heads) < 2 or len(sentence) > MAX_GROUP or last + 1 == len(clauses):
        line = read("，".join(clauses[heads[0] if heads else 0 :]))
        found = [line] if line is not None else []
    else:
        failed, found = "，".join(clauses[last + 1 :]), []
        for at, next_ in zip(heads, [*heads[1:], last + 1], strict=True):
            line = read(f"{'，'.join(clauses[at:next_])}，{failed}")
            if line is not None:
                line.doubts.append("shared_items")
                found.append(line)
    for line in found:
        line.text = sentence
    return found


def read(sentence: str) -> Line | None:
    """One sample. None where the sentence tells of no failing one; without fields where its grammar is unknown."""
    said = _hide(sentence.translate(_PUNCTUATION).strip("。； "))
    if not re.search(r"不符合|不合格|超标|检出|超限量|超出|超过|检测值|实测值", said):
        return None
    line = Line(_show(sentence))
    if len(said) > MAX_SENTENCE:
        line.doubts = ["no_grammar"]
        return line
    lab = re.search(_LAB, said)
    if lab:
        line.laboratory = _show(lab["lab"].strip())
        said = (said[: lab.start()] + said[lab.end() :]).strip("，")
    if measured := _MEASURED.fullmatch(said):
        _fill(line, measured)
        return line
    for pattern in SENTENCES:
        match = pattern.fullmatch(said) or pattern.match(said)
        if match:
            _fill(line, match)
            for more in re.finditer(rf"[、，；]([^、，。；]+?){_FAILS}", said[match.end() :]):
                line.items.append({"item": _show(more[1]), "measured": "", "limit": ""})
            return line
    told = re.match(rf"{_ORG}{_SOLD}的\d+批次", said)
    if (not told and re.search(r"批次|抽检|抽查|通告|样品\d", said)) or not re.search(_TELLS, said):
        return None  # the notice's own summing up
    if ("，" not in said or re.search(r"可能|原因", said)) and not re.search(rf"{_SOLD}的|{_SAID}", said):
        return None  # a heading, or what a notice explains of an item
    line.doubts = ["no_grammar"]
    return line


def _fill(line: Line, match: "re.Match[str]") -> None:
    got = {name: text and _show(text) for name, text in match.groupdict().items()}
    line.sampled_name = (got.get("sampled") or "").strip()
    if on := _PLATFORM.search(line.sampled_name):
        line.platform, line.sampled_name = on["on"], line.sampled_name[: on.start()]
    line.producer_name = (got.get("producer") or "").strip()
    line.supplier_name = (got.get("supplier") or got.get("source") or "").strip()
    line.batch = _day(got.get("on") or "")
    if line.supplier_name:
        line.doubts.append("is_source" if got.get("source") else "producer_is_supplier")
    if got.get("made"):
        line.remark = f"委托{got['made']}生产"
    _product(line, (got.get("product") or "").strip())
    rest = got.get("rest") or ""
    if got.get("values"):
        line.items = [
            {"item": one["item"], "measured": one["value"], "limit": one["limit"] or one["most"] or ""}
            for one in _VALUE.finditer(got["values"])
        ]
    elif rest:
        _rest(line, rest)
    elif got.get("found"):
        line.items = [{"item": got["found"].strip(), "measured": "检出", "limit": ""}]
    elif got.get("over"):
        item, value = re.fullmatch(r"(.*?)([\d.].*)?", got["items"].strip("，")).groups()  # type: ignore[union-attr]
        line.items = [{"item": item, "measured": value or "超标", "limit": f"≤{got['over']}"}]
    else:
        measured = "超标" if match.group(0).endswith("超标") else ""
        names, joined = split_items(got.get("items") or "")
        line.items = [{"item": name, "measured": measured, "limit": ""} for name in names]
        if joined:
            line.doubts.append("items_joined")
    broken = any(
        text.count("（") != text.count("）") for text in (line.product, *(i["item"] for i in line.items))
    )
    for doubt, wrong in (
        ("inline_details", broken and "inline_details" not in line.doubts),
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


_PACKED = {
    "规格型号": "spec",
    "规格": "spec",
    "生产日期": "batch",
    "购进日期": "batch",
    "批号": "batch",
    "商标": "brand",
}


def _product(line: Line, text: str) -> None:
    """The product's name, without what a notice packs around it."""
    inner = re.search(rf"（(?P<in>[^（）]*(?:{'|'.join(_PACKED)})[^（）]*)）$", text)
    if inner:
        kept = []
        for part in re.split("[，；]", inner["in"]):
            said = re.fullmatch(rf"\s*(?P<key>{'|'.join(_PACKED)})(?:为|：)?(?P<value>.+)", part)
            if said:
                setattr(line, _PACKED[said["key"]], _day(said["value"].strip()))
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
    line.product = re.sub(r"^\d+批次", "", text.strip("、 "))
    if re.search(r"[^（）][和、][^（）]", re.sub(r"（[^）]*）", "", line.product)):
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
    text = (
        re.sub(r"^(?:经[^，]*检验(?:发现)?，|其中|其|检测出|检出|，)+", "", text.strip("，、 "))
        .removesuffix("项目")
        .strip()
    )
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
