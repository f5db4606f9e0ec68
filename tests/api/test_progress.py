"""What is told while a run measures: what is being done, the medians so far, and how long it will take."""

from __future__ import annotations

from dataclasses import replace

import pytest

from concbench.api.progress import heading, lines, progress, row
from concbench.measure.plan import Now
from concbench.model import Failure
from tests.example_run import example_run

CASES = example_run().cases
WIDTH = 30


def now(block: int = 0, left: float = 44.6) -> Now:
    return Now(doing="measuring", case=CASES[0], block=block, blocks=8, left=left)


def test_the_heading_says_what_is_done_with_which_case_and_the_time_left() -> None:
    assert heading(now(block=2)) == "block 3 of 8: measuring short/process; about 45 s left"
    assert heading(replace(now(), case=None)) == "block 1 of 8: measuring; about 45 s left"


def test_a_row_has_the_median_so_far_and_the_current_case_is_marked() -> None:
    assert row(CASES[1], CASES[1], WIDTH).split() == [">", "short/pool-map", "81.0", "ms", "8", "samples"]
    assert row(CASES[1], CASES[0], WIDTH).split()[0] == "short/pool-map"
    assert row(replace(CASES[1], samples=CASES[1].samples[:1]), None, WIDTH).endswith(" 1 sample")


def test_a_case_without_samples_is_only_named() -> None:
    assert row(replace(CASES[0], samples=[]), None, WIDTH).split() == ["short/process"]


def test_a_case_that_failed_says_how() -> None:
    failed = replace(CASES[0], error=Failure(kind="timeout", message="no"))
    assert row(failed, None, WIDTH).split() == ["short/process", "timeout"]


def test_medians_stand_below_each_other() -> None:
    positions = {row(case, None, WIDTH).index(" ms") for case in CASES[:2]}
    assert len(positions) == 1


def test_where_there_is_no_terminal_a_line_is_told_for_every_block(capsys: pytest.CaptureFixture[str]) -> None:
    listen = lines()
    for block in (0, 0, 1, 1, 1):
        listen(now(block))
    out, err = capsys.readouterr()
    assert err.splitlines() == ["block 1 of 8, about 45 s left", "block 2 of 8, about 45 s left"]
    assert out == ""


@pytest.mark.parametrize(("quiet", "verbose", "told"), [(True, False, 0), (False, False, 0), (False, True, 1)])
def test_who_reads_a_file_is_told_only_when_asking_for_it(
    quiet: bool, verbose: bool, told: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with progress(CASES, quiet, verbose) as listen:
        listen(now())
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ("", told)
