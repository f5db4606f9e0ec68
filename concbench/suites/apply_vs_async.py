"""Does `apply` block, does `apply_async` not, and is a callback as good as `get`: the tutorial says so."""

from concbench.model import Claim
from concbench.suites.suite import Suite, Table, suite

SUITE = suite(
    Suite(
        name="apply-vs-async",
        question="What does it cost that Pool.apply blocks, and is a callback as good as get?",
        tables=(
            Table(
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
                sentence="Collecting results by callback takes as long as collecting them with get.",
                case="sleep/pool-callback",
                verdict="same",
                reference="sleep/pool-apply-async",
            ),
        ),
    )
)
