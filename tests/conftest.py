"""Marks the tests that are thorough, so that they can be left out by that mark; how often properties are tried."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.thorough import is_thorough

ROOT = Path(__file__).parents[1]

# No deadline, because the machine may be busy with something else; and a whole run is a large example.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("usual", UNHURRIED, max_examples=25)
settings.register_profile("thorough", UNHURRIED, max_examples=100)
settings.load_profile("usual")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each of them its mark."""
    for item in items:
        if is_thorough(item.path.relative_to(ROOT).as_posix(), item.name):
            item.add_marker(pytest.mark.thorough)
