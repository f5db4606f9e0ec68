"""What a gate looks at: read from `concbench.toml` or `[tool.concbench]` in `pyproject.toml`, and validated."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from concbench.gate.lines import line_of
from concbench.gate.quantities import Unreadable, count, duration, fraction, items, name, names, size, some_time, text
from concbench.model import Gated
from concbench.registry import UnknownName
from concbench.runs.contents import NoFile, TooLarge, contents
from concbench.stats.gate import FALSE_ALARMS
from concbench.strategies.strategy import strategies
from concbench.suites.function_names import check_function, check_items
from concbench.workloads.functions import FILE
from concbench.workloads.kinds import UnfitFunction, UnfitItems, workloads
from concbench.workloads.named import is_function, kind_called

OWN_FILE, SHARED_FILE = "concbench.toml", "pyproject.toml"
METRICS: tuple[Gated, ...] = ("wall", "cpu", "memory")
MARGINS: dict[Gated, float] = {"wall": 0.05, "cpu": 0.03, "memory": 0.10}
"""Where nobody says: below 5 % of wall time people don't act, and the same machine drifts by as much from hour to hour.
CPU time scatters half as much. Memory is the peak of a few looks, and one more worker that is seen at once is 10 %."""
BUDGET = 12.0
"""Seconds for every case."""
MOST_BYTES = 1024 * 1024
"""Of a configuration."""
START_METHODS = ("fork", "forkserver", "spawn")


class BadConfiguration(Exception):
    """A configuration that can't be gated with; the text names the file, the line, the key, and what to do."""


@dataclass(frozen=True, kw_only=True)
class GateCase:
    """One `[[cases]]`: a workload, and the strategies to run it with."""

    name: str
    workload: str
    strategies: tuple[str, ...]
    sizes: dict[str, Any] = field(default_factory=dict)
    """Fields of `Workload`."""
    own: dict[str, str] = field(default_factory=dict)
    """Of a function: fields of `Workload` that name more of it, which are `items`, `expect` and `init`."""
    settings: dict[str, Any] = field(default_factory=dict)
    """Fields of `Settings`."""
    margins: dict[Gated, float] = field(default_factory=dict)
    """The metrics that are gated, with the change that is none: 0.05 is 5 %."""

    @property
    def files(self) -> list[str]:
        """The files that its functions are in."""
        named = [self.workload, *self.own.values()]
        return [name.partition(f"{FILE}:")[0] + FILE for name in named if f"{FILE}:" in name]


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """What a gate looks at, and how hard. Paths in it begin in its own folder."""

    path: Path
    cases: tuple[GateCase, ...]
    budget: float = BUDGET
    """Seconds for every case and strategy."""
    false_alarms: float = FALSE_ALARMS
    """The chance that a gate over identical code is red."""
    setup: str | None = None

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders of the files that its functions are in."""
        files = [self.at(file) for case in self.cases for file in case.files]
        return tuple(dict.fromkeys(file.parent for file in files))

    def at(self, path: str) -> Path:
        """Return a path of the configuration as an absolute one."""
        return Path(os.path.normpath(self.path.parent.resolve() / path))  # links stay: the other side has its own


def find(folder: Path) -> Path:
    """Return the configuration that belongs to a folder: its own or, going up, the nearest one.

    Raises BadConfiguration where there is none.
    """
    for each in (folder, *folder.parents):
        if (each / OWN_FILE).is_file():
            return each / OWN_FILE
        shared = each / SHARED_FILE
        if shared.is_file() and "concbench" in _tools(_parsed(shared)):
            return shared
    raise BadConfiguration(
        f"nothing says what to gate: there is no {OWN_FILE}, and no [tool.concbench] in a {SHARED_FILE}, in {folder} "
        "or above; begin with\n\n  [[cases]]\n"
        '  name = "squares"\n  workload = "cpu"\n  strategies = ["pool-map"]\n'
    )


def read(path: Path) -> Configuration:
    """Read and validate a configuration; raises BadConfiguration."""
    parsed = _parsed(path)
    prefix: tuple[str, ...] = ()
    if path.name == SHARED_FILE:
        parsed, prefix = _tools(parsed).get("concbench", {}), ("tool", "concbench")
    return _Reader(path, prefix).configuration(parsed)


def _source(path: Path) -> str:
    """Return the text of a configuration; raises BadConfiguration."""
    try:
        return contents(path, MOST_BYTES).decode("utf-8").replace("\r\n", "\n")
    except (NoFile, TooLarge) as error:
        raise BadConfiguration(f"{path} is {error}: name a TOML file") from None
    except (OSError, ValueError) as error:
        raise BadConfiguration(f"{path} can't be read: {error}") from None


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_source(path))
    except tomllib.TOMLDecodeError as error:
        raise BadConfiguration(f"{path} is not TOML: {error}") from None
    except (RecursionError, ValueError):  # what tomllib itself does not expect
        raise BadConfiguration(
            f"{path} can't be read: it is nested too deeply, or a number in it is too long"
        ) from None


def _tools(parsed: dict[str, Any]) -> dict[str, Any]:
    """Return what a pyproject.toml says under [tool]; nothing where that is no table."""
    tools = parsed.get("tool")
    return tools if isinstance(tools, dict) else {}


class _Reader:
    """Reads one file, and knows where in it a key stands."""

    def __init__(self, path: Path, prefix: tuple[str, ...]) -> None:
        self.path = path
        self.prefix = prefix
        self.source = _source(path)

    def configuration(self, table: Any) -> Configuration:
        kinds = {"cases": None, "budget": some_time, "false-alarms": fraction, "setup": text}
        given = self.checked(table, kinds, ())
        cases = given.pop("cases", None)
        if not isinstance(cases, list) or not cases:
            raise self.fault(("cases",), "is missing or empty: a gate needs at least one [[cases]]")
        read_cases = [self.case(case, at) for at, case in enumerate(cases)]
        seen: set[str] = set()
        for at, case in enumerate(read_cases):
            if case.name in seen:
                raise self.fault(("cases", at, "name"), f"is {case.name!r}, as an earlier case's is; give it its own")
            seen.add(case.name)
        fields = {key.replace("-", "_"): value for key, value in given.items()}
        return Configuration(path=self.path, cases=tuple(read_cases), **fields)

    def case(self, table: Any, at: int) -> GateCase:
        kinds = {
            "name": name,
            "workload": text,
            "strategies": names,
            "metrics": names,
            "margin": fraction,
            "margins": None,
            **OWN,
            **SIZES,
            **SETTINGS,
        }
        place: tuple[str | int, ...] = ("cases", at)
        given = self.checked(table, kinds, place)
        for key in ("name", "workload", "strategies"):
            if key not in given:
                raise self.fault((*place, key), "is missing")
        self.known_workload(given["workload"], (*place, "workload"))
        own = self.own(given, place)
        heeded = self.heeded(given["strategies"], (*place, "strategies"))
        for key in SETTINGS:
            if key in given and key.replace("-", "_") not in heeded:
                raise self.fault((*place, key), "means nothing to any of this case's strategies; leave it out")
        if given.get("start-method", START_METHODS[0]) not in START_METHODS:
            raise self.fault((*place, "start-method"), f"is one of {', '.join(START_METHODS)}")
        sizes = {key.replace("-", "_"): given[key] for key in SIZES if key in given}
        if is_function(given["workload"]) and set(sizes) - {"tasks"}:
            key = (set(sizes) - {"tasks"}).pop().replace("_", "-")
            raise self.fault((*place, key), "means nothing to a function: say what it is called with by items")
        return GateCase(
            name=given["name"],
            workload=given["workload"],
            strategies=tuple(dict.fromkeys(given["strategies"])),
            sizes=sizes | ({"tasks": given["items"]} if isinstance(given.get("items"), int) else {}),
            own=own,
            settings={key.replace("-", "_"): given[key] for key in SETTINGS if key in given},
            margins=self.margins(given, place),
        )

    def margins(self, given: dict[str, Any], place: tuple[str | int, ...]) -> dict[Gated, float]:
        """Return the gated metrics with their margins: the metric's own, or the case's, or the usual one."""
        metrics = given.get("metrics", METRICS)
        for metric in metrics:
            if metric not in METRICS:
                raise self.fault((*place, "metrics"), f"names {metric!r}; the metrics are {', '.join(METRICS)}")
        own = self.checked(given.get("margins", {}), dict.fromkeys(METRICS, fraction), (*place, "margins"))
        return {
            metric: own.get(metric, given.get("margin", MARGINS[metric])) for metric in METRICS if metric in metrics
        }

    def known_workload(self, workload: str, place: tuple[str | int, ...]) -> None:
        try:
            kind_called(workload)
        except UnknownName:
            known = ", ".join(workloads.all())
            what = "no package.module:function or file.py:function"
            raise self.fault(place, f"is {workload!r}, which is none of concbench's ({known}) and {what}") from None

    def own(self, given: dict[str, Any], place: tuple[str | int, ...]) -> dict[str, str]:
        """Return what else is named of a function; raises BadConfiguration where a file is not there to be read."""
        here = self.path.absolute().parent
        named = {key: given[key] for key in OWN if isinstance(given.get(key), str)}
        if not is_function(given["workload"]):
            for key in OWN:
                if key in given:
                    raise self.fault((*place, key), "goes with a function: workload = package.module:function")
            return {}
        if "items" in given and "tasks" in given:
            raise self.fault((*place, "tasks"), "has no place beside items: both say how many")
        for key, value in {"workload": given["workload"], **named}.items():
            try:
                (check_items if key == "items" else check_function)(value, here)
            except (UnfitFunction, UnfitItems) as unfit:
                text = str(unfit) if str(unfit).isprintable() else repr(str(unfit))
                raise self.fault((*place, key), f"is wrong: {text}") from None
        return named

    def heeded(self, chosen: list[str], place: tuple[str | int, ...]) -> set[str]:
        found: set[str] = set()
        for each in chosen:
            try:
                found.update(strategies.get(each).settings)
            except UnknownName as error:
                raise self.fault(place, f"is wrong: {error}") from None
        return found

    def checked(self, table: Any, kinds: dict[str, Any], place: tuple[str | int, ...]) -> dict[str, Any]:
        """Return a table's values as what they mean; raises BadConfiguration for a key or a value that is wrong."""
        if not isinstance(table, dict):
            raise self.fault(place, "is a table of keys and values")
        found = {}
        for key, value in table.items():
            if key not in kinds:
                raise self.fault((*place, key), str(UnknownName("key", key, list(kinds))))
            read_as = kinds[key]
            try:
                found[key] = value if read_as is None else read_as(value)
            except Unreadable as error:
                raise self.fault((*place, key), str(error)) from None
            except ValueError:  # from a number of so many digits that Python does not write it out
                raise self.fault((*place, key), "is a number that is far too long") from None
        return found

    def fault(self, place: tuple[str | int, ...], problem: str) -> BadConfiguration:
        line = line_of(self.source, (*self.prefix, *place))
        where = f"{self.path}:{line}" if line else str(self.path)
        return BadConfiguration(f"{where}: {_dotted(place)} {problem}")


OWN = {"items": items, "expect": text, "init": text}
SIZES = {"tasks": count, "task-time": duration, "payload": size, "memory": size}
SETTINGS = {"workers": count, "chunksize": count, "start-method": text, "maxtasksperchild": count, "limit": count}


def _dotted(place: tuple[str | int, ...]) -> str:
    """Return a place as a person writes it.

    >>> _dotted(("cases", 0, "tasks"))
    'cases[0].tasks'
    """
    dotted = ""
    for part in place:
        if isinstance(part, str) and not part.isprintable():
            part = repr(part)
        dotted += f"[{part}]" if isinstance(part, int) else f".{part}" if dotted else part
    return dotted or "the configuration"
