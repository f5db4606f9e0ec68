"""A gate's outcome as JUnit XML, which most CI systems display: a test for every figure."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, tostring

from concbench.model.run import Change, Run
from concbench.report.safe import printable
from concbench.report.sections.changes import amount, case_names, findings, outcome, reach_of, size_of


def junit(run: Run, undecided_fails: bool) -> str:
    """The document: a regression is a failure, a figure that could not be measured an error.

    Names and messages are made printable, as XML can't hold control characters and lone surrogates.
    """
    names = case_names(run)
    sentences = {id(change): sentence for change, sentence in findings(run)}
    suite = Element("testsuite", name="concbench check", tests=str(len(run.changes)), timestamp=run.started)
    counts = {"failure": 0, "error": 0, "skipped": 0}
    for change in run.changes:
        test = SubElement(suite, "testcase", classname=printable(names[change.case]), name=change.metric)
        kind = _kind(change, undecided_fails)
        if kind is not None:
            counts[kind] += 1
            SubElement(test, kind, message=printable(sentences[id(change)]))
        SubElement(test, "system-out").text = printable(_figures(change))
    suite.set("failures", str(counts["failure"]))
    suite.set("errors", str(counts["error"]))
    suite.set("skipped", str(counts["skipped"]))
    suite.set("time", f"{run.seconds:.3f}")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(suite, encoding="unicode") + "\n"


def _kind(change: Change, undecided_fails: bool) -> str | None:
    if change.note:
        return "error"
    if change.regression or (change.open and undecided_fails):
        return "failure"
    return "skipped" if change.verdict == "undecided" else None


def _figures(change: Change) -> str:
    text = f"{outcome(change)}: {amount(change, change.base)} -> {amount(change, change.head)}"
    found = change.found
    return text if found is None else f"{text}, {size_of(change, found.estimate)} ({reach_of(change, found)})"
