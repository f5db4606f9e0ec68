"""What gates may have found, made by hand and at random."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

from hypothesis import strategies as st

from concbench.model import Change, Gated, Interval, Run, Side, Verdict
from tests.example_run import example_run
from tests.report.runs import durations, interval, relative

BASE = Side(name="base", revision="0123456789abcdef0123", python="3.13.5", about="HEAD~1")
HEAD = Side(name="head", revision="fedcba9876543210fedc+", python="3.14.0", about="the working tree")


def change(case: str = "thumbnails/pool-map", metric: Gated = "wall", verdict: Verdict = "same") -> Change:
    """One figure: of 10 ms before, or 10 MB, and a change that fits the verdict."""
    unit = 1e6 if metric == "memory" else 1e-3
    estimate, reach = {"slower": (1.5, 0.05), "faster": (0.5, 0.05), "same": (1.01, 0.02), "undecided": (1.1, 0.2)}[
        verdict
    ]
    return Change(
        case=f"{case} head",
        metric=metric,
        base=interval(10 * unit, 0.01),
        head=interval(10 * unit * estimate, 0.01),
        ratio=Interval(estimate=estimate, low=estimate - reach, high=estimate + reach, confidence=0.95, blocks=8),
        verdict=verdict,
        margin=0.05,
        chance=0.0001,
    )


def not_measured(case: str = "thumbnails/pool-map", note: str = "base: SyntaxError: invalid syntax") -> Change:
    """A figure that there is none of."""
    return replace(change(case, verdict="undecided"), base=None, head=None, ratio=None, chance=None, note=note)


def gate_run(*changes: Change, complete: bool = True) -> Run:
    """A run of a gate that found these."""
    return replace(
        example_run(),
        suite="check",
        claims=[],
        comparisons=[],
        sides=[BASE, HEAD],
        changes=list(changes),
        complete=complete,
    )


@st.composite
def any_changes(draw: st.DrawFn) -> list[Change]:
    """The changes of one case, with figures as some machine may give them."""
    name = draw(st.from_regex(r"[a-z]{1,100}", fullmatch=True))
    found = []
    for metric in draw(st.lists(st.sampled_from(get_args(Gated)), min_size=1, unique=True)):
        level = draw(st.floats(4, 12)) if metric == "memory" else draw(st.floats(-7, 4))
        ratio = draw(st.none() | st.builds(interval, st.floats(0.01, 20), relative))
        found.append(
            replace(
                change(name, metric, draw(st.sampled_from(get_args(Verdict))) if ratio else "undecided"),
                base=interval(10.0**level, 0.1),
                head=draw(st.none() | st.builds(interval, st.just(10.0**level), st.just(0.1))),
                ratio=ratio,
                margin=draw(st.floats(1e-4, 0.99)),
                more_seconds=draw(st.none() | durations),
                note=draw(st.sampled_from(["", "head: it did not work"])),
            )
        )
    return found
