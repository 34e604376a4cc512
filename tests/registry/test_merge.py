"""Duplicates: proposed by the platform, merged by a person, and the merge undone without a trace."""

import pytest
from django.forms.models import model_to_dict

from tests.accounts.people import organisation, person
from zhiheng.core.problems import Problem
from zhiheng.core.registry import actions, queries
from zhiheng.core.registry.models import Designation, Merge, Name, Organisation, Person, Product, Site
from zhiheng.knowledge.codes import uscc

pytestmark = pytest.mark.django_db
MODELS = (Organisation, Name, Site, Product, Person, Designation)


@pytest.fixture
def twin(firm):
    made = organisation(uscc.make("91440101MA00TWN01"), "440106", "广州白云食品(有限公司)")
    for one, gln, gtin in (
        (firm, "6900000000007", "06901234567892"),
        (made, "6900000000014", "06900000000014"),
    ):
        Site.objects.create(gln=gln, organisation=one, name="厂", region="440105")
        Product.objects.create(gtin=gtin, organisation=one, name="酱油")
        Person.objects.create(organisation=one, duty="legal_representative", name="张三")
        Designation.objects.create(organisation=one, kind="licence", title="证", number="共同")
        Name.objects.create(organisation=one, kind="short", name="白云")
    Designation.objects.create(organisation=made, kind="licence", title="证", number="自有")
    Name.objects.create(organisation=made, kind="former", name="羊城食品厂")
    actions.refresh_search(firm)
    actions.refresh_search(made)
    return made


def state():
    return {
        model.__name__: [
            model_to_dict(row, fields=[f.name for f in model._meta.concrete_fields])
            | {"search": getattr(row, "search", "")}
            for row in model.objects.order_by("pk")
        ]
        for model in MODELS
    }


def test_a_merge_moves_everything_and_its_undoing_restores_exactly(people, firm, twin):
    colleague = person("enterprise", org=twin, username="colleague")
    before = state()
    row = actions.merge(people["city"], firm, twin, reason="执照相同")
    assert set(firm.sites.values_list("gln", flat=True)) == {"6900000000007", "6900000000014"}
    assert queries.resolve_glns(["6900000000014"])["6900000000014"].uscc == firm.uscc
    assert queries.by_uscc([twin.uscc])[twin.uscc] == firm
    assert queries.search("羊城食品", people["city"]).get() == firm
    assert twin not in queries.organisations_visible_to(people["city"])
    colleague.refresh_from_db()
    assert colleague.organisation == firm
    actions.undo_merge(people["city"], row)
    assert state() == before
    colleague.refresh_from_db()
    assert colleague.organisation == twin
    with pytest.raises(Problem, match="已经撤销"):
        actions.undo_merge(people["city"], row)


def test_what_came_after_a_merge_stays_when_it_is_undone(people, firm, twin):
    row = actions.merge(people["city"], firm, twin, reason="同一")
    later = Product.objects.create(gtin="06900000000021", organisation=firm, name="后来")
    actions.undo_merge(people["city"], row)
    later.refresh_from_db()
    assert later.organisation == firm


def test_merges_in_a_row_are_undone_from_the_last(people, firm, twin):
    third = organisation(uscc.make("91440101MA00THR01"), "440105", "第三")
    first = actions.merge(people["city"], firm, twin, reason="同一")
    second = actions.merge(people["city"], third, firm, reason="同一")
    assert queries.resolve_glns(["6900000000014"])["6900000000014"].uscc == third.uscc
    assert queries.by_uscc([twin.uscc])[twin.uscc] == third
    with pytest.raises(Problem, match="后来"):
        actions.undo_merge(people["city"], first)
    actions.undo_merge(people["city"], second)
    actions.undo_merge(people["city"], first)
    assert twin.sites.count() == 1


def test_who_may_merge(people, firm, twin, shenzhen):
    for role in ("county", "enterprise", "leading", "auditor"):
        with pytest.raises(Problem):
            actions.merge(people[role], firm, twin, reason="同一")
    with pytest.raises(Problem, match="辖区"):
        actions.merge(people["city"], firm, shenzhen, reason="同一")
    with pytest.raises(Problem, match="理由"):
        actions.merge(people["city"], firm, twin, reason=" ")
    with pytest.raises(Problem):
        actions.merge(people["city"], firm, firm, reason="同一")
    assert not Merge.objects.exists()


def test_duplicates_are_proposed_with_reasons(people, firm, twin):
    Organisation.objects.filter(pk__in=[firm.pk, twin.pk]).update(address="海珠区1号")
    pair = queries.duplicates(people["city"])[0]
    assert {pair.first, pair.second} == {firm, twin}
    assert set(pair.reasons) == {"same_name", "same_head"}
    other = organisation(uscc.make("91440101MA00THR01"), "440105", "羊城食品厂")
    assert any(
        {p.first, p.second} == {twin, other} and p.reasons == ("former_name",)
        for p in queries.duplicates(people["city"])
    )
    assert queries.duplicates(people["enterprise"]) == []


def test_the_pages_of_merging(people, firm, twin, client):
    client.force_login(people["city"])
    assert twin.name in client.get("/desk/registry/duplicates/").content.decode()
    page = f"/desk/registry/duplicates/{firm.pk}/{twin.pk}/"
    assert "张*" in client.get(page).content.decode()
    assert client.post(page, {"kept": str(firm.pk)}).status_code == 422
    assert client.post(page, {"kept": str(firm.pk), "reason": "执照相同"}).status_code == 302
    assert client.get(f"/desk/registry/o/{twin.uscc}/").status_code == 302
    merge = Merge.objects.get()
    assert twin.name in client.get("/desk/registry/duplicates/").content.decode()
    assert client.get(f"/desk/registry/merges/{merge.pk}/undo/").status_code == 200
    assert client.post(f"/desk/registry/merges/{merge.pk}/undo/").status_code == 302
    twin.refresh_from_db()
    assert twin.merged_into is None
    client.force_login(people["county"])
    assert client.get("/desk/registry/duplicates/").status_code == 403
