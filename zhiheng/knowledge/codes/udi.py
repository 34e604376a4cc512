"""医疗器械唯一标识 UDI: device identifier DI and production identifier PI (规则第七条; YY/T 1630-2018).

With GS1 as the issuer DI is the GTIN and PI are lot, dates and serial. Other issuers (MA, AHM) have forms of
their own that are unverified here: they are taken as they are, with a remark.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from zhiheng.knowledge.codes import digital_link
from zhiheng.knowledge.codes.element_string import Element, parse_fnc1, parse_hri
from zhiheng.knowledge.codes.errors import CodeError
from zhiheng.knowledge.codes.soft import Finding

#: Application identifier -> the name of the production identifier in the UDI database (scbssfb…).
PRODUCTION = {"10": "lot", "11": "produced", "17": "expires", "21": "serial"}
_MA = re.compile(r"MA\.[0-9]{3}\.[0-9A-Za-z.\-]+", re.I)


class Udi(NamedTuple):
    issuer: str
    di: str
    pi: dict[str, str]
    findings: list[Finding]


def parse(text: str) -> Udi:
    """A UDI as element string (brackets or FNC1) or Digital Link; an MA code softly; else CodeError."""
    value = text.strip()
    if _MA.fullmatch(value):
        finding = Finding(
            "udi_issuer",
            "The form of MA codes is not verified here.",
            "Compare with the UDI database. The code is kept as it is.",
        )
        return Udi("MA", value, {}, [finding])
    if value.startswith("("):
        elements = parse_hri(value)
    elif value.startswith(digital_link.SCHEMES):
        elements = digital_link.parse(value, digital_link.LENIENT).elements
    else:
        elements = parse_fnc1(value if value[:1] in ("^", "\x1d") else "^" + value)
    return of_elements(elements)


def of_elements(elements: list[Element]) -> Udi:
    values = dict(elements)
    if "01" not in values:
        raise CodeError(
            "udi_no_di",
            "Without a GTIN (01) there is no device identifier, so this is not a UDI of GS1.",
            "Scan the code of the sales unit; it may be a second code on the label.",
        )
    pi = {name: values[ai] for ai, name in PRODUCTION.items() if ai in values}
    findings = []
    if not pi:
        findings.append(
            Finding(
                "udi_no_pi",
                "The code names the device (DI) and no production identifier (PI).",
                "Scan the second code on the label if there is one.",
            )
        )
    return Udi("GS1", values["01"], pi, findings)
