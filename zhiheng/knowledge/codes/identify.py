"""What is this code? Anything that a person may scan or type, in all its forms, with what is wrong with it.

:func:`identify` never raises: what cannot be a code is an answer too. Where digits alone can mean several
things it takes the likeliest and says so in a warning.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from zhiheng.knowledge.codes import (
    ai_table,
    digital_link,
    drug,
    ecode,
    epc,
    epc_urn,
    gs1,
    keys,
    regions,
    soft,
    udi,
    uscc,
)
from zhiheng.knowledge.codes.charset import is_digits
from zhiheng.knowledge.codes.checkdigit import has_check_digit
from zhiheng.knowledge.codes.element_string import (
    FNC1,
    GS,
    Element,
    check_exclusions,
    check_repeats,
    check_requirements,
    check_signature,
    parse_fnc1,
    parse_hri,
    parse_scan,
    to_fnc1,
    to_hri,
)
from zhiheng.knowledge.codes.errors import CodeError
from zhiheng.knowledge.codes.soft import Finding

LONGEST = 4096
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s]+")
_FULLWIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


@dataclass
class Identity:
    """The answer. ``canonical`` is the key under which the trace knows the thing, if it can be traced."""

    input: str
    kind: str = "unknown"
    canonical: str | None = None
    forms: dict[str, str] = field(default_factory=dict)
    parts: dict[str, dict[str, str]] = field(default_factory=dict)
    errors: list[dict[str, str]] = field(default_factory=list)
    warnings: list[dict[str, str]] = field(default_factory=list)

    @property
    def valid(self) -> bool:
        return not self.errors

    def to_dict(self) -> dict[str, object]:
        return {
            "input": self.input,
            "valid": self.valid,
            "kind": self.kind,
            "canonical": self.canonical,
            "forms": self.forms,
            "parts": self.parts,
            "errors": self.errors,
            "warnings": self.warnings,
        }

    def part(self, name: str, value: str, title: str, zh: str = "") -> None:
        self.parts[name] = {"value": value, "title": title, "zh": zh}

    def wrong(self, error: CodeError) -> None:
        self.errors.append(error.to_dict())

    def warn(self, code: str, message: str, remedy: str) -> None:
        self.warnings.append({"code": code, "message": message, "remedy": remedy})

    def notice(self, findings: list[Finding]) -> None:
        self.warnings.extend(finding.to_dict() for finding in findings)


def identify(text: str, prefix_length: int | None = None) -> Identity:
    """Everything that can be said of ``text``; with the length of its GS1 company prefix the URN too."""
    found = Identity(text)
    value = text.strip()
    if not value or len(value) > LONGEST:
        found.wrong(
            CodeError(
                "empty" if not value else "too_long",
                "There is nothing to identify." if not value else f"{len(value)} characters are no code.",
                "Scan or type one code.",
            )
        )
        return found
    try:
        _recognise(found, value, prefix_length)
    except CodeError as error:
        found.wrong(error)
    if found.errors:
        found.canonical = None
    return found


def _recognise(found: Identity, text: str, prefix_length: int | None) -> None:
    if text[0] == "]" and len(text) >= 3:
        _scanned(found, text, prefix_length)
    elif text[:8].lower() == epc_urn.URN:
        _urn(found, text)
    elif text.startswith(digital_link.SCHEMES):
        _web(found, text, prefix_length)
    elif text[0] == "(":
        found.kind = "element_string"
        _elements(found, parse_hri(re.sub(r"\s+", "", text)), prefix_length)
    elif text[0] in (FNC1, GS) or GS in text:
        found.kind = "element_string"
        _elements(found, parse_fnc1(text if text[0] in (FNC1, GS) else FNC1 + text), prefix_length)
    elif ecode.looks_like(text):
        _ecode(found, text)
    elif _URI.fullmatch(text):
        found.kind, found.canonical = "uri", text
        found.forms["uri"] = text
    else:
        _bare(found, text.translate(_FULLWIDTH), prefix_length)


def _scanned(found: Identity, text: str, prefix_length: int | None) -> None:
    found.kind = "scan"
    scan = parse_scan(text)
    found.part("symbology", scan.symbology, "Symbology", "码制")
    if scan.elements:
        found.kind = "element_string"
        _elements(found, scan.elements, prefix_length)
    elif text[3:].strip() and text[3] != "]":
        _recognise(found, text[3:].strip(), prefix_length)
    else:
        raise CodeError("empty", f"The {scan.symbology} symbol holds no data.", "Scan again.")


def _urn(found: Identity, text: str) -> None:
    found.kind = "epc"
    parsed = epc_urn.parse(text)
    found.forms["urn"] = text
    if parsed is None:
        found.kind, found.canonical = "other", text
        return
    _elements(found, [Element(*pair) for pair in parsed.ais], parsed.prefix_length)
    found.forms["urn"] = text
    found.part("company_prefix", text.split(":")[4].split(".")[0], "GS1 company prefix", "厂商识别代码")


def _web(found: Identity, text: str, prefix_length: int | None) -> None:
    found.kind = "digital_link"
    pairs = digital_link.key_and_qualifiers(text)
    found.forms["uri"] = text
    if pairs is None:
        found.kind, found.canonical = "uri", text
        return
    try:
        elements = digital_link.parse(text, digital_link.LENIENT).elements
    except CodeError as error:
        found.wrong(error)
        elements = [Element(*pair) for pair in pairs]
    _elements(found, elements, prefix_length)


def _elements(found: Identity, elements: list[Element], prefix_length: int | None) -> None:
    """Forms and parts of element strings, whatever way they came."""
    for ai, value in elements:
        known = ai_table.find(ai)
        found.part(ai, value, known.title if known else "", known.zh if known else "")
    found.forms["element_string"] = to_fnc1(elements)
    found.forms["hri"] = to_hri(elements)
    for rule in (check_repeats, check_exclusions, check_signature):
        _collect(found.wrong, rule, elements)
    _collect(lambda error: found.warnings.append(error.to_dict()), check_requirements, elements)
    primary = next((element for element in elements if element.ai in keys.PRIMARY), None)
    if primary is None:
        found.warn(
            "no_key",
            "There is no GS1 key among these values, so they name no thing.",
            "Scan the other code on the label as well.",
        )
        return
    found.kind = keys.PRIMARY[primary.ai].kind
    _collect(found.wrong, lambda e: keys.primary_value(*e[0]), [primary])
    if found.errors:
        return
    try:
        link = digital_link.from_ais(elements)
    except CodeError as error:
        found.warnings.append(error.to_dict())
        link = digital_link.from_ais([primary])
    item = epc.split(link)
    found.kind, found.canonical = item.kind, item.uri
    found.forms["digital_link"] = link
    if item.gtin:
        found.forms.update(gs1.gtin_forms(item.gtin))
    urn = epc.to_urn(link, prefix_length)
    if urn is not None:
        found.forms["urn"] = urn
    lot = epc.lot_of(link)
    if lot is not None:
        found.forms["lot"] = lot
    if primary.ai == "01":
        device = udi.of_elements(elements)
        if device.pi:
            found.forms["udi_di"] = device.di


def _collect(
    report: Callable[[CodeError], None], rule: Callable[[list[Element]], object], elements: list[Element]
) -> None:
    try:
        rule(elements)
    except CodeError as error:
        report(error)


def _ecode(found: Identity, text: str) -> None:
    code = ecode.parse(text)
    assert code is not None
    found.kind, found.canonical = "ecode", code.uri
    found.forms["uri"] = code.uri
    found.part("version", code.version, "Version", "版本")
    if code.nsi:
        found.part("nsi", code.nsi, "Number system identifier", "编码体系标识")
    found.part("md", code.md, "Master data code", "主码")
    found.notice(code.findings)


def _bare(found: Identity, text: str, prefix_length: int | None) -> None:
    """Digits and letters that do not say what they are: length and check digits decide."""
    kind = soft.kind_of(text)
    if kind is not None:
        found.kind = kind
        found.notice(soft.check(kind, text))
        return
    packed = re.sub(r"[\s\-]", "", text)
    if _is_element_string(packed):
        found.kind = "element_string"
        found.warn(
            "assumed_element_string",
            "Taken for an element string without FNC1, because it begins with a valid GS1 key.",
            "Send the symbology identifier, or write it with brackets: (01)….",
        )
        _elements(found, parse_fnc1(FNC1 + packed), prefix_length)
    elif is_digits(packed) and len(packed) in (6, 8, 12, 13, 14):
        if len(packed) == 6:
            _region(found, packed)
        else:
            _gtin(found, packed, prefix_length)
    elif is_digits(packed) and len(packed) == 18 and not _is_uscc(packed):
        found.warn(
            "assumed_sscc",
            "Taken for an SSCC, because it has 18 digits and is no unified social credit code.",
            "Write (8018) or (8017) in front if it is a service relation number (GSRN).",
        )
        found.kind = "sscc"
        _elements(found, [Element("00", keys.primary_value("00", packed))], prefix_length)
    elif _resembles_uscc(packed):
        _uscc(found, packed)
    elif len(packed) == drug.LENGTH and packed.isascii() and packed.isalnum():
        _drug(found, packed)
    else:
        raise CodeError(
            "unknown_code",
            f"{text[:60]!r} ({len(packed)} characters) has the form of no code known here.",
            "Scan the whole symbol, or write application identifiers in brackets: (01)…(10)….",
        )


def _is_element_string(text: str) -> bool:
    """A key with its application identifier and a right check digit, alone or with more after it."""
    if not (text.startswith("01") and has_check_digit(text[2:16]) and len(text) >= 16):
        return text.startswith("00") and len(text) == 20 and has_check_digit(text[2:])
    try:
        parse_fnc1(FNC1 + text)
    except CodeError:
        return False
    return len(text) != 18 or not uscc.is_valid(text)


def _is_uscc(text: str) -> bool:
    """Digits alone can be a unified social credit code and an SSCC; a real region of registration decides."""
    if uscc.is_valid(text):
        return not has_check_digit(text) or regions.is_known(uscc.region_of(text))
    return not has_check_digit(text) and regions.is_known(uscc.region_of(text))


def _resembles_uscc(text: str) -> bool:
    if not (text.isascii() and text.isalnum()):
        return False
    return len(text) == 18 or (
        len(text) in (17, 19) and text[0] in "159AYN" and regions.is_known(uscc.region_of(text))
    )


def _region(found: Identity, code: str) -> None:
    found.kind = "region"
    region = regions.region(code)
    found.forms["name"] = regions.full_name(code)
    found.part("province", code[:2] + "0000", regions.name(code[:2] + "0000"))
    found.part("code", code, region.name)
    if not region.current:
        found.warn(
            "region_historical",
            f"{code} was {region.name} until {region.until} and is not in force.",
            "Use today's code unless the record is of that time.",
        )


def _gtin(found: Identity, number: str, prefix_length: int | None) -> None:
    found.kind = "gtin"
    if len(number) == 13:
        found.warn(
            "assumed_gtin",
            "Taken for a GTIN-13. A GLN has the same form.",
            "Write (414) in front for a place, (417) for a party.",
        )
    else:
        found.warn("assumed_gtin", f"Taken for a GTIN-{len(number)} by its length.", "Write (01) in front.")
    _elements(found, [Element("01", keys.primary_value("01", number))], prefix_length)


def _uscc(found: Identity, text: str) -> None:
    found.kind = "uscc"
    code = uscc.validate(text)
    found.forms["uscc"] = code
    region = uscc.region_of(code)
    found.part("1", code[0], "Registering authority", "登记管理部门")
    found.part("2", code[1], "Kind of organisation", "机构类别")
    known = regions.is_known(region)
    found.part("3-8", region, regions.full_name(region) if known else "", "登记管理机关行政区划")
    found.part("9-17", code[8:17], "Subject identifier", "主体标识码")
    found.part("18", code[17], "Check character", "校验码")
    if not known and region != "100000":  # 100000 stands for the national authority
        found.warn(
            "uscc_region",
            f"Places 3 to 8 are {region}, which is no division code of GB/T 2260.",
            "Compare with the business licence.",
        )


def _drug(found: Identity, text: str) -> None:
    code = drug.parse(text)
    found.kind, found.canonical = "drug", code.uri
    found.forms["uri"] = code.uri
    found.part("1-7", code.medicine, "Medicine and packing", "药品标识码")
    found.part("8-20", code.package, "Package", "序列号")
    if code.special:
        found.part("class", "89", "Specially controlled medicine", "特药")
    found.notice(code.findings)
