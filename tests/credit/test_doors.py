"""Where files are looked for and found: from the desk, by the public, with a code, after a merger."""

from datetime import timedelta

import pytest
from django.urls import reverse

from tests.cases.people import PROVINCE, officer
from tests.credit.world import account, fact, firm, licence, public
from zhiheng.core.facts import actions as facts
from zhiheng.core.facts.models import Unmatched
from zhiheng.core.problems import Problem
from zhiheng.core.registry.actions import merge
from zhiheng.core.registry.rules import name_key
from zhiheng.core.ui import dates
from zhiheng.systems.credit import classes, objections, queries, rules, verification

pytestmark = pytest.mark.django_db
TODAY = dates.today()
LATER = TODAY + timedelta(days=30)


@pytest.fixture
def world(settings):
    settings.DEMO = True
    one = firm()
    return one, account(one)


def given(one, user):
    about = {"recipient": "某银行", "purpose": "贷款", "groups": list(rules.GROUPS), "until": LATER}
    return verification.give(user, one, **about)


def test_the_province_finds_the_exchange_from_the_files_and_others_see_no_door(world, client):
    door = reverse("credit:exchange")
    for user, shown in ((officer("p", PROVINCE, "province"), True), (officer("c", "440100", "city"), False)):
        client.force_login(user)
        assert (door in client.get(reverse("credit:index")).content.decode()) is shown


def test_the_public_finds_an_organisation_that_has_nothing_against_it(world, client):
    one, _user = world
    licence(one)
    address = reverse("credit:public", args=[one.uscc])
    other = firm(2, name="广州无事食品有限公司")
    fact(
        other, "check_failed", 5
    )  # on record, not public: the public page does not say that there is nothing
    page = client.get(reverse("credit:public", args=[other.uscc])).content.decode()
    assert "今天没有依法公示的信息" in page and "档案里还没有记录" not in page
    assert (
        address not in client.get(reverse("credit:public_index"), {"public-q": one.name[:4]}).content.decode()
    )
    for words in (one.name, one.uscc.lower()):
        assert address in client.get(reverse("credit:public_index"), {"public-q": words}).content.decode()
    assert "投诉举报查证属实" not in client.get(reverse("credit:public_index")).content.decode()


def test_a_code_opens_the_file_where_it_is_after_a_merger_and_can_still_be_taken_back(world, client):
    one, user = world
    fact(one, "penalty", 10, **public())
    consent, code = given(one, user)
    kept = firm(2, name="广州存续食品有限公司")
    merge(officer("p", PROVINCE, "province"), kept, one, reason="同一主体")
    seen = verification.look(code, "某银行", "page", TODAY)
    assert (seen.organisation, [item.kind for item in seen.items]) == (kept, ["penalty"])
    user.refresh_from_db()
    assert list(queries.consents_visible_to(user)) == [consent]
    client.force_login(user)
    assert client.post(reverse("credit:revoke", args=[consent.pk])).status_code == 302
    with pytest.raises(Problem):
        verification.look(code, "某银行", "page", TODAY)


def test_a_certificate_waits_for_a_record_of_a_name_that_was_merged(world):
    one, _user = world
    kept = firm(2, name="广州存续食品有限公司")
    other = account(kept, "kept")
    merge(officer("p", PROVINCE, "province"), kept, one, reason="同一主体")
    Unmatched.objects.create(
        kind="penalty", reference="penalty:1", title="x", name=one.name, source="外省", region="440105"
    )
    assert name_key(one.name) != name_key(kept.name)
    with pytest.raises(Problem) as refused:
        verification.certify(other, kept, "投标", TODAY - timedelta(days=100))
    assert refused.value.code == "undecided"


def test_a_long_file_is_shown_whole_and_a_code_is_read_as_people_write_it(world, client):
    one, user = world
    for n in range(60):
        fact(one, "check_passed", 3 + n, title=f"抽查{n}号")
    _consent, code = given(one, user)
    written = code.lower().replace("-", " ")
    page = client.post(reverse("credit:verify"), {"code": written, "who": "某银行"}).content.decode()
    assert all(f"抽查{n}号" in page for n in range(60))
    assert "data-print" in page


def test_a_check_of_others_is_opened_by_a_code_only_while_it_is_public(world):
    one, user = world
    fact(one, "random_check", 3, title="登记事项：发现问题")
    _consent, code = given(one, user)
    assert verification.look(code, "某银行", "page", TODAY).items == []


def test_the_code_is_given_with_an_address_that_can_be_copied(world, client, settings):
    _one, user = world
    client.force_login(user)
    form = {"recipient": "某银行", "purpose": "贷款", "groups": ["licence"], "until": LATER.isoformat()}
    assert (
        f"{settings.BASE_URL}/credit/verify/" in client.post(reverse("credit:consent"), form).content.decode()
    )


def test_a_kept_public_page_changes_when_a_licence_is_objected_to(world, client):
    one, user = world
    row = licence(one)
    address = reverse("credit:public", args=[one.uscc])
    tag = client.get(address)["ETag"]
    assert client.get(address, headers={"if-none-match": tag}).status_code == 304
    objections.raise_objection(user, one, row, "已经换证")
    again = client.get(address, headers={"if-none-match": tag})
    assert again.status_code == 200 and "异议处理中" in again.content.decode()


def test_a_list_that_is_over_is_not_shown_beside_the_name(world, client):
    one, _user = world
    since = TODAY - timedelta(days=1100)
    facts.stand(None, one, "serious", "listed", since, until=TODAY - timedelta(days=1))
    client.force_login(officer("p", PROVINCE, "province"))
    table = client.get(reverse("credit:index")).context["table"]
    [shown] = [column.of(row) for row in table.rows for column in table.columns if column.key == "lists"]
    assert shown == ""


def test_the_queue_says_that_it_shows_what_waits_and_shows_all_when_asked(world, client):
    for n, state in enumerate(("waiting", "nobody")):
        Unmatched.objects.create(
            kind="penalty",
            reference=f"penalty:{n}",
            title=state,
            name="某",
            source="外省",
            region="440105",
            state=state,
        )
    client.force_login(officer("p", PROVINCE, "province"))
    for query, shown in (({}, 1), ({"doubtful-state": ""}, 2), ({"doubtful-state": "nobody"}, 1)):
        table = client.get(reverse("credit:doubtful"), query).context["table"]
        assert len(table.rows) == shown
        assert table.chosen_filters[0]["value"] == query.get("doubtful-state", "waiting")


def test_a_class_names_its_facts_by_the_number_people_know(world, client):
    one, _user = world
    fact(
        one,
        "penalty",
        10,
        reference="penalty:17",
        details={"kinds": ["fine"], "decision_no": "穗罚〔2026〕9号"},
    )
    [said] = classes.said(one)
    assert said.number == "穗罚〔2026〕9号"
    client.force_login(officer("p", PROVINCE, "province"))
    page = client.get(reverse("credit:class", args=[one.uscc])).content.decode()
    assert "穗罚〔2026〕9号" in page and "penalty:17" not in page


def test_an_english_reader_gets_english_commas(world, client):
    one, user = world
    given(one, user)
    client.force_login(user)
    client.cookies["django_language"] = "en"
    page = client.get(reverse("credit:consents")).content.decode()
    assert "、" not in page and "Administrative licence, " in page
