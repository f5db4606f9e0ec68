"""What is found of the threads of libraries: the same with threadpoolctl and without it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from concbench.model.case import INNER_THREADS
from concbench.workloads import examination
from concbench.workloads.functions import Examined
from concbench.workloads.thread_pools import native_threads, thread_pools

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="no other system lists the threads of a process")
ASK = """
import json, sys
if len(sys.argv) > 1:
    sys.modules["threadpoolctl"] = None
import numpy
from concbench.workloads.thread_pools import native_threads, thread_pools
print(json.dumps(thread_pools(native_threads())))
"""


def asked(threads: int, *without: str) -> list[dict[str, Any]]:
    environment = {**os.environ, **dict.fromkeys(INNER_THREADS, f"{threads}")}
    command = [sys.executable, "-c", ASK, *without]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60).stdout
    found: list[dict[str, Any]] = json.loads(said)
    return found


@LINUX
@pytest.mark.parametrize("threads", [1, 2])
def test_without_threadpoolctl_the_library_and_its_threads_are_the_same(threads: int) -> None:
    said, seen = asked(threads), asked(threads, "without")
    assert [each["library"] for each in said] == [each["library"] for each in seen] == ["OpenBLAS"]
    usable = min(threads, len(os.sched_getaffinity(0)))
    assert said[0]["threads"] == seen[0]["threads"] == usable
    assert (said[0]["version"] is None, seen[0]["version"]) == (False, None)


@LINUX
def test_threads_of_python_are_not_a_librarys() -> None:
    code = "import threading; threading.Thread(target=threading.Event().wait, daemon=True).start(); "
    code += "from concbench.workloads.thread_pools import *; print(native_threads(), thread_pools(native_threads()))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60).stdout
    assert said == "0 []\n"


def test_what_the_system_does_not_say_is_unknown() -> None:
    native = native_threads()
    assert native is None or native >= 0
    assert all(each["threads"] is None or each["threads"] > 0 for each in thread_pools(None))


def passed(cores: float, *, starts_threads: bool = False) -> Examined:
    found = Examined([], 1.0, 1.0)
    found.cores, found.starts_threads = cores, starts_threads
    return found


def test_a_call_keeps_several_cores_busy_only_with_threads_that_python_did_not_start() -> None:
    assert examination._cores_busy(passed(1.934), 1) == 1.93
    assert examination._cores_busy(passed(1.934), None) == 1.93  # a system that does not list them
    assert examination._cores_busy(passed(1.9), 0) is None
    assert examination._cores_busy(passed(1.9, starts_threads=True), 3) is None
    assert examination._cores_busy(passed(1.05), 3) is None
