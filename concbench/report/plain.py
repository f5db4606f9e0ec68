"""A run as one plain text: what the command line prints to stdout and stderr together."""

from __future__ import annotations

from collections.abc import Iterator

from concbench.model import Run
from concbench.report import scaling
from concbench.report.advice import advised
from concbench.report.facts import differences, fact_table, summary
from concbench.report.over import tables_over
from concbench.report.safe import printable
from concbench.report.sentences import claims, crossings, filled, how_measured, tracebacks
from concbench.report.tables import TEXT, WIDTH, tables
from concbench.report.why import reasons


def plain(run: Run, width: int = WIDTH) -> str:
    """Return tables, sentences, warnings and how it was measured, in paragraphs, without a line break at the end."""
    return "\n\n".join(filter(None, paragraphs(run, width)))


def paragraphs(run: Run, width: int) -> Iterator[str]:
    """Yield them; some may be empty."""
    yield "\n".join(filled(f"Warning: {printable(warning)}", width) for warning in run.warnings)
    blocks = tables(run, width=width)
    for part in run.parts:
        yield f"{next(blocks)}\n{next(blocks)}"
        yield "\n".join(filled(sentence, width) for sentence in reasons(run, part))
        for line in scaling.lines_of(run, part):
            yield f"{scaling.table(line, run, TEXT)}\n{scaling.HELD_OUT}"
            yield "\n".join(filled(sentence, width) for sentence in scaling.sentences(line, run))
    for title, table, notes in tables_over(run, TEXT, width):
        yield "\n".join([title, table, *notes])
    for found in advised(run):
        yield "\n".join([found.heading, *(filled(sentence, width) for sentence in found.sentences)])
        yield found.program.rstrip()
    if run.facts:
        yield "\n".join([summary(run), fact_table(run, "simple", width, str), *differences(run, width)])
    yield "\n\n".join(tracebacks(run))
    yield "\n".join(filled(sentence, width) for sentence in crossings(run))
    yield "\n".join(claims(run, width))
    yield filled(how_measured(run), width)
