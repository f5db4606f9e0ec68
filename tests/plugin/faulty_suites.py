"""A third party's suites, found by entry point: a sound table beside one whose workload goes wrong, and channels."""

from __future__ import annotations

from concbench.suites.suite import Suite, SuiteTable, suite

SOUND = ("serial", "pool-map")
FAULTY = ("serial", "process", "pool-map", "executor-processes")
WORKLOADS = (
    *("raises", "hangs", "is-killed", "is-wrong", "cannot-be-pickled"),
    *("prints", "reads", "exits", "crashes", "leaves-a-daemon"),
)

for name in WORKLOADS:
    strategies = FAULTY[1:] if name == "hangs" else FAULTY
    suite(
        Suite(
            name=f"beside-{name}",
            question="Does one table mind what the other does?",
            tables=(
                SuiteTable(
                    name="sound",
                    title="Sound tasks",
                    workload="sleep",
                    sizes={"task_time": 0.001, "tasks": 4},
                    subjects=SOUND,
                    reference="serial",
                ),
                SuiteTable(
                    name="faulty", title="Faulty tasks", workload=name, subjects=strategies, reference=strategies[0]
                ),
            ),
        )
    )

EXCHANGES = suite(
    Suite(
        name="without-an-answer",
        question="Does anything wait forever?",
        tables=(
            SuiteTable(
                name="channels",
                title="Channels",
                experiment="messages",
                workload="messages",
                sizes={"tasks": 5, "payload": 100},
                subjects=("pipe", "far-end-is-silent", "drops-out-trip", "unpicklable-queue", "unpicklable-pipe"),
                reference="pipe",
            ),
        ),
    )
)
