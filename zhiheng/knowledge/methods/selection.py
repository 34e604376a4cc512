"""Selecting with probabilities that can be stated: RFC 3797, proportional to size, systematic.

Everything that decides is an integer and every probability a fraction: two machines cannot come to different draws.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, pairwise

Exact = int | str | Decimal | Fraction


def rfc3797(key: str, pool: int, n: int) -> list[int]:
    """The first ``n`` numbers drawn from 1..``pool`` without replacement by RFC 3797, in the order drawn.

    ``key`` is the canonical text of the public random values as section 4.1 of the RFC writes it, for example
    ``"9319./2.5.8.10.12./9.18.26.34.41.45./"``. Published nominating committees and agencies draw like this; the
    house's own draw is ``draw.select``. ValueError when ``n`` is not within 0..``pool``, or ``pool`` beyond 65,536.
    """
    if not 0 <= n <= pool <= 65536:
        raise ValueError(f"cannot draw {n} of {pool}")
    left = list(range(1, pool + 1))
    drawn = []
    for turn in range(n):
        count = turn.to_bytes(2, "big")
        digest = hashlib.md5(count + key.encode("ascii") + count, usedforsecurity=False).digest()
        drawn.append(left.pop(int.from_bytes(digest, "big") % len(left)))
    return drawn


def certain(sizes: Sequence[int], n: int) -> tuple[list[int], int]:
    """The places of the certainty units among ``sizes``, and how many remain to be drawn from the others.

    A unit is certain when ``n * size >= total``. It is taken out, ``n`` and the total shrink, and the others are
    looked at again until nobody is certain any more. Sizes are at least 1; ValueError otherwise, or when ``n`` is
    not within 0..len(sizes).
    """
    if not 0 <= n <= len(sizes):
        raise ValueError(f"cannot draw {n} of {len(sizes)}")
    if any(size < 1 for size in sizes):
        raise ValueError("every size is at least 1")
    taken: list[int] = []
    rest = list(range(len(sizes)))
    while n:
        total = sum(sizes[place] for place in rest)
        now = [place for place in rest if n * sizes[place] >= total]
        if not now:
            break
        taken += now
        rest = [place for place in rest if n * sizes[place] < total]
        n -= len(now)
    return sorted(taken), n


def inclusion_probabilities(sizes: Sequence[int], n: int) -> list[Fraction]:
    """Probabilities proportional to integer ``sizes``, certainty units at 1; they sum to ``n`` exactly.

    Source: Tillé, Sampling Algorithms (2006), section 2.10.
    """
    taken, remaining = certain(sizes, n)
    sure = set(taken)
    total = sum(size for place, size in enumerate(sizes) if place not in sure)
    return [
        Fraction(1) if place in sure else Fraction(remaining * size, total)
        for place, size in enumerate(sizes)
    ]


def systematic(sizes: Sequence[int], n: int, start: int) -> list[int]:
    """The places that a systematic draw of ``n`` takes, with no certainty units among ``sizes``.

    The units lie end to end in the given order, each ``n * size`` long; the points ``start``, ``start + total``,
    ``start + 2 * total`` … each take the unit they fall into, an interval holding its beginning and not its end.
    With ``start`` uniform on 0..total-1 a unit is taken with probability ``n * size / total`` exactly. ValueError
    when a unit is longer than a step, or ``start`` outside a step.
    """
    total = sum(sizes)
    if not 0 <= start < max(total, 1) or any(n * size > total for size in sizes):
        raise ValueError("a systematic draw wants 0 <= start < total and n * size <= total")
    taken = []
    point, end = start, 0
    for place, size in enumerate(sizes):
        end += n * size
        if point < end:
            taken.append(place)
            point += total
    return taken


def systematic_joint(sizes: Sequence[int], n: int) -> list[list[Fraction]]:
    """Joint inclusion probabilities of ``systematic`` in the given order; inclusion probabilities in the diagonal.

    The start of the draw matters only between the ends of the units counted modulo the step, so each such piece is
    drawn once. Certainty units must have been taken out. Shape (len(sizes), len(sizes)).
    """
    total = sum(sizes)
    ends = accumulate(n * size for size in sizes)
    cuts = sorted({0, total, *(end % total for end in ends)})
    joint = [[Fraction(0)] * len(sizes) for _ in sizes]
    for begin, end in pairwise(cuts):
        drawn = systematic(sizes, n, begin)
        for one in drawn:
            for other in drawn:
                joint[one][other] += Fraction(end - begin, total)
    return joint


def risk_size(base: int, *weights: Exact) -> int:
    """A candidate's size for the draw: ``base`` times every weight, rounded half up, at least 1.

    ``base`` is a whole number of what makes it big (batches, turnover in 10,000 yuan …); weights are exact:
    whole numbers, fractions, decimals, or texts such as ``"1.5"``; a float is refused, for it is not what was
    written. A weight of 0 or less is refused: who must not be drawn is excluded, with a reason.
    """
    size = Fraction(base)
    for weight in weights:
        if isinstance(weight, float):
            raise TypeError(f"write the weight {weight} as a text or a Decimal")
        exact = Fraction(weight)
        if exact <= 0:
            raise ValueError(f"a weight is above 0, not {weight}")
        size *= exact
    if size < 0:
        raise ValueError(f"a size is not below 0: {base}")
    return max(1, (2 * size.numerator + size.denominator) // (2 * size.denominator))
