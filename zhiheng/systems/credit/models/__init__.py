"""What the room keeps besides facts and designations."""

from zhiheng.systems.credit.models.classes import Change, Run
from zhiheng.systems.credit.models.commitments import Commitment
from zhiheng.systems.credit.models.objections import Objection
from zhiheng.systems.credit.models.packages import Package, Partner
from zhiheng.systems.credit.models.verification import Certificate, Consent, Look

__all__ = ["Certificate", "Change", "Commitment", "Consent", "Look", "Objection", "Package", "Partner", "Run"]
