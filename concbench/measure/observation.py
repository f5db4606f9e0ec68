"""Facts, observed on every start method: one host for each, all at work side by side."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Collection

from concbench.facts.fact import Fact as Statement
from concbench.facts.fact import facts
from concbench.measure.hosts import CaseFailed, HostProcess, Launcher, launcher_for, refused
from concbench.measure.plan import Now, Plan, Steps
from concbench.measure.record import Record
from concbench.model.run import Fact


class Observers:
    """A host for each start method; one that does not come back is ended, and another takes its place."""

    def __init__(self, methods: list[str], plan: Plan, launcher: Launcher) -> None:
        self._plan, self._launcher = plan, launcher
        self._hosts: dict[str, HostProcess] = {}
        self._refused: dict[str, str] = {}
        """By start method, why the system would not start a host."""
        for method in methods:
            self._start(method)

    def observe(self, statement: Statement, methods: list[str]) -> list[Fact]:
        """Observe one fact on some start methods, at the same time."""
        for method in methods:
            if method not in self._hosts:
                self._start(method)  # perhaps the system has some processes and files to spare by now
            if method in self._hosts:
                self._hosts[method].send({"do": "fact", "name": statement.name, "start_method": method})
        return [self._fact(statement, method) for method in methods]

    def _fact(self, statement: Statement, method: str) -> Fact:
        observed, why_not = self._answer(method)
        return Fact(
            name=statement.name,
            statement=statement.statement,
            expected=statement.expected,
            observed=why_not if observed is None else observed,
            start_method=method if statement.processes else None,
            note=statement.note,
            failed=observed is None,
        )

    def _answer(self, method: str) -> tuple[str | None, str]:
        """What a host observed; or None, and why it has not answered."""
        if method not in self._hosts:
            return None, self._refused[method]
        host = self._hosts[method]
        try:
            answer = host.answer(self._plan.timeout)
        except CaseFailed as failed:
            self._replace(method)
            return None, f"{failed.failure.kind}: {failed.failure.message}"
        if answer is None:
            self._replace(method)
            return None, f"no answer within {self._plan.timeout:g} s (--timeout)"
        return str(answer["observed"]), ""

    def _replace(self, method: str) -> None:
        self._hosts.pop(method).end(at_once=True)
        self._start(method)

    def _start(self, method: str) -> None:
        try:
            self._hosts[method] = self._launcher.start(self._plan.launch)
        except OSError as error:
            failure = refused(error)
            self._refused[method] = f"{failure.kind}: {failure.message}"

    def end(self) -> None:
        """End all hosts; what was observed is complete, so nothing is waited for."""
        for host in self._hosts.values():
            host.leave()
        for host in self._hosts.values():
            host.end()


def start_methods(wanted: Collection[str] = ()) -> list[str]:
    """The start methods that this system has, or those of them that are wanted."""
    known = multiprocessing.get_all_start_methods()
    return [method for method in known if not wanted or method in wanted]


def observe_all(plan: Plan, wanted: Collection[str], record: Record) -> Steps:
    """Observe every fact on each start method that it may depend on; yields what is being done.

    What was observed is in `record` at every moment. However the iteration ends, no process that it started is left.
    """
    methods = start_methods(wanted)
    statements = list(facts.all().values())
    with launcher_for([plan.launch.python], plan.task_output) as launcher:
        observers = Observers(methods, plan, launcher)
        began = time.perf_counter()
        for number, statement in enumerate(statements):
            left = (time.perf_counter() - began) / max(1, number) * (len(statements) - number)
            doing = f"observing {statement.name}"
            yield Now(doing=doing, case=None, block=number, blocks=len(statements), left=left, unit="fact")
            record.facts += observers.observe(statement, methods if statement.processes else methods[:1])
        observers.end()
