"""A command that `mpiexec` has started: its first rank is the command, and all others serve it as a cluster.

The first rank starts a child that takes its place in MPI, as all ranks have to begin and end together: so the command
itself, and the hosts that it starts, have nothing to do with that.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

ON_CLUSTERS = ("compare", "advise")
"""Commands that take an address."""
OPTION = "--engine-address"
SERVER = (sys.executable, "-m", "concbench.strategies.engines.ranks", "--without-first")
PLACE = "PMI_FD"
"""The variable that holds the number of a rank's connection to `mpiexec`."""
OF_MPIEXEC = ("PMI_", "HYDI_", "MPI_LOCAL")
"""What variables that belong to one rank begin with."""
PATIENCE = 20.0
"""Seconds in which all ranks have to end."""


def is_rank() -> bool:
    """Whether the `mpiexec` of MPICH, or another one that does the same, has started this process."""
    return PLACE in os.environ and "PMI_RANK" in os.environ and os.environ.get("PMI_SIZE", "").isdigit()


@contextmanager
def with_ranks(words: list[str]) -> Iterator[list[str]]:
    """The words of a command line with the address of the other ranks; those don't return from here.

    Where the command takes no address, or has one, the other ranks end at once.
    """
    several = int(os.environ["PMI_SIZE"]) > 1
    takes_address = bool(words) and words[0] in ON_CLUSTERS and not any(word.startswith(OPTION) for word in words)
    serves = several and takes_address
    if os.environ["PMI_RANK"] != "0":
        if serves:
            os.execv(SERVER[0], SERVER)  # noqa: S606 - words of our own
        sys.exit(0)
    place = int(os.environ[PLACE])
    server = None
    if serves:
        server = subprocess.Popen(
            SERVER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, pass_fds=(place,), start_new_session=True
        )
    os.close(place)
    for name in [each for each in os.environ if each.startswith(OF_MPIEXEC)]:
        del os.environ[name]
    if server is None:
        yield words
        return
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        yield [*words, OPTION, server.stdout.readline().strip()]
    finally:
        with suppress(BrokenPipeError):
            server.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            server.wait(PATIENCE)
        server.kill()
        server.wait()
        server.stdout.close()
