"""What a report begins with promises: who is fastest, with the factor of the table, what ties with it, and why."""

from __future__ import annotations

import re
from dataclasses import replace
from math import isfinite

import pytest
from hypothesis import given

from concbench.analysis.analysis import analyse
from concbench.analysis.answer import answers, fastest, inverted, lanes_of, leads, ratio_beside
from concbench.model.case import Settings, Workload
from concbench.model.result import Interval, Result
from concbench.model.run import Run
from concbench.report.blocks import Block, Paragraph, Table, Verdict
from concbench.report.document import ReportOptions, document
from concbench.report.experiments.view import in_words
from concbench.report.sections.answer import answer
from concbench.report.uncertainty import factor
from tests.builders import case, change, dealt, example_run, failed_run, gate_run, result, run, steady, trace_of
from tests.report.runs import (
    CPU,
    advised_run,
    at,
    axes_run,
    chunks_run,
    counters_run,
    facts_run,
    lengths_run,
    messages_run,
    scaling_run,
    startups_run,
    tried,
)
from tests.runs.answered_run import answered_runs

SLEEP = Workload(name="sleep", tasks=100, task_time=0.02)
SPIN = Workload(name="cpu", tasks=100, task_time=0.001, busy=1.0)


def said(of: Run, quiet: bool = False) -> list[str]:
    return [block.text for block in answer(analyse(of), quiet) if isinstance(block, Paragraph)]


def row(subject: str, wall: float, workload: Workload = SLEEP, *, cpu: float = 0.5, **settings: object) -> Result:
    """A result of a comparison in four blocks."""
    chosen = Settings(**settings)  # type: ignore[arg-type]  # they are its fields
    return result(case(f"sleep/{subject}", workload=workload, settings=chosen), steady(wall), cpu=cpu)


# Comparisons


def test_a_comparison_says_who_is_fastest_by_how_much_what_it_costs_and_what_ties() -> None:
    found = run(
        [row("serial", 2.0), row("pool-map", 1.0, workers=2), row("thread", 0.025), row("asyncio-gather", 0.025)]
    )
    first, costs, why = said(found)
    assert first == "Fastest: thread, 25.0 ms for 100 tasks: 80.0× faster than serial (95 % interval 80.0× to 80.0×)."
    assert costs == ("It costs 12 ms of CPU time (serial: 1.0 s). As fast, or too close to call: asyncio-gather.")
    assert why == "2 workers make 100 waits queue up; thread and asyncio-gather run all of them at once."


def test_the_reference_itself_is_compared_with_the_next() -> None:
    found = run([row("serial", 0.1), row("thread", 0.2), row("pool-map", 0.4, workers=2)])
    assert said(found)[0].startswith("Fastest: serial, 100 ms for 100 tasks: 2.00× faster than thread (")


def test_where_the_reference_ties_no_factor_is_claimed_for_it() -> None:
    found = run([row("serial", 0.1), row("thread", 0.1), row("pool-map", 0.4, workers=2)])
    first, below, *_ = said(found)
    assert first == "Fastest: serial, 100 ms for 100 tasks."
    assert "As fast, or too close to call: thread." in below


def scattered(by: float) -> list[list[float]]:
    """Blocks that are longer than those around 0.1 s by this, and less surely the more rows there are."""
    return [[0.1 * (1 + by * share)] * 2 for share in (0.6, 1.1, 1.6, 0.7)]


def test_a_row_that_the_table_or_the_line_on_interpreters_calls_slower_is_not_too_close_to_call() -> None:
    """Of many rows, some would be decided by chance; but what is said of one pair is said once."""
    crowd = [row(f"process-{number}", 0.2, workers=2) for number in range(30)]
    first, other = (result(case("sleep/thread", side=side), scattered(by)) for side, by in (("a", 0.0), ("b", 0.1)))
    alone = run([first, other])
    assert said(alone)[0].startswith("Fastest: thread")
    table = run(
        [replace(first, case=replace(first.case, side=None)), result(case("sleep/executor"), scattered(0.1)), *crowd]
    )
    (comparison,) = [each for each in table.comparisons if each.case == "sleep/executor"]
    assert comparison.verdict == "slower"
    for found in (run([first, other, *crowd]), table):
        answer = fastest(found, found.tables[0])
        assert answer is not None
        assert answer.equal == ()


def test_where_everything_ties_nothing_is_called_the_fastest() -> None:
    found = run([row("serial", 0.1), row("thread", 0.1)])
    assert said(found)[0] == "Too close to call: serial took least, 100 ms for 100 tasks."


def test_many_ties_are_counted() -> None:
    names = ["serial", "thread", "process", "pool-map", "pool-imap", "threadpool-map", "asyncio-gather"]
    found = run([*(row(name, 0.1) for name in names), row("pool-apply", 0.5)])
    assert "As fast, or too close to call: thread, process, pool-map, pool-imap and 2 others." in said(found)[1]


def test_numbers_of_workers_of_one_strategy_share_its_name() -> None:
    rows = [
        result(case("sleep/threadpool-map", workload=SLEEP, along={"workers": number}), steady(0.1))
        for number in (1, 4, 16)
    ]
    found = run([row("serial", 0.3), *rows])
    assert "As fast, or too close to call: threadpool-map with 4 and 16 workers." in said(found)[1]


def test_a_row_alone_is_a_sentence() -> None:
    alone = replace(row("pool-map", 0.1, workers=2), ideal=0.08)
    assert said(run([alone])) == ["pool-map with 2 workers: 100 ms for 100 tasks, of which 80.0 ms is the ideal."]
    assert said(failed_run()) == []


def test_each_experiment_has_its_own_noun() -> None:
    one = replace(messages_run(), tables=messages_run().tables[:1], results=messages_run().results[:3])
    assert said(one)[0].startswith("Fastest: os-pipe, 12.3 µs a round trip: 4.00× faster than queue (95 % interval ")
    assert said(counters_run())[0].startswith("Fastest: local, 50.0 ns a step: 80.0× faster than value lock (")
    assert said(counters_run())[2] == "value and raw-value lost updates, which rules them out."
    assert said(startups_run())[0].startswith("Fastest: thread, 80.0 µs a worker: 15.0× faster than process fork (")


@given(answered_runs())
def test_the_factor_of_the_answer_is_that_of_the_table_whatever_was_measured(found: Run) -> None:
    """A sentence and its row agree on figure and direction, and no factor is below 1."""
    found = replace(found, claims=[])
    analysis = analyse(found)
    texts = [block.text for block in answer(analysis) if isinstance(block, Paragraph)]
    assert all(float(each.replace(",", "")) >= 1 for text in texts for each in re.findall(r"([\d.,]+)×", text))
    (table,) = (block for block in document(found) if isinstance(block, Table) and block.headers[0] == "strategy")
    cells = {cells[0]: cells[2] for cells in table.rows}
    for each in answers(found):
        if each.kind != "fastest" or each.beside is None or each.ratio is None:
            continue
        stated = re.search(r": (\S+× faster) than ", texts[0])
        if stated is None:
            assert each.verdict != "slower" or each.beside in each.equal
            continue
        shown = cells[each.result.case.label]
        shown = cells[each.beside.case.label].replace("slower", "faster") if shown == "1" else shown
        assert shown.startswith(stated[1])
        assert stated[1] == factor(inverted(each.ratio).estimate)


@given(answered_runs())
def test_the_fastest_of_a_table_is_never_beaten_by_an_unmarked_row(found: Run) -> None:
    (table,) = found.tables
    first = fastest(found, table)
    if first is not None:
        for other in found.results:
            if other.median is not None and other is not first.result and other not in first.equal:
                ratio = ratio_beside(found, other, first.result)
                assert ratio is None or ratio.estimate > 1


# Why the slow ones are slow


def traced(subject: str, wall: float, tasks: int, lanes: int, **more: object) -> Result:
    """A result whose tasks take a millisecond each, dealt to lanes."""
    spans = dealt([wall / tasks * lanes * 0.9] * tasks, lanes, 1, **more)  # type: ignore[arg-type]  # its own options
    found = row(subject, wall, SPIN, workers=lanes)
    return replace(found, trace=trace_of(spans, lanes, start=0.0, run=wall))


def test_threads_that_compute_take_turns() -> None:
    threads = traced("threadpool-map", 0.2, 100, 2)
    threads = replace(threads, samples=tuple(replace(each, cpu=each.wall) for each in threads.samples))
    found = run([row("serial", 0.1, SPIN), row("pool-map", 0.05, SPIN, workers=2), threads])
    assert said(found)[-1] == (
        "Threads take turns holding the GIL, so threadpool-map with 2 workers can't compute in parallel."
    )


def test_short_tasks_do_not_pay_for_workers() -> None:
    pool = traced("pool-map", 0.05, 100, 2)
    assert pool.trace is not None
    trace = replace(pool.trace, start=0.045, run=0.004, stop=0.001, wall=0.05)
    spans = dealt([1e-5] * 100, 2, 1, begin=0.045)
    trace = trace_of(spans, 2, start=0.045, run=0.004, stop=0.001)
    found = run([row("serial", 0.001, SPIN), replace(pool, trace=trace)])
    assert said(found)[-1] == (
        "The tasks are too short for pool-map with 2 workers: starting workers and handing out tasks takes longer than "
        "it saves."
    )


def test_nothing_is_explained_that_no_trace_shows() -> None:
    found = run([row("serial", 0.1, SPIN), row("pool-map", 0.05, SPIN, workers=2)])
    assert len(said(found)) == 2


# Ranges, laws, interpreters, statements


def test_a_range_of_sizes_says_who_is_fastest_where() -> None:
    assert said(lengths_run()) == ["Fastest: serial for tasks of 10.0 µs to 100 µs; pool-map for tasks of 10.0 ms."]


def test_where_it_is_open_it_says_so() -> None:
    close = [at("serial", 0.01 * n, replace(CPU, tasks=n)) for n in (1, 2)]
    close += [at("thread", 0.0101 * n, replace(CPU, tasks=n)) for n in (1, 2)]
    close += [at("serial", 0.01, replace(CPU, tasks=3)), at("thread", 0.1, replace(CPU, tasks=3))]
    assert said(axes_run(close, "tasks")) == ["Fastest: serial for 3 tasks. Too close to call for 1 to 2 tasks."]
    assert said(axes_run(close[:4], "tasks")) == ["Too close to call for 1 to 2 tasks."]
    (found,) = analyse(axes_run(close, "tasks")).axes
    assert [each.line and each.line.name for each in leads(found)] == [None, "serial"]


def test_a_range_of_settings_has_one_fastest_row() -> None:
    compared = chunks_run()
    compared = replace(compared, tables=[replace(compared.tables[0], reference=compared.results[0].case.id)])
    assert said(compared)[0].startswith("Fastest: pool-map with 2 workers and chunksize None, 7.01 ms for 8")


def test_a_law_that_describes_a_line_is_part_of_the_answer() -> None:
    assert said(scaling_run())[-1].startswith("threadpool-map: fastest with about 31 workers, by the universal ")


def test_interpreters_have_a_line_with_the_largest_differences() -> None:
    walls = {"3.13": (0.1, 0.1, 0.1), "3.13t": (0.11, 0.05, 0.1)}
    names = ("serial", "threadpool-map", "pool-map")
    found = run(
        [
            result(case(f"cpu/{name}", side=side, workload=SPIN), steady(wall))
            for side, each in walls.items()
            for name, wall in zip(names, each, strict=True)
        ]
    )
    assert said(found)[-2].startswith("Switch to 3.13t: it is 2.00× faster ")
    assert said(found)[-1] == (
        "3.13t compared with 3.13: faster in 1 of 3 cases (threadpool-map: 2.00× faster), slower in 1 (serial: "
        "1.10× slower), as fast in 1."
    )


def test_statements_claims_gates_and_advice_have_their_own_answers() -> None:
    assert said(facts_run())[0].startswith("2 of 4 statements hold")
    (verdict,) = (block for block in answer(analyse(example_run())) if isinstance(block, Verdict))
    assert verdict.outcome == "confirmed"
    assert not any("Fastest" in text for text in said(example_run()))
    gate = list(answer(analyse(gate_run(change("short/pool-map")))))
    assert isinstance(gate[0], Verdict)
    assert not any("Fastest" in block.text for block in gate if isinstance(block, Paragraph))
    assert not any("Fastest" in text for text in said(advised_run(tried("serial", 0.1), tried("thread", 0.2))))


def test_quiet_leaves_recommendations_and_the_verdict_of_a_gate_only() -> None:
    assert said(run([row("serial", 0.1), row("thread", 0.2)]), quiet=True) == []
    assert said(advised_run(tried("serial", 0.1), tried("thread", 0.2)), quiet=True) != []


def test_every_report_begins_with_its_answer() -> None:
    def kind(blocks: list[Block]) -> str:
        first = next(block for block in blocks if not (isinstance(block, Paragraph) and block.kind == "warning"))
        return first.kind if isinstance(first, Paragraph) else type(first).__name__

    for found in (messages_run(), counters_run(), facts_run(), lengths_run(), scaling_run()):
        assert kind(document(found, ReportOptions())) == "answer"
    assert kind(document(example_run())) == "Verdict"


# Names


@pytest.mark.parametrize(
    ("where", "settings", "along", "words"),
    [
        ("cpu/thread", {}, {}, "thread"),
        ("cpu/pool-map", {"workers": 4}, {}, "pool-map with 4 workers"),
        ("cpu/pool-map", {"workers": 1}, {"workers": 1}, "pool-map with 1 worker"),
        ("cpu/pool-map", {"workers": 2, "chunksize": 8}, {"chunksize": 8}, "pool-map with 2 workers and chunksize 8"),
        ("cpu/pool-map chunksize auto", {"workers": 2}, {}, "pool-map with 2 workers and chunksize auto"),
        ("cpu/value lock", {"workers": 2}, {}, "value lock"),
        ("cpu/theirs", {"workers": 2}, {}, "theirs"),
    ],
)
def test_a_row_in_words_has_its_settings(
    where: str, settings: dict[str, int], along: dict[str, int], words: str
) -> None:
    chosen = Settings(**settings)  # type: ignore[arg-type]  # they are its fields
    of = case(where, settings=chosen, along=along, workers=settings.get("workers"))  # type: ignore[arg-type]  # axes
    assert in_words(Result(case=of)) == words
    assert in_words(Result(case=replace(of, side="3.13t"))) == f"{words} under 3.13t"
    assert in_words(Result(case=replace(of, side="3.13t")), with_side=False) == words


def test_a_strategy_that_is_not_installed_has_no_lanes() -> None:
    assert lanes_of(Result(case=case("cpu/theirs"))) == 0


def test_the_ratio_of_a_comparison_stands_whichever_way_it_is_asked() -> None:
    found = example_run()
    (comparison,) = found.comparisons
    process, pool = found.results[:2]
    assert ratio_beside(found, pool, process) == comparison.ratio
    assert ratio_beside(found, process, pool) == inverted(comparison.ratio)
    assert inverted(Interval(estimate=2.0, low=None, high=None, confidence=0.95, blocks=1)).estimate == 0.5


def test_a_ratio_that_only_a_file_can_hold_has_a_factor() -> None:
    smallest = Interval(estimate=5e-324, low=5e-324, high=5e-324, confidence=0.95, blocks=4)
    assert isfinite(inverted(smallest).estimate)
    assert factor(inverted(smallest).estimate).endswith("× slower")
