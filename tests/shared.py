"""Where the artefacts beside the checkout are: official schemas, corpora. The project carries none of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def shared(path: str) -> Path:
    """``shared("data/epcis/json")``; skips the test where the artefacts are not at hand."""
    root = Path(os.environ.get("ZHIHENG_SHARED") or Path(__file__).resolve().parents[2] / "shared")
    found = root / path
    if not found.exists():
        pytest.skip(
            f"needs {path} of the shared artefacts: put them beside the checkout or set ZHIHENG_SHARED"
        )
    return found
