"""What reading a run document promises, above all of files that are none."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.model.run import SCHEMA, Crossing, Run
from concbench.runs import reading
from concbench.runs.checking import faults
from concbench.runs.reading import UnreadableRun, read_run
from concbench.runs.writing import encode_run
from tests.builders import example_run
from tests.recorded import region, straggling, task, traced_run
from tests.report.runs import counters_run, facts_run, messages_run, sharing_run, startups_run, turns_run
from tests.runs.any_run import crossings, json_values, runs

DOCUMENT = encode_run(example_run())
SHARING = encode_run(sharing_run())
"""With times of each, lost updates, crossings and facts."""
TRACE = encode_run(straggling())
"""Of a program."""
Steps = tuple[str | int, ...]
posix = pytest.mark.skipif(sys.platform == "win32", reason="pipes and sockets in folders as POSIX has them")


@pytest.fixture(scope="session")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs") / "run.json"


def complaint(path: Path) -> str:
    """The text of the error that reading `path` ends with; a line that a terminal can show."""
    with pytest.raises(UnreadableRun) as caught:
        read_run(path)
    text = str(caught.value)
    assert text.isprintable()
    return text


def complaint_about(document: object, file: Path) -> str:
    write(document, file)
    return complaint(file)


def read(document: object, file: Path) -> Run:
    write(document, file)
    return read_run(file)


def write(document: object, file: Path) -> None:
    file.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())


def example(document: bytes = DOCUMENT) -> dict[str, Any]:
    """The example, or another document, as a JSON object, to be damaged."""
    found: dict[str, Any] = json.loads(document)
    return found


def with_value(*path: str | int, value: object, of: bytes = DOCUMENT) -> dict[str, Any]:
    """A document with the value at `path` replaced."""
    document = example(of)
    holder: Any = document
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    return document


# What is read


@given(run=runs())
def test_any_run_survives_being_written_and_read(run: Run, file: Path) -> None:
    file.write_bytes(encode_run(run))
    assert read_run(file) == run


@given(crossing=crossings())
def test_any_crossing_survives_being_written_and_read(crossing: Crossing, file: Path) -> None:
    run = replace(example_run(), crossings=[crossing])
    assert read(encode_run(run), file).crossings == [crossing]


@pytest.mark.parametrize(
    "build", [example_run, sharing_run, messages_run, counters_run, turns_run, startups_run, facts_run]
)
def test_a_run_of_every_experiment_survives_being_written_and_read(build: Callable[[], Run], file: Path) -> None:
    assert list(faults(build())) == []
    assert read(encode_run(build()), file) == build()


def test_a_byte_order_mark_is_skipped(file: Path) -> None:
    assert read(b"\xef\xbb\xbf" + DOCUMENT, file) == example_run()


def test_fields_that_a_later_concbench_added_are_skipped(file: Path) -> None:
    assert read(example() | {"colour": ["teal"]}, file) == example_run()


def test_a_claim_that_was_not_measured_may_name_a_case_that_was_left_out(file: Path) -> None:
    document = example()
    document["claims"][0] |= {"outcome": "not measured", "comparison": None}
    document["claims"][0]["claim"]["case"] = "short/joblib"
    assert read(document, file).claims[0].claim.case == "short/joblib"


def test_whether_a_fact_agrees_is_never_taken_from_a_file(file: Path) -> None:
    found = read(with_value("facts", 3, "agrees", value=True, of=SHARING), file)
    assert [fact.agrees for fact in found.facts] == [fact.agrees for fact in sharing_run().facts]
    assert not found.facts[3].agrees


def test_a_document_from_before_other_experiments_is_read(file: Path) -> None:
    found = example()
    for field in ("crossings", "facts", "axes"):
        del found[field]
    for result in found["results"]:
        del result["case"]["experiment"], result["case"]["settings"]["lock"]
        for sample in result["samples"]:
            for field in ("each", "each_p99", "stream", "lost"):
                del sample[field]
    for outcome in found["claims"]:
        del outcome["lost"], outcome["updates"]
    assert read(found, file) == example_run()


def test_a_crossing_from_before_there_were_axes_is_one_of_messages(file: Path) -> None:
    found = example(SHARING)
    for crossing in found["crossings"]:
        del crossing["axis"], crossing["at"]
    assert {(crossing.axis, crossing.at) for crossing in read(found, file).crossings} == {("payload", "")}


# Files that can't be opened


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "gone.json"
    assert complaint(path) == f"{path} does not exist: check its name"


def test_a_folder_is_called_one(tmp_path: Path) -> None:
    assert complaint(tmp_path) == f"{tmp_path} is a folder: name a run document in it"


@contextmanager
def unprivileged() -> Iterator[None]:
    """As a user without rights, since permissions mean nothing to root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
@pytest.mark.parametrize("closed", ["file", "folder"])
def test_a_lack_of_permission_is_reported(tmp_path: Path, closed: str) -> None:
    folder = tmp_path / "private"
    folder.mkdir()
    path = folder / "run.json"
    path.write_bytes(DOCUMENT)
    (path if closed == "file" else folder).chmod(0)
    try:
        with unprivileged():
            assert complaint(path).startswith(f"{path} can't be read for lack of permission: ")
    finally:
        folder.chmod(0o700)


def test_a_path_through_a_file_is_reported(file: Path) -> None:
    file.write_bytes(DOCUMENT)
    assert str(file / "run.json") in complaint(file / "run.json")


def test_an_impossible_name_is_reported(tmp_path: Path) -> None:
    assert "can't be the name of a file" in complaint(tmp_path / "a\0b.json")
    assert "can't be read" in complaint(tmp_path / ("long" * 1000))


def test_a_file_larger_than_the_limit_is_not_read_whole(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_BYTES", 1000)
    assert "is larger than 1000 bytes" in complaint_about(DOCUMENT, file)


def test_a_file_that_reports_its_size_is_refused_before_it_is_read(file: Path) -> None:
    with file.open("wb") as sparse:
        sparse.truncate(2**40)
    assert f"is larger than {reading.MAX_BYTES} bytes" in complaint(file)


@contextmanager
def a_socket(path: Path) -> Iterator[None]:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        yield


@posix
@pytest.mark.parametrize("descriptors", [False, True])
@pytest.mark.parametrize("kind", ["a pipe", "a socket", "a device", "a link to a pipe"])
def test_what_is_no_file_is_refused_at_once_and_never_waited_for(
    kind: str, descriptors: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # the path of a socket must be short
    path = Path("run.json")
    with ExitStack() as stack:
        if kind == "a device":
            path = Path("/dev/zero")
        elif kind == "a socket":
            stack.enter_context(a_socket(path))
        else:
            os.mkfifo("pipe")
            path = Path("pipe") if kind == "a pipe" else path
            if kind.startswith("a link"):
                path.symlink_to("pipe")
        with pytest.raises(UnreadableRun) as caught:
            read_run(path, descriptors=descriptors)
    assert str(caught.value).startswith(f"{path} is {kind.removeprefix('a link to ')}: ")


@posix
def test_what_is_open_already_is_read_where_that_is_meant_and_never_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def piped(document: bytes, descriptors: bool) -> Run:
        ours, theirs = os.pipe()
        writer = threading.Thread(target=write, args=(theirs, document))
        writer.start()
        try:
            return read_run(Path(f"/dev/fd/{ours}"), descriptors=descriptors)
        finally:
            os.close(ours)
            writer.join()

    def write(number: int, document: bytes) -> None:
        with suppress(BrokenPipeError), os.fdopen(number, "wb") as pipe:
            pipe.write(document)

    assert piped(DOCUMENT, descriptors=True) == example_run()
    with pytest.raises(UnreadableRun, match="is a pipe"):
        piped(DOCUMENT, descriptors=False)
    monkeypatch.setattr(reading, "MAX_BYTES", 1000)
    with pytest.raises(UnreadableRun, match="is larger than 1000 bytes"):
        piped(DOCUMENT, descriptors=True)


# Files that are no run document


@pytest.mark.parametrize("document", [b"", b" \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_called_empty(document: bytes, file: Path) -> None:
    assert "is empty" in complaint_about(document, file)


@pytest.mark.parametrize(
    "document",
    [
        {"name": "left-pad", "version": "1.3.0"},
        {"schema": None},
        {"schema": "https://json-schema.org"},
        {"schema": SCHEMA, "name": "something else"},
        {"schema": True},
        {"schema": 1.0},
        {"schema": [1]},
        {"schema": 10**400},
        [],
        [1, 2],
        "text",
        3,
        None,
    ],
    ids=lambda document: str(document)[:30],
)
def test_other_json_is_called_no_run_document(document: object, file: Path) -> None:
    assert f"{file} is not a concbench run document (" in complaint_about(document, file)


def test_a_newer_schema_asks_for_an_upgrade_even_where_everything_else_has_changed(file: Path) -> None:
    text = complaint_about({"schema": 7, "cases": {"of": "another kind"}, "seed": 1e300}, file)
    assert text == f"{file} was written by a newer concbench (schema 7; this one reads up to {SCHEMA}): upgrade"


@pytest.mark.parametrize("schema", [0, -1, -(10**17)])
def test_a_schema_that_never_was_is_reported(schema: int, file: Path) -> None:
    text = complaint_about(example() | {"schema": schema}, file)
    assert f"has schema {schema}, which no concbench ever wrote" in text


@pytest.mark.parametrize("document", [b"hello", b"\0\0\0", b"{'schema': 1}", b'{"schema": 1} x', b'{"schema": NaN}'])
def test_what_is_not_json_is_reported_with_its_place(document: bytes, file: Path) -> None:
    text = complaint_about(document, file)
    assert "is not valid JSON (" in text
    assert "(byte " in text


def test_text_that_is_not_utf_8_is_reported_with_its_place(file: Path) -> None:
    text = complaint_about(b'{"unknown": "\xff", ' + DOCUMENT.lstrip(b"{"), file)
    assert "not UTF-8 text at byte 13" in text


def test_utf_16_is_reported(file: Path) -> None:
    assert complaint_about(DOCUMENT.decode().encode("utf-16"), file) == f"{file} is UTF-16 text: save it as UTF-8"


@pytest.mark.parametrize("start", [b"[", b'{"a":', b'{"schema": 1, "cases": ', b'{"schema": '])
def test_deep_nesting_is_refused(start: bytes, file: Path) -> None:
    assert "is not a concbench run document" in complaint_about(start + b"[" * 200_000, file)
    assert "is not a concbench run document" in complaint_about(start + b'{"a":' * 200_000, file)


def test_a_document_cut_off_anywhere_is_reported(file: Path) -> None:
    document = DOCUMENT.replace(b"ray is", "⟨ray⟩ is".encode()).rstrip()
    for length in [*range(1, 2000), *range(2000, len(document), 7)]:  # where it can be cut differs little after that
        assert "is cut off" in complaint_about(document[:length], file), length


# Documents with a fault

WALL: Steps = ("results", 0, "samples", 1, "wall")
VALUE = [result.case.subject for result in sharing_run().results].index("value")
SAMPLE: Steps = ("results", VALUE, "samples", 3)
CROSSING: Steps = ("crossings", 0)


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (WALL, "1.0", "Expected `float`, got `str`"),
        (WALL, None, "Expected `float`, got `null`"),
        (WALL, 0, "Expected `float` >= 1e-12"),
        (WALL, 1e300, "Expected `float` <= 1000000000.0"),
        (WALL, 10**400, "Number out of range"),
        (("results", 0, "samples", 1, "round"), 2**64, "Expected `int` <= 9223372036854775807"),
        (("results", 1, "trace", "lanes"), 0, "Expected `int` >= 1"),
        (("results", 1, "trace", "wall"), 5.0, "the phases of the sample don't add up to 5.0"),
        (("results", 1, "trace", "spans"), "AAAA", "the tasks can't be read"),
        (("results", 0, "case", "workload", "task_time"), -1, "Expected `float` >= 0.0"),
        (("results", 0, "case", "settings", "workers"), -2, "Expected `int` >= 0"),
        (("results", 0, "case", "workload", "tasks"), 2**62, "take longer than any run can"),
        (("results", 0, "failure"), {"kind": "sulked", "message": ""}, "Invalid enum value 'sulked'"),
        (("results", 1, "watch", "series", 2, "rss"), -1, "Expected `int` >= 0"),
        (("results", 1, "case", "group"), "long", "there is no table 'long'"),
        (("results", 0, "median", "low"), 1.0, "begins at 1.0, after it ends at 0.421"),
        (("results", 0, "median", "confidence"), 1, "Expected `float` < 1.0"),
        (("results", 0, "median", "estimate"), 5e-324, "Expected `float` >= 1e-12"),
        (("tables", 0, "reference"), "none", "there is no case 'none'"),
        (("comparisons", 0, "case"), "none", "there is no case 'none'"),
        (("comparisons", 0, "reference"), "none", "there is no case 'none'"),
        (("comparisons", 0, "ratio", "low"), 0, "Expected `float` > 0.0"),
        (("claims", 0, "claim", "case"), "none", "there is no case 'none'"),
        (("claims", 0, "claim", "reference"), "none", "there is no case 'none'"),
        (("claims", 0, "comparison", "case"), "none", "there is no case 'none'"),
        (("environment", "versions"), ["1.0"], "Expected `object`, got `array`"),
        (("environment", "affinity", 1), -1, "Expected `int` >= 0"),
        (("started",), "yesterday", "'yesterday' is not a date and time in ISO 8601"),
    ],
    ids=str,
)
def test_a_fault_is_named_with_its_place(path: Steps, value: object, problem: str, file: Path) -> None:
    assert_fault(DOCUMENT, path, value, problem, file)


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        *(((*SAMPLE, name), 5e-324, "Expected `float` >= 1e-12") for name in ("each", "each_p99", "stream")),
        ((*SAMPLE, "each"), None, "it is missing, and counters are compared by it"),
        ((*SAMPLE, "each"), "1", "Expected `float | null`, got `str`"),
        ((*SAMPLE, "lost"), -1, "Expected `int` >= 0"),
        ((*SAMPLE, "lost"), 20_001, "20001 is more than all 20000"),
        (("results", VALUE, "case", "experiment"), "guesses", "there is no experiment 'guesses'"),
        (("claims", 0, "lost"), 160_001, "160001 is more than all 160000"),
        (("claims", 0, "claim", "verdict"), "hides updates", "Invalid enum value 'hides updates'"),
        ((*CROSSING, "size", "low"), 30_000, "begins at 30000.0, after it ends at 24576.0"),
        ((*CROSSING, "size", "low"), 15.9, "15.9 is not between the sizes 16 and 1048576"),
        ((*CROSSING, "size", "high"), 1e300, "1e+300 is not between the sizes 16 and 1048576"),
        ((*CROSSING, "size", "estimate"), 0, "0.0 is not between the sizes 16 and 1048576"),
        ((*CROSSING, "size"), None, "it is missing, and one is faster than the other from there on"),
        ((*CROSSING, "faster"), "sometimes", "Invalid enum value 'sometimes'"),
        ((*CROSSING, "sizes", 0), -16, "Expected `int` >= 0"),
        ((*CROSSING, "sizes", 0), 0, "0 has no logarithm"),
        ((*CROSSING, "sizes"), [16], "Expected `array` of length >= 2"),
        ((*CROSSING, "axis"), "colour", "Invalid enum value 'colour'"),
        (("axes",), ["colour"], "Invalid enum value 'colour'"),
        (("facts", 0, "observed"), None, "Expected `str`, got `null`"),
        (("facts",), {"a": 1}, "Expected `array`, got `object`"),
    ],
    ids=str,
)
def test_so_is_one_in_other_experiments(path: Steps, value: object, problem: str, file: Path) -> None:
    assert_fault(SHARING, path, value, problem, file)


REGION: Steps = ("program", "regions", 1)


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (("program", "status"), 2**64, "Expected `int` <= 9223372036854775807"),
        (("program", "wall"), 0, "Expected `float` >= 1e-12"),
        (("program", "cores"), 0, "Expected `int` >= 1"),
        ((*REGION, "inside"), 1, "1 is not an earlier region"),
        ((*REGION, "inside"), -1, "Expected `int` >= 0"),
        ((*REGION, "lanes"), 0, "Expected `int` >= 1"),
        ((*REGION, "tasks"), 2**30, "Expected `int` <= 4194304"),
        ((*REGION, "kind"), "elves", "Invalid enum value 'elves'"),
        ((*REGION, "ready"), 0.1, "0.1 is before it was opened, at 0.205"),
        ((*REGION, "closing"), 0.1, "0.1 is before it was ready, at 0.206"),
        ((*REGION, "closed"), 0.3, "0.3 is before it was closing, at 0.39"),
        ((*REGION, "closed"), 5.0, "5.0 is after the program had ended, at 2.6"),
        ((*REGION, "columns"), "AAAA", "the tasks can't be read"),
        ((*REGION, "columns"), "eJwDAAAAAAE=", "it does not hold 2 tasks"),
        ((*REGION, "items"), ["1"], "there are 1, and 2 tasks"),
    ],
    ids=str,
)
def test_so_is_one_in_a_traced_program(path: Steps, value: object, problem: str, file: Path) -> None:
    assert_fault(TRACE, path, value, problem, file)


@pytest.mark.parametrize(
    ("tasks", "more", "problem"),
    [
        ([task(0.5, 1.0)], {"opened": 0.6, "ready": 0.7}, "before the region was opened, or after it was closed"),
        ([task(0.5, 1.0)], {"closed": 0.9}, "before the region was opened, or after it was closed"),
        ([task(0.5, 0.4), task(0.6, 0.7)], {}, "a task ended before it began"),
        ([task(0.5, 0.6, submitted=0.51)], {}, "was submitted before the program was started, or after the task began"),
        ([task(0.5, 0.6, submitted=-0.1)], {}, "was submitted before the program was started, or after the task began"),
        ([task(0.5, 0.6, received=0.55)], {}, "a result was received before its task had ended"),
        ([task(0.5, 0.6, cpu=-2)], {}, "a CPU time or a number of bytes is negative or too large"),
        ([task(0.5, 0.6, argument=2**62 + 2**20)], {}, "a CPU time or a number of bytes is negative or too large"),
        ([task(0.5, 0.6, -1)], {}, "the time to pickle, a worker or a chunk is negative or too large"),
        ([task(0.5, 0.6, at) for at in range(3)], {}, "more tasks ran at once than it has lanes, which are 2"),
    ],
)
def test_tasks_that_can_not_be_true_are_refused(
    tasks: list[dict[str, float]], more: dict[str, Any], problem: str, file: Path
) -> None:
    text = complaint_about(encode_run(traced_run(region(tasks, **more))), file)
    assert "(at $.program.regions[0].columns: " in text
    assert problem in text


def assert_fault(document: bytes, path: Steps, value: object, problem: str, file: Path) -> None:
    place = "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    text = complaint_about(with_value(*path, value=value, of=document), file)
    assert text.startswith(f"{file} is not a valid run (at {place}")
    assert problem in text


@pytest.mark.parametrize("path", [(*SAMPLE, "each"), (*CROSSING, "size", "low"), (*CROSSING, "sizes", 0)])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_is_none_is_refused(path: Steps, value: float, file: Path) -> None:
    """NaN and Infinity are written as some writers do."""
    assert "is not valid JSON (" in complaint_about(with_value(*path, value=value, of=SHARING), file)


def test_faster_up_to_somewhere_needs_to_say_where(file: Path) -> None:
    found = with_value(*CROSSING, "faster", value="up to", of=SHARING)
    assert read(found, file).crossings[0].faster == "up to"
    found["crossings"][0]["size"] = None
    assert "it is missing, and one is faster than the other up to there" in complaint_about(found, file)


@pytest.mark.parametrize(("number", "faster"), [(1, "always"), (2, "never"), (3, "undecided")])
def test_a_size_that_nothing_depends_on_is_refused(number: int, faster: str, file: Path) -> None:
    size = example(SHARING)["crossings"][0]["size"]
    text = complaint_about(with_value("crossings", number, "size", value=size, of=SHARING), file)
    assert f"at $.crossings[{number}].size: there is one, and one is '{faster}' faster than the other" in text


def test_more_workers_make_room_for_more_lost_updates_and_no_steps_for_none(file: Path) -> None:
    found = with_value(*SAMPLE, "lost", value=20_001, of=SHARING)
    case = found["results"][VALUE]["case"]
    case["settings"]["workers"] = 3
    assert read(found, file).results[VALUE].samples[3].lost == 20_001
    case["workload"]["tasks"] = 0
    assert "is more than all 0" in complaint_about(found, file)


def test_of_a_claim_without_updates_none_can_be_lost(file: Path) -> None:
    text = complaint_about(with_value("claims", 0, "updates", value=None, of=SHARING), file)
    assert "at $.claims[0].lost: 40000 is more than all 0" in text


def test_a_missing_field_is_named(file: Path) -> None:
    document = example()
    del document["results"][0]["case"]["workload"]["tasks"]
    assert "at $.results[0].case.workload: Object missing required field `tasks`" in complaint_about(document, file)


def test_a_sample_that_is_there_twice_is_refused(file: Path) -> None:
    document = example()
    document["results"][0]["samples"].append(document["results"][0]["samples"][0])
    text = complaint_about(document, file)
    at = len(document["results"][0]["samples"]) - 1
    assert f"at $.results[0].samples[{at}].round: block 0, round 0 has a sample of this case already" in text


def test_an_id_that_is_there_twice_is_refused(file: Path) -> None:
    text = complaint_about(with_value("results", 1, "case", "row", value="process"), file)
    assert "at $.results[1].case.id: the id 'short/process' is taken twice" in text


def test_a_table_that_is_there_twice_is_refused(file: Path) -> None:
    document = example()
    document["tables"].append(document["tables"][0])
    assert "at $.tables[1].name: the name 'short' is taken twice" in complaint_about(document, file)


# What reaches the terminal


@pytest.mark.parametrize(
    "path", [("results", 0, "failure"), ("results", 0, "case", "group"), ("tables", 0, "reference"), ("started",)]
)
def test_control_characters_from_the_file_are_escaped(path: tuple[str | int, ...], file: Path) -> None:
    evil = "\x1b[2J\x07\n\u202e\x9b"
    value = {"kind": evil, "message": ""} if path[-1] == "failure" else evil
    assert r"\x1b[2J\x07\n\u202e\x9b" in complaint_about(with_value(*path, value=value), file)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows allows no such names")
def test_control_characters_in_the_name_of_the_file_are_escaped(tmp_path: Path) -> None:
    assert r"\x1b[2J\udcff.json" in complaint(tmp_path / "\x1b[2J\udcff.json")


@pytest.mark.parametrize(
    ("of", "path"),
    [
        *((DOCUMENT, path) for path in [("results", 0, "failure"), ("results", 0, "case", "group"), ("started",)]),
        *((SHARING, path) for path in [(*CROSSING, "faster"), ("facts", 0, "start_method"), ("claims", 0, "claim")]),
    ],
)
def test_long_text_from_the_file_is_shortened(of: bytes, path: Steps, file: Path) -> None:
    long = "x" * 1_000_000
    values: dict[str | int, object] = {"failure": {"kind": long, "message": ""}, "start_method": {long: long}}
    document = with_value(*path, value=values.get(path[-1], long), of=of)
    assert len(complaint_about(document, file)) < 400 + len(str(file))


# Anything at all


def assert_read_or_refused(document: bytes, file: Path) -> None:
    file.write_bytes(document)
    try:
        run = read_run(file)
    except UnreadableRun as error:
        assert str(error).isprintable()
    else:
        file.write_bytes(encode_run(run))  # what was read is sound, so it can be written and read again
        assert read_run(file) == run


@given(document=st.binary())
def test_any_bytes_are_read_or_refused(document: bytes, file: Path) -> None:
    assert_read_or_refused(document, file)


@given(document=json_values | st.dictionaries(st.sampled_from(sorted(example())), json_values))
def test_any_json_is_read_or_refused(document: object, file: Path) -> None:
    assert_read_or_refused(json.dumps(document).encode(), file)


@pytest.mark.parametrize("of", [DOCUMENT, TRACE], ids=["cases", "a program"])
@given(flips=st.dictionaries(st.integers(0, len(DOCUMENT) - 1), st.integers(0, 255), min_size=1, max_size=4))
def test_a_document_with_any_bytes_changed_is_read_or_refused(of: bytes, flips: dict[int, int], file: Path) -> None:
    document = bytearray(of)
    for at, byte in flips.items():
        document[at % len(of)] = byte
    assert_read_or_refused(bytes(document), file)


@pytest.mark.parametrize("of", [DOCUMENT, TRACE], ids=["cases", "a program"])
@given(data=st.data(), value=json_values)
def test_a_document_with_any_part_replaced_is_read_or_refused(
    of: bytes, data: st.DataObject, value: object, file: Path
) -> None:
    document = example(of)
    holder: Any = document
    while True:
        step = data.draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder))))
        if not holder[step] or not isinstance(holder[step], dict | list) or data.draw(st.integers(0, 3)) == 0:
            break
        holder = holder[step]
    if data.draw(st.booleans()):
        holder[step] = value
    else:
        del holder[step]
    assert_read_or_refused(json.dumps(document).encode(), file)
