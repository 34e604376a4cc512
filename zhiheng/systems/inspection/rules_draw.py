"""What a draw is made of besides the method itself: numbers in place of names, the reserve, when its file is public.

docs/inspection.md says it for readers; docs/draw.md says the draw.
"""

import hmac
from collections.abc import Mapping, Sequence
from datetime import date

from zhiheng.knowledge.methods.draw import below, digest

PER_SUBJECT = 2
"""SAMR-18 Art. 16, SAMR-15 Art. 14: not fewer than two."""
DIGITS = 32


def nonce_of(secret: str, uscc: str) -> str:
    """What is told to a firm so that it can show that a number is its own, and nobody can guess whose it is."""
    return hmac.new(secret.encode(), uscc.encode(), "sha256").hexdigest()[:DIGITS]


def number_of(uscc: str, nonce: str) -> str:
    """The number under which somebody stands in the draw file: SHA-256 of code and nonce, each with a line feed."""
    return digest(uscc, nonce)[:DIGITS]


def reserve(stratum: str, sizes: Mapping[str, int], seed: str, turn: int) -> str | None:
    """Who replaces the ``turn``-th one (1, 2, …) of a stratum that cannot be checked; None when nobody is left.

    ``sizes`` are those neither drawn nor taken as a replacement before. They lie in the draw's random order, each as
    long as it is large; a point that follows from the seed falls into one of them: the chance is proportional to size.
    """
    if not sizes:
        return None
    order = sorted(sizes, key=lambda one: (digest(seed, "order", stratum, one), one))
    point = below(sum(sizes.values()), seed, "reserve", stratum, str(turn))
    for one in order:
        point -= sizes[one]
        if point < 0:
            return one
    raise AssertionError("a point below the sum falls into somebody")


def replacements(keep: Sequence[str], able: Mapping[str, int], wanted: int = PER_SUBJECT) -> list[str]:
    """Inspectors for a task: those of ``keep`` who may go, then those with the least to do, ties by number."""
    found = [one for one in keep if one in able][:wanted]
    others = sorted((one for one in able if one not in found), key=lambda one: (able[one], int(one)))
    return found + others[: wanted - len(found)]


def file_is_public(drawn: bool, open_tasks: bool, ends_on: date, today: date) -> bool:
    """Whether the whole file may be read by everybody: not before the visits, of which nobody is told in advance."""
    return drawn and (not open_tasks or today > ends_on)
