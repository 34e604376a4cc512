"""Pure decisions of the link with criminal justice."""

import re
from collections.abc import Collection

JUSTICE = ("police", "procurator")
"""The authorities outside that a case is handed to."""
OPEN_FOR_ENCLOSING = frozenset(
    {"found", "team", "reported", "approved", "handed", "misdirected", "reviewing", "not_filed", "reconsidering",
     "upheld", "supervising", "demanded", "filed"}
)  # fmt: skip
"""States in which something may still be put with what is handed over: until the goods and files have gone."""
BEFORE_HANDING = frozenset({"found", "team", "reported", "approved"})
"""States in which nobody outside has seen anything yet, so that something may be taken out again."""
BACK = frozenset({"refused", "returned"})
"""How a transfer ends when the office handles the matter itself again (CRM-009)."""
WITH_POLICE = frozenset({"filed", "goods_handed", "concluded"})
"""States in which the police have opened a case."""
AWAITS = {
    "found": "officer", "team": "officer", "reported": "officer", "approved": "officer", "handed": "police",
    "misdirected": "police", "reviewing": "police", "filed": "officer", "not_filed": "officer",
    "reconsidering": "police", "upheld": "officer", "supervising": "procurator", "demanded": "police",
    "goods_handed": "police",
}  # fmt: skip
"""Who has to act next in each state that is not the end."""


def names(text: str) -> list[str]:
    """The different people named in a line: parted by commas, 、 or spaces."""
    found = [one for one in re.split(r"[\s,，、;；]+", text.strip()) if one]
    return list(dict.fromkeys(found))


def awaited(role: str) -> list[str]:
    """The states in which a role has to act next."""
    return [state for state, who in AWAITS.items() if who == role]


def may_enclose(sees: Collection[str], party: str, secret: Collection[str], step: str) -> bool:
    """Whether something of the penalty case may go along: nothing from or for a secret party (a reporter), and no
    internal note. ``party`` is who it came from, ``step`` the step it came with."""
    return party not in secret and not set(sees) & set(secret) and step != "_noted"


CLOCKS_OF_POLICE = frozenset({"forward", "review", "reconsider"})
"""The limits that bind the police; the others bind the office that hands over."""
