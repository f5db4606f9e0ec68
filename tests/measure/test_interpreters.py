"""What other interpreters find of concbench, what warns of their builds, and which files hide modules from them."""

from __future__ import annotations

import os
import sys
import venv
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

import concbench
from concbench.host.interpreter import build
from concbench.measure.interpreters import (
    Interpreter,
    NoInterpreter,
    concerns,
    hidden_modules,
    hidden_modules_error,
    import_path_for,
    interpreters,
    listed_pythons,
    short_names,
)
from concbench.measure.plan import Launch
from tests.builders import case
from tests.measure.measuring import measured

OTHER = "/some/other/python"


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An interpreter with nothing installed, not even concbench."""
    folder = tmp_path_factory.mktemp("bare") / "environment"
    venv.create(folder, with_pip=False, symlinks=sys.platform != "win32")
    return str(folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python"))


def refuse_links(link: Path, target: Path, target_is_directory: bool = False) -> None:
    """Refuse a link to the package, as Windows does to most users."""
    if link.name == "concbench":
        raise OSError("A required privilege is not held by the client")
    os.symlink(target, link, target_is_directory)  # noqa: PTH211 - Path.symlink_to is what this stands for


def test_concbenchs_own_interpreter_needs_no_path() -> None:
    with import_path_for(sys.executable) as path:
        assert path is None


@pytest.mark.parametrize("copied", [False, True], ids=["linked", "copied where links need privileges"])
def test_another_interpreter_gets_a_folder_with_concbench_alone_for_a_while(
    copied: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if copied:
        monkeypatch.setattr(Path, "symlink_to", refuse_links)
    with pytest.raises(KeyboardInterrupt), import_path_for(OTHER) as path:
        assert path is not None
        assert [entry.name for entry in Path(path).iterdir()] == ["concbench"]
        package = Path(path, "concbench")
        assert package.samefile(Path(concbench.__file__).parent) is not copied
        assert (package / "host" / "__main__.py").is_file()
        assert not copied or not list(package.rglob("__pycache__"))
        raise KeyboardInterrupt
    assert path is not None
    assert not Path(path).exists()
    assert Path(concbench.__file__).exists()  # the link went, not what it points to


@pytest.mark.parametrize("copied", [False, pytest.param(True, marks=pytest.mark.thorough)], ids=["linked", "copied"])
def test_an_interpreter_with_nothing_installed_is_measured(
    copied: bool, bare: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if copied:
        monkeypatch.setattr(Path, "symlink_to", refuse_links)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    cases = [
        case("bare/serial", workload="sleep", tasks=2, task_time=0.001),
        case("bare/pool-map", workload="sleep", tasks=2, task_time=0.001, workers=2, start_method="spawn"),
    ]
    found = measured(cases, launch=Launch(python=bare))
    assert found.failures == [None, None]
    assert [len(result.samples) for result in found.results] == [1, 1]


# Builds


def built(name: str, optimized: bool | None, debug: bool = False) -> Interpreter:
    """An interpreter whose build is as given."""
    return Interpreter(name=name, python=OTHER, version=name, given=name, debug=debug, optimized=optimized)


UNLIKE = "that may explain part of the difference"


@pytest.mark.parametrize(
    ("found", "warnings"),
    [
        ([], []),
        ([built("3.13", False)], []),
        ([built("3.13", False), built("3.14", False)], []),
        ([built("3.13", True), built("3.14", None)], []),
        ([built("3.13", None), built("3.14", None)], []),
        (
            [built("3.13", False), built("3.13t", False), built("3.14", True)],
            [f"3.13 and 3.13t were built without --enable-optimizations, unlike 3.14: {UNLIKE}"],
        ),
        (
            [built("3.14", None), built("3.13", False)],
            [f"3.13 was built without --enable-optimizations, perhaps unlike 3.14: {UNLIKE}"],
        ),
        (
            [built("3.13", None, debug=True)],
            ["3.13 is a debug build: several times slower than a release build, and not uniformly"],
        ),
    ],
)
def test_only_builds_that_are_slow_or_known_to_differ_are_warned_of(
    found: list[Interpreter], warnings: list[str]
) -> None:
    assert concerns(found) == warnings


# Names


def test_an_interpreter_is_found_by_its_path_or_its_environment(bare: str) -> None:
    by_path, by_folder = interpreters([bare, str(Path(bare).parent.parent)])
    assert by_path.python == by_folder.python == bare
    assert by_path.version == by_folder.version
    assert [by_path.name, by_folder.name] == [by_path.version, f"{by_path.version} (2)"]


def test_the_same_one_given_twice_is_one() -> None:
    assert len(interpreters([sys.executable, sys.executable])) == 1


def test_a_list_names_several_and_a_path_with_a_comma_is_one(tmp_path: Path) -> None:
    odd = tmp_path / "a,b"
    odd.symlink_to(sys.executable)
    assert listed_pythons(f"{sys.executable}, python3") == [sys.executable, "python3"]
    assert listed_pythons(str(odd)) == [str(odd)]
    assert listed_pythons(",") == [","]
    (own,) = interpreters([f"{sys.executable},{sys.executable}"])
    assert own.python == sys.executable


def test_an_interpreter_reports_its_build(bare: str) -> None:
    (found,) = interpreters([bare])
    own = build()
    assert (found.version, found.debug, found.optimized) == (own["version"], own["debug"], own["optimized"])


def test_it_is_asked_in_the_environment_that_hosts_have(
    bare: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As a variable may turn the GIL on; and what a site prints as it starts is not its answer."""
    (tmp_path / "sitecustomize.py").write_text("print('hello from a site')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (found,) = interpreters([bare])
    assert found.version == build()["version"]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ("no-such-python", "there is no interpreter"),
        ("/no/such/python", "there is no interpreter"),
        (__file__, "does not run|reported no version"),
    ],
)
def test_what_is_no_interpreter_is_an_error(given: str, error: str) -> None:
    with pytest.raises(NoInterpreter, match=error):
        interpreters([given])


def test_short_names_are_all_different() -> None:
    versions = ["3.13.5", "3.13.5t", "3.14.0", "3.12.1", "3.12.9", "3.12.9"]
    names = short_names(versions)
    assert names == ["3.13", "3.13t", "3.14", "3.12.1", "3.12.9", "3.12.9 (2)"]


# Files that hide modules


@pytest.mark.parametrize(
    ("name", "hides"),
    [
        *[(name, True) for name in ("types.py", "json/__init__.py", "concbench.py", "random.pyc")],
        (f"_socket{EXTENSION_SUFFIXES[0]}", "_socket" not in sys.builtin_module_names),
        *[(name, False) for name in ("mine.py", "json/data.txt", "sys.py", "os.py", "types.txt", "sub/types.py")],
        ("concbenches.py", False),
    ],
)
def test_only_what_is_imported_in_place_of_a_module_hides_it(name: str, hides: bool, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("")
    top = name.partition("/")[0]
    found = {top.partition(".")[0]: tmp_path / top} if hides else {}
    assert hidden_modules([str(tmp_path), str(tmp_path / "nowhere")]) == found


def test_the_first_folder_is_what_hosts_import_from(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "types.py").write_text("")
    folders = [str(tmp_path / name) for name in ("first", "second")]
    assert hidden_modules(folders) == {"types": tmp_path / "first" / "types.py"}


def test_concbench_does_not_hide_itself(tmp_path: Path) -> None:
    own = Path(concbench.__file__).parent
    (tmp_path / "concbench").symlink_to(own, target_is_directory=True)
    assert "concbench" not in hidden_modules([str(own.parent), str(tmp_path)])


def test_files_in_several_folders_are_all_named() -> None:
    error = "json.py and types.py in /one and /two hide modules of the standard library: rename them"
    assert hidden_modules_error([Path("/one/json.py"), Path("/two/types.py")]) == error
