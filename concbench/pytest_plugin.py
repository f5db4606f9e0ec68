"""The pytest plugin: a fixture for asserting that one way of running a function is so much faster than another.

pytest imports this module in every session, so it imports what measures when a test does.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

if TYPE_CHECKING:
    from concbench.api.answer import Answer
    from concbench.api.asking import Function, Items

TOLD, BESIDE = "concbench", "concbench-beside"
"""Properties of a test's report: what was measured in it, and in which of several parallel processes."""
WORKER = "PYTEST_XDIST_WORKER"
DISTURBED = (
    "measured while pytest ran other tests beside it (-n), which disturbs times: run these tests without -n, or all "
    "that compute in one group (--dist loadgroup)"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the plugin's option."""
    parser.getgroup("concbench", "concbench: which way of running it is faster").addoption(
        "--concbench-save",
        metavar="FOLDER",
        type=Path,
        help="Write the run document of every comparison into this folder, for `concbench show` and `report`.",
    )


@pytest.fixture
def concbench(request: pytest.FixtureRequest) -> Measuring:
    """Measures ways of running a function: `concbench.compare(...)`, and `concbench.assert_speedup(...)`."""
    folder: Path | None = request.config.getoption("--concbench-save")
    if folder is not None:
        folder = request.config.invocation_params.dir / folder
    return Measuring(request.node, folder)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once what was measured, and whether other tests disturbed it."""
    reports = [
        report
        for found in terminalreporter.stats.values()
        for report in found
        if isinstance(report, pytest.TestReport) and report.when == "call"
    ]
    told = [(report.nodeid, text) for report in reports for name, text in report.user_properties if name == TOLD]
    disturbed = any(name == BESIDE for report in reports for name, _ in report.user_properties)
    if told or disturbed:
        terminalreporter.section("concbench")
    for test, text in told:
        terminalreporter.line(f"{test}: {text}")
    if disturbed:
        terminalreporter.line(f"Warning: {DISTURBED}", yellow=True)


class Measuring:
    """What the fixture gives to a test."""

    def __init__(self, test: pytest.Item, folder: Path | None) -> None:
        self._test, self._folder = test, folder

    def compare(self, function: Function, items: Items = None, **settings: Any) -> Answer:
        """Measure as `concbench.compare` does, with the same settings, and return its answer."""
        from concbench.api.asking import compare

        answer = compare(function, items, **settings)
        self._keep(answer)
        return answer

    def assert_speedup(
        self,
        function: Function,
        items: Items,
        strategy: str,
        *,
        over: str = "serial",
        at_least: float = 1.5,
        budget: float = 10.0,
        undecided: Literal["fail", "skip"] = "fail",
        **settings: Any,
    ) -> Answer:
        """Assert that a strategy runs a function over its items at least so many times as fast as another one.

        Both are measured side by side until that is sure, or sure that it is not, or the budget is used up.

        Args:
            function: As for `concbench.compare`; and so are items, and the settings but for strategies, reference,
                precision, blocks and verify.
            items: What the function is called with.
            strategy: As `pool-map` or `threadpool-map`.
            over: The strategy that it is compared with.
            at_least: How many times as fast; a number above 0.
            budget: Seconds, about; at least six generations of fresh interpreters are measured.
            undecided: What the test does if the budget is used up and it is not sure: `fail`, or `skip`.
            **settings: As for `concbench.compare`.

        Returns:
            The answer, where it is so: that it is holds with an error rate of 2.5 % over all looks together.

        Raises:
            AssertionError: it is not so, or undecided; says what was measured, and how much longer it would take.
            NotMeasured: one of the two could not be measured, and others as `concbench.compare`.
        """
        __tracebackhide__ = True
        from concbench.api.demanding import demanded
        from concbench.api.errors import NotMeasured

        outcome = demanded(function, items, strategy, over=over, at_least=at_least, budget=budget, **settings)
        self._test.user_properties.append((TOLD, outcome.sentence))
        self._keep(outcome.answer)
        if outcome.failed:
            raise NotMeasured(outcome.sentence)
        if outcome.finding == "undecided" and undecided == "skip":
            pytest.skip(outcome.sentence)
        if outcome.finding != "reached":
            beside = f"\n\nWarning: {DISTURBED}" if WORKER in os.environ else ""
            raise AssertionError(f"{outcome.sentence}\n\n{outcome.answer}{beside}")
        return outcome.answer

    def _keep(self, answer: Answer) -> None:
        """Save an answer where that was asked for, and note what disturbed it."""
        if WORKER in os.environ:
            self._test.user_properties.append((BESIDE, os.environ[WORKER]))
        if self._folder is not None:
            answer.save(self._folder / f"{re.sub(r'[^A-Za-z0-9_]+', '-', self._test.nodeid)[-100:].strip('-')}.json")
