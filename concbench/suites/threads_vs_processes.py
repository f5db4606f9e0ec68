"""When are threads better than processes: by what they cost to create, and by what the tasks do."""

from concbench.model.run import Claim
from concbench.suites.suite import Suite, SuiteTable, suite

SUITE = suite(
    Suite(
        name="threads-vs-processes",
        question="When are threads better than processes?",
        tables=(
            SuiteTable(
                name="creation",
                title="One worker for each of many tiny tasks",
                workload="tutorial",
                quick_sizes={"tasks": 40},
                subjects=("process", "thread", "thread-subclass"),
                reference="thread",
            ),
            SuiteTable(
                name="cpu",
                title="Python code that computes",
                workload="cpu",
                sizes={"tasks": 40, "task_time": 0.005},
                quick_sizes={"tasks": 12},
                subjects=("serial", "threadpool-map", "pool-map"),
                reference="serial",
            ),
            SuiteTable(
                name="nogil",
                title="Work that releases the GIL",
                workload="cpu-nogil",
                sizes={"tasks": 40, "task_time": 0.005},
                quick_sizes={"tasks": 12},
                subjects=("serial", "threadpool-map", "pool-map"),
                reference="serial",
            ),
            SuiteTable(
                name="sleep",
                title="Tasks that sleep",
                workload="sleep",
                sizes={"tasks": 40},
                quick_sizes={"tasks": 16},
                workers=4,
                subjects=("thread", "process", "threadpool-map", "pool-map"),
                reference="thread",
            ),
        ),
        claims=(
            Claim(
                sentence="A thread is cheaper to create than a process.",
                case="creation/thread",
                verdict="faster",
                reference="creation/process",
            ),
            Claim(
                sentence="A subclass of Thread is as fast as Thread with a target.",
                case="creation/thread-subclass",
                verdict="same",
                reference="creation/thread",
            ),
            Claim(
                sentence="Processes run Python code that computes faster than threads.",
                case="cpu/pool-map",
                verdict="faster",
                reference="cpu/threadpool-map",
            ),
            Claim(
                sentence="Several threads run work that releases the GIL faster than one.",
                case="nogil/threadpool-map",
                verdict="faster",
                reference="nogil/serial",
            ),
            Claim(
                sentence="For tasks that sleep, one thread per task is faster than one process per task.",
                case="sleep/thread",
                verdict="faster",
                reference="sleep/process",
            ),
        ),
    )
)
