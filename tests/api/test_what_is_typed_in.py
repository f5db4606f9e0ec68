"""Functions that were typed into a notebook or an interpreter are found again, with all that they use."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from concbench.api.cells import Cells, free_name
from concbench.workloads.kinds import UnfitFunction
from tests.api.typing_in import typed_in


def carried(folder: Path, cells: list[str], call: str = "f(3)") -> Any:
    """Return what the function `f` of some cells returns in a fresh interpreter that knows the module alone."""
    with typed_in(*cells) as names:
        made = Cells(folder)
        name = made.name_of(names["f"])
        here = eval(call, names)
    assert name is not None
    module, _, path = name.partition(":")
    code = f"from {module} import {path} as f\nprint(repr({call}))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env={"PYTHONPATH": str(folder)}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == repr(here)
    return done.stdout.strip()


@pytest.mark.parametrize(
    "cells",
    [
        pytest.param(["def f(x):\n    return x * 2"], id="alone"),
        pytest.param(["import math", "def f(x):\n    return math.sqrt(x)"], id="a module"),
        pytest.param(["import math as m", "def f(x):\n    return m.sqrt(x)"], id="a module by another name"),
        pytest.param(
            ["import concurrent.futures, os.path", "def f(x):\n    return concurrent.futures.__name__"],
            id="a module in a package",
        ),
        pytest.param(["from math import sqrt as root", "def f(x):\n    return root(x)"], id="a function of a module"),
        pytest.param(["N = {'a': (1, 2.5)}", "def f(x):\n    return N, x"], id="a constant"),
        pytest.param(["import re\nP = re.compile('a+')", "def f(x):\n    return P.sub('b', 'aac')"], id="an object"),
        pytest.param(["N = 7", "def f(x, n=N):\n    return x + n"], id="a default"),
        pytest.param(["def g(x):\n    return x + 1", "def f(x):\n    return g(g(x))"], id="another function"),
        pytest.param(
            ["def f(x):\n    return 1 if x == 0 else g(x - 1)", "def g(x):\n    return 2 * f(x)"], id="each other"
        ),
        pytest.param(
            ["from functools import lru_cache", "@lru_cache\ndef g(x):\n    return x", "def f(x):\n    return g(x)"],
            id="a decorated function",
        ),
        pytest.param(
            ["class A:\n    def two(self):\n        return 2", "def f(x):\n    return A().two() * x"], id="a class"
        ),
        pytest.param(
            [
                "from dataclasses import dataclass",
                "@dataclass\nclass A:\n    x: int",
                "class B(A):\n    pass",
                "def f(x):\n    return B(x).x",
            ],
            id="a class without methods, and its base",
        ),
        pytest.param(
            ["class A:\n    def __init__(self, x):\n        self.x = x", "a = A(5)", "def f(x):\n    return a.x + x"],
            id="an object of a class that was typed in",
        ),
        pytest.param(
            ["from __future__ import annotations\ndef f(x: Undefined) -> Unknown:\n    return x"], id="annotations"
        ),
        pytest.param(["f = None", "if True:\n    def f(x):\n        return x - 1"], id="inside of an if"),
        pytest.param(["def g(x):\n    return x", "f = g"], id="by another name"),
        pytest.param(["n = open", "def f(x):\n    n = x\n    return n"], id="a local name that is also a global one"),
        pytest.param(["def f(x):\n    return [y for y in (x, N)]", "N = 3"], id="a constant that is set later"),
    ],
)
def test_a_function_is_carried_with_what_it_uses(cells: list[str], tmp_path: Path) -> None:
    carried(tmp_path, cells)


def test_a_coroutine_is_carried(tmp_path: Path) -> None:
    carried(tmp_path, ["import asyncio", "async def f(x):\n    return x"], "__import__('asyncio').run(f(3))")


def test_the_function_that_was_typed_in_last_is_meant(tmp_path: Path) -> None:
    assert carried(tmp_path, ["def f(x):\n    return 'old'", "def f(x):\n    return 'new'"]) == "'new'"


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (
            ["import threading\nlock = threading.Lock()", "def f(x):\n    return lock"],
            r"f uses lock: a lock can't be carried to fresh interpreters \(cannot pickle",
        ),
        (["g = lambda x: x", "def f(x):\n    return g(x)"], "f uses g: a lambda has no name"),
        (
            ["def make():\n    def g(x):\n        return x\n    return g", "g = make()", "def f(x):\n    return g(x)"],
            "f uses g: g is made inside of make",
        ),
        (
            ["def g(x):\n    return x", "old = g", "def g(x):\n    return old(x)", "def f(x):\n    return g(x)"],
            "there are two that are called g",
        ),
    ],
)
def test_what_can_not_be_carried_is_told_with_who_uses_it(cells: list[str], reason: str, tmp_path: Path) -> None:
    with typed_in(*cells) as names, pytest.raises(UnfitFunction, match=reason):
        Cells(tmp_path).name_of(names["f"])


@pytest.mark.parametrize("cell", ["f = lambda x: x", "f = print", "f = 3", "import math\nf = math.sqrt"])
def test_what_has_no_source_is_not_made_up(cell: str, tmp_path: Path) -> None:
    with typed_in(cell) as names:
        assert Cells(tmp_path).name_of(names["f"]) is None
    assert list(tmp_path.iterdir()) == []


def test_no_module_that_hosts_could_want_is_hidden(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert free_name() == "interactive"
    (tmp_path / "interactive.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    assert free_name() == "interactive2"
