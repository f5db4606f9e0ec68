"""How all tests run: how many examples of a property are tried, and that Ctrl-C ends what tests start."""

from __future__ import annotations

import gc
import signal

import pytest
from hypothesis import HealthCheck, settings

# No deadline, because the machine may be busy with something else; and a whole run is a large example.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("usual", UNHURRIED, max_examples=15)
settings.register_profile("thorough", UNHURRIED, max_examples=100)
settings.load_profile("usual")


def pytest_configure() -> None:
    """Take Ctrl-C also in the background of a script, or under nohup: what tests start inherits what is ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="module", autouse=True)
def _set_aside() -> None:
    """Set aside what is in memory before the tests of a file.

    Every sample collects garbage first, which would look through thousands of collected tests, and all that tests
    before this have imported, each time.
    """
    gc.collect()
    gc.freeze()
