"""The documents the benchmark sends."""

from typing import Any

from tests.trace.build import box, document, gln, made, pack, party, place, receive, serial, ship

SCOPES = {6_000: 61, 100_000: 62}  # lot size -> product number
TRACED = 60


def shipping(events: int, epcs: int, *, start: int) -> bytes:
    """Shipments of ten serials each out of a hundred products; no event twice for different ``start``."""
    rows = []
    first = start * events
    for i in range(first, first + events):
        day, hour, minute = 1 + i // 1440 % 28, i // 60 % 24, i % 60
        time = f"2026-05-{day:02d}T{hour:02d}:{minute:02d}:00.000+08:00"
        rows.append(
            {
                "type": "ObjectEvent",
                "eventTime": time,
                "eventTimeZoneOffset": "+08:00",
                "epcList": [serial(100 + i % 100, f"{i:09d}{j}") for j in range(epcs)],
                "action": "OBSERVE",
                "bizStep": "shipping",
                "disposition": "in_transit",
                "readPoint": {"id": place(1 + i % 500)},
                "sourceList": [{"type": "possessing_party", "source": party(1 + i % 500)}],
                "destinationList": [{"type": "possessing_party", "destination": party(501 + i % 400)}],
                "bizTransactionList": [
                    {"type": "desadv", "bizTransaction": f"urn:epcglobal:cbv:bt:{gln(1 + i % 500)}:{i}"}
                ],
            }
        )
    return document(rows)


def traced(n: int) -> str:
    """One of two hundred serials with a whole life."""
    return serial(TRACED, f"{n:04d}")


def lives() -> list[dict[str, Any]]:
    """The two hundred lives: made, packed, shipped, received, unpacked, sold."""
    rows = []
    for n in range(200):
        thing, carton = traced(n), box(700_000 + n)
        rows += [
            made(1, 1, thing), pack(2, 1, carton, thing), ship(3, 1, 2, carton), receive(4, 1, 2, carton),
            pack(5, 2, carton, thing, action="DELETE"), ship(6, 2, 3, thing), receive(7, 2, 3, thing),
        ]  # fmt: skip
    return rows


def recalled(size: int) -> str:
    """The lot of a recall."""
    from tests.trace.build import lot

    return lot(SCOPES[size], "R")


def recall(size: int) -> list[dict[str, Any]]:
    """A lot of ``size`` serials in cartons of twenty on pallets of fifty, shipped to fifty shops."""
    product = SCOPES[size]
    things = [serial(product, f"{i:07d}") for i in range(size)]
    rows = [made(1 + i / 1e7, 1, *things[i : i + 1000], number="R") for i in range(0, size, 1000)]
    base = product * 100_000
    cartons = [box(base + i) for i in range(size // 20)]
    rows += [pack(2, 1, carton, *things[i * 20 : i * 20 + 20]) for i, carton in enumerate(cartons)]
    for i in range(0, len(cartons), 50):
        pallet = box(base + 50_000 + i)
        shop = 2 + i // 50 % 50
        rows += [
            pack(3, 1, pallet, *cartons[i : i + 50]),
            ship(4, 1, shop, pallet),
            receive(5, 1, shop, pallet),
        ]
    return rows
