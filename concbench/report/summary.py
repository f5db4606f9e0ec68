"""A gate's outcome as Markdown, for a pull request or the summary of a CI job."""

from __future__ import annotations

from concbench.model import Run
from concbench.report.changes import change_table, compared, findings, gate_verdict, sentences
from concbench.runs.wording import in_markdown


def markdown_summary(run: Run) -> str:
    """Return the table of changes with its sentences; names are escaped."""
    lines = ["## concbench", "", f"**{in_markdown(gate_verdict(run))}**", "", change_table(run.changes, "github"), ""]
    lines += [f"- {in_markdown(sentence)}" for sentence in sentences(run)]
    lines += ["", in_markdown(compared(run)), ""]
    return "\n".join(lines)


def workflow_commands(run: Run, undecided_fails: bool) -> list[str]:
    """Return GitHub's workflow commands: an error for each figure that the gate is red for, a warning for the rest."""
    found = []
    for change, sentence in findings(run):
        if change.left_out:
            continue
        red = change.regression or bool(change.note) or undecided_fails
        command = "error" if red else "warning"
        found.append(f"::{command} title=concbench::{_escaped(sentence)}")
    return found


def _escaped(text: str) -> str:
    # As GitHub's own toolkit does: a line break would begin another command.
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
