"""What happens by itself: a period runs out, and the law says what follows without anybody's decision."""

import logging
import time

from django.utils import timezone

from zhiheng.core.cases import actions
from zhiheng.core.cases.models import Clock
from zhiheng.core.jobs.runner import when_idle
from zhiheng.core.problems import Problem
from zhiheng.core.ui import dates
from zhiheng.knowledge.law.clocks import ONE
from zhiheng.knowledge.law.load import law

EVERY = 60  # seconds between two looks
SOME = 100  # cases at a look
_last = 0.0
log = logging.getLogger(__name__)


@when_idle
def let_lapse() -> bool:
    """Look once a minute; go on at once while there was more than one look's work."""
    global _last
    if time.monotonic() - _last < EVERY:
        return False
    done = lapse()
    if done < SOME:
        _last = time.monotonic()
    return done > 0


def lapse() -> int:
    """Take the steps that belong to the platform itself: those that wait for a clock that has run out.

    A day that such a step asks for is the last day of the period, as for service by public notice.
    """
    now, done = timezone.now(), 0
    for course in law().courses():
        for key, step in course.steps.items():
            if "system" not in step.by or not step.waits:
                continue
            over = Clock.objects.filter(
                key=step.waits, state=Clock.State.RUNNING, due_at__lte=now, case__procedure=course.key,
                case__edition=course.edition.key, case__state__in=step.from_, case__merged_into=None,
            ).select_related("case")[:SOME]  # fmt: skip
            for clock in over:
                assert clock.due_at is not None
                last = (dates.local(clock.due_at) - ONE).date().isoformat()
                fields = course.procedure.fields
                asked = {
                    name.rstrip("?"): last for name in step.asks if fields[name.rstrip("?")].type == "date"
                }
                try:
                    actions.take(actions.Actor(), clock.case, key, values=asked)
                    done += 1
                except (
                    Problem
                ) as problem:  # an officer was faster, or something is missing: a person has to look
                    log.info("%s: %s not taken: %s", clock.case, key, problem.message)
    return done
