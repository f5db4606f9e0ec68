"""What reading a run document promises, above all for files that are none."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.model import SCHEMA, Run
from concbench.runs import reading
from concbench.runs.reading import UnreadableRun, read_run
from concbench.runs.writing import encode_run
from tests.example_run import example_run
from tests.runs.any_run import json_values, runs

DOCUMENT = encode_run(example_run())
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
    file.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())
    return complaint(file)


def example() -> dict[str, Any]:
    """The example as a JSON object, to be damaged."""
    document: dict[str, Any] = json.loads(DOCUMENT)
    return document


def with_value(*path: str | int, value: object) -> dict[str, Any]:
    """The example with the value at `path` replaced."""
    document = example()
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


def test_the_example_survives_being_written_and_read(file: Path) -> None:
    file.write_bytes(DOCUMENT)
    assert read_run(file) == example_run()


def test_a_byte_order_mark_is_skipped(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + DOCUMENT)
    assert read_run(file) == example_run()


def test_fields_that_a_later_concbench_added_are_skipped(file: Path) -> None:
    file.write_text(json.dumps(example() | {"colour": ["teal"]}))
    assert read_run(file) == example_run()


def test_a_claim_that_was_not_measured_may_name_a_case_that_was_left_out(file: Path) -> None:
    document = example()
    document["claims"][0] |= {"outcome": "not measured", "comparison": None}
    document["claims"][0]["claim"]["case"] = "short/joblib"
    file.write_text(json.dumps(document))
    assert read_run(file).claims[0].claim.case == "short/joblib"


# Files that can't be opened


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "gone.json"
    assert complaint(path) == f"{path} does not exist: check its name"


def test_a_folder_is_told_from_a_file(tmp_path: Path) -> None:
    assert complaint(tmp_path) == f"{tmp_path} is a folder: name a run document in it"


@contextmanager
def unprivileged() -> Iterator[None]:
    """As nobody in particular, since permissions mean nothing to root."""
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
def test_a_lack_of_permission_is_told(tmp_path: Path, closed: str) -> None:
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


def test_a_path_through_a_file_is_told(file: Path) -> None:
    file.write_bytes(DOCUMENT)
    assert str(file / "run.json") in complaint(file / "run.json")


def test_an_impossible_name_is_told(tmp_path: Path) -> None:
    assert "can't be the name of a file" in complaint(tmp_path / "a\0b.json")
    assert "can't be read" in complaint(tmp_path / ("long" * 1000))


def test_a_file_larger_than_the_limit_is_not_read_whole(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_BYTES", 1000)
    assert "is larger than 1000 bytes" in complaint_about(DOCUMENT, file)


def test_a_file_that_tells_its_size_is_refused_before_it_is_read(file: Path) -> None:
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
def test_a_schema_that_never_was_is_told(schema: int, file: Path) -> None:
    text = complaint_about(example() | {"schema": schema}, file)
    assert f"has schema {schema}, which no concbench ever wrote" in text


@pytest.mark.parametrize("document", [b"hello", b"\0\0\0", b"{'schema': 1}", b'{"schema": 1} x', b'{"schema": NaN}'])
def test_what_is_not_json_is_told_with_its_place(document: bytes, file: Path) -> None:
    text = complaint_about(document, file)
    assert "is not valid JSON (" in text
    assert "(byte " in text


def test_text_that_is_not_utf_8_is_told_with_its_place(file: Path) -> None:
    text = complaint_about(b'{"unknown": "\xff", ' + DOCUMENT.lstrip(b"{"), file)
    assert "not UTF-8 text at byte 13" in text


def test_utf_16_is_told(file: Path) -> None:
    assert complaint_about(DOCUMENT.decode().encode("utf-16"), file) == f"{file} is UTF-16 text: save it as UTF-8"


@pytest.mark.parametrize("start", [b"[", b'{"a":', b'{"schema": 1, "cases": ', b'{"schema": '])
def test_deep_nesting_is_refused(start: bytes, file: Path) -> None:
    assert "is not a concbench run document" in complaint_about(start + b"[" * 200_000, file)
    assert "is not a concbench run document" in complaint_about(start + b'{"a":' * 200_000, file)


def test_a_document_cut_off_anywhere_is_told(file: Path) -> None:
    document = DOCUMENT.replace(b"ray is", "⟨ray⟩ is".encode()).rstrip()
    for length in [*range(1, 2000), *range(2000, len(document), 7)]:  # where it can be cut differs little after that
        assert "is cut off" in complaint_about(document[:length], file), length


# Documents with a fault


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (("cases", 0, "samples", 1, "wall"), "1.0", "expected `float`, got `str`"),
        (("cases", 0, "samples", 1, "wall"), None, "expected `float`, got `null`"),
        (("cases", 0, "samples", 1, "wall"), -0.5, "-0.5 is negative"),
        (("cases", 1, "trace", "lanes"), 0, "0 is no number of workers"),
        (("cases", 1, "trace", "wall"), 5.0, "the phases of the sample don't add up to 5.0"),
        (("cases", 1, "trace", "spans"), "AAAA", "the tasks can't be read"),
        (("cases", 0, "samples", 1, "wall"), 0, "a sample can't take no time at all"),
        (("cases", 0, "samples", 1, "wall"), 1e300, "1e+300 is too large"),
        (("cases", 0, "samples", 1, "wall"), 10**400, "out of range"),
        (("cases", 0, "samples", 1, "round"), 2**64, "the number is too large"),
        (("cases", 0, "samples", 1, "round"), 1.5, "expected `int`, got `float`"),
        (("cases", 0, "workload", "task_time"), -1, "-1.0 is negative"),
        (("cases", 0, "settings", "workers"), -2, "-2 is negative"),
        (("cases", 0, "workload", "tasks"), 2**64 - 1, "take longer than any run can"),
        (("cases", 0, "error"), {"kind": "sulked", "message": ""}, "invalid enum value 'sulked'"),
        (("cases", 1, "watch", "series", 2, "rss"), -1, "-1 is negative"),
        (("cases", 1, "id"), "short/process", "the id 'short/process' is taken twice"),
        (("cases", 1, "part"), "long", "there is no part 'long'"),
        (("cases", 0, "median", "low"), 1.0, "begins at 1.0, after it ends at 0.421"),
        (("cases", 0, "median", "confidence"), 1, "not between 0 and 1"),
        (("parts", 0, "reference"), "nobody", "there is no case 'nobody'"),
        (("comparisons", 0, "case"), "nobody", "there is no case 'nobody'"),
        (("comparisons", 0, "reference"), "nobody", "there is no case 'nobody'"),
        (("comparisons", 0, "ratio", "low"), 0, "a ratio is positive"),
        (("comparisons", 0, "ratio", "estimate"), -1, "-1.0 is negative"),
        (("claims", 0, "claim", "case"), "nobody", "there is no case 'nobody'"),
        (("claims", 0, "claim", "reference"), "nobody", "there is no case 'nobody'"),
        (("claims", 0, "comparison", "case"), "nobody", "there is no case 'nobody'"),
        (("environment", "versions"), ["1.0"], "expected `object`, got `array`"),
        (("environment", "affinity", 1), -1, "-1 is negative"),
        (("started",), "yesterday", "'yesterday' is not a date and time in ISO 8601"),
    ],
    ids=str,
)
def test_a_fault_is_told_with_its_place(path: tuple[str | int, ...], value: object, problem: str, file: Path) -> None:
    place = "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    text = complaint_about(with_value(*path, value=value), file)
    assert text.startswith(f"{file} is not a valid run (at {place}")
    assert problem in text.replace("Expected", "expected").replace("Invalid", "invalid")


def test_a_missing_field_is_named(file: Path) -> None:
    document = example()
    del document["cases"][0]["workload"]["tasks"]
    assert "at $.cases[0].workload: Object missing required field `tasks`" in complaint_about(document, file)


def test_a_sample_that_is_there_twice_is_refused(file: Path) -> None:
    document = example()
    document["cases"][0]["samples"].append(document["cases"][0]["samples"][0])
    text = complaint_about(document, file)
    at = len(document["cases"][0]["samples"]) - 1
    assert f"at $.cases[0].samples[{at}].round: block 0, round 0 has a sample of this case already" in text


def test_a_part_that_is_there_twice_is_refused(file: Path) -> None:
    document = example()
    document["parts"].append(document["parts"][0])
    assert "at $.parts[1].name: the name 'short' is taken twice" in complaint_about(document, file)


# What reaches the terminal


@pytest.mark.parametrize("path", [("cases", 0, "error"), ("cases", 0, "part"), ("parts", 0, "reference"), ("started",)])
def test_control_characters_from_the_file_are_escaped(path: tuple[str | int, ...], file: Path) -> None:
    evil = "\x1b[2J\x07\n\u202e\x9b"
    value = {"kind": evil, "message": ""} if path[-1] == "error" else evil
    assert r"\x1b[2J\x07\n\u202e\x9b" in complaint_about(with_value(*path, value=value), file)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows allows no such names")
def test_control_characters_in_the_name_of_the_file_are_escaped(tmp_path: Path) -> None:
    assert r"\x1b[2J\udcff.json" in complaint(tmp_path / "\x1b[2J\udcff.json")


def test_long_text_from_the_file_is_shortened(file: Path) -> None:
    for path in ("cases", 0, "error", "kind"), ("cases", 0, "part"), ("started",):
        document = with_value("cases", 0, "error", value={"kind": "raised", "message": ""})
        holder: Any = document
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = "x" * 1_000_000
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


@given(flips=st.dictionaries(st.integers(0, len(DOCUMENT) - 1), st.integers(0, 255), min_size=1, max_size=4))
def test_a_document_with_any_bytes_changed_is_read_or_refused(flips: dict[int, int], file: Path) -> None:
    document = bytearray(DOCUMENT)
    for at, byte in flips.items():
        document[at] = byte
    assert_read_or_refused(bytes(document), file)


@given(data=st.data(), value=json_values)
def test_a_document_with_any_part_replaced_is_read_or_refused(data: st.DataObject, value: object, file: Path) -> None:
    document = example()
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
