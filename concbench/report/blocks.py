"""The blocks of a report: plain data that the terminal, Markdown, HTML and notebooks render.

Text in blocks is plain. It may hold names from a hostile file, so every renderer escapes all of it and writes control
characters out (`concbench.report.safe`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["plain", "answer", "warning", "note", "error"]
"""`plain` belongs to the results, and so does an `answer`, which a reader should see first: up to its first colon, it
says what it is about. The others go to stderr on a terminal: a `warning` casts doubt on results, a `note` is small
print, such as how they were measured, and an `error` says what failed."""


@dataclass(frozen=True)
class Heading:
    """The title of all blocks up to the next heading of its level; 3 is the usual one within a run."""

    text: str
    level: int = 3
    name: str = ""
    """A short word for links to it, such as `how`; made of the text where empty."""


@dataclass(frozen=True)
class Paragraph:
    """A sentence, or a few that belong together."""

    text: str
    kind: Kind = "plain"


@dataclass(frozen=True)
class Verdict:
    """An answer, to be read before anything else: `CONFIRMED: A pool is faster.`, and what it rests on."""

    outcome: str
    """In lower case: `confirmed`, `refuted`, `undecided`, `not measured`; of a gate `passed` or `failed`."""
    text: str
    because: str = ""


@dataclass(frozen=True)
class Table:
    """Rows of cells. It may stand right below a heading that says what it is about."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""
    """A caption for screen readers; where a heading stands above the table, it need not be shown."""
    align: str = ""
    """`l` or `r` for each column; empty: the first to the left and all others to the right."""
    names: int = 1
    """The first columns, which name the rows: they are repeated where a table is split to fit a terminal."""
    failures: tuple[tuple[str, str], ...] = ()
    """Rows without figures: the row's name, and what went wrong."""
    notes: tuple[str, ...] = ()
    """What the marks in its cells mean, and other remarks that stand right below it."""
    wraps: bool = False
    """Whether its cells are sentences that may be broken into lines; cells of figures never are."""
    best: tuple[int, ...] = ()
    """The numbers of the rows that stand out: the fastest, or what is recommended; a mark in a cell says so, too."""
    decisive: int = 0
    """The first columns, which decide: they stay together if they can, where a table is split. 0: none of them do."""

    @property
    def alignment(self) -> str:
        """`l` or `r` for each column."""
        return self.align or "l" + "r" * (len(self.headers) - 1)


@dataclass(frozen=True)
class Chart:
    """A chart that a renderer draws if it can, and leaves out if it can't, or if there is nothing to draw.

    All are of one table of a run, but `sweep`, which is along an axis; `timeline` is of one case. Of a traced program,
    `parts` is of all places that opened regions, and `region` of one.
    """

    kind: Literal[
        "wall",
        "ratio",
        "lost",
        "breakdown",
        "timeline",
        "watch",
        "scaling",
        "sweep",
        "prediction",
        "load",
        "dispatch",
        "parts",
        "region",
    ]
    table: str = ""
    """The name of a run's table; empty for a sweep."""
    case: str = ""
    """The id of the case, for a chart of one; of a sweep, that of its first case; the number of a place, from 0."""


@dataclass(frozen=True)
class Code:
    """A program to copy, or another text whose lines stay as they are."""

    text: str
    language: Literal["python", "pytb", "text"] = "python"
    """`pytb` is a traceback, which goes to stderr on a terminal."""


@dataclass(frozen=True)
class Details:
    """What few readers want: a page folds it, and a terminal prints it to stderr."""

    title: str
    blocks: tuple[Block, ...]


Block = Heading | Paragraph | Verdict | Table | Chart | Code | Details
