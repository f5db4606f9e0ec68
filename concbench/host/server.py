"""The host's loop: reads a request, a line of JSON, and writes the answer, another one.

Requests are `{"do": ...}` with one of:

- `prepare`: import all of concbench that hosts need, so that it is compiled on disk for later ones; with `suspects`,
  files by the modules that they may hide, the answer lists those that are `loaded`;
- `open`, with `case`: take on a case; the answer describes this interpreter and the settings in effect;
- `fact`, with `name` and `start_method`: the answer is what was `observed`;
- `calibrate`, with `workload`: the answer is its loops or its task time;
- `warm-up`, perhaps with `count`: run a small sample; the answer is its size and how long it took, which is an estimate
  and never a result;
- `examine`, with `workload`, `into`, and perhaps `within`, `whole` and `progress`: call the user's function with every
  item, and write its results into a file in that folder;
- `costs`, with `workload`, `seconds`, `cores`, and perhaps `strategy`, `start_methods` and `rounds`: measure what the
  workload's tasks need, or what a strategy costs; the answer is `TaskReadings`, or `readings`, a list of
  `StrategyReading`;
- `describe`, with `workload`, and perhaps `progress`: import the user's function and make its items, without a call;
- `sample`: run the case once; the answer is its `Measurement`;
- `watched`, with `seconds`: run the case again and again for about this long, for the watch;
- `traced`, with `seconds` and perhaps `usual`: run the case for about this long; the answer is a `Trace`;
- `recorded`, with `folder`: run the command once, and record its tasks into the folder; the answer says when it `began`
  and `ended`, in nanoseconds of the clock.

Every answer is `{"ok": {...}}` or `{"failure": {...}}`. The end of stdin ends the host.

A task can write to every open file, and so into the answers. A request may therefore hold a `token`, which its answer
begins with: no task knows it, and a line without it is not the host's.

A host must weigh as little as a plain script, because a forked worker copies its parent's memory: the modules that it
imports do without dataclasses, typing and pathlib, and import what only some cases need where they need it.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from time import perf_counter  # now: a task may put another clock in its place
from types import SimpleNamespace

from concbench.experiments.experiment import experiments
from concbench.host.failures import failure_of  # not later: a host without free files could not import it
from concbench.host.process_tree import CpuMeter

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from typing import Any, BinaryIO

    from concbench.experiments.experiment import OpenCase
    from concbench.model.case import Workload

    Answer = dict[str, Any]

MACHINERY = ("asyncio", "concurrent.futures.process", "multiprocessing.managers", "multiprocessing.pool", "tempfile")
"""What strategies, channels and stores import when they are opened, and with it most of the library that they need."""
LATE = (
    "concbench.host.machinery",
    "concbench.event_loops",
    "concbench.experiments.recorder",
    "concbench.workloads.calibration",
    "concbench.workloads.equality",
    "concbench.workloads.examination",
    "concbench.workloads.expectation",
    "concbench.workloads.initializer",
    "concbench.workloads.sharing",
)
"""Modules that hosts import where they need them, beside those of the registries."""
BALLAST = 128
"""Numbers of 32 bytes that fill a page of 4 KiB."""
BALLAST_FROM = 1000
"""Python shares small numbers, and makes larger ones anew."""


class _Host:
    """What a host remembers between two requests: its case."""

    def __init__(self) -> None:
        self.case: OpenCase | None = None

    def answer(self, request: Answer) -> Answer:
        """Do what a request asks for; raises whatever goes wrong."""
        do = request["do"]
        if do == "prepare":
            _load_all()
            return {"loaded": _loaded(request["suspects"])} if "suspects" in request else {}
        if do == "open":
            case = request["case"]
            experiment = experiments.get(case["experiment"])
            workload = _described(case["workload"])
            if self.case is not None:
                self.case.close()
                self.case = None
            self.case, settings = experiment.take_on(case["subject"], workload, case["settings"])
            return {"pid": os.getpid(), "python": sys.version.split()[0], "settings": settings}
        if do == "calibrate":
            from concbench.workloads.calibration import calibrate  # here: one host a run needs it

            return calibrate(_described(request["workload"]))
        if do == "examine":
            from concbench.workloads.examination import examine_workload  # here: one host a run needs it

            return examine_workload(
                _described(request["workload"]),
                request["into"],
                request.get("within"),
                whole=request.get("whole", False),
                progress=request.get("progress"),
            )
        if do == "costs":
            from concbench.host import machinery  # here: a few hosts a run need it

            workload, seconds, cores = _described(request["workload"]), request["seconds"], request["cores"]
            if "strategy" not in request:
                return machinery.measure_tasks(workload, seconds, cores)
            name, methods, rounds = request["strategy"], request["start_methods"], request["rounds"]
            return {"readings": machinery.measure_strategy(workload, name, methods, seconds, cores, rounds)}
        if do == "describe":
            from concbench.workloads.examination import describe_workload  # as above

            return describe_workload(_described(request["workload"]), request.get("progress"))
        if do == "fact":
            return {"observed": _observed(request["name"], request["start_method"])}
        if self.case is None:
            raise ValueError(f"no case is open, so there is nothing to {do}")
        if do == "warm-up":
            count, took = self.case.warm_up(CpuMeter(), request.get("count"))
            return {"count": count, "start": took.start, "run": took.run, "stop": took.stop}
        if do == "sample":
            return vars(self.case.measure(CpuMeter()))
        if do == "watched":
            return _watched(self.case, request["seconds"])
        if do == "traced":
            return self.case.traced(request["seconds"], request.get("usual"))
        if do == "recorded":
            began, ended = self.case.record(CpuMeter(), request["folder"])
            return {"began": began, "ended": ended}
        raise ValueError(f"unknown request {do!r}")


def _described(workload: dict[str, Any]) -> Workload:
    """A workload's fields as attributes: a `Workload` in all but its class."""
    attributes: Any = SimpleNamespace(**workload)
    if workload.get("command") is not None:
        attributes.command = SimpleNamespace(**workload["command"])
    return attributes  # type: ignore[no-any-return]  # the class itself would cost every forked worker 2 MB


def _watched(case: OpenCase, seconds: float) -> Answer:
    """Run the case for about this long, at least once; the answer is how often, and the kernel's account of it."""
    began = perf_counter()
    meter = CpuMeter()
    meter.start()
    count = 0
    while count == 0 or perf_counter() - began < seconds:
        case.hold(CpuMeter(), seconds)
        count += 1
    took = perf_counter() - began
    return {"samples": count, "seconds": took, "cpu": meter.stop()}


def _observed(name: str, start_method: str) -> str:
    """Run the code of a fact under a start method; an exception is an observation, too."""
    import multiprocessing

    from concbench.facts.fact import facts

    context: Any = multiprocessing.get_context(start_method)  # typeshed's contexts differ by class
    try:
        return facts.get(name).observe(context)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what this interpreter does
        return f"{type(error).__name__}: {error}"


def _load_all() -> None:
    from concbench.channels.channel import channels
    from concbench.facts.fact import facts
    from concbench.primitives.primitive import primitives
    from concbench.stores.store import stores
    from concbench.strategies.strategy import strategies
    from concbench.workloads.workload import workloads

    for registry in (experiments, strategies, workloads, channels, stores, primitives, facts):
        registry.load_own()
    for name in LATE:
        importlib.import_module(name)


def _loaded(suspects: dict[str, str]) -> list[str]:
    """The modules that come from a suspected file, once all is imported that runs tasks."""
    for name in MACHINERY:
        try:
            importlib.import_module(name)
        except Exception:  # noqa: BLE001, S112 - such a file may be why, and is loaded by then
            continue
    return [
        name
        for name, path in suspects.items()
        if (getattr(sys.modules.get(name), "__file__", None) or "").startswith(path)
    ]


def serve() -> None:
    """Answer requests until stdin ends."""
    temporary = os.environ.get("TMPDIR") if "CONCBENCH_RUN" in os.environ else None  # else it is not concbench's
    # How full the heap's first page of numbers is differs from host to host, as the size of the environment does.
    ballast = list(range(BALLAST_FROM, BALLAST_FROM + len(os.environ.get("CONCBENCH_PADDING", "")) % BALLAST))
    requests, answers = take_streams()
    host = _Host()
    pid = os.getpid()
    token = ""
    for line in requests:
        _make_again(temporary)
        try:
            request = json.loads(line)
            token = request.pop("token", "")
            answer = {"ok": host.answer(request)}
        except BaseException as error:  # noqa: BLE001 - a task may raise anything, SystemExit too; all of it is a row
            answer = {"failure": failure_of(error)}
        if os.getpid() != pid:
            os._exit(0)  # a task has forked and returned in both processes: this is the copy
        answers.write(f"{token}{json.dumps(answer)}\n".encode())
        answers.flush()
    if host.case is not None:
        host.case.close()
    del ballast  # held until here
    requests.close()  # not at the interpreter's end, which would warn of it, where a task has made warnings errors
    answers.close()


def take_streams() -> tuple[BinaryIO, BinaryIO]:
    """Take stdin and stdout for the protocol, so that tasks can't disturb it.

    From now on, stdin is empty and stdout is stderr, for this process and every child. A forked worker closes its
    copies at once: a worker that outlives the host must not make it look alive.
    """
    private_in, private_out = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    if sys.stdout is not None and hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(line_buffering=True)  # or a killed worker's last lines would be lost
    if hasattr(os, "register_at_fork"):
        held = [private_in, private_out]

        def close_in_child() -> None:
            while held:  # emptied: in a grandchild these numbers may stand for something else
                os.close(held.pop())

        os.register_at_fork(after_in_child=close_in_child)
    return os.fdopen(private_in, "rb"), os.fdopen(private_out, "wb")


def _make_again(folder: str | None) -> None:
    """Make the host's own folder for temporary files again if a task has removed it.

    `tempfile` would look for another one, and the next task that empties its folder would empty the system's.
    """
    if folder is not None:
        try:
            os.mkdir(folder, 0o700)  # noqa: PTH102 - a host can't afford pathlib
        except OSError:
            return  # it is still there
