"""The run document as JSON Schema, made from the types of the model, their limits and their docstrings."""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
from collections.abc import Iterator
from typing import Any

import msgspec

from concbench.model.run import SCHEMA, Run
from concbench.runs.checking import limited

MODULES = ("concbench.model.case", "concbench.model.result", "concbench.model.run")
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def run_schema() -> dict[str, Any]:
    """The JSON Schema of a run document of the current version.

    It says what each field may be. Reading a document also checks that fields agree with each other: that a comparison
    names two cases of the run, for example.

    >>> found = run_schema()
    >>> found["title"], found["properties"]["seed"]["type"], found["properties"]["started"]["description"]
    ('Run', 'integer', 'ISO 8601, UTC.')
    """
    whole = msgspec.json.schema(limited(Run))
    definitions = whole["$defs"]
    for name, text in _descriptions():
        owner, _, field = name.partition(".")
        for defined in definitions.values():
            if defined["title"].rpartition(".")[2] == owner and field in defined["properties"]:
                defined["properties"][field]["description"] = text
    for defined in definitions.values():  # up to Python 3.12, docstrings of classes keep their indentation
        if "description" in defined:
            defined["description"] = inspect.cleandoc(defined["description"])
    run = definitions.pop("Run")
    run["properties"]["schema"] = {"const": SCHEMA, "description": "The version of this format."}
    return {"$schema": DIALECT, **run, "$defs": definitions}


def _descriptions() -> Iterator[tuple[str, str]]:
    """The docstring below each field of the model's classes, as `("Run.duty", "The share of …")`."""
    for module in MODULES:
        for node in ast.parse(inspect.getsource(importlib.import_module(module))).body:
            if isinstance(node, ast.ClassDef):
                for field, below in zip(node.body, node.body[1:], strict=False):
                    if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                        text = _text(below)
                        if text is not None:
                            yield f"{node.name}.{field.target.id}", inspect.cleandoc(text)


def _text(node: ast.stmt) -> str | None:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return node.value.value
    return None


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(run_schema()), indent=2) + b"\n")
