"""What is shown while a run measures: what is being done, and how long it will take."""

from __future__ import annotations

import errno
import io
import sys
from dataclasses import replace
from types import ModuleType, SimpleNamespace

import pytest

from concbench.api.progress import heading, in_notebook, progress
from concbench.measure.plan import Now


def now(block: int = 0, left: float = 44.6) -> Now:
    return Now(doing="measuring", case="short/process", block=block, blocks=8, left=left)


def test_the_heading_says_what_is_done_with_which_case_and_the_time_left() -> None:
    assert heading(now(block=2)) == "block 3 of 8, about 45 s left: measuring short/process"
    assert heading(replace(now(), case=None)) == "block 1 of 8, about 45 s left: measuring"


def test_where_there_is_no_terminal_a_line_is_told_for_every_block(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(quiet=False, verbose=True) as listen:
        for block in (0, 0, 1, 1, 1):
            listen(now(block))
    out, err = capsys.readouterr()
    assert err.splitlines() == ["block 1 of 8, about 45 s left", "block 2 of 8, about 45 s left"]
    assert out == ""


@pytest.mark.parametrize(("quiet", "verbose", "lines"), [(True, False, 0), (False, False, 0), (False, True, 1)])
def test_who_reads_a_file_is_told_only_when_asking_for_it(
    quiet: bool, verbose: bool, lines: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with progress(quiet, verbose) as listen:
        listen(now())
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ("", lines)


def test_a_notebook_that_nobody_watches_is_shown_none(monkeypatch: pytest.MonkeyPatch) -> None:
    ipython = ModuleType("IPython")
    vars(ipython)["get_ipython"] = lambda: SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", None)  # fails to be imported
    monkeypatch.setenv("CI", "1")
    assert in_notebook()
    with progress(quiet=False, verbose=False) as listen:
        listen(now())
    monkeypatch.setitem(sys.modules, "IPython", ModuleType("IPython"))  # while it is being imported
    assert not in_notebook()


class Gone(io.StringIO):
    """A terminal whose window was closed after some texts."""

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
    """Also in a user's program, whose stderr is not concbench's."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "dumb" if dumb else "xterm")
    monkeypatch.setattr("sys.stderr", Gone(after))
    monkeypatch.setattr("concbench.api.progress.SHORTEST", 0.0)
    heard = 0
    with progress(quiet=False, verbose=True) as listen:
        for block in range(3):
            listen(now(block))
            heard += 1
    assert heard == 3


def test_a_program_without_stderr_measures_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", None)
    with progress(quiet=False, verbose=True) as listen:
        listen(now())
