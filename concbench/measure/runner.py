"""Measures block after block: fresh hosts, then rounds of one sample of every case, in an order drawn at random.

`measure` is the way in, and `Runner._measure_block` is how a block goes. What happens inside a host while it takes a
sample is in `concbench.host` and `concbench.experiments`.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from math import ceil
from statistics import median
from typing import NamedTuple

import msgspec

from concbench.experiments.trace import MOST_TASKS
from concbench.measure.budget import (
    LEAST_ROOM,
    Estimate,
    Fit,
    Room,
    affordable_hosts,
    crowd,
    fit,
    loads_of,
    note,
    rehearsals,
    sampled,
    shortened_workloads,
    still_needed,
)
from concbench.measure.containment import left_behind
from concbench.measure.hosts import (
    OPENING,
    CaseFailed,
    HostProcess,
    Launcher,
    launcher_for,
    reaped_so_far,
    refused,
    timed_out,
)
from concbench.measure.order import Order
from concbench.measure.pace import Pace, blocks
from concbench.measure.parts import shares_of
from concbench.measure.plan import Block, Now, Plan, Schedule, Spare, Steps
from concbench.measure.preparation import Preparation, passed_for
from concbench.measure.probe.environment import usable_cores
from concbench.measure.program import trace_folder
from concbench.measure.record import Record
from concbench.measure.record_files import read
from concbench.measure.watch import watch
from concbench.model.case import Case, Settings, Workload
from concbench.model.result import Failure, Load, Node, Peak, Sample, Trace
from concbench.strategies.strategy import known
from concbench.workloads.workload import is_function

STARTING = 5.0
"""Seconds that interpreters may take to start, beside what importing a user's function takes."""
OPENS = "its host took on the case"
"""What is waited for first, where it takes too long: a user's function is imported meanwhile."""


def measure(schedule: Schedule, cases: Sequence[Case], plan: Plan, record: Record) -> Steps:
    """Prepare some cases, and measure block after block as the schedule says; yields what is being done.

    What was measured is in `record` at every moment, also after an exception. However the iteration ends, no process
    that it started is left: close the iterator (`contextlib.closing`) where it may not come to its end.
    """
    record.add(cases)
    pythons = [plan.launch_of(case.side).python for case in cases]
    with launcher_for(pythons, plan.task_output) as launcher:
        runner = Runner(schedule, plan, record, launcher)
        try:
            yield from runner.run([case.id for case in cases])
        finally:
            record.warnings += [
                f"{left_behind(what, number)} with their blocks; until then they may have disturbed other rows"
                for what, number in runner.left.items()
            ]


class Spent(NamedTuple):
    """The seconds that some cases of a block took."""

    rounds: float
    around: float
    """Starting their hosts, warming them up, and ending them."""
    last: float
    """The last round alone."""


class Runner:
    """Carries out the blocks of a schedule."""

    def __init__(self, schedule: Schedule, plan: Plan, record: Record, launcher: Launcher) -> None:
        self._schedule, self._plan, self._record, self._launcher = schedule, plan, record, launcher
        self._pace = Pace(plan, schedule.blocks, schedule.fewest_blocks)
        self._order = Order(plan.seed)
        self._preparation = Preparation(plan, record, launcher)
        self._estimates: dict[str, Estimate] = {}
        """By the id of a case: what its last warm-up took."""
        self._started: list[tuple[Case, HostProcess]] = []
        """The hosts of the block that is being measured, also those that have ended early."""
        self._hosts: dict[str, HostProcess] = {}
        """Those of them that are open, by the id of their case."""
        self._reserved = 0.0
        """Seconds that further blocks need of the tables that were measured apart in the first one."""
        self.left: dict[str, int] = {}
        """By what left them: how many processes were still there when their hosts had ended."""

    def run(self, ids: Sequence[str]) -> Steps:
        """Prepare some cases, and measure until the schedule or the budget ends, or nothing is left to measure."""
        self._leave_out_a_crowd(ids)
        for doing in self._preparation.prepare([id_ for id_ in ids if id_ in self._record.results]):
            yield self._now(doing, 0)
        self._leave_out_a_crowd(ids)  # now that it is known how long a function takes to be imported
        for number, block in blocks(self._schedule, self._pace, self._record):
            yield from self._measure_block(block, number)

    def _measure_block(self, block: Block, number: int) -> Steps:
        """Measure all cases of a block side by side, or one table after the other."""
        cases = self._living(block)
        tables = dict.fromkeys(case.table for case in cases) if block.apart else [None]
        parts = [[case for case in cases if table in (None, case.table)] for table in tables]
        rounds = around = last = 0.0
        for place, part in enumerate(parts):
            spent = yield from self._measure_part(block, part, number, len(parts) - place, may_go=place > 0)
            rounds, around, last = rounds + spent.rounds, around + spent.around, last + spent.last
        there = {result.case.table for result in self._record.results.values()}
        gone = [case for case in cases if case.table not in there]
        if len(parts) > 1 and gone:
            self._record.shortened.append(note(Fit(left_out=frozenset(case.id for case in gone)), gone, []))
        if last:
            self._pace.note_round(last)
        self._pace.note_block(rounds=rounds, overhead=around)

    def _measure_part(
        self, block: Block, cases: Sequence[Case], number: int, parts: int, may_go: bool
    ) -> Generator[Now, None, Spent]:
        """Start a host for every case, warm up, run rounds, watch and trace; end all hosts.

        `parts` are this one and those of the block that are still to come. If they `may_go`, all of the cases are left
        out in the first block where there is no time for them.
        """
        began = time.perf_counter()
        last = 0.0
        may_go = may_go and number == 0 and self._plan.spare is not None
        if may_go and self._left_for_more() <= 0:
            self._record.drop([case.id for case in cases])
            return Spent(rounds=0.0, around=0.0, last=0.0)
        with ExitStack() as stack:
            stack.callback(self._count_left)  # once all hosts have ended
            yield from self._start_hosts(cases, number, stack)
            yield from self._warm_up(number)
            if number == 0:
                yield from self._fit(cases, time.perf_counter() - began, parts, apart=block.apart, may_go=may_go)
            warm = time.perf_counter()
            share = self._pace.share(number, warm - began) / parts
            rounds = 0
            while self._hosts:
                round_began = time.perf_counter()
                yield from self._measure_round(cases, number, rounds)
                last = time.perf_counter() - round_began
                self._pace.note_round(last)
                rounds += 1
                if rounds == self._plan.rounds:
                    break
                if self._plan.rounds is None and self._pace.block_is_over(time.perf_counter() - began, share):
                    break
            measured = time.perf_counter()
            yield from self._watch(block, number)
            yield from self._share(block, number)
            yield from self._trace(block, number)
            watched = time.perf_counter()
            for host in self._hosts.values():  # they end by themselves, side by side
                host.leave()
        ended = time.perf_counter()
        return Spent(rounds=measured - warm, around=(warm - began) + (ended - watched), last=last)

    def _now(self, doing: str, block: int, case: Case | None = None) -> Now:
        return Now(
            doing=doing,
            case=None if case is None else case.id,
            block=block,
            blocks=self._pace.blocks,
            left=self._pace.still(block),
        )

    def _living(self, block: Block) -> list[Case]:
        """The cases of a block that are in the run and have not failed, as they are now."""
        return self._record.living(case.id for case in block.cases)

    def _open(self, cases: Sequence[Case]) -> list[Case]:
        """Those of some cases that have an open host, as they are now."""
        return [self._record.results[case.id].case for case in cases if case.id in self._hosts]

    # A block's hosts

    def _start_hosts(self, cases: Sequence[Case], block: int, stack: ExitStack) -> Steps:
        """Start a fresh host for every case, and let each open its case; all at once."""
        yield self._now("starting hosts", block)
        cases = self._order.shuffled(cases)
        for case in cases:
            drawn = self._order.host_record(block)
            try:
                host = stack.enter_context(self._launcher.host(self._plan.launch_of_case(case), drawn))
            except OSError as error:
                self._record.fail(case.id, refused(error))
            else:
                self._started.append((case, host))
                self._hosts[case.id] = host
                self._record.change(case.id, hosts=(*self._record.results[case.id].hosts, drawn))
        for case in self._open(cases):
            self._hosts[case.id].send_case(case, self._preparation.examined.get(passed_for(case)))

    def _warm_up(self, block: int) -> Steps:
        """Wait until hosts have opened their cases, and let them warm up, a few at a time."""
        opening = self._open([case for case, _ in self._started])
        allowed = self._patience(opening)
        opened_by = time.perf_counter() + allowed
        warming: deque[tuple[Case, int | None]] = deque()
        for case in opening:
            yield self._now("warming up", block, case)
            with self._host_of(case, OPENS, allowed=allowed) as host:
                found = host.answered(max(0.0, opened_by - time.perf_counter()))
                self._record.settle(replace(case, settings=msgspec.convert(found["settings"], Settings)))
                if self._has_run(case):
                    continue
                warming.append((case, reaped_so_far(host.pid)))
                host.send({"do": "warm-up"})
            # No more at once, because each may fill the memory by itself; and commands may write the same files.
            if len(warming) == (1 if case.runs_a_program else usable_cores()):
                self._finish_warm_up(*warming.popleft())
        while warming:
            self._finish_warm_up(*warming.popleft())

    def _has_run(self, case: Case) -> bool:
        """Whether a program has run before, so that its files are in memory: nothing of its host needs to be warm.

        With another number of workers it is the same program, and an estimate is only made where something may be left
        out.
        """
        known = [self._record.results[id_].case.workload for id_ in self._estimates if id_ in self._record.results]
        return case.runs_a_program and (
            case.id in self._estimates or (self._plan.spare is None and case.workload in known)
        )

    def _finish_warm_up(self, case: Case, reaped: int | None) -> None:
        with self._host_of(case, "warming up", reaped) as host:
            self._estimates[case.id] = Estimate(**host.answered(self._plan.timeout), cold=True)

    def _patience(self, cases: Sequence[Case]) -> float:
        """How long hosts may take, all at the same time, to start and to open these cases.

        They import a user's function then, for each of which `--timeout` is enough if it has a core for itself.
        """
        if not all(is_function(case.workload.name) for case in cases):
            return OPENING
        turns = ceil(len(cases) / usable_cores())
        return min(max(OPENING, self._plan.timeout), STARTING + turns * self._plan.timeout)

    @contextmanager
    def _host_of(
        self, case: Case, doing: str, reaped: int | None = None, allowed: float | None = None
    ) -> Iterator[HostProcess]:
        """A case's host; where it fails or times out in the block, the case is given up, and the run goes on.

        `doing` says what is waited for, as `sampling`, and `allowed` for how long, where it is another time than usual.
        `reaped` is what the host had reaped before, where the request was sent some time ago.
        """
        host = self._hosts[case.id]
        before = reaped_so_far(host.pid) if reaped is None else reaped
        try:
            yield host
        except CaseFailed as failed:
            self._give_up(case, failed.failure)
        except TimeoutError:
            self._give_up(case, timed_out(case, host.pid, allowed or self._plan.timeout, before, doing))

    def _give_up(self, case: Case, failure: Failure) -> None:
        self._record.fail(case.id, failure)
        self._drop(case)

    def _drop(self, case: Case) -> None:
        """End the host of a case at once, with all that it started; its figures stay."""
        self._hosts.pop(case.id).end(at_once=True)

    def _count_left(self) -> None:
        """Count what the hosts of a block left behind."""
        for case, host in self._started:
            if host.left:
                name = case.workload.name
                what = name if is_function(name) else f"{name} with {case.subject}"
                self.left[what] = self.left.get(what, 0) + host.left
        self._started.clear()
        self._hosts.clear()

    # Samples

    def _measure_round(self, cases: Sequence[Case], block: int, number: int) -> Steps:
        """Take one sample of every case, in random order."""
        for case in self._order.in_turns(self._open(cases), block + number):
            yield self._now("measuring", block, case)
            with self._host_of(case, "sampling") as host:
                answer = host.ask({"do": "sample"}, self._plan.timeout)
                load, there = answer.pop("load", None), answer.pop("nodes", ())
                calls = None if load is None else msgspec.convert(load, Load)
                nodes = msgspec.convert(there, tuple[Node, ...])
                self._record.sample(case.id, Sample(block=block, round=number, **answer, load=calls, nodes=nodes))

    def _watch(self, block: Block, number: int) -> Steps:
        """Let hosts run their cases once more, for the watch."""
        results = self._record.results
        due = [
            case
            for case in self._open(block.cases)
            if case.id in block.peaks or (case.id in block.watched and results[case.id].watch is None)
            if not _runs_elsewhere(case)
        ]
        for case in self._order.shuffled(due):
            yield self._now("watching", number, case)
            with self._host_of(case, "watched") as host:
                seen = watch(host, self._plan.timeout, self._plan.watched, spawns=case.runs_a_program)
                if case.id in block.peaks:
                    # Of a command it is that of its own processes, without the host that started it.
                    without = (seen.base_pss or 0) if case.runs_a_program else 0
                    peak = Peak(block=number, memory=max(0, (seen.peak_pss or seen.peak_rss) - without))
                    self._record.change(case.id, peaks=(*results[case.id].peaks, peak))
                if results[case.id].watch is None:
                    self._record.change(case.id, watch=seen)

    def _share(self, block: Block, number: int) -> Steps:
        """Let hosts run their commands once more with a record of each task, of which the shares are kept."""
        for case in self._order.shuffled([case for case in self._open(block.cases) if case.id in block.shares]):
            yield self._now("tracing", number, case)
            with self._host_of(case, "traced") as host, trace_folder() as folder:
                span = host.ask({"do": "recorded", "folder": str(folder)}, self._plan.timeout)
                recorded = read(folder, span["began"], span["ended"])
                shares = shares_of(recorded.regions, number)
                self._record.change(case.id, shares=(*self._record.results[case.id].shares, shares))

    def _trace(self, block: Block, number: int) -> Steps:
        """Let hosts run their tasks once more with a record of each; what was measured stays if one can't."""
        seconds, timeout = self._plan.traced, self._plan.timeout
        if seconds is None:
            return
        due = [case for case in self._open(block.cases) if case.id in block.traced]
        for case in self._order.shuffled(due):
            result = self._record.results[case.id]
            if not _can_be_traced(case) or result.trace is not None:
                continue
            yield self._now("tracing", number, case)
            usual = median(sample.wall for sample in result.samples) if result.samples else None
            request = {"do": "traced", "seconds": seconds, "usual": usual}
            try:
                answer = self._hosts[case.id].ask(request, timeout + seconds)
            except CaseFailed as failed:
                why_not = failed.failure.message
            except TimeoutError:
                why_not = f"it took more than {timeout:g} s (--timeout)"
            else:
                self._record.change(case.id, trace=msgspec.convert(answer, Trace))
                continue
            self._record.warnings.append(f"{case.id} could not be traced: {why_not}")
            self._drop(case)  # it may still have anything running

    # What fits into the budget

    def _leave_out_a_crowd(self, ids: Sequence[str]) -> None:
        """Leave out cases where starting a host for each would take too much of the budget, and say so."""
        spare = self._plan.spare
        if spare is None:
            return
        cases = [result.case for id_, result in self._record.results.items() if id_ in ids]
        budget, importing = self._plan.budget * spare.tolerance, self._preparation.importing
        gone = crowd(cases, affordable_hosts(budget, self._fewest_blocks, importing, usable_cores()), spare)
        if gone:
            self._record.drop(gone)
            kept = [case for case in cases if case.id not in gone]
            self._record.shortened.append(note(Fit(left_out=gone), cases, kept))

    @property
    def _fewest_blocks(self) -> int:
        """Blocks that have to fit into the budget."""
        blocks, fewest = self._schedule.blocks, self._schedule.fewest_blocks
        return fewest if blocks is None else min(fewest, blocks)

    def _left_for_more(self) -> float:
        """What is left of the budget beside what the tables need that were measured apart so far."""
        return self._pace.left() - self._reserved

    def _fit(self, cases: Sequence[Case], opening: float, parts: int, *, apart: bool, may_go: bool) -> Steps:
        """Leave out what does not fit into the budget, and say so; `opening` is what starting the hosts took.

        `parts` share what is left of it; where they are whole tables that keep their size, what comes first is served
        first. If it `may_go`, and nothing else can, all of it is left out, which is said once for all that are.
        """
        spare = self._plan.spare
        if spare is not None:
            whole = apart and not spare.tasks
            left = max(self._pace.left(), LEAST_ROOM * self._plan.budget) / parts
            room = Room(
                seconds=self._left_for_more() if whole else left,
                blocks=self._fewest_blocks,
                opening=opening,
                watched=self._plan.watched,
                traced=self._plan.traced,
                cores=usable_cores(),
            )
            found = yield from self._find_fit(cases, spare, room)
            if may_go and not found.fits:
                for case in self._open(cases):
                    self._drop(case)
                self._record.drop([case.id for case in cases])
                return
            before = self._open(cases)
            for case in before:
                if case.id in found.left_out:
                    self._drop(case)
            self._record.drop(found.left_out)
            if apart:
                kept = loads_of(self._open(cases), self._estimates)
                self._reserved += still_needed(kept, found.share, room)
            shortened = shortened_workloads(found.share, self._open(cases), self._estimates)
            for result in list(self._record.results.values()):
                fewer = shortened.get((result.case.table, result.case.workload))
                if fewer is not None:
                    self._take_fewer(result.case, fewer)
            if not found.everything or not found.fits:
                self._record.shortened.append(note(found, before, self._open(cases)))
        sentences = [sampled(case.workload) for case in self._open(cases)]
        self._record.shortened += dict.fromkeys(sentence for sentence in sentences if sentence is not None)

    def _find_fit(self, cases: Sequence[Case], spare: Spare, room: Room) -> Generator[Now, None, Fit]:
        """Find what fits; where a short warm-up shows too little, more tasks are rehearsed before."""
        began = self._pace.left()
        while True:
            spent = began - self._pace.left()
            room = replace(room, seconds=room.seconds - spent)
            began -= spent
            cases = self._open(cases)
            found = fit(cases, self._estimates, room, spare)
            # Variants that do not fit go however little they take.
            stakes = [case for case in cases if case.id not in found.left_out & spare.variants]
            doubtful = [] if found.everything else rehearsals(stakes, self._estimates, room.cores)
            if not doubtful:
                return found
            for case, tasks in doubtful:
                yield self._now("rehearsing", 0, case)
                with self._host_of(case, "warming up") as host:
                    answer = host.ask({"do": "warm-up", "count": tasks}, self._plan.timeout)
                    self._estimates[case.id] = Estimate(**answer)

    def _take_fewer(self, case: Case, workload: Workload) -> None:
        """Let a case, and its host where it has one, go on with fewer tasks.

        A case that has failed stays beside the others, on the same work.
        """
        examined = self._preparation.examined.get(passed_for(case))
        fewer = replace(case, workload=workload)
        self._record.settle(fewer)
        if examined is not None:
            self._preparation.examined[passed_for(fewer)] = examined
        if case.id in self._hosts:
            allowed = self._patience([case])
            with self._host_of(case, OPENS, allowed=allowed) as host:
                host.send_case(fewer, examined)
                host.answered(allowed)


def _can_be_traced(case: Case) -> bool:
    """Whether the tasks of a case can be recorded, which is done in a file of this machine."""
    return case.experiment == "tasks" and case.workload.tasks <= MOST_TASKS and not _runs_elsewhere(case)


def _runs_elsewhere(case: Case) -> bool:
    """Whether the tasks of a case run on a cluster, whose processes can't be watched from here."""
    strategy = known(case.subject)
    return strategy is not None and strategy.connect is not None
