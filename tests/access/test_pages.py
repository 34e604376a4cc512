"""Every role against every address: one table (``pages.txt``) says what each gets.

A letter for each of ``world.WHO``, in that order: ``.`` the page, ``>`` sent on (to sign in, or home), ``x`` told that it is not for
them, ``-`` not found, ``!`` not this way (a form that only takes POST), ``c`` not now. An address that is not in the table fails, and so
does one in the table that is gone. After a change that is meant: ``ACCESS_TABLE=write pytest tests/access/test_pages.py``, and read the
difference.
"""

import os
import uuid
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from tests.access.world import WHO, case_of, everybody, put, routes
from tests.cases.people import TIANHE

pytestmark = pytest.mark.django_db
TABLE = Path(__file__).with_name("pages.txt")
MARKS = {
    200: ".",
    301: ">",
    302: ">",
    303: ">",
    400: "c",
    401: ">",
    403: "x",
    404: "-",
    405: "!",
    409: "c",
    410: "c",
    415: "c",
    422: "c",
}
CODE = "?code=https://id.gs1.org/01/06901234567892/21/7"
QUERIES = {
    "api:trace": CODE, "api:scope": CODE, "api:public": CODE,
    "api:code": "?text=6901234567892",
    "api:clock": "?procedure=complaint&clock=accept&from=2026-09-28T15:00",
}  # fmt: skip
"""What an address of the API asks for besides its arguments."""
ELSEWHERE = ("mfa_", "account_", "epcis")
"""Tested elsewhere: sign-in by its own package and ``tests/accounts``, EPCIS in ``tests/trace``."""


def world(people):
    """A value for every argument of an address: things of the office of 天河, about the firm of ``party``."""
    thing = put(case_of("complaint", people), "received", told=True, handed=False)
    party = people["party"]
    values = {
        "uscc": party.organisation.uscc, "key": "accept", "what": "note", "form": "pdf", "page": "about",
        "gtin": "06901234567892", "procedure": "complaint", "scheme": "serious_list", "number": thing.case.number, "slug": "x", "region": TIANHE, "gln": "6901234500004", "path": "01/06901234567892",
    }  # fmt: skip
    return values, thing


def arguments(name, wanted, values, thing):
    """The arguments of an address; what a room calls ``pk`` depends on the address."""
    found = {}
    for one, kind in wanted.items():
        if kind == "UUIDConverter" or (one == "id" and name.startswith("api:")):
            found[one] = uuid.UUID(int=1)
        elif one == "pk":
            found[one] = {
                "cases:clock": thing.case.clocks.first().pk, "cases:reveal": thing.case.parties.first().pk,
                "cases:document": thing.documents["party"].pk, "cases:sign": thing.documents["party"].pk,
                "cases:serve": thing.case.notices.first().pk, "cases:file": thing.files["party"].pk,
            }.get(name, thing.case.pk if name.startswith("cases:") else 999_999)  # fmt: skip
        elif name.startswith("web:law"):
            found[one] = "complaint"
        elif one == "what" and not name.startswith("cases:"):
            found[one] = "site"
        elif kind == "IntConverter":
            found[one] = 999_999
        else:
            found[one] = values.get(one, "1")
    return found


def test_everybody_at_every_address(settings):
    settings.DEMO = True
    people = everybody()
    values, thing = world(people)
    clients = {}
    for who, user in people.items():
        clients[who] = Client(raise_request_exception=False)
        if user is not None:
            clients[who].force_login(user)
    seen = {}
    for name, wanted in routes():
        if name.startswith(ELSEWHERE):
            continue
        path = reverse(name, kwargs=arguments(name, wanted, values, thing)) + QUERIES.get(name, "")
        marks = ""
        for who in WHO:
            status = clients[who].get(path).status_code
            assert status < 500, (name, path, who, status)
            marks += MARKS.get(status, "?")
        seen[name] = marks
    text = "".join(f"{name:<40}{marks}\n" for name, marks in sorted(seen.items()))
    if os.environ.get("ACCESS_TABLE") == "write":
        TABLE.write_text(text, encoding="utf-8")
    kept = dict(line.split() for line in TABLE.read_text(encoding="utf-8").splitlines())
    assert seen == kept
