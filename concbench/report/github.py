"""A gate's outcome for GitHub: a summary in Markdown, and annotations."""

from __future__ import annotations

from collections.abc import Iterator

from concbench.model.run import Run
from concbench.report.blocks import Block, Heading, Paragraph
from concbench.report.markdown import markdown
from concbench.report.safe import printable
from concbench.report.sections.changes import answer, changes_shown, compared, findings


def job_summary(run: Run) -> str:
    """The outcome as Markdown, for a pull request or the summary of a job."""
    blocks: list[Block] = [
        Heading("concbench", level=2),
        *answer(run),
        *changes_shown(run, False),
        Paragraph(compared(run)),
    ]
    return markdown(blocks) + "\n"


def annotation_lines(run: Run, undecided_fails: bool) -> Iterator[str]:
    """GitHub's workflow commands: an error for each figure that fails the gate, a warning for each undecided one."""
    for change, sentence in findings(run):
        if not change.left_out and change.only is None:
            red = change.regression or bool(change.note) or undecided_fails
            yield f"::{'error' if red else 'warning'} title=concbench::{_escaped(printable(sentence))}"


def _escaped(text: str) -> str:
    # As GitHub's own toolkit does: a line break would begin another command.
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
