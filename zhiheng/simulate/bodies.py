"""Simulated recognitions of third-party bodies: valid ones, one that ends soon, one expired, one suspended.

They come in as an office's own would, under the contract ``recognitions``. Days are counted from today, so that there
is always one that ends soon; made once.
"""

import json
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from zhiheng.simulate.actors import make_uscc

Say = Callable[[str], None]
ISSUER = "广东省市场监督管理局（模拟）"
NUMBERS = 9_990_001
"""Where the numbers of the bodies that are only here begin: past those of any simulated province."""
MORE = (
    ("laboratory", "440106", "有限责任公司", "广州天河旧检（模拟）检验检测有限公司", "expired"),
    ("laboratory", "440305", "有限责任公司", "深圳南山暂停（模拟）检验检测有限公司", "suspended"),
    ("certifier", "440103", "有限责任公司", "广州荔湾（模拟）认证有限公司", "valid"),
    ("association", "440104", "社会团体", "广东省小家电行业协会（模拟）", "valid"),
)
"""Bodies that the simulated province lacks: kind, place, form, name, and how their recognition stands."""
SCOPES = {
    "laboratory": "食品、儿童用品、家用电器、农产品（模拟）", "certifier": "质量管理体系认证、强制性产品认证（模拟）",
    "association": "小家电行业的标准、自律和消费纠纷调解（模拟）",
}  # fmt: skip


def days(state: str, today: date) -> tuple[date, date]:
    """From when until when a recognition is valid that stands so today; six years, as the Measures have it."""
    left = {"expired": -40, "expiring": 60}.get(state, 900)
    until = today + timedelta(days=left)
    return until - timedelta(days=6 * 365), until


def prepare(say: Say) -> None:
    """Register the bodies and their recognitions, unless they are there."""
    from django.utils import timezone

    from zhiheng.core.accounts.models import User
    from zhiheng.core.registry.models import Designation, Organisation

    before, today = time.monotonic(), timezone.localdate()
    if Designation.objects.filter(kind=Designation.Kind.LABORATORY, issuer=ISSUER).exists():
        return
    province = User.objects.filter(username="demo-province").first()
    labs = list(Organisation.objects.filter(kinds__contains=" laboratory ", merged_into=None).order_by("pk"))
    if province is None:
        return
    known = [
        ("laboratory", one.uscc, one.name, "expiring" if place == 2 else "valid")
        for place, one in enumerate(labs)
    ]
    new = [
        (
            kind,
            make_uscc("51" if kind == "association" else "91", region, NUMBERS + n),
            region,
            form,
            name,
            state,
        )
        for n, (kind, region, form, name, state) in enumerate(MORE)
    ]
    _send(
        province, "organisations",
        (
            {"uscc": code, "name": name, "region": region, "org_type": form, "kinds": kind, "status": "active"}
            for kind, code, region, form, name, _state in new
        ),
    )  # fmt: skip
    every = known + [(kind, code, name, state) for kind, code, _region, _form, name, state in new]
    done = _send(province, "recognitions", _rows(every, today))
    say(f"{done} simulated recognitions of third-party bodies ({time.monotonic() - before:.1f} s)")


def _rows(bodies: list[tuple[str, str, str, str]], today: date) -> Iterator[dict[str, Any]]:
    for n, (kind, code, name, state) in enumerate(bodies, 1):
        begins, ends = days(state, today)
        number = f"模拟{begins:%Y}{n:06d}"
        yield {
            "uscc": code, "body": kind, "lab": name, "scope": SCOPES[kind], "cert_no": number, "issuer": ISSUER,
            "issued_on": begins.isoformat(), "valid_to": ends.isoformat(),
            "mark": f"CMA {number}" if kind == "laboratory" else "",
            "status": "suspended" if state == "suspended" else "valid",
        }  # fmt: skip


def _send(actor: Any, contract: str, rows: Iterator[dict[str, Any]]) -> int:
    """Send rows through the exchange and work through them here; how many were taken."""
    from django.utils import timezone

    from zhiheng.core.exchange.actions import submit
    from zhiheng.core.jobs.runner import run_now

    lines = (f"{json.dumps(row, ensure_ascii=False)}\n".encode() for row in rows)
    job = submit(
        actor,
        contract,
        lines,
        f"bodies-{contract}.jsonl",
        "application/x-ndjson",
        False,
        timezone.localdate(),
    )
    done = run_now(job)
    if done.rejected or done.error:
        raise RuntimeError(f"simulated {contract}: {done.rejected} rejected, {done.error}")
    return done.accepted
