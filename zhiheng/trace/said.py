"""What is wrong with a document or an event, in the language of whoever reads it.

A fault is kept in English, with its sentence and values (``words``). Pages have a language; the API and the
command line speak English unless they are asked for Chinese.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header

from zhiheng.core.jobs.models import Outcome
from zhiheng.core.problems import said
from zhiheng.trace.epcis.errors import Fault

CHINESE, ENGLISH = "zh-hans", "en"


def asked(request: HttpRequest) -> str:
    """The language that a caller of the API asks for (Accept-Language); English when none of ours is named."""
    for tag, _ in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        if tag.partition("-")[0] in ("zh", "en"):
            return CHINESE if tag.startswith("zh") else ENGLISH
    return ENGLISH


def of_terminal(environment: Mapping[str, str]) -> str:
    """The language of the terminal, as gettext finds it."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((value for name in names if (value := environment.get(name))), "")
    return CHINESE if locale.startswith("zh") else ENGLISH


def of_faults(faults: Iterable[Fault], language: str) -> str:
    """Faults of a document in one line."""
    with translation.override(language):
        return "; ".join(
            f"{f.code} {of_place(f.place) or said('The document', {})}: {said(f.says, f.values)}"
            for f in faults
        )


def of_place(place: str) -> str:
    """Where in a document, in the active language: a path stays as it is, lines and bytes are said."""
    for form, sentence in _PLACES:
        if found := form.fullmatch(place):
            return said(sentence, found.groupdict())
    return place


_PLACES = (
    (re.compile(r"line (?P<line>\d+)"), "line {line}"),
    (re.compile(r"byte (?P<byte>\d+)"), "byte {byte}"),
    (re.compile(r"line (?P<line>\d+), column (?P<column>\d+)"), "line {line}, column {column}"),
    (
        re.compile(r"line (?P<line>\d+), column (?P<column>\d+) \(byte (?P<byte>\d+)\)"),
        "line {line}, column {column} (byte {byte})",
    ),
    (re.compile(r"(?P<path>.+) \(line (?P<line>\d+)\)"), "{path} (line {line})"),
)


def of_outcome(outcome: Outcome) -> tuple[str, str]:
    """What is wrong with an event, and what to do, in the active language."""
    words = outcome.words or {"message": outcome.message, "remedy": outcome.remedy, "values": {}}
    return said(words["message"], words["values"]), said(words["remedy"], words["values"])


def of_error(error: Mapping[str, Any]) -> dict[str, Any]:
    """The problem document of a job that failed, in the active language."""
    told = {name: value for name, value in error.items() if name != "words"}
    if words := error.get("words"):
        told["title"] = said(words["message"], words["values"])
        told["remedy"] = said(words["remedy"], words["values"])
    if faults := error.get("faults"):
        told["faults"] = [_fault(fault) for fault in faults]
        told["title"], told["remedy"] = of_refusal(told["faults"][0], error.get("stored", 0))
    return told


def of_refusal(first: Mapping[str, Any], stored: int) -> tuple[str, str]:
    """What to say of a document that cannot be read, or not to its end: its first fault, already in words."""
    title = f"{of_place(first['place']) or said('The document', {})}: {first['message']}"
    if not stored:
        return title, first["remedy"]
    kept = said("The {count} events before this place are stored.", {"count": str(stored)})
    return title, f"{first['remedy'].rstrip('.。')}{said('. ', {})}{kept}"


def _fault(fault: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in fault.items() if name != "words"}
    if words := fault.get("words"):
        told["message"] = said(words["message"], words["values"])
        told["remedy"] = said(words["remedy"], words["values"])
    return told
