"""Ecode: 物联网统一标识 (GB/T 31866-2023): version V, number system identifier NSI, master data code MD.

The lengths of NSI and MD in each version are unverified, so they are not held against anybody: the form is
looked at and what is unusual is said. V0 is reserved for compatibility with GS1.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from zhiheng.knowledge.codes.soft import Finding

_WRITTEN = re.compile(
    r"(?:urn:)?ecode:(?P<v>[0-9])[.:](?P<nsi>[0-9A-Za-z]+)[.:](?P<md>[0-9A-Za-z._~\-]+)", re.I
)
_GLUED = re.compile(r"(?:urn:)?ecode[: ](?P<v>[0-9])(?P<rest>[0-9A-Za-z]+)", re.I)


class Ecode(NamedTuple):
    """An Ecode; ``nsi`` is empty where the writing does not show where it ends."""

    version: str
    nsi: str
    md: str
    findings: list[Finding]

    @property
    def uri(self) -> str:
        """A URI of our own making: there is no registered URN namespace for Ecode."""
        return f"urn:x-zhiheng:ecode:{self.version}" + (f".{self.nsi}.{self.md}" if self.nsi else self.md)


def looks_like(text: str) -> bool:
    return bool(_WRITTEN.fullmatch(text.strip()) or _GLUED.fullmatch(text.strip()))


def parse(text: str) -> Ecode | None:
    """An Ecode that says so (``ecode:V.NSI.MD`` or ``ecode:…`` in one piece); anything else is ``None``."""
    written = _WRITTEN.fullmatch(text.strip())
    if written:
        version, nsi, md = written["v"], written["nsi"], written["md"]
    else:
        glued = _GLUED.fullmatch(text.strip())
        if glued is None:
            return None
        version, nsi, md = glued["v"], "", glued["rest"]
    findings = []
    if version == "0":
        findings.append(
            Finding(
                "ecode_v0",
                "Version 0 of Ecode is reserved for compatibility with GS1 (GB/T 31866-2023).",
                "Enter the GS1 code itself where there is one.",
            )
        )
    elif version not in "1234":
        findings.append(
            Finding("ecode_version", f"Version {version} of Ecode is not in use.", "Compare with the label.")
        )
    if not nsi:
        findings.append(
            Finding(
                "ecode_unparted",
                "Where the number system identifier ends is not shown; its length depends on the version.",
                "Write it as ecode:V.NSI.MD if the parts are known.",
            )
        )
    return Ecode(version, nsi, md, findings)
