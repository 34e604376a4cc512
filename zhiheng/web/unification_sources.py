"""The five unifications (五统一), read from what the platform really runs on."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import msgspec
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiheng.core.exchange import contracts
from zhiheng.knowledge.codes import ai_table, keys, regions
from zhiheng.trace import breaks, completeness, words
from zhiheng.trace.epcis import vocab
from zhiheng.trace.epcis.model import EVENT_TYPES

Text = str | Promise


@dataclass(frozen=True)
class Group:
    """One table of a part: its edition, heads and rows."""

    title: Text
    edition: Text
    heads: tuple[Text, ...]
    rows: list[tuple[Any, ...]]
    open: bool = False


@dataclass(frozen=True)
class Part:
    """One of the five."""

    key: str
    title: Text
    says: Text
    groups: list[Group]


def parts() -> list[Part]:
    """The five in the policy's order: what is collected, coded, carried, exchanged, and by which rules."""
    return [
        Part("indicators", _("统一指标：采集什么"), _("事件和各类记录的数据字典。"), list(_indicators())),
        Part("codes", _("统一编码：怎么编码"), _("对象、主体、地点和用语的编码体系。"), list(_codes())),
        Part("formats", _("统一传输格式：怎么传"), _("接收和发出的文件与报文。"), list(_formats())),
        Part("interfaces", _("统一接口：从哪里传"), _("正在运行的接口地址。"), list(_interfaces())),
        Part("rules", _("统一规程：按什么规则"), _("记录进来时的检查和追溯链的检查。"), list(_rules())),
    ]


WORDS = {"str": gettext_lazy("文本"), "dict[str, Any]": gettext_lazy("扩展成员")}


def _kind(type_: Any) -> str:
    """A type annotation as the standard's readers know it: words for words, one-of as a list, list as X[]."""
    if get_origin(type_) is Literal:
        return " | ".join(get_args(type_))
    if get_origin(type_) is list:
        return f"{_kind(get_args(type_)[0])}[]"
    if get_origin(type_) in (Union, UnionType):
        return " | ".join(_kind(part) for part in get_args(type_) if part is not type(None))
    text = type_.__name__ if isinstance(type_, type) and get_origin(type_) is None else str(type_)
    return str(WORDS.get(text.replace("typing.", ""), text.rsplit(".", 1)[-1]))


def _indicators() -> Iterator[Group]:
    for name, struct in EVENT_TYPES.items():
        rows = [
            (field.encode_name, _kind(field.type), _("必填") if field.required else "")
            for field in msgspec.structs.fields(struct)
            if field.encode_name not in {"@context", "extensions", "type"}
        ]
        yield Group(
            _("追溯事件 %(name)s") % {"name": name},
            "EPCIS 2.0",
            (_("字段"), _("类型"), _("要求")),
            rows,
            name == "ObjectEvent",
        )
    for contract in contracts.every():
        yield Group(
            contract.title,
            " · ".join((contract.edition, _("本平台约定") if contract.source == "own" else contract.source)),
            (_("字段"), _("名称"), _("类型"), _("要求"), _("官方字段")),
            [
                (field.name, field.label, field.type, _("必填") if field.required else "", field.code)
                for field in contract.fields
            ],
        )


def _codes() -> Iterator[Group]:
    yield Group(
        _("主体、区划和领域编码"),
        _("见各行"),
        (_("对象"), _("编码"), _("依据")),
        [
            (_("组织"), _("统一社会信用代码，18 位，含校验字符"), "GB 32100-2015"),
            (
                _("行政区划"),
                _("6 位数字；广东省 %(count)d 个地级以上市") % {"count": len(regions.GUANGDONG_CITIES)},
                "GB/T 2260",
            ),
            (_("药品最小包装"), _("药品追溯码，20 位"), "NMPAB/T 1002-2019"),
            (_("医疗器械"), _("唯一标识 UDI：DI 与 PI"), "YY/T 1630-2018"),
            (_("物联网对象"), "Ecode：V · NSI · MD", "GB/T 31866-2023"),
        ],
        True,
    )
    yield Group(
        _("GS1 标识代码"),
        "GS1 General Specifications; GS1 Digital Link URI Syntax 1.4",
        (_("应用标识符"), _("代码"), _("限定符")),
        [
            (f"({key.ai})", key.name, " ".join(f"({ai})" for order in key.qualifiers for ai in order))
            for key in keys.PRIMARY.values()
        ],
    )
    for vocabulary in vocab.ALL:
        yield Group(
            _("用语：%(name)s") % {"name": vocabulary.name},
            "CBV 2.0",
            (_("词"), "URI"),
            [(word, vocabulary.web + word) for word in sorted(vocabulary.words)],
        )
    yield Group(
        _("应用标识符"),
        "GS1 General Specifications",
        (_("应用标识符"), _("名称"), "GS1", _("最大长度")),
        [(f"({ai.ai})", ai.zh, ai.title, ai.length) for ai in ai_table.table().values()],
    )


def _formats() -> Iterator[Group]:
    yield Group(
        _("文件与报文"),
        _("见各行"),
        (_("格式"), _("用于"), _("依据")),
        [
            ("EPCIS JSON / JSON-LD", _("追溯事件"), "EPCIS 2.0 (ISO/IEC 19987:2024)"),
            ("EPCIS XML", _("追溯事件"), "EPCIS 2.0 (ISO/IEC 19987:2024)"),
            ("EPCIS XML", _("追溯事件（接收）"), "EPCIS 1.2 (ISO/IEC 19987:2017)"),
            ("CSV, XLSX, JSON", _("登记和其他记录，按数据约定"), _("各数据约定的版本")),
            (_("事件标识"), _("事件去重"), "CBV 2.0 §8.9 event hash"),
            ("Linkset JSON", _("码的解析"), "RFC 9264"),
            ("problem+json", _("错误"), "RFC 9457"),
            ("QR, GS1 DataMatrix", _("标签"), "GS1 Digital Link URI Syntax 1.4"),
        ],
        True,
    )


INTERFACES = ("epcis", "api/v1/", "01/", ".well-known")


def _routes(patterns: list[Any], stem: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        path = stem + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield path, pattern.callback


def _interfaces() -> Iterator[Group]:
    rows = []
    for path, view in _routes(get_resolver().url_patterns):
        if not path.startswith(INTERFACES):
            continue
        # A view of the typed API is a path with one operation for each method.
        operations = getattr(getattr(view, "__self__", None), "operations", None)
        if operations:
            for operation in operations:
                rows.append((f"/{path}", ", ".join(operation.methods), operation.summary or ""))
        else:
            rows.append((f"/{path}", "", (view.__doc__ or "").strip().split("\n")[0]))
    yield Group(
        _("接口地址"),
        _("EPCIS 2.0 REST；其余为本平台接口第 1 版"),
        (_("地址"), _("方法"), _("说明")),
        sorted(set(rows)),
        True,
    )


def _rules() -> Iterator[Group]:
    yield Group(
        _("记录进来时"),
        "EPCIS 2.0; CBV 2.0",
        (_("检查"), _("不合时")),
        [
            (_("结构、类型、必填项"), _("退回，写明位置和改法")),
            (_("编码的形式和校验位"), _("退回，写明位置和改法")),
            (_("用语在词表之内"), _("退回，给出最接近的词")),
            (_("发生时间不在将来"), _("退回，写明位置和改法")),
            (_("事件标识与内容一致；同一事件只存一次"), _("作为重复告知，不另存")),
        ],
        True,
    )
    yield Group(
        _("追溯链的断链"),
        _("本平台规则第 1 版"),
        (_("断链"), _("意思"), _("代号")),
        [(words.BREAKS[kind].name, words.BREAKS[kind].meaning, kind) for kind in breaks.KINDS],
        True,
    )
    yield Group(
        _("法定记录项目"),
        _("见各行"),
        (_("谁"), _("记什么"), _("依据")),
        [
            (
                profile.who,
                _("、").join(str(field) for field in profile.fields),
                f"{profile.statute} ({profile.statute.edition})",
            )
            for profile in completeness.profiles()
        ],
        True,
    )
