"""What lists of cases are made of, in every room that has one."""

from django.urls import reverse
from django.utils.translation import gettext as _

from zhiheng.core.cases import offices, running, words
from zhiheng.core.ui import dates
from zhiheng.core.ui.tables import Column, Filter
from zhiheng.knowledge.law.load import law


def columns(*, office: bool = True) -> list[Column]:
    """Number, procedure, matter, subject, state, handler, next due, office, receipt."""
    return [
        Column("number", _("案号"), sort="number", link=lambda c: reverse("cases:case", args=[c.pk])),
        Column("procedure", _("程序"), lambda c: words.of(law().procedures[c.procedure])),
        Column("title", _("事由")),
        Column("subject", _("对象"), lambda c: c.subject.name if c.subject else c.subject_name),
        Column("state", _("状态"), lambda c: words.state(running.course_of(c), c.state)),
        Column("handler", _("承办人"), lambda c: c.handler.get_full_name() if c.handler else _("待指派")),
        Column("due_at", _("最近到期"), lambda c: dates.until(c.due_at) if c.due_at else None, sort="due_at"),
        Column("region", _("办理机关"), lambda c: offices.name(c.region), hidden=office),
        Column("received_at", _("收到时间"), sort="received_at", hidden=True),
    ]


def open_filter() -> Filter:
    """Open cases, or those that are closed."""
    return Filter(
        "open", _("办理"), [("open", _("在办")), ("closed", _("办结"))],
        lambda s, v: s.filter(closed_at__isnull=v == "open"),
    )  # fmt: skip
