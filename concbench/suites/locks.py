"""What locks, semaphores, events, conditions and barriers cost, alone and contended."""

from concbench.model.run import Claim
from concbench.suites.suite import Suite, SuiteTable, suite

KINDS = ("lock", "rlock", "semaphore", "bounded-semaphore", "event", "condition", "barrier")
FAMILIES = (("processes", "", 1000), ("manager", "manager-", 40), ("threads", "thread-", 2000))
"""A name, the prefix of its primitives, and the turns that each worker takes."""

SUITE = suite(
    Suite(
        name="locks",
        question="What does a turn on a lock, an event or a barrier cost, alone and contended?",
        tables=tuple(
            SuiteTable(
                name=f"{name}-{how}",
                title=f"Primitives of {name if name != 'manager' else 'a manager'}, {how}",
                experiment="turns",
                workload="turns",
                sizes={"tasks": turns if alone else max(20, turns // 4)},
                subjects=tuple(f"{prefix}{kind}" for kind in KINDS),
                reference=f"{prefix}lock",
                alone=alone,
                thorough=(name, how) == ("manager", "contended"),
            )
            for name, prefix, turns in FAMILIES
            for how, alone in (("alone", True), ("contended", False))
        ),
        claims=(
            Claim(
                sentence="A lock for threads is cheaper than one for processes.",
                case="threads-alone/thread-lock",
                verdict="faster",
                reference="processes-alone/lock",
            ),
            Claim(
                sentence="A manager's lock is slower than one that processes share directly.",
                case="manager-alone/manager-lock",
                verdict="slower",
                reference="processes-alone/lock",
            ),
            Claim(
                sentence="A contended lock takes longer than an uncontended one.",
                case="processes-contended/lock",
                verdict="slower",
                reference="processes-alone/lock",
            ),
        ),
    )
)
