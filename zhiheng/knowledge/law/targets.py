"""What the policy wants a figure to be."""

from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

import yaml


class Target(NamedTuple):
    """A share that a figure should reach; ``due`` is the year it was set for."""

    id: str
    value: float
    zh: str
    en: str
    citation: str
    citation_en: str
    due: int


@lru_cache(maxsize=1)
def targets() -> dict[str, Target]:
    """The targets by the indicator that they are about."""
    text = files("zhiheng.knowledge.law").joinpath("data/targets.yaml").read_text(encoding="utf-8")
    data = yaml.safe_load(text)
    meta = data["meta"]
    return {
        one["indicator"]: Target(
            one["id"], one["value"], one["zh"], one["en"], meta["citation"], meta["citation_en"], meta["due"]
        )
        for one in data["targets"]
    }
