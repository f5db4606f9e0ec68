"""What is told while a run measures: what is being done, the medians so far, and how long it will take."""

from __future__ import annotations

import errno
import io
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


class Gone(io.StringIO):
    """A terminal whose window was closed after so many texts."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.left = after

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.left -= 1
        if self.left < 0:
            raise OSError(errno.EIO, "Input/output error")
        return super().write(text)

    def flush(self) -> None:
        if self.left < 0:
            raise OSError(errno.EIO, "Input/output error")


@pytest.mark.parametrize("after", range(4))
@pytest.mark.parametrize("dumb", [True, False])
def test_a_display_that_is_gone_ends_no_measuring(dumb: bool, after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a program of a person's own, too, whose stderr is not concbench's."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "dumb" if dumb else "xterm")
    monkeypatch.setattr("sys.stderr", Gone(after))
    monkeypatch.setattr("concbench.api.progress.SHORTEST", 0.0)
    heard = 0
    with progress(CASES, quiet=False, verbose=True) as listen:
        for block in range(3):
            listen(now(block))
            heard += 1
    assert heard == 3


def test_a_program_without_stderr_measures_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", None)
    with progress(CASES, quiet=False, verbose=True) as listen:
        listen(now())
