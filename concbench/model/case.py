"""A case: a subject, a workload, settings and a side. Immutable; everything that is measured is a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, cast

if TYPE_CHECKING:
    from multiprocessing.context import DefaultContext
    from typing import Any


InitPer = Literal["worker", "process"]


@dataclass(frozen=True, kw_only=True)
class CommandLine:
    """A program to run, as it is typed, and what surrounds it. `{name}` stands for a parameter."""

    text: str
    parameters: tuple[tuple[str, str], ...] = ()
    """Names and values; `workers` is a setting."""
    shell: bool = False
    """Whether a shell reads the text, for pipes, globs and variables; else it is split into words as a shell would."""
    setup: str | None = None
    """A command that each host runs once, before the first sample;"""
    prepare: str | None = None
    """one that it runs before every sample, which does not count;"""
    cleanup: str | None = None
    """and one that it runs at its end."""
    input: str | None = None
    """The file that it reads as its standard input; None: an empty one."""
    ignore_failure: bool = False
    """Whether an exit status other than 0 counts as any other sample."""
    folder: str | None = None
    """Where it runs; None: in the current folder."""
    environment: tuple[tuple[str, str], ...] = ()
    """Variables that it gets beside those of concbench."""


@dataclass(frozen=True, kw_only=True)
class Workload:
    """What the tasks do: a workload's name, and its sizes."""

    name: str
    tasks: int
    task_time: float = 0.0
    """Seconds that one task takes serially: exactly for sleeping, calibrated for computing."""
    loops: int = 0
    """Calibrated: how many turns of the workload's loop take `task_time`."""
    payload: int = 0
    """Bytes of the argument, and of the result, of one task."""
    memory: int = 0
    """Bytes that one task holds, or that all tasks read in common."""
    seed: int = 0
    """Where the workload draws anything at random."""
    items: str | None = None
    """Of a user's function: a JSON-lines file, or the function that makes its items; None: 0, 1, 2, …"""
    expect: str | None = None
    """Of a user's function: the function that says whether a result is right for its item."""
    init: str | None = None
    """Of a user's function: the function that each worker calls before its first task."""
    init_per: InitPer | None = None
    """Whether each thread calls it, as each process does, or one for all threads; None: each, as nothing was said."""
    shared: str | None = None
    """Of a user's function: the function that makes the object with which it is called, too."""
    every: int = 1
    """Of a user's function: 3 if only every third item is run, because all of them would take too long."""
    total: int | None = None
    """Of a user's function: the number of all its items, once they have been counted."""
    busy: float | None = None
    """Of a user's function, as measured: the share of its time in which it computes."""
    coroutine: bool = False
    """Of a user's function, as found: whether it is an `async def`."""
    async_init: bool = False
    """The same of its `init`."""
    cores_busy: float | None = None
    """Of a user's function, as measured: how many cores a single call keeps busy, with threads that a library such as
    OpenBLAS has; None: no more than one."""
    command: CommandLine | None = None
    """The command that a sample runs, instead of tasks."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a subject is opened. None means the interpreter's own default."""

    workers: int | None = None
    chunksize: int | None = None
    start_method: str | None = None
    forkserver_preload: tuple[str, ...] = ()
    """Modules that a fork server imports before it starts workers."""
    maxtasksperchild: int | None = None
    limit: int | None = None
    """Maximum number of concurrent tasks, for strategies with one worker per task; None: all of them."""
    buffersize: int | None = None
    """Maximum number of chunks that `Executor.map` submits ahead of the results that are taken; None: all of them."""
    lock: str | None = None
    """The primitive that guards a store's counter; None: no lock."""
    cores: str | None = None
    """Where both ends of a channel run: on `one` core, `apart` on two, or on `any`."""
    calls: int | None = None
    """How many calls a sample of a load makes."""
    warm: bool = False
    """Whether a strategy is opened once a host, before its first sample, so that starting workers is in none."""
    inner_threads: int | None = None
    """How many threads libraries such as OpenBLAS may use in each process; None: as many as they choose, which is one
    for every core by default."""
    engine_address: str | None = None
    """Where a cluster that exists is reached; None: engines are started here."""
    sharing: str | None = None
    """How workers get the object that all tasks read (`concbench.workloads.sharing`); None: there is none, or workers
    are threads, which have it in common."""

    @property
    def context(self) -> DefaultContext:
        """The `multiprocessing` context of the start method; raises ValueError where the system has no such one."""
        import multiprocessing  # here, because the outside reads settings and never starts a process with them

        # Contexts differ by class and have the same methods; typeshed gives `Process` to each but not to their base.
        return cast("DefaultContext", multiprocessing.get_context(self.start_method))


def given_settings(settings: Settings) -> dict[str, Any]:
    """Those settings that are not left to the subject, or to Python.

    >>> given_settings(Settings(workers=2, forkserver_preload=("json",)))
    {'workers': 2, 'forkserver_preload': ('json',)}
    """
    return {name: value for name, value in vars(settings).items() if value not in (None, False, ())}


Metric = Literal["wall", "each"]
"""The field of a sample that cases are compared by: `wall` for tasks, commands and benchmarks, `each` in all others."""
TIMED_WHOLE = ("tasks", "commands", "benchmarks")
"""The experiments that are compared by the wall time of a sample."""


INNER_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
"""The environment variables that libraries take their number of threads from, once, when they are loaded."""


def room_for(workload: Workload, settings: Settings, cores: int) -> int:
    """How many calls at once `cores` have room for, where each keeps several of them busy by itself; at least 1.

    >>> product = Workload(name="mine:product", tasks=9, cores_busy=1.9)
    >>> [room_for(product, Settings(inner_threads=number), 8) for number in (None, 1, 2)]
    [4, 8, 4]
    """
    each = workload.cores_busy or 1.0
    if settings.inner_threads is not None:
        each = min(each, settings.inner_threads)
    return max(1, round(cores / each))


AxisName = Literal[
    "workers",
    "chunksize",
    "start_method",
    "maxtasksperchild",
    "limit",
    "buffersize",
    "inner_threads",
    "tasks",
    "task_time",
    "payload",
    "memory",
]
"""A setting or a size that takes several values in one run: the field of `Settings` or of `Workload`."""
Value = int | float | str | None
"""One value along an axis; None leaves the choice to the subject, or to the interpreter."""
SIZES: tuple[AxisName, ...] = ("tasks", "task_time", "payload", "memory")
"""The axes that are fields of `Workload`; all others are fields of `Settings`."""
START_METHODS = ("fork", "forkserver", "spawn")
OF_WORDS: tuple[AxisName, ...] = ("start_method",)
"""The axes whose values are words: they have no order and no scale, and say in a row's name what they are."""


AUTO = "auto"
"""What None is called in the name of a row."""
TIME_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns"))
SIZE_UNITS = ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"), (1, "B"))
FEWEST_DIGITS, MOST_DIGITS = 3, 17
"""Digits of a time in a name: as many as distinguish it from every other float."""


def option_name(axis: AxisName) -> str:
    """An axis as its option is written.

    >>> option_name("inner_threads")
    'inner-threads'
    """
    return axis.replace("_", "-")


def size_words(axis: AxisName, value: Value) -> str:
    """A size as it stands in the name of a table; different for different values.

    >>> size_words("tasks", 100), size_words("task_time", 1e-5), size_words("payload", 65536)
    ('100 tasks', '10us', '64KiB')
    """
    if isinstance(value, str):
        return value
    if axis == "task_time":
        return _time_words(value or 0)
    if axis == "tasks":
        return f"{value} task{'' if value == 1 else 's'}"
    if not value:
        return "0B"
    scale, unit = next((scale, unit) for scale, unit in SIZE_UNITS if value % scale == 0)
    return f"{value // scale}{unit}"


def _time_words(seconds: float) -> str:
    """A time as people type it; different for different floats.

    >>> _time_words(0.00032), _time_words(1.5), _time_words(0.0), _time_words(1e-12), _time_words(0.123456)
    ('320us', '1.5s', '0s', '0.001ns', '123.456ms')
    """
    scale, unit = next(((scale, unit) for scale, unit in TIME_UNITS if seconds >= scale * 0.9999), TIME_UNITS[-1])
    if not seconds:
        scale, unit = TIME_UNITS[0]
    for digits in range(FEWEST_DIGITS, MOST_DIGITS):
        text = f"{seconds / scale:.{digits}g}"
        if float(text) * scale == seconds or float(f"{float(text) * scale:.9g}") == seconds:
            return f"{text}{unit}"
    return f"{seconds / scale!r}{unit}"


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is measured: a subject on a workload with its settings, on one side. Its coordinates never change.

    The id is made of them for people to read; nothing takes it apart.

    >>> case = Case(group="cpu", row="pool-map", subject="pool-map", workload=Workload(name="cpu", tasks=100),
    ...     settings=Settings(workers=4), along={"tasks": 100, "workers": 4}, side="head")
    >>> case.id
    'cpu 100 tasks/pool-map workers 4 head'
    """

    id: str = field(init=False, default="", compare=False)
    group: str
    """What the table is called, without the sizes that the run has several of."""
    row: str
    """What the row is called, without the settings that the run has several of, and without the side."""
    along: Mapping[AxisName, Value] = field(default_factory=dict, hash=False)
    """Where it stands along the axes of its run: those that its subject and its workload have."""
    side: str | None = None
    """The side of a gate, or the interpreter, that it runs on; None where there is only one."""
    subject: str
    experiment: str = "tasks"
    workload: Workload
    settings: Settings

    def __post_init__(self) -> None:
        """Make the id of the coordinates."""
        object.__setattr__(self, "id", f"{self.table}/{self.label}")

    @property
    def table(self) -> str:
        """The name of the table that it is a row of."""
        return " ".join([self.group, *(size_words(name, self.along[name]) for name in SIZES if name in self.along)])

    @property
    def name(self) -> str:
        """The row's name, with its settings along the axes, without the side."""
        row, settings = self.row, []
        for name, value in self.along.items():
            words, place = AUTO if value is None else f"{value}", f"{{{name}}}"
            if place in row:  # of a command: `make -j {workers}`
                row = row.replace(place, words)
            elif name not in SIZES:
                settings.append(words if name in OF_WORDS else f"{option_name(name)} {words}")
        return " ".join([row, *settings])

    @property
    def label(self) -> str:
        """What its row is called: unlike any other in its table."""
        return self.name if self.side is None else f"{self.name} {self.side}"

    @property
    def runs_a_program(self) -> bool:
        """Whether a sample is a program of the user's: nothing of it is the host's, and no two may run at once."""
        return self.experiment == "commands"

    @property
    def metric(self) -> Metric:
        """What it is compared by."""
        return "wall" if self.experiment in TIMED_WHOLE else "each"
