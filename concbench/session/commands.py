"""Commands that are compared: what was typed, with every combination of parameters, as a suite."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path

from concbench.model.case import AxisName, CommandLine
from concbench.registry import UnknownName
from concbench.session.errors import WrongSetting
from concbench.suites.suite import Row, Suite, SuiteTable

GROUP = "commands"
WORKERS: AxisName = "workers"
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
MOST_COMBINATIONS = 400


@dataclass(frozen=True, kw_only=True)
class Commands:
    """Commands that were given, and what their parameters stand for."""

    lines: tuple[CommandLine, ...]
    parameters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Their values, by name; each command has those that its text has a place for."""


def comparison_of_commands(given: Commands, workers: int | None = None, reference: str | None = None) -> Suite:
    """A suite of one table, with a row for each command and each combination of the parameters that it names.

    Paths are made absolute, as hosts run in any folder. `workers` is their number where it is the same in all rows;
    where it has several values, it is an axis. Raises WrongSetting for a command or a parameter that can't be, and
    UnknownName for a reference that is not among the commands.
    """
    lines = list(dict.fromkeys(map(_checked, given.lines)))
    for name in given.parameters:
        if not any(f"{{{name}}}" in line.text for line in lines):
            raise WrongSetting("parameter", f"no command has {{{name}}}: {lines[0].text}")
    rows = [row for line in lines for row in _rows(line, given.parameters, workers)]
    if len(rows) > MOST_COMBINATIONS:
        raise WrongSetting("parameter", f"{len(rows):,} combinations are too many: at most {MOST_COMBINATIONS}")
    labels = [row.label for row in rows]
    for label in labels:
        if labels.count(label) > 1:
            raise WrongSetting("command", f"two commands read {label!r}, and differ in nothing that a table shows")
    if reference is not None and reference not in labels:
        raise UnknownName("command in this comparison called", reference, labels)
    table = SuiteTable(
        name=GROUP,
        title="Commands" if len(lines) > 1 else lines[0].text,
        experiment="commands",
        workload="command",
        subjects=tuple(rows),
        reference=reference or labels[0],
    )
    question = "Which of these commands is fastest?" if len(rows) > 1 else f"How long does {lines[0].text} take?"
    return Suite(name="compare-commands", question=question, tables=(table,), named=True)


def takes_workers(line: CommandLine) -> bool:
    """Whether a command has a place for the number of workers."""
    return f"{{{WORKERS}}}" in line.text


def _checked(line: CommandLine) -> CommandLine:
    """A command with absolute paths; raises WrongSetting where it can't be run."""
    try:
        words = shlex.split(line.text)
    except ValueError as error:
        raise WrongSetting("command", f"{line.text!r} can't be split into words: {error}") from None
    if not words:
        raise WrongSetting("command", "it is empty")
    if line.folder is not None and not Path(line.folder).is_dir():
        raise WrongSetting("working_directory", f"there is no folder {line.folder!r}")
    if line.input is not None and not Path(line.input).is_file():
        raise WrongSetting("input", f"there is no file {line.input!r}")
    return replace(
        line,
        input=None if line.input is None else str(Path(line.input).resolve()),
        folder=str(Path(line.folder or ".").resolve()),
    )


def _rows(line: CommandLine, parameters: Mapping[str, Sequence[str]], workers: int | None) -> Iterator[Row]:
    mine = {name: values for name, values in parameters.items() if f"{{{name}}}" in line.text}
    for values in product(*mine.values()):
        chosen = tuple(zip(mine, values, strict=True))
        label = line.text if workers is None else line.text.replace(f"{{{WORKERS}}}", str(workers))
        for name, value in chosen:
            label = label.replace(f"{{{name}}}", value)
        yield Row(line.text, sizes={"command": replace(line, parameters=chosen)}, name=label)


def parameter(text: str) -> tuple[str, tuple[str, ...]]:
    """A parameter as it is typed, `name=a,b,c` or `name=1:8`; raises WrongSetting.

    >>> parameter("level=1,6,9"), parameter("size=1:4")
    (('level', ('1', '6', '9')), ('size', ('1', '2', '3', '4')))
    """
    name, equals, values = text.partition("=")
    if not equals or not values:
        raise WrongSetting("parameter", f"{text!r} is not of the form name=a,b,c or name=1:8")
    return name, values_of(name, _values(values))


def values_of(name: str, values: Iterable[object]) -> tuple[str, ...]:
    """The different values of a parameter, as they stand in a command; raises WrongSetting for a name that can't be."""
    if NAME.fullmatch(name) is None:
        raise WrongSetting("parameter", f"{name!r} is no name: write {{name}} in the command, and name=a,b,c")
    if name == WORKERS:
        raise WrongSetting("parameter", "the number of workers has an option of its own, workers, as in 1:8")
    found = tuple(dict.fromkeys(map(str, values)))
    if not found:
        raise WrongSetting("parameter", f"{name} has no values")
    return found


def merged(found: Iterable[tuple[str, tuple[str, ...]]]) -> dict[str, tuple[str, ...]]:
    """The values of each parameter, in the order given; raises WrongSetting where one is given twice."""
    values: dict[str, tuple[str, ...]] = {}
    for name, its in found:
        if name in values:
            raise WrongSetting("parameter", f"{name} is given twice: list its values, {name}=a,b,c")
        values[name] = its
    return values


def _values(text: str) -> Iterator[str]:
    for part in text.split(","):
        whole = re.fullmatch(r"(\d+):(\d+)", part)
        if whole is not None and int(whole[1]) <= int(whole[2]):
            yield from map(str, range(int(whole[1]), int(whole[2]) + 1))
        else:
            yield part


def variable(text: str) -> tuple[str, str]:
    """A variable of the environment as it is typed, `NAME=value`; raises WrongSetting.

    >>> variable("OMP_NUM_THREADS=1")
    ('OMP_NUM_THREADS', '1')
    """
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise WrongSetting("env", f"{text!r} is not of the form NAME=value")
    return name, value
