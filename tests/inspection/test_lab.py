"""The laboratory: seals, verdicts by the decision rule, reports that anybody verifies, spare samples."""

import io
import uuid
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from tests.inspection.field_people import World, sheet
from zhiheng.core import files
from zhiheng.core.accounts.models import User
from zhiheng.core.ledger.models import Entry
from zhiheng.core.problems import Problem
from zhiheng.core.ui import dates
from zhiheng.systems.inspection import actions_field, results_file, rules_lab
from zhiheng.systems.inspection import actions_lab as actions
from zhiheng.systems.inspection.models import Alert, Report, Sample

# -- verdicts -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "u", "low", "high", "rule", "verdict", "why"),
    [
        ("0.4", "", "", "0.5", "simple", "pass", "within"),
        ("0.5", "", "", "0.5", "simple", "pass", "within"),
        ("0.51", "9", "", "0.5", "simple", "fail", "outside"),
        ("2.9", "", "3", "6", "simple", "fail", "outside"),
        # guarded, w = U: inside by U, outside by U, between
        ("0.40", "0.10", "", "0.50", "guard_band", "pass", "within"),
        ("0.41", "0.10", "", "0.50", "guard_band", "inconclusive", "guard"),
        ("0.60", "0.10", "", "0.50", "guard_band", "inconclusive", "guard"),
        ("0.61", "0.10", "", "0.50", "guard_band", "fail", "outside"),
        ("3.2", "0.3", "3", "6", "guard_band", "inconclusive", "guard"),
        ("3.3", "0.3", "3", "6", "guard_band", "pass", "within"),
        ("2.6", "0.3", "3", "6", "guard_band", "fail", "outside"),
        ("0.4", "", "", "0.5", "guard_band", "inconclusive", "no_uncertainty"),
        ("0.4", "-1", "", "0.5", "guard_band", "inconclusive", "no_uncertainty"),
        # as laboratories write
        ("2.06×10^4", "", "", "100", "simple", "fail", "outside"),
        ("1,200", "", "", "1500", "simple", "pass", "within"),
        ("0,94", "", "", "100", "simple", "inconclusive", "not_a_number"),  # not 94
        ("1,2", "", "", "100", "simple", "inconclusive", "not_a_number"),
        ("０.４", "", "", "0.5", "simple", "pass", "within"),
        ("未检出", "", "", "0.5", "simple", "pass", "not_found"),
        ("未检出", "", "3", "", "simple", "inconclusive", "not_found"),
        ("ND", "", "", "不得检出", "simple", "pass", "not_found"),
        ("1.6", "", "", "不得检出", "simple", "fail", "found"),
        ("检出", "", "", "不得检出", "simple", "fail", "found"),
        ("<0.05", "", "", "不得检出", "simple", "inconclusive", "below"),
        ("<0.5", "", "", "0.5", "simple", "pass", "within"),
        ("<0.6", "", "", "0.5", "simple", "inconclusive", "below"),
        ("<3", "", "3", "", "simple", "fail", "outside"),
        (">0.5", "", "", "0.5", "simple", "fail", "outside"),
        (">1", "", "0.5", "", "simple", "pass", "within"),
        ("符合", "", "", "", "simple", "pass", "said"),
        ("合格", "", "", "0.5", "simple", "inconclusive", "not_a_number"),  # a limit wants a value
        ("合格", "", "", "不得检出", "simple", "inconclusive", "not_a_number"),
        ("不符合", "", "", "", "simple", "fail", "said"),
        ("7", "", "", "", "simple", "inconclusive", "no_limit"),
        ("略高", "", "", "0.5", "simple", "inconclusive", "not_a_number"),
        ("1e999999", "", "", "0.5", "simple", "inconclusive", "not_a_number"),
        ("<", "", "", "0.5", "simple", "inconclusive", "not_a_number"),
        ("/", "", "", "0.5", "simple", "not_tested", "untested"),
    ],
)
def test_what_a_value_says(value, u, low, high, rule, verdict, why):
    assert rules_lab.state(value, u, low, high, rule) == rules_lab.Stated(verdict, why)


def test_a_wider_uncertainty_never_turns_undecided_into_decided():
    order = {"pass": 1, "fail": 1, "inconclusive": 0}
    for tenth in range(20):
        stated = [
            rules_lab.state(str(tenth / 10), str(w / 10), "0.5", "1.2", "guard_band").verdict
            for w in range(15)
        ]
        assert [order[one] for one in stated] == sorted((order[one] for one in stated), reverse=True)
        assert len(set(stated) - {"inconclusive"}) <= 1


@pytest.mark.parametrize(
    ("verdicts", "allowed", "units", "found"),
    [
        (["pass", "pass"], 0, None, "pass"),
        (["pass", "fail"], 0, None, "fail"),
        (["pass", "inconclusive"], 0, None, None),
        (["fail", "inconclusive"], 0, None, "fail"),
        (["pass", "fail"], 1, 1, "not_rejected"),
        (["pass", "fail"], 1, 2, "fail"),
        (["fail", "fail"], 1, 1, "not_rejected"),  # one unit that fails in both
        (["pass", "pass"], 1, 0, "not_rejected"),
        (["pass", "fail"], 1, None, None),
        (["pass", "fail"], 1, 0, None),  # contradicts itself
        (["pass", "pass"], 1, 1, None),
        (["fail", "not_tested"], 1, 2, None),
        ([], 0, None, None),
    ],
)
def test_the_conclusion_is_by_units_and_the_allowance_and_never_without_every_item(
    verdicts, allowed, units, found
):
    assert rules_lab.conclusion(verdicts, allowed, units) == found


@pytest.mark.parametrize(
    ("concluded", "best_before", "until"),
    [
        ("pass", None, date(2026, 2, 28)),
        ("fail", None, date(2026, 5, 30)),
        ("pass", date(2026, 1, 15), date(2026, 1, 15)),
        ("fail", date(2027, 1, 1), date(2026, 5, 30)),
    ],
)
def test_spare_samples_of_food_are_kept_three_or_six_months_or_to_the_end_of_shelf_life(
    concluded, best_before, until
):
    assert rules_lab.spare_until(concluded, date(2025, 11, 30), best_before) == until


# -- the desk -------------------------------------------------------------------------------------------------

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(settings):
    settings.DEMO = True
    return World()


@pytest.fixture
def sample(world):
    body = sheet(world)
    one, _made = actions_field.take_sample(
        world.first, world.task.key, uuid.UUID(body["key"]), body["values"], body["inspectors"], []
    )
    return one


@pytest.fixture
def received(world, sample):
    actions.receive(world.lab, sample, intact=True, condition="常温，完好")
    sample.refresh_from_db()
    return sample


GOOD = {"铅": {"value": "0.1"}, "水分": {"value": "4.5", "uncertainty": "0.5", "coverage": "2"}}
LEAD = GOOD | {"铅": {"value": "0.9"}}


def issued(world, sample, entered=GOOD, number="R-1", high_risk=False):
    actions.enter(world.lab, sample, entered)
    return actions.issue(world.lab, sample, number=number, signatory="陈签字", high_risk=high_risk)


def test_a_sample_is_received_with_its_seals(world, sample, client):
    client.force_login(world.lab)
    page = reverse("inspection:lab_sample", args=[sample.pk])
    assert sample.number in client.get(reverse("inspection:lab")).content.decode()
    assert "F0001" in client.get(page).content.decode()
    answer = client.post(
        reverse("inspection:lab_do", args=[sample.pk, "receive"]),
        {"at": timezone.localtime().strftime("%Y-%m-%dT%H:%M:%S"), "intact": "yes", "condition": "完好"},
    )
    assert answer.status_code == 302
    sample.refresh_from_db()
    assert sample.state == Sample.State.RECEIVED and sample.seals_intact and sample.case.state == "testing"


def test_a_broken_seal_ends_it_and_the_organiser_is_told(world, sample):
    with pytest.raises(Problem):
        actions.receive(world.lab, sample, intact=False, condition="")
    actions.receive(world.lab, sample, intact=False, condition="封条断裂")
    sample.refresh_from_db()
    assert sample.state == Sample.State.VOID and sample.case.state == "sampled"
    assert [(a.kind, a.region) for a in Alert.objects.all()] == [("seal", "440100")]
    with pytest.raises(Problem) as refused:
        actions.enter(world.lab, sample, GOOD)
    assert refused.value.status == 409


def test_who_sampled_does_not_test_and_another_laboratory_neither(world, sample):
    other = User.objects.create_user("lab2", role="laboratory", organisation=world.maker)
    with pytest.raises(Problem) as refused:
        actions.receive(other, sample, intact=True, condition="")
    assert refused.value.code == "not_this_laboratory"
    sampler = User.objects.create_user("sampler", role="laboratory", organisation=world.lab_org)
    world.inspectors[0].user = sampler
    world.inspectors[0].save()
    with pytest.raises(Problem) as refused:
        actions.receive(sampler, sample, intact=True, condition="")
    assert refused.value.code == "sampler_tests"
    with pytest.raises(Problem) as refused:
        actions.receive(world.head, sample, intact=True, condition="")
    assert refused.value.code == "forbidden"


def test_verdicts_are_stated_and_another_one_needs_a_reason(world, received):
    rows = actions.enter(
        world.lab, received, {"水分": {"value": "5.8", "uncertainty": "0.5", "coverage": "2"}}
    )
    assert [(r["item"], r["verdict"]) for r in rows] == [("铅", "not_tested"), ("水分", "inconclusive")]
    with pytest.raises(Problem) as refused:
        actions.enter(
            world.lab, received, {"水分": {"value": "5.8", "uncertainty": "0.5", "verdict": "pass"}}
        )
    assert "水分" in refused.value.extra["errors"]
    own = {"value": "5.8", "uncertainty": "0.5", "verdict": "pass", "override_why": "复测 5.4"}
    rows = actions.enter(world.lab, received, {"铅": {"value": "0.1"}, "水分": own})
    assert rows[1]["verdict"] == "pass" and rows[1]["computed"] == "inconclusive"
    report = actions.issue(world.lab, received, number="R-2", signatory="陈签字", high_risk=False)
    assert report.conclusion == "pass" and report.results.get(item="水分").override_why == "复测 5.4"


def test_a_report_is_a_pdf_with_items_uncertainty_rule_and_a_code_that_verifies_it(world, received, client):
    report = issued(world, received)
    received.refresh_from_db()
    data = files.load(report.sha256)
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    for word in ("R-1", received.number, "铅", "0.5 (k=2)", "ILAC-G8", "陈签字", "GB 7100"):
        assert word in text.replace("\n", ""), word
    assert received.state == Sample.State.REPORTED and received.case.state == "passed"
    assert received.draft == []

    from zhiheng.trace import reading

    images = reading.read_image(_first_page(data))
    assert any(report.code in one.text for one in images)
    url = reverse("inspection:report_public", args=[report.code])
    page = client.get(url).content.decode()
    assert "R-1" in page and world.lab_org.name in page and report.sha256 in page
    for secret in (world.shop.name, "苏打饼干", "陈签字", "0.1"):
        assert secret not in page
    same = client.post(url, {"file": SimpleUploadedFile("r.pdf", data, "application/pdf")}).content.decode()
    assert "一致：" in same and "不一致" not in same
    changed = client.post(url, {"file": SimpleUploadedFile("r.pdf", data + b" ")}).content.decode()
    assert "不一致" in changed
    assert client.post(url).status_code == 422
    assert client.get(reverse("inspection:report_public", args=["0" * 32])).status_code == 404


def _first_page(data):
    """The QR code drawn anew as a picture, from where the PDF has its filled squares."""
    import re

    from PIL import Image, ImageDraw

    content = PdfReader(io.BytesIO(data)).pages[0].get_contents().get_data().decode("latin-1")
    squares = [
        tuple(map(float, found))
        for found in re.findall(r"n ([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) re f", content)
    ]
    small = [s for s in squares if s[3] < 5]
    left, low = min(s[0] for s in small), min(s[1] for s in small)
    size = max(s[0] + s[2] for s in small) - left
    scale = 600 / size
    image = Image.new("L", (700, 700), 255)
    draw = ImageDraw.Draw(image)
    for x, y, w, h in small:
        draw.rectangle(
            [50 + (x - left) * scale, 650 - (y - low + h) * scale, 50 + (x - left + w) * scale - 1, 650 - (y - low) * scale - 1], fill=0
        )  # fmt: skip
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def test_a_grave_result_is_told_at_once_and_moves_the_case(world, received):
    report = issued(world, received, LEAD, high_risk=True)
    received.refresh_from_db()
    assert report.conclusion == "fail" and received.case.state == "failed"
    assert report.results.get(item="铅").high_risk
    assert sorted(Alert.objects.values_list("kind", "region")) == [
        ("high_risk", "440100"), ("high_risk", "440106"),
    ]  # fmt: skip


def test_no_report_while_an_item_is_open(world, received):
    actions.enter(world.lab, received, {"铅": {"value": "0.1"}})
    with pytest.raises(Problem) as refused:
        actions.issue(world.lab, received, number="R-1", signatory="陈", high_risk=False)
    assert refused.value.code == "undecided" and "水分" in refused.value.message
    assert not Report.objects.exists()


def test_a_withdrawn_report_says_so_and_the_next_one_names_it(world, received, client):
    report = issued(world, received)
    client.force_login(world.lab)
    client.post(reverse("inspection:report_withdraw", args=[report.pk]), {"why": "单位写错"})
    page = client.get(reverse("inspection:report_public", args=[report.code])).content.decode()
    assert "已由检验机构撤回" in page and "单位写错" not in page
    assert Alert.objects.filter(kind="withdrawn", region="440100").exists()
    received.refresh_from_db()
    assert received.case.state == "testing" and "report_no" not in received.case.values
    assert [row["value"] for row in received.draft] == ["0.1", "4.5"]
    again = actions.issue(world.lab, received, number="R-1A", signatory="陈签字", high_risk=False)
    text = "".join(p.extract_text() for p in PdfReader(io.BytesIO(files.load(again.sha256))).pages)
    assert "代替已撤回的" in text.replace("\n", "")
    received.case.refresh_from_db()
    assert (received.case.state, received.case.values["report_no"]) == ("passed", "R-1A")


def test_one_number_is_one_report(world, received):
    issued(world, received)
    other = world.new_task(world.maker)
    body = sheet(world, other, uscc=world.maker.uscc)
    one, _ = actions_field.take_sample(
        world.first, other.key, uuid.uuid4(), body["values"], body["inspectors"], []
    )
    actions.receive(world.lab, one, intact=True, condition="完好")
    with pytest.raises(Problem) as refused:
        issued(world, one)
    assert refused.value.code == "report_known"


def test_a_food_spare_is_kept_and_then_listed_and_disposed_of(settings, client):
    settings.DEMO = True
    world = World("food")
    body = sheet(world, best_before=(dates.today() + timedelta(days=10)).isoformat())
    one, _ = actions_field.take_sample(
        world.first, world.task.key, uuid.uuid4(), body["values"], body["inspectors"], []
    )
    actions.receive(world.lab, one, intact=True, condition="完好")
    one.refresh_from_db()
    issued(world, one)
    one.refresh_from_db()
    assert one.spare_until == dates.today() + timedelta(days=10)
    with pytest.raises(Problem) as refused:
        actions.dispose(world.lab, one, "销毁")
    assert refused.value.code == "still_kept"
    client.force_login(world.lab)
    listed = reverse("inspection:lab") + "?lab-state=spare"
    assert one.number not in client.get(listed).content.decode()
    Sample.objects.filter(pk=one.pk).update(spare_until=dates.today() - timedelta(days=1))
    assert one.number in client.get(listed).content.decode()
    client.post(reverse("inspection:lab_do", args=[one.pk, "dispose"]), {"how": "销毁"})
    one.refresh_from_db()
    assert one.state == Sample.State.RETURNED and one.disposed_how == "销毁"


# -- results from a file --------------------------------------------------------------------------------------

HEADS = "检验项目,检验结果,结果单位,扩展不确定度,包含因子,结果判定\n"


def test_results_are_read_from_csv_and_xlsx(world, received, client):
    import xlsxwriter

    client.force_login(world.lab)
    url = reverse("inspection:lab_do", args=[received.pk, "import"])
    text = HEADS + "铅,0.12,mg/kg,0.02,2,合格\n水分,4.5,%,0.4,2,合格\n"
    assert client.post(url, {"file": SimpleUploadedFile("r.csv", text.encode("gb18030"))}).status_code == 302
    received.refresh_from_db()
    assert [row["verdict"] for row in received.draft] == ["pass", "pass"]
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    page = book.add_worksheet()
    page.write_row(0, 0, ["检验项目", "检验结果"])
    page.write_row(1, 0, ["铅", 5])
    book.close()
    assert client.post(url, {"file": SimpleUploadedFile("r.xlsx", out.getvalue())}).status_code == 302
    received.refresh_from_db()
    assert received.draft[0]["value"] == "5" and received.draft[0]["verdict"] == "fail"
    assert received.draft[1]["value"] == "4.5"


def test_every_fault_of_a_file_is_said_by_row_and_nothing_changes(world, received, client):
    text = HEADS + "铅,0.12,g,,,\n镉,1,,,,\n铅,0.2,mg/kg,,,\n"
    with pytest.raises(Problem) as refused:
        results_file.read("r.csv", text.encode(), received.item.tests)
    assert [(e["row"], e["field"]) for e in refused.value.extra["rows"]] == [
        (2, "结果单位"), (3, "检验项目"), (4, "检验项目"),
    ]  # fmt: skip
    client.force_login(world.lab)
    url = reverse("inspection:lab_do", args=[received.pk, "import"])
    for data in (text.encode(), b"", b"\x00\x01", b"a,b\n1,2\n", b"PK\x03\x04", b"[1]"):
        assert client.post(url, {"file": SimpleUploadedFile("r.csv", data)}).status_code == 422
    received.refresh_from_db()
    assert received.draft == []


def test_reports_are_read_by_laboratory_and_office_and_the_look_is_kept(world, received, client):
    report = issued(world, received)
    url = reverse("inspection:report_file", args=[report.pk])
    for who, status in ((world.lab, 200), (world.head, 200), (world.county, 200)):
        client.force_login(who)
        assert client.get(url).status_code == status, who
    firm = User.objects.create_user("firm", role="enterprise", organisation=world.shop)
    client.force_login(firm)
    assert client.get(url).status_code == 404  # not told yet
    assert Entry.objects.filter(action="inspection.report_look", look=True).count() == 3


def test_the_desk_names_the_clock_that_presses_the_laboratory(settings, client):
    settings.DEMO = True
    world = World("food")
    body = sheet(world)
    one, _ = actions_field.take_sample(
        world.first, world.task.key, uuid.uuid4(), body["values"], body["inspectors"], []
    )
    client.force_login(world.lab)
    assert "FSI-002" in client.get(reverse("inspection:lab")).content.decode()
    actions.receive(world.lab, one, intact=True, condition="完好")
    page = client.get(reverse("inspection:lab")).content.decode()
    assert "出具检验报告 FSI-003" in page and "FSI-021" not in page


def test_an_uncertainty_of_nothing_is_a_number(world, received):
    (row, _other) = actions.enter(world.lab, received, {"铅": {"value": "0.4", "uncertainty": "0"}})
    assert (row["uncertainty"], row["verdict"]) == ("0", "pass")


def test_a_sample_is_not_received_at_a_time_that_is_none(world, sample, client):
    client.force_login(world.lab)
    answer = client.post(
        reverse("inspection:lab_do", args=[sample.pk, "receive"]), {"at": "昨天", "intact": "yes"}
    )
    assert answer.status_code == 422 and "2026-11-26T09:30" in answer.content.decode()
    sample.refresh_from_db()
    assert sample.received_at is None


def test_a_laboratory_has_no_page_of_a_firms_own_results(world, sample, client):
    client.force_login(world.lab)
    assert client.get(reverse("inspection:mine")).status_code == 404


def test_what_the_desk_refuses_is_said_on_its_page_and_nothing_typed_is_lost(world, received, client):
    client.force_login(world.lab)

    def send(what, **given):
        answer = client.post(reverse("inspection:lab_do", args=[received.pk, what]), given)
        return answer.status_code, answer.content.decode()

    rows = b"\xe6\xa3\x80\xe9\xaa\x8c\xe9\xa1\xb9\xe7\x9b\xae,\xe6\xa3\x80\xe9\xaa\x8c\xe7\xbb\x93\xe6\x9e\x9c\n\xe9\x95\x89,1\n"
    status, page = send("import", file=SimpleUploadedFile("r.csv", rows))
    assert status == 422 and "“镉”不在计划的检验项目中" in page
    status, page = send("issue", number="N1", signatory="赵")
    assert status == 422 and "还不能下结论" in page
    status, page = send(
        "results", **{"value-0": "0.4712", "value-1": "4", "uncertainty-1": "很小", "coverage-0": "2"}
    )
    assert status == 422 and "0.4712" in page and "很小" in page
