"""What the plain EPCIS views take and answer, for the OpenAPI document."""

from typing import Any

from zhiheng.trace.query import BELOW, MATCHES, PLACES, TIMES, WORDS

TAGS = ["EPCIS 2.0"]
TEXT = {"type": "string"}
LIST = "one value, or several separated by |"


def _query(name: str, schema: dict[str, Any] | None = None, note: str = "") -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema or TEXT, "description": note}


def _answer(what: str, *kinds: str) -> dict[str, Any]:
    return {"description": what, "content": {kind: {"schema": {"type": "object"}} for kind in kinds}}


COUNT = {"type": "integer", "minimum": 1, "maximum": 2147483647}
QUERY = [
    *[_query(name, {"type": "string", "format": "date-time"}) for name in TIMES],
    *[_query(name, note=LIST) for name in (*MATCHES, *WORDS, *PLACES, *BELOW)],
    _query("eventType", note=LIST),
    _query("EQ_action", note=LIST),
    _query("EQ_eventID", note=LIST),
    _query("EQ_transformationID", note=LIST),
    _query("EQ_bizTransaction", note=LIST),
    _query("EQ_source_possessing_party", note=LIST),
    _query("EQ_source_owning_party", note=LIST),
    _query("EQ_destination_possessing_party", note=LIST),
    _query("EQ_destination_owning_party", note=LIST),
    _query("EXISTS_errorDeclaration", {"type": "string", "enum": ["true", "false"]}),
    _query("orderBy", {"type": "string", "enum": ["eventTime", "recordTime"]}),
    _query("orderDirection", {"type": "string", "enum": ["ASC", "DESC"]}),
    _query("perPage", COUNT),
    _query("nextPageToken"),
    _query("eventCountLimit", COUNT),
    _query("maxEventCount", COUNT),
]
DOCUMENT = {
    "required": True,
    "content": {
        "application/ld+json": {"schema": {"type": "object"}},
        "application/json": {"schema": {"type": "object"}},
        "application/xml": {"schema": TEXT},
    },
}
ACCEPTED = {"description": "Kept durably; the job is at Location.", "headers": {"Location": {"schema": TEXT}}}
DUPLICATE = {"description": "The event was stored before; it is at Location."}
REFUSED: dict[str, Any] = {
    status: {"description": what, "content": {"application/problem+json": {"schema": {"type": "object"}}}}
    for status, what in {
        "406": "A version or format that we do not speak",
        "415": "A content type that is no EPCIS document",
        "501": "A query parameter that is not supported yet",
    }.items()
}
ID = {"name": "id", "in": "path", "required": True, "schema": TEXT}

PATHS: dict[str, Any] = {
    "/epcis/capture": {
        "post": {
            "operationId": "epcis_capture",
            "tags": TAGS,
            "summary": "Queue an EPCIS document for capture",
            "parameters": [
                {
                    "name": "GS1-Capture-Error-Behaviour",
                    "in": "header",
                    "required": False,
                    "schema": {"type": "string", "enum": ["rollback", "proceed"], "default": "rollback"},
                }
            ],
            "requestBody": DOCUMENT,
            "responses": {"202": ACCEPTED, **REFUSED},
        },
        "get": {
            "operationId": "epcis_capture_jobs",
            "tags": TAGS,
            "summary": "One's capture jobs, newest first",
            "parameters": [
                _query("perPage", COUNT),
                _query("nextPageToken", {"type": "integer", "minimum": 0}),
            ],
            "responses": {
                "200": {
                    "description": "Jobs; Link rel=next when there are more",
                    "content": {
                        "application/json": {"schema": {"type": "array", "items": {"type": "object"}}}
                    },
                },
                "406": REFUSED["406"],
            },
        },
    },
    "/epcis/capture/{id}": {
        "get": {
            "operationId": "epcis_capture_job",
            "tags": TAGS,
            "summary": "A capture job, with the result of each event that was not simply accepted",
            "parameters": [{**ID, "schema": {"type": "string", "format": "uuid"}}],
            "responses": {"200": _answer("The job", "application/json"), "406": REFUSED["406"]},
        }
    },
    "/epcis/events": {
        "post": {
            "operationId": "epcis_capture_event",
            "tags": TAGS,
            "summary": "Capture one event and wait for it",
            "requestBody": DOCUMENT,
            "responses": {
                "201": {**ACCEPTED, "description": "Stored; it is at Location."},
                "200": DUPLICATE,
                **REFUSED,
            },
        },
        "get": {
            "operationId": "epcis_query",
            "tags": TAGS,
            "summary": "The simple event query",
            "parameters": QUERY,
            "responses": {
                "200": _answer(
                    "An EPCISQueryDocument; Link rel=next when there are more", "application/ld+json"
                ),
                "406": REFUSED["406"],
                "501": REFUSED["501"],
            },
        },
    },
    "/epcis/events/{id}": {
        "get": {
            "operationId": "epcis_event",
            "tags": TAGS,
            "summary": "One event by its ID",
            "parameters": [ID],
            "responses": {"200": _answer("The event", "application/ld+json"), "406": REFUSED["406"]},
        }
    },
}
