"""A process manager for one process, so that MPI knows it from every other one.

Processes that no `mpiexec` has started all have the same name in MPICH. Ranks take the second of them that connects for
the first, and wait for messages of that one forever. What `mpiexec` would say to a process is a few lines of the
Process Management Interface (PMI-1), which a child says here.
"""

from __future__ import annotations

import os
import socket

MOST = {"kvsname_max": 256, "keylen_max": 64, "vallen_max": 1024}
"""Lengths of what may be asked for."""
VARIABLES = ("PMI_FD", "PMI_RANK", "PMI_SIZE")


def answer_to(line: str, name: str) -> str:
    """What a process manager answers to a process of that name, the only one of its world.

    >>> answer_to("cmd=get_my_kvsname", "mine"), answer_to("cmd=barrier_in", "mine")
    ('cmd=my_kvsname kvsname=mine rc=0', 'cmd=barrier_out rc=0')
    """
    words = dict(word.split("=", 1) for word in line.split() if "=" in word)
    answers = {
        "init": "cmd=response_to_init pmi_version=1 pmi_subversion=1 rc=0",
        "get_maxes": " ".join(["cmd=maxes", *(f"{what}={most}" for what, most in MOST.items()), "rc=0"]),
        "get_appnum": "cmd=appnum appnum=0 rc=0",
        "get_my_kvsname": f"cmd=my_kvsname kvsname={name} rc=0",
        "get_universe_size": "cmd=universe_size size=1 rc=0",
        "put": "cmd=put_result rc=0 msg=success",
        "get": "cmd=get_result rc=-1 msg=key_not_found value=unknown",  # of others, and there are none
        "barrier_in": "cmd=barrier_out rc=0",
        "finalize": "cmd=finalize_ack rc=0",
    }
    return answers.get(words.get("cmd", ""), f"cmd={words.get('cmd')}_result rc=-1 msg=unknown")


def start_mpi() -> None:
    """Initialise MPI in this process, under a name of its own; where it is initialised already, nothing happens.

    A child stays until MPI is finalised, or this process has ended.
    """
    import sys

    if "mpi4py.MPI" in sys.modules:
        return
    ours, its = socket.socketpair()
    child = os.fork()
    if child == 0:
        ours.close()
        _answer(its)
    its.close()
    ours.set_inheritable(True)
    os.environ.update(PMI_FD=str(ours.detach()), PMI_RANK="0", PMI_SIZE="1")
    try:
        from mpi4py import MPI  # noqa: F401 - importing it initialises MPI
    finally:
        for variable in VARIABLES:  # not for processes that this one starts
            del os.environ[variable]


def _answer(its: socket.socket) -> None:
    """Answer until nothing more is asked; ends the process."""
    import uuid

    status = 1
    try:
        name = f"concbench_{uuid.uuid4().hex}"
        with its, its.makefile("rw", encoding="utf-8") as lines:
            for line in lines:
                lines.write(f"{answer_to(line, name)}\n")
                lines.flush()
        status = 0
    finally:
        os._exit(status)
