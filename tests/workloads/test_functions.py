"""What the user's own function promises as a workload: it is measured as it is, or its row says what is wrong."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from concbench.model.case import Workload
from concbench.workloads.calibration import calibrate
from concbench.workloads.functions import TASKS, items_of
from concbench.workloads.workload import UnfitItems, build, is_function, kind_called
from tests.host.hosts import Host, every_method, started

MINE = """
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
"""
HOW = ": write it as package.module:function, or as file.py:function"
HERE = __name__


@pytest.fixture
def mine(tmp_path: Path) -> Iterator[Host]:
    """A host that finds the user's module."""
    (tmp_path / "mine.py").write_text(MINE, encoding="utf-8")
    with started(tmp_path) as host:
        yield host


def function(name: str, tasks: int = 4) -> Workload:
    return Workload(name=name, tasks=tasks)


def write_modules(folder: Path, **modules: str) -> Path:
    """Write modules into a folder; `a__b` is `a/b.py`."""
    for name, source in modules.items():
        path = folder.joinpath(*name.split("__")).with_suffix(".py")
        path.parent.mkdir(exist_ok=True)
        path.write_text(dedent(source), encoding="utf-8")
    return folder


# What works


@pytest.mark.parametrize("strategy", ["serial", "thread", "pool-map", "asyncio-gather"])
def test_an_async_function_runs_with_a_loop_of_its_own_and_as_a_coroutine(mine: Host, strategy: str) -> None:
    mine.figures(strategy, function("mine:later"), workers=2)


def test_a_plain_function_has_no_coroutine_form(mine: Host) -> None:
    failure = mine.failure("asyncio-gather", function("mine:doubled"))
    assert failure == {"kind": "unavailable", "message": "workload 'mine:doubled' has no coroutine form"}


def test_the_users_function_is_measured_by_every_kind_of_strategy(mine: Host) -> None:
    for strategy in ("serial", "thread", "process", "pool-map", "executor-processes"):
        mine.figures(strategy, function("mine:doubled"))


@every_method
def test_workers_of_every_start_method_find_the_function(mine: Host, method: str) -> None:
    for name in ("mine:doubled", "mine.py:doubled"):
        mine.figures("pool-map", function(name), workers=2, start_method=method)


def test_whatever_can_be_called_and_pickled_will_do(mine: Host) -> None:
    for name in ("partly", "worker", "Worker.tripled", "Worker.times_five", "Worker.factor.__mul__"):
        for strategy in ("serial", "pool-map"):
            mine.figures(strategy, function(f"mine:{name}"), workers=2)


def test_a_function_in_a_package_is_found(tmp_path: Path) -> None:
    write_modules(tmp_path, lib____init__="", lib__images="def thumbnail(number): return number\n")
    with started(tmp_path) as host:
        host.figures("serial", function("lib.images:thumbnail"))


def test_a_function_needs_no_calibration(mine: Host) -> None:
    assert calibrate(function("mine:doubled")) == {}
    assert mine.ask("calibrate", workload=vars(function("mine:doubled"))) == {"ok": {}}


def test_what_a_function_prints_does_not_disturb_the_host(mine: Host) -> None:
    mine.figures("serial", function("mine:chatty"))
    assert "hello from 3" in mine.said()


def test_a_function_is_called_with_the_first_numbers_and_must_return_what_it_returned_at_first() -> None:
    ready = build(function("math:factorial", tasks=5))
    assert (list(ready.items), ready.expected, ready.coroutine) == ([0, 1, 2, 3, 4], [1, 1, 2, 6, 24], None)
    assert pickle.loads(pickle.dumps(ready.task))(5) == 120


def test_a_function_is_a_kind_like_all_others() -> None:
    kind = kind_called("math:factorial")
    assert (kind.sizes, kind.spin, kind.measured) == ({"tasks": TASKS}, None, False)
    assert kind.about.endswith(".")
    assert [is_function(name) for name in ("a:b", "a.b:c.d", ":", "cpu", "")] == [True, True, True, False, False]


# Items


def two_items() -> list[dict[str, int]]:
    return [{"a": 1}, {"a": 2}]


def no_items() -> list[int]:
    return []


def test_items_come_from_where_the_user_says(tmp_path: Path) -> None:
    lines = tmp_path / "items.jsonl"
    lines.write_text('{"x": 1}\n\n[2]\n"three"\n')
    assert list(items_of(Workload(name="a:b", tasks=3))) == [0, 1, 2]
    assert list(items_of(Workload(name="a:b", tasks=3, items=str(lines)))) == [{"x": 1}, [2], "three"]
    assert list(items_of(Workload(name="a:b", tasks=3, items=f"{HERE}:two_items"))) == [{"a": 1}, {"a": 2}]
    assert list(items_of(Workload(name="a:b", tasks=1, items=f"{HERE}:two_items", every=2))) == [{"a": 1}]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{}\n{broken\n", "line 2 of .* is not JSON: Expecting property name enclosed in double quotes at column 2"),
        ("\n\n", "holds no items"),
        (None, "there is no file '.*items.jsonl' to read items from"),
    ],
)
def test_a_file_of_no_items_says_why(content: str | None, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UnfitItems, match=problem):
        items_of(Workload(name="a:b", tasks=1, items=str(path)))
    with pytest.raises(UnfitItems, match="makes no items"):
        items_of(Workload(name="a:b", tasks=1, items=f"{HERE}:no_items"))


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
        ("mine:", f"'mine:' names no function{HOW}"),
        (":doubled", f"':doubled' names no function{HOW}"),
        (":", f"':' names no function{HOW}"),
        (".mine:doubled", f"'.mine:doubled' names no function{HOW}"),
        ("..:doubled", f"'..:doubled' names no function{HOW}"),
        ("mine file:doubled", "there is no module 'mine file' to import 'mine file:doubled' from"),
        ("mine:a:b", "module 'mine' has no 'a:b'"),
        ("mine:dubled", "module 'mine' has no 'dubled'; did you mean 'doubled'?"),
        ("mine:Worker.tripplet", "module 'mine' has no 'Worker.tripplet'; did you mean 'tripled'?"),
        ("few.py:nothing_like_it", "few.py has no 'nothing_like_it'; it has one, two"),
        ("mein:doubled", "there is no module 'mein' to import 'mein:doubled' from; did you mean 'mine'?"),
        ("package.modul:work", "there is no module 'package.modul' to import 'package.modul:work' from; did you mean "
         "'package.module'?"),
        ("mien.py:doubled", "there is no file 'mien.py' to import 'doubled' from"),
    ],
)  # fmt: skip
def test_a_name_that_is_no_functions_says_why_and_what_was_meant(tmp_path: Path, name: str, reason: str) -> None:
    few = "import os\nfrom json import dumps\n\ndef one(x): ...\n\ndef two(x): ...\n"
    write_modules(tmp_path, mine=MINE, few=few, package____init__="", package__module="")
    with started(tmp_path) as host:
        kind = "missing function" if reason.startswith("there is no") or " has no " in reason else "unfit function"
        assert host.failure("serial", function(name)) == {"kind": kind, "message": reason}
        host.figures("serial", function("mine:doubled"))


def test_a_file_whose_name_another_module_has_must_be_renamed(tmp_path: Path) -> None:
    write_modules(tmp_path, first__jobs="def work(x): return x\n", second__jobs="def work(x): return x\n")
    with started(tmp_path / "first") as host:
        host.figures("serial", function("first/jobs.py:work"))
        host.figures("serial", function("../anywhere/../first/jobs.py:work"))
        failure = host.failure("serial", function("second/jobs.py:work"))
    assert failure["kind"] == "unfit function"
    assert failure["message"] == (
        f"second/jobs.py can't be imported by its name, because jobs is {tmp_path}/first/jobs.py: rename the file"
    )


# What goes wrong in the user's own code: raised, with a traceback that begins in that code


def frames(text: str) -> list[str]:
    """The names of the files in a traceback."""
    return [line.split('"')[1].rpartition("/")[2] for line in text.splitlines() if line.startswith('  File "')]


@pytest.mark.parametrize(
    ("source", "message", "files"),
    [
        ("1 / 0\n", "ZeroDivisionError: division by zero", ["broken.py"]),
        ("import helping\n", "OSError: no data", ["broken.py", "helping.py", "helping.py"]),
        ("import no_library\n", "ModuleNotFoundError: No module named 'no_library'", ["broken.py"]),
        ("def work(number:\n    pass\n", "SyntaxError: ", ["broken.py"]),
        ("import sys\nsys.exit('usage: script FILE')\n", "SystemExit: usage: script FILE", ["broken.py"]),
    ],
)
def test_a_module_that_raises_when_it_is_imported_shows_its_own_traceback(
    tmp_path: Path, source: str, message: str, files: list[str]
) -> None:
    write_modules(tmp_path, broken=source, helping="def check():\n    raise OSError('no data')\n\ncheck()\n")
    with started(tmp_path) as host:
        failure = host.failure("serial", function("broken:work"))
        assert failure["kind"] == "raised"
        assert failure["message"].startswith(f"broken can't be imported: {message}")
        assert [name for name in frames(failure["traceback"]) if name.endswith(".py")] == files
        assert message in failure["traceback"].splitlines()[-1]
        host.figures("serial", function("math:factorial"))


def test_a_library_that_is_missing_may_be_installed_for_another_python(tmp_path: Path) -> None:
    write_modules(tmp_path, broken="import no_library\n")
    with started(tmp_path) as host:
        message = host.failure("serial", function("broken:work"))["message"]
    assert message.endswith(f" in {sys.executable}; name the Python that has it with --python")


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


@pytest.mark.parametrize("name", ["steps", "steps_later", "not_a_number", "nameless"])
def test_where_nothing_is_moved_any_function_is_measured_and_what_can_not_be_compared_is_counted(
    mine: Host, name: str
) -> None:
    for strategy in ("serial", "thread", "threadpool-map"):
        mine.figures(strategy, function(f"mine:{name}"), workers=2)


@pytest.mark.parametrize(("name", "words"), [("nameless", "<lambda>"), ("lock", "cannot pickle '_thread.lock' object")])
def test_what_can_not_be_moved_between_processes_says_so(mine: Host, name: str, words: str) -> None:
    failure = mine.failure("pool-map", function(f"mine:{name}"), workers=2)
    assert failure["kind"] == "unpicklable"
    assert failure["message"].startswith("it can't be moved between processes: ")
    assert words in failure["message"]
