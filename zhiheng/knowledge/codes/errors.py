"""What is wrong with a code, where, and what to do about it."""

from __future__ import annotations


class CodeError(ValueError):
    """A code that cannot be what it claims to be.

    ``code`` is stable and for machines, ``message`` says what is wrong and at which place of the code,
    ``remedy`` says what to do about it.
    """

    def __init__(
        self, code: str, message: str, remedy: str = "Compare with the label or the source document."
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.remedy = remedy

    def to_dict(self) -> dict[str, str]:
        return {"code": self.code, "message": self.message, "remedy": self.remedy}
