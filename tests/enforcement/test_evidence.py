"""The register of evidence, custody, files and their hashes; sealed goods; nothing is removed."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection, connections
from django.utils import timezone

from tests.cases.people import HAIZHU, TIANHE, at, officer
from tests.enforcement.scenes import Office, opened, photo, take
from tests.enforcement.test_course import refused
from zhiheng.core import files as filing
from zhiheng.core.cases import handling, tasks
from zhiheng.core.cases.models import Case
from zhiheng.core.ledger.models import Entry
from zhiheng.core.problems import Problem
from zhiheng.systems.enforcement import actions, queries
from zhiheng.systems.enforcement.models import Custody, Evidence, EvidenceFile, SealedItem


@pytest.fixture
def office(db):
    return Office()


def collected(office, case, **more):
    given = {
        "evidence": "饼干十包，生产日期2026年5月1日", "evidence_kind": "object", "evidence_from": "店长李大明",
        "evidence_place": "货架第三层", "evidence_taken_at": "2026-06-02T09:00",
    } | more  # fmt: skip
    take(office.chen, case, "collect", "2026-06-02T12:00", second=office.wang, files=[photo()], **given)
    return case.evidence.last()


def test_an_item_is_registered_by_two_officers_with_its_files_as_they_came(office):
    case = opened(office)
    given = {"evidence": "x", "evidence_kind": "object"}
    refused("second_officer", take, office.chen, case, "collect", **given)
    one = collected(office, case)
    assert (one.number, one.step.actor, one.step.second) == (1, office.chen, office.wang)
    assert one.taken_at == at("2026-06-02T09:00")
    file = one.files.get().file
    assert filing.load(file.sha256) == photo().data
    assert file.sha256 == photo().sha256
    first = one.chain.get()
    assert (first.event, first.giver, first.seq) == ("taken", "店长李大明", 1)
    refused("in_future", collected, office, case, evidence_taken_at="2099-01-01T00:00")
    assert collected(office, case).number == 2


def test_what_is_written_of_evidence_is_ciphertext(office):
    case = opened(office)
    collected(office, case)
    with connection.cursor() as cursor:
        for table in (
            "enforcement_evidence",
            "enforcement_custody",
            "cases_step",
            "cases_case",
            "ledger_entry",
        ):
            cursor.execute(f"SELECT * FROM {table}")
            assert "李大明" not in str(cursor.fetchall())


def test_the_chain_of_custody_only_grows_and_runs_forward(office):
    one = collected(office, opened(office), evidence_kind="sample", seal_number="封001")
    assert [link.event for link in one.chain.all()] == ["taken", "sealed"]
    sent = {"giver": "陈", "taker": "省质检院", "place": "收样室"}
    refused(
        "missing",
        actions.hand_on,
        office.chen,
        one,
        "sent",
        at("2026-06-03T09:00"),
        giver="",
        taker="x",
        place="x",
    )
    actions.hand_on(office.chen, one, "sent", at("2026-06-03T09:00"), **sent)
    refused(
        "custody_before_last", actions.hand_on, office.chen, one, "returned", at("2026-06-02T09:00"), **sent
    )
    refused(
        "custody_future", actions.hand_on, office.chen, one, "returned", timezone.now() + timedelta(1), **sent
    )
    refused("not_handler", actions.hand_on, office.legal, one, "returned", at("2026-06-09T09:00"), **sent)
    refused("unknown_event", actions.hand_on, office.chen, one, "taken", at("2026-06-09T09:00"), **sent)
    actions.hand_on(
        office.wang,
        one,
        "result",
        at("2026-06-09T09:00"),
        giver="",
        taker="",
        place="省质检院",
        note="不合格",
    )
    actions.hand_on(office.chen, one, "destroyed", at("2026-06-10T09:00"), giver="", taker="", place="仓库")
    refused("custody_destroyed", actions.hand_on, office.chen, one, "moved", at("2026-06-11T09:00"), **sent)
    link = one.chain.first()
    for deed in (
        link.save,
        link.delete,
        Custody.objects.all().delete,
        lambda: Custody.objects.update(note=""),
    ):
        with pytest.raises(TypeError):
            deed()
    assert Entry.objects.filter(subject=one.case.key, action="enforcement.custody").count() == 3


def test_nothing_is_removed_only_struck_with_a_reason(office):
    one = collected(office, opened(office))
    for deed in (one.delete, one.files.get().delete, EvidenceFile.objects.all().delete):
        with pytest.raises(TypeError):
            deed()
    refused("missing", actions.strike, office.chen, one, " ")
    actions.strike(office.chen, one, "重复登记")
    refused("struck", actions.strike, office.chen, one, "再划")
    refused("struck", actions.add_files, office.chen, one, [photo("blue")])
    assert Evidence.objects.get(pk=one.pk).struck_why == "重复登记"
    assert queries.evidence_of(one.case).count() == 1


def test_every_file_is_checked_against_its_hash(office):
    one = collected(office, opened(office))
    actions.add_files(office.chen, one, [photo("blue")])
    assert [fault for _file, fault in actions.verify_files(office.chen, one.case)] == ["", ""]
    digest = photo("blue").sha256
    path = Path(django_settings.FILES) / digest[:2] / digest
    from zhiheng.core import crypto

    path.write_bytes(crypto.encrypt_bytes(b"another picture"))
    faults = {file.sha256: fault for file, fault in actions.verify_files(office.chen, one.case)}
    assert "哈希不符" in faults[digest]
    path.unlink()
    assert "不在服务器上" in {f.sha256: w for f, w in actions.verify_files(office.chen, one.case)}[digest]
    refused("forbidden", actions.verify_files, officer("far", TIANHE), one.case)


def measure(office, **more) -> Case:
    case = opened(office, **more)
    take(office.chen, case, "take_measure", "2026-06-02T09:00")
    return Case.objects.get(procedure="measure", linked__first=case)


def test_sealed_goods_are_listed_with_seals_and_the_time_of_the_measure_is_the_laws(office):
    case = measure(office)
    item = {"name": "饼干", "quantity": "120箱", "seal": "海市监封 0001", "place": "当事人仓库"}
    actions.add_item(office.chen, case, **item)
    refused("not_handler", actions.add_item, office.legal, case, **item)
    given = {
        "kind": "seal",
        "goods": "饼干120箱",
        "place": "仓库",
        "basis": "x",
        "reason": "x",
        "taken_at": "2026-06-02T10:00",
    }
    take(office.head, case, "seal", "2026-06-02T10:00", **given)
    clock = case.clocks.get(key="seal")
    assert clock.due_at == at("2026-07-03T00:00")  # thirty days: 2 July is the last
    take(office.chen, case, "begin_appraisal", "2026-06-10T09:00", institution="省质检院")
    take(office.chen, case, "end_appraisal", "2026-06-20T09:00", result="不合格")
    clock.refresh_from_db()
    assert clock.due_at == at("2026-07-13T00:00")
    actions.strike(office.chen, case.sealed_items.get(), "数量有误")
    with pytest.raises(TypeError):
        SealedItem.objects.get().delete()
    take(office.head, case, "lift", "2026-07-01T09:00")
    refused("closed", actions.add_item, office.chen, case, **item)


def test_sealing_is_extended_once_by_the_head(office):
    case = measure(office)
    today = timezone.now()
    given = {"kind": "seal", "goods": "x", "place": "x", "basis": "x", "reason": "x"}
    take(
        office.head,
        case,
        "seal",
        taken_at=today.astimezone(at("2026-01-01").tzinfo).isoformat()[:16],
        **given,
    )
    before = case.clocks.get(key="seal").due_at
    with pytest.raises(Problem):
        handling.extend(office.chen, case, "seal", "复杂")
    handling.extend(office.head, case, "seal", "复杂")
    assert case.clocks.get(key="seal").due_at - before >= timedelta(days=30)
    refused("no_extension", handling.extend, office.head, case, "seal", "还是复杂")


def test_preservation_lapses_by_itself_after_seven_working_days(office):
    case = measure(office)
    given = {"goods": "账册", "place": "x", "reason": "x", "taken_at": "2026-06-02T10:00"}
    take(office.head, case, "preserve", "2026-06-02T10:00", **given)
    assert tasks.lapse() == 1
    case.refresh_from_db()
    assert case.state == "lifted"
    assert case.documents.filter(kind="lifting").exists()


def test_a_measure_against_a_person_names_him(office):
    assert measure(office, person="王小二").parties.get(key="party").name == "王小二"


@pytest.mark.django_db(transaction=True)
def test_two_who_register_at_once_get_two_numbers():
    """On PostgreSQL the second waits for the first; on SQLite there is one writer anyway."""
    if connection.vendor != "postgresql":
        pytest.skip("one writer at a time")
    office = Office(HAIZHU, "race")
    case, wrong = opened(office), []

    def register() -> None:
        try:
            collected(office, case)
        except Exception as error:
            wrong.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=register) for _n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert [one.number for one in case.evidence.all()] == [1, 2, 3, 4, 5, 6]


@pytest.mark.django_db(transaction=True)
def test_two_who_take_the_last_payment_at_once_do_not_take_it_twice():
    if connection.vendor != "postgresql":
        pytest.skip("one writer at a time")
    from tests.enforcement.scenes import imposed

    office = Office(HAIZHU, "race")
    case = imposed(office, day="2026-05-06")
    take(office.chen, case, "serve", "2026-05-07T09:00", service_way="direct", served_on="2026-05-07")
    wrong = []

    def pay() -> None:
        try:
            take(office.chen, case, "record_payment", paid="5000")
        except Problem as problem:
            wrong.append(problem.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=pay) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == ["too_much"] * 3
    assert queries.account(case).paid == 5000
