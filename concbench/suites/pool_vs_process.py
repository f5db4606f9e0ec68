"""Whether a pool is better than one process per task: for short computing tasks yes, for sleeping ones no."""

from concbench.model.run import Claim
from concbench.suites.suite import Suite, SuiteTable, suite

SUITE = suite(
    Suite(
        name="pool-vs-process",
        question="Is a pool of processes better than one process per task?",
        tables=(
            SuiteTable(
                name="cpu",
                title="Short tasks that compute",
                workload="cpu",
                sizes={"task_time": 0.0001},
                tutorial_workload="tutorial",
                subjects=("serial", "process", "pool-map"),
                reference="process",
            ),
            SuiteTable(
                name="sleep",
                title="Tasks that sleep",
                workload="sleep",
                workers=4,
                subjects=("process", "pool-map"),
                reference="process",
            ),
        ),
        claims=(
            Claim(
                sentence="For short tasks that compute, a pool is faster than one process per task.",
                case="cpu/pool-map",
                verdict="faster",
                reference="cpu/process",
            ),
            Claim(
                sentence="For tasks that sleep, a pool of a few workers is slower than one process per task.",
                case="sleep/pool-map",
                verdict="slower",
                reference="sleep/process",
            ),
        ),
    )
)
