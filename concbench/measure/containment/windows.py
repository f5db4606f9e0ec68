"""Windows: all hosts are in one job object, whose processes the kernel ends together with the job's last handle.

Written from Microsoft's documentation of job objects; not yet tested on Windows.
"""

from __future__ import annotations

import sys

# Before the imports below, which fail elsewhere; type checkers stop here, too.
assert sys.platform == "win32", "job objects exist on Windows only"

import ctypes
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import CREATE_NEW_PROCESS_GROUP, PIPE, Popen, TimeoutExpired
from typing import Any

import psutil

from concbench.measure.containment import Contained, Containment, Request

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


class JobContainment(Containment):
    """Processes in one job object."""

    def __init__(self, kernel: Any, handle: int, folder: Path) -> None:
        super().__init__(folder)
        self._kernel = kernel
        self._handle = handle

    def _start(self, request: Request) -> Popen[bytes]:
        """Start a process, which joins the job before its first request, so before it can have children."""
        process = Popen(
            request.command,
            env=request.environment,
            stdin=PIPE,
            stdout=PIPE if request.stdout is None else request.stdout,
            stderr=request.stderr,
            cwd=request.folder,
            creationflags=CREATE_NEW_PROCESS_GROUP,
        )
        if not self._kernel.AssignProcessToJobObject(self._handle, int(process._handle)):  # type: ignore[attr-defined]  # the only way to its handle
            process.kill()
            raise ctypes.WinError()
        return process

    def _end(self, process: Contained, grace: float) -> int:
        assert isinstance(process, Popen)
        with suppress(psutil.NoSuchProcess):
            descendants = psutil.Process(process.pid).children(recursive=True)
            if process.stdin is not None:
                process.stdin.close()
            with suppress(TimeoutExpired):
                process.wait(grace)
            for descendant in descendants:
                with suppress(psutil.NoSuchProcess):
                    descendant.kill()
        process.kill()
        process.wait()
        return 0


@contextmanager
def contained_by_job() -> Iterator[JobContainment]:
    """Create a job object; closing its handle, or the end of concbench, ends everything in it."""
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
    # Unlike on POSIX, the folder stays where concbench is killed.
    with tempfile.TemporaryDirectory(prefix="cb-", ignore_cleanup_errors=True) as folder:
        try:
            yield JobContainment(kernel, handle, Path(folder))
        finally:
            kernel.CloseHandle(handle)
