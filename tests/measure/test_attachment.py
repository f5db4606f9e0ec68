"""A process that runs already is recorded for a while, and goes on."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from concbench.measure.attachment import attached
from concbench.measure.program import NoProgram
from tests.other_interpreters import needs_3_14, pythons

LOOP = """
import time
from concurrent.futures import ThreadPoolExecutor

def nap(number):
    time.sleep(0.001)

print("ready", flush=True)
while True:
    with ThreadPoolExecutor(2) as executor:
        list(executor.map(nap, range(10)))
"""


@contextmanager
def running(python: str, text: str) -> Iterator[subprocess.Popen[str]]:
    """A program that runs until the end of the test."""
    with subprocess.Popen([python, "-c", text], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield process
        finally:
            process.kill()


@pythons
def test_what_a_process_opens_is_recorded_and_it_goes_on(python: Path) -> None:
    if needs_3_14(python) is not None:
        with running(str(python), LOOP) as process, pytest.raises(NoProgram, match=r"3\.14 or later"):
            attached(process.pid, 0.1)
        return
    with running(str(python), LOOP) as process:
        found = attached(process.pid, 0.5)
        assert process.poll() is None
        again = attached(process.pid, 0.2)
        assert process.poll() is None
    assert {region.name for region in found.regions} == {"ThreadPoolExecutor"}
    assert sum(region.tasks for region in found.regions) > 10
    assert again.regions
    assert found.unseen


def test_what_is_no_process_and_no_python_is_said() -> None:
    with subprocess.Popen(["sleep", "100"]) as process:
        try:
            with pytest.raises(NoProgram, match="no Python"):
                attached(process.pid, 0.1)
        finally:
            process.kill()
    with pytest.raises(NoProgram, match="there is no process"):
        attached(process.pid, 0.1)
