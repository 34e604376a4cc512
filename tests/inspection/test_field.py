"""Samples and refusals from the field: kept once, judged by the rules, told to whom they must be."""

import hashlib
import io
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from tests.cases.people import HAIZHU, officer
from tests.inspection.field_people import World, sheet, values
from zhiheng.core.ledger.models import Entry
from zhiheng.core.problems import Problem
from zhiheng.core.registry.models import Product
from zhiheng.systems.inspection import actions_field as actions
from zhiheng.systems.inspection import queries_field as queries
from zhiheng.systems.inspection import queries_plan
from zhiheng.systems.inspection.models import Alert, Inspector, NoSample, Photo, Refusal, Sample, Task
from zhiheng.systems.inspection.models.plan import Stage

pytestmark = pytest.mark.django_db
API = "/api/v1/inspection/"


@pytest.fixture
def world(settings):
    settings.DEMO = True
    return World()


@pytest.fixture
def signed_in(world, client):
    client.force_login(world.first)
    return client


def post(client, where, body):
    return client.post(API + where, body, content_type="application/json")


def picture(colour="red"):
    out = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "JPEG")
    return out.getvalue()


def announced(data, kind="goods"):
    return {
        "key": str(uuid.uuid4()), "kind": kind, "sha256": hashlib.sha256(data).hexdigest(), "name": "a.jpg",
    }  # fmt: skip


def test_a_sample_is_kept_with_its_number_and_what_follows(world, signed_in):
    answer = post(signed_in, "samples", sheet(world))
    assert answer.status_code == 201, answer.json()
    kept = Sample.objects.get()
    assert answer.json()["number"] == kept.number == f"CY440100{timezone.localdate().year}000001"
    assert (
        kept.organisation == world.shop
        and kept.laboratory == world.lab_org
        and kept.recorded_by == world.first
    )
    assert kept.case and kept.case.procedure == "product_check"
    assert {one.number for one in kept.inspectors.all()} == {"G1", "G2"}
    assert Task.objects.get(pk=world.task.pk).state == Task.State.SAMPLED
    assert Entry.objects.filter(action="inspection.sample_taken").count() == 1


def test_the_same_sheet_twice_gives_the_same_answer_and_one_sample(world, signed_in):
    body = sheet(world)
    first, again = post(signed_in, "samples", body), post(signed_in, "samples", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert Sample.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "name"),
    [({"quantity": "5 袋"}, "quantity"), ({"signer": "张三"}, "signer"), ({"buyer": "张三"}, "buyer")],
)
def test_the_same_key_with_another_sheet_is_refused_naming_the_difference(world, signed_in, change, name):
    body = sheet(world)
    post(signed_in, "samples", body)
    answer = post(signed_in, "samples", body | {"values": body["values"] | change})
    assert answer.status_code == 409
    assert answer.json()["code"] == "key_used" and answer.json()["differs"] == [name]
    assert post(signed_in, "samples", body | {"inspectors": ["G1"]}).json()["differs"] == ["inspectors"]


def test_a_key_of_one_task_is_not_good_for_another(world, signed_in):
    body = sheet(world)
    post(signed_in, "samples", body)
    answer = post(signed_in, "samples", body | {"task": str(world.new_task().key)})
    assert answer.status_code == 409 and answer.json()["differs"] == ["task"]


def test_a_second_telephone_is_told_that_the_task_is_done(world, signed_in, client):
    number = post(signed_in, "samples", sheet(world)).json()["number"]
    client.force_login(world.second)
    answer = post(client, "samples", sheet(world))
    assert answer.status_code == 409 and answer.json()["code"] == "task_done"
    assert answer.json()["number"] == number and number in answer.json()["title"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"product": ""}, "product"),
        ({"uscc": "91440101MA5CTEST0X"}, "organisation_why"),
        ({"spare_quantity": ""}, "no_spare_why"),
        ({"seal_spare": ""}, "seal_spare"),
        ({"seal_spare": "F0001"}, "seal_spare"),
        ({"price": "-1"}, "price"),
        ({"price": "1.234"}, "price"),
        ({"price": "NaN"}, "price"),
        ({"taken_at": "yesterday"}, "taken_at"),
        ({"taken_at": "2999-01-01T00:00"}, "taken_at"),
        ({"stage": "moon"}, "stage"),
        ({"signature_refused": False}, "signature"),
        ({"refused_why": ""}, "refused_why"),
        ({"product": "x" * 201}, "product"),
        ({"stage": "online"}, "account"),
        ({"stage": "online"}, "photo_page"),
    ],
)
def test_what_a_sheet_lacks_is_said_by_field(world, signed_in, change, field):
    answer = post(signed_in, "samples", sheet(world, **change))
    assert answer.status_code == 422 and field in answer.json()["errors"], answer.json()
    assert not Sample.objects.exists()


@pytest.mark.parametrize(
    "text", ["\x00", "\ud800", "😀" * 400, "1e999", "-0", "sNaN", "9999-12-31T23:59:59+00:00", "٣"]
)
def test_odd_values_are_refused_or_kept_and_never_break(world, signed_in, text):
    import json

    from zhiheng.systems.inspection.rules_field import SAMPLE

    for ask in SAMPLE:
        body = json.dumps(sheet(world, **{ask.name: text}))
        answer = signed_in.post(API + "samples", body, content_type="application/json")
        assert answer.status_code in (201, 422, 409), (ask.name, answer.content)


def test_two_inspectors_are_needed_on_the_spot(world, signed_in):
    body = sheet(world) | {"inspectors": ["G1"]}
    answer = post(signed_in, "samples", body)
    assert "第十六条" in answer.json()["errors"]["inspectors"]
    stand_in = Inspector.objects.create(number="G9", name="赵六", region="440100")
    Inspector.objects.create(number="X1", name="外人", region="440300")
    assert "another" in post(signed_in, "samples", body | {"values": body["values"] | {"another": "X1"}}).json()["errors"]  # fmt: skip
    assert (
        post(signed_in, "samples", body | {"values": body["values"] | {"another": "G9"}}).status_code == 201
    )
    assert stand_in in Sample.objects.get().inspectors.all()


def test_a_product_must_be_bought_and_checked_against_what_must_not_be_sampled(world, signed_in):
    errors = post(signed_in, "samples", sheet(world, price="", may_sample=False)).json()["errors"]
    assert "第十八条" in errors["may_sample"] and "第二十二条" in errors["free_why"]
    assert post(signed_in, "samples", sheet(world, price="", free_why="非破坏性检验")).status_code == 201


def test_an_online_sample_keeps_who_bought_it_encrypted(world, signed_in):
    shots = [picture("red"), picture("blue")]
    photos = [announced(shots[0], "page"), announced(shots[1], "unpacking")]
    more = {
        "stage": "online", "platform": "某商城", "page": "https://shop.example/1", "order_no": "A1", "buyer": "王小明",
        "account": "wang1", "payment": "银行卡", "delivery": "天河路1号",
    }  # fmt: skip
    body = sheet(world, **more) | {"inspectors": ["G1"], "photos": photos}
    assert post(signed_in, "samples", body).status_code == 201
    one = Sample.objects.get()
    assert one.stage == Stage.ONLINE and "王小明" in one.purchase and "王小明" not in str(one.form)
    assert post(signed_in, "samples", body).status_code == 200


def test_photos_come_one_by_one_and_once(world, signed_in):
    data = picture()
    photo = announced(data)
    answer = post(signed_in, "samples", sheet(world) | {"photos": [photo]})
    assert answer.json()["photos"] == {photo["key"]: False}
    where = f"{API}photos/{photo['key']}"
    other = signed_in.post(where, {"file": SimpleUploadedFile("a.jpg", picture("blue"))})
    assert other.status_code == 422 and other.json()["code"] == "photo_differs"
    for _time in range(2):
        assert signed_in.post(where, {"file": SimpleUploadedFile("a.jpg", data)}).status_code == 200
    assert Photo.objects.get().received_at
    assert Entry.objects.filter(action="inspection.photo_received").count() == 1
    assert signed_in.post(f"{API}photos/{uuid.uuid4()}", {"file": SimpleUploadedFile("a.jpg", data)}).status_code == 404  # fmt: skip
    page = reverse("inspection:photo", args=[Photo.objects.get().pk])
    assert signed_in.get(page).content == data
    assert Entry.objects.filter(action="inspection.photo_look", look=True).exists()
    signed_in.force_login(officer("far", HAIZHU))
    assert signed_in.get(page).status_code == 404


def test_only_those_who_are_to_go_may_record(world, client):
    for who in (world.head, world.county, world.lab):
        client.force_login(who)
        assert post(client, "samples", sheet(world)).status_code == 404
        assert not client.get(API + "tasks").json()["items"]
    client.force_login(world.second)
    assert [one["key"] for one in client.get(API + "tasks").json()["items"]] == [str(world.task.key)]


def test_a_sampling_body_records_the_tasks_of_its_people(world, client):
    Inspector.objects.filter(number="G2").update(user=None, body=world.lab_org)
    client.force_login(world.lab)
    assert post(client, "samples", sheet(world)).status_code == 201


def test_the_form_without_script_does_the_same(world, signed_in):
    url = reverse("inspection:field_sample", args=[world.task.key])
    page = signed_in.get(url)
    assert world.shop.name in page.content.decode()
    data = picture()
    body = values(world) | {
        "key": uuid.uuid4(), "inspectors": ["G1", "G2"], "signature_refused": "on", "may_sample": "on",
        "photo_goods": SimpleUploadedFile("goods.jpg", data), "photo_seal": SimpleUploadedFile("seal.jpg", picture("blue")),
    }  # fmt: skip
    wrong = signed_in.post(url, {**body, "product": "", "photo_goods": SimpleUploadedFile("goods.jpg", data)})
    assert wrong.status_code == 422 and "必填" in wrong.content.decode()
    body["photo_goods"], body["photo_seal"] = SimpleUploadedFile("goods.jpg", data), SimpleUploadedFile("seal.jpg", picture("blue"))  # fmt: skip
    assert signed_in.post(url, body).status_code == 302
    assert Sample.objects.count() == 1 and Photo.objects.exclude(received_at=None).count() == 2
    assert signed_in.get(reverse("inspection:sheet", args=[Sample.objects.get().pk])).status_code == 200


def test_a_code_gives_lot_product_and_nominal_producer(world, signed_in):
    Product.objects.create(gtin="06901234567892", organisation=world.maker, name="测试苏打饼干", spec="400 g")
    told = signed_in.get(API + "code", {"text": "(01)06901234567892(10)L7(21)9"}).json()
    assert (told["gtin"], told["lot"], told["serial"]) == ("06901234567892", "L7", "9")
    assert told["product"]["producer_uscc"] == world.maker.uscc
    link = signed_in.get(API + "code", {"text": "https://id.gs1.org/01/06901234567892/10/L7"}).json()
    assert link["lot"] == "L7" and link["product"]["name"] == "测试苏打饼干"
    assert signed_in.get(API + "code", {"text": "6901234567892"}).json()["gtin"] == "06901234567892"
    assert signed_in.get(API + "code", {"text": "6901234567893"}).json()["fault"]


def test_codes_are_read_from_a_photograph(world, signed_in):
    from zhiheng.trace import labels

    data = labels.png(labels.qr("https://id.gs1.org/01/06901234567892/10/L7"))
    found = signed_in.post(API + "scan", {"file": SimpleUploadedFile("a.png", data)})
    assert found.json()["items"][0]["lot"] == "L7"
    nothing = signed_in.post(API + "scan", {"file": SimpleUploadedFile("a.jpg", picture())})
    assert nothing.status_code == 422 and nothing.json()["code"] == "no_code"


# -- refusals -------------------------------------------------------------------------------------------------


def refusal(world, **more):
    return {
        "key": str(uuid.uuid4()), "task": str(world.task.key), "photos": [],
        "values": {
            "kind": "refused", "how": "店员拒绝进入仓库", "happened_at": timezone.localtime().strftime("%Y-%m-%dT%H:%M"),
            "witness": "保安张三", **more,
        },
    }  # fmt: skip


def test_a_refusal_is_on_the_desks_of_organiser_and_county_at_once(world, signed_in, client):
    body = refusal(world)
    assert post(signed_in, "refusals", body).status_code == 201
    assert post(signed_in, "refusals", body).status_code == 200
    assert post(signed_in, "refusals", body | {"values": body["values"] | {"how": "x"}}).status_code == 409
    assert sorted(Alert.objects.values_list("region", flat=True)) == ["440100", "440106"]
    assert Task.objects.get(pk=world.task.pk).state == Task.State.REFUSED
    for who in (world.head, world.county):
        client.force_login(who)
        assert world.shop.name in client.get(reverse("inspection:alerts")).content.decode()
    alert = Alert.objects.get(region="440106")
    client.post(reverse("inspection:alert_seen", args=[alert.pk]))
    alert.refresh_from_db()
    assert alert.seen_by == world.county
    other = Alert.objects.get(region="440100")
    assert client.post(reverse("inspection:alert_seen", args=[other.pk])).status_code == 404


def test_an_unreasonable_price_is_a_refusal_with_both_prices(world, signed_in):
    assert set(post(signed_in, "refusals", refusal(world, kind="price")).json()["errors"]) == {
        "asked_price", "marked_price"
    }  # fmt: skip
    assert post(signed_in, "refusals", refusal(world, kind="price", asked_price="9999", marked_price="20")).status_code == 201  # fmt: skip


def test_the_organiser_confirms_or_dismisses_and_nobody_else(world, signed_in, monkeypatch):
    followed = []
    monkeypatch.setattr(actions.aftercare, "refused", lambda actor, one: followed.append(one))
    post(signed_in, "refusals", refusal(world))
    one = Refusal.objects.get()
    for who in (world.county, world.first):  # another office; who recorded it
        with pytest.raises(Problem, match="组织机关"):
            actions.decide_refusal(who, one, confirmed=True)
    with pytest.raises(Problem, match="理由"):
        actions.decide_refusal(world.head, one, confirmed=False)
    page = reverse("inspection:refusal", args=[one.pk])
    signed_in.force_login(world.head)
    assert "认定为拒绝抽样" in signed_in.get(page).content.decode()
    signed_in.post(page, {"confirm": "1"})
    one.refresh_from_db()
    assert one.state == "confirmed" and followed == [one]
    with pytest.raises(Problem) as decided:
        actions.decide_refusal(world.head, one, confirmed=False, why="再想想")
    assert decided.value.status == 409


def test_a_dismissed_refusal_leaves_a_task_to_do(world, signed_in):
    post(signed_in, "refusals", refusal(world))
    actions.decide_refusal(world.head, Refusal.objects.get(), confirmed=False, why="店员误解，已同意")
    assert Refusal.objects.get().state == "dismissed"
    again = queries.own_tasks(world.first).get(state=Task.State.OPEN)
    assert again.organisation == world.shop and again.inspectors.count() == 2


def test_nothing_to_sample_is_recorded_with_its_ground(world, signed_in):
    body = {
        "key": str(uuid.uuid4()), "task": str(world.task.key),
        "values": {"ground": "trial", "what": "外包装印“试制”", "happened_at": timezone.localtime().isoformat()},
    }  # fmt: skip
    assert post(signed_in, "no-samples", body).status_code == 201
    assert post(signed_in, "no-samples", body).status_code == 200
    assert NoSample.objects.get().ground == "trial"
    assert "试制" in Task.objects.get(pk=world.task.pk).why


def test_a_grave_result_unseen_for_a_day_is_reminded_of(world, signed_in):
    post(signed_in, "samples", sheet(world))
    alert = Alert.objects.create(kind=Alert.Kind.HIGH_RISK, region="440100", sample=Sample.objects.get())
    now = timezone.now()
    assert not queries.reminded(alert, now + timedelta(hours=23))
    assert queries.reminded(alert, now + timedelta(hours=25))
    alert.seen_at = now
    assert not queries.reminded(alert, now + timedelta(hours=25))


def test_the_worker_is_served_with_its_scope_and_holds_nothing_personal(world, client):
    url = reverse("inspection:field_worker")
    assert url == "/desk/inspection/field/worker.js"
    answer = client.get(url)
    assert answer["Content-Type"].startswith("text/javascript") and answer["Cache-Control"] == "no-cache"
    text = answer.content.decode()
    assert "/static/inspection/sheet.js" in text and world.shop.name not in text


def test_every_file_the_worker_keeps_is_there_and_is_all_that_a_page_needs(world, signed_in):
    import re

    from django.contrib.staticfiles import finders

    from zhiheng.systems.inspection.views_field import STATIC

    assert all(finders.find(name) for name in STATIC)
    for url in (reverse("inspection:field"), reverse("inspection:field_sample", args=[world.task.key])):
        wanted = re.findall(r'(?:src|href)="/static/([^"]+)"', signed_in.get(url).content.decode())
        assert set(wanted) <= set(STATIC), url


def test_english_pages_have_no_chinese_words_of_ours(world, signed_in):
    signed_in.cookies["django_language"] = "en"
    for name in ("field_sample", "field_refusal", "field_none"):
        text = signed_in.get(reverse(f"inspection:{name}", args=[world.task.key])).content.decode()
        assert "抽样单位" not in text and "必填" not in text


# -- the same product within six months, and when a visit was ------------------------------------------------------


def again(world, taken_at, **more):
    """A second sample by another task, taken at a time."""
    body = sheet(world, world.new_task(), **more)
    return body | {"values": body["values"] | {"taken_at": taken_at.strftime("%Y-%m-%dT%H:%M")}}


SAME = {"brand": "小麦", "spec": "400 g", "standard": "GB/T 20980-2021", "producer_name": "某饼干厂"}


def test_the_same_product_within_six_months_is_said_where_people_look(world, signed_in, client):
    now = timezone.localtime()
    post(signed_in, "samples", sheet(world, **SAME))
    one = Sample.objects.get()
    assert (
        post(signed_in, "samples", again(world, now, **SAME | {"standard": "GB/T 20980"})).status_code == 201
    )
    post(signed_in, "samples", again(world, now, **SAME | {"spec": "500 g"}))
    post(signed_in, "samples", again(world, now, product="苏打饼干"))  # nobody says who made it
    _first, same, other, unknown = Sample.objects.order_by("pk")
    assert [len(queries_plan.repeats(each)) for each in (one, same, other, unknown)] == [0, 1, 0, 0]
    client.force_login(world.head)
    for page in (reverse("inspection:sheet", args=[same.pk]), f"/desk/cases/{same.case_id}/"):
        shown = client.get(page).content.decode()
        assert "六个月内已抽查同一产品" in shown and one.number in shown, page
    assert (
        "六个月内已抽查同一产品"
        not in client.get(reverse("inspection:sheet", args=[other.pk])).content.decode()
    )
    Sample.objects.filter(pk=one.pk).update(taken_at=now - timedelta(days=190))
    assert not queries_plan.repeats(same)
    Sample.objects.filter(pk=one.pk).update(taken_at=now)
    world.plan.kind = same.item.plan.kind = "follow_up"
    assert not queries_plan.repeats(same)  # SAMR-18 Art. 8, last sentence


def test_what_was_sampled_within_six_months_is_on_the_telephone(world, signed_in):
    world.item.standards = "GB 7100；GB/T 20980"
    world.item.save()
    post(signed_in, "samples", sheet(world, **SAME))
    post(signed_in, "samples", again(world, timezone.localtime(), **SAME))
    post(
        signed_in,
        "samples",
        again(world, timezone.localtime(), **SAME | {"standard": "GB 1", "brand": "别的"}),
    )
    shown = signed_in.get(f"/desk/inspection/field/{world.new_task().key}/").content.decode()
    assert "六个月内已抽查的同类产品</summary>" in shown.replace(" (1)", "") and "某饼干厂" in shown
    assert "别的" not in shown


@pytest.mark.parametrize("where", ["samples", "refusals", "no-samples"])
def test_a_visit_is_not_before_its_task(world, signed_in, where):
    world.plan.starts_on = timezone.localdate() - timedelta(days=3)
    world.plan.save()
    early = (timezone.localtime() - timedelta(days=5)).strftime("%Y-%m-%dT%H:%M")
    given = {
        "samples": values(world, taken_at=early),
        "refusals": {"kind": "refused", "how": "不让进", "happened_at": early},
        "no-samples": {"ground": "closed", "what": "关门", "happened_at": early},
    }[where]
    body = {"key": str(uuid.uuid4()), "task": str(world.task.key), "values": given, "photos": []}
    if where == "samples":
        body["inspectors"] = ["G1", "G2"]
    if where == "no-samples":
        del body["photos"]
    answer = post(signed_in, where, body)
    name = "taken_at" if where == "samples" else "happened_at"
    assert answer.status_code == 422 and "早于这个任务" in answer.json()["errors"][name]


def test_where_it_is_made_the_sampled_firm_is_the_producer(world, signed_in):
    post(signed_in, "samples", sheet(world, stage="production"))
    post(signed_in, "samples", sheet(world, world.new_task()))
    made, sold = Sample.objects.order_by("pk")
    assert (made.producer, made.producer_name) == (world.shop, world.shop.name) and sold.producer is None


def test_who_signed_and_who_was_there_is_read_by_officers_and_each_look_is_kept(world, signed_in, client):
    post(signed_in, "samples", sheet(world, signer="陈店长"))
    one = Sample.objects.get()
    other = world.new_task()
    post(
        signed_in,
        "refusals",
        {
            "key": str(uuid.uuid4()),
            "task": str(other.key),
            "photos": [],
            "values": {
                "kind": "refused",
                "how": "不让进",
                "happened_at": timezone.localtime().strftime("%Y-%m-%dT%H:%M"),
                "witness": "保安刘某",
            },
        },
    )
    refusal = Refusal.objects.get()
    client.force_login(world.head)
    page, about = reverse("inspection:sheet", args=[one.pk]), reverse("inspection:refusal", args=[refusal.pk])
    assert "陈店长" not in client.get(page).content.decode()
    assert "保安刘某" not in client.get(about).content.decode()
    assert not Entry.objects.filter(action="inspection.sheet_look").exists()
    assert "陈店长" in client.post(reverse("inspection:sheet_people", args=[one.pk])).content.decode()
    assert "保安刘某" in client.post(about, {"look": "1"}).content.decode()
    assert Entry.objects.filter(action="inspection.sheet_look").count() == 2
    client.post(about, {"confirm": "1"})
    shown = client.get(about).content.decode()
    refusal.refresh_from_db()
    assert refusal.confirmed_at and "/desk/cases/" in shown  # what it led to is one click away
    client.force_login(world.lab)
    assert client.post(reverse("inspection:sheet_people", args=[one.pk])).status_code == 403


def test_a_sheet_says_its_times_as_every_page_does(world, signed_in, client):
    post(signed_in, "samples", sheet(world, best_before="2027-01-10"))
    client.force_login(world.head)
    shown = client.get(reverse("inspection:sheet", args=[Sample.objects.get().pk])).content.decode()
    assert "2027年1月10日" in shown and "<dd>2027-01-10" not in shown
    assert f"<dd>{timezone.localdate()}T" not in shown
