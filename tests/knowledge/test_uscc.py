from __future__ import annotations

import csv
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shared import shared
from zhiheng.knowledge.codes import uscc
from zhiheng.knowledge.codes.errors import CodeError


def test_the_published_pair_of_a_valid_and_an_invalid_code() -> None:
    assert uscc.validate("91350100M000100Y43") == "91350100M000100Y43"
    assert uscc.make("91350100M000100Y4") == "91350100M000100Y43"
    assert uscc.check_character("91350100M000100Y4") == "3"
    with pytest.raises(CodeError) as wrong:
        uscc.validate("91350100M000100Y4Z")
    assert wrong.value.code == "uscc_character"
    assert "place 18" in wrong.value.message


def test_a_wrong_check_character_is_named_with_the_right_one() -> None:
    with pytest.raises(CodeError) as wrong:
        uscc.validate("91350100M000100Y44")
    assert wrong.value.code == "uscc_check_character"
    assert "call for 3" in wrong.value.message
    assert wrong.value.remedy


@pytest.mark.parametrize(
    "written",
    [
        "91350100m000100y43",
        " 9135 0100 M000 100Y 43",
        "91350100-M000100Y4-3",
        "９１３５０１００Ｍ０００１００Ｙ４３",
    ],
)
def test_case_spaces_hyphens_and_full_width_do_not_make_it_wrong(written: str) -> None:
    assert uscc.validate(written) == "91350100M000100Y43"


def test_seventeen_zeros_and_x_is_a_placeholder_and_no_code() -> None:
    assert uscc.is_placeholder("00000000000000000x")
    with pytest.raises(CodeError) as wrong:
        uscc.validate("0" * 17 + "X")
    assert wrong.value.code == "uscc_placeholder"


@pytest.mark.parametrize("text", ["", "9", "91350100M000100Y4", "91350100M000100Y433"])
def test_a_wrong_length_is_refused(text: str) -> None:
    with pytest.raises(CodeError) as wrong:
        uscc.validate(text)
    assert wrong.value.code == "uscc_length"


@pytest.mark.oracle
def test_every_code_of_the_public_register_is_valid() -> None:
    path = shared("data/real/companies/guangdong_enterprises.csv.gz")
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
        codes = [row["统一社会信用代码"] for row in csv.DictReader(file)]
    assert len(codes) > 9000
    assert [code for code in codes if not uscc.is_valid(code)] == []


@given(
    st.text(alphabet=uscc.ALPHABET, min_size=17, max_size=17),
    st.integers(0, 17),
    st.sampled_from(uscc.ALPHABET),
)
def test_one_mistyped_character_is_always_found(first17: str, place: int, other: str) -> None:
    code = uscc.make(first17)
    mistyped = code[:place] + other + code[place + 1 :]
    assert uscc.is_valid(mistyped) == (mistyped == code)
