"""What a serial pass promises: it finds what a function returns, how long it takes, and what is odd about it."""

from __future__ import annotations

import itertools
import random
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from concbench.model.case import Workload
from concbench.workloads import examination
from concbench.workloads.equality import NotKnown
from concbench.workloads.examination import (
    SHORT,
    examine,
    examine_workload,
    serial_pass,
    waited_for_a_core,
    write,
)
from concbench.workloads.functions import Examined, RaisedOnItem, build, items_of, read
from concbench.workloads.workload import UnfitFunction


def square(number: int) -> int:
    return number * number


def says(number: int) -> int:
    print("number", number)
    return number


def gives_up(number: int) -> int:
    if number == 2:
        raise LookupError("no such thing")
    return number


def counts_up(item: dict[str, int]) -> int:
    item["seen"] = item.get("seen", 0) + 1
    return item["seen"]


def any_number(_number: int) -> float:
    return random.random()


def has_help(number: int) -> int:
    helper = threading.Thread(target=int)
    helper.start()
    helper.join()
    return number


def nap(number: int) -> int:
    time.sleep(0.004)
    return number


async def later(number: int) -> int:
    return number


calls: list[int] = []


def note_a_call() -> None:
    calls.append(1)


def connects_until_it_is_closed() -> Iterator[None]:
    yield


async def connects_later_until_it_is_closed() -> AsyncIterator[None]:
    yield


def is_square(number: int, result: int) -> bool:
    return result == number * number


class NeverBack:
    """It can be pickled, and not made again from that."""

    def __reduce__(self) -> tuple[type[int], tuple[str]]:
        return int, ("no number",)


HERE = __name__


def test_what_is_fit_needs_no_words() -> None:
    found = examine("f", square, range(5))
    assert (found.expected, found.notes) == ([0, 1, 4, 9, 16], [])
    assert found.seconds > 0
    assert 0 <= found.busy <= 1


def test_what_raises_names_its_item_and_keeps_its_own_error() -> None:
    with pytest.raises(RaisedOnItem, match="f raised on item 2, 2: LookupError: no such thing") as raised:
        examine("f", gives_up, range(4))
    assert isinstance(raised.value.__cause__, LookupError)


@pytest.mark.parametrize(
    ("function", "items", "words"),
    [
        (says, range(2), "f prints, which is part of its time: --task-output FILE keeps it off the terminal"),
        (counts_up, [{}, {}], "f changes its argument: every sample gets copies of the items"),
        (any_number, range(2), "f does not return the same for the same item, so its results are only counted"),
        (has_help, range(2), "f starts threads of its own, so more cores may be busy than there are workers"),
        (lambda number: number, range(2), "f can't be pickled"),
    ],
)
def test_what_is_odd_has_one_sentence(function: Callable[[Any], Any], items: Any, words: str) -> None:
    (note,) = examine("f", function, items).notes
    assert note.startswith(words)


# The time


def test_what_only_the_first_call_does_is_no_part_of_the_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []

    def noted(function: Callable[[Any], Any], items: Any) -> Examined:
        seen.append("the pass begins")
        return serial_pass(function, items)

    monkeypatch.setattr(examination, "serial_pass", noted)
    monkeypatch.setattr(examination, "SHORT", 0.0)  # so that one pass is enough
    examine("f", seen.append, range(4))
    assert seen == [0, 1, 2, "the pass begins", 0, 1, 2, 3]


@pytest.mark.parametrize(
    ("takes", "passes", "fastest"),
    [
        ((0.09, 0.05, 0.07), 3, 0.05),
        ((0.05, 0.09, 0.07), 3, 0.05),
        ((0.2, 0.15, 0.01), 2, 0.15),  # these two are long enough
        ((SHORT, 0.01, 0.01), 1, SHORT),
    ],
)
def test_a_short_pass_is_timed_again_and_the_fastest_counts(
    takes: tuple[float, ...], passes: int, fastest: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [Examined([None], seconds, 10 * seconds) for seconds in takes]
    monkeypatch.setattr(examination, "serial_pass", lambda _function, _items: left.pop(0))
    found = examine("f", lambda _item: None, [1])
    assert (found.seconds, found.busy) == (fastest, 10 * fastest)
    assert len(left) == len(takes) - passes


@pytest.mark.parametrize(
    ("items", "odd", "expected_calls"),
    [
        ([NeverBack()], lambda _item: time.sleep(SHORT), 1),  # long enough, and no copy for a try
        ([[1], [2]], list.pop, 4),  # it changes its items: a try and the pass
    ],
)
def test_what_is_long_or_odd_is_not_called_again_for_its_time(
    items: Sequence[Any], odd: Callable[[Any], Any], expected_calls: int
) -> None:
    seen: list[object] = []

    def counted(item: Any) -> Any:
        seen.append(item)
        return odd(item)

    examine("f", counted, items)
    assert len(seen) == expected_calls


def test_what_raises_only_when_it_is_called_again_names_its_item_too() -> None:
    called = itertools.count()

    def tired(item: int) -> None:
        if next(called) == 5:
            raise ValueError("enough")

    with pytest.raises(RaisedOnItem, match="f raised on item 1, 20: ValueError: enough"):
        examine("f", tired, [10, 20])


def test_items_that_can_not_be_copied_are_in_the_pass_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examination, "SHORT", 0.0)  # so that one pass is enough
    seen: list[object] = []
    items = [1, NeverBack(), 3]
    examine("f", seen.append, items)
    assert seen == [1, *items]


@pytest.mark.parametrize(("waited", "busy"), [(3.0, 1.0), (2.0, 0.5)])
def test_what_others_held_the_core_for_is_no_waiting_of_the_functions_own(
    waited: float, busy: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pass of 4 s in which the function computed for 1 s, and others held the core for 3 s or 2 s."""
    clocks = {"perf_counter": [0.0, 4.0], "process_time": [0.0, 1.0], "waited_for_a_core": [5.0, 5.0 + waited]}
    for name, readings in clocks.items():
        monkeypatch.setattr(examination, name, iter(readings).__next__)
    assert serial_pass(square, range(3)).busy == busy


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux counts it")
def test_what_a_thread_waited_for_a_core_only_grows() -> None:
    readings = [waited_for_a_core() for _ in range(3)]
    assert readings == sorted(readings)
    assert readings[0] >= 0


def test_after_the_pass_all_is_as_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    start = threading.Thread.start
    examine("f", says, range(4))
    print("after")
    assert threading.Thread.start is start
    assert capsys.readouterr().out.splitlines()[-1] == "after"


# What other hosts get of it


def test_what_was_found_can_be_written_and_read_by_another_host(tmp_path: Path) -> None:
    found = examine("f", square, range(3))
    assert vars(read(write(found, "f", str(tmp_path)))) == vars(found)


def test_results_that_can_not_be_pickled_are_counted_and_one_sentence_says_so(tmp_path: Path) -> None:
    found = serial_pass(lambda number: lambda: number, range(2))
    again = read(write(found, "f", str(tmp_path)))
    assert again.expected == [NotKnown, NotKnown]
    assert again.unpicklable is not None
    (note,) = found.notes
    assert note.startswith("f returns what can't be pickled (")
    assert note.endswith("): only threads, coroutines and serial can hand it over, and there results are only counted")


def answer(function: str, folder: Path, within: float | None = None, **fields: Any) -> dict[str, Any]:
    return examine_workload(Workload(name=f"{HERE}:{function}", **{"tasks": 64, **fields}), str(folder), within)


@pytest.mark.parametrize("within", [None, 60.0])
def test_a_pass_answers_with_what_the_workload_lacks(tmp_path: Path, within: float | None) -> None:
    found = answer("square", tmp_path, within)
    assert (found["found"]["tasks"], found["found"]["every"], found["notes"]) == (64, 1, [])
    assert found["found"]["task_time"] > 0
    assert read(found["file"]).expected == [square(number) for number in range(64)]


def test_of_what_takes_longer_than_there_is_time_for_some_items_are_run_evenly_spread(tmp_path: Path) -> None:
    found = answer("nap", tmp_path, within=0.05)
    every = found["found"]["every"]
    assert 1 < every <= 8  # a few remain in any case
    assert found["found"]["total"] == 64
    again = list(items_of(Workload(name=f"{HERE}:nap", **found["found"])))
    assert again == list(range(0, 64, every)) == read(found["file"]).expected


def test_of_what_was_examined_fewer_may_be_run_and_each_is_compared_with_its_own_result(tmp_path: Path) -> None:
    found = answer("square", tmp_path)
    third = Workload(name=f"{HERE}:square", **{**found["found"], "every": 3, "tasks": 22})
    tasks = build(SimpleNamespace(**vars(third), examined=found["file"]))  # type: ignore[arg-type]  # as a host has it
    assert list(tasks.items) == list(range(0, 64, 3))
    assert list(tasks.expected) == [square(number) for number in tasks.items]


def test_it_is_found_whether_the_function_is_a_coroutine_function(tmp_path: Path) -> None:
    assert [answer(name, tmp_path, tasks=1)["found"]["coroutine"] for name in ("square", "later")] == [False, True]


def test_an_initializer_is_called_before_the_pass(tmp_path: Path) -> None:
    calls.clear()
    answer("square", tmp_path, tasks=1, init=f"{HERE}:note_a_call")
    assert calls == [1]


@pytest.mark.parametrize("init", ["connects_until_it_is_closed", "connects_later_until_it_is_closed"])
def test_an_initializer_of_which_a_call_runs_nothing_is_refused(tmp_path: Path, init: str) -> None:
    with pytest.raises(UnfitFunction, match=f"{init} is a generator.*without yield"):
        answer("square", tmp_path, tasks=1, init=f"{HERE}:{init}")


def test_a_check_takes_the_place_of_what_the_pass_returned() -> None:
    tasks = build(Workload(name=f"{HERE}:square", tasks=3, expect=f"{HERE}:is_square"))
    assert tasks.check is not None
    assert tasks.check(3, 9)
    assert not tasks.check(3, 8)
