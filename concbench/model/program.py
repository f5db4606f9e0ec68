"""A program that was traced: its processes, and its regions, which are the pools and groups that ran its tasks."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

WorkerKind = Literal["processes", "threads", "coroutines", "interpreters"]
"""What the workers of a region are."""


@dataclass(frozen=True, kw_only=True)
class Process:
    """A process of the program that had something to record."""

    pid: int
    parent: int
    command: list[str]
    began: float
    """Seconds since the program was started, as all times of a trace, until it recorded something."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """Calls of one method of a region's pool."""

    method: str
    number: int
    items: int | None
    """Of all calls together; None where some of them took an iterator."""
    chunksize: int | None
    """As it was given last; None where it was not."""


@dataclass(frozen=True, kw_only=True)
class Region:
    """A pool, an executor, a semaphore, or what one place in the program started one by one, and its tasks."""

    name: str
    """What it is: `ProcessPoolExecutor`, `Pool`, `Thread`, `asyncio tasks`, `Semaphore`."""
    kind: WorkerKind
    file: str
    line: int
    function: str
    """Where the program opened it; empty and 0 where a library did, with none of the program's code above it."""
    pid: int
    """The process that opened it."""
    inside: int | None = None
    """The place in `Program.regions` of the one whose worker opened it."""
    group: bool = False
    """Whether it has no pool: its tasks are threads, processes or coroutines of their own."""
    limit: bool = False
    """Whether it is a semaphore, whose tasks are those that hold it."""
    start_method: str | None = None
    workers: int | None = None
    """As it was opened; None for a group."""
    opened: float
    ready: float
    """When the program had the pool, with whatever workers that starts at once."""
    closing: float | None
    """When it began to end it; None where it never did."""
    closed: float
    """When that was over; or its last event."""
    calls: tuple[Call, ...] = ()
    lanes: int
    """How many tasks could be under way at once: its workers, or as many as there were at once."""
    task: str = ""
    """The function that they call, as `package.module:function`, or `path/file.py:function`; empty where unknown."""
    tasks: int
    columns: bytes = field(repr=False)
    """Of each task: see `concbench.instruments.columns`."""
    items: tuple[str, ...] = field(default=(), repr=False)
    """Short texts of the items, in the order of the tasks; none unless they were asked for."""

    @property
    def place(self) -> str:
        """Where it was opened, as `job.py:41`; empty where no code of the program's was above it."""
        return f"{Path(self.file).name}:{self.line}" if self.file else ""

    @property
    def title(self) -> str:
        """What it is called: `ProcessPoolExecutor at job.py:41`."""
        return f"{self.name} at {self.place}" if self.file else self.name


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A setting of a pool that was changed while the program ran again, and again without that, in turns."""

    name: str
    file: str
    line: int
    """What was opened, and where."""
    setting: str
    """`workers`, `chunksize` or `start_method`."""
    value: int | str
    before: list[float]
    after: list[float]
    """Seconds of the region without idle time, in each run without the change and with it."""
    program_before: list[float]
    program_after: list[float]
    """Seconds of the whole program."""
    predicted: float | None = None
    low: float | None = None
    high: float | None = None
    """What the region was expected to take, and between which seconds."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """A program, and what was recorded of it."""

    command: list[str]
    """With the interpreter that ran it."""
    folder: str
    """Where it ran."""
    python: str
    gil: bool
    status: int
    """Its exit status; negative: the signal that ended it."""
    wall: float
    """Seconds from its start to its end."""
    cpu: float
    """CPU seconds of it and of all its children that it waited for."""
    cores: int
    """That it could use."""
    others: float | None = None
    """How many cores other programs kept busy meanwhile; None where that is unknown."""
    processes: list[Process]
    regions: list[Region]
    unseen: list[str] = field(default_factory=list)
    """What could not be recorded, a sentence each."""
