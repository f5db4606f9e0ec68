"""What a gate's JUnit XML promises: a test for every figure, and counts that are right, whatever names hold."""

from __future__ import annotations

from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from concbench.model.run import Change
from concbench.report.junit import junit
from tests.builders import HOSTILE, change, gate_run, not_measured

EVERY = [
    change(metric="wall", verdict="slower"),
    change(metric="cpu", verdict="same"),
    change(metric="memory", verdict="faster"),
    change("words/serial", "wall", "undecided"),
    not_measured("words/thread"),
]


def suite(*changes: Change, undecided_fails: bool = False) -> Element:
    return ElementTree.fromstring(junit(gate_run(*changes), undecided_fails).encode())


def kinds(of: Element) -> list[str]:
    """What became of every test."""
    return [next((child.tag for child in test if child.tag != "system-out"), "passed") for test in of.iter("testcase")]


def counts(of: Element) -> dict[str, str | None]:
    return {name: of.get(name) for name in ("tests", "failures", "errors", "skipped")}


def test_every_figure_is_a_test_of_its_case() -> None:
    found = [(test.get("classname"), test.get("name")) for test in suite(*EVERY).iter("testcase")]
    assert found == [
        ("thumbnails/pool-map", "wall"),
        ("thumbnails/pool-map", "cpu"),
        ("thumbnails/pool-map", "memory"),
        ("words/serial", "wall"),
        ("words/thread", "wall"),
    ]


def test_a_regression_fails_and_what_was_not_measured_is_an_error() -> None:
    assert kinds(suite(*EVERY)) == ["failure", "passed", "passed", "skipped", "error"]
    assert counts(suite(*EVERY)) == {"tests": "5", "failures": "1", "errors": "1", "skipped": "1"}


def test_what_is_undecided_fails_where_that_is_asked_for() -> None:
    found = suite(*EVERY, undecided_fails=True)
    assert kinds(found) == ["failure", "passed", "passed", "failure", "error"]
    assert counts(found) == {"tests": "5", "failures": "2", "errors": "1", "skipped": "0"}


def test_what_is_wrong_is_said_in_its_message() -> None:
    messages = [
        child.get("message") for test in suite(*EVERY).iter("testcase") for child in test if child.get("message")
    ]
    assert messages == [
        "thumbnails/pool-map: wall time is 50% longer (interval +45% to +55%; margin 5%)",
        "words/serial: wall time is undecided: +10%, interval -10% to +30%",
        "words/thread: wall time could not be measured: base: SyntaxError: invalid syntax",
    ]


def test_the_figures_are_in_the_output_of_each_test() -> None:
    assert [test.findtext("system-out") for test in suite(*EVERY).iter("testcase")] == [
        "REGRESSION: 10.0 ms -> 15.0 ms, +50% (+45% to +55%)",
        "same: 10.0 ms -> 10.1 ms, +1.0% (-1.0% to +3.0%)",
        "better: 10.0 MB -> 5.00 MB, -50% (-55% to -45%)",
        "undecided: 10.0 ms -> 11.0 ms, +10% (-10% to +30%)",
        "not measured: - -> -",
    ]


def test_the_suite_says_what_it_is_and_when_it_ran() -> None:
    found = suite(*EVERY)
    assert found.tag == "testsuite"
    assert found.get("name") == "concbench check"
    assert found.get("timestamp") == "2026-11-23T04:55:00+00:00"
    assert found.get("time") == "31.400"


def test_a_gate_without_figures_is_an_empty_suite() -> None:
    assert counts(suite()) == {"tests": "0", "failures": "0", "errors": "0", "skipped": "0"}


@pytest.mark.parametrize("text", ["]]>", "<script>&amp;", "\"'", "\x00\x0b\x1b", "\ud800", "\ufffe", "a\nb", HOSTILE])
def test_no_text_keeps_it_from_being_read(text: str) -> None:
    found = suite(change(f"t/{text}", verdict="slower"), not_measured(f"t/{text}", note=text))
    assert kinds(found) == ["failure", "error"]
    for test in found.iter("testcase"):
        assert str(test.get("classname")).isprintable()


def test_names_that_xml_can_hold_are_read_back_as_they_are() -> None:
    name = 'a|b <script>]]> & "quoted" %0A é 🐍/serial'
    (test,) = suite(change(name)).iter("testcase")
    assert test.get("classname") == name
