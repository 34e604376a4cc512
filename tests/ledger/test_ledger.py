import os
import subprocess
import sys
import threading
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test import Client

from tests.accounts.people import organisation, person, with_second_factor
from zhiheng.core.ledger import queries, rules
from zhiheng.core.ledger.actions import record
from zhiheng.core.ledger.models import AppendOnly, Entry, LedgerHead
from zhiheng.core.ledger.queries import Break, verify
from zhiheng.core.problems import Problem

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.urls")]


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def some(count: int = 5) -> None:
    for number in range(count):
        record(None, "test.happened", f"thing:{number}", {"n": number, "文": "中"})


def test_an_empty_ledger_is_whole():
    assert verify() is None
    assert queries.head().seq == 0


def test_entries_form_a_chain_that_can_be_recomputed():
    user = person("county", display_name="张三丰")
    first = record(
        user, "registry.updated", "organisation:x", {"b": 1, "a": [Decimal("1.10"), date(2026, 6, 10)]}
    )
    second = record(None, "registry.person.look", "organisation:x", look=True)
    assert (first.seq, second.seq) == (1, 2)
    assert first.previous_hash == rules.GENESIS
    assert second.previous_hash == first.hash
    assert first.actor_name == "county"
    assert first.detail == {"a": ["1.10", "2026-06-10"], "b": 1}
    assert second.look
    assert verify() is None
    assert queries.head().hash == second.hash


def test_the_hash_is_fixed_for_all_time():
    # If this changes, every ledger in use is broken.
    assert (
        rules.entry_hash(
            seq=1,
            at=datetime(2026, 6, 10, 1, 2, 3, tzinfo=UTC),
            actor_id=7,
            actor_name="county",
            action="registry.updated",
            subject="organisation:x",
            detail_json='{"名":"值"}',
            look=False,
            previous_hash=rules.GENESIS,
        )
        == "dded9a8a6fc6c5920ef32b7ca549f0aef3ee5cd0e5b9869072c0a1c05e38fbd0"
    )


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "x" * 5000, "🏭" * 400])
def test_whatever_text_comes_the_ledger_takes_it(text):
    record(None, "test.odd", text, {"text": text, "float": 1e22, "nested": {"k": [None, True, 1.0]}})
    assert verify() is None


def test_nothing_can_be_changed_or_removed_through_the_models():
    some(2)
    entry = Entry.objects.get(seq=1)
    entry.action = "test.never_happened"
    with pytest.raises(AppendOnly):
        entry.save()
    with pytest.raises(AppendOnly):
        entry.delete()
    for change in (
        lambda: Entry.objects.update(action="x"),
        lambda: Entry.objects.all().delete(),
        lambda: Entry.objects.bulk_update([entry], ["action"]),
        lambda: Entry.objects.filter(seq=1).update(look=True),
    ):
        with pytest.raises(AppendOnly):
            change()
    assert verify() is None


@pytest.mark.parametrize(
    "column",
    [
        "action = 'x'",
        "subject = 'x'",
        "actor_name = 'x'",
        "detail_json = '{}'",
        "at = '2020-01-01 00:00:00+00:00'",
        "hash = 'x'",
    ],
)
def test_an_altered_row_is_found(column):
    some()
    sql(f"UPDATE ledger_entry SET {column} WHERE seq = 3")
    assert verify() == Break(3, "altered")


def test_an_altered_flag_is_found():
    some()
    sql("UPDATE ledger_entry SET look = %s WHERE seq = 3", True)
    assert verify() == Break(3, "altered")


def test_a_removed_row_is_found():
    some()
    sql("DELETE FROM ledger_entry WHERE seq = 3")
    assert verify() == Break(3, "missing")
    assert "第 3 条" in Break(3, "missing").message


def test_a_removed_beginning_is_found():
    some()
    sql("DELETE FROM ledger_entry WHERE seq = 1")
    assert verify() == Break(1, "missing")


def test_a_removed_tail_is_found():
    some()
    sql("DELETE FROM ledger_entry WHERE seq >= 4")
    assert verify() == Break(4, "missing")


def test_a_row_rewritten_with_its_hash_is_found_at_the_next_one():
    some()
    row = Entry.objects.get(seq=3)
    forged = rules.entry_hash(
        seq=3, at=row.at, actor_id=None, actor_name="", action="forged", subject=row.subject,
        detail_json=row.detail_json, look=False, previous_hash=row.previous_hash,
    )  # fmt: skip
    sql("UPDATE ledger_entry SET action = 'forged', hash = %s WHERE seq = 3", forged)
    assert verify() == Break(4, "unlinked")


def test_a_rewritten_last_row_does_not_fit_the_head():
    some()
    row = Entry.objects.get(seq=5)
    forged = rules.entry_hash(
        seq=5, at=row.at, actor_id=None, actor_name="", action="forged", subject=row.subject,
        detail_json=row.detail_json, look=False, previous_hash=row.previous_hash,
    )  # fmt: skip
    sql("UPDATE ledger_entry SET action = 'forged', hash = %s WHERE seq = 5", forged)
    assert verify() == Break(5, "head")


def test_a_row_put_in_behind_the_heads_back_is_found():
    some(3)
    head = LedgerHead.objects.get()
    record(None, "test.more", "x")
    LedgerHead.objects.update(seq=head.seq, hash=head.hash)
    assert verify() == Break(4, "head")


def test_without_its_head_a_ledger_takes_nothing_more():
    some(2)
    LedgerHead.objects.all().delete()
    with pytest.raises(Problem, match="head of the ledger"):
        record(None, "test.more", "x")
    assert verify() == Break(1, "head")


def test_a_change_that_is_rolled_back_leaves_no_entry():
    class Oops(Exception):
        pass

    def fails() -> None:
        with transaction.atomic():
            some(2)
            raise Oops

    with pytest.raises(Oops):
        fails()
    some(1)
    assert Entry.objects.count() == 1
    assert verify() is None


THREADS, EACH = 6, 10


def append_in_threads() -> None:
    def append(number: int) -> None:
        try:
            for turn in range(EACH):
                record(None, "test.concurrent", f"thread:{number}", {"turn": turn})
        finally:
            connection.close()

    threads = [threading.Thread(target=append, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Entry.objects.count() == THREADS * EACH
    assert verify() is None


@pytest.mark.django_db(transaction=True)
def test_concurrent_appends_make_one_unbroken_chain(tmp_path):
    if connection.vendor == "postgresql":
        append_in_threads()
        return
    # The suite's SQLite lives in memory, where threads share one cache and do not wait for one another;
    # a real installation has a file, so this one gets a process and a file of its own.
    code = (
        "import django; django.setup()\n"
        "from django.core.management import call_command\n"
        "call_command('migrate', verbosity=0)\n"
        "from tests.ledger.test_ledger import append_in_threads\n"
        "append_in_threads()\n"
    )
    environment = {
        **os.environ,
        "ZHIHENG_HOME": str(tmp_path),
        "ZHIHENG_DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "zhiheng.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_each_reads_what_he_may():
    firm = organisation()
    one, two = person("enterprise", org=firm), person("enterprise", username="colleague", org=firm)
    county, leading = person("county"), person("leading")
    for user in (one, two, county, None):
        record(user, "test.happened", "x")
    assert queries.visible_to(person("auditor")).count() == 4
    assert queries.visible_to(person("province")).count() == 4
    assert queries.visible_to(one).count() == 2
    assert queries.visible_to(county).count() == 1
    assert queries.visible_to(person("system")).count() == 0
    assert queries.visible_to(leading).count() == 0


def test_the_page_searches_filters_exports_and_verifies():
    auditor = person("auditor")
    with_second_factor(auditor)
    county = person("county")
    record(county, "registry.person.look", "organisation:91440101MA5CKXTM2G", look=True)
    record(county, "registry.future", "product:06901234567892", {"n": 1})
    client = Client()
    client.force_login(auditor)
    page = client.get("/desk/ledger/").content.decode()
    for text in ("台账", "查看负责人姓名和电话", "registry.future", queries.head().hash):
        assert text in page
    looks = client.get("/desk/ledger/?ledger-look=1&ledger-since=7").content.decode()
    assert "查看负责人姓名和电话" in looks
    assert "registry.future" not in looks
    found = client.get("/desk/ledger/?ledger-q=0690123").content.decode()
    assert "查看负责人姓名和电话" not in found
    assert "n: 1" in found
    export = b"".join(client.get("/desk/ledger/?ledger-export=csv").streaming_content).decode()
    assert queries.head().hash in export
    assert "没有改动或缺失" in client.post("/desk/ledger/verify/", follow=True).content.decode()
    sql("UPDATE ledger_entry SET action = 'x' WHERE seq = 1")
    assert "第 1 条" in client.post("/desk/ledger/verify/", follow=True).content.decode()
    with_second_factor(county)
    client.force_login(county)
    assert client.post("/desk/ledger/verify/").status_code == 403
    assert queries.head().hash not in client.get("/desk/ledger/").content.decode()
