"""Which changes are tried, and what is said where none can be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from concbench.measure.program import command_of
from concbench.model.program import Call
from concbench.model.run import Run
from concbench.session.again import Again, FailedAgain, NothingToChange, chosen, suggested
from concbench.session.errors import WrongSetting
from concbench.session.program import TracedProgram
from tests import builders, laws

MAP = Call(method="map", number=1, items=500, chunksize=None)
DISPATCH = builders.in_turn([200e-6] * 500, 2, gap=2e-3)


def run_of(*calls: Call) -> Run:
    return builders.traced_run(builders.region(DISPATCH, name="Pool", calls=calls), costs=[laws.costs()])


def test_a_chunksize_is_tried_where_a_method_takes_one() -> None:
    (tried,) = suggested(run_of(MAP))
    assert (tried.setting, tried.region.line) == ("chunksize", 41)
    assert tried.predicted is not None


def test_tasks_that_were_submitted_one_by_one_need_an_edit() -> None:
    with pytest.raises(NothingToChange, match="edit the program"):
        suggested(run_of(replace(MAP, method="submit")))


def test_a_run_that_is_no_trace_is_refused() -> None:
    with pytest.raises(NothingToChange, match="no trace"):
        suggested(builders.example_run())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("job.py:41", "is no change"),
        ("job.py:41 threads=2", "is no change"),
        ("job.py:40 workers=2", "in the trace are job.py:41"),
        ("job.py:41 workers=0", "no whole number"),
        ("job.py:41 workers=many", "no whole number"),
        ("job.py:41 start_method=clone", "no start method"),
    ],
)
def test_a_change_that_can_not_be_made_is_said(text: str, said: str) -> None:
    with pytest.raises(WrongSetting, match=said):
        chosen(run_of(MAP), [text])


def test_a_change_is_found_by_the_name_of_the_file() -> None:
    (tried,) = chosen(run_of(MAP), ["job.py:41 start_method=spawn"])
    assert (tried.setting, tried.value) == ("start_method", "spawn")


PROGRAM = """
import os
from multiprocessing import get_context

def where(number):
    return os.getpid()

if __name__ == "__main__":
    with get_context("forkserver").Pool(2) as pool:
        print(len(set(pool.map(where, range(200), chunksize=1))))
"""


def traced(path: Path) -> Run:
    tracing = TracedProgram(command_of([str(path)], module=False), [])
    tracing.trace()
    return tracing.run()


def test_a_changed_setting_reaches_the_pool_and_the_output_is_compared(tmp_path: Path) -> None:
    path = tmp_path / "job.py"
    path.write_text(PROGRAM)
    run = traced(path)
    again = Again(run, chosen(run, ["job.py:9 workers=1"]), pairs=1, command=[], seed=1)
    for _ in again.measure():
        pass
    ((before, after),) = again.found
    assert [program.regions[0].workers for program in (before, after)] == [2, 1]
    found = again.run()
    (trial,) = found.trials
    assert (trial.setting, trial.value, len(trial.before), len(trial.after)) == ("workers", 1, 1, 1)


def test_a_program_that_ends_in_another_way_is_an_error_with_its_output(tmp_path: Path) -> None:
    path = tmp_path / "job.py"
    marker = tmp_path / "ran"
    path.write_text(PROGRAM + f"    import pathlib, sys\n    ran = pathlib.Path({str(marker)!r})\n"
                    "    if ran.exists(): sys.exit('the database is gone')\n    ran.touch()\n")  # fmt: skip
    run = traced(path)
    again = Again(run, chosen(run, ["job.py:9 workers=1"]), pairs=1, command=[], seed=1)
    with pytest.raises(FailedAgain, match=r"status 1 instead of 0(.|\n)*the database is gone"):
        for _ in again.measure():
            pass
