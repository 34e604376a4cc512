"""What the rooms' answers about publications have in common."""

from ninja import Schema


class LineOut(Schema):
    """One published field, with its names."""

    zh: str
    en: str
    value: str
