"""What engines beyond the standard library cost, beside a loop and a pool, and which work is worth that.

`large` begins with the three workloads on which mpire's author compared libraries ("MPIRE for Python", 2023).
"""

from typing import Any

from concbench.model.run import Claim
from concbench.suites.suite import Row, Suite, SuiteTable, suite

PROCESSES = ("joblib-loky", "loky", "mpire", "dask-processes", "ray", "mpi")
ENGINES = (*PROCESSES, "joblib-threads", "dask-threads")
ALL = ("serial", "pool-map", *ENGINES)
FEW = ("pool-map", "joblib-loky", "dask-processes")
"""What is measured with `--quick`, beside the loop: a pool, the most used engine, and one with a scheduler."""


def rows(*, few: bool = True) -> tuple[str | Row, ...]:
    """A loop, a pool and every engine; most of them are left out with `--quick`."""
    return tuple(name if name in ("serial", *FEW) and few else Row(name, thorough=True) for name in ALL)


def by(*ways: str, subjects: tuple[str, ...]) -> tuple[Row, ...]:
    """Subjects whose workers get an object in each of some ways."""
    return tuple(Row(name, {"sharing": way}) for name in subjects for way in ways)


def warm(name: str, title: str, workload: str, **more: Any) -> SuiteTable:
    """A table of a loop, a pool and every engine, all running already."""
    return SuiteTable(
        name=name, title=title, workload=workload, subjects=rows(), reference="pool-map", warm=True, **more
    )


SUITE = suite(
    Suite(
        name="engines",
        question="What do engines cost, and which work is worth it?",
        tables=(
            SuiteTable(
                name="start",
                title="Starting and ending workers, with a task of 1 ms for each",
                workload="cpu",
                sizes={"tasks": 2, "task_time": 0.001},
                workers=2,
                subjects=tuple(name if name in FEW else Row(name, thorough=True) for name in ALL[1:]),
                reference="pool-map",
            ),
            warm("empty", "Handing out empty tasks", "payload", sizes={"tasks": 1000, "payload": 16}),
            warm("one", "One empty task at a time", "payload", sizes={"tasks": 1, "payload": 16}, thorough=True),
            warm("short", "Tasks of 1 ms that compute", "cpu", sizes={"tasks": 200, "task_time": 0.001}),
            warm("long", "Tasks of 50 ms that compute", "cpu", sizes={"tasks": 8, "task_time": 0.05}, thorough=True),
            warm(
                "data",
                "Arguments and results of 1 MiB",
                "payload",
                sizes={"tasks": 24, "payload": 2**20},
                thorough=True,
            ),
            SuiteTable(
                name="large",
                title="Data that all tasks read",
                workload="reading",
                sizes={"tasks": 2},
                workers=2,
                copied=True,
                thorough=True,
                subjects=("serial", *by("pickled", "shared-memory", subjects=("pool-map", *PROCESSES))),
                reference="serial",
            ),
            SuiteTable(
                name="state",
                title="A state that workers keep up to date",
                workload="counting",
                sizes={"tasks": 8},
                thorough=True,
                subjects=("serial", *by("initializer", subjects=("pool-map", *PROCESSES))),
                reference="serial",
            ),
            SuiteTable(
                name="model",
                title="A model that is slow to load",
                workload="model",
                sizes={"tasks": 8},
                thorough=True,
                subjects=("serial", *by("initializer", subjects=("pool-map", *PROCESSES))),
                reference="serial",
            ),
        ),
        claims=(
            Claim(
                sentence="A local cluster of dask takes longer to start than a pool.",
                case="start/dask-processes",
                verdict="slower",
                reference="start/pool-map",
            ),
            Claim(
                sentence="Empty tasks take longer on joblib's processes than in a plain loop.",
                case="empty/joblib-loky",
                verdict="slower",
                reference="empty/serial",
            ),
            Claim(
                sentence="A scheduler that sees every task, as dask's does, hands out empty ones slower than a pool.",
                case="empty/dask-processes",
                verdict="slower",
                reference="empty/pool-map",
            ),
            Claim(
                sentence="Tasks of 1 ms are faster on joblib's processes than in a plain loop.",
                case="short/joblib-loky",
                verdict="faster",
                reference="short/serial",
            ),
            Claim(
                sentence="For tasks of 50 ms, joblib is as fast as a pool.",
                case="long/joblib-loky",
                verdict="same",
                reference="long/pool-map",
            ),
            Claim(
                sentence="Arguments of 1 MiB reach workers of a pool faster than those of dask.",
                case="data/dask-processes",
                verdict="slower",
                reference="data/pool-map",
            ),
        ),
    )
)
