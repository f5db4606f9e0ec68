"""What a function is called with, however it is given."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.api.luggage import Luggage, packing
from concbench.model import Workload
from concbench.workloads.functions import items_of
from concbench.workloads.kinds import UnfitItems
from tests.api import tasks
from tests.api.typing_in import typed_in


def read_back(luggage: Luggage, given: Any, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What a host would read."""
    tasks_, source = luggage.items(given)
    for folder in reversed(luggage.paths):
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
    assert read_back(Luggage(tmp_path), items, monkeypatch) == read


@pytest.mark.parametrize("name", ["items.jsonl", "items.ndjson"])
def test_a_file_of_items_is_read_where_it_is(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / name).write_text('{"a": 1}\n"two"\n')
    (tmp_path / "luggage").mkdir()
    assert read_back(Luggage(tmp_path / "luggage"), tmp_path / name, monkeypatch) == [{"a": 1}, "two"]
    monkeypatch.chdir(tmp_path)
    assert Luggage(tmp_path / "luggage").items(name) == (None, str(tmp_path / name))


def test_objects_of_a_class_that_was_typed_in_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with typed_in("class A:\n    def __init__(self, x):\n        self.x = x") as names:
        (back,) = read_back(Luggage(tmp_path), [names["A"](5)], monkeypatch)
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
    with packing() as luggage, pytest.MonkeyPatch.context() as monkeypatch:
        back = read_back(luggage, values, monkeypatch)
    assert repr(back) == repr(values)


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        (0, "there is nothing to run"),
        ([], "there is nothing to run"),
        ("some text", "put it into a list"),
        ("missing.jsonl", "there is no file"),
        (b"bytes", "items are no bytes"),
        ({"a": 1}, "items are no dict"),
        (True, "items are no bool"),
        (2.5, "items are no float"),
        ([threading.Lock()], "can't be pickled, and fresh interpreters need them"),
        ([lambda: 1], "can't be pickled"),
        ("items.pickle", "neither a count, nor a JSON-lines file"),
    ],
)
def test_what_is_no_items_is_refused(items: Any, reason: str, tmp_path: Path) -> None:
    with pytest.raises(UnfitItems, match=reason):
        Luggage(tmp_path).items(items)


def test_a_lambda_of_a_notebook_among_the_items_is_told_as_what_it_is(tmp_path: Path) -> None:
    with typed_in("items = [lambda x: x]") as names, pytest.raises(UnfitItems, match="a lambda has no name"):
        Luggage(tmp_path).items(names["items"])


def test_a_run_says_what_the_items_were_and_not_where_they_lay(tmp_path: Path) -> None:
    assert Luggage(tmp_path).items(["only"]) == (None, "given in Python:1 item")


def test_nothing_is_left_of_what_was_packed() -> None:
    with packing() as luggage:
        luggage.items([1, 2])
        assert luggage.folder.exists()
    assert not luggage.folder.exists()
