"""On a clue's page: the task it belongs to, and the place as the watcher stated it."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from zhiheng.core.cases.models import Case
from zhiheng.core.cases.views import panel


@panel("clue")
def sighting(request: HttpRequest, case: Case) -> Any:
    """Where it was and for which task."""
    one = getattr(case, "sighting", None)
    context = {"sighting": one, "place": case.values.get("place", "")}
    return render_to_string("watchers/panel.html", context, request=request) if one is not None else ""
