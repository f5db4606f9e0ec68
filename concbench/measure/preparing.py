"""Before the first block: interpreters are tried, workloads calibrated, a person's own functions called once."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from tempfile import TemporaryFile

from concbench.measure.examination import Examination, examined
from concbench.measure.hidden_modules import hidden, hiding
from concbench.measure.hosting import Hosting
from concbench.measure.plan import Launch, Plan, Tally, Tell
from concbench.model import Case, Failure, Workload
from concbench.workloads.named import is_function

PREPARE = {"do": "prepare"}
COMPLAINT = 2**16
"""Letters of what a host that could not start wrote that are looked at."""


@dataclass
class Preparation:
    """What is found out before anything is measured; a case for which that fails has failed."""

    plan: Plan
    tally: Tally
    tell: Tell
    hosting: Hosting
    examined: dict[tuple[str | None, Workload], str] = field(default_factory=dict)
    """By a side and a workload that is a person's own function: the file in which hosts find what it returns."""
    importing: float = 0.0
    """Seconds that such a function takes to be imported, as each of its hosts does."""

    def prepare(self, cases: list[Case]) -> None:
        """Give every case the loops that its task time needs: measured once for a workload, the same for its cases."""
        self.tell("calibrating", 0, None)
        # One host is started for every side in any case, and compiles what all others need.
        for side in dict.fromkeys(case.side for case in cases):
            failure = self._begin(self.plan.launch(side))
            if failure is not None:
                for case in cases:
                    if case.side == side:
                        case.error = failure
        living = [case for case in cases if case.error is None and case.experiment == "tasks"]
        own = [case for case in living if is_function(case.workload.name) and self.plan.examined]
        for workload in dict.fromkeys(case.workload for case in own):
            of_it = [case for case in own if case.workload == workload]
            sides = list(dict.fromkeys(case.side for case in of_it))
            if self.plan.pass_for_results is not None:
                self._learn(workload, sides, of_it)
            else:
                for side in sides:
                    self._examine(workload, side, [case for case in of_it if case.side == side])
        others = [case for case in living if case not in own]
        for name in dict.fromkeys(case.workload.name for case in others):
            self._calibrate([case for case in others if case.workload.name == name])

    def _begin(self, launch: Launch) -> Failure | None:
        """Start the first host of a side; returns why none can start, and warns of files that hide modules from it."""
        suspects = hiding(launch.paths)
        if not suspects:
            answer = self.hosting.asked_once(PREPARE, launch)
            return answer if isinstance(answer, Failure) else None
        request = {**PREPARE, "suspects": {name: str(path) for name, path in suspects.items()}}
        # A host that dies of such a file complains on stderr, of what is inside of concbench.
        with TemporaryFile("w+", encoding="utf-8", errors="replace", dir=self.hosting.folder) as complaints:
            answer = replace(self.hosting, task_output=complaints).asked_once(request, launch)
            complaints.seek(0)
            said = complaints.read(COMPLAINT)
        if not isinstance(answer, Failure):
            if answer["loaded"]:
                sentence = hidden([suspects[name] for name in answer["loaded"]])
                self.tally.warnings.append(f"{sentence}; what is measured here imports it instead")
            return None
        if isinstance(self.hosting.asked_once(PREPARE, replace(launch, paths=())), Failure):
            return answer  # it is not for what lies in these folders
        said += f"{answer.message}\n{answer.traceback}"
        blamed = [path for path in suspects.values() if str(path) in said]
        return Failure(kind="unfit function", message=hidden(blamed or list(suspects.values())))

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
        (answer,) = examined(
            self.hosting, [self._examination(workload, side, self.plan.longest_pass)], self.plan.timeout
        )
        if isinstance(answer, Failure):
            for case in cases:
                case.error = answer
            return
        found = replace(workload, **answer["found"])
        self.importing = max(self.importing, answer["importing"])
        for case in cases:
            case.workload = found
        self.examined[side, found] = answer["file"]
        self.tally.warnings += [note for note in answer["notes"] if note not in self.tally.warnings]

    def _learn(self, workload: Workload, sides: list[str | None], cases: list[Case]) -> None:
        """Have a function called on all sides at the same time, for what it returns and not for its time.

        All sides run all of the items, and are told the same time of a task, by which they warm up.
        """
        self.tell(f"calling {workload.name} with every item", 0, None)
        asked = [self._examination(workload, side, self.plan.pass_for_results, whole=True) for side in sides]
        answers = dict(zip(sides, examined(self.hosting, asked, self.plan.timeout), strict=True))
        known = [answer for answer in answers.values() if not isinstance(answer, Failure)]
        found, said = [answer["found"] for answer in known], [answer["notes"] for answer in known]
        for side, answer in answers.items():
            of_side = [case for case in cases if case.side == side]
            if isinstance(answer, Failure):
                for case in of_side:
                    case.error = answer
                continue
            same = replace(workload, **{**found[0], "task_time": min(each["task_time"] for each in found)})
            for case in of_side:
                case.workload = same
            self.examined[side, same] = answer["file"]
            for note in answer["notes"]:
                text = note if all(note in notes for notes in said) else f"{side}: {note}"
                if text not in self.tally.warnings:
                    self.tally.warnings.append(text)

    def _examination(
        self, workload: Workload, side: str | None, within: float | None, *, whole: bool = False
    ) -> Examination:
        """Return what a host is asked to find out about a function."""
        request = {
            "do": "examine",
            "workload": asdict(workload),
            "into": str(self.hosting.folder),
            "within": within,
            "whole": whole,
        }
        return Examination(request, self.plan.launch(side))
