"""How many items should go to a worker at once: tiny tasks want large chunks, and large chunks leave workers idle."""

from concbench.model.case import AUTO
from concbench.model.run import Claim
from concbench.suites.suite import Row, Suite, SuiteTable, suite


def row(subject: str, chunksize: int | None, thorough: bool = False) -> Row:
    """A row whose items go to its workers in chunks of this size."""
    name = f"{subject} chunksize {chunksize or AUTO}"
    return Row(subject, {"chunksize": chunksize}, name=name, thorough=thorough)


SUITE = suite(
    Suite(
        name="chunksize",
        question="How many items should go to a worker at once?",
        tables=(
            SuiteTable(
                name="tiny",
                title="Tiny tasks that compute, in chunks",
                workload="cpu",
                sizes={"tasks": 3000, "task_time": 20e-6},
                quick_sizes={"tasks": 500},
                subjects=(
                    "serial",
                    *(row("pool-map", size, thorough=size in (8, 512)) for size in (None, 1, 8, 64, 512)),
                    *(row("pool-imap", size) for size in (1, 64)),
                    *(row("executor-processes", size, thorough=size in (8, 512)) for size in (1, 8, 64, 512)),
                ),
                reference="pool-map chunksize auto",
            ),
            SuiteTable(
                name="tail",
                title="Tasks that sleep, in chunks",
                workload="sleep",
                sizes={"tasks": 40, "task_time": 0.01},
                quick_sizes={"task_time": 0.005},
                workers=4,
                subjects=tuple(row("pool-map", size) for size in (None, 1, 5, 10, 20)),
                reference="pool-map chunksize 1",
            ),
        ),
        claims=(
            Claim(
                sentence="Tiny tasks take longer one by one than in the chunks that Pool.map chooses.",
                case="tiny/pool-map chunksize 1",
                verdict="slower",
                reference="tiny/pool-map chunksize auto",
            ),
            Claim(
                sentence="Tiny tasks handed out one by one take longer on a pool than in a plain loop.",
                case="tiny/pool-map chunksize 1",
                verdict="slower",
                reference="tiny/serial",
            ),
            Claim(
                sentence="Pool.imap hands out one item at a time by default; with chunks it is faster.",
                case="tiny/pool-imap chunksize 64",
                verdict="faster",
                reference="tiny/pool-imap chunksize 1",
            ),
            Claim(
                sentence="ProcessPoolExecutor.map does so, too; with chunks it is faster.",
                case="tiny/executor-processes chunksize 64",
                verdict="faster",
                reference="tiny/executor-processes chunksize 1",
            ),
            Claim(
                sentence="One by one, a task costs an executor more than a pool.",
                case="tiny/executor-processes chunksize 1",
                verdict="slower",
                reference="tiny/pool-map chunksize 1",
            ),
            Claim(
                sentence="Two chunks for four workers leave two workers idle, which takes longer than one by one.",
                case="tail/pool-map chunksize 20",
                verdict="slower",
                reference="tail/pool-map chunksize 1",
            ),
            Claim(
                sentence="With long tasks, the chunks that Pool.map chooses leave workers idle at the end.",
                case="tail/pool-map chunksize auto",
                verdict="slower",
                reference="tail/pool-map chunksize 1",
            ),
            Claim(
                sentence="With long tasks of equal length, one chunk for each worker takes as long as one by one.",
                case="tail/pool-map chunksize 10",
                verdict="same",
                reference="tail/pool-map chunksize 1",
            ),
        ),
    )
)
