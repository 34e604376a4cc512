"""How an entry is hashed: pure functions, so that anybody can recompute the chain from an export."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

GENESIS = "0" * 64


def clean(text: str) -> str:
    """A text that every database stores as it is: no NUL, no lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def canonical(value: Any) -> str:
    """Canonical JSON: sorted keys, no spaces; what JSON does not know (dates, decimals) as its text."""
    return clean(json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str))


def entry_hash(
    *,
    seq: int,
    at: datetime,
    actor_id: int | None,
    actor_name: str,
    action: str,
    subject: str,
    detail_json: str,
    look: bool,
    previous_hash: str,
) -> str:
    """SHA-256 over the fields and the previous entry's hash."""
    text = canonical(
        [
            seq,
            at.astimezone(UTC).isoformat(timespec="microseconds"),
            actor_id,
            actor_name,
            action,
            subject,
            detail_json,
            look,
            previous_hash,
        ]
    )
    return hashlib.sha256(text.encode()).hexdigest()
