"""Small words to tell a supply chain with, for tests."""

import json
from typing import Any

from zhiheng.knowledge.codes.checkdigit import check_digit

CONTEXT = [
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    {"ex": "https://ns.example.com/"},
]


def gtin(n: int) -> str:
    body = f"0690123{n:06d}"
    return body + check_digit(body)


def serial(n: int, s: object) -> str:
    return f"https://id.gs1.org/01/{gtin(n)}/21/{s}"


def lot(n: int, number: object) -> str:
    return f"https://id.gs1.org/01/{gtin(n)}/10/{number}"


def box(n: int) -> str:
    body = f"0690123{n:010d}"
    return f"https://id.gs1.org/00/{body}{check_digit(body)}"


def gln(n: int) -> str:
    body = f"690123{n:06d}"
    return body + check_digit(body)


def place(n: int) -> str:
    return f"https://id.gs1.org/414/{gln(n)}"


def party(n: int) -> str:
    return f"https://id.gs1.org/417/{gln(n)}"


def at(hour: float) -> str:
    """The hour after 1 June 2026, 00:00 in Shanghai."""
    minutes = int(hour * 60)
    day, rest = divmod(minutes, 24 * 60)
    return f"2026-06-{1 + day:02d}T{rest // 60:02d}:{rest % 60:02d}:00+08:00"


def event(kind: str, hour: float, where: int | None = None, **fields: Any) -> dict[str, Any]:
    made = {"type": f"{kind}Event", "eventTime": at(hour), "eventTimeZoneOffset": "+08:00"}
    if where is not None:
        made["readPoint"] = {"id": place(where)}
        if fields.get("bizStep") not in {"shipping", "departing"}:
            made["bizLocation"] = {"id": place(where)}
    return made | fields


def made(
    hour: float, where: int, *goods: str, number: str | None = None, quantity: Any = None
) -> dict[str, Any]:
    """Commissioned here; ``number`` is the lot number among the master data."""
    more: dict[str, Any] = {"ilmd": {"cbvmda:lotNumber": number}} if number else {}
    if quantity is not None:
        more["quantityList"] = [amount(*quantity)]
    return event("Object", hour, where, action="ADD", bizStep="commissioning", epcList=list(goods), **more)


def seen(hour: float, where: int | None, *goods: str, step: str = "storing", **more: Any) -> dict[str, Any]:
    return event("Object", hour, where, action="OBSERVE", bizStep=step, epcList=list(goods), **more)


def amount(klass: str, quantity: float, uom: str | None = None) -> dict[str, Any]:
    return {"epcClass": klass, "quantity": quantity, **({"uom": uom} if uom else {})}


def pack(
    hour: float, where: int, parent: str, *children: str, action: str = "ADD", **more: Any
) -> dict[str, Any]:
    step = {"ADD": "packing", "DELETE": "unpacking", "OBSERVE": "inspecting"}[action]
    return event(
        "Aggregation",
        hour,
        where,
        parentID=parent,
        childEPCs=list(children),
        action=action,
        bizStep=step,
        **more,
    )


def unpack(hour: float, where: int, parent: str, *children: str) -> dict[str, Any]:
    return pack(hour, where, parent, *children, action="DELETE")


def install(hour: float, where: int, parent: str, *children: str, action: str = "ADD") -> dict[str, Any]:
    return event(
        "Association",
        hour,
        where,
        parentID=parent,
        childEPCs=list(children),
        action=action,
        bizStep="installing",
    )


def ship(hour: float, source: int, target: int | None, *goods: str, **more: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "sourceList": [{"type": "possessing_party", "source": party(source)}],
        "disposition": "in_transit",
    }
    if target is not None:
        fields["destinationList"] = [{"type": "possessing_party", "destination": party(target)}]
    return event(
        "Object", hour, source, action="OBSERVE", bizStep="shipping", epcList=list(goods), **fields | more
    )


def receive(hour: float, source: int, target: int, *goods: str, **more: Any) -> dict[str, Any]:
    return event(
        "Object", hour, target, action="OBSERVE", bizStep="receiving", epcList=list(goods),
        sourceList=[{"type": "possessing_party", "source": party(source)}],
        destinationList=[{"type": "possessing_party", "destination": party(target)}], **more,
    )  # fmt: skip


def transform(
    hour: float,
    where: int,
    inputs: list[Any],
    outputs: list[Any],
    *,
    together: str | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Inputs and outputs are identifiers, or (class, quantity, unit)."""
    fields: dict[str, Any] = {"bizStep": "commissioning"} | more
    if together:
        fields["transformationID"] = together
    for side, things in (("input", inputs), ("output", outputs)):
        singles = [t for t in things if isinstance(t, str)]
        classes = [amount(*t) for t in things if not isinstance(t, str)]
        if singles:
            fields[f"{side}EPCList"] = singles
        if classes:
            fields[f"{side}QuantityList"] = classes
    return event("Transformation", hour, where, **fields)


def document(events: list[dict[str, Any]]) -> bytes:
    return json.dumps(
        {
            "@context": CONTEXT,
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": "2026-07-01T00:00:00Z",
            "epcisBody": {"eventList": events},
        },
        ensure_ascii=False,
    ).encode()


def capture(*events: dict[str, Any], owner: Any = None, behaviour: str = "proceed") -> Any:
    """Capture events and insist that every one was accepted; returns the job."""
    from zhiheng.core.jobs.runner import run_now
    from zhiheng.trace.capture import submit

    job = run_now(submit(owner, [document(list(events))], behaviour=behaviour))
    wrong = [(o.index, o.code, o.place, o.message) for o in job.outcomes.all()]
    assert job.accepted == len(events), (job.error, wrong)
    return job
