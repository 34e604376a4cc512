"""The file of an organisation: what is in it, who sees which of it, what the public sees and how long."""

from datetime import timedelta

import pytest
from django.urls import reverse

from tests.cases.people import HAIZHU, TIANHE, officer
from tests.credit.world import account, fact, firm, licence, public, representative
from tests.enforcement.scenes import Office, imposed, take
from zhiheng.core.facts import actions
from zhiheng.core.facts.gathering import gather
from zhiheng.core.facts.models import Fact
from zhiheng.core.ui import dates
from zhiheng.systems.credit import queries

pytestmark = pytest.mark.django_db


def signed_in(client, user):
    client.force_login(user)
    return client


@pytest.fixture
def demo(settings):
    settings.DEMO = True


@pytest.fixture
def full(demo):
    one = firm()
    fact(one, "check_failed", 30, **public())
    fact(one, "check_passed", 400)
    fact(one, "complaint_upheld", 20, title="举报的事")
    fact(one, "penalty", 500, counts_until=dates.today() - timedelta(days=1))
    licence(one)
    licence(one, "H1", kind="honour", title="省政府质量奖")
    return one


def test_a_file_has_every_item_with_its_source_basis_and_dates(full):
    items = queries.file_of(full, dates.today(), officer=True)
    assert len(items) == 6
    assert all(one.source and one.basis and one.on for one in items)
    assert [one.on for one in items] == sorted((one.on for one in items), reverse=True)
    assert {one.kind: one.state for one in items}["penalty"] == "over"


def test_one_file_takes_few_statements_however_much_is_in_it(full, django_assert_num_queries):
    for n in range(30):
        fact(full, "check_passed", 1000 + n)
    with django_assert_num_queries(3):
        queries.file_of(full, dates.today(), officer=True)


def test_the_page_takes_few_statements(full, client, django_assert_max_num_queries):
    signed_in(client, officer("o", HAIZHU))
    with django_assert_max_num_queries(12):
        assert client.get(reverse("credit:file", args=[full.uscc])).status_code == 200


def test_what_is_confidential_stays_with_the_offices(full, client):
    url = reverse("credit:file", args=[full.uscc])
    assert "举报的事" in signed_in(client, officer("o", HAIZHU)).get(url).content.decode()
    own = signed_in(client, account(full)).get(url)
    assert own.status_code == 200
    assert "举报的事" not in own.content.decode()
    assert client.get(f"{url}?items-export=json").status_code == 200
    assert "举报的事" not in b"".join(client.get(f"{url}?items-export=json").streaming_content).decode()


def test_the_risk_class_is_shown_to_officers_only(full, client):
    actions.stand(None, full, "risk_class", "D", dates.today())
    url = reverse("credit:file", args=[full.uscc])
    assert "风险高" in signed_in(client, officer("o", HAIZHU)).get(url).content.decode()
    assert "风险高" not in signed_in(client, account(full)).get(url).content.decode()
    client.logout()
    assert "风险高" not in client.get(reverse("credit:public", args=[full.uscc])).content.decode()


@pytest.mark.parametrize(("region", "status"), [(HAIZHU, 200), (TIANHE, 404)])
def test_officers_read_files_of_their_jurisdiction(full, client, region, status):
    assert (
        signed_in(client, officer("o", region)).get(reverse("credit:file", args=[full.uscc])).status_code
        == status
    )


def test_a_firm_reads_its_own_file_and_no_other(full, client):
    other = firm(2, name="广州另一家有限公司")
    signed_in(client, account(other))
    assert client.get(reverse("credit:file", args=[full.uscc])).status_code == 404
    assert client.get(reverse("credit:index")).url == reverse("credit:file", args=[other.uscc])


def test_the_public_sees_what_is_public_today_and_nothing_else(full, client):
    text = client.get(reverse("credit:public", args=[full.uscc])).content.decode()
    assert "电热水壶" in text
    assert "食品生产许可证" in text
    assert "省政府质量奖" not in text  # nobody said that it was published
    assert "举报的事" not in text
    shown = queries.public_file(full, dates.today() + timedelta(days=91))
    assert [one.kind for one in shown] == ["licence"]


def test_a_public_page_is_kept_until_something_changes(full, client):
    url = reverse("credit:public", args=[full.uscc])
    first = client.get(url)
    assert first["Cache-Control"] == "public, no-cache"
    assert client.get(url, headers={"if-none-match": first["ETag"]}).status_code == 304
    actions.withdraw(None, Fact.objects.get(kind="check_failed"), "复检合格")
    again = client.get(url, headers={"if-none-match": first["ETag"]})
    assert again.status_code == 200
    assert "电热水壶" not in again.content.decode()


def test_nobody_between_keeps_the_page_of_somebody_signed_in(full, client):
    signed_in(client, officer("o", HAIZHU))
    assert client.get(reverse("credit:public", args=[full.uscc]))["Cache-Control"] == "private, no-cache"


def test_the_public_list_is_kept_too(full, client):
    url = reverse("credit:public_index")
    first = client.get(url)
    assert full.name in first.content.decode()
    assert client.get(url, headers={"if-none-match": first["ETag"]}).status_code == 304


# -- facts of penalties ------------------------------------------------------------------------------------------


def test_a_penalty_stands_in_the_file_and_falls_with_the_decision():
    office = Office()
    case = imposed(office)
    found = Fact.objects.get(kind="penalty")
    assert found.reference == f"case:{case.number}"
    assert found.details["kinds"] == ["fine"]
    assert found.public_from is None  # it is not published yet
    take(office.head, case, "overturned", "2026-07-20T10:00", reason="复议撤销")
    found.refresh_from_db()
    assert found.withdrawn_at is not None


def test_a_penalty_of_a_person_is_in_no_file():
    imposed(Office(), person="张三丰")
    assert not Fact.objects.exists()


def test_gathering_records_what_was_there_before_and_nothing_twice():
    imposed(Office())
    Fact.objects.all().delete()
    assert gather()["penalties"] == 1
    assert gather()["penalties"] == 0
    assert Fact.objects.get().kind == "penalty"


def test_the_representative_is_shown_masked(full, client):
    representative(full)
    text = (
        signed_in(client, officer("o", HAIZHU)).get(reverse("credit:file", args=[full.uscc])).content.decode()
    )
    assert "王**" in text
    assert "王法人" not in text
