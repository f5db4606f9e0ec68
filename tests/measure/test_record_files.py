from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.instruments.columns import NAMES, from_rows, pack, unpack
from concbench.instruments.recorder import BITS, CALLED, RAN, RECEIVED, RECORD, SENT, SIZE, Recorder
from concbench.measure.record_files import Recorded, read
from tests.measure.tracing import tasks_of

BEGAN, ENDED = 1_000_000, 2_000_000
moments = st.integers(BEGAN, ENDED)


def recording(folder: str) -> Recorder:
    recorder = Recorder()
    recorder.start(folder)
    return recorder


def open_region(recorder: Recorder, **more: Any) -> int:
    number = recorder.region()
    about = {"name": "Pool", "kind": "processes", "file": "job.py", "line": 3, "function": "main", "at": BEGAN, **more}
    recorder.write(event="region", number=number, **about)
    return number


def read_in(folder: str) -> Recorded:
    return read(Path(folder), BEGAN, ENDED)


@given(st.lists(st.tuples(moments, moments, moments, st.integers(-1, 2**40), st.integers(-1, 2**40)), max_size=40))
def test_what_was_recorded_is_read(rows: list[tuple[int, int, int, int, int]]) -> None:
    with TemporaryDirectory() as folder:
        recorder = recording(folder)
        number = open_region(recorder)
        expected = []
        for key, (*times, size, went) in enumerate(rows):
            submitted, begin, end = sorted(times)
            recorder.record(SENT, number, key, 0, submitted, begin, 7, size, 0)
            place = recorder.record(RAN, number, key, 0, begin, end, 5, -1, 11, -1, 0)
            recorder.amend(place, went, 13)
            recorder.record(RECEIVED, number, key, 0, ENDED, 17)
            expected.append(
                (begin - BEGAN, end - BEGAN, submitted - BEGAN, ENDED - BEGAN, 5, size, went, 11 + 13 + 7 + 17)
            )
        recorder.record(CALLED, number, 0, 0, BEGAN, len(rows), 1)
        recorder.stop()
        found = read_in(folder)
    assert [each.pid for each in found.processes] == [os.getpid()]
    if not rows:
        assert found.regions == []
        return
    (region,) = found.regions
    tasks = tasks_of(region)
    assert region.calls[0].items == len(rows)
    assert sorted(
        zip(tasks.begin, tasks.end, tasks.submitted, tasks.received, tasks.cpu, tasks.argument, tasks.result,
            tasks.moving, strict=True)
    ) == sorted(expected)  # fmt: skip


def test_more_tasks_than_a_file_holds_are_read(tmp_path: Path) -> None:
    recorder = recording(str(tmp_path))
    number = open_region(recorder)
    count = 2 ** (BITS + 1) + 5
    for key in range(count):
        recorder.record(RAN, number, key, 0, BEGAN + key, BEGAN + key + 1, 0, -1, 0, -1, 0)
    (region,) = read_in(str(tmp_path)).regions
    assert region.tasks == count
    assert list(tasks_of(region).begin) == list(range(count))
    assert len(list(tmp_path.glob("*.records"))) == 3


def test_a_worker_belongs_to_the_pool_that_started_it_last_before_it_recorded(tmp_path: Path) -> None:
    """The id of a process may be another one's later."""
    recorder = recording(str(tmp_path))
    first, second = open_region(recorder), open_region(recorder, at=BEGAN + 1)
    recorder.write(event="worker", number=first, pid=77, at=BEGAN + 10, until=BEGAN + 11)
    recorder.write(event="worker", number=second, pid=77, at=BEGAN + 100, until=BEGAN + 101)
    for began in (BEGAN + 20, BEGAN + 120):
        record = RECORD.pack(RAN, 0, 1, 0, 5, began, began + 5, 0, -1, 0, -1, 0)
        (tmp_path / f"77-{began}-0.records").write_bytes(record + bytes(SIZE))
    assert [each.tasks for each in read_in(str(tmp_path)).regions] == [1, 1]


@given(st.integers(0, 1000), st.integers(0, 3 * SIZE))
def test_what_was_cut_off_is_read_up_to_there(text: int, records: int) -> None:
    with TemporaryDirectory() as folder:
        recorder = recording(folder)
        number = open_region(recorder)
        recorder.write(event="ready", number=number, at=BEGAN, workers=2, start_method="fork")
        for key in range(3):
            recorder.record(RAN, number, key, 0, BEGAN, ENDED, 0, -1, 0, -1, 0)
        for path in Path(folder).iterdir():
            os.truncate(path, text if path.suffix == ".text" else records)
        found = read_in(folder)
    assert all(each.tasks == records // SIZE for each in found.regions)


names = st.sampled_from(["1-2.text", "1-2-0.records", "x.text", "1-2-3-4.records", "1.records", "9-9.text", "changes"])
values = st.one_of(st.integers(), st.text(max_size=5), st.none(), st.lists(st.integers(), max_size=2), st.booleans())
fields = st.sampled_from(["event", "number", "name", "kind", "at", "until", "pid", "workers", "argv", "group", "limit"])
events = st.sampled_from(["process", "region", "ready", "closed", "worker", "ended", "item"])
lines = st.builds(
    lambda event, more: repr({"number": 1, "at": BEGAN, "until": BEGAN, "pid": 1, "name": "Pool", "kind": "threads",
                              "file": "", "line": 1, "function": "", "key": 0, "item": 0, "text": "", "parent": 1,
                              "argv": [], "gil": True, "python": "3", "workers": 1, "start_method": None,
                              "event": event, **more}).encode() + b"\n",
    events, st.dictionaries(fields, values, max_size=2),
)  # fmt: skip
odd = st.integers(-(2**63), 2**63 - 1) | st.integers(BEGAN, ENDED) | st.just(-1)
records = st.builds(
    lambda head, numbers: RECORD.pack(*head, *numbers),
    st.tuples(st.integers(0, 6), st.integers(0, 2), *[st.integers(0, 3) | st.integers(0, 2**64 - 1)] * 3),
    st.tuples(*[odd] * 7),
)
contents = st.one_of(st.binary(max_size=300), st.lists(lines, max_size=6).map(b"".join),
                     st.lists(records, max_size=6).map(b"".join))  # fmt: skip


@given(st.dictionaries(names, contents, max_size=4))
def test_whatever_the_files_hold_they_can_be_read(files: dict[str, bytes]) -> None:
    with TemporaryDirectory() as folder:
        for name, content in files.items():
            Path(folder, name).write_bytes(content)
        found = read_in(folder)
    for region in found.regions:
        tasks = tasks_of(region)
        assert 0 <= region.opened <= region.ready <= region.closed <= (ENDED - BEGAN) * 1e-9
        assert all(
            0 <= submitted <= begin <= end <= ENDED - BEGAN
            for submitted, begin, end in zip(tasks.submitted, tasks.begin, tasks.end, strict=True)
        )


@pytest.mark.parametrize("line", ["[" * 5000, "{'event': 'region'}", "__import__('os').abort()", "{" * 200, "9" * 9000])
def test_a_line_that_is_no_event_is_left_out(tmp_path: Path, line: str) -> None:
    (tmp_path / "1-2.text").write_text(line + "\n")
    assert read_in(str(tmp_path)).processes == []


@given(st.lists(st.tuples(*[st.integers(-1, 2**50)] * len(NAMES)), max_size=20))
def test_columns_come_back(rows: list[tuple[int, ...]]) -> None:
    tasks = unpack(pack(from_rows(rows)), len(rows))
    assert list(zip(*(getattr(tasks, name) for name in NAMES), strict=True)) == rows


@pytest.mark.parametrize("packed", [b"", b"no", pack(from_rows([(0,) * len(NAMES)] * 3))])
def test_columns_that_hold_something_else_are_refused(packed: bytes) -> None:
    with pytest.raises(ValueError, match="tasks"):
        unpack(packed, 2)
