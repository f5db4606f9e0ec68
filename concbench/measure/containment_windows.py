"""Windows: all hosts are in one job object, and the kernel ends its processes with the job's last handle.

Written after Microsoft's documentation of job objects; no test has run it on Windows yet.
"""

from __future__ import annotations

import sys

# Before the imports below, which don't work elsewhere; type checkers stop here, too.
assert sys.platform == "win32", "job objects exist on Windows only"

import ctypes
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import CREATE_NEW_PROCESS_GROUP, PIPE, Popen, TimeoutExpired
from typing import Any, TextIO

import psutil

from concbench.measure.containment import Contained, spare_folder, temporary_folder

KILL_ON_JOB_CLOSE = 0x2000
EXTENDED_LIMIT_INFORMATION = 9


class BasicLimits(ctypes.Structure):
    """JOBOBJECT_BASIC_LIMIT_INFORMATION."""

    _fields_ = [
        ("PerProcessUserTimeLimit", ctypes.c_int64),
        ("PerJobUserTimeLimit", ctypes.c_int64),
        ("LimitFlags", ctypes.c_uint32),
        ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t),
        ("ActiveProcessLimit", ctypes.c_uint32),
        ("Affinity", ctypes.c_size_t),
        ("PriorityClass", ctypes.c_uint32),
        ("SchedulingClass", ctypes.c_uint32),
    ]


class ExtendedLimits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION."""

    _fields_ = [
        ("BasicLimitInformation", BasicLimits),
        ("IoInfo", ctypes.c_uint64 * 6),
        ("ProcessMemoryLimit", ctypes.c_size_t),
        ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t),
        ("PeakJobMemoryUsed", ctypes.c_size_t),
    ]


class Job:
    """Processes in a job object of this run."""

    def __init__(self, kernel: Any, handle: int, folder: Path) -> None:
        self.folder = folder
        self._running: dict[int, Popen[bytes]] = {}
        self._started = 0
        self._spare = spare_folder(folder)
        self._kernel = kernel
        self._handle = handle

    def start(
        self,
        command: list[str],
        environment: dict[str, str],
        stderr: TextIO | None,
        folder: Path | None = None,
        stdout: TextIO | None = None,
    ) -> Popen[bytes]:
        """Start a process in the job; it joins before it gets its first request, so before it can have children."""
        self._started += 1
        process = Popen(
            command,
            env={**environment, **self._spare, **temporary_folder(self.folder / f"t{self._started}")},
            stdin=PIPE,
            stdout=PIPE if stdout is None else stdout,
            stderr=stderr,
            cwd=folder,
            creationflags=CREATE_NEW_PROCESS_GROUP,  # Ctrl-C reaches concbench and not the host
        )
        if not self._kernel.AssignProcessToJobObject(self._handle, int(process._handle)):  # type: ignore[attr-defined]  # the only way to its handle
            process.kill()
            raise ctypes.WinError()
        self._running[process.pid] = process
        return process

    def end(self, process: Contained, grace: float) -> int:
        """End a process and its descendants; does nothing where it was ended before.

        How much it left behind is not known, so it returns 0.
        """
        running = self._running.get(process.pid)
        if running is None or running is not process:
            return 0  # its number may be somebody else's by now
        with suppress(psutil.NoSuchProcess):
            descendants = psutil.Process(process.pid).children(recursive=True)
            if process.stdin is not None:
                process.stdin.close()
            with suppress(TimeoutExpired):
                process.wait(grace)
            for descendant in descendants:
                with suppress(psutil.NoSuchProcess):
                    descendant.kill()
        running.kill()
        running.wait()
        if running.stdout is not None:
            running.stdout.close()
        del self._running[running.pid]
        return 0


@contextmanager
def contained_by_job() -> Iterator[Job]:
    """Create a job object; closing its handle, or concbench's end, ends all that was started in it."""
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.CreateJobObjectW.restype = ctypes.c_void_p
    kernel.AssignProcessToJobObject.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    kernel.SetInformationJobObject.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_uint32]
    kernel.CloseHandle.argtypes = [ctypes.c_void_p]
    handle = kernel.CreateJobObjectW(None, None)
    limits = ExtendedLimits()
    limits.BasicLimitInformation.LimitFlags = KILL_ON_JOB_CLOSE
    size = ctypes.sizeof(limits)
    if not handle or not kernel.SetInformationJobObject(handle, EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), size):
        raise ctypes.WinError()
    # Unlike on POSIX, nobody removes the folder where concbench is killed.
    with tempfile.TemporaryDirectory(prefix="cb-", ignore_cleanup_errors=True) as folder:
        try:
            yield Job(kernel, handle, Path(folder))
        finally:
            kernel.CloseHandle(handle)
