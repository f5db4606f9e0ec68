"""Marks the tests that are thorough, so that they can be left out by that mark."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.thorough import is_thorough

ROOT = Path(__file__).parents[1]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each of them its mark."""
    for item in items:
        if is_thorough(item.path.relative_to(ROOT).as_posix(), item.name):
            item.add_marker(pytest.mark.thorough)
