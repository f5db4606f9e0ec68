"""Whether pipes, managers, pools and threads behave as the original tutorial says: facts, not times."""

from concbench.suites.suite import Suite, suite

SUITE = suite(
    Suite(
        name="semantics",
        question="Do pipes, managers, pools and threads behave as the original tutorial says?",
        tables=(),
        facts=True,
    )
)
