"""Nouns of spot checks: what is planned and drawn, what was sampled, what the laboratory found."""

from zhiheng.systems.inspection.models.laboratory import ItemResult, Report
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
from zhiheng.systems.inspection.models.retest import Retest
from zhiheng.systems.inspection.models.sampling import Photo, Refusal, Sample

__all__ = [
    "Absence", "Candidate", "Conflict", "Draw", "Exclusion", "Inspector", "ItemResult", "Photo", "Plan", "PlanItem",
    "Refusal", "Report", "Retest", "Sample", "Stratum", "Task",
]  # fmt: skip
