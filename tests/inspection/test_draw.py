"""The draw: fixed and published before the value, confirmed by another, repeatable from its file by anybody, void in public."""

import hashlib
import subprocess
import sys
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.inspection.office import SOURCE, TODAY, VALUE, Office, firms, moment
from zhiheng.core.disclosure.models import Disclosure
from zhiheng.core.facts import actions as facts
from zhiheng.core.problems import Problem
from zhiheng.knowledge.methods import draw as method
from zhiheng.systems.inspection import actions_draw, actions_plan, actions_tasks, rules_draw
from zhiheng.systems.inspection.models import Candidate, Draw, Inspector, Sample, Task

pytestmark = pytest.mark.django_db


def code(call, *given, **more) -> str:
    with pytest.raises(Problem) as refused:
        call(*given, **more)
    return refused.value.code


def test_a_list_is_fixed_and_its_hash_is_public_at_once(office):
    firms(40)
    draw = office.committed(office.ready(10))
    file = method.load(draw.record)
    assert method.list_hash(file.list) == draw.list_hash
    told = Disclosure.objects.get(kind="draw", subject=f"draw:{draw.pk}:committed")
    assert draw.list_hash in {value for _label, value in told.lines}
    assert draw.candidates.count() == 40 and not draw.candidates.filter(drawn=True).exists()
    assert sum(c.probability for c in draw.candidates.all()) == pytest.approx(10)
    page = Client().get(f"/inspection/draws/{draw.pk}/").content.decode()
    assert draw.list_hash in page and SOURCE in page
    assert Client().get(f"/inspection/draws/{draw.pk}/draw.json").status_code == 404


def test_another_officer_confirms_the_value_and_that_draws(office):
    firms(40)
    draw = office.committed(office.ready(10))
    known = draw.random_after + timedelta(minutes=1)
    assert code(actions_draw.confirm, office.wu, draw, VALUE) == "no_value"
    assert (
        code(actions_draw.enter_value, office.li, draw, VALUE, draw.random_after - timedelta(minutes=1))
        == "values_wrong"
    )
    assert (
        code(actions_draw.enter_value, office.li, draw, VALUE, timezone.now() + timedelta(hours=1))
        == "values_wrong"
    )
    actions_draw.enter_value(office.li, draw, VALUE, known)
    assert code(actions_draw.confirm, office.li, draw, VALUE) == "same_officer"
    assert code(actions_draw.confirm, office.wu, draw, VALUE + "1") == "values_wrong"
    done = actions_draw.confirm(office.wu, draw, f" {VALUE} ")
    assert (done.entered_by, done.drawn_by) == (office.li, office.wu)
    assert code(actions_draw.confirm, office.wu, draw, VALUE) == "draw_state"
    assert method.verify(method.load(done.record)) == []
    tasks = Task.objects.filter(candidate__draw=draw)
    assert tasks.count() == 10 and all(task.inspectors.count() == 2 for task in tasks)
    loads = [one.tasks.count() for one in Inspector.objects.all()]
    assert sum(loads) == 20 and max(loads) - min(loads) <= 1


def test_the_file_verifies_without_us_and_names_nobody(office, tmp_path):
    names = [one.name for one in firms(30)]
    draw = office.drawn(office.ready(8))
    data = Client()
    data.force_login(office.li)
    body = data.get(f"/inspection/draws/{draw.pk}/draw.json").content
    text = body.decode()
    assert not [name for name in names if name in text] and "张抽样" not in text
    assert not [c.organisation.uscc for c in draw.candidates.all() if c.organisation.uscc in text]
    path = tmp_path / "draw.json"
    path.write_bytes(body)
    said = subprocess.run(
        [sys.executable, "-m", "zhiheng.cli", "draw", "verify", str(path)], capture_output=True, text=True
    )
    assert said.returncode == 0, said.stdout + said.stderr
    path.write_text(text.replace(VALUE, VALUE[:-1] + "7"))
    said = subprocess.run(
        [sys.executable, "-m", "zhiheng.cli", "draw", "verify", str(path)], capture_output=True, text=True
    )
    assert said.returncode == 1


def test_the_public_reads_the_file_once_the_visits_are_made(office):
    firms(20)
    draw = office.drawn(office.ready(5))
    public = Client()
    assert public.get(f"/inspection/draws/{draw.pk}/draw.json").status_code == 404
    assert public.get(f"/api/v1/inspection/draws/{draw.pk}/file").status_code == 404
    Task.objects.update(state=Task.State.SAMPLED)
    assert public.get(f"/inspection/draws/{draw.pk}/draw.json").status_code == 200
    assert (
        public.get(f"/api/v1/inspection/draws/{draw.pk}/file").json()["commitment"]["hash"] == draw.list_hash
    )
    assert "抽中" in public.get(f"/inspection/draws/{draw.pk}/").content.decode()


def test_sizes_follow_standings_and_the_reasons_of_exclusion_are_kept(office):
    rows = firms(30)
    facts.stand(None, rows[0], "risk_class", "D", TODAY)
    facts.stand(None, rows[1], "key_supervision", "listed", TODAY)
    facts.stand(None, rows[1], "risk_class", "C", TODAY)
    facts.stand(None, rows[2], "serious", "listed", TODAY)
    facts.stand(None, rows[3], "risk_class", "D", TODAY - timedelta(days=9), until=TODAY - timedelta(days=3))
    gone = firms(1, begin=100, status="closed")[0]
    item = office.ready(5)
    earlier = Sample.objects.create(
        key="00000000-0000-0000-0000-000000000001", number="GZ2026-0001", item=item, organisation=rows[5],
        producer=rows[5], producer_name=rows[5].name, region=rows[5].region, stage="production", product="电热水壶",
        standard="GB 4706.19-2008", base_quantity="10", quantity="2", taken_at=moment(TODAY - timedelta(days=100)),
        recorded_by=office.li,
    )  # fmt: skip
    actions_plan.exclude(office.li, item, rows[6], "conflict_of_office", "本机关入股")
    draw = office.committed(item)
    by = {c.organisation_id: c for c in draw.candidates.all()}
    assert by[rows[0].pk].size == 400 and by[rows[1].pk].size == 800 and by[rows[2].pk].size == 400
    assert by[rows[3].pk].size == 100 and by[rows[4].pk].size == 100
    assert by[gone.pk].excluded == "not_in_business"
    assert (by[rows[5].pk].excluded, by[rows[5].pk].note) == ("checked_within_six_months", earlier.number)
    assert (by[rows[6].pk].excluded, by[rows[6].pk].note) == ("conflict_of_office", "本机关入股")
    assert by[rows[6].pk].probability is None
    assert {e.reason for e in method.load(draw.record).list.excluded} == {
        "not_in_business", "checked_within_six_months", "conflict_of_office",
    }  # fmt: skip


def test_follow_up_checks_may_come_back_within_six_months(office):
    [firm, *_rest] = firms(6)
    item = office.ready(2, plan=office.plan(kind="follow_up", title="跟踪抽查"))
    Sample.objects.create(
        key="00000000-0000-0000-0000-000000000001", number="GZ1", item=item, organisation=firm, producer=firm,
        region=firm.region, stage="production", product="电热水壶", standard="GB 4706.19", base_quantity="1", quantity="1",
        taken_at=moment(TODAY - timedelta(days=5)), recorded_by=office.li,
    )  # fmt: skip
    assert office.committed(item).candidates.get(organisation=firm).excluded == ""


def test_the_absent_and_those_in_conflict_are_not_sent(office):
    rows = firms(12)
    actions_tasks.add_absence(office.li, office.inspectors[0], TODAY - timedelta(days=2), TODAY, "年假")
    actions_tasks.add_conflict(office.li, office.inspectors[1], rows[0], "亲属")
    item = office.ready(12)
    draw = office.drawn(item)
    assert not office.inspectors[0].tasks.exists()
    assert rows[0].inspection_tasks.get().inspectors.filter(pk=office.inspectors[1].pk).count() == 0
    people = method.load(draw.record).list.inspectors
    assert [a.id for a in people.absent] == [office.inspectors[0].number] and len(people.conflicts) == 1


def test_without_enough_inspectors_no_list_is_fixed():
    office = Office(inspectors=1)
    firms(6)
    item = office.ready(2)
    assert code(office.committed, item) == "draw_refused"
    assert not Draw.objects.exists() and not Disclosure.objects.exists()


def test_a_value_that_could_be_known_already_is_refused(office):
    firms(6)
    item = office.ready(2)
    assert (
        code(actions_draw.commit, office.li, item, SOURCE, timezone.now() - timedelta(minutes=1))
        == "values_wrong"
    )
    assert (
        code(actions_draw.commit, office.li, item, " ", timezone.now() + timedelta(days=1)) == "values_wrong"
    )


def test_a_void_draw_stays_in_public_and_another_may_follow(office):
    firms(10)
    item = office.ready(3)
    draw = office.drawn(item)
    assert (
        code(actions_draw.commit, office.li, item, SOURCE, timezone.now() + timedelta(days=1)) == "draw_there"
    )
    assert code(actions_draw.void, office.li, draw, "名单有误") == "not_head"
    assert code(actions_draw.void, office.head, draw, " ") == "values_wrong"
    actions_draw.void(office.head, draw, "名单漏了两家")
    assert set(Task.objects.values_list("state", flat=True)) == {"cancelled"}
    assert "名单漏了两家" in Client().get(f"/inspection/draws/{draw.pk}/").content.decode()
    assert Disclosure.objects.filter(subject=f"draw:{draw.pk}:void").exists()
    again = office.committed(item)
    assert again.list_hash != draw.list_hash


def test_nothing_is_void_once_a_sample_was_taken(office):
    firms(10)
    draw = office.drawn(office.ready(3))
    task = Task.objects.first()
    task.state = Task.State.SAMPLED
    task.save()
    assert code(actions_draw.void, office.head, draw, "重来") == "already_sampled"


def test_a_firm_finds_itself_by_code_and_nonce(office):
    firms(6)
    draw = office.committed(office.ready(2))
    one = draw.candidates.select_related("organisation").first()
    nonce = rules_draw.nonce_of(Draw.objects.get(pk=draw.pk).secret, one.organisation.uscc)
    lines = f"{one.organisation.uscc}\n{nonce}\n".encode()
    assert hashlib.sha256(lines).hexdigest()[:32] == one.number
    client = Client()
    client.force_login(office.li)
    assert nonce in client.get(f"/desk/inspection/candidates/{one.pk}/").content.decode()


def test_the_reserve_follows_from_the_seed_by_size():
    sizes = {f"f{n}": 100 + 300 * (n % 3 == 0) for n in range(30)}
    taken = {f"f{n}": 0 for n in range(30)}
    rounds = 3000
    for n in range(rounds):
        taken[rules_draw.reserve("440100", sizes, method.seed_of("h", str(n)), 1)] += 1
    total = sum(sizes.values())
    for one, size in sizes.items():
        expected = rounds * size / total
        assert abs(taken[one] - expected) < 4.5 * expected**0.5
    assert rules_draw.reserve("440100", {}, "s", 1) is None


def test_only_the_office_sees_the_list_before(office):
    firms(6)
    draw = office.committed(office.ready(2))
    other = Office("440300", name="sz")
    for user, status in ((office.wu, 200), (other.li, 404)):
        client = Client()
        client.force_login(user)
        assert client.get(f"/desk/inspection/draws/{draw.pk}/").status_code == status
        assert client.get(f"/inspection/draws/{draw.pk}/draw.json").status_code == status
    assert Candidate.objects.filter(draw=draw).count() == 6


def test_the_officer_sees_why_somebody_was_drawn(office):
    firms(20)
    draw = office.drawn(office.ready(4))
    client = Client()
    client.force_login(office.li)
    for one in (draw.candidates.filter(drawn=True).first(), draw.candidates.filter(drawn=False).first()):
        page = client.get(f"/desk/inspection/candidates/{one.pk}/").content.decode()
        assert "1/5" in page and ("落入区间的抽样点</dt><dd>没有" in page) is not one.drawn
