"""The cells that are predicted and measured: drawn at random, so that nothing can be fitted to them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil, exp, log

from concbench.model.case import Case, Settings, Workload
from concbench.strategies.strategy import strategies

STRATEGIES = (
    "pool-map",
    "pool-imap-unordered",
    "pool-apply-async",
    "executor-processes",
    "executor-threads",
    "threadpool-map",
    "process",
    "thread",
    "asyncio-gather",
)
LARGER = (1, 1, 10, 100)
"""Items of a cell, as multiples of those of the sample."""
FEWER = (0.1, 1, 10)
"""The same, for a process per item."""
COMPUTING_WORKERS = (1, 2, 3, 4, 6, 8)
WAITING_WORKERS = (2, 4, 8, 16, 32, 64, 128, 256)
METHODS = ("fork", "fork", "forkserver", "spawn")
"""Half of all cells with processes fork."""
LONGEST, SHORTEST = 1.2, 0.01
"""Seconds of a cell, roughly: longer ones would leave no time for others; shorter ones are noise, and nobody's job."""
START = {"fork": 0.004, "forkserver": 0.03, "spawn": 0.06, None: 0.0003}
"""Seconds that a worker takes to start, roughly."""
HANDED = {"executor-processes": 1.7e-4, "process": 0.0, "thread": 1e-4, "asyncio-gather": 3e-5}
"""Seconds to hand a chunk to a worker, roughly, by strategy;"""
HANDED_BY_POOLS = 4e-5
"""and by all others."""
MOVED = 1e-9
"""Seconds to move a byte to a worker or back, roughly."""
MOST_PROCESSES = 64
MOST_BYTES = 2**28
"""Of all items of a cell."""
TRIES = 1000

SEEN, CELLS, SPEED = "seen", "cells", "speed of a core"
"""The groups of a run's cases: what the model may know, what it is asked for, and what shows how fast the cores are."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """Cells on one workload, which are measured in one run."""

    name: str
    kind: str
    """The kind of work, of which there may be several parts."""
    workload: Workload
    """The sample that the model knows."""
    waits: float = 0.0
    """The share of a task's time in which it waits."""
    gil: bool = True
    """Whether its computing holds the GIL."""
    once: float = 0.0
    """Seconds that a worker takes before its first task, beyond what it takes to start."""

    @property
    def workers(self) -> Sequence[int]:
        """Numbers of workers to draw from."""
        return WAITING_WORKERS if self.waits else COMPUTING_WORKERS


HERE = "benchmarks.prediction"
PARTS = (
    Part(name="1 µs", kind="computing", workload=Workload(name="cpu", tasks=2000, task_time=1e-6)),
    Part(name="20 µs", kind="computing", workload=Workload(name="cpu", tasks=500, task_time=2e-5)),
    Part(name="1 ms", kind="computing", workload=Workload(name="cpu", tasks=30, task_time=1e-3)),
    Part(name="20 ms", kind="computing", workload=Workload(name="cpu", tasks=8, task_time=2e-2)),
    Part(name="waiting 2 ms", kind="waiting", workload=Workload(name="sleep", tasks=100, task_time=2e-3), waits=1.0),
    Part(name="waiting 30 ms", kind="waiting", workload=Workload(name="sleep", tasks=40, task_time=3e-2), waits=1.0),
    Part(name="half 4 ms", kind="half and half", workload=Workload(name="mixed", tasks=40, task_time=4e-3), waits=0.5),
    Part(
        name="half 400 µs", kind="half and half", workload=Workload(name="mixed", tasks=100, task_time=4e-4), waits=0.5
    ),
    Part(
        name="no GIL 1 ms",
        kind="GIL-releasing",
        workload=Workload(name="cpu-nogil", tasks=30, task_time=1e-3),
        gil=False,
    ),
    Part(name="1 KiB", kind="payload", workload=Workload(name="payload", tasks=500, payload=2**10)),
    Part(name="64 KiB", kind="payload", workload=Workload(name="payload", tasks=100, payload=2**16)),
    Part(name="1 MiB", kind="payload", workload=Workload(name="payload", tasks=16, payload=2**20)),
    Part(name="8 MiB", kind="payload", workload=Workload(name="payload", tasks=8, payload=2**23)),
    Part(name="skewed 1 ms", kind="heavy-tailed", workload=Workload(name="skewed", tasks=50, task_time=1e-3)),
    Part(
        name="initializer",
        kind="initializer",
        workload=Workload(name=f"{HERE}.prepared:prepared", tasks=32, task_time=1e-3, init=f"{HERE}.prepared:prepare"),
        once=0.05,
    ),
    Part(
        name="import",
        kind="import",
        workload=Workload(name=f"{HERE}.heavy:looked_up", tasks=32, task_time=1e-3),
        once=0.05,
    ),
)


def portion(parts: Sequence[Part], number: int, of: int) -> Sequence[Part]:
    """The parts of one of several portions, which are as large as possible alike; numbers begin with 1.

    >>> [len(portion(PARTS, number, 5)) for number in (1, 2, 3, 4, 5)]
    [4, 3, 3, 3, 3]
    """
    return parts[number - 1 :: of]


def rough(part: Part, case: Case, cores: int) -> float:
    """Seconds that a case takes, very roughly: to leave out what takes too long."""
    strategy, settings, tasks = strategies.get(case.subject), case.settings, case.workload.tasks
    lanes = strategy.lanes(settings, tasks)
    computing = part.workload.task_time * (1 - part.waits)
    shared = 1 if strategy.workers in ("threads", "coroutines") and part.gil else cores
    work = tasks * max(computing / min(shared, lanes), part.workload.task_time / lanes)
    chunks = ceil(tasks / strategy.chunks(settings, tasks)) if strategy.chunks is not None else tasks
    handing = chunks * HANDED.get(case.subject, HANDED_BY_POOLS)
    moving = tasks * part.workload.payload * 2 * MOVED if strategy.workers == "processes" else 0.0
    starting = (settings.workers or tasks) * (START[settings.start_method] + part.once)
    return work + handing + moving + starting / (cores if strategy.workers == "processes" else 1)


def drawn(part: Part, seed: int, cores: int, each: int) -> Iterator[Case]:
    """As many cells as given for each strategy that can run the workload; fewer where no others are short enough."""
    draw = random.Random(f"{seed} {part.name}")
    known: set[str] = set()
    for name in STRATEGIES:
        if name == "asyncio-gather" and not part.waits:
            continue  # without a coroutine form
        found = 0
        for _ in range(TRIES):
            case = one(part, name, draw)
            if case.id in known or not SHORTEST <= rough(part, case, cores) <= LONGEST:
                continue
            known.add(case.id)
            found += 1
            yield case
            if found == each:
                break


def one(part: Part, name: str, draw: random.Random) -> Case:
    """A cell of a strategy."""
    takes = strategies.get(name).settings
    tasks = max(2, round(part.workload.tasks * draw.choice(FEWER if name == "process" else LARGER)))
    if part.workload.payload:
        tasks = min(tasks, MOST_BYTES // part.workload.payload)
    settings = Settings()
    if "start_method" in takes:
        settings = replace(settings, start_method=draw.choice(METHODS))
    most = MOST_PROCESSES if "start_method" in takes else max(part.workers)
    workers = [number for number in part.workers if number <= most]
    if "workers" in takes:
        settings = replace(settings, workers=draw.choice(workers))
    if "chunksize" in takes:
        settings = replace(settings, chunksize=draw.choice((None, _chunksize(tasks, draw), _chunksize(tasks, draw))))
    if "limit" in takes:
        settings = replace(settings, limit=draw.choice((None, *workers)))
    return cell(CELLS, name, replace(part.workload, tasks=tasks), settings)


def _chunksize(tasks: int, draw: random.Random) -> int:
    """From 1 to all, as often in each order of magnitude."""
    return min(tasks, max(1, round(exp(log(tasks) * draw.random()))))


def cell(group: str, name: str, workload: Workload, settings: Settings) -> Case:
    """A case that is called by all that it is."""
    words = [name, f"tasks {workload.tasks}"]
    words += [
        f"{field} {value}"
        for field in ("workers", "chunksize", "limit", "start_method")
        if (value := getattr(settings, field)) is not None
    ]
    return Case(group=group, row=" ".join(words), subject=name, workload=workload, settings=settings)


def seen(part: Part, cores: int) -> list[Case]:
    """What a usual run has measured of the sample: the model may know its figures."""
    pair = Settings(workers=cores)
    return [
        cell(SEEN, "serial", part.workload, Settings()),
        cell(SEEN, "pool-map", part.workload, replace(pair, start_method="fork")),
        cell(SEEN, "executor-threads", part.workload, pair),
    ]


def speeds(number: int = 6) -> list[Case]:
    """Short loops in every round, which show how fast the cores are at that moment."""
    workload = Workload(name="cpu", tasks=5, task_time=1e-3)
    return [
        Case(group=SPEED, row=f"loop {each + 1}", subject="serial", workload=workload, settings=Settings())
        for each in range(number)
    ]
