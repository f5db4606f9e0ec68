"""How much faster is it with more workers: as long as there are cores, and for tasks that only wait."""

from concbench.measure.probe.environment import usable_cores
from concbench.model.run import Claim
from concbench.suites.suite import Row, Suite, SuiteTable, suite

STEPS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
QUICK = (1, 2, 4, 8, 16, 32, 64, 128, 256)
"""Numbers of threads that are measured with `--quick`, too."""
THREADS = (1, 2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
"""All divide 768, so that no thread has a task more than another."""
CORES = max(2, usable_cores())


def processes() -> list[int]:
    """The numbers of processes that are measured: up to twice the number of cores, and at least up to four."""
    most = 2 * CORES
    return sorted({count for count in STEPS if count < most} | {CORES, most})


def row(subject: str, workers: int, thorough: bool = False) -> Row:
    """A row with this number of workers."""
    return Row(subject, {"workers": workers}, name=f"{subject} workers {workers}", thorough=thorough)


SUITE = suite(
    Suite(
        name="scaling",
        question="How much faster is it with more workers?",
        tables=(
            SuiteTable(
                name="cpu",
                title="Python code that computes, by the number of processes",
                workload="cpu",
                sizes={"tasks": 96, "task_time": 0.002},
                quick_sizes={"tasks": 24},
                subjects=tuple(row("pool-map", count) for count in processes()),
                reference="pool-map workers 1",
            ),
            SuiteTable(
                name="sleep",
                title="Tasks that sleep, by the number of threads",
                workload="sleep",
                # Each of 256 threads has three tasks, and one thread takes no more than 2 s for all of them.
                sizes={"tasks": 768, "task_time": 0.002},
                quick_sizes={"tasks": 256, "task_time": 0.001},
                subjects=tuple(row("threadpool-map", count, thorough=count not in QUICK) for count in THREADS),
                reference="threadpool-map workers 1",
            ),
        ),
        claims=(
            Claim(
                sentence="With one process per core, computing finishes sooner than with a single process.",
                case=f"cpu/pool-map workers {CORES}",
                verdict="faster",
                reference="cpu/pool-map workers 1",
            ),
            Claim(
                sentence="With twice as many processes as cores, it finishes sooner still.",
                case=f"cpu/pool-map workers {2 * CORES}",
                verdict="faster",
                reference=f"cpu/pool-map workers {CORES}",
            ),
            Claim(
                sentence="Tasks that sleep need no core: 16 threads are faster than one.",
                case="sleep/threadpool-map workers 16",
                verdict="faster",
                reference="sleep/threadpool-map workers 1",
            ),
            Claim(
                sentence="Short tasks can have too many threads: 256 are slower than 64.",
                case="sleep/threadpool-map workers 256",
                verdict="slower",
                reference="sleep/threadpool-map workers 64",
            ),
        ),
    )
)
