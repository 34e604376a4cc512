from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhiheng.knowledge.codes import digital_link, epc, epc_urn
from zhiheng.knowledge.codes.element_string import parse_fnc1, parse_hri, to_fnc1, to_hri
from zhiheng.knowledge.codes.errors import CodeError

DIGITS = string.digits
SERIAL = st.text(alphabet="!\"%&'()*+,-./:;<=>?_" + DIGITS + string.ascii_letters, min_size=1, max_size=16)
NUMBER = st.integers(1, 10**12 - 1).map(str)


@st.composite
def urns(draw: st.DrawFn) -> str:
    """Any EPC URN of any scheme that carries a GS1 key."""
    scheme = epc_urn.SCHEME[draw(st.sampled_from(sorted(epc_urn.SCHEME)))]
    length = draw(st.integers(6, 12))
    prefix = draw(st.text(alphabet=DIGITS, min_size=length, max_size=length))
    numeric = scheme.serial_set is epc_urn.DIGITS or scheme.name in ("cpi", "sgcn")
    serial = draw(NUMBER if numeric else SERIAL)
    if scheme.body:
        rest = scheme.body - length
        reference = draw(st.text(alphabet=DIGITS, min_size=rest, max_size=rest))
    else:
        letters = DIGITS + string.ascii_uppercase + "#-/" if scheme.name == "cpi" else "%&/.A1-_z"
        reference = draw(st.text(alphabet=letters, min_size=1, max_size=30 - length))
    text = f"{prefix}.{epc_urn._escape(reference)}"
    if scheme.pieces:
        text += draw(st.sampled_from([".01.02", ".02.02", ".11.99"]))
    if scheme.serial:
        text += f".{epc_urn._escape(serial)}"
    return f"urn:epc:{'class' if scheme.name == 'lgtin' else 'id'}:{scheme.name}:{text}"


@given(urns())
def test_urn_to_link_to_element_string_to_link_and_back_to_the_urn(urn: str) -> None:
    link = epc.canonical(urn)
    assert link.startswith(epc.HOST)
    assert epc.canonical(urn) == link == epc.canonical(link) == epc.canonical(link)
    elements = digital_link.parse(link).elements
    assert parse_fnc1(to_fnc1(elements)) == elements
    assert parse_hri(to_hri(elements)) == elements
    assert digital_link.from_ais(parse_fnc1(to_fnc1(elements))) == link
    assert epc.to_urn(link, len(urn.split(":")[4].split(".")[0])) == urn
    assert epc.to_urn(link) is None
    epc.check(urn)
    epc.check(link)
    assert epc.split(urn).uri == link


@given(urns(), st.text(max_size=3))
def test_a_spoilt_urn_is_refused_or_means_something_canonical(urn: str, tail: str) -> None:
    for spoilt in (urn + tail, urn.replace(".", tail, 1), urn[:-1], urn.replace("4", tail)):
        try:
            known = epc.canonical(spoilt)
        except CodeError:
            continue
        assert epc.canonical(known) == known


@given(SERIAL.filter(lambda text: text not in (".", "..")))
def test_one_serial_is_one_key_however_it_comes(serial: str) -> None:
    urn = "urn:epc:id:sgtin:4012345.012345." + epc_urn._escape(serial)
    encoded = "".join(f"%{ord(c):02x}" for c in serial)
    assert epc.canonical(urn) == epc.canonical(
        f"https://shop.example/p/01/4012345123456/10/L/21/{encoded}?17=270101"
    )


@pytest.mark.parametrize(
    "uri",
    [
        "geo:23.1,113.3",
        "urn:uuid:0ac2a6f0-3ad4-4d4e-9b1c-3f6d8b5c7a10",
        "urn:epcglobal:cbv:bt:0614141073467:1152",
        "urn:epc:id:gid:95100000.12345.400",
        "urn:epc:id:bic:CSQU3054383",
        "urn:epc:idpat:sgtin:4012345.*.*",
        "urn:epc:idpat:sscc:4012345.*",
        "https://example.com/01/97803",
        "https://example.com/articles/401/about",
        "https://example.com/00/12",
        "https://id.gs1.org/",
        "https://ref.gs1.org/cbv/BizStep-shipping",
        "http://epcis.example.com/user/vocab/bizstep/packing",
        "42",
        "",
    ],
)
def test_what_is_no_gs1_key_stays_as_it_is(uri: str) -> None:
    assert epc.canonical(uri) == uri
    epc.check(uri)
    assert epc.split(uri).kind == "other"
    assert epc.lot_of(uri) is None


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("urn:epc:id:sgtin:4012345.12345.1", "epc_length"),
        ("urn:epc:id:sgtin:4012345.0123456.1", "epc_length"),
        ("urn:epc:id:sgtin:40123.01234567.1", "epc_company_prefix"),
        ("urn:epc:id:sgtin:4012345.01234a.1", "epc_length"),
        ("urn:epc:id:sgtin:4012345.012345", "epc_fields"),
        ("urn:epc:id:sgtin:4012345.012345.", "serial_length"),
        ("urn:epc:id:sgtin:4012345.012345.123456789012345678901", "serial_length"),
        ("urn:epc:id:sgtin:4012345.012345.a/b", "epc_escape"),
        ("urn:epc:id:sgtin:4012345.012345.a%2", "percent_encoding"),
        ("urn:epc:id:sgtin:4012345.012345.a b", "character"),
        ("urn:epc:id:sgtin:4012345.012345.中", "character"),
        ("urn:epc:id:sscc:4012345.00000000011", "epc_length"),
        ("urn:epc:id:sscc:4012345.٠٠٠٠٠٠٠٠١١", "epc_length"),
        ("urn:epc:id:itip:4012345.012345.02.01.7", "itip_pieces"),
        ("urn:epc:id:cpi:4012345.abc.7", "character"),
        ("urn:epc:id:cpi:4012345.ABC.07", "leading_zero"),
        ("urn:epc:id:nothing:1.2", "epc_scheme"),
        ("urn:epc:id:lgtin:4012345.012345.L", "epc_namespace"),
        ("urn:epc:class:sgtin:4012345.012345.L", "epc_namespace"),
        ("urn:epc:", "epc_urn"),
        ("https://id.gs1.org/01/04012345123457/21/1", "check_digit"),
        ("https://id.gs1.org/01/97803", "gtin_length"),
        ("https://id.gs1.org/01/04012345123456/21/123456789012345678901", "qualifier_length"),
        ("https://id.gs1.org/01/04012345123456/21/a%20b", "character"),
        ("https://id.gs1.org/01/04012345123456/21/1/10/L", "digital_link_qualifiers"),
        ("https://id.gs1.org/01/04012345123456/99/X", "digital_link_path"),
        ("https://id.gs1.org/00/340123453111111116", "check_digit"),
        ("https://id.gs1.org/00/34012345311111111", "sscc_length"),
        ("https://brand.example/01/04012345123457", "check_digit"),
        ("https://brand.example/414/4012345000055/254/x", "check_digit"),
    ],
)
def test_a_broken_gs1_identifier_is_refused_every_time(uri: str, code: str) -> None:
    for _ in range(2):
        with pytest.raises(CodeError) as wrong:
            epc.check(uri)
        assert wrong.value.code == code
        assert wrong.value.message
        assert wrong.value.remedy


def test_a_known_beginning_does_not_let_a_wrong_serial_through() -> None:
    epc.check("urn:epc:id:sgtin:4012345.012345.1")
    epc.check("https://id.gs1.org/01/04012345123456/21/1")
    epc.check("urn:epc:id:sscc:4012345.0000000011")
    for wrong in (
        "urn:epc:id:sgtin:4012345.012345.123456789012345678901",
        "urn:epc:id:sgtin:4012345.012345.",
        "urn:epc:id:sgtin:4012345.012345.~",
        "https://id.gs1.org/01/04012345123456/21/",
        "https://id.gs1.org/01/04012345123456/21/~",
        "urn:epc:id:sscc:4012345.000000001",
        "urn:epc:id:sscc:4012345.000000001a",
    ):
        with pytest.raises(CodeError):
            epc.check(wrong)


def test_the_beginnings_kept_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epc, "_HEAD_LIMIT", 50)
    for number in range(500):
        epc.check(f"urn:epc:id:sgtin:4012345.0{number:05d}.bounded")
    assert len(epc._heads) <= 50


@pytest.mark.parametrize(
    ("uri", "lot"),
    [
        ("https://id.gs1.org/01/04012345123456/10/L/21/S", "https://id.gs1.org/01/04012345123456/10/L"),
        (
            "https://x.example/gtin/4012345123456/lot/a%2fb/ser/S",
            "https://id.gs1.org/01/04012345123456/10/a%2Fb",
        ),
        (
            "https://id.gs1.org/8006/040123451234560102/10/L/21/S",
            "https://id.gs1.org/8006/040123451234560102/10/L",
        ),
        ("https://id.gs1.org/01/04012345123456/21/S", None),
        ("https://id.gs1.org/01/04012345123456/10/L", None),
        ("urn:epc:class:lgtin:4012345.012345.L", None),
        ("urn:epc:id:sgtin:4012345.012345.a%2Fb", None),
    ],
)
def test_the_lot_of_a_thing_that_names_lot_and_serial(uri: str, lot: str | None) -> None:
    assert epc.lot_of(uri) == lot
    epc.canonical(uri)
    assert epc.lot_of(uri) == lot


@pytest.mark.parametrize(
    ("uri", "kind"),
    [
        ("urn:epc:id:sgtin:4012345.012345.1", "sgtin"),
        ("urn:epc:class:lgtin:4012345.012345.1", "lgtin"),
        ("urn:epc:idpat:sgtin:4012345.012345.*", "gtin"),
        ("urn:epc:id:upui:4012345.012345.1", "upui"),
        ("urn:epc:id:itip:4012345.012345.01.02.1", "itip"),
        ("urn:epc:id:sscc:4012345.0000000011", "sscc"),
        ("urn:epc:id:sgln:4012345.00005.1", "sgln"),
        ("urn:epc:id:sgln:4012345.00005.0", "gln"),
        ("urn:epc:id:pgln:4012345.00005", "pgln"),
        ("urn:epc:id:grai:4012345.00005.1", "grai"),
        ("urn:epc:id:giai:4012345.1", "giai"),
        ("urn:epc:id:gsrn:4012345.0000000001", "gsrn"),
        ("urn:epc:id:gsrnp:4012345.0000000001", "gsrnp"),
        ("urn:epc:id:gdti:4012345.00005.1", "gdti"),
        ("urn:epc:id:sgcn:4012345.00005.1", "gcn"),
        ("urn:epc:id:cpi:4012345.A.1", "cpi"),
        ("urn:epc:id:ginc:4012345.A", "ginc"),
        ("urn:epc:id:gsin:4012345.000000001", "gsin"),
    ],
)
def test_kinds(uri: str, kind: str) -> None:
    assert epc.split(uri).kind == kind


def test_an_item_says_product_lot_and_serial() -> None:
    item = epc.split("https://x.example/01/4012345123456/22/v/10/L%2F1/21/S%2F1?17=270101")
    assert (item.kind, item.gtin, item.lot, item.serial) == ("sgtin", "04012345123456", "L/1", "S/1")
    assert item.uri == "https://id.gs1.org/01/04012345123456/21/S%2F1"
    lot = epc.split("urn:epc:class:lgtin:4012345.012345.L%2F1")
    assert (lot.kind, lot.lot, lot.serial) == ("lgtin", "L/1", None)


def test_the_variant_is_no_part_of_the_key() -> None:
    assert (
        epc.canonical("https://id.gs1.org/01/04012345123456/22/v") == "https://id.gs1.org/01/04012345123456"
    )
    assert (
        epc.canonical("https://id.gs1.org/01/04012345123456/22/v/10/L")
        == "https://id.gs1.org/01/04012345123456/10/L"
    )
