"""Blocks and rounds: fresh hosts for every case, one sample of every case a round, in an order drawn at random."""

from __future__ import annotations

import time
from collections import deque
from contextlib import ExitStack
from dataclasses import replace
from itertools import count
from math import ceil

from concbench.measure.budget import Estimate, Fit, Room, Spare, crowd, cut, fit, loads_of, note, rehearsals, sampled
from concbench.measure.containment import left_behind
from concbench.measure.environment import usable_cores
from concbench.measure.hanging import reaped_so_far
from concbench.measure.host_process import HostProcess
from concbench.measure.hosting import OPENING, Hosting, hosts_under, refused
from concbench.measure.looking import Looking
from concbench.measure.open_hosts import OpenHosts
from concbench.measure.order import Order
from concbench.measure.pace import Pace
from concbench.measure.plan import Listener, Now, Plan, Tally
from concbench.measure.preparing import Preparation
from concbench.model import Case, Sample, Settings, Workload
from concbench.workloads.named import is_function

HOST = 0.08
"""Seconds of a core that starting a host takes, with its warm-up, on a machine of the year 2025;"""
HOSTS = 0.5
"""of the budget, all hosts together take no more than this."""
LEAST_ROOM = 0.3
"""Of the budget: samples get as much even where starting the hosts has used up the rest of it, as on a busy machine."""
STARTING = 5.0
"""Seconds that interpreters may take to start, beside what a person's own function takes to be imported."""
OPENS = "its host took on the case"
"""What is waited for first of all, where it takes too long: a person's own function is imported meanwhile."""


def measure(cases: list[Case], plan: Plan, tally: Tally, listen: Listener) -> None:
    """Measure all cases, and add to each its samples and its watch, or the error that kept it from having any.

    What was measured stays in `cases` and `tally` when this is interrupted by an exception. However it ends, no
    process that it started is left.
    """
    with hosts_under([plan.launch(case.side).python for case in cases], plan.task_output) as hosting:
        Measurement(cases, plan, tally, listen, hosting).run()


class Measurement:
    """One run of blocks over cases."""

    def __init__(self, cases: list[Case], plan: Plan, tally: Tally, listen: Listener, hosting: Hosting) -> None:
        self.cases, self.plan, self.tally, self.listen, self.hosting = cases, plan, tally, listen, hosting
        self.pace = Pace(plan)
        self.order = Order(plan.seed)
        self.preparation = Preparation(plan, tally, self.tell, hosting)
        self.looking = Looking(plan, tally, self.tell, self.order)
        self.estimates: dict[str, Estimate] = {}
        """By the id of a case: what its last warm-up took."""
        self.settled: set[str] = set()
        """The ids of cases that no more samples are wanted of."""
        self.left: dict[str, int] = {}
        """By what it was that left them: how many processes were still there when their hosts had ended."""

    def run(self) -> None:
        """Calibrate, and measure block after block until the plan is fulfilled or nothing is left to measure."""
        try:
            self.run_blocks()
        finally:
            self.tally.warnings += [
                f"{left_behind(what, number)} with their blocks; until then they may have disturbed other rows"
                for what, number in self.left.items()
            ]

    def run_blocks(self) -> None:
        """Do so, and count what is left behind."""
        self.leave_out_a_crowd()
        self.preparation.prepare(self.cases)
        self.leave_out_a_crowd()  # now that it is known how long a function takes to be imported
        if self.plan.opening is not None:
            self.settle(self.plan.opening())
        over = False
        for block in count() if self.pace.blocks is None else range(self.pace.blocks):
            if over or not self.living():
                return
            self.tally.blocks += 1
            self.run_block(block)
            over = self.pace.is_over(block)
            if self.plan.wanted is not None:
                self.settle(self.plan.wanted(self.pace.used(over)))
                over = over and not self.pace.extend(len(self.living()) / len(self.cases))

    def settle(self, wanted: set[str]) -> None:
        """Measure only what is still wanted from now on."""
        self.settled = {case.id for case in self.cases} - wanted

    def living(self) -> list[Case]:
        """Return the cases that have not failed, and that samples are still wanted of."""
        return [case for case in self.cases if case.error is None and case.id not in self.settled]

    def tell(self, doing: str, block: int, case: Case | None) -> None:
        """Tell the listener what is being done now."""
        self.listen(Now(doing=doing, case=case, block=block, blocks=self.pace.blocks, left=self.pace.still(block)))

    def run_block(self, block: int) -> None:
        """Start a host for every case, warm up, and run rounds; end all of them."""
        began = time.perf_counter()
        with ExitStack() as stack:
            started: list[tuple[Case, HostProcess]] = []
            stack.callback(self.count_left, started)  # which comes after all of them have ended
            hosts = self.start_hosts(block, stack, started)
            if block == 0:
                self.fit(hosts, time.perf_counter() - began)
            warm = time.perf_counter()
            share = self.pace.share(block, warm - began)
            number = 0
            while hosts:
                round_began = time.perf_counter()
                self.run_round(block, number, hosts)
                self.pace.note_round(time.perf_counter() - round_began)
                number += 1
                if number == self.plan.rounds:
                    break
                if self.plan.rounds is None and self.pace.block_is_over(time.perf_counter() - began, share):
                    break
            sampled = time.perf_counter()
            self.looking.look(block, self.cases, hosts)
            looked = time.perf_counter()
            hosts.leave()
        ended = time.perf_counter()
        self.pace.note_block(rounds=sampled - warm, overhead=(warm - began) + (ended - looked))

    def count_left(self, started: list[tuple[Case, HostProcess]]) -> None:
        """Count what hosts that have ended left behind."""
        for case, host in started:
            if host.left:
                name = case.workload.name
                what = name if is_function(name) else f"{name} with {case.subject}"
                self.left[what] = self.left.get(what, 0) + host.left

    def start_hosts(self, block: int, stack: ExitStack, started: list[tuple[Case, HostProcess]]) -> OpenHosts:
        """Start a fresh host for every case; all start and open their cases at once, and a few at a time warm up.

        All that were started are in `started`, whatever becomes of them.
        """
        hosts = OpenHosts(self.plan.timeout)
        cases = self.order.shuffled(self.living())
        self.tell("starting hosts", block, None)
        for case in cases:
            record = self.order.host_record(block)
            try:
                host = stack.enter_context(self.hosting.host(self.plan.launch(case.side), record))
            except OSError as error:
                hosts.give_up(case, refused(error))
            else:
                started.append((case, host))
                hosts.add(case, host)
                case.hosts.append(record)
        for case in hosts.of(cases):
            hosts[case].send_case(case, self.preparation.examined.get((case.side, case.workload)))
        allowed = self.patience(hosts.of(cases))
        opened_by = time.perf_counter() + allowed
        warming: deque[tuple[Case, int | None]] = deque()
        for case in hosts.of(cases):
            self.tell("warming up", block, case)
            with hosts.watching_over(case, OPENS, allowed=allowed) as host:
                facts = host.answered(max(0.0, opened_by - time.perf_counter()))
                case.settings = Settings(**facts["settings"])
                warming.append((case, reaped_so_far(host.pid)))
                host.send({"do": "warm-up"})
            if len(warming) == usable_cores():  # no more at once, because each may fill the memory by itself
                self.finish_warm_up(*warming.popleft(), hosts)
        while warming:
            self.finish_warm_up(*warming.popleft(), hosts)
        return hosts

    def patience(self, cases: list[Case]) -> float:
        """Return how long hosts may take, all at the same time, to start and to take on these cases.

        They import a person's own function then, for each of which `--timeout` is enough if it has a core for itself.
        """
        if not all(is_function(case.workload.name) for case in cases):
            return OPENING
        turns = ceil(len(cases) / usable_cores())
        return min(max(OPENING, self.plan.timeout), STARTING + turns * self.plan.timeout)

    def finish_warm_up(self, case: Case, reaped: int | None, hosts: OpenHosts) -> None:
        """Wait until a case has warmed up; `reaped` is what its host had reaped before."""
        with hosts.watching_over(case, "warming up", reaped) as host:
            self.estimates[case.id] = Estimate(**host.answered(self.plan.timeout), cold=True)

    def leave_out_a_crowd(self) -> None:
        """Leave out cases where starting a host for each would take too much of the budget, and say so."""
        spare = self.plan.spare
        if spare is None:
            return
        budget = HOSTS * self.plan.budget * spare.tolerance
        each = HOST + self.preparation.importing
        most = int(budget * usable_cores() / (each * min(self.plan.fewest_blocks, self.plan.blocks)))
        gone = crowd(self.cases, most, spare)
        if gone:
            before = list(self.cases)
            self.cases[:] = [case for case in before if case.id not in gone]
            self.tally.left_out.append(note(Fit(left_out=gone), before, self.cases))

    def fit(self, hosts: OpenHosts, opening: float) -> None:
        """Leave out what does not fit into the budget, and say so; `opening` is what starting the hosts took."""
        if self.plan.spare is not None:
            found = self.fitting(hosts, opening)
            before = [replace(case) for case in hosts.of(self.cases)]
            for case in before:
                if case.id in found.left_out:
                    hosts.drop(case)
            self.cases[:] = [case for case in self.cases if case.id not in found.left_out]
            fewer_of = {}
            for load in loads_of(hosts.of(self.cases), self.estimates):
                fewer = cut(load.case.workload, found.share, load.fewest)
                if fewer != load.case.workload:
                    fewer_of[load.case.part, load.case.workload] = fewer
                    self.take_fewer(load.case, fewer, hosts)
            for case in self.cases:  # those that have failed stay in a table with the others, on the same work
                case.workload = fewer_of.get((case.part, case.workload), case.workload)
            if not found.everything or not found.fits:
                self.tally.left_out.append(note(found, before, hosts.of(self.cases)))
        sentences = [sampled(case.workload) for case in hosts.of(self.cases)]
        self.tally.left_out += dict.fromkeys(sentence for sentence in sentences if sentence is not None)

    def fitting(self, hosts: OpenHosts, opening: float) -> Fit:
        """Return what fits; what a short warm-up tells too little of is rehearsed with more tasks before."""
        spare = self.plan.spare or Spare()
        while True:
            room = Room(
                seconds=max(self.pace.left(), LEAST_ROOM * self.plan.budget),
                blocks=min(self.plan.fewest_blocks, self.plan.blocks),
                opening=opening,
                watched=self.plan.watched,
                traced=self.plan.traced,
                cores=usable_cores(),
            )
            cases = hosts.of(self.cases)
            found = fit(cases, self.estimates, room, spare)
            gone = found.left_out & spare.variants  # these go however little they take
            stakes = [case for case in cases if case.id not in gone]
            doubtful = [] if found.everything else rehearsals(stakes, self.estimates, room.cores)
            if not doubtful:
                return found
            for case, tasks in doubtful:
                self.tell("rehearsing", 0, case)
                with hosts.watching_over(case, "warming up") as host:
                    answer = host.ask({"do": "warm-up", "count": tasks}, self.plan.timeout)
                    self.estimates[case.id] = Estimate(**answer)

    def take_fewer(self, case: Case, workload: Workload, hosts: OpenHosts) -> None:
        """Let a case, and its open host, go on with fewer tasks."""
        examined = self.preparation.examined.get((case.side, case.workload))
        case.workload = workload
        if examined is not None:
            self.preparation.examined[case.side, workload] = examined
        with hosts.watching_over(case, OPENS, allowed=self.patience([case])) as host:
            host.send_case(case, examined)
            host.answered(self.patience([case]))

    def run_round(self, block: int, number: int, hosts: OpenHosts) -> None:
        """Take one sample of every case, in random order."""
        for case in self.order.in_turns(hosts.of(self.cases), block + number):
            self.tell("measuring", block, case)
            with hosts.watching_over(case, "sampling") as host:
                answer = host.ask({"do": "sample"}, self.plan.timeout)
                case.samples.append(Sample(block=block, round=number, **answer))
                self.tally.sampled += answer["wall"]
