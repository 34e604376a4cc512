"""`zhiheng rotate-keys`: everything that is encrypted comes under the newest key, in steps that may be repeated."""

import json

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from typer.testing import CliRunner

from tests.accounts.people import organisation, person, with_second_factor
from zhiheng import care
from zhiheng.cli import app
from zhiheng.core import crypto, files
from zhiheng.core.accounts.models import User
from zhiheng.core.exchange import queries as exchange
from zhiheng.core.exchange.tasks import SEALED
from zhiheng.core.jobs.models import Job, Outcome
from zhiheng.core.ledger.models import Entry
from zhiheng.core.registry.models import Organisation, Person
from zhiheng.knowledge.codes import uscc

pytestmark = pytest.mark.django_db
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.fixture
def firm(settings):
    """A firm with a telephone and people, an officer with a second factor, a rejected row and a kept file, under the
    old key."""
    settings.DATA_KEYS = [OLD]
    firm = organisation(uscc.make("91440101MA5CKXTM2"))
    Organisation.objects.filter(pk=firm.pk).update(phone="020-12345678")
    for n in range(3):
        Person.objects.create(organisation=firm, duty="chief_quality_officer", name=f"欧阳{n}", phone="")
    with_second_factor(person("county", display_name="张三丰"))
    job = Job.objects.create(kind="exchange")
    raw = ["甲", SEALED + crypto.encrypt("欧阳修"), 3, None]
    Outcome.objects.create(job=job, index=0, kind="rejected", raw=raw)
    Outcome.objects.create(job=job, index=1, kind="rejected")
    files.keep(b"what a party sent")
    settings.DATA_KEYS = [NEW, OLD]
    return firm


def read_everything() -> tuple[object, ...]:
    secret = crypto.decrypt(Authenticator.objects.get(type="totp").data["secret"])
    rejected = Outcome.objects.get(index=0).raw
    return (
        Organisation.objects.get().phone,
        set(Person.objects.values_list("name", flat=True)),
        secret + User.objects.get().display_name,
        exchange.opened(rejected),
        files.load(*files.digests()),
    )


def rotate(*more: str):
    return CliRunner().invoke(app, ["rotate-keys", *more])


def test_afterwards_the_new_key_alone_reads_everything(firm, settings):
    before = read_everything()
    answer = rotate("--json")
    assert answer.exit_code == 0, answer.output
    counted = json.loads(answer.stdout)
    assert counted["written"]["registry.Person"] == 3
    assert counted["written"]["jobs.Outcome"] == 1
    assert counted["written"]["files"] == 1
    assert counted["looked_at"]["jobs.Outcome"] == 1  # the second rejected row keeps nothing
    settings.DATA_KEYS = [NEW]
    assert read_everything() == before
    assert Entry.objects.get(action="keys.rotated").detail_json == json.dumps(
        {"written": sum(counted["written"].values())}, separators=(",", ":")
    )


def test_stopped_half_way_it_goes_on_and_done_again_it_writes_nothing(firm, settings, monkeypatch):
    steps = care.rotate_keys()
    while not next(steps).written:
        pass
    steps.close()  # interrupted after the first batch that wrote something
    assert not Entry.objects.filter(action="keys.rotated").exists()
    answer = rotate()
    assert answer.exit_code == 0
    assert "written under the newest key" in answer.stdout
    again = json.loads(rotate("--json").stdout)
    assert not any(again["written"].values())
    assert Entry.objects.filter(action="keys.rotated").count() == 1
    settings.DATA_KEYS = [NEW]
    read_everything()


def test_a_value_that_no_key_reads_is_named_and_ends_it(firm, settings):
    settings.DATA_KEYS = [NEW]
    answer = rotate("--json")
    assert answer.exit_code == 1
    problem = json.loads(answer.stdout)
    assert problem["code"] == "undecryptable"
    assert problem["title"].startswith(("accounts.User", "registry.Organisation", "registry.Person"))
    assert "ZHIHENG_DATA_KEY" in problem["remedy"]
