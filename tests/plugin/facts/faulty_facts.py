"""A third party's facts, found by entry point: one that is sound, and others whose code goes wrong in one way each."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

from concbench.facts.fact import fact

if TYPE_CHECKING:
    from concbench.facts.fact import Context


def names_its_start_method(context: Context) -> str:
    """Say under which start method it was asked."""
    return str(context.get_start_method())


def names_its_process(_context: Context) -> str:
    """Say which process observes it."""
    return str(os.getpid())


def raises(_context: Context) -> str:
    """Raise an exception."""
    raise LookupError("the fact's own \x1b[31mtrouble")


def wants_to_leave(_context: Context) -> str:
    """Raise what ends a program."""
    sys.exit("the fact wants to leave")


def ends_the_interpreter(_context: Context) -> str:
    """End the host."""
    os._exit(7)


def crashes(_context: Context) -> str:
    """Crash the host."""
    ctypes.string_at(0)
    return "read what can't be read"


def never_returns(_context: Context) -> str:
    """Wait forever."""
    threading.Event().wait()
    return "came back"


def prints(_context: Context) -> str:
    """Print to where a host answers, and to where errors go."""
    print("printed by a fact")
    print("grumbled by a fact", file=sys.stderr)
    return "printed"


def leaves_a_process(_context: Context) -> str:
    """Start a process that moves to a session of its own, as daemons do, and would stay for an hour."""
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"], start_new_session=True)
    return "left one"


for observe in (
    *(names_its_start_method, names_its_process, raises, wants_to_leave, ends_the_interpreter),
    *(crashes, never_returns, prints, leaves_a_process),
):
    name = observe.__name__.replace("_", "-")
    fact(f"It {name}.", expected="as it should be", note="a third party's")(observe)
