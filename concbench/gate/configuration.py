"""What a gate measures: read from `concbench.toml` or `[tool.concbench]` in `pyproject.toml`, and validated."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec

from concbench.analysis.figures import SHARES
from concbench.experiments.experiment import experiments
from concbench.measure.benchmarks import Selection
from concbench.model.case import CommandLine, InitPer, Settings, Workload
from concbench.model.run import Gated
from concbench.registry import UnknownName
from concbench.runs.contents import NoFile, TooLarge, contents
from concbench.runs.text import printable
from concbench.session.commands import Commands, comparison_of_commands, parameter
from concbench.session.errors import WrongSetting
from concbench.session.function_names import check_function, check_items
from concbench.session.options import AXES, OPTIONS, modules_of
from concbench.session.quantities import Choice, Count, Duration, Share, Size, Unreadable
from concbench.stats.sequential import FALSE_ALARMS
from concbench.strategies.strategy import strategy_called
from concbench.suites.suite import Row
from concbench.workloads.functions import FILE
from concbench.workloads.workload import UnfitFunction, UnfitItems, is_function, kind_called, workloads

OWN_FILE, SHARED_FILE = "concbench.toml", "pyproject.toml"
METRICS: tuple[Gated, ...] = ("wall", "cpu", "memory")
COMMAND_METRICS: tuple[Gated, ...] = (*METRICS, *SHARES)
"""Of a command, whose tasks are recorded where one of the shares is asked for."""
MARGINS: dict[Gated, float] = {"wall": 0.05, "cpu": 0.03, "memory": 0.10, "utilisation": 0.05, "dispatch": 0.05}
"""By default. Few people act on less than 5 % of wall time, by which one machine drifts from hour to hour. CPU time
scatters half as much. Memory is the peak of a few sweeps, and one more worker seen at the same time makes 10 %.
Margins of shares are differences, and five points of utilisation take about as long as 5 % of wall time."""
USUAL: dict[Gated, float] = {metric: MARGINS[metric] for metric in METRICS}
"""What is gated where nothing is said, each with its margin."""
BUDGET = 12.0
"""Seconds for every case;"""
BENCHMARK_BUDGET = 6.0
"""and for every benchmark of a suite: five minutes for fifty."""
MOST_BYTES = 1024 * 1024
"""Of a configuration."""
LONGEST_NAME = 100
"""Letters: a name has to fit into a row."""
SIZES = [name for name in AXES if name in {each.name for each in fields(Workload)}]
SETTINGS = [each.name for each in fields(Settings) if each.name in OPTIONS]
"""Options that a case can have: fields of `Workload`, and of `Settings`. Their keys have - in place of _."""


class BadConfiguration(Exception):
    """A configuration is invalid; the text names the file, the key, and what to do."""


class NoConfiguration(BadConfiguration):
    """There is none; the text says what to write."""


@dataclass(frozen=True, kw_only=True)
class GateCase:
    """One `[[cases]]`: a workload, and the strategies to run it with; or a command."""

    name: str
    workload: str
    strategies: tuple[str, ...]
    commands: tuple[tuple[str, CommandLine], ...] = ()
    """Of a command, in place of strategies: what each row is called, and what it runs."""
    sizes: dict[str, Any] = field(default_factory=dict)
    """Fields of `Workload`."""
    own: dict[str, str] = field(default_factory=dict)
    """Of a function: the fields `items`, `expect`, `init` and `init_per` of `Workload`."""
    settings: dict[str, Any] = field(default_factory=dict)
    """Fields of `Settings`."""
    margins: dict[Gated, float] = field(default_factory=dict)
    """The metrics that are gated, each with the change that does not count: 0.05 is 5 %."""

    @property
    def files(self) -> list[str]:
        """The files of its functions and strategies."""
        named = [self.workload, *self.own.values(), *self.strategies]
        return [name.partition(f"{FILE}:")[0] + FILE for name in named if f"{FILE}:" in name]


@dataclass(frozen=True, kw_only=True)
class GateBenchmarks:
    """The table `[pytest]`: a suite of pytest-benchmark, and how hard its benchmarks are measured."""

    selection: Selection
    budget: float = BENCHMARK_BUDGET
    """Seconds for every benchmark."""
    margins: dict[Gated, float] = field(default_factory=lambda: dict(USUAL))
    """The metrics that are gated, each with the change that does not count."""


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """What a gate measures, and how hard. Paths in it are relative to its folder."""

    path: Path
    cases: tuple[GateCase, ...]
    budget: float = BUDGET
    """Seconds for every case and strategy."""
    false_alarms: float = FALSE_ALARMS
    """The chance that a gate over identical code is red."""
    setup: str | None = None
    suite: GateBenchmarks | None = None
    """What is checked instead of cases."""

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders of the files of its functions and strategies."""
        files = [self.at(file) for case in self.cases for file in case.files]
        return tuple(dict.fromkeys(file.parent for file in files))

    def at(self, path: str) -> Path:
        """A path of the configuration as an absolute one."""
        return Path(os.path.normpath(self.path.parent.resolve() / path))  # links stay: the other side has its own


def find(folder: Path) -> Path:
    """The nearest configuration: of a folder, or of one above it.

    Raises NoConfiguration where there is none, and BadConfiguration where one can't be read.
    """
    for each in (folder, *folder.parents):
        if (each / OWN_FILE).is_file():
            return each / OWN_FILE
        shared = each / SHARED_FILE
        if shared.is_file() and "concbench" in _tools(_parsed(shared)):
            return shared
    raise NoConfiguration(
        f"there is nothing to check: no {OWN_FILE}, and no [tool.concbench] in a {SHARED_FILE}, in {folder} or above; "
        "name a suite of pytest-benchmark (--pytest benchmarks/), or begin with\n\n"
        '  [[cases]]\n  name = "squares"\n  workload = "cpu"\n  strategies = ["pool-map"]\n'
    )


def read(path: Path) -> Configuration:
    """Read and validate a configuration; raises BadConfiguration."""
    parsed = _parsed(path)
    table = _tools(parsed).get("concbench", {}) if path.name == SHARED_FILE else parsed
    try:
        return _configuration(path, table)
    except _Wrong as error:
        raise BadConfiguration(printable(f"{path}: {error}")) from None


def _parsed(path: Path) -> dict[str, Any]:
    try:
        text = contents(path, MOST_BYTES).decode("utf-8").replace("\r\n", "\n")
    except (NoFile, TooLarge) as error:
        raise BadConfiguration(f"{path} is {error}: name a TOML file") from None
    except (OSError, ValueError) as error:
        raise BadConfiguration(f"{path} can't be read: {error}") from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadConfiguration(f"{path} is not TOML: {error}") from None
    except (RecursionError, ValueError):  # what tomllib itself does not expect
        raise BadConfiguration(
            f"{path} can't be read: it is nested too deeply, or a number in it is too long"
        ) from None


def _tools(parsed: dict[str, Any]) -> dict[str, Any]:
    tools = parsed.get("tool")
    return tools if isinstance(tools, dict) else {}


# What a file may hold. Quantities are of any type here, as the table of options reads them.

Text = Annotated[str, msgspec.Meta(min_length=1)]
Texts = Annotated[list[Text], msgspec.Meta(min_length=1)]


class _GateTable(msgspec.Struct, rename="kebab"):
    cases: list[Any] = msgspec.field(default_factory=list)
    budget: Any = None
    false_alarms: Any = FALSE_ALARMS
    setup: Text | None = None
    pytest: Any = None


class _PytestTable(msgspec.Struct):
    paths: Texts = msgspec.field(default_factory=list)
    keyword: Text | None = None
    marks: Text | None = None
    metrics: Texts = msgspec.field(default_factory=lambda: [*METRICS])
    margin: Any = None
    margins: Any = msgspec.field(default_factory=dict)


class _CaseTable(msgspec.Struct, rename="kebab"):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_NAME)]
    workload: Text
    strategies: Texts
    items: int | Text | None = None
    expect: Text | None = None
    init: Text | None = None
    init_per: InitPer | None = None
    metrics: Texts = msgspec.field(default_factory=lambda: [*METRICS])
    margin: Any = None
    margins: Any = msgspec.field(default_factory=dict)


class _CommandTable(msgspec.Struct, rename="kebab"):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_NAME)]
    command: Text
    parameters: dict[str, list[str | int | float] | str | int | float] = msgspec.field(default_factory=dict)
    workers: Any = None
    setup: Text | None = None
    prepare: Text | None = None
    cleanup: Text | None = None
    shell: bool = False
    input: Text | None = None
    ignore_failure: bool = False
    working_directory: Text | None = None
    env: dict[str, str | int | float] = msgspec.field(default_factory=dict)
    metrics: Texts = msgspec.field(default_factory=lambda: [*METRICS])
    margin: Any = None
    margins: Any = msgspec.field(default_factory=dict)


class _MarginsTable(msgspec.Struct):
    wall: Any = None
    cpu: Any = None
    memory: Any = None


class _CommandMarginsTable(_MarginsTable):
    utilisation: Any = None
    dispatch: Any = None


class _Wrong(Exception):
    """A key or a value is wrong."""

    def __init__(self, place: str, problem: object) -> None:
        super().__init__(f"{place}: {problem}" if place else str(problem))


T = TypeVar("T", bound=msgspec.Struct)


def _converted(table: object, type_: type[T], place: str, more: list[str] | None = None) -> T:
    """Check the keys of a table, of which it may have `more`, and the types of its values."""
    if not isinstance(table, dict):
        raise _Wrong(place, "this must be a table of keys and values")
    known = [each.encode_name for each in msgspec.structs.fields(type_)] + [_key(name) for name in more or ()]
    for key in table:
        if key not in known:
            raise _Wrong(place, UnknownName("key", key, known))
    try:
        return msgspec.convert(table, type_)
    except msgspec.ValidationError as error:
        problem, _, where = str(error).partition(" - at `$")
        place = f"{place}{where.rstrip('`')}".lstrip(".")
        raise _Wrong(place, problem.removeprefix("Object ").replace("Expected", "expected")) from None


def _quantity(kind: Any, value: object, place: str) -> Any:
    if kind is bool:
        if not isinstance(value, bool):
            raise _Wrong(place, f"{value!r} is neither true nor false")
        return value
    if kind is str:
        return _modules(value, place)
    assert isinstance(kind, Count | Duration | Size | Share | Choice)
    try:
        return kind.read(value)
    except Unreadable as error:
        raise _Wrong(place, error) from None


def _modules(value: object, place: str) -> tuple[str, ...]:
    """Names of modules: in one text, or as a list."""
    try:
        return modules_of(msgspec.convert(value, str | list[str]))
    except msgspec.ValidationError:
        raise _Wrong(place, f'{value!r} is no list of modules: write ["numpy"]') from None
    except WrongSetting as wrong:
        raise _Wrong(place, wrong.problem) from None


def _key(name: str) -> str:
    return name.replace("_", "-")


def _configuration(path: Path, table: object) -> Configuration:
    if isinstance(table, dict) and not ((isinstance(table.get("cases"), list) and table["cases"]) or "pytest" in table):
        raise _Wrong("cases", "a gate needs at least one table [[cases]], or a table [pytest]")
    found = _converted(table, _GateTable, "")
    cases = [_case(path, case, f"cases[{at}]") for at, case in enumerate(found.cases)]
    for at, case in enumerate(cases):
        if case.name in {each.name for each in cases[:at]}:
            raise _Wrong(f"cases[{at}].name", f"{case.name!r} is the name of an earlier case: choose another")
    budget = None if found.budget is None else _quantity(OPTIONS["budget"].kind, found.budget, "budget")
    return Configuration(
        path=path,
        cases=tuple(cases),
        budget=budget or BUDGET,
        false_alarms=_quantity(Share(), found.false_alarms, "false-alarms"),
        setup=found.setup,
        suite=None if found.pytest is None else _suite(found.pytest, budget),
    )


def _suite(table: object, budget: float | None) -> GateBenchmarks:
    suite = _converted(table, _PytestTable, "pytest")
    return GateBenchmarks(
        selection=Selection(paths=tuple(suite.paths), keyword=suite.keyword, marks=suite.marks),
        budget=budget or BENCHMARK_BUDGET,
        margins=_margins(suite, "pytest"),
    )


def _case(path: Path, table: object, place: str) -> GateCase:
    if isinstance(table, dict) and "command" in table:
        return _command(path, table, place)
    case = _converted(table, _CaseTable, place, [*SIZES, *SETTINGS])
    assert isinstance(table, dict)
    _check_name(case.name, place)
    sizes, settings = (
        {
            name: _quantity(OPTIONS[name].kind, table[_key(name)], f"{place}.{_key(name)}")
            for name in names
            if _key(name) in table
        }
        for names in (SIZES, SETTINGS)
    )
    _check_workload(case, sizes, place)
    accepted = _accepted_settings(case, str(path.absolute().parent), place)
    for name in settings:
        if name not in accepted:
            raise _Wrong(f"{place}.{_key(name)}", "no strategy of this case uses it: remove it")
    own = _functions(path, case, place)
    if isinstance(case.items, int):
        sizes["tasks"] = _quantity(OPTIONS["tasks"].kind, case.items, f"{place}.items")
    return GateCase(
        name=case.name,
        workload=case.workload,
        strategies=tuple(dict.fromkeys(case.strategies)),
        sizes=sizes,
        own=own,
        settings=settings,
        margins=_margins(case, place),
    )


def _check_name(name: str, place: str) -> None:
    if not name.isprintable() or not name.strip() or "/" in name:
        raise _Wrong(f"{place}.name", f"{name!r} is not a name: write one line without /")


def _command(path: Path, table: dict[str, Any], place: str) -> GateCase:
    """A case that runs a command, with a row for each combination of its parameters."""
    for key in ("workload", "strategies"):
        if key in table:
            raise _Wrong(f"{place}.{key}", "a command has none: remove it, or make a case of its own of it")
    case = _converted(table, _CommandTable, place)
    _check_name(case.name, place)
    here = path.absolute().parent
    if case.working_directory is not None and not (here / case.working_directory).is_dir():
        raise _Wrong(f"{place}.working-directory", f"there is no folder {case.working_directory}")
    if case.input is not None and not (here / case.input).is_file():
        raise _Wrong(f"{place}.input", f"there is no file {case.input}")
    workers = None if case.workers is None else _quantity(OPTIONS["workers"].kind, case.workers, f"{place}.workers")
    if workers is not None and "{workers}" not in case.command:
        raise _Wrong(f"{place}.workers", "the command has no {workers}: remove it")
    line = CommandLine(
        text=case.command,
        shell=case.shell,
        setup=case.setup,
        prepare=case.prepare,
        cleanup=case.cleanup,
        ignore_failure=case.ignore_failure,
        environment=tuple((name, str(value)) for name, value in case.env.items()),
    )
    try:
        parameters = dict(parameter(f"{name}={_listed(values)}") for name, values in case.parameters.items())
        compared = comparison_of_commands(Commands(lines=(line,), parameters=parameters), workers)
    except WrongSetting as wrong:
        key = {"parameter": "parameters"}.get(wrong.setting, wrong.setting)
        raise _Wrong(f"{place}.{key}", wrong.problem) from None
    rows = [row for table_ in compared.tables for row in table_.subjects if isinstance(row, Row)]
    return GateCase(
        name=case.name,
        workload="command",
        strategies=(),
        commands=tuple(
            (row.label, replace(row.sizes["command"], folder=case.working_directory, input=case.input)) for row in rows
        ),
        settings={} if workers is None else {"workers": workers},
        margins=_margins(case, place),
    )


def _listed(values: list[str | int | float] | str | int | float) -> str:
    """The values of a parameter as they are typed on the command line."""
    return ",".join(map(str, values)) if isinstance(values, list) else str(values)


def _margins(case: _CaseTable | _CommandTable | _PytestTable, place: str) -> dict[Gated, float]:
    """The metrics that are gated, each with its margin."""
    of_command = isinstance(case, _CommandTable)
    known = COMMAND_METRICS if of_command else METRICS
    for metric in case.metrics:
        if metric in SHARES and not of_command:
            raise _Wrong(f"{place}.metrics", f"{metric!r} is of a command, which is traced for it: remove it")
        _quantity(Choice(known), metric, f"{place}.metrics")
    margins = _converted(case.margins, _CommandMarginsTable if of_command else _MarginsTable, f"{place}.margins")
    for metric in known:
        if metric not in case.metrics and getattr(margins, metric) is not None:
            raise _Wrong(f"{place}.margins.{metric}", "it is not gated: add it to metrics, or remove its margin")
    return {
        metric: _margin(case, getattr(margins, metric), metric, place) for metric in known if metric in case.metrics
    }


def _margin(case: _CaseTable | _CommandTable | _PytestTable, own: object, metric: Gated, place: str) -> float:
    """The metric's own margin, or the case's, or the usual one."""
    where = f"{place}.margin" if own is None else f"{place}.margins.{metric}"
    usual = MARGINS[metric] if case.margin is None else case.margin
    return float(_quantity(Share(), usual if own is None else own, where))


def _check_workload(case: _CaseTable, sizes: dict[str, Any], place: str) -> None:
    try:
        kind_called(case.workload)
    except UnknownName:
        known = ", ".join(workloads.all())
        raise _Wrong(
            f"{place}.workload",
            f"{case.workload!r} is neither a workload ({known}) nor package.module:function or file.py:function",
        ) from None
    if not is_function(case.workload):
        for key in ("items", "expect", "init", "init_per"):
            if getattr(case, key) is not None:
                raise _Wrong(f"{place}.{_key(key)}", "it needs a function: workload = package.module:function")
    elif set(sizes) - {"tasks"}:
        key = _key((set(sizes) - {"tasks"}).pop())
        raise _Wrong(f"{place}.{key}", "a function has no sizes: say what it is called with in items")
    elif case.items is not None and "tasks" in sizes:
        raise _Wrong(f"{place}.tasks", "items already says how many: remove one of them")


def _accepted_settings(case: _CaseTable, folder: str, place: str) -> set[str]:
    try:
        called = [strategy_called(each, folder).name for each in case.strategies]
    except UnknownName as error:
        raise _Wrong(f"{place}.strategies", error) from None
    return {name for each in called for name in experiments.get("tasks").settings_of(each)}


def _functions(path: Path, case: _CaseTable, place: str) -> dict[str, str]:
    """What else is named of a function, once it is known to be there."""
    if not is_function(case.workload):
        return {}
    if isinstance(case.items, str) and case.items.strip().isdecimal():
        raise _Wrong(
            f"{place}.items", f"{case.items!r}: write a number without quotes, a JSON-lines file, or a function"
        )
    own = {key: value for key in ("items", "expect", "init") if isinstance(value := getattr(case, key), str)}
    for key, value in {"workload": case.workload, **own}.items():
        try:
            (check_items if key == "items" else check_function)(value, path.absolute().parent)
        except (UnfitFunction, UnfitItems) as unfit:
            raise _Wrong(f"{place}.{key}", unfit) from None
    if case.init_per is None:
        return own
    if case.init is None:
        raise _Wrong(f"{place}.init-per", "it needs init, a function that each worker calls")
    return {**own, "init_per": case.init_per}
