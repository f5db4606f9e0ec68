"""What experiments promise under other interpreters than concbench's own, with nothing installed there."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from concbench.channels.channel import channels
from concbench.measure.interpreters import import_path_for
from concbench.model import Workload
from tests.experiments import jobs
from tests.experiments.hosting import children_of, failed, sampled
from tests.experiments.test_startups import NONE
from tests.host.talking import started
from tests.host.test_other_interpreters import pythons, version
from tests.primitives.fresh import PROGRAM, ROOT

MESSAGES = Workload(name="messages", tasks=3, payload=5000)
STEPS = Workload(name="steps", tasks=5)
TURNS = Workload(name="turns", tasks=5)
NEW = {"interpreter-queue": "messages", "interpreter": "startups"}
"""Subjects that Python 3.14 brought, and the experiments that they are subjects of."""


@pythons
def test_every_channel_and_subjects_of_every_other_experiment_answer_a_sample(python: Path) -> None:
    cases = [
        *(("messages", name, MESSAGES) for name in channels.all() if name not in NEW),
        *(("counters", name, STEPS) for name in ("manager-dict", "value", "shared-memory", "dict")),
        *(("turns", name, TURNS) for name in ("lock", "event", "condition", "barrier", "manager-event", "thread-lock")),
        *(("startups", name, NONE) for name in ("thread", "process", "pool-worker")),
    ]
    with import_path_for(str(python)) as path, started(path or "", python=str(python)) as host:
        for experiment, name, workload in cases:
            figures = sampled(host, experiment, name, workload, workers=2, start_method="fork")
            assert figures["each"] > 0, name
        assert children_of(host.pid) == []
        assert host.leave() == 0


@pythons
def test_interpreters_answer_samples_or_say_which_python_they_need(python: Path) -> None:
    major, minor = version(python)
    with import_path_for(str(python)) as path, started(path or "", python=str(python)) as host:
        for name, experiment in NEW.items():
            if (major, minor) >= (3, 14):
                assert sampled(host, experiment, name, MESSAGES, workers=2)["each"] > 0
            else:
                failure = failed(host, experiment, name, MESSAGES, workers=2)
                assert failure["kind"] == "unavailable"
                assert failure["message"] == f"needs Python 3.14 or later, and this is {major}.{minor}"
        assert host.leave() == 0


@pythons
def test_a_crew_keeps_its_promises(python: Path) -> None:
    kinds = ["processes", "threads", *(["interpreters"] if version(python) >= (3, 14) else [])]
    program = PROGRAM.format(jobs.__name__, "promises")
    # The interpreters of a crew that failed can't be closed: those that wait for ever are still at it.
    command = [str(python), "-W", "ignore:remaining subinterpreters", "-c", program, json.dumps([kinds])]
    with import_path_for(str(python)) as path:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), path or ""))}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert list(found) == kinds
    for kept in found.values():
        assert (kept["squares"], kept["gate holds"]) == ([0, 1, 4], True)
        for raised in kept["failures"].values():
            assert raised["error"] == "LookupError: the job's own trouble"
            assert "in go_wrong" in raised["cause"]
            assert raised["left"] == []
