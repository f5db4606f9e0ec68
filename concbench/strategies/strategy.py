"""What a strategy is, the table of all of them, and what can come of one."""

from __future__ import annotations

import sys

from concbench.registry import Registry, UnknownName, first_line

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from typing import Any, Literal

    from concbench.model.case import Settings
    from concbench.strategies.engines.cluster import Cluster

    RunTasks = Callable[[Callable[[Any], Any], Sequence[Any]], Sequence[Any]]
    """Runs a task on every item, and returns what the strategy `returns`."""

    Open = Callable[[Settings], AbstractContextManager[RunTasks]]
    Returns = Literal["results", "results in any order", "exit codes"]
    Workers = Literal["none", "processes", "threads", "interpreters", "coroutines"]
    Chunks = Callable[[Settings, int], int]
    """The size of a chunk, given the number of items."""
    InnerThreads = Callable[[Settings, int], int]
    """The number, given the cores."""
    SettingName = Literal[
        "workers", "chunksize", "start_method", "maxtasksperchild", "limit", "buffersize", "engine_address", "warm"
    ]
    Connect = Callable[[Settings], AbstractContextManager[Cluster]]


FILE = ".py"


class Unavailable(Exception):
    """A strategy can't run here, or not with these settings; the text says why in one sentence."""


class WorkerDied(Exception):
    """A worker ended without delivering its result."""


class UnpicklableResult(Exception):
    """A task's result can't be sent back, because it can't be pickled."""


class TaskTraceback(Exception):
    """The traceback of a task in another process, as text: tracebacks can't be pickled."""


class Outcome:
    """A task's result, or its exception, for strategies that carry it between processes themselves."""

    __slots__ = ("error", "result", "trace")

    def __init__(self, result: Any = None, error: BaseException | None = None, trace: str = "") -> None:
        self.result = result
        self.error = error
        self.trace = trace

    def get(self) -> Any:
        """The result; raises the task's exception, with its own traceback as the cause."""
        if self.error is not None:
            raise self.error from TaskTraceback(self.trace)
        return self.result


def attempt(task: Callable[[Any], Any], item: Any) -> Outcome:
    """Run a task, and keep its result or exception."""
    try:
        return Outcome(task(item))
    except Exception as error:  # noqa: BLE001 - a task may raise anything; get() raises it again
        import traceback  # here, as only a host whose tasks raise needs it

        return Outcome(error=error, trace=traceback.format_exc())


class Strategy:
    """A registered way to run the tasks of a workload."""

    def __init__(
        self,
        *,
        name: str,
        open_: Open,
        workers: Workers,
        returns: Returns,
        settings: tuple[SettingName, ...],
        coroutine: bool,
        chunks: Chunks | None,
        missing: Callable[[], str | None],
        program: str | None = None,
        engine: str | None = None,
        start_method: Callable[[], str] | None = None,
        inner_threads: InnerThreads | None = None,
        grows: bool = False,
        connect: Connect | None = None,
        dies_together: bool = False,
        opening: float = 0.0,
    ) -> None:
        self.name = name
        self.open = open_
        self.workers = workers
        self.returns = returns
        self.settings = settings
        """The settings that it uses; its cases have no others. With `warm` it can be kept open: what it yields may be
        called again and again."""
        self.coroutine = coroutine
        """Whether it runs the workload's coroutine form instead of its plain function."""
        self.chunks = chunks
        """None where items are handed out one by one."""
        self.missing = missing
        """Returns why this interpreter can't run it, in one sentence; None where it can."""
        self.program = program
        """The template of a program that works the same way without concbench; see `strategy`."""
        self.engine = engine
        """The package beyond the standard library that it runs on."""
        self.start_method = start_method
        """How its workers are started unless that is set, `spawn` for fresh interpreters; None: Python's own way."""
        self.inner_threads = inner_threads
        """How many threads it lets libraries have in each worker unless that is set; None: as many as they choose."""
        self.grows = grows
        """Whether its chunks grow while it runs, unless a chunksize is set."""
        self.connect = connect
        """Of a strategy that runs on a cluster that exists: a connection that knows its workers."""
        self.dies_together = dies_together
        """Whether its engine kills the process that uses it once a worker has died."""
        self.opening = opening
        """Seconds of a core that opening it takes, about, where that is much more than starting a host."""
        self.about = first_line(open_)

    def started_by(self, asked: str | None) -> str:
        """The start method of its workers where this one is asked for, or None."""
        if asked is not None:
            return asked
        if self.start_method is not None:
            return self.start_method()
        import multiprocessing  # here, so that a host without processes does not carry it

        return multiprocessing.get_context().get_start_method()

    def lanes(self, settings: Settings, tasks: int) -> int:
        """The largest number of tasks that can run at once."""
        if self.workers == "none":
            return 1
        if "workers" in self.settings or self.connect is not None:
            return settings.workers or 1
        return min(tasks, settings.limit or tasks)

    def why_not(self, workload: str, has_coroutine: bool) -> str | None:
        """Why it can't run a workload in this interpreter, in one sentence; None where it can."""
        if self.coroutine and not has_coroutine:
            return f"workload {workload!r} has no coroutine form"
        return self.missing()


strategies: Registry[Strategy] = Registry(
    "strategy",
    "concbench.strategies",
    {
        "serial": ("serial",),
        "processes": ("process", "process-pipe", "process-queue"),
        "pools": (
            *("pool-map", "pool-map-async", "pool-imap", "pool-imap-unordered", "pool-starmap"),
            *("pool-apply", "pool-apply-async", "pool-callback"),
        ),
        "executors": ("executor-threads", "executor-processes", "executor-interpreters"),
        "threads": ("thread", "thread-subclass", "threadpool-map"),
        "coroutines": ("asyncio-gather", "asyncio-to-thread"),
        "engines.joblib": ("joblib-loky", "joblib-threads"),
        "engines.loky": ("loky",),
        "engines.mpire": ("mpire",),
        "engines.dask": ("dask-processes", "dask-threads", "dask-cluster"),
        "engines.ray": ("ray", "ray-cluster"),
        "engines.mpi": ("mpi",),
        "engines.mpi_cluster": ("mpi-cluster",),
    },
    other_names={
        "pool": "pool-map",
        "apply": "pool-apply",
        "processpoolexecutor": "executor-processes",
        "threadpoolexecutor": "executor-threads",
        "interpreterpoolexecutor": "executor-interpreters",
        "threadpool": "threadpool-map",
        "asyncio": "asyncio-gather",
        "gather": "asyncio-gather",
        "to_thread": "asyncio-to-thread",
        "joblib": "joblib-loky",
        "parallel": "joblib-loky",
        "get_reusable_executor": "loky",
        "workerpool": "mpire",
        "dask": "dask-processes",
        "distributed": "dask-processes",
        "localcluster": "dask-processes",
        "mpi4py": "mpi",
        "mpipoolexecutor": "mpi",
    },
)


def known(name: str) -> Strategy | None:
    """The strategy of a name; None for another kind of subject, and for what is not installed here."""
    try:
        return strategies.get(name)
    except UnknownName:
        return None


def standard() -> dict[str, Strategy]:
    """The strategies that need no engine, by name."""
    return {name: each for name, each in strategies.all().items() if each.engine is None}


def of_engines() -> dict[str, Strategy]:
    """Those that start one."""
    return {name: each for name, each in strategies.all().items() if each.engine is not None and each.connect is None}


CLUSTERS = {
    **dict.fromkeys(("tcp", "tls", "ucx", "ws", "wss"), "dask-cluster"),
    "ray": "ray-cluster",
    "mpi": "mpi-cluster",
}
"""By the scheme of an address, the strategy that runs tasks on the cluster there."""


def of_cluster(address: str) -> Strategy:
    """The strategy that runs tasks on the cluster at an address: the scheme says whose it is, and none is ray's.

    Raises KeyError for a scheme of no cluster.
    """
    scheme, separator, _ = address.partition("://")
    return strategies.get(CLUSTERS[scheme] if separator else "ray-cluster")


def strategy_called(name: str, folder: str | None = None) -> Strategy:
    """The strategy of a name, or of a file as `tools/mine.py:name`; raises UnknownName.

    Outside hosts, paths begin in `folder`. Call it only with a name from the user, as it runs the file: the names in a
    run document may be anyone's.
    """
    if f"{FILE}:" in name and name not in strategies.entries:
        from concbench.strategies.files import load  # here, so that only the hosts of such strategies carry it

        load(name, folder)
    return strategies.get(name)


def chunks_of_map(settings: Settings, items: int) -> int:
    """The chunksize of `Pool.map`: by default four chunks a worker, rounded up, as `Pool._map_async` computes it."""
    return settings.chunksize or -(-items // (4 * (settings.workers or 1)))


def chunks_of_one(settings: Settings, _items: int) -> int:
    """The chunksize of what hands out one item at a time by default."""
    return settings.chunksize or 1


def spawned() -> str:
    """The `start_method` of what starts a fresh interpreter for each worker."""
    return "spawn"


def one_thread(_settings: Settings, _cores: int) -> int:
    """The `inner_threads` of what lets libraries have one thread in each worker."""
    return 1


def nothing() -> str | None:
    """The `missing` of what runs on every interpreter."""
    return None


def python_at_least(major: int, minor: int) -> Callable[[], str | None]:
    """A check for what only this and later versions of Python have."""

    def missing() -> str | None:
        if sys.version_info >= (major, minor):
            return None
        return f"needs Python {major}.{minor} or later, and this is {sys.version_info.major}.{sys.version_info.minor}"

    return missing


def strategy(
    name: str,
    *,
    workers: Workers,
    returns: Returns = "results",
    settings: tuple[SettingName, ...] = (),
    coroutine: bool = False,
    chunks: Chunks | None = None,
    missing: Callable[[], str | None] = nothing,
    program: str | None = None,
    engine: str | None = None,
    start_method: Callable[[], str] | None = None,
    inner_threads: InnerThreads | None = None,
    grows: bool = False,
    connect: Connect | None = None,
    dies_together: bool = False,
    opening: float = 0.0,
) -> Callable[[Open], Open]:
    """Register the decorated context manager as a strategy.

    Entering it creates the workers, what it yields runs the tasks, leaving it takes the workers down: the three
    phases of a sample. On an exception it must leave no worker behind. `concbench list` shows the first line of its
    docstring. `program` is the template of a program that works the same way without concbench; its fields are
    described in docs/how-to/add-a-strategy.md. What has an `engine` takes part only where it is named or engines are
    asked for. `start_method`, `inner_threads`, `grows`, `dies_together` and `opening` are how it differs from pools
    of the standard library, and `connect` is for clusters: see `Strategy`.
    """

    def register(open_: Open) -> Open:
        strategies.add(
            name,
            Strategy(
                name=name,
                open_=open_,
                workers=workers,
                returns=returns,
                settings=settings,
                coroutine=coroutine,
                chunks=chunks,
                missing=missing,
                program=program,
                engine=engine,
                start_method=start_method,
                inner_threads=inner_threads,
                grows=grows,
                connect=connect,
                dies_together=dies_together,
                opening=opening,
            ),
        )
        return open_

    return register
