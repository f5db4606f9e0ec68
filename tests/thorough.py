"""Which tests are thorough: variations of others that `make test` leaves to `make test-all`, to end in five minutes.

The path and the name of a test are matched by regular expressions. What stays behind for each of these is the same
promise once: with fork for other start methods, at one moment for other moments, of one kind of noise for the others.
"""

from __future__ import annotations

import re

THOROUGH = (
    (r"tests/stats/test_remaining", r"however_few_blocks"),
    (r"tests/(strategies|stores|primitives|channels|experiments|facts)/", r"spawn|forkserver"),
    (r"tests/(facts|experiments)/test_other_interpreters", ""),
    (r"tests/e2e/test_usage", r"example_works\[(run|compare|doctor|report (?!results/tutorial.json\]))"),
    (r"tests/e2e/test_own_function", r"wherever_it_lives\[words[45]|reason\[words[12]|refused\[words[12]"),
    (
        r"tests/e2e/test_own_function",
        r"frames\]|tensors|connections\]|arrays_are_|array_is_a_sentence|too_large|items_that_can_not_be_pickled",
    ),
    (r"tests/e2e/test_own_function", r"that_was_meant\[(?!mine\.py:squrae|mien)|are_told\[(?!-5|broken|mine:random)"),
    (r"tests/e2e/test_own_function", r"at_once\[--init|far_down.*advise|not_in_a_table\[words[23]|is_named\[concbench"),
    (r"tests/e2e/test_check\.py", r"neither_side_has.*\[(?!.*wokr)"),
    (r"tests/e2e/test_failures", r"\[(?!raises|is-killed)"),
    (r"tests/e2e/test_check_leaves_nothing", r"(?<!while it measures)\]"),
    (r"tests/e2e/test_lost_streams", r"\[(run|advise|check)|moment\[(True|False)-(?!1000)|\[(both|.*-words[023])"),
    (r"tests/e2e/test_lost_streams", r"\[compare-(both|stderr is full|stdout is closed)|-words1.*(both|full)"),
    (r"tests/e2e/test_odd_files", r"\[(?!show pipe|diff run|check --config /dev|compare|show /dev/stdin|diff <)"),
    (r"tests/e2e/test_interruption", r"(?i)sigterm|sighup|second|twice|\[(1|15)-(?!in the watch)"),
    (r"tests/e2e/test_report_in_a_browser", r"paper|keyboard|facts\[4000|dark|narrow"),
    (r"tests/e2e/test_pytest_plugin", r"parallel|without_measuring|explained|documented|switched_off"),
    (r"tests/e2e/test_nothing_shared_is_left", r"\[(?!pipes)"),
    (r"tests/gate/test_sides", r"environment_of_its_own"),
    (r"tests/suites/test_asking", r"several_interpreters|no_faults.*\[(?!pool-vs|semantics)"),
    (r"tests/e2e/test_action", r"green|fetched_where|what_the_check"),
    (
        r"tests/e2e/test_check\.py",
        r"chunks_that|context_that|compared_with_itself|undecided_figure_passes|does_not_work.*(nothing_of|has_no)",
    ),
    (r"tests/e2e/test_advise", r"mine:nap-4|library.words|can_not_be_pickled|several_interpreters"),
    (r"tests/e2e/test_axes", r"suite_takes"),
    (r"tests/suites/test_advising", r"nap_later|names_strategies"),
    (r"tests/e2e/test_task_output", r"appended|no_reason_to_swallow"),
    (r"tests/e2e/test_terminal", r"\[(True|40)\]"),
    (r"tests/api/test_what_is_typed_in", r"cells([4-9]|\d\d)"),
    (
        r"tests/measure/test_(hanging|sides)",
        r"spawn|forkserver|block_is_short|always_there\[[12]|last_block\[[12]",
    ),
    (r"tests/cli/test_report", r"svg|png"),
    (
        r"tests/report/test_snippets_run",
        r"start_method|another_interpreter|every_setting.*\[(?!pool-map\]|executor|thread\])",
    ),
    (r"tests/report/test_snippets_run", r"coroutine_function\[(?!serial|process-q|pool-map\]|thread\]|asyncio|.*-int)"),
    (r"tests/report/test_snippets_run", r"raises.*\[(?!pool-callback|thread\])|wherever.*\[(?!package|.*-int)"),
    (r"tests/cli/test_doctor", r"noise|terminal"),
    (r"tests/suites/test_fitness", r"real_blocks|as_often"),
    (r"tests/stats/test_gate_simulation", r"20_cases|two modes|drift|bursts"),
    (r"tests/stats/test_(crossing|coverage)", r"95_(percent|times)"),
)


def is_thorough(path: str, name: str) -> bool:
    """Say whether a test is one of those."""
    return any(re.search(where, path) and re.search(which, name) for where, which in THOROUGH)
