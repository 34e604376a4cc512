"""What ends with a publication: registered by whoever shows the same elsewhere, so that it is gone there too.

An effect runs in the transaction that ends the publication, whoever ends it: a step of a case, or a person at the desk.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zhiheng.core.accounts.models import User
    from zhiheng.core.disclosure.models import Disclosure

Ended = Callable[["User | None", "Disclosure", str], None]
_ended: list[Ended] = []


def on_ended(function: Ended) -> Ended:
    """Register what happens when a publication was ended; it gets who ended it, the publication and the reason."""
    _ended.append(function)
    return function


def ended(actor: "User | None", disclosure: "Disclosure", why: str) -> None:
    """Tell whoever asked that something is public no more."""
    for function in _ended:
        function(actor, disclosure, why)
