"""Schemathesis over the whole API: no 500, nothing undocumented. SCHEMA_EXAMPLES sets how many a test."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from ninja import Schema
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.cases.people import organisation
from zhiheng.core.accounts.actions import create_key, create_user
from zhiheng.core.accounts.rules import SCOPES, scope_fault
from zhiheng.wsgi import application

EXAMPLES = int(os.environ.get("SCHEMA_EXAMPLES", "20"))
ROLES = {"system": "", "county": "440106", "laboratory": ""}
"""Who asks, and where: between them these have every scope there is."""
# Our own kind of authentication is tested by itself; that a body of any shape is taken (202) and judged by the
# job is what EPCIS asks for, so "negative data must be refused" does not hold here.
CHECKED = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


SCHEMA = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """A request that ends would close the connection that the test's transaction lives on."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def keys(db: Any) -> list[str]:
    """A key for each role, with every scope that it may have."""
    made, covered = [], set()
    for role, region in ROLES.items():
        scopes = [one for one in SCOPES if scope_fault(role, [one]) is None]
        covered |= set(scopes)
        body = organisation() if role == "laboratory" else None
        user = create_user(None, role, role, region=region, organisation=body)
        made.append(create_key(None, "k", scopes, user=user)[1])
    assert covered == set(SCOPES)
    return made


@pytest.mark.parametrize("label", sorted(OPERATIONS))
def test_every_answer_is_documented_and_none_is_a_500(label: str, keys: list[str]) -> None:
    @given(case=OPERATIONS[label].as_strategy())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any) -> None:
        for key in keys:
            case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, checks=CHECKED)

    ask()


def test_no_two_shapes_have_one_name() -> None:
    """The document keeps one shape a name: the second would be documented as the first."""
    known: dict[str, type] = {}
    waiting = [Schema]
    while waiting:
        for one in waiting.pop().__subclasses__():
            waiting.append(one)
            if one.__module__.startswith("zhiheng."):
                assert known.setdefault(one.__name__, one) is one, (one, known[one.__name__])
    assert "LineOut" in known


def test_the_document_tells_of_every_room() -> None:
    rooms = {label.split()[1].split("/")[-2 if label.endswith("}") else -1] for label in OPERATIONS}
    assert len(OPERATIONS) > 15, rooms
    for path in ("/epcis/capture", "/epcis/events", "/api/v1/trace/scope", "/api/v1/exchange/contracts"):
        assert any(path in label for label in OPERATIONS), path
