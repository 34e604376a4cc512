"""Our verdict over the corpus of EPCIS documents in ../shared, and the reasons where it differs from its authors'."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from zhiheng.trace.epcis.documents import read
from zhiheng.trace.epcis.errors import DocumentError, Fault
from zhiheng.trace.epcis.validate import validate

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
VALID = ("json", "xml20", "xml12", "conformance10/events", "conformance10/masterdata", "query")
INVALID = ("invalid",)


class Verdict(NamedTuple):
    file: str
    kind: str
    events: int
    master_data: int
    faults: list[Fault]
    rejected: int  # events with a fault

    @property
    def accepted(self) -> bool:
        return not self.faults


def verdict(path: Path, name: str, content_type: str | None = None) -> Verdict:
    faults: list[Fault] = []
    events = rejected = master = 0
    kind = ""
    try:
        document = read(path, content_type)
        kind = f"{document.format} {document.kind}"
        for incoming in document.events():
            events += 1
            found = list(incoming.faults)
            if incoming.event is not None:
                found += validate(incoming.event, incoming.raw, NOW, incoming.place)
            rejected += bool(found)
            faults += found
        master = len(document.master_data)
    except DocumentError as error:
        faults += error.faults
    return Verdict(name, kind, events, master, faults, rejected)


def files(root: Path, folders: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    for folder in folders:
        for path in sorted((root / folder).iterdir()):
            yield f"{folder}/{path.name}", path


_GRAI = "its GRAI has a wrong check digit (GS1 General Specifications, check digit calculation); what else it says is accepted"
_SENSOR = (
    "it uses names of measurement types from drafts, bare, which EPCIS 2.0 (and its schema) does not have"
)
_QUERY = "a message of the query interface, not a document of events"

# file -> why we refuse what its authors hold valid, or do not take for capture
REASONS = {
    "json/fastnt-v20-Request_ObjectEvent_WithMasterdata.json": (
        "a parser's fixture: words 'test' and 'toto' as dispositions, 'test' as certificationInfo, an unknown member in "
        "a sensor element; the official schema refuses it too"
    ),
    "json/oe-Combination_of_different_event.json": _GRAI,
    "json/oe-SensorData_with_combined_events.json": _SENSOR + "; the official schema refuses it too",
    "json/oe-TransactionEvent_with_userExtensions.json": _SENSOR + "; the official schema refuses it too",
    "json/oegen-CreateAggregationEventOutput.json": (
        "aggregations with action ADD that name no child (EPCIS 2.0, AggregationEvent: only DELETE may)"
    ),
    "json/oegen-CreateTransformationEventOutput.json": _SENSOR,
    "json/oegen-DesignTestDataEventsOutput2.json": (
        "SSCCs with wrong check digits, and transaction events without a business transaction (EPCIS 2.0, TransactionEvent)"
    ),
    "json/sentry-ACME_ES_SCE_0dot1_InspectingEventDocument1.json": (
        "its GRAI lacks the filling zero that AI (8003) begins with (GS1 General Specifications, AI (8003))"
    ),
    "json/sentry-ACME_ES_SCE_0dot1_ReplacementEventDocument1.json": (
        "its GRAI lacks the filling zero that AI (8003) begins with (GS1 General Specifications, AI (8003))"
    ),
    "xml20/gs1-CaptureJob-Example-CaptureJobSuccess.xml": "a capture job, which a repository answers and does not take",
    "xml20/gs1-CaptureJob-Example-CaptureJobWithErrors.xml": "a capture job, which a repository answers and does not take",
    "xml20/oe-Combination_of_different_event.xml": _GRAI,
    "xml12/fastnt-v12-ObjectEvent_Full.xml": (
        "a parser's fixture: a sensor element without report (EPCIS 2.0, SensorElement), an error reason and identifiers that "
        "are no URIs"
    ),
    "xml12/oe-All_eventTypes_in_single_document.xml": _GRAI,
    "xml12/oe-ObjectEvent_all_possible_fields.xml": (
        "instance/lot master data with action OBSERVE (EPCIS 2.0, ObjectEvent: only with ADD), and a certificationInfo that "
        "is no URI; the official schema refuses it too"
    ),
    "xml12/oe-TransactionEvent_all_possible_fields.xml": (
        "a declarationTime without seconds is no xsd:dateTime; the official schema refuses it too"
    ),
    "query/fastnt-v12-GetStandardVersion.xml": _QUERY,
    "query/fastnt-v12-GetVendorVersion.xml": _QUERY,
    "query/fastnt-v12-ImplementationExceptionRequest.xml": _QUERY,
    "query/fastnt-v12-Unsubscribe.xml": _QUERY,
    "query/oe-query-Combination_of_different_event.json": _GRAI,
    "query/oe-query-Combination_of_different_event.xml": _GRAI,
    "query/oe-query-SensorData_with_combined_events.json": _SENSOR + "; the official schema refuses it too",
    "query/oe-query-TransactionEvent_with_userExtensions.json": _SENSOR
    + "; the official schema refuses it too",
    "query/oe-query-queryDocument.json": _GRAI,
    "query/oe-query-queryDocument.xml": _GRAI,
}
