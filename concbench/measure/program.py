"""Runs a program of the user's with the instruments in it; its arguments, streams and signals are as without them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter_ns
from types import FrameType
from typing import IO, Any

from concbench.experiments.trace import NANO
from concbench.instruments import changes as settings
from concbench.instruments import items as kept_items
from concbench.instruments import texts
from concbench.instruments.launches import is_script_of_python, with_hook
from concbench.measure.probe.environment import usable_cores
from concbench.measure.probe.load import activity_between, read_load
from concbench.measure.record_files import read
from concbench.model.program import Program

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
def trace_folder(
    changes: Changes | None = None, kept: Sequence[tuple[str, int]] = (), items: bool = False
) -> Iterator[Path]:
    """A folder for what processes record, and for what they are asked; it is removed in the end.

    They may be asked for changes, to keep the items of places, and for short texts of all items.

    Where this process is killed first, the next trace or run removes it (POSIX).
    """
    with _folder() as around:
        folder = around / "trace"
        folder.mkdir(mode=0o700)
        if changes:
            text = repr({key: dict(value) for key, value in changes.items()})
            (folder / settings.FILE).write_text(text, encoding="utf-8")
        if kept:
            (folder / kept_items.FILE).write_text(repr(list(kept)), encoding="utf-8")
        if items:
            (folder / texts.FILE).touch()
        try:
            yield folder
        finally:
            # What goes on, such as a daemon, finds no folder where it was, and can't write a file into it meanwhile.
            folder.rename(around / "ended")


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder for files of a while."""
    if sys.platform == "win32":
        with tempfile.TemporaryDirectory(prefix="cb-", ignore_cleanup_errors=True) as name:
            yield Path(name)
        return
    from concbench.measure.containment.run_folder import run_folder  # it locks files as only POSIX can

    with run_folder() as folder:
        try:
            yield folder.path
        finally:
            folder.remove()


def run(command: Sequence[str], folder: Path | None, output: IO[bytes] | None = None) -> Ended:
    """Run a command to its end, recording into a folder; with None, without instruments.

    Its streams are ours; or, with a file for its output, it has no input, and its errors go there, too.

    Raises:
        NoProgram: it can't be started.
    """
    environment = dict(os.environ) if folder is None else with_hook(os.environ, str(folder))
    with _signals_passed_on() as signals:
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
        signals.to(process)
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


class _Signals:
    """What this process does with signals while the program runs: that is for the program to decide."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.early: list[int] = []
        """Those that came before the program had started."""

    def to(self, process: subprocess.Popen[bytes]) -> None:
        """The program has started."""
        self.process = process
        for number in self.early:
            self.pass_on(number, None)

    def pass_on(self, number: int, _frame: FrameType | None) -> None:
        """Send the program what was sent to this process."""
        if self.process is None:
            self.early.append(number)
        elif self.process.returncode is None:
            # Not by `send_signal`, which would take the exit status away from who waits for it.
            with suppress(ProcessLookupError):
                os.kill(self.process.pid, number)

    def leave(self, _number: int, _frame: FrameType | None) -> None:
        """Do nothing: the terminal has sent it to the program, too. Not SIG_IGN, which the program would inherit."""


@contextmanager
def _signals_passed_on() -> Iterator[_Signals]:
    """Leave it to the program what a signal means: a terminal sends Ctrl-C to both, and other signals are passed on.

    Only the main thread can; in another one they do what they did before.
    """
    signals = _Signals()
    handlers = {"SIGINT": signals.leave, "SIGTERM": signals.pass_on, "SIGHUP": signals.pass_on}
    before = {}
    if threading.current_thread() is threading.main_thread():
        for name, handler in handlers.items():
            number = getattr(signal, name, None)
            # None: it has a handler that Python can't put back.
            if number is not None and signal.getsignal(number) not in (signal.SIG_IGN, None):
                before[number] = signal.signal(number, handler)
    try:
        yield signals
    finally:
        for number, handler_before in before.items():
            signal.signal(number, handler_before)


def traced(
    command: Sequence[str], changes: Changes | None = None, output: IO[bytes] | None = None, items: bool = False
) -> Program:
    """Run a command with its tasks recorded, and on request a short text of the item of each.

    Raises:
        NoProgram: it can't be started.
    """
    with trace_folder(changes, items=items) as folder:
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
