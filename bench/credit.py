"""Credit with very many organisations: their risk classes in one run, one file, the public list, over HTTP.

Facts are written in bulk here, a few for each organisation as a province has them; nothing but their number is unusual.
"""

import json
import os
import random
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhiheng.settings")
django.setup()

BATCH = 5_000
KINDS = (
    ("check_passed", 0.50), ("check_failed", 0.04), ("penalty", 0.05), ("complaint_upheld", 0.02), ("recall", 0.005),
    ("commitment", 0.10), ("abnormal", 0.02), ("not_rectified", 0.004), ("serious", 0.001),
)  # fmt: skip
"""How many facts of each kind an organisation has on average."""


def setup() -> dict[str, Any]:
    """An officer of the province with a session."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.core.management import call_command

    from zhiheng.core.accounts.models import User

    call_command("migrate", interactive=False, verbosity=0)
    user = User.objects.create_user("bench", role="province", region="440000")
    User.objects.filter(pk=user.pk).update(is_demo=True)
    user.refresh_from_db()
    session = SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session["demo_sign_in"] = True
    session.create()
    return {"session": session.session_key}


def fill(size: str) -> dict[str, Any]:
    """Organisations with their facts until there are so many; ten of them by their codes."""
    from django.db import connection, transaction

    from zhiheng.core.facts.models import Fact
    from zhiheng.core.registry.models import Designation, Organisation
    from zhiheng.core.ui import dates
    from zhiheng.knowledge.codes.regions import GUANGDONG_CITIES, counties_of
    from zhiheng.simulate.actors import make_uscc

    have, today = Organisation.objects.count(), dates.today()
    chance = random.Random(have + 7)
    regions = [county.code for city in GUANGDONG_CITIES for county in counties_of(city.code)]
    while have < int(size):
        firms = [
            Organisation(
                uscc=make_uscc("91", region, n),
                name=f"模拟企业{n}有限公司",
                region=region,
                kinds=" producer ",
            )
            for n in range(have, min(have + BATCH, int(size)))
            for region in [chance.choice(regions)]
        ]
        with transaction.atomic():
            Organisation.objects.bulk_create(firms, batch_size=2000)
            facts = []
            for firm in firms:
                for kind, rate in KINDS:
                    number = int(rate) + (chance.random() < rate % 1)
                    for _ in range(number):
                        ago = chance.randrange(1, 1200)
                        shown = kind in ("check_failed", "penalty", "abnormal", "serious") and ago < 300
                        first = today - timedelta(days=ago)
                        facts.append(
                            Fact(
                                organisation=firm, kind=kind, on=first, title="模拟事由", source="模拟机关",
                                basis="模拟依据",
                                reference=f"sample:{firm.uscc}-{kind}-{ago}", region=firm.region,
                                details={"kinds": ["fine"], "tier": "minor"} if kind == "penalty" else {},
                                public_from=first if shown else None,
                                public_until=first + timedelta(days=365) if shown else None,
                            )
                        )  # fmt: skip
            Fact.objects.bulk_create(facts, batch_size=2000)
            Designation.objects.bulk_create(
                [
                    Designation(
                        organisation=firm, kind="licence", title="食品生产许可证", number=f"SC{firm.uscc}",
                        issuer="模拟机关",
                        issued_on=today - timedelta(days=500), valid_until=today + timedelta(days=1000),
                    )
                    for firm in firms if chance.random() < 0.3
                ],
                batch_size=2000,
            )  # fmt: skip
        have += len(firms)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    every = max(1, have // 40)
    codes = list(Organisation.objects.order_by("pk").values_list("uscc", flat=True)[::every])[:40]
    return {"organisations": have, "facts": Fact.objects.count(), "codes": codes}


def classes(days: str = "0") -> dict[str, Any]:
    """Compute all classes, as of so many days from today; seconds and the memory of its own at the end."""
    from zhiheng.core.ui import dates
    from zhiheng.systems.credit.classes import run_all

    started = time.perf_counter()
    run = run_all(None, dates.today() + timedelta(days=int(days)))
    return {
        "seconds": round(time.perf_counter() - started, 2), "organisations": run.organisations, "classes": run.counts,
        "changed": run.changed, "psi": run.psi,
        "MiB": own_memory(),
    }  # fmt: skip


def own_memory() -> int:
    """Memory of this process that is its own, MiB; pages of the database file that are mapped belong to the kernel."""
    status = Path("/proc/self/status").read_text().splitlines()
    return round(int(next(line for line in status if line.startswith("RssAnon:")).split()[1]) / 1024)


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))
