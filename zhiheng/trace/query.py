"""The simple event query of EPCIS 2.0 (section 8.2.7): parameters to events, a page at a time.

Order is by event time (or by record order), and a page's token names the last event shown, so what is added
meanwhile neither repeats nor hides anything. An index term (an EPC, a place, a transaction) drives the query
when there is one; otherwise time does.
"""

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from zhiheng.core.accounts.models import User
from zhiheng.core.problems import Problem
from zhiheng.knowledge.codes.epc import canonical
from zhiheng.knowledge.codes.errors import CodeError
from zhiheng.trace.answers import TYPE_NAMES, moment, written
from zhiheng.trace.epcis.fields import short
from zhiheng.trace.models import Context
from zhiheng.trace.parties import Directory
from zhiheng.trace.prepare import identity, place_key
from zhiheng.trace.store import Ev, key, store
from zhiheng.trace.visibility import own_places, sees, sees_everything

PER_PAGE, MOST = 30, 1000
SCANNED = 20_000  # events looked at for one page when most are not the asker's to see
CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"

# Which rows of the index a parameter looks at: EPCIS 2.0 section 8.2.7.1.
MATCHES = {
    "MATCH_epc": "eEcCbB",
    "MATCH_epcClass": "ecb",
    "MATCH_parentID": "pPaAzZyY",
    "MATCH_inputEPC": "iI",
    "MATCH_inputEPCClass": "iI",
    "MATCH_outputEPC": "oO",
    "MATCH_outputEPCClass": "oO",
    "MATCH_anyEPC": "eEcCbBpPaAzZyYiIoO",
    "MATCH_anyEPCClass": "ecbio",
}
TIMES = ("GE_eventTime", "LT_eventTime", "GE_recordTime", "LT_recordTime")
WORDS = {"EQ_bizStep": "step", "EQ_disposition": "disposition"}
PLACES = {"EQ_readPoint": "read_point", "EQ_bizLocation": "location"}
BELOW = {"WD_readPoint": "read_point", "WD_bizLocation": "location"}
NOT_YET = (
    "EQ_persistentDisposition_set", "EQ_persistentDisposition_unset", "EQ_quantity", "GT_quantity", "GE_quantity",
    "LT_quantity", "LE_quantity", "EQ_errorReason", "EQ_correctiveEventID", "GE_errorDeclarationTime",
    "LT_errorDeclarationTime",
)  # fmt: skip


@dataclass
class Terms:
    """One index condition: any of these items, in one of these roles."""

    items: list[str]
    roles: str


@dataclass
class Query:
    """A parsed simple event query."""

    terms: list[Terms] = field(default_factory=list)
    where: list[tuple[str, list[Any]]] = field(default_factory=list)
    checks: list[Callable[[Ev], bool]] = field(default_factory=list)  # what neither index nor columns hold
    by_record: bool = False
    descending: bool = False
    per_page: int = PER_PAGE
    limit: int | None = None
    most: int | None = None
    after: tuple[int, int] | None = None
    seen: int = 0
    empty: bool = False


@dataclass
class Page:
    """Events of one page (as JSON text with eventID and recordTime), their contexts, and where to go on."""

    events: list[bytes]
    contexts: list[Any]
    token: str | None


def parse(params: Mapping[str, str]) -> Query:
    """Read the parameters of a REST query; lists are separated by ``|``.

    Raises Problem ``bad_parameter`` that names the parameter, or ``not_supported`` for one of the query
    language that is not built yet.
    """
    query = Query()
    for name, value in params.items():
        _parameter(query, name, value)
    if query.limit is not None and query.most is not None:
        raise _bad(
            "maxEventCount", "eventCountLimit and maxEventCount exclude each other", "send one of them"
        )
    return query


def _parameter(query: Query, name: str, value: str) -> None:
    values = value.split("|")
    if name in MATCHES:
        items = [key(_canonical(name, one)) for one in values]
        query.terms.append(Terms(items, MATCHES[name]))
    elif name in TIMES:
        column = "time" if "event" in name else "recorded"
        query.where.append((f"e.{column} {'>=' if name.startswith('GE') else '<'} %s", [_time(name, value)]))
    elif name == "eventType":
        letters = {long: letter for letter, long in TYPE_NAMES.items()}
        _in(query, "type", [letters.get(one, "?") for one in values])
    elif name == "EQ_action":
        if wrong := [v for v in values if v not in {"ADD", "OBSERVE", "DELETE"}]:
            raise _bad(name, f"{wrong[0]!r} is no action", "use ADD, OBSERVE or DELETE")
        _in(query, "action", [v[0] for v in values])
    elif name in WORDS:
        _in(query, WORDS[name], [short(one) for one in values])
    elif name in PLACES or name in BELOW:
        keys = [key(_canonical(name, one)) for one in values]
        query.terms.append(Terms([place_key(k) for k in keys], "g"))
        if name in PLACES:
            _in(query, PLACES[name], keys)
        else:
            column = BELOW[name]
            # Below a location is every sub-location: the same GLN with any extension.
            sql = " OR ".join([f"e.{column} = %s OR e.{column} LIKE %s ESCAPE '!'"] * len(keys))
            query.where.append((f"({sql})", [a for k in keys for a in (k, f"{_like(k)}/%")]))
    elif name == "EQ_eventID":
        idents = [identity(one, declared) for one in values for declared in (False, True)]
        query.where.append((f"e.ident IN ({_marks(idents)})", list(idents)))
    elif name == "EQ_transformationID":
        query.terms.append(Terms([f"transformation:{_canonical(name, one)}" for one in values], "x"))
    elif name.startswith("EQ_bizTransaction"):
        keys = [key(_canonical(name, one)) for one in values]
        query.terms.append(Terms(keys, "t"))
        query.checks.append(_pairs("transactions", name.removeprefix("EQ_bizTransaction").lstrip("_"), keys))
    elif name.startswith(("EQ_source_", "EQ_destination_")):
        keys = [key(_canonical(name, one)) for one in values]
        query.terms.append(Terms([place_key(one) for one in keys], "g"))
        _, side, kind = name.split("_", 2)
        query.checks.append(_pairs(f"{side}s", kind, keys))
    elif name == "EXISTS_errorDeclaration":
        query.where.append(("e.voided = 2" if value.lower() != "false" else "e.voided <> 2", []))
    elif name == "orderBy":
        if value not in {"eventTime", "recordTime"}:
            raise _bad(name, f"{value!r} cannot be ordered by", "use eventTime or recordTime")
        query.by_record = value == "recordTime"
    elif name == "orderDirection":
        if value not in {"ASC", "DESC"}:
            raise _bad(name, f"{value!r} is no direction", "use ASC or DESC")
        query.descending = value == "DESC"
    elif name == "perPage":
        query.per_page = min(_number(name, value), MOST)
    elif name == "eventCountLimit":
        query.limit = _number(name, value)
    elif name == "maxEventCount":
        query.most = _number(name, value)
    elif name == "nextPageToken":
        query.after, query.seen = _token(value)
    elif (
        name in NOT_YET
        or name[:3] in {"EQ_", "GT_", "GE_", "LT_", "LE_"}
        or name.startswith(("HASATTR", "EXISTS_"))
    ):
        raise Problem(
            "not_supported",
            f"The query parameter {name} is not supported yet.",
            status=501,
            remedy="Leave it out and filter the answer, or use one of the parameters in the documentation.",
            parameter=name,
        )
    else:
        raise _bad(name, "there is no such parameter", "see the list of parameters in the documentation")


def run(query: Query, user: User | None) -> Page:
    """One page of the events that the user may see."""
    if query.empty:
        return Page([], [], None)
    may_see = sees(user, Directory())
    terms = list(query.terms)
    if user is not None and not sees_everything(user) and not user.is_officer:
        terms.append(Terms(own_places(user), "g"))
    wanted = query.per_page
    if query.limit is not None:
        wanted = min(wanted, query.limit - query.seen)
    if query.most is not None:
        wanted = query.most + 1
    found: list[tuple[int, int]] = []
    after, scanned, more = query.after, 0, True
    while more and len(found) <= wanted and scanned < SCANNED:
        rows = _page(query, terms, after, wanted + 1)
        more = len(rows) > wanted
        scanned += len(rows)
        if rows:
            after = rows[-1]
        visible = rows
        if may_see is not None or query.checks:
            events = store().events([id for _, id in rows])
            allowed = may_see(list(events.values())) if may_see is not None else events.keys()
            visible = [
                r for r in rows if r[1] in allowed and all(check(events[r[1]]) for check in query.checks)
            ]
        found += visible
    if query.most is not None and len(found) > query.most:
        raise Problem(
            "query_too_large",
            f"More than {query.most} events match (maxEventCount).",
            status=413,
            remedy="Narrow the query, or page through it with perPage.",
        )
    shown = found[:wanted]
    left = len(found) > wanted or (more and scanned >= SCANNED)
    seen = query.seen + len(shown)
    token = None
    if left and not (query.limit is not None and seen >= query.limit):
        last = shown[-1] if len(found) > wanted and shown else after
        token = base64.urlsafe_b64encode(json.dumps([*(last or (0, 0)), seen]).encode()).decode().rstrip("=")
    return Page(*bodies([id for _, id in shown]), token)


def one(event_id: str, user: User | None) -> Page:
    """The event with this ID, and the declaration that it was an error if there is one."""
    return run(parse({"EQ_eventID": event_id}), user)


def bodies(ids: list[int]) -> tuple[list[bytes], list[Any]]:
    """Events as they came, with the event ID and record time that the repository gave them."""
    rows = store().bodies(ids)
    contexts = dict(
        Context.objects.filter(pk__in={r[1] for r in rows.values()} - {0}).values_list("pk", "body")
    )
    return [_body(*rows[id]) for id in ids], [contexts.get(rows[id][1]) for id in ids]


def document(page: Page, *, name: str = "SimpleEventQuery", created: str) -> bytes:
    """An EPCISQueryDocument. One @context when all events share it; else each event brings its own."""
    own = [context for context in page.contexts if context not in (None, CONTEXT, [CONTEXT])]
    shared = (
        page.contexts[0] if own and all(context == page.contexts[0] for context in page.contexts) else None
    )
    events = page.events
    if own and shared is None:
        events = [
            _with_context(event, context) for event, context in zip(page.events, page.contexts, strict=True)
        ]
    head = {
        "@context": shared or [CONTEXT],
        "type": "EPCISQueryDocument",
        "schemaVersion": "2.0",
        "creationDate": created,
    }
    body = b'"epcisBody":{"queryResults":{"queryName":%s,"resultsBody":{"eventList":[%s]}}}' % (
        json.dumps(name).encode(),
        b",".join(events),
    )
    return json.dumps(head, ensure_ascii=False).encode()[:-1] + b"," + body + b"}"


def _with_context(event: bytes, context: Any) -> bytes:
    if context in (None, CONTEXT, [CONTEXT]) or b'"@context"' in event:
        return event
    local = context if not isinstance(context, list) else [c for c in context if c != CONTEXT]
    return b'{"@context":' + json.dumps(local, ensure_ascii=False).encode() + b"," + event.lstrip()[1:]


def _body(raw: bytes, context: int, recorded: int, event_id: str) -> bytes:
    head = b""
    if b'"eventID"' not in raw:
        head += b'"eventID":' + json.dumps(event_id).encode() + b","
    if b'"recordTime"' not in raw:
        head += b'"recordTime":"' + written(recorded).encode() + b'",'
    return b"{" + head + raw.lstrip()[1:] if head else raw


# -- SQL ------------------------------------------------------------------------------------------------------


def _page(
    query: Query, terms: list[Terms], after: tuple[int, int] | None, count: int
) -> list[tuple[int, int]]:
    """(order value, id) of the next events, in order."""
    sql, args = _select(query, terms)
    column = "e.id" if query.by_record else "e.time"
    way, sign = ("DESC", "<") if query.descending else ("ASC", ">")
    driven = terms and not query.by_record
    first, second = ("l.time", "l.event") if driven else (column, "e.id")
    if after is not None:
        if query.by_record:
            sql += f" AND e.id {sign} %s"
            args.append(after[1])
        else:
            sql += f" AND ({first}, {second}) {sign} (%s, %s)"
            args += after
    sql += f" GROUP BY {first}, {second} ORDER BY {first} {way}, {second} {way} LIMIT %s"
    args.append(count)
    with connection.cursor() as cursor:
        cursor.execute(sql, args)
        return cursor.fetchall()  # type: ignore[no-any-return]


def _select(query: Query, terms: list[Terms]) -> tuple[str, list[Any]]:
    """The rows that match: driven by the first index term, or by the event table."""
    args: list[Any] = []
    if terms:
        drive, *rest = sorted(terms, key=lambda t: ("g" in t.roles, len(t.items)))
        order = ("e.id", "e.id") if query.by_record else ("l.time", "l.event")
        sql = f"SELECT {order[0]}, {order[1]} FROM trace_link l JOIN trace_event e ON e.id = l.event WHERE "  # noqa: S608
        sql += _term(drive, "l", args)
        for number, term in enumerate(rest):
            x = f"x{number}"
            sql += f" AND EXISTS (SELECT 1 FROM trace_link {x} WHERE {x}.time = l.time AND {x}.event = l.event AND "  # noqa: S608
            sql += _term(term, x, args) + ")"
    else:
        column = "e.id" if query.by_record else "e.time"
        sql = f"SELECT {column}, e.id FROM trace_event e WHERE 1 = 1"  # noqa: S608
    for condition, values in query.where:
        sql += f" AND {condition}"
        args += values
    return sql, args


def _term(term: Terms, alias: str, args: list[Any]) -> str:
    if not term.items:
        return "1 = 0"
    args += term.items
    args += list(term.roles)
    return f"{alias}.item IN ({_marks(term.items)}) AND {alias}.role IN ({_marks(term.roles)})"


def _pairs(side: str, kind: str, keys: list[str]) -> Callable[[Ev], bool]:
    """Events that list one of these under a type (any type when none is named)."""
    return lambda event: any(one in keys and (not kind or kind == k) for k, one in getattr(event.parts, side))


def _like(text: str) -> str:
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def _in(query: Query, column: str, values: list[str]) -> None:
    query.where.append((f"e.{column} IN ({_marks(values)})", list(values)))


def _marks(values: Iterable[Any]) -> str:
    return ",".join(["%s"] * len(list(values)))


# -- values ---------------------------------------------------------------------------------------------------


def _canonical(name: str, value: str) -> str:
    try:
        return canonical(value)
    except CodeError as error:
        raise _bad(name, f"{value!r}: {error.message}", error.remedy) from None


def _time(name: str, value: str) -> int:
    try:
        at = datetime.fromisoformat(value.replace(" ", "+"))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise _bad(name, f"{value!r} is no time with a zone", "write it like 2026-06-10T15:00:00+08:00")
    found = moment(at)
    assert found is not None
    return found


def _number(name: str, value: str) -> int:
    if not value.isdecimal() or not 0 < int(value) < 1 << 31:
        raise _bad(name, f"{value!r} is no positive number", "send a whole number of at least 1")
    return int(value)


def _token(value: str) -> tuple[tuple[int, int], int]:
    try:
        first, second, seen = json.loads(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))
        if not all(isinstance(n, int) and abs(n) < 1 << 62 for n in (first, second, seen)):
            raise ValueError
    except (ValueError, TypeError):
        raise _bad(
            "nextPageToken", "this is no token of ours", "send the token of the last page unchanged"
        ) from None
    return (first, second), seen


def _bad(name: str, message: str, remedy: str) -> Problem:
    return Problem("bad_parameter", f"{name}: {message}.", remedy=remedy, parameter=name)
