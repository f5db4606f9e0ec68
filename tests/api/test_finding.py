"""How a fresh interpreter finds a function again, and in which sentence it is told that it can't."""

from __future__ import annotations

import functools
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import hypothesis
import pytest

from concbench.api.finding import folder_of, place_in_script, place_of, why_not
from concbench.api.luggage import Luggage, folders_of, own_folders
from concbench.workloads.functions import imported
from concbench.workloads.kinds import UnfitFunction
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
        (tasks.makes_closure(), "inner is made inside of makes_closure"),
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
        Luggage(tmp_path).name_of(function)
    assert reason in str(refused.value)
    assert "\n" not in str(refused.value)
    assert any(word in str(refused.value) for word in ("write it with def", "give a function"))


def test_another_function_under_the_same_name_is_not_taken_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = tasks.double
    monkeypatch.setattr(tasks, "double", tasks.nap)
    assert place_of(before) is None
    assert "is not what a fresh interpreter would find by that name" in str(why_not(before))


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
        "from concbench.api.finding import place_of\n"
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
    luggage = Luggage(tmp_path / "luggage")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "mine.py").write_text("")
    assert luggage.name_of("elsewhere/mine.py:square") == "elsewhere/mine.py:square"
    assert str(tmp_path / "elsewhere") in luggage.paths
    assert folders_of("mine:square", None) == (str(tmp_path),)
    with pytest.raises(UnfitFunction, match="names no function"):
        luggage.name_of("square")


def test_hosts_import_from_where_this_program_does_but_not_what_is_installed_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    folders = own_folders()
    assert folders[0] == str(tmp_path)
    assert str(Path(os.__file__).parent) not in folders
    assert not any("site-packages" in folder for folder in folders)
    luggage = Luggage(tmp_path)
    for function, name in ((json.dumps, "json:dumps"), (hypothesis.given, "hypothesis.core:given")):
        assert luggage.name_of(function) == name
    assert set(luggage.paths) == set(folders)
