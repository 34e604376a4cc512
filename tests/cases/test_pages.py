"""The workbench's pages: every one answers, in both languages, and shows only what its reader may see."""

import io

import pytest
from django.urls import reverse

from tests.cases.people import HAIZHU, TIANHE, complaint, officer, organisation
from zhiheng.core.cases import actions, handling
from zhiheng.core.cases.actions import Actor
from zhiheng.core.cases.models import Case, Document, Notice, SavedFilter
from zhiheng.core.ledger.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def demo(settings):
    settings.DEMO = True


@pytest.fixture
def firm():
    return organisation()


@pytest.fixture
def chen(client):
    user = officer("chen", TIANHE, "county", "head")
    client.force_login(user)
    return user


def photo() -> io.BytesIO:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(out, "JPEG")
    out.seek(0)
    out.name = "p.jpg"
    return out


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_of_the_workbench_answers(client, chen, firm, language):
    case = complaint(firm)
    client.cookies["django_language"] = language
    for name, *args in (
        ("day",), ("list",), ("month",), ("figures",), ("case", case.pk), ("clock", case.clocks.get().pk),
        ("step", case.pk, "accept"), ("step", case.pk, "refuse"), ("step", case.pk, "verify_identity"),
        *[("do", case.pk, what) for what in ("assign", "transfer", "merge", "split", "recuse", "note")],
    ):  # fmt: skip
        page = client.get(reverse(f"cases:{name}", args=args))
        assert page.status_code == 200, (name, args)
    assert case.number in client.get(reverse("cases:case", args=[case.pk])).content.decode()


def test_a_step_is_taken_on_its_page_and_its_documents_open(client, chen, firm):
    case = complaint(firm)
    page = client.post(
        reverse("cases:step", args=[case.pk, "accept"]), {"version": case.version, "files": photo()}
    )
    assert page.status_code == 302
    document = Document.objects.get(case=case)
    pdf = client.get(reverse("cases:document", args=[document.pk, "pdf"]))
    assert pdf.content.startswith(b"%PDF")
    docx = client.get(reverse("cases:document", args=[document.pk, "docx"]))
    assert docx.content.startswith(b"PK")
    case.refresh_from_db()
    file = case.files.get()
    assert client.get(reverse("cases:file", args=[file.pk])).content[:3] == b"\xff\xd8\xff"
    shown = client.get(reverse("cases:case", args=[case.pk])).content.decode()
    assert "投诉受理决定书" in shown
    assert "张三丰" not in shown  # masked until somebody looks, and that is written down


def test_the_text_of_a_document_stands_in_its_pdf_and_docx(client, chen, firm):
    from docx import Document as Docx

    case = complaint(firm)
    actions.take(Actor(chen), case, "accept")
    document = Document.objects.get(case=case)
    docx = client.get(reverse("cases:document", args=[document.pk, "docx"])).content
    text = "".join(p.text for p in Docx(io.BytesIO(docx)).paragraphs)
    assert "广州市天河区市场监督管理局" in text
    assert "张三丰" in text
    first = client.get(reverse("cases:document", args=[document.pk, "pdf"])).content
    assert first == client.get(reverse("cases:document", args=[document.pk, "pdf"])).content


def test_a_mistake_on_the_form_comes_back_with_what_was_written(client, chen, firm):
    case = complaint(firm)
    actions.take(Actor(chen), case, "accept")
    page = client.post(reverse("cases:step", args=[case.pk, "invite"]), {"mediation_place": "三楼"})
    assert page.status_code == 422
    assert "三楼" in page.content.decode()


def test_a_step_that_is_not_available_says_why(client, chen, firm):
    page = client.get(reverse("cases:step", args=[complaint(firm).pk, "agree"]))
    assert page.status_code == 409
    assert "现在的状态下不能办理" in page.content.decode()


def test_a_stranger_gets_404_for_every_address_of_a_case(client, chen, firm):
    case = complaint(firm)
    actions.take(Actor(chen), case, "accept", files=[])
    document, notice = Document.objects.get(), Notice.objects.first()
    client.force_login(officer("li", HAIZHU))
    for name, *args in (
        ("case", case.pk), ("step", case.pk, "invite"), ("do", case.pk, "note"), ("clock", case.clocks.first().pk),
        ("document", document.pk, "pdf"), ("serve", notice.pk),
    ):  # fmt: skip
        assert client.get(reverse(f"cases:{name}", args=args)).status_code == 404, name
    assert client.post(reverse("cases:reveal", args=[case.parties.first().pk])).status_code == 404


def test_looking_at_a_person_is_written_down(client, chen, firm):
    case = complaint(firm)
    page = client.post(reverse("cases:reveal", args=[case.parties.get(key="complainant").pk]))
    assert "张三丰" in page.content.decode()
    assert Entry.objects.filter(action="case.party_look", look=True, subject=case.key).count() == 1
    client.get(reverse("cases:case", args=[case.pk]))
    client.get(reverse("cases:case", args=[case.pk]))
    assert Entry.objects.filter(action="case.look", subject=case.key).count() == 1


def test_a_firm_sees_its_case_without_the_office_s_notes_or_people(client, chen, firm):
    case = complaint(firm)
    handling.note(chen, case, "先不告诉企业")
    boss = officer("boss", "", "enterprise")
    boss.organisation = firm
    boss.save()
    client.force_login(boss)
    assert case.number in client.get(reverse("cases:day")).content.decode()
    shown = client.get(reverse("cases:case", args=[case.pk])).content.decode()
    assert "先不告诉企业" not in shown
    assert "饼干，打开有异味" in shown  # what the dispute is about, which it has to answer
    assert "张三丰" not in shown
    assert client.get(reverse("cases:step", args=[case.pk, "answer"])).status_code == 200
    assert client.get(reverse("cases:do", args=[case.pk, "assign"])).status_code == 403
    page = client.post(reverse("cases:step", args=[case.pk, "answer"]), {"answer": "愿意退款"})
    assert page.status_code == 302
    assert case.steps.get(key="answer").party.key == "respondent"


def test_bulk_assignment_names_what_cannot_be_given(client, chen, firm):
    mine, ended = complaint(firm), complaint(firm)
    wang = officer("wang")
    far = complaint(firm, region=HAIZHU)
    page = client.post(
        reverse("cases:assign_many"),
        {"handler": wang.pk, "cases-row": [mine.pk, ended.pk, far.pk]},
        follow=True,
    )
    assert Case.objects.filter(handler=wang).count() == 2
    assert "2 件已指派" in page.content.decode()


def test_a_view_of_the_list_is_kept_and_dropped(client, chen, firm):
    client.post(reverse("cases:save_filter"), {"name": "超期的", "query": "cases-due=late"})
    saved = SavedFilter.objects.get()
    assert "超期的" in client.get(reverse("cases:list")).content.decode()
    client.post(reverse("cases:drop_filter", args=[saved.pk]))
    assert not SavedFilter.objects.exists()


@pytest.mark.parametrize("text", ["饼干", "测试食品", "广州天河市监投"])
def test_cases_are_found_by_part_of_title_subject_and_number(client, chen, firm, text):
    case = complaint(firm)
    assert case.number in client.get(reverse("cases:list"), {"cases-q": text}).content.decode()
    assert case.number not in client.get(reverse("cases:list"), {"cases-q": "汽车"}).content.decode()


def test_answers_are_in_the_reader_s_language(client, chen, firm):
    case = complaint(firm, values={"publish_consent": True, "purchased_on": "2026-09-20"})
    client.cookies["django_language"] = "en"
    page = client.get(reverse("cases:case", args=[case.pk])).content.decode()
    assert "20 September 2026" in page
    assert "<dd>yes</dd>" in page
    assert "2026年9月20日" not in page
