"""A third party's suite, found by entry point: channels through which an answer never comes, beside a sound one."""

from __future__ import annotations

from concbench.suites.suite import Suite, Table, suite

SUITE = suite(
    Suite(
        name="without-an-answer",
        question="Does anybody wait for ever?",
        tables=(
            Table(
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
