"""The workbench with very many open cases: my day, the list and a search, over HTTP as an officer meets them.

Cases are written in bulk here, with the clocks the law gives them; nothing but their number is unusual.
"""

import json
import os
import random
import sys
from datetime import timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhiheng.settings")
django.setup()

OFFICE, PER_OFFICE = "440106", 20
GOODS = ("饼干", "奶粉", "电饭煲", "儿童玩具", "电动车", "口红", "降压药", "大米", "插座", "羽绒服")
WRONG = ("有异味", "超过保质期", "无法使用", "标签不符", "有裂纹", "导致过敏", "少斤缺两", "漏电")
BATCH = 5_000


def setup() -> dict[str, Any]:
    """Officers of every office; the one who asks, with a session."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.core.management import call_command

    from zhiheng.core.accounts.models import User
    from zhiheng.core.cases.forms import office_codes

    call_command("migrate", interactive=False, verbosity=0)
    counties = [code for code in office_codes() if not code.endswith("00")]
    User.objects.bulk_create(
        User(username=f"{code}-{n}", role="county", region=code, is_demo=True)
        for code in counties for n in range(PER_OFFICE)
    )  # fmt: skip
    user = User.objects.get(username=f"{OFFICE}-0")
    session = SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session["demo_sign_in"] = True
    session.create()
    return {"session": session.session_key, "offices": len(counties)}


def fill(size: str) -> dict[str, Any]:
    """Open cases until there are so many."""
    from django.db import connection, transaction
    from django.utils import timezone

    from zhiheng.core import search
    from zhiheng.core.accounts.models import User
    from zhiheng.core.cases import offices
    from zhiheng.core.cases.models import Case, Clock
    from zhiheng.knowledge.law.calendar import Calendar
    from zhiheng.knowledge.law.clocks import period
    from zhiheng.knowledge.law.load import law

    chance, have, now, calendar = random.Random(7), Case.objects.count(), timezone.now(), Calendar.published()
    course = law().course("complaint", on=now.date())
    people: dict[str, list[int]] = {}
    for pk, region in User.objects.filter(role="county").values_list("pk", "region"):
        people.setdefault(region, []).append(pk)
    regions = sorted(people)
    while have < int(size):
        cases, clocks = [], []
        for n in range(have, min(have + BATCH, int(size))):
            # Offices are not alike: the first of them has as much as a large district has.
            region = OFFICE if n % 20 == 0 else chance.choice(regions)
            received = now - timedelta(minutes=chance.randrange(60 * 24 * 60))
            accepted = chance.random() < 0.6
            key = "mediate" if accepted else "accept"
            worked = period(course.clocks[key], received, calendar, course.counting)
            title = f"{chance.choice(GOODS)}{chance.choice(WRONG)}"
            number = offices.number(region, course.procedure.mark, received.year, n + 1)
            case = Case(
                number=number, procedure="complaint", edition=course.edition.key,
                state="mediating" if accepted else "received", title=title, region=region,
                handler_id=chance.choice(people[region]) if chance.random() < 0.9 else None,
                subject_name=f"模拟商店{n % 5000}", source="web", received_at=received, due_at=worked.due_at,
                search=search.document(number, title, f"模拟商店{n % 5000}"),
            )  # fmt: skip
            cases.append(case)
            clocks.append((key, received, worked))
        with transaction.atomic():
            Case.objects.bulk_create(cases)
            Clock.objects.bulk_create(
                Clock(
                    case=case, key=key, started_at=begun, due_at=worked.due_at, provisional=worked.provisional
                )
                for case, (key, begun, worked) in zip(cases, clocks, strict=True)
            )
        have += len(cases)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return {"cases": have}


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))
