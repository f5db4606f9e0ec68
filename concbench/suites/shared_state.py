"""What shared state costs, and loses without a lock: the original tutorial's dictionary of a manager, and others."""

from concbench.model.run import Claim
from concbench.suites.suite import Row, Suite, SuiteTable, suite

SUITE = suite(
    Suite(
        name="shared-state",
        question="What does a shared counter cost, and what does it lose without a lock?",
        tables=(
            SuiteTable(
                name="processes",
                title="A counter that processes share",
                experiment="counters",
                workload="steps",
                sizes={"tasks": 10_000},
                subjects=(
                    "local",
                    "raw-value",
                    "value",
                    "array",
                    "shared-memory",
                    Row("raw-value", {"lock": "lock"}),
                    Row("value", {"lock": "lock"}),
                    Row("value", {"lock": "rlock"}),
                    Row("value", {"lock": "semaphore"}),
                    Row("value", {"lock": "bounded-semaphore"}),
                ),
                reference="local",
            ),
            SuiteTable(
                name="manager",
                title="A counter in a manager's process",
                experiment="counters",
                workload="steps",
                tutorial_workload="countdown",
                sizes={"tasks": 100},
                tutorial_sizes={"tasks": 1},
                tutorial_workers=50,
                subjects=(
                    Row("local", sizes={"tasks": 10_000}),  # so short a step is not to be seen in fewer
                    "manager-dict",
                    "manager-namespace",
                    "manager-value",
                    "manager-list",
                    "manager-array",
                    Row("manager-dict", {"lock": "lock"}),
                    Row("manager-dict", {"lock": "manager-lock"}),
                ),
                reference="local",
            ),
            SuiteTable(
                name="threads",
                title="A counter that threads share",
                experiment="counters",
                workload="steps",
                sizes={"tasks": 20_000},
                subjects=(
                    "local-threads",
                    "dict",
                    Row("dict", {"lock": "thread-lock"}),
                    Row("dict", {"lock": "thread-rlock"}),
                    Row("dict", {"lock": "thread-semaphore"}),
                ),
                reference="local-threads",
            ),
        ),
        claims=(
            Claim(
                sentence="A manager's dictionary loses updates when processes change it without a lock.",
                case="manager/manager-dict",
                verdict="loses updates",
                reference="manager/manager-dict",
            ),
            Claim(
                sentence="With a lock it loses none.",
                case="manager/manager-dict lock",
                verdict="keeps updates",
                reference="manager/manager-dict lock",
            ),
            Claim(
                sentence="The lock makes it slower.",
                case="manager/manager-dict lock",
                verdict="slower",
                reference="manager/manager-dict",
            ),
            Claim(
                sentence="A Value's own lock guards each read and each write separately, so += loses updates.",
                case="processes/value",
                verdict="loses updates",
                reference="processes/value",
            ),
            Claim(
                sentence="A Value in shared memory is faster than one in a manager's process.",
                case="processes/value lock",
                verdict="faster",
                reference="manager/manager-dict lock",
            ),
        ),
    )
)
