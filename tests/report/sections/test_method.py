"""What is said of the measuring promises: samples, blocks, machine and seed; each traceback once; strange samples."""

from __future__ import annotations

from dataclasses import replace

from concbench.model.result import Failure
from concbench.model.run import Side
from concbench.report.blocks import Code, Paragraph
from concbench.report.sections.method import how_measured, machine, oddities, settings, tracebacks
from concbench.stats.distribution import Outlier, Summary, summary
from tests.builders import environment, example_run, failed_run, result, run, samples
from tests.report.runs import fact, facts_run

USUAL = [[0.0128, 0.0127, 0.0129, 0.0128, 0.0128] for _ in range(8)]


def test_how_it_was_measured_gives_samples_blocks_machine_and_seed() -> None:
    assert how_measured(example_run()) == (
        "16 samples in 4 blocks, 31.4 s, 82 % of it inside samples; CPython 3.13.5, 2 usable cores, load 1.3; "
        "seed 20261123. ± is half a 95 % interval over blocks."
    )


def test_one_of_each_is_singular_and_too_few_blocks_are_said_to_be() -> None:
    text = how_measured(run([result("a/b", [[0.1]])], environment=environment(usable_cores=1)))
    assert text.startswith("1 sample in 1 block, ")
    assert ", 1 usable core, " in text
    assert text.endswith("Fewer than 3 blocks give no interval (--blocks).")
    two = how_measured(run([result("a/b", [[0.1], [0.2]])]))
    assert two.endswith("(--blocks); brackets hold the range of the samples.")


def test_the_interpreters_are_named_and_an_unknown_load_is_not() -> None:
    found = replace(example_run(), environment=environment(gil=False, load_start=None))
    assert "CPython 3.13.5, free-threaded, 2 usable cores; seed" in how_measured(found)
    sides = [Side(name=name, revision=None, python=name, about=f"python{name}") for name in ("3.13", "3.14")]
    assert "Python 3.13 (python3.13) and Python 3.14 (python3.14)" in how_measured(replace(found, sides=sides))


def test_an_interrupted_run_says_that_it_was() -> None:
    assert how_measured(replace(example_run(), complete=False)).endswith("Interrupted: these are the figures so far.")
    facts = how_measured(replace(facts_run(), complete=False))
    assert facts.endswith(" Interrupted: not all statements were checked.")


def test_facts_are_observations_without_samples_and_blocks() -> None:
    assert how_measured(facts_run()) == "7 observations in 31.4 s; CPython 3.13.5."
    assert how_measured(facts_run(fact("a"))).startswith("1 observation in ")


def test_details_name_the_machine_and_the_settings_of_every_case() -> None:
    rows = {row[0]: row[1] for row in machine(example_run()).rows}
    assert rows["CPU"] == "Example CPU @ 2.40 GHz"
    assert rows["cores"] == "2 usable of 4; the control group allows 2"
    assert (rows["governor"], rows["revision"]) == ("unknown", "0123abc+")
    assert list(settings(example_run())) == [
        "short/process: workers 2, limit 2; 20,000 loops; 8 samples",
        "short/pool-map: workers 2, chunksize 13, start_method fork; 20,000 loops; 8 samples",
        "short/ray: workers 2; 20,000 loops; 0 samples",
    ]


def test_a_traceback_is_shown_once_below_all_cases_that_have_it() -> None:
    found = example_run()
    texts = ("Traceback:\n  line\nLookupError", "Traceback:\n  line\nLookupError", "other")
    results = [
        replace(each, failure=Failure(kind="raised", message="no", traceback=text))
        for each, text in zip(found.results, texts, strict=True)
    ]
    assert list(tracebacks(replace(found, results=results))) == [
        Paragraph("Raised by the task, in short/process, short/pool-map:", "error"),
        Code("  Traceback:\n    line\n  LookupError", "pytb"),
        Paragraph("Raised by the task, in short/ray:", "error"),
        Code("  other", "pytb"),
    ]
    assert list(tracebacks(failed_run())) == []


# Strange samples


def strange(walls: list[list[float]]) -> list[str]:
    return list(oddities("cpu/pool-map", summary(samples(walls), "wall")))


def test_usual_samples_need_no_sentence() -> None:
    assert strange(USUAL) == []


def test_outliers_are_named_with_place_and_factor_the_farthest_first() -> None:
    walls = [list(block) for block in USUAL]
    walls[3][4] = 0.041
    assert strange(walls) == [
        "cpu/pool-map: 1 of 40 samples is an outlier: block 3 round 4 took 41 ms, 3.2 times its block's median."
    ]
    walls[5][0] = 0.064
    assert strange(walls) == [
        "cpu/pool-map: 2 of 40 samples are outliers: block 5 round 0 took 64 ms, 5.0 times its block's median; "
        "block 3 round 4 took 41 ms, 3.2 times."
    ]


def test_of_many_outliers_some_are_named_and_the_others_counted() -> None:
    late = tuple(Outlier(block=3, round=place, value=0.041, factor=3.2) for place in range(12))
    found = Summary(**{**vars(summary(samples(USUAL), "wall")), "outliers": late})
    (sentence,) = oddities("a", found)
    assert sentence.count("took") == 3
    assert sentence.endswith("; and 9 more.")


def test_two_modes_have_their_centres() -> None:
    (sentence,) = strange([[0.012, 0.041, 0.0121, 0.0411, 0.0122, 0.0409] for _ in range(8)])
    assert sentence.startswith("cpu/pool-map has two modes, about 12.1 ms and 41.0 ms; its median may be either.")
