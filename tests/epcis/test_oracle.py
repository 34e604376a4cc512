"""Our verdict against the official schemas: every class of difference is one that docs/epcis-corpus.md defends."""

from __future__ import annotations

import copy
import json
import os
import random
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from lxml import etree

from tests.epcis import mutate, oracle
from tests.shared import shared
from zhiheng.trace.epcis import vocab
from zhiheng.trace.epcis.decode import decode
from zhiheng.trace.epcis.documents import read
from zhiheng.trace.epcis.errors import DocumentError, Fault
from zhiheng.trace.epcis.validate import validate, validate_rest

pytestmark = pytest.mark.oracle

DOCS = Path(__file__).resolve().parents[2] / "docs/epcis-corpus.md"
COUNT = int(os.environ.get("ZHIHENG_MUTATIONS", "4000"))
SEED = int(os.environ.get("ZHIHENG_MUTATIONS_SEED", "20261122"))
LATER = datetime(2100, 1, 1, tzinfo=UTC)  # mutated times may lie ahead of us; that rule has its own test
OURS = frozenset(
    """unknown-word undeclared-prefix no-items time unknown-field uom quantity duplicate missing-field wrong-type
    not-a-uri time-zone-offset too-many null-value empty-list unknown-event-type duplicate-field ilmd stray-text action
    wrong-value future-time too-deep""".split()  # noqa: SIM905
)


def ours_of_event(event: dict[str, Any]) -> list[Fault]:
    raw = msgspec.json.encode(event)
    made, faults = decode(raw, 0, None, "")
    return faults + validate(made, raw, LATER) if made is not None else faults


def ours_of_document(data: bytes) -> list[Fault]:
    faults: list[Fault] = []
    try:
        for incoming in read(data).events():
            faults += incoming.faults
            if incoming.event is not None:
                faults += validate(incoming.event, incoming.raw, LATER, incoming.place)
    except DocumentError as error:
        faults += error.faults
    return faults


def stricter(fault: Fault) -> str:
    """The class of a fault of ours where the schema has none. Codes of ``codes.epc`` are one class."""
    if fault.code not in OURS:
        return "identifier"
    if "persistentDisposition" in fault.place and fault.code != "unknown-word":
        return "persistent-disposition"
    if fault.code in ("missing-field", "unknown-field", "wrong-type"):
        name = re.sub(
            r"\[\d+\]| \(line \d+\)|epcisBody\.eventList\.?", "", re.sub(r"\[\d+\]", "", fault.place)
        )
        if fault.code == "unknown-field":
            name = name.partition(".")[0]
        return f"{fault.code}:{name}"
    return fault.code


def laxer_json(error: Any) -> str:
    """The class of an error of the JSON schema that we do not hold against the event."""
    value = error.instance
    if error.validator == "format" and isinstance(value, str) and not value.isascii():
        return "iri"
    if isinstance(value, str) and value in vocab._SHORT:
        return "notation"
    if isinstance(value, str) and value.startswith(("https://gs1.org/voc/", "https://www.gs1.org/voc/")):
        return "gs1-voc"
    if error.validator == "required" and "'type'" in error.message and "exception" in value:
        return "exception-only"
    path = ".".join(str(p) for p in error.absolute_path if isinstance(p, str))
    return f"{error.validator}:{path}"


def laxer_xml(error: Any) -> str:
    """The class of an error of the XSD that we do not hold against the document."""
    text, kind = error.message, error.type_name
    element = re.match(r"Element '([^']*)'", text)
    name = element.group(1) if element else ""
    if name.startswith("{") and "urn:epcglobal:epcis" not in name and "not expected" not in text:
        return "extension-content"
    if "Missing child element" in text:
        return "empty-wrapper" if name.endswith("xtension") else "empty-list"
    if "not expected" in text:
        return "sequence"
    if "attribute '{" in text and name in ("readPoint", "bizLocation"):
        return "extension-attribute"
    quoted = re.search(r"'(\s[^']*|[^']*\s)' (?:is not|of)|value '(\s[^']*|[^']*\s)'", text)
    if quoted:
        return "white-space"
    return f"{kind}:{name}"


def report(differences: Counter[str], examples: dict[str, str]) -> None:
    listed = DOCS.read_text("utf-8")
    unlisted = [f"{k} ({n}): {examples[k]}" for k, n in differences.most_common() if f"`{k}`" not in listed]
    assert not unlisted, f"differences that {DOCS.name} does not defend:\n" + "\n".join(unlisted)


def json_bases() -> list[dict[str, Any]]:
    schema = oracle.json_schema()
    found = []
    for path in sorted(shared("data/epcis/json").iterdir()):
        document = json.loads(path.read_text("utf-8-sig"))
        if not isinstance(document, dict):
            continue
        alone = "epcisBody" not in document
        for event in [document] if alone else document["epcisBody"]["eventList"]:
            context = (
                [document["@context"]] if isinstance(document["@context"], str) else document["@context"]
            )
            own = event.get("@context") if not alone else None
            more = [] if own is None else own if isinstance(own, list) else [own]
            made = {**event, "@context": [*context, {"ex": "https://example.com/ex/"}, *more]}
            if schema.is_valid(made) and not ours_of_event(made):
                found.append(made)
    return found


def test_mutated_json_events_differ_from_the_schema_only_where_we_can_say_why() -> None:
    schema = oracle.json_schema()
    bases = json_bases()
    assert len(bases) > 70
    rng = random.Random(SEED)
    differences: Counter[str] = Counter()
    examples: dict[str, str] = {}
    refused = 0
    for _ in range(COUNT):
        event = mutate.json_event(rng.choice(bases), rng)
        faults, valid = ours_of_event(event), schema.is_valid(event)
        refused += not valid
        if valid and faults:
            for fault in faults:
                name = f"json:stricter:{stricter(fault)}"
                differences[name] += 1
                examples.setdefault(name, f"{fault.place}: {fault.message}")
        elif not valid and not faults:
            for error in schema.iter_errors(event):
                deepest = oracle.leaf(error)
                name = f"json:laxer:{laxer_json(deepest)}"
                differences[name] += 1
                examples.setdefault(name, deepest.message[:200])
    assert COUNT * 0.2 < refused < COUNT * 0.95, "the mutations should hit and miss"
    report(differences, examples)


def test_one_wrong_form_in_a_good_event_is_told_alone() -> None:
    bases, rng, wrong = json_bases(), random.Random(SEED), 0
    for _ in range(COUNT):
        event = copy.deepcopy(rng.choice(bases))
        mutate._change(event, rng)
        raw = msgspec.json.encode(event)
        _, faults = decode(raw, 0, None, "")
        if faults:
            wrong += 1
            assert validate_rest(raw, None, LATER, "", faults) == [], event
    assert wrong > COUNT * 0.2


@pytest.mark.parametrize(("version", "folder", "least"), [("2", "xml20", 25), ("1", "xml12", 4)])
def test_mutated_xml_documents_differ_from_the_xsd_only_where_we_can_say_why(
    version: str, folder: str, least: int
) -> None:
    schema = oracle.xsd(version)
    bases = []
    for path in sorted(shared(f"data/epcis/{folder}").iterdir()):
        tree = etree.parse(path)
        data = etree.tostring(tree)
        if len(data) < 40_000 and schema.validate(tree) and not ours_of_document(data):
            bases.append(tree.getroot())
    assert len(bases) >= least
    rng = random.Random(SEED)
    differences: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for _ in range(COUNT // 2):
        data = etree.tostring(mutate.xml_document(rng.choice(bases), rng))
        faults, valid = ours_of_document(data), schema.validate(etree.fromstring(data))
        if valid and faults:
            for fault in faults:
                name = f"xml:stricter:{stricter(fault)}"
                differences[name] += 1
                examples.setdefault(name, f"{fault.place}: {fault.message}")
        elif not valid and not faults:
            for error in schema.error_log:
                name = f"xml:laxer:{laxer_xml(error)}"
                differences[name] += 1
                examples.setdefault(name, error.message[:200])
    report(differences, examples)
