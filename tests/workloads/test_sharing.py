"""What sharing promises: workers get the object in each way, read it in place if it is mapped, and nothing is left."""

from __future__ import annotations

import os
import pickle
import threading
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from concbench.workloads import sharing
from concbench.workloads.sharing import (
    INHERITED,
    INITIALIZER,
    MEMORY_MAP,
    PICKLED,
    SHARED_MEMORY,
    WAYS,
    InFile,
    InSharedMemory,
    Mapped,
    Shared,
    Sharing,
    Unmappable,
    why_not,
)

np = pytest.importorskip("numpy", reason="needs numpy: pip install numpy")
pd = pytest.importorskip("pandas", reason="needs pandas: pip install pandas")

MAPPED = (SHARED_MEMORY, MEMORY_MAP)
every_way = pytest.mark.parametrize("way", WAYS)
each_mapped = pytest.mark.parametrize("way", MAPPED)
made: list[str] = []


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    yield
    sharing.here.clear()


def item_of(number: int, things: Any) -> Any:
    return things[number]


def numbers() -> list[int]:
    made.append(threading.current_thread().name)
    return [3, 1, 4]


def fails() -> list[int]:
    raise LookupError("no data")


def returned(number: int, things: Any) -> Any:
    return things


@contextmanager
def in_a_worker(way: str, make: Callable[[], Any], function: Callable[[Any, Any], Any] = returned) -> Iterator[Sharing]:
    """A task as a worker gets it, while a sample runs; the object that it reads is not the parent's."""
    task = Shared(function, make).by(way)
    with task.way.open():
        yield pickle.loads(pickle.dumps(task))
        sharing.here.clear()


def frame() -> Any:
    return pd.DataFrame({"shop": np.arange(1000), "price": np.linspace(0.0, 1.0, 1000)})


# What workers get


@pytest.mark.parametrize("way", [PICKLED, INHERITED, INITIALIZER])
def test_any_object_can_be_pickled_inherited_or_made(way: str) -> None:
    with in_a_worker(way, numbers, item_of) as task:
        assert [task(number) for number in range(3)] == [3, 1, 4]


@each_mapped
@pytest.mark.parametrize("thing", [b"abc", bytearray(b"abc"), memoryview(b"abc")])
def test_bytes_that_are_mapped_are_a_view_that_no_task_can_change(way: str, thing: Any) -> None:
    with in_a_worker(way, lambda: thing) as task:
        view = task(0)
        assert isinstance(view, memoryview)
        assert view.readonly
        assert bytes(view) == b"abc"
        del view


@each_mapped
def test_an_array_of_the_standard_library_keeps_its_type(way: str) -> None:
    with in_a_worker(way, lambda: array("d", [0.5, 1.5])) as task:
        assert task(0).format == "d"
        assert task(0).tolist() == [0.5, 1.5]


@each_mapped
@pytest.mark.parametrize("order", ["C", "F"])
def test_an_array_of_numpy_is_a_view_that_no_task_can_change(way: str, order: Any) -> None:
    def make() -> Any:
        return np.asarray(np.arange(24.0).reshape(2, 3, 4), order=order)

    with in_a_worker(way, make) as task:
        found = task(0)
        assert not found.flags.owndata
        assert not found.flags.writeable
        assert found.flags[f"{order}_CONTIGUOUS"]
        np.testing.assert_array_equal(found, make())
        del found


@each_mapped
def test_frames_and_containers_of_arrays_are_views_too(way: str) -> None:
    def make() -> Any:
        return {"frame": frame(), "bits": np.ones(100, bool), "name": "sales"}

    with in_a_worker(way, make) as task:
        found = task(0)
        pd.testing.assert_frame_equal(found["frame"], frame())
        assert (found["name"], int(found["bits"].sum())) == ("sales", 100)
        assert not found["bits"].flags.owndata
        del found


@each_mapped
def test_a_worker_maps_it_once(way: str) -> None:
    with in_a_worker(way, lambda: b"abc" * 1000) as task:
        assert task(0) is task(1)


@each_mapped
@pytest.mark.parametrize("thing", [{"a": 1}, [1, 2, 3], "text", 7, np.array([{}, []], dtype=object)])
def test_what_is_not_bytes_can_not_be_mapped_and_it_says_so(way: str, thing: Any) -> None:
    task = Shared(returned, lambda: thing).by(way)
    with pytest.raises(Unmappable, match=f"most of this {type(thing).__name__}"), task.way.open():
        pass


def test_an_object_for_which_shared_memory_has_no_room_is_refused_before_a_write_would_kill_its_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    full = SimpleNamespace(f_bavail=1, f_frsize=4096)
    monkeypatch.setattr(os, "statvfs", lambda _path: full, raising=False)
    task = Shared(returned, lambda: bytes(5_000_000)).by(SHARED_MEMORY)
    with pytest.raises(Unmappable, match="room for 0 MB, and the object takes 5 MB: enlarge it"), task.way.open():
        pass


@each_mapped
def test_an_object_without_bytes_is_mapped_all_the_same(way: str) -> None:
    with in_a_worker(way, lambda: b"") as task:
        assert bytes(task(0)) == b""


def test_threads_of_a_process_make_one() -> None:
    made.clear()
    task = Shared(item_of, numbers).by(INITIALIZER)
    threads = [threading.Thread(target=task, args=(0,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1


def test_each_sample_makes_its_own() -> None:
    made.clear()
    for _sample in range(2):
        task = Shared(item_of, numbers).by(INITIALIZER)
        assert [task(number) for number in range(3)] == [3, 1, 4]
    assert len(made) == 2


@pytest.mark.parametrize("way", [each for each in WAYS if each != INITIALIZER])
def test_the_parent_makes_it_before_the_sample_begins(way: str) -> None:
    with pytest.raises(LookupError):
        Shared(item_of, fails).by(way)


# What is left


@pytest.mark.parametrize("way", [INHERITED, *MAPPED])
def test_the_parent_keeps_no_second_one(way: str) -> None:
    task = Shared(returned, lambda: b"abc" * 1000).by(way)
    with task.way.open():
        assert task.way.thing is None


@pytest.mark.parametrize("raises", [False, True], ids=["ends", "raises"])
def test_shared_memory_is_unlinked_however_the_sample_ends(raises: bool) -> None:
    way = InSharedMemory(lambda: b"abc")
    try:
        with way.open():
            name = way.name
            assert name not in sharing.here
            if raises:
                raise LookupError
    except LookupError:
        pass
    with pytest.raises(FileNotFoundError):
        SharedMemory(name=name)


@pytest.mark.parametrize("raises", [False, True], ids=["ends", "raises"])
def test_the_file_is_removed_however_the_sample_ends(raises: bool) -> None:
    way = InFile(lambda: b"abc")
    try:
        with way.open():
            assert Path(way.name).read_bytes() == b"abc"
            if raises:
                raise LookupError
    except LookupError:
        pass
    assert not Path(way.name).exists()


def test_what_is_inherited_is_let_go() -> None:
    task = Shared(item_of, numbers).by(INHERITED)
    with task.way.open():
        assert list(sharing.held.values()) == [[3, 1, 4]]
    assert sharing.held == {}


def test_a_task_may_keep_a_view_for_as_long_as_it_likes() -> None:
    kept = []
    for byte in (b"a", b"b"):
        with in_a_worker(SHARED_MEMORY, partial(bytes.ljust, byte, 10, byte)) as task:
            kept.append(task(0))
    assert [bytes(view) for view in kept] == [b"a" * 10, b"b" * 10]


def test_a_mapped_object_travels_without_its_bytes() -> None:
    for way in MAPPED:
        task = Shared(returned, lambda: np.zeros(10**6)).by(way)
        assert isinstance(task.way, Mapped)
        with task.way.open():
            assert len(pickle.dumps(task)) < 2000


# What can't be done


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_no_global_is_inherited_without_a_fork(method: str) -> None:
    reason = why_not(INHERITED, kind="processes", one_each=False, start_method=method)
    assert reason is not None
    assert f"{method} starts them anew: use --start-method fork" in reason
    assert why_not(INHERITED, kind="processes", one_each=False, start_method="fork") is None


def test_interpreters_inherit_no_globals() -> None:
    reason = why_not(INHERITED, kind="interpreters", one_each=False, start_method="fork")
    assert reason == "an interpreter has modules of its own, and inherits no globals"


def test_a_forked_process_of_one_task_inherits_its_arguments() -> None:
    assert why_not(PICKLED, kind="processes", one_each=True, start_method="fork") is not None
    assert why_not(PICKLED, kind="processes", one_each=True, start_method="spawn") is None
    assert why_not(PICKLED, kind="processes", one_each=False, start_method="fork") is None


@every_way
def test_a_pool_of_forked_workers_can_be_given_it_in_every_way(way: str) -> None:
    assert why_not(way, kind="processes", one_each=False, start_method="fork") is None
