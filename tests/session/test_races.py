"""What a race on a sample promises of the job: predictions decide, what is measured corrects them, and it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from concbench.model.case import Case, Workload
from concbench.model.result import Failure, Result
from concbench.model.run import Target
from concbench.prediction.predict import Job
from concbench.session.candidates import Situation, kind_of
from concbench.session.foresight import Foresight
from concbench.session.race import GROUP, Finish, Race
from concbench.session.races import JobRace, Races
from tests.builders import case
from tests.session.law import Law
from tests.session.simulation import Simulation, Timed, evenly, simulated

DOCUMENT = Law(task=0.0003, start=0.04)
RENDER = Law(task=0.02)
BLOCKS = 10

Correct = Callable[[Law], Law]
"""What the model learns from the first block."""


def raced(
    law: Law,
    items: int,
    run: int,
    *,
    fails: str = "",
    learns: Correct = lambda law: law,
    truth: Law | None = None,
    blocks: int = BLOCKS,
    subjects: frozenset[str] = frozenset(),
    other_starts: tuple[str, ...] = (),
) -> tuple[Race, Simulation, Finish | None]:
    """A race on a sample; the law predicts, and the truth is what is measured."""
    work = Workload(name="a:b", tasks=run, total=items, task_time=law.task, busy=law.busy)
    first = case(f"{GROUP}/serial", workload=work)
    situation = Situation(workload=work, cores=2, version=(3, 13), subjects=subjects, other_starts=other_starts)
    truth = truth or law
    asked = 0

    def foresee(of: Situation, side: str | None) -> Foresight:
        nonlocal asked
        asked += 1
        target = Target(items=of.all_items, cores=2)
        known = law if asked == 1 else learns(law)
        return Foresight(
            predict=known.predict, situation=of.of_job(target.items, 2), target=target, here=2, memory=10**10
        )

    def timing(of: Case, block: int) -> Timed | Failure:
        if of.subject == fails:
            return Failure(kind="unpicklable", message="a lambda")
        found = truth.predict(of.subject, of.settings, Job(items=run))
        return found.wall.estimate * (1 + 0.001 * block), found.cpu.estimate

    races = Races({first.id: situation}, foresee)
    simulation = simulated(races, [first], timing, evenly(blocks))
    race = races.races[0]
    return race, simulation, race.finish(simulation.results)


def measured(simulation: Simulation, subject: str) -> Result:
    return next(each for each in simulation.results.values() if each.case.subject == subject)


def test_serial_is_faster_on_the_sample_and_a_pool_is_recommended_for_the_job() -> None:
    race, simulation, finish = raced(DOCUMENT, 60_000, 60)
    assert isinstance(race, JobRace)
    assert finish is not None
    assert finish.prospect is not None
    assert kind_of(finish.prospect.candidate.subject) == "processes"
    assert finish.chosen.case.subject == finish.prospect.candidate.subject
    assert finish.chosen.samples[0].wall > measured(simulation, "serial").samples[0].wall
    assert next(kind_of(each.candidate.subject) for each in finish.others) == "none"


def test_where_all_items_are_run_what_is_measured_decides() -> None:
    race, _, finish = raced(DOCUMENT, 60, 60)
    assert not isinstance(race, JobRace)
    assert finish is not None
    assert (finish.chosen.case.subject, finish.prospect) == ("serial", None)


def test_it_ends_once_newcomers_change_nothing_more_and_looks_once_more_at_what_it_names() -> None:
    race, simulation, finish = raced(RENDER, 1000, 100, blocks=40)
    assert race.done
    assert len(simulation.blocks) <= 6
    assert finish is not None
    last = simulation.blocks[-1]
    assert last.watched == last.traced == set(race.last)
    assert finish.chosen.case.id in race.last
    assert f"{GROUP}/serial" in race.last


def test_what_the_model_learns_changes_what_is_measured_and_recommended() -> None:
    wrong = replace(RENDER, start=100.0)
    race, simulation, finish = raced(wrong, 1000, 100, learns=lambda _: RENDER, truth=RENDER)
    first, second = (block.cases for block in simulation.blocks[:2])
    assert [kind_of(each.subject) for each in first].count("processes") == 1
    assert [kind_of(each.subject) for each in second].count("processes") > 1
    assert finish is not None
    assert kind_of(finish.chosen.case.subject) == "processes"
    assert race.done


def test_what_fails_on_the_sample_is_not_recommended_for_the_job() -> None:
    _, _, finish = raced(RENDER, 1000, 100, fails="executor-processes")
    assert finish is not None
    assert finish.chosen.case.subject == "pool-map"
    assert finish.prospect is not None
    assert finish.prospect.candidate.subject == "pool-map"


def test_threads_that_take_turns_are_not_recommended_however_well_they_are_predicted() -> None:
    _, _, finish = raced(replace(RENDER, start=100.0, hand=-0.002), 1000, 100)
    assert finish is not None
    assert finish.chosen.case.subject == "serial"


@pytest.mark.parametrize("blocks", [1, 2, 3])
def test_however_early_it_is_interrupted_there_is_a_recommendation(blocks: int) -> None:
    _, _, finish = raced(RENDER, 1000, 100, blocks=blocks)
    assert finish is not None
    assert kind_of(finish.chosen.case.subject) == "processes"


def test_a_strategy_that_is_named_is_measured_whatever_is_predicted_of_it() -> None:
    for items in (100, 1000):
        _, simulation, _ = raced(RENDER, items, 100, subjects=frozenset({"threadpool-map", "pool-map"}))
        assert {each.subject for each in simulation.blocks[0].cases} == {"serial", "threadpool-map", "pool-map"}


def test_where_nothing_can_be_predicted_the_fastest_on_the_sample_is_recommended() -> None:
    race, _, finish = raced(replace(RENDER, knows=()), 1000, 100, truth=RENDER)
    assert not isinstance(race, JobRace)
    assert finish is not None
    assert (kind_of(finish.chosen.case.subject), finish.prospect) == ("processes", None)


# How processes start

FORK_SERVER = Law(task=0.002, start=0.05, forks=0.003)
"""128 ms of computing, and workers that take 50 ms to start, unless they are forked."""


def test_where_forking_saves_much_it_is_recommended_and_measured_beside_the_usual_start() -> None:
    race, simulation, finish = raced(FORK_SERVER, 64, 64, other_starts=("fork",))
    assert not isinstance(race, JobRace)
    assert finish is not None
    assert finish.chosen.case.settings.start_method == "fork"
    usual = finish.chosen.case.row.removesuffix(" fork")
    assert usual in {each.case.row for each in finish.compared}
    assert "serial" in {each.case.row for each in finish.compared}
    assert simulation.blocks[-1].traced >= {finish.chosen.case.id, f"{GROUP}/{usual}"}


def test_where_forking_turns_out_to_save_nothing_the_usual_start_is_recommended() -> None:
    _, simulation, finish = raced(FORK_SERVER, 64, 64, other_starts=("fork",), truth=replace(FORK_SERVER, start=0.003))
    assert any(each.case.row.endswith(" fork") for each in simulation.results.values())
    assert finish is not None
    assert kind_of(finish.chosen.case.subject) == "processes"
    assert finish.chosen.case.settings.start_method is None


def test_a_long_job_is_not_started_in_another_way() -> None:
    _, simulation, _ = raced(replace(FORK_SERVER, task=0.1), 64, 64, other_starts=("fork",))
    assert {each.case.settings.start_method for each in simulation.results.values()} == {None}
