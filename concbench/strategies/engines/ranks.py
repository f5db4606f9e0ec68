"""Ranks of MPI that serve hosts, one after the other: `mpiexec -n 4 python -m concbench.strategies.engines.ranks`.

The server of mpi4py, `python -m mpi4py.futures.server`, ends with its first client, and a run has many hosts. These
ranks outlive theirs, also one that is killed. A host asks over a socket: what a rank has used, whose turn it is, and to
join, to be served in a sample, and to leave. Only for these three do ranks enter MPI, where waiting may take a whole
core; serving is between mpi4py's executor in the host and mpi4py's workers in the ranks.

Whoever knows the address, of which a secret is part, can run code on all nodes, as with any MPI program.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
import signal
import socket
import sys
import threading
from contextlib import contextmanager, suppress
from queue import SimpleQueue

from concbench.strategies.engines.cluster import MPI_SCHEME

TYPE_CHECKING = False  # as typing's, without importing typing: hosts import what is below
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, NoReturn

WITHOUT_FIRST = "--without-first"
PATIENCE = 5
"""Seconds in which all ranks have to end."""
AGAIN = 0.05
"""Seconds after which a rank is interrupted once more: a task may have caught the first interruption."""


class Abandoned(BaseException):
    """The host that a rank serves has gone; no `Exception`, which a task might catch."""


class Guest:
    """A host that has joined, or is about to."""

    def __init__(self, path: list[str]) -> None:
        self.path = path
        """Its folders, to import from."""
        self.between: Any = None
        """The communicator of it and all ranks."""


class Job:
    """What all ranks do together with one guest."""

    def __init__(self, kind: str, guest: Guest) -> None:
        self.kind = kind
        self.guest = guest
        self.done = threading.Event()


class Rank:
    """One rank: its main thread serves hosts, another listens to them."""

    def __init__(self, communicator: Any, port: str | None, secret: str) -> None:
        self.communicator = communicator
        self.port = port
        self.secret = secret
        self.listener = socket.create_server(("", 0), backlog=128)
        self.members: list[tuple[str, int]] = []
        """Where each rank listens; of the first one."""
        self.jobs: SimpleQueue[Job | None] = SimpleQueue()
        self.current: Job | None = None
        self.abandoned = False
        self.turn = threading.Lock()
        """Of the first one: all ranks have to do the jobs of several hosts in one order."""

    # The thread that listens, and one for each connection

    def listen(self) -> NoReturn:
        """Attend to whoever connects."""
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.attend, args=(connection,), daemon=True).start()

    def attend(self, connection: socket.socket) -> None:
        """Answer the requests of a host, line by line, until it has gone."""
        guest: Guest | None = None
        job: Job | None = None
        has_turn = False
        with suppress(OSError, ValueError), connection, connection.makefile("rw", encoding="utf-8") as lines:
            try:
                if not hmac.compare_digest(lines.readline().strip(), self.secret):
                    return
                for line in lines:
                    request: dict[str, Any] = json.loads(line)
                    answer: dict[str, Any] = {}
                    do = request["do"]
                    if do == "members":
                        answer = {"members": self.members}
                    elif do == "usage":
                        answer = self.usage()
                    elif do == "turn":
                        has_turn = self.turn.acquire()
                        answer = {"port": self.port}
                    elif do in KINDS:
                        guest = guest or Guest(request["path"])
                        job = Job(do, guest)
                        self.jobs.put(job)
                    elif do == "over" and job is not None:
                        job.done.wait()
                        if has_turn:
                            self.turn.release()
                        job, has_turn = None, False
                    elif do == "end":
                        self.jobs.put(None)
                    lines.write(f"{json.dumps(answer)}\n")
                    lines.flush()
            finally:
                if job is not None:
                    self.abandon(job)
                if has_turn:
                    self.turn.release()

    def usage(self) -> dict[str, Any]:
        """What this process has used and holds; see `Usage`."""
        from concbench.strategies.engines.cluster import usage_of

        return {**usage_of(), "node": socket.gethostname(), "workers": 1, "lanes": 1}

    def abandon(self, job: Job) -> None:
        """Interrupt the main thread until it has left a job."""
        main = threading.main_thread().ident
        assert main is not None
        while not job.done.wait(AGAIN):
            if self.current is job:
                self.abandoned = True
                signal.pthread_kill(main, signal.SIGUSR2)

    # The main thread

    def interrupt(self, *_: object) -> None:
        """Handle the signal: leave a job whose host has gone. It isn't SIGUSR1: MPICH has taken that."""
        if self.current is not None and self.abandoned:
            raise Abandoned

    def work(self) -> None:
        """Do one job after the other, until this is to end."""
        signal.signal(signal.SIGUSR2, self.interrupt)
        for job in iter(self.jobs.get, None):
            self.abandoned = False
            try:
                self.current = job
                KINDS[job.kind](self, job.guest)
                self.current = None
            except Abandoned:
                self.calm()
            job.done.set()

    def calm(self) -> None:
        """Have no further interruption, whenever the last one arrives."""
        while self.current is not None:
            with suppress(Abandoned):
                self.current = None

    def join(self, guest: Guest) -> None:
        """Connect to a host, which connects at the same time."""
        from mpi4py import MPI

        guest.between = self.communicator.Accept(self.port, MPI.INFO_NULL, 0)

    def serve(self, guest: Guest) -> None:
        """Be a worker of mpi4py for one executor of a host.

        By its inner function, as `MPICommExecutor` begins and ends with calls that wait inside MPI for every process of
        the communicator: nothing interrupts them, and a host may be killed there.
        """
        from mpi4py.futures import _core

        with importing_from(guest.path):
            _core.server_exec(guest.between, {})

    def leave(self, guest: Guest) -> None:
        """Disconnect from a host, which does so at the same time."""
        from mpi4py.futures import _core

        _core.barrier(guest.between)  # which can be interrupted: what follows can't, and takes no time then
        guest.between.Disconnect()


KINDS = {"join": Rank.join, "serve": Rank.serve, "leave": Rank.leave}
"""What all ranks do together with one host."""


@contextmanager
def importing_from(path: list[str]) -> Iterator[None]:
    """Import a host's modules from its folders, and forget them afterwards: the next host may have others."""
    before, known = list(sys.path), set(sys.modules)
    sys.path.extend(path)
    try:
        yield
    finally:
        sys.path[:] = before
        for name in set(sys.modules) - known:
            file = getattr(sys.modules[name], "__file__", None) or ""
            if any(file.startswith(os.path.join(folder, "")) for folder in path):  # noqa: PTH118 - no host carries pathlib
                del sys.modules[name]


def main() -> None:
    """Serve until mpiexec ends this; the first rank prints the address.

    With `--without-first`, the first rank does not serve: when its input ends, it ends all others.
    """
    from mpi4py import MPI

    world = MPI.COMM_WORLD
    if WITHOUT_FIRST not in sys.argv[1:]:
        rank, address = _listening(world)
        if address is not None:
            _say(address)
        rank.work()
        return
    first = world.Get_rank() == 0
    others = world.Split(0 if first else 1)
    if first:
        address, secret, members = world.recv(source=1)
        _say(address)
        sys.stdin.read()
        # MPI ends all ranks together, and waits forever for one that was killed: there, only the system ends this.
        signal.alarm(PATIENCE)
        try:
            for member in members:
                _end(member, secret)
        except OSError:
            os._exit(1)
    else:
        rank, address = _listening(others)
        if address is not None:
            world.send((address, rank.secret, rank.members), 0)
        rank.work()


def _listening(communicator: Any) -> tuple[Rank, str | None]:
    """A rank that listens; and the address of all of them, in the first one."""
    from mpi4py import MPI

    first = communicator.Get_rank() == 0
    secret = communicator.bcast(secrets.token_hex(8) if first else None, 0)
    rank = Rank(communicator, MPI.Open_port() if first else None, secret)
    here = socket.gethostname(), rank.listener.getsockname()[1]
    rank.members = communicator.gather(here, 0) or []
    threading.Thread(target=rank.listen, daemon=True).start()
    return rank, f"{MPI_SCHEME}://{here[0]}:{here[1]}/{secret}" if first else None


def _end(member: tuple[str, int], secret: str) -> None:
    """Let a rank end; raises OSError where it has ended."""
    with socket.create_connection(member) as connection, connection.makefile("rw", encoding="utf-8") as lines:
        lines.write(f"{secret}\n{json.dumps({'do': 'end'})}\n")
        lines.flush()
        lines.readline()


def _say(address: str) -> None:
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
