"""Where what follows a check stands, in a few words for all procedures alike."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

STAGES: Mapping[str, tuple[Promise | str, frozenset[str]]] = {
    "testing": (_("送检和检验"), frozenset({"sampled", "testing", "concluded_pass", "concluded_fail"})),
    "to_tell": (_("待告知结果"), frozenset({"passed", "failed"})),
    "window": (_("异议期内"), frozenset({"told_pass", "told_fail"})),
    "objection": (
        _("异议和复检"),
        frozenset(
            {
                "objected", "applied", "completing", "accepted", "agreed", "formal", "fixed", "retesting",
                "retested_pass", "retested_fail",
            }
        ),
    ),
    "final": (_("结论生效"), frozenset({"to_return", "final", "disposed", "overturned"})),
    "rectify": (_("改正和复查"), frozenset({"ordered", "reported"})),
    "announce": (_("上报和公告"), frozenset({"to_announce", "reported_up", "announced"})),
    "suspend": (
        _("停业整顿和吊销"), frozenset({"to_suspend", "suspended", "suspending", "to_revoke", "warned"})
    ),
}  # fmt: skip
"""A stage, its words, and the states of the procedures that are in it; a refusal counts with what is done about it."""
SHOWN_BEFORE_TOLD = frozenset({"sampled", "testing", "concluded_pass", "concluded_fail", "passed", "failed"})
"""States of a check in which nobody outside office and laboratory knows the result."""
