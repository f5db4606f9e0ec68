"""Run a command: a program of its own, from its start until it has ended, with all processes that it starts."""

from __future__ import annotations

import gc
import os
import signal
import sys
import tempfile
from contextlib import suppress
from time import perf_counter, perf_counter_ns

from concbench.experiments.experiment import Experiment, Measurement, OpenCase, effective, experiments
from concbench.strategies.strategy import Unavailable

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, BinaryIO

    from concbench.experiments.experiment import CpuMeter
    from concbench.model.case import CommandLine, Settings, Workload

WORKERS = "{workers}"
SHELL = "/bin/sh"
SHOWN = 2_000
"""Bytes at the end of a command's output that are shown where it fails."""
RESET = ("SIGPIPE", "SIGINT", "SIGXFSZ")
"""Signals that Python, or a host, ignores or handles, and that a program expects to have their usual effect."""
PR_SET_CHILD_SUBREAPER = 36
HELPERS = (b"resource_tracker", b"multiprocessing.forkserver", b"multiprocess.forkserver")
"""In the command lines of what multiprocessing, and what is like it, starts beside a program's own processes."""
PATIENCE = 1000
"""Milliseconds that these may take to end after the program."""


class CommandFailed(Exception):
    """A command ended with another exit status than 0; the text says with which, and shows the end of its output."""


class CommandCase(OpenCase):
    """A command with its parameters filled in."""

    def __init__(self, subject: str, settings: Settings, workload: Workload, command: CommandLine) -> None:
        super().__init__(subject, settings, workload)
        self.command = command
        self.words = words_of(command, settings.workers)
        self.environment = {**usual_environment(), **dict(command.environment)}
        self.output: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - it is open for as long as the host lives
        if command.folder is not None:
            os.chdir(command.folder)
        self.is_set_up = False
        _adopt_orphans()

    def measure(self, meter: CpuMeter, _size: int | None = None) -> Measurement:
        """Run the command once; raises CommandFailed.

        What it leaves running is ended at once, so that it takes no time from the next sample.
        """
        self._make_ready()
        gc.collect()
        meter.start()
        began = perf_counter()
        status = self._run(self.words, self.environment)
        ended = perf_counter()
        left = end_orphans(meter)
        cpu = meter.stop_others()  # nothing of a program is this process's
        self._check(status)
        wall = ended - began
        return Measurement(start=0.0, run=wall, stop=0.0, wall=wall, cpu=cpu, left=left)

    def record(self, meter: CpuMeter, folder: str) -> tuple[int, int]:
        """Run the command once with the tasks of its Pythons recorded into a folder; raises CommandFailed."""
        from concbench.instruments.launches import with_hook  # here: only a gate that asks for it needs it

        self._make_ready()
        began = perf_counter_ns()
        status = self._run(self.words, with_hook(self.environment, folder))
        ended = perf_counter_ns()
        end_orphans(meter)
        self._check(status)
        return began, ended

    def warm_up(self, meter: CpuMeter, _size: int | None = None) -> tuple[int, Measurement]:
        """Run it once: its files are in memory then."""
        return 1, self.measure(meter)

    def close(self) -> None:
        """Run what cleans up."""
        if self.command.cleanup is not None:
            self._run_beside("--cleanup", self.command.cleanup)
        self.output.close()

    def _make_ready(self) -> None:
        """Run what comes before the command; raises CommandFailed."""
        if self.command.setup is not None and not self.is_set_up:  # not before: other hosts open their cases then, too
            self._run_beside("--setup", self.command.setup)
            self.is_set_up = True
        if self.command.prepare is not None:
            self._run_beside("--prepare", self.command.prepare)
        self._empty_output()

    def _check(self, status: int) -> None:
        """Raise CommandFailed where an exit status says that the command did not do its work."""
        if status != 0 and not self.command.ignore_failure:
            raise CommandFailed(f"{said(status)}{self._shown()}")

    def _run_beside(self, option: str, text: str) -> None:
        """Run a command that does not count, with the same parameters; raises CommandFailed."""
        self._empty_output()
        status = self._run(words_of(self.command, self.settings.workers, text), self.environment)
        if status != 0:
            raise CommandFailed(f"{option}: {said(status)}{self._shown()}")

    def _run(self, words: Sequence[str], environment: Mapping[str, str]) -> int:
        """The exit status; that of a process that a signal ended is its number, negative. Raises OSError."""
        source = self.command.input or os.devnull
        output = self.output.fileno()
        if not hasattr(os, "posix_spawnp"):  # Windows
            import subprocess

            with open(source, "rb") as given:  # noqa: PTH123 - no host carries pathlib
                return subprocess.call(words, stdin=given, stdout=output, stderr=output, env=environment)
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, source, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, output, 1),
            (os.POSIX_SPAWN_DUP2, output, 2),
        ]
        known = [getattr(signal, name) for name in RESET]
        try:
            pid = os.posix_spawnp(words[0], list(words), environment, file_actions=actions, setsigdef=known)
        except FileNotFoundError:
            missing = words[0] if os.path.exists(source) else source  # noqa: PTH110 - as above
            raise Unavailable(f"there is no {'program' if missing == words[0] else 'file'} {missing!r}") from None
        except PermissionError:
            raise Unavailable(f"{words[0]!r} is not a program that may be run") from None
        _, status = os.waitpid(pid, 0)
        return os.waitstatus_to_exitcode(status)

    def _empty_output(self) -> None:
        self.output.seek(0)
        self.output.truncate()

    def _shown(self) -> str:
        """The end of its output, if it had any."""
        size = self.output.seek(0, os.SEEK_END)
        self.output.seek(max(0, size - SHOWN))
        text = self.output.read().decode(errors="replace").strip()
        return f"; its output ended with:\n{text}" if text else ", without any output"


def usual_environment() -> dict[str, str]:
    """The environment of this host, with the path for imports that concbench was started with."""
    environment = dict(os.environ)
    path = environment.pop("CONCBENCH_PYTHONPATH", None)
    if path is not None:
        environment.pop("PYTHONPATH", None)
        environment |= {"PYTHONPATH": path} if path else {}
    return environment


def words_of(command: CommandLine, workers: int | None, text: str | None = None) -> list[str]:
    """The words of a command, or of another one with the same parameters, as they are handed to the system."""
    parameters = dict(command.parameters)
    if workers is not None:
        parameters["workers"] = str(workers)

    def filled(word: str) -> str:
        for name, value in parameters.items():
            word = word.replace(f"{{{name}}}", value)
        return word

    text = command.text if text is None else text
    if command.shell:
        return [SHELL, "-c", filled(text)]
    import shlex  # here: only hosts of commands carry it

    return [filled(word) for word in shlex.split(text)]


def said(status: int) -> str:
    """How a command ended.

    >>> said(1), said(-9)
    ('it ended with exit status 1', 'it was ended by SIGKILL')
    """
    if status >= 0:
        return f"it ended with exit status {status}"
    try:
        return f"it was ended by {signal.Signals(-status).name}"
    except ValueError:
        return f"it was ended by signal {-status}"


def _adopt_orphans() -> None:
    """Let the system hand this host all processes below it whose parent has ended, on Linux."""
    if sys.platform != "linux":
        return
    with suppress(ImportError):  # without ctypes, what outlives a command is ended with the host
        import ctypes

        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_orphans(meter: CpuMeter) -> int:
    """End what a command has left running, and wait for it, so that its CPU time counts.

    What multiprocessing ends by itself once its program is gone is no such process: it is left a moment for that.
    Returns how many processes were ended.
    """
    ended: set[int] = set()
    while left := meter.descendants():
        running = [pid for pid in left if not _is_helper(pid)] or [pid for pid in left if not _ends(pid)]
        for pid in running:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            ended.add(pid)
        for pid in running or left:
            with suppress(ChildProcessError):  # of a helper, which waits for it
                os.waitpid(pid, 0)
    return len(ended)


def _is_helper(pid: int) -> bool:
    """Whether a process serves multiprocessing, and ends with the program, or has ended already."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as words:  # noqa: PTH123 - as above
            line = words.read()
    except OSError:
        return True
    return not line or any(each in line for each in HELPERS)


def _ends(pid: int) -> bool:
    """Whether a process ends by itself before long; where the system can't say so, it does not."""
    import select  # here: few programs leave anything

    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    except (AttributeError, OSError):
        return False
    try:
        waiting = select.poll()
        waiting.register(process, select.POLLIN)
        return bool(waiting.poll(PATIENCE))
    finally:
        os.close(process)


def _take_on(subject: str, workload: Workload, asked: dict[str, Any]) -> tuple[CommandCase, dict[str, Any]]:
    command = workload.command
    if command is None:
        raise ValueError(f"the case of {subject!r} has no command")
    settings, settled = effective(asked, settings_of(subject))
    return CommandCase(subject, settings, workload, command), settled


def settings_of(subject: str) -> tuple[str, ...]:
    """The settings that a command takes, by its text.

    >>> settings_of("make -j {workers}"), settings_of("make")
    (('workers', 'inner_threads'), ('inner_threads',))
    """
    return ("workers", "inner_threads") if WORKERS in subject else ("inner_threads",)


experiments.add("commands", Experiment(take_on=_take_on, settings_of=settings_of))
