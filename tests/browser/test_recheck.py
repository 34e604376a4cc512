"""The re-check of an order on real screens: given at the desk, sampled in a cellar without a network, decided on."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.browser.test_field_offline import Telephone
from tests.inspection.test_recheck import Again, again  # noqa: F401  the scene
from zhiheng.core.accounts.models import User
from zhiheng.core.ui import dates
from zhiheng.systems.inspection.models import Sample, Task

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def order(settings, again: Again) -> Again:  # noqa: F811
    settings.DEMO = True
    User.objects.update(is_demo=True)
    for user in User.objects.all():
        user.display_name = f"演示{user.username}。"
        user.save()
    return again


def test_an_order_is_rechecked_from_the_desk_to_the_cellar_and_back(order: Again, open_page) -> None:
    desk = Desk(open_page, "chen。")
    desk.see(order.case)
    form = f"/desk/inspection/after/{order.case.pk}/recheck/"
    desk.page.goto(form)
    desk.sound()
    for number in ("2001", "2002"):
        desk.page.check(f"[name=inspectors][value='{number}']")
    desk.page.fill("[name=due_on]", f"{dates.today() + timedelta(days=9)}")
    desk.page.fill("[name=laboratory]", order.s.other_lab.uscc)
    desk.page.get_by_role("button", name="安排复查").click()
    expect(desk.page).to_have_url(re.compile(f"/desk/cases/{order.case.pk}/$"))
    desk.sound()
    task = Task.objects.get(rectification=order.case)

    telephone = Telephone(open_page, "goes1。")
    telephone.ready()
    telephone.context.set_offline(True)
    telephone.page.get_by_role("link", name="填写抽样单").click()
    telephone.sheet()
    assert telephone.page.locator("[name=price]").count() == 0
    assert telephone.page.input_value("[name=brand]") == "小象"
    given = {"base_quantity": "40 件", "quantity": "3 件", "spare_quantity": "3 件", "seal_sample": "F1", "seal_spare": "F2",
             "batch": "20261101", "signer": "陈店长"}  # fmt: skip
    for name, value in given.items():
        telephone.page.fill(f"[name={name}]", value)
    telephone.page.check("[name=may_sample]")
    telephone.sign()
    telephone.submit()
    telephone.shows("waiting")
    telephone.come_back()
    telephone.shows("sent")
    sample = Sample.objects.get(task=task)
    assert sample.rectification == order.case and sample.price is None

    order.test(sample, "0.1", "FC-1")
    desk.see(order.case)
    desk.page.get_by_role("link", name="复查合格").first.click()
    expect(desk.page.locator("[name=recheck_no]")).to_have_value("FC-1")
    for width in (360, 1280):
        for language in ("zh-hans", "en"):
            desk.page.set_viewport_size({"width": width, "height": 900})
            desk.page.context.add_cookies(
                [{"name": "django_language", "value": language, "url": desk.page.url.partition("/desk")[0]}]
            )
            for path in (f"/desk/cases/{order.case.pk}/", form, f"/desk/inspection/sheets/{sample.pk}/",
                         f"/desk/inspection/tasks/{task.pk}/", "/desk/inspection/tasks/"):  # fmt: skip
                desk.page.goto(path)
                desk.sound()
