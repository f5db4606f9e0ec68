"""What machinery costs on a machine, and what the tasks of a workload need: all that predictions rest on."""

from __future__ import annotations

from dataclasses import dataclass, field

from concbench.model.case import Workload


@dataclass(frozen=True, kw_only=True)
class StrategyCosts:
    """What handing tasks to workers costs with a strategy, under one start method. In seconds, and bytes.

    The parent is the process, or in a strategy of threads the thread, that hands out chunks and collects their results.
    """

    subject: str
    """The name of the strategy."""
    start_method: str | None
    """None where it starts no process."""
    open: float
    """Wall time until the parent has what it needs beside workers."""
    open_each: float
    """Wall time for which starting a worker keeps the parent."""
    ready: float
    """CPU time of a worker before it can take its first chunk."""
    close: float
    close_each: float
    """Wall time of ending it, without workers, and for each of them."""
    cpu: float
    cpu_each: float
    """CPU time of starting and ending, without workers, and for each of them."""
    send: float
    """CPU time of the parent to hand out a chunk and to collect its results, while it is busy with nothing else."""
    lag: float
    """Wall time for which the parent waits beside that: for a lock, or for a thread of its own."""
    wake: float
    """CPU time that it takes more for results that it has to be woken for."""
    send_item: float
    """CPU time of the parent for each item of a chunk."""
    handle: float
    """CPU time of a worker for a chunk, beside the tasks: receiving it, and sending the results."""
    gap: float
    """Wall time for which a worker waits between two chunks, although the parent is not busy."""
    handle_item: float
    """CPU time of a worker for each item of a chunk."""
    send_byte: float = 0.0
    """CPU time of the parent for each byte of an item and of a result: pickling and moving it."""
    handle_byte: float = 0.0
    """The same for the worker."""
    memory: float | None = None
    """Bytes (PSS) that it adds with one worker: what the parent imports, helper processes; None where unknown."""
    worker_memory: float | None = None
    """Bytes that each further worker adds."""


@dataclass(frozen=True, kw_only=True)
class TaskCosts:
    """What the tasks of a workload need. In seconds, and bytes."""

    workload: Workload
    """As it is run: with the number of tasks that these times are a sample of."""
    times: list[float] = field(repr=False)
    """Wall time of single tasks, one after the other, evenly spread over the items and in their order."""
    computing: float
    """The share of it in which they compute; they wait for the rest."""
    waiting: float | None = None
    """Of tasks that mostly wait: the seconds of CPU time of each while others wait beside it; None of others."""
    loop: float | None = None
    """The same of the coroutine form, in an event loop that all share; None where there is none."""
    gil: float
    """The share of computing for which they hold the GIL."""
    argument_bytes: float | None = 0.0
    result_bytes: float | None = 0.0
    """What one item and one result have when they are pickled; None where they can't be."""
    first: float = 0.0
    """What the first call in a process takes more than later ones: imports, caches."""
    init: float = 0.0
    """What the initializer takes, once a worker."""
    importing: float = 0.0
    """What importing the function's module takes; each worker that is not forked does so."""
    kept_bytes: float = 0.0
    """What a result adds to the memory of the parent where it is not moved: nothing where it is the argument."""
    module_memory: float = 0.0
    """Bytes that the function's module takes, in the parent and in each worker that is not forked."""
    init_memory: float = 0.0
    """Bytes that the initializer adds, in each worker."""
    memory: float = 0.0
    """Bytes that a worker holds more while and after it runs tasks;"""
    unshared: float | None = None
    """and a forked one, with what it no longer shares with its parent; None where that is unknown."""
    inner_threads: int | None = None
    """How many threads libraries were allowed when these were measured."""


@dataclass(frozen=True, kw_only=True)
class Costs:
    """The costs of one side of a run: what its interpreter takes on this machine."""

    side: str | None
    cores: int
    """That were usable when they were measured."""
    gil: bool
    """Whether the interpreter's threads share a GIL."""
    stretch: float
    """How many times as long as alone computing takes on a core while all other cores compute, too."""
    memory: float | None
    """Bytes (PSS) of the parent before it has workers or knows a workload."""
    fork_byte: float = 0.0
    """Seconds that forking takes for each byte that the parent holds."""
    strategies: list[StrategyCosts]
    tasks: list[TaskCosts]
