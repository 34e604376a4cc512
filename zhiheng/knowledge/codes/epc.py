"""Canonical GS1 Digital Links of EPC URNs and Digital Links: the key under which the trace knows a thing.

CBV 2.0, section 8.9 (event hash): identifiers in an event are compared as canonical GS1 Digital Link URIs at
the finest level. So the domain is id.gs1.org, application identifiers are numbers, a GTIN has 14 digits, a
serial makes the lot, and any of them the consumer product variant, redundant; a query string is left out.

Capture asks this of every identifier of every event, and events name many serials of few products. What
stands before the serial is checked once and kept (``_heads``); only the serial is looked at each time.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from zhiheng.knowledge.codes import epc_urn, keys
from zhiheng.knowledge.codes.charset import DIGITS, percent_decode
from zhiheng.knowledge.codes.digital_link import SCHEMES, key_and_qualifiers
from zhiheng.knowledge.codes.errors import CodeError

HOST = "https://id.gs1.org/"
_GS1_HOST = "id.gs1.org"


class Item(NamedTuple):
    """A canonical identifier taken apart. ``key`` is the value of the primary key."""

    kind: str
    key: str
    uri: str
    ai: str | None = None
    gtin: str | None = None
    lot: str | None = None
    serial: str | None = None


class _Head(NamedTuple):
    """What is known of every identifier with the same beginning."""

    out: str
    limit: int
    plan: int
    company: str
    lot: str | None


_TEXT, _SSCC_URN, _SSCC = range(3)
_plain = re.compile(r"[A-Za-z0-9._-]+").fullmatch  # unreserved characters of set 82
_TEXT_QUALIFIERS = frozenset({"10", "21", "235", "254"})
_HEAD_LIMIT = 1 << 16
_RECENT_LIMIT = 1 << 13
_recent: dict[str, str] = {}  # one event's identifiers are asked for when it is checked, hashed and stored
_heads: dict[str, _Head] = {
    f"{scheme}{_GS1_HOST}/00": _Head(f"{HOST}00/", 18, _SSCC, "", None) for scheme in SCHEMES
}


def canonical(uri: str) -> str:
    """The canonical GS1 Digital Link at the finest level; a URI that is no GS1 identifier stays as it is.

    Raises :class:`CodeError` for a broken EPC URN and for a Digital Link with a wrong key.
    """
    made = _recent.get(uri)
    if made is None:
        made = _made(uri)
        if len(_recent) >= _RECENT_LIMIT:
            _recent.clear()
        _recent[uri] = made
    return made


def canonical_list(uris: list[str]) -> list[str]:
    """``canonical`` of each; quick for the many serials of one product that an event names."""
    made: list[str] = []
    begin = "\0"  # what the last text identifier had before its serial
    length = limit = 0
    out = ""
    for uri in uris:
        if uri.startswith(begin):
            tail = uri[length:]
            if tail.isalnum() and tail.isascii() and len(tail) <= limit:
                made.append(out + tail)
                continue
        made.append(_made(uri))
        cut = uri.rfind("." if uri[:8] == "urn:epc:" else "/")
        head = _heads.get(uri[:cut])
        if head is not None and head.plan == _TEXT:
            begin, length, limit, out = uri[: cut + 1], cut + 1, head.limit, head.out
    return made


def _made(uri: str) -> str:
    cut = uri.rfind("." if uri[:8] == "urn:epc:" else "/")
    head = _heads.get(uri[:cut])
    if head is None:
        return _known(uri)
    tail = uri[cut + 1 :]
    out, limit, plan, company, _ = head
    if plan == _TEXT:
        if len(tail) <= limit and ((tail.isalnum() and tail.isascii()) or _plain(tail)):
            return out + tail
    elif len(tail) == limit and tail.isdigit() and tail.isascii():
        if plan == _SSCC_URN:
            body = tail[0] + company + tail[1:]
            octets = body.encode()  # each byte is 48 more than its digit: 35 times 48 is 0 modulo 10
            return f"{out}{body}{-(3 * sum(octets[::2]) + sum(octets[1::2])) % 10}"
        if plan == _SSCC:
            octets = tail.encode()
            if (3 * sum(octets[::2]) + sum(octets[1::2])) % 10 == 8:  # 36 times the 48 of "0"
                return out + tail
    return _known(uri)


def check(uri: str) -> None:
    """Raise :class:`CodeError` when a GS1 URN or Digital Link is wrong; any other URI is right."""
    canonical(uri)


def lot_of(uri: str) -> str | None:
    """The lot of a thing whose Digital Link names lot and serial: ``https://id.gs1.org/01/…/10/…``."""
    if "/" not in uri:
        return None
    head = _heads.get(uri[: uri.rfind("/")])
    return head.lot if head is not None else _lot(uri)


def split(uri: str) -> Item:
    """An identifier taken apart; anything that is not a GS1 identifier is of kind ``other``."""
    known = canonical(uri)
    if not known.startswith(HOST):
        return Item("other", uri, uri)
    words = known[len(HOST) :].split("/")
    key = keys.PRIMARY.get(words[0])
    if key is None or len(words) not in (2, 4):
        return Item("other", uri, uri)
    value = percent_decode(words[1])
    qualifier, finer = (words[2], percent_decode(words[3])) if len(words) == 4 else ("", None)
    kind = _KIND.get((key.ai, qualifier), key.kind)
    gtin = value[:14] if key.ai in ("01", "8006") else None
    if qualifier == "10":
        return Item(kind, value, known, key.ai, gtin, finer)
    lot = lot_of(uri) if qualifier == "21" else None
    return Item(
        kind, value, known, key.ai, gtin, percent_decode(lot.rpartition("/")[2]) if lot else None, finer
    )


def to_urn(uri: str, prefix_length: int | None = None) -> str | None:
    """The EPC URN of a Digital Link. ``None`` without the length of the company prefix: no guess."""
    if uri[:8].lower() == epc_urn.URN:
        return uri if epc_urn.parse(uri) is not None else None
    found = key_and_qualifiers(uri)
    if found is None or prefix_length is None:
        return None
    return epc_urn.build(_finest(found), prefix_length)


_KIND = {
    ("01", "10"): "lgtin",
    ("01", "21"): "sgtin",
    ("01", "235"): "upui",
    ("414", "254"): "sgln",
}


@lru_cache(maxsize=1 << 14)
def _known(uri: str) -> str:
    if uri[:8].lower() == epc_urn.URN:
        return _from_urn(uri)
    found = key_and_qualifiers(uri)
    if found is None:
        return uri
    finest = _finest(found)
    known = HOST + epc_urn.encode_path(finest)
    if len(finest) > 1 and finest[1][0] in _TEXT_QUALIFIERS and "?" not in uri and "#" not in uri:
        lot = HOST + epc_urn.encode_path((found[0], ("10", dict(found)["10"]))) if _has_lot(found) else None
        limit = keys.QUALIFIER[finest[1][0]].length
        _remember(uri[: uri.rfind("/")], _Head(known[: known.rfind("/") + 1], limit, _TEXT, "", lot))
    return known


def _from_urn(uri: str) -> str:
    parsed = epc_urn.parse(uri)
    if parsed is None:
        return uri
    known = HOST + epc_urn.encode_path(parsed.ais)
    scheme = parsed.scheme
    if parsed.namespace == "idpat" or not uri.startswith(epc_urn.URN):
        return known
    if scheme.name == "sscc":
        head, _, tail = uri.rpartition(".")
        _remember(head, _Head(HOST + "00/", len(tail), _SSCC_URN, head.rpartition(":")[2], None))
    elif scheme.serial and scheme.serial_set is not DIGITS and scheme.name != "sgln":
        # The head ends at the dot before the serial; a serial may have dots of its own, and then is not kept.
        head, _, tail = uri.rpartition(".")
        if head.count(".") == (3 if scheme.pieces else 1) and known.endswith(tail):
            _remember(head, _Head(known[: -len(tail)], scheme.serial, _TEXT, "", None))
    return known


def _remember(head: str, what: _Head) -> None:
    if len(_heads) >= _HEAD_LIMIT:
        _heads.clear()
    _heads[head] = what


def _has_lot(ais: tuple[tuple[str, str], ...]) -> bool:
    return ais[-1][0] == "21" and any(ai == "10" for ai, _ in ais[1:-1])


@lru_cache(maxsize=1 << 12)
def _lot(uri: str) -> str | None:
    try:
        found = key_and_qualifiers(uri)
    except CodeError:
        return None
    if found is None or not _has_lot(found):
        return None
    return HOST + epc_urn.encode_path((found[0], ("10", dict(found)["10"])))


def _finest(ais: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """The primary key and its finest qualifier: a serial makes the lot redundant; the variant is dropped."""
    return ais if len(ais) == 1 else (ais[0],) if ais[-1][0] == "22" else (ais[0], ais[-1])
