"""A third party's workloads, found by entry point: each goes wrong, or misbehaves, in one way."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from concbench.model.case import Workload
from concbench.workloads.workload import Tasks, workload

if TYPE_CHECKING:
    from types import FrameType

    from concbench.workloads.workload import Task

TASKS = 8
FAULTY = 3
"""The task that goes wrong; the others return their item."""


def raises(number: int) -> int:
    if number == FAULTY:
        raise LookupError("the task's own \x1b[31mtrouble")
    return number


def hangs(number: int) -> int:
    if number == FAULTY:
        threading.Event().wait()
    return number


def is_killed(number: int) -> int:
    if number == FAULTY:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def is_wrong(number: int) -> int:
    return -1 if number == FAULTY else number


def cannot_be_pickled(number: int) -> object:
    return threading.Lock() if number == FAULTY else number


def prints(number: int) -> int:
    print(f"printed by task {number}")
    print(f"grumbled by task {number}", file=sys.stderr)
    return number


def reads(number: int) -> int:
    return number if sys.stdin.read() == "" else -1


def exits(number: int) -> int:
    if number == FAULTY:
        sys.exit("the task wants to leave")
    return number


def crashes(number: int) -> int:
    if number == FAULTY:
        ctypes.string_at(0)
    return number


def ends_the_interpreter(number: int) -> int:
    if number == FAULTY:
        os._exit(7)
    return number


def closes_all_files(number: int) -> int:
    """Close the files of others too, as a badly written daemon does, and stay."""
    if number == FAULTY:
        os.closerange(3, 1024)
        time.sleep(3600)
    return number


def writes_everywhere(said: bytes, number: int) -> int:
    """Write to the files of others, too, as a task that looks for a log's file descriptor may."""
    if number == FAULTY:
        for descriptor in range(3, 256):
            with suppress(OSError):
                os.write(descriptor, said)
    return number


def leaves_a_daemon(number: int) -> int:
    """Start a process that moves to a session of its own, as daemons do, and would stay for an hour."""
    if number == FAULTY:
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"], start_new_session=True)
    return number


def sleeps_long(number: int) -> int:
    time.sleep(0.2)
    return number


STAYS = [sys.executable, "-c", "import time; time.sleep(3600)"]
STAYS_WITH_A_CHILD = [
    sys.executable,
    "-c",
    f"import os, subprocess, time; os.write(1, b'grew %d\\n' % subprocess.Popen({STAYS!r}).pid); time.sleep(3600)",
]


def say(line: str) -> None:
    """Print a line in one piece, whatever others print at the same moment."""
    os.write(sys.stdout.fileno(), f"{line}\n".encode())


def grows_a_tree(number: int) -> int:
    """Start a child with a child of its own, and one in a session of its own; say who they are, and stay."""
    if number == FAULTY:
        child = subprocess.Popen(STAYS_WITH_A_CHILD)
        apart = subprocess.Popen(STAYS, start_new_session=True)
        say(f"grew {child.pid}")
        say(f"grew {apart.pid}")
        time.sleep(3600)
    return number


def keeps_shared_memory(number: int) -> int:
    """Create shared memory that is never unlinked, say its name, and stay."""
    if number == FAULTY:
        from multiprocessing.shared_memory import SharedMemory

        memory = SharedMemory(create=True, size=4096)
        say(f"shares {memory.name.lstrip('/')}")
        time.sleep(3600)
    return number


def is_called_for_costs() -> bool:
    frame: FrameType | None = sys._getframe()
    while frame is not None and frame.f_globals["__name__"] != "concbench.host.machinery":
        frame = frame.f_back
    return frame is not None


def hangs_later(number: int) -> int:
    """Hang from the call on that FAULTY_PATIENCE names; all processes count calls by the size of FAULTY_TALLY.

    How often a task is called to see what it costs depends on time, so these calls do not count. Where FAULTY_COSTS is
    set, they hang.
    """
    if is_called_for_costs():
        if "FAULTY_COSTS" in os.environ:
            say("hanging")
            threading.Event().wait()
        return number
    with Path(os.environ["FAULTY_TALLY"]).open("ab", buffering=0) as tally:
        tally.write(b".")
        calls = tally.tell()
    if calls > int(os.environ["FAULTY_PATIENCE"]):
        say("hanging")
        threading.Event().wait()
    return number


def register(name: str, task: Task) -> None:
    """Register a task as a workload; every item but the faulty one comes back as it is."""

    @workload(name, tasks=TASKS)
    def build(sizes: Workload) -> Tasks:
        """A workload that misbehaves."""
        return Tasks(task=task, items=range(sizes.tasks), expected=range(sizes.tasks), busy=0.0)


for each in (
    *(raises, hangs, is_killed, is_wrong, cannot_be_pickled, prints, reads, exits, crashes),
    *(ends_the_interpreter, closes_all_files, leaves_a_daemon, sleeps_long, grows_a_tree),
    *(keeps_shared_memory, hangs_later),
):
    register(each.__name__.replace("_", "-"), each)
for name, said in {
    "answers": b'{"ok": {}}\n' * 2,
    "failures": b'{"failure": {"kind": "raised", "message": "not mine"}}\n',
    "half-lines": b'{"ok": {"wall',
    "bytes": bytes(range(256)) * 200,  # fewer than a pipe holds
}.items():
    register(f"writes-{name}-everywhere", partial(writes_everywhere, said))


def spins_without_end(_turns: int) -> None:
    threading.Event().wait()


@workload("cannot-be-calibrated", tasks=TASKS, spin=spins_without_end)
def cannot_be_calibrated(sizes: Workload) -> Tasks:
    """A workload whose calibration never ends."""
    return Tasks(task=is_wrong, items=range(sizes.tasks), expected=range(sizes.tasks), busy=1.0)
