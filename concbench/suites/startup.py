"""What does one more worker cost? The original tutorial says that a thread is much cheaper to create than a process."""

from concbench.model.run import Claim
from concbench.suites.suite import Row, Suite, SuiteTable, suite

METHODS = ("fork", "forkserver", "spawn")

SUITE = suite(
    Suite(
        name="startup",
        question="What does one more worker cost in time and memory?",
        tables=(
            SuiteTable(
                name="workers",
                title="One more worker, until it is ready",
                experiment="startups",
                workload="startups",
                workers=4,
                fixed=True,  # what is started does nothing, so it has no size
                subjects=(
                    "thread",
                    "interpreter",
                    *(Row(kind, {"start_method": method}) for kind in ("process", "pool-worker") for method in METHODS),
                ),
                reference="thread",
            ),
        ),
        claims=(
            Claim(
                sentence="A thread is much cheaper to create than a process.",
                case="workers/thread",
                verdict="faster",
                reference="workers/process fork",
            ),
            Claim(
                sentence="A forked process is ready sooner than a spawned one.",
                case="workers/process fork",
                verdict="faster",
                reference="workers/process spawn",
            ),
            Claim(
                sentence="A process from the fork server is ready sooner than a spawned one.",
                case="workers/process forkserver",
                verdict="faster",
                reference="workers/process spawn",
            ),
        ),
    )
)
