"""Who sees what of a transfer, file by file, and that the pages show just that."""

import pytest
from django.urls import reverse

from tests.cases.people import HAIZHU, TIANHE, officer
from tests.justice.world import picture, world
from zhiheng.core.cases import handling, queries
from zhiheng.core.cases.actions import Sent
from zhiheng.core.cases.models import Document
from zhiheng.core.ledger.models import Entry
from zhiheng.core.problems import Problem
from zhiheng.systems.justice import actions
from zhiheng.systems.justice.queries import documents_that_may_go, files_that_may_go

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def demo(settings):
    settings.DEMO = True


@pytest.fixture
def w():
    return world()


def page(client, user, name, *args, **query):
    client.force_login(user)
    return client.get(reverse(name, args=args), query)


def kinds(case, body):
    return [d.kind for d in queries.documents_for(case, [body])]


def test_what_may_go_along_is_neither_the_reporter_s_nor_an_internal_note(w):
    assert [d.kind for d in documents_that_may_go(w.penalty)] == ["inspection_record", "interview_record"]
    assert [f.name for f in files_that_may_go(w.penalty)] == ["red.png"]


def test_what_must_not_go_along_is_refused_whoever_asks_for_it(w):
    forbidden = w.penalty.files.exclude(name="red.png")
    assert forbidden.count() == 2
    for file in forbidden:
        with pytest.raises(Problem) as refused:
            actions.enclose(w.chen, w.transfer, (), [file.pk])
        assert refused.value.code == "not_to_be_enclosed"
    with pytest.raises(Problem):
        actions.enclose(w.chen, w.transfer, [10**9])
    assert not w.transfer.files.exists()


@pytest.mark.parametrize("name", ["police", "other_police", "wang"])
def test_only_who_handles_the_transfer_chooses(w, name):
    handling.assign(w.head, w.transfer, w.chen)
    with pytest.raises(Problem) as refused:
        actions.enclose(getattr(w, name), w.transfer, (), [files_that_may_go(w.penalty)[0].pk])
    assert refused.value.status == 403


def test_the_same_content_goes_along_by_its_hash_and_once(w):
    file, documents = files_that_may_go(w.penalty)[0], documents_that_may_go(w.penalty)
    made = actions.enclose(w.chen, w.transfer, [d.pk for d in documents], [file.pk])
    assert len(made) == 3
    assert w.transfer.files.get(name="red.png").sha256 == file.sha256
    assert actions.enclose(w.chen, w.transfer, [d.pk for d in documents], [file.pk]) == []
    entry = Entry.objects.get(action="justice.enclosed")
    assert {one["sha256"] for one in entry.detail["files"]} == set(
        w.transfer.files.values_list("sha256", flat=True)
    )


def test_what_was_put_in_can_be_taken_out_until_it_is_handed_over(w):
    file = files_that_may_go(w.penalty)[0]
    (one,) = actions.enclose(w.chen, w.transfer, (), [file.pk])
    actions.take_out(w.chen, one)
    w.hand_over()
    assert queries.files_for(w.transfer, ["police"]) == []
    w.transfer.refresh_from_db()
    (again,) = actions.enclose(w.chen, w.transfer, (), [file.pk])
    assert [f.name for f in queries.files_for(w.transfer, ["police"])] == ["red.png"]
    with pytest.raises(Problem) as refused:
        actions.take_out(w.chen, again)
    assert refused.value.code == "handed_over"


def test_who_sees_which_documents_in_each_state(w):
    w.approve()
    assert not queries.visible_to(w.police).exists()
    assert not queries.visible_to(w.procurator).exists()
    handed = ["investigation_report", "transfer_letter", "goods_list"]
    w.take(w.chen, "hand_over", police_office=HAIZHU, goods="洗衣液")
    assert kinds(w.transfer, "police") == kinds(w.transfer, "procurator") == handed
    w.take(w.police, "sign", signed_at=w.now())
    w.take(w.police, "not_file", filing_no="1", reason="x")
    handed += ["receipt", "not_filing_notice"]
    w.take(w.chen, "ask_reconsideration", reason="y")
    w.take(w.police, "uphold", result="维持", reason="z")
    handed += ["reconsideration_request", "reconsideration_decision"]
    w.take(w.chen, "suggest_supervision", procuratorate=HAIZHU, reason="应当立案")
    assert (
        kinds(w.transfer, "police") == handed
    )  # what is asked of the procuratorate is between it and the office
    assert kinds(w.transfer, "procurator") == [*handed, "supervision_suggestion"]


def test_files_are_seen_by_whom_they_were_marked_for(w):
    handling.note(w.chen, w.transfer, "移送前再核对", [Sent(picture("black"))])
    own = Sent(picture("yellow"))
    from zhiheng.core.cases import actions as engine

    engine.keep_file(w.transfer, None, engine.Actor(w.chen), own, w.transfer.opened_at)
    yellow = w.transfer.files.get(name="yellow.png")
    w.hand_over()
    assert queries.files_for(w.transfer, ["police"]) == []
    actions.enclose(w.chen, w.transfer, (), [yellow.pk])
    assert [f.name for f in queries.files_for(w.transfer, ["police"])] == ["yellow.png"]


def everything(client, user, w):
    """All that a page of the case, the desk and the list say to somebody."""
    return "".join(
        page(client, user, name, *args).content.decode()
        for name, args in (("justice:desk", ()), ("cases:case", (w.transfer.pk,)), ("cases:day", ()))
    )


def test_outside_nobody_reads_the_penalty_case_the_reporter_or_notes(client, w):
    handling.note(w.chen, w.transfer, "内部记录甲")
    w.hand_over()
    for user in (w.police, w.procurator):
        said = everything(client, user, w)
        assert w.transfer.number in said
        for hidden in (
            "李举报",
            "李**",
            "货从外地来",
            "先不要惊动",
            "内部记录甲",
            "内部：货值",
            w.penalty.number,
            "chen",
            "陈所长",
        ):
            assert hidden not in said, hidden
        for name, args in (
            ("cases:case", (w.penalty.pk,)), ("cases:file", (w.penalty.files.first().pk,)),
            ("cases:document", (w.penalty.documents.first().pk, "pdf")), ("cases:step", (w.penalty.pk, "inspect")),
        ):  # fmt: skip
            assert page(client, user, name, *args).status_code == 404
        report = Document.objects.get(case=w.transfer, kind="report")
        letter = Document.objects.get(case=w.transfer, kind="transfer_letter")
        assert page(client, user, "cases:document", report.pk, "pdf").status_code == 404
        assert page(client, user, "cases:document", letter.pk, "pdf").status_code == 200
        for what in ("note", "assign", "transfer", "merge"):
            assert page(client, user, "cases:do", w.transfer.pk, what).status_code == 403
        assert page(client, user, "justice:enclose", w.transfer.pk).status_code == 403


def test_before_it_is_handed_over_and_after_it_was_forwarded_there_is_nothing(client, w):
    addresses = [
        ("cases:case", w.transfer.pk),
        ("justice:package", w.transfer.pk),
        ("cases:step", w.transfer.pk, "sign"),
    ]
    for name, *args in addresses:
        assert page(client, w.police, name, *args).status_code == 404
    w.hand_over()
    w.take(w.police, "sign_other", signed_at=w.now())
    w.take(w.police, "forward", other_police=TIANHE)
    for name, *args in addresses:
        assert page(client, w.police, name, *args).status_code == 404
    assert page(client, w.other_police, "cases:case", w.transfer.pk).status_code == 200
    assert w.transfer.number not in page(client, w.police, "justice:desk").content.decode()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_answers_those_it_is_for(client, w, language):
    actions.enclose(w.chen, w.transfer, [d.pk for d in documents_that_may_go(w.penalty)], ())
    w.hand_over()
    client.cookies["django_language"] = language
    leading = officer("leading", "440000", "leading")
    auditor = officer("auditor", "440000", "auditor")
    for user, name, args, status in (
        (w.police, "justice:desk", (), 200), (w.procurator, "justice:desk", (), 200), (w.chen, "justice:desk", (), 200),
        (auditor, "justice:desk", (), 200), (leading, "justice:desk", (), 403), (leading, "justice:figures", (), 200),
        (w.chen, "justice:figures", (), 200), (w.police, "justice:figures", (), 403),
        (w.chen, "justice:enclose", (w.transfer.pk,), 200), (w.chen, "cases:case", (w.transfer.pk,), 200),
        (w.chen, "cases:case", (w.penalty.pk,), 200), (w.police, "cases:case", (w.transfer.pk,), 200),
        (w.police, "cases:step", (w.transfer.pk, "sign"), 200), (w.chen, "justice:package", (w.transfer.pk,), 200),
    ):  # fmt: skip
        assert page(client, user, name, *args).status_code == status, (user.username, name)


def test_their_navigation_shows_their_desk_cases_and_account_only(client, w):
    client.force_login(w.police)
    assert client.get("/desk/").url == reverse("justice:desk")
    answer = client.get(reverse("justice:desk"))
    assert [d["url"] for group in answer.context["ui"]["nav"] for d in group["doors"]] == [
        reverse("cases:day"), reverse("justice:desk"), reverse("accounts:me")
    ]  # fmt: skip


def test_the_desk_counts_what_waits_and_leads_to_the_step(client, w):
    w.hand_over()
    answer = page(client, w.police, "justice:desk")
    assert answer.context["counts"] == {"waiting": 1, "open": 1, "late": 0, "ended": 0}
    assert reverse("cases:step", args=[w.transfer.pk, "sign"]) in answer.content.decode()
    idle = page(client, w.procurator, "justice:desk")
    assert idle.context["counts"]["waiting"] == 0
    w.take(w.police, "sign", signed_at=w.now())
    assert "公安审查期限" in page(client, w.police, "justice:desk").content.decode()


def test_figures_count_the_link_and_clocks_of_both_sides(client, w):
    w.refused()
    w.take(w.chen, "resume_penalty")
    (row,) = page(client, officer("city", "440100", "city"), "justice:figures").context["table"].rows
    assert (row["region"], row["handed"], row["refused"], row["returned"], row["open"]) == (
        HAIZHU,
        1,
        1,
        1,
        0,
    )
    # ours: approve and hand_over in time (the right to ask for reconsideration lapses and counts for the office's)
    assert row["police_stopped"] == row["police_on_time"] == 1
    assert row["stopped"] == row["on_time"]
    assert page(client, officer("far", "440300", "city"), "justice:figures").context["table"].rows == []


def test_choosing_on_the_page(client, w):
    client.force_login(w.chen)
    document, file = documents_that_may_go(w.penalty)[0], files_that_may_go(w.penalty)[0]
    address = reverse("justice:enclose", args=[w.transfer.pk])
    assert client.post(address, {"documents": [document.pk], "files": [file.pk]}).status_code == 302
    assert w.transfer.enclosures.count() == 2
    assert client.post(address, {"files": ["7777"]}).status_code == 422
    one = w.transfer.enclosures.first()
    assert client.post(reverse("justice:take_out", args=[one.pk])).status_code == 302
    one.refresh_from_db()
    assert one.withdrawn_at is not None
