"""What a diagnosis promises: what disturbs is found and nothing else is, and it says what to do about it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concbench.analysis.fitness import Examination
from concbench.measure.probe.cores_taken import CoresTaken
from concbench.model.result import Failure, Interval
from concbench.report.sections.fitness import INDENT, diagnose, encoded, findings, lines, verdict
from tests.report.sections.fitness_example import INTERPRETER, POOL, SERIAL, finding_about, good_examination, spoilt

Spoilt = tuple[str, str, str, dict[str, Any], str]

SPOILT: list[Spoilt] = [
    # mark, what the finding is about, part, its readings, what is seen
    ("warning", "cores", "cores", {"usable": 1, "allowed": 1}, "1 of 8 logical cores"),
    ("note", "hyper-threading", "cores", {"siblings": True}, "share a physical one"),
    ("warning", "quota", "cores", {"quota": 1.5, "usable": 2}, "1.5 CPU seconds per second, for 2 workers"),
    ("note", "quota", "cores", {"quota": 2.0, "usable": 2}, "2 CPU seconds per second, on 8 cores"),
    ("note", "governor", "frequency", {"governor": "powersave"}, "powersave (intel_pstate)"),
    ("note", "governor", "frequency", {"governor": "schedutil", "driver": None}, "schedutil"),
    ("warning", "governor", "frequency", {"governor": "powersave", "driver": "acpi-cpufreq"}, "powersave"),
    ("warning", "governor", "frequency", {"governor": "performance, powersave"}, "not the same on all cores"),
    ("note", "turbo", "frequency", {"turbo": True}, "on"),
    ("warning", "battery", "frequency", {"plugged_in": False}, "on battery power"),
    ("note", "load average", "pressure", {"load": 4.0}, "4.0 over the last minute, on 8 cores"),
    ("note", "CPU pressure", "pressure", {"cpu": 0.5}, "50 % of the last 10 s"),
    ("note", "memory pressure", "pressure", {"memory": 0.02}, "2.0 % of the last 10 s"),
    ("warning", "memory pressure", "pressure", {"memory": 0.2}, "20 % of the last 10 s"),
    ("note", "swap", "pressure", {"swap": 4_000_000_000}, "4.00 GB in use, with 16.0 GB of memory"),
    ("warning", "clock source", "clock", {"source": "hpet"}, "hpet, which is slow"),
    ("warning", "clock source", "clock", {"source": "acpi_pm"}, "acpi_pm, which is slow"),
    ("note", "clock source", "clock", {"source": "sundial"}, "sundial, which is unusual"),
    ("note", "perf_counter", "clock", {"cost": 5e-7}, "500 ns per reading"),
    ("warning", "perf_counter", "clock", {"cost": 5e-6}, "5.0 µs per reading"),
    ("warning", "perf_counter", "clock", {"step": 0.0156}, "steps of 16 ms or more"),
    ("warning", "perf_counter", "clock", {"step": None}, "stood still"),
    ("warning", "Python", "interpreter", {"debug": True}, "a debug build"),
    ("note", "Python", "interpreter", {"optimized": False}, "built without --enable-optimizations"),
    ("note", "GIL", "interpreter", {"free_threaded": True}, "on, in a free-threaded build"),
    ("note", "JIT", "interpreter", {"jit": True}, "on"),
    ("warning", "debugging aids", "surroundings", {"slowing": ["PYTHONDEVMODE"]}, "PYTHONDEVMODE set"),
    ("note", "debugging aids", "surroundings", {"observed": ["tracing"]}, "tracing in concbench's own process"),
    ("note", "address layout", "surroundings", {"moving_addresses": False}, "the same for every process"),
    ("note", "other load", "activity", {"others": 0.4}, "other processes used 0.40 of 8 cores"),
    ("warning", "other load", "activity", {"others": 4.0}, "other processes used 4.0 of 8 cores"),
    ("note", "steal time", "activity", {"stolen": 0.005}, "0.50 % of all cores' time"),
    ("warning", "steal time", "activity", {"stolen": 0.2}, "20 % of all cores' time"),
    ("note", "swapping", "activity", {"swapped": 4096}, "4.10 kB in 5.0 s"),
    ("warning", "swapping", "activity", {"swapped": 50_000_000}, "50.0 MB in 5.0 s"),
    (
        "warning",
        "throttling",
        "activity",
        {"throttled": 3, "throttled_seconds": 0.2},
        "stopped in 3 periods, for 200 ms in total",
    ),
    ("note", "core speed", "serial", {"speeds": 1.2}, "up to 1.20 times the CPU time"),
    ("warning", "core speed", "serial", {"speeds": 1.9}, "up to 1.90 times the CPU time"),
    ("note", "noise, pool-map", "noise", {"findable": 1.07}, "differences of 7.0 % or more"),
    ("warning", "noise, pool-map", "noise", {"findable": 1.5}, "differences of 50 % or more"),
    ("warning", "noise, pool-map", "noise", {"findable": 1e300}, "no differences below 100 %"),
    ("warning", "noise, pool-map", "noise", {"findable": None}, "too slow to detect any difference in 15 s"),
    ("note", "noise, pool-map", "noise", {"scatter": 0.3}, "vary by 30 %"),
    (
        "note",
        "identical cases, pool-map",
        "noise",
        {"ratio": Interval(estimate=1.03, low=1.02, high=1.04, confidence=0.99, blocks=8)},
        "differ by a factor of 1.030 (99 % interval 1.020 to 1.040)",
    ),
]
UNKNOWN: dict[str, tuple[str, dict[str, Any]]] = {
    "hyper-threading": ("cores", {"siblings": None}),
    "governor": ("frequency", {"governor": None}),
    "turbo": ("frequency", {"turbo": None}),
    "load average": ("pressure", {"load": None}),
    "CPU pressure": ("pressure", {"cpu": None}),
    "memory pressure": ("pressure", {"memory": None}),
    "swap": ("pressure", {"swap": None, "total": None}),
    "clock source": ("clock", {"source": None}),
    "address layout": ("surroundings", {"moving_addresses": None}),
    "other load": ("activity", {"others": None}),
    "steal time": ("activity", {"stolen": None}),
    "throttling": ("activity", {"throttled": None, "throttled_seconds": None}),
    "core speed": ("serial", {"speeds": None}),
    "identical cases, pool-map": (
        "noise",
        {"ratio": Interval(estimate=1.03, low=None, high=None, confidence=0.99, blocks=1)},
    ),
}
"""What systems may not report, each with the part and its readings."""

any_word = st.text(max_size=30)
anything = st.one_of(
    st.builds(
        lambda **changes: spoilt("frequency", **changes), governor=st.none() | any_word, driver=st.none() | any_word
    ),
    st.builds(
        lambda **changes: spoilt("clock", **changes),
        source=st.none() | any_word,
        step=st.none() | st.floats(1e-9, 10),
        cost=st.floats(1e-9, 10),
    ),
    st.builds(
        lambda **changes: spoilt("activity", **changes),
        others=st.none() | st.floats(0, 1000),
        stolen=st.none() | st.floats(0, 1),
        swapped=st.none() | st.integers(0, 2**60),
        throttled=st.none() | st.integers(0, 10_000),
        throttled_seconds=st.none() | st.floats(0, 1000),
    ),
    st.builds(
        lambda **changes: spoilt("noise", **changes),
        scatter=st.none() | st.floats(0, 10),
        between=st.none() | st.floats(0, 10),
        hosts=st.none() | st.floats(0, 10),
        findable=st.none() | st.floats(1, 1e308),
    ),
)


def others_than(about: str, examination: Examination) -> list[str]:
    return [finding.mark for finding in findings(examination) if finding.about != about]


# Findings


def test_on_a_good_machine_everything_is_good_and_needs_no_more_words() -> None:
    found = list(findings(good_examination()))
    assert {finding.mark for finding in found} == {"good"}
    assert not any(finding.meaning or finding.advice for finding in found)
    assert finding_about("Python", good_examination()).seen == "CPython 3.12.3, an optimized build"
    assert finding_about("start method", good_examination()).seen == "fork"
    assert [finding.about for finding in found][-4:] == [
        f"{what}, {noise.subject}" for noise in (SERIAL, POOL) for what in ("noise", "identical cases")
    ]


@pytest.mark.parametrize("case", SPOILT, ids=lambda case: f"{case[1]} {case[3]}")
def test_what_is_spoilt_is_found_with_what_it_means_and_what_to_do_and_nothing_else(case: Spoilt) -> None:
    mark, about, part, changes, seen = case
    examination = spoilt(part, **changes)
    found = finding_about(about, examination)
    assert found.mark == mark
    assert seen in found.seen
    for sentence in (found.meaning, found.advice):
        assert sentence[0].isupper()
        assert sentence.endswith(".")
    assert set(others_than(about, examination)) == {"good"}


@pytest.mark.parametrize("about", UNKNOWN)
def test_what_the_system_does_not_report_is_not_known_and_neither_good_nor_bad(about: str) -> None:
    part, changes = UNKNOWN[about]
    examination = spoilt(part, **changes)
    found = finding_about(about, examination)
    assert (found.mark, found.seen) == ("unknown", "not reported by this system")
    assert set(others_than(about, examination)) == {"good"}


@pytest.mark.parametrize(
    ("about", "part", "changes"),
    [
        ("quota", "cores", {"quota": 8.0}),
        ("quota", "cores", {"quota": 2.0, "usable": 2, "allowed": 2}),
        ("battery", "frequency", {"plugged_in": None}),
        ("swap", "pressure", {"swap": 1_000_000}),
        ("clock source", "clock", {"source": "kvm-clock"}),
        ("clock source", "clock", {"source": "arch_sys_counter"}),
        ("Python", "interpreter", {"optimized": None}),
        ("other load", "activity", {"others": 0.1}),
        ("steal time", "activity", {"stolen": 0.0005}),
    ],
)
def test_what_is_usual_is_good(about: str, part: str, changes: dict[str, Any]) -> None:
    assert finding_about(about, spoilt(part, **changes)).mark == "good"


def test_the_cpu_time_of_a_pool_says_nothing_of_the_cores() -> None:
    """Part of it is starting processes, and its workers run beside each other."""
    assert finding_about("core speed", spoilt("noise", speeds=3.0)).mark == "good"


def test_a_python_without_a_jit_says_nothing_of_it() -> None:
    assert not [finding for finding in findings(spoilt("interpreter", jit=None)) if finding.about == "JIT"]


def test_of_several_interpreters_each_has_lines_by_its_name() -> None:
    named = [
        replace(INTERPRETER, name="3.13", optimized=False),
        replace(INTERPRETER, name="3.14t", free_threaded=True, gil=False),
    ]
    noise = [replace(SERIAL, python=each.name, speeds=1.1 + place) for place, each in enumerate(named)]
    examination = replace(good_examination(), interpreters=named, noise=noise)
    assert finding_about("Python, 3.13", examination).mark == "note"
    assert finding_about("Python, 3.14t", examination).mark == "good"
    assert finding_about("GIL, 3.14t", examination).seen == "off: a free-threaded build"
    assert finding_about("noise, serial 3.14t", examination).mark == "good"
    assert finding_about("core speed", examination).seen == "the same work takes up to 2.10 times the CPU time"
    assert "(serial 3.13)" in verdict(examination, list(findings(examination)))
    assert len([found for found in findings(examination) if found.about == "debugging aids"]) == 1


@pytest.mark.parametrize(
    ("changes", "seen"),
    [
        ({}, "single samples vary by 12 %, blocks by another 1.6 %; "),
        ({"hosts": 0.0}, "single samples vary by 12 %, blocks by no more than that explains; "),
        ({"scatter": None, "hosts": None}, "samples and blocks together vary by 2.1 %; "),
        ({"between": None, "hosts": None}, "samples and blocks together vary by 12 %; "),
        ({"scatter": None, "between": None, "hosts": None}, "one sample of each case only; "),
    ],
)
def test_samples_and_blocks_are_separated_where_that_can_be(changes: dict[str, Any], seen: str) -> None:
    assert finding_about("noise, pool-map", spoilt("noise", **changes)).seen.startswith(seen)


def test_what_can_be_found_says_how_well_that_is_known() -> None:
    assert "(give or take 27 % of that)" in finding_about("noise, serial", good_examination()).seen


# The verdict


UNASKED = replace(good_examination(), asked=False, noise=[])
NOT_SEEN = "as far as can be seen without measuring noise."
UNFIT = "Not fit to measure: the noise of the smallest cases could not be measured."


@pytest.mark.parametrize(
    ("examination", "said"),
    [
        (
            good_examination(),
            "Fit to measure: differences of 2.1 % or more can be detected in 15 s (pool-map), 0.80 % (serial).",
        ),
        (
            spoilt("cores", siblings=True),  # a note
            "Fit to measure: differences of 2.1 % or more can be detected in 15 s (pool-map), 0.80 % (serial).",
        ),
        (
            replace(spoilt("clock", source="hpet"), activity=spoilt("activity", others=8.0).activity),
            "Measure with care (2 warnings): differences of 2.1 % or more can be detected in 15 s (pool-map), "
            "0.80 % (serial).",
        ),
        (
            spoilt("noise", findable=None),
            "Measure with care (1 warning): no differences below 100 % can be detected in 15 s (pool-map), "
            "differences of 0.80 % or more (serial).",
        ),
        (UNASKED, f"Fit to measure, {NOT_SEEN}"),
        (
            replace(spoilt("frequency", plugged_in=False), asked=False, noise=[]),
            f"Measure with care (1 warning), {NOT_SEEN}",
        ),
        (replace(good_examination(), noise=[SERIAL], failures=[Failure(kind="refused", message="no")]), UNFIT),
        (replace(good_examination(), noise=[]), UNFIT),
    ],
)
def test_the_verdict_counts_warnings_and_says_what_can_be_detected(examination: Examination, said: str) -> None:
    assert verdict(examination, list(findings(examination))) == said


def test_why_noise_could_not_be_measured_is_printable() -> None:
    failure = Failure(kind="refused", message="no more processes\x1b[31m")
    found = finding_about("noise", replace(good_examination(), failures=[failure]))
    assert found.seen == r"could not be measured: refused: no more processes\x1b[31m"


# Text and document


@given(examination=anything, width=st.integers(60, 200))
def test_whatever_was_read_is_printable_within_the_width_and_valid_json(examination: Examination, width: int) -> None:
    diagnosis = diagnose(examination)
    for finding, text in lines(diagnosis, width):
        words = f"{finding.mark:{INDENT}}{text}".splitlines()
        # Only a word that is longer than a line may reach beyond it.
        assert all(len(line) <= width or " " not in line.strip() or len(line.split()[-1]) > 20 for line in words)
        assert all(line.isprintable() for line in words)
    assert json.loads(encoded(diagnosis))["verdict"] == diagnosis.verdict


def test_meaning_and_advice_stand_below_what_was_seen() -> None:
    texts = {finding.about: text for finding, text in lines(diagnose(spoilt("clock", source="hpet")), 80)}
    first, second, *_ = texts["clock source"].splitlines()
    assert first == "clock source: hpet, which is slow"
    assert second.startswith(" " * INDENT + "  Whatever asks for the time")
    assert texts["turbo"] == "turbo: off"


def test_the_document_holds_readings_findings_and_the_verdict() -> None:
    document = json.loads(encoded(diagnose(good_examination())))
    assert set(document) == {"schema", "concbench", "examination", "findings", "verdict"}
    assert document["examination"]["machine"]["clock"]["source"] == "tsc"
    assert [noise["subject"] for noise in document["examination"]["noise"]] == ["serial", "pool-map"]
    assert set(document["findings"][0]) == {"mark", "about", "seen", "meaning", "advice"}


def taking(*found: CoresTaken) -> Examination:
    return replace(good_examination(), cores_taken=found)


def test_what_takes_how_many_cores_stands_side_by_side() -> None:
    counts = CoresTaken(by="os.cpu_count", cores=8), CoresTaken(by="joblib", cores=None, why_not="not installed")
    finding = finding_about("cores taken", taking(*counts))
    assert (finding.mark, finding.seen) == ("good", "os.cpu_count 8, joblib not installed")


def test_what_takes_more_cores_than_can_be_used_is_noted_and_named() -> None:
    counts = [CoresTaken(by=each, cores=64, python="3.14") for each in ("os.cpu_count", "OpenBLAS")]
    finding = finding_about("cores taken, 3.14", taking(*counts, CoresTaken(by="loky", cores=8, python="3.14")))
    assert finding.mark == "note"
    assert finding.meaning.startswith("os.cpu_count and OpenBLAS: more than the 8 cores that can be used here")
