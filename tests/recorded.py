"""Traced programs for tests: made of the tasks that a test is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from concbench.instruments.columns import UNKNOWN, from_rows, pack
from concbench.model.program import Call, Process, Program, Region
from concbench.model.run import Run
from tests.builders import run

SECOND = 10**9
FOLDER = "/home/someone"


def task(begin: float, end: float, worker: int = 0, **more: float) -> dict[str, float]:
    """A task in seconds: submitted when the program was started, computing all the time, and back when it has ended."""
    return {"begin": begin, "end": end, "worker": worker, **more}


def region(tasks: Sequence[dict[str, float]], lanes: int = 2, **more: Any) -> Region:
    """A pool of processes with these tasks, each in a chunk of its own, from 0.1 s before the first to the last."""
    rows = []
    for place, each in enumerate(tasks):
        begin, end = each["begin"], each["end"]
        rows.append(
            (
                round(each.get("submitted", more.get("ready", 0.0)) * SECOND),
                round(begin * SECOND),
                round(end * SECOND),
                round(each.get("received", end) * SECOND),
                UNKNOWN if each.get("cpu") == UNKNOWN else round(each.get("cpu", end - begin) * SECOND),
                round(each.get("argument", 10)),
                round(each.get("result", 5)),
                round(each.get("moving", 0.0) * SECOND),
                round(each["worker"]),
                round(each.get("chunk", place)),
            )
        )
    rows.sort(key=lambda row: row[1])
    usual: dict[str, Any] = {
        "name": "ProcessPoolExecutor",
        "kind": "processes",
        "file": f"{FOLDER}/job.py",
        "line": 41,
        "function": "main",
        "pid": 100,
        "workers": lanes,
        "opened": 0.0,
        "ready": 0.0,
        "closing": None,
        "closed": max((each["end"] for each in tasks), default=more.get("opened", 0.0)),
        "lanes": lanes,
        "tasks": len(rows),
        "columns": pack(from_rows(rows)),
    }
    return Region(**{**usual, **more})


def program(*regions: Region, **more: Any) -> Program:
    """A program that had these regions, and ended when the last of them was closed."""
    usual: dict[str, Any] = {
        "command": ["/usr/bin/python3", "job.py", "--fast"],
        "folder": FOLDER,
        "python": "3.13.5",
        "gil": True,
        "status": 0,
        "wall": max((each.closed for each in regions), default=1.0),
        "cpu": 1.5,
        "cores": 2,
        "processes": [
            Process(pid=100, parent=99, command=["/usr/bin/python3", "job.py", "--fast"], began=0.01),
            Process(pid=101, parent=100, command=["/usr/bin/python3", "job.py", "--fast"], began=0.02),
        ],
        "regions": list(regions),
    }
    return Program(**{**usual, **more})


def traced_run(*regions: Region, **more: Any) -> Run:
    """The run document of a trace."""
    return run(
        suite="trace",
        question="Where does the time go in job.py?",
        command=["concbench", "trace", "job.py", "--fast"],
        seed=0,
        duty=0.0,
        program=program(*regions, **more),
    )


def straggling() -> Run:
    """Two pools: one whose last task is a straggler, and threads in its workers; and coroutines that share a limit."""
    outer = region(
        [task(0.2, 0.4, 0), task(0.2, 0.4, 1), task(0.4, 0.6, 0), task(0.4, 2.0, 1, cpu=0.4)],
        opened=0.1,
        ready=0.15,
        closing=2.05,
        closed=2.1,
        start_method="fork",
        calls=(Call(method="map", number=2, items=4, chunksize=1),),
        items=("1", "2", "3", "'the large one'"),
    )
    inner = region(
        [task(0.21, 0.30, 0, cpu=0.01), task(0.21, 0.39, 1, cpu=0.02)],
        name="ThreadPoolExecutor",
        kind="threads",
        line=12,
        function="fetch",
        pid=101,
        inside=0,
        opened=0.205,
        ready=0.206,
        closing=0.39,
        closed=0.395,
    )
    held = region(
        [task(2.2 + 0.1 * (at // 2), 2.3 + 0.1 * (at // 2), 0, cpu=UNKNOWN, submitted=2.2) for at in range(6)],
        name="Semaphore",
        kind="coroutines",
        line=50,
        limit=True,
        workers=2,
        opened=2.15,
        ready=2.15,
        closed=2.5,
    )
    return traced_run(outer, inner, held, wall=2.6)


@st.composite
def regions(draw: st.DrawFn, most: int = 12) -> Region:
    """Any region: tasks in lanes, some of which overlap where they are coroutines."""
    kind = draw(st.sampled_from(["processes", "threads", "coroutines"]))
    opened = draw(st.floats(0, 1))
    ready = opened + draw(st.floats(0, 1))
    tasks = []
    for worker in range(draw(st.integers(1, 4))):
        now = ready
        for _ in range(draw(st.integers(0, most // 4))):
            begin = now + draw(st.floats(0, 1))
            end = begin + draw(st.floats(0, 1))
            back = end + draw(st.floats(0, 0.1))
            cpu = draw(st.one_of(st.just(UNKNOWN), st.floats(0, max(0.0, end - begin))))
            tasks.append(task(begin, end, worker, received=back, cpu=cpu, submitted=draw(st.floats(ready, begin))))
            now = begin if kind == "coroutines" else end
    last = max([ready, *(each["received"] for each in tasks)])
    closing = last + draw(st.floats(0, 1))
    at_once = len(tasks) if kind == "coroutines" else len({each["worker"] for each in tasks})
    return region(
        tasks,
        max(1, at_once + draw(st.integers(0, 2))),
        kind=kind,
        opened=opened,
        ready=ready,
        closing=draw(st.one_of(st.none(), st.just(closing))),
        closed=closing + draw(st.floats(0, 1)),
        line=draw(st.integers(0, 3)),
    )
