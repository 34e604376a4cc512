"""The gateway: real files of every format through the same code, and an answer for every row."""

import csv
import gzip
import io
import json
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
import python_calamine
import xlsxwriter
from django.db import connection
from django.utils import timezone

from tests.shared import shared
from zhiheng.core.accounts.actions import create_key
from zhiheng.core.exchange import actions, contracts, queries, reading, tasks, writing
from zhiheng.core.exchange.rules import MEND
from zhiheng.core.jobs import runner, submissions
from zhiheng.core.jobs.models import Job, Outcome
from zhiheng.core.ledger.models import Entry
from zhiheng.core.problems import Problem
from zhiheng.core.registry.models import Alias, Designation, Organisation, Person, Product
from zhiheng.knowledge.codes import regions, uscc

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
HEAD = ["统一社会信用代码", "名称", "行政区划", "地址"]


def code(n):
    return uscc.make(f"91440101MA00{n:05d}")


def organisations(n, start=0):
    return [[code(i), f"广州第{i}厂", "440105", f"路{i}号"] for i in range(start, start + n)]


def as_csv(rows, head=HEAD, encoding="utf-8", delimiter=","):
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([head, *rows])
    return text.getvalue().encode(encoding)


def as_xlsx(rows, head=HEAD):
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        for line, row in enumerate([head, *rows]):
            for column, cell in enumerate(row):
                sheet.write_string(line, column, cell) if isinstance(cell, str) else sheet.write(
                    line, column, cell
                )
    return file.getvalue()


def as_json(rows, head=HEAD):
    return json.dumps([dict(zip(head, row, strict=True)) for row in rows], ensure_ascii=False).encode()


def as_jsonl(rows, head=HEAD):
    return "".join(
        json.dumps(dict(zip(head, row, strict=True)), ensure_ascii=False) + "\n" for row in rows
    ).encode()


def send(user, body, contract="organisations", filename="数据", run=True, all_or_nothing=False, **options):
    chunks = [body[i : i + 1000] for i in range(0, len(body), 1000)]
    job = actions.submit(user, contract, chunks, filename, "", all_or_nothing, TODAY, **options)
    repeated = job.repeated
    if run:
        job = runner.run_now(job)
    job.repeated = repeated
    return job


def counts(job):
    return job.accepted, job.duplicates, job.rejected


FORMATS = {
    "csv": as_csv,
    "csv with mark": lambda rows: as_csv(rows, encoding="utf-8-sig"),
    "csv gb18030": lambda rows: as_csv(rows, encoding="gb18030"),
    "csv utf-16": lambda rows: as_csv(rows, encoding="utf-16", delimiter="\t"),
    "csv semicolon": lambda rows: as_csv(rows, delimiter=";"),
    "csv tab": lambda rows: as_csv(rows, delimiter="\t"),
    "xlsx": as_xlsx,
    "json": as_json,
    "json rows": lambda rows: b'{"from": {"a": [1]}, "rows": ' + as_json(rows) + b"}",
    "jsonl": as_jsonl,
}


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_gives_the_same_rows(people, format):
    job = send(people["city"], FORMATS[format](organisations(3)))
    assert (job.state, job.error, counts(job), job.total) == ("done", None, (3, 0, 0), 3)
    assert list(Organisation.objects.filter(uscc__in=[code(0), code(2)]).values_list("name", "address")) == [
        ("广州第0厂", "路0号"), ("广州第2厂", "路2号"),
    ]  # fmt: skip


def test_columns_by_any_of_their_names_in_any_order(people):
    for head in (
        ["name", "uscc", "region"],
        ["Name", "Unified social credit code", "Region"],
        ["名称*", " 统一社会信用代码 ", "行政区划"],
    ):
        job = send(people["city"], as_csv([["厂", code(1), "440105"]], head), again=True)
        assert job.rejected == 0
    job = send(
        people["province"],
        as_csv([_licence(uscc=code(1))], list(LICENCE_CODES.values())),
        "licences",
    )
    assert counts(job) == (1, 0, 0), list(job.outcomes.values())


def test_every_wrong_cell_is_named_with_its_row_and_remedy(people):
    rows = organisations(3)
    rows[1][0] = rows[1][0][:17] + ("0" if rows[1][0][17] != "0" else "1")
    rows[1][1] = ""
    rows[2][2] = "443000"
    job = send(people["city"], as_csv([rows[0], [], *rows[1:]]))
    assert counts(job) == (1, 0, 2)
    found = {(o.place, o.code) for o in job.outcomes.all()}
    # The heading is row 1 and the empty line counts, as a spreadsheet shows it.
    assert found == {
        ("第 4 行“统一社会信用代码”", "uscc_check_character"),
        ("第 4 行“名称”", "required"),
        ("第 5 行“行政区划”", "region_unknown"),
    }
    assert all(o.message and o.remedy for o in job.outcomes.all())
    assert "应为" in job.outcomes.get(code="uscc_check_character").message


def test_errors_speak_the_senders_language(people):
    from django.utils import translation

    with translation.override("en"):
        job = send(people["city"], as_csv([["1", "x", "440105", ""]]))
    assert job.options["language"] == "en"


def test_spreadsheet_numbers_dates_and_lost_digits(people, firm):
    head = ["gtin", "uscc", "name", "category", "spec"]
    rows = [
        [6901234567892, firm.uscc, "酱油", "食品", 500],
        [6900000000014.0, firm.uscc, "醋", "food", "1L"],
        [6900000000021, 914401017256040556, "错", "食品", ""],
    ]
    job = send(people["enterprise"], as_xlsx(rows, head), "products")
    assert set(Product.objects.values_list("gtin", "spec")) == {
        ("06901234567892", "500"),
        ("06900000000014", "1L"),
    }
    assert [o.code for o in job.outcomes.all()] == ["number_rounded"]
    text = send(people["enterprise"], as_csv([["6.9E+12", firm.uscc, "错", "食品", ""]], head), "products")
    assert text.outcomes.get().code == "number_rounded"
    head = ["uscc", "职务", "姓名", "任职自", "任职至"]
    days = [
        [firm.uscc, "首席质量官", "甲", datetime(2026, 1, 2), "2026/3/4"],
        [firm.uscc, "首席质量官", "乙", 46024, "20260304"],
        [firm.uscc, "首席质量官", "丙", "2026年1月2日", "2026.3.4"],
        [firm.uscc, "首席质量官", "丁", "2026-02-30", ""],
        [firm.uscc, "首席质量官", "戊", "2026-05-01", "2026-04-01"],
    ]
    job = send(people["enterprise"], as_xlsx(days, head), "people")
    assert [o.code for o in job.outcomes.all()] == ["no_such_date", "period_reversed"]
    assert {(p.since, p.until) for p in Person.objects.all()} == {(date(2026, 1, 2), date(2026, 3, 4))}


BROKEN = {
    "empty": (b"", "empty"),
    "blank": (b" \r\n\r\n", "empty"),
    "binary": (b"\x7fELF\x02\x01\x00" + bytes(range(256)) * 40, "binary"),
    "wrong encoding": ("名称,uscc\n".encode() + b"\xff\xff\xff\x81", "encoding"),
    "old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old_or_locked_workbook"),
    "truncated workbook": (as_xlsx(organisations(50))[:-400], "workbook_broken"),
    "zip without workbook": (b"PK\x05\x06" + b"\0" * 18, "workbook_broken"),
    "pk and noise": (b"PK\x03\x04" + b"\x99" * 500, "workbook_broken"),
    "heading only": (as_csv([]), "no_rows"),
    "workbook heading only": (as_xlsx([]), "no_rows"),
    "empty list": (b"[]", "no_rows"),
    "missing columns": (as_csv([["x"]], ["名称"]), "missing_column"),
    "column twice": (as_csv([], [*HEAD, "name"]), "duplicate_column"),
    "open quote": (as_csv(organisations(2)) + b'"abc', "csv"),
    "half a list": (as_json(organisations(3))[:-20], "json"),
    "no rows in object": (b'{\n"data": []}\n', "no_rows"),
    "deep": (b"[" * 100_000, "json_too_deep"),
    "deep object": (b'[{"a":' + b"[" * 100_000, "json_too_deep"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_file_is_one_clear_error(people, kind):
    body, expected = BROKEN[kind]
    if not body:  # there is nothing to keep
        with pytest.raises(Problem, match="没有收到"):
            send(people["city"], body)
        return
    job = send(people["city"], body)
    assert job.state == "failed"
    assert job.error["code"] == expected, job.error
    assert job.error["title"]
    assert job.error["remedy"]
    assert not Organisation.objects.filter(source__startswith="job:").exists()


def test_random_bytes_never_crash(people):
    import random

    source = random.Random(5)
    for seed in (
        as_csv(organisations(3)),
        as_json(organisations(3)),
        as_jsonl(organisations(3)),
        as_xlsx(organisations(3)),
    ):
        for _ in range(40):
            body = bytearray(seed)
            for _ in range(source.randint(1, 12)):
                body[source.randrange(len(body))] = source.randrange(256)
            job = send(people["city"], bytes(body), again=True)
            assert job.state == "done" or job.error["code"] != "internal_error", (bytes(body), job.error)


def test_a_workbook_with_far_corners_is_refused_before_it_is_held(people):
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "x")
        sheet.write(1_048_575, 16_383, "x")
    job = send(people["city"], file.getvalue())
    assert job.error["code"] == "workbook_too_large"


def test_a_zip_bomb_is_refused(people, monkeypatch):
    monkeypatch.setattr(reading, "MAX_UNZIPPED", 8 << 20)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as member:
            member.write(b" " * (9 << 20))
    job = send(people["city"], file.getvalue())
    assert job.error["code"] == "workbook_too_large"


def test_a_broken_line_of_json_lines_is_one_rejected_row(people):
    lines = as_jsonl(organisations(3)).splitlines()
    lines[1] = b'{"name": '
    lines.append(b"[1]")
    job = send(people["city"], b"\n".join(lines), filename="a.jsonl")
    assert counts(job) == (2, 0, 2)
    assert [o.code for o in job.outcomes.all()] == ["json", "not_an_object"]


def test_unknown_columns_and_too_many_cells_are_said(people):
    job = send(
        people["city"],
        as_csv([[*organisations(1)[0], "x"], [*organisations(1, 1)[0], "x", "y"]], [*HEAD, "颜色"]),
    )
    assert job.outcomes.get(kind="warning").message.startswith("契约里没有“颜色”")
    assert job.outcomes.get(kind="rejected").code == "too_many_cells"
    job = send(
        people["city"], b'[{"uscc": "%s", "name": "x", "region": "440105", "b": {"c": 1}}]' % code(9).encode()
    )
    assert (job.accepted, job.outcomes.get().code) == (1, "unknown_column")


def test_partial_keeps_the_right_rows_and_all_or_nothing_keeps_none(people):
    rows = organisations(1200)
    rows[1100][2] = "1"
    job = send(people["city"], as_csv(rows), all_or_nothing=True)
    assert (job.state, job.error["code"], job.rejected) == ("failed", "nothing_stored", 1)
    assert not Organisation.objects.filter(name__startswith="广州第").exists()
    job = send(people["city"], as_csv(rows))
    assert counts(job) == (1199, 0, 1)
    job = send(people["city"], as_csv(organisations(1200)), all_or_nothing=True)
    assert (job.state, counts(job)) == ("done", (1, 1199, 0))


def test_all_or_nothing_takes_back_what_a_later_row_spoils(people, firm):
    rows = [*organisations(600), [code(7), "深圳厂", "440305", ""]]  # not the city's to write
    job = send(people["city"], as_csv(rows), all_or_nothing=True)
    assert job.error["code"] == "nothing_stored"
    assert [o.code for o in job.outcomes.all()] == ["outside_jurisdiction"]
    assert Organisation.objects.filter(source__startswith="job:").count() == 0


def test_the_same_content_is_one_submission(people):
    body = as_csv(organisations(2))
    first = send(people["city"], body)
    kept = len(list(submissions.locate("").rglob("*")))
    again = send(people["city"], body, run=False)
    assert (again.pk, again.repeated) == (first.pk, True)
    assert len(list(submissions.locate("").rglob("*"))) == kept
    assert send(people["province"], body, run=False).pk != first.pk
    anew = send(people["city"], body, again=True)
    assert anew.pk != first.pk
    assert counts(anew) == (0, 2, 0)


def test_the_same_key_is_a_duplicate_or_an_update(people):
    send(people["city"], as_csv(organisations(2)))
    changed = organisations(2)
    changed[1][3] = "新路"
    job = send(people["city"], as_csv([*changed, changed[0]]))
    assert counts(job) == (1, 2, 0)
    assert Organisation.objects.get(uscc=code(1)).address == "新路"
    # A column that was not sent changes nothing.
    send(people["city"], as_csv([[code(1), "广州第1厂", "440105"]], HEAD[:3]))
    assert Organisation.objects.get(uscc=code(1)).address == "新路"


def test_the_template_can_be_filled_in_and_its_example_is_no_data(people):
    for contract in contracts.every():
        assert writing.template_csv(contract)
        names = (
            python_calamine.load_workbook(writing.template_xlsx(contract))
            .get_sheet_by_index(0)
            .to_python()[0]
        )
        assert len(names) == len(contract.fields)
        job = send(people["province"], writing.template_csv(contract), contract.key)
        assert job.error["code"] == "no_rows", contract.key
    filled = writing.template_csv(contracts.get("organisations")) + f"{code(5)},厂,440105,,,,,,\r\n".encode()
    assert counts(send(people["city"], filled)) == (1, 0, 0)
    assert not Organisation.objects.filter(name__contains="示例").exists()


def _rejected(job):
    return b"".join(
        writing.rejected(
            job.options["format"],
            job.options["names"],
            queries.rejected_rows(job),
            delimiter=job.options.get("delimiter", ","),
        )
    )


@pytest.mark.parametrize("format", ["csv", "csv semicolon", "xlsx", "json", "jsonl"])
def test_rejected_rows_come_back_in_their_format_and_go_in_again_mended(people, format):
    rows = organisations(4)
    rows[1][2], rows[3][1] = "bad", "<>"
    job = send(people["city"], FORMATS[format](rows), filename=f"a.{format.split()[0]}")
    assert counts(job) == (2, 0, 2)
    back = _rejected(job)
    if format == "xlsx":
        table = python_calamine.load_workbook(io.BytesIO(back)).get_sheet_by_index(0).to_python()
        assert table[0][-1] == MEND
        assert "行政区划" in table[1][-1]
        table[1][2], table[2][1] = "440105", "厂"
        mended = as_xlsx(table[1:], table[0])
    else:
        text = back.decode("utf-8-sig")
        assert MEND in text
        assert "六位" in text
        mended = text.replace("bad", "440105").replace("<>", "厂").encode()
    again = send(people["city"], mended)
    assert (again.state, counts(again)) == ("done", (2, 0, 0)), list(again.outcomes.values())
    assert not again.outcomes.exists()


def test_replay_as_they_are_after_what_was_missing_came(people):
    head = ["gtin", "uscc", "name", "category"]
    job = send(people["city"], as_csv([["6901234567892", code(1), "酱油", "食品"]], head), "products")
    assert job.outcomes.get().code == "unknown_organisation"
    send(people["city"], as_csv(organisations(2)))
    replayed = runner.run_now(actions.replay(people["city"], job, today=TODAY))
    assert counts(replayed) == (1, 0, 0)
    assert replayed.options["replay_of"] == str(job.pk)
    assert queries.replays_of(job).get() == replayed
    with pytest.raises(Problem, match="没有被拒"):
        actions.replay(people["city"], replayed, today=TODAY)


def test_a_worker_that_dies_between_chunks_is_followed_by_one_that_goes_on(people, monkeypatch):
    rows = organisations(1700)
    rows[10][2] = rows[1300][2] = "x"
    job = send(people["city"], as_csv(rows, [*HEAD[:3], "颜色"]), run=False)
    real, calls = tasks._apply, []

    def dies(*args):
        calls.append(1)
        if len(calls) == 3:
            real(*args)  # the rows are written, and lost with the transaction
            raise SystemExit
        return real(*args)

    monkeypatch.setattr(tasks, "_apply", dies)
    with pytest.raises(SystemExit):
        runner.run_now(job)
    assert Organisation.objects.filter(name__startswith="广州第").count() == 999
    monkeypatch.setattr(tasks, "_apply", real)
    Job.objects.filter(pk=job.pk).update(state="running", leased_until=timezone.now() - runner.LEASE)
    assert runner.work(until_idle=True) == 1
    job.refresh_from_db()
    assert (job.state, job.done, counts(job)) == ("done", 1700, (1698, 0, 2))
    assert job.outcomes.filter(kind="rejected").count() == 2
    assert job.outcomes.filter(code="unknown_column").count() == 1
    assert Organisation.objects.filter(name__startswith="广州第").count() == 1698


def test_a_worker_whose_job_was_taken_over_writes_nothing_more(people):
    job = send(people["city"], as_csv(organisations(700)), run=False)
    stale = runner.lease()
    Job.objects.filter(pk=job.pk).update(attempts=9)
    runner.run(stale)
    job.refresh_from_db()
    assert (job.state, job.done) == ("running", 0)
    assert not Organisation.objects.filter(name__startswith="广州第").exists()


def test_personal_values_are_sealed_in_the_quarantine(people, firm):
    head = ["uscc", "职务", "姓名", "任职自"]
    job = send(people["enterprise"], as_csv([[firm.uscc, "不存在的职务", "欧阳修", ""]], head), "people")
    with connection.cursor() as cursor:
        cursor.execute("SELECT raw FROM jobs_outcome")
        assert "欧阳" not in json.dumps(json.loads(str(cursor.fetchone()[0])), ensure_ascii=False)
    assert "欧阳修" in _rejected(job).decode()
    assert queries.has_sealed(job)


def test_an_enterprise_submits_only_its_own(people, firm, shenzhen):
    head = ["gtin", "uscc", "name", "category"]
    job = send(
        people["enterprise"],
        as_csv(
            [["6901234567892", firm.uscc, "酱油", "食品"], ["6900000000014", shenzhen.uscc, "醋", "食品"]],
            head,
        ),
        "products",
    )
    assert counts(job) == (1, 0, 1)
    assert job.outcomes.get().code == "not_your_organisation"
    job = send(
        people["enterprise"], as_csv([[firm.uscc, "改名", "440105", ""], [code(3), "新", "440105", ""]])
    )
    assert [o.code for o in job.outcomes.all()] == ["field_not_yours", "not_your_organisation"]
    own = send(people["enterprise"], as_csv([[firm.uscc, firm.name, firm.region, "新路"]]))
    assert own.accepted == 1
    for role in ("leading", "auditor"):
        with pytest.raises(Problem):
            send(people[role], as_csv(organisations(1)))


def test_an_alias_is_a_partys_only_about_its_own_products(people, firm, shenzhen):
    Product.objects.create(gtin="06901234567892", organisation=firm, name="酱油")
    own, other = "https://id.gs1.org/01/06901234567892/21/1", "https://id.gs1.org/01/06900000000014/21/1"
    body = as_csv(
        [[own, "urn:x:1", ""], [other, "urn:x:2", ""], [own, "urn:epc:id:sgtin:690123.0456789.1", ""]],
        ["code_a", "code_b", "source"],
    )
    job = send(people["enterprise"], body, "aliases")
    assert counts(job) == (1, 0, 2)
    assert {o.code for o in job.outcomes.all()} == {"not_your_product", "alias_of_itself"}
    assert Alias.objects.get().code_b == "urn:x:1"


LICENCE_CODES = {f.name: f.code for f in contracts.get("licences").fields if f.required or f.name in {"registration_no", "legal_rep", "decision_date", "valid_to", "licence_no"}}  # fmt: skip


def _licence(**changes):
    row = {
        "counterparty_name": "广州第1厂", "counterparty_category": "法人及非法人组织", "uscc": code(1), "legal_rep": "张三",
        "decision_title": "决定书", "decision_no": "许〔2026〕1号", "licence_category": "普通", "licence_content": "生产",
        "licence_authority": "广州市局", "licence_authority_uscc": uscc.make("11440100MB2C0EXAM"),
        "registration_no": "", "decision_date": "2026-01-01", "valid_to": "2031-01-01", "licence_no": "",
    } | changes  # fmt: skip
    return [row[name] for name in LICENCE_CODES]


NOBODY = "0" * 17 + "X"


@pytest.mark.parametrize(
    ("changes", "code_"),
    [
        ({"uscc": "9144"}, "uscc_length"),
        ({"counterparty_name": "厂$"}, "name_special_character"),
        ({"decision_date": "2099-01-01"}, "decided_in_future"),
        ({"valid_to": "2020-01-01"}, "expired"),
        ({"valid_to": "20261301"}, "no_such_date"),
        ({"uscc": NOBODY}, "uscc_missing"),
        ({"uscc": NOBODY, "counterparty_category": "个体工商户"}, "registration_no_missing"),
        ({"counterparty_category": "自然人"}, "not_an_organisation"),
        ({"licence_category": "其他"}, "category_unspecified"),
        ({"licence_category": "免费"}, "not_in_code_list"),
        ({"legal_rep": ""}, "required"),
        ({"decision_no": ""}, "required"),
    ],
)
def test_licences_are_held_to_rules_r3_and_r5(people, changes, code_):
    send(people["city"], as_csv(organisations(2)))
    job = send(people["city"], as_csv([_licence(**changes)], list(LICENCE_CODES.values())), "licences")
    assert [o.code for o in job.outcomes.all()] == [code_]


def test_the_placeholder_joins_nobody(people):
    send(people["city"], as_csv(organisations(2)))
    alone = {"uscc": NOBODY, "counterparty_category": "个体工商户"}
    rows = [
        _licence(),
        _licence(),
        _licence(**alone, registration_no="440105600001"),
        _licence(**alone, registration_no="440105600002"),
        _licence(
            licence_category="其他-备案", decision_no="2", counterparty_name="别的名字", licence_no="SC1"
        ),
    ]
    job = send(people["city"], as_csv(rows, list(LICENCE_CODES.values())), "licences")
    assert counts(job) == (4, 1, 0)
    assert Designation.objects.filter(organisation=None).count() == 2
    assert Designation.objects.filter(organisation__uscc=code(1)).count() == 2
    assert {o.code for o in job.outcomes.filter(kind="warning")} == {"name_differs", "number_unusual"}


def test_certificates_become_designations(people, firm):
    head = [
        "uscc",
        "获得认证的组织名称、地址",
        "覆盖的业务范围",
        "standards",
        "证书编号",
        "issuer",
        "issued_on",
        "有效期",
    ]
    row = [firm.uscc, firm.name, "酱油", "GB/T 19001", "Q1", "中心", "2026-01-01", "2029-01-01"]
    assert counts(
        send(people["city"], as_csv([row, [*row[:-1], "2025-01-01"]], head), "system-certificates")
    ) == (1, 0, 1)
    assert counts(send(people["city"], as_csv([[*row[:-1], "2030-01-01"]], head), "system-certificates")) == (
        1,
        0,
        0,
    )
    assert Designation.objects.get().valid_until == date(2030, 1, 1)


def test_each_chunk_is_in_the_ledger(people):
    job = send(people["city"], as_csv(organisations(700)))
    entries = Entry.objects.filter(subject=f"job:{job.pk}", action="registry.organisation.import")
    assert sum(len(e.detail["created"]) for e in entries) == 700
    assert Entry.objects.filter(action="exchange.submit", subject=f"job:{job.pk}").count() == 1


def test_two_hundred_thousand_rows_in_bounded_memory(people, monkeypatch):
    """Reading and judging is what could grow; storing is measured by the real import below."""
    held = []

    def apply(rows, actor, job):
        held.append(int(Path("/proc/self/statm").read_text().split()[1]) * 4096)
        return [contracts.accepted() for _ in rows]

    products = contracts.get("products")
    monkeypatch.setitem(products.__dict__, "apply", apply)
    monkeypatch.setitem(products.by_name["gtin"].__dict__, "check", None)  # each row a key of its own
    one = json.dumps({"gtin": "6901234567892", "uscc": code(1), "name": "x", "category": "food"})
    for parts, expected in (
        (
            [
                "gtin,uscc,name,category\n",
                *[
                    "".join(f"{i},{code(1)},酱油,食品\n" for i in range(n, n + 1000))
                    for n in range(0, 200_000, 1000)
                ],
            ],
            200_000,
        ),
        (["[", *[(one + ",") * 100] * 300, one, "]"], 30_001),
    ):
        held.clear()
        job = actions.submit(
            people["city"], "products", (part.encode() for part in parts), "", "", False, TODAY
        )
        job = runner.run_now(job)
        assert job.accepted == expected
        assert max(held) - held[0] < 30 << 20


def test_the_companies_of_guangdong(people):
    with gzip.open(
        shared("data/real/companies/guangdong_enterprises.csv.gz"), "rt", encoding="utf-8"
    ) as file:
        source = list(csv.DictReader(file))
    cities = {city.name.removesuffix("市"): city.code for city in regions.GUANGDONG_CITIES}
    rows = [
        [r["统一社会信用代码"], r["企业名称"], cities[r["地区"]], r["企业类型"], r["注册地址_截至镇街"]]
        for r in source
    ]
    head = ["统一社会信用代码", "名称", "行政区划", "主体类型", "地址"]
    job = send(people["province"], as_csv(rows, head, "gb18030"))
    assert job.accepted + job.rejected == 9791
    assert job.rejected <= 5, list(job.outcomes.values("place", "message"))[:10]
    assert Organisation.objects.filter(region="440300", source=f"job:{job.pk}").count() >= 590


# ---- pages and API


def test_pages_from_upload_to_download(people, client):
    client.force_login(people["city"])
    assert client.get("/desk/exchange/").status_code == 200
    for contract in contracts.every():
        page = client.get(f"/desk/exchange/contracts/{contract.key}/").content.decode()
        assert contract.fields[0].label_zh in page
        for format in ("csv", "xlsx"):
            assert client.get(f"/desk/exchange/contracts/{contract.key}/template.{format}").status_code == 200
    assert client.get("/desk/exchange/contracts/none/").status_code == 404
    assert client.get("/desk/exchange/contracts/sites/template.pdf").status_code == 404
    assert "没有选择文件" in client.post("/desk/exchange/contracts/organisations/", {}).content.decode()
    rows = organisations(2)
    rows[1][2] = "x"
    file = io.BytesIO(as_csv(rows))
    file.name = "企业.csv"
    answer = client.post("/desk/exchange/contracts/organisations/", {"file": file, "mode": "partial"})
    assert answer.status_code == 302
    job = Job.objects.get()
    waiting = client.get(answer.url).content.decode()
    assert "every 1s" in waiting
    assert "every 1s" in client.get(f"{answer.url}progress/").content.decode()
    runner.work(until_idle=True)
    assert client.get(f"{answer.url}progress/").headers["HX-Refresh"] == "true"
    page = client.get(answer.url).content.decode()
    assert "第 3 行" in page
    assert "every 1s" not in page
    download = client.get(f"{answer.url}rejected/")
    assert MEND in b"".join(download.streaming_content).decode()
    assert client.post(f"{answer.url}replay/").status_code == 302
    assert Job.objects.filter(options__replay_of=str(job.pk)).count() == 1
    client.force_login(people["enterprise"])
    assert client.get(answer.url).status_code == 404


JOB_SEEN_BY = {"province", "city", "leading", "auditor", "system"}


@pytest.mark.parametrize(
    "role", ["province", "city", "county", "leading", "auditor", "system", "enterprise", "laboratory"]
)
def test_who_sees_the_jobs(people, shenzhen, role):
    from tests.accounts.people import person

    officer = send(people["city"], as_csv(organisations(1)), run=False)
    own = send(people["enterprise"], as_csv(organisations(1)), run=False)
    far = send(person("enterprise", org=shenzhen, username="far"), as_csv(organisations(1)), run=False)
    expected = {
        "province": {officer, own, far}, "city": {officer, own}, "county": {own}, "leading": {officer, own, far},
        "auditor": {officer, own, far}, "system": {officer, own, far}, "enterprise": {own}, "laboratory": {own},
    }[role]  # fmt: skip
    assert set(queries.jobs_visible_to(people[role])) == expected


def test_the_api_takes_raw_and_multipart_bodies(people, client):
    _key, secret = create_key(people["city"], name="k", scopes=["exchange:submit"])
    auth = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
    base = "/api/v1/exchange"
    assert client.post(f"{base}/organisations", b"x", content_type="text/csv").status_code == 401
    sent = client.post(f"{base}/organisations", as_csv(organisations(2)), content_type="text/csv", **auth)
    assert sent.status_code == 202
    assert (
        client.post(
            f"{base}/organisations", as_csv(organisations(2)), content_type="text/csv", **auth
        ).status_code
        == 200
    )
    file = io.BytesIO(as_jsonl([["1", "x", "1", ""]]))
    file.name = "a.jsonl"
    second = client.post(f"{base}/organisations?all_or_nothing=true", {"file": file}, **auth)
    assert second.status_code == 202
    runner.work(until_idle=True)
    assert client.get(f"{base}/jobs/{sent.json()['id']}", **auth).json()["accepted"] == 2
    bad = client.get(f"{base}/jobs/{second.json()['id']}", **auth).json()
    assert (bad["state"], bad["error"]["code"]) == ("failed", "nothing_stored")
    assert {o["code"] for o in bad["outcomes"]} == {"uscc_length", "region_format"}
    assert len(client.get(f"{base}/jobs", **auth).json()["items"]) == 2
    assert client.get(f"{base}/jobs/{bad['id']}/rejected", **auth).status_code == 200
    assert client.post(f"{base}/jobs/{bad['id']}/replay", **auth).status_code == 202
    keys = {c["key"] for c in client.get(f"{base}/contracts", **auth).json()}
    assert keys == {c.key for c in contracts.every()}
    assert client.get(f"{base}/contracts/sites/template.xlsx", **auth).status_code == 200
    assert client.get(f"{base}/contracts/sites/template.pdf", **auth).status_code == 404
    assert client.post(f"{base}/none", b"x", content_type="text/csv", **auth).status_code == 404
    assert client.post(f"{base}/organisations", b"", content_type="text/csv", **auth).status_code == 400
    assert client.post(f"{base}/organisations", {"x": "1"}, **auth).status_code == 400
    assert client.get(f"{base}/jobs/00000000-0000-0000-0000-000000000000", **auth).status_code == 404


def test_the_command_lines_operator_has_no_account(people):
    job = send(None, as_csv(organisations(2)))
    assert (job.owner, counts(job)) == (None, (2, 0, 0))
    assert job in queries.jobs_visible_to(people["system"])
    assert job not in queries.jobs_visible_to(people["province"])


def test_outcome_kinds_are_those_of_the_pages():
    from zhiheng.core.exchange.views import KINDS, STATES

    assert set(KINDS) == set(Outcome.Kind)
    assert set(STATES) == set(Job.State)
