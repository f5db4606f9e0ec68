"""Looking at cases beside their timed samples: the watch and the trace have samples of their own."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

import msgspec

from concbench.experiments.spans import MOST_TASKS
from concbench.measure.host_process import CaseFailed
from concbench.measure.open_hosts import OpenHosts
from concbench.measure.order import Order
from concbench.measure.plan import Plan, Tally, Tell
from concbench.measure.watch import watch
from concbench.model import Case, Peak, Trace


@dataclass(frozen=True)
class Looking:
    """Watches and traces the cases of a run, each when it is time for it."""

    plan: Plan
    tally: Tally
    tell: Tell
    order: Order

    def look(self, block: int, cases: list[Case], hosts: OpenHosts) -> None:
        """Look at those that it is time for, by their hosts of a block."""
        if self.plan.looked_at is not None:
            asked = self.plan.looked_at()
            due = [case for case in cases if case.id in asked and case.watch is None]
        else:
            due = cases if block == 0 else []
        if self.plan.peaks is not None:
            wanted = self.plan.peaks()
            self._watch(block, [case for case in cases if case.id in wanted], hosts, peaks=True)
        else:
            self._watch(block, due, hosts, peaks=False)
        if self.plan.traced is not None:
            self._trace(block, due, hosts, self.plan.traced)

    def _watch(self, block: int, cases: list[Case], hosts: OpenHosts, *, peaks: bool) -> None:
        """Let cases' hosts run them once more, for the watch; `peaks` says whether memory is noted by block."""
        for case in self.order.shuffled(hosts.of(cases)):
            self.tell("watching", block, case)
            with hosts.watching_over(case, "watched") as host:
                seen = watch(host, self.plan.timeout, self.plan.watched)
                if peaks:
                    case.peaks.append(Peak(block=block, memory=seen.peak_pss or seen.peak_rss))
                if case.watch is None:
                    case.watch = seen

    def _trace(self, block: int, cases: list[Case], hosts: OpenHosts, seconds: float) -> None:
        """Let cases' hosts run their tasks once more with a record of each; what was measured stays if one can't."""
        for case in self.order.shuffled(hosts.of(cases)):
            if case.experiment != "tasks" or case.workload.tasks > MOST_TASKS:
                continue
            self.tell("tracing", block, case)
            usual = median(sample.wall for sample in case.samples) if case.samples else None
            try:
                answer = hosts[case].ask(
                    {"do": "traced", "seconds": seconds, "usual": usual}, self.plan.timeout + seconds
                )
            except CaseFailed as failed:
                self._not_traced(case, hosts, failed.failure.message)
            except TimeoutError:
                self._not_traced(case, hosts, f"it took more than {self.plan.timeout:g} s (--timeout)")
            else:
                case.trace = msgspec.convert(answer, Trace)

    def _not_traced(self, case: Case, hosts: OpenHosts, reason: str) -> None:
        """Say why a case has no trace, and end its host: nobody knows what it still has running."""
        self.tally.warnings.append(f"{case.id} could not be traced: {reason}")
        hosts.drop(case)
