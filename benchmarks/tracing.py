"""What `concbench trace` costs a program: traced and untraced runs of 10,000 tasks in turns, on each instrument.

    python -m benchmarks.tracing

A program runs some tasks to warm up, and times the others from within; so what is shown is what recording adds to a
task, and not the start of the interpreter, which has a line of its own. CPU time is that of all processes together: of
those that submit, send, run and receive a task, each of which records its part.
"""

from __future__ import annotations

import os
import subprocess
import sys
from math import log
from random import Random
from statistics import median
from time import perf_counter

from tabulate import tabulate

from concbench.instruments.launches import with_hook
from concbench.measure.program import trace_folder
from concbench.stats.two_samples import change_interval

TASKS = 10_000
TASK_TIMES = (0.0, 0.00002, 0.0002)
"""Seconds of a task."""
PAIRS = 5
HEAD = """
import asyncio, os, sys, threading, time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from multiprocessing.pool import ThreadPool

seconds, count = float(sys.argv[1]), int(sys.argv[2])
context = get_context("fork")

def task(x):
    if seconds:
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            pass
    return x

async def coroutine(x):
    return task(x)

async def gathered(items):
    await asyncio.gather(*map(coroutine, items))

def in_threads(items):
    for x in items:
        thread = threading.Thread(target=task, args=(x,)); thread.start(); thread.join()

def timed(run):
    global wall, cpu
    run(range(100))
    began, used = time.perf_counter(), time.process_time()
    run(range(count))
    wall, cpu = time.perf_counter() - began, time.process_time() - used

def main():
    {way}

main()
of_children = os.times()
print(wall, cpu + of_children.children_user + of_children.children_system)
"""
START = "none: only the start of Python"
WAYS = {
    "Pool.map": "with context.Pool(2) as pool: timed(lambda items: pool.map(task, items))",
    "Pool.map, chunksize 1": "with context.Pool(2) as pool: timed(lambda items: pool.map(task, items, 1))",
    "Pool.imap_unordered": "with context.Pool(2) as pool: timed(lambda items: list(pool.imap_unordered(task, items)))",
    "ThreadPool.map": "with ThreadPool(2) as pool: timed(lambda items: pool.map(task, items))",
    "ProcessPoolExecutor.map": (
        "with ProcessPoolExecutor(2, context) as e: timed(lambda items: list(e.map(task, items)))"
    ),
    "ProcessPoolExecutor.map, chunksize 100": (
        "with ProcessPoolExecutor(2, context) as e: timed(lambda items: list(e.map(task, items, chunksize=100)))"
    ),
    "ThreadPoolExecutor.map": "with ThreadPoolExecutor(2) as e: timed(lambda items: list(e.map(task, items)))",
    "Thread": "timed(in_threads)",
    "asyncio.gather": "timed(lambda items: asyncio.run(gathered(items)))",
    START: "global wall, cpu; wall, cpu = -1, 0",
}


def seconds_of(way: str, task_time: float, environment: dict[str, str]) -> tuple[float, float]:
    """How long the tasks of a program took, and the CPU time of all its processes for them; of none, of all of it."""
    began = perf_counter()
    command = [sys.executable, "-c", HEAD.replace("{way}", WAYS[way]), str(task_time), str(TASKS)]
    printed = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    wall, cpu = map(float, printed.split())
    return (wall, cpu) if wall >= 0 else (perf_counter() - began, cpu)


def compared(way: str, task_time: float, draw: Random) -> tuple[str, ...]:
    """A row of the table."""
    pairs = []
    for _ in range(PAIRS):
        found: dict[bool, tuple[float, float]] = {}
        for traced in draw.sample((False, True), 2):
            if traced:
                with trace_folder() as folder:
                    found[traced] = seconds_of(way, task_time, with_hook(os.environ, str(folder)))
            else:
                found[traced] = seconds_of(way, task_time, dict(os.environ))
        pairs.append((found[False], found[True]))
    ratio = change_interval([log(with_it[0] / without[0]) for without, with_it in pairs], 0.95)
    spread = "" if ratio.low is None or ratio.high is None else f" ({ratio.low:.3f} to {ratio.high:.3f})"
    wall, cpu = (median(with_it[each] - without[each] for without, with_it in pairs) for each in (0, 1))
    plain = median(without[0] for without, _ in pairs)
    each = (
        (f"{1e6 * wall / TASKS:+.2f} µs", f"{1e6 * cpu / TASKS:+.2f} µs")
        if way != START
        else (f"{1e3 * wall:+.1f} ms in all", "")
    )
    return way, f"{task_time * 1e6:g} µs", f"{1e3 * plain:.1f} ms", f"{ratio.estimate:.3f}{spread}", *each


def main() -> None:
    """Print a row for each way and length of a task; with arguments, only for ways that begin with one of them."""
    draw = Random(0)
    rows = [
        compared(way, task_time, draw)
        for way in WAYS
        if not sys.argv[1:] or way.startswith(tuple(sys.argv[1:]))
        for task_time in (TASK_TIMES if way != START else (0.0,))
    ]
    headers = ("tasks", "each takes", "untraced", "traced, as a multiple", "added to a task", "CPU added")
    print(tabulate(rows, headers, tablefmt="github", disable_numparse=True))
    print(f"\nload average: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
