"""Blocks and rounds: fresh hosts for every case, one sample of every case a round, in an order drawn at random."""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from typing import TextIO

from concbench.measure.containment import Containment, contained
from concbench.measure.environment import usable_cores
from concbench.measure.hanging import reaped_so_far, timed_out
from concbench.measure.host_process import CaseFailed, HostOptions, HostProcess
from concbench.measure.interpreters import import_path_for
from concbench.measure.plan import Listener, Now, Plan, Tally
from concbench.measure.watch import watch
from concbench.model import Case, Failure, HostRecord, Sample, Settings, Workload

OPENING = 60.0
"""Seconds that an interpreter may take to start and take on a case, on however busy a machine."""
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
        import_path = stack.enter_context(import_path_for(plan.python))
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

    def run(self) -> None:
        """Calibrate, and measure block after block until the plan is fulfilled or nothing is left to measure."""
        self.calibrate()
        for block in range(self.plan.blocks):
            if not self.living() or (block >= self.plan.fewest_blocks and self.budget_left() < self.shortest_block()):
                return
            self.tally.blocks += 1
            self.run_block(block)

    def living(self) -> list[Case]:
        """Return the cases that have not failed."""
        return [case for case in self.cases if case.error is None]

    def budget_left(self) -> float:
        """Return the seconds that are left of the budget; negative when it is overdrawn."""
        return self.plan.budget - (time.perf_counter() - self.began)

    def shortest_block(self) -> float:
        """Return about how many seconds a block of one round takes: starting hosts, and what one round took so far."""
        return self.overhead + self.round_seconds

    def tell(self, doing: str, block: int, case: Case | None = None) -> None:
        """Tell the listener what is being done now."""
        if self.plan.rounds is None:
            least = (self.plan.fewest_blocks - block - 1) * self.shortest_block()
            left = max(self.budget_left(), least)
        else:
            left = (self.plan.blocks - block - 1) * self.longest_block
        self.listen(Now(doing=doing, case=case, block=block, blocks=self.plan.blocks, left=max(0.0, left)))

    def calibrate(self) -> None:
        """Give every case the loops that its task time needs: measured once for a workload, the same for its cases."""
        self.tell("calibrating", block=0)
        to_calibrate = dict.fromkeys(case.workload for case in self.cases if case.experiment == "tasks")
        for workload in to_calibrate or (None,):  # one host is started in any case, and compiles what all others need
            found = self.calibrated(workload)
            for case in self.cases:
                if workload is not None and case.workload != workload:
                    continue
                if isinstance(found, Failure):
                    case.error = found
                elif found is not None:
                    case.workload = found

    def calibrated(self, workload: Workload | None) -> Workload | Failure | None:
        """Return a workload with its loops; or why it has none, which must not keep other workloads from theirs."""
        try:
            with self.host_for(None) as host:
                host.ask({"do": "prepare"}, OPENING)
                if workload is None:
                    return None
                found = host.ask({"do": "calibrate", "workload": asdict(workload)}, OPENING)
                return replace(workload, **found)
        except CaseFailed as failed:
            return failed.failure
        except TimeoutError:
            return Failure(kind="timeout", message=f"calibration took more than {OPENING:g} s")
        except OSError as error:
            return refused(error)

    def run_block(self, block: int) -> None:
        """Start a host for every case, warm up, and run rounds; end all of them."""
        block_began = time.perf_counter()
        share = self.budget_left() / (self.plan.blocks - block)
        with ExitStack() as stack:
            hosts = self.start_hosts(block, stack)
            warm = time.perf_counter()
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
            if block == 0:
                self.watch_all(block, hosts)
            watched = time.perf_counter()
            for host in hosts.values():
                host.leave()
        ended = time.perf_counter()
        self.overhead = (warm - block_began) + (ended - watched)
        self.longest_block = max(self.longest_block, self.overhead + sampled - warm)

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
                hosts[case.id] = stack.enter_context(self.host_for(record))
            except OSError as error:
                self.give_up(case, hosts, refused(error))
            else:
                case.hosts.append(record)
        for case in cases:
            if case.id in hosts:
                hosts[case.id].send_case(case)
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
        for case in self.shuffled([case for case in self.cases if case.id in hosts]):
            self.tell("measuring", block, case)
            with self.watching_over(case, hosts) as host:
                answer = host.ask({"do": "sample"}, self.plan.timeout)
                case.samples.append(Sample(block=block, round=number, **answer))
                self.tally.sampled += answer["wall"]

    def watch_all(self, block: int, hosts: dict[str, HostProcess]) -> None:
        """Let every host run its case once more, for the watch."""
        for case in self.shuffled([case for case in self.cases if case.id in hosts]):
            self.tell("watching", block, case)
            with self.watching_over(case, hosts) as host:
                case.watch = watch(host, self.plan.timeout, self.plan.watched)

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
        host = hosts.pop(case.id, None)
        if host is not None:
            host.end(at_once=True)

    @contextmanager
    def host_for(self, record: HostRecord | None) -> Iterator[HostProcess]:
        """Start a host, with no record for calibration; it is ended with the block, if it was not ended before."""
        host = HostProcess(
            self.containment,
            HostOptions(
                hash_seed=record.hash_seed if record else 0,
                padding=record.padding if record else 0,
                python=self.plan.python,
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

    def shuffled(self, cases: list[Case]) -> list[Case]:
        """Return the cases in an order drawn at random; the seed is in the run."""
        return self.draw.sample(cases, len(cases))


def refused(error: OSError) -> Failure:
    """Return the failure of a case whose host could not be started: limits on processes, files, memory."""
    return Failure(kind="refused", message=f"the system refuses to start a host: {error}")
