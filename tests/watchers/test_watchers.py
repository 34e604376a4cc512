"""Appointment, tasks, clues, verification, reward; and that nobody learns who a watcher is who need not."""

import io
from datetime import date, timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from tests.cases.people import HAIZHU, TIANHE, officer, organisation
from zhiheng.core import files as filing
from zhiheng.core.cases import actions as engine
from zhiheng.core.cases import queries as cases
from zhiheng.core.cases.actions import Actor, Sent
from zhiheng.core.cases.models import Case
from zhiheng.core.ledger.models import Entry
from zhiheng.core.problems import Problem
from zhiheng.core.ui import dates
from zhiheng.systems.watchers import actions, queries, rules
from zhiheng.systems.watchers.models import Sighting, Watcher

pytestmark = pytest.mark.django_db
NAME, PHONE = "欧阳观察", "13711112222"


@pytest.fixture(autouse=True)
def demo(settings):
    settings.DEMO = True


@pytest.fixture
def chen():
    return officer("chen", HAIZHU)


@pytest.fixture
def head():
    return officer("head", HAIZHU, "county", "head")


@pytest.fixture
def user():
    return officer("eyes", HAIZHU, "watcher")


def appointed(head, user, days=100):
    one = actions.apply(NAME, PHONE, HAIZHU, "食品", "江南西", "住在附近")
    return actions.appoint(head, one, dates.today(), dates.today() + timedelta(days=days), user.username)


def clue(user, **more):
    about = {
        "facts": "饼干过期仍在卖",
        "place_name": "江南西市场",
        "address": "江南西路 8 号",
        "seen_at": timezone.now(),
    }
    return actions.give_clue(user, **{**about, **more})


def refused(code, call, *args, **more):
    with pytest.raises(Problem) as problem:
        call(*args, **more)
    assert problem.value.code == code
    return problem.value


def camera() -> bytes:
    """A photograph as a telephone takes it, with the place in it."""
    exif = Image.Exif()
    exif[0x010F], exif.get_ifd(0x8825)[2] = "Telephone", (23.0, 6.0, 23.0)
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(out, "JPEG", exif=exif)
    return out.getvalue()


# -- rules ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "since", "until", "serves"),
    [("appointed", 0, 0, True), ("appointed", -5, 5, True), ("appointed", 1, 5, False), ("appointed", -5, -1, False),
     ("ended", -5, 5, False), ("applied", -5, 5, False)],
)  # fmt: skip
def test_one_serves_while_appointed_and_within_the_term(state, since, until, serves):
    day = date(2026, 6, 1)
    assert rules.serves(state, day + timedelta(days=since), day + timedelta(days=until), day) is serves
    assert not rules.serves("appointed", None, None, day)


@pytest.mark.parametrize(
    ("north", "east", "read"),
    [("", "", ""), (" ", "", ""), ("23.10647", "113.324461", "23.10647,113.32446"), ("23", "", None), ("91", "1", None),
     ("1", "181", None), ("x", "1", None), ("nan", "1", None), ("-1", "-2", "-1.00000,-2.00000")],
)  # fmt: skip
def test_coordinates_are_given_whole_or_not_at_all(north, east, read):
    assert rules.coordinates(north, east) == read


def test_a_term_ends_after_it_begins_and_not_in_the_past():
    day = date(2026, 6, 1)
    assert rules.term_fault(day, day, day) is None
    assert rules.term_fault(day, day - timedelta(days=1), day) == "reversed"
    assert rules.term_fault(day - timedelta(days=9), day - timedelta(days=1), day) == "over"


# -- appointment ---------------------------------------------------------------------------------------------------


def test_the_head_appoints_for_a_term_with_an_account_of_the_region(chen, head, user):
    one = actions.apply(NAME, PHONE, HAIZHU, "食品", "江南西", "")
    today = dates.today()
    refused("forbidden", actions.appoint, chen, one, today, today)
    refused("forbidden", actions.appoint, officer("far", TIANHE, "county", "head"), one, today, today)
    refused("term_wrong", actions.appoint, head, one, today, today - timedelta(days=1))
    refused("no_account", actions.appoint, head, one, today, today, "nobody")
    officer("elsewhere", TIANHE, "watcher")
    refused("no_account", actions.appoint, head, one, today, today, "elsewhere")
    actions.appoint(head, one, today, today + timedelta(days=365), "eyes")
    assert queries.own(user) == one
    second = actions.propose(chen, "李二", "13900000000", "家电", "昌岗", "", "昌岗街道")
    refused("no_account", actions.appoint, head, second, today, today, "eyes")
    actions.appoint(head, second, today, today)
    assert Entry.objects.filter(action="watchers.appointed").count() == 2


def test_refusing_and_ending_want_a_reason(head, user):
    one = actions.apply(NAME, PHONE, HAIZHU, "食品", "江南西", "")
    refused("reason_missing", actions.refuse, head, one, " ")
    actions.refuse(head, one, "名额已满")
    refused("decided", actions.appoint, head, Watcher.objects.get(pk=one.pk), dates.today(), dates.today())
    other = appointed(head, user)
    refused("decided", actions.refuse, head, other, "x")
    actions.end(head, other, "本人辞去")
    refused("not_serving", clue, user)
    refused("not_appointed", actions.end, head, other, "x")


def test_after_the_term_no_clue_is_taken_and_the_old_ones_are_still_there(head, user):
    one = appointed(head, user)
    mine = clue(user)
    Watcher.objects.filter(pk=one.pk).update(since=date(2020, 1, 1), until=date(2020, 12, 31))
    refused("not_serving", clue, user)
    assert list(queries.clues_visible_to(user)) == [mine]


def test_names_and_telephones_are_ciphertext_and_not_in_the_ledger(head, user):
    appointed(head, user)
    clue(user, latitude="23.1", longitude="113.3")
    with connection.cursor() as cursor:
        for table in ("watchers_watcher", "watchers_sighting", "cases_party", "cases_case", "ledger_entry"):
            cursor.execute(f"SELECT * FROM {table}")
            said = str(cursor.fetchall())
            for hidden in (NAME, PHONE, "113.3"):
                assert hidden not in said, table


# -- tasks ------------------------------------------------------------------------------------------------------------


def test_a_task_is_given_to_those_who_serve_and_done_by_its_own_watcher(chen, head, user):
    one = appointed(head, user)
    today = dates.today()
    refused("due_wrong", actions.give_task, chen, [one], "月饼", "看标签", today - timedelta(days=1))
    refused("not_serving", actions.give_task, chen, [], "月饼", "看标签", today)
    refused("not_serving", actions.give_task, officer("far", TIANHE), [one], "月饼", "看标签", today)
    task = actions.give_task(chen, [one], "月饼", "看标签", today, "江南西")
    given = queries.given_to(user).get()
    stranger = officer("other", HAIZHU, "watcher")
    assert not queries.given_to(stranger).exists()
    refused("forbidden", actions.finish, stranger, given, "x")
    case = clue(user, task=task)
    assert (case.values["task"], Sighting.objects.get().task) == ("月饼", task)
    actions.finish(user, given, "看了三家")
    refused("done_already", actions.finish, user, given, "x")


def test_a_clue_to_somebody_else_s_task_is_refused(chen, head, user):
    other = officer("other", HAIZHU, "watcher")
    appointed(head, user)
    second = actions.apply("李二", "1", HAIZHU, "x", "y", "")
    actions.appoint(head, second, dates.today(), dates.today(), "other")
    task = actions.give_task(chen, [second], "t", "w", dates.today())
    assert "task" in refused("values_wrong", clue, user, task=task).extra["errors"]
    clue(other, task=task)


# -- clues --------------------------------------------------------------------------------------------------------


def test_photographs_lose_what_the_camera_added(head, user):
    appointed(head, user)
    raw = camera()
    assert Image.open(io.BytesIO(raw)).getexif()
    case = clue(user, files=[Sent(filing.accept("a.jpg", raw, strip=True), "evidence", ("watcher",))])
    kept = Image.open(io.BytesIO(filing.load(case.files.get().sha256)))
    assert not kept.getexif()


def test_what_cannot_be_is_told_by_field(head, user):
    appointed(head, user)
    later = timezone.now() + timedelta(hours=1)
    wrong = refused(
        "values_wrong", clue, user, facts=" ", place_name="", latitude="200", longitude="1", seen_at=later
    )
    assert set(wrong.extra["errors"]) == {"facts", "place_name", "latitude", "seen_at"}
    assert not Case.objects.exists()


def test_only_the_watcher_and_his_office_see_a_clue(chen, head, user):
    appointed(head, user)
    firm = organisation("海珠饼干厂", HAIZHU)
    case = clue(user, business="海珠饼干厂")
    assert case.subject == firm
    boss = officer("boss", "", "enterprise")
    boss.organisation = firm
    boss.save()
    seen = [who.username for who in (
        user, chen, boss, officer("gz", "440100", "city"), officer("gd", "440000", "province"), officer("au", "440000", "auditor"),
        officer("far", TIANHE), officer("w2", HAIZHU, "watcher"), officer("p", HAIZHU, "police"),
    ) if queries.clues_visible_to(who).exists()]  # fmt: skip
    assert seen == ["eyes", "chen"]
    engine.take(Actor(chen), case, "verify", values={"findings": "属实"})
    assert not cases.visible_to(boss).exists()
    assert not cases.notices_for(boss).exists()


def test_what_grows_out_of_a_clue_does_not_name_the_watcher(chen, head, user):
    appointed(head, user)
    organisation("海珠饼干厂", HAIZHU)
    case = clue(user, business="海珠饼干厂")
    engine.take(Actor(chen), case, "verify", values={"findings": "属实"})
    refused("step_unavailable", engine.take, Actor(chen), case, "to_case")
    engine.take(Actor(head), case, "to_case")
    penalty = Case.objects.get(procedure="penalty")
    assert [p.key for p in penalty.parties.all()] == ["party"]
    second = clue(user, business="无名小店")
    engine.take(Actor(chen), second, "to_report")
    report = Case.objects.get(procedure="report")
    assert {p.key for p in report.parties.all()} == {"reported"}
    for one in (penalty, report):
        assert not cases.visible_to(user).filter(pk=one.pk).exists()
        assert NAME not in str([p.name for p in one.parties.all()])


def test_a_reward_is_the_head_s_an_amount_of_the_office_s_own_and_given_once(chen, head, user):
    appointed(head, user)
    case = clue(user)
    engine.take(Actor(chen), case, "verify", values={"findings": "属实"})
    given = {"amount": "200", "basis": "本局监督员管理办法"}
    refused("step_unavailable", engine.take, Actor(chen), case, "reward", values=given)
    refused("values_wrong", engine.take, Actor(head), case, "reward", values={"amount": "200"})
    refused("values_wrong", engine.take, Actor(head), case, "reward", values={**given, "amount": "0"})
    engine.take(Actor(head), case, "reward", values=given)
    refused("rewarded", engine.take, Actor(head), case, "reward", values=given)
    engine.take(Actor(chen), case, "pay_reward", values={"paid_on": dates.today().isoformat()})
    (row,) = queries.figures(chen, timezone.now() - timedelta(days=1), dates.today())
    assert (row["serving"], row["clues"], row["verified"], row["rewards"], row["rewarded"]) == (
        1,
        1,
        1,
        1,
        200,
    )


# -- pages ------------------------------------------------------------------------------------------------------------


def get(client, who, name, *args):
    client.force_login(who)
    return client.get(reverse(f"watchers:{name}", args=args))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_answers_those_it_is_for(client, chen, head, user, language):
    client.cookies["django_language"] = language
    one = appointed(head, user)
    actions.give_task(chen, [one], "月饼", "看标签", dates.today())
    case = clue(user)
    assert client.get(reverse("watchers:apply")).status_code == 200
    for who, name, args, status in (
        (user, "mine", (), 200), (user, "clue", (), 200), (user, "desk", (), 403), (user, "watcher", (one.pk,), 403),
        (user, "figures", (), 403), (chen, "mine", (), 403), (chen, "desk", (), 200), (chen, "watcher", (one.pk,), 200),
        (chen, "propose", (), 200), (chen, "task", (), 200), (chen, "figures", (), 200), (head, "decide", (one.pk, "appoint"), 200),
        (head, "decide", (one.pk, "end"), 200), (head, "decide", (one.pk, "nonsense"), 404),
        (officer("leading", "440000", "leading"), "figures", (), 200), (officer("far", TIANHE), "watcher", (one.pk,), 404),
    ):  # fmt: skip
        assert get(client, who, name, *args).status_code == status, (who.username, name)
    client.force_login(user)
    assert client.get("/desk/").url == reverse("watchers:mine")
    assert client.get(reverse("cases:case", args=[case.pk])).status_code == 200
    nav = [
        d["url"]
        for group in client.get(reverse("watchers:mine")).context["ui"]["nav"]
        for d in group["doors"]
    ]
    assert nav == [reverse("cases:day"), reverse("watchers:mine"), reverse("accounts:me")]


def test_a_name_is_masked_until_somebody_looks_and_that_is_written_down(client, chen, head, user):
    one = appointed(head, user)
    for name, args in (("desk", ()), ("watcher", (one.pk,)), ("task", ())):
        said = get(client, chen, name, *args).content.decode()
        assert NAME not in said
        assert PHONE not in said
        assert "欧阳**" in said
    shown = client.post(reverse("watchers:look", args=[one.pk])).content.decode()
    assert NAME in shown
    assert PHONE in shown
    assert Entry.objects.filter(action="watchers.look", look=True, actor=chen).count() == 1
    for who in (officer("gz", "440100", "city"), officer("far", TIANHE), user):
        client.force_login(who)
        assert client.post(reverse("watchers:look", args=[one.pk])).status_code in (403, 404)


def test_a_clue_on_a_telephone(client, chen, head, user):
    one = appointed(head, user)
    task = actions.give_task(chen, [one], "月饼", "看标签", dates.today())
    photo = io.BytesIO(camera())
    photo.name = "a.jpg"
    client.force_login(user)
    sent = {
        "facts": "没有生产日期", "place_name": "江南西市场", "seen_at": "2026-01-05T09:30", "task": str(task.pk), "files": photo,
        "latitude": "23.1", "longitude": "113.3",
    }  # fmt: skip
    page = client.post(reverse("watchers:clue"), sent, follow=True)
    case = Case.objects.get()
    assert (case.values["place"], case.values["seen_at"]) == ("江南西市场", "2026-01-05T09:30")
    assert "23.10000,113.30000" in page.content.decode()
    assert client.get(reverse("cases:file", args=[case.files.get().pk])).status_code == 200
    assert client.post(reverse("watchers:clue"), {**sent, "facts": "", "files": ""}).status_code == 422
    given = queries.given_to(user).get()
    assert client.post(reverse("watchers:finish", args=[given.pk]), {"note": "看了"}).status_code == 302
    client.force_login(officer("w2", HAIZHU, "watcher"))
    assert client.get(reverse("watchers:clue")).status_code == 403
    assert client.post(reverse("watchers:finish", args=[given.pk])).status_code == 404
    assert client.get(reverse("cases:case", args=[case.pk])).status_code == 404


def test_somebody_applies_and_is_appointed_on_the_pages(client, head, user):
    sent = {"region": HAIZHU, "name": NAME, "phone": PHONE, "field": "食品", "area": "江南西"}
    assert client.post(reverse("watchers:apply"), {**sent, "region": "999999"}).status_code == 422
    assert client.post(reverse("watchers:apply"), sent, follow=True).status_code == 200
    one = Watcher.objects.get()
    client.force_login(head)
    term = {"since": "2026-01-01", "until": "2035-12-31", "username": "eyes"}
    assert (
        client.post(
            reverse("watchers:decide", args=[one.pk, "appoint"]), {**term, "username": "x"}
        ).status_code
        == 422
    )
    assert client.post(reverse("watchers:decide", args=[one.pk, "appoint"]), term).status_code == 302
    given = {"title": "月饼", "what": "看标签", "due_on": "2035-01-01", "watchers": [one.pk]}
    assert client.post(reverse("watchers:task"), given).status_code == 302
    assert queries.given_to(user).count() == 1
