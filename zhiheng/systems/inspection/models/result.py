"""What the public reads of results, so that it can be searched by firm, product and item."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from zhiheng.core import search
from zhiheng.systems.inspection.models.plan import Domain

INDEX = search.Index("inspection_checkresult", "inspection_result_search")


class CheckResult(models.Model):
    """A result as it was published: the columns that notices of failing food and products have. Whether it is public,
    and until when, says its disclosure alone."""

    class Result(models.TextChoices):
        PASS = "pass", _("合格")
        FAIL = "fail", _("不合格")

    disclosure = models.OneToOneField(
        "disclosure.Disclosure", on_delete=models.PROTECT, related_name="check_result"
    )
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="results")
    result = models.CharField(_("结论"), max_length=4, choices=Result.choices)
    domain = models.CharField(_("领域"), max_length=8, choices=Domain.choices)
    region = models.CharField(_("组织机关"), max_length=6)
    producer_name = models.CharField(_("标称生产企业名称"), max_length=200, blank=True)
    producer_address = models.CharField(_("标称生产企业地址"), max_length=300, blank=True)
    sampled_name = models.CharField(_("被抽样单位名称"), max_length=200, blank=True)
    product = models.CharField(_("产品名称"), max_length=200)
    spec = models.CharField(_("规格型号"), max_length=100, blank=True)
    brand = models.CharField(_("商标"), max_length=100, blank=True)
    batch = models.CharField(_("生产日期/批号"), max_length=100, blank=True)
    failing = models.TextField(_("不合格项目║检验结果║标准值"), blank=True)
    plan = models.CharField(_("任务来源"), max_length=200, blank=True)
    laboratory = models.CharField(_("检验机构"), max_length=200, blank=True)
    platform = models.CharField(_("电商平台"), max_length=200, blank=True)
    published_on = models.DateField(_("公开日期"))
    search = models.TextField(default="", editable=False)

    class Meta:
        ordering = ["-published_on", "-id"]
        indexes = [models.Index(fields=["-published_on", "-id"], name="inspection_result_newest")]

    def __str__(self) -> str:
        return f"{self.product}: {self.result}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep what it is found by."""
        self.search = search.document(
            self.product, self.producer_name, self.sampled_name, self.brand, self.failing
        )
        super().save(*args, **kwargs)
