"""The host's loop: a line of JSON in, a line of JSON out, and a read that blocks in between.

Requests are `{"do": ...}` with one of:

- `prepare`: imports all of concbench that hosts need, so that it is compiled on disk for those to come; with
  `suspects`, files by the modules that they may hide, it answers with those that are `loaded`;
- `open`, with `case`: the host takes on a case, and answers with facts about it and about this interpreter;
- `fact`, with `name` and `start_method`: answers with what was `observed`;
- `calibrate`, with `workload`: answers with what is found of it, its loops or its task time;
- `warm-up`, with `count` where another number of tasks than usual is wanted: runs the first items of the case, and
  answers with how many these were and what they took, which is an estimate and never a sample;
- `examine`, with `workload`, `into`, and perhaps `within`, `whole` and `progress`: calls a person's own function with
  every item, writes what it returned into a file in that folder, and answers with what is found of it;
- `sample`: runs the case once and answers with its phases;
- `watched`, with `seconds`: runs the case again and again for about so long, for the watch to look at;
- `traced`, with `seconds`: runs the case for about so long, and answers with when each task ran, and on which worker.

Every answer is `{"ok": {...}}` or `{"failure": {...}}`. The end of stdin ends the host.

A task can write to every open file, and so into the answers. A request may therefore hold a `token`, which its answer
begins with: no task knows that one, and a line without it is none of the host's.

A host must weigh as little as a plain script, because a forked worker copies what its parent weighs: so the modules
that it imports do without dataclasses, typing and pathlib, and import what only some cases need where they need it.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from time import perf_counter  # now: a task may put another clock in its place
from types import SimpleNamespace

from concbench.host.accounting import CpuMeter
from concbench.host.failures import failure_of  # not later: a host without free files could not import it
from concbench.host.streams import take_streams

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from typing import Any, Protocol

    from concbench.experiments.tasks import CpuMeter as Meter
    from concbench.experiments.timed import Timed
    from concbench.model import Workload

    Answer = dict[str, Any]

    class OpenCase(Protocol):
        """The case that a host has taken on; each experiment has its own."""

        def warm_up(self, meter: Meter, count: int | None = None) -> tuple[int, Timed]:
            """Run so much of it that all code is in memory, or `count` tasks; return how many, and what they took."""

        def sample(self, meter: Meter) -> Timed:
            """Run one sample."""


EXPERIMENTS = ("tasks", "messages", "counters", "turns", "startups")
"""Each is a module of `concbench.experiments`, imported by the hosts that need it."""


MACHINERY = ("asyncio", "concurrent.futures.process", "multiprocessing.managers", "multiprocessing.pool", "tempfile")
"""What strategies, channels and stores import when they are opened, and with it most of the library that they need."""
BALLAST = 128
"""Numbers of 32 bytes that fill a page of 4 KiB."""
BALLAST_FROM = 1000
"""Python keeps small numbers for all who need them, and makes larger ones anew."""


def described(workload: dict[str, Any]) -> Workload:
    """Return a workload's fields as attributes: a `Workload` in all but its class."""
    attributes: Any = SimpleNamespace(**workload)
    return attributes  # type: ignore[no-any-return]  # the class itself would cost every forked worker 2 MB


def take_on(case: Answer) -> tuple[OpenCase, Answer]:
    """Take on a case; raises Unavailable, UnknownName, and ValueError for an experiment that does not exist.

    The facts answered with are the interpreter's, and the settings as they really are.
    """
    if case["experiment"] not in EXPERIMENTS:
        raise ValueError(f"there is no experiment {case['experiment']!r}")
    experiment = importlib.import_module(f"concbench.experiments.{case['experiment']}")
    opened, settings = experiment.take_on(case["subject"], described(case["workload"]), case["settings"])
    return opened, {"pid": os.getpid(), "python": sys.version.split()[0], "settings": settings}


def watched(case: OpenCase, seconds: float) -> Answer:
    """Run the case for about so many seconds, at least once, and answer with what the kernel says it took.

    A case that would be over before the watch has seen it holds what it has started for so long.
    """
    began = perf_counter()
    meter = CpuMeter()
    meter.start()
    count = 0
    while count == 0 or perf_counter() - began < seconds:
        hold = getattr(case, "hold", None)
        if hold is None:
            case.sample(CpuMeter())
        else:
            hold(seconds)
        count += 1
    took = perf_counter() - began
    return {"samples": count, "seconds": took, "cpu": meter.stop()}


def traced(case: OpenCase, seconds: float, usual: float | None) -> Answer:
    """Run a case for about so many seconds with a record of each task; raises ValueError where it has no tasks.

    Of its samples the one that takes about as long as is `usual` is answered with.
    """
    from concbench.experiments import tasks, tracing  # here: one block of a run needs it

    if not isinstance(case, tasks.OpenCase):
        raise ValueError("there are no tasks to trace")
    return tracing.traced(case, seconds, usual)


def observed(name: str, start_method: str) -> str:
    """Run the code of a fact under a start method, and return what came of it; what it raises is an observation."""
    import multiprocessing

    from concbench.facts.fact import facts

    context: Any = multiprocessing.get_context(start_method)  # typeshed's contexts differ by class
    try:
        return facts.get(name).observe(context)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what this interpreter does
        return f"{type(error).__name__}: {error}"


class Host:
    """What one host knows between two requests: its case."""

    def __init__(self) -> None:
        self.case: OpenCase | None = None

    def answer(self, request: Answer) -> Answer:
        """Do what a request asks for; raises whatever goes wrong with it."""
        do = request["do"]
        if do == "prepare":
            load_all()
            return {"loaded": loaded(request["suspects"])} if "suspects" in request else {}
        if do == "open":
            self.case, facts = take_on(request["case"])
            return facts
        if do == "calibrate":
            from concbench.workloads.calibration import calibrate  # here: one host a run needs it

            return calibrate(described(request["workload"]))
        if do == "examine":
            from concbench.workloads.functions import examined  # here: one host a run needs it

            return examined(
                described(request["workload"]),
                request["into"],
                request.get("within"),
                whole=request.get("whole", False),
                progress=request.get("progress"),
            )
        if do == "fact":
            return {"observed": observed(request["name"], request["start_method"])}
        if self.case is None:
            raise ValueError(f"no case is open, so there is nothing to {do}")
        if do == "warm-up":
            count, took = self.case.warm_up(CpuMeter(), request.get("count"))
            return {"count": count, "start": took.start, "run": took.run, "stop": took.stop}
        if do == "sample":
            return vars(self.case.sample(CpuMeter()))
        if do == "watched":
            return watched(self.case, request["seconds"])
        if do == "traced":
            return traced(self.case, request["seconds"], request.get("usual"))
        raise ValueError(f"unknown request {do!r}")


def load_all() -> None:
    """Import all that any host may need."""
    for name in EXPERIMENTS:
        importlib.import_module(f"concbench.experiments.{name}")
    from concbench.channels.channel import channels
    from concbench.facts.fact import facts
    from concbench.primitives.primitive import primitives
    from concbench.stores.store import stores
    from concbench.strategies.strategy import strategies
    from concbench.workloads.kinds import workloads

    strategies.load_own()
    workloads.load_own()
    channels.load_own()
    stores.load_own()
    primitives.load_own()
    facts.load_own()


def loaded(suspects: dict[str, str]) -> list[str]:
    """Return the modules that come from a suspected file, once all is imported that runs tasks."""
    for name in MACHINERY:
        try:
            importlib.import_module(name)
        except Exception:  # noqa: BLE001, S112 - it may be for such a file, which is loaded by then
            continue
    return [
        name
        for name, path in suspects.items()
        if (getattr(sys.modules.get(name), "__file__", None) or "").startswith(path)
    ]


def make_again(folder: str | None) -> None:
    """Make the host's own folder for temporary files again where a task has removed it.

    `tempfile` would look for another one, and the next task that empties its folder would empty the system's.
    """
    if folder is not None:
        try:
            os.mkdir(folder, 0o700)  # noqa: PTH102 - a host can't afford pathlib
        except OSError:
            return  # it is still there


def serve() -> None:
    """Answer requests until stdin ends."""
    temporary = os.environ.get("TMPDIR") if "CONCBENCH_RUN" in os.environ else None  # else it is not concbench's
    # How full the heap's first page of numbers is differs from host to host, as the size of the environment does.
    ballast = list(range(BALLAST_FROM, BALLAST_FROM + len(os.environ.get("CONCBENCH_PADDING", "")) % BALLAST))
    requests, answers = take_streams()
    host = Host()
    pid = os.getpid()
    token = ""
    for line in requests:
        make_again(temporary)
        try:
            request = json.loads(line)
            token = request.pop("token", "")
            answer = {"ok": host.answer(request)}
        except BaseException as error:  # noqa: BLE001 - a task may raise anything, SystemExit too; all of it is a row
            answer = {"failure": failure_of(error)}
        if os.getpid() != pid:
            os._exit(0)  # a task has forked, and come back in both: this copy is nobody's host
        answers.write(f"{token}{json.dumps(answer)}\n".encode())
        answers.flush()
    del ballast  # held until here
    requests.close()  # not at the interpreter's end: it would be warned of, where a task has made warnings errors
    answers.close()
