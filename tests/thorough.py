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
    (r"tests/e2e/test_usage", r"example_works\[(run|compare|doctor|advise thumb|report (?!results/tutorial.json\]))"),
    (
        r"tests/e2e/test_usage",
        r"every_command_of_the_tutorial|escape_sequence\[html|traceback\[words4|no_command\[(cp|C)",
    ),
    (r"tests/e2e/test_own_function", r"wherever_it_lives\[words[45]|reason\[words[12]|refused\[words[12]"),
    (
        r"tests/e2e/test_own_function",
        r"frames\]|tensors|connections\]|arrays_are_|array_is_a_sentence|too_large|items_that_can_not_be_pickled",
    ),
    (r"tests/e2e/test_own_function", r"that_was_meant\[(?!mine\.py:squrae|mien)|are_told\[(?!-5|broken|mine:random)"),
    (r"tests/e2e/test_own_function", r"at_once\[--init|far_down.*advise|not_in_a_table\[words[23]|is_named\[concbench"),
    (
        r"tests/e2e/test_check\.py",
        r"neither_side_has.*\[(?!.*wokr)|returns_arrays_is_gated|nobody_who_reads|only_one_side_has",
    ),
    (r"tests/e2e/test_check\.py", r"undecided_figure_fails|report_that_could_not_be|a_lock_that_is_held"),
    (r"tests/e2e/test_failures", r"\[(?!raises|is-killed)"),
    (r"tests/e2e/test_check_leaves_nothing", r"(?<!while it measures)\]"),
    (
        r"tests/e2e/test_lost_streams",
        r"\[(run|advise|check)|moment\[(?!1000-)|\[(both|.*-words[023])|while_the_run_is_saved\[True",
    ),
    (r"tests/e2e/test_lost_streams", r"\[compare-(both|stderr|stdout is closed|all)|-words1.*(both|full)"),
    (r"tests/e2e/test_lost_streams", r"display_is_gone|can_not_be_shown|reader_has_gone|is_deleted_while"),
    (r"tests/e2e/test_odd_files", r"\[(?!show pipe|diff run|check --config /dev|compare|show /dev/stdin|diff <)"),
    (r"tests/e2e/test_interruption", r"(?i)sigterm|sighup|second|twice|\[(1|15)-(?!in the watch)"),
    (r"tests/e2e/test_report_in_a_browser", r"paper|keyboard|facts\[4000|dark|narrow"),
    (
        r"tests/e2e/test_pytest_plugin",
        r"parallel|without_measuring|explained|documented|switched_off|fails_or_is_undecided",
    ),
    (r"tests/e2e/test_nothing_shared_is_left", r"\[(?!pipes)"),
    (r"tests/gate/test_sides", r"environment_of_its_own"),
    (r"tests/suites/test_asking", r"several_interpreters|no_faults.*\[(?!pool-vs|semantics)"),
    (r"tests/e2e/test_action", r"green|fetched_where|what_the_check"),
    (
        r"tests/e2e/test_check\.py",
        r"chunks_that|context_that|compared_with_itself|undecided_figure_passes|does_not_work.*(nothing_of|has_no)",
    ),
    (r"tests/e2e/test_advise", r"run_that_is_left|mine:nap-4|library.words|can_not_be_pickled|several_interpreters"),
    (r"tests/e2e/test_axes", r"suite_takes|range_of_lengths"),
    (r"tests/suites/test_advising", r"nap_later|names_strategies|nap-threads"),
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
    (r"tests/cli/test_doctor", r"noise|terminal|another_interpreter|quiet_leaves|status_130.*\[15"),
    (r"tests/api/test_asking", r"several_values_every_one|by_name|progress_goes.*\[(None|True)|MemoryError"),
    (
        r"tests/measure/test_examination",
        r"pass_would_take_too_long|says_at_what\[(init|items|expect)|longer_for_all_items",
    ),
    (r"tests/measure/test_observing", r"do_not_keep|does_not_keep|never_answers"),
    (r"tests/e2e/test_terminal", r"nobody_watches\[(dumb|quiet|CI)|without_colours|cursor_is_visible"),
    (r"tests/e2e/test_action", r"of_a_pull_request"),
    (r"tests/e2e/test_check_leaves_nothing", r"more_signals"),
    (r"tests/e2e/test_faults", r"chain_of_forks|deep_tree|forked_twice"),
    (r"tests/e2e/test_field_functions", r"\[(array|nan|without-eq|closure)\]"),
    (r"tests/e2e/test_failures", r"while_tasks_fail|is_not_eaten"),
    (r"tests/e2e/test_task_output", r"without_a_file"),
    (r"tests/measure/test_containment", r"above_the_hosts.*\[keeper"),
    (r"tests/measure/test_blocks", r"fewer_tasks_and_that_is_said|seed_gives_hash"),
    (r"tests/e2e/test_own_function", r"counted_in_threads_and"),
    (r"tests/e2e/test_scaling|tests/measure/test_overload", r"shown_again|keeps_a_core_busy"),
    (r"tests/e2e/test_report_in_a_browser", r"facts\[40\]|cut_off"),
    (r"tests/api/test_documented", r"example_of_(the_page|advice)"),
    (r"tests/measure/test_containment", r"unlinked\[(concbench|host)-(spawn|forkserver)"),
    (r"tests/e2e/test_interruption", r"good_as_one|is_left\[in the watch|\[1-in the watch"),
    (r"tests/e2e/test_usage", r"github --sort time|saved_before_it_is_printed|traceback\[words3"),
    (r"tests/e2e/test_lost_streams", r"\[1000-True|gone_without_a_signal"),
    (r"tests/e2e/test_(field|faulty)_functions", r"\[frame\]|returns a lambda|leaves a daemon"),
    (r"tests/suites/test_fitness", r"real_blocks|as_often"),
    (r"tests/stats/test_gate_simulation", r"20_cases|two modes|drift|bursts"),
    (r"tests/stats/test_(crossing|coverage)", r"95_(percent|times)"),
)


def is_thorough(path: str, name: str) -> bool:
    """Say whether a test is one of those."""
    return any(re.search(where, path) and re.search(which, name) for where, which in THOROUGH)
