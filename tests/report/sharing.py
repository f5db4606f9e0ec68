"""Runs of channels, stores, primitives, workers and facts, for tests of their tables and sentences; figures by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from concbench.model import (
    Case,
    Claim,
    ClaimOutcome,
    Comparison,
    Crossing,
    Experiment,
    Fact,
    Failure,
    Interval,
    Part,
    Run,
    Sample,
    Settings,
    Verdict,
    Watch,
    Workload,
)
from tests.example_run import MIB, example_run

BLOCKS = 4


def interval(estimate: float, reach: float = 0.05) -> Interval:
    return Interval(
        estimate=estimate, low=estimate / (1 + reach), high=estimate * (1 + reach), confidence=0.95, blocks=BLOCKS
    )


def watch(peak: int = 31 * MIB, base: int | None = 14 * MIB, processes: int = 2) -> Watch:
    found = example_run().cases[1].watch
    assert found is not None
    return replace(found, peak_pss=peak, base_pss=base, peak_processes=processes)


def case(
    experiment: Experiment,
    part: str,
    subject: str,
    each: float,
    *,
    tasks: int = 1,
    payload: int = 0,
    settings: Settings | None = None,
    label: str | None = None,
    **figures: Any,
) -> Case:
    """A measured case, with two samples in each block and its median; `figures` are further fields of a sample."""
    return Case(
        id=f"{part}/{label or subject}",
        part=part,
        subject=subject,
        experiment=experiment,
        workload=Workload(name=experiment, tasks=tasks, payload=payload),
        settings=settings or Settings(),
        samples=[
            Sample(
                **{
                    "block": block,
                    "round": number,
                    "start": 0.01,
                    "run": 0.08,
                    "stop": 0.01,
                    "wall": 0.1,
                    "cpu": 0.15,
                    "each": each * (1 + 0.01 * number),
                    **figures,
                }
            )
            for block in range(BLOCKS)
            for number in range(2)
        ],
        median=interval(each),
        watch=watch(),
    )


def failed(experiment: Experiment, part: str, subject: str, message: str) -> Case:
    found = case(experiment, part, subject, 1.0)
    return replace(found, samples=[], median=None, watch=None, error=Failure(kind="unavailable", message=message))


def run_of(cases: list[Case], titles: dict[str, str]) -> Run:
    """A run of these cases: the first of each part is its reference."""
    parts, comparisons = [], []
    for name, title in titles.items():
        first, *others = [case for case in cases if case.part == name]
        parts.append(Part(name=name, title=title, reference=first.id))
        for other in others:
            if first.median is not None and other.median is not None:
                ratio = interval(other.median.estimate / first.median.estimate)
                verdict: Verdict = "slower" if ratio.estimate > 1 else "faster"
                comparisons.append(
                    Comparison(case=other.id, reference=first.id, ratio=ratio, verdict=verdict, margin=0.05)
                )
    return replace(
        example_run(), suite="sharing", parts=parts, cases=cases, comparisons=comparisons, claims=[], warnings=[]
    )


def messages_run() -> Run:
    """Channels at two sizes, and one that this interpreter has not."""
    small: dict[str, Any] = {"tasks": 300, "payload": 16, "settings": Settings(start_method="fork")}
    large: dict[str, Any] = {"tasks": 8, "payload": 2**20}
    cases = [
        case("messages", "16B", "os-pipe", 12.3e-6, each_p99=45.6e-6, stream=2e-6, **small),
        case("messages", "16B", "queue", 49.2e-6, each_p99=180e-6, stream=8e-6, **small),
        case("messages", "16B", "manager-queue", 0.00123, each_p99=0.00246, stream=0.00041, **small),
        failed("messages", "16B", "interpreter-queue", "it needs Python 3.14"),
        case("messages", "1MiB", "os-pipe", 0.002, stream=0.001, **large),
        case("messages", "1MiB", "shared-memory", 0.0005, stream=0.00025, **large),
    ]
    return run_of(cases, {"16B": "Small messages", "1MiB": "Larger messages"})


def counters_run() -> Run:
    """Stores: some lose updates, one is local, one is guarded."""
    two = Settings(workers=2)
    cases = [
        case("counters", "processes", "local", 50e-9, tasks=10_000, settings=two, lost=0),
        case("counters", "processes", "value", 500e-9, tasks=10_000, settings=two, lost=5_000),
        case("counters", "processes", "raw-value", 100e-9, tasks=10_000, settings=two, lost=1),
        case(
            "counters",
            "processes",
            "value",
            4e-6,
            tasks=10_000,
            settings=replace(two, lock="lock"),
            label="value lock",
            lost=0,
        ),
    ]
    return run_of(cases, {"processes": "A counter that processes share"})


def turns_run() -> Run:
    """Primitives: a lock, and an event that only two can take turns on."""
    cases = [
        case("turns", "contended", "lock", 2e-6, tasks=250, settings=Settings(workers=4)),
        case("turns", "contended", "event", 40e-6, tasks=250, settings=Settings(workers=2)),
    ]
    return run_of(cases, {"contended": "Primitives, contended"})


def startups_run() -> Run:
    """Workers: a thread, and processes of two start methods."""
    four = Settings(workers=4)
    cases = [
        case("startups", "workers", "thread", 80e-6, settings=four),
        case(
            "startups",
            "workers",
            "process",
            0.0012,
            settings=replace(four, start_method="fork"),
            label="process fork",
        ),
        case(
            "startups",
            "workers",
            "process",
            0.06,
            settings=replace(four, start_method="spawn"),
            label="process spawn",
        ),
    ]
    cases[0].watch = watch(peak=14 * MIB + 80_000)
    cases[1].watch = watch(peak=14 * MIB + 8_000_000, processes=5)
    cases[2].watch = watch(base=None, processes=5)
    return run_of(cases, {"workers": "One more worker, until it is ready"})


def crossings() -> list[Crossing]:
    """One of each answer."""
    sizes: list[int | float] = [16, 1024, 65536, 2**20]
    return [
        Crossing(
            subject="shared-memory",
            other="pipe",
            sizes=sizes,
            faster="from",
            size=Interval(estimate=20_480.4, low=16_384.0, high=24_576.0, confidence=0.95, blocks=BLOCKS),
        ),
        Crossing(subject="pipe-bytes", other="pipe", sizes=sizes, faster="always"),
        Crossing(subject="queue", other="pipe", sizes=sizes, faster="never"),
        Crossing(subject="os-pipe", other="pipe", sizes=sizes, faster="undecided"),
    ]


def fact(name: str, observed: str = "EOFError", start_method: str | None = "fork", note: str = "") -> Fact:
    return Fact(
        name=name,
        statement=f"The statement on {name} holds.",
        expected="EOFError",
        observed=observed,
        start_method=start_method,
        note=note,
    )


def facts() -> list[Fact]:
    """A statement that holds everywhere, one that does not depend on the start method, and two that differ."""
    note = "a forked child holds a copy"
    return [
        *(fact("closed", start_method=method) for method in ("fork", "spawn")),
        fact("threads", start_method=None),
        fact("waits", observed="still waiting", note=note),
        fact("waits", start_method="spawn", note=note),
        *(fact("cpus", observed="2", start_method=method) for method in ("fork", "spawn")),
    ]


def facts_run() -> Run:
    """What a run that asks for facts leaves: nothing was timed."""
    return replace(
        example_run(), parts=[], cases=[], comparisons=[], claims=[], warnings=[], blocks=0, duty=0.0, facts=facts()
    )


def sharing_run() -> Run:
    """All of it in one document."""
    runs = [messages_run(), counters_run(), turns_run(), startups_run()]
    losing = "processes/value"
    claim = Claim(sentence="A value loses updates.", case=losing, verdict="loses updates", reference=losing)
    return replace(
        runs[0],
        parts=[part for run in runs for part in run.parts],
        cases=[case for run in runs for case in run.cases],
        comparisons=[comparison for run in runs for comparison in run.comparisons],
        claims=[ClaimOutcome(claim=claim, outcome="confirmed", comparison=None, lost=40_000, updates=160_000)],
        crossings=crossings(),
        facts=facts(),
    )
