"""Two traces of a program side by side: what changed in all, and in the parts of the time of each place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from concbench.analysis.changes import BETWEEN_RUNS
from concbench.analysis.program_changes import PlaceChange, different_programs, place_changes
from concbench.analysis.regions import Outside, Place, outside
from concbench.measure.parts import PARTS
from concbench.model.program import Program
from concbench.report import blocks
from concbench.report.sections.losses import place_words
from concbench.report.sections.method import how_it_ended
from concbench.report.sections.program import MEANING, MOST_PLACES, NOTHING, program_words
from concbench.report.units import figures, percent, seconds

TELLING = 0.01
"""Of the longer wall time of a place: a part that changed by less is no row."""
NO_INTERVAL = (
    "Each is one run of the program, which has no interval: small differences may be chance. To be sure, trace both "
    "again, or measure both side by side as commands: concbench compare --command."
)


def warnings(before: Program, after: Program) -> Iterator[str]:
    """What casts doubt on a comparison of two traces."""
    if different_programs(before, after):
        yield f"these are two programs: {program_words(before)} and {program_words(after)}"
    for word, program in (("before", before), ("after", after)):
        if program.status:
            yield f"{word}, the program did not end well: {how_it_ended(program.status)[:-1]}"


def program_changes(before: Program, after: Program, *, quiet: bool) -> Iterator[blocks.Block]:
    """The answer, the figures of the whole program, a row for each place, and the parts that changed."""
    changes = place_changes(before, after)
    if not quiet:
        yield blocks.Paragraph(answer(before, after, changes), "answer")
    yield blocks.Heading("The program", name="program")
    yield program_table(before, after)
    if changes:
        yield blocks.Heading("Where tasks ran", name="regions")
        yield places_table(changes[:MOST_PLACES])
        parts = parts_table(changes[:MOST_PLACES])
        if parts is not None:
            yield blocks.Heading("Where the time went", name="parts")
            yield parts
    if not quiet:
        yield blocks.Paragraph(NO_INTERVAL, "note")


def answer(before: Program, after: Program, changes: Sequence[PlaceChange]) -> str:
    """How much faster or slower the program is, and the part of a place that changed most."""
    factor = change_words(before.wall, after.wall)
    took = f"it took {seconds(after.wall)} after {seconds(before.wall)}"
    text = f"{factor[0].upper()}{factor[1:]}: {took}."
    known = [change for change in changes if change.largest is not None]
    most = max(known, key=lambda change: abs(change.shift(change.largest or "")), default=None)
    if most is not None and most.after is not None and most.largest is not None:
        by = most.shift(most.largest)
        if abs(by) >= TELLING * max(before.wall, after.wall):
            what = f"{PARTS[most.largest]} at {place_words(most.after)}"
            text += f" What changed most: {what}, {seconds(abs(by))} {'more' if by > 0 else 'less'}."
    return text


def change_words(before: float, after: float) -> str:
    """What became of a time.

    >>> change_words(2.0, 1.0), change_words(1.0, 2.5), change_words(1.0, 1.05)
    ('2.00× faster', '2.50× slower', 'about as long')
    """
    if before <= 0 or after <= 0:
        return NOTHING
    factor = max(before, after) / min(before, after)
    if factor <= 1 + BETWEEN_RUNS:
        return "about as long"
    return f"{figures(factor)}× {'faster' if after < before else 'slower'}"


def program_table(before: Program, after: Program) -> blocks.Table:
    """The figures of the whole program."""
    inside: tuple[Outside, Outside] = outside(before), outside(after)
    times = (
        ("wall time", before.wall, after.wall),
        ("CPU time", before.cpu, after.cpu),
        ("in regions", inside[0].regions, inside[1].regions),
        ("outside them", inside[0].elsewhere, inside[1].elsewhere),
    )
    rows = [(name, seconds(was), seconds(now), change_words(was, now)) for name, was, now in times]
    rows.append(("processes", f"{len(before.processes):,}", f"{len(after.processes):,}", ""))
    return blocks.Table(("", "before", "after", "change"), tuple(rows), "The program", align="lrrl")


def places_table(changes: Sequence[PlaceChange]) -> blocks.Table:
    """A row for each place: its tasks, its wall time and how busy its workers were, before and after."""
    return blocks.Table(
        headers=("region", "tasks", "wall", "change", "busy"),
        rows=tuple(
            (
                change_name(each),
                _beside(each, lambda place: f"{place.tasks:,}"),
                _beside(each, lambda place: seconds(place.wall)),
                _change(each),
                _beside(each, lambda place: percent(place.parts.utilisation)),
            )
            for each in changes
        ),
        title="Where tasks ran",
        align="lrrlr",
        notes=("busy: the share of the workers' time that was spent in tasks, while there was anything to do.",),
    )


def change_name(change: PlaceChange) -> str:
    """What a place is called: as it is after, and what it was before if that is another pool."""
    if change.after is None:
        return "" if change.before is None else place_words(change.before)
    name = place_words(change.after)
    if change.before is not None and change.before.first.name != change.after.first.name:
        return f"{name}, before {change.before.first.name}"
    return name


def _beside(change: PlaceChange, words: Callable[[Place], str]) -> str:
    was, now = (NOTHING if place is None else words(place) for place in (change.before, change.after))
    return was if was == now else f"{was} → {now}"


def _change(change: PlaceChange) -> str:
    if change.before is None:
        return "new"
    return "gone" if change.after is None else change_words(change.before.wall, change.after.wall)


def parts_table(changes: Sequence[PlaceChange]) -> blocks.Table | None:
    """A row for each part of a place that changed by more than next to nothing."""
    rows = []
    shown: dict[str, None] = {}
    for each in changes:
        if each.before is None or each.after is None:
            continue
        least = TELLING * max(each.before.wall, each.after.wall)
        for part in sorted(PARTS, key=lambda part: -abs(each.shift(part))):
            by = each.shift(part)
            if abs(by) > least:
                shown[part] = None
                was, now = (getattr(place.parts, part) for place in (each.before, each.after))
                change = f"{'+' if by > 0 else '-'}{seconds(abs(by))}"
                rows.append((change_name(each), PARTS[part], seconds(was), seconds(now), change))
    if not rows:
        return None
    return blocks.Table(
        headers=("region", "part", "before", "after", "change"),
        rows=tuple(rows),
        title="Where the time went",
        align="llrrr",
        names=2,
        notes=(
            f"{'; '.join(f'{PARTS[part]}: {MEANING[part]}' for part in PARTS if part in shown)}.",
            "Averages over all workers, which add up to the wall time; parts that changed by less than 1% of it are "
            "left out.",
        ),
    )
