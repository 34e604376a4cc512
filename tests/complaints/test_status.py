"""The status page: for whoever holds the receipt, and nobody else."""

import re

import pytest
from django.urls import reverse

from tests.cases.people import officer, organisation
from tests.complaints.build import ADDRESS, FACTS, NAME, PHONE, file, photo
from zhiheng.core.cases import actions, handling
from zhiheng.core.cases.actions import Actor
from zhiheng.core.cases.models import Case, File, Notice
from zhiheng.core.ledger.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def firm():
    return organisation(n=1)


@pytest.fixture
def chen():
    return officer("chen", "440106", "county", "head")


@pytest.fixture
def receipt(firm):
    return file(firm)


@pytest.fixture
def case(receipt):
    return receipt.cases[0]


def unlock(client, receipt, n: int = 0):
    data = {"number": receipt.numbers[n], "secret": receipt.secret}
    return client.post(reverse("complaints:status"), data)


def shown(client, case) -> str:
    page = client.get(reverse("complaints:status_case", args=[case.pk]))
    assert page.status_code == 200
    return page.content.decode()


def step(client, case, key, data=None):
    return client.post(reverse("complaints:status_step", args=[case.pk, key]), data or {})


def take(user, case, key, **values):
    ground = values.pop("ground", "")
    return actions.take(Actor(user), Case.objects.get(pk=case.pk), key, values=values, ground=ground)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_number_and_secret_show_where_it_stands_with_the_days_counted(client, receipt, case, language):
    client.cookies["django_language"] = language
    assert unlock(client, receipt).status_code == 302
    page = shown(client, case)
    assert case.number in page
    assert "<table" in page  # the days of the clock
    assert {"zh-hans": "休息日", "en": "Day of rest"}[language] in page
    assert FACTS in page  # what one filed oneself


@pytest.mark.parametrize("mark", ["〔〕", "[]", "()", "（）", "  "])
def test_a_number_is_taken_with_any_brackets_and_a_secret_in_any_case(client, receipt, case, mark):
    number = case.number.replace("〔", mark[0]).replace("〕", mark[1])
    secret = receipt.secret.lower()
    secret = f"{secret[:4]}-{secret[4:8]}-{secret[8:]}"
    page = client.post(reverse("complaints:status"), {"number": number, "secret": secret})
    assert page.status_code == 302


def test_a_wrong_secret_and_an_unknown_number_get_the_same_answer(client, receipt, case):
    def said(number: str, secret: str) -> tuple[int, str]:
        page = client.post(reverse("complaints:status"), {"number": number, "secret": secret})
        return page.status_code, re.search(r'class="errors".*?</div>', page.content.decode(), re.S)[0]

    answers = {
        said(case.number, "AAAABBBBCCCC"),
        said("广州天河市监投〔2026〕99号", receipt.secret),
        said("x", "y"),
    }
    assert len(answers) == 1
    assert answers.pop()[0] == 422


def test_attempts_are_limited(client, receipt, monkeypatch):
    from zhiheng.systems.complaints import limits

    monkeypatch.setattr(limits, "WRONG", 3)
    for _n in range(3):
        assert client.post(reverse("complaints:status"), {"number": "x", "secret": "y"}).status_code == 422
    assert unlock(client, receipt).status_code == 429
    assert client.post(reverse("complaints:by_code"), {"secret": receipt.secret}).status_code == 429


def test_the_code_on_the_receipt_opens_it_by_post_only(client, receipt, case):
    assert client.get(reverse("complaints:by_code")).status_code == 405
    page = client.post(reverse("complaints:by_code"), {"secret": receipt.secret})
    assert page.headers["Location"] == reverse("complaints:status_case", args=[case.pk])
    assert client.post(reverse("complaints:by_code"), {"secret": ""}, follow=True).status_code == 200


def test_without_the_receipt_no_page_of_it_opens(client, firm, receipt, case, chen):
    take(chen, case, "accept")
    document, other = (
        case.documents.get(),
        file(firm, phone="13900139000", facts="完全不同的事情，说的是另一家店的电视机坏了").cases[0],
    )
    addresses = [
        reverse("complaints:status_case", args=[case.pk]), reverse("complaints:status_step", args=[case.pk, "withdraw"]),
        reverse("complaints:status_document", args=[case.pk, document.pk, "pdf"]),
    ]  # fmt: skip
    for where in addresses:
        assert client.get(where).headers["Location"] == reverse("complaints:status")
    unlock(client, receipt)
    assert client.get(reverse("complaints:status_case", args=[other.pk])).status_code == 302
    assert client.get(addresses[2]).content.startswith(b"%PDF")
    assert (
        client.get(reverse("complaints:status_document", args=[case.pk, document.pk, "docx"])).content[:2]
        == b"PK"
    )
    assert client.get(reverse("complaints:status_document", args=[case.pk, 10**6, "pdf"])).status_code == 404
    client.post(reverse("complaints:leave"))
    assert client.get(addresses[0]).status_code == 302


def test_the_session_forgets_the_receipt_after_half_an_hour(client, receipt, case, monkeypatch):
    from zhiheng.systems.complaints import views_status

    unlock(client, receipt)
    monkeypatch.setattr(views_status, "OPEN", -1)
    assert client.get(reverse("complaints:status_case", args=[case.pk])).status_code == 302


def test_the_secret_is_nowhere_but_on_the_receipt(client, receipt, case):
    from django.contrib.sessions.models import Session

    unlock(client, receipt)
    step(client, case, "supplement", {"statement": "补充一张照片", "files": photo()})
    kept = [str(session.get_decoded()) for session in Session.objects.all()]
    kept += list(Entry.objects.values_list("detail_json", flat=True))
    assert not [text for text in kept if receipt.secret in text]


def test_additions_go_to_the_office_with_files_that_lost_their_names(client, receipt, case, chen):
    handling.assign(chen, case, chen)
    unlock(client, receipt)
    assert step(client, case, "supplement", {"statement": "补充小票", "files": [photo()]}).status_code == 302
    one = File.objects.get(case=case)
    assert (one.name, one.sees, one.party.key) == ("1.jpg", ["complainant"], "complainant")
    assert Notice.objects.filter(user=chen, step__key="supplement").exists()
    assert (
        client.get(reverse("complaints:status_file", args=[case.pk, one.pk])).content[:3] == b"\xff\xd8\xff"
    )
    broken = photo()
    broken.truncate(20)
    assert step(client, case, "supplement", {"statement": "又一张", "files": broken}).status_code == 422
    assert step(client, case, "supplement", {"statement": ""}).status_code == 422


def test_an_offer_is_shown_with_its_files_and_can_be_taken(client, receipt, case, firm):
    boss = officer("boss", "", "enterprise")
    boss.organisation = firm
    boss.save()
    client.force_login(boss)
    page = client.post(reverse("complaints:respond", args=[case.pk]),
                       {"offer": "全额退款并赔一盒", "answer": "经查属实", "share": "on", "files": [photo("green")]})  # fmt: skip
    assert page.status_code == 302
    client.logout()
    unlock(client, receipt)
    page = shown(client, case)
    assert "全额退款并赔一盒" in page
    assert "经查属实" not in page  # the answer is for the office
    one = File.objects.get(case=case)
    assert client.get(reverse("complaints:status_file", args=[case.pk, one.pk])).status_code == 200
    assert client.get(reverse("complaints:status_step", args=[case.pk, "settle"])).status_code == 200
    assert step(client, case, "settle").status_code == 302
    case.refresh_from_db()
    assert case.state == "withdrawn"


def test_withdrawal_asks_first_and_ends_the_case(client, receipt, case):
    unlock(client, receipt)
    assert client.get(reverse("complaints:status_step", args=[case.pk, "withdraw"])).status_code == 200
    assert Case.objects.get(pk=case.pk).closed_at is None
    assert step(client, case, "withdraw").status_code == 302
    assert Case.objects.get(pk=case.pk).closed_at is not None


def test_steps_of_others_and_of_other_states_are_refused(client, receipt, case):
    unlock(client, receipt)
    assert step(client, case, "accept").status_code == 404
    assert step(client, case, "nonsense").status_code == 404
    assert step(client, case, "rate", {"rating": "5"}).status_code == 422


def test_what_is_over_is_rated_and_a_new_look_is_asked_of_the_head(client, receipt, case, chen):
    second = officer("wang")
    take(second, case, "refuse", ground="no_consumer", reason="为经营购买")
    ended = Case.objects.get(pk=case.pk).closed_at
    unlock(client, receipt)
    page = shown(client, case)
    assert "为经营购买" in page
    assert step(client, case, "rate", {"rating": "2", "statement": "没有联系我"}).status_code == 302
    assert (
        step(client, case, "ask_reopening", {"statement": "有新的小票", "files": [photo()]}).status_code
        == 302
    )
    assert Notice.objects.filter(user=chen, step__key="ask_reopening").exists()
    assert Case.objects.get(pk=case.pk).closed_at == ended
    handling.reopen(chen, Case.objects.get(pk=case.pk), "有新证据")
    assert Case.objects.get(pk=case.pk).closed_at is None


def test_one_receipt_opens_complaint_and_report_and_the_reward(client, firm, chen):
    receipt = file(firm, kind="both")
    complaint, report = receipt.cases
    unlock(client, receipt)
    assert report.number in shown(client, complaint)
    assert shown(client, report)
    take(chen, report, "file", findings="属实")
    take(chen, report, "reward")
    from zhiheng.systems.complaints import queries

    parties = queries.by_receipt(receipt.secret)
    assert [p.case.procedure for p in parties] == ["complaint", "report", "reward"]
    reward = parties[2].case
    assert shown(client, reward)


def test_a_merged_case_shows_how_the_other_goes_on(client, firm, receipt, case, chen):
    other = file(firm)
    handling.merge(chen, other.cases[0], case, "同一件")
    take(chen, case, "accept")
    unlock(client, other)
    page = shown(client, other.cases[0])
    assert "调解中" in page
    assert reverse("complaints:status_step", args=[other.cases[0].pk, "withdraw"]) not in page


@pytest.mark.parametrize("kind", ["complaint", "report"])
def test_the_office_the_story_and_the_pages_tell_no_officer_s_name(client, firm, chen, kind):
    chen.display_name = "陈某某警官"
    chen.save()
    receipt = file(firm, kind=kind)
    one = receipt.cases[0]
    take(chen, one, "register")
    handling.note(chen, one, "内部意见不外传")
    unlock(client, receipt)
    page = shown(client, one)
    assert "陈某某警官" not in page
    assert "内部意见不外传" not in page


def test_the_respondent_never_sees_telephone_address_or_name(client, firm, receipt, case, chen):
    """On its pages, in its documents and files: before and after acceptance, until the two are called to one table."""
    boss = officer("boss", "", "enterprise")
    boss.organisation = firm
    boss.save()
    unlock(client, receipt)
    step(client, case, "supplement", {"statement": "我的新电话 13911112222", "files": [photo()]})
    take(chen, case, "accept")
    client.logout()
    client.force_login(boss)
    for where in (reverse("complaints:desk"), reverse("cases:day"), reverse("cases:case", args=[case.pk]),
                  reverse("complaints:respond", args=[case.pk]), reverse("complaints:desk") + "?about-us-export=csv"):  # fmt: skip
        answer = client.get(where)
        body = b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()
        for secret in (NAME, PHONE, ADDRESS, "13911112222", receipt.secret):
            assert secret not in body, (where, secret)
    for document in case.documents.all():
        assert client.get(reverse("cases:document", args=[document.pk, "pdf"])).status_code == 404
    for one in case.files.all():
        assert client.get(reverse("cases:file", args=[one.pk])).status_code == 404
    assert (
        client.post(reverse("cases:reveal", args=[case.parties.get(key="complainant").pk])).status_code == 403
    )
    for where in (
        reverse("complaints:compare", args=[case.pk, case.pk]), reverse("complaints:counter"), reverse("complaints:statistics"),
    ):  # fmt: skip
        assert client.get(where).status_code == 403


def test_the_firm_reported_never_learns_of_it(client, firm, chen):
    report = file(firm, kind="report").cases[0]
    take(chen, report, "register")
    take(chen, report, "not_file", reason="查无实据")
    boss = officer("boss", "", "enterprise")
    boss.organisation = firm
    boss.save()
    client.force_login(boss)
    for where in (reverse("complaints:desk"), reverse("cases:day"), reverse("ledger:index")):
        assert report.number not in client.get(where, follow=True).content.decode()
    for name, *args in (("cases:case", report.pk), ("complaints:respond", report.pk)):
        assert client.get(reverse(name, args=args)).status_code == 404
    assert not Notice.objects.filter(party__organisation=firm).exists()
