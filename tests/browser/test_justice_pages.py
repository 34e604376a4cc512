"""The desks of police, procurators, watchers and their offices in a real browser, at every width and in both languages."""

import pytest

from tests.browser.test_pages import LOOKS, check
from tests.justice.world import world
from tests.redress.people import market
from zhiheng.core.accounts.models import User
from zhiheng.core.ui import dates
from zhiheng.systems.justice import actions as justice
from zhiheng.systems.justice.queries import documents_that_may_go
from zhiheng.systems.watchers import actions as watchers

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def addresses(settings):
    """What each sees, with something on every page."""
    settings.DEMO, settings.RATE = True, 100_000
    w = world()
    justice.enclose(w.chen, w.transfer, [d.pk for d in documents_that_may_go(w.penalty)])
    w.hand_over()
    User.objects.filter(username="chen").update(username="chen-of-justice")
    m = market()
    policy = m.policy()
    m.take(m.seller, "agree", demand=["refund"], performance="退款", promised_by=dates.today().isoformat())
    eyes = User.objects.create_user("eyes", role="watcher", region="440105")
    one = watchers.apply("梁观察", "13900000000", "440105", "食品", "江南西", "")
    one = watchers.appoint(w.head, one, dates.today(), dates.today(), "eyes")
    watchers.give_task(w.head, [one], "月饼", "看标签", dates.today())
    clue = watchers.give_clue(
        eyes, facts="过期", place_name="市场", address="", seen_at=w.transfer.received_at
    )
    case = f"/desk/cases/{w.transfer.pk}/"
    return {
        "police": ["/desk/justice/", case, f"{case}step/sign/", "/desk/cases/"],
        "proc": ["/desk/justice/", case],
        "head": [
            "/desk/justice/", "/desk/justice/figures/", case, f"/desk/justice/{w.transfer.pk}/enclose/",
            f"/desk/cases/{w.penalty.pk}/", "/desk/redress/", "/desk/redress/figures/", f"/desk/cases/{m.case.pk}/",
            "/desk/watchers/", f"/desk/watchers/{one.pk}/", f"/desk/watchers/{one.pk}/appoint/", "/desk/watchers/task/",
            "/desk/watchers/new/", "/desk/watchers/figures/", f"/desk/cases/{clue.pk}/",
        ],
        "seller": [
            "/desk/redress/", "/desk/redress/policies/", "/desk/redress/policies/new/",
            f"/desk/redress/policies/{policy.pk}/claim/", f"/desk/cases/{m.case.pk}/",
        ],
        "eyes": ["/desk/watching/", "/desk/watching/clue/", f"/desk/cases/{clue.pk}/"],
    }  # fmt: skip


@pytest.mark.parametrize(("width", "language", "scheme"), LOOKS[::2] + LOOKS[1:2])
def test_their_pages(open_page, addresses, width, language, scheme):
    page = open_page(width=width, language=language, scheme=scheme)
    for username, pages in addresses.items():
        User.objects.filter(is_demo=True).update(is_demo=False)
        User.objects.filter(username=username).update(is_demo=True)
        page.goto("/accounts/demo/?next=/accounts/")
        page.locator("li form button[name=user]").click()
        page.wait_for_url("**/accounts/")
        check(page, pages, language)
