"""What hosts and experiments promise under other interpreters than concbench's own, with nothing installed there."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

import concbench.host.interpreter
from concbench.channels.channel import channels
from concbench.host.interpreter import build
from concbench.measure.interpreters import import_path_for
from concbench.model.case import Workload
from concbench.strategies.strategy import standard
from tests.experiments import jobs
from tests.fresh_interpreter import PROGRAM, ROOT
from tests.host.hosts import METHODS, started, write_workload
from tests.other_interpreters import needs_3_14, pythons, started_under, version
from tests.strategies.running import processes_left

SHORT = Workload(name="sleep", tasks=2, task_time=0.001)
WORKLOADS = {
    "tasks": SHORT,
    "messages": Workload(name="messages", tasks=3, payload=5000),
    "counters": Workload(name="steps", tasks=5),
    "turns": Workload(name="turns", tasks=5),
    "startups": Workload(name="startups", tasks=1),
}
NEW = {"executor-interpreters": "tasks", "interpreter-queue": "messages", "interpreter": "startups"}
"""Subjects that Python 3.14 brought, and the experiments that they are subjects of."""
thorough = pytest.mark.thorough


def unavailable(answer: dict[str, Any]) -> str | None:
    """Why a case is unavailable, or None for a sample."""
    if "ok" in answer:
        return None
    assert answer["failure"]["kind"] == "unavailable", answer
    return str(answer["failure"]["message"])


@pythons
def test_every_strategy_answers_a_sample_or_says_why_not(python: Path) -> None:
    with started_under(python) as host:
        for name in standard():
            expected = needs_3_14(python) if name in NEW else None
            assert unavailable(host.sample(name, SHORT, workers=2)) == expected, name
        facts = host.open("serial", SHORT)["ok"]
    assert facts["python"].startswith("{}.{}.".format(*version(python)))


@thorough
@pythons
def test_every_channel_and_subjects_of_every_other_experiment_answer_a_sample(python: Path) -> None:
    subjects = {
        "messages": [name for name in channels.all() if name not in NEW],
        "counters": ["manager-dict", "value", "shared-memory", "dict"],
        "turns": ["lock", "event", "condition", "barrier", "manager-event", "thread-lock"],
        "startups": ["thread", "process", "pool-worker"],
    }
    with started_under(python) as host:
        for experiment, names in subjects.items():
            for name in names:
                figures = host.figures(name, WORKLOADS[experiment], experiment, workers=2, start_method="fork")
                assert figures["each"] > 0, name
        assert processes_left(host.pid) == []


@thorough
@pythons
def test_what_is_newer_says_which_python_it_needs(python: Path) -> None:
    with started_under(python) as host:
        for name, experiment in NEW.items():
            assert unavailable(host.sample(name, WORKLOADS[experiment], experiment, workers=2)) == needs_3_14(python)


@pythons
def test_every_workload_moves_to_processes_and_to_interpreters(python: Path) -> None:
    with started_under(python) as host:
        for name in ("cpu", "cpu-nogil", "skewed", "payload", "mixed", "memory"):
            workload = Workload(name=name, tasks=2, task_time=0.001, loops=10, payload=100, memory=5000)
            host.figures("pool-map", workload, workers=1, start_method="fork")
            assert unavailable(host.sample("executor-interpreters", workload, workers=1)) == needs_3_14(python)


@pythons
def test_every_start_method_runs(python: Path) -> None:
    with started_under(python) as host:
        for method in METHODS:
            opened = host.open("pool-map", Workload(name="tutorial", tasks=2), workers=1, start_method=method)["ok"]
            assert opened["settings"]["start_method"] == method
            assert "ok" in host.ask("sample")


KNOWS_A_MODULE = """
import sys

def task(item):
    return item if "colorsys" in sys.modules else -1
"""


@pythons
def test_a_fork_server_imports_modules_before_it_starts_workers(python: Path, tmp_path: Path) -> None:
    folder = write_workload(tmp_path, "knows", KNOWS_A_MODULE)
    settings: dict[str, Any] = {"start_method": "forkserver", "workers": 1}
    with import_path_for(str(python)) as path, started(path or "", folder, python=str(python)) as host:
        assert host.failure("pool-map", Workload(name="knows", tasks=1), **settings)["kind"] == "wrong result"
    with import_path_for(str(python)) as path, started(path or "", folder, python=str(python)) as host:
        answer = host.sample("pool-map", Workload(name="knows", tasks=1), **settings, forkserver_preload=["colorsys"])
        assert "ok" in answer, answer


@pythons
def test_a_buffersize_is_taken_from_3_14_on(python: Path) -> None:
    with started_under(python) as host:
        workload = Workload(name="tutorial", tasks=5)
        reason = unavailable(host.sample("executor-threads", workload, workers=2, buffersize=1))
    assert (reason is None) == (version(python) >= (3, 14))
    assert reason is None or "Executor.map has no buffersize before Python 3.14" in reason


@pythons
def test_an_executor_replaces_its_workers_or_says_that_this_python_would_hang(python: Path) -> None:
    settings: dict[str, Any] = {"workers": 1, "start_method": "spawn", "maxtasksperchild": 2}
    with started_under(python) as host:
        reason = unavailable(host.sample("executor-processes", Workload(name="tutorial", tasks=5), **settings))
    assert reason is None or "use --maxtasksperchild 1, or a later Python" in reason
    assert reason is not None or version(python) >= (3, 13)


@thorough
@pythons
def test_a_crew_keeps_its_promises(python: Path) -> None:
    kinds = ["processes", "threads", *([] if needs_3_14(python) else ["interpreters"])]
    program = PROGRAM.format(jobs.__name__, "promises")
    # The interpreters of a crew that failed can't be closed: those that wait forever are still running.
    command = [str(python), "-W", "ignore:remaining subinterpreters", "-c", program, json.dumps([kinds])]
    with import_path_for(str(python)) as path:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), path or ""))}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert list(found) == kinds
    for kept in found.values():
        assert (kept["squares"], kept["gate holds"]) == ({"results": [0, 1, 4]}, True)
        for raised in kept["failures"]:
            assert raised["error"] == "LookupError: the job's own trouble"
            assert "in go_wrong" in raised["cause"]
            assert raised["left"] == []


@pythons
def test_an_interpreter_with_nothing_installed_describes_itself(python: Path) -> None:
    asked = [str(python), "-I", concbench.host.interpreter.__file__]
    done = subprocess.run(asked, check=True, capture_output=True, text=True, timeout=100)
    assert done.stderr == ""
    said = json.loads(done.stdout)
    assert sorted(said) == sorted(build())
    assert said["free_threaded"] == python.name.endswith("t") == said["version"].endswith("t")
    assert said["version"].startswith(python.name.removeprefix("python").rstrip("t") + ".")
