"""Checks of single values by name, as the formats of the application identifiers call them (``ai.csv``).

GS1 General Specifications section 3 says what each value may be; the names are those of the GS1 barcode
syntax tests, so that a finding here can be compared with one of GS1's own tools. A check returns nothing and
raises :class:`CodeError`, whose ``code`` is the lower-case name of the finding.
"""

from __future__ import annotations

import csv
from calendar import monthrange
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from zhiheng.knowledge.codes.charset import DIGITS, SET39, SET64, SET82, is_digits
from zhiheng.knowledge.codes.checkdigit import check_digit, check_pair
from zhiheng.knowledge.codes.errors import CodeError

Check = Callable[[str], None]

#: Says whether a value begins with a GS1 company prefix that exists. Without a register any is believed.
PrefixRegister = Callable[[str], bool]


def lint(name: str, value: str, known_prefix: PrefixRegister | None = None) -> None:
    """Run the check ``name``; unknown names are a mistake of the caller (KeyError)."""
    if known_prefix is not None and name in ("gcppos1", "gcppos2"):
        _company_prefix(value, int(name[-1]) - 1, known_prefix)
    elif known_prefix is not None and name == "couponcode":
        from zhiheng.knowledge.codes.coupons import check_coupon

        check_coupon(value, partial(_company_prefix, skip=0, known=known_prefix))
    else:
        LINTERS[name](value)


def fail(code: str, message: str, remedy: str = "Compare the value with the label.") -> None:
    raise CodeError(code, message, remedy)


@cache
def code_list(name: str) -> frozenset[str]:
    """One of the published code lists kept in ``code_lists.csv``."""
    with Path(__file__).with_name("code_lists.csv").open(encoding="utf-8", newline="") as file:
        return next(frozenset(row["values"].split()) for row in csv.DictReader(file) if row["list"] == name)


def digits(value: str) -> None:
    for place, character in enumerate(value, 1):
        if character not in DIGITS:
            fail(
                "non_digit_character",
                f"{character!r} at place {place} of {value!r} is not a digit.",
                "Use digits.",
            )


def _characters(value: str, allowed: frozenset[str], code: str, name: str) -> None:
    for place, character in enumerate(value, 1):
        if character not in allowed:
            fail(
                code,
                f"{character!r} at place {place} of {value!r} is not in {name}.",
                f"Use the characters of {name}.",
            )


def _base64url(value: str) -> None:
    body = value.rstrip("=")
    padding = len(value) - len(body)
    if padding > 2 or (padding and len(value) % 3):
        fail(
            "invalid_cset64_padding",
            f"{value!r} ends in {padding} padding signs, which does not fit its length.",
        )
    _characters(body, SET64, "invalid_cset64_character", "base64url")


def _check_digit(value: str) -> None:
    digits(value)
    if len(value) < 2:
        fail("too_short_for_check_digit", f"{value!r} is too short to have a check digit.")
    expected = check_digit(value[:-1])
    if value[-1] != expected:
        fail("incorrect_check_digit", f"{value} ends in {value[-1]}; its check digit is {expected}.")


def _check_pair(value: str) -> None:
    if len(value) < 2:
        fail("too_short_for_check_pair", f"{value!r} is too short to have a check character pair.")
    if len(value) > 99:
        fail("too_long_for_check_pair_implementation", f"{value!r} has more than 99 characters.")
    _characters(value[:-2], SET82, "invalid_cset82_character", "GS1 character set 82")
    expected = check_pair(value[:-2])
    if value[-2:] != expected:
        fail(
            "incorrect_check_pair", f"{value!r} ends in {value[-2:]}; its check character pair is {expected}."
        )


def _company_prefix(value: str, skip: int, known: PrefixRegister | None = None) -> None:
    body = value[skip:]
    if len(body) < 4:
        fail("too_short_for_gcp", f"{value!r} is too short to contain a GS1 company prefix.")
    if not is_digits(body[:4]) or (known is not None and not known(body)):
        fail("invalid_gcp_prefix", f"{value!r} does not contain a GS1 company prefix from place {skip + 1}.")


def _year_month_day(value: str, year_digits: int, day_may_be_00: bool) -> None:
    length = year_digits + 4
    if len(value) != length:
        how = "short" if len(value) < length else "long"
        fail(f"date_too_{how}", f"Date {value!r} has {len(value)} characters; it must have {length}.")
    digits(value)
    year, month, day = int(value[:year_digits]), int(value[year_digits:-2]), int(value[-2:])
    if not 1 <= month <= 12:
        fail("illegal_month", f"{value!r} has the month {month:02d}.", "Months are 01 to 12.")
    # In two digits every fourth year is a leap year: 1900 and 2100 are outside the window of section 7.12.
    last = monthrange(year or 4 if year_digits == 4 else 2000 + year, month)[1]
    if day > last or (day == 0 and not day_may_be_00):
        fail(
            "illegal_day", f"{value!r} has the day {day:02d}; that month has {last} days.", "Correct the day."
        )


def _two_digits(value: str, name: str, code: str, limit: int) -> None:
    if len(value) != 2:
        how = "short" if len(value) < 2 else "long"
        fail(f"{code}_too_{how}", f"The {name} {value!r} has {len(value)} characters; it must have 2.")
    digits(value)
    if int(value) > limit:
        fail(f"illegal_{code}", f"The {name} {value} is above {limit}.", f"Use 00 to {limit}.")


def _hour_minute(value: str) -> None:
    if len(value) != 4:
        how = "short" if len(value) < 4 else "long"
        fail(f"hour_with_minute_too_{how}", f"{value!r} has {len(value)} characters; hour and minute take 4.")
    _two_digits(value[:2], "hour", "hour", 23)
    _two_digits(value[2:], "minute", "minute", 59)


def _one_of(value: str, allowed: frozenset[str], code: str, what: str) -> None:
    if value not in allowed:
        fail(code, f"{value!r} is not {what}.", f"Use {what}.")


def _in_list(value: str, name: str, code: str, what: str) -> None:
    _one_of(value, code_list(name), code, what)


def _country_or_999(value: str) -> None:
    _one_of(
        value, code_list("country_numeric") | {"999"}, "not_iso3166_or_999", "an ISO 3166 numeric code or 999"
    )


def _iban(value: str) -> None:
    if len(value) < 4:
        fail("iban_too_short", f"IBAN {value!r} has {len(value)} characters.")
    if value[:2] not in code_list("country_alpha2"):
        fail("illegal_iban_country_code", f"IBAN {value!r} begins with {value[:2]}, which is no country.")
    if len(value) > 34:
        fail("iban_too_long", f"IBAN {value!r} has {len(value)} characters; 34 at most.")
    if len(value) <= 10:
        fail("iban_too_short", f"IBAN {value!r} has {len(value)} characters.")
    for place, character in enumerate(value, 1):
        if not (character.isascii() and (character.isdigit() or character.isupper())):
            fail("invalid_iban_character", f"{character!r} at place {place} cannot be in an IBAN.")
    if int("".join(str(int(c, 36)) for c in value[4:] + value[:4])) % 97 != 1:
        fail(
            "incorrect_iban_checksum",
            f"The check digits {value[2:4]} of IBAN {value} do not fit (ISO 13616).",
        )


def _importer_index(value: str) -> None:
    if len(value) != 1:
        fail("importer_idx_must_be_one_character", f"Importer index {value!r} must have one character.")
    _characters(value, SET64, "invalid_import_idx_character", "letters, digits, - and _")


def _degrees(value: str, name: str, greatest: int) -> None:
    if len(value) != 10:
        fail(f"{name}_invalid_length", f"The {name} {value!r} has {len(value)} characters; it must have 10.")
    digits(value)
    if int(value) > greatest:
        fail(f"invalid_{name}", f"The {name} {value} is above {greatest}.")


def _not_zero(value: str) -> None:
    digits(value)
    if not value.strip("0"):
        fail("illegal_zero_value", f"{value!r} must not be zero.")


def _no_zero_prefix(value: str) -> None:
    digits(value)
    if value.startswith("0"):
        fail("illegal_zero_prefix", f"{value!r} begins with 0.", "Leave out leading zeros.")


def _has_non_digit(value: str) -> None:
    if not value.strip("0123456789"):
        fail("requires_non_digit_character", f"{value!r} must have a character that is not a digit.")


def _percent_encoding(value: str) -> None:
    from zhiheng.knowledge.codes.charset import percent_sequences_complete

    if not percent_sequences_complete(value):
        fail(
            "invalid_percent_sequence",
            f"A percent sign in {value!r} is not followed by two hexadecimal digits.",
        )


def _piece_of_total(value: str) -> None:
    if len(value) % 2 or not value:
        fail(
            "invalid_length_for_piece_of_total",
            f"{value!r} has {len(value)} characters: not two equal halves.",
        )
    digits(value)
    half = len(value) // 2
    piece, total = int(value[:half]), int(value[half:])
    if not piece:
        fail("zero_piece_number", f"{value} says piece 0; pieces count from 1.")
    if not total:
        fail("zero_total_pieces", f"{value} says 0 pieces in all.")
    if piece > total:
        fail("piece_number_exceeds_total", f"{value} says piece {piece} of {total}.")


def _position_of_end(value: str) -> None:
    position, slash, end = value.partition("/")
    if not (slash and is_digits(position) and is_digits(end)):
        fail("position_in_sequence_malformed", f"{value!r} is not of the form 1/3.")
    if position[0] == "0" or end[0] == "0":
        fail("illegal_zero_prefix", f"{value!r} has a number that begins with 0.")
    if int(position) > int(end):
        fail("position_exceeds_end", f"{value!r}: {position} is above {end}.")


def _zero(value: str) -> None:
    if not value or value.strip("0"):
        fail("not_zero", f"{value!r} must be zero.")


def _coupon(value: str) -> None:
    from zhiheng.knowledge.codes.coupons import check_coupon

    check_coupon(value, partial(_company_prefix, skip=0))


def _offer(value: str) -> None:
    from zhiheng.knowledge.codes.coupons import check_positive_offer

    check_positive_offer(value)


#: General Specifications 3.8.9: 01 to 10 and 80 to 99 are given to media of medical products of human origin.
_MEDIA = frozenset(f"{n:02d}" for n in (*range(1, 11), *range(80, 100)))

LINTERS: dict[str, Check] = {
    "couponcode": _coupon,
    "couponposoffer": _offer,
    "cset39": partial(
        _characters, allowed=SET39, code="invalid_cset39_character", name="GS1 character set 39"
    ),
    "cset64": _base64url,
    "cset82": partial(
        _characters, allowed=SET82, code="invalid_cset82_character", name="GS1 character set 82"
    ),
    "csetnumeric": digits,
    "csum": _check_digit,
    "csumalpha": _check_pair,
    "gcppos1": partial(_company_prefix, skip=0),
    "gcppos2": partial(_company_prefix, skip=1),
    "hasnondigit": _has_non_digit,
    "hh": partial(_two_digits, name="hour", code="hour", limit=23),
    "hhmi": _hour_minute,
    "hyphen": partial(_one_of, allowed=frozenset("-"), code="not_hyphen", what="a hyphen"),
    "iban": _iban,
    "importeridx": _importer_index,
    "iso3166": partial(_in_list, name="country_numeric", code="not_iso3166", what="an ISO 3166 numeric code"),
    "iso3166999": _country_or_999,
    "iso3166alpha2": partial(
        _in_list, name="country_alpha2", code="not_iso3166_alpha2", what="an ISO 3166 two-letter code"
    ),
    "iso4217": partial(_in_list, name="currency", code="not_iso4217", what="an ISO 4217 numeric code"),
    "iso5218": partial(
        _one_of,
        allowed=frozenset("0129"),
        code="invalid_biological_sex_code",
        what="0, 1, 2 or 9 (ISO/IEC 5218)",
    ),
    "latitude": partial(_degrees, name="latitude", greatest=1_800_000_000),
    "longitude": partial(_degrees, name="longitude", greatest=3_600_000_000),
    "mediatype": partial(
        _one_of, allowed=_MEDIA, code="invalid_media_type", what="a media type 01-10 or 80-99"
    ),
    "mi": partial(_two_digits, name="minute", code="minute", limit=59),
    "nonzero": _not_zero,
    "nozeroprefix": _no_zero_prefix,
    "packagetype": partial(
        _in_list, name="package_type", code="invalid_package_type", what="a package type of UN/ECE Rec. 21"
    ),
    "pcenc": _percent_encoding,
    "pieceoftotal": _piece_of_total,
    "posinseqslash": _position_of_end,
    "ss": partial(_two_digits, name="second", code="second", limit=59),
    "winding": partial(
        _one_of, allowed=frozenset("0129"), code="invalid_winding_direction", what="0, 1, 2 or 9"
    ),
    "yesno": partial(_one_of, allowed=frozenset("01"), code="not_zero_or_one", what="0 (no) or 1 (yes)"),
    "yymmd0": partial(_year_month_day, year_digits=2, day_may_be_00=True),
    "yymmdd": partial(_year_month_day, year_digits=2, day_may_be_00=False),
    "yyyymmd0": partial(_year_month_day, year_digits=4, day_may_be_00=True),
    "yyyymmdd": partial(_year_month_day, year_digits=4, day_may_be_00=False),
    "zero": _zero,
}
