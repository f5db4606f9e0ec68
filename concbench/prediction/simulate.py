"""A simulation of a strategy at work: chunks go from a parent to workers, which share cores and perhaps a GIL.

Events are discrete: a chunk is handed out, its worker has computed, or waited, its results are collected. Between two
events, all that is ready to run shares the cores evenly (processor sharing), so that the next event is known and no
step in time is needed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import accumulate
from math import inf
from random import Random
from typing import Literal

Form = Literal["serial", "pool", "lazy pool", "in turn", "one each", "loop"]
"""How a strategy goes about it: no workers; a fixed set of them, started at once or with the first tasks; one task at a
time, on any of them; a worker for each task; or an event loop."""

MOST_CHUNKS = 4000
"""Chunks that are simulated. Of more, the rest takes as long as those of the second half."""
CHUNKS_EACH = 12
"""The fewest of them for each worker: so that those at the start and at the end count for little."""
QUANTUM = 0.005
"""Seconds for which a thread holds the GIL while others wait for it: `sys.getswitchinterval`;"""
MOST_TURNS = 20
"""but a chunk that needs it for longer is done in this many turns, as more of them make no difference."""
PARENT, HOLDER = -1, -2
"""The parent, and whichever thread holds the GIL, among those that share the cores; workers have numbers from 0."""


@dataclass(frozen=True, kw_only=True)
class Machinery:
    """How tasks are run, and what it costs. Seconds; see `concbench.model.costs.StrategyCosts`."""

    form: Form
    cores: int
    stretch: float = 1.0
    """How many times as long computing takes while all cores do."""
    shared_gil: bool = False
    """Whether the workers and the parent hold one GIL in turns."""
    workers: int
    """Or how many tasks may be under way at once."""
    at_once: bool = False
    """Whether a lazy pool starts all workers with the first task, however few there are."""
    ahead: float = inf
    """Chunks that the parent hands out beyond those that workers are busy with."""
    open: float = 0.0
    open_each: float = 0.0
    ready: float = 0.0
    close: float = 0.0
    close_each: float = 0.0
    cpu: float = 0.0
    cpu_each: float = 0.0
    send: float = 0.0
    lag: float = 0.0
    wake: float = 0.0
    handle: float = 0.0
    gap: float = 0.0
    warm: bool = False
    """Whether the workers exist already."""


@dataclass(frozen=True, kw_only=True)
class Chunks:
    """What is to be run, in chunks: the seconds of tasks repeat in a shuffled order, however many there are."""

    items: int
    size: int
    times: Sequence[float]
    """Of single tasks, one after the other."""
    computing: float
    """The share of them in which tasks compute."""
    gil: float = 1.0
    """The share of that for which they hold the GIL."""
    send_item: float = 0.0
    handle_item: float = 0.0
    """CPU seconds for each item: of the parent, and of the worker; bytes included."""
    first: float = 0.0
    """CPU seconds of a worker beside its first chunk."""

    @property
    def number(self) -> int:
        """How many chunks there are."""
        return -(-self.items // self.size)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a simulation found. Seconds."""

    start: float
    run: float
    stop: float
    cpu: float
    """CPU seconds of all."""
    parent: float
    """The share of the run phase in which the parent is busy."""
    holder: float
    """The share of the run phase in which the GIL is held."""
    cores: float
    """The share of the cores' time that is used in the run phase."""
    occupied: float
    """The share of the workers' time in which they have a chunk."""
    most: int = 1
    """The most workers that there were at the same time."""

    @property
    def wall(self) -> float:
        """All phases."""
        return self.start + self.run + self.stop


def simulate(machinery: Machinery, chunks: Chunks, seed: int = 0) -> Outcome:
    """What it takes to run some chunks; the same for the same seed.

    >>> cores = Machinery(form="pool", cores=2, workers=2)
    >>> round(simulate(cores, Chunks(items=10, size=1, times=[0.5], computing=1.0)).wall, 3)
    2.5
    >>> round(simulate(cores, Chunks(items=10, size=5, times=[0.5], computing=0.0)).wall, 3)
    2.5
    """
    most = max(MOST_CHUNKS, CHUNKS_EACH * machinery.workers)
    work = _Work(chunks, seed)
    if chunks.number <= most or machinery.form == "serial":
        return _simulated(machinery, chunks, work, chunks.number)
    half, whole = (_simulated(machinery, chunks, work, number) for number in (most // 2, most))
    more = (chunks.number - most) / (most - most // 2)
    run = whole.run + (whole.run - half.run) * more
    computed = whole.cores * whole.run - half.cores * half.run

    def share(name: str) -> float:
        at, before = getattr(whole, name) * whole.run, getattr(half, name) * half.run
        return min(1.0, float(at + (at - before) * more) / run)

    return Outcome(
        start=whole.start,
        run=run,
        stop=whole.stop,
        cpu=whole.cpu + computed * machinery.cores * more,
        parent=share("parent"),
        holder=share("holder"),
        cores=share("cores"),
        occupied=share("occupied"),
        most=whole.most,
    )


class _Work:
    """The seconds of any range of items: those of single tasks, shuffled, and repeated as often as needed."""

    def __init__(self, chunks: Chunks, seed: int) -> None:
        times = list(chunks.times)
        Random(seed).shuffle(times)
        self.sums = [0.0, *accumulate(times)]
        self.period = len(times)

    def seconds(self, first: int, last: int) -> float:
        """Of the items from `first` up to, but without, `last`."""
        return self._until(last) - self._until(first)

    def _until(self, item: int) -> float:
        turns, rest = divmod(item, self.period)
        return turns * self.sums[-1] + self.sums[rest]


def _simulated(machinery: Machinery, chunks: Chunks, work: _Work, number: int) -> Outcome:
    if machinery.form == "serial":
        return _serial(machinery, chunks, work)
    return _Simulation(machinery, chunks, work, number).outcome()


def _serial(machinery: Machinery, chunks: Chunks, work: _Work) -> Outcome:
    run = work.seconds(0, chunks.items) + chunks.items * chunks.handle_item + chunks.first
    cpu = run * chunks.computing
    busy = cpu / run if run else 0.0
    return Outcome(
        start=0.0, run=run, stop=0.0, cpu=cpu, parent=1.0, holder=busy, cores=busy / machinery.cores, occupied=1.0
    )


class _Simulation:
    """One run of events. Virtual time is the CPU time that each of those at work has had since the beginning."""

    def __init__(self, machinery: Machinery, chunks: Chunks, work: _Work, number: int) -> None:
        self.machinery, self.chunks, self.work, self.number = machinery, chunks, work, number
        self.items = min(chunks.items, number * chunks.size)
        self.now = self.virtual = self.computed = 0.0
        self.computing: list[tuple[float, int]] = []
        """By the virtual time at which they have computed: those that share the cores."""
        self.waiting: list[tuple[float, int, int]] = []
        """By the moment at which their waiting is over: what then happens, and to whom."""
        self.rates = self._rates()
        self.gil: deque[tuple[int, float, float]] = deque()
        """Threads that wait for the GIL, for how long they will hold it, and how long at a time; the first holds it."""
        self.sent = self.taken = self.collected = 0
        self.queue: deque[int] = deque()
        """Chunks that were handed out, and no worker has taken."""
        self.idle: deque[int] = deque()
        """Workers without a chunk."""
        self.done: deque[int] = deque()
        """Workers whose results are to be collected."""
        self.fresh = set(range(machinery.workers))
        """Workers that have had no chunk yet."""
        self.stage: dict[int, tuple[float, float]] = {}
        """Of workers: the seconds for which they will compute without the GIL, and then wait."""
        self.parent_job: str | None = None
        self.parent_busy = self.held = self.occupied = 0.0
        self.started = self.most = 0
        """Workers that have been started."""
        self.collect_next = False

    def _rates(self) -> list[float]:
        """How fast each of some computes, by how many there are."""
        cores, stretch = self.machinery.cores, self.machinery.stretch
        found = [1.0]
        for busy in range(1, cores + 1):
            slower = 1 + (stretch - 1) * (busy - 1) / max(1, cores - 1)
            found.append(1 / slower)
        return found

    def outcome(self) -> Outcome:
        """Let everything happen, and say what it took."""
        machinery = self.machinery
        start = self._begin()
        self.parent_next(woken=False)
        while self.collected < self.number:
            self._step()
        run = self.now - start
        workers = self.started
        stop = 0.0 if machinery.warm else machinery.close + machinery.close_each * workers
        beside = 0.0 if machinery.warm else machinery.cpu + machinery.cpu_each * workers
        return Outcome(
            start=start,
            run=run,
            stop=stop,
            cpu=self.computed + beside,
            parent=min(1.0, self.parent_busy / run) if run else 0.0,
            holder=min(1.0, self.held / run) if run else 0.0,
            cores=min(1.0, self.computed / (run * machinery.cores)) if run else 0.0,
            occupied=min(1.0, self.occupied / (run * max(1, min(machinery.workers, self.number)))) if run else 0.0,
            most=max(1, self.most, self.started),
        )

    def _begin(self) -> float:
        """Start what is started before the first chunk; returns how long that takes."""
        machinery = self.machinery
        workers = min(machinery.workers, self.number) if machinery.form in ("one each", "loop") else machinery.workers
        if machinery.form in ("one each", "loop"):
            self.idle.extend(range(workers))
            return 0.0 if machinery.warm else machinery.open
        if machinery.form == "lazy pool" and not machinery.at_once:
            workers = min(workers, self.number)
        self.started = workers
        if machinery.warm:
            self.idle.extend(range(workers))
            return 0.0
        opened = machinery.open
        for worker in range(workers):
            opened += machinery.open_each
            heappush(self.waiting, (opened, worker, STARTED))
        if machinery.form == "lazy pool":
            return 0.0  # they are started in the run phase
        self.now = opened
        return opened

    # What happens next

    def _step(self) -> None:
        """Go on to the next event."""
        active = len(self.computing)
        if active:
            cores = self.machinery.cores
            rate = self.rates[active] if active <= cores else self.rates[cores] * cores / active
            until = self.now + (self.computing[0][0] - self.virtual) / rate
        else:
            rate, until = 0.0, inf
        if self.waiting and self.waiting[0][0] <= until:
            moment, who, what = heappop(self.waiting)
            passed = max(0.0, moment - self.now)
            self.virtual += passed * rate
            self.computed += passed * rate * active
            self.now = max(self.now, moment)
            self._waited(who, what)
            return
        if not active:
            raise AssertionError(f"nothing happens any more, with {self.collected} of {self.number} chunks collected")
        finish, who = heappop(self.computing)
        self.computed += (finish - self.virtual) * active
        self.virtual, self.now = finish, until
        if who == PARENT:
            self._parent_computed()
        elif who == HOLDER:
            self._released()
        else:
            self._worker_computed(who)

    def _compute(self, who: int, seconds: float) -> None:
        heappush(self.computing, (self.virtual + seconds, who))

    def _hold(self, who: int, seconds: float) -> None:
        """Hold the GIL for some seconds, as soon as it is free."""
        turn = max(QUANTUM, seconds / MOST_TURNS)
        self.gil.append((who, seconds, turn))
        if len(self.gil) == 1:
            self._take_turn(seconds, turn)

    def _take_turn(self, seconds: float, turn: float) -> None:
        step = min(seconds, turn)
        self._compute(HOLDER, step)
        self.held += step

    def _released(self) -> None:
        """A thread gives up the GIL: it is done with it, or others wait for it."""
        who, seconds, turn = self.gil.popleft()
        rest = seconds - turn
        if rest > 0:
            self.gil.append((who, rest, turn))
        if self.gil:
            self._take_turn(*self.gil[0][1:])
        if rest <= 0:
            if who == PARENT:
                self._parent_computed()
            else:
                self._gave_up_gil(who)

    # The parent

    def parent_next(self, *, woken: bool) -> None:
        """Let the parent do what is to be done next, if it is idle."""
        if self.parent_job is not None:
            return
        machinery, chunks = self.machinery, self.chunks
        may_send = self.sent < self.number and len(self.queue) - len(self.idle) < machinery.ahead
        if machinery.form in ("one each", "loop"):
            may_send = self.sent < self.number and bool(self.idle)
        if machinery.form == "in turn":
            may_send = self.sent < self.number and self.sent == self.collected
        if self.done and (self.collect_next or not may_send):
            self.parent_job, self.collect_next = "collect", False
        elif may_send:
            self.parent_job, self.collect_next = "send", True
        else:
            return
        half = (machinery.send + self._size(self.sent) * chunks.send_item) / 2
        seconds = half + (machinery.wake if woken and self.parent_job == "collect" else 0.0)
        self.parent_busy += seconds + machinery.lag / 2
        if machinery.shared_gil:
            self._hold(PARENT, seconds)
        else:
            self._compute(PARENT, seconds)

    def _parent_computed(self) -> None:
        if self.machinery.lag:
            heappush(self.waiting, (self.now + self.machinery.lag / 2, PARENT, LAGGED))
        else:
            self._parent_done()

    def _parent_done(self) -> None:
        job, self.parent_job = self.parent_job, None
        if job == "collect":
            worker = self.done.popleft()
            self.collected += 1
            if self.machinery.form in ("one each", "loop"):
                self.idle.append(worker)
        else:
            self.queue.append(self.sent)
            self.sent += 1
            self._give()
        self.parent_next(woken=False)

    # Workers

    def _size(self, chunk: int) -> int:
        return min(self.chunks.size, self.items - chunk * self.chunks.size) if chunk < self.number else 0

    def _give(self) -> None:
        """Give chunks to workers that have none."""
        while self.queue and self.idle:
            self._take(self.idle.popleft(), self.queue.popleft())

    def _take(self, worker: int, chunk: int) -> None:
        """A worker begins with a chunk."""
        machinery, chunks = self.machinery, self.chunks
        self.taken += 1
        first = chunk * chunks.size
        size = self._size(chunk)
        seconds = self.work.seconds(first, first + size)
        computing = seconds * chunks.computing
        beside = machinery.handle + size * chunks.handle_item
        if worker in self.fresh or machinery.form == "one each":
            self.fresh.discard(worker)
            beside += chunks.first
        waiting = seconds - computing
        self.most = max(self.most, len(self.stage) + 1)
        self.occupied += seconds + beside
        if machinery.shared_gil:
            held = beside + computing * chunks.gil
            self.stage[worker] = (computing - computing * chunks.gil, waiting)
            self._hold(worker, held)
        else:
            self.stage[worker] = (0.0, waiting)
            self._compute(worker, beside + computing)

    def _gave_up_gil(self, worker: int) -> None:
        free, waiting = self.stage[worker]
        if free:
            self.stage[worker] = (0.0, waiting)
            self._compute(worker, free)
        else:
            self._worker_computed(worker)

    def _worker_computed(self, worker: int) -> None:
        if worker not in self.stage:  # it has started
            self.idle.append(worker)
            self._give()
            self.parent_next(woken=False)
            return
        waiting = self.stage[worker][1]
        if waiting > 0:
            heappush(self.waiting, (self.now + waiting, worker, WAITED))
        else:
            self._worker_done(worker)

    def _worker_done(self, worker: int) -> None:
        del self.stage[worker]
        self.done.append(worker)
        if self.machinery.form not in ("one each", "loop"):
            if self.machinery.gap and self.queue:
                heappush(self.waiting, (self.now + self.machinery.gap, worker, FREE))
            else:
                self._free(worker)
        self.parent_next(woken=True)

    def _free(self, worker: int) -> None:
        self.idle.append(worker)
        self._give()
        self.parent_next(woken=False)

    def _waited(self, who: int, what: int) -> None:
        """Something is over that needed no core."""
        if what == LAGGED:
            self._parent_done()
        elif what == STARTED:
            self._compute(who, self.machinery.ready)
        elif what == FREE:
            self._free(who)
        else:
            self._worker_done(who)


STARTED, LAGGED, WAITED, FREE = range(4)
"""What happens when waiting is over: a worker is there and makes itself ready; the parent goes on; a task has waited;
a worker can take its next chunk."""
