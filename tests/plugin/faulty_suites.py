"""A third party's suites, found by entry point: each puts a sound table beside one whose workload goes wrong."""

from __future__ import annotations

from concbench.suites.suite import Suite, Table, suite

SOUND = ("serial", "pool-map")
FAULTY = ("serial", "process", "pool-map", "executor-processes")
IN_CHILDREN = FAULTY[1:]
WORKLOADS = {
    "raises": FAULTY,
    "hangs": IN_CHILDREN,
    "is-killed": FAULTY,
    "is-wrong": FAULTY,
    "cannot-be-pickled": FAULTY,
    "prints": FAULTY,
    "reads": FAULTY,
    "exits": FAULTY,
    "crashes": FAULTY,
    "leaves-a-daemon": FAULTY,
}

for name, strategies in WORKLOADS.items():
    suite(
        Suite(
            name=f"beside-{name}",
            question="Does one table mind what the other does?",
            tables=(
                Table(
                    name="sound",
                    title="Sound tasks",
                    workload="sleep",
                    sizes={"task_time": 0.001, "tasks": 4},
                    subjects=SOUND,
                    reference="serial",
                ),
                Table(name="faulty", title="Faulty tasks", workload=name, subjects=strategies, reference=strategies[0]),
            ),
        )
    )
