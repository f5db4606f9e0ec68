"""How hosts find the user's function and items again, and what is said where they can't."""

from __future__ import annotations

import functools
import json
import math
import os
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType
from typing import Any

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.api.functions import (
    Bundle,
    TypedIn,
    bundle,
    folder_of,
    folders_of,
    free_name,
    own_folders,
    place_in_script,
    place_of,
    why_not,
)
from concbench.model.case import Workload
from concbench.workloads.functions import imported, items_of
from concbench.workloads.workload import UnfitFunction, UnfitItems
from tests.api import tasks
from tests.api.typing_in import typed_in

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (tasks.double, "tests.api.tasks:double"),
        (tasks.doubled_later, "tests.api.tasks:doubled_later"),
        (tasks.Doubling.static, "tests.api.tasks:Doubling.static"),
        (tasks.Doubling.of_class, "tests.api.tasks:Doubling.of_class"),
        (tasks.Doubling, "tests.api.tasks:Doubling"),
        (json.dumps, "json:dumps"),
        (math.sqrt, "math:sqrt"),
        (len, "builtins:len"),
        (str, "builtins:str"),
    ],
)
def test_a_function_of_a_module_has_a_name_that_leads_back_to_it(function: Any, name: str) -> None:
    place = place_of(function)
    assert place is not None
    assert place.name == name
    assert imported(name) == function


def test_the_folder_that_a_module_was_imported_from_is_known() -> None:
    place = place_of(tasks.double)
    assert place is not None
    assert place.folder == str(ROOT)
    assert folder_of("package.module", "/elsewhere/other.py") is None


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (lambda number: number, "a lambda has no name"),
        (tasks.makes_closure(), "inner is defined inside makes_closure"),
        (tasks.Doubling().of_one, "Doubling.of_one is a method of one Doubling"),
        ("text".upper, "str.upper is a method of one str"),
        (tasks.Doubling(), "an object of type Doubling has no name"),
        (functools.partial(tasks.double), "a functools.partial has no name"),
        (3, "an object of type int can't be called"),
    ],
)
def test_what_has_no_name_is_refused_in_one_sentence_that_says_what_to_do(
    function: Any, reason: str, tmp_path: Path
) -> None:
    with pytest.raises(UnfitFunction) as refused:
        Bundle(tmp_path).name_of(function)
    assert reason in str(refused.value)
    assert "\n" not in str(refused.value)
    assert any(word in str(refused.value) for word in ("write it with def", "give a function"))


def test_another_function_under_the_same_name_is_not_taken_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = tasks.double
    monkeypatch.setattr(tasks, "double", tasks.nap)
    assert place_of(before) is None
    assert "a fresh interpreter would find something else as tests.api.tasks:double" in str(why_not(before))


def test_a_module_without_a_file_can_not_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("made_up")
    exec("def f(x):\n    return x", vars(module))
    monkeypatch.setitem(sys.modules, "made_up", module)
    assert place_of(module.f) is None


@pytest.mark.parametrize("name", ["json.py", "__main__.py", "my.script.py", "script"])
def test_a_script_that_can_not_be_imported_is_told_to_be_renamed(name: str) -> None:
    with pytest.raises(UnfitFunction, match="rename it"):
        place_in_script(Path("/home/me", name), "f")


def test_a_typed_in_function_is_not_looked_for_in_the_file_of_the_main_module() -> None:
    with typed_in("def f(x):\n    return x") as names:
        names["__file__"] = __file__
        assert place_of(names["f"]) is None


@pytest.mark.parametrize(
    ("words", "shown"), [(("script.py",), "script.py:f"), (("-m", "package.script"), "package.script:f")]
)
def test_a_function_of_a_script_is_found_by_its_file_or_by_the_name_of_its_module(
    words: tuple[str, ...], shown: str, tmp_path: Path
) -> None:
    source = (
        "from concbench.api.functions import place_of\n"
        "def f(x):\n    return x\n"
        "class A:\n    pass\n"
        "if __name__ == '__main__':\n    print(place_of(f).name, place_of(f).folder, place_of(A).path)\n"
    )
    (tmp_path / "script.py").write_text(source)
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "script.py").write_text(source)
    done = subprocess.run([sys.executable, *words], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [shown, str(tmp_path), "A"]


def test_names_are_taken_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    carried = Bundle(tmp_path / "carried")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "mine.py").write_text("")
    assert carried.name_of("elsewhere/mine.py:square") == "elsewhere/mine.py:square"
    assert str(tmp_path / "elsewhere") in carried.paths
    assert folders_of("mine:square", None) == (str(tmp_path),)
    with pytest.raises(UnfitFunction, match="names no function"):
        carried.name_of("square")


def test_hosts_import_from_where_this_program_does_but_not_what_is_installed_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    folders = own_folders()
    assert folders[0] == str(tmp_path)
    assert str(Path(os.__file__).parent) not in folders
    assert not any("site-packages" in folder for folder in folders)
    carried = Bundle(tmp_path)
    for function, name in ((json.dumps, "json:dumps"), (hypothesis.given, "hypothesis.core:given")):
        assert carried.name_of(function) == name
    assert set(carried.paths) == set(folders)


# Items


def read_back(carried: Bundle, given: Any, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What a host would read."""
    tasks_, source = carried.items(given)
    for folder in reversed(carried.paths):
        monkeypatch.syspath_prepend(folder)
    try:
        return list(items_of(Workload(name="any:thing", tasks=tasks_ or 16, items=source)))
    finally:
        forget()


def forget() -> None:
    import sys

    for name in ("given in Python", "interactive"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("items", "read"),
    [
        (None, list(range(16))),
        (3, [0, 1, 2]),
        (["a", ("b", 1.5)], ["a", ("b", 1.5)]),
        (range(2, 8, 3), [2, 5]),
        ((each for each in "ab"), ["a", "b"]),
        ({"one"}, ["one"]),
        (tasks.makes_items, [5, 6, 7]),
        ("tests.api.tasks:makes_items", [5, 6, 7]),
    ],
)
def test_items_come_back_as_they_were_given(
    items: Any, read: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read_back(Bundle(tmp_path), items, monkeypatch) == read


@pytest.mark.parametrize("name", ["items.jsonl", "items.ndjson"])
def test_a_file_of_items_is_read_where_it_is(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / name).write_text('{"a": 1}\n"two"\n')
    (tmp_path / "carried").mkdir()
    assert read_back(Bundle(tmp_path / "carried"), tmp_path / name, monkeypatch) == [{"a": 1}, "two"]
    monkeypatch.chdir(tmp_path)
    assert Bundle(tmp_path / "carried").items(name) == (None, str(tmp_path / name))


def test_objects_of_a_class_that_was_typed_in_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with typed_in("class A:\n    def __init__(self, x):\n        self.x = x") as names:
        (back,) = read_back(Bundle(tmp_path), [names["A"](5)], monkeypatch)
    assert (back.x, type(back).__module__) == (5, "interactive")


@given(
    st.lists(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
            lambda each: st.lists(each) | st.tuples(each, each) | st.dictionaries(st.text(), each),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_plain_data_comes_back_with_its_types(values: list[Any]) -> None:
    with bundle() as carried, pytest.MonkeyPatch.context() as monkeypatch:
        back = read_back(carried, values, monkeypatch)
    assert repr(back) == repr(values)


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        (0, "leave nothing to run"),
        ([], "there is nothing to run"),
        ("some text", "put it into a list"),
        ("missing.jsonl", "there is no file"),
        (b"bytes", "items can't be a bytes"),
        ({"a": 1}, "items can't be a dict"),
        (True, "items can't be a bool"),
        (2.5, "items can't be a float"),
        ([threading.Lock()], "can't be pickled, and fresh interpreters need them"),
        ([lambda: 1], "can't be pickled"),
        ("items.pickle", "neither a count, nor a JSON-lines file"),
    ],
)
def test_what_is_no_items_is_refused(items: Any, reason: str, tmp_path: Path) -> None:
    with pytest.raises(UnfitItems, match=reason):
        Bundle(tmp_path).items(items)


def test_a_lambda_of_a_notebook_among_the_items_is_told_as_what_it_is(tmp_path: Path) -> None:
    with typed_in("items = [lambda x: x]") as names, pytest.raises(UnfitItems, match="a lambda has no name"):
        Bundle(tmp_path).items(names["items"])


def test_a_run_says_what_the_items_were_and_not_where_they_lay(tmp_path: Path) -> None:
    assert Bundle(tmp_path).items(["only"]) == (None, "given in Python:1 item")


def test_nothing_is_left_of_what_was_packed() -> None:
    with bundle() as carried:
        carried.items([1, 2])
        assert carried.folder.exists()
    assert not carried.folder.exists()


# What was typed into a notebook or an interpreter


def carried_over(folder: Path, cells: list[str], call: str = "f(3)") -> Any:
    """Return what the function `f` of some cells returns in a fresh interpreter that knows the module alone."""
    with typed_in(*cells) as names:
        made = TypedIn(folder)
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
    carried_over(tmp_path, cells)


def test_a_coroutine_is_carried(tmp_path: Path) -> None:
    carried_over(tmp_path, ["import asyncio", "async def f(x):\n    return x"], "__import__('asyncio').run(f(3))")


def test_the_function_that_was_typed_in_last_is_meant(tmp_path: Path) -> None:
    assert carried_over(tmp_path, ["def f(x):\n    return 'old'", "def f(x):\n    return 'new'"]) == "'new'"


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
            "f uses g: g is defined inside make",
        ),
        (
            ["def g(x):\n    return x", "old = g", "def g(x):\n    return old(x)", "def f(x):\n    return g(x)"],
            "two different things are called g",
        ),
    ],
)
def test_what_can_not_be_carried_is_told_with_who_uses_it(cells: list[str], reason: str, tmp_path: Path) -> None:
    with typed_in(*cells) as names, pytest.raises(UnfitFunction, match=reason):
        TypedIn(tmp_path).name_of(names["f"])


@pytest.mark.parametrize("cell", ["f = lambda x: x", "f = print", "f = 3", "import math\nf = math.sqrt"])
def test_what_has_no_source_is_not_made_up(cell: str, tmp_path: Path) -> None:
    with typed_in(cell) as names:
        assert TypedIn(tmp_path).name_of(names["f"]) is None
    assert list(tmp_path.iterdir()) == []


def test_no_module_that_hosts_could_want_is_hidden(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert free_name() == "interactive"
    (tmp_path / "interactive.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    assert free_name() == "interactive2"
