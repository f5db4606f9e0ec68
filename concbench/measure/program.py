"""Runs a program of the user's with the instruments in it; its arguments, streams and signals are as without them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter_ns
from types import FrameType
from typing import IO, Any

from concbench.instruments import items
from concbench.instruments.changes import FILE
from concbench.instruments.launches import is_script_of_python, with_hook
from concbench.measure.probe.environment import usable_cores
from concbench.measure.probe.load import activity_between, read_load
from concbench.measure.record_files import NANO, read
from concbench.model.program import Program

PREFIX = "concbench-trace-"
Changes = Mapping[tuple[str, int], Mapping[str, Any]]
"""By the file and line where a pool is opened, the settings that it gets instead: `workers`, `chunksize`, …"""


class NoProgram(Exception):
    """There is nothing that can be run and traced; the text says why, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a program ended."""

    status: int
    """Its exit status; negative: the signal that ended it."""
    began: int
    ended: int
    """Nanoseconds of the clock."""
    cpu: float
    """CPU seconds of it and of all descendants that were waited for."""


def command_of(words: Sequence[str], module: bool, python: str | None = None) -> list[str]:
    """The command that runs a script, a module, or a program of Python's that is on the PATH, with its arguments.

    >>> command_of(["compileall", "-j", "2"], module=True, python="python3")
    ['python3', '-m', 'compileall', '-j', '2']

    Raises:
        NoProgram: there is no such file, or it is not Python's.
    """
    interpreter = python or sys.executable
    if module:
        return [interpreter, "-m", *words]
    name, *rest = words
    if Path(name).is_file():
        # What names its own Python in its first line, and may be run, is run by that, as it would be without us.
        if python is None and os.access(name, os.X_OK) and is_script_of_python(name) and not name.endswith(".py"):
            return [str(Path(name).resolve()), *rest]
        return [interpreter, name, *rest]
    if Path(name).is_dir() and Path(name, "__main__.py").is_file():
        return [interpreter, name, *rest]
    found = shutil.which(name)
    if found is None:
        raise NoProgram(f"there is no file {name!r}, nor a program of that name on the PATH")
    if Path(found).name.startswith("python"):
        raise NoProgram(f"leave out {name}: name the script, or -m and the module")
    if not is_script_of_python(found):
        raise NoProgram(f"{found} is no program of Python's, which is all that can be traced")
    return [found, *rest]


@contextmanager
def trace_folder(changes: Changes | None = None, kept: Sequence[tuple[str, int]] = ()) -> Iterator[Path]:
    """A folder for what processes record, and what they read from it: changes, and places whose items are kept.

    It is removed in the end.
    """
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    try:
        if changes:
            (folder / FILE).write_text(repr({key: dict(value) for key, value in changes.items()}), encoding="utf-8")
        if kept:
            (folder / items.FILE).write_text(repr(list(kept)), encoding="utf-8")
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # a process that goes on may write a last file meanwhile


def run(command: Sequence[str], folder: Path | None, output: IO[bytes] | None = None) -> Ended:
    """Run a command to its end, recording into a folder; with None, without instruments.

    Its streams are ours; or, with a file for its output, it has no input, and its errors go there, too.

    Raises:
        NoProgram: it can't be started.
    """
    environment = dict(os.environ) if folder is None else with_hook(os.environ, str(folder))
    with _signals_passed_on() as target:
        began = perf_counter_ns()
        try:
            if output is None:
                process = subprocess.Popen(command, env=environment)
            else:
                process = subprocess.Popen(
                    command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
                )
        except OSError as error:
            raise NoProgram(f"{command[0]} can't be started: {error.strerror}") from error
        target.append(process)
        status, cpu = _awaited(process)
        return Ended(status=status, began=began, ended=perf_counter_ns(), cpu=cpu)


def _awaited(process: subprocess.Popen[bytes]) -> tuple[int, float]:
    """The exit status of a process, and the CPU seconds of it and of what it waited for."""
    if not hasattr(os, "wait4"):  # Windows
        import psutil

        watched = psutil.Process(process.pid)
        status = process.wait()
        times = watched.cpu_times()
        return status, times.user + times.system
    _, ended, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(ended)  # so that nothing waits for it again
    return process.returncode, usage.ru_utime + usage.ru_stime


@contextmanager
def _signals_passed_on() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Leave it to the program what a signal means: a terminal sends Ctrl-C to both, and other signals are passed on."""
    target: list[subprocess.Popen[bytes]] = []

    def pass_on(number: int, _frame: FrameType | None) -> None:
        for process in target:
            if process.returncode is None:
                process.send_signal(number)

    def ignore(_number: int, _frame: FrameType | None) -> None:
        """A function and not SIG_IGN, which the program would inherit."""

    handlers = {"SIGINT": ignore, "SIGTERM": pass_on, "SIGHUP": pass_on}
    numbers = {getattr(signal, name): handler for name, handler in handlers.items() if hasattr(signal, name)}
    before = {number: signal.getsignal(number) for number in numbers}
    for number, handler in numbers.items():
        if before[number] is not signal.SIG_IGN:
            signal.signal(number, handler)
    try:
        yield target
    finally:
        for number, handler_before in before.items():
            signal.signal(number, handler_before)


def traced(command: Sequence[str], changes: Changes | None = None, output: IO[bytes] | None = None) -> Program:
    """Run a command with its tasks recorded; see `run` for what is raised."""
    with trace_folder(changes) as folder:
        before = read_load()
        ended = run(command, folder, output)
        return program_of(command, folder, ended, activity_between(before, read_load()).others)


def program_of(
    command: Sequence[str],
    trace: Path,
    ended: Ended,
    others: float | None = None,
    *,
    folder: str | None = None,
    unseen: Sequence[str] = (),
) -> Program:
    """What was recorded of a program in the folder of a trace.

    `others` is how many cores other programs kept busy meanwhile, `folder` where it ran, and `unseen` what could not be
    recorded.
    """
    recorded = read(trace, ended.began, ended.ended)
    wall = (ended.ended - ended.began) * NANO
    return Program(
        command=list(command),
        folder=folder or os.getcwd(),  # noqa: PTH109 - as text
        python=recorded.python or "",
        gil=recorded.gil,
        status=ended.status,
        wall=wall,
        cpu=ended.cpu,
        cores=usable_cores(),
        others=None if others is None else max(0.0, others),
        processes=recorded.processes,
        regions=recorded.regions,
        unseen=list(unseen),
    )
