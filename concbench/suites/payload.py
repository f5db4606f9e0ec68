"""What do arguments and results cost by their size: between processes they are pickled and copied, in threads not."""

from concbench.model.run import Claim
from concbench.suites.suite import Suite, SuiteTable, suite

SIZES = (("1KiB", 2**10, 24), ("64KiB", 2**16, 24), ("1MiB", 2**20, 24), ("8MiB", 2**23, 4))
"""A name, bytes, and tasks: as many of each size that claims compare."""
WAYS = ("serial", "threadpool-map", "pool-map", "executor-processes")

SUITE = suite(
    Suite(
        name="payload",
        question="What do arguments and results cost, by size?",
        tables=(
            *(
                SuiteTable(
                    name=name,
                    title=f"Arguments and results of {name}, and no work",
                    workload="payload",
                    sizes={"tasks": tasks, "payload": size},
                    fixed=True,
                    thorough=name in ("64KiB", "8MiB"),
                    subjects=WAYS,
                    reference="threadpool-map",
                )
                for name, size, tasks in SIZES
            ),
            SuiteTable(
                name="hashing",
                title="Hashing of large arguments",
                workload="hashing",
                sizes={"tasks": 24, "payload": 2**20},
                subjects=WAYS,
                reference="serial",
            ),
        ),
        claims=(
            Claim(
                sentence="Threads pass 1 MiB each way faster than processes: a thread gets the object itself.",
                case="1MiB/threadpool-map",
                verdict="faster",
                reference="1MiB/pool-map",
            ),
            Claim(
                sentence="Passing 1 MiB to processes and back costs more than passing 1 KiB.",
                case="1MiB/pool-map",
                verdict="slower",
                reference="1KiB/pool-map",
            ),
            Claim(
                sentence="Passing 1 MiB to threads and back costs no more than passing 1 KiB.",
                case="1MiB/threadpool-map",
                verdict="same",
                reference="1KiB/threadpool-map",
            ),
            Claim(
                sentence="Threads hash large arguments faster than processes, which must be sent them first.",
                case="hashing/threadpool-map",
                verdict="faster",
                reference="hashing/pool-map",
            ),
        ),
    )
)
