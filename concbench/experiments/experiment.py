"""What an experiment is: it opens a case in a host and measures samples of it. Here is the table of all experiments."""

from __future__ import annotations

from types import SimpleNamespace

from concbench.registry import Registry
from concbench.strategies.strategy import Unavailable

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Protocol

    from concbench.model.case import Settings, Workload

    class CpuMeter(Protocol):
        """Measures CPU seconds between two moments; the host has one."""

        def start(self) -> None:
            """Begin to count."""

        def stop(self) -> float | None:
            """Seconds since `start`; None where the system does not account for it."""

        def stop_others(self) -> float | None:
            """The same of the processes below this one alone."""

        def descendants(self) -> list[int]:
            """The ids of all processes below this one; none where the system does not list them."""

    TakeOn = Callable[[str, Workload, dict[str, Any]], tuple["OpenCase", dict[str, Any]]]
    """From a subject's name, the workload and the settings asked for to an open case and the settings in effect."""


class Measurement:
    """One sample: the seconds of each phase, which add up to `wall`; None for what an experiment does not measure."""

    def __init__(
        self,
        *,
        start: float,
        run: float,
        stop: float,
        wall: float,
        cpu: float | None,
        each: float | None = None,
        each_p99: float | None = None,
        stream: float | None = None,
        lost: int | None = None,
        load: dict[str, Any] | None = None,
        left: int | None = None,
        nodes: Sequence[dict[str, Any]] = (),
    ) -> None:
        self.start = start
        self.run = run
        self.stop = stop
        self.wall = wall
        self.cpu = cpu
        self.each = each
        self.each_p99 = each_p99
        self.stream = stream
        self.lost = lost
        self.load = load
        """The fields of a `Load`."""
        self.left = left
        self.nodes = nodes
        """The fields of a `Node` for each machine of a cluster."""


FEW = 10
"""The size of a warm-up, where an experiment does not choose another."""


class OpenCase:
    """A case that a host has taken on; every experiment has a subclass.

    `size` counts what one sample does: tasks, round trips, steps, turns, workers or calls.
    """

    def __init__(self, subject: Any, settings: Settings, workload: Workload) -> None:
        self.subject = subject
        self.settings = settings
        self.workload = workload

    def measure(self, meter: CpuMeter, size: int | None = None) -> Measurement:
        """Run one sample of this size; None: of the case's own."""
        raise NotImplementedError

    def warm_up_size(self) -> int:
        """The size at which all code has run and is in memory."""
        return min(FEW, self.workload.tasks)

    def warm_up(self, meter: CpuMeter, size: int | None = None) -> tuple[int, Measurement]:
        """Run a small sample, or one of this size; returns its size, too."""
        size = size or self.warm_up_size()
        return size, self.measure(meter, size)

    def hold(self, meter: CpuMeter, _seconds: float) -> None:
        """Run a sample for the watch; one that would be over too soon keeps its workers for this many seconds."""
        self.measure(meter)

    def close(self) -> None:
        """Close what taking the case on has opened, when its host ends."""

    def traced(self, seconds: float, usual: float | None) -> dict[str, Any]:
        """Record every task for about this many seconds; raises ValueError where there are no tasks."""
        raise ValueError("there are no tasks to trace")

    def record(self, meter: CpuMeter, folder: str) -> tuple[int, int]:
        """Run a command once with its tasks recorded into a folder; raises ValueError of anything else.

        Returns when it began and ended, in nanoseconds of the clock.
        """
        raise ValueError("this is no command")


class Experiment:
    """A registered experiment."""

    def __init__(
        self,
        *,
        take_on: TakeOn,
        settings_of: Callable[[str], tuple[str, ...]],
        most_workers: Callable[[str], int | None] = lambda _subject: None,
    ) -> None:
        self.take_on = take_on
        """Opens a case; raises Unavailable and UnknownName."""
        self._settings_of = settings_of
        self.most_workers = most_workers
        """The largest number of workers that a subject can have; None: no limit. Raises UnknownName."""

    def settings_of(self, subject: str) -> tuple[str, ...]:
        """The names of the settings that a subject takes, with what comes with a start method; raises UnknownName."""
        takes = self._settings_of(subject)
        return (*takes, "forkserver_preload") if "start_method" in takes else takes


experiments: Registry[Experiment] = Registry(
    "experiment",
    "concbench.experiments",
    {
        name: (name,)
        for name in ("tasks", "messages", "counters", "turns", "startups", "load", "commands", "benchmarks")
    },
)


def effective(asked: dict[str, Any], takes: Sequence[str], usual: str | None = None) -> tuple[Settings, dict[str, Any]]:
    """Settings to open a subject with (a `Settings` in all but its class), and the same as plain data.

    A start method that was left open has its name there: the `usual` one of the subject, or the interpreter's own.
    Raises Unavailable for one that this system does not have.
    """
    context = None
    settled = dict(asked)
    if "start_method" in takes:
        import multiprocessing  # here, so that a host without processes does not carry it

        try:
            context = multiprocessing.get_context(asked["start_method"] or usual)
        except ValueError as error:
            raise Unavailable(f"this system has no start method {asked['start_method']!r}") from error
        settled["start_method"] = context.get_start_method()
        if asked.get("forkserver_preload"):
            _preload(context, asked["forkserver_preload"])
    opened: Any = SimpleNamespace(**settled, context=context)
    return opened, settled


def _preload(context: Any, modules: Sequence[str]) -> None:
    """Let the fork server, which starts with the first worker, import some modules; raises Unavailable."""
    import importlib.util  # here, as few hosts need it

    method = context.get_start_method()
    if method != "forkserver":
        raise Unavailable(
            f"only a fork server imports modules ahead, and this is {method}: use --start-method forkserver"
        )
    for name in modules:
        try:
            found = importlib.util.find_spec(name)
        except ImportError:
            found = None
        if found is None:
            raise Unavailable(f"there is no module {name!r} for the fork server to import")
    context.set_forkserver_preload(list(modules))


def quantile(in_order: Sequence[float], share: float) -> float:
    """The value below which this share of the sorted values lies, interpolated between two of them.

    Definition 7 of Hyndman and Fan ("Sample Quantiles in Statistical Packages", 1996), numpy's default, without the
    weight of the statistics module. Raises ValueError where there are no values.

    >>> quantile([1.0, 2.0, 4.0], 0.5), quantile([1.0, 2.0], 0.75)
    (2.0, 1.75)
    """
    if not in_order:
        raise ValueError("there are no values to take a quantile of")
    place = (len(in_order) - 1) * share
    below = int(place)
    above = min(below + 1, len(in_order) - 1)
    return in_order[below] + (in_order[above] - in_order[below]) * (place - below)
