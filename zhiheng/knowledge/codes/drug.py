"""药品追溯码: the twenty-character traceability code of medicines.

Seven characters identify the medicine and its packing, thirteen the package (NMPAB/T 1002-2019). Codes seen
in the field are digits; the text says characters, so a letter only warns. A code that begins with 89 marks a
specially controlled medicine (特药).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from zhiheng.knowledge.codes.errors import CodeError
from zhiheng.knowledge.codes.soft import Finding

LENGTH = 20


class DrugCode(NamedTuple):
    code: str
    medicine: str
    package: str
    special: bool
    findings: list[Finding]

    @property
    def uri(self) -> str:
        """A URI of our own making, so that the code can stand in an event."""
        return f"urn:x-zhiheng:drug:{self.code}"


def parse(text: str) -> DrugCode:
    """The code taken apart. Only its length is a reason to refuse it."""
    code = re.sub(r"\s", "", text)
    if len(code) != LENGTH:
        raise CodeError(
            "drug_code_length",
            f"A drug traceability code has 20 characters; {code!r} has {len(code)}.",
            "Scan the code on the package; a 14-digit code that begins with 86 names the medicine only.",
        )
    findings = []
    if not (code.isascii() and code.isdigit()):
        place = next(i for i, c in enumerate(code, 1) if not (c.isascii() and c.isdigit()))
        findings.append(
            Finding(
                "drug_code_non_digit",
                f"{code[place - 1]!r} at place {place} is not a digit; codes in use are all digits.",
                "Compare with the package. The code is kept as it is.",
            )
        )
    return DrugCode(code, code[:7], code[7:], code.startswith("89"), findings)
