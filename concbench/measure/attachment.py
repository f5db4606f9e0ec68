"""Records a process that runs already, for a while: where its interpreter lets another process in (Python 3.14).

Its own interpreter is asked to run a file in it, by `sys.remote_exec`, which has to be of the same version; so that
interpreter is started for it. The file is run when the process comes to its next line of Python.
"""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import psutil

from concbench.instruments.launches import HOOK
from concbench.measure.probe.load import activity_between, read_load
from concbench.measure.program import Ended, NoProgram, program_of, trace_folder
from concbench.model.program import Program

PATIENCE = 10.0
"""Seconds in which a process has to come to its next line of Python."""
POLL = 0.01
ASK = "import sys; sys.exit(0 if hasattr(sys, 'remote_exec') else 3)"
RUN = "import sys; sys.remote_exec(int(sys.argv[1]), sys.argv[2])"
TOO_OLD = 3
BEGIN = """
import importlib.util, pathlib, sys
if "concbench" not in sys.modules:
    spec = importlib.util.spec_from_file_location("concbench", {package!r}, submodule_search_locations=[{folder!r}])
    sys.modules["concbench"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["concbench"])
from concbench.instruments.installation import install
install({trace!r})
pathlib.Path({done!r}).touch()
"""
END = """
import pathlib
from concbench.instruments.installation import uninstall
uninstall()
pathlib.Path({done!r}).touch()
"""
BEFORE = "Pools and threads that were there before are not seen: only what the process opened afterwards."


def attached(pid: int, seconds: float) -> Program:
    """Record a process for some seconds; what it opens meanwhile is seen, and it goes on afterwards.

    Raises:
        NoProgram: there is no such process, or it can't be recorded; the text says why, and what to do.
    """
    try:
        process = psutil.Process(pid)
        interpreter, command, folder = process.exe(), process.cmdline(), process.cwd()
    except psutil.NoSuchProcess:
        raise NoProgram(f"there is no process {pid}") from None
    except psutil.AccessDenied:
        raise NoProgram(f"process {pid} belongs to another user: run concbench as that user, or as root") from None
    _check(interpreter, pid)
    before = read_load()
    with trace_folder() as trace:
        package = Path(HOOK).parent.parent
        given = {"package": str(package / "__init__.py"), "folder": str(package), "trace": str(trace)}
        _run_in(pid, interpreter, trace, "begin", BEGIN, given)
        used, began = _cpu(process), time.perf_counter_ns()
        _wait(process, seconds)
        ended = time.perf_counter_ns()
        cpu = _cpu(process) - used
        if process.is_running():
            _run_in(pid, interpreter, trace, "end", END, {})
        found = Ended(status=0, began=began, ended=ended, cpu=max(0.0, cpu))
        others = activity_between(before, read_load()).others
        return program_of(command, trace, found, others, folder=folder, unseen=(BEFORE,))


def _check(interpreter: str, pid: int) -> None:
    """Raise NoProgram for a process whose interpreter lets no other in."""
    name = os.path.basename(interpreter)  # noqa: PTH119 - of a process that may be in another root
    if "python" not in name:
        raise NoProgram(f"process {pid} runs {name}, which is no Python")
    asked = subprocess.run([interpreter, "-I", "-c", ASK], check=False, capture_output=True)
    if asked.returncode == TOO_OLD:
        raise NoProgram(
            f"the Python of process {pid} lets no other process in, which takes 3.14 or later: start the program by "
            "concbench trace instead"
        )
    if asked.returncode:
        raise NoProgram(f"the Python of process {pid}, {interpreter}, can't be started")


def _run_in(pid: int, interpreter: str, trace: Path, name: str, text: str, given: dict[str, str]) -> None:
    """Run a file in a process, and wait until that has been done; raises NoProgram."""
    file, done = trace / f"{name}.py", trace / f"{name}.done"
    file.write_text(text.format(**given, done=str(done)), encoding="utf-8")
    asked = subprocess.run(
        [interpreter, "-I", "-c", RUN, str(pid), str(file)], check=False, capture_output=True, text=True
    )
    if asked.returncode:
        why = asked.stderr.strip().rpartition("\n")[2] or "no reason was given"
        raise NoProgram(f"process {pid} can't be entered: {why}. It takes the same user, and a system that allows it")
    until = time.monotonic() + PATIENCE
    while not done.exists():
        if not psutil.pid_exists(pid):
            raise NoProgram(f"process {pid} has ended")
        if time.monotonic() > until:
            raise NoProgram(
                f"process {pid} came to no line of Python within {PATIENCE:g} s: its main thread is inside a C function"
            )
        time.sleep(POLL)  # no event says that a file is there, that works everywhere


def _wait(process: psutil.Process, seconds: float) -> None:
    """Wait for some seconds, or until a process has ended."""
    try:
        process.wait(seconds)
    except psutil.TimeoutExpired:
        return


def _cpu(process: psutil.Process) -> float:
    """CPU seconds of a process and of its children that it waited for; 0 where it has ended."""
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)
