"""A run as a data frame of pandas or polars: a row for each case, or for each sample."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal

from concbench.analysis.figures import cpu_seconds, peak_memory
from concbench.model.result import Result
from concbench.model.run import Comparison, Run

Library = Literal["pandas", "polars"]
LIBRARIES: tuple[Library, ...] = ("pandas", "polars")
"""Those that are tried, in this order, where none is named."""

Row = dict[str, Any]
Schema = Mapping[str, type]

ABOUT: Schema = {
    "table": str,
    "case": str,
    "subject": str,
    "workload": str,
    "tasks": int,
    "task_time": float,
    "payload": int,
    "workers": int,
    "chunksize": int,
    "limit": int,
    "maxtasksperchild": int,
    "buffersize": int,
    "inner_threads": int,
    "start_method": str,
    "python": str,
}
"""What a case is. Settings that were left to the subject, or that it does not have, are missing."""
OF_CASES: Schema = {
    **ABOUT,
    "seconds": float,
    "low": float,
    "high": float,
    "samples": int,
    "ideal": float,
    "cpu": float,
    "peak_memory": int,
    "speedup": float,
    "speedup_low": float,
    "speedup_high": float,
    "verdict": str,
    "failure": str,
}
"""The median with its interval, what it cost, and how it compares with the reference of its table."""
OF_SAMPLES: Schema = {
    **ABOUT,
    "block": int,
    "round": int,
    "start": float,
    "run": float,
    "stop": float,
    "wall": float,
    "cpu": float,
    "each": float,
    "each_p99": float,
    "stream": float,
    "lost": int,
    "left": int,
}
"""The fields of a sample."""


class NoLibrary(ImportError):
    """No library that makes data frames is installed."""


def dataframe(run: Run, library: Library | None, samples: bool) -> Any:
    """The cases of a run, or all of their samples, as a data frame.

    Raises NoLibrary; ValueError for another library.
    """
    made_by = _installed(library)
    if samples:
        rows = [{**_about(result, run), **_sample(sample)} for result in run.results for sample in result.samples]
        return _frame(made_by, rows, OF_SAMPLES)
    return _frame(made_by, [_case(result, run) for result in run.results], OF_CASES)


def _installed(library: Library | None) -> Library:
    if library is not None and library not in LIBRARIES:
        raise ValueError(f"a data frame is made by {' or '.join(LIBRARIES)}, not by {library!r}")
    wanted: Iterable[Library] = LIBRARIES if library is None else (library,)
    for name in wanted:
        if find_spec(name) is not None:
            return name
    needed = " or ".join(wanted)
    raise NoLibrary(f"a data frame needs {needed}: pip install {needed.replace(' or ', ', or pip install ')}")


def _frame(library: Library, rows: Sequence[Row], schema: Schema) -> Any:
    """The rows as a frame, whose columns have the same types whatever is missing."""
    module: Any = import_module(library)
    columns = {name: [row.get(name) for row in rows] for name in schema}
    if library == "polars":
        types = {str: module.String, int: module.Int64, float: module.Float64}
        return module.DataFrame(columns, schema={name: types[kind] for name, kind in schema.items()})
    dtypes = {int: "Int64", float: "float64", str: "object"}  # Int64: integers of which some are missing
    return module.DataFrame(
        {name: module.Series(columns[name], dtype=dtypes[kind]) for name, kind in schema.items()},
        columns=list(schema),
    )


def _about(result: Result, run: Run) -> Row:
    case = result.case
    known = {
        "table": case.table,
        "case": case.label,
        "subject": case.subject,
        "workload": case.workload.name,
        "python": _python_of(result, run),
    }
    known |= {name: getattr(case.workload, name) for name in ("tasks", "task_time", "payload")}
    settings = ("workers", "chunksize", "limit", "maxtasksperchild", "buffersize", "inner_threads", "start_method")
    return known | {name: getattr(case.settings, name) for name in settings}


def _python_of(result: Result, run: Run) -> str:
    """The version of the interpreter that a case ran under."""
    sides = (side.python for side in run.sides if side.name == result.case.side)
    return next(sides, run.environment.python)


def _case(result: Result, run: Run) -> Row:
    row = {
        **_about(result, run),
        "samples": len(result.samples),
        "ideal": result.ideal,
        "cpu": cpu_seconds(result),
        "peak_memory": peak_memory(result),
        "failure": None if result.failure is None else result.failure.message,
    }
    if result.median is not None:
        row |= {"seconds": result.median.estimate, "low": result.median.low, "high": result.median.high}
    return row | _beside(result, run)


def _beside(result: Result, run: Run) -> Row:
    """How many times as fast a case is as the reference of its table; 1 for the reference itself."""
    reference = next((table.reference for table in run.tables if table.name == result.case.table), None)
    if result.case.id == reference and result.median is not None:
        return {"speedup": 1.0}
    pair = result.case.id, reference
    found: Iterable[Comparison] = (each for each in run.comparisons if (each.case, each.reference) == pair)
    for comparison in found:
        ratio = comparison.ratio
        return {
            "speedup": 1 / ratio.estimate,
            "speedup_low": None if ratio.high is None else 1 / ratio.high,
            "speedup_high": None if ratio.low is None else 1 / ratio.low,
            "verdict": comparison.verdict,
        }
    return {}


def _sample(sample: object) -> Row:
    return {name: getattr(sample, name) for name in OF_SAMPLES if name not in ABOUT}
