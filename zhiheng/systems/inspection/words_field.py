"""Words that the scripts of the field say, and values of a sheet as people read them."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from zhiheng.core.ui import dates
from zhiheng.systems.inspection.rules_field import CHOICES, PHOTO_KINDS, Ask, moment_of


def sheet_value(ask: Ask, value: Any) -> str:
    """A value of a sheet in words."""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if ask.kind == "choice":
        return str(dict(CHOICES[ask.name]).get(value, value))
    moment = moment_of(str(value)) if ask.kind == "time" else None
    if moment is not None:
        return dates.words(moment)
    if ask.kind == "date":
        return dates.words(date.fromisoformat(str(value)))
    return str(value)


def field_words() -> dict[str, str]:
    """What the scripts say, in the reader's language."""
    return {
        "saved": _("已保存在本机"),
        "draft": _("草稿"),
        "waiting": _("待发送"),
        "sent": _("已发送"),
        "refused": _("服务器未接受"),
        "offline": _("没有网络：内容保存在本机，有网络时自动发送。"),
        "signIn": _("登录已过期。内容还在本机，请登录后继续发送。"),
        "signInLink": _("去登录"),
        "other": _("本机还有另一名抽样人员没有发送的记录，请其登录后发送。"),
        "ready": _("已备好离线使用"),
        "retry": _("暂时发不出去，稍后自动再试"),
        "photosLeft": _("张照片待发送"),
        "open": _("打开"),
        "edit": _("修改后再发"),
        "remove": _("删除"),
        "removeSure": _("删除这一份？删除后不能恢复。"),
        "required": _("必填"),
        "two": _("现场抽样人员不得少于两人。"),
        "spare": _("没有备用样品的，请写明原因。"),
        "bought": _("没有购买的，请写明原因。"),
        "seal": _("备用样品须另行封样。"),
        "signature": _("请签字，或者勾选拒绝签字。"),
        "refusedWhy": _("请注明拒绝签字的情况。"),
        "organisation": _("被抽样单位与任务不同，请写明原因。"),
        "mustNot": _("请核对不得抽样的情形。"),
        "onlineNeeds": _("网络抽样须记录。"),
        "prices": _("以价格阻碍的，请写明两个价格。"),
        "mend": _("请更正以下各处"),
        "clear": _("重签"),
        "scan": _("扫码"),
        "scanPhoto": _("拍照读码"),
        "stop": _("停止"),
        "noCode": _("没有读出码，请靠近再试，或者输入码下的数字。"),
        "known": _("已登记的产品"),
        "unknown": _("没有登记这个商品条码，请照标签填写。"),
        "badCode": _("码有错，请核对。"),
        "number": _("抽样单号"),
        "noPicture": _("读不了这张照片，请用 JPEG、PNG 或 WebP。"),
        "full": _("本机存储已满，请先发送或者删除已有的照片。"),
        **{f"photo_{kind}": str(label) for kind, label in PHOTO_KINDS.items()},
    }
