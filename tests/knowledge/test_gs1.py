from __future__ import annotations

import csv
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean

from tests.shared import shared
from zhiheng.knowledge.codes import ai_table, gs1
from zhiheng.knowledge.codes.errors import CodeError


@given(st.text(alphabet="0123456789", min_size=1, max_size=40))
def test_the_check_digit_agrees_with_another_implementation(body: str) -> None:
    assert gs1.check_digit(body) == ean.calc_check_digit(body)


@given(st.text(alphabet="0123456789", min_size=1, max_size=17), st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(body: str, place: int, more: int) -> None:
    number = body + gs1.check_digit(body)
    place %= len(number)
    wrong = number[:place] + str((int(number[place]) + more) % 10) + number[place + 1 :]
    assert gs1.has_check_digit(number)
    assert not gs1.has_check_digit(wrong)


@pytest.mark.parametrize("digits", ["96385074", "036000291452", "4006381333931", "14006381333938"])
def test_all_lengths_of_a_gtin_come_out_in_fourteen_digits(digits: str) -> None:
    assert gs1.gtin(digits) == digits.zfill(14)
    assert digits in gs1.gtin_forms(gs1.gtin(digits)).values()


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("gtin", "4006381333932", "check_digit"),
        ("gtin", "400638133393", "check_digit"),
        ("gtin", "12345", "gtin_length"),
        ("gtin", "400638133393a", "gtin_length"),
        ("gtin", "0400638133393a", "character"),
        ("sscc", "34012345311111111", "sscc_length"),
        ("sscc", "340123453111111116", "check_digit"),
        ("gln", "4226350800009", "check_digit"),
        ("grai", "13870585000552987", "grai_zero"),
        ("giai", "ABC", "giai_prefix"),
        ("gcn", "0811625999996A", "character"),
        ("itip", "040123451234560302", "itip_pieces"),
        ("gmn", "1987654Ad4X4bL5ttr2310c2X", "check_pair"),
        ("cpi", "4012345abc", "character"),
    ],
)
def test_a_wrong_key_is_refused_with_a_reason(kind: str, value: str, code: str) -> None:
    with pytest.raises(CodeError) as wrong:
        gs1.key(kind, value)
    assert wrong.value.code == code
    assert wrong.value.remedy


def test_price_check_digits_of_the_general_specifications() -> None:
    assert gs1.price_check_digit("2875") == "9"
    assert gs1.price_check_digit("14685") == "6"


def test_the_check_pair_of_a_gmn() -> None:
    assert gs1.check_pair("1987654Ad4X4bL5ttr2310c") == "2K"
    assert gs1.key("gmn", "1987654Ad4X4bL5ttr2310c2K")


def test_no_application_identifier_begins_another() -> None:
    ais = set(ai_table.table())
    assert len(ais) > 500
    assert [ai for ai in ais if any(ai[:n] in ais for n in range(2, len(ai)))] == []


def test_every_check_of_the_table_exists_and_only_the_last_part_varies() -> None:
    for known in ai_table.table().values():
        for part in known.parts:
            assert set(part.linters) <= set(gs1.LINTERS)
        assert not any(part.variable for part in known.parts[:-1])
        assert not (known.fixed and any(part.variable or part.optional for part in known.parts))


@pytest.mark.oracle
def test_chinese_retail_numbers_but_the_flagged_one_have_right_check_digits() -> None:
    with gzip.open(shared("data/real/gtin/openfoodfacts_cn_69.csv.gz"), "rt", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        column = next(
            name for name in reader.fieldnames or [] if name.lower() in ("barcode", "gtin", "code", "gtin13")
        )
        numbers = [row[column] for row in reader]
    assert len(numbers) > 1000
    assert len([number for number in numbers if not gs1.has_check_digit(number)]) <= 1
