"""A plugin of pytest that makes a pytest process a host: benchmarks of pytest-benchmark take turns when they are asked.

The tests, their fixtures, marks and conftest files, and the user's other plugins, are run by pytest as ever. What a
benchmark measures is called here and not by pytest-benchmark, so that the same benchmark of another process can take
its turn in between. So the two methods of its fixture that time calls are replaced, and nothing else.

Requests are lines of JSON, as in `concbench.host.server`, `{"do": ...}` with one of:

- `collect`: the answer is the names of the benchmarks, the number of other tests, and what could not be collected;
- `run`, with `name`, `next` and perhaps `calls`: begin a benchmark; fixtures that it shares with the next one are kept
  for that. The answer comes once what it measures has been called: how many `calls` a sample takes, and its `seconds`.
  It is `ended` where the test was over by then;
- `sample`: the answer is the `wall` and `cpu` seconds of a call, and whether there may be `more` samples;
- `close`: let the test come to its end; the answer is `ended`, with how, or a failure;
- `memory`: the answer is the `peak` of this process in bytes.

It needs pytest and pytest-benchmark, which the user's environment has; nothing else of concbench imports it.
"""

from __future__ import annotations

import gc
import json
import os
import random
import sys
from math import ceil
from time import perf_counter
from typing import TYPE_CHECKING, Any

import pytest

from concbench.host.process_tree import CpuMeter
from concbench.host.server import take_streams

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Request = dict[str, Any]

FIXTURE = "benchmark"
TURN = 0.005
"""Seconds that a sample takes at least: handing over to another process takes 0.1 ms, and leaves caches cold."""
MOST_CALLS = 10**9
"""Of a sample, for what no clock sees."""
SETTING_UP = 10
"""Times as long as a turn that the rounds of one sample may take with what sets them up."""
FORCED: dict[str, Any] = {
    "benchmark_disable": False,
    "benchmark_enable": True,
    "benchmark_skip": False,
    "benchmark_only": False,
    "benchmark_quiet": True,
    "benchmark_json": None,
    "benchmark_save": None,
    "benchmark_autosave": None,
    "benchmark_compare": [],
    "benchmark_compare_fail": None,
    "benchmark_histogram": [],
    "benchmark_cprofile": None,
    "dist": "no",
    "numprocesses": None,
    "tx": [],
    "xmlpath": None,
    "usepdb": False,
    "maxfail": 0,
}
"""Options of pytest, pytest-benchmark and pytest-xdist that a project's own settings may hold (`addopts`), and with
which nothing could be measured, or files would be written into the user's folder."""
SIZES = range(48, 513, 16)
"""Bytes of the small objects of which CPython's allocator keeps those of a size in pools;"""
POOL = 16384
"""and the bytes of a pool."""
OF_EMPTY = 33
"""Bytes of `bytes` that hold none."""
WORKER = "PYTEST_XDIST_WORKER"
"""By this variable pytest-benchmark takes a process for a worker of pytest-xdist, where it measures nothing."""
PLUGIN = "concbench-benchmarks"


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    """Take this process's streams: this is the first hook that pytest calls, before it captures any output."""
    if pluginmanager.get_plugin(PLUGIN) is None:
        pluginmanager.register(Benchmarks(Line()), PLUGIN)


class Line:
    """The line to concbench: requests and answers, each a line of JSON."""

    def __init__(self) -> None:
        self._requests, self._answers = take_streams()
        self._pid = os.getpid()
        self._token = ""
        self.waits = False
        """Whether concbench waits for an answer."""

    def request(self) -> Request | None:
        """The next request; None where there will be none."""
        if os.getpid() != self._pid:
            os._exit(0)  # a benchmark has forked and returned in both processes: this is the copy
        line = self._requests.readline()
        if not line:
            return None
        request: Request = json.loads(line)
        self._token = request.pop("token", "")
        self.waits = True
        return request

    def answer(self, **found: Any) -> None:
        """Answer the last request."""
        self._write({"ok": found})

    def fail(self, kind: str, message: str, traceback: str | None = None) -> None:
        """Answer the last request with a failure."""
        self._write({"failure": {"kind": kind, "message": message, "traceback": traceback}})

    def _write(self, answer: dict[str, Any]) -> None:
        if os.getpid() != self._pid:
            os._exit(0)  # as above
        self.waits = False
        self._answers.write(f"{self._token}{json.dumps(answer)}\n".encode())
        self._answers.flush()


class Benchmarks:
    """The benchmarks that pytest has collected."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.uncollected: list[dict[str, str]] = []
        """The files that could not be collected, and why."""
        self.reports: list[pytest.TestReport] = []
        """Of the test that is being run."""
        self.calls: int | None = None
        """How many calls a sample of it takes, where that is known from before."""

    # What pytest calls

    @pytest.hookimpl(tryfirst=True)
    def pytest_load_initial_conftests(self, early_config: pytest.Config) -> None:
        """Leave out pytest-cov, which would trace what is measured."""
        if hasattr(early_config.known_args_namespace, "cov_source"):
            early_config.known_args_namespace.cov_source = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Overrule settings with which nothing could be measured."""
        os.environ.pop(WORKER, None)
        for name, value in FORCED.items():
            if hasattr(config.option, name):
                setattr(config.option, name, value)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Take note of a file that could not be collected."""
        if report.failed:
            self.uncollected.append({"file": report.nodeid, "why": why(report)})

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take note of how a phase of a test went."""
        self.reports.append(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Do what concbench asks for, in place of running all tests."""
        benchmarks = {name_of(item): item for item in session.items if FIXTURE in getattr(item, "fixturenames", ())}
        while (request := self.line.request()) is not None:
            do = request["do"]
            if do == "collect":
                self._collected(session, list(benchmarks))
            elif do == "memory":
                self.line.answer(peak=peak_memory())
            else:
                self.calls = request.get("calls")
                self._run(benchmarks[request["name"]], benchmarks.get(request["next"]))
        return True

    # What concbench asks for

    def _collected(self, session: pytest.Session, names: list[str]) -> None:
        """Say what there is; and take over, if pytest-benchmark is there."""
        try:
            from pytest_benchmark.fixture import BenchmarkFixture  # here: its absence is an answer
        except ImportError:
            self.line.fail("unavailable", "pytest-benchmark is not installed")
            return
        asked = self

        def raw(fixture: Any, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
            return asked.measure_calls(fixture, function, args, kwargs)

        def raw_pedantic(fixture: Any, target: Callable[..., Any], **how: Any) -> Any:
            return asked.measure_rounds(fixture, target, **how)

        replaced: Any = BenchmarkFixture
        replaced._raw, replaced._raw_pedantic = raw, raw_pedantic
        self.line.answer(benchmarks=names, others=len(session.items) - len(names), uncollected=self.uncollected)

    def _run(self, item: pytest.Item, following: pytest.Item | None) -> None:
        """Run a test from its first fixture to its last, and say how it went."""
        self.reports = []
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if not self.line.waits:  # concbench is gone
            return
        failed = next((report for report in self.reports if report.failed), None)
        skipped = next((report for report in self.reports if report.skipped), None)
        if failed is not None:
            phase = "" if failed.when == "call" else f"{failed.when}: "
            self.line.fail("raised", f"{phase}{why(failed)}", failed.longreprtext)
        elif skipped is not None and not hasattr(skipped, "wasxfail"):
            reason = skipped.longrepr[2] if isinstance(skipped.longrepr, tuple) else str(skipped.longrepr)
            self.line.answer(ended="skipped", reason=reason.removeprefix("Skipped: "))
        else:
            self.line.answer(ended="passed", reason="")

    # What the fixture calls

    def measure_calls(
        self, fixture: Any, function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]
    ) -> Any:
        """Call a function whenever a sample is asked for, and return what it returned: `benchmark(function)`."""
        found: list[Any] = []

        def timed(calls: int) -> float:
            timer = fixture._timer
            with Collecting(fixture):
                if calls == 1:
                    found.clear()
                    began = timer()
                    result = function(*args, **kwargs)
                    ended = timer()
                    found.append(result)
                else:
                    each = range(calls)
                    began = timer()
                    for _ in each:
                        function(*args, **kwargs)
                    ended = timer()
            return float(ended - began)

        gc.collect()
        calls, seconds = warmed_up(timed, self.calls, fixture)
        stats = fixture._make_stats(calls)
        meter = CpuMeter()
        ballast = Ballast()
        self.line.answer(calls=calls, seconds=seconds)
        while (request := self.line.request()) is not None and request["do"] == "sample":
            ballast.change()
            meter.start()
            took = timed(calls)
            cpu = meter.stop()
            stats.update(took)
            self.line.answer(wall=took / calls, cpu=None if cpu is None else cpu / calls, more=True)
        return found[0] if calls == 1 else function(*args, **kwargs)

    def measure_rounds(
        self,
        fixture: Any,
        target: Callable[..., Any],
        *,
        args: Sequence[Any] = (),
        kwargs: dict[str, Any] | None = None,
        setup: Callable[[], Any] | None = None,
        teardown: Callable[..., Any] | None = None,
        rounds: int = 1,
        warmup_rounds: int = 0,
        iterations: int = 1,
    ) -> Any:
        """Run the rounds that a test asks for, and never more of them: `benchmark.pedantic(function, ...)`."""
        given = args, kwargs or {}
        result: Any = None
        meter = CpuMeter()

        def timed() -> tuple[float, float | None]:
            nonlocal result
            own_args, own_kwargs = (setup() if setup is not None else None) or given
            timer = fixture._timer
            each = range(iterations)
            with Collecting(fixture):
                meter.start()
                began = timer()
                for _ in each:
                    result = target(*own_args, **own_kwargs)
                ended = timer()
                cpu = meter.stop()
            if teardown is not None:
                teardown(*own_args, **own_kwargs)
            return float(ended - began), cpu

        gc.collect()
        for _ in range(warmup_rounds):
            timed()
        stats = fixture._make_stats(iterations)
        self.line.answer(calls=None, seconds=0.0)
        left = rounds
        ballast = Ballast()
        while (request := self.line.request()) is not None and request["do"] == "sample":
            ballast.change()
            took: list[float] = []
            used: list[float | None] = []
            began = perf_counter()
            while left and sum(took) < TURN and perf_counter() - began < SETTING_UP * TURN:
                seconds, cpu = timed()
                stats.update(seconds)
                took.append(seconds)
                used.append(cpu)
                left -= 1
            calls = max(1, len(took)) * iterations
            known = [each for each in used if each is not None]
            self.line.answer(
                wall=sum(took) / calls, cpu=sum(known) / calls if len(known) == len(used) else None, more=left > 0
            )
        return result


class Ballast:
    """Small objects of every size, a different number of them for each sample.

    What is measured may make and drop an object for which the last pool of its size has no room, again and again: then
    each needs a pool of its own, which takes half as long again. Whether that is so depends on how many objects there
    are, and is the same in every process that does the same: the length of a path decides on it. So it is left to
    chance, for every sample anew, and is no property of a side.
    """

    def __init__(self) -> None:
        self._draw = random.Random(f"{os.environ.get('PYTHONHASHSEED')} {os.environ.get('CONCBENCH_PADDING')}")
        self._held: list[object] = []

    def change(self) -> None:
        """Take on another number of them."""
        held: list[object] = list(range(1000, 1000 + self._draw.randrange(POOL // 32)))  # numbers are the smallest
        for size in SIZES:
            held += [bytes(size - OF_EMPTY) for _ in range(self._draw.randrange(POOL // size))]
        self._held = held


class Collecting:
    """Garbage is not collected while a benchmark is timed whose options say so."""

    def __init__(self, fixture: Any) -> None:
        self.paused = fixture._disable_gc and gc.isenabled()

    def __enter__(self) -> None:
        if self.paused:
            gc.disable()

    def __exit__(self, *_: object) -> None:
        if self.paused:
            gc.enable()


def warmed_up(timed: Callable[[int], float], calls: int | None, fixture: Any) -> tuple[int, float]:
    """Call what is measured before anything counts; returns how many calls a sample takes, and its seconds.

    Without `calls`, they are as many as take `TURN`, or the shortest round that the benchmark's options allow.
    """

    def elapsed(calls: int) -> float:  # by a clock of ours: the benchmark's may stand still while it waits
        began = perf_counter()
        timed(calls)
        return perf_counter() - began

    if calls is not None:
        seconds = elapsed(calls)
    else:
        least = max(TURN, float(fixture._min_time))
        calls, seconds = 1, min(elapsed(1), elapsed(1))  # the first call may import something
        while seconds < least and calls < MOST_CALLS:
            calls = min(MOST_CALLS, max(calls + 1, ceil(calls * min(10.0, 1.1 * least / max(seconds, 1e-9)))))
            seconds = elapsed(calls)
    warmup, done = int(fixture._warmup or 0), calls  # on PyPy, or where the user asks for it
    began = perf_counter()
    while done < warmup and perf_counter() - began < fixture._max_time:
        seconds = elapsed(calls)
        done += calls
    return calls, seconds


def name_of(item: pytest.Item) -> str:
    """A test's name from where pytest was started: the same on both sides, whatever pytest takes for its root."""
    file = os.path.relpath(item.path, item.config.invocation_params.dir).replace(os.sep, "/")
    return f"{file}::{item.nodeid.partition('::')[2]}"


def why(report: pytest.CollectReport | pytest.TestReport) -> str:
    """A line on why something failed: the exception, or else the last line of what pytest shows of it."""
    crash = getattr(report.longrepr, "reprcrash", None)
    lines = [line for line in (crash.message if crash else report.longreprtext).splitlines() if line.strip()]
    if crash:
        return str(lines[0]) if lines else "it failed"
    errors = [line for line in lines if line.startswith("E ")]
    return (errors or lines or ["it failed"])[-1].removeprefix("E ").strip()


def peak_memory() -> int:
    """The largest resident memory that this process has had, in bytes."""
    try:
        with open("/proc/self/status", "rb") as status:  # noqa: PTH123 - as in all of this room
            for line in status:
                if line.startswith(b"VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    if sys.platform == "win32":
        return 0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
