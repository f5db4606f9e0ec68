"""The table of options: what a measurement can be asked for, from the command line, from Python or by a gate."""

from __future__ import annotations

import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, get_args, get_type_hints

from concbench.experiments.placement import ANY, APART, ONE
from concbench.measure.interpreters import Interpreter, interpreters
from concbench.measure.plan import CostsPlan, Launch, Plan
from concbench.model.case import START_METHODS, AxisName
from concbench.session.errors import WrongSetting
from concbench.session.quantities import MOST_VALUES, Address, Choice, Count, Duration, Share, Size, Unreadable, Value

BUDGET = 56.0
"""Seconds, by default: a run ends within a minute."""
WATCH = TRACE = 0.1
"""Seconds for which each case is watched, and traced, by default."""
QUICK_BUDGET = 7.5
"""Seconds with `quick`: a run ends within ten."""
QUICK_WATCH = 0.04
"""Seconds with `quick` for which each case is watched."""
QUICK_TRACE = 0.015
"""Seconds with `quick` for which each case is traced: at least one sample, whatever it takes."""
COSTS, COSTS_SHARE = 2.0, 1 / 15
"""Seconds for which the costs of workers are measured, at most, and about the share of the budget;"""
LEAST_FOR_COSTS = 5.0
"""and with a smaller budget, which has no room for that, they are not."""
FEWEST_BLOCKS, QUICK_BLOCKS, BLOCKS = 3, 4, 8
"""At least, with `quick`, and by default."""
FORKSERVER = "forkserver"
LARGEST_SEED = 2**63 - 1

Counts = int | Sequence[int | None] | None
Sizes = int | Sequence[int] | None
Times = float | Sequence[float] | None
Words = str | Sequence[str] | None


@dataclass(frozen=True)
class Option:
    """One row of the table; its name is the field of `Given`."""

    kind: Count | Duration | Size | Share | Choice | Address | type[bool] | type[str] | type[Path]
    help: str
    default: str = ""
    """What happens without it, as help says it."""
    axis: bool = False
    """Whether it takes several values, each of which is measured."""
    auto: bool = False
    """Whether None (`auto`) can be one of several values: whatever the strategy or the interpreter does by itself."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """Options as they were given. This is the table: whatever reads options takes names, kinds and help from here."""

    workers: Annotated[
        Counts,
        Option(
            Count(),
            "Number of workers in a pool, or of those that share something.",
            "one per usable core",
            axis=True,
            auto=True,
        ),
    ] = None
    tasks: Annotated[
        Sizes, Option(Count(), "Number of tasks; or of round trips, counter steps or turns.", axis=True)
    ] = None
    task_time: Annotated[
        Times, Option(Duration(zero=True), "How long one task takes when run serially, e.g. 20ms.", axis=True)
    ] = None
    payload: Annotated[
        Sizes, Option(Size(), "Size of each argument and result, or of a message, e.g. 64KiB.", axis=True)
    ] = None
    memory: Annotated[
        Sizes, Option(Size(), "What each task of the workload memory holds, or all of reading, e.g. 8MiB.", axis=True)
    ] = None
    chunksize: Annotated[
        Counts, Option(Count(), "Number of items handed to a worker at once.", axis=True, auto=True)
    ] = None
    start_method: Annotated[
        Words,
        Option(Choice(START_METHODS), "How worker processes are started.", "Python's own", axis=True),
    ] = None
    forkserver_preload: Annotated[
        str | Sequence[str],
        Option(str, "Let fork servers import these modules (a,b) before they start workers.", "none"),
    ] = ()
    maxtasksperchild: Annotated[
        Counts, Option(Count(), "Replace a pool's worker after this many tasks.", axis=True, auto=True)
    ] = None
    limit: Annotated[
        Counts,
        Option(
            Count(),
            "Maximum number of concurrent tasks, for strategies with one worker per task.",
            axis=True,
            auto=True,
        ),
    ] = None
    buffersize: Annotated[
        Counts,
        Option(
            Count(),
            "Maximum number of chunks that Executor.map submits ahead (Python 3.14 or later).",
            "all",
            axis=True,
            auto=True,
        ),
    ] = None
    inner_threads: Annotated[
        Counts,
        Option(
            Count(),
            "Threads that libraries such as OpenBLAS may use in each process.",
            "auto: as they choose",
            axis=True,
            auto=True,
        ),
    ] = None
    engine_address: Annotated[
        str | None,
        Option(Address(), "Measure on the cluster there: tcp://… of dask; HOST:PORT or auto of ray; mpi://….", "none"),
    ] = None
    cores: Annotated[
        str | None,
        Option(Choice((ONE, APART, ANY)), "Where both ends of a channel run: on one core, two (apart), or any.", "one"),
    ] = None
    python: Annotated[
        str | Sequence[str],
        Option(str, "Measure under this interpreter, a path or a name; list them (a,b) to compare several."),
    ] = ()
    blocks: Annotated[
        int | None, Option(Count(), "Number of blocks; each starts fresh interpreters.", "8; with --quick 4")
    ] = None
    rounds: Annotated[
        int | None, Option(Count(), "Samples of every case per block.", "as many as fit into the budget")
    ] = None
    budget: Annotated[
        float | None,
        Option(Duration(), "About how long to measure.", f"{BUDGET:g}s; with --quick {QUICK_BUDGET:g}s"),
    ] = None
    precision: Annotated[
        float | None,
        Option(Share(), "Measure each case until its interval is this narrow, e.g. 2%, or the budget is used up."),
    ] = None
    timeout: Annotated[
        float,
        Option(
            Duration(), "Give up a case when one step takes longer: a sample, an import, a preparatory call.", "60s"
        ),
    ] = 60.0
    seed: Annotated[
        int | None, Option(Count(least=0, most=LARGEST_SEED), "Seed of every random order.", "a new one")
    ] = None
    quick: Annotated[bool, Option(bool, "Finish within ten seconds, with wider intervals.")] = False
    verify: Annotated[
        bool, Option(bool, "Also measure the chunksizes that are predicted to be better; takes half as long again.")
    ] = False
    warm: Annotated[
        bool, Option(bool, "Start workers once in each fresh host, and time the tasks alone, as in a service.")
    ] = False
    cold: Annotated[
        bool, Option(bool, "With --warm: also start workers anew in each sample, as without it, side by side.")
    ] = False
    tutorial: Annotated[bool, Option(bool, "Use the sizes of the original tutorial; takes longer.")] = False
    task_output: Annotated[Path | None, Option(Path, "Append what tasks print to this file.", "stderr")] = None


@dataclass(frozen=True, kw_only=True)
class JobGiven:
    """The job that advice is about and the machine that is to run it, as they were given: a table of its own."""

    for_items: Annotated[
        int | None,
        Option(
            Count(),
            "Advise about a job of this many items, e.g. 1e6, of which --items are a sample.",
            "all of --items",
        ),
    ] = None
    for_cores: Annotated[
        int | None, Option(Count(), "Advise about a machine with this many usable cores.", "those of this one")
    ] = None
    memory: Annotated[
        int | None,
        Option(Size(), "Advise only what fits into this much memory, e.g. 4GiB.", "that of this machine"),
    ] = None
    max_workers: Annotated[
        int | None, Option(Count(), "Advise at most this many workers, or tasks at once, e.g. as a server allows.")
    ] = None
    warm: Annotated[
        bool, Option(bool, "Advise about a pool that is running already, as in a service: starting it costs nothing.")
    ] = False


AS_IT_IS = JobGiven()
"""All items, on this machine."""


def _table(given: type) -> dict[str, Option]:
    return {name: hint.__metadata__[0] for name, hint in get_type_hints(given, include_extras=True).items()}


OPTIONS: dict[str, Option] = _table(Given)
JOB_OPTIONS: dict[str, Option] = _table(JobGiven)
AXES: tuple[AxisName, ...] = get_args(AxisName)


@dataclass(frozen=True)
class Axis:
    """A setting or a size that takes several values in one run: a field of `Options`, and its values in order."""

    name: AxisName
    values: tuple[Value, ...]
    """All different; None leaves the suite's, the workload's or the interpreter's own."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """Checked options of a run; None leaves the suite's, the workload's or the interpreter's own. Seconds and bytes."""

    workers: int | None = None
    tasks: int | None = None
    task_time: float | None = None
    payload: int | None = None
    memory: int | None = None
    chunksize: int | None = None
    start_method: str | None = None
    forkserver_preload: tuple[str, ...] = ()
    maxtasksperchild: int | None = None
    limit: int | None = None
    buffersize: int | None = None
    inner_threads: int | None = None
    axes: tuple[Axis, ...] = ()
    """Those of the fields above that take several values, and are None themselves; all combinations are measured."""
    cores: str | None = None
    engine_address: str | None = None
    warm: bool = False
    cold: bool = False
    """Whether what is measured warm is measured cold, too."""
    blocks: int | None = None
    rounds: int | None = None
    budget: float | None = None
    precision: float | None = None
    """How far an interval may reach from a case's median, relative to it, before no more samples are needed."""
    timeout: float = 60.0
    seed: int = 0
    quick: bool = False
    tutorial: bool = False
    verify: bool = False
    """Whether what is advised is measured, too."""
    interpreters: tuple[Interpreter, ...] = ()
    """Every case is measured under each; none: the one that runs concbench."""
    paths: tuple[str, ...] = ()
    """Folders from which hosts import the user's function."""
    task_output: Path | None = None
    command: list[str] = field(default_factory=list)
    """The words of the command line, for the run document."""

    def asked(self, name: AxisName) -> tuple[Value, ...]:
        """The values of an option, be it one or several; none where it was left out."""
        value = getattr(self, name)
        return next((axis.values for axis in self.axes if axis.name == name), () if value is None else (value,))

    @property
    def start_methods(self) -> tuple[str, ...]:
        """Those that were asked for; none: Python's own."""
        return tuple(str(value) for value in self.asked("start_method"))

    @property
    def most_blocks(self) -> int:
        """Blocks that are measured if the budget lasts."""
        return self.blocks or (QUICK_BLOCKS if self.quick else BLOCKS)

    @property
    def fewest_blocks(self) -> int:
        """Blocks that are measured even if the budget is used up by then."""
        return self.blocks or FEWEST_BLOCKS

    def plan(self) -> Plan:
        """How long and how carefully these options measure."""
        python = self.interpreters[0].python if self.interpreters else sys.executable
        budget = self.budget or (QUICK_BUDGET if self.quick else BUDGET)
        return Plan(
            rounds=self.rounds,
            budget=budget,
            timeout=self.timeout,
            watched=QUICK_WATCH if self.quick else WATCH,
            traced=QUICK_TRACE if self.quick else TRACE,
            costs=self.costs(budget),
            seed=self.seed,
            launch=Launch(python=python, paths=self.paths),
            launches={each.name: Launch(python=each.python, paths=self.paths) for each in self.interpreters},
            task_output=self.task_output,
        )

    def costs(self, budget: float) -> CostsPlan | None:
        """How carefully the costs of workers are measured on each side.

        None where the budget has no room for that, and for a single block, which is no more than a first look.
        """
        each = budget / max(1, len(self.interpreters))
        return None if each < LEAST_FOR_COSTS or self.blocks == 1 else CostsPlan(seconds=min(COSTS, COSTS_SHARE * each))


def options_of(given: Given, command: Sequence[str] = (), paths: tuple[str, ...] = ()) -> Options:
    """Check what was given, and split what has several values into axes.

    Raises WrongSetting, and NoInterpreter.

    >>> options_of(Given(workers=4, quick=True)).workers
    4
    >>> options_of(Given(workers=range(1, 4))).axes
    (Axis(name='workers', values=(1, 2, 3)),)
    >>> options_of(Given(workers=0))
    Traceback (most recent call last):
    concbench.session.errors.WrongSetting: workers: 0 is not a whole number from 1 to 1000000000
    """
    if given.precision is not None and given.blocks is not None:
        raise WrongSetting("precision", "it takes as many blocks as it needs, so it can't be combined with blocks")
    values: dict[str, Any] = {each.name: getattr(given, each.name) for each in fields(given)}
    python = values.pop("python")
    axes = []
    for name in AXES:
        if isinstance(values[name], Sequence) and not isinstance(values[name], str | bytes):
            found = _several(name, values[name])
            values[name] = found[0] if len(found) == 1 else None
            axes += [Axis(name, found)] if len(found) > 1 else []
    values = {name: None if value is None else _checked(name, value) for name, value in values.items()}
    if given.seed is None:
        values["seed"] = random.SystemRandom().randrange(2**31)
    values["forkserver_preload"] = modules_of(given.forkserver_preload)
    named = (python,) if isinstance(python, str) else tuple(python)
    options = Options(**values, interpreters=interpreters(named), axes=tuple(axes), command=list(command), paths=paths)
    if options.forkserver_preload and FORKSERVER not in (options.start_methods or (FORKSERVER,)):
        raise WrongSetting(
            "forkserver_preload", f"only a fork server imports modules ahead: add {FORKSERVER} to the start methods"
        )
    return options


def modules_of(given: str | Sequence[str]) -> tuple[str, ...]:
    """The modules that fork servers import before they start workers; raises WrongSetting.

    >>> modules_of("numpy, numpy.linalg")
    ('numpy', 'numpy.linalg')
    """
    texts = [given] if isinstance(given, str) else given
    names = tuple(dict.fromkeys(part.strip() for text in texts for part in text.split(",")))
    for name in names:
        if not all(part.isidentifier() for part in name.split(".")):
            raise WrongSetting("forkserver_preload", f"{name!r} is no module: write numpy, or package.module")
    return names


def job_of(given: JobGiven) -> JobGiven:
    """Check what was given of a job; raises WrongSetting.

    >>> job_of(JobGiven(for_items=1_000_000)).for_items
    1000000
    >>> job_of(JobGiven(memory=0))
    Traceback (most recent call last):
    concbench.session.errors.WrongSetting: memory: nothing fits into 0 bytes: write 4GiB
    """
    values = {each.name: getattr(given, each.name) for each in fields(given)}
    if given.memory == 0:
        raise WrongSetting("memory", "nothing fits into 0 bytes: write 4GiB")
    checked: dict[str, Any] = {
        name: None if value is None else _checked(name, value, JOB_OPTIONS) for name, value in values.items()
    }
    return JobGiven(**checked)


def _several(name: AxisName, values: Sequence[Value]) -> tuple[Value, ...]:
    if not 1 <= len(values) <= MOST_VALUES:
        raise WrongSetting(name, f"{len(values):,} values: give 1 to {MOST_VALUES}")
    if None in values and not OPTIONS[name].auto:
        raise WrongSetting(name, "None can't be one of several values")
    return tuple(dict.fromkeys(None if value is None else _checked(name, value) for value in values))


def _checked(name: str, value: Any, table: Mapping[str, Option] = OPTIONS) -> Any:
    kind = table[name].kind
    if isinstance(kind, type):
        return value
    try:
        return kind.check(value)
    except Unreadable as error:
        raise WrongSetting(name, str(error)) from None


def refuse_several(options: Options, why: str) -> None:
    """Raise WrongSetting if an option has several values where that has no meaning."""
    if options.axes:
        raise WrongSetting(options.axes[0].name, f"give one value: {why}")
