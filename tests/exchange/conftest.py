"""The people and firms of the registry's tests."""

from tests.registry.conftest import demo, firm, people, shenzhen

__all__ = ["demo", "firm", "people", "shenzhen"]
