"""Before the first block: interpreters are tried, workloads calibrated, users' functions called once."""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryFile

import msgspec

from concbench.measure.hosts import OPENING, Answer, CaseFailed, HostProcess, Launcher, refused
from concbench.measure.interpreters import hidden_modules, hidden_modules_error
from concbench.measure.machinery import cost_readings
from concbench.measure.plan import CostsPlan, Launch, Plan
from concbench.measure.record import Record
from concbench.model.case import INNER_THREADS, Case, Workload
from concbench.model.result import Failure
from concbench.model.run import ThreadPool
from concbench.strategies.strategy import strategies
from concbench.workloads.progress import (
    CALLING,
    CHECKING,
    IMPORTING,
    INITIALISING,
    ITEM,
    LOOKING,
    MAKING_ITEMS,
    MAKING_SHARED,
    PHASE,
    SIZE,
    STARTING,
)
from concbench.workloads.workload import is_function

PREPARE = {"do": "prepare"}
Passed = tuple[str | None, Workload, int | None]
"""What a pass over the items of a function holds for: a side, the workload, and the threads of libraries, with which
figures may be rounded in other ways."""
COMPLAINT = 2**16
"""Letters of what a host that could not start wrote that are searched for the reason."""
POLL = 0.05
"""Seconds between two readings of how far a host is."""


class Pool(msgspec.Struct):
    """A library with threads of its own, as a host names it."""

    library: str
    version: str | None
    threads: int | None


@dataclass
class Preparation:
    """What is found out before anything is measured; a case for which that fails has failed."""

    plan: Plan
    record: Record
    launcher: Launcher
    examined: dict[Passed, str] = field(default_factory=dict)
    """The file in which hosts find what a user's function returns."""
    importing: float = 0.0
    """Seconds that importing such a function takes, as each of its hosts does."""

    def prepare(self, ids: Sequence[str]) -> Iterator[str]:
        """Calibrate or examine the workload of every case, once for all that share it; yields what is being done."""
        yield "calibrating"
        # One host is started for every side in any case, and compiles what all others need.
        for side in dict.fromkeys(self.record.results[id_].case.side for id_ in ids):
            failure = self._begin(self.plan.launch_of(side))
            if failure is not None:
                self._fail([case for case in self.record.living(ids) if case.side == side], failure)
        loads = [case for case in self.record.living(ids) if case.experiment == "load"]
        for workload, side in dict.fromkeys((case.workload, case.side) for case in loads):
            yield f"importing {workload.name}"
            self._describe(workload, side, [case for case in loads if (case.workload, case.side) == (workload, side)])
        living = [case for case in self.record.living(ids) if case.experiment == "tasks"]
        own = [case for case in living if is_function(case.workload.name)]
        for workload in dict.fromkeys(case.workload for case in own):
            of_it = [case for case in own if case.workload == workload]
            sides = list(dict.fromkeys(case.side for case in of_it))
            yield f"calling {workload.name} with every item"
            if self.plan.pass_for_results is not None:
                for threads in dict.fromkeys(case.settings.inner_threads for case in of_it):
                    self._learn(workload, sides, [case for case in of_it if case.settings.inner_threads == threads])
            else:
                for side in sides:
                    self._examine(workload, side, [case for case in of_it if case.side == side])
        others = [case for case in living if case not in own]
        for name in dict.fromkeys(case.workload.name for case in others):
            self._calibrate([case for case in others if case.workload.name == name])
        if self.plan.costs is not None:
            yield "measuring what workers cost"
            living = [case for case in self.record.living(ids) if case.experiment == "tasks"]
            # What giving an object to workers costs is no part of the model.
            beyond = {case.workload for case in living if case.settings.sharing is not None}
            living = [case for case in living if case.workload not in beyond and case.workload.shared is None]
            for side in dict.fromkeys(case.side for case in living):
                self._measure_costs(self.plan.costs, side, [case for case in living if case.side == side])

    def _fail(self, cases: Sequence[Case], failure: Failure) -> None:
        for case in cases:
            self.record.fail(case.id, failure)

    def _begin(self, launch: Launch) -> Failure | None:
        """Start the first host of a side; returns why none can start, and warns of files that hide modules from it."""
        suspects = hidden_modules(launch.paths)
        if not suspects:
            answer = self.launcher.asked_once(PREPARE, launch)
            return answer if isinstance(answer, Failure) else None
        request = {**PREPARE, "suspects": {name: str(path) for name, path in suspects.items()}}
        # A host that dies of such a file complains on stderr, of what is inside of concbench.
        with TemporaryFile("w+", encoding="utf-8", errors="replace", dir=self.launcher.folder) as complaints:
            answer = replace(self.launcher, task_output=complaints).asked_once(request, launch)
            complaints.seek(0)
            said = complaints.read(COMPLAINT)
        if not isinstance(answer, Failure):
            if answer["loaded"]:
                sentence = hidden_modules_error([suspects[name] for name in answer["loaded"]])
                self.record.warnings.append(f"{sentence}; what is measured here imports it instead")
            return None
        if isinstance(self.launcher.asked_once(PREPARE, replace(launch, paths=())), Failure):
            return answer  # it is not for what lies in these folders
        said += f"{answer.message}\n{answer.traceback}"
        blamed = [path for path in suspects.values() if str(path) in said]
        return Failure(kind="unfit function", message=hidden_modules_error(blamed or list(suspects.values())))

    def _calibrate(self, cases: Sequence[Case]) -> None:
        """Find the loops of one workload in all its sizes, on one side for all: the same work everywhere.

        One host finds all of them, so that twice the time is twice the loops. Cases that have theirs, because they were
        measured before, keep them.
        """
        cases = [case for case in cases if not case.workload.loops]
        sizes = list(dict.fromkeys(case.workload for case in cases))
        if not sizes:
            return
        requests = [{"do": "calibrate", "workload": asdict(workload)} for workload in sizes]
        answers = dict(zip(sizes, self.launcher.asked(requests, self.plan.launch_of(cases[0].side)), strict=True))
        for case in cases:
            answer = answers[case.workload]
            if isinstance(answer, Failure):  # which must not keep other workloads from theirs
                self.record.fail(case.id, answer)
            else:
                self.record.settle(replace(case, workload=replace(case.workload, **answer)))

    def _examine(self, workload: Workload, side: str | None, cases: Sequence[Case]) -> None:
        """Have a user's function called once with every item, before any of its cases is measured.

        Where cases have several numbers of threads for libraries, it is called with each: what it is like is taken
        from the pass with the most of them.
        """
        asked = {case.settings.inner_threads for case in cases}
        threads = None if None in asked else max(each for each in asked if each is not None)
        answer = self._called(self._request(workload, self.plan.longest_pass), side, threads)
        if isinstance(answer, Failure):
            self._fail(cases, answer)
            return
        found, files = replace(workload, **answer["found"]), {threads: answer["file"]}
        self.importing = max(self.importing, answer["importing"])
        self.record.warn(answer["notes"])
        others = {*asked, *(self.plan.inner_threads if found.cores_busy is not None else ())} - {threads}
        for number in sorted(each for each in others if each is not None):
            again = self._called(self._request(found, self.plan.longest_pass, whole=True), side, number)
            if isinstance(again, Failure):
                self._fail([case for case in cases if case.settings.inner_threads == number], again)
                continue
            files[number] = again["file"]
            if number == 1 and again["found"]["cores_busy"] is not None:
                self.record.warn(
                    [f"{workload.name} keeps several cores busy with threads that {INNER_THREADS[0]} does not limit"]
                )
                found = replace(found, cores_busy=None)
        has_workers = any(strategies.get(case.subject).workers != "none" for case in cases)
        if found.cores_busy is not None and len(asked) == 1 and has_workers and not self.plan.inner_threads:
            self.record.warn([competing(found, self.record.thread_pools)])
        for case in cases:
            self.record.settle(replace(case, workload=found))
        self.examined |= {(side, found, number): file for number, file in files.items()}

    def _called(self, request: Answer, side: str | None, threads: int | None) -> Answer | Failure:
        """What a pass over the items of a function found, with a number of threads for libraries."""
        launch = self.plan.launch_of(side).with_inner_threads(threads)
        (answer,) = examine(self.launcher, [(request, launch)], self.plan.timeout)
        if not isinstance(answer, Failure):
            self._note_pools(answer, request["workload"]["name"], side, threads)
        return answer

    def _note_pools(self, answer: Answer, function: str, side: str | None, threads: int | None) -> None:
        """Keep which libraries had threads of their own where a function was called."""
        found = [
            ThreadPool(
                workload=function,
                side=side,
                inner_threads=threads,
                library=each.library,
                version=each.version,
                threads=each.threads,
            )
            for each in msgspec.convert(answer["pools"], list[Pool])
        ]
        self.record.thread_pools += [each for each in found if each not in self.record.thread_pools]

    def _describe(self, workload: Workload, side: str | None, cases: Sequence[Case]) -> None:
        """Have a user's function imported and its items counted, where each call of it counts."""
        request = {"do": "describe", "workload": asdict(workload)}
        (answer,) = examine(self.launcher, [(request, self.plan.launch_of(side))], self.plan.timeout)
        if isinstance(answer, Failure):
            self._fail(cases, answer)
            return
        self.importing = max(self.importing, answer["importing"])
        for case in cases:
            self.record.settle(replace(case, workload=replace(workload, **answer["found"])))

    def _learn(self, workload: Workload, sides: Sequence[str | None], cases: Sequence[Case]) -> None:
        """Have a function called on all sides at the same time, for what it returns and not for its time.

        All sides run all of the items, and warm up by the same time of a task.
        """
        request = self._request(workload, self.plan.pass_for_results, whole=True)
        threads = cases[0].settings.inner_threads  # all have the same
        requests = [(request, self.plan.launch_of(side).with_inner_threads(threads)) for side in sides]
        answers = dict(zip(sides, examine(self.launcher, requests, self.plan.timeout), strict=True))
        known = [answer for answer in answers.values() if not isinstance(answer, Failure)]
        found, said = [answer["found"] for answer in known], [answer["notes"] for answer in known]
        for side, answer in answers.items():
            of_side = [case for case in cases if case.side == side]
            if isinstance(answer, Failure):
                self._fail(of_side, answer)
                continue
            same = replace(workload, **{**found[0], "task_time": min(each["task_time"] for each in found)})
            for case in of_side:
                self.record.settle(replace(case, workload=same))
            self.examined[side, same, threads] = answer["file"]
            self._note_pools(answer, workload.name, side, threads)
            self.record.warn(
                note if all(note in notes for notes in said) else f"{side}: {note}" for note in answer["notes"]
            )

    def _measure_costs(self, plan: CostsPlan, side: str | None, cases: Sequence[Case]) -> None:
        """Have hosts of a side measure what strategies cost, and what tasks need; a run goes on without it."""
        examined = {(of_it, number): file for (where, of_it, number), file in self.examined.items() if where == side}
        try:
            found = cost_readings(
                self.launcher,
                self.plan.launch_of(side),
                plan,
                cases,
                examined,
                self.importing,
                self.plan.timeout,
                self.plan.inner_threads,
            )
        except CaseFailed as failed:
            why = failed.failure.message
        except TimeoutError:
            why = f"it took more than {self.plan.timeout:g} s (--timeout)"
        except OSError as error:
            why = refused(error).message
        else:
            self.record.costs.append(found)
            return
        self.record.warn([f"the costs of workers could not be measured, so nothing is predicted: {why}"])

    def _request(self, workload: Workload, within: float | None, *, whole: bool = False) -> Answer:
        """Ask a host to call a function with its items, one after the other."""
        into = str(self.launcher.folder)
        return {"do": "examine", "workload": asdict(workload), "into": into, "within": within, "whole": whole}


def passed_for(case: Case) -> Passed:
    """The pass over the items of a case's function that holds for it."""
    return case.side, case.workload, case.settings.inner_threads


def competing(workload: Workload, pools: Sequence[ThreadPool]) -> str:
    """That the threads of a function compete with those of workers, and what shows by how much."""
    named = dict.fromkeys(each.library for each in pools if each.workload == workload.name and each.threads != 1)
    by = f", with threads of {' and '.join(named)}" if named else ""
    return (
        f"{workload.name} keeps about {workload.cores_busy:.1f} cores busy by itself{by}, which compete with several "
        "workers: --inner-threads 1,auto compares"
    )


def examine(launcher: Launcher, requests: Sequence[tuple[Answer, Launch]], timeout: float) -> list[Answer | Failure]:
    """The answers of a host for each request to examine or describe a function; all work at the same time.

    A host may take as long as it needs for all of the items, but for none of its steps longer than `timeout` seconds:
    importing the function, making the items, calling it with one of them. One that does is ended, and the failure
    says what it was doing.
    """
    answers: list[Answer | Failure | None] = [None] * len(requests)
    with ExitStack() as stack:
        waiting: dict[int, Examiner] = {}
        for number, (request, launch) in enumerate(requests):
            path = launcher.folder / f"progress-{time.monotonic_ns()}-{number}"
            path.write_bytes(bytes(SIZE))
            try:
                host = stack.enter_context(launcher.host(launch))
            except OSError as error:
                answers[number] = refused(error)
                continue
            host.send({**request, "progress": str(path)})
            waiting[number] = Examiner(host, path, request["workload"], timeout)
        while waiting:
            for number, examiner in list(waiting.items()):
                answers[number] = examiner.answer(POLL / len(waiting))
                if answers[number] is not None:
                    del waiting[number]
    return [answer for answer in answers if answer is not None]


class Examiner:
    """A host that examines a function, and when it was last seen to get on with it."""

    def __init__(self, host: HostProcess, path: Path, workload: dict[str, str], timeout: float) -> None:
        self.host, self.path, self.workload, self.timeout = host, path, workload, timeout
        self.seen = bytes(SIZE)
        self.since = time.perf_counter()

    def answer(self, seconds: float) -> Answer | Failure | None:
        """The answer within some seconds, or why there will be none; None if the host is still at work."""
        try:
            answer = self.host.answer(seconds)
        except CaseFailed as failed:
            return failed.failure
        if answer is not None:
            return answer
        now, seen = time.perf_counter(), self.path.read_bytes()
        if seen != self.seen:
            self.seen, self.since = seen, now
        figures = struct.unpack("=3q", self.seen)
        patience = max(self.timeout, OPENING) if figures[PHASE] == STARTING else self.timeout
        if now - self.since <= patience:
            return None
        self.host.end(at_once=True)
        return Failure(kind="timeout", message=_stuck(figures[PHASE], figures[ITEM], self.workload, patience))


def _stuck(phase: int, item: int, workload: dict[str, str], timeout: float) -> str:
    """What a host was doing when it was given up."""
    name = workload["name"]
    after = f"after {timeout:g} s (--timeout)"
    if phase == CALLING:
        return f"{name} was still busy with item {item} {after}, called by itself before anything was measured"
    doing = {
        STARTING: "Python was still starting",
        IMPORTING: f"{name} was still being imported",
        INITIALISING: f"--init {workload.get('init')} was still busy",
        MAKING_ITEMS: f"--items {workload.get('items')} was still being read",
        CHECKING: f"--expect {workload.get('expect')} was still busy with the result of item {item}",
        MAKING_SHARED: f"--shared {workload.get('shared')} was still busy",
        LOOKING: f"the items and results of {name} were still being compared, or taken down,",
    }
    return f"{doing[phase]} {after}"
