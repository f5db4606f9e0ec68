"""Blocks and rounds: fresh hosts for every case, one sample of every case a round, in an order drawn at random."""

from __future__ import annotations

import time
from collections import deque
from contextlib import ExitStack
from itertools import count

from concbench.measure.environment import usable_cores
from concbench.measure.hanging import reaped_so_far
from concbench.measure.hosting import OPENING, Hosting, hosts_under, refused
from concbench.measure.looking import Looking
from concbench.measure.open_hosts import OpenHosts
from concbench.measure.order import Order
from concbench.measure.pace import Pace
from concbench.measure.plan import Listener, Now, Plan, Tally
from concbench.measure.preparing import Preparation
from concbench.model import Case, Sample, Settings


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
        self.settled: set[str] = set()
        """The ids of cases that no more samples are wanted of."""

    def run(self) -> None:
        """Calibrate, and measure block after block until the plan is fulfilled or nothing is left to measure."""
        self.preparation.prepare(self.cases)
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
            hosts = self.start_hosts(block, stack)
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

    def start_hosts(self, block: int, stack: ExitStack) -> OpenHosts:
        """Start a fresh host for every case; all start and open their cases at once, and a few at a time warm up."""
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
                hosts.add(case, host)
                case.hosts.append(record)
        for case in hosts.of(cases):
            hosts[case].send_case(case, self.preparation.examined.get((case.side, case.workload)))
        warming: deque[tuple[Case, int | None]] = deque()
        for case in hosts.of(cases):
            self.tell("warming up", block, case)
            with hosts.watching_over(case) as host:
                facts = host.answered(OPENING)
                case.settings = Settings(**facts["settings"])
                warming.append((case, reaped_so_far(host.pid)))
                host.send({"do": "warm-up"})
            if len(warming) == usable_cores():  # no more at once, because each may fill the memory by itself
                self.finish_warm_up(*warming.popleft(), hosts)
        while warming:
            self.finish_warm_up(*warming.popleft(), hosts)
        return hosts

    def finish_warm_up(self, case: Case, reaped: int | None, hosts: OpenHosts) -> None:
        """Wait until a case has warmed up; `reaped` is what its host had reaped before."""
        with hosts.watching_over(case, reaped) as host:
            host.answered(self.plan.timeout)

    def run_round(self, block: int, number: int, hosts: OpenHosts) -> None:
        """Take one sample of every case, in random order."""
        for case in self.order.in_turns(hosts.of(self.cases), block + number):
            self.tell("measuring", block, case)
            with hosts.watching_over(case) as host:
                answer = host.ask({"do": "sample"}, self.plan.timeout)
                case.samples.append(Sample(block=block, round=number, **answer))
                self.tally.sampled += answer["wall"]
