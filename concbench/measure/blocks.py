"""Blocks and rounds: fresh hosts for every case, one sample of every case a round, in an order drawn at random."""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from itertools import count
from typing import TextIO

import msgspec

from concbench.experiments.spans import MOST_TASKS
from concbench.measure.containment import Containment, contained
from concbench.measure.environment import usable_cores
from concbench.measure.hanging import reaped_so_far, timed_out
from concbench.measure.host_process import Answer, CaseFailed, HostOptions, HostProcess
from concbench.measure.interpreters import import_path_for
from concbench.measure.plan import Listener, Now, Plan, Tally
from concbench.measure.watch import watch
from concbench.model import Case, Failure, HostRecord, Peak, Sample, Settings, Trace, Workload
from concbench.workloads.named import is_function

OPENING = 60.0
"""Seconds that an interpreter may take to start and take on a case, on however busy a machine."""
ROUNDS_FOR_OPENING = 2.0
"""Seconds of rounds for each second that hosts take to start, where blocks are as many as are wanted: with the scatter
of a short `Pool.map` (15 % a sample, 1.6 % a host) any factor from 2 to 5 needs about the same time."""
PAIR = 2
"""Sides that take turns to be first; of more, as of one, the order is drawn at random."""
ALMOST_ALL = 0.99
"""The share of the budget that is used up at most while blocks are still to come, so that the last look is the last."""
LARGEST_PADDING = 4096
"""Bytes: the environment's size moves the stack by so much at most (Mytkowicz and others, "Producing Wrong Data
Without Doing Anything Obviously Wrong", 2009)."""


def measure(cases: list[Case], plan: Plan, tally: Tally, listen: Listener) -> None:
    """Measure all cases, and add to each its samples and its watch, or the error that kept it from having any.

    What was measured stays in `cases` and `tally` when this is interrupted by an exception. However it ends, no
    process that it started is left.
    """
    with ExitStack() as stack:
        containment = stack.enter_context(contained())
        import_path = stack.enter_context(
            import_path_for(*(plan.launch(case.side).python for case in cases), inside=containment.folder)
        )
        output = stack.enter_context(plan.task_output.open("a")) if plan.task_output is not None else None
        Measurement(cases, plan, tally, listen, containment, import_path, output).run()


class Measurement:
    """One run of blocks over cases."""

    def __init__(
        self,
        cases: list[Case],
        plan: Plan,
        tally: Tally,
        listen: Listener,
        containment: Containment,
        import_path: str | None,
        task_output: TextIO | None,
    ) -> None:
        self.cases, self.plan, self.tally, self.listen = cases, plan, tally, listen
        self.containment, self.import_path, self.task_output = containment, import_path, task_output
        self.draw = random.Random(plan.seed)
        self.began = time.perf_counter()
        self.longest_block = 0.0
        self.round_seconds = 0.0
        """Of the last round."""
        self.overhead = 0.0
        """Seconds that the last block spent outside its rounds, without the watch."""
        self.examined: dict[tuple[str | None, Workload], str] = {}
        """By a side and a workload that is a person's own function: the file in which hosts find what it returns."""
        self.settled: set[str] = set()
        """The ids of cases that no more samples are wanted of."""
        self.first = self.draw.randrange(2)
        """Which of two sides goes first in the first round."""
        self.budget = plan.budget
        """Seconds; more, once cases are found that are worth it."""

    def run(self) -> None:
        """Calibrate, and measure block after block until the plan is fulfilled or nothing is left to measure."""
        self.calibrate()
        if self.plan.opening is not None:
            self.settle(self.plan.opening())
        over = False
        for block in count() if self.blocks is None else range(self.blocks):
            if over or not self.living():
                return
            self.tally.blocks += 1
            self.run_block(block)
            over = block + 1 >= self.plan.fewest_blocks and self.budget_left() < self.shortest_block()
            if self.plan.wanted is not None:
                self.settle(self.plan.wanted(self.used(over)))
                if over and self.budget == self.plan.budget < self.plan.longest * self.plan.budget:
                    share = len(self.living()) / len(self.cases)
                    self.budget += (self.plan.longest - 1) * self.plan.budget * share
                    over = not share

    def settle(self, wanted: set[str]) -> None:
        """Measure only what is still wanted from now on."""
        self.settled = {case.id for case in self.cases} - wanted

    def used(self, over: bool) -> float:
        """Return the share of the budget that is used up; from 1 on, of what was added to it for some cases."""
        added = self.budget - self.plan.budget
        left = 0.0 if over else self.budget_left()
        if added:
            used = 1 + (self.plan.longest - 1) * (1 - left / added)
            return self.plan.longest if over else min(used, self.plan.longest - 1 + ALMOST_ALL)
        return 1.0 if over else min(ALMOST_ALL, 1 - left / self.budget)

    @property
    def blocks(self) -> int | None:
        """How many blocks there will be at most; None where that depends on what they show."""
        return self.plan.blocks if self.plan.wanted is None else None

    def living(self) -> list[Case]:
        """Return the cases that have not failed, and that samples are still wanted of."""
        return [case for case in self.cases if case.error is None and case.id not in self.settled]

    def budget_left(self) -> float:
        """Return the seconds that are left of the budget; negative when it is overdrawn."""
        return self.budget - (time.perf_counter() - self.began)

    def shortest_block(self) -> float:
        """Return about how many seconds a block of one round takes: starting hosts, and what one round took so far."""
        return self.overhead + self.round_seconds

    def tell(self, doing: str, block: int, case: Case | None = None) -> None:
        """Tell the listener what is being done now."""
        if self.plan.rounds is None or self.blocks is None:
            least = (self.plan.fewest_blocks - block - 1) * self.shortest_block()
            left = max(self.budget_left(), least)
        else:
            left = (self.blocks - block - 1) * self.longest_block
        self.listen(Now(doing=doing, case=case, block=block, blocks=self.blocks, left=max(0.0, left)))

    def calibrate(self) -> None:
        """Give every case the loops that its task time needs: measured once for a workload, the same for its cases."""
        self.tell("calibrating", block=0)
        # One host is started for every side in any case, and compiles what all others need.
        for side in dict.fromkeys(case.side for case in self.cases):
            self.prepare(side)
        to_calibrate = dict.fromkeys(case.workload for case in self.living() if case.experiment == "tasks")
        for workload in to_calibrate:
            of_it = [case for case in self.living() if case.workload == workload]
            if is_function(workload.name) and self.plan.examined:
                for side in dict.fromkeys(case.side for case in of_it):
                    self.examine(workload, side, [case for case in of_it if case.side == side])
                continue
            # On one side for both: the same work for all.
            found = self.calibrated(workload, of_it[0].side)
            for case in of_it:
                if isinstance(found, Failure):
                    case.error = found
                elif found is not None:
                    case.workload = found

    def prepare(self, side: str | None) -> None:
        """Have everything compiled that a side's hosts import; where none can be started, its cases have failed."""
        failure = self.asked_once({"do": "prepare"}, side)
        if isinstance(failure, Failure):
            for case in self.cases:
                if case.side == side:
                    case.error = failure

    def calibrated(self, workload: Workload, side: str | None) -> Workload | Failure:
        """Return a workload with its loops; or why it has none, which must not keep other workloads from theirs."""
        found = self.asked_once({"do": "calibrate", "workload": asdict(workload)}, side)
        return found if isinstance(found, Failure) else replace(workload, **found)

    def examine(self, workload: Workload, side: str | None, cases: list[Case]) -> None:
        """Have a person's own function called once with every item, before any of its cases is measured."""
        self.tell(f"calling {workload.name} with every item", block=0)
        request = {
            "do": "examine",
            "workload": asdict(workload),
            "into": str(self.containment.folder),
            "within": self.plan.longest_pass,
        }
        answer = self.asked_once(request, side, max(OPENING, self.plan.timeout))
        for case in cases:
            if isinstance(answer, Failure):
                case.error = answer
                continue
            case.workload = replace(workload, **answer["found"])
            if answer["file"] is not None:
                self.examined[side, case.workload] = answer["file"]
        if not isinstance(answer, Failure):
            self.tally.warnings += [note for note in answer["notes"] if note not in self.tally.warnings]

    def asked_once(self, request: Answer, side: str | None, timeout: float | None = None) -> Answer | Failure:
        """Return the answer of a host that is started for one request, or why there is none."""
        timeout = timeout or OPENING
        try:
            with self.host_for(None, side) as host:
                return host.ask(request, timeout)
        except CaseFailed as failed:
            return failed.failure
        except TimeoutError:
            return Failure(kind="timeout", message=f"to {request['do']} took more than {timeout:g} s")
        except OSError as error:
            return refused(error)

    def run_block(self, block: int) -> None:
        """Start a host for every case, warm up, and run rounds; end all of them."""
        block_began = time.perf_counter()
        with ExitStack() as stack:
            hosts = self.start_hosts(block, stack)
            warm = time.perf_counter()
            share = self.share(block, warm - block_began)
            number = 0
            while hosts:
                round_began = time.perf_counter()
                self.run_round(block, number, hosts)
                self.round_seconds = time.perf_counter() - round_began
                number += 1
                if number == self.plan.rounds:
                    break
                if self.plan.rounds is None and time.perf_counter() - block_began + self.round_seconds > share:
                    break
            sampled = time.perf_counter()
            self.look(block, hosts)
            watched = time.perf_counter()
            for host in hosts.values():
                host.leave()
        ended = time.perf_counter()
        self.overhead = (warm - block_began) + (ended - watched)
        self.longest_block = max(self.longest_block, self.overhead + sampled - warm)

    def share(self, block: int, opened: float) -> float:
        """Return the seconds that a block may take in all; `opened` seconds of it went into starting its hosts.

        Where there is no telling how many blocks there will be, a block is about as long as makes the interval shrink
        fastest: hosts differ less than single samples do, but each costs its start.
        """
        if self.blocks is None:
            return min(opened * (1 + ROUNDS_FOR_OPENING), max(self.budget_left(), 0.0) + opened)
        return (self.budget_left() + opened) / (self.blocks - block)

    def start_hosts(self, block: int, stack: ExitStack) -> dict[str, HostProcess]:
        """Start a fresh host for every case; all start and open their cases at once, and a few at a time warm up."""
        hosts: dict[str, HostProcess] = {}
        cases = self.shuffled(self.living())
        self.tell("starting hosts", block)
        for case in cases:
            record = HostRecord(
                block=block, hash_seed=self.draw.randrange(2**32), padding=self.draw.randrange(LARGEST_PADDING)
            )
            try:
                hosts[case.id] = stack.enter_context(self.host_for(record, case.side))
            except OSError as error:
                self.give_up(case, hosts, refused(error))
            else:
                case.hosts.append(record)
        for case in cases:
            if case.id in hosts:
                hosts[case.id].send_case(case, self.examined.get((case.side, case.workload)))
        warming: deque[tuple[Case, int | None]] = deque()
        for case in cases:
            if case.id not in hosts:
                continue
            self.tell("warming up", block, case)
            with self.watching_over(case, hosts) as host:
                facts = host.answered(OPENING)
                case.settings = Settings(**facts["settings"])
                warming.append((case, reaped_so_far(host.pid)))
                host.send({"do": "warm-up"})
            if len(warming) == usable_cores():  # no more at once, because each may fill the memory by itself
                self.finish_warm_up(*warming.popleft(), hosts)
        while warming:
            self.finish_warm_up(*warming.popleft(), hosts)
        return hosts

    def finish_warm_up(self, case: Case, reaped: int | None, hosts: dict[str, HostProcess]) -> None:
        """Wait until a case has warmed up; `reaped` is what its host had reaped before."""
        with self.watching_over(case, hosts, reaped) as host:
            host.answered(self.plan.timeout)

    def run_round(self, block: int, number: int, hosts: dict[str, HostProcess]) -> None:
        """Take one sample of every case, in random order."""
        for case in self.in_order([case for case in self.cases if case.id in hosts], block + number):
            self.tell("measuring", block, case)
            with self.watching_over(case, hosts) as host:
                answer = host.ask({"do": "sample"}, self.plan.timeout)
                case.samples.append(Sample(block=block, round=number, **answer))
                self.tally.sampled += answer["wall"]

    def look(self, block: int, hosts: dict[str, HostProcess]) -> None:
        """Watch and trace the cases that it is time for, in samples of their own."""
        if self.plan.looked_at is not None:
            asked = self.plan.looked_at()
            cases = [case for case in self.cases if case.id in asked and case.watch is None]
        else:
            cases = self.cases if block == 0 else []
        peaks = self.looks_for_peaks(block)
        if peaks:
            self.watch_all(block, self.cases, hosts, peaks=True)
        elif not self.plan.peaks:
            self.watch_all(block, cases, hosts, peaks=False)
        if self.plan.traced is not None:
            self.trace_all(block, cases, hosts, self.plan.traced)

    def looks_for_peaks(self, block: int) -> bool:
        """Say whether the watch looks for peaks of memory in a block: in every second one, as that takes long."""
        return block % 2 == 1 and block < 2 * self.plan.peaks

    def watch_all(self, block: int, cases: list[Case], hosts: dict[str, HostProcess], *, peaks: bool) -> None:
        """Let cases' hosts run them once more, for the watch; `peaks` says whether memory is noted by block."""
        for case in self.shuffled([case for case in cases if case.id in hosts]):
            self.tell("watching", block, case)
            with self.watching_over(case, hosts) as host:
                seen = watch(host, self.plan.timeout, self.plan.watched)
                if peaks:
                    case.peaks.append(Peak(block=block, memory=seen.peak_pss or seen.peak_rss))
                if case.watch is None:
                    case.watch = seen

    def trace_all(self, block: int, cases: list[Case], hosts: dict[str, HostProcess], seconds: float) -> None:
        """Let cases' hosts run their tasks once more with a record of each; what was measured stays if one can't."""
        for case in self.shuffled([case for case in cases if case.id in hosts]):
            if case.experiment != "tasks" or case.workload.tasks > MOST_TASKS:
                continue
            self.tell("tracing", block, case)
            try:
                answer = hosts[case.id].ask({"do": "traced", "seconds": seconds}, self.plan.timeout + seconds)
            except CaseFailed as failed:
                self.not_traced(case, hosts, failed.failure.message)
            except TimeoutError:
                self.not_traced(case, hosts, f"it took more than {self.plan.timeout:g} s")
            else:
                case.trace = msgspec.convert(answer, Trace)

    def not_traced(self, case: Case, hosts: dict[str, HostProcess], reason: str) -> None:
        """Say why a case has no trace, and end its host: nobody knows what it still has running."""
        self.tally.warnings.append(f"{case.id} could not be traced: {reason}")
        hosts.pop(case.id).end(at_once=True)

    @contextmanager
    def watching_over(
        self, case: Case, hosts: dict[str, HostProcess], reaped: int | None = None
    ) -> Iterator[HostProcess]:
        """Yield a case's host; where the block fails or times out, only this case is given up, and the run goes on."""
        host = hosts[case.id]
        before = reaped_so_far(host.pid) if reaped is None else reaped
        try:
            yield host
        except CaseFailed as failed:
            self.give_up(case, hosts, failed.failure)
        except TimeoutError:
            self.give_up(case, hosts, timed_out(case, host.pid, self.plan.timeout, before))

    def give_up(self, case: Case, hosts: dict[str, HostProcess], failure: Failure) -> None:
        """Record why a case has no figures, and end its host with all that it started."""
        case.error = failure
        # What it did before it failed is no answer to the question, and must not look like one.
        case.samples.clear()
        case.watch = None
        case.trace = None
        case.peaks.clear()
        host = hosts.pop(case.id, None)
        if host is not None:
            host.end(at_once=True)

    @contextmanager
    def host_for(self, record: HostRecord | None, side: str | None) -> Iterator[HostProcess]:
        """Start a host of a side, with no record for calibration; it is ended with the block, if not before."""
        host = HostProcess(
            self.containment,
            HostOptions(
                hash_seed=record.hash_seed if record else 0,
                padding=record.padding if record else 0,
                launch=self.plan.launch(side),
                import_path=self.import_path,
                write_bytecode=record is None,
                task_output=self.task_output,
            ),
        )
        at_once = True
        try:
            yield host
            at_once = False
        finally:
            host.end(at_once)

    def in_order(self, cases: list[Case], turn: int) -> list[Case]:
        """Return the cases in random order; but those of two sides in pairs, whose order is turned over every round."""
        if len({case.side for case in cases}) != PAIR:
            return self.shuffled(cases)
        pairs: dict[str, list[Case]] = {}
        for case in cases:
            pairs.setdefault(pair_of(case), []).append(case)
        drawn = self.draw.sample(sorted(pairs), len(pairs))
        return [case for pair in drawn for case in (pairs[pair] if (turn + self.first) % 2 else reversed(pairs[pair]))]

    def shuffled(self, cases: list[Case]) -> list[Case]:
        """Return the cases in an order drawn at random; the seed is in the run."""
        return self.draw.sample(cases, len(cases))


def pair_of(case: Case) -> str:
    """Return what the two cases of a pair have in common: the id without the side.

    >>> from concbench.model import Settings
    >>> pair_of(Case(id="a/b base", part="a", subject="b", workload=Workload(name="c", tasks=1), settings=Settings(),
    ...     side="base"))
    'a/b'
    """
    return case.id.removesuffix(f" {case.side}")


def refused(error: OSError) -> Failure:
    """Return the failure of a case whose host could not be started: limits on processes, files, memory."""
    return Failure(kind="refused", message=f"the system refuses to start a host: {error}")
