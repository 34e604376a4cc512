"""Seeded mutations of valid events: what senders get wrong, and what nobody would think of."""

from __future__ import annotations

import copy
import random
from typing import Any

from lxml import etree

_TIMES = (
    "2026-07-22T06:45:00",
    "2026-07-22",
    "22-07-2026",
    "2026-02-30T06:45:00Z",
    "2026-07-22T24:00:00Z",
    "2026-07-22T23:59:60Z",
    "2026-07-22T06:45Z",
    "2026-07-22 06:45:00Z",
    "2026-07-22t06:45:00z",
    "2026-07-22T06:45:00.123456789+08:00",
    "2026-07-22T06:45:00+0800",
    "2026-07-22T06:45:00+15:00",
    "2026-13-22T06:45:00Z",
    " 2026-07-22T06:45:00Z",
    "",
)
_OFFSETS = ("+8", "+08:0", "08:00", "+14:00", "+14:30", "-13:59", "-14:00", "+24:00", "Z", "+08:60", "")
_WORDS = (
    "shippin",
    "SHIPPING",
    "urn:epcglobal:cbv:bizstep:shipping",
    "urn:epcglobal:cbv:disp:in_transit",
    "urn:epcglobal:cbv:bizstep:transforming",
    "https://ref.gs1.org/cbv/BizStep-shipping",
    "https://ref.gs1.org/cbv/BizStep-transforming",
    "https://ns.gs1.org/cbv/BizStep-shipping",
    "https://example.com/steps/roasting",
    "cbv:BizStep-shipping",
    "gs1:Temperature",
    "https://gs1.org/voc/Temperature",
    "https://gs1.org/voc/Humidity",
    "in_transit",
    "po",
    "location",
    "",
)
_URIS = (
    "no uri",
    "urn:epc:id:sgtin:0614141.107346.2017",
    "urn:epc:id:sgtin:0614141.107346",
    "urn:epc:id:sgtin:06141410.107346.1",
    "https://id.gs1.org/01/09521141012345/21/2017",
    "https://id.gs1.org/01/09521141012346/21/2017",
    "https://example.com/things/1",
    "https://example.com/things 1",
    "https://example.com/东西/1",
    "http://",
    "urn:uuid:bf602366-6657-49fb-a729-9610ccef086e",
    "mailto:a@example.com",
    "//example.com/a",
    "https://example.com/a%zz",
    "https://example.com/{a}",
    "2017",
    "",
)
_OTHER: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    10**30,
    "text",
    "",
    [],
    {},
    [1],
    ["a"],
    [None],
    {"a": 1},
    [[]],
)
_NAMES = (
    "weight",
    "ex:own",
    "undeclared:own",
    "https://example.com/own",
    "epclist",
    "extensions",
    "@type",
    "id",
    "a b:c",
)
EVENT_TYPES = (
    "ObjectEvent",
    "AggregationEvent",
    "TransactionEvent",
    "TransformationEvent",
    "AssociationEvent",
)


def _spots(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        for name, item in value.items():
            if name != "@context":
                found += _spots(item, (*path, name))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            found += _spots(item, (*path, i))
    return found


def json_event(event: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """The event with one to three things changed."""
    made = copy.deepcopy(event)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        _change(made, rng)
    return made


def _change(event: dict[str, Any], rng: random.Random) -> None:
    spots = _spots(event)
    path = rng.choice(spots)
    holder: Any = event
    for step in path[:-1]:
        holder = holder[step]
    last, value = path[-1], holder[path[-1]]
    name = next((str(p) for p in reversed(path) if isinstance(p, str)), "")
    ways = ["drop", "other", "unknown", "kind", "retype"]
    if isinstance(value, str):
        ways += ["text"] * 4
    if isinstance(value, list):
        ways += ["repeat", "empty"]
    match rng.choice(ways):
        case "drop":
            if path != ("type",):
                del holder[last]
        case "other":
            if path != ("type",):
                holder[last] = copy.deepcopy(rng.choice(_OTHER))
        case "unknown":
            target = value if isinstance(value, dict) else holder if isinstance(holder, dict) else event
            target[rng.choice(_NAMES)] = rng.choice(("x", 1, {"ex:a": "b"}))
        case "kind":
            if rng.random() < 0.3:
                event["type"] = rng.choice((*EVENT_TYPES, "ObjectEvents", "EPCISEvent"))
            elif "action" in event:
                event["action"] = rng.choice(("ADD", "OBSERVE", "DELETE", "CREATE", "add"))
        case "retype":
            if isinstance(holder, dict) and isinstance(last, str):
                holder[rng.choice((last.lower(), last + "s", last.upper()))] = holder.pop(last)
                if path == ("type",):
                    event["type"] = value
        case "repeat":
            if value:
                value.append(copy.deepcopy(rng.choice(value)))
        case "empty":
            holder[last] = []
        case "text":
            low = name.lower()
            if "offset" in low:
                holder[last] = rng.choice(_OFFSETS)
            elif "time" in low:
                holder[last] = rng.choice(_TIMES)
            elif name in (
                "bizStep",
                "disposition",
                "type",
                "component",
                "exception",
                "reason",
                "set",
                "unset",
            ):
                if path != ("type",):
                    holder[last] = rng.choice(_WORDS)
            elif name == "uom":
                holder[last] = rng.choice(("kg", "KG", "KGM", "K", "KILO", ""))
            else:
                holder[last] = rng.choice(_URIS)


# --- XML ----------------------------------------------------------------------------------------------


def xml_document(root: etree._Element, rng: random.Random) -> etree._Element:
    """The document with one or two things changed inside its events."""
    made = copy.deepcopy(root)
    for _ in range(rng.choice((1, 1, 2))):
        inside = [e for e in made.iter() if isinstance(e.tag, str) and _in_event(e)]
        if not inside:
            break
        _change_element(rng.choice(inside), rng)
    return made


def _in_event(element: etree._Element) -> bool:
    return any(
        etree.QName(a).localname == "EventList" for a in element.iterancestors() if isinstance(a.tag, str)
    )


def _change_element(element: etree._Element, rng: random.Random) -> None:
    parent = element.getparent()
    assert parent is not None
    way = rng.choice(("drop", "repeat", "swap", "rename", "text", "text", "text", "attribute", "unknown"))
    local = etree.QName(element).localname
    if way == "drop":
        parent.remove(element)
    elif way == "repeat":
        element.addnext(copy.deepcopy(element))
    elif way == "swap":
        parent.remove(element)
        parent.insert(rng.randrange(len(parent) + 1), element)
    elif way == "rename":
        element.tag = rng.choice((local + "s", local.lower(), "{https://example.com/ns}" + local))
    elif way == "unknown":
        tag = rng.choice(("weight", "{https://example.com/ns}own", "extension"))
        etree.SubElement(element, tag).text = "x"
    elif way == "attribute":
        if element.attrib:
            name = rng.choice(list(element.attrib))
            if rng.random() < 0.4:
                del element.attrib[name]
            else:
                element.set(name, rng.choice((*_WORDS, *_TIMES[:4], "1", "x")))
        else:
            element.set(rng.choice(("type", "weight", "{https://example.com/ns}own")), "x")
    elif len(element) == 0:
        low = local.lower()
        pool: tuple[str, ...] = _URIS
        if "offset" in low:
            pool = _OFFSETS
        elif "time" in low:
            pool = _TIMES
        elif local in ("bizStep", "disposition", "reason", "set", "unset"):
            pool = _WORDS
        elif local == "action":
            pool = ("ADD", "OBSERVE", "DELETE", "OBSERV", "add", " ADD ")
        elif local in ("quantity", "uom"):
            pool = ("1", "1.5", "-1", "x", "1e3", "INF", "NaN", "", "KGM", "kg")
        element.text = rng.choice(pool)
