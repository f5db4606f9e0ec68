"""What do threads gain on this interpreter: for each kind of work, and beside processes.

With a GIL, threads gain nothing on pure Python, and on a free-threaded build they do: the claims say what would be true
without a GIL, or only with one, so that their outcome shows which it is. Workers are warm, because starting them says
nothing of that, and takes longer than these tasks where a fork server does it.
"""

from concbench.model.run import Claim
from concbench.suites.suite import Row, Suite, SuiteTable, suite

WAYS = ("serial", "threadpool-map", "pool-map")
THREADS_FIRST = ("serial", "threadpool-map", Row("pool-map", thorough=True))
"""The same where no claim is about processes."""

SUITE = suite(
    Suite(
        name="gil",
        question="What do threads gain on this interpreter?",
        tables=(
            SuiteTable(
                name="python",
                title="Pure Python that computes",
                workload="cpu",
                sizes={"tasks": 40, "task_time": 0.004},
                quick_sizes={"tasks": 16},
                subjects=("serial", "threadpool-map", "executor-interpreters", "pool-map"),
                reference="serial",
                warm=True,
            ),
            SuiteTable(
                name="c-code",
                title="C code that computes and releases the GIL",
                workload="cpu-nogil",
                sizes={"tasks": 40, "task_time": 0.004},
                thorough=True,
                subjects=THREADS_FIRST,
                reference="serial",
                warm=True,
            ),
            SuiteTable(
                name="hashing",
                title="Hashing of large data, which releases the GIL",
                workload="hashing",
                sizes={"tasks": 64, "payload": 2**20},
                quick_sizes={"tasks": 16},
                subjects=THREADS_FIRST,
                reference="serial",
                warm=True,
            ),
            SuiteTable(
                name="waiting",
                title="Waiting",
                workload="sleep",
                sizes={"tasks": 40, "task_time": 0.005},
                quick_sizes={"tasks": 16},
                workers=4,
                subjects=THREADS_FIRST,
                reference="serial",
                warm=True,
            ),
            SuiteTable(
                name="half",
                title="Pure Python half of the time, waiting the other half",
                workload="mixed",
                sizes={"tasks": 40, "task_time": 0.008},
                quick_sizes={"tasks": 16},
                workers=4,
                subjects=WAYS,
                reference="serial",
                warm=True,
            ),
        ),
        claims=(
            Claim(
                sentence="Without a GIL, threads run pure Python faster than one thread does.",
                case="python/threadpool-map",
                verdict="faster",
                reference="python/serial",
            ),
            Claim(
                sentence="Pure Python runs faster in processes than in threads, which share one GIL.",
                case="python/pool-map",
                verdict="faster",
                reference="python/threadpool-map",
            ),
            Claim(
                sentence="Threads are faster for C code that releases the GIL.",
                case="c-code/threadpool-map",
                verdict="faster",
                reference="c-code/serial",
            ),
            Claim(
                sentence="Threads are faster for hashing large data.",
                case="hashing/threadpool-map",
                verdict="faster",
                reference="hashing/serial",
            ),
            Claim(
                sentence="Threads are faster for tasks that wait.",
                case="waiting/threadpool-map",
                verdict="faster",
                reference="waiting/serial",
            ),
            Claim(
                sentence="Threads are faster for tasks that run pure Python half of the time and wait the other half.",
                case="half/threadpool-map",
                verdict="faster",
                reference="half/serial",
            ),
            Claim(
                sentence="For such tasks processes are faster still, because threads compute one at a time.",
                case="half/pool-map",
                verdict="faster",
                reference="half/threadpool-map",
            ),
        ),
    )
)
