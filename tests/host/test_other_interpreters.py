"""What a host promises under other interpreters than concbench's own, with nothing installed there."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from concbench.measure.interpreters import import_path_for
from concbench.model import Workload
from concbench.strategies.strategy import strategies
from tests.host.talking import Host, started

FOLDER = Path(os.environ.get("CONCBENCH_PYTHONS", Path.home() / ".cache" / "concbench-pythons" / "bin"))
PYTHONS = sorted(path for path in FOLDER.glob("python3*") if re.fullmatch(r"python3\.\d+t?", path.name))
MISSING = f"no interpreters in {FOLDER}: put CPython 3.12 to 3.14 there, and 3.13t, as python3.12 and so on"

pythons = pytest.mark.parametrize(
    "python",
    PYTHONS or [pytest.param(None, marks=pytest.mark.skip(reason=MISSING))],
    ids=lambda python: str(getattr(python, "name", "none")),
)


def version(python: Path) -> tuple[int, int]:
    """Return the version that an interpreter says it is."""
    asked = [str(python), "-c", "import sys; print(*sys.version_info[:2])"]
    major, minor = subprocess.run(asked, check=True, capture_output=True, text=True, timeout=100).stdout.split()
    return int(major), int(minor)


def reason_of(answer: dict[str, Any]) -> str | None:
    """Return why not, or None for phases that add up."""
    if "failure" in answer:
        assert answer["failure"]["kind"] == "unavailable", answer
        return str(answer["failure"]["message"])
    phases = answer["ok"]
    assert phases["start"] + phases["run"] + phases["stop"] == pytest.approx(phases["wall"], rel=0, abs=1e-9)
    return None


def every_strategy(host: Host, workload: Workload, **settings: Any) -> dict[str, str | None]:
    """Return why not, for every strategy that did not answer with a sample."""
    return {name: reason_of(host.sample(name, workload, **settings)) for name in strategies.all()}


@pythons
def test_every_strategy_answers_a_sample_or_says_why_not(python: Path) -> None:
    major, minor = version(python)
    with import_path_for(str(python)) as path, started(path or "", python=str(python)) as host:
        answers = every_strategy(host, Workload(name="sleep", tasks=2, task_time=0.001), workers=2)
        facts = host.open("serial", Workload(name="sleep", tasks=1))["ok"]
        assert host.leave() == 0
    assert facts["python"].startswith(f"{major}.{minor}.")
    too_old = f"needs Python 3.14 or later, and this is {major}.{minor}"
    expected: dict[str, str | None] = dict.fromkeys(strategies.all())
    expected["executor-interpreters"] = None if (major, minor) >= (3, 14) else too_old
    assert answers == expected


@pythons
def test_every_workload_moves_to_processes_and_to_interpreters(python: Path) -> None:
    too_old = version(python) < (3, 14)
    with import_path_for(str(python)) as path, started(path or "", python=str(python)) as host:
        for name in ("cpu", "cpu-nogil", "skewed", "payload", "mixed", "memory"):
            workload = Workload(name=name, tasks=2, task_time=0.001, loops=10, payload=100, memory=5000)
            assert reason_of(host.sample("pool-map", workload, workers=1, start_method="fork")) is None
            assert (reason_of(host.sample("executor-interpreters", workload, workers=1)) is not None) == too_old


@pythons
def test_every_start_method_runs(python: Path) -> None:
    workload = Workload(name="tutorial", tasks=2)
    with import_path_for(str(python)) as path, started(path or "", python=str(python)) as host:
        for method in ("fork", "forkserver", "spawn"):
            opened = host.open("pool-map", workload, workers=1, start_method=method)["ok"]
            assert opened["settings"]["start_method"] == method
            assert reason_of(host.ask("sample")) is None


@pythons
def test_an_executor_replaces_its_workers_or_says_that_this_python_would_hang(python: Path) -> None:
    with import_path_for(str(python)) as path, started(path or "", python=str(python)) as host:
        settings = {"workers": 1, "start_method": "spawn", "maxtasksperchild": 2}
        reason = reason_of(host.sample("executor-processes", Workload(name="tutorial", tasks=5), **settings))
    assert reason is None or "use --maxtasksperchild 1, or a later Python" in reason
    if version(python) < (3, 13):
        assert reason is not None
