"""What reading promises of documents with times of each, lost updates, crossings and facts, and of those without."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from concbench.model import Crossing, Run
from concbench.runs.checking import LARGEST_INTEGER, faults
from concbench.runs.reading import UnreadableRun, read_run
from concbench.runs.writing import encode_run
from tests.example_run import example_run
from tests.report.sharing import counters_run, facts_run, messages_run, sharing_run, startups_run, turns_run
from tests.runs.any_run import crossings

DOCUMENT = encode_run(sharing_run())
Steps = tuple[str | int, ...]


@pytest.fixture(scope="session")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sharing") / "run.json"


def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DOCUMENT)
    return found


def position(subject: str) -> int:
    """Where in the document the first case of a subject is."""
    return [case.subject for case in sharing_run().cases].index(subject)


def with_value(*path: str | int, value: object) -> bytes:
    """The document with the value at `path` replaced; NaN and Infinity are written as some writers do."""
    found = document()
    holder: Any = found
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    return json.dumps(found).encode()


def place_of(path: Steps) -> str:
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)


def complaint(content: bytes, file: Path) -> str:
    """The one line that reading this ends with."""
    file.write_bytes(content)
    with pytest.raises(UnreadableRun) as caught:
        read_run(file)
    text = str(caught.value)
    assert text.isprintable()
    return text


# What is read


@pytest.mark.parametrize("build", [sharing_run, messages_run, counters_run, turns_run, startups_run, facts_run])
def test_a_run_of_every_experiment_survives_being_written_and_read(build: Any, file: Path) -> None:
    run: Run = build()
    assert list(faults(run)) == []
    file.write_bytes(encode_run(run))
    assert read_run(file) == run


@given(crossing=crossings())
def test_any_crossing_survives_being_written_and_read(crossing: Crossing, file: Path) -> None:
    run = example_run()
    run.crossings = [crossing]
    file.write_bytes(encode_run(run))
    assert read_run(file).crossings == [crossing]


def test_whether_a_fact_agrees_is_never_taken_from_a_file(file: Path) -> None:
    found = document()
    found["facts"][3]["agrees"] = True
    file.write_text(json.dumps(found))
    assert [fact.agrees for fact in read_run(file).facts] == [fact.agrees for fact in sharing_run().facts]
    assert not read_run(file).facts[3].agrees


# Documents from before there was any of it


def without_what_is_new(run: Run) -> dict[str, Any]:
    """The document as it was written when all experiments ran tasks."""
    found: dict[str, Any] = json.loads(encode_run(run))
    for field in ("crossings", "facts", "axes"):
        del found[field]
    for case in found["cases"]:
        del case["experiment"]
        case["settings"].pop("lock", None)
        for sample in case["samples"]:
            for field in ("each", "each_p99", "stream", "lost"):
                sample.pop(field, None)
    for outcome in found["claims"]:
        for field in ("lost", "updates"):
            outcome.pop(field, None)
    return found


def test_a_document_that_knows_of_tasks_only_is_read(file: Path) -> None:
    found = without_what_is_new(example_run())
    assert b"each" not in json.dumps(found).encode()
    file.write_text(json.dumps(found))
    run = read_run(file)
    assert run == example_run()
    assert (run.crossings, run.facts, run.axes) == ([], [], [])
    assert {case.experiment for case in run.cases} == {"tasks"}


# Documents with a fault

VALUE = position("value")
SAMPLE = ("cases", VALUE, "samples", 3)


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ((*SAMPLE, "each"), 0, "nothing takes no time at all"),
        ((*SAMPLE, "each"), 5e-324, "nothing takes no time at all"),
        ((*SAMPLE, "each"), -1e-6, "-1e-06 is negative"),
        ((*SAMPLE, "each"), 1e300, "1e+300 is too large"),
        ((*SAMPLE, "each"), None, "it is missing, and counters are compared by it"),
        ((*SAMPLE, "each"), "1", "expected `float | null`, got `str`"),
        ((*SAMPLE, "each_p99"), 0, "nothing takes no time at all"),
        ((*SAMPLE, "each_p99"), -0.5, "-0.5 is negative"),
        ((*SAMPLE, "stream"), 0, "nothing takes no time at all"),
        ((*SAMPLE, "stream"), -0.5, "-0.5 is negative"),
        ((*SAMPLE, "wall"), 5e-324, "a sample can't take no time at all"),
        ((*SAMPLE, "lost"), -1, "-1 is negative"),
        ((*SAMPLE, "lost"), 20_001, "20001 is more than all 20000"),
        ((*SAMPLE, "lost"), 0.5, "expected `int | null`, got `float`"),
        ((*SAMPLE, "lost"), 2**64, "the number is too large"),
        (("cases", VALUE, "median", "estimate"), 5e-324, "nothing takes no time at all"),
        (("cases", VALUE, "experiment"), "guesses", "invalid enum value 'guesses'"),
        (("cases", VALUE, "settings", "lock"), 7, "expected `str | null`, got `int`"),
        (("claims", 0, "lost"), 160_001, "160001 is more than all 160000"),
        (("claims", 0, "lost"), -1, "-1 is negative"),
        (("claims", 0, "claim", "verdict"), "hides updates", "invalid enum value 'hides updates'"),
        (("crossings", 0, "size", "low"), 30_000, "begins at 30000.0, after it ends at 24576.0"),
        (("crossings", 0, "size", "low"), 15.9, "15.9 is not between the sizes 16 and 1048576"),
        (("crossings", 0, "size", "low"), -1, "-1.0 is negative"),
        (("crossings", 0, "size", "high"), 1e300, "1e+300 is not between the sizes 16 and 1048576"),
        (("crossings", 0, "size", "estimate"), 0, "0.0 is not between the sizes 16 and 1048576"),
        (("crossings", 0, "size", "confidence"), 1, "not between 0 and 1"),
        (("crossings", 0, "size"), None, "it is missing, and one is faster than the other from there on"),
        (("crossings", 0, "faster"), "sometimes", "invalid enum value 'sometimes'"),
        (("crossings", 0, "sizes", 0), -16, "-16 is negative"),
        (("crossings", 0, "sizes", 0), 0, "0 has no logarithm"),
        (("crossings", 0, "axis"), "colour", "invalid enum value 'colour'"),
        (("crossings", 0, "at"), None, "expected `str`, got `null`"),
        (("axes",), ["colour"], "invalid enum value 'colour'"),
        (("crossings", 0, "sizes"), [], "a crossing lies between two sizes"),
        (("crossings", 0, "sizes"), [16], "a crossing lies between two sizes"),
        (("crossings", 0, "sizes"), 16, "expected `array`, got `int`"),
        (("crossings", 1, "subject"), None, "expected `str`, got `null`"),
        (("facts", 0, "observed"), None, "expected `str`, got `null`"),
        (("facts", 0, "start_method"), 1, "expected `str | null`, got `int`"),
        (("facts",), {"a": 1}, "expected `array`, got `object`"),
    ],
    ids=str,
)
def test_a_fault_is_told_with_its_place(path: Steps, value: object, problem: str, file: Path) -> None:
    text = complaint(with_value(*path, value=value), file)
    assert text.startswith(f"{file} is not a valid run (at {place_of(path)}")
    assert problem in text.replace("Expected", "expected").replace("Invalid", "invalid")


@pytest.mark.parametrize(
    "path", [(*SAMPLE, "each"), (*SAMPLE, "stream"), ("crossings", 0, "size", "low"), ("crossings", 0, "sizes", 0)]
)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_is_none_is_refused(path: Steps, value: float, file: Path) -> None:
    assert "is not valid JSON (" in complaint(with_value(*path, value=value), file)


def test_a_crossing_from_before_there_were_axes_is_one_of_messages(file: Path) -> None:
    found = document()
    for crossing in found["crossings"]:
        del crossing["axis"], crossing["at"]
    file.write_text(json.dumps(found))
    assert {(crossing.axis, crossing.at) for crossing in read_run(file).crossings} == {("payload", "")}


def test_faster_up_to_somewhere_needs_to_say_where(file: Path) -> None:
    found = document()
    found["crossings"][0]["faster"] = "up to"
    file.write_text(json.dumps(found))
    assert read_run(file).crossings[0].faster == "up to"
    found["crossings"][0]["size"] = None
    assert "it is missing, and one is faster than the other up to there" in complaint(json.dumps(found).encode(), file)


def test_a_size_that_nothing_depends_on_is_refused(file: Path) -> None:
    size = document()["crossings"][0]["size"]
    for number, faster in ((1, "always"), (2, "never"), (3, "undecided")):
        text = complaint(with_value("crossings", number, "size", value=size), file)
        assert f"at $.crossings[{number}].size: there is one, and one is '{faster}' faster than the other" in text


def test_more_steps_or_more_workers_make_room_for_more_lost_updates(file: Path) -> None:
    found = document()
    case = found["cases"][VALUE]
    case["samples"][3]["lost"] = 20_001
    case["settings"]["workers"] = 3
    file.write_text(json.dumps(found))
    assert read_run(file).cases[VALUE].samples[3].lost == 20_001


def test_a_store_without_steps_loses_nothing(file: Path) -> None:
    found = document()
    found["cases"][VALUE]["workload"]["tasks"] = 0
    assert ".lost: 5000 is more than all 0" in complaint(json.dumps(found).encode(), file)


def test_of_a_claim_without_updates_none_can_be_lost(file: Path) -> None:
    text = complaint(with_value("claims", 0, "updates", value=None), file)
    assert "at $.claims[0].lost: 40000 is more than all 0" in text


def test_a_time_of_each_may_be_missing_where_tasks_are_run() -> None:
    run = example_run()
    assert {sample.each for case in run.cases for sample in case.samples} == {None}
    assert list(faults(run)) == []


@pytest.mark.parametrize("path", [("crossings", 0, "faster"), ("facts", 0, "start_method"), ("claims", 0, "claim")])
def test_control_characters_and_long_texts_stay_in_one_short_line(path: Steps, file: Path) -> None:
    evil = "\x1b[2J\n\u202e" + "x" * 1_000_000
    value: object = {evil: evil} if path[-1] == "start_method" else evil
    assert len(complaint(with_value(*path, value=value), file)) < 400 + len(str(file))


def test_what_a_document_can_not_carry_is_found_in_the_new_fields_too() -> None:
    run = sharing_run()
    run.crossings[0].sizes[0] = LARGEST_INTEGER + 1
    assert next(fault.place for fault in faults(run)) == "$.crossings[0].sizes[0]"
