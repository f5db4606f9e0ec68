"""Commands that are compared: what was typed, with every combination of parameters, as a suite."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

from concbench.model.case import CommandLine
from concbench.registry import UnknownName
from concbench.session.errors import WrongSetting
from concbench.suites.suite import Row, Suite, SuiteTable

GROUP = "commands"
WORKERS = "workers"
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
MOST_COMBINATIONS = 400


def comparison_of_commands(
    texts: Sequence[str],
    parameters: Mapping[str, Sequence[str]],
    around: CommandLine,
    workers: int | None = None,
    reference: str | None = None,
) -> Suite:
    """A suite of one table, with a row for each command and each combination of the parameters that it names.

    `around` is what all commands have in common; its paths are made absolute, as hosts run in any folder. `workers` is
    their number where it is the same in all rows; where it has several values, it is an axis. Raises
    WrongSetting for a command or a parameter that can't be, and UnknownName for a reference that is not among the
    commands.
    """
    for text in texts:
        _check(text, around)
    around = replace(
        around,
        input=None if around.input is None else str(Path(around.input).resolve()),
        folder=str(Path(around.folder or ".").resolve()),
    )
    for name in parameters:
        if not any(f"{{{name}}}" in text for text in texts):
            raise WrongSetting("parameter", f"no command has {{{name}}}: {texts[0]}")
    rows = [row for text in dict.fromkeys(texts) for row in _rows(text, parameters, around, workers)]
    if len(rows) > MOST_COMBINATIONS:
        raise WrongSetting("parameter", f"{len(rows):,} combinations are too many: at most {MOST_COMBINATIONS}")
    labels = [row.label for row in rows]
    if reference is not None and reference not in labels:
        raise UnknownName("command in this comparison called", reference, labels)
    table = SuiteTable(
        name=GROUP,
        title="Commands" if len(texts) > 1 else texts[0],
        experiment="commands",
        workload="command",
        subjects=tuple(rows),
        reference=reference or labels[0],
    )
    question = "Which of these commands is fastest?" if len(rows) > 1 else f"How long does {texts[0]} take?"
    return Suite(name="compare-commands", question=question, tables=(table,), named=True)


def _check(text: str, around: CommandLine) -> None:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise WrongSetting("command", f"{text!r} can't be split into words: {error}") from None
    if not words:
        raise WrongSetting("command", "it is empty")
    if around.folder is not None and not Path(around.folder).is_dir():
        raise WrongSetting("working_directory", f"there is no folder {around.folder!r}")
    if around.input is not None and not Path(around.input).is_file():
        raise WrongSetting("input", f"there is no file {around.input!r}")


def _rows(
    text: str, parameters: Mapping[str, Sequence[str]], around: CommandLine, workers: int | None
) -> Iterator[Row]:
    mine = {name: values for name, values in parameters.items() if f"{{{name}}}" in text}
    for values in product(*mine.values()):
        chosen = tuple(zip(mine, values, strict=True))
        label = text if workers is None else text.replace(f"{{{WORKERS}}}", str(workers))
        for name, value in chosen:
            label = label.replace(f"{{{name}}}", value)
        yield Row(text, sizes={"command": replace(around, text=text, parameters=chosen)}, name=label)


def parameter(text: str) -> tuple[str, tuple[str, ...]]:
    """A parameter as it is typed, `name=a,b,c` or `name=1:8`; raises WrongSetting.

    >>> parameter("level=1,6,9"), parameter("size=1:4")
    (('level', ('1', '6', '9')), ('size', ('1', '2', '3', '4')))
    """
    name, equals, values = text.partition("=")
    if not equals or NAME.fullmatch(name) is None or not values:
        raise WrongSetting("parameter", f"{text!r} is not of the form name=a,b,c or name=1:8")
    if name == WORKERS:
        raise WrongSetting("parameter", "the number of workers has an option of its own: --workers 1:8")
    return name, tuple(dict.fromkeys(_values(values)))


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
