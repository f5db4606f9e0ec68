"""The host's loop: a line of JSON in, a line of JSON out, and a read that blocks in between.

Requests are `{"do": ...}` with one of:

- `prepare`: imports all of concbench that hosts need, so that it is compiled on disk for those to come;
- `open`, with `case`: the host takes on a case, and answers with facts about it and about this interpreter;
- `calibrate`, with `workload`: answers with what is found of it, its loops or its task time;
- `warm-up`: runs the first items of the case, untimed;
- `sample`: runs the case once and answers with its phases;
- `watched`, with `seconds`: runs the case again and again for about so long, for the watch to look at.

Every answer is `{"ok": {...}}` or `{"failure": {...}}`. The end of stdin ends the host.

A host must weigh as little as a plain script, because a forked worker copies what its parent weighs: so the modules
that it imports do without dataclasses, typing and pathlib, and import what only some cases need where they need it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from types import SimpleNamespace

from concbench.experiments import tasks as tasks_experiment
from concbench.host.accounting import CpuMeter
from concbench.host.failures import failure_of  # not later: a host without free files could not import it
from concbench.host.streams import take_streams
from concbench.strategies.strategy import Unavailable, strategies
from concbench.workloads.kinds import build, workloads

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from typing import Any

    from concbench.experiments.timed import Timed
    from concbench.model import Settings, Workload
    from concbench.strategies.strategy import Strategy
    from concbench.workloads.kinds import Tasks

    Answer = dict[str, Any]

WARM_UP = 0.05
"""Seconds: a warm-up runs no more of the first items than take about so long on these workers."""
WARM_UP_TASKS = 16
"""Nor more than so many, except that each worker of a pool gets one: by then all code has run and is in memory."""


class OpenCase:
    """The case that this host has taken on."""

    def __init__(self, strategy: Strategy, settings: Settings, workload: Workload, tasks: Tasks) -> None:
        self.strategy = strategy
        self.settings = settings
        self.workload = workload
        self.tasks = tasks

    def sample(self, first: int | None = None) -> Timed:
        """Run one sample, of the first items only where a number is given."""
        return tasks_experiment.sample(self.strategy, self.settings, self.tasks, CpuMeter(), first)


def open_case(subject: str, workload: Workload, settings: dict[str, Any]) -> tuple[OpenCase, Answer]:
    """Take on a case; raises Unavailable and UnknownName.

    The facts answered with are the interpreter's, and the settings as they really are: the start method by name.
    """
    strategy = strategies.get(subject)
    tasks = build(workload)
    reason = strategy.why_not(workload.name, tasks.coroutine is not None)
    if reason is not None:
        raise Unavailable(reason)
    context = None
    if "start_method" in strategy.settings:
        import multiprocessing  # here, so that a host without processes does not carry it

        try:
            context = multiprocessing.get_context(settings["start_method"])
        except ValueError as error:
            raise Unavailable(f"this system has no start method {settings['start_method']!r}") from error
        settings = {**settings, "start_method": context.get_start_method()}
    facts = {"pid": os.getpid(), "python": sys.version.split()[0], "settings": settings}
    opened: Any = SimpleNamespace(**settings, context=context)  # a `Settings` in all but its class
    return OpenCase(strategy, opened, workload, tasks), facts


def described(workload: dict[str, Any]) -> Workload:
    """Return a workload's fields as attributes: a `Workload` in all but its class."""
    attributes: Any = SimpleNamespace(**workload)
    return attributes  # type: ignore[no-any-return]  # the class itself would cost every forked worker 2 MB


def warm_up_items(case: OpenCase) -> int:
    """Return how many items a warm-up runs."""
    lanes = case.strategy.lanes(case.settings, case.workload.tasks)
    in_time = WARM_UP / case.workload.task_time * lanes if case.workload.task_time else WARM_UP_TASKS
    return min(case.workload.tasks, max(case.settings.workers or 1, int(min(in_time, WARM_UP_TASKS))))


def watched(case: OpenCase, seconds: float) -> Answer:
    """Run the case for about so many seconds, at least once, and answer with what the kernel says it took."""
    began = time.perf_counter()
    meter = CpuMeter()
    meter.start()
    count = 0
    while count == 0 or time.perf_counter() - began < seconds:
        case.sample()
        count += 1
    took = time.perf_counter() - began
    return {"samples": count, "seconds": took, "cpu": meter.stop()}


class Host:
    """What one host knows between two requests: its case."""

    def __init__(self) -> None:
        self.case: OpenCase | None = None

    def answer(self, request: Answer) -> Answer:
        """Do what a request asks for; raises whatever goes wrong with it."""
        do = request["do"]
        if do == "prepare":
            strategies.load_own()
            workloads.load_own()
            return {}
        if do == "open":
            case = request["case"]
            self.case, facts = open_case(case["subject"], described(case["workload"]), case["settings"])
            return facts
        if do == "calibrate":
            from concbench.workloads.calibration import calibrate  # here: one host a run needs it

            return calibrate(described(request["workload"]))
        if self.case is None:
            raise ValueError(f"no case is open, so there is nothing to {do}")
        if do == "warm-up":
            self.case.sample(first=warm_up_items(self.case))
            return {}
        if do == "sample":
            return vars(self.case.sample())
        if do == "watched":
            return watched(self.case, request["seconds"])
        raise ValueError(f"unknown request {do!r}")


def serve() -> None:
    """Answer requests until stdin ends."""
    requests, answers = take_streams()
    host = Host()
    for line in requests:
        try:
            answer = {"ok": host.answer(json.loads(line))}
        except BaseException as error:  # noqa: BLE001 - a task may raise anything, SystemExit too; all of it is a row
            answer = {"failure": failure_of(error)}
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()
