"""What a race promises: the best candidate, or one as good, cheaply, and nothing that serial is faster than.

Times are simulated: hosts and samples scatter, samples are late by a factor, others hold the cores for some blocks, and
threads get a larger share of the machine than serial does.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from math import exp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from concbench.analysis.analysis import analyse
from concbench.analysis.comparisons import summarised
from concbench.model.case import Case, Workload
from concbench.model.result import Failure, Result
from concbench.model.run import Recommendation, Table
from concbench.report.blocks import Paragraph
from concbench.report.sections.advice import recommendations
from concbench.session.candidates import Situation, Workers, kind_of
from concbench.session.race import GROUP, Finish, Race, recommended_of
from concbench.session.races import Races
from concbench.stats.intervals import median_interval, ratio_interval
from tests.builders import case, result, run
from tests.session.simulation import Simulation, Timed, evenly, simulated

COMPUTES = Situation(workload=Workload(name="a:b", tasks=64, task_time=0.02, busy=1.0), cores=2, version=(3, 13))
WAITS = replace(COMPUTES, workload=replace(COMPUTES.workload, busy=0.05))
FREE = replace(COMPUTES, gil=False)
HOSTS, SAMPLES = 0.016, 0.1
BLOCKS = 24
"""As many as a minute has of cases of some 100 ms."""

Timing = Callable[[Case, random.Random], Timed]


@dataclass
class Raced:
    """A race that was run, and what it measured."""

    race: Race
    simulation: Simulation

    def result(self, id_: str) -> Result:
        return self.simulation.results[id_]

    @property
    def last(self) -> list[str]:
        """The subjects of the last look, the recommended one first."""
        return [self.result(id_).case.subject for id_ in self.race.last]

    @property
    def finish(self) -> Finish:
        finish = self.race.finish(self.simulation.results)
        assert finish is not None
        return finish

    @property
    def chosen(self) -> Result:
        return self.finish.chosen

    @property
    def kind(self) -> Workers:
        return kind_of(self.chosen.case.subject)


def begun(situation: Situation) -> tuple[Races, Case]:
    first = case(f"{GROUP}/serial", workload=situation.workload)
    return Races({first.id: situation}), first


def raced(seconds: Callable[[Case], float], seed: int = 0, fails: str = "") -> Raced:
    """Race candidates whose true times are known: hosts scatter, and so do samples."""
    draw, (races, first) = random.Random(seed), begun(COMPUTES)
    hosts: dict[tuple[str, int], float] = {}

    def timing(case: Case, block: int) -> Timed | Failure:
        if case.subject == fails:
            return Failure(kind="unpicklable", message="a lambda")
        host = hosts.setdefault((case.id, block), draw.gauss(0, HOSTS))
        return seconds(case) * exp(host + draw.gauss(0, SAMPLES)), None

    simulation = simulated(races, [first], timing, evenly(BLOCKS))
    return Raced(races.races[0], simulation)


def raced_beside(
    timing: Timing, seed: int, situation: Situation = COMPUTES, on_block: Callable[[Raced], None] | None = None
) -> Raced:
    """Race candidates on a machine whose cores others hold for some blocks; `on_block` sees the race after each."""
    draw, (races, first) = random.Random(seed), begun(situation)
    held: dict[int, float] = {}

    def timed(case: Case, block: int) -> Timed:
        factor = held.setdefault(block, exp(draw.gauss(0, 0.3)))
        wall, cpu = timing(case, draw)
        return wall * factor, cpu

    def look(results: dict[str, Result]) -> None:
        if on_block is not None:
            on_block(Raced(deepcopy(races.races[0]), Simulation(dict(results))))

    simulation = simulated(races, [first], timed, evenly(12), on_block=look)
    return Raced(races.races[0], simulation)


# The best is found


def computing(case: Case) -> float:
    """Two cores: processes take half as long, chunks of one a little longer, a late large chunk longer still."""
    if kind_of(case.subject) != "processes":
        return 1.28 if case.subject == "serial" else 1.4
    chunks = {1: 1.06, 8: 1.0, 32: 1.15}[case.settings.chunksize or 8]
    return 0.66 * chunks * (1.02 if case.subject == "pool-map" else 1.0)


def test_the_best_is_found_or_one_within_5_percent() -> None:
    found = [raced(computing, seed).chosen.case for seed in range(40)]
    assert sum(computing(each) <= 1.05 * 0.66 for each in found) >= 39


def test_where_all_kinds_are_alike_the_simplest_is_recommended() -> None:
    found = [raced(lambda case: 1.0, seed).last[0] for seed in range(20)]
    assert found.count("serial") >= 10
    assert found.count("serial") + found.count("executor-threads") >= 15


def test_where_workers_only_cost_it_is_serial_long_before_the_budget_is_used_up() -> None:
    found = raced(lambda case: 0.001 if case.subject == "serial" else 0.004)
    assert found.last[0] == "serial"
    assert found.race.done
    assert {each.subject for each in found.race.cases} == {"serial", "executor-threads", "executor-processes"}
    assert found.simulation.taken < 2 * 4 * 10


def test_where_it_is_serial_the_best_of_every_other_kind_is_looked_at_for_when_it_would_pay() -> None:
    found = raced(lambda case: {"serial": 1.0, "executor-threads": 1.1}.get(case.subject, 1.3))
    assert found.last[:2] == ["serial", "executor-threads"]
    assert [kind_of(subject) for subject in found.last] == ["none", "threads", "processes"]


def test_variants_join_of_those_kinds_only_that_are_in_front() -> None:
    tried = {(each.subject, each.settings.chunksize) for each in raced(computing).race.cases}
    assert ("pool-map", 32) in tried
    assert not any(subject == "threadpool-map" for subject, _ in tried)


def test_the_last_look_is_at_the_best_at_the_best_of_another_kind_and_at_serial_which_are_watched_and_traced() -> None:
    found = raced(lambda case: 0.9 if case.subject == "executor-threads" else computing(case))
    assert kind_of(found.last[0]) == "processes"
    assert found.last[1:] == ["executor-threads", "serial"]
    last = found.simulation.blocks[-1]
    assert last.watched == last.traced == set(found.race.last)
    assert found.simulation.blocks[0].watched == frozenset()


def test_what_takes_many_times_as_long_is_sampled_once_more_and_no_longer() -> None:
    found = raced(lambda case: 10.0 if case.subject == "serial" else computing(case))
    serial = found.result(f"{GROUP}/serial")
    assert serial.case.id in found.race.last
    blocks = {sample.block for sample in serial.samples}
    assert len(blocks) == 2  # the first of all, and the first of the last look
    assert max(blocks) > 1


def test_a_case_that_was_chosen_on_one_late_sample_is_not_recommended_after_the_last_look() -> None:
    def timing(case: Case, block: int) -> Timed:
        late = (0.1, 0.01)[block]
        return late if case.subject == "executor-threads" else {"serial": 0.08}.get(case.subject, 0.3), None

    (races, first), seen = begun(COMPUTES), []

    def look(_results: dict[str, Result]) -> None:
        seen.append(races.races[0].last[:1])

    found = simulated(races, [first], timing, (1.0, 1.1), rounds=1, on_block=look)
    race = races.races[0]
    # There was time for one block only, and one is due in any case.
    assert [found.results[id_].case.subject for (id_,) in seen] == ["serial", "executor-threads"]
    assert race.done


@pytest.mark.parametrize(
    ("pool", "named"), [(1.0, "executor-processes"), (0.96, "pool-map"), (1.04, "executor-processes")]
)
def test_of_one_kind_of_workers_the_fastest_and_the_usual_where_it_surely_takes_as_long(
    pool: float, named: str
) -> None:
    draw, walls = random.Random(5), {"executor-processes": 1.0, "pool-map": pool, "executor-interpreters": 0.95}
    chosen = recommended_of(
        [
            result(f"{GROUP}/{name}", [[wall * exp(draw.gauss(0, 0.001))] for _ in range(8)], workers=2)
            for name, wall in walls.items()
        ]
    )
    assert chosen is not None
    assert chosen.case.subject == named


def test_a_candidate_that_fails_is_out_of_the_race() -> None:
    found = raced(computing, fails="executor-processes")
    assert "executor-processes" not in found.last
    assert all("executor-processes" not in row for block in found.simulation.rows[1:] for row in block)


def test_where_everything_fails_it_ends_without_a_recommendation() -> None:
    races, first = begun(COMPUTES)
    found = simulated(races, [first], lambda case, block: Failure(kind="raised", message="no"), evenly(9))
    assert len(found.blocks) == 1
    assert races.races[0].finish(found.results) is None


def test_a_function_that_failed_its_examination_is_not_raced() -> None:
    races, first = begun(COMPUTES)
    assert races.next({first.id: result(first, failure="no")}, 0.0) is None


def test_every_interpreter_has_a_race_of_its_own() -> None:
    firsts = [case(f"{GROUP}/serial", side=side, workload=COMPUTES.workload) for side in ("3.13", "3.14t")]
    races = Races({firsts[0].id: COMPUTES, firsts[1].id: replace(FREE, version=(3, 14))})

    def timing(case: Case, block: int) -> Timed:
        gains = case.subject == ("executor-processes" if case.side == "3.13" else "executor-threads")
        return (0.5 if gains else 1.0) * (1 + 0.001 * block), 1.0

    found = simulated(races, firsts, timing, evenly(12))
    chosen = [race.finish(found.results) for race in races.races]
    assert [each and (each.chosen.case.side, each.chosen.case.subject) for each in chosen] == [
        ("3.13", "executor-processes"),
        ("3.14t", "executor-threads"),
    ]
    assert {each.side for each in found.blocks[0].cases} == {"3.13", "3.14t"}
    assert any(each.subject == "executor-interpreters" for each in found.blocks[0].cases)


# Beside others


def taking_turns(case: Case, draw: random.Random) -> Timed:
    """A machine whose cores others hold, and a function of pure Python: threads get a larger share of it by chance."""
    late = exp(abs(draw.gauss(0, 0.6)))
    if draw.random() < 0.15:
        late *= 4
    wall, cpu = {"none": (2.0, 1.0), "threads": (1.7, 1.05), "processes": (1.9, 1.3)}[kind_of(case.subject)]
    return wall * late, cpu


def of_kinds(none: Timed, threads: Timed, processes: Timed, noise: float = 0.02) -> Timing:
    """Wall and CPU time by the kind of workers."""
    timed = {"none": none, "threads": threads, "processes": processes}

    def timing(case: Case, draw: random.Random) -> Timed:
        wall, cpu = timed[kind_of(case.subject)]
        return wall * exp(draw.gauss(0, noise)), cpu

    return timing


LETS_GO = of_kinds((1.0, 1.0), (0.55, 1.05), (0.9, 1.3))
"""A function that computes without the GIL, as hashing does: two threads keep two cores busy."""
WAITING = of_kinds((1.0, 0.05), (0.05, 0.06), (0.3, 0.3))
"""A function that waits: threads wait side by side."""


def assert_not_slower_than_serial(found: Raced) -> None:
    """By no estimate that a table, a sentence or the race itself has."""
    chosen = found.chosen
    serial = found.result(f"{GROUP}/serial")
    ratio = ratio_interval(chosen.samples, serial.samples)
    assert ratio is None or ratio.estimate <= 1
    assert median_interval(chosen.samples).estimate <= median_interval(serial.samples).estimate


@pytest.mark.parametrize("seed", range(30))
def test_threads_that_take_turns_with_one_gil_are_never_recommended_nor_what_was_slower_than_serial(seed: int) -> None:
    found = raced_beside(taking_turns, seed)
    assert found.kind in ("none", "processes")
    assert_not_slower_than_serial(found)


@pytest.mark.parametrize("seed", range(10))
def test_nor_is_it_where_it_is_interrupted_after_any_block(seed: int) -> None:
    raced_beside(taking_turns, seed, on_block=assert_not_slower_than_serial)


@pytest.mark.parametrize(("situation", "timing"), [(COMPUTES, LETS_GO), (WAITS, WAITING), (FREE, LETS_GO)])
def test_threads_that_gain_are_recommended_as_ever(situation: Situation, timing: Timing) -> None:
    assert [raced_beside(timing, seed, situation).kind for seed in range(10)] == ["threads"] * 10


def test_without_a_gil_threads_that_keep_one_core_busy_may_be_recommended() -> None:
    """What they gain is then no matter of chance: others may hold the second core."""
    assert raced_beside(of_kinds((1.0, 1.0), (0.7, 0.7), (1.3, 1.3), noise=0.0), 0, FREE).kind == "threads"


def test_a_clear_gain_of_processes_is_still_recommended_on_a_busy_machine() -> None:
    def timing(case: Case, draw: random.Random) -> Timed:
        wall, cpu = taking_turns(case, draw)
        return (0.4 * wall, cpu) if kind_of(case.subject) == "processes" else (wall, cpu)

    assert [raced_beside(timing, seed).kind for seed in range(20)].count("processes") >= 16


def test_threads_that_take_turns_do_not_put_out_of_the_race_what_gains() -> None:
    """By chance they are faster than processes, which are surely faster than serial."""
    timing = of_kinds((1.0, 0.5), (0.75, 0.5), (0.85, 0.7), noise=0.01)
    assert [raced_beside(timing, seed).kind for seed in range(10)] == ["processes"] * 10


@settings(max_examples=40)
@given(st.data())
def test_whatever_is_measured_nothing_slower_than_serial_is_recommended(data: st.DataObject) -> None:
    races, first = begun(COMPUTES)

    def timing(_case: Case, _block: int) -> Timed:
        wall = exp(data.draw(st.floats(-2, 2)))
        return wall, wall * data.draw(st.floats(0, 2))

    def look(results: dict[str, Result]) -> None:
        assert_not_slower_than_serial(Raced(deepcopy(races.races[0]), Simulation(dict(results))))

    shares = sorted(data.draw(st.lists(st.floats(0, 1.1), min_size=1, max_size=4)))
    simulation = simulated(races, [first], timing, shares, on_block=look)
    found = Raced(races.races[0], simulation)
    chosen = found.chosen
    assert found.kind != "threads" or sum(sample.cpu or 0 for sample in chosen.samples) > sum(
        sample.wall for sample in chosen.samples
    )


def test_where_samples_say_otherwise_it_is_said_why_serial_is_recommended() -> None:
    found = raced_beside(of_kinds((1.0, 1.0), (0.6, 0.6), (1.3, 1.3), noise=0.01), 1)
    chosen = found.chosen.case
    assert chosen.subject == "serial"
    compared = [each.case.id for each in found.finish.compared]
    document = run(
        summarised(list(found.simulation.results.values()), 2),
        tables=[Table(name=GROUP, title="a:b", reference=chosen.id)],
        recommendations=[Recommendation(case=chosen.id, compared=compared, equal=[])],
    )
    first, said, *_ = recommendations(analyse(document))
    assert isinstance(first, Paragraph)
    assert first.text.startswith("No workers: nothing that was tried is conclusively faster than a plain loop. serial")
    assert isinstance(said, Paragraph)
    assert "contradicts its comparison with serial" in said.text


# Threads of libraries

THREADED = replace(COMPUTES, workload=replace(COMPUTES.workload, cores_busy=1.9))


def multiplying(threads: float, both: float, plain: float = 0.55) -> Timing:
    """A plain loop with two threads of a library or one; two threads that have one each, or compete."""

    def timing(case: Case, draw: random.Random) -> Timed:
        alone = case.settings.inner_threads == 1
        if case.subject == "serial":
            wall, cores = (1.0, 1.0) if alone else (plain, 1.9)
        elif kind_of(case.subject) == "threads":
            wall, cores = (threads, 1.95) if alone else (both, 2.0)
        else:
            wall, cores = (1.2 * threads, 1.9) if alone else (1.3 * both, 2.0)
        wall *= exp(draw.gauss(0, 0.01))
        return wall, cores * wall

    return timing


def test_workers_with_one_thread_each_are_recommended_beside_those_that_compete() -> None:
    found = raced_beside(multiplying(0.5, 0.8), 1, THREADED)
    chosen = found.chosen.case
    assert (kind_of(chosen.subject), chosen.settings.inner_threads) == ("threads", 1)
    beside = [each.case for each in found.finish.compared]
    assert any(kind_of(each.subject) == "threads" and each.settings.inner_threads is None for each in beside)
    assert any((each.subject, each.settings.inner_threads) == ("serial", None) for each in beside)


def test_where_the_librarys_threads_do_as_well_a_plain_loop_is_recommended_and_the_others_are_beside_it() -> None:
    found = raced_beside(multiplying(0.55, 0.8, plain=0.5), 2, THREADED)
    chosen = found.chosen.case
    assert (chosen.subject, chosen.settings.inner_threads) == ("serial", None)
    threads = {each.case.settings.inner_threads for each in found.finish.compared if each.case.subject != "serial"}
    assert threads == {None, 1}


def test_threads_that_take_turns_are_not_recommended_because_a_library_keeps_the_cores_busy() -> None:
    def timing(case: Case, draw: random.Random) -> Timed:
        alone = case.settings.inner_threads == 1
        wall = (0.98 if kind_of(case.subject) == "threads" else 1.0) * exp(draw.gauss(0, 0.001))
        return wall, (1.0 if alone else 1.3) * wall

    found = raced_beside(timing, 3, replace(THREADED, workload=replace(THREADED.workload, cores_busy=1.3)))
    assert "threads" in found.race.kinds_taking_turns
