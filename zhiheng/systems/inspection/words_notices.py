"""What the reader of notices was unsure of, in words."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

DOUBTS: dict[str, Promise] = {
    "no_grammar": _("读不懂这个句子，请人工填写"),
    "no_product": _("没有读出产品"),
    "no_item": _("没有读出不合格项目"),
    "no_organisation": _("没有读出生产者和被抽样单位"),
    "two_products": _("可能是两个产品写在一起"),
    "items_joined": _("不合格项目在“和”处分开，可能原是一项"),
    "producer_is_supplier": _("写的是供应商，不是生产者"),
    "inline_details": _("规格、商标、批号是从产品名称里分出来的"),
    "no_count": _("不合格批次没有写明，或者多于抽检批次"),
    "shared_items": _("一个句子写了几个样品，不合格项目是它们共有的"),
    "is_source": _("写的是进货来源，不是生产者"),
    "no_value": _("检验结果或者标准值与项目对不上"),
}
