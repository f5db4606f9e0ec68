"""How workers get on with the threads that a library such as OpenBLAS has for itself: which of the two to use."""

from __future__ import annotations

from concbench.analysis.analysis import Analysis
from concbench.analysis.breakdown import SERIAL
from concbench.model.case import Settings
from concbench.model.result import Result
from concbench.model.run import Recommendation, Run, ThreadPool
from concbench.registry import UnknownName
from concbench.report.safe import printable
from concbench.report.units import counted, listed
from concbench.strategies.strategy import strategies

VARIABLES = {
    "OpenBLAS": "OPENBLAS_NUM_THREADS",
    "MKL": "MKL_NUM_THREADS",
    "BLIS": "BLIS_NUM_THREADS",
    "OpenMP": "OMP_NUM_THREADS",
}
"""What sets the number of threads of a library."""


def competition(analysis: Analysis, found: Recommendation, beside: str) -> str:
    """That the threads of a library compete with workers, and which of the two to use; empty where there are none.

    `beside` says how the same workers do with as many threads as the library takes, where that was measured.
    """
    result, run = analysis.results[found.case], analysis.run
    if result.case.workload.cores_busy is None:
        return ""
    way = found.way
    subject, settings = (result.case.subject, result.case.settings) if way is None else (way.subject, way.settings)
    name, threads = library(result, run)
    own = f"{name} threads" if name else "threads of its own"
    cores = run.environment.usable_cores if found.target is None else found.target.cores
    if found.target is not None and found.target.cores != run.environment.usable_cores:
        threads = found.target.cores
    workers = lanes(subject, settings) or cores
    product = f"{counted(workers, 'worker')} × {threads} {own} on {counted(cores, 'core')}"
    measured = f": {beside}" if beside else ""
    whom = name or ("the function" if subject == SERIAL else "each worker")
    one = f"{whom} 1 thread" + (f" ({VARIABLES[name]}=1)" if name in VARIABLES else "")
    if subject == SERIAL and settings.inner_threads is None:
        return (
            f"{name or 'The function'} keeps about {result.case.workload.cores_busy:.1f} cores busy by itself. Workers "
            f"compete with its threads ({product}){measured}. Use the threads, without workers."
        )
    if subject == SERIAL:
        return (
            f"More than 1 thread does not make the function faster, and workers compete with {own} ({product})"
            f"{measured}. Use neither: give {one}."
        )
    if settings.inner_threads is None:
        return f"There are {product}{measured}. Use both as they are."
    return f"Workers and {own} compete ({product}){measured}. Use the workers, and give {one}."


def pools_in_words(run: Run) -> str:
    """How many threads libraries had in each process; empty where that matters to no case, or is unknown."""
    cases = [result.case for result in run.results]
    concerned = {
        case.workload.name
        for case in cases
        if case.workload.cores_busy is not None or case.settings.inner_threads is not None
    }
    found: dict[str, dict[int | None, int]] = {}
    for pool in run.thread_pools:
        if pool.workload in concerned and pool.threads is not None:
            name = f"{pool.library} {pool.version or ''}".strip()
            found.setdefault(name, {}).setdefault(pool.inner_threads, pool.threads)
    said = [
        f"{printable(name)} had "
        + listed(
            [
                counted(threads, "thread") + ("" if asked is None else f" with --inner-threads {asked}")
                for asked, threads in numbers.items()
            ]
        )
        for name, numbers in found.items()
    ]
    return f"In each process, {'; '.join(said)}." if said else ""


def library(result: Result, run: Run) -> tuple[str, int]:
    """The library whose threads do most of a function's work, empty where it is unknown, and how many it has."""
    case = result.case
    pools = [
        each
        for each in run.thread_pools
        if (each.workload, each.side, each.inner_threads) == (case.workload.name, case.side, None)
    ]
    usual = max(2, round(case.workload.cores_busy or 1.0))
    if not pools:
        return "", usual

    def weight(pool: ThreadPool) -> tuple[int, bool]:
        return pool.threads or 0, pool.library != "OpenMP"

    most = max(pools, key=weight)
    return printable(most.library), most.threads or usual


def lanes(subject: str, settings: Settings) -> int | None:
    """How many workers a way has; None where that is not a setting of it, or the strategy is not installed here."""
    try:
        known = strategies.get(subject).settings
    except UnknownName:
        return None
    return settings.workers if "workers" in known else settings.limit
