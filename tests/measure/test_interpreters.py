"""What another interpreter than concbench's own finds: concbench, and nothing else of ours."""

from __future__ import annotations

import subprocess
import sys
import venv
from collections import Counter
from pathlib import Path

import pytest

import concbench
from concbench.host.build import build
from concbench.measure.blocks import measure
from concbench.measure.interpreters import (
    Interpreter,
    NoInterpreter,
    concerns,
    import_path_for,
    interpreters,
    short_names,
)
from concbench.measure.plan import Plan, Tally
from concbench.model import Case, Settings, Workload

OTHER = "/some/other/python"


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An interpreter with nothing installed, not even concbench."""
    folder = tmp_path_factory.mktemp("bare") / "environment"
    venv.create(folder, with_pip=False, symlinks=sys.platform != "win32")
    return str(folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python"))


def refuse_links(*_arguments: object, **_options: object) -> None:
    raise OSError("A required privilege is not held by the client")


def test_concbenchs_own_interpreter_needs_no_path() -> None:
    with import_path_for(sys.executable) as path:
        assert path is None


def test_another_interpreter_gets_a_folder_with_concbench_alone() -> None:
    with import_path_for(OTHER) as path:
        assert path is not None
        assert [entry.name for entry in Path(path).iterdir()] == ["concbench"]
        assert Path(path, "concbench").samefile(Path(concbench.__file__).parent)
    assert not Path(path).exists()
    assert Path(concbench.__file__).exists()  # the link went, not what it points to


def test_where_links_need_privileges_the_package_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "symlink_to", refuse_links)
    with import_path_for(OTHER) as path:
        assert path is not None
        package = Path(path, "concbench")
        assert not package.is_symlink()
        assert (package / "host" / "__main__.py").is_file()
        assert not list(package.rglob("__pycache__"))
    assert not Path(path).exists()


def test_the_folder_is_gone_after_an_exception_too() -> None:
    with pytest.raises(KeyboardInterrupt), import_path_for(OTHER) as path:
        raise KeyboardInterrupt
    assert path is not None
    assert not Path(path).exists()


@pytest.mark.parametrize("copied", [False, True], ids=["linked", "copied"])
def test_an_interpreter_with_nothing_installed_imports_the_host(
    copied: bool, bare: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if copied:
        monkeypatch.setattr(Path, "symlink_to", refuse_links)
    code = "import concbench.host.serving, sys; print('psutil' in sys.modules, sys.modules['concbench'].__version__)"
    with import_path_for(bare) as path:
        assert path is not None
        ended = subprocess.run(
            [bare, "-P", "-c", code],
            env={"PYTHONPATH": path},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    assert (ended.stdout, ended.returncode) == (f"False {concbench.__version__}\n", 0), ended.stderr


def test_a_bare_interpreter_is_measured(bare: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    cases = [
        Case(
            id=subject,
            part="",
            subject=subject,
            workload=Workload(name="sleep", tasks=2, task_time=0.001),
            settings=settings,
        )
        for subject, settings in (("serial", Settings()), ("pool-map", Settings(workers=2, start_method="spawn")))
    ]
    measure(cases, Plan(blocks=1, fewest_blocks=1, rounds=1, python=bare), Tally(), lambda now: None)
    assert [case.error for case in cases] == [None, None]
    assert Counter(len(case.samples) for case in cases) == {1: 2}


# Builds


def built(name: str, optimized: bool | None, debug: bool = False) -> Interpreter:
    """An interpreter whose build is as given."""
    return Interpreter(name=name, python=OTHER, version=name, given=name, debug=debug, optimized=optimized)


@pytest.mark.parametrize(
    "found",
    [
        [],
        [built("3.13", False)],
        [built("3.13", False), built("3.14", False)],
        [built("3.13", True), built("3.14", None)],
        [built("3.13", None), built("3.14", None)],
    ],
)
def test_builds_that_are_alike_or_not_known_to_differ_are_no_concern(found: list[Interpreter]) -> None:
    assert concerns(found) == []


def test_what_was_built_otherwise_than_the_others_is_told() -> None:
    assert concerns([built("3.13", False), built("3.13t", False), built("3.14", True)]) == [
        "3.13 and 3.13t were built without --enable-optimizations, unlike 3.14: a part of what differs may be that"
    ]


def test_where_the_other_build_is_not_known_neither_is_the_difference() -> None:
    assert concerns([built("3.14", None), built("3.13", False)]) == [
        "3.13 was built without --enable-optimizations, perhaps unlike 3.14: a part of what differs may be that"
    ]


def test_a_debug_build_is_told_even_where_it_is_alone() -> None:
    assert concerns([built("3.13", None, debug=True)]) == [
        "3.13 is a debug build: several times as slow as others, and not everywhere alike"
    ]


# Names


def test_an_interpreter_is_found_by_its_path_or_its_environment(bare: str) -> None:
    by_path, by_folder = interpreters([bare, str(Path(bare).parent.parent)])
    assert by_path.python == by_folder.python == bare
    assert by_path.version == by_folder.version
    assert [by_path.name, by_folder.name] == [by_path.version, f"{by_path.version} (2)"]


def test_the_same_one_given_twice_is_one() -> None:
    assert len(interpreters([sys.executable, sys.executable])) == 1


def test_an_interpreter_says_of_itself_what_this_one_knows(bare: str) -> None:
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


@pytest.mark.parametrize("given", ["no-such-python", "/no/such/python"])
def test_what_is_not_there_is_told(given: str) -> None:
    with pytest.raises(NoInterpreter, match="there is no interpreter"):
        interpreters([given])


def test_what_is_no_interpreter_is_told(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("no program")
    with pytest.raises(NoInterpreter, match=r"does not run|says no version"):
        interpreters([str(text)])


def test_short_names_tell_all_apart() -> None:
    versions = ["3.13.5", "3.13.5t", "3.14.0", "3.12.1", "3.12.9", "3.12.9"]
    names = short_names(versions)
    assert names == ["3.13", "3.13t", "3.14", "3.12.1", "3.12.9", "3.12.9 (2)"]
    assert len(set(names)) == len(versions)
