"""Is the knee right? What `concbench load` finds against real servers, and what an exhaustive sweep does.

    python -m benchmarks.knee --into knee.jsonl --sweeps 2
    python -m benchmarks.knee --into knee.jsonl --loads 10
    python -m benchmarks.knee --into knee.jsonl --table

Each sweep and each load is a line of the file, so that a long measurement can be made in pieces. The sweep shares no
code with what it judges, but for the definition of the knee: at each of 26 levels, in random order, that many threads
or coroutines call for a second, of which the first third does not count. It needs `pip install asyncpg httpx
psycopg[binary]` and PostgreSQL (`apt-get install postgresql`).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median
from typing import Any

from tabulate import tabulate

from benchmarks.database_server import CONNECTIONS, database_server
from benchmarks.limited_server import limited_server
from benchmarks.projects import CONCBENCH, add_line, read_lines
from concbench.runs.reading import read_run
from concbench.stats.knee import knee

ROOT = Path(__file__).parent.parent
HERE = "benchmarks.knee_functions"
LEVELS = [1, 2, 4, 8, 12, 14, 16, 18, 19, 20, 21, 24, 28, 32, 36, 40, 48, 56, 64, 80, 90, 100, 112, 128, 192, 256]
SECONDS, SKIPPED = 1.0, 1 / 3
"""Of each level, and the share of it in which connections are opened."""
WITHIN = 0.2


@dataclass(frozen=True)
class Waiting:
    """A function that waits, and where it does."""

    name: str
    function: str
    init: str | None
    server: Callable[[], AbstractContextManager[str]]
    most_calls: int
    most: int = 256
    """The highest level of the sweep: beyond it, calls fail."""


ALL = [
    Waiting("HTTP, threads", "fetch", "open_connection", limited_server, 20_000),
    Waiting("HTTP, threads, httpx", "fetch_with_httpx", None, limited_server, 10_000),
    Waiting("HTTP, coroutines, httpx", "fetch_later", "open_client", limited_server, 10_000),
    Waiting("PostgreSQL, threads", "query", "connect", database_server, 5_000, CONNECTIONS),
    Waiting("PostgreSQL, coroutines", "query_later", "open_pool", database_server, 5_000),
]


# The exhaustive sweep, in an interpreter of its own


def sweep(function: str, init: str | None, most: int) -> dict[int, float]:
    """Calls a second at each level, in random order."""
    import benchmarks.knee_functions as functions

    task, prepare = getattr(functions, function), None if init is None else getattr(functions, init)
    measured = in_coroutines if asyncio.iscoroutinefunction(task) else in_threads
    levels = [level for level in LEVELS if level <= most]
    return {level: measured(task, prepare, level) for level in random.sample(levels, len(levels))}


def in_threads(task: Callable[[int], object], prepare: Callable[[], None] | None, level: int) -> float:
    """Calls a second of that many threads."""
    ended: list[float] = []
    until = time.perf_counter() + SECONDS

    def call() -> None:
        if prepare is not None:
            prepare()
        while time.perf_counter() < until:
            task(0)
            ended.append(time.perf_counter())

    threads = [threading.Thread(target=call) for _ in range(level)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return rate(ended, until)


def in_coroutines(task: Callable[[int], Any], prepare: Callable[[], Any] | None, level: int) -> float:
    """Calls a second of that many coroutines."""
    ended: list[float] = []

    async def call(until: float) -> None:
        while time.perf_counter() < until:
            await task(0)
            ended.append(time.perf_counter())

    async def call_all() -> float:
        if prepare is not None:
            await prepare()
        until = time.perf_counter() + SECONDS
        await asyncio.gather(*(call(until) for _ in range(level)))
        import benchmarks.knee_functions as functions

        for each in functions.shared.values():
            await (each.aclose() if hasattr(each, "aclose") else each.close())
        functions.shared.clear()
        return until

    return rate(ended, asyncio.run(call_all()))


def rate(ended: list[float], until: float) -> float:
    """Calls a second that came back while all callers were at work."""
    since = until - SECONDS * (1 - SKIPPED)
    return sum(since < each <= until for each in ended) / (until - since)


# One line each


@contextmanager
def environment(function: Waiting) -> Iterator[dict[str, str]]:
    """The environment in which a function finds its server."""
    with function.server() as address:
        yield {**os.environ, "KNEE_ADDRESS": address, "PYTHONPATH": str(ROOT)}


def add_sweep(into: Path, function: Waiting) -> None:
    """Sweep once, in an interpreter of its own."""
    words = ["--sweep", function.function, "--init", function.init or "", "--most", str(function.most)]
    with environment(function) as variables:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.knee", "--into", os.devnull, *words],
            cwd=ROOT,
            env=variables,
            capture_output=True,
            text=True,
            timeout=300,
            check=True,
        )
    add_line(into, {"function": function.name, "sweep": json.loads(done.stdout)})


def add_load(into: Path, function: Waiting) -> None:
    """Find the knee once, as a user would."""
    init = ["--init", f"{HERE}:{function.init}"] if function.init else []
    with environment(function) as variables, tempfile.TemporaryDirectory() as folder:
        document = Path(folder, "run.json")
        words = [f"{HERE}:{function.function}", *init, "--max-calls", str(function.most_calls), "-q"]
        began = time.perf_counter()
        done = subprocess.run(
            [CONCBENCH, "load", *words, "--json", str(document)],
            cwd=ROOT,
            env=variables,
            capture_output=True,
            timeout=120,
        )
        seconds = time.perf_counter() - began
        if done.returncode:
            raise AssertionError(done.stderr.decode())
        (found,) = read_run(document).knees
    assert found.level is not None
    ends = {"level": found.level.estimate, "low": found.level.low, "high": found.level.high}
    line = {"function": function.name, "seconds": seconds, "found": found.found, "calls": found.calls, **ends}
    print(line, file=sys.stderr)
    add_line(into, line)


def table(into: Path) -> str:
    """For each function, the knee of the sweep, and how far from it the loads are."""
    sweeps: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    loads: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in read_lines(into):
        if "sweep" in line:
            for level, value in line["sweep"].items():
                sweeps[line["function"]][int(level)].append(value)
        else:
            loads[line["function"]].append(line)
    rows = []
    for function in ALL:
        if function.name not in sweeps or not loads[function.name]:
            continue
        true = knee(sweeps[function.name])
        known, runs = true.crossing.estimate, loads[function.name]
        off = [run["level"] / known - 1 for run in runs]
        holds = sum((run["low"] or 0) <= known <= (run["high"] or float("inf")) for run in runs)
        rows.append(
            (
                function.name,
                f"{known:.1f}" + (f" ({true.low:.1f} to {true.high:.1f})" if true.low and true.high else ""),
                f"{true.crossing.most:,.0f}",
                f"{median(run['level'] for run in runs):.1f}",
                f"{sum(abs(share) <= WITHIN for share in off)} of {len(runs)}",
                f"{100 * max(off, key=abs):+.0f} %",
                f"{holds} of {len(runs)}",
                f"{max(run['seconds'] for run in runs):.1f} s",
                f"{fmean(run['calls'] for run in runs):,.0f} (at most {max(run['calls'] for run in runs):,})",
                f"{function.most_calls:,}",
            )
        )
    headers = ("function", "knee of the sweep", "calls a second", "found (median)", "within 20 %", "farthest")
    more = ("interval holds it", "longest", "calls made", "--max-calls")
    return tabulate(rows, (*headers, *more), tablefmt="github", disable_numparse=True)


def main() -> None:
    """Measure, or print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--into", type=Path, required=True, help="The file of lines.")
    parser.add_argument("--loads", type=int, default=0, help="Runs of concbench load, of every function.")
    parser.add_argument("--sweeps", type=int, default=0, help="Exhaustive sweeps, of every function.")
    parser.add_argument("--function", action="append", choices=[each.name for each in ALL])
    parser.add_argument("--table", action="store_true", help="Print the table of what there is.")
    parser.add_argument("--sweep", help=argparse.SUPPRESS)
    parser.add_argument("--init", help=argparse.SUPPRESS)
    parser.add_argument("--most", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.sweep:
        print(json.dumps(sweep(arguments.sweep, arguments.init or None, arguments.most)))
        return
    if arguments.table:
        print(table(arguments.into))
        return
    chosen = [each for each in ALL if not arguments.function or each.name in arguments.function]
    for how, times in ((add_sweep, arguments.sweeps), (add_load, arguments.loads)):
        for _ in range(times):
            for function in random.sample(chosen, len(chosen)):
                how(arguments.into, function)


if __name__ == "__main__":
    main()
