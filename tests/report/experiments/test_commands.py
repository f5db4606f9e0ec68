"""A table of commands shows what they take themselves, in as little room as it can."""

from __future__ import annotations

from dataclasses import replace

import pytest

from concbench.analysis.figures import peak_memory
from concbench.model.case import Case, CommandLine, Settings, Workload
from concbench.model.result import Result
from concbench.report.blocks import Paragraph, Table
from concbench.report.document import document
from tests.builders import MIB, result, run, steady, watch


def row(text: str, wall: float, workers: int | None = None) -> Result:
    """A command, with its place along the number of workers if it has one."""
    of = Case(
        group="commands",
        row=text,
        along={} if workers is None else {"workers": workers},
        subject=text,
        experiment="commands",
        workload=Workload(name="command", tasks=1, command=CommandLine(text=text)),
        settings=Settings(workers=workers),
    )
    found = result(of, steady(wall), cpu=0.5, watch=watch())
    return replace(found, samples=tuple(replace(sample, left=0) for sample in found.samples))


def table_of(*rows: Result) -> tuple[str, Table]:
    blocks = list(document(run(rows)))
    text = " ".join(block.text for block in blocks if isinstance(block, Paragraph))
    return text, next(block for block in blocks if isinstance(block, Table))


def test_memory_and_processes_are_those_of_the_command_without_its_host() -> None:
    one, other = row("make", 2.0), row("ninja", 1.0)
    assert peak_memory(one) == (31 - 14) * MIB
    text, table = table_of(one, other)
    assert "Fastest: ninja, 1.00 s: 2.00× faster than make" in text
    cells = dict(zip(table.headers, table.rows[0], strict=True))
    assert cells["PSS"] == "18 MB"
    assert "18 MB of memory" in text
    assert cells["procs"] == "2"
    assert cells["left"] == "0"


@pytest.mark.parametrize(
    ("rows", "header"),
    [
        ([row("make", 2.0), row("ninja", 1.0)], "vs make"),
        ([row("make -j {workers} all", 2.0, workers=1), row("make -j {workers} all", 1.0, workers=2)], "vs workers 1"),
        ([row("a command that is as long as commands often are", 2.0), row("ninja", 1.0)], "vs reference"),
    ],
)
def test_a_long_command_does_not_fill_the_header(rows: list[Result], header: str) -> None:
    _, table = table_of(*rows)
    assert header in table.headers
