"""MPI on ranks that serve: `mpiexec` has started them, on any nodes, and they outlive the hosts that use them.

See `concbench.strategies.engines.ranks` for what runs there. Beside MPI, a host has a connection to every rank, by
which it asks what a rank has used, and learns that one has died: MPI itself would wait forever.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import threading
from contextlib import ExitStack, contextmanager
from functools import partial

from concbench.strategies.engines.cluster import MPI_SCHEME, NO_ADDRESS, PATIENCE, modules_to_carry
from concbench.strategies.engines.engine import losing_workers, needs
from concbench.strategies.engines.process_manager import start_mpi
from concbench.strategies.strategy import Unavailable, WorkerDied, chunks_of_one, spawned, strategy

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from concbench.model.case import Settings
    from concbench.strategies.engines.cluster import Cluster, Usage
    from concbench.strategies.strategy import RunTasks

DIED = "a rank died in the middle of a sample"
NOT_THERE = (
    "a rank can't import {}: it has to be installed on every node, or its folder has to be in the same place there"
)
START = "start them with: mpiexec -n 4 python -m concbench.strategies.engines.ranks"


class Line:
    """A connection to one rank."""

    def __init__(self, host: str, port: int, secret: str) -> None:
        self._socket = socket.create_connection((host, port), timeout=PATIENCE)
        self._socket.settimeout(None)  # a turn may take as long as another host's sample
        self._lines = self._socket.makefile("rw", encoding="utf-8")
        self._lines.write(f"{secret}\n")
        self._lines.flush()

    def fileno(self) -> int:
        """Of its socket, for `select`."""
        return self._socket.fileno()

    def send(self, do: str, **more: Any) -> None:
        """Ask for something; raises OSError where the rank has died."""
        self._lines.write(f"{json.dumps({'do': do, **more})}\n")
        self._lines.flush()

    def answer(self) -> dict[str, Any]:
        """Wait for the answer; raises ConnectionError where the rank has died."""
        line = self._lines.readline()
        if not line.endswith("\n"):
            raise ConnectionError("the rank has closed its connection")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def ask(self, do: str, **more: Any) -> dict[str, Any]:
        """Ask, and wait for the answer; raises OSError where the rank has died."""
        self.send(do, **more)
        return self.answer()

    def close(self) -> None:
        """Hang up."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._lines.close()
        self._socket.close()


class Ranks:
    """All ranks, as a host sees them; see `Cluster`."""

    def __init__(self, members: Sequence[tuple[str, int]], secret: str, stack: ExitStack) -> None:
        def lines() -> list[Line]:
            found = []
            for host, port in members:
                found.append(Line(host, port, secret))
                stack.callback(_hang_up, found[-1])
            return found

        self.lines = lines()
        self.alive = lines()
        """On these nothing is ever said: where one can be read, the rank at its end has died."""
        self.lost = False
        self.running = False

    @property
    def lanes(self) -> int:
        """See `Cluster`."""
        return len(self.lines)

    def read(self) -> dict[str, Usage]:
        """See `Cluster`."""
        found: dict[str, Usage] = {}
        asked = []
        for number, line in enumerate(self.lines):
            try:
                line.send("usage")
            except OSError:
                continue
            asked.append((number, line))
        for number, line in asked:
            try:
                found[f"rank {number}"] = line.answer()
            except OSError:
                continue
        return found

    def look_out(self, stop: socket.socket) -> None:
        """Until there is something to read from `stop`, interrupt the main thread once a rank has died."""
        readable, _, _ = select.select([stop.fileno(), *(line.fileno() for line in self.alive)], [], [])
        if stop.fileno() not in readable:
            self.lost = True
            if self.running:
                main = threading.main_thread().ident
                assert main is not None
                signal.pthread_kill(main, signal.SIGUSR2)

    def interrupt(self, *_: object) -> None:
        """Handle the signal, which isn't SIGUSR1: MPICH has taken that."""
        if self.running:
            self.running = False
            raise WorkerDied(DIED)

    @contextmanager
    def noticing_death(self) -> Iterator[None]:
        """Raise WorkerDied where a rank has died, or dies meanwhile."""
        self.running = True
        try:
            if self.lost:
                raise WorkerDied(DIED)
            yield
        finally:
            self.running = False

    @contextmanager
    def together(self, kind: str) -> Iterator[str]:
        """Have all ranks do something with this host; yields their port. Raises WorkerDied."""
        path = [each for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each]
        try:
            port: str = self.lines[0].ask("turn")["port"]
            self._ask_all(kind, path=path)
            try:
                yield port
            finally:
                if not self.lost:
                    self._ask_all("over")
        except OSError as error:
            raise WorkerDied(DIED) from error

    def _ask_all(self, do: str, **more: Any) -> None:
        for line in self.lines:
            line.send(do, **more)
        for line in self.lines:
            line.answer()


def _hang_up(line: Line) -> None:
    try:
        line.close()
    except OSError:  # it has gone already
        return


_connected: list[tuple[Ranks, Any]] = []
"""The ranks of this host's case, and the communicator of it and them."""


@contextmanager
def mpi_ranks(settings: Settings) -> Iterator[Cluster]:
    """The ranks at the address, which a host joins as long as it has the case; raises Unavailable.

    That is as for a program whose ranks `mpiexec` has started: what a sample starts is an executor on them.
    """
    address = settings.engine_address
    if address is None:
        raise Unavailable(NO_ADDRESS)
    place, _, secret = address.removeprefix(f"{MPI_SCHEME}://").partition("/")
    host, _, port = place.rpartition(":")
    with ExitStack() as stack:
        try:
            first = Line(host, int(port), secret)
            stack.callback(_hang_up, first)
            ranks = Ranks(first.ask("members")["members"], secret, stack)
        except (OSError, ValueError) as error:
            raise Unavailable(f"no ranks answer at {address}: {error}; {START}") from error
        start_mpi()  # before there is a thread, as it forks
        stack.enter_context(_looking_out(ranks))
        stack.enter_context(_joined(ranks))
        yield ranks


@contextmanager
def _looking_out(ranks: Ranks) -> Iterator[None]:
    before = signal.signal(signal.SIGUSR2, ranks.interrupt)
    stop, stopped = socket.socketpair()
    watching = threading.Thread(target=ranks.look_out, args=(stopped,), daemon=True)
    watching.start()
    with stop, stopped:
        try:
            yield
        finally:
            stop.send(b".")
            watching.join()
            signal.signal(signal.SIGUSR2, before)


@contextmanager
def _joined(ranks: Ranks) -> Iterator[None]:
    from mpi4py import MPI
    from mpi4py.futures import _core

    with ranks.together("join") as port:
        between = MPI.COMM_SELF.Connect(port, MPI.INFO_NULL, 0)
    _connected.append((ranks, between))
    try:
        yield
    finally:
        _connected.clear()
        if not ranks.lost:
            with ranks.together("leave"):
                _core.barrier(between)
                between.Disconnect()


@contextmanager
def _executor(ranks: Ranks, between: Any) -> Iterator[Any]:
    """An executor of mpi4py, whose workers the ranks are; where one has died, it is left as it is."""
    from mpi4py.futures import MPIPoolExecutor, _core

    inner: Any = _core  # whose types don't have all of it

    def manage(pool: Any, options: Any) -> None:
        """What an executor's thread does, as mpi4py's own, but for calls in which all ranks would wait for all."""
        size = between.Get_remote_size()
        queue = pool.setup(size)
        inner.client_exec(between, options, 0, inner.WorkerSet(range(size)), queue)
        inner.waitall(between, inner.isendtoall(between, None), poll=True)

    with ranks.together("serve"):
        before = set(threading.enumerate())
        executor: Any = MPIPoolExecutor(main=False)
        executor._make_pool = partial(inner.Pool, manager=manage)
        executor.bootup(wait=True)
        try:
            yield executor
        finally:
            try:
                with ranks.noticing_death():  # shutting it down would wait for a rank that has died
                    executor.shutdown()
            except WorkerDied:
                _end(set(threading.enumerate()) - before)
                raise


def _end(threads: set[threading.Thread]) -> None:
    """End the threads of an executor, whose rank has died: they would wait for it, and the interpreter for them."""
    import ctypes  # here, as few hosts need it

    for thread in threads:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(SystemExit))


@strategy(
    "mpi-cluster",
    engine="mpi4py",
    workers="processes",
    settings=("engine_address", "chunksize"),
    start_method=spawned,
    chunks=chunks_of_one,
    opening=0.3,
    missing=needs("mpi4py", "mpiexec"),
    connect=mpi_ranks,
    program="""
from mpi4py.futures import MPIPoolExecutor

# To be run by: mpiexec -n 5 python -m mpi4py.futures this_program.py
if __name__ == "__main__":
    {items}
    with MPIPoolExecutor(initializer={init}) as executor:
        results = list(executor.map({task}, items, chunksize={chunksize}))
    print(len(results), "results")
""",
)
@contextmanager
def mpi_cluster(settings: Settings) -> Iterator[RunTasks]:
    """`mpi4py.futures.MPIPoolExecutor.map` on the ranks at `--engine-address`; by default a chunk is one task."""
    ((ranks, between),) = _connected
    chunksize = settings.chunksize or 1
    with losing_workers("BrokenExecutor"), _executor(ranks, between) as executor:

        def run(task: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
            try:
                with ranks.noticing_death():
                    return list(executor.map(task, items, chunksize=chunksize))
            except ModuleNotFoundError as error:
                if error.name in {module.__name__ for module in modules_to_carry()}:
                    raise Unavailable(NOT_THERE.format(error.name)) from error
                raise

        yield run
