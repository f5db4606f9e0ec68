"""How all tests run: which are thorough, how often properties are tried, and that Ctrl-C is heeded."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.thorough import is_thorough

ROOT = Path(__file__).parents[1]

# No deadline, because the machine may be busy with something else; and a whole run is a large example.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("usual", UNHURRIED, max_examples=15)
settings.register_profile("thorough", UNHURRIED, max_examples=100)
settings.load_profile("usual")


def pytest_configure() -> None:
    """Heed Ctrl-C also in the background of a script, or under nohup: what tests start inherits how it is heeded."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each of them its mark."""
    for item in items:
        if is_thorough(item.path.relative_to(ROOT).as_posix(), item.name):
            item.add_marker(pytest.mark.thorough)
