"""The words of EPCIS and CBV, and of what is wrong with a chain, as people read them."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

QUALIFIERS = {"10": _("批号"), "21": _("序列号"), "22": _("变体"), "235": _("防伪号")}

STEPS: dict[str, Promise] = {
    "accepting": _("验收"),
    "arriving": _("到达"),
    "assembling": _("组装"),
    "collecting": _("回收"),
    "commissioning": _("赋码"),
    "consigning": _("委托发运"),
    "creating_class_instance": _("生成批次"),
    "cycle_counting": _("循环盘点"),
    "decommissioning": _("注销"),
    "departing": _("发车"),
    "destroying": _("销毁"),
    "disassembling": _("拆解"),
    "dispensing": _("发放使用"),
    "encoding": _("写码"),
    "entering_exiting": _("进出关口"),
    "holding": _("暂存扣留"),
    "inspecting": _("检查"),
    "installing": _("安装"),
    "killing": _("标签灭活"),
    # Words of our own, where CBV has none.
    "urn:x-zhiheng:bizstep:slaughtering": _("屠宰"),
    "urn:x-zhiheng:bizstep:gas_filling": _("充装"),
    "loading": _("装车"),
    "other": _("其他"),
    "packing": _("包装"),
    "picking": _("拣货"),
    "receiving": _("收货"),
    "removing": _("拆下"),
    "repackaging": _("重新包装"),
    "repairing": _("维修"),
    "replacing": _("更换"),
    "reserving": _("预留编码"),
    "retail_selling": _("零售"),
    "sampling": _("抽样"),
    "sensor_reporting": _("传感器记录"),
    "shipping": _("发货"),
    "staging_outbound": _("待发"),
    "stock_taking": _("盘点"),
    "stocking": _("上架"),
    "storing": _("储存"),
    "transporting": _("运输"),
    "unloading": _("卸货"),
    "unpacking": _("拆包"),
    "void_shipping": _("撤销发货"),
}
TYPES: dict[str, Promise] = {
    "ObjectEvent": _("对象事件"),
    "AggregationEvent": _("聚合事件"),
    "TransactionEvent": _("交易事件"),
    "TransformationEvent": _("转化"),
    "AssociationEvent": _("关联事件"),
}
DOCUMENTS: dict[str, Promise] = {
    "bol": _("提单"),
    "cert": _("合格证"),
    "desadv": _("发货通知"),
    "inv": _("发票"),
    "pedigree": _("流通凭证"),
    "po": _("采购订单"),
    "poc": _("订单确认"),
    "prodorder": _("生产单"),
    "recadv": _("收货通知"),
    "rma": _("退货授权"),
    "testprd": _("检验方案"),
    "testres": _("检验结果"),
    "upevt": _("上游事件"),
}
HOLDING: dict[str, tuple[Promise, str]] = {
    "held": (_("持有"), "ok"),
    "in_transit": (_("在途"), "info"),
    "gone": (_("已售出或用完"), "muted"),
    "unknown": (_("不明"), "warn"),
}
EDGES: dict[str, Promise] = {
    "made": _("制成"),
    "belongs": _("批次所含单品"),
    "inside": _("装入"),
    "same": _("同物异码"),
    "moved": _("流转"),
    "sent": _("已发出，未见收货"),
}


class BreakWords(NamedTuple):
    """A kind of break: its name, what it means, what to ask the firm for."""

    name: Promise
    meaning: Promise
    ask: Promise


BREAKS: dict[str, BreakWords] = {
    "shipped_never_received": BreakWords(
        _("发出未收到"),
        _("有发货记录，没有对应的收货记录。货可能还在路上，也可能收货方没有报送，或货没有到。"),
        _("向收货方要收货记录或拒收说明；向发货方要送货单和签收单。"),
    ),
    "received_never_shipped": BreakWords(
        _("收到无来源"),
        _("有收货记录，没有对应的发货记录。来源说不清，可能是上家没有报送，也可能是来路不明的货。"),
        _("向收货方要供货者的名称、地址、联系方式和进货凭证；要求上家补报发货事件。"),
    ),
    "in_two_places_at_once": BreakWords(
        _("同时出现在两处"),
        _("同一件货在没有运输记录的情况下出现在另一处。可能漏报了发货或收货，也可能是码被复制、套用。"),
        _("请两处各自出示实物和记录；实物只有一件时查漏报，有两件时查仿冒。"),
    ),
    "consumed_before_made": BreakWords(
        _("先用后产"),
        _("投料、销售或拆分的时间早于它被生产出来的时间。通常是时间填错或补录，也可能是虚构的记录。"),
        _("请该主体出示生产记录和投料记录的原件，核对时间；错了就发更正声明后重报。"),
    ),
    "more_out_than_in": BreakWords(
        _("出多于进"),
        _("发出或用掉的数量超过进来或产出的数量。可能漏报了进货，也可能混入了别的货。"),
        _("请该主体提供该批次的进销存台账和盘点记录，核对数量与单位。"),
    ),
    "party_unknown": BreakWords(
        _("主体不明"),
        _("记录没有写明在哪里、由谁做的，无法找到负责的人。"),
        _("请报送人补上地点或收发双方的 GLN，并在主体库中登记该 GLN。"),
    ),
    "container_unpacked_twice": BreakWords(
        _("同一容器拆了两次"),
        _("容器已经拆空，又有一次拆出的记录，中间没有再装入。可能重复报送，也可能漏报了装入。"),
        _("请两次拆包的主体出示记录；补报装入事件，或声明其中一次有误。"),
    ),
}


FAULTS: dict[str, Promise] = {
    "missing-field": _("缺少必填项"),
    "unknown-field": _("标准里没有这一项"),
    "wrong-type": _("内容的类型不对"),
    "wrong-value": _("内容不在允许的范围内"),
    "duplicate-field": _("同一项写了两次"),
    "null-value": _("写了空值"),
    "empty": _("内容是空的"),
    "empty-list": _("列表是空的"),
    "no-items": _("没有写任何货物编码"),
    "too-large": _("文件或事件太大"),
    "too-deep": _("嵌套太深"),
    "too-many": _("重复项太多"),
    "json-syntax": _("不是正确的 JSON"),
    "xml-syntax": _("不是正确的 XML"),
    "xml-prologue": _("XML 的开头不对"),
    "xml-entity": _("XML 里不许有实体"),
    "xml-dtd": _("XML 里不许有 DTD"),
    "xml-encoding": _("XML 的字符编码不对"),
    "not-utf-8": _("字符编码不是 UTF-8"),
    "not-xml": _("不是 XML"),
    "not-epcis": _("不是 EPCIS 文件"),
    "not-events": _("这里应当是事件列表"),
    "not-an-event": _("这不是一个事件"),
    "stray-text": _("有多余的文字"),
    "wrong-body": _("文件主体不对"),
    "unknown-event-type": _("不认识的事件类型"),
    "unknown-document-type": _("不认识的文件类型"),
    "unknown-word": _("词表里没有这个词"),
    "schema-version": _("标准版本不对"),
    "content-type": _("内容与声明的类型不符"),
    "context": _("@context 不对"),
    "undeclared-prefix": _("用了没有声明的前缀"),
    "not-a-uri": _("不是 URI"),
    "future-time": _("时间在将来"),
    "time": _("时间写法不对"),
    "time-zone-offset": _("时区写法不对"),
    "quantity": _("数量不对"),
    "master-data": _("主数据不对"),
    "duplicate": _("以前收到过，不重复存"),
    "event-id-taken": _("事件号已被另一个内容不同的事件占用"),
    "action": _("动作（action）不对"),
    "ilmd": _("批次数据（ilmd）不该写在这里"),
    "uom": _("计量单位不对"),
    "truncated": _("文件不完整，中途断了"),
    "unreadable": _("文件读不出来"),
}


def fault(code: str) -> Promise | str:
    """What is wrong with an event, in words; codes of identifiers by what they begin with."""
    if code in FAULTS:
        return FAULTS[code]
    if "check" in code:
        return _("编码的校验码不符")
    if "length" in code:
        return _("编码的位数不对")
    return _("编码或内容不合规则")


def step(word: str | None) -> Promise | str:
    """A business step in words; one of somebody's own vocabulary as it is."""
    return STEPS.get(word or "", word or "—")


def break_name(kind: str) -> Promise | str:
    """A break in words."""
    return BREAKS[kind].name if kind in BREAKS else kind
