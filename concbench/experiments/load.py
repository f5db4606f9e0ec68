"""Load: a fixed number of callers, each of which makes the next call as soon as its last one has come back.

That is a closed loop. Errors are results: a call that raises is counted under a short name, and its caller goes on.
"""

from __future__ import annotations

import errno
import gc
import threading
from bisect import bisect_left
from contextlib import contextmanager
from itertools import count
from time import perf_counter

from concbench.event_loops import Driven, close_connections, closing_loops
from concbench.experiments.experiment import Experiment, Measurement, OpenCase, effective, experiments, quantile
from concbench.registry import UnknownName
from concbench.strategies.strategy import Unavailable
from concbench.workloads.excerpt import text_of
from concbench.workloads.workload import UnfitFunction, is_function

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from concbench.experiments.experiment import CpuMeter
    from concbench.model.case import Settings, Workload

    Calls = list["Call"]

SUBJECTS = ("threads", "coroutines")
SETTINGS = ("workers", "calls")
FOR_P95, FOR_P99 = 20, 100
"""The fewest calls that have such a percentile."""
FEWEST_EACH = 3
"""Calls for each caller from which those at both ends are left out."""
LONGEST_SPREAD = 1.0
"""Seconds over which callers begin, at most."""
MOST_KINDS = 20
"""Of errors; what else is raised is counted together."""
OTHER = "other errors"
WRONG = "wrong result"
CODES = ("status_code", "status", "code", "sqlstate")
"""Attributes of exceptions, or of the response that they hold, that say what a server's answer was."""
LONGEST_CODE = 20
"""Characters."""
MOST_CAUSES = 4
"""Exceptions that are looked through for the system's own reason."""


class Call:
    """A call that has come back; times are readings of the clock."""

    __slots__ = ("began", "ended", "error", "item", "result")

    def __init__(self, began: float, ended: float, error: tuple[str, str] | None, item: int, result: Any) -> None:
        self.began = began
        self.ended = ended
        self.error = error
        """Its kind and its message; None where the call succeeded."""
        self.item = item
        self.result = result
        """Kept only where --expect checks it."""


class Loop:
    """What the callers of a sample share: the calls still to make, and those that were made."""

    def __init__(self, case: LoadCase, calls: int) -> None:
        self.case, self.calls = case, calls
        self.take = count().__next__
        self.order = count().__next__
        """Numbers the callers that are ready."""
        self.spread = 0.0
        """Seconds over which the callers begin, one after the other: those of the first call. Callers that all begin at
        once would go on in waves for a while, and keep a core busy in turns with waiting."""
        self.made: list[Calls] = []
        """Of each caller that was ready to make some."""
        self.unready: list[tuple[str, str]] = []
        """The errors of those that were not, as their initializer raised."""

    def delay(self, order: int, level: int) -> float:
        """How long a caller waits before it begins, in seconds."""
        return min(self.spread, LONGEST_SPREAD) * order / level

    def place(self, number: int) -> int:
        """The place of the item of a call. Hosts begin at different items, by their hash seed."""
        return (self.case.first + number) % len(self.case.items)


class LoadCase(OpenCase):
    """A function, its items, and the number of callers."""

    def __init__(self, subject: str, settings: Settings, workload: Workload, functions: Functions) -> None:
        super().__init__(subject, settings, workload)
        self.functions = functions
        self.items = functions.items
        self.first = hash("the first item") % len(self.items)

    def warm_up(self, _meter: CpuMeter, _size: int | None = None) -> tuple[int, Measurement]:
        """Make no call, as every call counts; a sample's first calls do not enter its rates."""
        return 1, Measurement(start=0.0, run=0.0, stop=0.0, wall=0.0, cpu=None)

    def measure(self, meter: CpuMeter, size: int | None = None) -> Measurement:
        """Make the calls, timed; raises what keeps callers from starting, such as a limit on threads.

        Start lasts until all callers are ready, their initializer included.
        """
        loop = Loop(self, size or self.settings.calls or len(self.items))
        level = self.settings.workers or 1
        run = coroutines if self.subject == "coroutines" else threads
        gc.collect()
        meter.start()
        began = perf_counter()
        with run(loop, level) as go:
            started = perf_counter()
            go()
            done = perf_counter()
        stopped = perf_counter()
        cpu = meter.stop()
        calls = [call for calls in loop.made for call in calls]
        if self.functions.check is not None:
            self._check(calls)
        warm = max((mine[0].ended for mine in loop.made if mine), default=0.0)
        load = summary(calls, level, loop.unready, warm)
        p50 = load["p50"]
        return Measurement(
            start=started - began,
            run=done - started,
            stop=stopped - done,
            wall=stopped - began,
            cpu=cpu,
            each=p50 or load["latency"] or done - began,
            each_p99=load["p99"],
            load=load,
        )

    def _check(self, calls: Sequence[Call]) -> None:
        from concbench.experiments.verification import shown
        from concbench.workloads.expectation import is_right  # here: few functions have one

        assert self.functions.check is not None
        for call in calls:
            if call.error is None and not is_right(self.functions.check, self.items[call.item], call.result, call.item):
                call.error = WRONG, f"item {call.item} returned {shown(call.result)}, which is not right by --expect"


@contextmanager
def threads(loop: Loop, level: int) -> Iterator[Callable[[], None]]:
    """Start that many threads, each with the initializer; yields what lets them make the calls, and waits for them."""
    init = loop.case.functions.init
    if init is not None and loop.case.functions.init_once:
        from concbench.workloads.initializer import Once  # here, as few loads need it

        init = Once(init)
    ready, start, others = threading.Semaphore(0), threading.Event(), threading.Event()
    workers: list[threading.Thread] = []

    def work() -> None:
        mine: Calls = []
        if init is not None and not _is_ready(init, loop):
            ready.release()
            return
        order = loop.order()
        loop.made.append(mine)
        ready.release()
        start.wait()
        if order == 0:
            try:
                _call(loop, mine, 1)
                loop.spread = mine[0].ended - mine[0].began if mine else 0.0
            finally:
                others.set()
        else:
            others.wait()
            _NEVER.wait(loop.delay(order, level))
        _call(loop, mine)

    def go() -> None:
        start.set()
        for worker in workers:
            worker.join()

    with closing_loops():
        try:
            for _ in range(level):
                worker = threading.Thread(target=work)
                worker.start()
                workers.append(worker)
            for _ in workers:
                ready.acquire()
            yield go
        except BaseException:
            loop.calls = 0  # not all of them could be started
            raise
        finally:
            go()


_NEVER = threading.Event()
"""Waiting for it is a pause."""


def _is_ready(init: Callable[[], object], loop: Loop) -> bool:
    try:
        init()
    except BaseException as error:  # noqa: BLE001 - the user's own, SystemExit too
        loop.unready.append(_named(error))
        return False
    return True


def _call(loop: Loop, mine: Calls, most: int | None = None) -> None:
    """Make calls until there are none left to make; or at most this number."""
    function, items, take, place = loop.case.functions.plain, loop.case.items, loop.take, loop.place
    keep = loop.case.functions.check is not None
    while len(mine) != most and (number := take()) < loop.calls:
        at = place(number)
        item = items[at]
        error = result = None
        began = perf_counter()
        try:
            result = function(item)
            ended = perf_counter()
        except BaseException as raised:  # noqa: BLE001 - the user's own: a result like any other
            ended = perf_counter()
            error = _named(raised)
        mine.append(Call(began, ended, error, at, result if keep else None))


@contextmanager
def coroutines(loop: Loop, level: int) -> Iterator[Callable[[], None]]:
    """Open an event loop and call the initializer; yields what makes the calls, by that many coroutines."""
    import asyncio  # here, so that only a host that runs coroutines carries it

    functions = loop.case.functions

    async def get_ready() -> None:
        init = functions.init
        if isinstance(init, Driven):
            await init.function()
        elif init is not None:
            init()

    async def call(mine: Calls, most: int | None = None) -> None:
        function, items, take, place = functions.later, loop.case.items, loop.take, loop.place
        assert function is not None
        keep = functions.check is not None
        while len(mine) != most and (number := take()) < loop.calls:
            at = place(number)
            item = items[at]
            error = result = None
            began = perf_counter()
            try:
                result = await function(item)
                ended = perf_counter()
            except Exception as raised:  # noqa: BLE001 - the user's own: a result like any other
                ended = perf_counter()
                error = _named(raised)
            mine.append(Call(began, ended, error, at, result if keep else None))

    async def call_later(mine: Calls, order: int) -> None:
        await asyncio.sleep(loop.delay(order, level))
        await call(mine)

    async def call_all() -> None:
        loop.made += [[] for _ in range(level)]
        first = loop.made[0]
        await call(first, 1)
        loop.spread = first[0].ended - first[0].began if first else 0.0
        await asyncio.gather(*(call_later(mine, order) for order, mine in enumerate(loop.made)))

    with asyncio.Runner() as runner:
        try:
            runner.run(get_ready())
        except Exception as error:  # noqa: BLE001 - the user's own
            loop.unready += [_named(error)] * level
        yield lambda: None if loop.unready else runner.run(call_all())
        close_connections(runner)


# What the calls come to


def summary(calls: Sequence[Call], level: int, unready: Sequence[tuple[str, str]], warm: float = 0.0) -> dict[str, Any]:
    """The fields of a `Load`; `warm` is when the first call of every caller had come back.

    Rates and times are those of the `core`, when all callers were busy. Throughput is the number of calls under way by
    their mean latency, as Little's law has it. Counting those that come back gives the same in the long run, and is the
    check. In a short one it depends on where the run is cut: calls that wait for the same thing come back in waves, and
    part of a wave would count for all of its time.
    """
    since, until, core = _core(calls, level, warm)
    seconds = until - since
    succeeded = [call for call in core if call.error is None]
    under_way = sum(max(0.0, min(call.ended, until) - max(call.began, since)) for call in calls)
    concurrency = under_way / seconds if seconds > 0 else 0.0
    latency = sum(call.ended - call.began for call in core) / len(core) if core else 0.0
    rate = concurrency / latency if latency > 0 else 0.0
    counted = sum(since < call.ended <= until for call in calls) / seconds if seconds > 0 else 0.0
    times = sorted(call.ended - call.began for call in succeeded)
    failed = [call.error for call in calls if call.error is not None]
    return {
        "calls": len(calls),
        "failed": len(failed),
        "lost": len(unready),
        "throughput": rate * len(succeeded) / len(core) if core else 0.0,
        "latency": latency,
        "p50": quantile(times, 0.5) if times else None,
        "p95": quantile(times, 0.95) if len(times) >= FOR_P95 else None,
        "p99": quantile(times, 0.99) if len(times) >= FOR_P99 else None,
        "concurrency": concurrency,
        "little": counted / rate if rate > 0 else None,
        "errors": _counted([*unready, *failed]),
    }


def _core(calls: Sequence[Call], level: int, warm: float) -> tuple[float, float, Sequence[Call]]:
    """From when to when all callers were busy, and the calls that were begun then.

    The first call of each caller is left out, as it may open a connection, and so is what began meanwhile: opening
    connections slows it down. At the end as many are left out as there are callers, which have nothing more to do.
    Where that leaves fewer calls than callers, only as many are left out at both ends; of fewer than three for each
    caller, none are.
    """
    in_order = sorted(calls, key=lambda call: call.began)
    if not in_order:
        return 0.0, 0.0, ()
    if len(in_order) < FEWEST_EACH * level:
        return in_order[0].began, max(call.ended for call in calls), in_order
    until = len(in_order) - level
    since = max(level, bisect_left(in_order, warm, key=lambda call: call.began))
    if until - since < level:
        since = level
    return in_order[since].began, in_order[until].began, in_order[since:until]


def _counted(errors: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for kind, message in errors:
        name = kind if kind in found or len(found) < MOST_KINDS else OTHER
        found.setdefault(name, {"kind": name, "calls": 0, "message": message})["calls"] += 1
    return sorted(found.values(), key=lambda each: -each["calls"])


def _named(error: BaseException) -> tuple[str, str]:
    """A short name of an exception, and its text.

    The name is the type, followed by what the server's answer was, or else by the system's own reason.

    >>> _named(OSError(24, "Too many open files"))
    ('OSError EMFILE', '[Errno 24] Too many open files')
    """
    kind = type(error).__name__
    for holder in (error, getattr(error, "response", None)):
        for name in CODES:
            code = getattr(holder, name, None)
            if isinstance(code, int | str) and not isinstance(code, bool) and 0 < len(str(code)) <= LONGEST_CODE:
                return f"{kind} {int(code) if isinstance(code, int) else code}", text_of(error)
    cause: Any = error
    for _ in range(MOST_CAUSES):
        if isinstance(cause, OSError) and cause.errno is not None and cause.errno in errno.errorcode:
            return f"{kind} {errno.errorcode[cause.errno]}", text_of(error)
        reason = getattr(cause, "reason", None)  # urllib's errors hold their cause there
        cause = reason if isinstance(reason, BaseException) else cause.__cause__ or cause.__context__
        if cause is None:
            break
    return kind, text_of(error)


# Opening a case


class Functions:
    """The user's function and what belongs to it; nothing is called yet but what makes the items."""

    def __init__(self, description: Workload) -> None:
        from concbench.workloads.functions import all_items, forms_of, imported  # here: only these hosts need it

        self.plain, self.later = forms_of(imported(description.name))
        self.items: Sequence[Any] = all_items(description)
        self.init: Callable[[], Any] | None = None
        self.init_once = getattr(description, "init_per", None) == "process"
        self.check = None if description.expect is None else imported(description.expect)
        if description.init is not None:
            self.init, _ = forms_of(imported(description.init))


def _take_on(subject: str, workload: Workload, asked: dict[str, Any]) -> tuple[LoadCase, dict[str, Any]]:
    _known(subject)
    if not is_function(workload.name):
        raise UnfitFunction(f"a load is made of calls of your own function, and {workload.name!r} is a workload")
    functions = Functions(workload)
    if subject == "coroutines" and functions.later is None:
        raise Unavailable(f"{workload.name} is not an async def, so coroutines can't run it")
    settings, settled = effective(asked, SETTINGS)
    return LoadCase(subject, settings, workload, functions), settled


def _known(subject: str) -> None:
    if subject not in SUBJECTS:
        raise UnknownName("kind of caller", subject, list(SUBJECTS))


def _settings_of(subject: str) -> tuple[str, ...]:
    _known(subject)
    return SETTINGS


experiments.add("load", Experiment(take_on=_take_on, settings_of=_settings_of))
