"""Run documents of schema 1, in which a case held its own result and tables were called parts."""

from __future__ import annotations

from typing import Any

RESULT = ("samples", "watch", "trace", "ideal", "median", "hosts", "peaks")
"""Fields of a case of schema 1 that belong to the result."""
CASE = ("subject", "experiment", "workload", "settings")


def migrated(document: Any) -> Any:
    """A document of schema 1 as one of schema 2. What it lacks stays missing, for the validation to find.

    >>> migrated({"schema": 1, "parts": [], "cases": [{"id": "cpu/thread head", "part": "cpu", "side": "head"}]})
    {'schema': 2, 'tables': [], 'results': [{'case': {'group': 'cpu', 'row': 'thread', 'side': 'head'}}]}
    """
    if not isinstance(document, dict):
        return document
    kept = {name: value for name, value in document.items() if name not in ("schema", "parts", "cases", "scalings")}
    found: dict[str, Any] = {"schema": 2, **kept}
    if "parts" in document:
        found["tables"] = document["parts"]
    if "cases" in document:
        found["results"] = _migrated_each(document["cases"], _result_of)
    if "scalings" in document:
        found["scalings"] = _migrated_each(document["scalings"], _scaling_of)
    return found


def _migrated_each(values: Any, migrate: Any) -> Any:
    """Every object of a list, migrated; anything else as it is."""
    if not isinstance(values, list):
        return values
    return [migrate(value) if isinstance(value, dict) else value for value in values]


def _result_of(case: dict[str, Any]) -> dict[str, Any]:
    """The result of a case of schema 1, whose id was `part/row side`."""
    part, side = str(case.get("part", "")), case.get("side")
    row = str(case.get("id", "")).removeprefix(f"{part}/").removesuffix(f" {side}" if side is not None else "")
    coordinates = {name: case[name] for name in ("side", *CASE) if name in case}
    measured = {name: case[name] for name in RESULT if name in case}
    failure = {"failure": case["error"]} if "error" in case else {}
    return {"case": {"group": part, "row": row, **coordinates}, **measured, **failure}


def _scaling_of(scaling: dict[str, Any]) -> dict[str, Any]:
    """A scaling law, which named its part."""
    return {("table" if name == "part" else name): value for name, value in scaling.items()}
