"""What may be published, and whether something is public: pure decisions."""

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zhiheng.core.disclosure.models import Disclosure

KINDS = ("organisation", "product", "trace", "notice")
"""What somebody may decide to publish by hand; what a statute orders to publish comes from a case's step."""


def state(disclosure: "Disclosure", now: datetime) -> str:
    """``public``, ``hidden`` for a time, ``withdrawn``, ``before`` or ``after`` its time."""
    if disclosure.withdrawn_at is not None and disclosure.withdrawn_at <= now:
        return "withdrawn"
    if now < disclosure.published_from:
        return "before"
    if disclosure.published_until is not None and disclosure.published_until <= now:
        return "after"
    return "hidden" if disclosure.hidden else "public"


def canonical_subject(kind: str, subject: str) -> str | None:
    """The one spelling of a subject's key, or None when it does not belong to the kind."""
    subject = subject.strip()
    if kind == "notice":
        return subject if subject.startswith("notice:") and len(subject) > len("notice:") else None
    prefix, _colon, key = subject.partition(":")
    if prefix != kind or not key:
        return None
    if kind == "organisation":
        return f"organisation:{key.upper()}"
    if not (key.isascii() and key.isdigit() and len(key) in (8, 12, 13, 14)):
        return None
    return f"{kind}:{key.zfill(14)}"
