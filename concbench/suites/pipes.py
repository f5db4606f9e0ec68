"""How messages travel fastest between two workers, and from which size on shared memory pays."""

from concbench.model.run import Claim
from concbench.suites.suite import Row, Suite, SuiteTable, suite

SWEPT = ("os-pipe", "pipe", "pipe-bytes", "pipe-bytes-into", "shared-memory")
"""Channels that are measured at every size."""
LARGER = (("1KiB", 2**10, 200), ("64KiB", 2**16, 100), ("1MiB", 2**20, 8), ("16MiB", 2**24, 2))
"""A name, bytes, and round trips: fewer of the larger ones."""

SUITE = suite(
    Suite(
        name="pipes",
        question="How do messages travel fastest between two workers?",
        tables=(
            SuiteTable(
                name="messages",
                title="Messages",
                experiment="messages",
                workload="messages",
                sizes={"tasks": 300, "payload": 16},
                subjects=(
                    "os-pipe",
                    "socketpair",
                    "pipe-bytes-into",
                    "pipe-bytes",
                    "pipe-simplex",
                    "pipe",
                    "unix-socket",
                    "simple-queue",
                    "queue",
                    "joinable-queue",
                    "manager-queue",
                    "shared-memory",
                    "thread-simple-queue",
                    "thread-queue",
                    "interpreter-queue",
                ),
                reference="os-pipe",
            ),
            *(
                SuiteTable(
                    name=name,
                    title="Larger messages",
                    experiment="messages",
                    workload="messages",
                    sizes={"tasks": trips, "payload": size},
                    fixed=True,
                    thorough=name in ("1KiB", "16MiB"),
                    subjects=SWEPT,
                    reference="os-pipe",
                )
                for name, size, trips in LARGER
            ),
            SuiteTable(
                name="apart",
                title="Messages from core to core",
                experiment="messages",
                workload="messages",
                sizes={"tasks": 300, "payload": 16},
                thorough=True,
                subjects=tuple(
                    Row(name, {"cores": "apart"})
                    for name in ("os-pipe", "pipe", "queue", "manager-queue", "shared-memory")
                ),
                reference="os-pipe apart",
            ),
        ),
        claims=(
            Claim(
                sentence="Bytes go through a pipe faster than objects that are pickled.",
                case="messages/pipe-bytes",
                verdict="faster",
                reference="messages/pipe",
            ),
            Claim(
                sentence="A pipe is faster than a queue, which is built on one.",
                case="messages/pipe",
                verdict="faster",
                reference="messages/queue",
            ),
            Claim(
                sentence="A manager's queue is slower than a queue: every message goes through the manager's process.",
                case="messages/manager-queue",
                verdict="slower",
                reference="messages/queue",
            ),
            Claim(
                sentence="A message takes longer between two cores than on one, because the other core must be woken.",
                case="apart/pipe apart",
                verdict="slower",
                reference="messages/pipe",
            ),
            Claim(
                sentence="A message arrives sooner between threads, which share memory, than between processes.",
                case="messages/thread-simple-queue",
                verdict="faster",
                reference="messages/simple-queue",
            ),
        ),
        crossings=(
            ("shared-memory", "pipe-bytes"),
            ("shared-memory", "os-pipe"),
            ("pipe-bytes-into", "pipe-bytes"),
        ),
    )
)
