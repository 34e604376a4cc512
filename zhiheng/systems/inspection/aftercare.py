"""What follows a sample: its case, the steps that the laboratory's news take, what a refusal leads to."""

from zhiheng.core.accounts.models import User
from zhiheng.core.cases.models import Case
from zhiheng.systems.inspection.models import Refusal, Report, Sample


def begin(actor: User, sample: Sample) -> Case | None:
    """Open the case of a sample, in the transaction that stores it."""
    return None


def received(actor: User, sample: Sample) -> None:
    """The laboratory took the sample in."""


def reported(actor: User, report: Report) -> None:
    """A report was issued."""


def refused(actor: User, refusal: Refusal) -> None:
    """An officer confirmed that sampling was refused."""
