"""Whether `apply` blocks, `apply_async` does not, and a callback is as good as `get`, as the original tutorial says."""

from concbench.model.run import Claim
from concbench.suites.suite import Suite, SuiteTable, suite

SUITE = suite(
    Suite(
        name="apply-vs-async",
        question="What does it cost that Pool.apply blocks, and does a callback cost more than get?",
        tables=(
            SuiteTable(
                name="sleep",
                title="Tasks that sleep",
                workload="sleep",
                sizes={"tasks": 20},
                tutorial_sizes={"tasks": 10},
                workers=4,
                subjects=("pool-apply", "pool-apply-async", "pool-callback", "pool-map"),
                reference="pool-apply",
            ),
        ),
        claims=(
            Claim(
                sentence="apply blocks until each task is done, so apply_async is faster.",
                case="sleep/pool-apply-async",
                verdict="faster",
                reference="sleep/pool-apply",
            ),
            Claim(
                sentence="Collecting results with a callback takes as long as collecting them with get.",
                case="sleep/pool-callback",
                verdict="same",
                reference="sleep/pool-apply-async",
            ),
        ),
    )
)
