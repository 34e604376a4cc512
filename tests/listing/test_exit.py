"""Firms that left the market: followed, seen to, and recognised when somebody like them comes; by people, with reasons."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.cases.people import HAIZHU, TIANHE, officer, organisation
from tests.enforcement.test_course import refused
from tests.listing.scenes import World, fact, penalty_fact
from zhiheng.core.facts import actions as facts
from zhiheng.core.facts.models import Fact
from zhiheng.core.ledger.models import Entry as Line
from zhiheng.core.registry.models import Organisation, Person
from zhiheng.systems.listing import actions, exits, rules
from zhiheng.systems.listing.models import Exit, Hint, Mark

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    made = World()
    Organisation.objects.filter(pk=made.firm.pk).update(
        address="广东省广州市海珠区新港东路1号201室", status="revoked"
    )
    made.firm.refresh_from_db()
    made.firm.phone = "020-8888 6666"
    made.firm.save()
    head(made.firm, "王小二")
    return made


def head(firm: Organisation, name: str) -> Person:
    return Person.objects.create(organisation=firm, duty="legal_representative", name=name)


def newcomer(
    n: int = 90, name: str = "", address: str = "", phone: str = "", region: str = TIANHE
) -> Organisation:
    firm = organisation(f"广州新来电器有限公司{n}", region, n)
    firm.address, firm.phone = address, phone
    firm.save()
    if name:
        head(firm, name)
    return firm


def followed(world) -> Exit:
    exits.follow_registry()
    exits.look_again()  # where the first look stands
    return Exit.objects.get(organisation=world.firm)


def test_the_registry_and_decisions_say_who_left(world):
    closed = newcomer(91)
    Organisation.objects.filter(pk=closed.pk).update(status="closed")
    stopped = newcomer(92)
    penalty_fact(stopped, "penalty:5", kinds=["stop"])
    assert exits.follow_registry() == 2
    assert exits.follow_registry() == 0
    why = dict(Exit.objects.values_list("organisation__uscc", "why"))
    assert why == {world.firm.uscc: "revoked", closed.uscc: "closed", stopped.uscc: "ordered"}
    assert Fact.objects.get(organisation=stopped, kind="revoked").details == {"kinds": ["stop"]}
    assert Line.objects.filter(action="listing.exits_followed").exists()


def test_a_decision_that_fell_says_so_no_more(world):
    firm = newcomer(92)
    one = penalty_fact(firm, "penalty:5", kinds=["close"])
    facts.withdraw(None, one, "撤销")
    assert Fact.objects.get(organisation=firm, kind="revoked").withdrawn_at is not None
    assert Exit.objects.get(organisation=firm).ended_on is None  # an officer ends the follow-up


def test_by_what_a_firm_can_be_known_again_nobody_reads(world):
    exit_ = followed(world)
    assert set(exit_.marks.values_list("kind", flat=True)) == {"representative", "address", "phone"}
    assert all(len(one.digest) == 64 for one in Mark.objects.all())


@pytest.mark.parametrize(
    ("given", "marks"),
    [
        ({"name": "王小二"}, "representative"),
        ({"name": "王 小二"}, "representative"),
        ({"address": "广州市海珠区 新港东路１号 201室"}, "address"),
        ({"phone": "(020)88886666"}, "phone"),
        ({"name": "王小二", "phone": "86-020-88886666"}, "phone representative"),
        ({"name": "李四", "address": "广州市天河区某路2号", "phone": "020-11112222"}, None),
        ({"address": "1号"}, None),  # says too little
        ({}, None),
    ],
)
def test_who_comes_after_with_the_same_is_a_hint_once(world, given, marks):
    exit_ = followed(world)
    firm = newcomer(**given)
    assert exits.look_again() == (1 if marks else 0)
    assert exits.look_again() == 0
    if marks:
        hint = Hint.objects.get()
        assert (hint.exit, hint.organisation, hint.marks, hint.outcome) == (exit_, firm, marks, "open")
    else:
        assert not Hint.objects.exists()


def test_who_was_there_before_is_no_successor_until_it_changes(world):
    before = newcomer(address="广州市海珠区新港东路1号201室")
    Organisation.objects.filter(pk=before.pk).update(updated_at=timezone.now() - timedelta(days=1))
    followed(world)
    assert exits.look_again() == 0
    head(before, "王小二")  # a new legal representative is a change, though the row stays
    assert exits.look_again() == 1


def test_a_firm_is_no_hint_to_itself_and_one_that_left_none_to_another(world):
    followed(world)
    world.firm.save()
    gone = newcomer(name="王小二")
    Organisation.objects.filter(pk=gone.pk).update(status="closed")
    assert exits.look_again() == 0


def test_many_newcomers_cost_statements_by_the_thousand_not_one_each(
    world, django_assert_max_num_queries, monkeypatch
):
    followed(world)
    Organisation.objects.bulk_create(
        Organisation(
            uscc=f"9144010{n:011d}", name=f"某{n}", region=TIANHE, address="广州市海珠区新港东路1号201室" if n % 100 == 0 else f"某路{n}号六层",
        )
        for n in range(600)
    )  # fmt: skip
    monkeypatch.setattr(exits, "SOME", 300)
    with django_assert_max_num_queries(60):
        assert exits.look_again() == 6


def test_an_officer_says_what_a_hint_is_with_a_reason(world):
    followed(world)
    newcomer(name="王小二")
    exits.look_again()
    hint = Hint.objects.get()
    refused("values_wrong", actions.resolve_hint, world.chen, hint, "same", " ")
    refused("values_wrong", actions.resolve_hint, world.chen, hint, "open", "x")
    refused("not_found", actions.resolve_hint, officer("sz", "440305"), hint, "same", "x")
    refused("forbidden", actions.resolve_hint, officer("aud", "440000", "auditor"), hint, "same", "x")
    actions.resolve_hint(world.chen, hint, "unrelated", "同名不同人，已核对身份证件")
    hint.refresh_from_db()
    assert (hint.outcome, hint.resolved_by) == ("unrelated", world.chen)
    assert Line.objects.get(action="listing.hint_resolved").detail["outcome"] == "unrelated"
    assert not Fact.objects.filter(organisation=hint.organisation).exists()  # nothing follows by itself


def test_a_firm_is_followed_until_somebody_has_seen_to_it(world):
    exit_ = followed(world)
    refused("values_wrong", actions.check_exit, world.chen, exit_, "licences", True, "")
    actions.check_exit(world.chen, exit_, "licences", True, "食品经营许可已注销")
    actions.check_exit(world.chen, exit_, "goods", False, "仓库尚有成品")
    refused("values_wrong", actions.end_exit, world.chen, exit_, "")
    actions.end_exit(world.chen, exit_, "全部落实")
    exit_.refresh_from_db()
    assert exit_.ended_on == timezone.localdate()
    refused("ended", actions.check_exit, world.chen, exit_, "stopped", True, "x")
    refused("ended", actions.end_exit, world.chen, exit_, "x")


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("广东省广州市海珠区新港东路1号", "广州市海珠区新港东路1号"), ("广东 广州市海珠区（新港东路）１号", "广州市海珠区新港东路1号"),
        ("一号", ""), ("", ""),
    ],
)  # fmt: skip
def test_addresses_compare_without_what_people_write_differently(address, key):
    assert rules.address_key(address) == key


def test_pages_of_exits_show_masks_and_take_conclusions(world, client, settings):
    settings.DEMO = True
    exit_ = followed(world)
    newcomer(name="王小二", phone="020-88886666", region=HAIZHU)
    exits.look_again()
    hint = Hint.objects.get()
    client.force_login(world.chen)
    page = client.get(f"/desk/listing/hints/{hint.pk}/").content.decode()
    assert "王**" in page
    assert "王小二" not in page
    assert "88886666" not in page.replace("-", "")
    assert "法定代表人同名" in page
    assert client.get(f"/desk/listing/exits/{exit_.pk}/").status_code == 200
    assert (
        client.post(f"/desk/listing/hints/{hint.pk}/", {"outcome": "same", "reason": ""}).status_code == 422
    )
    assert (
        client.post(f"/desk/listing/hints/{hint.pk}/", {"outcome": "same", "reason": "同一人"}).status_code
        == 302
    )
    given = {"item": "stopped", "done": "on", "note": "已关门"}
    assert client.post(f"/desk/listing/exits/{exit_.pk}/check/", given).status_code == 302
    assert client.post(f"/desk/listing/exits/{exit_.pk}/end/", {"reason": "已落实"}).status_code == 302
    client.force_login(officer("aud", "440000", "auditor"))
    assert (
        client.post(f"/desk/listing/hints/{hint.pk}/", {"outcome": "same", "reason": "x"}).status_code == 403
    )
    assert client.get(f"/desk/listing/exits/{exit_.pk}/").status_code == 200


def test_facts_of_other_kinds_do_not_begin_a_follow_up(world):
    fact(newcomer(95), "check_failed")
    penalty_fact(newcomer(96), "penalty:6", kinds=["fine"])
    assert not Exit.objects.exists()
