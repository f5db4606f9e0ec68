"""How good are predictions? Cells that the model has not seen, predicted and measured in turns.

    python -m benchmarks.prediction --into FOLDER [--part 3/16] [--confined | --cores]
    python -m benchmarks.prediction --costs FOLDER [--part 3/16]
    python -m benchmarks.prediction --again FOLDER [--format github]
    python -m benchmarks.prediction --errors FOLDER

A part takes about 80 seconds and leaves a run document of all that was measured, and beside it what costs are made of.
`--again` predicts the cells of all runs of a folder from that, so that a changed model needs no new measurement; it
fails where a target is missed. `--costs` measures only the costs anew, for a model that needs others. `--confined`
predicts two cores from hosts that were confined to one, and `--cores` predicts 4, 8 and 16 cores from two. `--errors`
prints what `concbench.prediction.errors` states.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
from tabulate import tabulate

from benchmarks.prediction.accuracy import (
    HELD,
    TARGETS,
    Figure,
    Key,
    Outcome,
    accuracy,
    by,
    factor,
    outcomes,
    part_of,
    repeated,
    within_targets,
    worst,
)
from benchmarks.prediction.cells import PARTS, Part, portion
from benchmarks.prediction.measurement import costs_again, measured, with_costs
from concbench.measure.machinery import Readings
from concbench.measure.probe.environment import usable_cores
from concbench.report.units import seconds as as_seconds
from concbench.report.units import size
from concbench.runs.reading import read_run
from concbench.runs.writing import write_run

SECONDS = 75.0
"""Of a part."""
WORST = 12
"""Cells with the largest errors that are listed for each figure."""
ON_MORE_CORES = ("20 µs", "1 ms", "half 4 ms", "no GIL 1 ms", "skewed 1 ms")
"""Parts that are predicted for more cores than their costs were measured on."""
MORE_CORES = (4, 8, 16)
PAIR = 2
TEN_MINUTES = 540.0
"""Less what hosts take to start and end."""
READINGS = ".readings"
"""How the file beside a run ends that holds what its costs were made of."""


def measure(into: Path, parts: Sequence[Part], *, seed: int, each: int, seconds: float) -> None:
    """Measure parts on the cores that there are."""
    for part in parts:
        add(into, part, seed=seed, each=each, seconds=seconds, cores=usable_cores(), known_cores=usable_cores())


def measure_on_more(
    into: Path, parts: Sequence[Part], known_cores: int, numbers: Sequence[int], *, seed: int, each: int, seconds: float
) -> None:
    """Measure on other cores than the costs, within ten minutes."""
    numbers = [number for number in numbers if number <= usable_cores()]
    parts = [part for part in parts if part.name in ON_MORE_CORES]
    if not numbers:
        print(f"not measured: this machine has {usable_cores()} usable cores")
    for number in numbers:
        for part in parts:
            at_most = min(seconds, TEN_MINUTES / len(parts) / len(numbers))
            add(into, part, seed=seed, each=each, seconds=at_most, cores=number, known_cores=known_cores)


def add(into: Path, part: Part, *, seed: int, each: int, seconds: float, cores: int, known_cores: int) -> None:
    """Measure a part, and add its run to the folder."""
    print(f"{part.name}: {cores} cores from {known_cores}", file=sys.stderr)
    run, readings = measured(part, seed=seed, each=each, seconds=seconds, cores=cores, known_cores=known_cores)
    for result in run.results:
        if result.failure is not None:
            print(f"{result.case.id}: {result.failure.kind}: {result.failure.message}", file=sys.stderr)
    path = write_run(replace(run, costs=[]), into / f"{part.name.replace(' ', '-')}-{cores}-cores.json")
    path.with_suffix(READINGS).write_bytes(msgspec.json.encode(readings))


def measure_costs_again(folder: Path, parts: Sequence[Part]) -> None:
    """Measure the costs of some parts' runs anew, and keep the cells that were measured before."""
    for path in sorted(folder.glob("*.json")):
        run = read_run(path)
        part = part_of(run)
        if part in parts:
            print(f"{path.name}: costs", file=sys.stderr)
            path.with_suffix(READINGS).write_bytes(msgspec.json.encode(costs_again(run, part)))


def read(folder: Path) -> tuple[list[Outcome], list[str]]:
    """All outcomes of a folder of runs, and a sentence on each cell without a prediction."""
    found: list[Outcome] = []
    refused: list[str] = []
    for path in sorted(folder.glob("*.json")):
        try:
            readings = msgspec.json.decode(path.with_suffix(READINGS).read_bytes(), type=list[Readings])
        except msgspec.ValidationError as error:
            refused.append(f"{path.name}: its costs are those of another model ({error}): measure them with --costs")
            continue
        predicted, not_predicted = outcomes(with_costs(read_run(path), readings))
        found += predicted
        refused += not_predicted
    return found, refused


def percent(share: float) -> str:
    """A share as a cell of a table."""
    return f"{100 * share:.1f} %"


def rows(groups: dict[str, list[Outcome]]) -> Iterator[tuple[str, ...]]:
    """A row for each group of outcomes: cells, and of each figure the median, the 95th percentile, and ranges held."""
    for name, group in groups.items():
        cells: list[str] = []
        for figure in TARGETS:
            found = accuracy(group, figure)
            cells += (
                ["", "", ""] if found is None else [percent(found.median), percent(found.most), percent(found.held)]
            )
        yield name, str(len(group)), *cells


def table_of(title: str, groups: dict[str, list[Outcome]], style: str) -> str:
    """A table of errors by group."""
    headers = [title, "cells"]
    for name in ("wall", "CPU", "PSS"):
        headers += [f"{name}: median", "95 %", "in range"]
    return tabulate(list(rows(groups)), headers, tablefmt=style, disable_numparse=True)


def worst_table(found: Sequence[Outcome], figure: Figure, style: str) -> str:
    """The cells with the largest errors of a figure."""
    show = size if figure == "memory" else as_seconds
    lines = []
    for each in worst(found, figure, WORST):
        stated = each.range(figure)
        assert stated is not None
        lines.append(
            (
                each.part,
                each.cell,
                f"{show(stated.estimate)} ({show(stated.low)} to {show(stated.high)})",
                show(each.measured[figure]),
                f"{100 * (each.error(figure) or 0.0):+.0f} %",
            )
        )
    headers = (f"worst of {figure}", "cell", "predicted", "measured", "error")
    return tabulate(lines, headers, tablefmt=style, disable_numparse=True)


def report(found: Sequence[Outcome], refused: Sequence[str], style: str) -> bool:
    """Print all tables; return whether all targets are met."""
    here = [each for each in found if not each.more_cores]
    print(table_of("all", {"all": here}, style))
    again = repeated(here)
    if again is not None:
        differ = f"by {percent(again.median)} in the median, and by {percent(again.most)} at the 95th percentile"
        print(f"\nThe wall time of one and the same cell differs between two blocks {differ}.")
    groups: tuple[tuple[str, Key], ...] = (("strategy", "subject"), ("work", "kind"), ("extrapolates", "beyond"))
    for title, key in groups:
        print()
        print(table_of(title, by(here, key), style))
    for figure in TARGETS:
        print()
        print(worst_table(here, figure, style))
    others = by([each for each in found if each.more_cores], "cores")
    print()
    print(table_of("more cores", others, style) if others else "more cores: not measured")
    for sentence in refused:
        print(f"not predicted: {sentence}")
    good = within_targets(here) and not refused
    print("\nall targets met" if good else f"\nmissed; targets: {TARGETS}, {percent(HELD)} in range")
    return good


def errors(found: Sequence[Outcome]) -> None:
    """Print the factors within which nine of ten outcomes lie, as `concbench.prediction.errors` states them."""
    keys: tuple[tuple[str, Key], ...] = (("ERRORS", "form"), ("BEYOND", "beyond"))
    for name, key in keys:
        print(f"{name} = {{")
        for group, cells in by(found, key).items():
            known = [(figure, factor(cells, figure)) for figure in TARGETS]
            words = ", ".join(f"{figure}={value:.2f}" for figure, value in known if value is not None)
            print(f'    "{group}": Error({words}),  # {len(cells)} cells')
        print("}")


def main() -> int:
    """Measure, or print tables; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--into", type=Path, metavar="FOLDER", help="Measure, and add runs to this folder.")
    parser.add_argument("--part", default="1/1", metavar="N/M", help="Only the N-th of M portions of the parts.")
    parser.add_argument("--seed", type=int, default=1, help="Of the cells: another one draws others.")
    parser.add_argument("--each", type=int, default=1, help="Cells of each strategy in a part.")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="Of a part.")
    parser.add_argument("--confined", action="store_true", help="Predict two cores from one.")
    parser.add_argument("--cores", action="store_true", help="Predict 4, 8 and 16 cores from two.")
    parser.add_argument("--costs", type=Path, metavar="FOLDER", help="Measure only the costs of these runs anew.")
    parser.add_argument("--again", type=Path, metavar="FOLDER", help="Predict the cells of these runs.")
    parser.add_argument(
        "--errors", type=Path, metavar="FOLDER", help="Print the errors that are known from these runs."
    )
    parser.add_argument("--format", default="simple", help="Of tables: simple, github, …")
    arguments = parser.parse_args()
    number, of = map(int, arguments.part.split("/"))
    parts = portion(PARTS, number, of)
    if arguments.costs is not None:
        measure_costs_again(arguments.costs, parts)
    if arguments.into is not None:
        how = {"seed": arguments.seed, "each": arguments.each, "seconds": arguments.seconds}
        if arguments.confined:
            measure_on_more(arguments.into, parts, 1, [PAIR], **how)
        elif arguments.cores:
            measure_on_more(arguments.into, parts, PAIR, MORE_CORES, **how)
        else:
            measure(arguments.into, parts, **how)
    if arguments.errors is not None:
        errors(read(arguments.errors)[0])
    return 0 if arguments.again is None or report(*read(arguments.again), arguments.format) else 1


if __name__ == "__main__":
    sys.exit(main())
