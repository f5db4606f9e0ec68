"""The pytest plugin: a fixture to assert that one way of running a function is N times as fast as another.

pytest imports this module in every session, so it imports what measures only when a test does.
"""

from __future__ import annotations

import functools
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal, ParamSpec

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from concbench.api.answer import Answer
    from concbench.api.calls import Function, Items

P = ParamSpec("P")
MEASURED, BESIDE = "concbench", "concbench-beside"
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
        help="Write the run document of every comparison to this folder, for `concbench show` and `report`.",
    )


@pytest.fixture
def concbench(request: pytest.FixtureRequest) -> Concbench:
    """Measures ways of running a function: `concbench.compare(...)`, and `concbench.assert_speedup(...)`."""
    folder: Path | None = request.config.getoption("--concbench-save")
    if folder is not None:
        folder = request.config.invocation_params.dir / folder
    return Concbench(request.node, folder)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was measured, and once whether other tests disturbed it."""
    reports = [
        report
        for found in terminalreporter.stats.values()
        for report in found
        if isinstance(report, pytest.TestReport) and report.when == "call"
    ]
    measured = [(each.nodeid, text) for each in reports for name, text in each.user_properties if name == MEASURED]
    disturbed = any(name == BESIDE for report in reports for name, _ in report.user_properties)
    if measured or disturbed:
        terminalreporter.section("concbench")
    for test, text in measured:
        terminalreporter.line(f"{test}: {text}")
    if disturbed:
        terminalreporter.line(f"Warning: {DISTURBED}", yellow=True)


class Concbench:
    """The value of the fixture."""

    def __init__(self, test: pytest.Item, folder: Path | None) -> None:
        from concbench.api.calls import compare

        self._test, self._folder = test, folder
        self.compare = self._keeping(compare)
        """As `concbench.compare`."""

    def _keeping(self, ask: Callable[P, Answer]) -> Callable[P, Answer]:
        @functools.wraps(ask)
        def kept(*arguments: P.args, **options: P.kwargs) -> Answer:
            answer = ask(*arguments, **options)
            self._keep(answer)
            return answer

        return kept

    def assert_speedup(
        self,
        function: Function,
        items: Items,
        strategy: str,
        *,
        over: str = "serial",
        at_least: float = 1.5,
        undecided: Literal["fail", "skip"] = "fail",
        expect: Function | None = None,
        init: Function | None = None,
        init_per: Literal["worker", "process"] | None = None,
        workers: int | None = None,
        chunksize: int | None = None,
        start_method: str | None = None,
        maxtasksperchild: int | None = None,
        limit: int | None = None,
        inner_threads: int | None = None,
        budget: float = 10.0,
        rounds: int | None = None,
        timeout: float = 60.0,
        seed: int | None = None,
        quick: bool = False,
        progress: bool | None = None,
    ) -> Answer:
        """Assert that a strategy runs a function over its items at least N times as fast as another one.

        Both are measured side by side until the answer is certain either way, or the budget is used up.

        Args:
            function: As for `concbench.compare`; likewise items and all arguments that are not explained here.
            items: What the function is called with.
            strategy: Such as `pool-map` or `threadpool-map`.
            over: The strategy that it is compared with.
            at_least: N, a number above 0.
            undecided: What the test does if the budget is used up without an answer: `fail`, or `skip`.
            budget: About how many seconds; at least six blocks are measured.

        Returns:
            The answer if the assertion holds, with an error rate of 2.5 % over all looks together.

        Raises:
            AssertionError: It does not hold, or is undecided; says what was measured, and how much longer it would
                take.
            NotMeasured: One of the two could not be measured. Others as `concbench.compare`.
        """
        __tracebackhide__ = True
        from concbench.api.errors import NotMeasured
        from concbench.api.measurement import Subject
        from concbench.api.speedup import measured_speedup
        from concbench.session.options import Given

        subject = Subject(function=function, items=items, expect=expect, init=init, init_per=init_per)
        given = Given(
            workers=workers,
            chunksize=chunksize,
            start_method=start_method,
            maxtasksperchild=maxtasksperchild,
            limit=limit,
            inner_threads=inner_threads,
            budget=budget,
            rounds=rounds,
            timeout=timeout,
            seed=seed,
            quick=quick,
        )
        found = measured_speedup(subject, strategy, given, over=over, at_least=at_least, progress=progress)
        self._test.user_properties.append((MEASURED, found.sentence))
        self._keep(found.answer)
        if found.failed:
            raise NotMeasured(found.sentence)
        if found.finding == "undecided" and undecided == "skip":
            pytest.skip(found.sentence)
        if found.finding != "reached":
            beside = f"\n\nWarning: {DISTURBED}" if WORKER in os.environ else ""
            raise AssertionError(f"{found.sentence}\n\n{found.answer}{beside}")
        return found.answer

    def _keep(self, answer: Answer) -> None:
        """Save an answer if asked for, and note what disturbed it."""
        if WORKER in os.environ:
            self._test.user_properties.append((BESIDE, os.environ[WORKER]))
        if self._folder is not None:
            answer.save(self._folder / f"{re.sub(r'[^A-Za-z0-9_]+', '-', self._test.nodeid)[-100:].strip('-')}.json")
