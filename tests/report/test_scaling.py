"""What is said of scaling laws promises: their parameters, how far they are off, and where they are no description."""

from __future__ import annotations

from dataclasses import replace

from concbench.model import Run
from concbench.report.scaling import headers, lines, lines_of, off_by, rows, sentences, table
from concbench.runs.checking import faults
from concbench.stats.scaling import Law
from tests.example_run import example_run
from tests.report.runs import HOSTILE
from tests.report.scaling import scaling_run


def said(run: Run) -> list[str]:
    return [sentence for line in lines(run) for sentence in sentences(line, run)]


def test_a_run_without_several_numbers_of_workers_has_nothing_to_say() -> None:
    assert lines(example_run()) == []


def test_parameters_are_said_with_what_they_mean() -> None:
    run = scaling_run()
    assert list(faults(run)) == []
    first, _ = said(run)
    assert first == (
        "threadpool-map: of the 640 ms on one worker, 1.00 % (1.00 to 1.00, sigma) can't be shared, and one more "
        "worker costs 640 µs (kappa 1000 ppm, 1000 to 1000): fastest with 31 workers."
    )


def test_it_is_said_where_a_law_was_not_fitted_and_how_far_it_is_off_there() -> None:
    _, second = said(scaling_run())
    assert second.startswith("Fitted without 4, 16 workers, the universal scalability law is off by 0.0 % at most (")
    assert "; Amdahl's law is off by " in second


def test_a_law_that_does_not_describe_what_was_measured_is_said_not_to() -> None:
    cornered = scaling_run(Law(single=0.64), corner=4)
    usl = cornered.scalings[1]
    assert usl.law == "usl"
    assert off_by(usl, cornered).endswith("), so it does not describe this")
    assert not off_by(scaling_run().scalings[1], scaling_run()).endswith("describe this")


def test_workers_that_cost_nothing_are_said_to() -> None:
    first, _ = said(scaling_run(Law(single=0.64)))
    assert first.endswith(", and one more worker costs nothing that was noticed.")


def test_one_block_has_parameters_without_intervals() -> None:
    run = scaling_run()
    usl = run.scalings[1]
    assert usl.kappa is not None
    run.scalings[1] = replace(
        usl, sigma=replace(usl.sigma, low=None, high=None), kappa=replace(usl.kappa, low=None, high=None)
    )
    first, _ = said(run)
    assert "1.00 % (sigma) can't be shared" in first
    assert "(kappa 1000 ppm)" in first


def test_a_table_has_a_row_for_every_number_of_workers_with_both_laws() -> None:
    run = scaling_run()
    (line,) = lines(run)
    assert headers(line) == ["workers", "median", "speed-up", "ideal", "USL", "off by", "Amdahl", "off by"]
    found = rows(line, run)
    assert [row[0] for row in found] == ["1", "2", "4 *", "8", "16 *", "32", "64"]
    assert found[0][1:6] == ["640 ms ±3%", "1.00", "1.00", "640 ms", "+0.0%"]
    assert [row[3] for row in found] == ["1.00", "2.00", "4.00", "8.00", "16.0", "32.0", "64.0"]
    assert all(row[5] in ("+0.0%", "-0.0%") for row in found)
    assert any(row[7] not in ("+0.0%", "-0.0%") for row in found)


def test_a_table_fits_the_terminal_and_has_the_form_asked_for() -> None:
    run = scaling_run()
    (line,) = lines(run)
    assert max(map(len, table(line, run).splitlines())) <= 100
    assert table(line, run, "github").startswith("| workers")


def test_without_one_worker_there_is_no_speed_up() -> None:
    run = scaling_run(counts=(2, 4, 8, 16, 32))
    (line,) = lines(run)
    assert {(row[2], row[3]) for row in rows(line, run)} == {("-", "-")}


def test_lines_belong_to_their_parts() -> None:
    run = scaling_run()
    assert [line.subject for line in lines_of(run, run.parts[0])] == ["threadpool-map"]
    assert lines_of(run, replace(run.parts[0], name="other")) == []


def test_text_of_a_file_is_made_harmless() -> None:
    run = scaling_run()
    run.scalings = [replace(scaling, subject=HOSTILE) for scaling in run.scalings]
    assert all(sentence.isprintable() for sentence in said(run))


def test_a_prediction_of_a_case_that_is_not_there_leaves_its_cells_empty() -> None:
    run = scaling_run()
    run.cases = run.cases[:3]
    (line,) = lines(run)
    assert rows(line, run)[5][1:4] == ["-", "-", "-"]
    assert said(run)
