"""Filing by a citizen: page by page, without an account and without JavaScript."""

import io
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from tests.cases.people import HAIZHU, TIANHE, at, officer, organisation
from tests.complaints.build import ADDRESS, FACTS, NAME, PHONE, file, filing, located, photo
from zhiheng.core.cases.models import Case, File, Party
from zhiheng.core.ledger.models import Entry
from zhiheng.core.problems import Problem
from zhiheng.core.registry.models import Product
from zhiheng.systems.complaints import actions, drafts, rules
from zhiheng.systems.complaints.models import Draft, DraftFile

pytestmark = pytest.mark.django_db
GTIN = "06901234567892"


@pytest.fixture
def firm():
    return organisation(n=1)


def address(key: str) -> str:
    return (
        reverse(f"complaints:{key}")
        if key in {"who", "check", "done"}
        else reverse("complaints:page", args=[key])
    )


def answer(client, key: str, data: dict, code: int = 302):
    page = client.post(address(key), data)
    assert page.status_code == code, page.content.decode()[:3000]
    return page


def fill(client, firm, want: str = "complaint", until: str = "check", **more) -> str:
    """Answer page after page until one; returns the address one is sent to."""
    you = {"name": NAME, "phone": PHONE, "address": ADDRESS}
    given = {
        "want": {"want": want}, "who": {"q": firm.name[:4], "choice": firm.uscc}, "where": {"channel": "shop"},
        "place": {"where": firm.region}, "purchase": {"product": "饼干", "category": "food", "amount": "56.8", "purchased_on": "2026-09-20"},
        "what": {"problem": "quality", "facts": FACTS, "claim": "退款", "claim_kinds": ["refund"]}, "evidence": {}, "you": you,
    }  # fmt: skip
    given |= more
    where = ""
    for key, data in given.items():
        if key == until:
            return where
        where = answer(client, key, data).headers["Location"]
    return where


def receipt(client) -> tuple[list[str], str]:
    page = client.get(address("done"))
    text = page.content.decode()
    numbers = re.findall(r'number-large">([^<]*号)<', text)
    return numbers, re.search(r'id="secret">([^<]+)<', text)[1].replace("-", "")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_complaint_is_filed_page_by_page_with_the_office_of_the_business(client, firm, language):
    client.cookies["django_language"] = language
    assert client.get(reverse("complaints:start")).status_code == 200
    assert fill(client, firm) == address("check")
    check = client.get(address("check")).content.decode()
    assert "广州市天河区市场监督管理局" in check
    assert FACTS in check
    assert answer(client, "check", {}).headers["Location"] == address("done")
    numbers, secret = receipt(client)
    case = Case.objects.get()
    assert numbers == [case.number]
    assert (case.procedure, case.region, case.state, case.source) == ("complaint", TIANHE, "received", "web")
    assert case.edition == "SAMR-121"
    assert case.title == "饼干：质量"  # nobody's words
    assert abs(timezone.now() - case.received_at) < timedelta(minutes=1)
    assert case.clocks.get().key == "accept"
    person = case.parties.get(key="complainant")
    assert (person.name, person.phone, person.address) == (NAME, PHONE, ADDRESS)
    assert person.language == language
    assert person.receipt == actions.engine.receipt_digest(secret)
    assert secret not in str(list(Entry.objects.values_list("detail_json", "subject")))


@pytest.mark.parametrize("key", ["want", "where", "place", "purchase", "what", "evidence", "you"])
def test_every_page_says_who_will_see_an_answer_and_comes_back_with_what_is_missing(client, firm, key):
    fill(client, firm, until=key)
    page = client.get(address(key)).content.decode()
    if key in {"purchase", "what", "evidence", "you"}:
        assert 'class="sees"' in page
    if key != "evidence":
        assert 'role="alert"' in answer(client, key, {}, 422).content.decode()


def test_the_same_letter_as_complaint_and_report_makes_two_cases_and_the_firm_knows_of_one(client, firm):
    fill(client, firm, want="both", you={"name": NAME, "phone": PHONE, "address": ADDRESS, "anonymous": "on"})
    answer(client, "check", {})
    numbers, _secret = receipt(client)
    complaint, report = Case.objects.order_by("pk")
    assert (complaint.procedure, report.procedure) == ("complaint", "report")
    assert numbers == [complaint.number, report.number]
    assert report.secret
    reporter = report.parties.get(key="reporter")
    assert (reporter.name, reporter.phone, reporter.address, reporter.anonymous) == ("", "", "", True)
    boss = officer("boss", "", "enterprise")
    boss.organisation = firm
    boss.save()
    client.force_login(boss)
    desk = client.get(reverse("complaints:desk")).content.decode()
    assert complaint.number in desk
    assert report.number not in desk
    assert client.get(reverse("cases:case", args=[report.pk])).status_code == 404


def test_an_anonymous_report_keeps_nothing_of_the_person(client, firm):
    fill(client, firm, want="report", what={"problem": "fake", "facts": FACTS},
         you={"anonymous": "1", "name": NAME, "phone": PHONE})  # fmt: skip
    answer(client, "check", {})
    party = Party.objects.get(key="reporter")
    assert party.anonymous
    assert (party.name, party.phone, party.phone_digest) == ("", "", "")


def test_a_named_report_needs_name_and_telephone(client, firm):
    fill(client, firm, want="report", until="you", what={"problem": "fake", "facts": FACTS})
    assert answer(client, "you", {"anonymous": ""}, 422)


def test_a_code_brings_the_product_and_its_maker(client, firm):
    Product.objects.create(gtin=GTIN, organisation=firm, name="鲜牛奶", spec="950 mL", category="food")
    answer(client, "want", {"want": "complaint", "q": f"(01){GTIN}(21)S7"})
    page = client.get(address("who"), {"q": f"(01){GTIN}(21)S7"}).content.decode()
    assert "鲜牛奶" in page
    assert firm.name in page
    answer(client, "who", {"q": f"(01){GTIN}(21)S7", "choice": firm.uscc})
    kept = drafts.answers(Draft.objects.get())
    assert (kept["code"], kept["gtin"], kept["category"]) == (f"/01/{GTIN}/21/S7", GTIN, "food")
    assert kept["product"] == "鲜牛奶 950 mL"


def test_a_photograph_of_a_code_brings_the_product(client, firm):
    from zhiheng.trace import labels

    Product.objects.create(gtin=GTIN, organisation=firm, name="鲜牛奶", category="food")
    answer(client, "want", {"want": "complaint"})
    code = SimpleUploadedFile(
        "x.png", labels.png(labels.qr(f"https://id.gs1.org/01/{GTIN}/21/S7")), "image/png"
    )
    page = client.post(address("who"), {"photo": code}, follow=True)
    assert "鲜牛奶" in page.content.decode()


@pytest.mark.parametrize(
    "q",
    [
        "6901234567893",
        "(01)06901234567892",
        "https://id.gs1.org/01/06901234567892",
        "没有这一家",
        "\x00",
        "91440106MA5000001X",
    ],
)
def test_what_cannot_be_found_says_so_and_leaves_a_way_on(client, q):
    answer(client, "want", {"want": "complaint"})
    page = client.get(address("who"), {"q": q})
    assert page.status_code == 200
    assert 'value="write"' in page.content.decode()


def test_who_is_not_registered_is_written_by_hand(client, firm):
    answer(client, "want", {"want": "complaint"})
    where = answer(client, "who", {"choice": "write"}).headers["Location"]
    assert where == address("write")
    fill(client, firm, who={"choice": "write"}, write={"respondent": "巷口小店", "respondent_address": "某某巷3号"},
         want="complaint")  # fmt: skip


@pytest.mark.parametrize("choice", ["", "nonsense", "91440106MA5000009X"])
def test_a_choice_that_is_none_leads_back(client, firm, choice):
    answer(client, "want", {"want": "complaint"})
    page = client.post(address("who"), {"q": "测试", "choice": choice})
    assert page.status_code in {302, 422}
    assert drafts.answers(Draft.objects.get())["done"] == ["want"]


def test_a_business_outside_the_province_is_sent_to_the_national_platform(client, firm):
    fill(client, firm, until="place")
    page = answer(client, "place", {"where": "elsewhere"}, 422).content.decode()
    assert "12315" in page


def test_a_city_without_counties_handles_it_itself():
    assert file(None, where="441900").cases[0].region == "441900"


@pytest.mark.parametrize(
    ("more", "office"),
    [
        ({"channel": "platform", "shown": HAIZHU, "platform_region": "440305"}, HAIZHU),
        ({"channel": "platform", "shown": "", "platform_region": "440305"}, "440305"),
        ({"channel": "platform", "shown": "330106", "platform_region": "440305"}, "440305"),
        ({"channel": "own", "where": HAIZHU}, TIANHE),  # its domicile, not where somebody thinks it is
        ({"channel": "shop", "where": HAIZHU}, HAIZHU),
        ({"channel": "shop", "where": ""}, TIANHE),
    ],
)
def test_the_office_follows_article_13(firm, more, office):
    assert file(firm, **more).cases[0].region == office


def test_where_the_law_names_no_office_of_ours_it_is_refused(firm):
    with pytest.raises(Problem) as refused:
        file(firm, channel="platform", shown="", platform_region="330106")
    assert refused.value.code == "outside_province"


@pytest.mark.parametrize(
    ("received", "edition"), [("2026-04-14T23:59", "SAMR-20"), ("2026-04-15T00:00", "SAMR-121")]
)
@pytest.mark.parametrize("kind", ["complaint", "report"])
def test_the_edition_is_that_of_the_day_of_receipt(firm, received, edition, kind):
    case = file(firm, kind=kind, purchased_on=None, how={"received_at": at(received)}).cases[0]
    assert case.edition == edition


def test_under_order_20_a_business_on_a_platform_goes_to_its_own_place(firm):
    how = {"received_at": at("2026-04-01T09:00")}
    case = file(
        firm, channel="platform", where="", shown=HAIZHU, platform_region="440305", purchased_on=None, how=how
    )
    assert case.cases[0].region == HAIZHU


@pytest.mark.parametrize("missing", ["name", "phone", "address", "facts", "claim"])
def test_a_complaint_without_what_article_10_asks_for_is_not_taken(firm, missing):
    with pytest.raises(Problem) as refused:
        file(firm, **{missing: " "})
    assert missing in refused.value.extra["errors"]


@pytest.mark.parametrize(
    ("more", "wrong"),
    [({"phone": "abc"}, "phone"), ({"phone": "123"}, "phone"), ({"facts": "长" * 5001}, "facts"), ({"quantity": -1}, "quantity"),
     ({"problem": "x"}, "problem"), ({"kind": "x"}, "kind"), ({"respondent": "", "uscc": ""}, "respondent")],
)  # fmt: skip
def test_wrong_values_are_told_by_field(more, wrong):
    assert wrong in rules.faults(filing(None, **more), at("2026-11-26T09:00").date())


# -- evidence -----------------------------------------------------------------------------------------------------


def test_photographs_lose_their_place_and_their_name_and_are_seen_by_whom_was_chosen(client, firm):
    fill(client, firm, until="evidence")
    answer(client, "evidence", {"files": [located(), photo()], "share": "on"})
    assert DraftFile.objects.count() == 2
    for one in DraftFile.objects.all():
        assert b"SecretPhone" not in bytes(one.data)
    answer(client, "evidence", {"share": "on"})
    answer(client, "you", {"name": NAME, "phone": PHONE, "address": ADDRESS})
    answer(client, "check", {})
    files = list(File.objects.order_by("pk"))
    assert [one.name for one in files] == ["1.jpg", "2.jpg"]
    assert files[0].sees == ["complainant", "respondent"]
    assert files[0].party.key == "complainant"
    from zhiheng.core import files as filing_cabinet

    assert b"SecretPhone" not in filing_cabinet.load(files[0].sha256)
    assert not DraftFile.objects.exists()


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.jpg", b""), ("a.jpg", b"no picture"), ("a.pdf", b"%PDF-1.7 broken"), ("renamed.jpg", b"MZ\x90\x00" * 50),
     ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x'/>"), ("a.html", b"<script>1</script>")],
)  # fmt: skip
def test_a_broken_or_renamed_file_is_refused_by_name_and_the_rest_is_kept(client, firm, name, data):
    fill(client, firm, until="evidence")
    page = answer(client, "evidence", {"files": [photo(), SimpleUploadedFile(name, data)]}, 422)
    assert 'role="alert"' in page.content.decode()
    assert DraftFile.objects.count() <= 1


def test_a_huge_file_and_too_many_files_are_refused(client, firm, monkeypatch):
    from zhiheng.core import files as filing_cabinet

    fill(client, firm, until="evidence")
    monkeypatch.setattr(filing_cabinet, "MAX_BYTES", 1000)
    assert (
        "MB"
        in answer(
            client, "evidence", {"files": [SimpleUploadedFile("big.jpg", b"x" * 2000)]}, 422
        ).content.decode()
    )
    monkeypatch.undo()
    answer(client, "evidence", {"files": [photo() for _n in range(rules.MOST_FILES)]})
    page = answer(client, "evidence", {"files": [photo()]}, 422).content.decode()
    assert str(rules.MOST_FILES) in page
    assert DraftFile.objects.count() == rules.MOST_FILES
    one = DraftFile.objects.first()
    client.post(reverse("complaints:drop", args=[one.pk]))
    assert DraftFile.objects.count() == rules.MOST_FILES - 1


# -- drafts -------------------------------------------------------------------------------------------------------


def test_a_draft_is_ciphertext_and_goes_on_from_its_link_in_another_browser(client, firm):
    from django.db import connection
    from django.test import Client

    fill(client, firm, until="evidence")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM complaints_draft")
        assert FACTS[:6] not in str(cursor.fetchall())
    page = client.get(reverse("complaints:later")).content.decode()
    link = re.search(r'href="[^"]*(/complaints/draft/[^"]+)"', page)[1]
    other = Client()
    assert other.get(link).headers["Location"] == address("evidence")
    assert FACTS in other.get(address("what")).content.decode()


def test_a_stranger_s_browser_has_no_draft(client, firm):
    from django.test import Client

    fill(client, firm, until="evidence")
    other = Client()
    assert other.get(address("what")).headers["Location"] == reverse("complaints:start")
    assert other.get(reverse("complaints:resume", args=["x" * 32])).status_code == 404


def test_drafts_are_deleted_with_their_files_after_seven_days_and_not_before(client, firm):
    fill(client, firm, until="evidence")
    answer(client, "evidence", {"files": [photo()]})
    draft = Draft.objects.get()
    assert timedelta(days=6, hours=23) < draft.expires_at - timezone.now() <= timedelta(days=7)
    assert drafts.forget() == 0
    Draft.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(address("what")).headers["Location"] == reverse("complaints:start")
    assert drafts.forget() == 1
    assert not DraftFile.objects.exists()


def test_the_worker_forgets_drafts_when_idle(client, firm, monkeypatch):
    from zhiheng.systems.complaints import tasks

    drafts.start()
    Draft.objects.update(expires_at=timezone.now() - timedelta(days=1))
    monkeypatch.setattr(tasks, "_last", -1e9)
    tasks.forget_drafts()
    assert not Draft.objects.exists()


def test_no_officer_s_page_reads_drafts(client, firm):
    fill(client, firm, until="evidence")
    client.cookies.clear()
    client.force_login(officer("chen"))
    for name in ("complaints:desk", "cases:list", "cases:day"):
        assert FACTS not in client.get(reverse(name)).content.decode()


def test_sending_twice_makes_one_case_and_shows_the_same_receipt(client, firm):
    fill(client, firm)
    answer(client, "check", {})
    first = receipt(client)
    assert client.post(address("check")).headers["Location"] == address("done")
    assert receipt(client) == first
    assert Case.objects.count() == 1


def test_leaving_deletes_the_receipt_from_the_server(client, firm):
    fill(client, firm)
    answer(client, "check", {})
    client.post(reverse("complaints:discard"))
    assert not Draft.objects.exists()
    assert client.get(address("done")).headers["Location"] == reverse("complaints:start")


def test_an_unfinished_draft_cannot_be_sent(client, firm):
    fill(client, firm, until="you")
    assert client.post(address("check")).headers["Location"] == address("you")
    draft = Draft.objects.get()
    with pytest.raises(Problem) as refused:
        drafts.send(draft, "en")
    assert refused.value.code == "not_complete"


def test_a_program_that_fills_in_everything_is_stopped(client, firm):
    fill(client, firm)
    assert client.post(address("check"), {"website": "http://spam"}).status_code == 403
    assert not Case.objects.exists()


def test_filing_is_limited_by_address(client, firm, monkeypatch):
    from zhiheng.systems.complaints import limits

    monkeypatch.setattr(limits, "DRAFTS", 2)
    from django.test import Client

    answers = [Client().post(address("want"), {"want": "complaint"}).status_code for _n in range(3)]
    assert answers == [302, 302, 429]


def test_another_answer_asks_its_own_pages(client, firm):
    fill(client, firm)
    assert answer(client, "where", {"channel": "platform"}).headers["Location"] == address("platform")
    assert client.get(address("place")).headers["Location"] == address("platform")
    answer(
        client, "platform", {"platform_name": "某某购", "shown": "unknown", "platform_region": "unknown"}, 422
    )
    answer(client, "platform", {"platform_name": "某某购", "shown": "440105", "platform_region": "unknown"})
    answer(client, "check", {})
    assert Case.objects.get().region == "440105"


@pytest.mark.parametrize("key", ["nowhere", "done"])
def test_pages_that_are_not_there(client, key):
    assert client.get(f"/complaints/new/{key}/").status_code == 404


def test_unreadable_photographs_are_told(client):
    answer(client, "want", {"want": "complaint"})
    page = client.post(address("who"), {"photo": io.BytesIO(b"no picture")})
    assert page.status_code == 422
    page = client.post(address("who"), {"photo": photo()})
    assert page.status_code == 422
