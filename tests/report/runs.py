"""Runs for the tests of tables and sentences: any figures, failures, hostile text."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from concbench.model import Case, Comparison, Failure, Interval, Run, Sample, Watch, Workload
from concbench.strategies.strategy import strategies
from tests.example_run import example_run

HOSTILE = "\x1b[31mred\x1b[0m\nnew | line <script>alert(1)</script> \u202egnp.exe"

names = st.sampled_from(sorted(strategies.all()))
durations = st.floats(-6, 3).map(lambda exponent: 10.0**exponent)
"""From 1 µs to 1000 s, all magnitudes alike."""
ratios = st.floats(-3, 4).map(lambda exponent: 10.0**exponent)
memories = st.floats(5, 11).map(lambda exponent: round(10.0**exponent))
"""Up to 100 GB."""
relative = st.floats(0, 20)
"""How far an interval reaches."""


def interval(estimate: float, reach: float) -> Interval:
    return Interval(
        estimate=estimate, low=estimate / (1 + reach), high=estimate * (1 + reach), confidence=0.95, blocks=4
    )


@st.composite
def samples(draw: st.DrawFn) -> list[Sample]:
    found = []
    for block in range(2):
        for number in range(draw(st.integers(1, 2))):
            start, run, stop = (draw(durations) for _ in range(3))
            wall = start + run + stop
            cpu = wall * draw(st.floats(0, 64))
            found.append(Sample(block=block, round=number, start=start, run=run, stop=stop, wall=wall, cpu=cpu))
    return found


@st.composite
def measured_runs(draw: st.DrawFn) -> Run:
    """A run of one part: any of the built-in strategies, with figures as some machine may give them."""
    run = example_run()
    watch = run.cases[1].watch
    assert watch is not None
    workload = Workload(name="cpu", tasks=draw(st.integers(1, 10**6)), task_time=draw(durations))
    chosen = draw(st.lists(names, min_size=2, max_size=4, unique=True))
    cases, comparisons = [], []
    for name in chosen:
        median = interval(draw(durations), draw(relative))
        cases.append(
            Case(
                id=f"short/{name}",
                part="short",
                subject=name,
                workload=workload,
                settings=run.cases[0].settings,
                samples=draw(samples()),
                median=median,
                ideal=draw(durations),
                watch=replace(watch, peak_pss=draw(memories), peak_processes=draw(st.integers(1, 999))),
            )
        )
        comparisons.append(
            Comparison(
                case=f"short/{name}",
                reference=f"short/{chosen[0]}",
                ratio=interval(draw(ratios), draw(relative)),
                verdict="undecided",
                margin=0.05,
            )
        )
    if draw(st.booleans()):
        cases.append(replace(cases[-1], id="short/failed", error=Failure(kind="raised", message="no " * 60)))
    part = replace(run.parts[0], reference=f"short/{chosen[0]}")
    return replace(run, parts=[part], cases=cases, comparisons=comparisons[1:])


def failed_run() -> Run:
    """The example, with nothing that could be measured."""
    run = example_run()
    kinds = ("raised", "timeout", "unavailable")
    run.cases = [
        replace(
            case,
            samples=[],
            median=None,
            ideal=None,
            watch=None,
            error=Failure(kind=kind, message=f"case {number} did not work"),  # type: ignore[arg-type]  # it is one of them
        )
        for number, (case, kind) in enumerate(zip(run.cases, kinds, strict=True))
    ]
    run.comparisons = []
    run.claims = [replace(outcome, outcome="not measured", comparison=None) for outcome in run.claims]
    return run


def hostile_run() -> Run:
    """The example, with text in every place that a file may fill with anything."""
    run = example_run()
    comparison = replace(run.comparisons[0], case=f"a{HOSTILE}", reference=f"b{HOSTILE}")
    run.parts = [replace(run.parts[0], title=f"title {HOSTILE}", reference=f"b{HOSTILE}")]
    run.cases[0].id, run.cases[0].subject = f"b{HOSTILE}", f"reference {HOSTILE}"
    run.cases[1].id, run.cases[1].subject = f"a{HOSTILE}", f"case {HOSTILE}"
    run.cases[1].settings = replace(run.cases[1].settings, start_method=HOSTILE)
    run.cases[2].subject = f"failed {HOSTILE}"
    run.cases[2].error = Failure(kind="raised", message=f"message {HOSTILE}", traceback=f"traceback {HOSTILE}")
    run.comparisons = [comparison]
    claim = replace(run.claims[0].claim, sentence=f"claim {HOSTILE}", case=f"a{HOSTILE}", reference=f"b{HOSTILE}")
    run.claims = [replace(run.claims[0], claim=claim, comparison=comparison)]
    run.warnings = [f"warning {HOSTILE}"]
    run.environment = replace(
        run.environment,
        cpu_model=HOSTILE,
        os=HOSTILE,
        python=HOSTILE,
        implementation=HOSTILE,
        governor=HOSTILE,
        git_revision=HOSTILE,
    )
    return run


def without_pss(watch: Watch) -> Watch:
    return replace(watch, peak_pss=None)
