"""North American coupon codes: application identifiers 8110 and 8112 (GS1 General Specifications 3.9).

They are of no use in this province, but a label may carry them, and the table of identifiers names them.
Both are digits in which a length indicator precedes every field of variable length.
"""

from __future__ import annotations

from collections.abc import Callable

from zhiheng.knowledge.codes.errors import CodeError


class _Reader:
    """Takes fields off the front of a coupon code and complains about them by name."""

    def __init__(self, text: str) -> None:
        from zhiheng.knowledge.codes.linters import digits

        digits(text)
        self.text = text
        self.at = 0

    def fail(self, code: str) -> CodeError:
        what = code.replace("_", " ")
        return CodeError(f"coupon_{code}", f"Coupon code {self.text!r}, place {self.at + 1}: {what}.")

    def take(self, length: int, missing: str) -> str:
        field = self.text[self.at : self.at + length]
        if len(field) < length:
            raise self.fail(missing)
        self.at += length
        return field

    def variable(self, name: str, indicators: str, more: int = 0, none: str = "") -> str:
        """A field after its length indicator; ``more`` is added to the indicator, ``none`` means no field."""
        indicator = self.take(1, f"missing_{name}_vli")
        if indicator not in indicators + none:
            self.at -= 1
            raise self.fail(f"invalid_{name}_length")
        return self.take(0 if indicator == none else int(indicator) + more, f"truncated_{name}")

    def one(self, name: str, allowed: str) -> str:
        code = self.take(1, f"missing_{name}")
        if code not in allowed:
            self.at -= 1
            raise self.fail(f"invalid_{name}")
        return code

    def date(self, name: str) -> str:
        from zhiheng.knowledge.codes.linters import LINTERS

        value = self.take(6, f"too_short_for_{name}_date")
        try:
            LINTERS["yymmdd"](value)
        except CodeError as error:
            self.at -= 6
            raise self.fail(f"invalid_{name}_date") from error
        return value

    def purchase(self, nth: str) -> None:
        self.variable(f"{nth}_purchase_requirement", "12345")
        self.one(f"{nth}_purchase_requirement_code", "012349")
        self.take(3, f"truncated_{nth}_purchase_family_code")

    def option(self, number: str) -> bool:
        if self.text[self.at : self.at + 1] == number:
            self.at += 1
            return True
        return False

    def end(self) -> None:
        if self.at < len(self.text):
            raise self.fail("excess_data")


def check_coupon(text: str, company_prefix: Callable[[str], None]) -> None:
    """A coupon code of (8110)."""
    reader = _Reader(text)
    company_prefix(reader.variable("gcp", "0123456", 6))
    reader.take(6, "truncated_offer_code")
    reader.variable("save_value", "12345")
    reader.purchase("1st")
    if reader.option("1"):
        reader.one("additional_purchase_rules_code", "0123")
        reader.purchase("2nd")
        _other_prefix(reader.variable("2nd_purchase_gcp", "0123456", 6, none="9"), company_prefix)
    if reader.option("2"):
        reader.purchase("3rd")
        _other_prefix(reader.variable("3rd_purchase_gcp", "0123456", 6, none="9"), company_prefix)
    expires = reader.date("expiration") if reader.option("3") else ""
    if reader.option("4"):
        starts = reader.date("start")
        if expires and expires < starts:
            raise reader.fail("expiration_before_start")
    if reader.option("5"):
        reader.variable("serial_number", "0123456789", 6)
    if reader.option("6"):
        company_prefix(reader.variable("retailer_gcp_or_gln", "1234567", 6))
    if reader.option("9"):
        reader.one("save_value_code", "01256")
        reader.one("save_value_applies_to_item", "012")
        reader.take(1, "missing_store_coupon_flag")
        reader.one("dont_multiply_flag", "01")
    reader.end()


def check_positive_offer(text: str) -> None:
    """A positive offer file coupon of (8112)."""
    reader = _Reader(text)
    reader.one("format_code", "01")
    reader.variable("funder", "0123456", 6)
    reader.take(6, "truncated_offer_code")
    reader.variable("serial_number", "0123456789", 6)
    reader.end()


def _other_prefix(value: str, company_prefix: Callable[[str], None]) -> None:
    if value:
        company_prefix(value)
