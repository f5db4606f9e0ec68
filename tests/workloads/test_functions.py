"""What a person's own function promises as a workload: it is measured as it is, or its row says what is wrong."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from concbench.model import Workload
from concbench.workloads.calibration import calibrate
from concbench.workloads.functions import TASKS, imported
from concbench.workloads.kinds import UnfitFunction
from concbench.workloads.named import build, is_function, kind_called
from tests.host.talking import Host, started

MINE = '''
"""Functions of a person's own."""

import functools
import itertools
import threading

calls = itertools.count()
answer = 42


def doubled(number):
    return 2 * number


def late_result(number):
    return next(calls)


def lock(number):
    return threading.Lock()


def gives_up(number):
    raise LookupError(f"no {number} here")


def leaves(number):
    raise SystemExit(3)


def chatty(number):
    print("hello from", number)
    return number


def steps(number):
    yield number


async def later(number):
    return number


async def steps_later(number):
    yield number


def not_a_number(number):
    return float("nan")


def no_arguments():
    return 1


nameless = lambda number: 3 * number
partly = functools.partial(pow, 2)


class Worker:
    factor = 5

    def __call__(self, number):
        return self.factor * number

    @staticmethod
    def tripled(number):
        return 3 * number

    @classmethod
    def times_five(cls, number):
        return cls.factor * number


worker = Worker()
'''
HOW = ": write it as package.module:function, or as file.py:function"


@pytest.fixture
def mine(tmp_path: Path) -> Iterator[Host]:
    """A host that finds a person's module."""
    (tmp_path / "mine.py").write_text(MINE, encoding="utf-8")
    with started(tmp_path) as host:
        yield host


def function(name: str, tasks: int = 4) -> Workload:
    return Workload(name=name, tasks=tasks)


def host_with(folder: Path, **modules: str) -> Path:
    """Write modules into a folder; `a__b` is `a/b.py`."""
    for name, source in modules.items():
        path = folder.joinpath(*name.split("__")).with_suffix(".py")
        path.parent.mkdir(exist_ok=True)
        path.write_text(dedent(source), encoding="utf-8")
    return folder


# What works


@pytest.mark.parametrize("strategy", ["serial", "thread", "pool-map", "asyncio-gather"])
def test_an_async_function_runs_with_a_loop_of_its_own_and_as_a_coroutine(mine: Host, strategy: str) -> None:
    assert mine.sample(strategy, function("mine:later"), workers=2)["ok"]["wall"] > 0


def test_a_plain_function_has_no_coroutine_form(mine: Host) -> None:
    failure = mine.failure("asyncio-gather", function("mine:doubled"))
    assert failure == {"kind": "unavailable", "message": "workload 'mine:doubled' has no coroutine form"}


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_function_of_a_file_is_found_by_its_workers_too(mine: Host, method: str) -> None:
    assert mine.sample("pool-map", function("mine.py:doubled"), workers=2, start_method=method)["ok"]["wall"] > 0


@pytest.mark.parametrize("strategy", ["serial", "thread", "process", "pool-map", "executor-processes"])
def test_a_function_of_a_persons_own_is_measured_by_every_kind_of_strategy(mine: Host, strategy: str) -> None:
    answer = mine.sample(strategy, function("mine:doubled"))
    assert answer["ok"]["wall"] > 0


@pytest.mark.parametrize("start_method", ["fork", "forkserver", "spawn"])
def test_workers_of_every_start_method_find_the_function(mine: Host, start_method: str) -> None:
    answer = mine.sample("pool-map", function("mine:doubled"), workers=2, start_method=start_method)
    assert answer["ok"]["wall"] > 0


@pytest.mark.parametrize("name", ["partly", "worker", "Worker.tripled", "Worker.times_five", "Worker.factor.__mul__"])
def test_whatever_can_be_called_and_pickled_will_do(mine: Host, name: str) -> None:
    for strategy in ("serial", "pool-map"):
        assert mine.sample(strategy, function(f"mine:{name}"), workers=2)["ok"]["wall"] > 0


def test_a_function_in_a_package_is_found(tmp_path: Path) -> None:
    host_with(tmp_path, lib____init__="", lib__images="def thumbnail(number): return number\n")
    with started(tmp_path) as host:
        assert host.sample("serial", function("lib.images:thumbnail"))["ok"]["wall"] > 0


def test_a_function_needs_no_calibration(mine: Host) -> None:
    assert calibrate(function("mine:doubled")) == {}
    workload = vars(function("mine:doubled"))
    assert mine.ask("calibrate", workload=workload) == {"ok": {}}


def test_what_a_function_prints_does_not_disturb_the_host(mine: Host) -> None:
    assert mine.sample("serial", function("mine:chatty"))["ok"]["wall"] > 0
    assert "hello from 3" in mine.said()


def test_a_function_is_called_with_the_first_numbers_and_must_return_what_it_returned_at_first() -> None:
    ready = build(function("math:factorial", tasks=5))
    assert list(ready.items) == [0, 1, 2, 3, 4]
    assert ready.expected == [1, 1, 2, 6, 24]
    assert ready.coroutine is None
    assert pickle.loads(pickle.dumps(ready.task))(5) == 120


def test_a_function_is_a_kind_like_all_others() -> None:
    kind = kind_called("math:factorial")
    assert kind.sizes == {"tasks": TASKS}
    assert kind.about.endswith(".")
    assert (kind.spin, kind.measured) == (None, False)


@pytest.mark.parametrize(
    ("name", "expected"), [("a:b", True), ("a.b:c.d", True), (":", True), ("cpu", False), ("", False)]
)
def test_a_colon_makes_the_name_of_a_function(name: str, expected: bool) -> None:
    assert is_function(name) is expected


# What can't be a workload: unfit, with a sentence that says why


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nobody:work", "there is no module 'nobody' to import 'nobody:work' from"),
        ("nobody.knows:work", "there is no module 'nobody' to import 'nobody.knows:work' from"),
        ("mine.more:work", "there is no module 'mine.more' to import 'mine.more:work' from"),
        ("mine:undone", "module 'mine' has no 'undone'"),
        ("mine:Worker.undone", "module 'mine' has no 'Worker.undone'"),
        ("mine:doubled.", "module 'mine' has no 'doubled.'"),
        ("mine:answer", "'mine:answer' is of type int, and can't be called"),
        ("mine:__doc__", "'mine:__doc__' is of type str, and can't be called"),
        ("mine:", f"'mine:' names no function{HOW}"),
        (":doubled", f"':doubled' names no function{HOW}"),
        (":", f"':' names no function{HOW}"),
        (".mine:doubled", f"'.mine:doubled' names no function{HOW}"),
        ("..:doubled", f"'..:doubled' names no function{HOW}"),
        ("mine file:doubled", "there is no module 'mine file' to import 'mine file:doubled' from"),
        ("mine:a:b", "module 'mine' has no 'a:b'"),
    ],
)
def test_a_name_that_is_no_functions_says_why(mine: Host, name: str, reason: str) -> None:
    assert mine.failure("serial", function(name)) == {"kind": "unfit function", "message": reason}


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("mine:dubled", "module 'mine' has no 'dubled'; did you mean 'doubled'?"),
        ("mine:Worker.tripplet", "module 'mine' has no 'Worker.tripplet'; did you mean 'tripled'?"),
        ("few.py:nothing_like_it", "few.py has no 'nothing_like_it'; it has one, two"),
        ("mein:doubled", "there is no module 'mein' to import 'mein:doubled' from; did you mean 'mine'?"),
        ("package.modul:work", "there is no module 'package.modul' to import 'package.modul:work' from; did you mean "
         "'package.module'?"),
        ("mien.py:doubled", "there is no file 'mien.py' to import 'doubled' from"),
    ],
)  # fmt: skip
def test_a_misspelt_name_is_answered_with_the_one_that_was_meant(tmp_path: Path, name: str, hint: str) -> None:
    few = "import os\nfrom json import dumps\n\ndef one(x): ...\n\ndef two(x): ...\n"
    host_with(tmp_path, mine=MINE, few=few, package____init__="", package__module="")
    with started(tmp_path) as host:
        assert host.failure("serial", function(name))["message"] == hint


def test_a_file_whose_name_another_module_has_is_told_to_be_renamed(tmp_path: Path) -> None:
    host_with(tmp_path, first__jobs="def work(x): return x\n", second__jobs="def work(x): return x\n")
    with started(tmp_path / "first") as host:
        assert "ok" in host.sample("serial", function("first/jobs.py:work"))
        assert "ok" in host.sample("serial", function("../anywhere/../first/jobs.py:work"))
        failure = host.failure("serial", function("second/jobs.py:work"))
    assert failure["kind"] == "unfit function"
    assert failure["message"] == (
        f"second/jobs.py can't be imported by its name, because jobs is {tmp_path}/first/jobs.py: rename the file"
    )


def test_a_host_goes_on_after_a_function_that_is_none(mine: Host) -> None:
    mine.failure("serial", function("mine:undone"))
    assert "ok" in mine.sample("serial", function("mine:doubled"))


@pytest.mark.parametrize("name", ["math:no_such", "math", "nobody:work", "math:pi"])
def test_what_is_no_function_is_unfit_for_whoever_imports_it(name: str) -> None:
    with pytest.raises(UnfitFunction):
        imported(name)


# What goes wrong in a person's own code: raised, with a traceback that begins in that code


def frames(text: str) -> list[str]:
    """Return the names of the files in a traceback."""
    return [line.split('"')[1].rpartition("/")[2] for line in text.splitlines() if line.startswith('  File "')]


def test_a_module_that_raises_when_it_is_imported_shows_its_traceback(tmp_path: Path) -> None:
    host_with(tmp_path, broken="import helping\n", helping="def check():\n    raise OSError('no data')\n\ncheck()\n")
    with started(tmp_path) as host:
        failure = host.failure("serial", function("broken:work"))
    assert (failure["kind"], failure["message"]) == ("raised", "broken can't be imported: OSError: no data")
    assert [name for name in frames(failure["traceback"]) if name.endswith(".py")] == [
        "broken.py",
        "helping.py",
        "helping.py",
    ]
    assert "in check\n    raise OSError('no data')" in failure["traceback"]


def test_a_traceback_begins_in_the_persons_module_and_not_in_the_machinery_of_imports(tmp_path: Path) -> None:
    host_with(tmp_path, broken="1 / 0\n")
    with started(tmp_path) as host:
        failure = host.failure("serial", function("broken:work"))
    assert frames(failure["traceback"]) == ["broken.py"]
    assert failure["traceback"].splitlines()[-1] == "ZeroDivisionError: division by zero"


def test_a_module_that_needs_another_one_that_is_missing_shows_where(tmp_path: Path) -> None:
    host_with(tmp_path, needing="import a_library_that_is_not_there\n\ndef work(number): return number\n")
    with started(tmp_path) as host:
        failure = host.failure("serial", function("needing:work"))
    assert failure["kind"] == "raised"
    missing = "ModuleNotFoundError: No module named 'a_library_that_is_not_there'"
    assert failure["message"] == f"needing can't be imported: {missing}"
    assert "needing.py" in failure["traceback"]


def test_a_module_that_is_not_python_shows_the_line(tmp_path: Path) -> None:
    host_with(tmp_path, broken="def work(number:\n    pass\n")
    with started(tmp_path) as host:
        failure = host.failure("serial", function("broken:work"))
    assert failure["kind"] == "raised"
    assert failure["message"].startswith("broken can't be imported: SyntaxError: ")
    assert 'broken.py", line 1' in failure["traceback"]


def test_a_module_that_ends_the_interpreter_when_it_is_imported_is_a_row(tmp_path: Path) -> None:
    host_with(tmp_path, script="import sys\nsys.exit('usage: script FILE')\n")
    with started(tmp_path) as host:
        failure = host.failure("serial", function("script:work"))
        assert (failure["kind"], failure["message"]) == (
            "raised",
            "script can't be imported: SystemExit: usage: script FILE",
        )
        assert "ok" in host.sample("serial", function("math:factorial"))


@pytest.mark.parametrize(("name", "message"), [("gives_up", "LookupError: no 0 here"), ("leaves", "SystemExit: 3")])
def test_a_function_that_raises_shows_what_and_where(mine: Host, name: str, message: str) -> None:
    failure = mine.failure("pool-map", function(f"mine:{name}"), workers=2)
    assert (failure["kind"], failure["message"]) == ("raised", message)
    assert frames(failure["traceback"]) == ["mine.py"]


def test_a_function_that_does_not_take_a_number_says_so(mine: Host) -> None:
    failure = mine.failure("serial", function("mine:no_arguments"))
    assert failure["kind"] == "raised"
    assert failure["message"] == "TypeError: no_arguments() takes 0 positional arguments but 1 was given"


# What can't be verified or moved


def test_a_function_that_returns_something_else_each_time_is_a_wrong_result(mine: Host) -> None:
    failure = mine.failure("serial", function("mine:late_result"))
    assert failure["kind"] == "wrong result"
    assert failure["message"].startswith("task 0 returned ")


@pytest.mark.parametrize("name", ["steps", "steps_later", "not_a_number"])
def test_results_that_nothing_can_compare_are_counted_and_nan_is_nan(mine: Host, name: str) -> None:
    assert "ok" in mine.sample("serial", function(f"mine:{name}"))
    assert "ok" in mine.sample("threadpool-map", function(f"mine:{name}"), workers=2)


def test_a_function_without_a_name_can_not_be_moved_between_processes(mine: Host) -> None:
    failure = mine.failure("pool-map", function("mine:nameless"), workers=2)
    assert failure["kind"] == "unpicklable"
    assert failure["message"].startswith("it can't be moved between processes: ")
    assert "<lambda>" in failure["message"]


def test_a_function_without_a_name_is_measured_where_nothing_is_moved(mine: Host) -> None:
    for strategy in ("serial", "thread", "threadpool-map"):
        assert mine.sample(strategy, function("mine:nameless"))["ok"]["wall"] > 0


def test_a_result_that_can_not_be_moved_between_processes_is_said_to_be_that(mine: Host) -> None:
    failure = mine.failure("pool-map", function("mine:lock"), workers=2)
    assert failure["kind"] == "unpicklable"
    assert "cannot pickle '_thread.lock' object" in failure["message"]
