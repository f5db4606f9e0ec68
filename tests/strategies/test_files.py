"""Strategies named by their file, `my.py:name`: what is found, and what a mistake is answered with."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from concbench.model.case import Settings, Workload
from concbench.registry import UnknownName
from concbench.strategies.files import UnfitFile
from concbench.strategies.strategy import strategies, strategy_called
from tests.fresh_interpreter import answer
from tests.host.hosts import started
from tests.strategies.strided import STRIDED


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(strategies, "entries", dict(strategies.entries))
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "mine.py").write_text(STRIDED, encoding="utf-8")
    yield tmp_path
    sys.modules.pop("mine", None)


def test_a_strategy_of_a_file_runs_like_one_of_ours(folder: Path) -> None:
    found = strategy_called("tools/mine.py:thread-strided", str(folder))
    assert (found.name, found.settings) == ("tools/mine.py:thread-strided", ("workers",))
    assert found.about == "A thread a worker, each with every n-th item: no queue between them."
    with found.open(Settings(workers=2)) as run_tasks:
        assert run_tasks(abs, [-1, -2, -3]) == [1, 2, 3]
    assert strategies.get("tools/mine.py:thread-strided") is found


def test_a_host_runs_a_strategy_of_a_file_that_is_on_its_path(folder: Path) -> None:
    with started(folder / "tools") as host:
        host.figures("tools/mine.py:thread-strided", Workload(name="sleep", tasks=4, task_time=0.001), workers=2)


def test_strategies_of_a_file_are_not_among_all(folder: Path) -> None:
    strategy_called("tools/mine.py:thread-strided", str(folder))
    assert not [name for name in strategies.all() if "strided" in name]


def test_a_file_is_run_only_for_a_name_that_the_user_gave(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run document may hold any name, and looking that up must not run a file."""
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(folder / "tools")
    with pytest.raises(UnknownName):
        strategies.get("tools/mine.py:thread-strided")
    assert "mine" not in sys.modules


def test_reading_a_file_leaves_no_module_and_prints_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = list(sys.path)
    strategy_called("tools/mine.py:thread-strided", str(folder))
    assert "mine" not in sys.modules
    assert sys.path == before
    assert capsys.readouterr() == ("", "imported\n")


def test_a_strategy_that_is_added_to_a_file_later_is_found(folder: Path) -> None:
    strategy_called("tools/mine.py:thread-strided", str(folder))
    (folder / "tools" / "mine.py").write_text(f"{STRIDED}\nstrategy('other', workers='none')(process_all)\n")
    assert strategy_called("tools/mine.py:other", str(folder)).workers == "none"


def test_a_file_that_is_imported_already_is_not_run_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(folder / "tools")
    import_module("mine")
    (folder / "tools" / "mine.py").write_text("raise AssertionError")
    assert strategy_called("tools/mine.py:thread-strided", str(folder)).workers == "threads"


def test_a_file_may_use_strategies_of_ours_and_of_others(folder: Path) -> None:
    """Each stays what it is, also where the file is the first to import it."""
    program = f"""
        import json
        from concbench.strategies.strategy import strategies, strategy_called
        strategy_called("tools/mine.py:thread-strided", {str(folder)!r})
        print(json.dumps([strategies.get("pool-map").name, [name for name in strategies.entries if ":" in name]]))
    """
    quiet = STRIDED.replace('print("imported")', "from concbench.strategies.pools import worker_pool")
    (folder / "tools" / "mine.py").write_text(quiet, encoding="utf-8")
    assert answer(program) == ["pool-map", ["tools/mine.py:thread-strided", "tools/mine.py:process-all"]]


def test_a_file_that_was_mended_is_read_again(folder: Path) -> None:
    (folder / "tools" / "mine.py").write_text(f"{STRIDED}\nmistake")
    with pytest.raises(UnfitFile, match="NameError"):
        strategy_called("tools/mine.py:thread-strided", str(folder))
    (folder / "tools" / "mine.py").write_text(STRIDED)
    assert strategy_called("tools/mine.py:thread-strided", str(folder)).workers == "threads"


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("tools/mine.py:strided", STRIDED, "tools/mine.py has no strategy 'strided'; it has thread-strided, process"),
        ("empty.py:any", "", "empty.py has no strategy 'any'; register it with @strategy(\"any\", ...)"),
        ("bad.py:any", "raise OSError('no licence')", "bad.py can't be imported: OSError: no licence"),
        ("bad.py:serial", STRIDED.replace("process-all", "serial"), "bad.py can't be imported: ValueError: strat"),
        ("bad.py:any", "exit(3)", "bad.py can't be imported: SystemExit: 3"),
        ("bad.py:any", "import not_there", "bad.py can't be imported: ModuleNotFoundError: No module named 'not"),
        ("json.py:any", "", "json.py can't be imported by its name, which is a module of Python: rename the file"),
        ("a.b.py:any", "", "a.b.py can't be imported by its name: rename it so that it has no dot before .py"),
        ("tools/mien.py:any", None, "there is no file tools/mien.py; did you mean 'mine.py'?"),
        ("nowhere/mine.py:any", None, "there is no file nowhere/mine.py"),
        ("tools/mine.py:", None, "'tools/mine.py:' names no strategy: write it as file.py:name"),
        (".py:any", None, "'.py:any' names no strategy: write it as file.py:name"),
    ],
)
def test_a_mistake_names_the_file_and_what_to_do(folder: Path, name: str, text: str | None, problem: str) -> None:
    if text is not None:
        (folder / name.partition(":")[0]).write_text(text, encoding="utf-8")
    with pytest.raises(UnfitFile) as caught:
        strategy_called(name, str(folder))
    assert str(caught.value).startswith(problem)
