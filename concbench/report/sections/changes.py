"""What a gate found: the verdict, a sentence for each change that needs one, and a table of all changes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from concbench.analysis.figures import SHARES
from concbench.model.case import Case
from concbench.model.result import Interval
from concbench.model.run import Change, Run, Side
from concbench.report.blocks import Block, Heading, Paragraph, Table, Verdict
from concbench.report.sections import method
from concbench.report.units import counted, listed, percent, seconds, size, waiting
from concbench.runs.foreign import is_foreign
from concbench.stats.sequential import FEWEST_BLOCKS

WORDS = {
    "wall": "wall time",
    "each": "time of each",
    "cpu": "CPU time",
    "memory": "peak memory",
    "utilisation": "utilisation",
    "dispatch": "dispatch share",
}
VERDICTS = {"slower": "REGRESSION", "faster": "better", "same": "same", "undecided": "undecided"}
HEADERS = ("case", "metric", "base", "head", "change", "interval", "margin", "verdict")
NOTHING = "-"
POINTS, SHORT_POINTS = " points", " pp"
"""Percentage points, in a sentence and in a table."""
FARTHEST = 99_999.5
"""The largest change in per cent that is shown: an interval over few blocks may reach anywhere."""
WHY = "To see why, run it on both revisions with concbench trace --save, and compare the two with concbench diff"
"""Where a command uses its workers less well."""
MANY = 2
"""Undecided figures, or figures left out, that get a sentence each; more share one."""
LONG = 30
"""Rows of a table that are all shown; of more, as of a suite of benchmarks, those that are not the same."""
BENCHMARKS = "benchmarks"
"""The experiment."""
TESTS = ".py"
"""How the table of benchmarks is named: by their file."""
ONE_SIDED = {"head": "new", "base": "gone"}
"""What a case is called that one side alone has."""
NAMED = 5
"""Cases that one sentence names."""
SHORT = 10
"""Characters of a commit's name that are shown."""


def report(run: Run, verbose: bool = False, quiet: bool = False) -> Iterator[Block]:
    """All that a check has to say."""
    yield from method.warnings(run)
    yield from answer(run)
    yield from changes_shown(run, verbose)
    yield from method.tracebacks(run) if verbose else ()
    if not quiet:
        yield Paragraph(compared(run), "note")


def answer(run: Run) -> Iterator[Block]:
    """The verdict of a gate, and what should be read with it; nothing for other runs."""
    if run.changes:
        red = any(change.regression or change.note for change in run.changes)
        yield Verdict("failed" if red else "passed", gate_verdict(run))
        yield from (Paragraph(text) for text in sentences(run))


def table(run: Run) -> Iterator[Block]:
    """All changes under a heading; nothing for other runs."""
    if run.changes:
        yield Heading("Changes", name="changes")
        yield changes_table(run)


def changes_shown(run: Run, everything: bool) -> Iterator[Block]:
    """A table of the changes that there is something to say of, and how many others there are; or of all."""
    worth = [change for change in run.changes if change.verdict != "same"]
    same = len(run.changes) - len(worth)
    if everything or len(run.changes) <= LONG or not same:
        yield changes_table(run)
        return
    if worth:
        yield changes_table(run, worth)
    verb = "is" if same == 1 else "are"
    yield Paragraph(f"{counted(same, 'more figure' if worth else 'figure')} {verb} the same (--verbose shows all).")


def changes_table(run: Run, changes: Sequence[Change] | None = None) -> Table:
    """A row for each change; None: for all of the run's."""
    names = case_names(run)
    rows = tuple((names[change.case], *cells(change)) for change in (run.changes if changes is None else changes))
    return Table(HEADERS, rows, "Changes from base to head", align="llrrrrrl", names=2)


def cells(change: Change) -> tuple[str, ...]:
    """The cells of a change after the name of its case."""
    found = None if change.note else change.found
    if change.only is not None and change.base is None and change.head is None:
        return (*[NOTHING] * 6, outcome(change))
    return (
        change.metric,
        amount(change, change.base),
        amount(change, change.head),
        NOTHING if found is None else size_of(change, found.estimate, SHORT_POINTS),
        NOTHING if found is None else reach_of(change, found, SHORT_POINTS),
        NOTHING if change.only is not None else margin_of(change, SHORT_POINTS),
        outcome(change),
    )


def outcome(change: Change) -> str:
    """The verdict of a change in a word or two."""
    if change.only is not None:
        return ONE_SIDED[change.only]
    if change.left_out:
        return "left out"
    return "not measured" if change.note else VERDICTS[change.verdict]


def case_names(run: Run) -> dict[str, str]:
    """The name of every change's case: in a gate, its table and row, as all changes are of the head.

    Of another tool's file, the tool's own name.
    """
    if is_foreign(run):
        return {change.case: change.case.removeprefix(f"{run.suite}/") for change in run.changes}
    gated = {result.case.id: gated_name(result.case) for result in run.results} if run.sides else {}
    return {change.case: gated.get(change.case, change.case) for change in run.changes}


def gated_name(case: Case) -> str:
    """What a gate calls a case: its table and row; a benchmark as pytest does, and what has a name of its own by that.

    >>> from concbench.model.case import Settings, Workload
    >>> work = Workload(name="benchmark", tasks=1)
    >>> gated_name(Case(group="bench/test_sort.py", row="test_sorted[10]", subject="test_sorted[10]", side="head",
    ...     experiment="benchmarks", workload=work, settings=Settings()))
    'bench/test_sort.py::test_sorted[10]'
    """
    if case.experiment != BENCHMARKS:
        return f"{case.table}/{case.name}"
    return f"{case.table}::{case.name}" if case.table.endswith(TESTS) else case.name


def amount(change: Change, level: Interval | None) -> str:
    """A level with its unit: seconds, bytes of memory, or a share in per cent."""
    if level is None:
        return NOTHING
    if change.metric in SHARES:
        return percent(level.estimate)
    return size(level.estimate) if change.metric == "memory" else seconds(level.estimate)


def percentage(ratio: float) -> str:
    """A ratio as a change in per cent.

    >>> percentage(1.083), percentage(0.5), percentage(3.0), percentage(1e9)
    ('+8.3%', '-50%', '+200%', '>+99999%')
    """
    change = 100 * (ratio - 1)
    if change >= FARTHEST:
        return ">+99999%"
    return f"{change:+.1f}%" if abs(change) < 9.95 else f"{change:+.0f}%"


def reach(ratio: Interval) -> str:
    """An interval of ratios as one of changes: `+4.1% to +12.7%`."""
    if ratio.low is None or ratio.high is None:
        return NOTHING
    return f"{percentage(ratio.low)} to {percentage(ratio.high)}"


def points(difference: float) -> str:
    """A difference of shares in percentage points.

    >>> points(0.0313), points(-0.2)
    ('+3.1', '-20')
    """
    found = 100 * difference
    return f"{found:+.1f}" if abs(found) < 9.95 else f"{found:+.0f}"


def size_of(change: Change, found: float, unit: str = POINTS) -> str:
    """A change of a figure, in per cent or percentage points, as its metric has it."""
    return points(found) + unit if change.metric in SHARES else percentage(found)


def reach_of(change: Change, found: Interval, unit: str = POINTS) -> str:
    """The interval of a change, in per cent or percentage points."""
    if change.metric not in SHARES or found.low is None or found.high is None:
        return reach(found)
    return f"{points(found.low)} to {points(found.high)}{unit}"


def margin_of(change: Change, unit: str = POINTS) -> str:
    """The margin of a change, in per cent or percentage points."""
    return f"{100 * change.margin:.3g}{unit if change.metric in SHARES else '%'}"


def gate_verdict(run: Run) -> str:
    """How many regressions, failures and undecided figures there are."""
    red = [change for change in run.changes if change.regression]
    unknown = [change for change in run.changes if change.note]
    undecided = [change for change in run.changes if change.open]
    compared = [change for change in run.changes if change.only is None]
    cases = _counted_cases(run, {change.case for change in compared})
    found = []
    if red:
        found.append(f"{counted(len(red), 'regression')} in {cases}")
    elif not unknown:
        found.append(f"No regression in {cases}")
    if unknown:
        found.append(f"{counted(len(unknown), 'figure')} of {len(compared)} could not be measured")
    if undecided:
        found.append(f"{counted(len(undecided), 'figure')} of {len(compared)} undecided")
    return "; ".join(found) + "."


def _counted_cases(run: Run, ids: Collection[str]) -> str:
    """How many cases there are; of a suite, how many benchmarks, without the process that they run in."""
    tests = {
        result.case.id
        for result in run.results
        if result.case.experiment == BENCHMARKS and result.case.table.endswith(TESTS)
    }
    number = len([each for each in ids if each in tests])
    return counted(number, "benchmark") if number else counted(len(ids), "case")


def findings(run: Run) -> Iterator[tuple[Change, str]]:
    """A sentence for each change that is a regression, undecided, left out, or could not be measured."""
    names = case_names(run)
    for change in run.changes:
        name = names[change.case]
        what = f"{name}: {WORDS[change.metric]}"
        if change.note:
            yield change, f"{what} could not be measured: {change.note}"
        elif change.regression and change.found is not None:
            more = {"memory": "higher", "dispatch": "higher", "utilisation": "lower"}.get(change.metric, "longer")
            by = size_of(change, change.found.estimate).lstrip("+-")
            about = f"interval {reach_of(change, change.found)}; margin {margin_of(change)}"
            yield change, f"{what} is {by} {more} ({about})"
        elif change.left_out:
            yield change, f"{name}: {change.left_out}"
        elif change.only is not None:
            yield change, f"{name} is {ONE_SIDED[change.only]}: only the {change.only} has it"
        elif change.verdict == "undecided":
            yield change, f"{what} is undecided{_needed(change)}"


def sentences(run: Run) -> Iterator[str]:
    """What should be read with the verdict: each regression, each failure once, and what is undecided or left out."""
    names, found = case_names(run), list(findings(run))
    failures: set[tuple[str, str]] = set()
    for change, text in found:
        if change.note and (change.case, change.note) not in failures:
            failures.add((change.case, change.note))
            yield f"{names[change.case]} could not be measured: {change.note}"
        elif change.regression:
            yield text
    if any(change.regression and change.metric in SHARES for change in run.changes):
        yield WHY
    left_out = [(change, text) for change, text in found if change.left_out]
    if len(left_out) <= MANY:
        yield from (text for _, text in left_out)
    else:
        yield f"CPU time is too small a share of wall time to gate in {_several([names[c.case] for c, _ in left_out])}"
    for side in ("head", "base"):
        alone = list(dict.fromkeys(names[change.case] for change in run.changes if change.only == side))
        if alone:
            yield f"Only the {side} has {_several(alone)}: {ONE_SIDED[side]}, so not compared"
    red = {change.case for change in run.changes if change.regression}
    undecided = [(change, text) for change, text in found if change.open and change.case not in red]
    if len(undecided) <= MANY:
        yield from (text for _, text in undecided)
        return
    times = [change.more_seconds for change, _ in undecided if change.more_seconds is not None]
    text = f"{len(undecided)} figures are undecided"
    if times:
        text += f"; about {waiting(min(times))} to {waiting(max(times))} more would settle each (--budget)"
    yield text


def _several(names: Sequence[str]) -> str:
    """Names in a sentence, but no more than anyone reads.

    >>> _several(["a", "b"]), _several(list("abcdefg"))
    ('a and b', 'a, b, c, d, e and 2 more')
    """
    more = [f"{len(names) - NAMED} more"] if len(names) > NAMED else []
    return listed([*names[:NAMED], *more])


def _needed(change: Change) -> str:
    """What an undecided change would need."""
    found = change.found
    if found is None or found.low is None:
        return ": too few blocks (--budget)"
    if found.blocks < FEWEST_BLOCKS:
        return f": measured in {counted(found.blocks, 'block')} of at least {FEWEST_BLOCKS} (--budget)"
    at = f": {size_of(change, found.estimate)}, interval {reach_of(change, found)}"
    if change.more_seconds is None:
        return at
    return f"{at}; about {waiting(change.more_seconds)} more would settle it (--budget)"


def compared(run: Run) -> str:
    """Which sides were compared, and how."""
    sides = " with ".join(_side(side) for side in run.sides)
    what = "Compared" if len(run.sides) > 1 else "Measured"
    samples = sum(len(result.samples) for result in run.results)
    ending = "" if run.complete else " Interrupted: these are the figures so far."
    return (
        f"{what} {sides}: {counted(samples, 'sample')} in {counted(run.blocks, 'block')}, {seconds(run.seconds)}; "
        f"seed {run.seed}. Intervals cover 95 % over all looks together.{ending}"
    )


def _side(side: Side) -> str:
    """A side: `base (HEAD~1, 1a2b3c4d5e, Python 3.13.5)`."""
    known = [side.about, f"Python {side.python}"]
    if side.revision is not None:
        known.insert(1, side.revision[:SHORT] + ("+" if side.revision.endswith("+") else ""))
    return f"{side.name} ({', '.join(known)})"
