"""What a serial pass promises: it finds what a function returns, how long it takes, and what is odd about it."""

from __future__ import annotations

import itertools
import json
import random
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from concbench.model import Workload
from concbench.workloads.equality import NotKnown
from concbench.workloads.examining import (
    SHORT,
    Examined,
    RaisedOnItem,
    examine,
    read,
    serial_pass,
    waited_for_a_core,
    write,
)
from concbench.workloads.functions import build, examined, items_of
from concbench.workloads.kinds import UnfitItems


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


def two_items() -> list[dict[str, int]]:
    return [{"a": 1}, {"a": 2}]


def no_items() -> list[int]:
    return []


calls: list[int] = []


def note_a_call() -> None:
    calls.append(1)


def is_square(number: int, result: int) -> bool:
    return result == number * number


HERE = __name__


def notes(function: Callable[[Any], Any], items: Any = range(4)) -> list[str]:
    return examine("f", function, items).notes


def test_what_is_fit_needs_no_words() -> None:
    found = examine("f", square, range(5))
    assert found.expected == [0, 1, 4, 9, 16]
    assert found.notes == []
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
        (has_help, range(2), "f starts threads of its own, so that more cores may be at work than there are workers"),
        (lambda number: number, range(2), "f can't be pickled"),
    ],
)
def test_what_is_odd_has_one_sentence(function: Callable[[Any], Any], items: Any, words: str) -> None:
    (note,) = notes(function, items)
    assert note.startswith(words)


def test_what_only_the_first_call_does_is_no_part_of_the_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []

    def noted(function: Callable[[Any], Any], items: Any) -> Examined:
        seen.append("the pass begins")
        return serial_pass(function, items)

    monkeypatch.setattr("concbench.workloads.examining.serial_pass", noted)
    monkeypatch.setattr("concbench.workloads.examining.SHORT", 0.0)  # so that one pass is enough
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
    monkeypatch.setattr("concbench.workloads.examining.serial_pass", lambda _function, _items: left.pop(0))
    found = examine("f", lambda _item: None, [1])
    assert (found.seconds, found.busy) == (fastest, 10 * fastest)
    assert len(left) == len(takes) - passes


def test_a_pass_that_takes_long_enough_is_timed_once() -> None:
    seen: list[object] = []

    def slow(item: object) -> None:
        seen.append(item)
        time.sleep(SHORT)

    examine("f", slow, [NeverBack()])
    assert len(seen) == 1


def test_what_is_odd_is_not_called_again_for_its_time() -> None:
    seen: list[object] = []

    def draining(item: list[int]) -> int:
        seen.append(item)
        return item.pop()

    assert examine("f", draining, [[1], [2]]).changes_items
    assert len(seen) == 2 * 2


def test_what_raises_only_when_it_is_called_again_names_its_item_too() -> None:
    called = itertools.count()

    def tired(item: int) -> None:
        if next(called) == 5:
            raise ValueError("enough")

    with pytest.raises(RaisedOnItem, match="f raised on item 1, 20: ValueError: enough"):
        examine("f", tired, [10, 20])


class NeverBack:
    """It can be pickled, and not made again from that."""

    def __reduce__(self) -> tuple[type[int], tuple[str]]:
        return int, ("no number",)


def test_items_that_can_not_be_copied_are_in_the_pass_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("concbench.workloads.examining.SHORT", 0.0)  # so that one pass is enough
    seen: list[object] = []
    items = [1, NeverBack(), 3]
    examine("f", seen.append, items)
    assert seen == [1, *items]


def nap(number: int) -> int:
    time.sleep(0.004)
    return number


async def later(number: int) -> int:
    return number


def test_after_the_pass_all_is_as_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    start = threading.Thread.start
    notes(says)
    print("after")
    assert threading.Thread.start is start
    assert capsys.readouterr().out.splitlines()[-1] == "after"


def test_what_was_found_can_be_written_and_read_by_another_host(tmp_path: Path) -> None:
    found = examine("f", square, range(3))
    path = write(found, "f", str(tmp_path))
    assert vars(read(path)) == vars(found)


def test_results_that_can_not_be_pickled_are_counted_and_one_sentence_says_so(tmp_path: Path) -> None:
    found = serial_pass(lambda number: lambda: number, range(2))
    again = read(write(found, "f", str(tmp_path)))
    assert again.expected == [NotKnown, NotKnown]
    assert again.unpicklable is not None
    (note,) = found.notes
    assert note.startswith("f returns what can't be pickled (")
    assert note.endswith("): only threads, coroutines and serial can hand it over, and there results are only counted")


def test_a_pass_answers_with_what_the_workload_lacks(tmp_path: Path) -> None:
    answer = examined(Workload(name=f"{HERE}:square", tasks=7), str(tmp_path))
    assert answer["found"]["tasks"] == 7
    assert answer["found"]["task_time"] > 0
    assert answer["notes"] == []
    assert read(answer["file"]).expected == [square(number) for number in range(7)]


def test_of_what_takes_longer_than_there_is_time_for_some_items_are_run_evenly_spread(tmp_path: Path) -> None:
    answer = examined(Workload(name=f"{HERE}:nap", tasks=64), str(tmp_path), within=0.05)
    found = answer["found"]
    assert 1 < found["every"] <= 8  # a few remain in any case
    assert found["tasks"] == len(range(0, 64, found["every"]))
    assert found["total"] == 64
    again = Workload(name=f"{HERE}:nap", **found)
    assert list(items_of(again)) == list(range(0, 64, found["every"]))[: found["tasks"]]
    assert read(answer["file"]).expected == list(items_of(again))


def test_of_what_was_examined_fewer_may_be_run_and_each_is_compared_with_its_own_result(tmp_path: Path) -> None:
    answer = examined(Workload(name=f"{HERE}:square", tasks=64), str(tmp_path))
    third = Workload(name=f"{HERE}:square", **{**answer["found"], "every": 3, "tasks": 22})
    tasks = build(SimpleNamespace(**vars(third), examined=answer["file"]))  # type: ignore[arg-type]  # as a host has it
    assert list(tasks.items) == list(range(0, 64, 3))
    assert list(tasks.expected) == [square(number) for number in tasks.items]


def test_of_what_does_not_all_items_are_run(tmp_path: Path) -> None:
    answer = examined(Workload(name=f"{HERE}:square", tasks=64), str(tmp_path), within=60.0)
    assert (answer["found"]["every"], answer["found"]["tasks"], answer["notes"]) == (1, 64, [])


def test_items_of_a_function_that_takes_long_are_thinned_out_too() -> None:
    assert list(items_of(Workload(name="a:b", tasks=1, items=f"{HERE}:two_items", every=2))) == [{"a": 1}]


def test_it_is_told_whether_the_function_is_a_coroutine_function(tmp_path: Path) -> None:
    assert not examined(Workload(name=f"{HERE}:square", tasks=1), str(tmp_path))["found"]["coroutine"]
    assert examined(Workload(name=f"{HERE}:later", tasks=1), str(tmp_path))["found"]["coroutine"]


def test_an_initializer_is_called_before_the_pass(tmp_path: Path) -> None:
    calls.clear()
    examined(Workload(name=f"{HERE}:square", tasks=1, init=f"{HERE}:note_a_call"), str(tmp_path))
    assert calls == [1]


def test_items_come_from_where_somebody_says(tmp_path: Path) -> None:
    lines = tmp_path / "items.jsonl"
    lines.write_text('{"x": 1}\n\n[2]\n"three"\n')
    assert list(items_of(Workload(name="a:b", tasks=3))) == [0, 1, 2]
    assert list(items_of(Workload(name="a:b", tasks=3, items=str(lines)))) == [{"x": 1}, [2], "three"]
    assert list(items_of(Workload(name="a:b", tasks=3, items=f"{HERE}:two_items"))) == [{"a": 1}, {"a": 2}]


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


def test_a_check_takes_the_place_of_what_the_pass_returned() -> None:
    tasks = build(Workload(name=f"{HERE}:square", tasks=3, expect=f"{HERE}:is_square"))
    assert tasks.check is not None
    assert tasks.check(3, 9)
    assert not tasks.check(3, 8)


def test_a_workload_with_all_of_it_survives_a_document() -> None:
    workload = Workload(name="a:b", tasks=1, items="i.jsonl", expect="c:d", init="e:f", busy=0.5)
    assert json.loads(json.dumps(vars(workload)))["busy"] == 0.5


def test_on_a_busy_machine_a_function_that_computes_does_not_seem_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others hold the core for three quarters of the pass, which the kernel tells."""
    clocks = {"perf_counter": iter([0.0, 4.0]), "process_time": iter([0.0, 1.0]), "waited_for_a_core": iter([5.0, 8.0])}
    for name, readings in clocks.items():
        monkeypatch.setattr(f"concbench.workloads.examining.{name}", readings.__next__)
    assert serial_pass(square, range(3)).busy == 1.0


def test_a_function_that_waits_still_does_on_a_busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    clocks = {"perf_counter": iter([0.0, 4.0]), "process_time": iter([0.0, 1.0]), "waited_for_a_core": iter([5.0, 7.0])}
    for name, readings in clocks.items():
        monkeypatch.setattr(f"concbench.workloads.examining.{name}", readings.__next__)
    assert serial_pass(square, range(3)).busy == 0.5


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells")
def test_what_a_thread_waited_for_a_core_only_grows() -> None:
    readings = [waited_for_a_core() for _ in range(3)]
    assert readings == sorted(readings)
    assert readings[0] >= 0
