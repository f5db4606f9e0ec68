"""Runs the programs here with and without a trace, and checks what holds for every trace."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from secrets import token_hex

import psutil

from concbench.instruments.columns import Tasks, unpack
from concbench.measure.program import Changes, command_of, run, traced
from concbench.model.program import Program, Region

PROGRAMS = Path(__file__).parent.parent / "instruments" / "programs"
MARK = "CONCBENCH_TEST"


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A program that ran."""

    status: int
    out: bytes
    err: bytes
    program: Program | None = None


@contextmanager
def redirected(number: int, path: Path, flags: int) -> Iterator[None]:
    """Let a standard stream be a file meanwhile."""
    kept, file = os.dup(number), os.open(path, flags, 0o600)
    try:
        os.dup2(file, number)
        yield
    finally:
        os.dup2(kept, number)
        os.close(kept)
        os.close(file)


@contextmanager
def streams(folder: Path, stdin: bytes = b"") -> Iterator[tuple[Path, Path]]:
    """Files in place of all three standard streams."""
    (folder / "in").write_bytes(stdin)
    writing = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    with ExitStack() as stack:
        stack.enter_context(redirected(0, folder / "in", os.O_RDONLY))
        stack.enter_context(redirected(1, folder / "out", writing))
        stack.enter_context(redirected(2, folder / "err", writing))
        yield folder / "out", folder / "err"


@contextmanager
def nothing_left() -> Iterator[None]:
    """Neither files of a trace remain, nor processes that the program started."""
    folder, mark = Path(tempfile.mkdtemp(prefix="cbt-", dir="/tmp")), token_hex(8)
    before = tempfile.tempdir
    tempfile.tempdir = str(folder)
    os.environ[MARK] = mark
    try:
        yield
        assert list(folder.iterdir()) == []
        assert [each for each in marked(mark) if not _ends(each)] == []
    finally:
        tempfile.tempdir = before
        del os.environ[MARK]
        shutil.rmtree(folder)


def marked(mark: str) -> list[psutil.Process]:
    """All processes that inherited a mark."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(MARK) == mark:
                found.append(process)
        except psutil.Error:  # it has just ended
            pass
    return found


def _ends(process: psutil.Process) -> bool:
    """Whether a process ends, as resource trackers do soon after the others."""
    try:
        process.wait(10)
    except psutil.TimeoutExpired:
        return False
    except psutil.Error:
        pass
    return True


def plainly(command: Sequence[str], folder: Path, stdin: bytes = b"") -> Ran:
    """Run a command as it is."""
    with streams(folder, stdin) as (out, err):
        ended = run(command, None)
    return Ran(status=ended.status, out=out.read_bytes(), err=err.read_bytes())


def with_trace(
    command: Sequence[str], folder: Path, stdin: bytes = b"", changes: Changes | None = None, items: bool = False
) -> Ran:
    """Run a command with a trace, of which nothing is left."""
    with nothing_left(), streams(folder, stdin) as (out, err):
        found = traced(command, changes, items=items)
    return Ran(status=found.status, out=out.read_bytes(), err=err.read_bytes(), program=found)


def program(name: str, *arguments: str, python: str = sys.executable) -> list[str]:
    """The command of a program here."""
    return command_of([str(PROGRAMS / name), *arguments], module=False, python=python)


def trace(name: str, *arguments: str, folder: Path, items: bool = False, changes: Changes | None = None,
          python: str = sys.executable) -> Program:  # fmt: skip
    """The trace of a program here, which ends well, prints what it prints without a trace, and holds together."""
    command = program(name, *arguments, python=python)
    ran, plain = with_trace(command, folder, items=items, changes=changes), plainly(command, folder)
    assert ran.status == plain.status == 0, ran.err.decode()
    same(ran.out, plain.out)
    same(ran.err, plain.err)
    assert ran.program is not None
    for region in ran.program.regions:
        holds_together(ran.program, region)
    return ran.program


def same(ran: bytes, plain: bytes) -> None:
    """A program has printed with a trace what it prints without one, but for addresses in memory."""
    before, after = (re.sub(rb"\b(0x|started )[0-9a-f]+", b"(address)", each) for each in (plain, ran))
    lines, found = (each.decode(errors="replace").splitlines() for each in (before, after))
    assert after == before, "\n".join(unified_diff(lines, found, "plain", "traced", lineterm=""))


def tasks_of(region: Region) -> Tasks:
    return unpack(region.columns, region.tasks)


def regions_of(found: Program, function: str) -> list[Region]:
    """The regions that a function of the program opened."""
    return [each for each in found.regions if each.function.partition(".")[0] == function]


def region_of(found: Program, function: str) -> Region:
    (region,) = regions_of(found, function)
    return region


def holds_together(found: Program, region: Region) -> None:
    """What is true of every region."""
    tasks = tasks_of(region)
    assert 0 <= region.opened <= region.ready <= region.closed <= found.wall
    assert region.closing is None or region.ready <= region.closing <= region.closed
    ends: dict[int, int] = {}
    for place in range(region.tasks):
        assert 0 <= tasks.submitted[place] <= tasks.begin[place] <= tasks.end[place]
        assert tasks.end[place] * 1e-9 <= region.closed + 1e-6
        assert tasks.received[place] == -1 or tasks.received[place] >= tasks.end[place]
        chunk = tasks.chunk[place]
        assert tasks.begin[place] >= ends.get(chunk, 0)  # the items of a chunk come one after the other
        ends[chunk] = tasks.end[place]
    assert list(tasks.begin) == sorted(tasks.begin)
    assert region.inside is None or found.regions[region.inside].opened <= region.opened
    assert region.items == () or len(region.items) == region.tasks
