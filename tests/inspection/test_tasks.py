"""Tasks and the roll: handed on, replaced in the order of the reserve, given without a draw only where the law lets."""

from datetime import timedelta

import pytest
from django.test import Client

from tests.cases.people import TIANHE, officer
from tests.inspection.office import TODAY, Office, firms
from zhiheng.core.accounts.models import User
from zhiheng.core.ledger.models import Entry
from zhiheng.core.problems import Problem
from zhiheng.knowledge.methods import draw as method
from zhiheng.systems.inspection import actions_draw, actions_tasks, rules_draw
from zhiheng.systems.inspection.models import Inspector, Task
from zhiheng.systems.inspection.queries import tasks_visible_to


def code(call, *given, **more) -> str:
    with pytest.raises(Problem) as refused:
        call(*given, **more)
    return refused.value.code


def test_a_task_is_handed_on_with_a_reason(office):
    firms(10)
    office.drawn(office.ready(3))
    task = Task.objects.first()
    others = [i.number for i in office.inspectors if i not in task.inspectors.all()]
    assert code(actions_tasks.reassign, office.li, task, others, "") == "values_wrong"
    assert code(actions_tasks.reassign, office.li, task, others[:1], "病假") == "values_wrong"
    actions_tasks.add_conflict(office.li, office.inspectors[0], task.organisation, "亲属")
    if office.inspectors[0].number in others:
        assert code(actions_tasks.reassign, office.li, task, others, "病假") == "values_wrong"
    able = actions_tasks.able_for(task)
    assert office.inspectors[0].number not in able
    actions_tasks.reassign(office.li, task, list(able)[:2], "病假")
    assert {i.number for i in task.inspectors.all()} == set(list(able)[:2])
    assert Entry.objects.get(action="inspection.task_reassigned").detail["why"] == "病假"


def test_who_is_gone_is_replaced_by_the_next_of_the_reserve(office):
    firms(12)
    draw = office.drawn(office.ready(4))
    task = Task.objects.filter(region="440105").first()
    before = set(task.inspectors.values_list("number", flat=True))
    left = dict(draw.candidates.filter(region="440105", drawn=False).values_list("number", "size"))
    seed = method.seed_of(draw.list_hash, draw.random_value)
    expected = [rules_draw.reserve("440105", left, seed, 1)]
    expected.append(
        rules_draw.reserve("440105", {k: v for k, v in left.items() if k not in expected}, seed, 2)
    )
    assert code(actions_tasks.replace, office.li, task, " ") == "values_wrong"
    first = actions_tasks.replace(office.li, task, "已搬离")
    second = actions_tasks.replace(office.li, first, "已停产")
    assert [first.candidate.number, second.candidate.number] == expected
    assert (first.candidate.reserve, second.candidate.reserve) == (1, 2)
    assert set(second.inspectors.values_list("number", flat=True)) == before
    task.refresh_from_db()
    assert (task.state, task.why) == ("cancelled", "已搬离")
    last = second
    for _turn in range(len(left) - 2):
        last = actions_tasks.replace(office.li, last, "已停产")
    assert code(actions_tasks.replace, office.li, last, "已停产") == "nobody_left"
    client = Client()
    client.force_login(office.li)
    assert "递补" in client.get(f"/desk/inspection/draws/{draw.pk}/?candidates-in=reserve").content.decode()


def test_only_follow_up_and_emergency_are_sent_without_a_draw(office):
    rows = firms(10)
    numbers = [i.number for i in office.inspectors[:2]]
    routine = office.ready(3)
    assert code(actions_tasks.give, office.li, routine, rows[0], numbers, TODAY, "举报") == "needs_draw"
    plan = office.plan(kind="emergency", title="突发事件")
    item = office.item(plan)
    from zhiheng.systems.inspection import actions_plan

    actions_plan.approve(office.head, plan, "", TODAY)
    outside = firms(1, "4403")[0]
    assert code(actions_tasks.give, office.li, item, outside, numbers, TODAY, "事故") == "values_wrong"
    assert code(actions_tasks.give, office.li, item, rows[0], numbers, TODAY, "") == "values_wrong"
    assert (
        code(actions_tasks.give, office.li, item, rows[0], numbers, TODAY - timedelta(days=1), "事故")
        == "values_wrong"
    )
    task = actions_tasks.give(office.li, item, rows[0], numbers, TODAY, "事故")
    assert task.candidate is None and task.why == "事故"
    assert code(actions_tasks.replace, office.li, task, "x") == "not_drawn"
    assert (
        code(actions_draw.commit, office.li, item, "x", task.item.plan.made_at + timedelta(days=1))
        == "no_list"
    )
    actions_tasks.cancel_task(office.li, task, "误派")
    assert code(actions_tasks.cancel_task, office.li, task, "误派") == "task_state"


def test_who_sees_tasks(office):
    firms(10)
    county, far = officer("tianhe", TIANHE), officer("sz", "440300", "city")
    office.drawn(office.ready(4))
    inspector = Inspector.objects.filter(tasks__isnull=False).first()
    laboratory = User.objects.create_user("lab", role="laboratory", organisation=firms(1, "4403")[0])
    assert tasks_visible_to(office.wu).count() == 4
    assert 0 < tasks_visible_to(county).count() < 4
    assert not tasks_visible_to(far).exists() and not tasks_visible_to(laboratory).exists()
    inspector.body = laboratory.organisation
    inspector.save()
    assert tasks_visible_to(laboratory).count() == inspector.tasks.count()
    client = Client()
    client.force_login(county)
    other = Task.objects.exclude(region=TIANHE).first()
    assert client.get(f"/desk/inspection/tasks/{other.pk}/").status_code == 404
    mine = tasks_visible_to(county).first()
    assert client.get(f"/desk/inspection/tasks/{mine.pk}/").status_code == 200
    assert client.get(f"/desk/inspection/tasks/{mine.pk}/reassign/").status_code == 403
    rows = client.get("/desk/inspection/tasks/?tasks-export=csv").getvalue().decode().splitlines()
    assert len(rows) == 1 + tasks_visible_to(county).count()


def test_names_are_masked_and_a_look_is_recorded(office):
    one = office.inspectors[0]
    client = Client()
    client.force_login(office.wu)
    url = f"/desk/inspection/inspectors/{one.pk}/"
    page = client.get(url).content.decode()
    assert "张抽样0" not in page and "张***" in page
    assert "张抽样0" in client.post(f"{url}reveal/").content.decode()
    assert (
        Entry.objects.filter(
            action="inspection.inspector_look", subject=f"inspector:{one.number}", look=True
        ).count()
        == 1
    )
    client.force_login(officer("auditor", "440000", "auditor"))
    assert client.post(f"{url}reveal/").status_code == 403
    client.force_login(officer("sz", "440300", "city"))
    assert client.get(url).status_code == 404


def test_the_roll_is_the_offices_own(office):
    other = Office("440300", name="sz")
    assert code(actions_tasks.save_inspector, other.li, office.inspectors[0], active=False) == "not_of_office"
    assert (
        code(actions_tasks.add_absence, other.li, office.inspectors[0], TODAY, TODAY, "x") == "not_of_office"
    )
    assert (
        code(
            actions_tasks.add_absence, office.li, office.inspectors[0], TODAY, TODAY - timedelta(days=1), "x"
        )
        == "values_wrong"
    )
    absence = actions_tasks.add_absence(office.li, office.inspectors[0], TODAY, TODAY, "培训")
    actions_tasks.strike(office.li, absence)
    assert not office.inspectors[0].absences.exists()
    actions_tasks.save_inspector(office.li, office.inspectors[0], name="", active=False)
    office.inspectors[0].refresh_from_db()
    assert office.inspectors[0].name == "张抽样0" and not office.inspectors[0].active
    numbers = [int(i.number) for i in Inspector.objects.all()]
    assert len(numbers) == len(set(numbers))


def test_the_roll_on_its_pages(office):
    [firm] = firms(1)
    client = Client()
    client.force_login(office.li)
    assert (
        client.post("/desk/inspection/inspectors/new/", {"name": "李新人", "active": "on"}).status_code == 302
    )
    one = Inspector.objects.latest("pk")
    url = f"/desk/inspection/inspectors/{one.pk}/"
    day = TODAY.isoformat()
    assert client.post(f"{url}absence/", {"since": day, "until": day, "why": "培训"}).status_code == 302
    assert client.post(f"{url}conflict/", {"uscc": firm.uscc, "why": "亲属"}).status_code == 302
    assert client.post(f"{url}conflict/", {"uscc": "x", "why": "亲属"}).status_code == 422
    assert firm.name in client.get(url).content.decode()
    absence = one.absences.get()
    assert (
        client.post(f"/desk/inspection/roll/absence/{absence.pk}/strike/", {"sure": "on"}).status_code == 302
    )
    assert not one.absences.exists()
