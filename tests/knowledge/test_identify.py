from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiheng.knowledge.codes import ecode, soft, udi
from zhiheng.knowledge.codes.errors import CodeError
from zhiheng.knowledge.codes.identify import identify

LINK = "https://id.gs1.org/01/09520123456788/10/ABC/21/S1?17=271231"
SERIAL = "https://id.gs1.org/01/09520123456788/21/S1"


@pytest.mark.parametrize(
    "text",
    [
        "(01)09520123456788(10)ABC(21)S1(17)271231",
        "(01) 09520123456788 (10) ABC (21) S1 (17) 271231",
        "^010952012345678810ABC^21S1^17271231",
        "\x1d010952012345678810ABC\x1d21S1\x1d17271231",
        "010952012345678810ABC\x1d21S1\x1d17271231",
        "]C1010952012345678810ABC\x1d21S1\x1d17271231",
        "]d2010952012345678810ABC\x1d21S1\x1d17271231",
        "]Q3010952012345678810ABC\x1d21S1\x1d17271231",
        "https://brand.example/some/stem/01/09520123456788/10/ABC/21/S1?17=271231",
        "https://brand.example/gtin/9520123456788/lot/ABC/ser/S1?17=271231&utm=x#top",
        "]Q1https://brand.example/01/09520123456788/10/ABC/21/S1?17=271231",
    ],
)
def test_one_thing_in_every_writing(text: str) -> None:
    found = identify(text)
    assert found.errors == []
    assert (found.kind, found.canonical) == ("sgtin", SERIAL)
    assert found.forms["digital_link"] == LINK
    assert found.forms["hri"] == "(01)09520123456788(10)ABC(21)S1(17)271231"
    assert found.forms["element_string"] == "^010952012345678810ABC^21S1^17271231"
    assert found.forms["gtin14"] == "09520123456788"
    assert found.forms["gtin13"] == "9520123456788"
    assert found.parts["10"] == {"value": "ABC", "title": "BATCH/LOT", "zh": "批号"}
    assert "urn" not in found.forms


def test_the_urn_comes_with_the_length_of_the_company_prefix() -> None:
    assert identify(SERIAL, prefix_length=7).forms["urn"] == "urn:epc:id:sgtin:9520123.045678.S1"
    assert identify("urn:epc:id:sgtin:9520123.045678.S1").canonical == SERIAL
    assert identify("urn:epc:id:sgtin:9520123.045678.S1").forms["urn"] == "urn:epc:id:sgtin:9520123.045678.S1"


@pytest.mark.parametrize(
    ("text", "kind", "canonical"),
    [
        ("6901234567892", "gtin", "https://id.gs1.org/01/06901234567892"),
        ("6 901234 567892", "gtin", "https://id.gs1.org/01/06901234567892"),
        ("６９０１２３４５６７８９２", "gtin", "https://id.gs1.org/01/06901234567892"),
        ("96385074", "gtin", "https://id.gs1.org/01/00000096385074"),
        ("036000291452", "gtin", "https://id.gs1.org/01/00036000291452"),
        ("]E06901234567892", "gtin", "https://id.gs1.org/01/06901234567892"),
        ("340123453111111115", "sscc", "https://id.gs1.org/00/340123453111111115"),
        ("00340123453111111115", "sscc", "https://id.gs1.org/00/340123453111111115"),
        ("(414)4226350800008", "gln", "https://id.gs1.org/414/4226350800008"),
        ("91350100M000100Y43", "uscc", None),
        ("914401017256040556", "uscc", None),
        ("440100", "region", None),
        ("81234567890123456789", "drug", "urn:x-zhiheng:drug:81234567890123456789"),
        ("ecode:1.abc.123", "ecode", "urn:x-zhiheng:ecode:1.abc.123"),
        ("urn:epc:id:gid:1.2.3", "other", "urn:epc:id:gid:1.2.3"),
        ("https://example.com/x", "uri", "https://example.com/x"),
        (
            "urn:uuid:0ac2a6f0-3ad4-4d4e-9b1c-3f6d8b5c7a10",
            "uri",
            "urn:uuid:0ac2a6f0-3ad4-4d4e-9b1c-3f6d8b5c7a10",
        ),
        ("CNAS L1234", "cnas", None),
        ("SC10144010600019", "food_licence", None),
        ("(8004)9520614141234567", "giai", "https://id.gs1.org/8004/9520614141234567"),
    ],
)
def test_kinds_of_codes(text: str, kind: str, canonical: str | None) -> None:
    found = identify(text)
    assert found.errors == []
    assert (found.kind, found.canonical) == (kind, canonical)


@pytest.mark.parametrize("text", ["6901234567892", "340123453111111115", "0109520123456788"])
def test_it_says_what_bare_digits_were_taken_for(text: str) -> None:
    assert identify(text).warnings[0]["code"].startswith("assumed_")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("x" * 5000, "too_long"),
        ("hello", "unknown_code"),
        ("6901234567893", "check_digit"),
        ("91350100M000100Y4Z", "uscc_character"),
        ("000000000000000000", "uscc_check_character"),
        ("00000000000000000X", "uscc_placeholder"),
        ("443000", "region_unknown"),
        ("urn:epc:id:sgtin:4012345.1.1", "epc_length"),
        ("https://id.gs1.org/01/09520123456789", "check_digit"),
        ("https://brand.example/01/09520123456788?10=L", "digital_link_attribute"),
        ("(01)09520123456788(02)09520123456788", "ai_excluded"),
        ("(01)09520123456788(21)1(21)2", "ai_repeated"),
        ("]E06901234567893", "check_digit"),
        ("]Q1", "empty"),
        ("]Q1]Q1x", "empty"),
    ],
)
def test_what_is_wrong_is_said_with_a_remedy(text: str, code: str) -> None:
    found = identify(text)
    if text == "000000000000000000":  # zero is its own check digit: an SSCC as good as any other
        assert found.kind in ("uscc", "sscc")
        return
    assert not found.valid
    assert found.canonical is None
    assert code in [error["code"] for error in found.errors]
    assert all(error["message"] and error["remedy"] for error in found.errors)


def test_a_code_of_unverified_structure_warns_and_is_kept() -> None:
    found = identify("8123456ABCDEFGHIJKLM")
    assert found.valid
    assert [warning["code"] for warning in found.warnings] == ["drug_code_non_digit"]
    assert identify("89234567890123456789").parts["class"]["zh"] == "特药"
    assert [f.code for f in soft.check("cma", "12")] == ["cma_form"]
    assert soft.check("cma", "170000000001") == []
    assert soft.check("ccc", "2010010101394866") == []
    assert [w["code"] for w in identify("ecode:0.1.2").warnings] == ["ecode_v0"]
    assert ecode.parse("not an ecode") is None


def test_a_udi_is_a_device_and_its_production() -> None:
    found = udi.parse("(01)09520123456788(10)A(17)271231")
    assert (found.issuer, found.di, found.pi) == ("GS1", "09520123456788", {"lot": "A", "expires": "271231"})
    assert [f.code for f in udi.parse("https://id.gs1.org/01/09520123456788").findings] == ["udi_no_pi"]
    assert udi.parse("MA.156.M0.100001").issuer == "MA"
    with pytest.raises(CodeError):
        udi.parse("(10)A")


ODD = st.text(alphabet="]()^\x1d/:.?&=%#01478 ACQdeurnpcidsgthtps中٣Ａ\\*-_~\ud800", max_size=60)
BEGINNINGS = st.sampled_from(
    [
        "",
        "(01)",
        "^01",
        "]C1",
        "]Q1",
        "]E0",
        "urn:epc:id:sgtin:",
        "urn:epc:idpat:",
        "https://id.gs1.org/01/",
        "ecode:",
    ]
)


@settings(max_examples=1500)
@given(BEGINNINGS, st.one_of(ODD, st.text(max_size=60), st.text(alphabet="0123456789", max_size=40)))
def test_nothing_that_is_scanned_makes_it_fall_over(beginning: str, text: str) -> None:
    found = identify(beginning + text)
    assert found.valid == (not found.errors)
    assert found.valid or found.canonical is None
    json.dumps(found.to_dict())


@given(st.binary(max_size=60), st.integers(-3, 20))
def test_neither_do_bytes_read_as_latin_1(data: bytes, prefix_length: int) -> None:
    identify(data.decode("latin-1"), prefix_length)
