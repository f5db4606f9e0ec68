"""How workers should get what all tasks read: 500 MB of data, a state that they keep up to date, a model slow to load.

These are the three workloads on which mpire's author compared libraries ("MPIRE for Python", 2023), after a comparison
by Ray's authors.
"""

from concbench.model.run import Claim
from concbench.suites.suite import Row, Suite, SuiteTable, suite


def by(*ways: str, thorough: bool = False) -> tuple[Row, ...]:
    """A pool whose workers get the object in each of some ways."""
    return tuple(Row("pool-map", {"sharing": way}, thorough=thorough) for way in ways)


SUITE = suite(
    Suite(
        name="large-data",
        question="How should workers get large data, a state, or a model?",
        tables=(
            SuiteTable(
                name="data",
                title="Data that all tasks read",
                workload="reading",
                sizes={"tasks": 2},
                quick_sizes={"memory": 25_000_000},
                workers=2,
                copied=True,
                subjects=(
                    *("serial", Row("executor-threads", thorough=True)),
                    *by("pickled", "initializer", "inherited", "shared-memory"),
                    *by("memory-map", thorough=True),
                ),
                reference="serial",
            ),
            SuiteTable(
                name="state",
                title="A state that workers keep up to date",
                workload="counting",
                sizes={"tasks": 8},
                thorough=True,
                subjects=("serial", "executor-threads", *by("pickled", "initializer", "inherited")),
                reference="serial",
            ),
            SuiteTable(
                name="model",
                title="A model that is slow to load",
                workload="model",
                sizes={"tasks": 8},
                quick_sizes={"tasks": 4},
                subjects=("serial", *by("initializer", "inherited"), Row("process", {"sharing": "initializer"})),
                reference="serial",
            ),
        ),
        claims=(
            Claim(
                sentence="Pickling the data with every chunk of tasks is slower than copying it to shared memory once.",
                case="data/pool-map pickled",
                verdict="slower",
                reference="data/pool-map shared-memory",
            ),
            Claim(
                sentence="Data that each worker makes for itself takes longer than data that forked workers inherit.",
                case="data/pool-map initializer",
                verdict="slower",
                reference="data/pool-map inherited",
            ),
            Claim(
                sentence="Forked workers that inherit the data are faster than those that map a copy of it.",
                case="data/pool-map inherited",
                verdict="faster",
                reference="data/pool-map shared-memory",
            ),
            Claim(
                sentence="A state that travels with every chunk of tasks is slower than one that each worker keeps.",
                case="state/pool-map pickled",
                verdict="slower",
                reference="state/pool-map initializer",
            ),
            Claim(
                sentence="A model that each worker loads takes longer than one that forked workers inherit.",
                case="model/pool-map initializer",
                verdict="slower",
                reference="model/pool-map inherited",
            ),
            Claim(
                sentence="A process for each task, which loads the model every time, is slower than a pool.",
                case="model/process initializer",
                verdict="slower",
                reference="model/pool-map initializer",
            ),
        ),
    )
)
