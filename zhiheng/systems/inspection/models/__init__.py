"""Nouns of spot checks: what is planned and drawn, what was sampled, what the laboratory found."""

from zhiheng.systems.inspection.models.laboratory import ItemResult, Report
from zhiheng.systems.inspection.models.notices import PublishedNotice, PublishedRow
from zhiheng.systems.inspection.models.plan import (
    Absence,
    Candidate,
    Conflict,
    Draw,
    Exclusion,
    Inspector,
    Plan,
    PlanItem,
    Stratum,
    Task,
)
from zhiheng.systems.inspection.models.result import CheckResult
from zhiheng.systems.inspection.models.retest import Retest
from zhiheng.systems.inspection.models.sampling import Alert, NoSample, Photo, Refusal, Sample

__all__ = [
    "Absence", "Alert", "Candidate", "CheckResult", "Conflict", "Draw", "Exclusion", "Inspector", "ItemResult",
    "NoSample", "Photo", "Plan", "PlanItem", "PublishedNotice", "PublishedRow", "Refusal", "Report", "Retest",
    "Sample", "Stratum", "Task",
]  # fmt: skip
