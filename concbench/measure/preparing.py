"""Before the first block: interpreters are tried, workloads calibrated, a person's own functions called once."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace

from concbench.measure.hosting import OPENING, Hosting
from concbench.measure.plan import Plan, Tally, Tell
from concbench.model import Case, Failure, Workload
from concbench.workloads.named import is_function


@dataclass
class Preparation:
    """What is found out before anything is measured; a case for which that fails has failed."""

    plan: Plan
    tally: Tally
    tell: Tell
    hosting: Hosting
    examined: dict[tuple[str | None, Workload], str] = field(default_factory=dict)
    """By a side and a workload that is a person's own function: the file in which hosts find what it returns."""

    def prepare(self, cases: list[Case]) -> None:
        """Give every case the loops that its task time needs: measured once for a workload, the same for its cases."""
        self.tell("calibrating", 0, None)
        # One host is started for every side in any case, and compiles what all others need.
        for side in dict.fromkeys(case.side for case in cases):
            failure = self.hosting.asked_once({"do": "prepare"}, self.plan.launch(side))
            if isinstance(failure, Failure):
                for case in cases:
                    if case.side == side:
                        case.error = failure
        living = [case for case in cases if case.error is None and case.experiment == "tasks"]
        own = [case for case in living if is_function(case.workload.name) and self.plan.examined]
        for workload in dict.fromkeys(case.workload for case in own):
            of_it = [case for case in own if case.workload == workload]
            for side in dict.fromkeys(case.side for case in of_it):
                self._examine(workload, side, [case for case in of_it if case.side == side])
        others = [case for case in living if case not in own]
        for name in dict.fromkeys(case.workload.name for case in others):
            self._calibrate([case for case in others if case.workload.name == name])

    def _calibrate(self, cases: list[Case]) -> None:
        """Find the loops of one workload in all its sizes, on one side for both: the same work for all.

        One host finds all of them, so that twice the time is twice the loops.
        """
        sizes = list(dict.fromkeys(case.workload for case in cases))
        requests = [{"do": "calibrate", "workload": asdict(workload)} for workload in sizes]
        answers = dict(zip(sizes, self.hosting.asked(requests, self.plan.launch(cases[0].side)), strict=True))
        for case in cases:
            answer = answers[case.workload]
            if isinstance(answer, Failure):  # which must not keep other workloads from theirs
                case.error = answer
            else:
                case.workload = replace(case.workload, **answer)

    def _examine(self, workload: Workload, side: str | None, cases: list[Case]) -> None:
        """Have a person's own function called once with every item, before any of its cases is measured."""
        self.tell(f"calling {workload.name} with every item", 0, None)
        request = {
            "do": "examine",
            "workload": asdict(workload),
            "into": str(self.hosting.folder),
            "within": self.plan.longest_pass,
        }
        answer = self.hosting.asked_once(request, self.plan.launch(side), max(OPENING, self.plan.timeout))
        if isinstance(answer, Failure):
            for case in cases:
                case.error = answer
            return
        found = replace(workload, **answer["found"])
        for case in cases:
            case.workload = found
        if answer["file"] is not None:
            self.examined[side, found] = answer["file"]
        self.tally.warnings += [note for note in answer["notes"] if note not in self.tally.warnings]
