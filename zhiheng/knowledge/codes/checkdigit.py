"""Check digits of the GS1 system (GS1 General Specifications 7.9): modulo 10, price digits, the GMN pair."""

from __future__ import annotations

from zhiheng.knowledge.codes.charset import SET82, is_digits
from zhiheng.knowledge.codes.errors import CodeError, quoted

# 7.9.5: the alphabet of the check pair leaves out letters and digits that look alike.
_PAIR_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_SET82_VALUE = {c: i for i, c in enumerate(sorted(SET82))}
_PRIMES = tuple(n for n in range(2, 510) if all(n % d for d in range(2, int(n**0.5) + 1)))


def check_digit(body: str) -> str:
    """The modulo 10 digit after ``body``: weights 3, 1, 3, 1 … from the right (7.9.1)."""
    octets = body.encode("ascii")
    total = (
        3 * sum(octets[::-2]) + sum(octets[-2::-2]) - 48 * (3 * ((len(octets) + 1) // 2) + len(octets) // 2)
    )
    return str(-total % 10)


def has_check_digit(number: str) -> bool:
    """Whether the last digit of ``number`` is the check digit of those before it."""
    return is_digits(number) and len(number) > 1 and check_digit(number[:-1]) == number[-1]


def require_check_digit(number: str, what: str) -> None:
    """Raise unless ``number`` (digits) ends in its check digit."""
    expected = check_digit(number[:-1])
    if number[-1] != expected:
        raise CodeError(
            "check_digit",
            "The check digit of {what} {number} at place {at} is {digit}; it should be {expected}.",
            "Compare the digits with the label; one of them was mistyped, or the code was made up.",
            values={
                "what": what,
                "number": number,
                "at": str(len(number)),
                "digit": number[-1],
                "expected": expected,
            },
        )


def check_pair(body: str) -> str:
    """The two check characters of a GMN (7.9.5): primes as weights from the right, modulo 1021."""
    if len(body) > len(_PRIMES):
        raise CodeError(
            "length",
            "A check pair covers at most {limit} characters; this has {count}.",
            values={"limit": str(len(_PRIMES)), "count": str(len(body))},
        )
    try:
        total = sum(_SET82_VALUE[c] * w for c, w in zip(reversed(body), _PRIMES, strict=False)) % 1021
    except KeyError as unknown:
        raise CodeError(
            "character",
            "{character} is not in the GS1 character set 82.",
            values={"character": quoted(unknown.args[0])},
        ) from None
    return _PAIR_ALPHABET[total >> 5] + _PAIR_ALPHABET[total & 31]


# 7.9.2 to 7.9.4: weighting factors for price and weight fields in variable-measure numbers.
def _two_minus(digit: int) -> int:
    product = 2 * digit
    return (product - product // 10) % 10


def _three(digit: int) -> int:
    return 3 * digit % 10


def _five_minus(digit: int) -> int:
    product = 5 * digit
    return (product - product // 10) % 10


def _five_plus(digit: int) -> int:
    product = 5 * digit
    return (product + product // 10) % 10


def price_check_digit(price: str) -> str:
    """The check digit of a four- or five-digit price or weight field (7.9.3 and 7.9.4).

    Four digits: weights 2-, 2-, 3, 5-, the units of three times the sum. Five digits: weights 5+, 2-, 5-,
    5+, 2-, and the digit whose 5- product is ten less the units of the sum.
    """
    if not is_digits(price) or len(price) not in (4, 5):
        raise CodeError(
            "length",
            "A price field has four or five digits; {price} has not.",
            values={"price": quoted(price)},
        )
    d = [int(c) for c in price]
    if len(d) == 4:
        total = _two_minus(d[0]) + _two_minus(d[1]) + _three(d[2]) + _five_minus(d[3])
        return str(3 * total % 10)
    total = _five_plus(d[0]) + _two_minus(d[1]) + _five_minus(d[2]) + _five_plus(d[3]) + _two_minus(d[4])
    wanted = -total % 10
    return next(str(c) for c in range(10) if _five_minus(c) == wanted)
