"""What machinery costs: strategies run tasks that do nothing, or a little, and a workload's own tasks run alone.

Each strategy has a host of its own, as where it is measured, and so have the tasks. The speed of a core is read beside
everything, because it changes. What is read here are times, CPU seconds and bytes; what they mean is said in
`concbench.prediction.costs`.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
from functools import partial
from time import perf_counter, process_time, thread_time

from concbench.event_loops import close_connections, closing_loops
from concbench.experiments.experiment import effective
from concbench.experiments.tasks import coroutine_form
from concbench.host.process_tree import CpuMeter, descendants
from concbench.strategies.strategy import Unavailable, strategy_called
from concbench.workloads.computing import count_turns
from concbench.workloads.examination import share_of_computing, waited_for_a_core
from concbench.workloads.workload import build

TYPE_CHECKING = False  # as typing's, without importing typing: hosts import this module
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from concbench.model.case import Workload
    from concbench.strategies.strategy import Strategy
    from concbench.workloads.workload import Tasks

MOST_ROUNDS = 15
CHUNKS = 300
"""Chunks of nothing, which keep the parent busy."""
TASK_TURNS = 8_000
"""Turns of a loop, a fraction of a millisecond: a task that is long enough for the parent to wait, and for the next
chunk to be there when it ends."""
TASKS_EACH = 80
"""Of these, for each worker."""
ITEMS = 1000
"""Items of a large chunk."""
PAYLOAD = 2**20
"""Bytes of an item that shows what moving data costs."""
PAYLOADS = 8
STARTED = 4
"""Workers beside a single one: the difference is what each costs."""
ONE_EACH = 16
"""Tasks of a strategy that has a worker for each."""
CLOCK_TURNS = 20_000
"""Of the loop that shows how fast a core is at the moment: about a millisecond."""
SHARED = 0.02
"""Seconds for which two threads run a workload's tasks, to see whether they hold the GIL: some of its quanta;"""
LONGEST_SHARED = 1.0
"""and for a task that takes longer, this is not found out."""
MOSTLY_WAITING = 0.5
"""Tasks that compute for less of their time are also run at the same time:"""
CROWD, CALLS_IN_A_CROWD = 16, 2
"""in this many threads, each of which makes this many calls, and the coroutine form as often in one event loop."""
FEWEST_TIMED, MOST_TIMED = 3, 2000
"""Items of a workload that are timed one by one."""
MOST_PASSES = 9
SHORT = 2e-5
"""Seconds: of shorter tasks, several are timed at once."""
STRETCHES, STRETCH_TURNS = 9, 100_000
"""How often a loop runs alone and on all cores, and its turns: some milliseconds."""
FORKED = "fork"
BALLAST, BALLASTS = 2**20, 48
"""Bytes of an item, and how many of them show what forking takes for each byte of the parent."""
FORKS = 4
WORKS = 0.05
"""Seconds for which a forked process runs tasks, to see how much memory it no longer shares;"""
LONGEST_FORKED = 2.0
"""and after this many it is given up."""
LOOP = "asyncio-gather"


def measure_strategy(
    description: Workload, name: str, start_methods: Sequence[str | None], seconds: float, cores: int, rounds: int
) -> list[dict[str, Any]]:
    """Measure a strategy for about this many seconds, with each of some start methods, in a host of its own.

    There are this many rounds at least. The workload is built, so that forking this process takes as long as it does
    where the workload is run. A strategy that is unavailable here has no readings.
    """
    tasks = build(description)
    base = memory_of_tree()
    points = [
        point for method in start_methods for point in _points(name, method, cores, whole=method == start_methods[0])
    ]
    readings: list[dict[str, Any]] = []
    began = perf_counter()
    for number in range(MOST_ROUNDS):
        if number >= rounds and perf_counter() - began > seconds:
            break
        due = points if number < rounds else [point for point in points if point.whole]
        due = due if number % 2 else due[::-1]
        readings += [{**point.about, **point.measure(), "base": base} for point in due]
    del tasks  # held until here
    return readings


# Strategies


class _Point:
    """A strategy with settings, and tasks to run on it again and again."""

    def __init__(
        self,
        strategy: Strategy,
        asked: dict[str, Any],
        task: Callable[[Any], Any],
        numbers: range,
        kind: str,
        *,
        whole: bool,
    ) -> None:
        self.strategy, self.whole = strategy, whole
        self.settings, settled = effective(asked, strategy.settings)
        self.task, self.numbers = task, numbers
        self.kind = kind
        self.about = {
            "subject": strategy.name,
            "start_method": settled["start_method"] if "start_method" in strategy.settings else None,
            "kind": kind,
            "workers": asked["workers"],
            "chunksize": asked["chunksize"],
            "items": len(numbers),
        }

    def measure(self) -> dict[str, Any]:
        """One sample: its phases, the CPU seconds of this process and of all others, and the memory of all."""
        items: Sequence[Any] = self.numbers
        if self.kind == "bytes":  # made here, so that they don't weigh on what is read of memory
            items = [bytes([number]) * PAYLOAD for number in self.numbers]
        gc.collect()
        meter, memory, aside = CpuMeter(), None, 0.0
        clock = seconds_of_a_turn()
        meter.start()
        own = process_time()
        began = perf_counter()
        with self.strategy.open(self.settings) as run_tasks:
            started = perf_counter()
            run_tasks(self.task, items)
            done = perf_counter()
            if self.kind == "started":
                aside = process_time()
                memory = memory_of_tree()
                aside = process_time() - aside
            closing = perf_counter()
        stopped = perf_counter()
        own = process_time() - own
        cpu = meter.stop()
        return {
            "start": started - began,
            "run": done - started,
            "stop": stopped - closing,
            "parent": own - aside,
            "others": None if cpu is None else max(0.0, cpu - own),
            "memory": memory,
            "clock": (clock + seconds_of_a_turn()) / 2,
        }


def _points(name: str, start_method: str | None, cores: int, *, whole: bool) -> Iterator[_Point]:
    """What is measured of a strategy; nothing where it is not available here.

    Not the `whole` of it, but only how workers start, for a further start method: once they are there, it makes no
    difference how they were started.
    """
    strategy = strategy_called(name)
    if strategy.workers == "none" or strategy.why_not("", has_coroutine=True) is not None:
        return
    nothing = nothing_later if strategy.coroutine else do_nothing
    little = partial(little_later if strategy.coroutine else do_little, TASK_TURNS)
    moves = strategy.workers in ("processes", "interpreters")

    def point(kind: str, workers: int | None, chunksize: int, task: Any, numbers: range) -> _Point:
        asked = {
            "workers": workers,
            "chunksize": chunksize if "chunksize" in strategy.settings else None,
            "start_method": start_method,
            "maxtasksperchild": None,
            "limit": None,
            "buffersize": None,
            "warm": False,
        }
        return _Point(strategy, asked, task, numbers, kind, whole=whole)

    try:
        if "workers" not in strategy.settings:
            several = ONE_EACH if strategy.workers == "processes" else CHUNKS
            yield point("started", None, 1, nothing, range(1))
            yield point("hot", None, 1, nothing, range(several))
            return
        yield point("started", 1, 1, nothing, range(1))
        yield point("started", STARTED, 1, nothing, range(STARTED))
        if not whole:
            return
        lanes = max(2, cores)
        yield point("hot", lanes, 1, nothing, range(CHUNKS))
        yield point("busy", lanes, 1, little, range(TASKS_EACH * lanes))
        if "chunksize" in strategy.settings:
            yield point("items", lanes, ITEMS, nothing, range(2 * lanes * ITEMS))
        if moves and strategy.returns != "exit codes":
            yield point("bytes", lanes, 1, nothing, range(PAYLOADS))
    except Unavailable:
        return


def do_nothing(item: Any) -> Any:
    """Return the argument."""
    return item


async def nothing_later(item: Any) -> Any:
    """Return the argument, as a coroutine that gives way once, as one that waits does."""
    import asyncio  # here, so that only a host that runs coroutines carries it

    await asyncio.sleep(0)
    return item


def do_little(turns: int, item: Any) -> Any:
    """Compute for a while, and return the argument."""
    count_turns(turns)
    return item


async def little_later(turns: int, item: Any) -> Any:
    """The same as a coroutine."""
    return do_little(turns, item)


def seconds_of_a_turn() -> float:
    """Of a loop, at this moment: the speed of a core changes from one tenth of a second to the next."""
    began = perf_counter()
    count_turns(CLOCK_TURNS)
    return (perf_counter() - began) / CLOCK_TURNS


def _stretches(cores: int) -> list[float]:
    """How many times as long as alone a loop takes in each of as many processes as there are cores, a few times."""
    if cores < 2 or not hasattr(os, "fork"):
        return []
    from multiprocessing import get_context

    found = []
    with get_context(FORKED).Pool(cores) as pool:
        for _ in range(STRETCHES):
            alone = pool.map(_seconds_of, [STRETCH_TURNS], 1)[0]
            together = pool.map(_seconds_of, [STRETCH_TURNS] * cores, 1)
            found.append(sum(together) / len(together) / alone)
        pool.close()
        pool.join()
    return found


def _seconds_of(turns: int) -> float:
    """CPU seconds, so that a core that is shared with others does not count as slow."""
    began = thread_time()
    count_turns(turns)
    return thread_time() - began


# The tasks of a workload


@closing_loops()
def measure_tasks(description: Workload, seconds: float, cores: int) -> dict[str, Any]:
    """Time a workload's tasks one after the other, for about this many seconds, in a host that has run none of them.

    Also: what their first call takes more, what sharing a GIL does to them, what they weigh, and how fast cores are.
    """
    import copy  # here: one host a run needs it

    bare = memory_of_tree()
    began = perf_counter()
    tasks = build(description)
    building = perf_counter() - began
    built = memory_of_tree()
    stretches = _stretches(cores)
    items = copy.deepcopy(tasks.items) if tasks.fresh else tasks.items
    before = memory_of_tree()
    initial = 0.0
    if tasks.init is not None:
        began = perf_counter()
        tasks.init()
        initial = perf_counter() - began
    initialized = memory_of_tree()
    began = perf_counter()
    tasks.task(items[0])
    first = perf_counter() - began
    began = perf_counter()
    result = tasks.task(items[0])
    again = perf_counter() - began
    timed = _passes(tasks.task, items[:: -(-len(items) // MOST_TIMED)], seconds)
    after = memory_of_tree()
    alone = _memory_of_a_forked_worker(tasks.task, items)
    waits = timed["computing"] < MOSTLY_WAITING
    shared = not (description.coroutine and description.async_init)  # else threads can't share what it has opened
    return {
        "gil": getattr(sys, "_is_gil_enabled", lambda: True)(),
        "building": building,
        "stretches": stretches,
        "first": max(0.0, first - again),
        "init": initial,
        **timed,
        "threads": _cores_of_threads(tasks.task, items, timed["passes"][0]) if shared else [],
        "crowd": _cpu_in_a_crowd(tasks.task, items) if shared and waits else None,
        "loop": _cpu_in_a_loop(tasks, items) if waits else None,
        "argument_bytes": _bytes_of(items[0]),
        "result_bytes": _bytes_of(result),
        "same": result is items[0],
        "bare": bare,
        "built": _growth(bare, built),
        "initialized": _growth(before, initialized),
        "memory": _growth(initialized, after),
        "unshared": alone,
        "fork_byte": _seconds_to_fork_a_byte(),
    }


def _seconds_to_fork_a_byte() -> float:
    """By how much longer forking this process, and ending that, takes for each byte that it holds."""
    if not hasattr(os, FORKED):
        return 0.0
    few = min(_seconds_to_fork() for _ in range(FORKS))
    ballast = [bytes([number]) * BALLAST for number in range(BALLASTS)]
    many = min(_seconds_to_fork() for _ in range(FORKS))
    return max(0.0, many - few) / (BALLAST * len(ballast))


def _seconds_to_fork() -> float:
    began = perf_counter()
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return perf_counter() - began


def _memory_of_a_forked_worker(task: Callable[[Any], Any], items: Sequence[Any]) -> int | None:
    """Bytes that a forked process holds more for having run tasks: its own, and what it no longer shares.

    To read an object is to count a reference to it, which copies the page that it lies on. None where that is unknown.
    """
    if sys.platform != "linux":
        return None
    idle, busy = (_memory_beside(task, some) for some in (items[:0], items))
    return None if idle is None or busy is None else max(0, busy - idle)


def _memory_beside(task: Callable[[Any], Any], items: Sequence[Any]) -> int | None:
    """PSS of this process and a fork of it that has run some items, for a moment."""
    import select
    import signal

    done, told = os.pipe()
    pid = os.fork()
    if pid == 0:
        began = perf_counter()
        for item in items:
            task(item)
            if perf_counter() - began > WORKS:
                break
        os.write(told, b".")
        threading.Event().wait()
    try:
        ready, _, _ = select.select([done], [], [], LONGEST_FORKED)
        return memory_of_tree() if ready else None
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(done)
        os.close(told)


def _growth(before: int | None, after: int | None) -> int:
    """Bytes; 0 where they are unknown."""
    return 0 if before is None or after is None else max(0, after - before)


def _passes(task: Callable[[Any], Any], items: Sequence[Any], seconds: float) -> dict[str, Any]:
    """The seconds of each of some items, one after the other, in several passes; and how fast the core was in each.

    As many items as the time allows, at least a few. Short tasks are timed several at a time, or reading the clock
    would take longer than they do.
    """
    began = perf_counter()
    task(items[0])
    each = max(1e-9, perf_counter() - began)
    batch = max(1, min(len(items), int(SHORT / each)))
    places = range(0, len(items) - batch + 1, batch)
    passes: list[list[float]] = []
    clocks: list[float] = []
    took = computed = queued = 0.0
    while not passes or (took + took / len(passes) < seconds and len(passes) < MOST_PASSES):
        found = []
        clock, began, worked, waited = seconds_of_a_turn(), perf_counter(), process_time(), waited_for_a_core()
        for place in places:
            group = items[place : place + batch]
            start = perf_counter()
            for item in group:
                task(item)
            now = perf_counter()
            found.append((now - start) / batch)
            if now - began > seconds and not passes and len(found) >= FEWEST_TIMED:
                places = places[: len(found)]
                break
        computed += process_time() - worked
        queued += waited_for_a_core() - waited
        took += perf_counter() - began
        passes.append(found)
        clocks.append((clock + seconds_of_a_turn()) / 2)
    return {"passes": passes, "clocks": clocks, "computing": share_of_computing(computed, took - queued)}


def _cores_of_threads(task: Callable[[Any], Any], items: Sequence[Any], times: Sequence[float]) -> list[float]:
    """How many cores two threads that run tasks keep busy, a few times; nothing for tasks that take too long."""
    mean = sum(times) / len(times)
    if mean > LONGEST_SHARED:
        return []
    calls = max(1, min(len(items), round(SHARED / mean))) if mean else len(items)

    def work() -> None:
        for item in items[:calls]:
            task(item)

    found = []
    for _ in range(3 if mean < SHARED else 1):
        threads = [threading.Thread(target=work) for _ in range(2)]
        began, worked = perf_counter(), process_time()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found.append((process_time() - worked) / (perf_counter() - began))
    return found


def _cpu_in_a_crowd(task: Callable[[Any], Any], items: Sequence[Any]) -> float:
    """CPU seconds of a task while others wait beside it: to wake an idle core for each of them costs more."""

    def work(number: int) -> None:
        for item in items[number::CROWD][:CALLS_IN_A_CROWD]:
            task(item)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(min(CROWD, len(items)))]
    calls = sum(len(items[number::CROWD][:CALLS_IN_A_CROWD]) for number in range(len(threads)))
    worked = process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return (process_time() - worked) / calls


def _cpu_in_a_loop(tasks: Tasks, items: Sequence[Any]) -> float | None:
    """CPU seconds of a task in an event loop that runs others meanwhile, beyond those of one that does nothing.

    None without a coroutine form.
    """
    if tasks.coroutine is None:
        return None
    import asyncio  # here, so that only a host that runs coroutines carries it

    call = coroutine_form(strategy_called(LOOP), tasks)
    some = items[: CROWD * CALLS_IN_A_CROWD]

    async def together(function: Callable[[Any], Any], group: Sequence[Any]) -> None:
        await asyncio.gather(*map(function, group))

    with asyncio.Runner() as runner:

        def cpu_of(function: Callable[[Any], Any]) -> float:
            runner.run(together(function, items[:1]))  # with the initializer
            worked = process_time()
            for first in range(0, len(some), CROWD):
                runner.run(together(function, some[first : first + CROWD]))
            return (process_time() - worked) / len(some)

        try:
            return max(0.0, cpu_of(call) - cpu_of(nothing_later))
        finally:
            close_connections(runner)


def _bytes_of(thing: Any) -> int | None:
    """What it has when it is pickled; None where it can't be."""
    import pickle

    try:
        return len(pickle.dumps(thing, pickle.HIGHEST_PROTOCOL))
    except Exception:  # noqa: BLE001 - pickling runs the item's own code
        return None


def memory_of_tree() -> int | None:
    """Bytes (PSS) of this process and its descendants; None where the system does not report it."""
    total = 0
    for pid in (os.getpid(), *(descendants(os.getpid()) or ())):
        try:
            with open(f"/proc/{pid}/smaps_rollup", "rb") as file:  # noqa: PTH123 - no host carries pathlib
                total += next(int(line.split()[1]) * 1024 for line in file if line.startswith(b"Pss:"))
        except ProcessLookupError:
            continue  # it has just ended
        except (OSError, StopIteration):
            return None
    return total
