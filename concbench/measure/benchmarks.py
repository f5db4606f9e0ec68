"""Measures a suite of pytest-benchmark: in every block a pytest process for each side, whose benchmarks take turns.

Both processes run the same test at the same time, and only one of them is ever busy with what it measures: a sample of
one side, then one of the other, and the other way round in the next round. What is in these processes is in
`concbench.host.benchmarks`.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from math import sqrt
from tempfile import TemporaryFile
from typing import TextIO

from concbench.measure.containment import left_behind
from concbench.measure.hosts import OPENING, Answer, CaseFailed, HostProcess, Launcher, refused
from concbench.measure.order import Order
from concbench.measure.pace import Pace, blocks
from concbench.measure.plan import Block, Launch, Now, Plan, Schedule, Steps
from concbench.measure.record import Record
from concbench.model.case import Case
from concbench.model.result import Failure, HostRecord, Peak, Sample

PLUGIN = "concbench.host.benchmarks"
MOST_TURNS = 30
"""Samples of a benchmark a block, however short they are."""
SCATTER = 3.0
"""Times as much as processes differ, samples in them do: about, for CPU time."""
BLOCKS = 12
"""As many as are to fit into the budget: with few, an interval has to allow for all that they may not have shown."""
SHOWN = 4000
"""Letters of pytest's output that are shown where it can't collect."""
SEVERAL = 3
"""Files with an error that a message names."""


class Uncollectable(Exception):
    """The benchmarks of a side can't be collected; the text says of which one, and why."""


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which tests of a suite, in pytest's own words."""

    paths: tuple[str, ...]
    """Files and folders, relative to where hosts run; a file may have the name of a test behind it, after `::`."""
    keyword: str | None = None
    """The expression of `-k`;"""
    marks: str | None = None
    """and of `-m`."""

    @property
    def files(self) -> tuple[str, ...]:
        """The files and folders, without names of tests."""
        return tuple(dict.fromkeys(path.partition("::")[0] for path in self.paths))

    def arguments(self, files: Iterable[str]) -> tuple[str, ...]:
        """Pytest's arguments for the tests of some files that are selected."""
        chosen = [("-k", self.keyword), ("-m", self.marks)]
        return (*(word for option, value in chosen if value is not None for word in (option, value)), *files)

    def has(self, name: str) -> bool:
        """Whether a test of these files is selected by its name.

        >>> chosen = Selection(paths=("bench/test_sort.py::test_sorted",))
        >>> chosen.has("bench/test_sort.py::test_sorted[10]"), chosen.has("bench/test_sort.py::test_sorted_set")
        (True, False)
        """
        for path in self.paths:
            _, _, test = path.partition("::")
            if not test or name == path or name.startswith((f"{path}[", f"{path}::")):
                return True
        return False


@dataclass(frozen=True, kw_only=True)
class Rehearsed:
    """What one run of a benchmark on a side found out."""

    calls: int | None = None
    """How many calls a sample takes; None where the test itself says so (`benchmark.pedantic`)."""
    seconds: float = 0.0
    """About how long a sample takes."""
    skipped: str | None = None
    """Why the test was skipped, where it was."""
    failure: Failure | None = None


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """What there is to measure."""

    names: Mapping[str, tuple[str, ...]]
    """The benchmarks of each side, in pytest's order."""
    others: int
    """Tests of the side with most of them that are no benchmarks."""
    common: Mapping[str, Mapping[str, Rehearsed]]
    """Of every benchmark that all sides have: what was found on each of them."""


@dataclass(frozen=True, kw_only=True)
class Programme:
    """What the blocks of a suite are made of; by the name of a benchmark."""

    benchmarks: Mapping[str, Mapping[str, Case]]
    """The cases of each, by side."""
    process: Mapping[str, Case]
    """Those that stand for the pytest processes."""
    calls: Mapping[str, int | None]
    """How many calls a sample takes."""
    seconds: Mapping[str, float]
    """What a sample takes."""
    room: float
    """Seconds that a benchmark may take in a block."""


# The pytest processes of a block


@dataclass
class Processes:
    """The pytest processes of the sides, which collect the same files."""

    launcher: Launcher
    launches: Mapping[str, Launch]
    selection: Selection
    timeout: float
    records: Mapping[str, HostRecord]
    """What they are started with; nothing for a rehearsal."""
    hosts: dict[str, HostProcess] = field(default_factory=dict)
    collected: dict[str, tuple[str, ...]] = field(default_factory=dict)
    others: int = 0
    broken: dict[str, Failure] = field(default_factory=dict)
    """Why a side has no process, or can't run its benchmarks."""
    outputs: dict[str, TextIO] = field(default_factory=dict)
    left: int = 0
    """Processes that these left behind."""
    lost: bool = False
    """Whether one of them died, or was given up."""

    def start(self, sides: Iterable[str], files: Sequence[str]) -> None:
        """Start the processes of some sides at the same time, and wait until they have collected their benchmarks."""
        begun = [side for side in sides if self._begin(side, files)]
        answers = self.ask(begun, {"do": "collect"}, max(OPENING, self.timeout))
        for side, answer in answers.items():
            if isinstance(answer, Failure):
                self.broken[side] = answer
            elif answer["uncollected"]:
                several = [f"{each['file']}: {each['why']}" for each in answer["uncollected"]]
                more = f"\n… and {len(several) - SEVERAL} more" if len(several) > SEVERAL else ""
                self.broken[side] = Failure(
                    kind="raised", message="these could not be collected:\n" + "\n".join(several[:SEVERAL]) + more
                )
            else:
                self.collected[side] = tuple(filter(self.selection.has, answer["benchmarks"]))
                self.others = max(self.others, answer["others"])

    def _begin(self, side: str, files: Sequence[str]) -> bool:
        launch = self.launches[side]
        there = [file for file in files if os.path.exists(os.path.join(launch.folder or "", file))]  # noqa: PTH110, PTH118 - joined as the process itself would
        self.broken.pop(side, None)
        if not there:
            self.collected[side] = ()
            return False
        folder = self.launcher.folder / f"pytest-{side}"
        program = ("-m", "pytest", "-p", PLUGIN, "-o", f"cache_dir={folder}", *self.selection.arguments(there))
        self.outputs[side] = output = TemporaryFile("w+", encoding="utf-8", errors="replace", dir=self.launcher.folder)  # noqa: SIM115 - closed by `end`
        try:
            self.hosts[side] = replace(self.launcher, task_output=output).start(
                replace(launch, program=program), self.records.get(side)
            )
        except OSError as error:
            self.broken[side] = refused(error)
            return False
        return True

    def ask(self, sides: Iterable[str], request: Answer, timeout: float | None = None) -> dict[str, Answer | Failure]:
        """The answers of some sides to a request, all at work at the same time; a process that gives none is ended."""
        sides = list(sides)
        for side in sides:
            if side in self.hosts:
                self.hosts[side].send(request)
        return {side: self._answer(side, timeout or self.timeout) for side in sides}

    def _answer(self, side: str, timeout: float) -> Answer | Failure:
        if side not in self.hosts:
            return self.broken.get(side, Failure(kind="host died", message="it has no benchmarks"))
        try:
            return self.hosts[side].answered(timeout)
        except CaseFailed as failed:
            failure = failed.failure
            if failure.kind != "host died":
                return failure
        except TimeoutError:
            failure = Failure(kind="timeout", message=f"no result after {timeout:g} s (--timeout)")
        self._drop(side)
        self.lost = True
        self.broken[side] = failure
        return failure

    def _drop(self, side: str) -> None:
        host = self.hosts.pop(side)
        host.end(at_once=True)
        self.left += host.left

    def revive(self, files: Sequence[str]) -> None:
        """Start the processes that were lost once more."""
        self.start([side for side in self.broken if side not in self.hosts], files)

    def output(self, side: str) -> str:
        """The end of what pytest has written on a side."""
        if side not in self.outputs:
            return ""
        self.outputs[side].seek(0)
        return self.outputs[side].read()[-SHOWN:].strip()

    def end(self, at_once: bool) -> None:
        """End all processes."""
        if not at_once:
            for host in self.hosts.values():
                host.leave()
        for host in self.hosts.values():
            host.end(at_once)
            self.left += host.left
        self.hosts.clear()
        for output in self.outputs.values():
            if self.launcher.task_output is not None:
                output.seek(0)
                shutil.copyfileobj(output, self.launcher.task_output)
            output.close()


# The suite


@dataclass
class Benchmarks:
    """Benchmarks by name, on all sides."""

    launcher: Launcher
    launches: Mapping[str, Launch]
    selection: Selection
    timeout: float
    left: int = 0
    """Processes that benchmarks have left behind."""
    opening: float = 0.0
    """Seconds that the last block took beside its samples; before the first one, what starting its processes took."""

    @contextmanager
    def processes(self, files: Sequence[str], records: Mapping[str, HostRecord]) -> Iterator[Processes]:
        """A pytest process for each side; none of them is left at the end."""
        processes = Processes(self.launcher, self.launches, self.selection, self.timeout, records)
        at_once = True
        try:
            processes.start(self.launches, files)
            yield processes
            at_once = False
        finally:
            processes.end(at_once)
            self.left += processes.left

    def rehearse(self) -> Generator[Now, None, Rehearsal]:
        """Run every benchmark once on all sides, for what there is and how long it takes; raises Uncollectable."""
        yield Now(doing="collecting benchmarks", case=None, block=0, blocks=None, left=0.0)
        began = time.perf_counter()
        with self.processes(self.selection.files, {}) as processes:
            self.opening = time.perf_counter() - began
            for side in self.launches:
                if side in processes.broken:
                    raise Uncollectable(_uncollectable(side, processes.broken[side], processes.output(side)))
            names = {side: processes.collected[side] for side in self.launches}
            first = next(iter(names.values()))
            common = [name for name in first if all(name in each for each in names.values())]
            found = {}
            for at, name in enumerate(common):
                doing = f"rehearsing {at + 1} of {len(common)}"
                yield Now(doing=doing, case=None, block=0, blocks=None, left=0.0)
                following = common[at + 1] if at + 1 < len(common) else None
                found[name] = self._rehearsed(processes, name, following)
                if following is not None and processes.broken:
                    processes.revive(files_of(common[at + 1 :]))
        return Rehearsal(names=names, others=processes.others, common=found)

    def _rehearsed(self, processes: Processes, name: str, following: str | None) -> dict[str, Rehearsed]:
        answers = processes.ask(self.launches, {"do": "run", "name": name, "next": following})
        running = [side for side, answer in answers.items() if not isinstance(answer, Failure) and "calls" in answer]
        # How long the rounds take that a test asks for itself is known only when one has been run.
        seconds: dict[str, float] = {}
        for side in running:
            found = answers[side]
            assert not isinstance(found, Failure)
            seconds[side] = found["seconds"]
            if found["calls"] is None:
                began = time.perf_counter()
                answer = processes.ask([side], {"do": "sample"})[side]
                seconds[side] = time.perf_counter() - began
                if isinstance(answer, Failure):
                    answers[side] = answer
        running = [side for side in running if not isinstance(answers[side], Failure)]
        ends = processes.ask(running, {"do": "close"})
        rehearsed = {}
        for side, answer in answers.items():
            end = ends.get(side, answer)
            if isinstance(answer, Failure) or isinstance(end, Failure):
                failure = answer if isinstance(answer, Failure) else end
                assert isinstance(failure, Failure)
                rehearsed[side] = Rehearsed(failure=failure)
            elif side in running:
                rehearsed[side] = Rehearsed(calls=answer["calls"], seconds=seconds[side])
            elif answer["ended"] == "skipped":
                rehearsed[side] = Rehearsed(skipped=answer["reason"])
            else:
                rehearsed[side] = Rehearsed(failure=Failure(kind="raised", message="it never calls benchmark(...)"))
        return rehearsed

    def measure(
        self,
        schedule: Schedule,
        benchmarks: Mapping[str, Mapping[str, Case]],
        process: Mapping[str, Case],
        rehearsal: Rehearsal,
        plan: Plan,
        record: Record,
    ) -> Steps:
        """Measure block after block as the schedule says; yields what is being done.

        `benchmarks` has the cases of each one by side, and `process` those that stand for the pytest processes.
        """
        pace = Pace(plan, schedule.blocks, schedule.fewest_blocks)
        order = Order(plan.seed)
        what = Programme(
            benchmarks=benchmarks,
            process=process,
            calls={name: _calls(rehearsal.common[name]) for name in benchmarks},
            seconds={name: max(each.seconds for each in rehearsal.common[name].values()) for name in benchmarks},
            room=plan.budget / max(1, len(benchmarks)) / BLOCKS,
        )
        try:
            for number, block in blocks(schedule, pace, record):
                yield from self._measure_block(block, number, what, pace, order, record)
        finally:
            if self.left:
                record.warn([left_behind("a benchmark", self.left)])

    def _measure_block(
        self, block: Block, number: int, what: Programme, pace: Pace, order: Order, record: Record
    ) -> Steps:
        """Start a pytest process for every side, and let each benchmark take its turns."""
        wanted = {case.id for case in block.cases}
        living = {
            name: cases
            for name, cases in what.benchmarks.items()
            if all(record.results[case.id].failure is None for case in cases.values())
        }
        weighed = all(case.id in wanted for case in what.process.values())
        # Memory is that of a process in which all benchmarks run.
        names = [name for name, cases in living.items() if weighed or all(case.id in wanted for case in cases.values())]
        if not names:  # all have failed meanwhile, and a process that runs nothing has nothing to weigh
            for case in what.process.values():
                record.fail(case.id, Failure(kind="unavailable", message="no benchmark could be run"))
            return
        began = time.perf_counter()
        sampling, share = 0.0, self.opening / len(names)
        drawn = {side: order.host_record(number) for side in self.launches}
        # Sets and dicts in the same order on all sides: only the code differs.
        alike = next(iter(drawn.values())).hash_seed
        drawn = {side: replace(each, hash_seed=alike) for side, each in drawn.items()}
        yield Now(doing="starting pytest", case=None, block=number, blocks=None, left=pace.still(number))
        with self.processes(files_of(names), drawn) as processes:
            for at, name in enumerate(names):
                cases = living[name]
                case = next(iter(cases.values()))
                yield Now(doing="measuring", case=case.id, block=number, blocks=None, left=pace.still(number))
                if processes.broken:
                    processes.revive(files_of(names[at:]))
                following = names[at + 1] if at + 1 < len(names) else None
                asked = turns_of(what.seconds[name], share, what.room) if case.id in wanted else 0
                sampling += _take_turns(processes, name, following, cases, asked, what.calls[name], number, record)
                for side, each in cases.items():
                    record.change(each.id, hosts=(*record.results[each.id].hosts, drawn[side]))
            if weighed and not processes.lost:
                peaks = processes.ask(what.process, {"do": "memory"})
                for side, peak in peaks.items():
                    if not isinstance(peak, Failure) and peak["peak"] > 0:
                        before = record.results[what.process[side].id].peaks
                        found = Peak(block=number, memory=peak["peak"])
                        record.change(what.process[side].id, peaks=(*before, found))
        self.opening = time.perf_counter() - began - sampling
        pace.note_round(sampling)
        pace.note_block(rounds=sampling, overhead=self.opening)


def _take_turns(
    processes: Processes,
    name: str,
    following: str | None,
    cases: Mapping[str, Case],
    turns: int,
    calls: int | None,
    block: int,
    record: Record,
) -> float:
    """Run a benchmark on all sides, and let them take turns; returns the seconds that these took."""
    answers = processes.ask(cases, {"do": "run", "name": name, "next": following, "calls": calls})
    ready = {side: answer for side, answer in answers.items() if not isinstance(answer, Failure) and "calls" in answer}
    failed = {side: answer for side, answer in answers.items() if side not in ready}
    began = time.perf_counter()
    for turn in range(turns if not failed else 0):
        sides = list(cases) if (block + turn) % 2 else list(cases)[::-1]
        found: dict[str, Answer] = {}
        for side in sides:
            answer = processes.ask([side], {"do": "sample"})[side]
            if isinstance(answer, Failure):
                failed[side] = answer
                break
            found[side] = answer
        if failed:
            break
        for side, each in found.items():
            wall, cpu = each["wall"], each["cpu"]
            sample = Sample(block=block, round=turn, start=0.0, run=wall, stop=0.0, wall=wall, cpu=cpu)
            record.sample(cases[side].id, sample)
            record.sampled += wall * ((ready[side]["calls"] or 1) - 1)  # which is the time of one call
        if not all(each["more"] for each in found.values()):
            break
    took = time.perf_counter() - began
    ends = processes.ask([side for side in ready if side not in failed], {"do": "close"})
    failed |= {side: end for side, end in ends.items() if isinstance(end, Failure)}
    for side, answer in failed.items():
        if not isinstance(answer, Failure):
            reason = answer["reason"] or "it never calls benchmark(...)"
            answer = Failure(kind="raised", message=f"it was measured before, and now: {reason}")
        record.fail(cases[side].id, answer)
    return took


def turns_of(seconds: float, share: float, room: float) -> int:
    """How many samples each of two sides takes in a block.

    `seconds` is what one takes, `share` what a block costs each benchmark beside its samples, and `room` all that it
    may take. The mean of all is then known best after a given time: the variance of a block's mean, times what
    the block takes, is least for the root of the ratio of both costs, times `SCATTER`.

    >>> turns_of(0.005, 0.05, 1.0), turns_of(0.005, 1.0, 1.0), turns_of(0.1, 0.15, 1.0), turns_of(2.0, 2.1, 1.0)
    (7, 30, 3, 1)
    """
    best = SCATTER * sqrt(share / (2 * max(seconds, 1e-6)))
    fit = room / (2 * max(seconds, 1e-6)) - 1  # without one that warms up
    return max(1, int(min(MOST_TURNS, round(best), fit)))


def _calls(found: Mapping[str, Rehearsed]) -> int | None:
    """How many calls a sample takes: on all sides as many, so that they do the same work."""
    known = [each.calls for each in found.values() if each.calls is not None]
    return max(known) if len(known) == len(found) else None


def files_of(names: Iterable[str]) -> list[str]:
    """The files of some tests.

    >>> files_of(["a.py::test_one", "a.py::test_other[1]", "b.py::Test::test"])
    ['a.py', 'b.py']
    """
    return list(dict.fromkeys(name.partition("::")[0] for name in names))


def _uncollectable(side: str, failure: Failure, output: str) -> str:
    """A sentence on why the benchmarks of a side can't be run."""
    if failure.kind == "unavailable":
        return (
            f"{side}: {failure.message} in its environment: install it there, for example with "
            '--setup "pip install . pytest pytest-benchmark"'
        )
    if failure.kind == "host died":
        if "No module named pytest" in output:
            return (
                f"{side}: pytest is not installed in its environment: install it there, for example with "
                '--setup "pip install . pytest pytest-benchmark"'
            )
        return f"{side}: pytest ended before it had collected the benchmarks:\n{output or failure.message}"
    return f"{side}: {failure.message}"
