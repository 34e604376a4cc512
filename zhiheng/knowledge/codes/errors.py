"""What is wrong with a code, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping

_LONGEST = 200
_NOTHING: Mapping[str, str] = {}


def filled(sentence: str, values: Mapping[str, str]) -> str:
    """A sentence with its ``{names}`` filled in; without values it is taken as it is, braces and all."""
    return sentence.format_map(values) if values else sentence


def quoted(value: object) -> str:
    """A value as a message shows it: in quotes, and cut when it is longer than anybody reads."""
    text = repr(value[:_LONGEST] if isinstance(value, str | bytes) else value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


class CodeError(ValueError):
    """A code that cannot be what it claims to be.

    ``code`` is stable and for machines, ``message`` says what is wrong and at which place of the code,
    ``remedy`` says what to do about it. With ``values`` both are sentences with ``{names}`` to fill in, which
    can be said in another language too (``says`` and ``mend`` keep them).
    """

    def __init__(
        self,
        code: str,
        message: str,
        remedy: str = "Compare with the label or the source document.",
        values: Mapping[str, str] = _NOTHING,
    ) -> None:
        self.code = code
        self.says, self.mend, self.values = message, remedy, values
        self.message = filled(message, values)
        self.remedy = filled(remedy, values)
        super().__init__(self.message)

    def to_dict(self) -> dict[str, str]:
        return {"code": self.code, "message": self.message, "remedy": self.remedy}
